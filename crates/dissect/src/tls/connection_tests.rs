//! Tests: connections of TLS 1.3 with a key log, record by record.

use super::connection::TlsConnection;
use super::keylog::KeyLog;
use super::protection::Suite;
use super::record_cipher::{Agreed, RecordCipher};
use super::record_suite::RecordSuite;
use super::registry::TlsVersion;
use super::sealer::{Sealer, line, secret};
use super::session_builder::Surroundings;
use crate::known::Known;
use crate::limits::KEYLOG_TRIALS;
use crate::origin::Origin;
use crate::packet::PacketRef;
use crate::record::{Fact, Stage};
use crate::session::{Observed, Reason, Session, SessionEnd};
use crate::tls::connection::Inside;
use crate::weird::WeirdKind;

const RANDOM: [u8; 32] = [0xaa; 32];
const SUITE: Suite = Suite::Aes128Gcm;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &u32::try_from(body.len()).unwrap().to_be_bytes()[1..], body].concat()
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], content].concat()
}

fn client_hello(extensions: &[u8]) -> Vec<u8> {
    let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
    let body = [&[3, 3], &RANDOM[..], &[0, 0, 2, 0x13, 1, 1, 0], &length, extensions].concat();
    record(22, &message(1, &body))
}

fn server_hello(suite: u16) -> Vec<u8> {
    let [high, low] = suite.to_be_bytes();
    let extensions = [0, 6, 0, 43, 0, 2, 3, 4];
    let body = [&[3, 3], &[0xbb; 32][..], &[0, high, low, 0], &extensions].concat();
    record(22, &message(2, &body))
}

/// EncryptedExtensions with ALPN `h2`.
fn encrypted_extensions() -> Vec<u8> {
    message(8, b"\x00\x09\x00\x10\x00\x05\x00\x03\x02h2")
}

/// A Certificate message with one certificate, without content of note.
fn certificate() -> Vec<u8> {
    message(11, b"\x00\x00\x00\x08\x00\x00\x03DER\x00\x00")
}

fn finished() -> Vec<u8> {
    message(20, &[7; 32])
}

const LABELS: [(&str, u8); 4] = [
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", 2),
    ("CLIENT_TRAFFIC_SECRET_0", 3),
    ("SERVER_TRAFFIC_SECRET_0", 4),
];

fn log(labels: &[(&str, u8)]) -> KeyLog {
    let lines = labels.iter().map(|(label, byte)| line(label, &RANDOM, &secret(SUITE, *byte)));
    KeyLog::parse(lines.collect::<String>().as_bytes())
}

fn sealer(byte: u8) -> Sealer {
    Sealer::new(SUITE, &secret(SUITE, byte))
}

/// Who sent what, and whether as early data.
type Heard = (bool, Vec<u8>, bool);

/// Keeps what is inside.
#[derive(Debug, Default)]
struct Kept(Vec<Heard>);

impl Inside for Kept {
    fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        origin: Origin,
        _session: &Session,
        _around: &mut Surroundings<'_>,
    ) {
        self.0.push((from_client, bytes.to_vec(), origin.early_data));
    }

    fn gap(&mut self, from_client: bool, _around: &mut Surroundings<'_>) {
        self.0.push((from_client, b"(gap)".to_vec(), false));
    }
}

/// Feeds pieces, each a packet; gives back the facts.
fn run(keys: Option<&KeyLog>, pieces: &[(bool, Vec<u8>)]) -> Vec<Fact> {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut around = Surroundings { facts: &mut facts, known: &mut known, keys, tcp: None };
    let mut connection = TlsConnection::new(Vec::new());
    for (number, (from_client, bytes)) in (1..).zip(pieces) {
        let at = PacketRef { number, ..PacketRef::default() };
        connection.data(*from_client, bytes, at, &mut Kept::default(), &mut around);
    }
    connection.last_words(&mut Kept::default(), &mut around);
    connection.finish(SessionEnd::EndOfCapture, &mut around);
    facts
}

/// What is inside, where keys come when so many pieces were read. A piece without bytes is a hole.
fn inside(pieces: &[(bool, Vec<u8>)], keys: &KeyLog, from: usize) -> (Vec<Fact>, Vec<Heard>) {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let (mut kept, none) = (Kept::default(), KeyLog::default());
    let mut connection = TlsConnection::new(Vec::new());
    for ((at, number), (from_client, bytes)) in (0..).zip(1..).zip(pieces) {
        let keys = Some(if at < from { &none } else { keys });
        let facts = &mut facts;
        let mut around = Surroundings { facts, known: &mut known, keys, tcp: None };
        if bytes.is_empty() {
            connection.gap(*from_client, 1000, &mut kept, &mut around);
        } else {
            let at = PacketRef { number, ..PacketRef::default() };
            connection.data(*from_client, bytes, at, &mut kept, &mut around);
        }
    }
    let new = &mut facts;
    let keys = Some(if from > pieces.len() { &none } else { keys });
    let mut around = Surroundings { facts: new, known: &mut known, keys, tcp: None };
    connection.last_words(&mut kept, &mut around);
    connection.finish(SessionEnd::EndOfCapture, &mut around);
    (facts, kept.0)
}

fn ended(facts: &[Fact]) -> &Session {
    match facts.last() {
        Some(Fact::Session(Stage::Ended, session)) => session,
        other => panic!("{other:?}"),
    }
}

fn weirds(facts: &[Fact]) -> Vec<WeirdKind> {
    let weird = |fact: &Fact| match fact {
        Fact::Weird(weird) if weird.kind != WeirdKind::CertificateMalformed => Some(weird.kind),
        _ => None,
    };
    facts.iter().filter_map(weird).collect()
}

/// A whole connection: the Certificate lies in two records and three packets, application data
/// follows, and the server sends a ticket in between.
fn whole() -> Vec<(bool, Vec<u8>)> {
    let (mut client, mut server) = (sealer(1), sealer(2));
    let flight = [encrypted_extensions(), certificate()].concat();
    let (one, two) = flight.split_at(20);
    let one = server.record(22, one, 0);
    let two = server.record(22, &[two, &finished()].concat(), 40);
    let finished = client.record(22, &finished(), 0);
    let (mut client, mut server) = (sealer(3), sealer(4));
    let change = record(20, &[1]);
    vec![
        (true, client_hello(&[])),
        (false, [server_hello(0x1301), change.clone(), one[..10].to_vec()].concat()),
        (false, [&one[10..], &two[..30]].concat()),
        (false, two[30..].to_vec()),
        (true, [change, finished, client.record(23, b"GET", 0)].concat()),
        (false, server.record(22, &message(4, &[1; 40]), 0)),
        (false, server.record(23, b"200", 100)),
        (true, client.record(21, &[1, 0], 0)),
    ]
}

#[test]
fn with_all_keys_everything_is_exact() {
    let facts = run(Some(&log(&LABELS)), &whole());
    let session = ended(&facts);
    assert_eq!(session.alpn(), Some(&b"h2"[..]));
    assert_eq!(session.encrypted_extensions.as_ref().unwrap().packets.numbers(), [2, 3]);
    let chain = session.certificates.seen().unwrap();
    assert_eq!(&chain.value.entries[0].der()[..], b"DER");
    assert_eq!(chain.packets.numbers(), [2, 4]);
    assert_eq!((session.established, session.resumed), (true, Some(false)));
    let counts = (session.client_application_records, session.server_application_records);
    assert_eq!(counts, (1, 1), "a ticket is no application data");
    let alerts: Vec<_> = session.alerts.iter().map(|alert| alert.packets.numbers()).collect();
    assert_eq!((alerts, session.alerts[0].value.from_client), (vec![vec![8]], true));
    let inner: Vec<_> =
        session.ciphertexts.iter().map(|seen| (seen.from_client, seen.inner_type)).collect();
    assert_eq!(
        inner,
        [
            (false, Some(22)),
            (false, Some(22)),
            (true, Some(22)),
            (true, Some(23)),
            (false, Some(22)),
            (false, Some(23)),
            (true, Some(21)),
        ]
    );
    let stages = facts.iter().filter(|fact| matches!(fact, Fact::Session(Stage::Certified, _)));
    assert_eq!((stages.count(), weirds(&facts)), (1, vec![]));
}

#[test]
fn without_the_application_keys_the_handshake_is_read_all_the_same() {
    let facts = run(Some(&log(&LABELS[..2])), &whole());
    let session = ended(&facts);
    assert!(session.certificates.seen().is_some() && session.established);
    assert_eq!((session.client_application_records, session.alerts.len()), (2, 0));
    assert_eq!(weirds(&facts), []);
}

#[test]
fn with_keys_of_one_side_the_other_is_guessed() {
    let server = run(Some(&log(&LABELS[1..2])), &whole());
    assert!(ended(&server).certificates.seen().is_some() && ended(&server).established);
    let client = run(Some(&log(&LABELS[..1])), &whole());
    assert_eq!(reason(&client), Some(Reason::NoKey));
    assert!(ended(&client).established);
    assert_eq!((weirds(&server), weirds(&client)), (vec![], vec![]));
}

fn reason(facts: &[Fact]) -> Option<Reason> {
    match ended(facts).certificates {
        Observed::NotObservable(why) => Some(why),
        Observed::Seen(_) => None,
    }
}

#[test]
fn what_is_not_seen_is_said() {
    assert_eq!(reason(&run(None, &whole())), Some(Reason::Tls13Encrypted));
    assert_eq!(reason(&run(Some(&KeyLog::default()), &whole())), Some(Reason::NoKey));
    let wrong = LABELS.map(|(label, byte)| (label, byte + 10));
    let facts = run(Some(&log(&wrong)), &whole());
    assert_eq!(reason(&facts), Some(Reason::NoKey));
    assert_eq!(weirds(&facts), [WeirdKind::BadRecordMac; 2], "one of each side");
    assert!(ended(&facts).established, "guessed, as without keys");
    let ccm = [(true, client_hello(&[])), (false, server_hello(0x1306))];
    assert_eq!(reason(&run(Some(&log(&LABELS)), &ccm)), Some(Reason::UndecryptableSuite));
    let cut = whole()[..3].to_vec();
    assert_eq!(reason(&run(Some(&log(&LABELS)), &cut)), Some(Reason::NotReached));
}

#[test]
fn a_client_that_refuses_says_so_in_an_encrypted_alert() {
    let mut pieces = whole()[..4].to_vec();
    pieces.push((true, sealer(1).record(21, &[2, 48], 0)));
    let facts = run(Some(&log(&LABELS)), &pieces);
    let session = ended(&facts);
    assert_eq!((session.alerts.len(), session.alerts[0].value.description), (1, 48));
    assert!(session.alerts[0].value.from_client && !session.established);
    assert_eq!(session.ciphertexts.last().unwrap().inner_type, Some(21));
}

#[test]
fn client_certificates_and_requests() {
    let (mut client, mut server) = (sealer(1), sealer(2));
    let flight = [encrypted_extensions(), message(13, &[0, 0, 0]), certificate()].concat();
    let pieces = [
        (true, client_hello(&[])),
        (false, [server_hello(0x1301), server.record(22, &flight, 0)].concat()),
        (true, client.record(22, &[certificate(), finished()].concat(), 0)),
    ];
    let facts = run(Some(&log(&LABELS)), &pieces);
    let session = ended(&facts);
    assert!(session.certificate_requested && session.client_certificates.is_some());
    assert_eq!(session.client_certificates.as_ref().unwrap().packets.numbers(), [3]);
}

#[test]
fn a_replayed_random_has_several_secrets() {
    let mut labels = LABELS.map(|(label, byte)| (label, byte + 10)).to_vec();
    labels.extend(LABELS);
    let facts = run(Some(&log(&labels)), &whole());
    assert!(ended(&facts).certificates.seen().is_some());
    assert_eq!((ended(&facts).alerts.len(), weirds(&facts)), (1, vec![]));
}

#[test]
fn early_data_with_and_without_its_key() {
    let mut early = sealer(7);
    let mut pieces = whole();
    pieces[0].1 = client_hello(&[0, 42, 0, 0]);
    pieces.insert(1, (true, early.record(23, b"GET /early", 0)));
    pieces.insert(5, (true, early.record(23, b"more", 0)));
    let refused = run(Some(&log(&LABELS)), &pieces);
    pieces.insert(6, (true, early.record(22, &message(5, &[]), 0)));
    let labels = [&LABELS[..], &[("CLIENT_EARLY_TRAFFIC_SECRET", 7)]].concat();
    let accepted = run(Some(&log(&labels)), &pieces);
    for facts in [&refused, &accepted] {
        let session = ended(facts);
        assert!(session.early_data && session.established && session.alerts.len() == 1);
        assert_eq!(session.client_application_records, 1, "early data is not counted");
        assert_eq!(weirds(facts), []);
    }
    let early = ended(&accepted).ciphertexts.iter().filter(|seen| seen.from_client);
    let inner: Vec<_> = early.map(|seen| seen.inner_type).collect();
    assert_eq!(inner, [23, 23, 22, 22, 23, 21].map(Some));
}

#[test]
fn a_hole_in_the_servers_flight_does_not_end_the_reading() {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let log = log(&LABELS);
    let mut around =
        Surroundings { facts: &mut facts, known: &mut known, keys: Some(&log), tcp: None };
    let mut connection = TlsConnection::new(Vec::new());
    let pieces = whole();
    for (at, (from_client, bytes)) in pieces.iter().enumerate() {
        if matches!(at, 2 | 3) {
            let length = u32::try_from(bytes.len()).unwrap();
            connection.gap(*from_client, length, &mut Kept::default(), &mut around);
            continue;
        }
        let at = PacketRef::default();
        connection.data(*from_client, bytes, at, &mut Kept::default(), &mut around);
    }
    connection.last_words(&mut Kept::default(), &mut around);
    connection.finish(SessionEnd::EndOfCapture, &mut around);
    let session = ended(&facts);
    assert!(matches!(session.certificates, Observed::NotObservable(Reason::Gap)));
    assert_eq!((session.client_application_records, session.server_application_records), (1, 1));
    assert_eq!(weirds(&facts), []);
}

#[test]
fn a_server_that_falls_back_to_tls12_ends_early_data() {
    let hello = [&[3, 3], &[0xbb; 32][..], &[0, 0xc0, 0x2f, 0]].concat();
    let change = record(20, &[1]);
    let pieces = [
        (true, [client_hello(&[0, 42, 0, 0]), sealer(7).record(23, b"GET", 0)].concat()),
        (false, record(22, &message(2, &hello))),
        (true, [change.clone(), record(22, &[9; 40])].concat()),
        (false, [change, record(22, &[9; 40])].concat()),
        (true, record(23, &[9; 40])),
    ];
    let facts = run(Some(&log(&[("CLIENT_EARLY_TRAFFIC_SECRET", 7)])), &pieces);
    assert!(ended(&facts).established && weirds(&facts).is_empty());
    assert_eq!(ended(&facts).client_application_records, 1);
}

#[test]
fn keys_that_come_late_open_what_waited() {
    let early = inside(&whole(), &log(&LABELS), 0);
    let expected = [(true, b"GET".to_vec(), false), (false, b"200".to_vec(), false)];
    assert_eq!(early.1, expected);
    for from in 1..=8 {
        let (facts, heard) = inside(&whole(), &log(&LABELS), from);
        assert_eq!(heard, expected, "{from}");
        let (session, at_once) = (ended(&facts), ended(&early.0));
        assert_eq!((session.unread, weirds(&facts)), (None, vec![]), "{from}");
        assert_eq!(session.ciphertexts, at_once.ciphertexts, "{from}");
        assert!(session.certificates.seen().is_some(), "{from}");
        assert!(session.established && session.alerts.len() == 1);
    }
    let (facts, heard) = inside(&whole(), &log(&LABELS), 99);
    assert_eq!((heard, ended(&facts).unread), (vec![], Some(Reason::NoKey)));
    let blind = run(None, &whole());
    let (session, blind) = (ended(&facts), ended(&blind));
    assert_eq!((session.established, blind.unread), (blind.established, None));
    assert_eq!(session.client_application_records, blind.client_application_records);
    assert_eq!(session.ciphertexts, blind.ciphertexts);
    assert_eq!(session.end, blind.end);
}

#[test]
fn application_keys_later_than_those_of_the_handshake() {
    let mut log_of_handshake = log(&LABELS[..2]);
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut kept = Kept::default();
    let mut connection = TlsConnection::new(Vec::new());
    for (at, (from_client, bytes)) in whole().iter().enumerate() {
        if at == 7 {
            let lines = LABELS[2..].iter().map(|(l, byte)| line(l, &RANDOM, &secret(SUITE, *byte)));
            log_of_handshake.read(lines.collect::<String>().as_bytes());
        }
        let keys = Some(&log_of_handshake);
        let facts = &mut facts;
        let mut around = Surroundings { facts, known: &mut known, keys, tcp: None };
        let at = PacketRef::default();
        connection.data(*from_client, bytes, at, &mut kept, &mut around);
    }
    assert_eq!(kept.0.len(), 2);
}

#[test]
fn what_waits_is_bounded() {
    let mut pieces = whole()[..5].to_vec();
    for _ in 0..100 {
        pieces.push((false, record(23, &[9; 16_000])));
    }
    let (facts, heard) = inside(&pieces, &log(&LABELS), 99);
    assert_eq!((heard, ended(&facts).unread), (vec![], Some(Reason::NoKey)), "too late");
    assert_eq!(ended(&facts).end, SessionEnd::Established, "told as soon as the bound was met");
}

/// A connection with early data, which the server accepts or not.
fn with_early_data(accepted: bool) -> Vec<(bool, Vec<u8>)> {
    let (mut early, mut server) = (sealer(7), sealer(2));
    let extensions: &[u8] = if accepted { b"\x00\x04\x00\x2a\x00\x00" } else { b"\x00\x00" };
    let flight = [message(8, extensions), finished()].concat();
    let psk = [0, 43, 0, 2, 3, 4, 0, 41, 0, 2, 0, 0];
    let hello = [&[3, 3], &[0xbb; 32][..], &[0, 0x13, 1, 0], &[0, 12], &psk].concat();
    let hello = record(22, &message(2, &hello));
    let first = early.record(23, b"GET /early", 0);
    let mut last = sealer(1).record(22, &finished(), 0);
    if accepted {
        last = [early.record(22, &message(5, &[]), 0), last].concat();
    }
    let (mut client, mut server_data) = (sealer(3), sealer(4));
    vec![
        (true, [client_hello(&[0, 42, 0, 0]), first].concat()),
        (false, [hello, server.record(22, &flight, 0)].concat()),
        (true, last),
        (true, client.record(23, b"GET", 0)),
        (false, server_data.record(23, b"200", 0)),
    ]
}

#[test]
fn early_data_waits_for_the_servers_word() {
    let labels = [&LABELS[..], &[("CLIENT_EARLY_TRAFFIC_SECRET", 7)]].concat();
    let rest = [(true, b"GET".to_vec(), false), (false, b"200".to_vec(), false)];
    let early = [(true, b"GET /early".to_vec(), true)];
    for from in 0..=4 {
        let accepted = inside(&with_early_data(true), &log(&labels), from);
        assert_eq!(accepted.1, [&early[..], &rest].concat(), "{from}");
        let refused = inside(&with_early_data(false), &log(&labels), from);
        assert_eq!(refused.1, rest, "{from}");
        assert_eq!((weirds(&accepted.0), weirds(&refused.0)), (vec![], vec![]), "{from}");
    }
    let client_only = [labels[0], labels[2], labels[4]];
    let (_, heard) = inside(&with_early_data(true), &log(&client_only), 0);
    assert_eq!(heard, [&early[..], &rest[..1]].concat(), "the server's word cannot be read");
}

#[test]
fn a_hole_is_told_once_and_key_updates_in_it_are_found() {
    let mut client = sealer(3);
    let mut pieces = whole()[..5].to_vec();
    for _ in 0..5 {
        let _lost = client.record(23, b"lost", 0);
    }
    pieces.push((true, Vec::new()));
    pieces.push((true, Vec::new()));
    let mut client = client.next();
    let _lost = client.record(23, b"lost", 0);
    pieces.push((true, client.record(23, b"found", 0)));
    pieces.push((true, client.record(23, b"next", 0)));
    let (facts, heard) = inside(&pieces, &log(&LABELS), 0);
    let expected: Vec<_> = ["GET", "(gap)", "found", "next"]
        .iter()
        .map(|s| (true, s.as_bytes().to_vec(), false))
        .collect();
    assert_eq!((heard, weirds(&facts)), (expected, vec![]));
}

/// TLS 1.2 of these randoms with AES-128-GCM: the client's cipher, and the server's.
fn ciphers12(client_random: u8, master: u8) -> [RecordCipher; 2] {
    let agreed = Agreed {
        version: TlsVersion::TLS12,
        suite: RecordSuite::of(0xc02f, TlsVersion::TLS12).unwrap(),
        client_random: [client_random; 32],
        server_random: [0xbb; 32],
        encrypt_then_mac: false,
    };
    [true, false].map(|side| RecordCipher::derive(&[master; 48], &agreed, side).unwrap())
}

fn sealed12(cipher: &mut RecordCipher, number: u64, kind: u8, content: &[u8]) -> Vec<u8> {
    record(kind, &cipher.seal(number, kind, content))
}

fn server_hello12() -> Vec<u8> {
    message(2, &[&[3, 3], &[0xbb; 32][..], &[0, 0xc0, 0x2f, 0]].concat())
}

/// A log of TLS 1.2: randoms and master secrets.
fn log12(lines: &[(u8, u8)]) -> KeyLog {
    let lines = lines.iter().map(|(r, m)| line("CLIENT_RANDOM", &[*r; 32], &[*m; 48]));
    KeyLog::parse(lines.collect::<String>().as_bytes())
}

/// The log names the session that is resumed, not the one that resumes it.
#[test]
fn a_resumed_session_has_the_secret_of_another() {
    let [mut client, mut server] = ciphers12(0xaa, 1);
    let change = || record(20, &[1]);
    let pieces = vec![
        (true, client_hello(&[])),
        (false, record(22, &server_hello12())),
        (false, [change(), sealed12(&mut server, 0, 22, &finished())].concat()),
        (true, [change(), sealed12(&mut client, 0, 22, &finished())].concat()),
        (true, sealed12(&mut client, 1, 23, b"GET")),
        (false, sealed12(&mut server, 1, 23, b"200")),
    ];
    let expected = [(true, b"GET".to_vec(), false), (false, b"200".to_vec(), false)];
    // Whenever the log is there, and whatever else is in it.
    let keys = log12(&[(0x10, 9), (0x11, 1), (0x12, 0)]);
    for from in 0..pieces.len() {
        let (facts, heard) = inside(&pieces, &keys, from);
        assert_eq!(heard, expected, "{from}");
        let session = ended(&facts);
        assert_eq!((session.resumed, session.unread, weirds(&facts)), (Some(true), None, vec![]));
        assert!(session.established);
    }
    // None that fits is no wrong key: nobody said that it was this session's.
    let (facts, heard) = inside(&pieces, &log12(&[(0x10, 9), (0x12, 0)]), 0);
    assert_eq!(
        (heard, ended(&facts).unread, weirds(&facts)),
        (vec![], Some(Reason::NoKey), vec![])
    );
    // A line of its own counts alone.
    let (facts, heard) = inside(&pieces, &log12(&[(0x11, 1), (0xaa, 9)]), 0);
    assert_eq!((heard, ended(&facts).unread), (vec![], Some(Reason::NoKey)));
    assert_eq!(weirds(&facts), [WeirdKind::BadRecordMac; 2]);
    // What was not resumed is not tried.
    let mut whole = pieces;
    whole[1].1.extend(record(22, &message(11, b"\x00\x00\x06\x00\x00\x03DER")));
    let (facts, heard) = inside(&whole, &keys, 0);
    assert_eq!((heard, ended(&facts).unread), (vec![], Some(Reason::NoKey)));
    assert!(!weirds(&facts).contains(&WeirdKind::BadRecordMac));
}

#[test]
fn a_long_log_is_not_tried() {
    let [mut client, mut server] = ciphers12(0xaa, 1);
    let change = || record(20, &[1]);
    let pieces = vec![
        (true, client_hello(&[])),
        (false, record(22, &server_hello12())),
        (false, [change(), sealed12(&mut server, 0, 22, &finished())].concat()),
        (true, [change(), sealed12(&mut client, 0, 22, &finished())].concat()),
        (true, sealed12(&mut client, 1, 23, b"GET")),
    ];
    let mut keys = log12(&[(0x11, 1)]);
    for (more, opened) in [(KEYLOG_TRIALS - 1, 1), (1, 0)] {
        for number in 0..more {
            let mut random = [0x20; 32];
            random[..8].copy_from_slice(&(number + more).to_be_bytes());
            keys.read(line("CLIENT_RANDOM", &random, &[7; 48]).as_bytes());
        }
        assert_eq!(inside(&pieces, &keys, 0).1.len(), opened, "{}", keys.len());
    }
}

/// TLS 1.2 whole, with a handshake within it, as `s_client` does it on request.
#[test]
fn tls12_and_a_handshake_within_it() {
    let server_hello = server_hello12();
    let inner_hello = [&[3, 3], &[0xcc; 32][..], &[0, 0, 2, 0xc0, 0x2f, 1, 0]].concat();
    let chain = message(11, b"\x00\x00\x06\x00\x00\x03DER");
    let [mut client, mut server] = ciphers12(0xaa, 1);
    let [mut client2, mut server2] = ciphers12(0xcc, 2);
    let change = || record(20, &[1]);
    let pieces = vec![
        (true, client_hello(&[])),
        (false, record(22, &server_hello)),
        (true, [change(), sealed12(&mut client, 0, 22, &finished())].concat()),
        (false, [change(), sealed12(&mut server, 0, 22, &finished())].concat()),
        (true, sealed12(&mut client, 1, 23, b"GET")),
        (false, sealed12(&mut server, 1, 22, &message(0, &[]))),
        (true, sealed12(&mut client, 2, 22, &message(1, &inner_hello))),
        (false, sealed12(&mut server, 2, 22, &[server_hello, chain].concat())),
        (true, sealed12(&mut client, 3, 20, &[1])),
        (true, sealed12(&mut client2, 0, 22, &finished())),
        (false, sealed12(&mut server, 3, 20, &[1])),
        (false, sealed12(&mut server2, 0, 22, &finished())),
        (false, sealed12(&mut server2, 1, 23, b"200")),
        (true, sealed12(&mut client2, 1, 21, &[1, 0])),
    ];
    let keys = log12(&[(0xaa, 1), (0xcc, 2)]);
    for from in [0, 3, 4, 9, 14] {
        let (facts, heard) = inside(&pieces, &keys, from);
        let expected = [(true, b"GET".to_vec(), false), (false, b"200".to_vec(), false)];
        assert_eq!(heard, expected, "{from}");
        let session = ended(&facts);
        assert!(session.established && session.certificates.seen().is_some());
        assert_eq!((session.alerts.len(), session.unread, weirds(&facts)), (1, None, vec![]));
        assert_eq!(
            (session.client_application_records, session.server_application_records),
            (1, 1)
        );
    }
    let (facts, heard) = inside(&pieces, &KeyLog::default(), 0);
    assert_eq!((heard, ended(&facts).unread), (vec![], Some(Reason::NoKey)));
    let wrong = KeyLog::parse(line("CLIENT_RANDOM", &RANDOM, &[9; 48]).as_bytes());
    let (facts, _) = inside(&pieces, &wrong, 0);
    assert_eq!(weirds(&facts), [WeirdKind::BadRecordMac; 2]);
    assert_eq!(ended(&facts).unread, Some(Reason::NoKey));
}
