//! `channel/not-end-to-end`: two captures of the same traffic, and a handshake that only one saw.
//!
//! A handshake is the same wherever it passes by, whatever NAT does to addresses: the ClientHello
//! of the phone either arrives at the edge, byte by byte, or somebody in between ended the
//! connection and opened another. Active only while vantage points are compared.

mod matching;

use std::collections::BTreeSet;

use dissect::{Fact, Record, Stage, Timestamp};

use self::matching::{Fate, Matching, Nearness};
use super::leg::Leg;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::settings::VantagePoint;
use crate::when::millis;

pub(crate) static RULE: Rule = Rule {
    id: "channel/not-end-to-end",
    title: "The phone's handshake does not arrive at the edge",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["CWE-300", "MASVS-NETWORK-1", "ATT&CK T1638", "ATT&CK T1557"],
    explanation: "Two captures were compared, one near the phone and one at the edge of the \
        service. The phone's ClientHello is in the first and not in the second, although the edge \
        serves that host at that time; where a counterpart is named, another ClientHello arrived \
        there instead. So somebody in between ends TLS, reads and is able to change everything, \
        and encrypts it again. This needs no keys, no certificates and no list of products.",
    evidence: "Packets, random and JA4 of the phone's ClientHello; the same of the handshake that \
        arrived at the edge instead, if there is one; and how the clocks of the two captures were \
        aligned. Each piece says which capture its packet numbers count.",
    false_positives: "An edge capture that lost packets, or was taken at another node of a service \
        that has several. A load balancer or CDN in front of the edge that ends TLS by design: \
        capture on its outer side.",
    fix: "Find out whose machine opens the connections that the edge sees: its address is in the \
        evidence. If it is not yours, take the phone off that network, look for a proxy, VPN or \
        profile on it, and change the credentials that were used. On Android and iOS, pin the \
        hosts that matter and trust no user-installed authorities in the app; on the server, \
        signed requests or mutual TLS keep a man in the middle from acting for the app.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::ALL, build: || Box::new(NotEndToEnd::default()) };

/// Sessions of each capture that are compared; what comes after counts as not covered.
const MAX_SESSIONS: usize = 65_536;

/// What both captures showed.
#[derive(Default)]
struct NotEndToEnd {
    phone: Vec<Leg>,
    edge: Vec<Leg>,
    /// Server randoms of sessions of which the edge capture lost the ClientHello.
    edge_answers: BTreeSet<[u8; 32]>,
    /// When the edge capture begins and ends, as far as records tell.
    edge_span: Option<(Timestamp, Timestamp)>,
    /// Sessions of the phone that found no room.
    uncounted: u64,
}

impl Detector for NotEndToEnd {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(vantage) = scene.known.vantage_points.get(scene.input) else { return };
        if *vantage == VantagePoint::Edge {
            self.extend_span(record);
        }
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let leg = Leg::of(record, session).map(Leg::without_hello);
        match (vantage, leg) {
            (VantagePoint::Phone, Some(leg)) if self.phone.len() < MAX_SESSIONS => {
                self.phone.push(leg);
            }
            (VantagePoint::Phone, _) => self.uncounted = self.uncounted.saturating_add(1),
            (VantagePoint::Edge, Some(leg)) if self.edge.len() < MAX_SESSIONS => {
                self.edge.push(leg);
            }
            (VantagePoint::Edge, _) => {
                let random = session.server_hello.as_ref().map(|hello| hello.value.random);
                if self.edge_answers.len() < MAX_SESSIONS {
                    self.edge_answers.extend(random);
                }
            }
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        let last = scene.input.saturating_add(1) == scene.known.vantage_points.len();
        if !last || scene.known.vantage_points.len() < 2 {
            return;
        }
        let mut all = std::mem::take(self);
        all.phone.sort_by_key(Leg::asked);
        all.edge.sort_by_key(Leg::asked);
        all.judge(scene);
    }
}

impl NotEndToEnd {
    fn extend_span(&mut self, record: &Record) {
        let first = match &record.fact {
            Fact::Flow(summary) => summary.first.timestamp,
            _ => record.packet.timestamp,
        };
        let last = record.packet.timestamp;
        let (from, to) = self.edge_span.unwrap_or((first, last));
        self.edge_span = Some((from.min(first), to.max(last)));
    }

    fn judge(&self, scene: &mut Scene<'_>) {
        let phone_input =
            scene.known.vantage_points.iter().position(|at| *at == VantagePoint::Phone);
        let matching = Matching::new(&self.phone, &self.edge, &self.edge_answers, self.edge_span);
        let mut comparison = scene.comparison.unwrap_or_default();
        comparison.not_covered = comparison.not_covered.saturating_add(self.uncounted);
        for (leg, fate) in self.phone.iter().zip(&matching.fates) {
            let count = match fate {
                Fate::EndToEnd => &mut comparison.end_to_end,
                Fate::NotCovered => &mut comparison.not_covered,
                Fate::Terminated(counterpart) => {
                    let counterpart =
                        counterpart.and_then(|(at, nearness)| Some((self.edge.get(at)?, nearness)));
                    let mut sighting = sighting(leg, counterpart, &matching);
                    sighting.input = phone_input;
                    scene.sightings.push(sighting);
                    &mut comparison.terminated
                }
            };
            *count = count.saturating_add(1);
        }
        *scene.comparison = Some(comparison);
    }
}

fn sighting(leg: &Leg, counterpart: Option<(&Leg, Nearness)>, matching: &Matching) -> Sighting {
    let subject = leg.subject();
    let label = subject.label();
    let mut evidence = leg.identity("handshake");
    evidence.extend(leg.answer());
    let mut captures = vec![Some(VantagePoint::Phone); evidence.len()];
    let (title, confidence, how) = match counterpart {
        Some((other, nearness)) => {
            evidence.extend(other.identity("handshake-instead"));
            evidence.extend(other.answer());
            captures.resize(evidence.len(), Some(VantagePoint::Edge));
            let (confidence, how) = told_by(nearness);
            let by = other.flow.client.address;
            let title = format!(
                "{label} does not get the phone's TLS connection: it is ended in between, and {by} \
                 opens another"
            );
            (title, confidence, how)
        }
        None => (
            format!("{label} never got a handshake that the phone made: it is ended in between"),
            Confidence::Likely,
            "the edge serves this host at that time, and this handshake is missing",
        ),
    };
    let clock = match matching.clock {
        Some(clock) if clock.matched > 0 => format!(
            "the edge's clock is {} ahead of the phone's, by {} sessions that both saw",
            millis(clock.offset),
            clock.matched
        ),
        Some(_) => String::from("both clocks are taken to be right: no session is in both"),
        None => String::from("the times of the two captures cannot be compared"),
    };
    evidence.push(Evidence { packets: Vec::new(), fact: "told-by", value: how.into() });
    evidence.push(Evidence { packets: Vec::new(), fact: "clocks", value: clock });
    captures.resize(evidence.len(), None);
    let draft = Draft {
        key: String::new(),
        confidence,
        title,
        evidence,
        alternatives: alternatives(&[
            "a load balancer or CDN in front of the edge that ends TLS by design",
            "an edge capture that lost packets, or is of another server of this host",
        ]),
    };
    let mut sighting = draft.about(&RULE, subject, leg.packet());
    sighting.captures = captures;
    sighting
}

/// How sure it is, and by what.
const fn told_by(nearness: Nearness) -> (Confidence, &'static str) {
    match nearness {
        Nearness::Copied => {
            (Confidence::Certain, "the same ClientHello was answered differently at the edge")
        }
        Nearness::Nested => {
            (Confidence::Certain, "the other handshake lies within the phone's in time")
        }
        Nearness::Soon => {
            (Confidence::Likely, "the other handshake followed within the phone's connection")
        }
        Nearness::Order => (Confidence::Likely, "host and order; the times do not fit"),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may panic: that is how it fails")]
mod tests;
