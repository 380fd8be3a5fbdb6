//! Handshake parsers on random and on damaged input: no panic, no more out than in.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "a test may panic")]

use dissect::tls::dtls::{DtlsHandshake, DtlsItem, looks_like_dtls};
use dissect::tls::fingerprint::{Ja4Carrier, ja3, ja3s, ja4};
use dissect::tls::{ClientHello, Offers, ServerHello};
use proptest::prelude::*;

/// A ClientHello body with one extension of each kind that is read.
fn client_hello() -> Vec<u8> {
    let extensions: [(u16, &[u8]); 11] = [
        (0, b"\x00\x09\x00\x00\x06a.test"),
        (10, b"\x00\x04\x11\xec\x00\x1d"),
        (11, b"\x01\x00"),
        (13, b"\x00\x04\x04\x03\x08\x04"),
        (16, b"\x00\x0c\x02h2\x08http/1.1"),
        (35, b"ticket"),
        (42, b""),
        (43, b"\x04\x03\x04\x03\x03"),
        (51, b"\x00\x06\x00\x1d\x00\x02ab"),
        (0xfe0d, b"\x00"),
        (41, b"\x00\x07\x00\x01i\x00\x00\x00\x00\x00\x02\x01b"),
    ];
    let mut list = Vec::new();
    for (kind, content) in extensions {
        list.extend(kind.to_be_bytes());
        list.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        list.extend(content);
    }
    let head = [&[3, 3][..], &[7; 32], &[0, 0, 4, 0x13, 1, 0x13, 2, 1, 0]].concat();
    [&head, &u16::try_from(list.len()).unwrap().to_be_bytes()[..], &list].concat()
}

#[test]
fn the_whole_hello_is_read() {
    let hello = ClientHello::parse(&client_hello(), &mut Offers::default()).unwrap();
    assert_eq!(hello.sni.as_deref(), Some("a.test"));
    assert_eq!(hello.offer.alpn, [&b"h2"[..], b"http/1.1"]);
    assert_eq!(hello.offer.groups, [0x11ec, 0x001d]);
    assert_eq!(hello.offer.key_share_groups, [0x001d]);
    assert_eq!((hello.session_ticket, hello.psk_identities), (Some(6), 1));
    assert!(hello.offer.early_data && hello.offer.encrypted_client_hello && !hello.truncated);
}

proptest! {
    #[test]
    fn one_damaged_byte(at in 0..client_hello().len(), value: u8) {
        let mut body = client_hello();
        body[at] = value;
        for parse in [ClientHello::parse, ClientHello::parse_dtls] {
            if let Ok(hello) = parse(&body, &mut Offers::default()) {
                prop_assert!(hello.offer.extensions.len() * 4 <= body.len());
                prop_assert!(hello.offer.alpn.concat().len() <= body.len());
                let offer = &hello.offer;
                prop_assert!(ja3(offer).is_some() && ja4(offer, Ja4Carrier::Tcp).is_some());
            }
        }
    }

    #[test]
    fn random_hellos(body in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(hello) = ClientHello::parse(&body, &mut Offers::default()) {
            prop_assert!(hello.offer.cipher_suites.len() * 2 <= body.len());
        }
        if let Ok(hello) = ClientHello::parse_ssl2(&body) {
            prop_assert!(hello.offer.ssl2_framing && ja3(&hello.offer).is_none());
        }
        if let Ok(hello) = ServerHello::parse(&body) {
            prop_assert!(ja3s(&hello).string.starts_with(&hello.legacy_version.to_string()));
        }
    }

    #[test]
    fn random_datagrams(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 0..6)) {
        let mut dtls = DtlsHandshake::new();
        let mut bytes = 0;
        for mut datagram in datagrams {
            bytes += datagram.len() + 13;
            // The same as a plaintext handshake record, so that some of it is read.
            let length = u16::try_from(datagram.len()).unwrap().to_be_bytes();
            let header = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, length[0], length[1]];
            datagram.splice(0..0, header);
            looks_like_dtls(&datagram);
            for item in dtls.datagram(true, &datagram) {
                if let DtlsItem::Handshake { body, .. } = item {
                    prop_assert!(body.len() <= bytes);
                }
            }
        }
    }
}
