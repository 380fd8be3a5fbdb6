//! Tests: how handshakes come apart on the wire, and what is kept of them.

use proptest::prelude::*;

use super::keys::Role;
use super::seal::{crypto, initial};
use super::{MAX_DATAGRAMS, QuicHandshake, looks_like_initial};

const V1: u32 = 1;
const V2: u32 = 0x6b33_43cf;
const FIRST: &[u8] = b"firstid1";
const SERVER: &[u8] = b"server";

/// A ClientHello message without content of note; long enough to be cut into pieces.
fn client_hello() -> Vec<u8> {
    [&[1, 0, 0, 96][..], &[0x77; 96]].concat()
}

/// A ServerHello message.
fn server_hello() -> Vec<u8> {
    [&[2, 0, 0, 40][..], &[0x55; 40]].concat()
}

/// The client's Initial `number` with keys from `FIRST`.
fn from_client(number: u8, payload: &[u8]) -> Vec<u8> {
    initial(V1, FIRST, Role::Client, [FIRST, b""], &[number], payload)
}

fn from_server(number: u8, payload: &[u8]) -> Vec<u8> {
    initial(V1, FIRST, Role::Server, [b"", SERVER], &[number], payload)
}

#[test]
fn shuffled_pieces_over_several_datagrams() {
    let hello = client_hello();
    let mut quic = QuicHandshake::new();
    let second = [crypto(70, &hello[70..]), vec![0; 20], crypto(10, &hello[10..40])].concat();
    assert!(!quic.datagram(true, &from_client(1, &second)).crypto);
    let first = [vec![1], crypto(35, &hello[35..75]), crypto(0, &hello[..12])].concat();
    assert!(quic.datagram(true, &from_client(0, &first)).crypto);
    assert_eq!(quic.crypto(true), hello);
    assert!(!quic.datagram(true, &from_client(2, &first)).crypto, "a retransmission");
    quic.consume(true, hello.len());
    assert_eq!((quic.crypto(true), quic.facts().initial_packets), (&[][..], 3));
}

#[test]
fn coalesced_packets_and_what_follows_them() {
    let hello = server_hello();
    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &crypto(0, &client_hello())));
    let handshake = [&[0xe0, 0, 0, 0, 1, 0, 0, 2, 9, 9][..]];
    let zero_rtt = [0xd0, 0, 0, 0, 1, 0, 0, 1, 9];
    let (one, two) = (crypto(0, &hello[..20]), crypto(20, &hello[20..]));
    let datagram =
        [from_server(0, &one), handshake.concat(), from_server(1, &two), vec![0x40; 30]].concat();
    assert!(quic.datagram(false, &datagram).crypto);
    assert_eq!(quic.crypto(false), hello);
    assert!(quic.is_done());
    quic.datagram(true, &zero_rtt);
    assert_eq!((quic.facts().zero_rtt_packets, quic.facts().undecryptable), (1, 0));
}

/// RFC 9001 section 5.2: the Retry's source connection id makes new keys, the hello goes on.
#[test]
fn a_retry_does_not_start_over() {
    let hello = client_hello();
    let mut quic = QuicHandshake::new();
    // Draft 23 had no integrity tag, so that the Retry can be written here.
    let draft = 0xff00_0017;
    let packet =
        |id: &[u8], payload: &[u8]| initial(draft, id, Role::Client, [id, b""], &[0], payload);
    quic.datagram(true, &packet(FIRST, &crypto(0, &hello[..50])));
    quic.datagram(false, &[&[0xf0, 0xff, 0, 0, 0x17, 0, 6][..], SERVER, b"token"].concat());
    assert!(quic.facts().retry);
    let progress = quic.datagram(true, &packet(SERVER, &crypto(0, &hello)));
    assert!(progress.crypto && !progress.restarted);
    assert_eq!(quic.crypto(true), hello);
    let answer =
        initial(draft, SERVER, Role::Server, [b"", SERVER], &[0], &crypto(0, &server_hello()));
    quic.datagram(false, &answer);
    assert!(quic.is_done());
}

#[test]
fn another_connection_on_the_flow_starts_over() {
    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &crypto(0, &client_hello()[..30])));
    let other = [&[1, 0, 0, 3][..], b"new"].concat();
    let packet =
        initial(V1, b"secondid", Role::Client, [b"secondid", b""], &[0], &crypto(0, &other));
    assert!(quic.datagram(true, &packet).restarted);
    assert_eq!(quic.crypto(true), other);
}

#[test]
fn version_negotiation_starts_over_even_with_the_same_id() {
    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &crypto(0, &client_hello())));
    let offer = [&[0x80, 0, 0, 0, 0, 0, 6][..], SERVER, &V2.to_be_bytes()].concat();
    quic.datagram(false, &offer);
    assert_eq!(quic.facts().offered_versions, [V2]);
    let other = [&[1, 0, 0, 3][..], b"new"].concat();
    let packet = initial(V2, FIRST, Role::Client, [FIRST, b""], &[0], &crypto(0, &other));
    assert!(quic.datagram(true, &packet).restarted);
    assert_eq!((quic.crypto(true), quic.version()), (&other[..], Some(V2)));
}

/// RFC 9368: the server answers in another version, with keys from the same connection id.
#[test]
fn compatible_version_negotiation_goes_on() {
    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &crypto(0, &client_hello())));
    let answer = initial(V2, FIRST, Role::Server, [b"", SERVER], &[0], &crypto(0, &server_hello()));
    let progress = quic.datagram(false, &answer);
    assert!(progress.crypto && !progress.restarted);
    assert!(quic.is_done());
    assert_eq!((quic.version(), quic.crypto(true)), (Some(V2), &client_hello()[..]));
}

#[test]
fn another_hello_after_a_retry_replaces_the_first() {
    let mut quic = QuicHandshake::new();
    let draft = 0xff00_0017;
    let first = crypto(0, &client_hello());
    quic.datagram(true, &initial(draft, FIRST, Role::Client, [FIRST, b""], &[0], &first));
    quic.datagram(false, &[&[0xf0, 0xff, 0, 0, 0x17, 0, 6][..], SERVER, b"token"].concat());
    let other = [&[1, 0, 0, 96][..], &[0x78; 96]].concat();
    let again = initial(draft, SERVER, Role::Client, [SERVER, b""], &[1], &crypto(0, &other));
    let progress = quic.datagram(true, &again);
    assert!(progress.restarted && progress.crypto && quic.facts().retry);
    assert_eq!(quic.crypto(true), other);
}

#[test]
fn a_server_that_was_captured_before_its_client_is_read() {
    for server_first in [true, false] {
        let mut quic = QuicHandshake::new();
        let answer = from_server(0, &crypto(0, &server_hello()));
        assert_eq!(quic.datagram(!server_first, &answer).undecryptable, 1);
        let hello = from_client(0, &crypto(0, &client_hello()));
        assert!(quic.datagram(server_first, &hello).crypto);
        assert_eq!(
            (quic.crypto(true), quic.crypto(false)),
            (&client_hello()[..], &server_hello()[..])
        );
        assert_eq!((quic.facts().undecryptable, quic.is_reversed()), (0, !server_first));
    }
}

#[test]
fn a_flow_can_be_the_wrong_way_round() {
    let mut quic = QuicHandshake::new();
    quic.datagram(false, &from_client(0, &crypto(0, &client_hello())));
    assert!(quic.is_reversed());
    assert_eq!(quic.crypto(true), client_hello());
    quic.datagram(true, &from_server(0, &crypto(0, &server_hello())));
    assert!(quic.is_done());
}

#[test]
fn a_cut_client_packet_still_opens_the_servers() {
    let mut quic = QuicHandshake::new();
    let client = from_client(0, &crypto(0, &client_hello()));
    assert_eq!(quic.datagram(true, &client[..60]).undecryptable, 1);
    assert_eq!(quic.crypto(true), b"");
    quic.datagram(false, &from_server(0, &crypto(0, &server_hello())));
    assert_eq!(quic.crypto(false), server_hello());
}

#[test]
fn closes_and_strangers() {
    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &crypto(0, &client_hello())));
    let stranger = initial(V1, b"other", Role::Server, [b"", b""], &[0], &[0; 30]);
    assert_eq!(quic.datagram(false, &stranger).undecryptable, 1);
    assert_eq!(
        quic.datagram(false, &[0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 0, 0]).unknown_version,
        Some(0x1a2a_3a4a)
    );
    assert!(!quic.is_done());
    quic.datagram(false, &from_server(0, &[&[0x1c, 0x41, 0x30, 0, 0][..], &[0; 20]].concat()));
    let close = quic.facts().close.unwrap();
    assert_eq!((close.from_client, close.alert_description()), (false, Some(48)));
    assert!(quic.is_done());
}

#[test]
fn gives_up() {
    let mut quic = QuicHandshake::new();
    for _ in 1..MAX_DATAGRAMS {
        quic.datagram(true, &[0x40; 30]);
    }
    assert!(!quic.is_done());
    quic.datagram(true, &[0x40; 30]);
    assert!(quic.is_done());

    let mut quic = QuicHandshake::new();
    quic.datagram(true, &from_client(0, &[&[6, 0x80, 1, 0, 0, 1, 9][..], &[0; 20]].concat()));
    assert!(quic.is_done(), "CRYPTO behind the limit");
}

proptest! {
    #[test]
    fn random_bytes_are_survived(
        datagrams in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..80)), 0..8),
    ) {
        let mut quic = QuicHandshake::new();
        for (from_client, mut datagram) in datagrams {
            looks_like_initial(&datagram);
            quic.datagram(from_client, &datagram);
            // The same as an Initial of version 1.
            datagram.splice(..datagram.len().min(5), [0xc0, 0, 0, 0, 1]);
            looks_like_initial(&datagram);
            quic.datagram(from_client, &datagram);
        }
        prop_assert_eq!(quic.facts().initial_packets, 0);
    }

    #[test]
    fn random_frames_are_survived(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 20..120), 1..4),
    ) {
        let mut quic = QuicHandshake::new();
        for (number, payload) in payloads.iter().enumerate() {
            quic.datagram(true, &from_client(u8::try_from(number).unwrap(), payload));
        }
        prop_assert_eq!(quic.facts().initial_packets as usize, payloads.len());
    }
}
