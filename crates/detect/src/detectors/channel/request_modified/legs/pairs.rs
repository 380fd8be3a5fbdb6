//! Which exchanges of two captures belong together.
//!
//! The best that both sides have is taken first. A pair that is not the same is believed only where
//! no other one would do about as well: a wrong pair would accuse somebody.

use std::collections::{BTreeMap, BTreeSet};

use super::Leg;
use super::likeness::ENOUGH;

/// Seconds by which two captures' clocks may differ where nothing tells better.
const WINDOW: i64 = 30 * 1_000_000_000;
/// Nanoseconds by which the order of two clocks is uncertain once their offset is known.
const JITTER: i64 = 250 * 1_000_000;
/// Most exchanges of the other side that one is compared with.
const MAX_CANDIDATES: usize = 256;
/// Another pair does about as well if it has this much less in common.
const MARGIN: u32 = 10;

/// A pair that may be.
struct Candidate {
    likeness: u32,
    /// Nanoseconds between the requests, clocks set right.
    apart: u64,
    phone: usize,
    edge: usize,
}

/// The pairs of both sides.
pub(super) fn of<'a>(phone: &'a [Leg], edge: &'a [Leg]) -> Vec<(&'a Leg, &'a Leg)> {
    let offset = offset(phone, edge);
    let all = candidates(phone, edge, offset.unwrap_or(0));
    let (mut phones, mut edges) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for one in &all {
        if phones.contains(&one.phone) || edges.contains(&one.edge) {
            continue;
        }
        let (Some(ours), Some(theirs)) = (phone.get(one.phone), edge.get(one.edge)) else {
            continue;
        };
        phones.insert(one.phone);
        edges.insert(one.edge);
        if !is_ambiguous(one, &all, phone, edge) {
            pairs.push((one.phone, ours, theirs));
        }
    }
    pairs.sort_by_key(|(at, _, _)| *at);
    pairs.into_iter().map(|(_, ours, theirs)| (ours, theirs)).collect()
}

/// Whether another pair with one of both would do about as well, and would say something else.
fn is_ambiguous(one: &Candidate, all: &[Candidate], phone: &[Leg], edge: &[Leg]) -> bool {
    let features = |legs: &'static str, at: usize| {
        let legs = if legs == "phone" { phone } else { edge };
        legs.get(at).map(|leg| &leg.features)
    };
    all.iter().any(|other| {
        let same_phone = other.phone == one.phone && other.edge != one.edge;
        let same_edge = other.edge == one.edge && other.phone != one.phone;
        if !(same_phone || same_edge) || other.likeness.saturating_add(MARGIN) < one.likeness {
            return false;
        }
        let (ours, theirs) = match same_phone {
            true => (features("edge", one.edge), features("edge", other.edge)),
            false => (features("phone", one.phone), features("phone", other.phone)),
        };
        !ours.zip(theirs).is_some_and(|(ours, theirs)| ours.is_like(theirs))
    })
}

/// Pairs with enough in common and near in time, the best first.
fn candidates(phone: &[Leg], edge: &[Leg], offset: i64) -> Vec<Candidate> {
    let mut by_host: BTreeMap<&str, Vec<(i64, usize)>> = BTreeMap::new();
    for (at, leg) in edge.iter().enumerate() {
        let asked = leg.features.asked.nanos().saturating_sub(offset);
        by_host.entry(leg.features.host.as_str()).or_default().push((asked, at));
    }
    for times in by_host.values_mut() {
        times.sort_unstable();
    }
    let mut all = Vec::new();
    for (at, leg) in phone.iter().enumerate() {
        let Some(times) = by_host.get(leg.features.host.as_str()) else { continue };
        let asked = leg.features.asked.nanos();
        let end = leg.features.answered.nanos().saturating_add(WINDOW);
        let from = times.partition_point(|(time, _)| *time < asked.saturating_sub(WINDOW));
        let near = times.iter().skip(from).take_while(|(time, _)| *time <= end);
        for (time, other) in near.take(MAX_CANDIDATES) {
            let Some(theirs) = edge.get(*other) else { continue };
            let likeness = leg.features.likeness(&theirs.features);
            if likeness >= ENOUGH {
                let apart = time.abs_diff(asked);
                all.push(Candidate { likeness, apart, phone: at, edge: *other });
            }
        }
    }
    all.sort_by(|a, b| {
        let key = |one: &Candidate| (one.apart, one.phone, one.edge);
        b.likeness.cmp(&a.likeness).then(key(a).cmp(&key(b)))
    });
    all
}

/// By how much the edge's clock is ahead, by exchanges that are surely the same; `None` if none are.
fn offset(phone: &[Leg], edge: &[Leg]) -> Option<i64> {
    let mut apart: Vec<i64> = Vec::new();
    for leg in phone.iter().take(MAX_CANDIDATES) {
        let mut same = edge.iter().filter(|other| {
            leg.features.host == other.features.host
                && leg.features.is_surely(&other.features)
                && leg.features.is_like(&other.features)
        });
        if let (Some(only), None) = (same.next(), same.next()) {
            apart.push(only.features.asked.since(leg.features.asked));
        }
    }
    apart.sort_unstable();
    let middle = apart.get(apart.len() / 2).copied()?;
    // Of one clock's captures the difference is the way, not an offset.
    Some(if middle.unsigned_abs() <= JITTER.unsigned_abs() { 0 } else { middle })
}
