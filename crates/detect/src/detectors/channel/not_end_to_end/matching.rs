//! Which session of the phone is which of the edge, and what became of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dissect::Timestamp;
use dissect::tls::HelloId;

use super::super::leg::Leg;

/// How far clocks may be apart that are taken to be right, and handshakes beside each other.
const LOOSE_NANOS: i64 = 250_000_000;

/// The same where sessions that both saw align the clocks: what is left is the network's delay.
const TIGHT_NANOS: i64 = 50_000_000;

/// A proxy that waits for the client's request opens its connection so soon after the client's.
const SOON_NANOS: i64 = 5_000_000_000;

/// An edge capture covers so much before its first and behind its last record.
const SPAN_SLACK_NANOS: i64 = 1_000_000_000;

/// Handshakes of the edge without a host that are looked at for each of the phone.
const MAX_NAMELESS: usize = 256;

/// What became of a session of the phone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// The edge saw it.
    EndToEnd,
    /// The edge capture does not show whether it arrived.
    NotCovered,
    /// It did not arrive; and which session of the edge did instead, if one is known.
    Terminated(Option<(usize, Nearness)>),
}

/// What ties a session of the edge to one of the phone that it is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Nearness {
    /// It has the same ClientHello, and another answer or certificate.
    Copied,
    /// Its handshake lies within the phone's.
    Nested,
    /// It was opened soon after the phone's.
    Soon,
    /// Host and order only.
    Order,
}

/// How the edge's clock stands to the phone's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Clock {
    /// Nanoseconds that the edge's clock is ahead.
    pub(super) offset: i64,
    /// Sessions in both captures that say so.
    pub(super) matched: usize,
}

impl Clock {
    /// A time of the phone on the edge's clock.
    const fn at_edge(self, time: Timestamp) -> Timestamp {
        Timestamp::from_nanos(time.nanos().saturating_add(self.offset))
    }

    const fn tolerance(self) -> i64 {
        if self.matched > 0 { TIGHT_NANOS } else { LOOSE_NANOS }
    }
}

/// The result.
pub(super) struct Matching {
    /// One for each session of the phone.
    pub(super) fates: Vec<Fate>,
    /// `None` if the times cannot be compared.
    pub(super) clock: Option<Clock>,
}

/// Sessions of the edge that are not the phone's.
struct Others<'a> {
    edge: &'a [Leg],
    /// By host in lower case, those that no session of the phone claimed.
    by_host: BTreeMap<String, Vec<usize>>,
    /// Those that name no host.
    nameless: Vec<usize>,
    claimed: BTreeSet<usize>,
}

impl Matching {
    /// Both lists in order of time.
    pub(super) fn new(
        phone: &[Leg],
        edge: &[Leg],
        edge_answers: &BTreeSet<[u8; 32]>,
        edge_span: Option<(Timestamp, Timestamp)>,
    ) -> Self {
        let same = Same::find(phone, edge, edge_answers);
        let clock = clock(&same.offsets, phone, edge_span);
        let phones: BTreeSet<HelloId> = phone.iter().map(|leg| leg.hello_id).collect();
        let mut others = Others::new(edge, &phones);
        // Of a host that is served at several addresses the edge may show only some.
        let mut shown: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
        for (leg, fate) in phone.iter().zip(&same.fates) {
            if let (Some(host), Some(Fate::EndToEnd)) = (lower(leg), fate) {
                shown.entry(host).or_default().insert(leg.flow.server.address);
            }
        }
        let mut missing: BTreeMap<String, usize> = BTreeMap::new();
        for (leg, _) in phone.iter().zip(&same.fates).filter(|(_, fate)| fate.is_none()) {
            let count = missing.entry(lower(leg).unwrap_or_default()).or_default();
            *count = count.saturating_add(1);
        }
        let served: BTreeSet<String> = edge.iter().filter_map(lower).collect();
        let addresses: BTreeSet<IpAddr> = edge.iter().map(|leg| leg.flow.server.address).collect();
        let mut fates = Vec::with_capacity(phone.len());
        for (leg, fate) in phone.iter().zip(same.fates) {
            fates.push(fate.unwrap_or_else(|| {
                let in_time = clock.is_none_or(|clock| covers(edge_span, clock, leg));
                if leg.answer_at.is_none() || !in_time {
                    return Fate::NotCovered;
                }
                let (address, host) = (leg.flow.server.address, lower(leg).unwrap_or_default());
                let elsewhere = shown.get(&host).is_some_and(|shown| !shown.contains(&address));
                let missing = missing.get(&host).copied().unwrap_or_default();
                if elsewhere && others.is_busy(&host, missing) {
                    return Fate::NotCovered;
                }
                if let Some(found) = others.counterpart(leg, clock) {
                    return Fate::Terminated(Some(found));
                }
                let is_served = if host.is_empty() {
                    addresses.contains(&address)
                } else {
                    served.contains(&host)
                };
                if is_served && !elsewhere { Fate::Terminated(None) } else { Fate::NotCovered }
            }));
        }
        Self { fates, clock }
    }
}

/// Sessions that both captures show.
struct Same {
    /// `None` where the edge has no such session.
    fates: Vec<Option<Fate>>,
    offsets: Vec<i64>,
}

impl Same {
    fn find(phone: &[Leg], edge: &[Leg], edge_answers: &BTreeSet<[u8; 32]>) -> Self {
        let mut by_hello: BTreeMap<HelloId, Vec<usize>> = BTreeMap::new();
        for (at, leg) in edge.iter().enumerate() {
            by_hello.entry(leg.hello_id).or_default().push(at);
        }
        let (mut fates, mut offsets) = (Vec::with_capacity(phone.len()), Vec::new());
        for leg in phone {
            let found = by_hello.get(&leg.hello_id).map(Vec::as_slice).unwrap_or_default();
            let legs = || found.iter().filter_map(|at| Some((*at, edge.get(*at)?)));
            fates.push(if let Some((_, same)) = legs().find(|(_, other)| agrees(leg, other)) {
                offsets.push(same.asked().since(leg.asked()));
                Some(Fate::EndToEnd)
            } else if leg.server_random.is_some_and(|random| edge_answers.contains(&random)) {
                Some(Fate::EndToEnd)
            } else {
                legs().next().map(|(at, _)| Fate::Terminated(Some((at, Nearness::Copied))))
            });
        }
        Self { fates, offsets }
    }
}

/// Whether two sightings of one ClientHello got the same answer, as far as both show it.
fn agrees(leg: &Leg, other: &Leg) -> bool {
    let differ = |a: Option<[u8; 32]>, b: Option<[u8; 32]>| a.zip(b).is_some_and(|(a, b)| a != b);
    !differ(leg.server_random, other.server_random) && !differ(leg.leaf, other.leaf)
}

/// The offset of the middle one; without any, both clocks count as right if the captures overlap.
fn clock(
    offsets: &[i64],
    phone: &[Leg],
    edge_span: Option<(Timestamp, Timestamp)>,
) -> Option<Clock> {
    let mut offsets = offsets.to_vec();
    offsets.sort_unstable();
    let matched = offsets.len();
    if let Some(&offset) = offsets.get(matched / 2) {
        return Some(Clock { offset, matched });
    }
    let clock = Clock { offset: 0, matched: 0 };
    phone.iter().any(|leg| covers(edge_span, clock, leg)).then_some(clock)
}

/// Whether the edge capture was running when this session of the phone began.
fn covers(edge_span: Option<(Timestamp, Timestamp)>, clock: Clock, leg: &Leg) -> bool {
    let at = clock.at_edge(leg.asked());
    edge_span.is_some_and(|(from, to)| {
        at.since(from) >= -SPAN_SLACK_NANOS && to.since(at) >= -SPAN_SLACK_NANOS
    })
}

fn lower(leg: &Leg) -> Option<String> {
    leg.host().map(str::to_ascii_lowercase)
}

impl<'a> Others<'a> {
    fn new(edge: &'a [Leg], phones: &BTreeSet<HelloId>) -> Self {
        let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut nameless = Vec::new();
        for (at, leg) in edge.iter().enumerate() {
            if phones.contains(&leg.hello_id) {
                continue;
            }
            match lower(leg) {
                Some(host) => by_host.entry(host).or_default().push(at),
                None => nameless.push(at),
            }
        }
        Self { edge, by_host, nameless, claimed: BTreeSet::new() }
    }

    /// Whether other clients are at the edge too, so that something of theirs always fits in time.
    fn is_busy(&self, host: &str, missing: usize) -> bool {
        let others = self.by_host.get(host).map_or(0, Vec::len);
        others > missing.saturating_mul(2)
    }

    /// The session of the edge that stands for this one of the phone. Each stands for one.
    fn counterpart(&mut self, leg: &Leg, clock: Option<Clock>) -> Option<(usize, Nearness)> {
        let named: &[usize] = match lower(leg) {
            Some(host) => self.by_host.get(&host).map(Vec::as_slice).unwrap_or_default(),
            None => &[],
        };
        let at = |at: &usize| Some((*at, self.edge.get(*at)?));
        let mut found = None;
        if let Some(clock) = clock {
            let nested = |list: &[usize]| {
                let near = near(self.edge, list, clock.at_edge(leg.asked()));
                near.filter(|at| !self.claimed.contains(at))
                    .find(|at| self.edge.get(*at).is_some_and(|other| nests(leg, other, clock)))
            };
            found = nested(named)
                .or_else(|| nested(&self.nameless))
                .map(|at| (at, Nearness::Nested))
                .or_else(|| {
                    let near = near(self.edge, named, clock.at_edge(leg.opened));
                    near.filter(|at| !self.claimed.contains(at))
                        .find(|at| self.edge.get(*at).is_some_and(|other| soon(leg, other, clock)))
                        .map(|at| (at, Nearness::Soon))
                });
        }
        // A clock that sessions of both captures align is right: what does not fit it is another's.
        if found.is_none() && clock.is_none_or(|clock| clock.matched == 0) {
            let same_address = |(_, other): &(usize, &Leg)| {
                leg.host().is_none() && other.flow.server.address == leg.flow.server.address
            };
            let unnamed = self.nameless.iter().filter_map(at).filter(same_address);
            found = named
                .iter()
                .copied()
                .chain(unnamed.map(|(at, _)| at))
                .find(|at| !self.claimed.contains(at))
                .map(|at| (at, Nearness::Order));
        }
        self.claimed.extend(found.map(|(at, _)| at));
        found
    }
}

/// Sessions of a list, ordered by time, that were asked about this time or later.
fn near(edge: &[Leg], list: &[usize], time: Timestamp) -> impl Iterator<Item = usize> {
    let early = |at: &usize| edge.get(*at).is_some_and(|leg| time.since(leg.asked()) > LOOSE_NANOS);
    let start = list.partition_point(early);
    list.get(start..).unwrap_or_default().iter().copied().take(MAX_NAMELESS)
}

/// Whether the other handshake lies within this one.
fn nests(leg: &Leg, other: &Leg, clock: Clock) -> bool {
    let Some(answered) = leg.answered() else { return false };
    let tolerance = clock.tolerance();
    let from = other.asked().since(clock.at_edge(leg.asked()));
    let until = clock.at_edge(answered).since(other.asked());
    from.min(until).saturating_add(tolerance) >= 0
}

/// Whether the other session was opened soon after this one.
fn soon(leg: &Leg, other: &Leg, clock: Clock) -> bool {
    let after = other.asked().since(clock.at_edge(leg.opened));
    after.saturating_add(clock.tolerance()) >= 0 && after <= SOON_NANOS
}
