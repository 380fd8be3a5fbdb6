//! Tunnels that a phone's traffic comes in: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2637,
//! ERSPAN), GTP-U (3GPP TS 29.281), VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380).
//!
//! UDP tunnels are known by port *and* by an inside that starts with a plausible IP header;
//! everything else on those ports stays an ordinary datagram.

use etherparse::{IpNumber, UdpSlice};

use super::link::{self, Link};
use super::{IpPayload, Layer, payload_of};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::flow::Tunnel;

const GENEVE: u16 = 6081;
const GTP_U: u16 = 2152;
const TEREDO: u16 = 3544;
const VXLAN: u16 = 4789;
/// Port of VXLAN before RFC 7348; Linux's default to this day.
const VXLAN_LINUX: u16 = 8472;

/// Whether a tunnel over UDP may be on this port.
#[inline]
pub(super) const fn has_port(port: u16) -> bool {
    matches!(port, GENEVE | GTP_U | TEREDO | VXLAN | VXLAN_LINUX)
}

/// The packet inside, if this is a tunnel.
pub(super) fn inside<'a>(payload: &IpPayload<'a>) -> Option<(Tunnel, Layer<'a>)> {
    match payload.protocol {
        IpNumber::IPV4 | IpNumber::IPV6 => {
            starts_like_ip(payload.bytes).then_some((Tunnel::IpInIp, Layer::Ip(payload.bytes)))
        }
        IpNumber::GRE => gre(payload.bytes).map(|layer| (Tunnel::Gre, layer)),
        IpNumber::UDP => {
            let udp = UdpSlice::from_slice_lax(payload.bytes).ok()?;
            let data = payload_of(payload.bytes, udp.header_slice().len());
            let on = |port| udp.destination_port() == port || udp.source_port() == port;
            if on(GTP_U) {
                gtp_u(data).map(|inner| (Tunnel::GtpU, Layer::Ip(inner)))
            } else if on(VXLAN) || on(VXLAN_LINUX) {
                vxlan(data).map(|link| (Tunnel::Vxlan, Layer::Link(link)))
            } else if on(GENEVE) {
                geneve(data).map(|link| (Tunnel::Vxlan, Layer::Link(link)))
            } else if on(TEREDO) {
                teredo(data).map(|inner| (Tunnel::Teredo, Layer::Ip(inner)))
            } else {
                None
            }
        }
        _ => None,
    }
}

fn starts_like_ip(data: &[u8]) -> bool {
    match u8_at(data, 0).map(|byte| byte >> 4) {
        Some(4) => data.len() >= 20,
        Some(6) => data.len() >= 40,
        _ => false,
    }
}

/// GRE versions 0 and 1 with their optional fields.
fn gre(data: &[u8]) -> Option<Layer<'_>> {
    let flags = u16_at(data, 0)?;
    let protocol = u16_at(data, 2)?;
    let version = flags & 0x0007;
    let mut length = 4_usize;
    let mut optional = |present: bool| {
        if present {
            length = length.saturating_add(4);
        }
    };
    match version {
        0 => {
            optional(flags & 0xc000 != 0); // checksum or routing: both fields are there
            optional(flags & 0x2000 != 0); // key
            optional(flags & 0x1000 != 0); // sequence number
        }
        1 => {
            optional(true); // key: payload length and call id
            optional(flags & 0x1000 != 0); // sequence number
            optional(flags & 0x0080 != 0); // acknowledgment number
        }
        _ => return None,
    }
    let body = data.get(length..)?;
    match protocol {
        0x0800 | 0x86dd => starts_like_ip(body).then_some(Layer::Ip(body)),
        0x6558 => Some(Layer::Link(link::ethernet(body))),
        0x880b => Some(Layer::Link(link::ppp(body))),
        // ERSPAN type I has no header of its own and no GRE sequence number; type II has 8 bytes.
        0x88be if flags & 0x1000 == 0 => Some(Layer::Link(link::ethernet(body))),
        0x88be => Some(Layer::Link(link::ethernet(body.get(8..)?))),
        0x22eb => {
            let optional = u16_at(body, 10)? & 1 == 1;
            Some(Layer::Link(link::ethernet(body.get(if optional { 20 } else { 12 }..)?)))
        }
        other => Some(Layer::Link(link::ether_type(Some(other), Some(body)))),
    }
}

/// A G-PDU with its optional fields and extension headers.
fn gtp_u(data: &[u8]) -> Option<&[u8]> {
    const G_PDU: u8 = 0xff;
    let flags = u8_at(data, 0)?;
    if flags >> 5 != 1 || u8_at(data, 1)? != G_PDU {
        return None;
    }
    let mut length = 8_usize;
    if flags & 0x07 != 0 {
        let mut next = u8_at(data, 11)?;
        length = 12;
        // Extension headers: length in units of 4, the last byte names the next.
        while next != 0 {
            let units = usize::from(u8_at(data, length)?);
            if units == 0 {
                return None;
            }
            length = length.checked_add(units.saturating_mul(4))?;
            next = u8_at(data, length.checked_sub(1)?)?;
        }
    }
    data.get(length..).filter(|inner| starts_like_ip(inner))
}

fn vxlan(data: &[u8]) -> Option<Link<'_>> {
    if u8_at(data, 0)? & 0x08 == 0 || data.len() < 22 {
        return None;
    }
    Some(link::ethernet(data.get(8..)?))
}

fn geneve(data: &[u8]) -> Option<Link<'_>> {
    let first = u8_at(data, 0)?;
    if first >> 6 != 0 {
        return None;
    }
    let options = usize::from(first & 0x3f).saturating_mul(4);
    let body = data.get(options.saturating_add(8)..)?;
    match u16_at(data, 2)? {
        0x6558 => Some(link::ethernet(body)),
        kind => Some(link::ether_type(Some(kind), Some(body))),
    }
}

/// IPv6 behind optional authentication and origin indications.
fn teredo(mut data: &[u8]) -> Option<&[u8]> {
    if u16_at(data, 0)? == 0x0001 {
        let (id, authentication) = (u8_at(data, 2)?, u8_at(data, 3)?);
        let length = usize::from(id).saturating_add(usize::from(authentication));
        data = data.get(length.saturating_add(13)..)?;
    }
    if u16_at(data, 0)? == 0x0000 {
        data = data.get(8..)?;
    }
    let version = u32_at(data, 0)? >> 28;
    (version == 6 && data.len() >= 40).then_some(data)
}
