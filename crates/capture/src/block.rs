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
    /// Bytes on the wire.
    pub original: u32,
    /// What the packet starts with.
    pub link_type: LinkType,
    /// Interface within its section.
    pub interface: u16,
    /// Capture time.
    pub timestamp: Timestamp,
}

/// Packets in the order of the capture. `first_number` numbers them.
#[derive(Debug, Default)]
pub struct Block {
    /// The buffer.
    pub bytes: Vec<u8>,
    /// One head per packet.
    pub heads: Vec<PacketHead>,
    /// Number of the first packet (1-based over the whole capture).
    pub first_number: u64,
}

impl Block {
    /// Makes it empty, and keeps the allocations.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.first_number = 0;
    }

    /// The packets, in order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        self.heads.iter().zip(self.first_number..).map(|(head, number)| {
            let start = head.offset as usize;
            let end = start.saturating_add(head.captured as usize);
            Packet {
                number,
                timestamp: head.timestamp,
                link_type: head.link_type,
                data: self.bytes.get(start..end).unwrap_or_default(),
                original_length: head.original,
                interface: u32::from(head.interface),
            }
        })
    }
}
