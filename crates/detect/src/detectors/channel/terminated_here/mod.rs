//! `channel/terminated-here`: one capture sees both legs of an interception.
//!
//! A proxy that ends TLS must shake hands with the server itself. Most do so before they answer the
//! client, since they need the server's certificate to forge theirs; then the inner handshake lies
//! within the outer one, between its ClientHello and its answer, and nothing but waiting for it
//! puts it there. Others do so when the first request comes; then it lies between request and reply.
//!
//! Who only passes a handshake on shows the same ClientHello on both legs; such legs are left out.

mod recent;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dissect::{Fact, FlowId, Record, Stage, Timestamp};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use self::recent::{Number, Recent};
use super::leg::Leg;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::when::millis;

pub(crate) static RULE: Rule = Rule {
    id: "channel/terminated-here",
    title: "TLS is ended and opened anew within this capture",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["CWE-300", "MASVS-NETWORK-1", "ATT&CK T1638", "ATT&CK T1557"],
    explanation: "The capture shows a TLS handshake of a client, and within it another handshake \
        for the same host that comes from somebody else, with another ClientHello: while the \
        client waits for its answer, a machine in between asks the real server. So that machine \
        ends the client's TLS, reads everything, and encrypts it again. No keys and no \
        certificates are needed to see this; the order of events proves it.",
    evidence: "Addresses, random and JA4 of both ClientHellos, and when the inner handshake began \
        and ended within the outer one.",
    false_positives: "A load balancer, CDN node or service mesh that ends TLS by design, captured \
        on its own machine. Two clients behind one router that ask for the same host at the same \
        instant can look like this once; it takes more than one such pair, or a proxy's own \
        address, to be raised with confidence.",
    fix: "Find the machine that opens the inner connection: its address is in the evidence. If it \
        is not yours, take the client off that network and change the credentials that were used. \
        In the app, trust no user-installed authorities and pin what matters (network security \
        config on Android, App Transport Security and pinning on iOS); on the server, mutual TLS \
        or signed requests keep a man in the middle from acting for the client.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::SESSION,
    build: || Box::new(TerminatedHere::default()),
};

/// Handshakes that are compared with each other: those of a busy access point in some seconds.
const MAX_LEGS: usize = 1024;

/// After its answer an inner handshake waits this long before it is judged: by then the outer one
/// was answered too, and copies of either have come by.
const PATIENCE_NANOS: i64 = 8_000_000_000;

/// So long handshakes are kept as candidates for an outer leg.
const KEEP_NANOS: i64 = 30_000_000_000;

/// A proxy that waits for the client's request opens the inner connection so soon after it.
const AFTER_REQUEST_NANOS: i64 = 500_000_000;

/// Records of the server up to this length may be session tickets.
const LONGEST_TICKET: u16 = 600;

/// Outer legs of a pair that are told apart.
const MAX_OUTERS: usize = 16;

/// Pairs of client and proxy whose tally is kept.
const MAX_PAIRS: usize = 4096;

/// The handshakes of the last seconds, and what was counted.
#[derive(Default)]
struct TerminatedHere {
    legs: Recent,
    /// Number of the first handshake that was not judged yet.
    due: Number,
    now: Option<Timestamp>,
    pairs: BTreeMap<(IpAddr, IpAddr), Tally>,
    /// Handshakes by addresses that did not lie within another one.
    alone: HashMap<IpAddr, usize, RandomState>,
}

/// What speaks for an address being another's proxy, until it is enough.
#[derive(Default)]
struct Tally {
    early: bool,
    /// Each outer leg counts once, whatever lies within it.
    outers: BTreeSet<FlowId>,
    waiting: Vec<Sighting>,
}

/// Where the outer leg leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Relation {
    /// To the very machine that the inner leg comes from.
    Proxy,
    /// Towards where the inner leg leads, or to a proxy with several addresses.
    OnTheWay,
}

/// Where the inner handshake lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Nesting {
    /// Between ClientHello and answer.
    InHandshake,
    /// Between request and reply.
    InExchange,
}

impl Detector for TerminatedHere {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(stage, session) = &record.fact else { return };
        if !scene.known.vantage_points.is_empty() {
            return;
        }
        let (Some(hello), Some(flow)) = (&session.client_hello, &record.flow) else { return };
        let now = self.now.max(Some(record.packet.timestamp));
        self.now = now;
        match stage {
            Stage::Negotiated => {
                if let Some(leg) = Leg::of(record, session) {
                    self.add(leg, scene);
                }
            }
            Stage::Ended | Stage::Certified => {
                let which = (flow.id, hello.value.id);
                self.legs.change(which, |leg| leg.go_on(session));
            }
        }
        if let Some(now) = now {
            self.judge_until(Some(now), scene);
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        self.judge_until(None, scene);
        let alone = std::mem::take(&mut self.alone);
        for ((_, proxy), tally) in std::mem::take(&mut self.pairs) {
            // Once may be chance; somebody who does nothing else is no chance.
            if tally.early && !alone.contains_key(&proxy) {
                scene.sightings.extend(tally.waiting);
            }
        }
        *self = Self::default();
    }
}

impl TerminatedHere {
    fn add(&mut self, leg: Leg, scene: &mut Scene<'_>) {
        let Some(answered) = leg.answered() else { return };
        if self.legs.len() >= MAX_LEGS {
            if self.due == self.legs.first() {
                self.judge_next(scene);
            }
            self.legs.pop();
        }
        self.legs.push(leg, answered);
    }

    /// Judges what has waited long enough at this time; everything without one.
    fn judge_until(&mut self, now: Option<Timestamp>, scene: &mut Scene<'_>) {
        let age = |answered| now.map_or(i64::MAX, |now| now.since(answered));
        while self.legs.get(self.due).is_some_and(|(_, at)| age(at) >= PATIENCE_NANOS) {
            self.judge_next(scene);
        }
        while self.legs.first() < self.due
            && self.legs.get(self.legs.first()).is_some_and(|(_, at)| age(at) > KEEP_NANOS)
        {
            self.legs.pop();
        }
    }

    /// Looks for the outer leg of the first handshake that was not judged.
    fn judge_next(&mut self, scene: &mut Scene<'_>) {
        let Some((inner, answered)) = self.legs.get(self.due) else { return };
        self.due = self.due.saturating_add(1);
        if self.legs.is_copied(inner) {
            return;
        }
        // Times first: they rule out most, and comparing them costs least.
        let outer = (self.legs.around(inner, answered))
            .filter_map(|outer| Some((outer, nesting(outer, inner)?, relation(outer, inner)?)))
            .find(|(outer, ..)| !self.legs.is_copied(outer));
        let proxy = inner.flow.client.address;
        let Some((outer, nesting, relation)) = outer else {
            if self.alone.len() < MAX_PAIRS || self.alone.contains_key(&proxy) {
                let count = self.alone.entry(proxy).or_default();
                *count = count.saturating_add(1);
            }
            return;
        };
        let mut sighting = sighting(outer, inner, nesting);
        if relation == Relation::Proxy {
            sighting.confidence = Confidence::Certain;
            scene.sightings.push(sighting);
            return;
        }
        let pair = (outer.flow.client.address, proxy);
        if self.pairs.len() >= MAX_PAIRS && !self.pairs.contains_key(&pair) {
            return;
        }
        let tally = self.pairs.entry(pair).or_default();
        if tally.outers.len() < MAX_OUTERS {
            tally.outers.insert(outer.flow.id);
        }
        tally.early |= nesting == Nesting::InHandshake;
        let alone = self.alone.get(&proxy).copied().unwrap_or_default();
        if tally.outers.len() >= 2 && tally.outers.len() > alone {
            for mut waiting in std::mem::take(&mut tally.waiting) {
                waiting.confidence = Confidence::Likely;
                scene.sightings.push(waiting);
            }
            sighting.confidence = Confidence::Likely;
            scene.sightings.push(sighting);
        } else if tally.waiting.is_empty() {
            tally.waiting.push(sighting);
        }
    }
}

/// How two legs belong together, if they may.
fn relation(outer: &Leg, inner: &Leg) -> Option<Relation> {
    let (client, entry) = (outer.flow.client.address, outer.flow.server.address);
    let (proxy, server) = (inner.flow.client.address, inner.flow.server.address);
    if outer.flow.id == inner.flow.id || outer.hello_id == inner.hello_id {
        return None;
    }
    if !outer.same_host(inner).unwrap_or(inner.host().is_none() && entry == server) {
        return None;
    }
    // Of one machine's connections only those to a proxy on itself are outer legs.
    if outer.is_local() {
        return (server != entry).then_some(Relation::Proxy);
    }
    if client == proxy {
        return None;
    }
    if proxy == entry {
        return (server != entry).then_some(Relation::Proxy);
    }
    (entry == server || outer.by_proxy).then_some(Relation::OnTheWay)
}

/// Where the inner handshake lies in the outer leg, if it does.
fn nesting(outer: &Leg, inner: &Leg) -> Option<Nesting> {
    let (asked, answered) = (inner.asked(), inner.answered()?);
    if outer.asked() <= asked && answered <= outer.answered()? {
        return Some(Nesting::InHandshake);
    }
    let request = outer.request?;
    let soon = inner.opened >= request && inner.opened.since(request) <= AFTER_REQUEST_NANOS;
    if !soon {
        return None;
    }
    // Between the request and the inner answer come tickets and settings, but no reply.
    let waits = !outer.replies.iter().any(|(at, length)| {
        (inner.opened..=answered).contains(at)
            || (*length > LONGEST_TICKET && (request..inner.opened).contains(at))
    });
    let replies = outer.replies.iter().any(|(at, _)| *at > answered);
    (waits && replies).then_some(Nesting::InExchange)
}

fn sighting(outer: &Leg, inner: &Leg, nesting: Nesting) -> Sighting {
    let (subject, proxy) = (outer.subject(), inner.flow.client.address);
    let client = outer.flow.client.address;
    let from = match nesting {
        Nesting::InHandshake => outer.asked(),
        Nesting::InExchange => outer.request.unwrap_or(outer.asked()),
    };
    let after = |at: Timestamp| millis(at.since(from));
    let (began, ended) = (after(inner.asked()), after(inner.answered().unwrap_or(inner.asked())));
    let value = match (nesting, outer.answered()) {
        (Nesting::InHandshake, Some(answered)) => format!(
            "{began} to {ended} after the outer ClientHello, which was answered after {}",
            after(answered)
        ),
        _ => format!("{began} to {ended} after the outer request, before its reply"),
    };
    let mut evidence = outer.identity("outer-leg");
    evidence.extend(inner.identity("inner-leg"));
    let packets = inner.answer_at.map(|packets| packets.numbers()).unwrap_or_default();
    evidence.push(Evidence { packets, fact: "inner-handshake", value });
    let draft = Draft {
        key: proxy.to_string(),
        confidence: Confidence::Possible,
        title: format!(
            "{proxy} ends the TLS connection of {client} to {} and opens its own",
            subject.label()
        ),
        evidence,
        alternatives: alternatives(&[
            "a load balancer or proxy of the service itself that ends TLS by design",
            "another client that asked for the same host at the same instant",
        ]),
    };
    draft.about(&RULE, subject, outer.packet())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may panic: that is how it fails")]
mod tests;
