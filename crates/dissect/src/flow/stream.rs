//! One direction of a TCP connection: segments in, bytes in order out (RFC 9293 section 3.10.7.4).
//!
//! The first copy of a byte wins. A copy that differs is a weird. Sequence numbers wrap around, so
//! they are compared by signed distance; a connection may be captured from its middle.

use super::history::{Delivered, History};
use crate::decode::Segment;
use crate::limits::{PENDING_BYTES, PENDING_SEGMENTS, STALLED_ACKNOWLEDGMENTS};
use crate::packet::PacketRef;
use crate::weird::WeirdKind;

/// What a stream gives out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk<'a> {
    /// The next bytes, and the packet they came in.
    Data(&'a [u8], PacketRef),
    /// So many bytes never came.
    Gap(u32),
    /// Something odd about the segments.
    Weird(WeirdKind),
}

/// Reassembly state of one direction.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// Sequence number of the next byte; `None` before the first segment.
    next: Option<u32>,
    /// Sequence number of the SYN, if it was captured.
    syn: Option<u32>,
    /// Segments behind a hole, in order, without overlap.
    pending: Vec<Piece>,
    pending_bytes: usize,
    /// Where the bytes before `next` are remembered.
    delivered: Delivered,
    stalled: u16,
    /// Sequence number behind the FIN's last byte, once a FIN was seen.
    end: Option<u32>,
    /// Whatever is missing before it will not come.
    given_up: Option<u32>,
}

#[derive(Debug)]
struct Piece {
    sequence: u32,
    bytes: Vec<u8>,
    /// Bytes behind `bytes` that were on the wire but not captured.
    missing: u32,
    at: PacketRef,
}

/// Signed distance from `from` to `to` on the circle of sequence numbers.
#[inline]
const fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

/// A slice's length as a distance on that circle; segments are far shorter than its half.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

impl Stream {
    /// Takes a segment in, and gives out all bytes that are in order now.
    pub(crate) fn segment(
        &mut self,
        segment: &Segment<'_>,
        at: PacketRef,
        history: &mut History,
        out: &mut impl FnMut(Chunk<'_>),
    ) {
        let sequence = segment.sequence.wrapping_add(u32::from(segment.has(Segment::SYN)));
        if segment.has(Segment::SYN) && self.next.is_none() {
            self.next = Some(sequence);
            self.syn = Some(segment.sequence);
        }
        if segment.has(Segment::FIN) {
            let end = sequence.wrapping_add(length(segment.payload));
            self.end = Some(end.wrapping_add(segment.missing));
        }
        if segment.payload.is_empty() && segment.missing == 0 {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        match distance(next, sequence) {
            0 if self.pending.is_empty() => {
                self.deliver(segment.payload, segment.missing, at, history, out);
            }
            ahead if ahead > 0 => {
                self.keep(sequence, segment.payload, segment.missing, at, out);
                if self.pending_bytes > PENDING_BYTES || self.pending.len() > PENDING_SEGMENTS {
                    out(Chunk::Weird(WeirdKind::StreamBufferFull));
                    self.skip_hole(history, out);
                }
            }
            behind => {
                let known = usize::try_from(behind.unsigned_abs()).unwrap_or(usize::MAX);
                // A keep-alive's single byte is garbage by custom (RFC 9293 section 3.8.4).
                let repeats = known > 0 && segment.payload.len() > 1;
                if repeats && !self.delivered.agrees(sequence, segment.payload, history) {
                    out(Chunk::Weird(WeirdKind::StreamOverlapDiffers));
                }
                if let Some(fresh) = segment.payload.get(known..) {
                    self.deliver(fresh, segment.missing, at, history, out);
                }
                self.drain(history, out);
            }
        }
    }

    /// The other side acknowledged everything before `acknowledgment`.
    #[inline]
    pub(crate) fn acknowledged(
        &mut self,
        acknowledgment: u32,
        history: &mut History,
        out: &mut impl FnMut(Chunk<'_>),
    ) {
        if self.pending.is_empty() {
            return;
        }
        let Some(next) = self.next else { return };
        if distance(next, acknowledgment) > 0 {
            self.stalled = self.stalled.saturating_add(1);
            if self.stalled >= STALLED_ACKNOWLEDGMENTS {
                self.skip_hole(history, out);
            }
        }
    }

    /// Whether bytes that the other side acknowledged are not there, and may still come. A FIN, or
    /// a keep-alive, counts as one byte.
    #[inline]
    pub(crate) fn lacks(&self, acknowledgment: u32) -> bool {
        let beyond = |at: u32, bytes| distance(at, acknowledgment) > bytes;
        self.next.is_some_and(|next| beyond(next, 1))
            && self.given_up.is_none_or(|at| beyond(at, 0))
    }

    /// What the other side acknowledged, and is not there, will not come. `sure`: more than one
    /// segment said so, so that it is not only held to be behind what comes next.
    pub(crate) fn give_up(
        &mut self,
        acknowledgment: u32,
        sure: bool,
        history: &mut History,
        out: &mut impl FnMut(Chunk<'_>),
    ) {
        const WINDOW: i32 = 1 << 20;
        self.given_up = Some(acknowledgment);
        while self.pending.first().is_some_and(|piece| distance(piece.sequence, acknowledgment) > 0)
        {
            self.skip_hole(history, out);
        }
        let Some(next) = self.next else { return };
        let hole = distance(next, acknowledgment);
        if sure && self.end.is_none() && (1..WINDOW).contains(&hole) {
            self.next = Some(acknowledgment);
            out(Chunk::Gap(hole.unsigned_abs()));
            self.drain(history, out);
        }
    }

    /// The connection is over: gives out what still waits, holes and all. A FIN tells what is
    /// missing before it.
    pub(crate) fn flush(&mut self, history: &mut History, out: &mut impl FnMut(Chunk<'_>)) {
        while !self.pending.is_empty() {
            self.skip_hole(history, out);
        }
        if let (Some(end), Some(next)) = (self.end, self.next)
            && distance(next, end) > 0
        {
            self.next = Some(end);
            out(Chunk::Gap(distance(next, end).unsigned_abs()));
        }
    }

    /// Whether everything up to the FIN was given out.
    #[inline]
    pub(crate) fn is_finished(&self) -> bool {
        match (self.end, self.next) {
            (Some(end), Some(next)) => distance(next, end) <= 0,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Whether a reset with this sequence number is one that its receiver heeds: within its window
    /// (RFC 9293 section 3.5.3). Others are stale, or forged.
    pub(crate) fn heeds_reset(&self, sequence: u32) -> bool {
        const WINDOW: i32 = 1 << 20;
        self.next.is_none_or(|next| (0..WINDOW).contains(&distance(next, sequence)))
    }

    /// Whether a SYN with this sequence number opens another connection than the one followed.
    pub(crate) fn is_other_connection(&self, syn: u32) -> bool {
        self.next.is_some() && self.syn != Some(syn)
    }

    fn deliver(
        &mut self,
        bytes: &[u8],
        missing: u32,
        at: PacketRef,
        history: &mut History,
        out: &mut impl FnMut(Chunk<'_>),
    ) {
        let Some(next) = self.next else { return };
        self.stalled = 0;
        self.next = Some(next.wrapping_add(length(bytes)).wrapping_add(missing));
        if !bytes.is_empty() {
            self.delivered.add(next, bytes, history);
            out(Chunk::Data(bytes, at));
        }
        if missing > 0 {
            out(Chunk::Gap(missing));
        }
    }

    /// Puts a segment behind the hole; only what is new of it.
    fn keep(
        &mut self,
        sequence: u32,
        bytes: &[u8],
        missing: u32,
        at: PacketRef,
        out: &mut impl FnMut(Chunk<'_>),
    ) {
        let (mut sequence, mut bytes) = (sequence, bytes);
        let mut position = 0_usize;
        let mut differs = false;
        while let Some(piece) = self.pending.get(position) {
            let piece_end = piece.sequence.wrapping_add(length(&piece.bytes));
            if distance(piece_end, sequence) >= 0 {
                position = position.saturating_add(1);
                continue;
            }
            let before = distance(sequence, piece.sequence);
            if before > 0 {
                let room = usize::try_from(before).unwrap_or(usize::MAX);
                let head = bytes.get(..room).unwrap_or(bytes);
                let head_missing = if head.len() == bytes.len() { missing } else { 0 };
                let fresh = Piece { sequence, bytes: head.to_vec(), missing: head_missing, at };
                self.pending_bytes = self.pending_bytes.saturating_add(head.len());
                bytes = bytes.get(head.len()..).unwrap_or_default();
                sequence = sequence.wrapping_add(length(&fresh.bytes));
                self.pending.insert(position, fresh);
                position = position.saturating_add(1);
                if bytes.is_empty() {
                    break;
                }
                continue;
            }
            // Overlap: this part of the segment is already there.
            let offset = usize::try_from(distance(piece.sequence, sequence)).unwrap_or(0);
            let held = piece.bytes.get(offset..).unwrap_or_default();
            differs |= held.iter().zip(bytes).any(|(old, new)| old != new);
            let known = held.len().min(bytes.len());
            bytes = bytes.get(known..).unwrap_or_default();
            sequence = sequence.wrapping_add(u32::try_from(known).unwrap_or(0));
            if bytes.is_empty() {
                break;
            }
        }
        if !bytes.is_empty() {
            self.pending_bytes = self.pending_bytes.saturating_add(bytes.len());
            let piece = Piece { sequence, bytes: bytes.to_vec(), missing, at };
            self.pending.insert(position.min(self.pending.len()), piece);
        }
        if differs {
            out(Chunk::Weird(WeirdKind::StreamOverlapDiffers));
        }
    }

    /// Gives out pending segments that are in order now.
    fn drain(&mut self, history: &mut History, out: &mut impl FnMut(Chunk<'_>)) {
        while let (Some(next), Some(first)) = (self.next, self.pending.first()) {
            let ahead = distance(next, first.sequence);
            if ahead > 0 {
                return;
            }
            let piece = self.pending.remove(0);
            self.pending_bytes = self.pending_bytes.saturating_sub(piece.bytes.len());
            let known = usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX);
            if let Some(fresh) = piece.bytes.get(known..) {
                self.deliver(fresh, piece.missing, piece.at, history, out);
            }
        }
    }

    /// Gives up the bytes before the first pending segment.
    fn skip_hole(&mut self, history: &mut History, out: &mut impl FnMut(Chunk<'_>)) {
        let (Some(next), Some(first)) = (self.next, self.pending.first()) else {
            self.pending.clear();
            return;
        };
        let hole = distance(next, first.sequence);
        if hole > 0 {
            self.next = Some(first.sequence);
            out(Chunk::Gap(hole.unsigned_abs()));
        }
        self.drain(history, out);
    }
}

#[cfg(test)]
mod tests;
