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

/// A frame of this kind, of which no more was read than whose it is: what a packet costs of a flow
/// that is only counted.
#[derive(Clone, Copy)]
pub struct Glimpse<'a> {
    pub(crate) addresses: Addresses,
    /// Source and destination.
    pub(crate) ports: (u16, u16),
    pub(crate) transport: Transport,
    /// The flags byte of a TCP segment; 0 for UDP.
    pub(crate) tcp_flags: u8,
    ttl: u8,
    /// The segment or datagram with its header, which is `header` bytes long.
    bytes: &'a [u8],
    header: usize,
}

/// An IP packet of this kind.
struct Ip<'a> {
    addresses: Addresses,
    protocol: u8,
    ttl: u8,
    bytes: &'a [u8],
}

impl<'a> Glimpse<'a> {
    /// Of a frame of this kind; `None` for all others, of which [`Decoder`](super::Decoder) knows
    /// more.
    #[inline(always)]
    pub fn of(packet: &Packet<'a>) -> Option<Self> {
        let ip = ip(packet)?;
        match ip.protocol {
            TCP => tcp(&ip),
            UDP => udp(&ip),
            _ => None,
        }
    }

    /// Who sends it to whom.
    #[inline(always)]
    pub fn addressed(&self) -> Addressed {
        self.addresses.with(self.ports, self.transport, None, self.ttl)
    }

    /// All that is in it.
    #[inline(always)]
    pub fn decoded(&self) -> Decoded<'a> {
        let payload = self.bytes.get(self.header..).unwrap_or_default();
        match (self.transport, self.bytes.first_chunk::<20>()) {
            (Transport::Tcp, Some(head)) => {
                Decoded::Tcp(self.addressed(), self.segment(head, payload))
            }
            _ => Decoded::Udp(self.addressed(), payload),
        }
    }

    #[inline(always)]
    fn segment(&self, head: &[u8; 20], payload: &'a [u8]) -> Segment<'a> {
        let [_, _, _, _, s, t, u, v, k, l, m, n, _, flags, w, x, _, _, _, _] = *head;
        let acknowledgment = u32::from_be_bytes([k, l, m, n]);
        Segment {
            sequence: u32::from_be_bytes([s, t, u, v]),
            acknowledgment: (flags & Segment::ACK != 0).then_some(acknowledgment),
            flags,
            payload,
            missing: 0,
            window: u16::from_be_bytes([w, x]),
            options: self.bytes.get(head.len()..self.header).unwrap_or_default(),
        }
    }
}

#[inline(always)]
fn ip<'a>(packet: &Packet<'a>) -> Option<Ip<'a>> {
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
fn ipv4(bytes: &[u8]) -> Option<Ip<'_>> {
    let (head, rest) = bytes.split_first_chunk::<20>()?;
    let [version, _, l, m, _, _, f, g, ttl, protocol, _, _, a, b, c, d, e, h, i, j] = *head;
    let (length, fragment) = (u16::from_be_bytes([l, m]), u16::from_be_bytes([f, g]));
    if version != 0x45 || fragment & 0x3fff != 0 {
        return None;
    }
    Some(Ip {
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
fn ipv6(bytes: &[u8]) -> Option<Ip<'_>> {
    let (head, rest) = bytes.split_first_chunk::<40>()?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    if head[0] >> 4 != 6 || length == 0 {
        return None;
    }
    let (source, destination) = (head.get(8..)?.first_chunk()?, head.last_chunk()?);
    Some(Ip {
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
fn tcp<'a>(ip: &Ip<'a>) -> Option<Glimpse<'a>> {
    let head = ip.bytes.first_chunk::<20>()?;
    let header = usize::from(head[12] >> 4).saturating_mul(4);
    let is_whole = header >= head.len() && header <= ip.bytes.len();
    is_whole.then(|| Glimpse {
        addresses: ip.addresses,
        ports: ports(*head),
        transport: Transport::Tcp,
        tcp_flags: head[13],
        ttl: ip.ttl,
        bytes: ip.bytes,
        header,
    })
}

/// RFC 768; a datagram on a tunnel's port may be one.
#[inline(always)]
fn udp<'a>(ip: &Ip<'a>) -> Option<Glimpse<'a>> {
    let head = ip.bytes.first_chunk::<8>()?;
    let (from, to) = ports(*head);
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let is_plain = length == ip.bytes.len() && !tunnel::has_port(from) && !tunnel::has_port(to);
    is_plain.then_some(Glimpse {
        addresses: ip.addresses,
        ports: (from, to),
        transport: Transport::Udp,
        tcp_flags: 0,
        ttl: ip.ttl,
        bytes: ip.bytes,
        header: head.len(),
    })
}

/// Source and destination: the first two words of both headers.
#[inline(always)]
fn ports<const N: usize>(head: [u8; N]) -> (u16, u16) {
    let word = |at| match head.get(at..) {
        Some([high, low, ..]) => u16::from_be_bytes([*high, *low]),
        _ => 0,
    };
    (word(0), word(2))
}
