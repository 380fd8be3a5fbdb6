//! What else starts in a payload: DNS (RFC 1035), DHCP (RFC 2131), long headers of QUIC (RFC 9000
//! section 17.2), the first line of an HTTP message (RFC 9112).

use memchr::memchr;

use super::part::Part;
use super::{Layer, Outline, named, text};
use crate::dns::{DnsData, DnsMessage, DnsProtocol};
use crate::http::h1::{Likeness, like_request, like_response};
use crate::lan::{DhcpMessage, Parties};
use crate::packet::PacketRef;
use crate::quic::glance;

/// QUIC packets of one datagram that are named.
const MAX_PACKETS: usize = 8;

/// Questions and answers of one DNS message that are written.
const MAX_RECORDS: usize = 12;

/// Length of a DNS header.
const DNS_HEADER: usize = 12;

/// A message of DNS, multicast DNS or LLMNR; whether it is one.
pub(super) fn dns_over_udp(ports: (u16, u16), part: Part<'_>, found: &mut Outline) -> bool {
    DnsProtocol::of_ports(ports.0, ports.1)
        .is_some_and(|protocol| dns(protocol, part, part, found).is_some())
}

/// A message of DNS behind its length (RFC 1035 section 4.2.2); whether it is one.
pub(super) fn dns_over_tcp(ports: (u16, u16), part: Part<'_>, found: &mut Outline) -> bool {
    let protocol = DnsProtocol::of_ports(ports.0, ports.1);
    let (Some(DnsProtocol::Dns), Some(length)) = (protocol, part.u16(0)) else { return false };
    let (whole, rest) = part.split(usize::from(length).saturating_add(2));
    if dns(DnsProtocol::Dns, whole, whole.behind(2), found).is_none() {
        return false;
    }
    found.rest("More of the payload", rest, true);
    true
}

/// A message; `whole` has its length before it.
fn dns(protocol: DnsProtocol, whole: Part<'_>, part: Part<'_>, found: &mut Outline) -> Option<()> {
    let message = DnsMessage::read(part.bytes(), protocol, PacketRef::default(), false)?;
    let title = match protocol {
        DnsProtocol::Dns => "DNS",
        DnsProtocol::Llmnr => "LLMNR",
        DnsProtocol::Mdns => "Multicast DNS",
    };
    let kind = if message.is_response { "answer" } else { "question" };
    let mut layer = Layer::new(format!("{title} {kind}"), whole);
    layer.say("id", Some(format!("{:#06x}", message.id)), part.at(0..2));
    if message.is_response {
        let word = match message.rcode {
            0 => Some("no error"),
            2 => Some("server failure"),
            3 => Some("no such name"),
            5 => Some("refused"),
            _ => None,
        };
        layer.say("result", Some(named(&message.rcode, word)), part.at(3..4));
    }
    let body = part.at(DNS_HEADER..part.len());
    for question in message.questions.iter().take(MAX_RECORDS) {
        let value = format!("{} {}", dotted(&question.name), kind_name(question.kind));
        layer.say("asks for", Some(value), body.clone());
    }
    for record in message.answers.iter().take(MAX_RECORDS) {
        let data = match &record.data {
            DnsData::Address(address) => address.to_string(),
            DnsData::Name(name) => dotted(name).to_owned(),
            DnsData::Other(length) => super::bytes(*length),
        };
        let name = dotted(&record.name);
        let value = format!("{name} {} {data}, {} s", kind_name(record.kind), record.ttl);
        layer.say("answers", Some(value), body.clone());
    }
    let both = message.questions.len().max(message.answers.len());
    let left = both > MAX_RECORDS;
    layer.say("more", left.then_some("the rest is not listed"), body);
    found.add(layer);
    Some(())
}

/// The root has no letters.
fn dotted(name: &str) -> &str {
    if name.is_empty() { "." } else { name }
}

/// Types of records (IANA).
fn kind_name(kind: u16) -> String {
    let name = match kind {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        other => return format!("type {other}"),
    };
    name.to_owned()
}

/// A message of DHCP for IPv4; whether it is one.
pub(super) fn dhcp(ports: (u16, u16), part: Part<'_>, found: &mut Outline) -> bool {
    let nobody = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    let parties = Parties { source: nobody, destination: nobody, frame: None };
    let (67 | 68, 67 | 68) = ports else { return false };
    let Some(message) = DhcpMessage::parse(part.bytes(), parties) else { return false };
    let mut layer = Layer::new("DHCP", part);
    let options = part.at(240..part.len());
    layer.say("message", Some(message.kind.word()), options.clone());
    layer.say("id", Some(format!("{:#010x}", message.id)), part.at(4..8));
    layer.say("client", Some(message.client), part.at(28..34));
    let given = Some(message.assigned_address).filter(|address| !address.is_unspecified());
    layer.say("address", given, part.at(16..20));
    layer.say("server", message.server, options.clone());
    let list = |addresses: &[std::net::Ipv4Addr]| {
        let words: Vec<String> =
            addresses.iter().take(MAX_RECORDS).map(|a| a.to_string()).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    layer.say("routers", list(&message.routers), options.clone());
    layer.say("DNS", list(&message.dns_servers), options.clone());
    layer.say("WPAD", message.wpad.as_deref().map(|url| text(url.as_bytes())), options);
    found.add(layer);
    true
}

/// Packets with long headers, one behind the other; whether there are any.
pub(super) fn quic(part: Part<'_>, found: &mut Outline) -> bool {
    let mut rest = part;
    for _ in 0..MAX_PACKETS {
        let Some(seen) = glance(rest.bytes()) else { break };
        let (packet, behind) = rest.split(seen.length);
        let mut layer = Layer::new(format!("QUIC {}", seen.kind), packet);
        layer.say("version", Some(format!("{:#010x}", seen.version)), packet.at(1..5));
        let to = 6_usize..seen.destination.len().saturating_add(6);
        let id = |id: &[u8]| Some(crate::hex(id)).filter(|digits| !digits.is_empty());
        layer.say("to id", id(seen.destination), packet.at(to.clone()));
        let from = to.end.saturating_add(1);
        let end = from.saturating_add(seen.source.len());
        layer.say("from id", id(seen.source), packet.at(from..end));
        layer.say("length", Some(super::bytes(packet.len())), packet.range());
        found.add(layer);
        rest = behind;
    }
    let any = rest.len() < part.len();
    if any && rest.u8(0).is_some_and(|first| first & 0xc0 == 0x40) {
        found.rest("QUIC 1-RTT", rest, false);
    } else if any {
        found.rest("More of the datagram", rest, !rest.bytes().iter().all(|byte| *byte == 0));
    }
    any
}

/// The first line of a request or of an answer, and how long the rest of the payload is; whether
/// there is one.
pub(super) fn http(part: Part<'_>, found: &mut Outline) -> bool {
    let bytes = part.bytes();
    let is_request = like_request(bytes) == Likeness::Yes;
    if !is_request && like_response(bytes) != Likeness::Yes {
        return false;
    }
    let line = memchr(b'\n', bytes).map_or(bytes.len(), |end| end.saturating_add(1));
    let kind = if is_request { "HTTP request" } else { "HTTP response" };
    let mut layer = Layer::new(kind, part);
    layer.is_content = true;
    let (first, rest) = part.split(line);
    let first_text = first.bytes().trim_ascii_end();
    if is_request {
        let mut words = first_text.splitn(2, |byte| *byte == b' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let target = target.trim_ascii();
        let target = target.rsplitn(2, |byte| *byte == b' ').last().unwrap_or(target);
        layer.say("method", Some(text(method)), first.at(0..method.len()));
        let place = if target.is_empty() { first.range() } else { first.find(target) };
        layer.say("target", Some(text(target)), place);
    } else {
        layer.say("status", Some(text(first_text)), first.at(0..first_text.len()));
    }
    layer.say("behind it", Some(super::bytes(rest.len())), rest.range());
    found.add(layer);
    true
}
