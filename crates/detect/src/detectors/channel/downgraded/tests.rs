//! Tests of all parts.

use dissect::tls::{Alert, ClientHello, Offer, ServerHello};
use dissect::{PacketRef, PacketSpan, Seen};

use super::*;
use crate::baseline::{Acceptance, Baseline, Host, Learner};
use crate::detectors::testing::{NOW, certificate, certified, chain, record, session, sightings};
use crate::{Known, Trust};

const QUIC: Carrier = Carrier::Quic { version: 1 };

struct Made {
    carrier: Carrier,
    offered: Vec<u16>,
    ciphers: Vec<u16>,
    version: Option<u16>,
    cipher: u16,
    random_end: &'static [u8],
    protocol: Option<&'static str>,
    alert: Option<u8>,
}

fn tls12() -> Made {
    Made {
        carrier: Carrier::Tcp,
        offered: vec![0x0304, 0x0303],
        ciphers: vec![0x1301, 0xc02f, 0x009c],
        version: Some(0x0303),
        cipher: 0xc02f,
        random_end: b"",
        protocol: Some("h2"),
        alert: None,
    }
}

fn tls13() -> Made {
    Made { version: Some(0x0304), cipher: 0x1301, ..tls12() }
}

fn at(stage: Stage, made: &Made) -> Record {
    let packets = PacketSpan::one(PacketRef { number: 4, timestamp: NOW });
    let mut session = session(made.carrier, "api.shop.test");
    let offer = Offer {
        legacy_version: made.offered.iter().copied().min().unwrap().max(0x0301),
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        cipher_suites: made.ciphers.clone(),
        supported_versions: made.offered.clone(),
        ..Offer::default()
    };
    let client = ClientHello {
        sni: Some("api.shop.test".into()),
        offer: offer.into(),
        ..ClientHello::default()
    };
    session.client_hello = Some(Seen { value: Arc::new(client), packets });
    if let Some(version) = made.version {
        let mut random = [7; 32];
        if !made.random_end.is_empty() {
            random[24..].copy_from_slice(made.random_end);
        }
        let server = ServerHello {
            legacy_version: version.min(0x0303),
            selected_version: Some(version).filter(|version| *version > 0x0303),
            cipher_suite: made.cipher,
            random,
            alpn: made.protocol.map(|protocol| protocol.as_bytes().to_vec()),
            ..ServerHello::default()
        };
        session.server_hello = Some(Seen { value: Arc::new(server), packets });
        if version <= 0x0303 {
            let sent = certified("a", chain(vec![certificate("CN=a", "CN=b")]));
            let Fact::Session(_, sent) = sent.fact else { panic!("no session") };
            session.certificates = sent.certificates.clone();
        }
    }
    session.alerts.extend(made.alert.map(|description| Seen {
        value: Alert { from_client: false, level: 2, description },
        packets,
    }));
    record(stage, session)
}

fn learned(from: &[Made]) -> Known {
    let mut learner =
        Learner::new(Baseline::default(), Trust::default(), Acceptance::Untrusted, None);
    for made in from {
        learner.observe(&at(Stage::Ended, made));
    }
    Known { baseline: learner.finish(), ..Known::default() }
}

fn raised(known: &Known, made: &[Made]) -> Vec<Sighting> {
    let records: Vec<_> = made
        .iter()
        .flat_map(|made| {
            let negotiated = made.version.map(|_| at(Stage::Negotiated, made));
            negotiated.into_iter().chain([at(Stage::Ended, made)])
        })
        .collect();
    sightings(&mut Downgraded::default(), known, &records)
}

fn keys(known: &Known, made: &[Made]) -> Vec<String> {
    raised(known, made).into_iter().map(|sighting| sighting.key).collect()
}

#[test]
fn the_sentinel_is_certain() {
    let nothing = Known::default();
    let found = raised(&nothing, &[Made { random_end: b"DOWNGRD\x01", ..tls12() }]);
    assert_eq!((found.len(), found[0].confidence), (1, Confidence::Certain));
    assert!(found[0].title.contains("speaks TLS 1.3"), "{}", found[0].title);
    let old = Made { random_end: b"DOWNGRD\x00", version: Some(0x0301), ..tls12() };
    assert_eq!(keys(&nothing, &[old]), ["sentinel"]);
}

#[test]
fn the_sentinel_is_normal_for_a_client_that_offers_no_more() {
    let nothing = Known::default();
    for made in [
        Made { offered: vec![0x0303], random_end: b"DOWNGRD\x01", ..tls12() },
        Made { offered: vec![0x7f1c, 0x0303], random_end: b"DOWNGRD\x01", ..tls12() },
        Made { random_end: b"DOWNGRD\x00", ..tls12() },
        Made { random_end: b"DOWNGRD\x02", ..tls12() },
        tls12(),
        tls13(),
    ] {
        assert!(keys(&nothing, &[made]).is_empty());
    }
}

#[test]
fn the_fallback_signal_is_graded() {
    let graded = |offered: u16, alert| {
        let ciphers = vec![0xc02f, 0x5600];
        let made = Made { offered: vec![offered], ciphers, version: None, alert, ..tls12() };
        raised(&Known::default(), &[made]).pop().map(|sighting| sighting.severity)
    };
    assert_eq!(graded(0x0302, Some(86)), Some(Severity::High));
    assert_eq!(graded(0x0302, None), Some(Severity::Low));
    assert_eq!(graded(0x0303, None), Some(Severity::Low));
    assert_eq!(graded(0x0304, None), None, "beside TLS 1.3 it means nothing");
}

#[test]
fn an_older_version_than_known_is_raised() {
    let known = learned(&[tls13()]);
    assert_eq!(keys(&known, &[tls12()]), ["version"]);
    assert!(keys(&known, &[tls13()]).is_empty());
    let limited = Made { offered: vec![0x0303], ..tls12() };
    assert!(keys(&known, &[limited]).is_empty(), "the client offers no more");
    let both = learned(&[tls13(), tls12()]);
    assert!(keys(&both, &[tls12()]).is_empty(), "one of the host's edges can do no more");
}

#[test]
fn a_lesser_protocol_and_lost_secrecy_are_raised() {
    let known = learned(&[tls12()]);
    assert_eq!(keys(&known, &[Made { protocol: Some("http/1.1"), ..tls12() }]), ["protocol"]);
    assert_eq!(keys(&known, &[Made { protocol: None, ..tls12() }]), ["protocol"]);
    assert_eq!(keys(&known, &[Made { cipher: 0x009c, ..tls12() }]), ["forward-secrecy"]);
    let lesser = learned(&[Made { protocol: Some("http/1.1"), ..tls12() }]);
    assert!(keys(&lesser, &[tls12()]).is_empty(), "more than known is no downgrade");
}

#[test]
fn an_older_version_than_earlier_in_the_capture_is_raised() {
    let nothing = Known::default();
    assert_eq!(keys(&nothing, &[tls13(), tls12()]), ["version"]);
    assert!(keys(&nothing, &[tls12(), tls13(), tls13()]).is_empty());
    let other = Made { ciphers: vec![0x1303], ..tls12() };
    assert!(keys(&nothing, &[tls13(), other]).is_empty(), "another offer");
}

#[test]
fn quic_that_gets_no_answer_any_more_is_raised() {
    let unanswered = || Made { carrier: QUIC, version: None, ..tls13() };
    let answered = || Made { carrier: QUIC, ..tls13() };
    assert_eq!(keys(&learned(&[answered()]), &[tls13(), unanswered()]), ["quic"]);
    assert_eq!(keys(&Known::default(), &[answered(), tls13(), unanswered()]), ["quic"]);
    assert!(keys(&Known::default(), &[tls13(), unanswered()]).is_empty(), "never answered");
    assert!(keys(&learned(&[answered()]), &[unanswered()]).is_empty(), "nothing instead");
}

#[test]
fn ech_that_is_refused() {
    let with = |from_client, description| {
        let Fact::Session(stage, session) = at(Stage::Ended, &tls13()).fact else { panic!() };
        let mut session = Session::clone(&session);
        let value = Alert { from_client, level: 2, description };
        session.alerts =
            vec![Seen { value, packets: PacketSpan::one(PacketRef { number: 9, timestamp: NOW }) }];
        record(stage, session)
    };
    let mut known = Known::default();
    let severity = |known: &Known, record: Record| {
        let raised = sightings(&mut Downgraded::default(), known, &[record]);
        raised.first().map(|sighting| sighting.severity)
    };
    assert_eq!(severity(&known, with(true, 121)), Some(Severity::Medium));
    assert_eq!(severity(&known, with(false, 121)), None);
    assert_eq!(severity(&known, with(true, 0)), None);
    let host = Host { encrypted_client_hello: true, ..Host::default() };
    known.baseline = Baseline::default();
    known.baseline.hosts.insert(String::from("api.shop.test"), host);
    assert_eq!(severity(&known, with(true, 121)), Some(Severity::High));
}
