//! Packets of a pcapng file: Enhanced (section 4.3), Simple (4.4) and the obsolete Packet Blocks
//! (appendix A of draft-ietf-opsawg-pcapng).
//!
//! ```text
//! enhanced  interface 4, time 4+4, captured 4, original 4, bytes, options
//! obsolete  interface 2, drops 2, time 4+4, captured 4, original 4, bytes, options
//! simple    original 4, bytes                        interface 0, no time of its own
//! ```

use super::frame::{Frame, MAX_OPTIONS, OBSOLETE_PACKET, SIMPLE_PACKET};
use super::{Pcapng, Step};
use crate::block::PacketHead;
use crate::fault::{BadBlock, Fault};
use crate::format::{Broken, View};

/// Bytes before the packet in an enhanced and in an obsolete block, with type and length.
const FIELDS: usize = 28;

/// Bytes before the packet in a simple block.
const SIMPLE_FIELDS: usize = 12;

/// What the three kinds of blocks say of a packet.
struct Fields {
    interface: u32,
    /// Count of the interface's clock, where the block has one.
    ticks: Option<u64>,
    captured: u32,
    original: u32,
    /// Bytes before the packet.
    before: usize,
}

impl Pcapng {
    /// Notes the packet of the block that begins with `rest`.
    #[inline]
    pub(super) fn packet(
        &mut self,
        view: View<'_>,
        frame: Frame,
        rest: &[u8],
        heads: &mut Vec<PacketHead>,
    ) -> Result<Step, Broken> {
        let fields = match frame.kind {
            SIMPLE_PACKET => self.simple(frame, rest)?,
            _ => self.enhanced(frame, rest)?,
        };
        let Some(fields) = fields else { return Ok(Step::Wanted(FIELDS)) };
        let Some(interface) = self.interfaces.get(fields.interface as usize) else {
            let known = self.interfaces.len();
            let interface = fields.interface;
            return Err(frame.broken(Fault::UnknownInterface { interface, known }));
        };
        let captured = fields.captured;
        if captured > interface.limit {
            return Err(frame.absurd(captured, interface.limit));
        }
        let room = (frame.length as usize).saturating_sub(fields.before.saturating_add(4));
        if captured as usize > room {
            let (inner, block) = (captured, frame.length);
            return Err(frame.bad(BadBlock::DataBeyondBlock { inner, block }));
        }
        if room.saturating_sub(captured as usize) > MAX_OPTIONS as usize {
            return Err(frame.absurd(frame.length, captured.saturating_add(MAX_OPTIONS)));
        }
        let span = frame.span as usize;
        let Some(whole) = rest.get(..span) else { return Ok(Step::Wanted(span)) };
        self.check_trailer(frame, whole)?;
        let link_type = interface.link_type;
        let clock = interface.clock;
        // A simple block has no time. It gets that of the packet before it, so that the capture's
        // clock does not jump: 1970 only if it is the first.
        let timestamp = fields.ticks.map_or(self.last, |ticks| clock.timestamp(ticks));
        self.last = timestamp;
        let start = view.bytes.len().saturating_sub(rest.len()).saturating_add(fields.before);
        heads.push(PacketHead {
            // A block is far smaller than 4 GiB: `MAX_BLOCK` bounds it.
            offset: u32::try_from(start).unwrap_or(u32::MAX),
            captured,
            original: fields.original.max(captured),
            link_type,
            // `MAX_INTERFACES` makes it fit.
            interface: u16::try_from(fields.interface).unwrap_or(u16::MAX),
            timestamp,
        });
        Ok(Step::Done(span))
    }

    /// Fields of an enhanced or an obsolete block; `None` if they are not there yet.
    #[inline]
    fn enhanced(&self, frame: Frame, rest: &[u8]) -> Result<Option<Fields>, Broken> {
        frame.at_least(32)?;
        let Some(fields) = rest.first_chunk::<FIELDS>() else { return Ok(None) };
        let [_, _, _, _, _, _, _, _, number @ .., a, b, c, d, e, f, g, h] = *fields;
        let [i, j, k, l, m, n, o, p, q, r, s, t] = number;
        let order = self.order;
        let (high, low) = (order.u32([m, n, o, p]), order.u32([q, r, s, t]));
        Ok(Some(Fields {
            interface: match frame.kind {
                OBSOLETE_PACKET => u32::from(order.u16([i, j])),
                _ => order.u32([i, j, k, l]),
            },
            ticks: Some((u64::from(high) << 32) | u64::from(low)),
            captured: order.u32([a, b, c, d]),
            original: order.u32([e, f, g, h]),
            before: FIELDS,
        }))
    }

    /// Fields of a simple block; `None` if they are not there yet. It does not say how much of the
    /// packet was captured: that is bounded by interface 0's snap length and by the block.
    fn simple(&self, frame: Frame, rest: &[u8]) -> Result<Option<Fields>, Broken> {
        frame.at_least(16)?;
        let Some(original) = self.order.u32_at(rest, 8) else { return Ok(None) };
        let snap_length = match self.interfaces.first().map(|i| i.snap_length) {
            None | Some(0) => u32::MAX,
            Some(length) => length,
        };
        let captured = original.min(snap_length).min(frame.length.saturating_sub(16));
        Ok(Some(Fields { interface: 0, ticks: None, captured, original, before: SIMPLE_FIELDS }))
    }
}
