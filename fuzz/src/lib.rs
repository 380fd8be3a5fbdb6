//! The line from packets to findings on one thread, for the target `packet`: what the engine's
//! workers do, without threads.
//!
//! An input is one byte that chooses the link type, then packets until it ends:
//!
//! ```text
//! link | step  length(2, little endian)  bytes[length] | step  length …
//! ```
//!
//! `step` moves the capture's clock: up to 127 tenths of a second forward, from 128 on one minute
//! and more, from 248 on to one of [`EXTREMES`]. A length beyond the end takes what is left. `seeds.py` writes this form.

use detect::{Detection, Settings};
use dissect::{Decoder, Dissector, Known, LinkType, Packet, Record, Timestamp};

/// Link types an input can choose from, by its first byte. `seeds.py` has the same list.
pub const LINK_TYPES: [LinkType; 17] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::PPP_ETHER,
    LinkType::C_HDLC,
    LinkType::IEEE802_11,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::PPI,
    LinkType::PKTAP,
    LinkType::RAW_BSD,
];

/// Capture times that only a hostile file has, in nanoseconds.
const EXTREMES: [i64; 8] =
    [i64::MIN, i64::MIN + 1, -1_000_000_000, -1, 0, 1, i64::MAX - 1, i64::MAX];

/// Cuts an input into packets.
pub fn packets(input: &[u8]) -> Vec<Packet<'_>> {
    let Some((first, mut rest)) = input.split_first() else { return Vec::new() };
    let link_type = LINK_TYPES[usize::from(*first) % LINK_TYPES.len()];
    let (mut packets, mut nanos) = (Vec::new(), 1_700_000_000_000_000_000_i64);
    while let [step, low, high, bytes @ ..] = rest {
        let (data, after) =
            bytes.split_at(bytes.len().min(u16::from_le_bytes([*low, *high]).into()));
        nanos = match *step {
            tenths @ 0..128 => nanos.saturating_add(i64::from(tenths) * 100_000_000),
            minutes @ 128..248 => nanos.saturating_add(i64::from(minutes - 127) * 60_000_000_000),
            extreme => EXTREMES[usize::from(extreme - 248)],
        };
        packets.push(Packet {
            number: packets.len() as u64 + 1,
            timestamp: Timestamp::from_nanos(nanos),
            link_type,
            data,
            original_length: data.len() as u32,
            interface: 0,
        });
        rest = after;
    }
    packets
}

/// Takes packets all the way to the ledger of findings.
pub fn run(packets: &[Packet<'_>]) {
    let mut detection = Detection::new(Settings::default());
    for record in records(packets) {
        detection.observe(&record);
    }
}

/// What one dissector says of the packets.
fn records(packets: &[Packet<'_>]) -> Vec<Record> {
    let (mut decoder, mut dissector) = (Decoder::default(), Dissector::default());
    let (mut known, mut records) = (Known::default(), Vec::new());
    for packet in packets {
        dissector.advance(packet.timestamp, packet.number, &mut known, &mut records);
        let decoded = decoder.decode(packet);
        // Flows that are only counted from here on come this way, too: the engine's short cut for
        // them has tests of its own.
        let _ = dissector.packet(packet, &decoded, &mut known, &mut records);
    }
    dissector.finish(&mut known, &mut records);
    records
}
