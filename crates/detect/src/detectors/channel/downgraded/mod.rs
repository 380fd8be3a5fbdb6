//! `channel/downgraded`: client and server agreed on less than both can do.
//!
//! The server may say so itself (the sentinel in its random, an alert), the client may (the
//! fallback signal, the alert that Encrypted Client Hello was refused), or it is known what they
//! agreed on before: from the baseline, or from the same capture.

mod ech;
mod fallback;
mod quic;
mod sentinel;
#[cfg(test)]
mod tests;
mod weaker;

use std::net::IpAddr;
use std::sync::Arc;

use dissect::{Carrier, Fact, Record, Session, Stage};

use self::quic::Quic;
use self::weaker::Earlier;
use crate::baseline::host_part;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives, host};
use crate::digest::{Key, Lower};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/downgraded",
    title: "Client and server agreed on less than they can do",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &[
        "CWE-757",
        "MASVS-NETWORK-1",
        "ATT&CK T1562.010",
        "RFC 8446 section 4.1.3",
        "RFC 7507",
        "RFC 7301",
    ],
    explanation: "A server that could have spoken a newer version writes a sentinel into its \
        random when it does not; a client that tries again with an older version after a failure \
        says so with a signal among its cipher suites. Each means that the better attempt did not \
        come through. Besides, what a host used to agree on with the same offer is known from the \
        baseline or from earlier in the capture: an older version, HTTP/1.1 in place of HTTP/2, \
        no forward secrecy, or QUIC that gets no answer any more. A client whose Encrypted \
        Client Hello is not understood says so before it gives up. An interceptor that does not \
        speak as much as the host causes all of them, and some cause them on purpose.",
    evidence: "The sentinel, the signal or the alert; or what was agreed on, and what was agreed on \
        before, or is known from the baseline, for the same offer.",
    false_positives: "A network that drops packets or blocks UDP makes clients fall back without \
        anybody's doing: where only that speaks, the severity is lower. A host with several edges \
        of different ability. Middleboxes that copy the host's random into a ServerHello of their \
        own cause the sentinel: those are interceptors, if permitted ones.",
    fix: "Find out what stands between client and server and does not speak what both can. On the \
        server, disable TLS 1.0 and 1.1, so that there is nothing to fall back to. In the app, set \
        TLS 1.2 as the minimum (Android network security configuration, iOS App Transport \
        Security), and use no library that retries with older versions.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::SESSION,
    build: || Box::new(Downgraded::default()),
};

/// What was agreed on earlier in this input.
#[derive(Default)]
struct Downgraded {
    earlier: Earlier,
    quic: Quic,
}

/// A downgrade, before it is a sighting.
struct Downgrade {
    severity: Severity,
    confidence: Confidence,
    /// What tells it from other downgrades of the host.
    key: &'static str,
    title: String,
    evidence: Vec<Evidence>,
    alternatives: &'static [&'static str],
}

impl Downgrade {
    fn raise(self, record: &Record, session: &Arc<Session>) -> Sighting {
        let draft = Draft {
            key: String::from(self.key),
            confidence: self.confidence,
            title: self.title,
            evidence: self.evidence,
            alternatives: alternatives(self.alternatives),
        };
        let mut sighting = draft.raise(&RULE, record, session);
        sighting.severity = self.severity;
        sighting
    }
}

impl Detector for Downgraded {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(stage, session) = &record.fact else { return };
        if session.carrier == Carrier::Dtls {
            return;
        }
        let place = Place::of(record, session);
        let known = host(session).and_then(|name| scene.known.baseline.host(name));
        let mut say = |found: Option<Downgrade>| {
            if let Some(downgrade) = found {
                scene.sightings.push(downgrade.raise(record, session));
            }
        };
        match stage {
            Stage::Negotiated => {
                say(sentinel::judge(record, session));
                self.quic.negotiated(record, session, place);
            }
            Stage::Ended => {
                say(ech::judge(record, session, known));
                say(fallback::judge(record, session));
                match (known, place) {
                    (Some(known), Some(_)) => {
                        weaker::than_known(record, session, known).into_iter().for_each(&mut say);
                    }
                    (None, Some(place)) => say(self.earlier.compare(record, session, place)),
                    (_, None) => {}
                }
                say(self.quic.ended(record, session, place, known));
            }
            Stage::Certified => {}
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

/// What the memories of this rule are looked up by: a client, and the host that it asked for.
#[derive(Clone, Copy)]
struct Place<'a> {
    client: IpAddr,
    host: Lower<'a>,
}

impl<'a> Place<'a> {
    /// Of a session that asks for a host by name.
    fn of(record: &Record, session: &'a Session) -> Option<Self> {
        let host = host_part(host(session)?);
        Some(Self { client: record.flow.as_ref()?.client.address, host })
    }

    fn host(self) -> Key {
        Key::of(&self.host)
    }

    fn client_and_host(self) -> Key {
        Key::of(&(self.client, self.host))
    }
}
