//! Baselines are learned here as a user learns them, from records of made-up sessions.

use dissect::tls::{ClientHello, Offer, ServerHello};
use dissect::{Carrier, Ciphertext, PacketRef, PacketSpan, Seen};

use super::*;
use crate::baseline::{Acceptance, Baseline, Learner};
use crate::detectors::testing::{record, session, sightings};
use crate::{Known, Trust};

/// A session as a clean one looks: nginx with a P-256 chain.
#[derive(Clone)]
struct Made {
    alpn: Vec<&'static str>,
    ciphers: Vec<u16>,
    client_extensions: Vec<u16>,
    schemes: Vec<u16>,
    shares: Vec<u16>,
    cipher: u16,
    extensions: Vec<u16>,
    group: u16,
    retry: bool,
    records: Vec<u16>,
    resumed: bool,
}

fn clean() -> Made {
    Made {
        alpn: vec!["h2", "http/1.1"],
        ciphers: vec![0x1301, 0x1302, 0x1303],
        client_extensions: vec![0, 10, 13, 16, 43, 51],
        schemes: vec![0x0403, 0x0804],
        shares: vec![29],
        cipher: 0x1301,
        extensions: vec![43, 51],
        group: 29,
        retry: false,
        records: vec![36, 1685, 96, 53, 290, 290],
        resumed: false,
    }
}

/// Another TLS stack with other ideas, which the clean captures did not show.
fn other_client() -> Made {
    Made {
        alpn: vec!["http/1.1"],
        ciphers: vec![0x1302, 0x1301],
        client_extensions: vec![0, 5, 10, 13, 16, 27, 28, 43, 51],
        schemes: vec![0x0403, 0x0503, 0x0804],
        shares: vec![23, 29],
        cipher: 0x1302,
        records: vec![42, 1686, 97, 69],
        ..clean()
    }
}

fn made(made: &Made) -> Record {
    let packets = PacketSpan::one(PacketRef::default());
    let mut session = session(Carrier::Tcp, "api.shop.test");
    let offer = Offer {
        legacy_version: 0x0303,
        alpn: made.alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect(),
        cipher_suites: made.ciphers.clone(),
        extensions: made.client_extensions.clone(),
        signature_algorithms: made.schemes.clone(),
        supported_versions: vec![0x0304, 0x0303],
        key_share_groups: made.shares.clone(),
        ..Offer::default()
    };
    let client = ClientHello {
        sni: Some("api.shop.test".into()),
        offer: offer.into(),
        ..ClientHello::default()
    };
    let server = ServerHello {
        legacy_version: 0x0303,
        selected_version: Some(0x0304),
        cipher_suite: made.cipher,
        extensions: made.extensions.clone().into(),
        key_share_group: Some(made.group),
        psk_selected: made.resumed,
        ..ServerHello::default()
    };
    let seen = |hello| Some(Seen { value: Arc::new(hello), packets });
    session.client_hello = Some(Seen { value: Arc::new(client), packets });
    session.retry_request = seen(server.clone()).filter(|_| made.retry);
    session.server_hello = seen(server);
    session.resumed = Some(made.resumed);
    for (number, length) in (20..).zip(&made.records) {
        session.ciphertexts.push(Ciphertext {
            from_client: false,
            content_type: 23,
            length: *length,
            at: PacketRef { number, ..PacketRef::default() },
            inner_type: None,
        });
    }
    record(Stage::Ended, session)
}

fn learned(from: &[Made]) -> Baseline {
    let mut learner =
        Learner::new(Baseline::default(), Trust::default(), Acceptance::TrustedOnly, None);
    for session in from {
        learner.observe(&made(session));
    }
    Baseline::parse(&learner.finish().to_text()).unwrap()
}

fn raised(from: &[Made], now: &Made) -> Option<Sighting> {
    let known = Known { baseline: learned(from), ..Known::default() };
    sightings(&mut ServerFingerprintChanged, &known, &[made(now)]).pop()
}

#[test]
fn interceptors_of_the_laboratory_are_raised() {
    for (what, now, words) in [
        ("mitmproxy", Made { records: vec![60, 961, 281, 53, 250, 250], ..clean() }, "RSA-2048"),
        ("mockttp", Made { records: vec![38, 1821, 281, 53], ..clean() }, "server name"),
        ("bettercap", Made { records: vec![23, 2723, 153, 53], ..clean() }, "RSA-1024"),
        ("sslsplit", Made { retry: true, records: vec![27, 2576, 281, 53], ..clean() }, "refuses"),
        ("squid", Made { records: vec![23, 2672, 281, 53], ..clean() }, "application protocol"),
    ] {
        let sighting = raised(&[clean()], &now).unwrap_or_else(|| panic!("{what}"));
        assert!(sighting.title.contains(words), "{what}: {}", sighting.title);
        assert_eq!(sighting.severity, Severity::Medium, "{what}");
        assert_eq!(sighting.confidence, Confidence::Likely, "{what}");
    }
}

#[test]
fn a_client_that_the_baseline_has_not_met_shows_them_too() {
    for records in [vec![60, 961, 281, 69], vec![38, 1821, 281, 69], vec![23, 2672, 281, 69]] {
        let now = Made { records, ..other_client() };
        assert!(raised(&[clean()], &now).is_some(), "{:?}", now.records);
    }
    let order = Made { extensions: vec![51, 43], ..other_client() };
    assert!(raised(&[clean()], &order).unwrap().title.contains("another order"));
    let cipher = Made { cipher: 0x1303, ..other_client() };
    let both = [clean(), Made { client_extensions: vec![0, 43], ..other_client() }];
    assert!(raised(&both, &cipher).unwrap().title.contains("expected"));
}

#[test]
fn the_evidence_quotes_both_sides() {
    let now = Made { records: vec![36, 961, 281, 53], ..clean() };
    let sighting = raised(&[clean()], &now).unwrap();
    assert_eq!(sighting.severity, Severity::Low, "nothing but the certificates changed");
    let key = sighting.evidence.iter().find(|evidence| evidence.fact == "key").unwrap();
    assert_eq!(
        (key.value.as_str(), &key.packets[..]),
        ("RSA-2048; known: P-256", &[20, 21, 22, 23][..])
    );
}

#[test]
fn the_same_server_is_quiet() {
    for (what, now) in [
        ("nothing changed", clean()),
        ("signatures and renewal", Made { records: vec![36, 1701, 94, 53, 290], ..clean() }),
        ("resumption", Made { resumed: true, records: vec![36, 53], ..clean() }),
        ("client certificate", Made { records: vec![36, 66, 1685, 95, 53], ..clean() }),
        ("no flight seen", Made { records: vec![36, 1685], ..clean() }),
        ("all in one record", Made { records: vec![19 + 1668 + 79 + 36 + 17], ..clean() }),
        ("another client", other_client()),
        ("stapled for another client", Made { records: vec![42, 2196, 97, 69], ..other_client() }),
        ("tickets", Made { records: vec![36, 1685, 96, 53, 147], ..clean() }),
    ] {
        let sighting = raised(&[clean()], &now);
        assert!(sighting.is_none(), "{what}: {}", sighting.unwrap().title);
    }
}

#[test]
fn what_the_baseline_does_not_know_is_quiet() {
    let now = Made { records: vec![60, 961, 281, 53], ..clean() };
    assert!(raised(&[], &now).is_none());
}

#[test]
fn both_edges_of_a_host_are_known() {
    let other = Made { records: vec![32, 2643, 281, 53], ..clean() };
    assert!(raised(&[clean(), other.clone()], &other).is_none());
    assert!(raised(&[clean(), other], &clean()).is_none());
}
