//! Reading numbers and addresses out of slices that may be too short, and texts that may be none.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The byte at `at`.
pub(crate) fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// The big-endian number at `at`.
pub(crate) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// The little-endian number at `at`.
pub(crate) fn u16_le_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

/// The big-endian number at `at`.
pub(crate) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The little-endian number at `at`.
pub(crate) fn u32_le_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The IPv4 address at `at`.
pub(crate) fn ipv4_at(data: &[u8], at: usize) -> Option<Ipv4Addr> {
    u32_at(data, at).map(Ipv4Addr::from_bits)
}

/// The IPv6 address at `at`.
pub(crate) fn ipv6_at(data: &[u8], at: usize) -> Option<Ipv6Addr> {
    data.get(at..)?.first_chunk::<16>().map(|bytes| Ipv6Addr::from(*bytes))
}

/// These bytes as text; what is not UTF-8 is replaced. Checked as a whole first, since nearly all
/// are text, and the way that replaces goes from letter to letter.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
