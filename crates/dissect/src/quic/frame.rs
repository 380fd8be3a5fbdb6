//! The frames of all packets (RFC 9000 sections 12.4 and 19, RFC 9221, and the drafts of
//! ACK_FREQUENCY and TIMESTAMP), read one after the other as far as their lengths are known.

use super::varint::{varint, vector};
use crate::tls::reader::Reader;

/// A frame that says something here. What only steers the sender (windows, limits, paths, pings)
/// is passed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Frame<'a> {
    /// Packet numbers that arrived.
    Ack(Acknowledged<'a>),
    /// CONNECTION_CLOSE; the code of a TLS alert is 0x0100 plus its number.
    Close { error_code: u64 },
    /// A piece of the TLS handshake.
    Crypto { offset: u64, data: &'a [u8] },
    /// NEW_CONNECTION_ID: another name of its sender.
    NewConnectionId { id: &'a [u8] },
    /// RESET_STREAM, or that of draft-ietf-quic-reliable-stream-reset.
    ResetStream { stream: u64 },
    /// STOP_SENDING.
    StopSending { stream: u64 },
    /// A piece of a stream.
    Stream { stream: u64, offset: u64, data: &'a [u8], fin: bool },
}

impl Frame<'_> {
    /// Whether Initial and Handshake packets may carry it (RFC 9000 section 12.4, table 3).
    const fn belongs_to_handshake(&self) -> bool {
        matches!(self, Self::Ack(_) | Self::Close { .. } | Self::Crypto { .. })
    }
}

/// Ranges of packet numbers, from the highest down, as they lie in an ACK frame
/// (RFC 9000 section 19.3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Acknowledged<'a> {
    largest: u64,
    first_range: u64,
    /// Pairs of gap and length.
    ranges: &'a [u8],
}

/// Ranges of one ACK frame that are looked at: the newest. Senders keep about 32.
const MAX_ACK_RANGES: usize = 64;

impl Acknowledged<'_> {
    /// Whether it names all numbers from `low` to `high`.
    pub(super) fn covers(&self, low: u64, high: u64) -> bool {
        let mut reader = Reader::new(self.ranges);
        let mut top = self.largest;
        let mut bottom = self.largest.saturating_sub(self.first_range);
        for _ in 0..MAX_ACK_RANGES {
            if (bottom..=top).contains(&low) {
                return high <= top;
            }
            let (Some(gap), Some(length)) = (varint(&mut reader), varint(&mut reader)) else {
                return false;
            };
            let Some(next) = bottom.checked_sub(gap).and_then(|next| next.checked_sub(2)) else {
                return false;
            };
            top = next;
            bottom = top.saturating_sub(length);
        }
        false
    }
}

/// What a frame consists of behind its type, where nothing of it is needed.
#[derive(Clone, Copy)]
enum Field {
    /// So many bytes.
    Bytes(usize),
    /// A variable-length integer.
    Number,
    /// All the rest of the packet.
    Rest,
    /// Bytes behind their length.
    Vector,
}

/// Frames that are passed over: from type, to type, fields.
const PASSED_OVER: [(u64, u64, &[Field]); 12] = [
    (0x07, 0x07, &[Field::Vector]),                // NEW_TOKEN
    (0x10, 0x10, &[Field::Number]),                // MAX_DATA
    (0x11, 0x11, &[Field::Number, Field::Number]), // MAX_STREAM_DATA
    (0x12, 0x14, &[Field::Number]),                // MAX_STREAMS, DATA_BLOCKED
    (0x15, 0x15, &[Field::Number, Field::Number]), // STREAM_DATA_BLOCKED
    (0x16, 0x17, &[Field::Number]),                // STREAMS_BLOCKED
    (0x19, 0x19, &[Field::Number]),                // RETIRE_CONNECTION_ID
    (0x1a, 0x1b, &[Field::Bytes(8)]),              // PATH_CHALLENGE, PATH_RESPONSE
    (0x30, 0x30, &[Field::Rest]),                  // DATAGRAM
    (0x31, 0x31, &[Field::Vector]),                // DATAGRAM with a length
    (0xaf, 0xaf, &[Field::Number, Field::Number, Field::Number, Field::Number]), // ACK_FREQUENCY
    (0x2f5, 0x2f5, &[Field::Number]),              // TIMESTAMP
];

/// The frames of a plain Initial or Handshake payload. Ends at the first one that does not belong
/// there or is cut, since nothing says where the next one would begin.
pub(super) fn handshake_frames(payload: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    frames(payload).take_while(Frame::belongs_to_handshake)
}

/// The frames in a plain payload. Ends at the first one that is unknown or cut.
pub(super) fn frames(payload: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    let mut reader = Reader::new(payload);
    std::iter::from_fn(move || {
        loop {
            // PADDING, of which an Initial packet may have a thousand bytes.
            reader.skip_zeros();
            let kind = varint(&mut reader)?;
            if let Some(frame) = frame(kind, &mut reader)? {
                return Some(frame);
            }
        }
    })
}

/// Reads one frame behind its type: `None` if it is unknown or cut, `Some(None)` if it says
/// nothing here.
#[expect(clippy::option_option, reason = "the end of all frames, and a frame of no interest")]
fn frame<'a>(kind: u64, reader: &mut Reader<'a>) -> Option<Option<Frame<'a>>> {
    Some(Some(match kind {
        // PING, HANDSHAKE_DONE, IMMEDIATE_ACK; PADDING in a longer form than it needs
        0x00 | 0x01 | 0x1e | 0x1f => return Some(None),
        0x02 | 0x03 => Frame::Ack(acknowledged(reader, kind == 0x03)?),
        0x04 | 0x24 => {
            let stream = varint(reader)?;
            // Error code and final size; draft-ietf-quic-reliable-stream-reset adds a size.
            for _ in 0..if kind == 0x04 { 2 } else { 3 } {
                varint(reader)?;
            }
            Frame::ResetStream { stream }
        }
        0x05 => {
            let stream = varint(reader)?;
            varint(reader)?;
            Frame::StopSending { stream }
        }
        0x06 => Frame::Crypto { offset: varint(reader)?, data: vector(reader)? },
        0x08..=0x0f => {
            let stream = varint(reader)?;
            let offset = if kind & 4 == 0 { 0 } else { varint(reader)? };
            let data =
                if kind & 2 == 0 { reader.bytes(reader.rest().len())? } else { vector(reader)? };
            Frame::Stream { stream, offset, data, fin: kind & 1 != 0 }
        }
        0x18 => {
            varint(reader)?; // its sequence number
            varint(reader)?; // those before which are retired
            let id = reader.vector8()?;
            reader.bytes(16)?; // the token of a stateless reset
            Frame::NewConnectionId { id }
        }
        0x1c | 0x1d => {
            let error_code = varint(reader)?;
            if kind == 0x1c {
                varint(reader)?; // the frame type that caused it
            }
            // A reason that is cut does not make the code less true.
            let _ = vector(reader);
            Frame::Close { error_code }
        }
        _ => {
            let known = PASSED_OVER.iter().find(|(from, to, _)| (*from..=*to).contains(&kind));
            for field in known?.2 {
                match field {
                    Field::Bytes(count) => reader.bytes(*count).map(|_| ())?,
                    Field::Number => varint(reader).map(|_| ())?,
                    Field::Rest => reader.bytes(reader.rest().len()).map(|_| ())?,
                    Field::Vector => vector(reader).map(|_| ())?,
                }
            }
            return Some(None);
        }
    }))
}

/// Reads an ACK frame behind its type.
fn acknowledged<'a>(reader: &mut Reader<'a>, with_ecn: bool) -> Option<Acknowledged<'a>> {
    let largest = varint(reader)?;
    varint(reader)?; // delay
    let count = varint(reader)?;
    let first_range = varint(reader)?;
    let before = reader.rest();
    // Every range takes two bytes at least, so that the payload bounds this loop.
    for _ in 0..count {
        varint(reader)?;
        varint(reader)?;
    }
    let ranges = before.get(..before.len().checked_sub(reader.rest().len())?)?;
    if with_ecn {
        for _ in 0..3 {
            varint(reader)?;
        }
    }
    Some(Acknowledged { largest, first_range, ranges })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a handshake, without ACK.
    fn read(payload: &[u8]) -> Vec<Frame<'_>> {
        handshake_frames(payload).filter(|frame| !matches!(frame, Frame::Ack(_))).collect()
    }

    #[test]
    fn all_kinds() {
        let payload = [
            0, 0, 1, // PADDING, PADDING, PING
            2, 5, 0, 1, 2, 0, 1, // ACK with one more range
            6, 0x40, 0x05, 2, 8, 9, // CRYPTO at 5
            3, 5, 0, 0, 2, 1, 1, 1, // ACK with ECN
            6, 0, 0, // empty CRYPTO
            0x1c, 0x41, 0x30, 6, 2, b'n', b'o', // CONNECTION_CLOSE
            0x1d, 7, 0, // of the application
        ];
        assert_eq!(
            read(&payload),
            [
                Frame::Crypto { offset: 5, data: &[8, 9] },
                Frame::Crypto { offset: 0, data: &[] },
                Frame::Close { error_code: 0x0130 },
                Frame::Close { error_code: 7 },
            ]
        );
    }

    #[test]
    fn ends_at_what_does_not_belong_here() {
        let crypto = Frame::Crypto { offset: 0, data: &[9] };
        assert_eq!(read(&[6, 0, 1, 9, 0x08, 6, 0, 1, 9]), [crypto], "STREAM");
        assert_eq!(read(&[6, 0, 1, 9, 6, 0, 5, 9]), [crypto], "cut CRYPTO");
        assert_eq!(read(&[2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]), [], "ACK");
        assert_eq!(read(&[0x1c]), []);
        assert_eq!(read(&[]), []);
    }

    #[test]
    fn a_cut_reason_keeps_the_code() {
        assert_eq!(read(&[0x1c, 2, 0, 9, b'n']), [Frame::Close { error_code: 2 }]);
    }

    #[test]
    fn frames_of_the_application() {
        let payload = [
            &[0x07, 2, 9, 9, 0x10, 1, 0x11, 1, 1, 0x12, 1, 0x14, 1, 0x15, 1, 1, 0x17, 1][..],
            &[0x18, 1, 0, 2, 7, 8],
            &[0; 16],
            &[
                0x19, 0, 0x1a, 1, 2, 3, 4, 5, 6, 7, 8, 0x1e, 0x31, 1, 9, 0x40, 0xaf, 1, 1, 1, 1,
                0x42, 0xf5, 3,
            ],
            &[0x1f, 4, 4, 0x41, 0x0c, 0, 0x24, 12, 0, 1, 1, 5, 8, 0],
            &[0x0a, 0, 1, b'a', 0x0f, 4, 1, 1, b'b', 0x08, 4, b'c', b'd'],
        ];
        let stream = |stream, offset, data, fin| Frame::Stream { stream, offset, data, fin };
        assert_eq!(
            frames(&payload.concat()).collect::<Vec<_>>(),
            [
                Frame::NewConnectionId { id: &[7, 8] },
                Frame::ResetStream { stream: 4 },
                Frame::ResetStream { stream: 12 },
                Frame::StopSending { stream: 8 },
                stream(0, 0, b"a", false),
                stream(4, 1, b"b", true),
                stream(4, 0, b"cd", false),
            ]
        );
        // A DATAGRAM without a length reaches to the end; unknown types end the reading.
        for rest in [&[0x30, 8, 0, 1][..], &[0x21, 8, 0, 1], &[0x0e, 0, 0x40]] {
            assert_eq!(frames(rest).count(), 0, "{rest:x?}");
        }
    }

    #[test]
    fn acknowledged_numbers() {
        // 10 to 8, 5, 3 to 0.
        let payload = [2, 10, 0, 2, 2, 1, 0, 0, 3];
        let Some(Frame::Ack(ack)) = frames(&payload).next() else { panic!("ACK") };
        for (low, high, covered) in [
            (8, 10, true),
            (9, 9, true),
            (5, 5, true),
            (0, 3, true),
            (4, 4, false),
            (7, 9, false),
            (5, 8, false),
            (10, 11, false),
            (u64::MAX, u64::MAX, false),
        ] {
            assert_eq!(ack.covers(low, high), covered, "{low} to {high}");
        }
        let odd = Acknowledged { largest: 1, first_range: 9, ranges: &[0, 0] };
        assert!(odd.covers(0, 1) && !odd.covers(2, 2));
    }
}
