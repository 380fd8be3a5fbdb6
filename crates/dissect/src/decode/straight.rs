//! The straight line: the frames that nearly all packets are, read without a detour.
//!
//! Ethernet, the cooked Linux headers or none; IPv4 without options or IPv6 without extension
//! headers; a whole TCP segment or UDP datagram. Whatever differs in any way — tags, tunnels,
//! fragments, cut frames, lengths that do not agree — is left to the walk through the layers, which
//! gives the same answer for these frames, only slower.

// Everything here is inlined: a segment that is handed back in memory costs as much as reading it.

use super::addressed::Addresses;
use super::tunnel;
use super::{Addressed, Decoded, Segment};
use crate::flow::Transport;
use crate::packet::{LinkType, Packet};

/// IP protocol numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// What an IP packet carries, and between whom.
struct Carried<'a> {
    addresses: Addresses,
    protocol: u8,
    ttl: u8,
    bytes: &'a [u8],
}

/// Decodes a frame of this kind; `None` for all others.
#[inline(always)]
pub(super) fn decode<'a>(packet: &Packet<'a>) -> Option<Decoded<'a>> {
    let carried = ip(packet)?;
    match carried.protocol {
        TCP => tcp(&carried),
        UDP => udp(&carried),
        _ => None,
    }
}

/// The addresses of a frame of this kind alone.
#[inline(always)]
pub(super) fn addressed(packet: &Packet<'_>) -> Option<Addressed> {
    match decode(packet)? {
        Decoded::Tcp(addressed, _) | Decoded::Udp(addressed, _) => Some(addressed),
        _ => None,
    }
}

#[inline(always)]
fn ip<'a>(packet: &Packet<'a>) -> Option<Carried<'a>> {
    let data = packet.data;
    let (kind, rest) = match packet.link_type {
        LinkType::ETHERNET => {
            let (head, rest) = data.split_first_chunk::<14>()?;
            ([head[12], head[13]], rest)
        }
        LinkType::LINUX_SLL => {
            let (head, rest) = data.split_first_chunk::<16>()?;
            ([head[14], head[15]], rest)
        }
        LinkType::LINUX_SLL2 => {
            let (head, rest) = data.split_first_chunk::<20>()?;
            ([head[0], head[1]], rest)
        }
        LinkType::RAW => match data.first()? >> 4 {
            4 => ([0x08, 0x00], data),
            6 => ([0x86, 0xdd], data),
            _ => return None,
        },
        _ => return None,
    };
    match kind {
        [0x08, 0x00] => ipv4(rest),
        [0x86, 0xdd] => ipv6(rest),
        _ => None,
    }
}

/// RFC 791 section 3.1: five words, and no fragment.
#[inline(always)]
fn ipv4(bytes: &[u8]) -> Option<Carried<'_>> {
    let (head, rest) = bytes.split_first_chunk::<20>()?;
    let [version, _, l, m, _, _, f, g, ttl, protocol, _, _, a, b, c, d, e, h, i, j] = *head;
    let (length, fragment) = (u16::from_be_bytes([l, m]), u16::from_be_bytes([f, g]));
    if version != 0x45 || fragment & 0x3fff != 0 {
        return None;
    }
    Some(Carried {
        addresses: Addresses {
            source: u32::from_be_bytes([a, b, c, d]).into(),
            destination: u32::from_be_bytes([e, h, i, j]).into(),
            is_v6: false,
        },
        protocol,
        ttl,
        bytes: rest.get(..usize::from(length).checked_sub(head.len())?)?,
    })
}

/// RFC 8200 section 3. A length of 0 is a jumbogram's, or offloading's.
#[inline(always)]
fn ipv6(bytes: &[u8]) -> Option<Carried<'_>> {
    let (head, rest) = bytes.split_first_chunk::<40>()?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    if head[0] >> 4 != 6 || length == 0 {
        return None;
    }
    let (source, destination) = (head.get(8..)?.first_chunk()?, head.last_chunk()?);
    Some(Carried {
        addresses: Addresses {
            source: u128::from_be_bytes(*source),
            destination: u128::from_be_bytes(*destination),
            is_v6: true,
        },
        protocol: head[6],
        ttl: head[7],
        bytes: rest.get(..length)?,
    })
}

#[inline(always)]
fn tcp<'a>(carried: &Carried<'a>) -> Option<Decoded<'a>> {
    let head = carried.bytes.first_chunk::<20>()?;
    let [a, b, c, d, s, t, u, v, k, l, m, n, offset, flags, w, x, _, _, _, _] = *head;
    let length = usize::from(offset >> 4).saturating_mul(4);
    let (options, payload) = (carried.bytes.get(20..length)?, carried.bytes.get(length..)?);
    let acknowledgment = u32::from_be_bytes([k, l, m, n]);
    let segment = Segment {
        sequence: u32::from_be_bytes([s, t, u, v]),
        acknowledgment: (flags & Segment::ACK != 0).then_some(acknowledgment),
        flags,
        payload,
        missing: 0,
        window: u16::from_be_bytes([w, x]),
        options,
    };
    let ports = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    Some(Decoded::Tcp(carried.addresses.with(ports, Transport::Tcp, None, carried.ttl), segment))
}

/// RFC 768; a datagram on a tunnel's port may be one.
#[inline(always)]
fn udp<'a>(carried: &Carried<'a>) -> Option<Decoded<'a>> {
    let (head, payload) = carried.bytes.split_first_chunk::<8>()?;
    let [a, b, c, d, l, m, _, _] = *head;
    let length = usize::from(u16::from_be_bytes([l, m]));
    let ports = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    if length != carried.bytes.len() || tunnel::has_port(ports.0) || tunnel::has_port(ports.1) {
        return None;
    }
    Some(Decoded::Udp(carried.addresses.with(ports, Transport::Udp, None, carried.ttl), payload))
}
