//! Pieces of one byte string put together, in whatever order they come: twice, overlapping, with
//! holes. QUIC's CRYPTO frames (RFC 9000 section 19.6) and DTLS's handshake fragments
//! (RFC 6347 section 4.2.3) are such pieces.
//!
//! Of bytes that come twice the first contiguous ones count.

use std::collections::BTreeMap;

/// Bytes kept of one string: a QUIC direction or a DTLS message. A hello with post-quantum key
/// shares and Encrypted Client Hello is below 4 KiB, certificate chains are below 20 KiB.
pub const MAX_BYTES: usize = 65_536;

/// Pieces that may wait for an earlier one. Chrome makes about ten of a datagram.
pub const MAX_PIECES: usize = 256;

/// A string of which pieces come.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// Contiguous bytes from offset 0.
    bytes: Vec<u8>,
    /// Pieces behind a hole, by offset. They may overlap.
    waiting: BTreeMap<usize, Vec<u8>>,
    /// Sum of the lengths in `waiting`.
    waiting_bytes: usize,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Added {
    /// There are new contiguous bytes.
    Grew,
    /// Nothing new, or it waits for an earlier piece.
    Nothing,
    /// It would exceed [`MAX_BYTES`] or [`MAX_PIECES`] and was dropped.
    TooMuch,
}

impl Pieces {
    /// Contiguous bytes from offset 0.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The contiguous bytes, owned.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Adds the piece that begins at `offset`.
    pub(crate) fn add(&mut self, offset: u64, data: &[u8]) -> Added {
        let Ok(offset) = usize::try_from(offset) else { return Added::TooMuch };
        if offset.saturating_add(data.len()) > MAX_BYTES {
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
        if total > MAX_BYTES || known.is_none() && self.waiting.len() >= MAX_PIECES {
            return Added::TooMuch;
        }
        self.waiting_bytes = total.saturating_sub(known.unwrap_or(0));
        let piece = self.waiting.entry(offset).or_default();
        let more = data.get(piece.len()..).unwrap_or_default();
        piece.extend_from_slice(more);
        Added::Nothing
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
            let mut pieces = Pieces::default();
            for (from, to) in order {
                pieces.add(*from as u64, &text[*from..*to]);
            }
            assert_eq!(pieces.bytes(), text, "{order:?}");
            assert_eq!((pieces.waiting.len(), pieces.waiting_bytes), (0, 0), "{order:?}");
        }
    }

    #[test]
    fn says_what_became_of_a_piece() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.add(2, b"cd"), Added::Nothing);
        assert_eq!(pieces.bytes(), b"");
        assert_eq!(pieces.add(0, b"abX"), Added::Grew, "of bytes that come twice…");
        assert_eq!(pieces.bytes(), b"abXd", "…the first contiguous ones count");
        assert_eq!(pieces.add(0, b"zzzz"), Added::Nothing);
        assert_eq!(pieces.bytes(), b"abXd");
        assert_eq!(pieces.add(4, b"e"), Added::Grew);
        assert_eq!(pieces.into_bytes(), b"abXde");
    }

    #[test]
    fn limits() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.add(MAX_BYTES as u64, b"x"), Added::TooMuch);
        assert_eq!(pieces.add(u64::MAX, b"x"), Added::TooMuch);
        for at in 0..MAX_PIECES as u64 {
            assert_eq!(pieces.add(2 + 2 * at, b"x"), Added::Nothing);
        }
        assert_eq!(pieces.add(1, b"x"), Added::TooMuch);
        let mut pieces = Pieces::default();
        let half = vec![0; MAX_BYTES / 2];
        assert_eq!(pieces.add(1, &half), Added::Nothing);
        assert_eq!(pieces.add(2, &half), Added::Nothing);
        assert_eq!(pieces.add(3, &half), Added::TooMuch);
        assert_eq!(pieces.add(0, &vec![0; MAX_BYTES]), Added::Grew);
        assert_eq!((pieces.bytes.len(), pieces.waiting_bytes), (MAX_BYTES, 0));
    }
}
