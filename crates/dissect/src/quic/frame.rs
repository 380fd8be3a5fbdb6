//! The frames that an Initial packet may carry: PADDING, PING, ACK, CRYPTO, CONNECTION_CLOSE
//! (RFC 9000 sections 12.4 and 19).

use super::varint::{varint, vector};
use crate::tls::reader::Reader;

/// A frame that says something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Frame<'a> {
    /// CONNECTION_CLOSE; the code of a TLS alert is 0x0100 plus its number.
    Close { error_code: u64 },
    /// A piece of the TLS handshake.
    Crypto { offset: u64, data: &'a [u8] },
}

/// The frames in a plain payload. Ends at the first one that does not belong into an Initial
/// packet or is cut, since nothing says where the next one would begin.
pub(super) fn frames(payload: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    let mut reader = Reader::new(payload);
    std::iter::from_fn(move || {
        loop {
            match varint(&mut reader)? {
                0x00 | 0x01 => {}
                kind @ (0x02 | 0x03) => acknowledgement(&mut reader, kind == 0x03)?,
                0x06 => {
                    let offset = varint(&mut reader)?;
                    return Some(Frame::Crypto { offset, data: vector(&mut reader)? });
                }
                kind @ (0x1c | 0x1d) => {
                    let error_code = varint(&mut reader)?;
                    if kind == 0x1c {
                        varint(&mut reader)?; // the frame type that caused it
                    }
                    // A reason that is cut does not make the code less true.
                    let _ = vector(&mut reader);
                    return Some(Frame::Close { error_code });
                }
                _ => return None,
            }
        }
    })
}

/// Passes over an ACK frame behind its type.
fn acknowledgement(reader: &mut Reader<'_>, with_ecn: bool) -> Option<()> {
    varint(reader)?; // largest acknowledged
    varint(reader)?; // delay
    let ranges = varint(reader)?;
    varint(reader)?; // first range
    // Every range takes two bytes at least, so that the payload bounds this loop.
    for _ in 0..ranges {
        varint(reader)?;
        varint(reader)?;
    }
    if with_ecn {
        for _ in 0..3 {
            varint(reader)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &[u8]) -> Vec<Frame<'_>> {
        frames(payload).collect()
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
}
