//! The bytes of one packet, said in words: which layers they are, what the fields of each say, and
//! where in the packet both lie.
//!
//! ```text
//! part.rs     bytes that know where in the packet they are
//! link.rs     link headers, VLAN tags, ARP
//! ip.rs       IPv4, IPv6, ICMP, tunnels
//! segment.rs  TCP and UDP, and which protocol their payload is
//! tls.rs      records and handshake messages, also DTLS
//! inside.rs   DNS, DHCP, QUIC long headers, the first line of HTTP
//! ```
//!
//! An outline is for somebody who looks at one packet and wants to know what it proves; it is no
//! dissector. It looks at nothing but this packet: no stream is put together, nothing is decrypted,
//! and of a segment's payload only what starts there is named. A header that is cut is read as far
//! as it reaches. Costs a few allocations for each field, so it is for packets that are looked at,
//! not for all of a capture.

mod inside;
mod ip;
mod link;
mod part;
mod segment;
mod tls;

use std::ops::Range;

use crate::packet::Packet;
use part::Part;

/// Layers of one packet: its headers, and the records in it. A datagram of 64 KiB has room for
/// thousands of empty records.
pub const MAX_LAYERS: usize = 48;

/// Headers that are followed before a packet is given up: nested tunnels end somewhere.
const MAX_STEPS: usize = 24;

/// Most bytes of a text off the wire that a value repeats.
const MAX_TEXT: usize = 256;

/// One header, record or message of a packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layer {
    /// What it is: `Ethernet`, `TCP`, `ClientHello`.
    pub name: String,
    /// Its bytes in the packet. A layer lies behind the one before it or within it: a byte belongs
    /// to the last layer that has it.
    pub range: Range<usize>,
    /// What it says.
    pub fields: Vec<Field>,
    /// Whether it holds, or may hold, what people sent in the clear, secrets included: the text of
    /// HTTP, and payload of which nobody knows what it is.
    pub is_content: bool,
}

/// One field of a layer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// What it is called; at most ten letters.
    pub label: &'static str,
    /// What it says. May hold any text that was on the wire: to be escaped like any other.
    pub value: String,
    /// Its bytes in the packet, within those of the layer.
    pub range: Range<usize>,
}

impl Layer {
    /// A layer over these bytes that says nothing yet.
    fn new(name: impl Into<String>, part: Part<'_>) -> Self {
        Self { name: name.into(), range: part.range(), fields: Vec::new(), is_content: false }
    }

    /// Adds what a field says, if its bytes are there.
    fn say(&mut self, label: &'static str, value: Option<impl ToString>, range: Range<usize>) {
        let value = value.map(|value| value.to_string());
        self.fields.extend(value.map(|value| Field { label, value, range }));
    }
}

/// The layers found so far.
#[derive(Debug, Default)]
struct Outline {
    layers: Vec<Layer>,
    /// Bytes behind an IP packet, which the link has added.
    trailers: Vec<Layer>,
}

impl Outline {
    fn add(&mut self, layer: Layer) {
        if self.layers.len() < MAX_LAYERS {
            self.layers.push(layer);
        }
    }

    /// Bytes of which no more is known than this name; nothing if there are none.
    fn rest(&mut self, name: &str, part: Part<'_>, is_content: bool) {
        if !part.bytes().is_empty() {
            let mut layer = Layer::new(name, part);
            layer.say("length", Some(bytes(part.len())), part.range());
            layer.is_content = is_content;
            self.add(layer);
        }
    }
}

/// What follows a header.
enum Step<'a> {
    /// Nothing, or nothing that is followed.
    End,
    /// What an EtherType announces.
    Ether(u16, Part<'a>),
    /// An IP header.
    Ip(Part<'a>),
    /// The payload of an IP packet: its protocol, and whether it is all of it.
    Payload(u8, Part<'a>),
}

/// What the bytes of a packet are, from its first to its last.
pub fn outline(packet: &Packet<'_>) -> Vec<Layer> {
    let mut found = Outline::default();
    let mut step = link::frame(packet, &mut found);
    for _ in 0..MAX_STEPS {
        step = match step {
            Step::End => break,
            Step::Ether(kind, part) => link::ether(kind, part, &mut found),
            Step::Ip(part) => ip::packet(part, &mut found),
            Step::Payload(protocol, part) => ip::payload(protocol, part, &mut found),
        };
    }
    let Outline { mut layers, mut trailers } = found;
    while let Some(trailer) = trailers.pop() {
        layers.push(trailer);
    }
    layers
}

/// `1 byte`, `12 bytes`.
fn bytes(length: usize) -> String {
    let plural = if length == 1 { "" } else { "s" };
    format!("{length} byte{plural}")
}

/// `6 (TCP)`: a number and what it stands for, if that is known.
fn named(number: &impl ToString, name: Option<&str>) -> String {
    let number = number.to_string();
    name.map_or_else(|| number.clone(), |name| format!("{number} ({name})"))
}

/// The first of these bytes as text.
fn text(bytes: &[u8]) -> String {
    let cut = bytes.get(..MAX_TEXT);
    let more = if cut.is_some_and(|cut| cut.len() < bytes.len()) { "…" } else { "" };
    format!("{}{more}", crate::bytes::text(cut.unwrap_or(bytes)))
}

#[cfg(test)]
mod tests;
