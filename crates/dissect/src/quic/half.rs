//! One direction of one stream: its pieces in any order in, its bytes in order out.

use std::collections::BTreeMap;

use super::streams::StreamEventKind;
use crate::limits::{QUIC_STREAM_BYTES, QUIC_STREAM_PIECES};
use crate::origin::Origin;

/// Acknowledgments that show that the missing bytes arrived, before they are given up: the packet
/// with them may only be late, since captures reorder what they see.
const STALLED_ACKNOWLEDGMENTS: u8 = 4;

/// Packets before the one that shows a hole in which the missing bytes are looked for.
const SUSPECT_PACKETS: u64 = 256;

/// What a piece that waits costs besides its bytes.
const PIECE_OVERHEAD: usize = 128;

/// A piece, as a packet brought it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    /// Where in the stream it begins.
    pub(super) offset: u64,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// The stream ends behind it.
    pub(super) fin: bool,
    /// Number of its packet.
    pub(super) number: u64,
    /// Where it lay in the capture.
    pub(super) origin: Origin,
}

/// What one side sends on one stream.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// Bytes given out, or given up.
    next: u64,
    /// How long the stream is, once its end was seen.
    length: Option<u64>,
    /// The end was given out.
    over: bool,
    /// Pieces behind a hole, by offset. They may overlap.
    waiting: BTreeMap<u64, Piece>,
    /// What these hold.
    held: usize,
    /// Packet that brought the last bytes before the hole.
    last: Option<u64>,
    /// Acknowledgments in a row that show that the missing bytes arrived.
    stalled: u8,
}

#[derive(Debug)]
struct Piece {
    bytes: Box<[u8]>,
    number: u64,
    origin: Origin,
}

impl Piece {
    fn cost(&self) -> usize {
        self.bytes.len().saturating_add(PIECE_OVERHEAD)
    }
}

/// Where bytes in order go.
pub(super) type Sink<'a> = &'a mut dyn FnMut(StreamEventKind<'_>);

impl Half {
    /// Takes in a piece.
    pub(super) fn data(&mut self, sent: Sent<'_>, sink: Sink<'_>) {
        let Some(end) =
            u64::try_from(sent.bytes.len()).ok().and_then(|l| sent.offset.checked_add(l))
        else {
            return;
        };
        if self.over || self.length.is_some_and(|length| end > length) {
            return;
        }
        if sent.fin {
            self.length.get_or_insert(end);
        }
        if sent.offset > self.next {
            return self.keep(&sent);
        }
        let grown = end > self.next;
        if grown || self.length == Some(self.next) {
            self.give(sent.offset, sent.bytes, sent.origin, sink);
        }
        if grown {
            self.last = Some(sent.number);
            self.stalled = 0;
            self.drain(sink);
        }
    }

    /// Gives out what of a piece lies behind the bytes given out already.
    fn give(&mut self, offset: u64, bytes: &[u8], origin: Origin, sink: Sink<'_>) {
        let known = usize::try_from(self.next.saturating_sub(offset)).unwrap_or(usize::MAX);
        let new = bytes.get(known..).unwrap_or_default();
        self.next = self.next.saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
        self.over = self.length == Some(self.next);
        if self.over || !new.is_empty() {
            sink(StreamEventKind::Data(new, self.over, origin));
        }
    }

    /// Gives out the pieces that follow without a hole.
    fn drain(&mut self, sink: Sink<'_>) {
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.next {
                break;
            }
            let (offset, piece) = entry.remove_entry();
            self.held = self.held.saturating_sub(piece.cost());
            if !self.over {
                self.last = self.last.max(Some(piece.number));
                self.give(offset, &piece.bytes, piece.origin, sink);
            }
        }
    }

    /// Keeps a piece behind a hole.
    fn keep(&mut self, sent: &Sent<'_>) {
        let known = self.waiting.get(&sent.offset);
        // An empty piece with the stream's end counts: the hole before it has a known length.
        if known.is_some_and(|known| known.bytes.len() >= sent.bytes.len())
            || sent.bytes.is_empty() && !sent.fin
        {
            return;
        }
        let Sent { number, origin, bytes, .. } = *sent;
        let piece = Piece { bytes: bytes.into(), number, origin };
        self.held = self.held.saturating_add(piece.cost());
        if let Some(replaced) = self.waiting.insert(sent.offset, piece) {
            self.held = self.held.saturating_sub(replaced.cost());
        }
    }

    /// Whether more waits than is kept.
    pub(super) fn is_crowded(&self) -> bool {
        self.held > QUIC_STREAM_BYTES || self.waiting.len() > QUIC_STREAM_PIECES
    }

    /// What the waiting pieces hold.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Whether the end was given out.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// The packet before the hole and the one behind it: the missing bytes were in one between.
    pub(super) fn suspects(&self) -> Option<(u64, u64)> {
        let (_, behind) = self.waiting.first_key_value()?;
        let earliest = behind.number.saturating_sub(SUSPECT_PACKETS);
        Some((self.last.unwrap_or(0).max(earliest), behind.number))
    }

    /// An acknowledgment shows, or does not, that the missing bytes arrived at the peer.
    pub(super) fn stalled(&mut self, arrived: bool, sink: Sink<'_>) {
        self.stalled = if arrived { self.stalled.saturating_add(1) } else { 0 };
        if self.stalled >= STALLED_ACKNOWLEDGMENTS {
            self.stalled = 0;
            self.give_up(sink);
        }
    }

    /// Goes on behind the first hole.
    fn give_up(&mut self, sink: Sink<'_>) {
        let Some(offset) = self.waiting.keys().next().copied() else { return };
        let missing = offset.saturating_sub(self.next);
        if missing > 0 {
            sink(StreamEventKind::Gap(missing));
        }
        self.next = self.next.max(offset);
        self.drain(sink);
    }

    /// Goes on behind all holes.
    pub(super) fn give_up_all(&mut self, sink: Sink<'_>) {
        while !self.waiting.is_empty() {
            self.give_up(sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offset, bytes, and whether the stream ends behind them.
    type Pieces<'a> = &'a [(u64, &'a str, bool)];

    /// What comes out of these pieces: `-` for each missing byte, `.` at the end.
    fn played(pieces: Pieces<'_>) -> String {
        let (mut half, mut out) = (Half::default(), String::new());
        let mut sink = |kind: StreamEventKind<'_>| match kind {
            StreamEventKind::Data(bytes, fin, _) => {
                out.push_str(std::str::from_utf8(bytes).unwrap());
                out.push_str(if fin { "." } else { "" });
            }
            StreamEventKind::Gap(length) => out.push_str(&"-".repeat(length as usize)),
            StreamEventKind::Reset { .. } => out.push('!'),
        };
        for (number, (offset, text, fin)) in (0..).zip(pieces) {
            let (bytes, origin) = (text.as_bytes(), Origin::default());
            let sent = Sent { offset: *offset, bytes, fin: *fin, number, origin };
            half.data(sent, &mut sink);
        }
        half.give_up_all(&mut sink);
        assert_eq!((half.waiting.len(), half.held), (0, 0));
        out
    }

    #[test]
    fn pieces_in_any_order() {
        let cases: [(Pieces<'_>, &str); 12] = [
            (&[(0, "ab", false), (2, "cd", true)], "abcd."),
            (&[(2, "cd", true), (0, "ab", false)], "abcd."),
            (&[(0, "ab", false), (2, "", true)], "ab."),
            (&[(2, "", true), (0, "ab", false)], "ab."),
            (&[(0, "", true)], "."),
            (&[(0, "abc", false), (0, "abc", false), (1, "bcd", false), (4, "e", true)], "abcde."),
            (&[(4, "e", true), (1, "bc", false), (1, "bcd", false), (0, "a", false)], "abcde."),
            (&[(1, "b", false), (3, "d", true)], "-b-d."),
            (&[(0, "ab", false), (4, "", true)], "ab--."),
            (&[(0, "ab", true), (2, "c", false), (0, "ab", true)], "ab."),
            (&[(u64::MAX, "ab", false), (0, "a", false)], "a"),
            (&[(3, "d", false), (1, "bcdef", false), (0, "a", false), (6, "", true)], "abcdef."),
        ];
        for (pieces, out) in cases {
            assert_eq!(played(pieces), out, "{pieces:?}");
        }
    }
}
