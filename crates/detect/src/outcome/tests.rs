use super::*;
use crate::detectors::testing::{certificate, chain, encrypted, ended, later};
use dissect::tls::{Alert, ServerHello};
use dissect::{Fact, PacketSpan, Reset, Seen};
use std::sync::Arc;

fn outcome(change: impl FnOnce(&mut Session)) -> Outcome {
    let record = ended("a.test", chain(vec![certificate("CN=a.test", "CN=b")]), change);
    let Fact::Session(_, session) = &record.fact else { panic!("no session") };
    of(session)
}

/// A session of TLS 1.3 with the server's flight in packet 10 and these records of the client.
fn tls13(client: &[(u64, u16)], close: Option<u64>) -> Outcome {
    outcome(|session| {
        let hello = ServerHello { selected_version: Some(0x0304), ..ServerHello::default() };
        session.server_hello =
            Some(Seen { value: Arc::new(hello), packets: PacketSpan::one(later(10)) });
        session.ciphertexts =
            [32, 900, 281, 69].map(|length| encrypted(10, false, 23, length)).to_vec();
        session
            .ciphertexts
            .extend(client.iter().map(|&(at, length)| encrypted(at, true, 23, length)));
        session.tcp.client_fin = close.map(later);
    })
}

fn how(outcome: &Outcome) -> Option<How> {
    match outcome {
        Outcome::Refused(refusal) => Some(refusal.how),
        _ => None,
    }
}

fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted(_))
}

#[test]
fn tls13_without_keys() {
    let alert = |length| Some(How::EncryptedAlert { length });
    let unused = Some(How::ClosedUnused { reset: false });
    let silent = Some(How::ClosedWithoutAnswer { reset: false });
    // Go and Chromium; JSSE, which pads.
    assert_eq!(how(&tls13(&[(12, 19)], Some(13))), alert(19));
    assert_eq!(how(&tls13(&[(12, 35)], Some(13))), alert(35));
    // The server was quicker to close when it was told; or had closed before.
    let told = |server_fin| {
        outcome(|session| {
            let hello = ServerHello { selected_version: Some(0x0304), ..ServerHello::default() };
            session.server_hello =
                Some(Seen { value: Arc::new(hello), packets: PacketSpan::one(later(10)) });
            session.ciphertexts =
                [32, 900, 281, 69].map(|length| encrypted(10, false, 23, length)).to_vec();
            session.ciphertexts.push(encrypted(12, true, 23, 19));
            session.tcp.server_fin = Some(later(server_fin));
            session.tcp.client_fin = Some(later(14));
        })
    };
    assert_eq!(how(&told(13)), alert(19));
    assert_eq!(how(&told(11)), None);
    // curl with a pin; BoringSSL through curl; Node.
    assert_eq!(how(&tls13(&[(12, 69), (13, 19)], Some(14))), unused);
    assert_eq!(how(&tls13(&[(12, 53)], Some(14))), unused);
    assert_eq!(how(&tls13(&[], Some(14))), silent);
    // A request follows; JSSE pads its Finished.
    assert!(is_accepted(&tls13(&[(12, 69), (13, 81)], Some(40))));
    assert!(is_accepted(&tls13(&[(12, 85), (13, 57)], None)));
    // An empty certificate of the client before its Finished.
    assert_eq!(tls13(&[(12, 25), (12, 69)], None), Outcome::Unclear);
    // Nobody closed, or much later.
    assert_eq!(tls13(&[(12, 69)], None), Outcome::Unclear);
    assert_eq!(tls13(&[(12, 69)], Some(900)), Outcome::Unclear);
    assert_eq!(tls13(&[], Some(1_500)), Outcome::Unclear);
}

#[test]
fn tls12() {
    let finished = || vec![encrypted(16, true, 22, 40), encrypted(17, false, 22, 40)];
    let unused = outcome(|session| {
        session.ciphertexts = finished();
        session.ciphertexts.push(encrypted(18, true, 21, 26));
        session.tcp.reset = Some(Reset { at: later(19), by_client: true });
    });
    assert_eq!(how(&unused), Some(How::ClosedUnused { reset: true }));
    let used = outcome(|session| {
        session.ciphertexts = finished();
        session.ciphertexts.push(encrypted(18, true, 23, 40));
        session.tcp.client_fin = Some(later(19));
    });
    assert!(is_accepted(&used));
    let silent = outcome(|session| session.tcp.client_fin = Some(later(19)));
    assert_eq!(how(&silent), Some(How::ClosedWithoutAnswer { reset: false }));
}

#[test]
fn alerts_of_the_client_about_certificates() {
    let said = |from_client, description| {
        outcome(|session| {
            let value = Alert { from_client, level: 2, description };
            session.alerts = vec![Seen { value, packets: PacketSpan::one(later(16)) }];
            session.tcp.client_fin = Some(later(17));
        })
    };
    for description in [42, 43, 44, 45, 46, 48, 49, 113] {
        assert!(matches!(how(&said(true, description)), Some(How::Alert(_))), "{description}");
        assert_eq!(how(&said(false, description)), None, "{description}");
    }
    for description in [20, 40, 47, 51, 70, 80, 86, 100, 112, 116] {
        assert_eq!(how(&said(true, description)), None, "{description}");
    }
}

#[test]
fn who_was_not_asked_or_not_heard_refused_nothing() {
    let resumed = outcome(|session| {
        session.resumed = Some(true);
        session.tcp.client_fin = Some(later(17));
    });
    assert_eq!(resumed, Outcome::NotTested(Untested::Resumed));
    let used = ended("a.test", chain(Vec::new()), |session| {
        session.resumed = Some(true);
        session.ciphertexts = vec![encrypted(16, true, 22, 40), encrypted(17, true, 23, 40)];
    });
    let Fact::Session(_, used) = &used.fact else { panic!("no session") };
    assert!(is_served(used) && matches!(of(used), Outcome::NotTested(_)));
    let left = outcome(|session| {
        let hello = ServerHello::default();
        session.server_hello =
            Some(Seen { value: Arc::new(hello), packets: PacketSpan::one(later(10)) });
        session.tcp.client_fin = Some(later(8));
    });
    assert_eq!(left, Outcome::NotTested(Untested::LeftBefore));
    // The FIN was under way when the server's Finished was.
    let crossing = outcome(|session| {
        session.ciphertexts = vec![encrypted(16, true, 22, 40), encrypted(18, false, 22, 40)];
        session.tcp.client_fin = Some(later(17));
    });
    assert_eq!(crossing, Outcome::Unclear);
    let server_first = outcome(|session| {
        session.tcp.server_fin = Some(later(17));
        session.tcp.client_fin = Some(later(18));
    });
    assert_eq!(server_first, Outcome::Unclear);
    let lost = outcome(|session| {
        session.client_gap = true;
        session.tcp.client_fin = Some(later(18));
    });
    assert_eq!(lost, Outcome::Unclear);
}
