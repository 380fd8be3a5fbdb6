//! `channel/server-fingerprint-changed`: whoever answers for a host does not do it as the host is
//! known to: another ServerHello, another encrypted flight. It works without keys in TLS 1.3,
//! where no certificate can be seen.

mod certificate;
mod compare;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use dissect::tls::flight::ServerFlight;
use dissect::{Fact, Record, Session, Stage};

use self::compare::{Change, Comparison, Kind};
use crate::baseline::{Host, answer, offer};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives, host, subject};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/server-fingerprint-changed",
    title: "The server does not answer as the baseline knows it",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Handshake, Need::Baseline],
    references: &[
        "CWE-300",
        "MASVS-NETWORK-1",
        "ATT&CK T1638",
        "RFC 8446 section 4.1.3",
        "RFC 8446 section 4.3.1",
    ],
    explanation: "Every TLS stack leaves marks of its own in what it answers: the order of the \
        ServerHello's extensions, the cipher suite and key share it takes, whether it acknowledges \
        the server name, the application protocol. In TLS 1.3 the rest is encrypted, but the \
        lengths of the records still tell the kind of key that signs and the bytes of the \
        certificates. A host that is in the baseline answered a client in a way that no clean \
        capture shows. That is how an interceptor looks that answers in the host's place; it is \
        also how a host looks whose operator changed its software.",
    evidence: "Each part of the answer that changed, as it is and as it is known; the JA4 of the \
        client; how many known answers it was compared with. Only parts that the client's own \
        offer does not decide are compared, or else answers to the same offer.",
    false_positives: "A server, load balancer or CDN that was upgraded or moved since the baseline \
        was learned, and an edge that the baseline has not met. If nothing but key and length of \
        the certificates changed, the severity is low: hosts with certificates of several \
        authorities look like that.",
    fix: "Ask the host's operator whether its TLS software or certificates changed; if so, learn \
        again with --merge. If not, capture with a key log, or the same app limited to TLS 1.2, \
        so that the certificates can be read, and look for a proxy, a VPN or a profile on the \
        Android or iOS device. Pin the keys that matter in the app.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::ENDED,
    build: || Box::new(ServerFingerprintChanged),
};

/// Changes that a title names; the evidence has all.
const NAMED: usize = 3;

/// Stateless: every session is compared with the baseline by itself.
struct ServerFingerprintChanged;

impl Detector for ServerFingerprintChanged {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let Some(known) = host(session).and_then(|name| scene.known.baseline.host(name)) else {
            return;
        };
        scene.sightings.extend(judge(record, session, known));
    }
}

fn judge(record: &Record, session: &Arc<Session>, known: &Host) -> Option<Sighting> {
    let (offer, answer) = (offer(session)?, answer(session)?);
    let comparison = Comparison::new(known, session, &offer, &answer);
    let changes = comparison.changes();
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let (stack, certificate) = (count(Kind::Stack), count(Kind::Certificate));
    let severity = match (stack, certificate) {
        (0, 0) => return None,
        (0, _) => Severity::Low,
        _ => RULE.severity,
    };
    let confidence = match stack.saturating_add(certificate) {
        2.. if stack > 0 => Confidence::Likely,
        _ => Confidence::Possible,
    };
    let named: Vec<_> = changes.iter().take(NAMED).map(|change| change.meaning.as_str()).collect();
    let draft = Draft {
        key: String::from("answer"),
        confidence,
        title: format!(
            "{} does not answer as the baseline knows it: {}",
            subject(record, session).label(),
            named.join("; ")
        ),
        evidence: evidence(session, &offer.ja4, &comparison, &changes),
        alternatives: alternatives(&[
            "the host's operator changed its TLS software or its certificates",
            "an edge of a CDN, or a load balancer, that the baseline has not met",
            "a corporate proxy whose CA is allowed by policy",
        ]),
    };
    let mut sighting = draft.raise(&RULE, record, session);
    sighting.severity = severity;
    Some(sighting)
}

fn evidence(
    session: &Session,
    ja4: &str,
    comparison: &Comparison<'_>,
    changes: &[Change],
) -> Vec<Evidence> {
    let hello = session.server_hello.as_ref().map(|hello| hello.packets.numbers());
    let hello = hello.unwrap_or_default();
    let flight = flight_packets(session).unwrap_or_else(|| hello.clone());
    let mut evidence: Vec<_> = changes
        .iter()
        .map(|change| {
            let in_hello = matches!(
                change.part,
                "hello-retry-request"
                    | "key-share-group"
                    | "server-hello-extensions"
                    | "cipher-suite"
            );
            let packets = if in_hello { hello.clone() } else { flight.clone() };
            Evidence { packets, fact: change.part, value: change.value.clone() }
        })
        .collect();
    let client = session.client_hello.as_ref().map(|hello| hello.packets.numbers());
    let packets = client.unwrap_or_default();
    let compared = format!(
        "{} answers, {} of them to the same offer",
        comparison.known.len(),
        comparison.same.len()
    );
    evidence.push(Evidence { packets: packets.clone(), fact: "ja4", value: ja4.to_owned() });
    evidence.push(Evidence { packets, fact: "compared-with", value: compared });
    evidence
}

/// Packets in which the records of the encrypted flight, and the tickets, begin.
fn flight_packets(session: &Session) -> Option<Vec<u64>> {
    let flight = ServerFlight::of(session)?;
    let count = flight.records.len().saturating_add(flight.tickets.len());
    let server = session.ciphertexts.iter().filter(|record| !record.from_client);
    let mut packets: Vec<u64> = server.take(count).map(|record| record.at.number).collect();
    packets.dedup();
    Some(packets)
}
