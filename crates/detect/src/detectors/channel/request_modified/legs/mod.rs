//! The same exchange before and after somebody in between: in two captures that are compared, or on
//! both sides of a proxy in one capture.
//!
//! ```text
//! mod.rs        what is kept, and when it is looked at
//! likeness.rs   how much two exchanges have in common, and by what they are surely the same
//! pairs.rs      which belong together: none rather than a wrong one
//! ```

mod likeness;
mod pairs;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::IpAddr;

use dissect::http::Scheme;
use dissect::{Exchange, Fact, FlowId, Record, Timestamp};

use self::likeness::{Features, Own};
use super::{RULE, diff};
use crate::call::Call;
use crate::call::quote::{quote, request_line};
use crate::detector::{Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Key;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;
use crate::settings::VantagePoint;

/// Exchanges of each capture that are compared; what comes after is not looked at.
const MAX_COMPARED: usize = 50_000;
/// Bytes of their contents: as much as some 2,000 exchanges with the longest that are kept.
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// What an exchange counts for beside its contents.
const EXCHANGE: usize = 2 * 1024;
/// Exchanges of one capture that may still turn out to be a proxy's inner leg.
const MAX_RECENT: usize = 256;

/// Exchanges that are kept for matching.
#[derive(Default)]
pub(super) struct Legs {
    phone: Vec<Leg>,
    edge: Vec<Leg>,
    bytes: usize,
    /// Of the capture that is read: an inner leg is over before the outer one.
    recent: VecDeque<Recent>,
}

/// An exchange that may turn out to be an inner leg.
struct Recent {
    /// `None` if it shows nothing that is nobody else's, so that it cannot be told from others.
    record: Option<Record>,
    frame: Frame,
    own: Own,
    /// When it was asked, or one that came before it: neither lies within what was asked later.
    asked_by: Timestamp,
}

/// What shows at little cost that one exchange is not the other's inner leg, which most are not.
#[derive(Clone, Copy)]
struct Frame {
    asked: Timestamp,
    answered: Timestamp,
    client: Option<IpAddr>,
    flow: Option<FlowId>,
    host: Key,
}

impl Frame {
    fn of(call: &Call<'_>) -> Self {
        let flow = call.record.flow.as_ref();
        Self {
            asked: call.asked_at(),
            answered: call.answered_at(),
            client: flow.map(|flow| flow.client.address),
            flow: flow.map(|flow| flow.id),
            host: Key::of(call.host().unwrap_or_default()),
        }
    }

    /// Whether it lies within the outer one and is another client's.
    fn is_nested_in(&self, outer: &Self) -> bool {
        outer.asked <= self.asked
            && self.answered <= outer.answered
            && self.flow != outer.flow
            && self.client != outer.client
            && self.host == outer.host
    }
}

/// An exchange at one place.
pub(super) struct Leg {
    record: Record,
    features: Features,
}

impl Leg {
    fn of(call: &Call<'_>) -> Self {
        Self { record: call.record.clone(), features: Features::of(call) }
    }

    /// The exchange; there always is one.
    fn exchange(&self) -> Option<&Exchange> {
        match &self.record.fact {
            Fact::Exchange(exchange) => Some(exchange),
            _ => None,
        }
    }
}

impl Legs {
    pub(super) fn observe(&mut self, call: &Call<'_>, scene: &mut Scene<'_>) {
        if call.exchange.connection.told.is_some() || call.request().method == "CONNECT" {
            return;
        }
        if scene.known.vantage_points.is_empty() {
            self.in_one_capture(call, scene);
            return;
        }
        let bytes = EXCHANGE
            .saturating_add(call.request().body.bytes.len())
            .saturating_add(call.response().map_or(0, |response| response.body.bytes.len()));
        let side = match scene.known.vantage_points.get(scene.input) {
            Some(VantagePoint::Phone) => &mut self.phone,
            Some(VantagePoint::Edge) => &mut self.edge,
            None => return,
        };
        if side.len() < MAX_COMPARED && self.bytes < MAX_BYTES {
            self.bytes = self.bytes.saturating_add(bytes);
            side.push(Leg::of(call));
        }
    }

    pub(super) fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        self.recent.clear();
        let points = &scene.known.vantage_points;
        if points.len() < 2 || scene.input.saturating_add(1) != points.len() {
            return;
        }
        let input = points.iter().position(|at| *at == VantagePoint::Phone);
        let all = std::mem::take(self);
        for (phone, edge) in pairs::of(&all.phone, &all.edge) {
            let Some(mut sighting) = compare(phone, edge, scene) else { continue };
            sighting.input = input;
            sighting.captures = sighting.evidence.iter().map(|piece| side(piece.fact)).collect();
            scene.sightings.push(sighting);
        }
    }

    /// Whether this exchange is the outer leg of one that is over.
    fn in_one_capture(&mut self, call: &Call<'_>, scene: &mut Scene<'_>) {
        let (frame, own) = (Frame::of(call), Own::of(call));
        let within = self.within(&frame, &own);
        // Most lie around no other, and what they are recognised by need not be worked out.
        if !within.is_empty() {
            let outer = Leg::of(call);
            let inner = within.into_iter().filter_map(|at| {
                let inner = self.recent.get(at)?.record.as_ref()?;
                let inner = Leg::of(&Call::of(inner, &scene.known.policy)?);
                outer.features.is_surely(&inner.features).then_some((at, inner))
            });
            // Two that fit are none that can be told.
            if let [(at, inner)] = inner.collect::<Vec<_>>().as_slice() {
                scene.sightings.extend(compare(&outer, inner, scene));
                self.recent.remove(*at);
                return;
            }
        }
        if self.recent.len() >= MAX_RECENT {
            self.recent.pop_front();
        }
        let last = self.recent.back().map(|last| last.asked_by);
        let asked_by = last.map_or(frame.asked, |last| last.max(frame.asked));
        let record = (!own.is_empty()).then(|| call.record.clone());
        self.recent.push_back(Recent { record, frame, own, asked_by });
    }

    /// Places of those that may be this one's inner leg: they lie within it, and share what is nobody
    /// else's.
    fn within(&self, outer: &Frame, own: &Own) -> Vec<usize> {
        let last = self.recent.iter().enumerate().rev();
        let last = last.take_while(|(_, recent)| outer.asked <= recent.asked_by);
        let within = last
            .filter(|(_, recent)| recent.frame.is_nested_in(outer) && recent.own.is_shared(own));
        within.map(|(at, _)| at).collect()
    }
}

/// Names of evidence, by the capture that it is of.
const BEFORE: &str = "request";
const AFTER: &str = "request-after";
const ANSWER: &str = "status";
const ANSWER_BEFORE: &str = "status-before";

/// Where a piece of evidence was captured: requests are quoted as the edge got them, responses as
/// the phone did.
fn side(fact: &str) -> Option<VantagePoint> {
    match fact {
        BEFORE | ANSWER => Some(VantagePoint::Phone),
        AFTER | ANSWER_BEFORE => Some(VantagePoint::Edge),
        _ if fact.starts_with("status") || fact.starts_with("response") => {
            Some(VantagePoint::Phone)
        }
        _ => Some(VantagePoint::Edge),
    }
}

/// What differs between the client's side and the server's.
fn compare(client: &Leg, server: &Leg, scene: &Scene<'_>) -> Option<Sighting> {
    let call = Call::of(&client.record, &scene.known.policy)?;
    let (before, after) = (client.exchange()?, server.exchange()?);
    let is_cut = before.incomplete.is_some() || after.incomplete.is_some();
    let mut found = diff::of_requests(&before.request, &after.request, call.api);
    if let (Some(got), Some(sent), false) = (&before.response, &after.response, is_cut) {
        found.extend(diff::of_responses(sent, got, call.api));
    }
    let gravity = diff::gravity(&found)?;
    // What is lower is what machines on the way do by design.
    if gravity < Severity::Medium {
        return None;
    }
    found.retain(|one| one.gravity >= Severity::Medium);
    found.sort_by(|one, other| other.gravity.cmp(&one.gravity).then(one.part.cmp(&other.part)));
    let evidence = evidence(before, after, &found);
    let first = found.first().map(diff::Difference::title).unwrap_or_default();
    let more = match found.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = match found.first().is_some_and(|one| one.part.is_answered()) {
        true => "A response of",
        false => "A request to",
    };
    let draft = Draft {
        key: diff::patterns(&found).into_iter().collect::<Vec<_>>().join("\n"),
        confidence: Confidence::Certain,
        title: format!("{what} {} was changed on the way: {first}{more}", call.label()),
        evidence,
        alternatives: alternatives(&[
            "a gateway or reverse proxy of the service that rewrites by design",
        ]),
    };
    let mut sighting = draft.on(&RULE, &call);
    sighting.severity = gravity;
    Some(sighting)
}

fn evidence(before: &Exchange, after: &Exchange, found: &[diff::Difference]) -> Vec<Evidence> {
    let scheme = |exchange: &Exchange| match exchange.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let line =
        |exchange: &Exchange| format!("{} ({})", request_line(&exchange.request), scheme(exchange));
    let mut evidence = vec![
        quote(before.request.packets, BEFORE, line(before)),
        quote(after.request.packets, AFTER, line(after)),
    ];
    for one in found.iter().take(diff::LISTED) {
        let packets = match one.part.is_answered() {
            true => before.response.as_ref().map_or(before.request.packets, |it| it.packets),
            false => after.request.packets,
        };
        evidence.push(quote(packets, one.part.fact(), one.text()));
    }
    if let Some(more) = found.len().checked_sub(diff::LISTED).filter(|more| *more > 0) {
        let value = format!("{more} more");
        evidence.push(quote(after.request.packets, "differences", value));
    }
    if let Some(sent) = &after.response {
        evidence.push(quote(sent.packets, ANSWER_BEFORE, sent.status.to_string()));
    }
    if let Some(got) = &before.response {
        evidence.push(quote(got.packets, ANSWER, got.status.to_string()));
    }
    evidence
}
