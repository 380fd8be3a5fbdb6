//! Bytes that know where in the packet they are. Every read is checked, none panics.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::bytes::{ipv4_at, ipv6_at, u8_at, u16_at, u32_at};
use crate::lan::MacAddress;

/// A run of bytes of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    bytes: &'a [u8],
    start: usize,
}

impl<'a> Part<'a> {
    /// A whole packet.
    pub(super) const fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, start: 0 }
    }

    /// Its bytes.
    pub(super) const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many.
    pub(super) const fn len(self) -> usize {
        self.bytes.len()
    }

    /// Where they are in the packet.
    pub(super) const fn range(self) -> Range<usize> {
        self.start..self.start.saturating_add(self.bytes.len())
    }

    /// Where in the packet some of them are; what reaches beyond the part is cut.
    pub(super) fn at(self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        self.start.saturating_add(start)..self.start.saturating_add(end)
    }

    /// The first `length` bytes and the rest; all of them and nothing if there are fewer.
    pub(super) fn split(self, length: usize) -> (Self, Self) {
        let (head, tail) = self.bytes.split_at(length.min(self.len()));
        let middle = self.start.saturating_add(head.len());
        (Self { bytes: head, start: self.start }, Self { bytes: tail, start: middle })
    }

    /// What is behind the first `length` bytes.
    pub(super) fn behind(self, length: usize) -> Self {
        self.split(length).1
    }

    /// Where in the packet these bytes are, if the part holds them; else all of it.
    pub(super) fn find(self, bytes: &[u8]) -> Range<usize> {
        let found = memchr::memmem::find(self.bytes, bytes).filter(|_| !bytes.is_empty());
        found.map_or_else(|| self.range(), |at| self.at(at..at.saturating_add(bytes.len())))
    }

    /// One byte.
    pub(super) fn u8(self, at: usize) -> Option<u8> {
        u8_at(self.bytes, at)
    }

    /// Two bytes, big endian.
    pub(super) fn u16(self, at: usize) -> Option<u16> {
        u16_at(self.bytes, at)
    }

    /// Three bytes, big endian.
    pub(super) fn u24(self, at: usize) -> Option<usize> {
        let [a, b, c] = *self.bytes.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()
    }

    /// Four bytes, big endian.
    pub(super) fn u32(self, at: usize) -> Option<u32> {
        u32_at(self.bytes, at)
    }

    /// Six bytes as a link address.
    pub(super) fn mac(self, at: usize) -> Option<MacAddress> {
        self.bytes.get(at..)?.first_chunk().map(|bytes| MacAddress(*bytes))
    }

    /// Four bytes as an address.
    pub(super) fn ipv4(self, at: usize) -> Option<Ipv4Addr> {
        ipv4_at(self.bytes, at)
    }

    /// Sixteen bytes as an address.
    pub(super) fn ipv6(self, at: usize) -> Option<Ipv6Addr> {
        ipv6_at(self.bytes, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_are() {
        let part = Part::whole(&[1, 2, 3, 4, 5]).behind(2);
        assert_eq!((part.range(), part.u16(0), part.u24(0)), (2..5, Some(0x0304), Some(0x03_0405)));
        assert_eq!((part.at(1..2), part.at(2..9), part.at(7..9)), (3..4, 4..5, 5..5));
        let (head, tail) = part.split(9);
        assert_eq!((head.range(), tail.range(), tail.u8(0)), (2..5, 5..5, None));
        assert_eq!((part.find(&[4, 5]), part.find(&[9]), part.find(&[])), (3..5, 2..5, 2..5));
        assert_eq!(part.behind(usize::MAX).range(), 5..5);
    }
}
