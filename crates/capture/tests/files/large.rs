//! Captures larger than a block, and packets larger than one.

use std::io::{Cursor, Write};

use capture::file::BLOCK_SIZE;
use capture::{Block, FileOptions, Fill, Source, open};

use crate::made::{
    Got, ORDERS, Order, block, drain, enhanced, interface, pcap_header, read, section,
};

/// Packets of many sizes, about four blocks of them.
fn packets() -> Vec<Vec<u8>> {
    (0_u32..4_000).map(|i| vec![i as u8; (i as usize * 7_919) % 2_049]).collect()
}

fn check(got: &[Got], expected: &[Vec<u8>]) {
    assert_eq!(got.len(), expected.len());
    for ((got, data), number) in got.iter().zip(expected).zip(1..) {
        assert_eq!(got.number, number);
        assert!(got.data == *data, "packet {number}");
    }
}

#[test]
fn packets_that_lie_across_blocks_are_whole() {
    let packets = packets();
    for order in ORDERS {
        let mut pcap = pcap_header(order, 0xa1b2_c3d4, (2, 4), 1);
        let mut pcapng = [section(order), interface(order, 1, 0, &[])].concat();
        for data in &packets {
            let length = data.len() as u32;
            pcap.extend(order.words(&[1, 1, length, length]));
            pcap.extend(data);
            pcapng.extend(enhanced(order, 0, 1, data));
        }
        for bytes in [pcap, pcapng] {
            assert!(bytes.len() > 3 * BLOCK_SIZE);
            let reading = read(&bytes);
            assert_eq!(reading.error(), "");
            check(&reading.packets, &packets);
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let source = open(file.path(), &FileOptions::default()).unwrap();
            let reading = drain(source);
            assert_eq!(reading.error(), "");
            check(&reading.packets, &packets);
            let status = reading.source.status();
            assert_eq!(status.bytes_read, bytes.len() as u64);
            assert_eq!(status.bytes_total, Some(bytes.len() as u64));
        }
    }
}

#[test]
fn a_block_grows_for_one_packet_and_gives_the_memory_back() {
    let large = vec![9; 5 * BLOCK_SIZE];
    let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, (2, 4), 249);
    for data in [b"a", &large[..], b"b"] {
        let length = data.len() as u32;
        bytes.extend(Order::Little.words(&[1, 1, length, length]));
        bytes.extend(data);
    }
    bytes.extend(Order::Little.words(&[1, 1, 0, 0]).repeat(BLOCK_SIZE / 8));
    let mut source =
        capture::FileSource::from_reader("x", Cursor::new(bytes), &FileOptions::default()).unwrap();
    let (mut lengths, mut sizes) = (Vec::new(), Vec::new());
    let mut block = Block::default();
    loop {
        let filled = source.fill(&mut block).unwrap();
        lengths.extend(block.packets().map(|packet| packet.data.len()).filter(|l| *l > 0));
        sizes.push(block.bytes.len());
        if filled == Fill::End {
            break;
        }
    }
    assert_eq!(lengths, [1, large.len(), 1]);
    assert!(sizes.iter().any(|size| *size >= large.len()));
    assert!(sizes.iter().all(|size| *size <= 4 * large.len()), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&BLOCK_SIZE));
}

#[test]
fn a_length_alone_allocates_nothing() {
    let claims = Order::Little.words(&[1, 1, 128 << 20, 128 << 20]);
    let pcap = [pcap_header(Order::Little, 0xa1b2_c3d4, (2, 4), 249), claims].concat();
    let secrets = Order::Little.words(&[10, 60 << 20, 1, 1]);
    let pcapng = [section(Order::Little), secrets].concat();
    for bytes in [pcap, pcapng] {
        let mut source =
            capture::FileSource::from_reader("x", Cursor::new(bytes), &FileOptions::default())
                .unwrap();
        let mut block = Block::default();
        assert!(source.fill(&mut block).unwrap_err().is_truncation());
        assert_eq!(block.bytes.len(), BLOCK_SIZE);
    }
}

#[test]
fn secrets_larger_than_a_block_are_kept() {
    let log = vec![b'k'; 2 * BLOCK_SIZE];
    let body = [&Order::Big.words(&[1, log.len() as u32])[..], &log].concat();
    let bytes = [
        section(Order::Big),
        block(Order::Big, 10, &body),
        interface(Order::Big, 1, 0, &[]),
        enhanced(Order::Big, 0, 1, b"a"),
    ]
    .concat();
    let reading = read(&bytes);
    assert_eq!((reading.packets.len(), reading.error()), (1, String::new()));
    assert_eq!(reading.source.secrets()[0].data.len(), log.len());
}
