//! IPv4 (RFC 791) and IPv6 (RFC 8200) with extension headers, ICMP (RFC 792, RFC 4443, RFC 4861),
//! and tunnels up to the packet in them.

use etherparse::{IpNumber, Ipv6ExtensionSlice, Ipv6ExtensionSliceIter, LaxIpSlice};

use super::part::Part;
use super::{Layer, Outline, Step, bytes, link, named, segment};
use crate::decode::places;
use crate::flow::Tunnel;

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;

/// Extension headers whose names are listed.
const MAX_EXTENSIONS: usize = 8;

/// Reads an IP header.
pub(super) fn packet<'a>(part: Part<'a>, found: &mut Outline) -> Step<'a> {
    let Ok((slice, stopped)) = LaxIpSlice::from_slice(part.bytes()) else {
        found.rest("No IP header", part, true);
        return Step::End;
    };
    // The iterator trusts the headers that it walks over: those of a list that broke off lead it out
    // of its bytes (etherparse 0.21).
    let extensions = match &slice {
        LaxIpSlice::Ipv6(v6) if stopped.is_none() => v6.extensions().clone().into_iter(),
        _ => Ipv6ExtensionSliceIter::default(),
    };
    let (header, offset) = match &slice {
        LaxIpSlice::Ipv4(v4) => {
            let header = v4.header().slice().len();
            let more = v4.extensions().auth.map_or(0, |auth| auth.slice().len());
            (header.saturating_add(more), usize::from(v4.header().fragments_offset().value()))
        }
        LaxIpSlice::Ipv6(v6) => {
            let header = v6.extensions().slice().len().saturating_add(40);
            (header, fragment_of(extensions.clone()).unwrap_or(0))
        }
    };
    let (head, rest) = part.split(header);
    let body = slice.payload();
    let mut layer = match &slice {
        LaxIpSlice::Ipv4(_) => ipv4(head, body.ip_number.0),
        LaxIpSlice::Ipv6(_) => ipv6(head, body.ip_number.0, extensions),
    };
    layer.say("cut", stopped.as_ref().map(|_| "an extension header is not whole"), head.range());
    found.add(layer);
    let (payload, trailer) = rest.split(body.payload.len());
    if !trailer.bytes().is_empty() {
        let mut layer = Layer::new("Padding", trailer);
        layer.say("length", Some(bytes(trailer.len())), trailer.range());
        found.trailers.push(layer);
    }
    if offset > 0 || stopped.is_some() {
        found.rest(
            if stopped.is_some() {
                "Payload behind a cut header"
            } else {
                "Fragment of an IP packet"
            },
            payload,
            true,
        );
        return Step::End;
    }
    Step::Payload(body.ip_number.0, payload)
}

fn ipv4(head: Part<'_>, protocol: u8) -> Layer {
    let mut layer = Layer::new("IPv4", head);
    layer.say("from", head.ipv4(12), head.at(12..16));
    layer.say("to", head.ipv4(16), head.at(16..20));
    layer.say("protocol", Some(protocol_words(protocol)), head.at(9..10));
    layer.say("TTL", head.u8(8), head.at(8..9));
    layer.say("length", head.u16(2).map(|length| bytes(length.into())), head.at(2..4));
    layer.say("id", head.u16(4).map(|id| format!("{id:#06x}")), head.at(4..6));
    let fragment = head.u16(6).and_then(|word| {
        let offset = usize::from(word & 0x1fff).saturating_mul(8);
        fragment_words(offset, word & 0x2000 != 0)
            .or_else(|| (word & 0x4000 != 0).then(|| String::from("not allowed (DF)")))
    });
    layer.say("fragments", fragment, head.at(6..8));
    let options = head.behind(20);
    let length = (options.len() > 0).then(|| bytes(options.len()));
    layer.say("options", length, options.range());
    layer
}

fn ipv6(head: Part<'_>, protocol: u8, extensions: Ipv6ExtensionSliceIter<'_>) -> Layer {
    let mut layer = Layer::new("IPv6", head);
    layer.say("from", head.ipv6(8), head.at(8..24));
    layer.say("to", head.ipv6(24), head.at(24..40));
    // Behind extension headers, the last of them says it.
    let is_plain = head.len() <= 40;
    let place = if is_plain { head.at(6..7) } else { head.at(40..head.len()) };
    layer.say("protocol", Some(protocol_words(protocol)), place);
    layer.say("hop limit", head.u8(7), head.at(7..8));
    layer.say("length", head.u16(4).map(|length| bytes(length.into())), head.at(4..6));
    let names: Vec<String> = extensions.take(MAX_EXTENSIONS).map(|one| extension(&one)).collect();
    let names = (!names.is_empty()).then(|| names.join(", "));
    layer.say("extensions", names, head.at(40..head.len()));
    layer
}

fn extension(extension: &Ipv6ExtensionSlice<'_>) -> String {
    let name = match extension {
        Ipv6ExtensionSlice::HopByHop(_) => "hop-by-hop options",
        Ipv6ExtensionSlice::Routing(_) => "routing",
        Ipv6ExtensionSlice::Fragment(fragment) => {
            let offset = usize::from(fragment.fragment_offset().value()).saturating_mul(8);
            let words = fragment_words(offset, fragment.more_fragments());
            return words.unwrap_or_else(|| String::from("fragment, whole"));
        }
        Ipv6ExtensionSlice::DestinationOptions(_) => "destination options",
        Ipv6ExtensionSlice::Authentication(_) => "authentication",
    };
    name.to_owned()
}

/// The offset of the first fragment header, in units of 8 bytes.
fn fragment_of(mut extensions: Ipv6ExtensionSliceIter<'_>) -> Option<usize> {
    extensions.find_map(|extension| match extension {
        Ipv6ExtensionSlice::Fragment(fragment) => {
            Some(usize::from(fragment.fragment_offset().value()))
        }
        _ => None,
    })
}

/// `fragment from byte 1480, more follow`; `None` for a whole packet.
fn fragment_words(offset: usize, more: bool) -> Option<String> {
    let follow = if more { "more follow" } else { "the last" };
    (offset > 0 || more).then(|| format!("fragment from byte {offset}, {follow}"))
}

fn protocol_words(protocol: u8) -> String {
    named(&protocol, IpNumber(protocol).keyword_str())
}

/// Reads what an IP packet carries.
pub(super) fn payload<'a>(protocol: u8, part: Part<'a>, found: &mut Outline) -> Step<'a> {
    if let Some((tunnel, inner)) = places::behind_tunnel(protocol, part.bytes()) {
        if protocol == UDP {
            let (head, rest) = part.split(8);
            found.add(segment::udp_header(head));
            let inner = match inner {
                places::Inner::Arp(at) => places::Inner::Arp(at.saturating_sub(8)),
                places::Inner::Ip(at) => places::Inner::Ip(at.saturating_sub(8)),
            };
            return link::tunnel(tunnel_name(tunnel), inner, rest, found);
        }
        return link::tunnel(tunnel_name(tunnel), inner, part, found);
    }
    match protocol {
        TCP => segment::tcp(part, found),
        UDP => segment::udp(part, found),
        ICMP => icmp("ICMP", part, icmp_name, found),
        ICMPV6 => icmp("ICMPv6", part, icmpv6_name, found),
        other => {
            let name = IpNumber(other).keyword_str().unwrap_or("Payload of the IP packet");
            found.rest(name, part, true);
        }
    }
    Step::End
}

const fn tunnel_name(tunnel: Tunnel) -> &'static str {
    match tunnel {
        Tunnel::Gre => "GRE",
        Tunnel::GtpU => "GTP-U",
        Tunnel::IpInIp => "IP in IP",
        Tunnel::Teredo => "Teredo",
        Tunnel::Vxlan => "VXLAN or Geneve",
    }
}

/// Type and code, and the addresses of the messages that change where packets go.
fn icmp(title: &str, part: Part<'_>, name: fn(u8) -> Option<&'static str>, found: &mut Outline) {
    let mut layer = Layer::new(title, part);
    let kind = part.u8(0);
    layer.say("type", kind.map(|kind| named(&kind, name(kind))), part.at(0..1));
    layer.say("code", part.u8(1), part.at(1..2));
    match (title, kind) {
        ("ICMP", Some(5)) => layer.say("gateway", part.ipv4(4), part.at(4..8)),
        ("ICMPv6", Some(135 | 136)) => layer.say("target", part.ipv6(8), part.at(8..24)),
        ("ICMPv6", Some(137)) => {
            layer.say("gateway", part.ipv6(8), part.at(8..24));
            layer.say("for", part.ipv6(24), part.at(24..40));
        }
        ("ICMPv6", Some(134)) => {
            layer.say("lifetime", part.u16(6).map(|secs| format!("{secs} s")), part.at(6..8));
        }
        ("ICMP", Some(0 | 8)) | ("ICMPv6", Some(128 | 129)) => {
            layer.say("id", part.u16(4), part.at(4..6));
            layer.say("sequence", part.u16(6), part.at(6..8));
        }
        _ => {}
    }
    // Errors quote the beginning of the packet that they are about.
    let quotes = match title {
        "ICMP" => matches!(kind, Some(3 | 5 | 11 | 12)),
        _ => matches!(kind, Some(1..=4)),
    };
    if quotes {
        let (head, quoted) = part.split(8);
        layer.range = head.range();
        found.add(layer);
        found.rest("Quoted packet", quoted, true);
    } else {
        found.add(layer);
    }
}

/// Types of ICMP (IANA).
const fn icmp_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0 => "echo reply",
        3 => "destination unreachable",
        5 => "redirect",
        8 => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        11 => "time exceeded",
        12 => "parameter problem",
        _ => return None,
    })
}

/// Types of ICMPv6 (IANA).
const fn icmpv6_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "destination unreachable",
        2 => "packet too big",
        3 => "time exceeded",
        4 => "parameter problem",
        128 => "echo request",
        129 => "echo reply",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbour solicitation",
        136 => "neighbour advertisement",
        137 => "redirect",
        143 => "multicast listener report",
        _ => return None,
    })
}
