//! From pieces of a stream to its frames (RFC 9114 section 7).

use crate::quic::varint::varint;
use crate::tls::reader::Reader;

/// Longest head of a frame: its type and its length, eight bytes each.
const HEAD_BYTES: usize = 16;

/// Types of frames (section 11.2.1), and of what looks like one.
pub(super) mod kind {
    pub(in super::super) const DATA: u64 = 0x0;
    pub(in super::super) const HEADERS: u64 = 0x1;
    pub(in super::super) const CANCEL_PUSH: u64 = 0x3;
    pub(in super::super) const SETTINGS: u64 = 0x4;
    pub(in super::super) const PUSH_PROMISE: u64 = 0x5;
    pub(in super::super) const GOAWAY: u64 = 0x7;
    pub(in super::super) const MAX_PUSH_ID: u64 = 0xd;
    /// Begins a stream of WebTransport, which has no frames (draft-ietf-webtrans-http3).
    pub(in super::super) const WEBTRANSPORT_STREAM: u64 = 0x41;
}

/// Types of HTTP/2 that must not be used (section 7.2.8).
pub(super) const fn is_of_http2(kind: u64) -> bool {
    matches!(kind, 0x2 | 0x6 | 0x8 | 0x9)
}

/// Some of a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Piece<'a> {
    /// The frame's type.
    pub(super) kind: u64,
    /// Its first payload is here, which may be none.
    pub(super) first: bool,
    /// The frame ends behind it.
    pub(super) last: bool,
    /// Its next payload.
    pub(super) payload: &'a [u8],
}

/// Where a hole lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hole {
    /// Within a frame of this type, or up to its end (`last`).
    Within { kind: u64, last: bool },
    /// It is not known where the next frame starts.
    Unknown,
}

/// Cuts one direction of a stream into frames.
#[derive(Debug, Default)]
pub(super) struct FrameReader(State);

#[derive(Debug)]
enum State {
    /// The head as far as it came.
    Head {
        bytes: [u8; HEAD_BYTES],
        length: usize,
    },
    Payload {
        kind: u64,
        left: u64,
        first: bool,
    },
    /// It is not known where the next frame starts.
    Lost,
}

impl Default for State {
    fn default() -> Self {
        Self::Head { bytes: [0; HEAD_BYTES], length: 0 }
    }
}

impl FrameReader {
    /// The next piece of a frame, taken off the `rest`.
    pub(super) fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Option<Piece<'a>> {
        loop {
            match &mut self.0 {
                State::Lost => {
                    *rest = &[];
                    return None;
                }
                State::Head { bytes, length } => {
                    let (byte, behind) = rest.split_first()?;
                    *rest = behind;
                    // Sixteen bytes always hold a whole head.
                    *bytes.get_mut(*length)? = *byte;
                    *length = length.saturating_add(1);
                    let mut reader = Reader::new(bytes.get(..*length)?);
                    if let (Some(kind), Some(left)) = (varint(&mut reader), varint(&mut reader)) {
                        self.0 = State::Payload { kind, left, first: true };
                        if left == 0 {
                            break;
                        }
                    }
                }
                State::Payload { .. } if rest.is_empty() => return None,
                State::Payload { .. } => break,
            }
        }
        let State::Payload { kind, left, first } = &mut self.0 else { return None };
        let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
        let (payload, behind) = rest.split_at_checked(count)?;
        *rest = behind;
        *left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        let piece = Piece { kind: *kind, first: *first, last: *left == 0, payload };
        *first = false;
        if piece.last {
            self.0 = State::default();
        }
        Some(piece)
    }

    /// So many bytes are missing.
    pub(super) fn gap(&mut self, length: u64) -> Hole {
        if let State::Payload { kind, left, .. } = &mut self.0
            && let Some(behind) = left.checked_sub(length)
        {
            let (kind, last) = (*kind, behind == 0);
            *left = behind;
            if last {
                self.0 = State::default();
            }
            return Hole::Within { kind, last };
        }
        self.lose();
        Hole::Unknown
    }

    /// What follows is not read.
    pub(super) fn lose(&mut self) {
        self.0 = State::Lost;
    }

    /// Whether nothing of a frame was read that is not complete.
    pub(super) const fn is_between(&self) -> bool {
        matches!(self.0, State::Head { length: 0, .. } | State::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Whole = Vec<(u64, Vec<u8>)>;

    fn frames(reader: &mut FrameReader, bytes: &[u8], size: usize) -> Whole {
        let mut whole = Whole::new();
        for mut rest in bytes.chunks(size) {
            while let Some(piece) = reader.next(&mut rest) {
                if piece.first {
                    whole.push((piece.kind, Vec::new()));
                }
                whole.last_mut().unwrap().1.extend(piece.payload);
            }
        }
        whole
    }

    #[test]
    fn frames_in_pieces_of_every_size() {
        let bytes = [
            &[0x01, 0x03][..],
            b"abc",
            &[0x00, 0x00],
            // The same type and length, written longer than they need be.
            &[0x40, 0x00, 0xc0, 0, 0, 0, 0, 0, 0, 2],
            b"de",
            &[0xc0, 0, 0, 0, 0, 0, 0, 0x21, 0x01],
            b"?",
        ]
        .concat();
        let expected: Whole =
            vec![(1, b"abc".to_vec()), (0, Vec::new()), (0, b"de".to_vec()), (0x21, b"?".to_vec())];
        for size in 1..=bytes.len() {
            let mut reader = FrameReader::default();
            assert_eq!(frames(&mut reader, &bytes, size), expected, "{size}");
            assert!(reader.is_between());
        }
        for cut in 1..bytes.len() {
            let mut reader = FrameReader::default();
            let whole = frames(&mut reader, &bytes[..cut], cut);
            assert_eq!(reader.is_between(), [5, 7, 19].contains(&cut), "{cut}: {whole:?}");
        }
    }

    #[test]
    fn holes() {
        let mut reader = FrameReader::default();
        assert_eq!(frames(&mut reader, &[0, 5, b'a'], 1), [(0, b"a".to_vec())]);
        assert_eq!(reader.gap(3), Hole::Within { kind: 0, last: false });
        assert_eq!(reader.gap(1), Hole::Within { kind: 0, last: true });
        assert_eq!(frames(&mut reader, &[1, 1, b'x'], 2), [(1, b"x".to_vec())]);
        assert_eq!(frames(&mut reader, &[0, 5], 2), []);
        assert_eq!(reader.gap(6), Hole::Unknown);
        assert_eq!(frames(&mut reader, &[0, 1, b'x'], 2), []);
        let mut reader = FrameReader::default();
        assert_eq!(reader.gap(1), Hole::Unknown);
    }
}
