//! A block: many packets in one large buffer that is reused.
//!
//! ```text
//! bytes   [ file bytes as read ............................................ ]
//! heads   [ {offset, captured, original, time, link type, interface}, … ]   one per packet
//! ```
//!
//! Packets are slices of `bytes`; nothing is copied or allocated per packet.

use dissect::{LinkType, Packet, Timestamp};

/// Where one packet lies in its block.
#[derive(Clone, Copy, Debug)]
pub struct PacketHead {
    /// Offset of the first captured byte in [`Block::bytes`].
    pub offset: u32,
    /// Captured bytes.
    pub captured: u32,
    /// Bytes on the wire; never fewer than `captured`.
    pub original: u32,
    /// What the packet starts with.
    pub link_type: LinkType,
    /// Interface within its section.
    pub interface: u16,
    /// Capture time.
    pub timestamp: Timestamp,
}

impl PacketHead {
    /// The captured bytes, from the `bytes` of the same block.
    #[inline]
    pub fn data<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.offset as usize;
        let end = start.saturating_add(self.captured as usize);
        bytes.get(start..end).unwrap_or_default()
    }
}

/// Packets in the order of the capture. [`Block::number`] numbers them.
#[derive(Debug, Default)]
pub struct Block {
    /// The buffer. It keeps its full length between uses; only what `heads` point at has meaning.
    pub bytes: Vec<u8>,
    /// One head per packet.
    pub heads: Vec<PacketHead>,
    /// Number of the first packet that was read into this block (1-based over the whole capture).
    pub first_number: u64,
    /// Packet numbers, one per head, where a filter left gaps between them. Empty without a
    /// filter: then the packets are numbered on from `first_number`.
    pub numbers: Vec<u64>,
}

impl Block {
    /// Makes it empty, and keeps the allocations.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.numbers.clear();
        self.first_number = 0;
    }

    /// Number of the packet at `index` of `heads`, as Wireshark's `frame.number` says it.
    #[inline]
    pub fn number(&self, index: usize) -> u64 {
        match self.numbers.get(index) {
            Some(number) => *number,
            None => self.first_number.saturating_add(index as u64),
        }
    }

    /// The packets, in order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        self.heads.iter().enumerate().map(|(index, head)| Packet {
            number: self.number(index),
            timestamp: head.timestamp,
            link_type: head.link_type,
            data: head.data(&self.bytes),
            original_length: head.original,
            interface: u32::from(head.interface),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(numbers: Vec<u64>) -> Block {
        let head = |offset, captured| PacketHead {
            offset,
            captured,
            original: captured,
            link_type: LinkType::ETHERNET,
            interface: 0,
            timestamp: Timestamp::default(),
        };
        Block {
            bytes: b"abcdef".to_vec(),
            heads: vec![head(0, 2), head(4, 2), head(5, 9)],
            first_number: 10,
            numbers,
        }
    }

    #[test]
    fn packets_are_slices_with_numbers() {
        let seen =
            |block: Block| block.packets().map(|p| (p.number, p.data.to_vec())).collect::<Vec<_>>();
        let data = [b"ab".to_vec(), b"ef".to_vec(), Vec::new()];
        for (numbers, expected) in [(vec![], [10, 11, 12]), (vec![11, 15, 99], [11, 15, 99])] {
            let wanted: Vec<_> = expected.into_iter().zip(data.clone()).collect();
            assert_eq!(seen(block(numbers)), wanted);
        }
    }

    #[test]
    fn clear_forgets_packets_and_numbers() {
        let mut block = block(vec![1, 2, 3]);
        block.clear();
        assert_eq!(block.packets().count(), 0);
        assert!(block.numbers.is_empty());
        assert_eq!(block.bytes.len(), 6);
    }
}
