//! The shortest way: a packet of a flow that is only counted costs one look-up and its counters.
//!
//! Most packets of a large capture are of flows whose handshake is over. [`Shunt`] knows some of them by
//! what their packets look like, so that neither a key is built for these nor a table searched.

use super::expiry::Slot;
use crate::decode::{Addresses, Glimpse, Segment};
use crate::dissector::Dissector;
use crate::flow::Transport;
use crate::packet::Packet;

/// Places; a power of two. Two flows that share one take turns, and go the long way meanwhile.
const PLACES: usize = 1 << PLACES_BITS;
const PLACES_BITS: u32 = 10;

/// Where flows are that are only counted, by addresses and ports.
#[derive(Debug)]
pub struct Shunt {
    places: Vec<Option<Place>>,
    /// For each place, some bits of what is there: together they fit the first-level cache, and tell
    /// most packets of other flows.
    tags: Vec<u16>,
}

/// One direction of a flow.
#[derive(Clone, Copy, Debug)]
struct Place {
    addresses: Addresses,
    ports: (u16, u16),
    transport: Transport,
    /// Index of the dissector that has it.
    dissector: u8,
    counted: Counted,
}

/// A flow of a dissector that is only counted, and the endpoint that sent a packet of it.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub(crate) slot: Slot,
    /// Number of the flow's first packet: another flow may have the slot meanwhile.
    pub(crate) generation: u64,
    pub(crate) from_low: bool,
}

impl Default for Shunt {
    fn default() -> Self {
        Self { places: vec![None; PLACES], tags: vec![0; PLACES] }
    }
}

impl Shunt {
    /// Counts a packet, if that is all there is to do with it. `false`: it must go the long way.
    #[inline]
    pub fn count(
        &self,
        glimpse: &Glimpse<'_>,
        packet: &Packet<'_>,
        dissectors: &mut [Dissector],
    ) -> bool {
        let (at, tag) = place_of(glimpse);
        if self.tags.get(at) != Some(&tag) {
            return false;
        }
        let Some(Some(place)) = self.places.get(at) else { return false };
        if place.addresses != glimpse.addresses
            || place.ports != glimpse.ports
            || place.transport != glimpse.transport
            || glimpse.tcp_flags & Segment::TURNS != 0
        {
            return false;
        }
        let dissector = dissectors.get_mut(usize::from(place.dissector));
        dissector.is_some_and(|it| it.count(&place.counted, packet, glimpse.tcp_flags))
    }

    /// The flow of this packet is only counted from here on.
    pub fn add(&mut self, glimpse: &Glimpse<'_>, dissector: u8, counted: Counted) {
        let Glimpse { addresses, ports, transport, .. } = *glimpse;
        let (at, its_tag) = place_of(glimpse);
        if let (Some(place), Some(tag)) = (self.places.get_mut(at), self.tags.get_mut(at)) {
            *place = Some(Place { addresses, ports, transport, dissector, counted });
            *tag = its_tag;
        }
    }
}

/// A packet's place and tag. Addresses that were crafted to meet here only take the long way.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "some bits are all that is wanted")]
fn place_of(glimpse: &Glimpse<'_>) -> (usize, u16) {
    let Addresses { source, destination, .. } = glimpse.addresses;
    let (from, to) = glimpse.ports;
    let ports = u64::from(from) << 16 | u64::from(to);
    let mixed = fold(source) ^ fold(destination).rotate_left(32) ^ ports.rotate_left(16);
    let spread = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((spread >> (u64::BITS - PLACES_BITS)) as usize, (spread >> 32) as u16)
}

/// Both halves of an address.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the upper half is in what is left")]
const fn fold(address: u128) -> u64 {
    (address ^ (address >> 64)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::known::Known;
    use crate::packet::{LinkType, Timestamp};
    use crate::record::Record;

    const UDP: u8 = 17;
    const TCP: u8 = 6;

    /// A raw IPv4 packet between ports of these two hosts, with this transport header and payload.
    fn ip(protocol: u8, (from, to): (u8, u8), header: &[u8], payload: &[u8]) -> Vec<u8> {
        let head = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
        let mut packet = [&head[..], &[10, 0, 0, from], &[10, 0, 0, to], header, payload].concat();
        let length = u16::try_from(packet.len()).unwrap();
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        packet
    }

    fn datagram(ends: (u8, u8), payload: &[u8]) -> Vec<u8> {
        let mut header = [0x9c, 0x40, 0x9c, 0x41, 0, 0, 0, 0];
        let length = u16::try_from(header.len().saturating_add(payload.len())).unwrap();
        header[4..6].copy_from_slice(&length.to_be_bytes());
        ip(UDP, ends, &header, payload)
    }

    fn segment(ends: (u8, u8), sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
        let header = [&[0x9c, 0x40, 0x1f, 0x90][..], &sequence.to_be_bytes(), &[0; 4]].concat();
        ip(TCP, ends, &[&header[..], &[0x50, flags, 1, 0, 0, 0, 0, 0]].concat(), payload)
    }

    /// The records of these packets, and how many of them took the shortest way.
    fn read(packets: &[Vec<u8>], mut shunt: Option<Shunt>) -> (Vec<Record>, u64) {
        let (mut decoder, mut known) = (Decoder::default(), Known::default());
        let mut dissectors = [Dissector::default()];
        let (mut records, mut shunted) = (Vec::new(), 0_u64);
        for (number, data) in (1..).zip(packets) {
            let packet = Packet {
                number,
                timestamp: Timestamp::from_secs(number.cast_signed() / 100),
                link_type: LinkType::RAW,
                data,
                original_length: u32::try_from(data.len()).unwrap(),
                interface: 0,
            };
            let glimpse = Glimpse::of(&packet).unwrap();
            if shunt.as_ref().is_some_and(|it| it.count(&glimpse, &packet, &mut dissectors)) {
                shunted = shunted.saturating_add(1);
                continue;
            }
            let decoded = decoder.decode(&packet);
            let [dissector] = &mut dissectors;
            let counted = dissector.packet(&packet, &decoded, &mut known, &mut records);
            if let (Some(shunt), Some(counted)) = (&mut shunt, counted) {
                shunt.add(&glimpse, 0, counted);
            }
        }
        dissectors[0].finish(&mut known, &mut records);
        (records, shunted)
    }

    #[test]
    fn what_is_shunted_is_counted_as_on_the_long_way() {
        let mut packets = Vec::new();
        let noise = [0x17; 1000];
        // Two flows at a time, in both directions; the TCP one is closed in the middle and opened anew.
        for opened in [0, 500_000_u32] {
            packets.push(segment((1, 2), opened, Segment::SYN, &[]));
            for turn in 0..200_u32 {
                let sequence = opened + 1 + turn * 1000;
                packets.push(segment((1, 2), sequence, Segment::ACK, &noise));
                packets.push(datagram((3, 4), &noise));
                packets.push(datagram((4, 3), &noise[..10]));
            }
            packets.push(segment((2, 1), 0, Segment::RST | Segment::ACK, &[]));
        }
        let (long, none) = read(&packets, None);
        let (short, shunted) = read(&packets, Some(Shunt::default()));
        assert_eq!(none, 0);
        assert!(shunted > 600, "{shunted} of {}", packets.len());
        assert_eq!(format!("{short:?}"), format!("{long:?}"));
    }
}
