//! Filters, counts and digests.

use std::io::Write;

use capture::{FileOptions, Filter, Source, open};

use crate::made::{Order, drain, enhanced, interface, pcap, read_with, section};

/// An Ethernet frame of this EtherType.
fn frame(kind: u16) -> Vec<u8> {
    [&[0; 12][..], &kind.to_be_bytes(), &[0; 46]].concat()
}

fn filtered(bytes: &[u8], expression: &str, count: Option<u64>) -> (Vec<u64>, String) {
    let filter = Some(Filter::new(expression)).filter(|filter| !filter.expression().is_empty());
    let options = FileOptions { filter, count, digest: false };
    match read_with(bytes, &options) {
        Ok(reading) => (reading.packets.iter().map(|p| p.number).collect(), reading.error()),
        Err(error) => (Vec::new(), error.to_string()),
    }
}

#[test]
fn packets_keep_their_numbers() {
    let (arp, other) = (frame(0x0806), frame(0x88b5));
    let bytes = pcap(Order::Little, &[&other, &arp, &other, &arp, &arp, &other]);
    for (expression, count, numbers) in [
        ("", None, vec![1, 2, 3, 4, 5, 6]),
        ("arp", None, vec![2, 4, 5]),
        ("not arp", None, vec![1, 3, 6]),
        ("ip", None, vec![]),
        ("", Some(2), vec![1, 2]),
        ("arp", Some(2), vec![2, 4]),
        ("arp", Some(9), vec![2, 4, 5]),
        ("", Some(0), vec![]),
    ] {
        assert_eq!(filtered(&bytes, expression, count), (numbers, String::new()), "{expression}");
    }
}

#[test]
fn every_link_type_has_its_own_program() {
    let order = Order::Big;
    let arp = frame(0x0806);
    let ip =
        [&[0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0][..], &[10, 0, 0, 1, 10, 0, 0, 2]].concat();
    let bytes = [
        section(order),
        interface(order, 1, 0, &[]),
        interface(order, 101, 0, &[]),
        enhanced(order, 0, 1, &arp),
        enhanced(order, 1, 1, &ip),
        enhanced(order, 0, 1, &[&frame(0x0800)[..14], &ip].concat()),
    ]
    .concat();
    for (expression, numbers) in [
        ("ip", vec![2, 3]),
        ("src 10.0.0.1", vec![2, 3]),
        ("arp", vec![1]),
        ("dst 10.0.0.1", vec![]),
    ] {
        assert_eq!(filtered(&bytes, expression, None), (numbers, String::new()));
    }
    let (numbers, error) = filtered(&bytes, "ether src 0:0:0:0:0:0", None);
    assert_eq!(numbers, [1]);
    assert!(error.starts_with("filter 'ether src 0:0:0:0:0:0' for link type RAW: "), "{error}");
}

#[test]
fn a_mistake_in_a_filter_is_told_on_opening() {
    let bytes = pcap(Order::Little, &[&frame(0x0806)]);
    for expression in ["prot", "port port", "(arp"] {
        let options =
            FileOptions { filter: Some(Filter::new(expression)), ..FileOptions::default() };
        let error = read_with(&bytes, &options).err().unwrap().to_string();
        assert!(error.starts_with(&format!("filter '{expression}' for link type ETHERNET: ")));
    }
}

#[test]
fn enough_packets_before_a_break_are_no_error() {
    let bytes = pcap(Order::Little, &[b"one", b"two", b"three"]);
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(filtered(cut, "", Some(2)), (vec![1, 2], String::new()));
    assert!(filtered(cut, "", Some(3)).1.contains("packet 3"));
    assert!(filtered(cut, "", None).1.contains("packet 3"));
}

#[test]
fn the_digest_is_of_the_file_as_it_lies_on_disk() {
    let bytes = pcap(Order::Little, &[b"one", b"two", b"three"]);
    let digest = |bytes: &[u8]| {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        <[u8; 32]>::try_from(digest.as_ref()).unwrap()
    };
    let zstd = zstd::encode_all(&bytes[..], 1).unwrap();
    for (bytes, count) in
        [(&bytes[..], None), (&bytes, Some(1)), (&bytes[..50], None), (&zstd, None)]
    {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        for wanted in [true, false] {
            let options = FileOptions { digest: wanted, count, ..FileOptions::default() };
            let reading = drain(open(file.path(), &options).unwrap());
            assert_eq!(reading.source.status().sha256, wanted.then(|| digest(bytes)));
        }
    }
}
