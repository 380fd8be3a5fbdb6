//! The classic capture file: a file header, then per packet a header and its bytes.
//!
//! ```text
//! file    magic 4, version 2+2, zone 4, accuracy 4, snap length 4, link type 4
//! packet  seconds 4, fraction 4, captured 4, original 4 [, interface 4, protocol 2, kind 1, pad 1]
//! ```
//!
//! Numbers from draft-ietf-opsawg-pcap, section 4 and 5. The fraction is microseconds or
//! nanoseconds, by the magic. The bracketed fields are of the "modified" format that old Linux
//! systems wrote. Files before version 2.3 have the two lengths the other way round.
//!
//! The snap length is not enforced: writers get it wrong, and readers that everyone compares with
//! take such packets. What bounds a packet is [`crate::link::MAX_PACKET`].

use dissect::{LinkType, Timestamp};

use crate::block::PacketHead;
use crate::bytes::Order;
use crate::fault::{Fault, Part};
use crate::format::{Broken, Progress, View};
use crate::link::max_packet;

/// Length of the file header.
pub(crate) const FILE_HEADER: usize = 24;

/// Length of a packet's header as every variant has it.
const HEADER: usize = 16;

/// Length of a packet's header in the modified format.
const MODIFIED_HEADER: usize = 24;

/// Bits 16 to 25 of the link type field must be zero; those above say how long the frame check
/// sequence is.
const RESERVED_BITS: u32 = 0x03ff_0000;

/// Which of the two lengths comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lengths {
    CapturedFirst,
    OriginalFirst,
    /// Version 2.3, written both ways: the captured length is the smaller one.
    SmallerIsCaptured,
}

/// A pcap file's header.
#[derive(Debug)]
pub(crate) struct Pcap {
    order: Order,
    nanos_per_unit: i64,
    header: usize,
    lengths: Lengths,
    link_types: [LinkType; 1],
    limit: u32,
}

impl Pcap {
    /// By the magic number; `None` if it is another format, an error if the header is broken.
    pub(crate) fn recognise(head: &[u8]) -> Result<Option<Self>, Broken> {
        let Some(magic) = head.first_chunk::<4>() else { return Ok(None) };
        let broken = |fault| Broken { part: Part::FileHeader, offset: 0, fault };
        let known = |order: Order| match order.u32(*magic) {
            0xa1b2_c3d4 => Some((order, 1_000, HEADER)),
            0xa1b2_3c4d => Some((order, 1, HEADER)),
            0xa1b2_cd34 => Some((order, 1_000, MODIFIED_HEADER)),
            _ => None,
        };
        let Some((order, nanos_per_unit, header)) =
            known(Order::Little).or_else(|| known(Order::Big))
        else {
            return Ok(None);
        };
        let (Some(major), Some(minor), Some(link)) =
            (order.u16_at(head, 4), order.u16_at(head, 6), order.u32_at(head, 20))
        else {
            let expected = FILE_HEADER as u64;
            return Err(broken(Fault::Cut { present: head.len() as u64, expected }));
        };
        let lengths = match (major, minor) {
            (2, 0..=2) | (543, 0) => Lengths::OriginalFirst,
            (2, 3) => Lengths::SmallerIsCaptured,
            (2, _) => Lengths::CapturedFirst,
            _ => return Err(broken(Fault::UnsupportedVersion { format: "pcap", major, minor })),
        };
        if link & RESERVED_BITS != 0 {
            return Err(broken(Fault::ReservedLinkType(link)));
        }
        let link_type = LinkType((link & 0xffff) as u16);
        let limit = max_packet(link_type);
        let link_types = [link_type];
        Ok(Some(Self { order, nanos_per_unit, header, lengths, link_types, limit }))
    }

    /// The file's link type.
    pub(crate) fn link_types(&self) -> &[LinkType] {
        &self.link_types
    }

    /// Notes every packet that is there as a whole.
    pub(crate) fn parse(
        &self,
        view: View<'_>,
        heads: &mut Vec<PacketHead>,
    ) -> Result<Progress, Broken> {
        let [link_type] = self.link_types;
        let mut next = view.from;
        loop {
            let rest = view.bytes.get(next..).unwrap_or_default();
            let Some(header) = rest.first_chunk::<HEADER>() else {
                return Ok(Progress { next, wanted: self.header });
            };
            let (captured, original) = self.lengths(header);
            if captured > self.limit {
                let fault = Fault::AbsurdLength {
                    length: u64::from(captured),
                    limit: u64::from(self.limit),
                };
                return Err(Broken { part: Part::Packet, offset: view.offset(next), fault });
            }
            let wanted = self.header.saturating_add(captured as usize);
            if rest.len() < wanted {
                return Ok(Progress { next, wanted });
            }
            heads.push(PacketHead {
                // A block is far smaller than 4 GiB: `MAX_MESSAGE` bounds it.
                offset: u32::try_from(next.saturating_add(self.header)).unwrap_or(u32::MAX),
                captured,
                original: original.max(captured),
                link_type,
                interface: 0,
                timestamp: self.timestamp(header),
            });
            next = next.saturating_add(wanted);
        }
    }

    /// What is cut off at the end of the input.
    pub(crate) fn cut(&self, view: View<'_>) -> Option<Broken> {
        let rest = view.bytes.get(view.from..).filter(|rest| !rest.is_empty())?;
        let offset = view.offset(view.from);
        let cut = |part, present: usize, expected: usize| {
            let fault = Fault::Cut { present: present as u64, expected: expected as u64 };
            Some(Broken { part, offset, fault })
        };
        match (rest.first_chunk::<HEADER>(), rest.len().checked_sub(self.header)) {
            (Some(header), Some(present)) => {
                cut(Part::Packet, present, self.lengths(header).0 as usize)
            }
            _ => cut(Part::PacketHeader, rest.len(), self.header),
        }
    }

    /// Captured and original length.
    #[inline]
    fn lengths(&self, header: &[u8; HEADER]) -> (u32, u32) {
        let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h] = *header;
        let (first, second) = (self.order.u32([a, b, c, d]), self.order.u32([e, f, g, h]));
        match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::OriginalFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        }
    }

    /// Capture time. 32 bits of seconds and of a fraction cannot overflow 64 bits of nanoseconds.
    #[inline]
    fn timestamp(&self, header: &[u8; HEADER]) -> Timestamp {
        let [a, b, c, d, e, f, g, h, ..] = *header;
        let seconds = i64::from(self.order.u32([a, b, c, d]));
        let fraction = i64::from(self.order.u32([e, f, g, h]));
        let fraction = fraction.saturating_mul(self.nanos_per_unit);
        Timestamp::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(fraction))
    }
}
