//! Compressed captures: gzip and Zstandard, whole and cut.

use std::io::{Cursor, Write};

use capture::{FileOptions, Source, open};
use flate2::write::GzEncoder;

use crate::made::{Order, enhanced, interface, pcap, read, read_with, section};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(Cursor::new(bytes), 1).unwrap()
}

fn captures() -> [Vec<u8>; 2] {
    let order = Order::Little;
    let start = [section(order), interface(order, 1, 0, &[])].concat();
    let packets = (0..50).map(|i| enhanced(order, 0, i, &[i as u8; 40])).collect::<Vec<_>>();
    let pcapng = [start, packets.concat()].concat();
    let data: Vec<_> = (0..50).map(|i| vec![i; 40]).collect();
    let data: Vec<_> = data.iter().map(Vec::as_slice).collect();
    [pcap(order, &data), pcapng]
}

#[test]
fn told_by_magic_number_in_one_or_two_layers() {
    for plain in captures() {
        let (one, two) = plain.split_at(plain.len() / 2);
        for compressed in [
            gzip(&plain),
            zstd(&plain),
            [gzip(one), gzip(two)].concat(),
            [zstd(one), zstd(two)].concat(),
            [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &zstd(&plain)].concat(),
            gzip(&zstd(&plain)),
            zstd(&gzip(&plain)),
        ] {
            let reading = read(&compressed);
            assert_eq!(reading.error(), "");
            assert_eq!(reading.packets, read(&plain).packets);
        }
    }
}

#[test]
fn the_name_says_nothing() {
    for (suffix, bytes) in [(".pcap", gzip(&captures()[0])), (".gz", captures()[1].clone())] {
        let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let reading = crate::made::drain(open(file.path(), &FileOptions::default()).unwrap());
        assert_eq!((reading.packets.len(), reading.error()), (50, String::new()));
        assert_eq!(reading.source.status().bytes_read, bytes.len() as u64);
    }
}

#[test]
fn a_third_layer_is_refused() {
    let nest = gzip(&zstd(&gzip(&captures()[0])));
    let error = read_with(&nest, &FileOptions::default()).err().unwrap();
    assert_eq!(error.to_string(), "x: is compressed more than 2 times over");
}

#[test]
fn cut_compressed_data_gives_what_is_there_and_is_a_truncation() {
    for plain in captures() {
        let whole = read(&plain);
        for (name, compressed) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain))] {
            for length in 4..compressed.len() {
                let result = read_with(&compressed[..length], &FileOptions::default());
                let (packets, error) = match result {
                    Ok(reading) => (reading.packets, reading.error.unwrap()),
                    Err(error) => (Vec::new(), error),
                };
                assert_eq!(packets, whole.packets[..packets.len()]);
                assert!(error.is_truncation(), "{length}: {error}");
                assert!(error.to_string().contains(&format!("the {name} data is broken")));
                let number = error.position().unwrap().packet;
                assert_eq!(number, packets.len() as u64 + 1);
            }
        }
    }
    // Only the checksum is missing: every packet is there.
    let compressed = gzip(&captures()[0]);
    assert_eq!(read(&compressed[..compressed.len() - 1]).packets.len(), 50);
}

#[test]
fn corrupt_compressed_data_is_no_truncation() {
    let plain = &captures()[0];
    for (mut compressed, at) in [(gzip(plain), 8), (zstd(plain), 12)] {
        let last = compressed.len() - at;
        compressed[last] ^= 0xff;
        let result = read_with(&compressed, &FileOptions::default());
        let error = result.map_or_else(Some, |reading| reading.error).unwrap();
        assert!(!error.is_truncation(), "{error}");
        assert!(error.to_string().contains("data is broken"), "{error}");
    }
}

#[test]
fn compressed_nothing_is_empty() {
    for compressed in [gzip(b""), zstd(b"")] {
        let error = read_with(&compressed, &FileOptions::default()).err().unwrap();
        assert_eq!(error.to_string(), "x: is empty (0 bytes), not a capture file");
    }
}
