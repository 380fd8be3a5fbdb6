//! TCP (RFC 9293) and UDP (RFC 768) headers, and which protocol starts in their payload.

use etherparse::{TcpOptionElement, TcpOptionsIterator};

use super::part::Part;
use super::{Layer, Outline, bytes, inside, named, tls};

/// TCP options that are named; a header has room for 40 of one byte.
const MAX_OPTIONS: usize = 16;

/// Flags from the lowest bit on.
const FLAGS: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

/// A TCP segment.
pub(super) fn tcp(part: Part<'_>, found: &mut Outline) {
    let length = part.u8(12).map_or(20, |byte| usize::from(byte >> 4).saturating_mul(4));
    let (head, payload) = part.split(length.max(20));
    let mut layer = Layer::new("TCP", head);
    layer.say("from", head.u16(0).map(|port| format!("port {port}")), head.at(0..2));
    layer.say("to", head.u16(2).map(|port| format!("port {port}")), head.at(2..4));
    layer.say("flags", head.u8(13).map(flags), head.at(13..14));
    layer.say("sequence", head.u32(4), head.at(4..8));
    let acknowledges = head.u8(13).is_some_and(|flags| flags & 0x10 != 0);
    layer.say("acked", head.u32(8).filter(|_| acknowledges), head.at(8..12));
    layer.say("window", head.u16(14), head.at(14..16));
    let options = head.behind(20);
    layer.say("options", option_words(options.bytes()), options.range());
    let is_short = length < 20 || head.len() < length;
    layer.say("cut", is_short.then_some("the header is not whole"), head.range());
    found.add(layer);
    let ports = (head.u16(0).unwrap_or(0), head.u16(2).unwrap_or(0));
    let _known = tls::records(payload, found)
        || inside::dns_over_tcp(ports, payload, found)
        || inside::http(payload, found)
        || unknown("Payload of the segment", payload, found);
}

/// `SYN, ACK`.
fn flags(byte: u8) -> String {
    let set: Vec<&str> = FLAGS
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| byte >> bit & 1 == 1)
        .map(|(_, name)| name)
        .collect();
    if set.is_empty() { String::from("none") } else { set.join(", ") }
}

/// `MSS 1460, SACK permitted, window scale 7`.
fn option_words(options: &[u8]) -> Option<String> {
    let words: Vec<String> = TcpOptionsIterator::from_slice(options)
        .take(MAX_OPTIONS)
        .map_while(Result::ok)
        .filter_map(|option| match option {
            TcpOptionElement::Noop => None,
            TcpOptionElement::MaximumSegmentSize(size) => Some(format!("MSS {size}")),
            TcpOptionElement::WindowScale(scale) => Some(format!("window scale {scale}")),
            TcpOptionElement::SelectiveAcknowledgementPermitted => {
                Some(String::from("SACK permitted"))
            }
            TcpOptionElement::SelectiveAcknowledgement((from, to), _) => {
                Some(format!("SACK {from} to {to}"))
            }
            TcpOptionElement::Timestamp(own, echoed) => {
                Some(format!("timestamp {own}, echo {echoed}"))
            }
        })
        .collect();
    let other = || (!options.is_empty()).then(|| bytes(options.len()));
    if words.is_empty() { other() } else { Some(words.join(", ")) }
}

/// A UDP header.
pub(super) fn udp_header(head: Part<'_>) -> Layer {
    let mut layer = Layer::new("UDP", head);
    layer.say("from", head.u16(0).map(|port| format!("port {port}")), head.at(0..2));
    layer.say("to", head.u16(2).map(|port| format!("port {port}")), head.at(2..4));
    layer.say("length", head.u16(4).map(|length| bytes(length.into())), head.at(4..6));
    layer.say("cut", (head.len() < 8).then_some("the header is not whole"), head.range());
    layer
}

/// A UDP datagram.
pub(super) fn udp(part: Part<'_>, found: &mut Outline) {
    let (head, payload) = part.split(8);
    found.add(udp_header(head));
    // A length of 0 is a jumbogram's, or offloading's.
    let announced = head.u16(4).map(|length| usize::from(length).saturating_sub(8));
    let announced = announced.filter(|length| *length > 0).unwrap_or(payload.len());
    let (payload, trailer) = payload.split(announced);
    let ports = (head.u16(0).unwrap_or(0), head.u16(2).unwrap_or(0));
    let _known = inside::dns_over_udp(ports, payload, found)
        || inside::dhcp(ports, payload, found)
        || tls::datagram(payload, found)
        || inside::quic(payload, found)
        || inside::http(payload, found)
        || unknown("Payload of the datagram", payload, found);
    found.rest("Behind the datagram", trailer, true);
}

/// What nobody knows may hold anything.
fn unknown(name: &str, part: Part<'_>, found: &mut Outline) -> bool {
    found.rest(name, part, true);
    true
}

/// A number of bytes that a header announces, and how many of them are in this packet.
pub(super) fn announced(length: usize, here: usize) -> String {
    if here < length {
        named(&bytes(length), Some(&format!("{} in this packet", count(here))))
    } else {
        bytes(length)
    }
}

fn count(here: usize) -> String {
    if here == 0 { String::from("none") } else { here.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_options_in_words() {
        assert_eq!((flags(0x12), flags(0)), ("SYN, ACK".into(), "none".into()));
        let usual = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7];
        let words = "MSS 1460, SACK permitted, timestamp 1, echo 2, window scale 7";
        assert_eq!(option_words(&usual).as_deref(), Some(words));
        assert_eq!(option_words(&[99, 99]).as_deref(), Some("2 bytes"));
        assert_eq!(option_words(&[]), None);
    }

    #[test]
    fn lengths_say_what_is_here() {
        assert_eq!(announced(1, 1), "1 byte");
        assert_eq!(announced(300, 7), "300 bytes (7 in this packet)");
        assert_eq!(announced(3, 0), "3 bytes (none in this packet)");
    }
}
