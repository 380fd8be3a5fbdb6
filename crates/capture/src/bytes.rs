//! Integers of either byte order, read without a panic.
//!
//! Both capture formats are written in the byte order of the machine that made them.

/// Byte order of a file or of a pcapng section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

impl Order {
    /// A 16-bit integer.
    #[inline]
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        }
    }

    /// A 32-bit integer.
    #[inline]
    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        }
    }

    /// A 64-bit integer, two's complement.
    pub(crate) fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            Self::Big => i64::from_be_bytes(bytes),
            Self::Little => i64::from_le_bytes(bytes),
        }
    }

    /// The 16-bit integer at `at`; `None` beyond the end.
    #[inline]
    pub(crate) fn u16_at(self, bytes: &[u8], at: usize) -> Option<u16> {
        Some(self.u16(*bytes.get(at..)?.first_chunk()?))
    }

    /// The 32-bit integer at `at`; `None` beyond the end.
    #[inline]
    pub(crate) fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(*bytes.get(at..)?.first_chunk()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_orders_and_stops_at_the_end() {
        let bytes = [1, 2, 3, 4, 5];
        for (order, at, short, long) in [
            (Order::Big, 0, Some(0x0102), Some(0x0102_0304)),
            (Order::Little, 0, Some(0x0201), Some(0x0403_0201)),
            (Order::Big, 1, Some(0x0203), Some(0x0203_0405)),
            (Order::Little, 2, Some(0x0403), None),
            (Order::Big, 4, None, None),
            (Order::Little, 9, None, None),
        ] {
            assert_eq!(order.u16_at(&bytes, at), short, "{order:?} {at}");
            assert_eq!(order.u32_at(&bytes, at), long, "{order:?} {at}");
        }
        assert_eq!(Order::Big.i64([0xff; 8]), -1);
        assert_eq!(Order::Little.i64([2, 0, 0, 0, 0, 0, 0, 0]), 2);
    }
}
