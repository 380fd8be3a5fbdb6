//! Ladders of sessions as they are in captures, and of hostile ones.

use std::sync::Arc;

use dissect::tcp::{Opening, Reset, TcpFacts};
use dissect::tls::{Alert, ClientHello, Offer, ServerHello};
use dissect::x509::Chain;
use dissect::{
    Carrier, Ciphertext, Observed, PacketSpan, Prelude, Reason, Seen, Session, SessionEnd,
};

use super::super::samples::certificates::{CertificateSketch, chain};
use super::super::samples::{packet, packets, page, shown, text};
use super::*;

fn drawn(session: &Session, columns: usize) -> String {
    let mut page = page(columns);
    section(&mut page, session, None);
    shown(&page)
}

fn genuine(host: &str) -> Arc<Chain> {
    let names = [host];
    let leaf =
        CertificateSketch { subject: host, issuer: "mitmproxy", names: &names, days: 90, seed: 7 };
    chain(&[leaf, CertificateSketch { subject: "mitmproxy", names: &[], ..leaf }])
}

fn opening(number: u64, ttl: u8) -> Option<Opening> {
    let at = packet(number);
    Some(Opening { at, ttl, window: 1, mss: None, window_scale: None, options: [0; 12] })
}

fn record(from_client: bool, content_type: u8, length: u16, number: u64) -> Ciphertext {
    Ciphertext { from_client, content_type, length, at: packet(number), inner_type: None }
}

fn hellos(carrier: Carrier, suite: u16, versions: &[u16]) -> Session {
    let mut session = Session::new(carrier);
    let alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let offer = Offer {
        legacy_version: 0x0303,
        supported_versions: vec![0x0304],
        alpn,
        ..Offer::default()
    };
    let sni = Some(String::from("api.shop.test"));
    let client = ClientHello { sni, offer: offer.into(), ..ClientHello::default() };
    let server = ServerHello {
        legacy_version: 0x0303,
        selected_version: versions.first().copied(),
        cipher_suite: suite,
        ..ServerHello::default()
    };
    session.client_hello_bytes = Some(Arc::from([0_u8; 512].as_slice()));
    session.client_hello = Some(Seen { value: Arc::new(client), packets: packets(4, 4) });
    session.server_hello = Some(Seen { value: Arc::new(server), packets: packets(26, 26) });
    session
}

/// TLS 1.2 through an explicit proxy, accepted.
fn accepted() -> Session {
    let mut session = hellos(Carrier::Tcp, 0xc02f, &[]);
    session.preludes.push(Prelude::HttpConnect { target: "api.shop.test:443".into() });
    let value = genuine("api.shop.test");
    session.certificates = Observed::Seen(Seen { value, packets: packets(26, 28) });
    session.certificate_requested = true;
    session.ciphertexts = vec![
        record(true, 22, 40, 30),
        record(false, 22, 40, 31),
        record(true, 23, 400, 32),
        record(true, 23, 500, 33),
        record(false, 23, 1400, 54),
        record(false, 21, 26, 55),
    ];
    session.established = true;
    session.client_application_records = 2;
    session.server_application_records = 1204;
    session.tcp = TcpFacts {
        syn: opening(1, 64),
        syn_ack: opening(2, 57),
        server_fin: Some(packet(55)),
        client_fin: Some(packet(56)),
        reset: None,
    };
    session.end = SessionEnd::Closed;
    session
}

/// TLS 1.3 without keys; the client says no in an encrypted alert.
fn refused() -> Session {
    let mut session = hellos(Carrier::Tcp, 0x1301, &[0x0304]);
    session.certificates = Observed::NotObservable(Reason::Tls13Encrypted);
    session.retry_request =
        session.server_hello.clone().map(|hello| Seen { packets: packets(5, 5), ..hello });
    session.ciphertexts = vec![
        record(false, 23, 30, 26),
        record(false, 23, 2400, 28),
        record(false, 23, 300, 28),
        record(true, 23, 19, 30),
    ];
    session.tcp.reset = Some(Reset { at: packet(31), by_client: true });
    session.end = SessionEnd::Reset { by_client: true };
    session
}

#[test]
fn accepted_by_the_client() {
    insta::assert_snapshot!("accepted_80", drawn(&accepted(), 80));
    insta::assert_snapshot!("accepted_120", drawn(&accepted(), 120));
    insta::assert_snapshot!("accepted_40", drawn(&accepted(), 40));
}

#[test]
fn refused_by_the_client() {
    insta::assert_snapshot!("refused_80", drawn(&refused(), 80));
    let mut spoken = accepted();
    spoken.ciphertexts.clear();
    spoken.established = false;
    spoken.client_application_records = 0;
    spoken.server_application_records = 0;
    let alert = Alert { from_client: true, level: 2, description: 48 };
    spoken.alerts.push(Seen { value: alert, packets: packets(29, 29) });
    insta::assert_snapshot!("refused_with_an_alert_80", drawn(&spoken, 80));
}

#[test]
fn accepted_in_tls13_without_keys() {
    let mut session = refused();
    session.tcp = TcpFacts::default();
    session.established = true;
    session.end = SessionEnd::Established;
    session.ciphertexts.pop();
    session.ciphertexts.extend([
        record(true, 23, 53, 30),
        record(true, 23, 800, 30),
        record(false, 23, 250, 33),
        record(true, 23, 90, 34),
    ]);
    session.client_application_records = 3;
    insta::assert_snapshot!("tls13_120", drawn(&session, 120));
}

#[test]
fn other_carriers_and_nothing_at_all() {
    let mut quic = hellos(Carrier::Quic { version: 1 }, 0x1301, &[0x0304]);
    quic.certificates = Observed::NotObservable(Reason::Tls13Encrypted);
    insta::assert_snapshot!("quic_80", drawn(&quic, 80));
    insta::assert_snapshot!("nothing_80", drawn(&Session::new(Carrier::Dtls), 80));
}

#[test]
fn hostile_sessions_are_bounded_and_keep_the_columns() {
    let mut session = accepted();
    let hello = ClientHello { sni: Some("\x1b[31m日".repeat(90)), ..ClientHello::default() };
    session.client_hello = Some(Seen { value: Arc::new(hello), packets: packets(u64::MAX, 1) });
    let alert = Alert { from_client: true, level: 1, description: 200 };
    session.alerts = vec![Seen { value: alert, packets: PacketSpan::default() }; 10_000];
    session.ciphertexts =
        (0..200).map(|n| record(n % 2 == 0, 23, u16::MAX, u64::MAX - n)).collect();
    for columns in [1, 10, 40, 80, 200] {
        let mut page = page(columns);
        section(&mut page, &session, None);
        let lines = text(&page);
        assert!(columns < 40 || lines.len() < 300, "{columns}: {}", lines.len());
        assert!(lines.iter().all(|line| width(line) <= columns.max(4)), "{columns}");
    }
}
