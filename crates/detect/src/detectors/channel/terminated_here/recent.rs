//! The handshakes of the last seconds, so kept that the few which may be looked for are found
//! without looking at all.
//!
//! They stand in the order in which they came, in blocks of some dozens. A block knows the times
//! that lie in it and whether all its handshakes have one client, or one server: nearly always that
//! shows that none of it can be the outer leg of another handshake.

use std::collections::VecDeque;
use std::net::IpAddr;

use dissect::tls::HelloId;
use dissect::{FlowId, Timestamp};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::super::leg::Leg;
use super::{AFTER_REQUEST_NANOS, LONGEST_TICKET};

/// Handshakes in a block.
const BLOCK: usize = 16;

/// Requests are told apart by slots of this many bits of nanoseconds, about a quarter of a second;
/// the slots of a block's requests are 64 bits, so that they come round every 17 seconds.
const SLOT_BITS: u32 = 28;

/// A handshake's number: they are counted as they come.
pub(super) type Number = usize;

/// The handshakes, oldest first.
#[derive(Default)]
pub(super) struct Recent {
    blocks: VecDeque<Block>,
    /// What hosts there are in each block: a bit for each, the same for some of them.
    hosts: VecDeque<u64>,
    /// Number of the oldest.
    first: Number,
    /// Number of the next one that comes.
    next: Number,
    /// Of all handshakes that came, also those that are not held any more.
    bounds: Option<Bounds>,
    /// The newest with this ClientHello, by its hash.
    newest: HashMap<u64, Number, RandomState>,
}

/// Up to [`BLOCK`] handshakes that came one after the other.
struct Block {
    held: Vec<Held>,
    outlines: Vec<Outline>,
    bounds: Option<Bounds>,
}

struct Held {
    leg: Leg,
    answered: Timestamp,
    /// The one before it with the same hash.
    earlier: Option<Number>,
}

/// What shows of most handshakes that they are nobody's outer leg, apart from the rest and small.
struct Outline {
    asked: Timestamp,
    answered: Timestamp,
    request: Option<Timestamp>,
    /// [`waits_until`].
    waits_until: Timestamp,
    host: u32,
}

/// What is true of all handshakes of a block, or of all that there were.
struct Bounds {
    /// The earliest ClientHello.
    asked: Timestamp,
    /// The latest answer.
    answered: Timestamp,
    /// A bit for each slot of time in which there is a request.
    requests: u64,
    /// The earliest request.
    first_request: Timestamp,
    /// The latest time until which one of those waits for its reply.
    wait_until: Timestamp,
    /// The client of all.
    client: Option<IpAddr>,
    /// The server of all.
    server: Option<IpAddr>,
    /// One leads to the machine that it comes from.
    local: bool,
}

impl Recent {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.next.saturating_sub(self.first)
    }

    /// Number of the oldest.
    pub(super) const fn first(&self) -> Number {
        self.first
    }

    /// The handshake with this number, if it is still held, and when it was answered.
    pub(super) fn get(&self, number: Number) -> Option<(&Leg, Timestamp)> {
        self.held(number).map(|held| (&held.leg, held.answered))
    }

    /// Takes one in.
    pub(super) fn push(&mut self, leg: Leg, answered: Timestamp) {
        let number = self.next;
        self.next = number.saturating_add(1);
        let earlier = self.newest.insert(leg.hello_id.hash(), number);
        let held = Held { leg, answered, earlier };
        if number.is_multiple_of(BLOCK) {
            let (held, outlines) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
            self.blocks.push_back(Block { held, outlines, bounds: None });
            self.hosts.push_back(0);
        }
        Bounds::widen(&mut self.bounds, &held.leg, answered);
        if let (Some(block), Some(hosts)) = (self.blocks.back_mut(), self.hosts.back_mut()) {
            *hosts |= bit_of_host(outline_of_host(&held.leg));
            Bounds::widen(&mut block.bounds, &held.leg, answered);
            block.outlines.push(Outline::of(&held.leg, answered));
            block.held.push(held);
        }
    }

    /// Forgets the oldest.
    pub(super) fn pop(&mut self) {
        let Some(held) = self.held(self.first) else { return };
        let hash = held.leg.hello_id.hash();
        if self.newest.get(&hash) == Some(&self.first) {
            self.newest.remove(&hash);
        }
        self.first = self.first.saturating_add(1);
        // The others of its block are still needed; with the last of them it goes.
        if self.first.is_multiple_of(BLOCK) {
            self.blocks.pop_front();
            self.hosts.pop_front();
        }
    }

    /// The handshake of this flow with this ClientHello was seen further: `change` tells its leg.
    pub(super) fn change(
        &mut self,
        (flow, hello): (FlowId, HelloId),
        change: impl FnOnce(&mut Leg),
    ) {
        let number = self.same(hello).find(|(_, leg)| leg.flow.id == flow);
        let Some((number, _)) = number else { return };
        let (block, place) = self.place(number);
        let Some(block) = self.blocks.get_mut(block) else { return };
        let Some(held) = block.held.get_mut(place) else { return };
        change(&mut held.leg);
        if let Some(outline) = block.outlines.get_mut(place) {
            *outline = Outline::of(&held.leg, held.answered);
        }
        Bounds::widen(&mut block.bounds, &held.leg, held.answered);
    }

    /// Whether another flow has the same ClientHello.
    pub(super) fn is_copied(&self, leg: &Leg) -> bool {
        self.same(leg.hello_id).any(|(_, other)| other.flow.id != leg.flow.id)
    }

    /// Those that by time and addresses may hold `inner` within them, oldest first; and a few more.
    pub(super) fn around(&self, inner: &Leg, answered: Timestamp) -> impl Iterator<Item = &Leg> {
        // A phone's capture has one client, so that none of its handshakes lies within another's.
        let any = self.bounds.as_ref().is_some_and(|bounds| bounds.may_relate(inner));
        let gone = self.first % BLOCK;
        let slots = slots_before(inner.opened);
        let host = outline_of_host(inner);
        // Who names no host is told by the server.
        let wanted = if host == 0 { u64::MAX } else { bit_of_host(host) };
        let blocks = self.hosts.iter().take(if any { usize::MAX } else { 0 }).enumerate();
        let blocks = blocks.filter(move |(_, hosts)| **hosts & wanted != 0);
        let blocks = blocks.filter_map(move |(at, _)| {
            let block = self.blocks.get(at)?;
            let bounds = block.bounds.as_ref()?;
            let may_hold = bounds.may_nest(inner, answered, slots) && bounds.may_relate(inner);
            may_hold.then_some((if at == 0 { gone } else { 0 }, block))
        });
        blocks.flat_map(move |(gone, block)| {
            let outlines = block.outlines.iter().enumerate().skip(gone);
            let fitting = outlines.filter(move |(_, outline)| {
                (host == 0 || outline.host == host) && outline.may_nest(inner, answered)
            });
            fitting.filter_map(|(place, _)| block.held.get(place).map(|held| &held.leg))
        })
    }

    /// All with this ClientHello, newest first.
    fn same(&self, hello: HelloId) -> impl Iterator<Item = (Number, &Leg)> {
        let newest = self.newest.get(&hello.hash()).copied();
        let numbers = std::iter::successors(newest, |number| self.held(*number)?.earlier);
        let held = numbers.map_while(|number| Some((number, &self.held(number)?.leg)));
        held.filter(move |(_, leg)| leg.hello_id == hello)
    }

    fn held(&self, number: Number) -> Option<&Held> {
        if number < self.first {
            return None;
        }
        let (block, place) = self.place(number);
        self.blocks.get(block)?.held.get(place)
    }

    /// Block, and place in it.
    fn place(&self, number: Number) -> (usize, usize) {
        let block = (number / BLOCK).saturating_sub(self.first / BLOCK);
        (block, number % BLOCK)
    }
}

impl Bounds {
    /// Makes the bounds of a block true of one more handshake, or of one of which more is known.
    fn widen(bounds: &mut Option<Self>, leg: &Leg, answered: Timestamp) {
        let (client, server) = (leg.flow.client.address, leg.flow.server.address);
        let bounds = bounds.get_or_insert(Self {
            asked: leg.asked(),
            answered,
            requests: 0,
            first_request: Timestamp::from_nanos(i64::MAX),
            wait_until: Timestamp::from_nanos(i64::MIN),
            client: Some(client),
            server: Some(server),
            local: false,
        });
        bounds.asked = bounds.asked.min(leg.asked());
        bounds.answered = bounds.answered.max(answered);
        if let Some(request) = leg.request {
            bounds.requests |= slot(request);
            bounds.first_request = bounds.first_request.min(request);
            bounds.wait_until = bounds.wait_until.max(waits_until(leg));
        }
        bounds.client = bounds.client.filter(|of_all| *of_all == client);
        bounds.server = bounds.server.filter(|of_all| *of_all == server);
        bounds.local |= leg.is_local();
    }

    /// Whether by its times one of them may hold this one within it, whose requests would lie in
    /// these slots.
    fn may_nest(&self, inner: &Leg, answered: Timestamp, slots: u64) -> bool {
        let in_handshake = self.asked <= inner.asked() && answered <= self.answered;
        in_handshake
            || ((self.first_request..=self.wait_until).contains(&inner.opened)
                && self.requests & slots != 0)
    }

    /// Whether by its addresses one of them may be the outer leg of this one: another client's, or
    /// the same machine's to a proxy on itself.
    fn may_relate(&self, inner: &Leg) -> bool {
        self.client != Some(inner.flow.client.address)
            || (self.local && self.server != Some(inner.flow.server.address))
    }
}

impl Outline {
    fn of(leg: &Leg, answered: Timestamp) -> Self {
        let (asked, request) = (leg.asked(), leg.request);
        let (waits_until, host) = (waits_until(leg), outline_of_host(leg));
        Self { asked, answered, request, waits_until, host }
    }

    /// Whether by its times it may hold this one within it.
    #[inline]
    fn may_nest(&self, inner: &Leg, answered: Timestamp) -> bool {
        let in_handshake = self.asked <= inner.asked() && answered <= self.answered;
        in_handshake
            || self.request.is_some_and(|request| {
                request <= inner.opened
                    && inner.opened <= self.waits_until
                    && inner.opened.since(request) <= AFTER_REQUEST_NANOS
            })
    }
}

/// When the reply to a leg's request began, as far as it is known: what opens later does not do so for
/// the request.
fn waits_until(leg: &Leg) -> Timestamp {
    let replies = leg.replies.iter().filter(|(at, length)| {
        *length > LONGEST_TICKET && leg.request.is_some_and(|request| request <= *at)
    });
    replies.map(|(at, _)| *at).min().unwrap_or(Timestamp::from_nanos(i64::MAX))
}

/// Two hosts that are the same but for case have the same; 0 is none.
fn outline_of_host(leg: &Leg) -> u32 {
    let host = leg.host().unwrap_or_default().as_bytes();
    let lower = |byte: Option<&u8>| byte.map_or(0, u8::to_ascii_lowercase);
    let length = u8::try_from(host.len()).unwrap_or(u8::MAX);
    u32::from_be_bytes([length, lower(host.first()), lower(host.get(1)), lower(host.last())])
}

/// One of 64 bits for a host.
const fn bit_of_host(outline: u32) -> u64 {
    1 << (outline.wrapping_mul(0x9e37_79b9) >> 26)
}

/// The slot of a time.
const fn slot(at: Timestamp) -> u64 {
    1 << ((at.nanos() >> SLOT_BITS) & 63)
}

/// The slots in which a request lies that this time follows soon.
fn slots_before(opened: Timestamp) -> u64 {
    let last = opened.nanos() >> SLOT_BITS;
    let first = opened.nanos().saturating_sub(AFTER_REQUEST_NANOS) >> SLOT_BITS;
    (first..=last).map(|number| 1 << (number & 63)).fold(0, |slots, slot: u64| slots | slot)
}
