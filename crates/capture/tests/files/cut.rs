//! Captures that end anywhere: what is there is read, and the rest is named.

use std::io::Cursor;

use capture::{Fault, FileOptions, FileSource, Part};

use crate::made::{
    ORDERS, Order, Pieces, block, drain, enhanced, interface, pcap, read_with, section,
};

/// A pcapng file with every kind of block, and the offsets at which its packets are complete.
fn pcapng(order: Order) -> (Vec<u8>, Vec<usize>) {
    let simple = [&order.u32(2)[..], b"hi"].concat();
    let secrets = [&order.words(&[1, 2])[..], b"ab\0\0"].concat();
    let mut ends = Vec::new();
    let mut bytes = Vec::new();
    for (part, is_packet) in [
        (section(order), false),
        (interface(order, 1, 0, &[]), false),
        (enhanced(order, 0, 1, b"first"), true),
        (block(order, 10, &secrets), false),
        (block(order, 0x0bad, b"1234custom"), false),
        (block(order, 3, &simple), true),
        (section(order), false),
        (interface(order, 1, 0, &[]), false),
        (block(order, 5, b"statistics"), false),
        (enhanced(order, 0, 1, b"third"), true),
        (block(order, 4, b"names"), false),
    ] {
        bytes.extend(part);
        if is_packet {
            ends.push(bytes.len());
        }
    }
    (bytes, ends)
}

/// Checks the first `length` bytes of a capture. `whole`: whether a part ends there.
fn check(bytes: &[u8], length: usize, packets: usize, whole: bool) {
    let reading = match read_with(&bytes[..length], &FileOptions::default()) {
        Ok(reading) => reading,
        Err(error) => {
            assert!(length < 24, "{length}: {error}");
            assert_eq!(error.is_truncation(), length > 0, "{error}");
            return;
        }
    };
    assert_eq!(reading.packets.len(), packets, "at {length}");
    assert_eq!(reading.error.is_none(), whole, "at {length}: {}", reading.error());
    let Some(error) = reading.error else { return };
    let position = error.position().unwrap();
    assert_eq!(position.packet, packets as u64 + 1, "at {length}: {error}");
    assert!(position.offset < length as u64, "at {length}: {error}");
    assert!(error.is_truncation(), "at {length}: {error}");
    assert!(error.to_string().contains(&format!("at byte {}", position.offset)), "{error}");
    let capture::Error::Broken { fault: Fault::Cut { present, expected }, .. } = error else {
        panic!("at {length}: {error}");
    };
    assert!(present < expected, "at {length}: {present} of {expected}");
    if position.part == Part::PacketHeader {
        assert_eq!(position.offset + present, length as u64);
    }
}

#[test]
fn a_pcap_cut_at_every_byte() {
    for order in ORDERS {
        let packets: [&[u8]; 3] = [b"one", b"", b"three"];
        let bytes = pcap(order, &packets);
        let ends = [24 + 19, 24 + 19 + 16, 24 + 19 + 16 + 21];
        assert_eq!(bytes.len(), ends[2]);
        for length in 0..=bytes.len() {
            let packets = ends.iter().filter(|end| **end <= length).count();
            check(&bytes, length, packets, length == 24 || ends.contains(&length));
        }
    }
}

#[test]
fn a_pcapng_cut_at_every_byte() {
    for order in ORDERS {
        let (bytes, ends) = pcapng(order);
        let mut starts = vec![];
        let mut at = 0;
        while at < bytes.len() {
            let field: [u8; 4] = bytes[at + 4..at + 8].try_into().unwrap();
            at += match order {
                Order::Big => u32::from_be_bytes(field),
                Order::Little => u32::from_le_bytes(field),
            } as usize;
            starts.push(at);
        }
        for length in 0..=bytes.len() {
            let packets = ends.iter().filter(|end| **end <= length).count();
            check(&bytes, length, packets, starts.contains(&length));
        }
    }
}

#[test]
fn a_stream_that_comes_in_pieces_reads_the_same() {
    for order in ORDERS {
        for bytes in [pcap(order, &[b"one", b"", b"three"]), pcapng(order).0] {
            for length in 24..=bytes.len() {
                let whole = read_with(&bytes[..length], &FileOptions::default()).unwrap();
                for size in [1, 3, 7] {
                    let pieces = Pieces(Cursor::new(bytes[..length].to_vec()), size);
                    let source =
                        FileSource::from_reader("x", pieces, &FileOptions::default()).unwrap();
                    let reading = drain(source);
                    assert_eq!(reading.packets, whole.packets);
                    assert_eq!(reading.error(), whole.error());
                }
            }
        }
    }
}

#[test]
fn the_message_says_what_is_missing() {
    let bytes = pcap(Order::Little, &[&[0; 20], &[0; 1514]]);
    for (length, text) in [
        (24 + 36 + 16 + 60, "packet 2 at byte 60 is cut off: 60 of 1514 bytes are there"),
        (24 + 36 + 7, "the header of packet 2 at byte 60 is cut off: 7 of 16 bytes are there"),
        (7, "the file header at byte 0 is cut off: 7 of 24 bytes are there"),
        (3, "the file header at byte 0 is cut off: 3 of 24 bytes are there"),
    ] {
        let error = match read_with(&bytes[..length], &FileOptions::default()) {
            Ok(reading) => reading.error(),
            Err(error) => error.to_string(),
        };
        assert_eq!(error, format!("x: {text}"));
    }
}
