//! Where the bytes of a stream lay.

use crate::packet::{PacketRef, PacketSpan};

/// Where some bytes of one direction come from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Origin {
    /// The packets that they were read from: one segment, or all of an encrypted record.
    pub(crate) packets: PacketSpan,
    /// They were sent as early data (RFC 8446 section 2.3), which can be replayed.
    pub(crate) early_data: bool,
}

impl From<PacketRef> for Origin {
    fn from(at: PacketRef) -> Self {
        Self { packets: PacketSpan::one(at), early_data: false }
    }
}

impl From<PacketSpan> for Origin {
    fn from(packets: PacketSpan) -> Self {
        Self { packets, early_data: false }
    }
}
