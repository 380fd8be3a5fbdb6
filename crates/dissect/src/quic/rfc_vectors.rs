//! Tests: the packets of RFC 9001 appendix A and RFC 9369 appendix A.

use super::QuicHandshake;
use super::facts::QuicProgress;
use super::keys::Role;
use super::seal;
use crate::tls::{ClientHello, Offers, ServerHello};

const V2: u32 = 0x6b33_43cf;

/// The client's destination connection id in both appendices.
const KEY_ID: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

/// The CRYPTO frame of A.2; the packet's payload is this, padded with zeros to 1162 bytes.
const CLIENT_FRAME: &str = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a4\
    7f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a000800\
    06001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf45\
    59fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e04030503060302030804080508\
    06002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000753\
    00901100f088394c8f03e51570806048000ffff";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// The client's Initial of A.2: rebuilt, since its 1200 bytes follow from the frame. Beginning and
/// end are compared with the appendix; the end is the tag over everything.
fn client_initial(version: u32, beginning: &str, end: &str) -> Vec<u8> {
    let mut payload = unhex(CLIENT_FRAME);
    payload.resize(1162, 0);
    let number = [0, 0, 0, 2];
    let packet = seal::initial(version, &KEY_ID, Role::Client, [&KEY_ID, &[]], &number, &payload);
    assert_eq!(packet.len(), 1200);
    assert!(packet.starts_with(&unhex(beginning)), "{packet:02x?}");
    assert!(packet.ends_with(&unhex(end)), "{packet:02x?}");
    packet
}

fn client_initial_of(version: u32) -> Vec<u8> {
    if version == V2 {
        client_initial(
            version,
            "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
            "a18b2faa745b6fe189cf772a9f84cbfc",
        )
    } else {
        client_initial(
            version,
            "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
            "e221af44860018ab0856972e194cd934",
        )
    }
}

/// Version, server's Initial (A.3), Retry (A.4).
const SERVER_PACKETS: [(u32, &str, &str); 2] = [
    (
        1,
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554\
         780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b\
         562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
        "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
    ),
    (
        V2,
        "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf\
         87263017915358230035f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e4275\
         7507698075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140",
        "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
    ),
];

const GREW: QuicProgress = QuicProgress {
    crypto: true,
    protected: false,
    restarted: false,
    undecryptable: 0,
    unknown_version: None,
};

#[test]
fn both_hellos() {
    for (version, server_initial, _) in SERVER_PACKETS {
        let mut quic = QuicHandshake::new();
        let client_initial = client_initial_of(version);
        assert_eq!(super::looks_like_initial(&client_initial), Some(version));
        assert_eq!(quic.datagram(true, &client_initial), GREW);
        let hello = ClientHello::parse(&quic.crypto(true)[4..], &mut Offers::default()).unwrap();
        assert_eq!(hello.sni.as_deref(), Some("example.com"));
        assert!(!hello.truncated && !quic.is_done());

        assert_eq!(quic.datagram(false, &unhex(server_initial)), GREW);
        let hello = ServerHello::parse(&quic.crypto(false)[4..]).unwrap();
        assert_eq!((hello.cipher_suite, hello.selected_version), (0x1301, Some(0x0304)));
        assert!(quic.is_done() && !quic.is_reversed());
        assert_eq!((quic.version(), quic.facts().initial_packets), (Some(version), 2));
    }
}

#[test]
fn a_server_is_not_read_without_its_client() {
    for (_, server_initial, _) in SERVER_PACKETS {
        let mut quic = QuicHandshake::new();
        let progress = quic.datagram(false, &unhex(server_initial));
        assert_eq!(progress, QuicProgress { undecryptable: 1, ..QuicProgress::default() });
        assert_eq!((quic.crypto(false), quic.facts().undecryptable), (&[][..], 1));
    }
}

#[test]
fn retries_are_checked() {
    for (version, _, retry) in SERVER_PACKETS {
        let retry = unhex(retry);
        let mut quic = QuicHandshake::new();
        quic.datagram(false, &retry);
        assert!(!quic.facts().retry, "no Initial before it");
        quic.datagram(true, &client_initial_of(version));
        let mut forged = retry.clone();
        *forged.last_mut().unwrap() ^= 1;
        quic.datagram(false, &forged);
        quic.datagram(false, &forged[..20]);
        assert!(!quic.facts().retry);
        quic.datagram(false, &retry);
        assert!(quic.facts().retry);
    }
}

#[test]
fn any_changed_byte_closes_the_packet() {
    let packet = client_initial_of(1);
    // Bytes 1 to 4 are the version, 5 to 14 the connection ids: other keys, or none.
    for at in (0..40).chain(1184..1200) {
        let mut changed = packet.clone();
        changed[at] ^= 1;
        let mut quic = QuicHandshake::new();
        quic.datagram(true, &changed);
        assert_eq!(quic.facts().initial_packets, 0, "byte {at}");
    }
}
