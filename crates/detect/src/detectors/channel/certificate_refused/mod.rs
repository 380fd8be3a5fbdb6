//! `channel/certificate-refused`: the client refused the server's certificate. Under interception
//! that is the good outcome; without, it is why the app does not work.
//!
//! A client that says no is believed at once. One that only goes away without a word is held back
//! until the input ends: browsers open connections that they do not use, and a client that was
//! served by the same host before or after has refused nothing.

mod history;

use dissect::tls::TlsVersion;
use dissect::{Carrier, Fact, Record, Session, Stage};

use super::case::Case;
use super::{acceptance, pin_mismatch};
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::detectors::draft::{self, Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::outcome::{self, How, Outcome, Refusal, Untested};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::PathStatus;

use history::{History, Place};

pub(crate) static RULE: Rule = Rule {
    id: "channel/certificate-refused",
    title: "The client refused the server's certificate",
    severity: Severity::Info,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["MASVS-NETWORK-2", "RFC 8446 section 6.2", "RFC 7469"],
    explanation: "The client ended the connection over the certificate that it was shown. If \
        somebody intercepts the traffic this is how it should end: the authority is not trusted, or \
        a pin does not fit. Clients say so in four ways: with an alert about certificates; with an \
        encrypted alert where TLS 1.3 expects their Finished; by leaving behind the server's \
        certificate without a word; or by finishing the handshake and leaving before any data is \
        sent, which is how many libraries compare pins. No data was sent in this session.",
    evidence: "The alert or the records and the FIN or reset that show it, the lengths of the \
        server's encrypted flight, how often the client refused this host, which other hosts it \
        accepted meanwhile, and the issuer where the certificate can be read.",
    false_positives: "An encrypted alert may be about something else than the certificate. A client \
        that leaves without a word may have changed its mind, or only have tested whether the \
        server is there. The certificate may be refused for reasons of the server's making: \
        expired, incomplete, for another host.",
    fix: "Find out whose certificate it was: capture with a key log, or ask the client for TLS 1.2. \
        If it is the genuine one, mend it on the server or update the pins of the app (the network \
        security configuration on Android, NSPinnedDomains on iOS). If not, the app did its duty: \
        look for who answers in the server's place.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::ENDED,
    build: || Box::new(CertificateRefused::default()),
};

/// Times that a client must leave without a word, whatever the host, before that is taken for a
/// refusal, if it does not look like one that came for a request.
const SILENT_REPEATS: u64 = 2;

/// Most records of the server's flight whose lengths are quoted.
const MAX_LENGTHS: usize = 8;

/// What clients did with which hosts, in this input.
#[derive(Default)]
struct CertificateRefused {
    history: History,
}

impl Detector for CertificateRefused {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        if session.carrier == Carrier::Dtls {
            return;
        }
        // Also what was resumed, and what came over QUIC while TCP was given up.
        if outcome::is_served(session) {
            self.history.accepted(record, session);
            return;
        }
        let outcome = outcome::of(session);
        let tells =
            matches!(outcome, Outcome::Refused(_) | Outcome::NotTested(Untested::LeftBefore));
        if !tells {
            return;
        }
        let Some(place) = Place::of(record, session) else { return };
        match outcome {
            Outcome::Refused(refusal) if refusal.how.is_spoken() => {
                let times = self.history.refused(&place);
                let mut draft = draft(record, session, &refusal);
                draft.evidence.extend(self.history.evidence(&place, times, &refusal.packets));
                scene.sightings.push(draft.raise(&RULE, record, session));
            }
            Outcome::Refused(refusal) => {
                if let Some(needed) = silent_repeats(record, session, scene) {
                    let raised = (refusal.how.word(), record.packet);
                    self.history.left(place, needed, (&raised.0, raised.1), || {
                        draft(record, session, &refusal).raise(&RULE, record, session)
                    });
                }
            }
            Outcome::NotTested(Untested::LeftBefore) => self.history.fickle(place),
            Outcome::Accepted(_) | Outcome::NotTested(_) | Outcome::Unclear => {}
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        let history = std::mem::take(&mut self.history);
        for (place, silent) in history.convincing() {
            for mut sighting in silent.sightings() {
                let packets = vec![sighting.packet.number];
                sighting.evidence.extend(history.evidence(place, silent.times, &packets));
                scene.sightings.push(sighting);
            }
        }
    }
}

/// How often a client must leave without a word, and never be served, before that is a refusal;
/// `None` if it never is.
fn silent_repeats(record: &Record, session: &Session, scene: &mut Scene<'_>) -> Option<u64> {
    // Who offers HTTP or names a host comes with a request in mind; what does neither may only
    // want to see who is there.
    let hello = session.client_hello.as_ref().map(|hello| &hello.value);
    let http = |name: &Vec<u8>| name.starts_with(b"h2") || name.starts_with(b"http/");
    let offers_http = hello.is_some_and(|hello| hello.offer.alpn.iter().any(http));
    let once = |meant: bool| Some(if meant { 1 } else { SILENT_REPEATS });
    let Some(case) = Case::ended(record) else {
        return draft::host(session).and_then(|_| once(offers_http));
    };
    let assessment = case.assess(scene);
    if acceptance::flaw(&case, &assessment, false).is_some() || pin_mismatch::fires(&case, scene) {
        return once(offers_http || case.host().is_some());
    }
    match assessment.path {
        PathStatus::Trusted { .. } => None,
        _ => Some(SILENT_REPEATS),
    }
}

fn draft(record: &Record, session: &Session, refusal: &Refusal) -> Draft {
    let subject = draft::subject(record, session);
    let client = subject.client.map_or_else(|| String::from("the client"), |ip| ip.to_string());
    let mut evidence = vec![Evidence {
        packets: refusal.packets.clone(),
        fact: "refusal",
        value: refusal.how.to_string(),
    }];
    evidence.extend(flight(session));
    if let Some(case) = Case::ended(record) {
        evidence.extend(case.identity());
    }
    let (confidence, other) = match refusal.how {
        How::Alert(_) => {
            (Confidence::Certain, "a certificate that is bad by the server's own doing")
        }
        How::EncryptedAlert { .. } => {
            (Confidence::Likely, "an alert about another part of the server's flight")
        }
        How::ClosedUnused { .. } | How::ClosedWithoutAnswer { .. } => {
            (Confidence::Likely, "a client that changed its mind, or only tested the server")
        }
    };
    Draft {
        key: refusal.how.word(),
        confidence,
        title: format!("{client} refused the certificate of {}: {}", subject.label(), refusal.how),
        evidence,
        alternatives: alternatives(&[other]),
    }
}

/// The lengths of the server's encrypted flight: in TLS 1.3 they tell the size of the chain and
/// the kind of its key.
fn flight(session: &Session) -> Option<Evidence> {
    if !session.version().is_some_and(TlsVersion::is_tls13) {
        return None;
    }
    let sent: Vec<_> =
        session.ciphertexts.iter().filter(|seen| !seen.from_client).take(MAX_LENGTHS).collect();
    let mut packets: Vec<u64> = sent.iter().map(|seen| seen.at.number).collect();
    packets.dedup();
    let lengths: Vec<String> = sent.iter().map(|seen| seen.length.to_string()).collect();
    let value = format!("{} bytes", lengths.join(", "));
    (!sent.is_empty()).then_some(Evidence { packets, fact: "encrypted-flight", value })
}

#[cfg(test)]
mod tests;
