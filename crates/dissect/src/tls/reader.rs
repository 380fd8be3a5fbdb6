//! A cursor over the bytes of one message: every read is checked, none panics.
//!
//! Reads return `None` when the bytes do not reach; the cursor then stays where it was, so that
//! the caller can name the field and say how much was left.

/// What was not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their beginning.
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all bytes were read.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    #[inline]
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Passes over the zeros that come next.
    pub(crate) fn skip_zeros(&mut self) {
        while let Some((0, rest)) =
            self.rest.split_first_chunk().map(|(zeros, rest)| (u128::from_ne_bytes(*zeros), rest))
        {
            self.rest = rest;
        }
        while let Some((0, rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }

    /// The next `N` bytes as an array.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    /// One byte.
    #[inline]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, big endian.
    #[inline]
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes, big endian.
    pub(crate) fn u24(&mut self) -> Option<u32> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes, big endian.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The bytes behind a one-byte length.
    #[inline]
    pub(crate) fn vector8(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::from(ahead.u8()?);
        let taken = ahead.bytes(length)?;
        *self = ahead;
        Some(taken)
    }

    /// The bytes behind a two-byte length.
    #[inline]
    pub(crate) fn vector16(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::from(ahead.u16()?);
        let taken = ahead.bytes(length)?;
        *self = ahead;
        Some(taken)
    }

    /// A length of three bytes, and so many bytes: a certificate list, or one of its entries.
    pub(crate) fn vector24(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.u24()?).ok()?;
        let taken = ahead.bytes(length)?;
        *self = ahead;
        Some(taken)
    }
}

/// The 16-bit values in `bytes`; an odd byte at the end is left out.
pub(crate) fn u16_list(bytes: &[u8]) -> Vec<u16> {
    let mut reader = Reader::new(bytes);
    let mut values = Vec::with_capacity(bytes.len() >> 1);
    while let Some(value) = reader.u16() {
        values.push(value);
    }
    values
}

/// Type and body length of the handshake message that starts here (RFC 8446 section 4).
pub(crate) const fn message_header(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        // Three bytes fit the smallest usize there is.
        [kind, a, b, c, ..] => Some((*kind, u32::from_be_bytes([0, *a, *b, *c]) as usize)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 3, 2, 9, 8, 0, 1, 7]);
        assert_eq!(reader.u8(), Some(1));
        assert_eq!(reader.u16(), Some(2));
        assert_eq!(reader.u24(), Some(3));
        assert_eq!(reader.vector8(), Some(&[9, 8][..]));
        assert_eq!(reader.vector16(), Some(&[7][..]));
        assert!(reader.is_empty());
        assert_eq!(u16_list(&[1, 2, 3, 4]), [0x0102, 0x0304]);
    }

    #[test]
    fn skips_zeros() {
        for zeros in 0..40 {
            let mut bytes = vec![0; zeros];
            bytes.extend([7, 0, 0]);
            let mut reader = Reader::new(&bytes);
            reader.skip_zeros();
            assert_eq!(reader.rest(), [7, 0, 0]);
            let mut reader = Reader::new(&bytes[..zeros]);
            reader.skip_zeros();
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn stays_where_it_was_when_bytes_do_not_reach() {
        let mut reader = Reader::new(&[0, 5, 1]);
        assert_eq!(reader.u32(), None);
        assert_eq!(reader.vector16(), None);
        assert_eq!(reader.vector24(), None);
        assert_eq!(reader.bytes(4), None);
        assert_eq!(reader.rest(), [0, 5, 1]);
        assert_eq!(u16_list(&[1, 2, 3]), [0x0102]);
        assert_eq!(message_header(&[1, 0, 0]), None);
        assert_eq!(message_header(&[1, 0, 2, 3, 9]), Some((1, 0x0203)));
    }
}
