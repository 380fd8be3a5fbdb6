//! permessage-deflate (RFC 7692): deflate without an end, whose window may go on from message to
//! message.

use flate2::{Decompress, FlushDecompress, Status};

use crate::http::Headers;
use crate::limits::{HTTP_BODY_BYTES, HTTP_EXPANSION, HTTP_EXPANSION_BYTES};

/// What a sender leaves out at a message's end (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Buffer between the decoder and what is kept.
const BUFFER: usize = 4096;

/// What was agreed on in the handshake.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Agreed {
    /// Messages may be packed.
    pub(super) packs: bool,
    /// The client's messages are packed each on its own; the server's.
    alone: [bool; 2],
}

impl Agreed {
    /// As the server's answer says (section 7.1).
    pub(super) fn new(headers: &Headers) -> Self {
        let mut offers = headers.all("sec-websocket-extensions").flat_map(|all| all.split(','));
        let Some(chosen) = offers.find(|offer| {
            offer.split(';').next().is_some_and(|name| is(name, "permessage-deflate"))
        }) else {
            return Self::default();
        };
        let says = |name: &str| chosen.split(';').skip(1).any(|parameter| is(parameter, name));
        let alone = [says("client_no_context_takeover"), says("server_no_context_takeover")];
        Self { packs: true, alone }
    }

    /// The decoder of one side's messages.
    pub(super) fn inflater(self, from_client: bool) -> Inflater {
        let [client, server] = self.alone;
        Inflater { alone: if from_client { client } else { server }, ..Inflater::default() }
    }
}

fn is(word: &str, name: &str) -> bool {
    word.trim().eq_ignore_ascii_case(name)
}

/// Unpacks one side's messages.
#[derive(Debug, Default)]
pub(super) struct Inflater {
    alone: bool,
    /// Of 40 KiB: only where something is packed.
    decoder: Option<Box<Decompress>>,
    broken: Option<Broken>,
    packed: usize,
    unpacked: usize,
}

/// Why messages stay packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broken {
    /// One unpacked to far more than it is.
    Expands,
    /// One is no deflate, or misses bytes.
    Unreadable,
}

impl Inflater {
    /// Unpacks the next bytes of a message behind those it gave before.
    pub(super) fn take(&mut self, packed: &[u8], bytes: &mut Vec<u8>) -> Result<(), Broken> {
        let unpacked = match self.broken {
            Some(broken) => Err(broken),
            None => self.unpack(packed, bytes),
        };
        if let Err(broken) = unpacked {
            self.lose(broken);
        }
        unpacked
    }

    fn unpack(&mut self, packed: &[u8], bytes: &mut Vec<u8>) -> Result<(), Broken> {
        self.packed = self.packed.saturating_add(packed.len());
        let limit = self.packed.saturating_mul(HTTP_EXPANSION).max(HTTP_EXPANSION_BYTES);
        let mut rest = packed;
        let mut buffer = [0; BUFFER];
        loop {
            let decoder = self.decoder.get_or_insert_with(|| Box::new(Decompress::new(false)));
            let before = (decoder.total_in(), decoder.total_out());
            let status = decoder.decompress(rest, &mut buffer, FlushDecompress::Sync);
            let status = status.map_err(|_| Broken::Unreadable)?;
            let used = size(decoder.total_in(), before.0);
            let given = size(decoder.total_out(), before.1);
            rest = rest.get(used..).unwrap_or_default();
            let room = HTTP_BODY_BYTES.saturating_sub(bytes.len()).min(given);
            bytes.extend(buffer.get(..room).unwrap_or_default());
            self.unpacked = self.unpacked.saturating_add(given);
            if self.unpacked > limit {
                return Err(Broken::Expands);
            }
            if status == Status::StreamEnd {
                // A last block, which is allowed and does not end the message (section 7.2.3.4).
                self.decoder = None;
            } else if used == 0 && given == 0 {
                return Ok(());
            }
            if rest.is_empty() && given < buffer.len() {
                return Ok(());
            }
        }
    }

    /// The message is over.
    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) -> Result<(), Broken> {
        let unpacked = self.take(&TAIL, bytes);
        (self.packed, self.unpacked) = (0, 0);
        unpacked
    }

    /// A message begins.
    pub(super) fn begin(&mut self) {
        if self.alone {
            self.decoder = None;
            self.broken = None;
        }
    }

    /// What follows in this window cannot be unpacked.
    pub(super) fn lose(&mut self, why: Broken) {
        self.decoder = None;
        self.broken.get_or_insert(why);
    }
}

fn size(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Header;

    fn agreed(value: &str) -> Agreed {
        let field = Header { name: "Sec-WebSocket-Extensions".into(), value: value.into() };
        Agreed::new(&Headers(vec![field]))
    }

    #[test]
    fn what_a_server_agrees_to() {
        for (value, packs, alone) in [
            ("", false, [false, false]),
            ("x-webkit-deflate-frame", false, [false, false]),
            ("permessage-deflate", true, [false, false]),
            ("a; b, Permessage-Deflate; server_max_window_bits=10", true, [false, false]),
            ("permessage-deflate; server_no_context_takeover", true, [false, true]),
            ("permessage-deflate;client_no_context_takeover; c=1", true, [true, false]),
        ] {
            assert_eq!(agreed(value), Agreed { packs, alone }, "{value}");
        }
    }

    /// RFC 7692 section 7.2.3.
    #[test]
    fn vectors() {
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for (packed, takeover) in [
            (vec![&hello[..], &hello], true),
            (vec![&hello[..], &[0xf2, 0x00, 0x11, 0x00, 0x00]], true),
            (vec![&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]], true),
            (vec![&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]], true),
            (
                vec![&[
                    0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
                ]],
                true,
            ),
            (vec![&hello[..], &hello], false),
        ] {
            let mut inflater = Inflater { alone: !takeover, ..Inflater::default() };
            for message in packed {
                inflater.begin();
                let mut bytes = Vec::new();
                for byte in message {
                    assert_eq!(inflater.take(&[*byte], &mut bytes), Ok(()));
                }
                assert_eq!(inflater.end(&mut bytes), Ok(()));
                assert_eq!(bytes, b"Hello");
            }
        }
    }

    #[test]
    fn a_broken_window_is_over_with_the_message_or_never() {
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for alone in [false, true] {
            let mut inflater = Inflater { alone, ..Inflater::default() };
            assert_eq!(inflater.take(&[0xff; 9], &mut Vec::new()), Err(Broken::Unreadable));
            assert!(inflater.end(&mut Vec::new()).is_err());
            inflater.begin();
            assert_eq!(inflater.take(&hello, &mut Vec::new()).is_ok(), alone);
        }
    }
}
