//! Link layers: from the frame's first byte to the IP header.
//!
//! Numbers: <https://www.tcpdump.org/linktypes.html>, EtherTypes of IANA, PPP protocol numbers of
//! IANA, LLC/SNAP of RFC 1042.

use crate::bytes::{u8_at, u16_at, u16_le_at, u32_at, u32_le_at};
use crate::packet::LinkType;
use crate::weird::WeirdKind;

/// Headers between the frame's start and the IP header: VLAN in VLAN in MPLS and so on.
const MAX_TAGS: usize = 12;

/// What a link layer carries.
pub(super) enum Link<'a> {
    /// An ARP packet starts here.
    Arp(&'a [u8]),
    /// An IP header starts here.
    Ip(&'a [u8]),
    /// Something that is not followed: LLDP, an encrypted or management frame.
    Other,
    /// Cut short, or of an unknown kind.
    Weird(WeirdKind),
}

impl<'a> Link<'a> {
    fn from_ip(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Weird(WeirdKind::PacketMalformed), Self::Ip)
    }
}

/// Reads the link header of a frame.
pub(super) fn open(link_type: LinkType, data: &[u8]) -> Link<'_> {
    match link_type {
        LinkType::ETHERNET => ethernet(data),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Link::Ip(data),
        LinkType::IPV4 | LinkType::IPV6 => Link::Ip(data),
        LinkType::LINUX_SLL => ether_type(u16_at(data, 14), data.get(16..)),
        LinkType::LINUX_SLL2 => ether_type(u16_at(data, 0), data.get(20..)),
        LinkType::NULL | LinkType::LOOP => loopback(data),
        LinkType::PPP | LinkType::PPP_HDLC => ppp(data),
        LinkType::PPP_ETHER => pppoe(data),
        LinkType::C_HDLC => ether_type(u16_at(data, 2), data.get(4..)),
        LinkType::IEEE802_11 => wlan(data),
        LinkType::IEEE802_11_RADIOTAP => {
            u16_le_at(data, 2).and_then(|length| data.get(usize::from(length)..)).map_or(CUT, wlan)
        }
        LinkType::PPI => per_packet_information(data),
        LinkType::PKTAP => pktap(data),
        _ => Link::Weird(WeirdKind::LinkTypeUnknown),
    }
}

const CUT: Link<'static> = Link::Weird(WeirdKind::PacketMalformed);

/// Destination, source, EtherType.
pub(super) fn ethernet(data: &[u8]) -> Link<'_> {
    ether_type(u16_at(data, 12), data.get(14..))
}

/// Follows VLAN tags (802.1Q, 802.1ad), MPLS labels, PPPoE and LLC/SNAP.
pub(super) fn ether_type(first: Option<u16>, first_rest: Option<&[u8]>) -> Link<'_> {
    let (Some(mut kind), Some(mut rest)) = (first, first_rest) else { return CUT };
    for _ in 0..MAX_TAGS {
        let next = match kind {
            0x0800 | 0x86dd => return Link::Ip(rest),
            0x0806 => return Link::Arp(rest),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => (u16_at(rest, 2), rest.get(4..)),
            0x8847 | 0x8848 => return mpls(rest),
            0x8864 => return pppoe(rest),
            // Length of an 802.3 frame: LLC follows, and SNAP if both SAPs are 0xaa.
            0x0000..=0x05dc => match (u32_at(rest, 0), u16_at(rest, 4)) {
                (Some(0xaaaa_0300), Some(_)) => (u16_at(rest, 6), rest.get(8..)),
                _ => return Link::Other,
            },
            _ => return Link::Other,
        };
        let (Some(next_kind), Some(next_rest)) = next else { return CUT };
        (kind, rest) = (next_kind, next_rest);
    }
    CUT
}

/// MPLS labels up to the bottom of the stack (RFC 3032); what follows is guessed by its first
/// nibble, and a control word of zeros is an Ethernet pseudowire (RFC 4448).
fn mpls(mut data: &[u8]) -> Link<'_> {
    for _ in 0..MAX_TAGS {
        let (Some(label), Some(rest)) = (u32_at(data, 0), data.get(4..)) else { return CUT };
        data = rest;
        if label & 0x0100 != 0 {
            return match u8_at(data, 0).map(|byte| byte >> 4) {
                Some(4 | 6) => Link::Ip(data),
                Some(0) => data.get(4..).map_or(CUT, ethernet),
                _ => Link::Other,
            };
        }
    }
    CUT
}

/// A PPPoE session header (RFC 2516), then PPP.
fn pppoe(data: &[u8]) -> Link<'_> {
    data.get(6..).map_or(CUT, ppp)
}

/// PPP (RFC 1661), with HDLC address and control bytes (RFC 1662) or without, protocol field
/// compressed or not.
pub(super) fn ppp(data: &[u8]) -> Link<'_> {
    let data = data.strip_prefix(&[0xff, 0x03]).unwrap_or(data);
    let protocol = match u8_at(data, 0) {
        Some(odd) if odd & 1 == 1 => Some((u16::from(odd), 1)),
        Some(_) => u16_at(data, 0).map(|protocol| (protocol, 2)),
        None => None,
    };
    match protocol {
        Some((0x0021 | 0x0057, length)) => Link::from_ip(data.get(length..)),
        Some((0x0281 | 0x0283, length)) => data.get(length..).map_or(CUT, mpls),
        Some(_) => Link::Other,
        None => CUT,
    }
}

/// The address family in whatever byte order the writing host had; families of IPv6 differ between
/// systems (10 Linux, 24 NetBSD, 28 FreeBSD, 30 Darwin).
fn loopback(data: &[u8]) -> Link<'_> {
    let Some(family) = u32_le_at(data, 0) else { return CUT };
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    match family {
        2 | 10 | 24 | 28 | 30 => Link::from_ip(data.get(4..)),
        _ => Link::Other,
    }
}

/// An 802.11 data frame in the clear (IEEE 802.11 section 9.2.4), then LLC/SNAP.
fn wlan(data: &[u8]) -> Link<'_> {
    let Some(control) = u16_le_at(data, 0) else { return CUT };
    let is_data = control & 0x000c == 0x0008;
    let (without_body, protected) = (control & 0x0040 != 0, control & 0x4000 != 0);
    if !is_data || without_body || protected {
        return Link::Other;
    }
    let (to_and_from, qos, order) =
        (control & 0x0300 == 0x0300, control & 0x0080 != 0, control & 0x8000 != 0);
    let mut length = 24_usize;
    if to_and_from {
        length = length.saturating_add(6);
    }
    if qos {
        // Aggregated MSDUs hold several frames; capture tools split them, so one with the bit
        // still set is rare enough to leave.
        if u16_le_at(data, length).is_some_and(|qos_control| qos_control & 0x0080 != 0) {
            return Link::Other;
        }
        length = length.saturating_add(if order { 6 } else { 2 });
    }
    let Some(body) = data.get(length..) else { return CUT };
    match u32_at(body, 0) {
        Some(0xaaaa_0300) => ether_type(u16_at(body, 6), body.get(8..)),
        Some(_) => Link::Other,
        None => CUT,
    }
}

/// PPI: a header with its own length and the link type of what follows.
fn per_packet_information(data: &[u8]) -> Link<'_> {
    let (Some(length), Some(inner)) = (u16_le_at(data, 2), u32_le_at(data, 4)) else { return CUT };
    let inner = LinkType(u16::try_from(inner).unwrap_or(u16::MAX));
    if inner == LinkType::PPI {
        return Link::Other;
    }
    data.get(usize::from(length)..).map_or(CUT, |rest| open(inner, rest))
}

/// Apple's PKTAP (`rvi0` of an iPhone): own length, record type, inner link type.
fn pktap(data: &[u8]) -> Link<'_> {
    let (Some(length), Some(inner)) = (u32_le_at(data, 0), u32_le_at(data, 8)) else { return CUT };
    let inner = LinkType(u16::try_from(inner).unwrap_or(u16::MAX));
    if inner == LinkType::PKTAP {
        return Link::Other;
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    data.get(length..).map_or(CUT, |rest| open(inner, rest))
}
