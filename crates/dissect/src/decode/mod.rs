//! From a frame to the innermost TCP segment or UDP datagram.
//!
//! ```text
//! link (Ethernet, SLL, radiotap, …) → VLAN, MPLS, PPPoE → IP → fragments → tunnel? → TCP | UDP
//!                                      └───────────────←──────────────────────┘
//! ```
//!
//! Checksums are not looked at: phones and network cards offload them, so wrong ones are normal.

mod addressed;
mod defrag;
mod ip;
mod link;
pub(crate) mod places;
mod straight;
mod tunnel;

use std::net::IpAddr;

use etherparse::{IpNumber, LenSource, TcpSlice, UdpSlice};

use crate::flow::{Transport, Tunnel};
use crate::lan::{self, ArpPacket, LanMessage, LinkAddresses, Parties};
use crate::packet::{Packet, Timestamp};
use crate::weird::WeirdKind;
pub use addressed::Addressed;
pub(crate) use addressed::Addresses;
use defrag::{Defragmenter, Offer};
use link::Link;
pub use straight::Glimpse;

/// Headers that are peeled off one frame before it is given up: nested tunnels end somewhere.
const MAX_LAYERS: usize = 24;

/// Decodes frames one after the other; remembers only fragments that wait for their siblings.
#[derive(Debug, Default)]
pub struct Decoder {
    fragments: Defragmenter,
    reassembled: Vec<u8>,
}

/// What a frame turned out to hold.
#[derive(Debug)]
pub enum Decoded<'a> {
    /// A message about addresses and routers that belongs to no flow: ARP, ICMP, VRRP.
    Lan(LanMessage),
    /// Nothing that is followed further: another ICMP message, an incomplete fragment, an encrypted frame, …
    Other,
    /// A TCP segment.
    Tcp(Addressed, Segment<'a>),
    /// A UDP datagram's payload.
    Udp(Addressed, &'a [u8]),
    /// The frame contradicts itself or is not one of the kinds that are read.
    Weird(WeirdKind),
}

/// A TCP segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Sequence number of the first byte (of the SYN, if there is one).
    pub sequence: u32,
    /// Acknowledgment number; `None` without the ACK flag.
    pub acknowledgment: Option<u32>,
    /// The flags byte: FIN 0x01, SYN 0x02, RST 0x04, PSH 0x08, ACK 0x10.
    pub flags: u8,
    /// The captured payload.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire but not captured (snap length).
    pub missing: u32,
    /// Window as in the header, not scaled.
    pub window: u16,
    /// The header's options as on the wire.
    pub options: &'a [u8],
}

impl Segment<'_> {
    /// The FIN flag.
    pub const FIN: u8 = 0x01;
    /// The SYN flag.
    pub const SYN: u8 = 0x02;
    /// The RST flag.
    pub const RST: u8 = 0x04;
    /// The ACK flag.
    pub const ACK: u8 = 0x10;

    /// The flags that open and close connections; most segments have none of them.
    pub(crate) const TURNS: u8 = Self::FIN | Self::SYN | Self::RST;

    /// Whether all of these flags are set.
    #[inline]
    pub const fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }
}

/// An IP packet's payload, or a reassembled one.
struct IpPayload<'a> {
    source: IpAddr,
    destination: IpAddr,
    protocol: IpNumber,
    bytes: &'a [u8],
    /// Bytes that the IP header announces beyond `bytes`.
    missing: usize,
    ttl: u8,
}

/// Where the walk through the layers stopped.
enum Stop<'a> {
    Decoded(Decoded<'a>),
    /// The last missing fragment came: go on with these bytes.
    Reassembled {
        source: IpAddr,
        destination: IpAddr,
        protocol: IpNumber,
        bytes: Vec<u8>,
        tunnel: Option<Tunnel>,
        ttl: u8,
    },
}

/// What to read next.
enum Layer<'a> {
    Link(Link<'a>),
    Ip(&'a [u8]),
    Payload(IpPayload<'a>),
}

impl Decoder {
    /// Decodes one frame. Packets must come in the order of the capture: fragments wait for each
    /// other here.
    #[inline(always)]
    pub fn decode<'s>(&'s mut self, packet: &Packet<'s>) -> Decoded<'s> {
        self.decode_seen(packet, Glimpse::of(packet))
    }

    /// As [`Self::decode`], where the packet's [`Glimpse`] was had before.
    #[inline(always)]
    pub fn decode_seen<'s>(
        &'s mut self,
        packet: &Packet<'s>,
        glimpse: Option<Glimpse<'s>>,
    ) -> Decoded<'s> {
        match glimpse {
            Some(glimpse) => glimpse.decoded(),
            None => self.through_layers(packet),
        }
    }

    /// Decodes any frame.
    fn through_layers<'s>(&'s mut self, packet: &Packet<'s>) -> Decoded<'s> {
        let start = Layer::Link(link::open(packet.link_type, packet.data));
        let frame = packet.link_addresses();
        let stop = walk(&mut self.fragments, packet.timestamp, start, None, frame);
        let Stop::Reassembled { source, destination, protocol, bytes, tunnel, ttl } = stop else {
            let Stop::Decoded(decoded) = stop else { return Decoded::Other };
            return decoded;
        };
        self.reassembled = bytes;
        let payload =
            IpPayload { source, destination, protocol, bytes: &self.reassembled, missing: 0, ttl };
        let start = Layer::Payload(payload);
        match walk(&mut self.fragments, packet.timestamp, start, tunnel, frame) {
            Stop::Decoded(decoded) => decoded,
            // Fragments of a tunnel whose own packets are fragments: once is enough.
            Stop::Reassembled { .. } => Decoded::Other,
        }
    }
}

/// Peels layer after layer.
fn walk<'a>(
    fragments: &mut Defragmenter,
    now: Timestamp,
    start: Layer<'a>,
    mut tunnel: Option<Tunnel>,
    frame: Option<LinkAddresses>,
) -> Stop<'a> {
    let mut layer = start;
    for _ in 0..MAX_LAYERS {
        layer = match layer {
            Layer::Link(Link::Ip(bytes)) => Layer::Ip(bytes),
            Layer::Link(Link::Arp(bytes)) => {
                let arp = ArpPacket::parse(bytes, frame.filter(|_| tunnel.is_none()));
                let decoded = arp.map_or(Decoded::Other, |arp| Decoded::Lan(LanMessage::Arp(arp)));
                return Stop::Decoded(decoded);
            }
            Layer::Link(Link::Other) => return Stop::Decoded(Decoded::Other),
            Layer::Link(Link::Weird(kind)) => return Stop::Decoded(Decoded::Weird(kind)),
            Layer::Ip(bytes) => {
                let Some(packet) = ip::parse(bytes) else {
                    return Stop::Decoded(Decoded::Weird(WeirdKind::PacketMalformed));
                };
                match packet.fragment {
                    None => Layer::Payload(packet.payload),
                    Some(fragment) => {
                        let payload = packet.payload;
                        let (source, destination) = (payload.source, payload.destination);
                        let ttl = payload.ttl;
                        return match fragments.offer(now, &payload, fragment) {
                            Offer::Complete { protocol, bytes } => Stop::Reassembled {
                                source,
                                destination,
                                protocol,
                                bytes,
                                tunnel,
                                ttl,
                            },
                            Offer::Waiting => Stop::Decoded(Decoded::Other),
                            Offer::Weird(kind) => Stop::Decoded(Decoded::Weird(kind)),
                        };
                    }
                }
            }
            Layer::Payload(payload) => match tunnel::inside(&payload) {
                Some((kind, inner)) => {
                    tunnel = tunnel.or(Some(kind));
                    inner
                }
                None => return Stop::Decoded(transport(&payload, tunnel, frame)),
            },
        };
    }
    Stop::Decoded(Decoded::Weird(WeirdKind::PacketMalformed))
}

/// Reads the TCP or UDP header, or a message about the link.
fn transport<'a>(
    payload: &IpPayload<'a>,
    tunnel: Option<Tunnel>,
    frame: Option<LinkAddresses>,
) -> Decoded<'a> {
    let addressed = |from, to, transport| {
        let addresses = Addresses::of(payload.source, payload.destination);
        addresses.with((from, to), transport, tunnel, payload.ttl)
    };
    match payload.protocol {
        IpNumber::TCP => {
            let Ok(tcp) = TcpSlice::from_slice(payload.bytes) else {
                return Decoded::Weird(WeirdKind::PacketMalformed);
            };
            let segment = Segment {
                sequence: tcp.sequence_number(),
                acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
                flags: tcp.header_slice().get(13).copied().unwrap_or(0),
                payload: payload_of(payload.bytes, tcp.header_slice().len()),
                missing: u32::try_from(payload.missing).unwrap_or(0),
                window: tcp.window_size(),
                options: payload.bytes.get(20..tcp.header_slice().len()).unwrap_or_default(),
            };
            Decoded::Tcp(
                addressed(tcp.source_port(), tcp.destination_port(), Transport::Tcp),
                segment,
            )
        }
        IpNumber::UDP => {
            let Ok(udp) = UdpSlice::from_slice_lax(payload.bytes) else {
                return Decoded::Weird(WeirdKind::PacketMalformed);
            };
            let data = payload_of(payload.bytes, udp.header_slice().len());
            let announced = usize::from(udp.length()).saturating_sub(8);
            let data = match udp.payload_len_source() {
                LenSource::Slice => data,
                _ => data.get(..announced).unwrap_or(data),
            };
            Decoded::Udp(addressed(udp.source_port(), udp.destination_port(), Transport::Udp), data)
        }
        other => {
            let parties = Parties {
                source: payload.source,
                destination: payload.destination,
                frame: frame.filter(|_| tunnel.is_none()),
            };
            lan::ip_payload(other.0, payload.ttl, parties, payload.bytes)
                .map_or(Decoded::Other, Decoded::Lan)
        }
    }
}

/// What follows a header of this length.
fn payload_of(bytes: &[u8], header: usize) -> &[u8] {
    bytes.get(header..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
