//! The CRYPTO frames of one direction as a stream (RFC 9000 sections 7 and 19.6). Chrome sends its
//! ClientHello over two and more datagrams, in shuffled pieces.

use crate::tls::pieces::{Added, Pieces};
use crate::tls::reader::message_header;
use crate::tls::server_hello::HELLO_RETRY_RANDOM;

/// What one side sent in CRYPTO frames.
#[derive(Debug, Default)]
pub(super) struct CryptoStream {
    pieces: Pieces,
    /// How many of the contiguous bytes the caller has taken.
    consumed: usize,
    /// Where the first handshake message begins that is not complete.
    message: usize,
    hello: Hello,
}

/// How much of the hello that decides was seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Hello {
    /// Not all of it.
    #[default]
    Incomplete,
    /// A ClientHello, or a ServerHello that is no HelloRetryRequest.
    Complete,
}

impl CryptoStream {
    /// Adds the piece that begins at `offset`.
    pub(super) fn add(&mut self, offset: u64, data: &[u8]) -> Added {
        let added = self.pieces.add(offset, data);
        if added == Added::Grew {
            self.look_for_hello();
        }
        added
    }

    /// Whether a piece says something else than the bytes that were seen.
    pub(super) fn disagrees(&self, offset: u64, data: &[u8]) -> bool {
        let seen =
            usize::try_from(offset).ok().and_then(|offset| self.pieces.bytes().get(offset..));
        seen.unwrap_or_default().iter().zip(data).any(|(seen, new)| seen != new)
    }

    /// Walks over complete handshake messages (RFC 8446 section 4) up to the deciding hello.
    fn look_for_hello(&mut self) {
        loop {
            let message = self.pieces.bytes().get(self.message..).unwrap_or_default();
            let Some((kind, length)) = message_header(message) else { return };
            let end = length.saturating_add(4);
            let Some(body) = message.get(4..end) else { return };
            let retry = body.get(2..34) == Some(&HELLO_RETRY_RANDOM);
            if kind == 1 || kind == 2 && !retry {
                self.hello = Hello::Complete;
            }
            self.message = self.message.saturating_add(end);
        }
    }

    /// Whether the hello that decides is complete.
    pub(super) const fn hello(&self) -> Hello {
        self.hello
    }

    /// Contiguous bytes that were not consumed.
    pub(super) fn unread(&self) -> &[u8] {
        self.pieces.bytes().get(self.consumed..).unwrap_or_default()
    }

    /// Marks `count` of the unread bytes as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count).min(self.pieces.bytes().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumed_bytes_are_gone() {
        let mut stream = CryptoStream::default();
        assert_eq!(stream.add(2, b"cd"), Added::Nothing);
        assert_eq!(stream.unread(), b"");
        assert_eq!(stream.add(0, b"ab"), Added::Grew);
        stream.consume(3);
        assert_eq!(stream.unread(), b"d");
        stream.consume(99);
        assert_eq!(stream.unread(), b"");
        assert_eq!(stream.add(4, b"e"), Added::Grew);
        assert_eq!(stream.unread(), b"e");
    }

    #[test]
    fn knows_when_the_hello_is_complete() {
        let mut client = CryptoStream::default();
        client.add(0, &[1, 0, 0, 2, 3]);
        assert_eq!(client.hello(), Hello::Incomplete);
        client.add(5, &[3]);
        assert_eq!(client.hello(), Hello::Complete);

        let mut server = CryptoStream::default();
        let retry = [&[2, 0, 0, 34, 3, 3][..], &HELLO_RETRY_RANDOM].concat();
        server.add(0, &retry);
        assert_eq!(server.hello(), Hello::Incomplete, "a HelloRetryRequest decides nothing");
        server.add(38, &[2, 0, 0, 2, 3, 3]);
        assert_eq!(server.hello(), Hello::Complete);
    }
}
