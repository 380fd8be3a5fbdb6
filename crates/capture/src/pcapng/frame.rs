//! What every pcapng block has: a type, and its length at both ends (draft-ietf-opsawg-pcapng,
//! section 3.1). The checks here are those that hold for all of them.

use crate::fault::{BadBlock, Fault, Part};
use crate::format::Broken;

/// The longest block that is read or skipped: the greatest message of the link types that have
/// great ones ([`crate::link::MAX_MESSAGE`]), and room for what comes with it.
pub(super) const MAX_BLOCK: u32 = (128 << 20) + MAX_OPTIONS + 1024;

/// The most bytes of options and padding after a packet, and the longest description of an
/// interface: comments are lines of text, and a megabyte of them is far more than tools write.
pub(crate) const MAX_OPTIONS: u32 = 1 << 20;

/// Type, length and length again: what every block has.
pub(crate) const FRAME: u32 = 12;

/// Length of the shortest section header block.
pub(super) const SECTION_FIELDS: u32 = 28;

/// Block types (section 10.1).
pub(crate) const INTERFACE: u32 = 1;
pub(super) const OBSOLETE_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(crate) const ENHANCED_PACKET: u32 = 6;
pub(crate) const SECRETS: u32 = 10;
pub(super) const CUSTOM: u32 = 0x0bad;
pub(super) const CUSTOM_NOT_COPIED: u32 = 0x4000_0bad;
/// Reads the same in either byte order.
pub(crate) const SECTION: u32 = 0x0a0d_0d0a;

/// What a section header's byte-order magic reads in the right order.
pub(crate) const ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// What is known of a block from its first 8 bytes.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) kind: u32,
    /// Length as it is written.
    pub(super) length: u32,
    /// Length with the padding that some writers forget to count.
    pub(super) span: u32,
    /// Stream offset of its first byte.
    pub(super) offset: u64,
}

impl Frame {
    pub(super) fn part(self) -> Part {
        match self.kind {
            ENHANCED_PACKET | SIMPLE_PACKET | OBSOLETE_PACKET => Part::Packet,
            SECTION if self.offset == 0 => Part::FileHeader,
            kind => Part::Block(kind),
        }
    }

    pub(super) fn broken(self, fault: Fault) -> Broken {
        Broken { part: self.part(), offset: self.offset, fault }
    }

    pub(super) fn bad(self, bad: BadBlock) -> Broken {
        self.broken(Fault::BadBlock(bad))
    }

    pub(super) fn absurd(self, length: u32, limit: u32) -> Broken {
        let (length, limit) = (u64::from(length), u64::from(limit));
        self.broken(Fault::AbsurdLength { length, limit })
    }

    /// An error unless the block has `least` bytes.
    pub(super) fn at_least(self, least: u32) -> Result<(), Broken> {
        if self.length < least {
            return Err(self.bad(BadBlock::TooShort { length: self.length, least }));
        }
        Ok(())
    }

    /// An error unless the length at the block's end is the one at its beginning.
    pub(super) fn closed_by(self, second: u32) -> Result<(), Broken> {
        let first = self.length;
        if second != first && second != self.span {
            return Err(self.bad(BadBlock::LengthsDiffer { first, second }));
        }
        Ok(())
    }
}
