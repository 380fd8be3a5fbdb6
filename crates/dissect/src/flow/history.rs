//! Delivered bytes that a retransmission is compared with: one ring for all streams of a dissector.
//!
//! A ring of its own for every stream would be most of what a followed flow holds, and nearly all of
//! it is never looked at. What is remembered is the latest that was delivered, whoever it belongs to.

use crate::limits::{HISTORY_BYTES, HISTORY_PIECES};

/// The latest delivered bytes.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// [`HISTORY_BYTES`] long, once something was delivered.
    ring: Vec<u8>,
    /// Where the next bytes go, counted from the beginning of time: its remainder is the place in
    /// the ring.
    next: u64,
}

/// Where a stream's delivered bytes lie.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// In the order of their delivery; at most [`HISTORY_PIECES`].
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    sequence: u32,
    length: u32,
    at: u64,
}

impl History {
    /// Remembers bytes; says where.
    fn add(&mut self, bytes: &[u8]) -> u64 {
        if self.ring.is_empty() {
            self.ring.resize(HISTORY_BYTES, 0);
        }
        let room = HISTORY_BYTES.saturating_sub(place(self.next));
        // In one piece: what does not fit before the end of the ring goes to its beginning.
        if bytes.len() > room {
            self.next = self.next.saturating_add(room as u64);
        }
        let (at, start) = (self.next, place(self.next));
        let kept = bytes.get(..HISTORY_BYTES).unwrap_or(bytes);
        if let Some(place) = self.ring.get_mut(start..start.saturating_add(kept.len())) {
            place.copy_from_slice(kept);
        }
        self.next = at.saturating_add(kept.len() as u64);
        at
    }

    /// The bytes that were added there; `None` if others have taken their place.
    fn get(&self, at: u64, length: usize) -> Option<&[u8]> {
        if self.next.saturating_sub(at) > HISTORY_BYTES as u64 {
            return None;
        }
        let start = place(at);
        self.ring.get(start..start.checked_add(length)?)
    }
}

/// Where in the ring the byte lies that was added as this one.
const fn place(at: u64) -> usize {
    const _: () = assert!(HISTORY_BYTES.is_power_of_two());
    at as usize & (HISTORY_BYTES - 1)
}

impl Delivered {
    /// These bytes were delivered.
    pub(crate) fn add(&mut self, sequence: u32, bytes: &[u8], history: &mut History) {
        if self.pieces.capacity() == 0 {
            self.pieces.reserve_exact(HISTORY_PIECES);
        }
        if self.pieces.len() >= HISTORY_PIECES {
            self.pieces.drain(..HISTORY_PIECES >> 1);
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.pieces.push(Piece { sequence, length, at: history.add(bytes) });
    }

    /// Whether a segment says what was delivered, as far as that is remembered.
    pub(crate) fn agrees(&self, sequence: u32, payload: &[u8], history: &History) -> bool {
        self.pieces.iter().all(|piece| {
            // Where the segment begins within the piece, or the piece within the segment.
            let ahead = sequence.wrapping_sub(piece.sequence).cast_signed();
            let skipped = usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX);
            let length = usize::try_from(piece.length).unwrap_or(usize::MAX);
            let (in_piece, in_payload) = if ahead >= 0 { (skipped, 0) } else { (0, skipped) };
            let Some(new) = payload.get(in_payload..).filter(|_| in_piece < length) else {
                return true;
            };
            let old = history.get(piece.at, length).and_then(|old| old.get(in_piece..));
            old.is_none_or(|old| old.iter().zip(new).all(|(old, new)| old == new))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_delivered_is_compared_wherever_a_segment_begins() {
        let (mut history, mut delivered) = (History::default(), Delivered::default());
        delivered.add(u32::MAX - 1, b"abcd", &mut history);
        delivered.add(2, b"efgh", &mut history);
        for (sequence, payload) in [
            (u32::MAX - 1, "abcdefghij"),
            (0, "cdef"),
            (3, "fg"),
            (6, "xyz"),
            (u32::MAX - 5, "wxyzab"),
        ] {
            assert!(delivered.agrees(sequence, payload.as_bytes(), &history), "{payload}");
        }
        for (sequence, payload) in [(u32::MAX - 1, "abcdefgX"), (0, "Xd"), (1, "dX"), (4, "gX")] {
            assert!(!delivered.agrees(sequence, payload.as_bytes(), &history), "{payload}");
        }
    }

    #[test]
    fn what_is_too_old_is_not_compared() {
        let (mut history, mut delivered) = (History::default(), Delivered::default());
        delivered.add(0, b"abcd", &mut history);
        let (mut others, filler) = (Delivered::default(), vec![7; 1_400]);
        let mut sequence = 0_u32;
        while delivered.agrees(0, b"abcd", &history) && !delivered.agrees(0, b"wxyz", &history) {
            others.add(sequence, &filler, &mut history);
            sequence += 1_400;
            assert!(others.agrees(sequence - 1_400, &filler, &history));
            assert!(!others.agrees(sequence - 1_400, b"wxyz", &history));
        }
        let written = sequence as usize;
        assert!((HISTORY_BYTES - 2_800..=HISTORY_BYTES + 2_800).contains(&written), "{written}");
        assert_eq!(history.ring.len(), HISTORY_BYTES);
        assert!(others.pieces.len() <= HISTORY_PIECES);
    }

    #[test]
    fn more_than_the_ring_holds_is_cut() {
        let (mut history, mut delivered) = (History::default(), Delivered::default());
        let long = vec![1; HISTORY_BYTES + 10];
        delivered.add(0, &long, &mut history);
        assert!(delivered.agrees(0, &long, &history));
        assert_eq!(history.ring.len(), HISTORY_BYTES);
    }
}
