use super::*;
use crate::detector::Sighting;
use crate::detectors::testing::{accepted, certificate, chain, encrypted, ended, later, sightings};
use crate::settings::Known;
use dissect::tls::Alert;
use dissect::x509::Chain;
use dissect::{PacketSpan, Seen};

fn forged() -> Chain {
    chain(vec![certificate("CN=api.shop.test", "CN=Interceptor")])
}

fn alert(host: &str, description: u8) -> Record {
    ended(host, forged(), |session| {
        let alert = Alert { from_client: true, level: 2, description };
        session.alerts = vec![Seen { value: alert, packets: PacketSpan::one(later(16)) }];
    })
}

/// Finished in packet 16, FIN in packet 18.
fn unused(host: &str) -> Record {
    ended(host, forged(), |session| {
        session.ciphertexts = vec![encrypted(16, true, 22, 40), encrypted(17, false, 22, 40)];
        session.tcp.client_fin = Some(later(18));
    })
}

fn raised(records: &[Record]) -> Vec<Sighting> {
    sightings(&mut CertificateRefused::default(), &Known::default(), records)
}

#[test]
fn an_alert_about_certificates_is_raised_at_once() {
    let raised = raised(&[alert("api.shop.test", 48)]);
    assert_eq!(raised.len(), 1);
    assert_eq!(
        raised[0].title,
        "10.0.0.2 refused the certificate of api.shop.test: alert 48 unknown_ca"
    );
    assert_eq!(raised[0].confidence, Confidence::Certain);
}

#[test]
fn repetition_and_hosts_that_pass_are_evidence() {
    let raised = raised(&[
        accepted("cdn.shop.test", forged()),
        alert("api.shop.test", 48),
        alert("api.shop.test", 48),
    ]);
    let facts: Vec<_> = raised[1].evidence.iter().map(|e| (e.fact, e.value.as_str())).collect();
    assert!(facts.contains(&("attempts", "2 times for api.shop.test, never accepted")));
    assert!(facts.contains(&("accepted-meanwhile", "cdn.shop.test: others pass")));
}

#[test]
fn a_client_that_left_without_a_word_is_raised_in_the_end() {
    let raised = raised(&[unused("api.shop.test"), unused("api.shop.test")]);
    assert_eq!(raised.len(), 2);
    assert!(raised[0].title.ends_with("finished the handshake and closed the connection unused"));
    assert_eq!(raised[0].confidence, Confidence::Likely);
}

#[test]
fn a_spare_connection_of_a_client_that_is_served_is_not() {
    let used = || accepted("api.shop.test", forged());
    assert!(raised(&[unused("api.shop.test"), used()]).is_empty());
    assert!(raised(&[used(), unused("api.shop.test")]).is_empty());
}

#[test]
fn a_client_that_also_leaves_unasked_is_not() {
    let left = ended("api.shop.test", forged(), |session| {
        session.certificates = dissect::Observed::NotObservable(dissect::Reason::NotReached);
        session.tcp.client_fin = Some(later(11));
    });
    assert!(raised(&[left, unused("api.shop.test")]).is_empty());
}

#[test]
fn other_alerts_are_not() {
    for description in [0, 40, 47, 70, 80, 90, 112] {
        assert!(raised(&[alert("api.shop.test", description)]).is_empty(), "{description}");
    }
}
