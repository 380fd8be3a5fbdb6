//! Outlines of the captures' packets, whole and damaged: no panic, ranges within the packet, and of
//! whole packets every byte belongs to a layer.

use dissect::outline::{Layer, outline};

use crate::SEEDS;
use crate::captures::{Frame, cases, packets};
use crate::damage::{DAMAGES, Dice};

#[test]
fn every_byte_of_a_whole_packet_is_said() {
    for case in cases() {
        for packet in packets(&case.frames) {
            let layers = outline(&packet);
            let mut end = 0;
            for layer in &layers {
                assert!(layer.range.start <= end, "{}, {}: {layers:?}", case.name, packet.number);
                end = end.max(layer.range.end);
            }
            assert_eq!(end, packet.data.len(), "{}, {}: {layers:?}", case.name, packet.number);
        }
    }
}

#[test]
fn hellos_of_the_captures_are_named() {
    let all: Vec<Frame> = cases().into_iter().flat_map(|case| case.frames).collect();
    let names: Vec<String> =
        packets(&all).flat_map(|packet| outline(&packet)).map(|layer| layer.name).collect();
    for name in [
        "Ethernet",
        "IPv4",
        "TCP",
        "UDP",
        "TLS record",
        "ClientHello",
        "ServerHello",
        "Certificate",
        "QUIC Initial",
        "DNS answer",
        "HTTP request",
        "ARP",
        "DHCP",
    ] {
        assert!(names.iter().any(|found| found == name), "no {name}");
    }
}

#[test]
fn outlines_of_damaged_packets_stay_within_them() {
    for case in cases() {
        for (name, damage) in DAMAGES {
            for seed in 0..SEEDS / 8 {
                let mut frames = case.frames.clone();
                damage(&mut frames, &mut Dice(seed));
                for packet in packets(&frames) {
                    let outline = std::panic::catch_unwind(|| outline(&packet));
                    let is_good = outline.is_ok_and(|layers| {
                        layers.iter().all(|layer| is_within(layer, packet.data.len()))
                    });
                    assert!(is_good, "{}, {name}, seed {seed}, {}", case.name, packet.number);
                }
            }
        }
    }
}

fn is_within(layer: &Layer, length: usize) -> bool {
    let (start, end) = (layer.range.start, layer.range.end);
    let is_field = |range: &std::ops::Range<usize>| {
        start <= range.start && range.start <= range.end && range.end <= end
    };
    start <= end && end <= length && layer.fields.iter().all(|field| is_field(&field.range))
}
