//! pcapng capture files.

use capture::{CustomBlock, Secrets, Source};

use crate::made::{ORDERS, Order, block, enhanced, interface, read, section};

const LITTLE: Order = Order::Little;

#[test]
fn interfaces_with_their_own_link_types_and_clocks() {
    for order in ORDERS {
        let nanoseconds = [&order.u16(9)[..], &order.u16(1), &[9, 0, 0, 0]].concat();
        let bytes = [
            section(order),
            interface(order, 1, 0, &[]),
            interface(order, 113, 0, &nanoseconds),
            enhanced(order, 1, 5_000_000_001, b"sll"),
            enhanced(order, 0, 5_000_001, b"ether"),
        ]
        .concat();
        let reading = read(&bytes);
        assert_eq!(reading.error(), "");
        assert_eq!(reading.data(), [&b"sll"[..], b"ether"]);
        let facts: Vec<_> =
            reading.packets.iter().map(|p| (p.number, p.link, p.interface, p.nanos)).collect();
        assert_eq!(facts, [(1, 113, 1, 5_000_000_001), (2, 1, 0, 5_000_001_000)]);
        assert_eq!(reading.packets[1].original, 15);
        let link_types: Vec<_> = reading.source.status().link_types.iter().map(|l| l.0).collect();
        assert_eq!(link_types, [1, 113]);
    }
}

#[test]
fn every_section_has_its_own_interfaces_and_byte_order() {
    let sections = [Order::Big, Order::Little, Order::Big].map(|order| {
        [section(order), interface(order, 1, 0, &[]), enhanced(order, 0, 1, b"abc")].concat()
    });
    let reading = read(&sections.concat());
    assert_eq!((reading.packets.len(), reading.error()), (3, String::new()));
    let stale = [sections[0].clone(), section(LITTLE), enhanced(LITTLE, 0, 1, b"abc")].concat();
    let reading = read(&stale);
    assert_eq!(reading.packets.len(), 1);
    let error = reading.error();
    assert!(error.ends_with("names interface 0, but its section describes only 0"), "{error}");
}

#[test]
fn an_unknown_interface_is_named() {
    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    let bytes = [&start[..], &enhanced(LITTLE, 0, 1, b"a"), &enhanced(LITTLE, 4, 1, b"b")].concat();
    let reading = read(&bytes);
    assert_eq!(reading.data(), [b"a"]);
    assert_eq!(
        reading.error(),
        "x: packet 2 at byte 84 names interface 4, but its section describes only 1"
    );
    assert!(!reading.error.unwrap().is_truncation());
}

#[test]
fn a_simple_packet_is_cut_by_the_snap_length_and_takes_the_time_before_it() {
    for (snap_length, original, captured) in [(0, 6, 6), (4, 6, 4), (100, 6, 6), (0, 90, 8)] {
        for order in ORDERS {
            let mut simple = order.u32(original).to_vec();
            simple.extend(&b"abcdef\0\0"[..]);
            let bytes = [
                section(order),
                interface(order, 1, snap_length, &[]),
                enhanced(order, 0, 77, b"x"),
                block(order, 3, &simple),
            ]
            .concat();
            let reading = read(&bytes);
            assert_eq!(reading.error(), "");
            let packet = &reading.packets[1];
            assert_eq!((packet.data.len(), packet.original), (captured, original));
            assert_eq!(packet.nanos, 77_000);
        }
    }
}

#[test]
fn the_obsolete_packet_block_is_read() {
    for order in ORDERS {
        let mut packet = [order.u16(1), order.u16(0xffff)].concat();
        packet.extend(order.words(&[0, 9, 3, 30]));
        packet.extend(b"abc\0");
        packet.extend([0; 4]);
        let bytes = [
            section(order),
            interface(order, 1, 0, &[]),
            interface(order, 101, 0, &[]),
            block(order, 2, &packet),
        ]
        .concat();
        let reading = read(&bytes);
        assert_eq!(reading.data(), [b"abc"]);
        let packet = &reading.packets[0];
        assert_eq!(
            (packet.interface, packet.link, packet.nanos, packet.original),
            (1, 101, 9_000, 30)
        );
    }
}

#[test]
fn secrets_and_custom_blocks_are_kept_with_their_place() {
    for order in ORDERS {
        let secrets = [&order.words(&[Secrets::TLS_KEY_LOG, 5])[..], b"CLIEN\0\0\0", &[0; 4]];
        let custom = |kind| block(order, kind, &[&order.u32(32_473)[..], b"their"].concat());
        let bytes = [
            section(order),
            custom(0x0bad),
            interface(order, 1, 0, &[]),
            enhanced(order, 0, 1, b"a"),
            block(order, 10, &secrets.concat()),
            enhanced(order, 0, 1, b"b"),
            custom(0x4000_0bad),
        ]
        .concat();
        let reading = read(&bytes);
        assert_eq!((reading.packets.len(), reading.error()), (2, String::new()));
        let kept = Secrets { kind: 0x544c_534b, data: b"CLIEN".to_vec(), after_packet: 1 };
        assert_eq!(reading.source.secrets(), [kept]);
        let custom = |after_packet| CustomBlock {
            enterprise: 32_473,
            data: b"their\0\0\0".to_vec(),
            after_packet,
        };
        assert_eq!(reading.source.custom_blocks(), [custom(0), custom(2)]);
    }
}

#[test]
fn other_blocks_are_skipped_however_long() {
    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    for length in [0, 5, 3 << 20] {
        for kind in [4, 5, 9, 0x0bad_cafe] {
            let other = block(LITTLE, kind, &vec![0xff; length]);
            let bytes = [&start[..], &other, &enhanced(LITTLE, 0, 1, b"a"), &other].concat();
            let reading = read(&bytes);
            assert_eq!((reading.data(), reading.error()), (vec![&b"a"[..]], String::new()));
        }
    }
}

#[test]
fn names_of_interfaces_are_told() {
    let name = [&LITTLE.u16(2)[..], &LITTLE.u16(5), b"wlan0\0\0\0"].concat();
    let reading = read(&[section(LITTLE), interface(LITTLE, 1, 96, &name)].concat());
    let [interface] = reading.source.interfaces() else { panic!("one interface") };
    assert_eq!(interface.name.as_deref(), Some("wlan0"));
    assert_eq!((interface.link_type.0, interface.snap_length), (1, 96));
}

#[test]
fn a_length_that_forgets_the_padding_is_understood() {
    let mut packet = enhanced(LITTLE, 0, 1, b"abc");
    let end = packet.len() - 4;
    let unpadded = LITTLE.u32(packet.len() as u32 - 1);
    packet[4..8].copy_from_slice(&unpadded);
    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    for trailer in [unpadded, LITTLE.u32(packet.len() as u32)] {
        packet[end..].copy_from_slice(&trailer);
        let reading = read(&[&start[..], &packet, &packet].concat());
        assert_eq!((reading.data(), reading.error()), (vec![&b"abc"[..]; 2], String::new()));
    }
}

#[test]
fn blocks_that_contradict_themselves_are_refused() {
    let good = enhanced(LITTLE, 0, 1, b"abcd");
    let with = |at: usize, value: u32| {
        let mut bad = good.clone();
        bad[at..at + 4].copy_from_slice(&LITTLE.u32(value));
        bad
    };
    let length = good.len();
    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[]), good.clone()].concat();
    let later_section = [section(LITTLE), vec![]].concat();
    let mut bad_magic = later_section.clone();
    bad_magic[8] = 0;
    let mut bad_version = later_section;
    bad_version[12] = 2;
    for (bad, text) in [
        (with(4, 11), "packet 2 at byte 84 is malformed: 11 bytes; such a block has at least 12"),
        (with(4, 28), "packet 2 at byte 84 is malformed: 28 bytes; such a block has at least 32"),
        (with(4, u32::MAX), "packet 2 at byte 84 claims 4294967295 bytes; the limit is 135267328"),
        (with(20, 5), "packet 2 at byte 84 is malformed: 5 bytes of data in a block of 36 bytes"),
        (with(20, 262_145), "packet 2 at byte 84 claims 262145 bytes; the limit is 262144"),
        (
            with(length - 4, 40),
            "packet 2 at byte 84 is malformed: its length is 36 at the beginning and 40 at the end",
        ),
        (
            block(LITTLE, 10, &LITTLE.words(&[1, 9, 0])),
            "block 0x0000000a before packet 2 at byte 84 is malformed: 9 bytes of data in a block \
             of 24 bytes",
        ),
        (
            bad_magic,
            "block 0x0a0d0d0a before packet 2 at byte 84 is malformed: byte-order magic 0x1a2b3c00",
        ),
        (
            bad_version,
            "block 0x0a0d0d0a before packet 2 at byte 84 has pcapng version 2.0, which is not \
             supported",
        ),
        (
            block(LITTLE, 5, &[])[..8].iter().copied().chain([0; 4]).collect(),
            "block 0x00000005 before packet 2 at byte 84 is malformed: its length is 12 at the \
             beginning and 0 at the end",
        ),
    ] {
        let reading = read(&[&start[..], &bad, &good].concat());
        assert_eq!(reading.data(), [b"abcd"], "{text}");
        assert_eq!(reading.error(), format!("x: {text}"));
    }
}
