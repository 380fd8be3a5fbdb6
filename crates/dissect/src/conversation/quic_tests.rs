//! Tests: whole QUIC connections, sealed here: when the session is told, and what keys do that come
//! late, are wrong, or are missing.

use super::quic::QuicConnection;
use crate::known::Known;
use crate::limits::{QUIC_HELD_BYTES, QUIC_KEYLESS_DATAGRAMS};
use crate::packet::PacketRef;
use crate::quic::keys::Role;
use crate::quic::seal::{Sealer, crypto, handshake, initial, short, stream};
use crate::record::{Fact, Stage};
use crate::session::SessionEnd;
use crate::tls::KeyLog;
use crate::tls::protection::Suite;
use crate::tls::session_builder::Surroundings;

const RANDOM: [u8; 32] = [b'r'; 32];
const ID: &[u8] = b"firstid1";
pub(crate) const SERVER_ID: &[u8] = b"server";

const CLIENT_HANDSHAKE: [u8; 32] = [1; 32];
const SERVER_HANDSHAKE: [u8; 32] = [2; 32];
const CLIENT: [u8; 32] = [3; 32];
const SERVER: [u8; 32] = [4; 32];

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, u8::try_from(body.len()).unwrap()], body].concat()
}

/// A ClientHello that offers TLS 1.3, AES-128-GCM and h3.
fn client_hello() -> Vec<u8> {
    let extensions = [&[0, 16, 0, 5, 0, 3, 2][..], b"h3", &[0, 43, 0, 3, 2, 3, 4]].concat();
    let head = [&[3, 3][..], &RANDOM, &[0, 0, 2, 0x13, 1, 1, 0, 0, 16]].concat();
    message(1, &[head, extensions].concat())
}

fn server_hello() -> Vec<u8> {
    let head = [&[3, 3][..], &[b's'; 32], &[0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]].concat();
    message(2, &head)
}

/// EncryptedExtensions with this ALPN.
fn encrypted_extensions(alpn: &[u8; 2]) -> Vec<u8> {
    message(8, &[&[0, 9, 0, 16, 0, 5, 0, 3, 2][..], alpn].concat())
}

pub(crate) fn log(wrong: u8, labels: &[&str]) -> KeyLog {
    KeyLog::parse(lines(wrong, labels).as_bytes())
}

/// The lines of these labels, with wrong secrets if `wrong` is not 0.
fn lines(wrong: u8, labels: &[&str]) -> String {
    let secrets = [
        ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", CLIENT_HANDSHAKE),
        ("SERVER_HANDSHAKE_TRAFFIC_SECRET", SERVER_HANDSHAKE),
        ("CLIENT_TRAFFIC_SECRET_0", CLIENT),
        ("SERVER_TRAFFIC_SECRET_0", SERVER),
    ];
    let chosen = secrets.iter().filter(|(label, _)| labels.iter().any(|l| label.contains(l)));
    let lines = chosen.map(|(label, secret)| {
        let secret = secret.map(|byte| byte ^ wrong);
        format!("{label} {} {}\n", crate::hex(&RANDOM), crate::hex(&secret))
    });
    lines.collect()
}

pub(crate) const ALL: [&str; 1] = ["TRAFFIC"];

pub(crate) fn one_rtt(from_client: bool, number: u64, payload: &[u8]) -> Vec<u8> {
    let (secret, id) = if from_client { (&CLIENT, SERVER_ID) } else { (&SERVER, &b""[..]) };
    short(Sealer { version: 1, suite: Suite::Aes128Gcm, secret, phase: 0 }, id, number, payload)
}

/// An HTTP/3 frame of a type that nobody knows (RFC 9114 section 7.2.8).
const RESERVED: &[u8] = &[0x21, 0];

/// The datagrams of a connection: both hellos, the rest of the handshake, a request.
pub(crate) fn datagrams() -> Vec<(bool, Vec<u8>)> {
    datagrams_of(b"h3")
}

/// The same, where the server chooses this protocol.
fn datagrams_of(alpn: &[u8; 2]) -> Vec<(bool, Vec<u8>)> {
    let client = initial(1, ID, Role::Client, [ID, b""], &[0], &crypto(0, &client_hello()));
    let server = initial(1, ID, Role::Server, [b"", SERVER_ID], &[0], &crypto(0, &server_hello()));
    let rest = handshake(1, &SERVER_HANDSHAKE, 0, &crypto(0, &encrypted_extensions(alpn)));
    let settings = one_rtt(false, 0, &stream(3, 0, &[0, 4, 0], false));
    let finished = handshake(1, &CLIENT_HANDSHAKE, 0, &crypto(0, &message(20, &[0; 32])));
    vec![
        (true, client),
        (false, [server, rest, settings].concat()),
        (true, finished),
        (true, one_rtt(true, 0, &stream(0, 0, RESERVED, true))),
        (false, one_rtt(false, 1, &stream(0, 0, RESERVED, true))),
    ]
}

/// What a connection said: its facts in short, and whether it is followed.
#[derive(Debug, Eq, PartialEq)]
struct Said {
    facts: Vec<String>,
    followed: bool,
}

/// Plays datagrams; the key log before each is given by `keys`.
fn play<'a>(
    datagrams: &[(bool, Vec<u8>)],
    keys: impl Fn(usize) -> Option<&'a KeyLog>,
) -> (QuicConnection, Said) {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut quic = QuicConnection::new(1);
    let mut said = Said { facts: Vec::new(), followed: true };
    for (at, (from_client, payload)) in datagrams.iter().enumerate() {
        let number = u64::try_from(at).unwrap().saturating_add(1);
        let mut around =
            Surroundings { facts: &mut facts, known: &mut known, keys: keys(at), tcp: None };
        let at = PacketRef { number, ..PacketRef::default() };
        quic.datagram(*from_client, payload, at, &mut around);
        said.facts.extend(facts.drain(..).filter_map(|fact| in_short(number, &fact)));
    }
    said.followed = !quic.is_over();
    (quic, said)
}

fn in_short(number: u64, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Session(stage, session) => {
            let alpn = session.alpn().map(|alpn| String::from_utf8_lossy(alpn).into_owned());
            let stage = match stage {
                Stage::Negotiated => "negotiated",
                Stage::Certified => "certified",
                Stage::Ended => "ended",
            };
            format!("{number} {stage} {}", alpn.unwrap_or_default())
        }
        Fact::Weird(weird) => format!("{number} {} {}", weird.kind, weird.detail),
        _ => return None,
    })
}

fn end(quic: QuicConnection, keys: Option<&KeyLog>) -> Vec<String> {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut around = Surroundings { facts: &mut facts, known: &mut known, keys, tcp: None };
    quic.finish(SessionEnd::Closed, &mut around);
    facts.iter().filter_map(|fact| in_short(0, fact)).collect()
}

#[test]
fn the_session_is_told_when_the_client_goes_on() {
    let (_, said) = play(&datagrams(), |_| None);
    assert_eq!(said.facts, ["2 negotiated ", "4 ended "]);
    assert!(!said.followed, "nothing more can be learned");

    let log = log(0, &ALL);
    let (quic, said) = play(&datagrams(), |_| Some(&log));
    assert_eq!(said.facts, ["2 negotiated ", "4 ended h3"]);
    assert!(said.followed);
    assert_eq!(end(quic, Some(&log)), [] as [&str; 0], "a session ends once");
}

#[test]
fn keys_may_come_late() {
    let (none, all) = (KeyLog::default(), log(0, &ALL));
    for late in 0..=5 {
        let (mut quic, said) = play(&datagrams(), |at| Some(if at < late { &none } else { &all }));
        let alpn = if late <= 3 { "h3" } else { "" };
        assert_eq!(said.facts, ["2 negotiated ", &format!("4 ended {alpn}")], "{late}");
        assert!(said.followed);
        if late <= 4 {
            let ids = quic.take_new_ids();
            assert!(ids.contains(&(SERVER_ID.to_vec(), true)), "{late}: packets were opened");
        }
    }
}

#[test]
fn other_protocols_are_not_followed() {
    let log = log(0, &ALL);
    let (_, said) = play(&datagrams_of(b"hq"), |_| Some(&log));
    assert_eq!(said.facts, ["2 negotiated ", "4 ended hq"]);
    assert!(!said.followed);
}

#[test]
fn a_close_ends_it() {
    let log = log(0, &ALL);
    let mut datagrams = datagrams();
    datagrams.push((false, one_rtt(false, 2, &[0x1d, 0x41, 0, 0])));
    let (_, said) = play(&datagrams, |_| Some(&log));
    assert!(!said.followed);
}

#[test]
fn wrong_keys_are_told_once() {
    let log = log(0x55, &ALL);
    let (quic, said) = play(&datagrams(), |_| Some(&log));
    assert_eq!(
        said.facts,
        ["2 negotiated ", "4 bad-record-mac server, Handshake packet", "4 ended "]
    );
    assert_eq!(end(quic, Some(&log)), [] as [&str; 0]);

    let mixed = KeyLog::parse(
        [lines(0, &["HANDSHAKE"]), lines(0x55, &["TRAFFIC_SECRET_0"])].concat().as_bytes(),
    );
    let (quic, said) = play(&datagrams(), |_| Some(&mixed));
    assert_eq!(said.facts, ["2 negotiated ", "4 ended h3"]);
    assert_eq!(end(quic, Some(&mixed)), ["0 bad-record-mac server, 1-RTT packet"]);
}

#[test]
fn without_its_keys_a_connection_is_given_up() {
    let log = KeyLog::default();
    let mut datagrams = datagrams();
    for number in 0..u64::from(QUIC_KEYLESS_DATAGRAMS) {
        let bytes = vec![0; 1200];
        datagrams.push((false, [vec![0x40], number.to_be_bytes().to_vec(), bytes].concat()));
    }
    let (quic, said) = play(&datagrams[..datagrams.len() - 10], |_| Some(&log));
    assert!(said.followed && quic.held_bytes() <= QUIC_HELD_BYTES);
    assert!(quic.held_bytes() > QUIC_HELD_BYTES - 2_000);
    assert!(!play(&datagrams, |_| Some(&log)).1.followed);
}
