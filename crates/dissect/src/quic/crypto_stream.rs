//! CRYPTO frames put together (RFC 9000 sections 7 and 19.6): they come in any order, twice, and
//! overlapping. Chrome sends its ClientHello over two and more datagrams, in shuffled pieces.
//!
//! Of bytes that come twice the first ones count, as everywhere in this crate.

use std::collections::BTreeMap;

use crate::tls::server_hello::HELLO_RETRY_RANDOM;

/// Stream bytes kept per direction. A hello with post-quantum key shares and Encrypted Client Hello
/// is below 4 KiB; RFC 9000 section 7.5 asks for 4 KiB, stacks use 16 KiB to 64 KiB.
pub const MAX_CRYPTO_BYTES: usize = 65_536;

/// Pieces that may wait for an earlier one, per direction. Chrome makes about ten of a datagram.
pub const MAX_PIECES: usize = 256;

/// What one side sent in CRYPTO frames.
#[derive(Debug, Default)]
pub(super) struct CryptoStream {
    /// Contiguous bytes from offset 0.
    bytes: Vec<u8>,
    /// How many of them the caller has taken.
    consumed: usize,
    /// Where the first handshake message begins that is not complete.
    message: usize,
    /// Pieces behind a hole, by offset. They may overlap.
    waiting: BTreeMap<usize, Vec<u8>>,
    /// Sum of the lengths in `waiting`.
    waiting_bytes: usize,
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

/// What became of a piece.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Added {
    /// There are new contiguous bytes.
    Grew,
    /// Nothing new, or it waits for an earlier piece.
    Nothing,
    /// It would exceed [`MAX_CRYPTO_BYTES`] or [`MAX_PIECES`] and was dropped.
    TooMuch,
}

impl CryptoStream {
    /// Adds the piece that begins at `offset`.
    pub(super) fn add(&mut self, offset: u64, data: &[u8]) -> Added {
        let Ok(offset) = usize::try_from(offset) else { return Added::TooMuch };
        if offset.saturating_add(data.len()) > MAX_CRYPTO_BYTES {
            return Added::TooMuch;
        }
        if offset > self.bytes.len() {
            return self.keep(offset, data);
        }
        if !self.append(offset, data) {
            return Added::Nothing;
        }
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.bytes.len() {
                break;
            }
            let (offset, piece) = entry.remove_entry();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(piece.len());
            self.append(offset, &piece);
        }
        self.look_for_hello();
        Added::Grew
    }

    /// Appends what of the piece lies behind the contiguous bytes. False if that is nothing.
    fn append(&mut self, offset: usize, data: &[u8]) -> bool {
        let known = self.bytes.len().saturating_sub(offset);
        match data.get(known..) {
            None | Some([]) => false,
            Some(new) => {
                self.bytes.extend_from_slice(new);
                true
            }
        }
    }

    /// Keeps a piece behind a hole.
    fn keep(&mut self, offset: usize, data: &[u8]) -> Added {
        let known = self.waiting.get(&offset).map(Vec::len);
        if data.is_empty() || known.is_some_and(|known| known >= data.len()) {
            return Added::Nothing;
        }
        let total = self.waiting_bytes.saturating_add(data.len());
        if total > MAX_CRYPTO_BYTES || known.is_none() && self.waiting.len() >= MAX_PIECES {
            return Added::TooMuch;
        }
        self.waiting_bytes = total.saturating_sub(known.unwrap_or(0));
        let piece = self.waiting.entry(offset).or_default();
        let more = data.get(piece.len()..).unwrap_or_default();
        piece.extend_from_slice(more);
        Added::Nothing
    }

    /// Walks over complete handshake messages (RFC 8446 section 4) up to the deciding hello.
    fn look_for_hello(&mut self) {
        while let Some(&[kind, a, b, c, ref rest @ ..]) = self.bytes.get(self.message..) {
            let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            let Some(body) = rest.get(..length) else { return };
            let retry = body.get(2..34) == Some(&HELLO_RETRY_RANDOM);
            if kind == 1 || kind == 2 && !retry {
                self.hello = Hello::Complete;
            }
            self.message = self.message.saturating_add(4).saturating_add(length);
        }
    }

    /// Whether the hello that decides is complete.
    pub(super) const fn hello(&self) -> Hello {
        self.hello
    }

    /// Contiguous bytes that were not consumed.
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.consumed..).unwrap_or_default()
    }

    /// Marks `count` of the unread bytes as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count).min(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_any_order() {
        let text = b"0123456789abcdef";
        let orders: [&[(usize, usize)]; 5] = [
            &[(0, 16)],
            &[(0, 4), (4, 8), (8, 16)],
            &[(8, 16), (4, 8), (0, 4)],
            &[(5, 9), (9, 16), (5, 9), (2, 12), (0, 3)],
            &[(4, 5), (4, 10), (4, 6), (9, 16), (0, 4), (0, 16)],
        ];
        for order in orders {
            let mut stream = CryptoStream::default();
            for (from, to) in order {
                stream.add(*from as u64, &text[*from..*to]);
            }
            assert_eq!(stream.unread(), text, "{order:?}");
            assert_eq!((stream.waiting.len(), stream.waiting_bytes), (0, 0), "{order:?}");
        }
    }

    #[test]
    fn says_what_became_of_a_piece() {
        let mut stream = CryptoStream::default();
        assert_eq!(stream.add(2, b"cd"), Added::Nothing);
        assert_eq!(stream.unread(), b"");
        assert_eq!(stream.add(0, b"abX"), Added::Grew, "of bytes that come twice…");
        assert_eq!(stream.unread(), b"abXd", "…the first contiguous ones count");
        assert_eq!(stream.add(0, b"zzzz"), Added::Nothing);
        assert_eq!(stream.unread(), b"abXd");
        stream.consume(3);
        assert_eq!(stream.unread(), b"d");
        stream.consume(99);
        assert_eq!(stream.unread(), b"");
        assert_eq!(stream.add(4, b"e"), Added::Grew);
        assert_eq!(stream.unread(), b"e");
    }

    #[test]
    fn limits() {
        let mut stream = CryptoStream::default();
        assert_eq!(stream.add(MAX_CRYPTO_BYTES as u64, b"x"), Added::TooMuch);
        assert_eq!(stream.add(u64::MAX, b"x"), Added::TooMuch);
        for at in 0..MAX_PIECES as u64 {
            assert_eq!(stream.add(2 + 2 * at, b"x"), Added::Nothing);
        }
        assert_eq!(stream.add(1, b"x"), Added::TooMuch);
        let mut stream = CryptoStream::default();
        let half = vec![0; MAX_CRYPTO_BYTES / 2];
        assert_eq!(stream.add(1, &half), Added::Nothing);
        assert_eq!(stream.add(2, &half), Added::Nothing);
        assert_eq!(stream.add(3, &half), Added::TooMuch);
        assert_eq!(stream.add(0, &vec![0; MAX_CRYPTO_BYTES]), Added::Grew);
        assert_eq!((stream.bytes.len(), stream.waiting_bytes), (MAX_CRYPTO_BYTES, 0));
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
