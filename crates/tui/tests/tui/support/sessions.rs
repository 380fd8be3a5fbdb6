//! Sessions as an interception leaves them in a capture.

use std::sync::Arc;

use dissect::tls::{Alert, ClientHello, Offer, ServerHello};
use dissect::{Carrier, Observed, Prelude, Seen, Session, SessionEnd};

use super::certificates::{CertificateSketch, chain};
use super::packets;

/// TLS 1.2 through a proxy that presents its own chain, and an app that accepts it.
pub fn intercepted(host: &str) -> Session {
    let mut session = hellos(host);
    let names = [host];
    let sketches = [
        CertificateSketch { subject: host, issuer: "mitmproxy", names: &names, days: 365, seed: 7 },
        CertificateSketch {
            subject: "mitmproxy",
            issuer: "mitmproxy",
            names: &[],
            days: 3650,
            seed: 9,
        },
    ];
    session.preludes.push(Prelude::HttpConnect { target: format!("{host}:443") });
    session.certificates =
        Observed::Seen(Seen { value: chain(&sketches), packets: packets(12, 15) });
    session.established = true;
    session.client_application_records = 3;
    session.server_application_records = 1204;
    session.end = SessionEnd::Closed;
    session
}

/// The same, but the issuer is not sent, and the client says no.
pub fn refused(host: &str) -> Session {
    let mut session = hellos(host);
    let names = [host];
    let sketch =
        CertificateSketch { subject: host, issuer: "Example CA", names: &names, days: 90, seed: 3 };
    session.certificates =
        Observed::Seen(Seen { value: chain(&[sketch]), packets: packets(40, 40) });
    let alert = Alert { from_client: true, level: 2, description: 48 };
    session.alerts.push(Seen { value: alert, packets: packets(42, 42) });
    session.end = SessionEnd::Reset { by_client: true };
    session
}

fn hellos(host: &str) -> Session {
    let mut session = Session::new(Carrier::Tcp);
    let offer = Offer {
        legacy_version: 0x0303,
        cipher_suites: vec![0x1301, 0x1302, 0xc02f],
        supported_versions: vec![0x0304, 0x0303],
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        ..Offer::default()
    };
    let client =
        ClientHello { sni: Some(host.to_owned()), offer: offer.into(), ..ClientHello::default() };
    let server = ServerHello {
        legacy_version: 0x0303,
        cipher_suite: 0xc02f,
        alpn: Some(b"http/1.1".to_vec()),
        ..ServerHello::default()
    };
    session.client_hello = Some(Seen { value: Arc::new(client), packets: packets(9, 9) });
    session.server_hello = Some(Seen { value: Arc::new(server), packets: packets(12, 12) });
    session
}
