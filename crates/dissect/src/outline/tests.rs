//! Packets of every kind that is set out, cut ones, and any bytes at all.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::packet::{LinkType, Timestamp};

fn packet(link_type: LinkType, data: &[u8]) -> Packet<'_> {
    let timestamp = Timestamp::default();
    Packet { number: 1, timestamp, link_type, data, original_length: 0, interface: 0 }
}

/// One line a layer: `UDP 20..28 from=port 5 …`, with a `!` for content.
fn lines(link_type: LinkType, data: &[u8]) -> Vec<String> {
    let layers = outline(&packet(link_type, data));
    check(&layers, data.len());
    let line = |layer: &Layer| {
        let mark = if layer.is_content { "!" } else { "" };
        let mut line = format!("{}{mark} {:?}", layer.name, layer.range);
        for field in &layer.fields {
            line.push_str(&format!(" {}={}", field.label, field.value));
        }
        line
    };
    layers.iter().map(line).collect()
}

/// What holds for the outline of any bytes.
fn check(layers: &[Layer], length: usize) {
    assert!(layers.len() <= MAX_LAYERS + MAX_STEPS);
    for layer in layers {
        assert!(layer.range.start <= layer.range.end && layer.range.end <= length, "{layer:?}");
        assert!(layer.fields.len() <= 40, "{layer:?}");
        for Field { label, value, range } in &layer.fields {
            let is_within = layer.range.start <= range.start && range.end <= layer.range.end;
            assert!(is_within && range.start <= range.end, "{label} {range:?} in {layer:?}");
            assert!(label.len() <= 10, "{label} is long");
            assert!(value.len() <= 4096, "{label} says {} bytes", value.len());
        }
    }
    for pair in layers.windows(2) {
        let (before, behind) = (&pair[0].range, &pair[1].range);
        let is_behind = before.end <= behind.start;
        let is_within = before.start <= behind.start && behind.end <= before.end;
        assert!(is_behind || is_within, "{pair:?}");
    }
}

fn tcp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([192, 0, 2, 1], [198, 51, 100, 2], 64)
        .tcp(40_000, 443, 7, 1_000)
        .ack(9)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

fn udp(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(from, to)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

/// The lines of what a TCP payload holds.
fn inside_tcp(payload: &[u8]) -> Vec<String> {
    lines(LinkType::ETHERNET, &tcp(payload)).split_off(3)
}

/// The lines of what a UDP payload holds.
fn inside_udp(from: u16, to: u16, payload: &[u8]) -> Vec<String> {
    lines(LinkType::RAW, &udp(from, to, payload)).split_off(2)
}

#[test]
fn headers_from_the_link_to_the_segment() {
    let mut data = tcp(b"?");
    data.extend([0; 5]);
    assert_eq!(
        lines(LinkType::ETHERNET, &data),
        [
            "Ethernet 0..14 from=02:00:00:00:00:01 to=02:00:00:00:00:02 type=0x0800 (IPv4)",
            "IPv4 14..34 from=192.0.2.1 to=198.51.100.2 protocol=6 (TCP) TTL=64 length=41 bytes \
             id=0x0000 fragments=not allowed (DF)",
            "TCP 34..54 from=port 40000 to=port 443 flags=ACK sequence=7 acked=9 window=1000",
            "Payload of the segment! 54..55 length=1 byte",
            "Padding 55..60 length=5 bytes",
        ]
    );
}

#[test]
fn fields_lie_where_their_bytes_are() {
    let data = tcp(b"");
    let layers = outline(&packet(LinkType::ETHERNET, &data));
    let at = |layer: usize, label: &str| {
        let field = layers[layer].fields.iter().find(|field| field.label == label).unwrap();
        &data[field.range.clone()]
    };
    assert_eq!(at(0, "from"), [2, 0, 0, 0, 0, 1]);
    assert_eq!(at(1, "from"), [192, 0, 2, 1]);
    assert_eq!(at(1, "TTL"), [64]);
    assert_eq!(at(2, "from"), 40_000_u16.to_be_bytes());
    assert_eq!(at(2, "acked"), [0, 0, 0, 9]);
    assert_eq!(at(2, "flags"), [0x10]);
}

#[test]
fn tags_and_arp() {
    let arp = [&[0, 1, 8, 0, 6, 4, 0, 2][..], &[2, 1, 0, 0, 0, 1, 10, 0, 0, 1], &[0; 10]].concat();
    let data = [&[0; 12][..], &[0x81, 0, 0x20, 5, 8, 6], &arp, &[0; 3]].concat();
    assert_eq!(
        lines(LinkType::ETHERNET, &data)[1..],
        [
            "VLAN tag 14..18 VLAN=5 priority=1 type=0x0806 (ARP)",
            "ARP 18..46 operation=2 (reply) from=02:01:00:00:00:01 address=10.0.0.1 \
             to=00:00:00:00:00:00 its addr.=0.0.0.0",
            "Padding 46..49 length=3 bytes",
        ]
    );
}

#[test]
fn rare_links_end_where_the_packet_begins() {
    let ip = udp(1, 2, b"");
    let names = |link_type: LinkType, header: &[u8]| {
        let found = lines(link_type, &[header, &ip].concat());
        found.iter().map(|line| line.split(" from=").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let sll = [&[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &[8, 0]].concat();
    for (link_type, header, first) in [
        (
            LinkType::LINUX_SLL,
            &sll[..],
            "Linux cooked capture 0..16 direction=4 (sent by this host)",
        ),
        (LinkType::NULL, &[2, 0, 0, 0], "Loopback 0..4"),
        (LinkType::PPP, &[0xff, 3, 0, 0x21], "PPP 0..4"),
        (
            LinkType::ETHERNET,
            &[&[0; 12][..], &[0x88, 0x47, 0, 0, 1, 64]].concat(),
            "Ethernet 0..14",
        ),
    ] {
        let found = names(link_type, header);
        assert_eq!(found[0], first, "{link_type}");
        let (from, to) = (header.len(), header.len() + 20);
        assert!(found.contains(&format!("IPv4 {from}..{to}")), "{found:?}");
    }
    let unknown = lines(LinkType(999), &[1, 2, 3]);
    assert_eq!(unknown, ["Frame of link type 999! 0..3"]);
    let empty = [&[0; 12][..], &[0x88, 0xcc, 7]].concat();
    assert_eq!(lines(LinkType::ETHERNET, &empty)[1..], ["LLDP! 14..15 length=1 byte"]);
}

#[test]
fn tunnels_are_followed() {
    let inner = udp(1, 2, b"x");
    let gtp = [&[0x30, 0xff, 0, 29, 0, 0, 0, 1][..], &inner].concat();
    let names: Vec<String> = outline(&packet(LinkType::RAW, &udp(2152, 2152, &gtp)))
        .into_iter()
        .map(|layer| format!("{} {:?}", layer.name, layer.range))
        .collect();
    assert_eq!(
        names,
        [
            "IPv4 0..20",
            "UDP 20..28",
            "GTP-U 28..36",
            "IPv4 36..56",
            "UDP 56..64",
            "Payload of the datagram 64..65"
        ]
    );
}

/// A header of destination options, then one that is cut: etherparse's iterator leaves its bytes
/// there.
#[test]
fn extension_headers_that_are_cut() {
    let head = [&[0x60, 0, 0, 0, 0, 12, 60, 64][..], &[1; 32], &[44, 0, 0, 0, 0, 0, 0, 0], &[6; 4]];
    let found = lines(LinkType::RAW, &head.concat());
    assert!(found[0].ends_with("cut=an extension header is not whole"), "{found:?}");
    assert_eq!(found[1], "Payload behind a cut header! 48..52 length=4 bytes");
}

#[test]
fn messages_about_the_network() {
    let mut data = Vec::new();
    let redirect = [&[5, 1, 0, 0, 10, 0, 0, 66][..], &[0x45; 28]].concat();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .write(&mut data, etherparse::IpNumber::ICMP, &redirect)
        .unwrap();
    assert_eq!(
        lines(LinkType::RAW, &data)[1..],
        [
            "ICMP 20..28 type=5 (redirect) code=1 gateway=10.0.0.66",
            "Quoted packet! 28..56 length=28 bytes"
        ]
    );
}

#[test]
fn records_and_the_messages_in_them() {
    let hello = [&[22, 3, 3, 0, 8][..], &[14, 0, 0, 0], &[11, 0, 1, 0], &[21, 3, 3, 0, 2, 2, 48]];
    assert_eq!(
        inside_tcp(&hello.concat()),
        [
            "TLS record 54..67 type=22 (handshake) version=0x0303 (TLS 1.2) length=8 bytes",
            "ServerHelloDone 59..63 type=14 length=0 bytes",
            "Certificate 63..67 type=11 length=256 bytes (none in this packet)",
            "TLS record 67..74 type=21 (alert) version=0x0303 (TLS 1.2) length=2 bytes \
             level=2 (fatal) alert=48 (unknown_ca)",
        ]
    );
    let cut = [23, 3, 3, 1, 0, 9, 9];
    assert_eq!(
        inside_tcp(&cut),
        ["TLS record 54..61 type=23 (application_data, encrypted) version=0x0303 (TLS 1.2) \
          length=256 bytes (2 in this packet)"]
    );
}

#[test]
fn what_is_encrypted_is_no_message() {
    // A Finished under AES-GCM begins with a nonce of zeros, as a HelloRequest would.
    let finished = [&[22, 3, 3, 0, 16][..], &[0; 8], &[0xa7; 8]].concat();
    assert_eq!(
        inside_tcp(&finished),
        ["TLS record 54..75 type=22 (handshake) version=0x0303 (TLS 1.2) length=16 bytes \
          content=encrypted, or the rest of a message"]
    );
}

#[test]
fn datagrams_of_dtls() {
    let record = [
        &[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 14][..],
        &[1, 0, 0, 90, 0, 0],
        &[0, 0, 0, 0, 0, 2, 7, 7],
    ];
    assert_eq!(
        inside_udp(1, 2, &record.concat()),
        [
            "DTLS record 28..55 type=22 (handshake) version=0xfefd (DTLS 1.2) epoch=0 \
             length=14 bytes",
            "ClientHello 41..55 type=1 length=2 bytes message=0 fragment=from byte 0 of 90",
        ]
    );
}

#[test]
fn names_that_are_asked_for() {
    let answer = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x03api\x04shop\0\0\x01\0\x01\
                   \xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xcb\0\x71\x05";
    assert_eq!(
        inside_udp(53, 40_000, answer),
        ["DNS answer 28..70 id=0x1234 result=0 (no error) asks for=api.shop A \
          answers=api.shop A 203.0.113.5, 60 s"]
    );
}

#[test]
fn datagrams_of_quic() {
    let initial = [&[0xc3, 0, 0, 0, 1, 1, 0xdd, 2, 0x51, 0x52][..], &[0, 2, 8, 9], &[0x40, 1]];
    assert_eq!(
        inside_udp(1, 443, &initial.concat()),
        [
            "QUIC Initial 28..42 version=0x00000001 to id=dd from id=5152 length=14 bytes",
            "QUIC 1-RTT 42..44 length=2 bytes",
        ]
    );
}

#[test]
fn first_lines_of_http() {
    assert_eq!(
        inside_tcp(b"GET /a?token=1 HTTP/1.1\r\nhost: x\r\n\r\n"),
        ["HTTP request! 54..90 method=GET target=/a?token=1 behind it=11 bytes"]
    );
    assert_eq!(
        inside_tcp(b"HTTP/1.1 200 OK"),
        ["HTTP response! 54..69 status=HTTP/1.1 200 OK behind it=0 bytes"]
    );
}

#[test]
fn headers_that_are_cut_are_read_as_far_as_they_reach() {
    let data = tcp(b"");
    let last = |length: usize| lines(LinkType::ETHERNET, &data[..length]).pop();
    assert_eq!(last(10).unwrap(), "Ethernet 0..10 to=02:00:00:00:00:02");
    assert_eq!(last(20).unwrap(), "No IP header! 14..20 length=6 bytes");
    let cut = "TCP 34..38 from=port 40000 to=port 443 cut=the header is not whole";
    assert_eq!(last(38).unwrap(), cut);
    assert!(lines(LinkType::ETHERNET, &[]).len() <= 1);
}

proptest! {
    #[test]
    fn no_bytes_panic(
        data in proptest::collection::vec(any::<u8>(), 0..200),
        link_type in prop::sample::select(vec![0_u16, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 192, 228, 229, 258, 276]),
    ) {
        check(&outline(&packet(LinkType(link_type), &data)), data.len());
    }

    /// The same where the headers make sense.
    #[test]
    fn no_payload_panics(
        data in proptest::collection::vec(any::<u8>(), 0..160),
        start in prop::sample::select(vec![
            &b""[..], b"\x16\x03\x03", b"\x16\x03\x03\0\x20\x01\0\0\x1c", b"\x16\xfe\xfd",
            b"\xc3\0\0\0\x01", b"GET ", b"HTTP/1.1 ", b"\0\x20\0\0\x81\x80\0\x01\0\x01", b"\x30\xff",
        ]),
        port in prop::sample::select(vec![53_u16, 67, 443, 2152, 4789, 6081, 3544, 5353]),
    ) {
        let payload = [start, &data].concat();
        for frame in [udp(port, port, &payload), tcp(&payload)[14..].to_vec()] {
            check(&outline(&packet(LinkType::RAW, &frame)), frame.len());
        }
    }

    #[test]
    fn no_extension_header_panics(
        data in proptest::collection::vec(any::<u8>(), 0..120),
        next in prop::sample::select(vec![0_u8, 6, 17, 43, 44, 47, 51, 58, 60]),
    ) {
        let head = [&[0x60, 0, 0, 0, 0, u8::try_from(data.len()).unwrap(), next, 64][..], &[1; 32]];
        let frame = [&head.concat()[..], &data].concat();
        check(&outline(&packet(LinkType::RAW, &frame)), frame.len());
    }
}
