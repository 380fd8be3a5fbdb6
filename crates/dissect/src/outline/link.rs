//! Link headers. Those of phones, access points and Linux are set out field by field; of rarer ones
//! (802.11, PPP, PKTAP, …) it is said where they end and who speaks to whom.

use super::part::Part;
use super::{Layer, Outline, Step, named};
use crate::decode::places::{self, Inner};
use crate::packet::{LinkType, Packet};

/// EtherTypes (IANA).
const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
const VLAN_TAGS: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];

/// Reads the header that a frame begins with.
pub(super) fn frame<'a>(packet: &Packet<'a>, found: &mut Outline) -> Step<'a> {
    let part = Part::whole(packet.data);
    match packet.link_type {
        LinkType::ETHERNET => {
            let (head, rest) = part.split(14);
            let mut layer = Layer::new("Ethernet", head);
            layer.say("from", head.mac(6), head.at(6..12));
            layer.say("to", head.mac(0), head.at(0..6));
            ether_type(layer, head, 12, rest, found)
        }
        LinkType::LINUX_SLL => {
            let (head, rest) = part.split(16);
            let mut layer = Layer::new("Linux cooked capture", head);
            layer.say("direction", head.u16(0).map(direction), head.at(0..2));
            let from = packet.link_addresses().map(|addresses| addresses.source);
            layer.say("from", from, head.at(6..12));
            ether_type(layer, head, 14, rest, found)
        }
        LinkType::LINUX_SLL2 => {
            let (head, rest) = part.split(20);
            let mut layer = Layer::new("Linux cooked capture v2", head);
            layer.say("direction", head.u8(10).map(u16::from).map(direction), head.at(10..11));
            layer.say("interface", head.u32(4), head.at(4..8));
            let from = packet.link_addresses().map(|addresses| addresses.source);
            layer.say("from", from, head.at(12..18));
            ether_type(layer, head, 0, rest, found)
        }
        LinkType::RAW
        | LinkType::RAW_BSD
        | LinkType::RAW_OPENBSD
        | LinkType::IPV4
        | LinkType::IPV6 => Step::Ip(part),
        other => {
            let inner = places::behind_link(other, packet.data);
            let (head, _) = part.split(inner.map_or(0, Inner::at));
            let mut layer = Layer::new(link_name(other), head);
            let addresses = packet.link_addresses();
            layer.say("from", addresses.map(|both| both.source), head.range());
            layer.say("to", addresses.and_then(|both| both.destination), head.range());
            behind(layer, inner, part, found)
        }
    }
}

/// Adds a header with its EtherType.
fn ether_type<'a>(
    mut layer: Layer,
    head: Part<'a>,
    at: usize,
    rest: Part<'a>,
    found: &mut Outline,
) -> Step<'a> {
    let kind = head.u16(at);
    let words = kind.map(|kind| named(&format!("{kind:#06x}"), ether_name(kind)));
    layer.say("type", words, head.at(at..at.saturating_add(2)));
    found.add(layer);
    kind.map_or(Step::End, |kind| Step::Ether(kind, rest))
}

/// Reads what an EtherType announces.
pub(super) fn ether<'a>(kind: u16, part: Part<'a>, found: &mut Outline) -> Step<'a> {
    match kind {
        IPV4 | IPV6 => Step::Ip(part),
        ARP => arp(part, found),
        tag if VLAN_TAGS.contains(&tag) => {
            let (head, rest) = part.split(4);
            let mut layer = Layer::new("VLAN tag", head);
            layer.say("VLAN", head.u16(0).map(|tag| tag & 0x0fff), head.at(0..2));
            layer.say("priority", head.u16(0).map(|tag| tag >> 13), head.at(0..1));
            ether_type(layer, head, 2, rest, found)
        }
        // Labels, PPPoE and LLC: up to the packet in them, if there is one.
        other => match places::behind_ether_type(other, part.bytes()) {
            Some(inner) => {
                let name = ether_name(other).unwrap_or("LLC/SNAP");
                let layer = Layer::new(name, part.split(inner.at()).0);
                behind(layer, Some(inner), part, found)
            }
            None => {
                let name = ether_name(other).unwrap_or("Payload of the frame");
                found.rest(name, part, true);
                Step::End
            }
        },
    }
}

/// Adds a header that ends where the packet in it begins.
fn behind<'a>(layer: Layer, inner: Option<Inner>, part: Part<'a>, found: &mut Outline) -> Step<'a> {
    let Some(inner) = inner else {
        let mut layer = layer;
        layer.range = part.range();
        layer.is_content = true;
        for field in &mut layer.fields {
            field.range = part.range();
        }
        found.add(layer);
        return Step::End;
    };
    if inner.at() > 0 {
        found.add(layer);
    }
    let rest = part.behind(inner.at());
    match inner {
        Inner::Arp(_) => arp(rest, found),
        Inner::Ip(_) => Step::Ip(rest),
    }
}

/// The header of a tunnel, link headers in it included, up to the packet in it.
pub(super) fn tunnel<'a>(
    name: &str,
    inner: Inner,
    part: Part<'a>,
    found: &mut Outline,
) -> Step<'a> {
    behind(Layer::new(name, part.split(inner.at()).0), Some(inner), part, found)
}

/// RFC 826, over addresses of IEEE 802 and IPv4.
fn arp<'a>(part: Part<'a>, found: &mut Outline) -> Step<'a> {
    let is_usual = (part.u16(2), part.u8(4), part.u8(5)) == (Some(IPV4), Some(6), Some(4));
    let (head, rest) = part.split(if is_usual { 28 } else { part.len() });
    let mut layer = Layer::new("ARP", head);
    let operation = head.u16(6).map(|operation| {
        let word = match operation {
            1 => Some("request"),
            2 => Some("reply"),
            _ => None,
        };
        named(&operation, word)
    });
    layer.say("operation", operation, head.at(6..8));
    if is_usual {
        layer.say("from", head.mac(8), head.at(8..14));
        layer.say("address", head.ipv4(14), head.at(14..18));
        layer.say("to", head.mac(18), head.at(18..24));
        layer.say("its addr.", head.ipv4(24), head.at(24..28));
    }
    found.add(layer);
    found.rest("Padding", rest, false);
    Step::End
}

/// Packet types of Linux cooked capture.
fn direction(kind: u16) -> String {
    let word = match kind {
        0 => "to this host",
        1 => "broadcast",
        2 => "multicast",
        3 => "to another host",
        4 => "sent by this host",
        _ => return kind.to_string(),
    };
    named(&kind, Some(word))
}

/// Names of EtherTypes (IANA).
const fn ether_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        IPV4 => "IPv4",
        ARP => "ARP",
        IPV6 => "IPv6",
        0x8100 => "VLAN",
        0x88a8 | 0x9100 | 0x9200 => "outer VLAN",
        0x8847 | 0x8848 => "MPLS",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE",
        0x888e => "EAPOL",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        _ => return None,
    })
}

/// What links are called in words.
fn link_name(link_type: LinkType) -> String {
    let name = match link_type {
        LinkType::NULL | LinkType::LOOP => "Loopback",
        LinkType::PPP | LinkType::PPP_HDLC => "PPP",
        LinkType::PPP_ETHER => "PPPoE",
        LinkType::C_HDLC => "Cisco HDLC",
        LinkType::IEEE802_11 => "IEEE 802.11",
        LinkType::IEEE802_11_RADIOTAP => "Radiotap and IEEE 802.11",
        LinkType::PPI => "PPI",
        LinkType::PKTAP => "PKTAP",
        other => return format!("Frame of link type {other}"),
    };
    name.to_owned()
}
