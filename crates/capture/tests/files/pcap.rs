//! Classic capture files.

use crate::made::{ORDERS, Order, pcap, pcap_header, read};

const SECOND: i64 = 1_000_000_000;

#[test]
fn every_magic_in_both_byte_orders() {
    for order in ORDERS {
        for (magic, nanos, extra) in [
            (0xa1b2_c3d4, 7 * SECOND + 5_000, 0),
            (0xa1b2_3c4d, 7 * SECOND + 5, 0),
            (0xa1b2_cd34, 7 * SECOND + 5_000, 8),
        ] {
            let mut bytes = pcap_header(order, magic, (2, 4), 113);
            for _ in 0..2 {
                bytes.extend(order.words(&[7, 5, 3, 9]));
                bytes.extend(vec![0xee; extra]);
                bytes.extend(b"abc");
            }
            let reading = read(&bytes);
            assert_eq!(reading.error(), "");
            assert_eq!(reading.data(), [b"abc", b"abc"], "{order:?} {magic:#x}");
            let second = &reading.packets[1];
            assert_eq!((second.number, second.nanos, second.link), (2, nanos, 113));
            assert_eq!((second.original, second.interface), (9, 0));
        }
    }
}

#[test]
fn old_versions_have_their_lengths_the_other_way_round() {
    for (version, lengths, captured) in [
        ((2, 4), [3, 9], 3),
        ((2, 3), [3, 9], 3),
        ((2, 3), [9, 3], 3),
        ((2, 2), [9, 3], 3),
        ((543, 0), [9, 3], 3),
        ((2, 5), [3, 3], 3),
    ] {
        let order = Order::Little;
        let mut bytes = pcap_header(order, 0xa1b2_c3d4, version, 1);
        bytes.extend(order.words(&[7, 5, lengths[0], lengths[1]]));
        bytes.extend(b"abc");
        let reading = read(&bytes);
        assert_eq!(reading.error(), "", "{version:?}");
        assert_eq!(reading.packets[0].data.len(), captured, "{version:?}");
        assert_eq!(reading.packets[0].original, lengths[0].max(lengths[1]), "{version:?}");
    }
}

#[test]
fn the_frame_check_length_is_no_part_of_the_link_type() {
    for (field, link) in [(1, 1), (0x2400_0001, 1), (0xfc00_0071, 113), (276, 276)] {
        let mut bytes = pcap_header(Order::Big, 0xa1b2_c3d4, (2, 4), field);
        bytes.extend(Order::Big.words(&[0, 0, 0, 0]));
        assert_eq!(read(&bytes).packets[0].link, link, "{field:#x}");
    }
}

#[test]
fn a_capture_without_packets_is_one() {
    for order in ORDERS {
        let reading = read(&pcap(order, &[]));
        assert_eq!((reading.packets.len(), reading.error()), (0, String::new()));
    }
}

#[test]
fn a_packet_may_have_no_bytes_and_more_bytes_than_the_snap_length() {
    let long = vec![7; 200_000];
    let reading = read(&pcap(Order::Little, &[b"", &long, b"x"]));
    assert_eq!(reading.data(), [b"", &long[..], b"x"]);
    assert_eq!(reading.error(), "");
}

#[test]
fn absurd_lengths_are_refused_where_they_are() {
    for (length, link, refused) in [
        (262_145, 1, true),
        (u32::MAX, 1, true),
        ((128 << 20) + 1, 249, true),
        (262_144, 1, false),
        (262_145, 249, false),
    ] {
        let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, (2, 4), link);
        bytes.extend(Order::Little.words(&[1, 0, 1, 1]));
        bytes.push(b'a');
        bytes.extend(Order::Little.words(&[1, 0, length, length]));
        let reading = read(&bytes);
        assert_eq!(reading.data(), [b"a"]);
        let error = reading.error();
        let start = "x: packet 2 at byte 41 ";
        assert!(error.starts_with(start), "{error}");
        assert_eq!(error.contains(&format!("claims {length} bytes; the limit is ")), refused);
        assert_eq!(error.contains("is cut off"), !refused, "{error}");
        assert_eq!(reading.error.unwrap().is_truncation(), !refused);
    }
}
