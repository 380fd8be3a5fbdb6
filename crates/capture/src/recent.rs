//! The last packets of what cannot be read again: interfaces and pipes.
//!
//! Blocks are copied without what is not a packet of theirs, and the oldest are forgotten when more
//! than [`MAX_RECENT`] bytes are kept. Copying costs one pass over the bytes, so it is done where
//! somebody may ask for packets and not otherwise.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use dissect::Packet;

use crate::again::Again;
use crate::block::{Block, PacketHead};
use crate::error::Error;

/// The most bytes that are kept, packets and what is known of them: some minutes of a phone's traffic.
pub const MAX_RECENT: usize = 64 << 20;

/// What a block costs beside its packets.
const BLOCK_COST: usize = size_of::<Block>();

/// What a packet costs beside its bytes: its head, and its number where a filter left gaps.
const PACKET_COST: usize = size_of::<PacketHead>() + size_of::<u64>();

/// The last packets that were seen.
#[derive(Debug, Default)]
pub struct Recent {
    blocks: VecDeque<Block>,
    bytes: usize,
}

impl Recent {
    /// Keeps a block's packets. A block that is larger than all that may be kept is not kept.
    pub fn push(&mut self, block: &Block) {
        if block.heads.is_empty() {
            return;
        }
        let kept = compact(block);
        self.bytes = self.bytes.saturating_add(cost(&kept));
        self.blocks.push_back(kept);
        while self.bytes > MAX_RECENT {
            let Some(oldest) = self.blocks.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(cost(&oldest));
        }
    }

    /// Number of the oldest packet that is kept.
    pub fn first(&self) -> Option<u64> {
        self.blocks.front().map(|block| block.number(0))
    }

    /// Bytes that are kept; never more than [`MAX_RECENT`].
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Again for Recent {
    fn walk(
        &self,
        last: u64,
        see: &mut dyn FnMut(&Packet<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let packets = self.blocks.iter().flat_map(Block::packets);
        let mut wanted = packets.take_while(|packet| packet.number <= last);
        let _ = wanted.try_for_each(|packet| see(&packet));
        Ok(())
    }
}

/// A copy that has the bytes of packets and nothing between them.
fn compact(block: &Block) -> Block {
    let total = block.heads.iter().map(|head| head.data(&block.bytes).len()).sum();
    let mut bytes = Vec::with_capacity(total);
    let heads = block.heads.iter().map(|head| {
        // A block is far smaller than 4 GiB.
        let offset = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(head.data(&block.bytes));
        PacketHead { offset, ..*head }
    });
    let heads = heads.collect();
    Block { bytes, heads, first_number: block.first_number, numbers: block.numbers.clone() }
}

fn cost(block: &Block) -> usize {
    let packets = block.heads.len().saturating_mul(PACKET_COST);
    block.bytes.len().saturating_add(packets).saturating_add(BLOCK_COST)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use dissect::{LinkType, Timestamp};

    use super::*;
    use crate::again::packets;

    /// Packets of `size` bytes of their index, with other bytes between them.
    fn block(first_number: u64, count: u8, size: u32, numbers: Vec<u64>) -> Block {
        let mut block = Block { first_number, numbers, ..Block::default() };
        for index in 0..count {
            block.bytes.extend([0xee; 3]);
            block.heads.push(PacketHead {
                offset: u32::try_from(block.bytes.len()).unwrap(),
                captured: size,
                original: size + 7,
                link_type: LinkType::RAW,
                interface: 0,
                timestamp: Timestamp::from_secs(i64::from(index)),
            });
            block.bytes.resize(block.bytes.len() + size as usize, index);
        }
        block.bytes.extend([0xee; 500]);
        block
    }

    #[test]
    fn packets_keep_their_numbers_and_bytes() {
        let mut recent = Recent::default();
        recent.push(&block(1, 0, 0, vec![]));
        recent.push(&block(1, 3, 5, vec![]));
        recent.push(&block(4, 2, 2, vec![6, 9]));
        let given = packets(&recent, [2, 4, 6, 9, 10]).unwrap();
        let given: Vec<_> = given.iter().map(|packet| (packet.number, &*packet.data)).collect();
        assert_eq!(given, [(2, &[1; 5][..]), (6, &[0; 2]), (9, &[1; 2])]);
        assert_eq!(recent.first(), Some(1));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut recent = Recent::default();
        let size = u32::try_from(MAX_RECENT / 4).unwrap();
        for number in 1..=9 {
            recent.push(&block(number, 1, size, vec![]));
            assert!(recent.bytes() <= MAX_RECENT);
        }
        assert_eq!(recent.first(), Some(7), "three and what they cost have room");
        recent.push(&block(10, 1, u32::try_from(MAX_RECENT).unwrap(), vec![]));
        assert_eq!((recent.first(), recent.bytes()), (None, 0));
    }

    #[test]
    fn many_empty_packets_are_bounded_too() {
        let mut recent = Recent::default();
        let mut many = block(1, 200, 0, vec![]);
        let most = MAX_RECENT / PACKET_COST;
        for number in 0..u64::try_from(most / 200 + 9).unwrap() {
            many.first_number = number * 200 + 1;
            recent.push(&many);
        }
        assert!(recent.first() > Some(1) && recent.bytes() <= MAX_RECENT);
    }
}
