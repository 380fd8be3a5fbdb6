//! The flow table of one shard: decoded packets in, records out.
//!
//! The engine spreads flows over several dissectors by [`shard`]; each follows its own flows and
//! never hears of the others, but all hear the same clock.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use crate::decode::{Addressed, Decoded, Segment};
use crate::flow::FlowEnd;
use crate::flow::Transport;
use crate::flow::entry::{Entry, Outbox};
use crate::flow::expiry::{Expiry, Slot};
use crate::flow::key::FlowKey;
use crate::limits::{MAX_FLOWS, TCP_CLOSED_SECS, TCP_TIMEOUT_SECS, UDP_TIMEOUT_SECS};
use crate::packet::{Packet, Timestamp};
use crate::record::{Fact, Record};
use crate::x509::CertificateCache;

/// A packet's flow, found by its addresses: what [`Dissector::packet`] needs to know of it.
#[derive(Clone, Copy, Debug)]
pub struct Routed {
    key: FlowKey,
    from_low: bool,
    hash: u64,
}

impl Routed {
    /// The flow of these addresses.
    pub fn new(addressed: &Addressed) -> Self {
        let (key, from_low) = FlowKey::of(addressed);
        Self { key, from_low, hash: key.fixed_hash() }
    }

    /// A hash of the flow: the same for both directions, in every run and on every machine.
    pub const fn hash(&self) -> u64 {
        self.hash
    }
}

/// Follows flows.
#[derive(Debug, Default)]
pub struct Dissector {
    /// Slots of `entries`, by key. Seeded anew in each process, against crafted collisions; its
    /// order is never looked at.
    table: HashTable<Slot>,
    hasher: foldhash::fast::RandomState,
    entries: Vec<Option<Entry>>,
    free: Vec<Slot>,
    expiry: Expiry,
    flows: u64,
    certificates: CertificateCache,
    facts: Vec<Fact>,
}

impl Dissector {
    /// Takes in one packet of a flow of this shard; `records` gets what it revealed.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        routed: &Routed,
        decoded: &Decoded<'_>,
        records: &mut Vec<Record>,
    ) {
        let Routed { key, from_low, .. } = *routed;
        let hash = self.hasher.hash_one(key);
        let mut found = self.find(hash, &key);
        if let (Some(slot), Decoded::Tcp(_, segment)) = (found, decoded) {
            let reopened = self.entry(slot).is_some_and(|e| e.is_reopened_by(segment, from_low));
            if reopened {
                self.remove(slot, FlowEnd::Closed, packet.number, records);
                found = None;
            }
        }
        let slot = match found {
            Some(slot) => slot,
            None => {
                if self.table.len() >= MAX_FLOWS {
                    self.evict(packet.number, records);
                }
                let Some(slot) = self.insert(packet, &key, from_low, decoded, hash) else { return };
                slot
            }
        };
        let Some(Some(entry)) = self.entries.get_mut(slot as usize) else { return };
        let mut out =
            Outbox { records, certificates: &mut self.certificates, facts: &mut self.facts };
        match decoded {
            Decoded::Tcp(_, segment) => {
                let was_closed = entry.is_closed();
                entry.segment(packet, segment, from_low, &mut out);
                if entry.is_closed() && !was_closed {
                    self.expiry.queue(due_second(entry), slot, entry.id().0);
                }
            }
            Decoded::Udp(_, payload) => entry.datagram(packet, payload, from_low, &mut out),
            Decoded::Other | Decoded::Weird(_) => {}
        }
    }

    /// The clock of the capture has come to `now`, at packet `at`: flows that were silent for too
    /// long are over.
    pub fn advance(&mut self, now: Timestamp, at: u64, records: &mut Vec<Record>) {
        for (slot, generation) in self.expiry.take_due(now.secs()) {
            let Some(entry) = self.entry(slot).filter(|entry| entry.id().0 == generation) else {
                continue;
            };
            let due = due_second(entry);
            if due > now.secs() {
                self.expiry.queue(due, slot, generation);
                continue;
            }
            let end = if entry.is_closed() { FlowEnd::Closed } else { FlowEnd::TimedOut };
            self.remove(slot, end, at, records);
        }
    }

    /// The capture is over: ends all flows, in the order of their first packets.
    pub fn finish(&mut self, records: &mut Vec<Record>) {
        let mut open: Vec<(u64, Slot)> = (0..)
            .zip(&self.entries)
            .filter_map(|(slot, entry)| entry.as_ref().map(|entry| (entry.id().0, slot)))
            .collect();
        open.sort_unstable();
        for (_, slot) in open {
            let closed = self.entry(slot).is_some_and(Entry::is_closed);
            let end = if closed { FlowEnd::Closed } else { FlowEnd::EndOfCapture };
            self.remove(slot, end, u64::MAX, records);
        }
    }

    /// Flows seen so far, over or not.
    pub const fn flows(&self) -> u64 {
        self.flows
    }

    fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot as usize)?.as_ref()
    }

    fn find(&self, hash: u64, key: &FlowKey) -> Option<Slot> {
        let entries = &self.entries;
        let same = |slot: &Slot| matches!(entries.get(*slot as usize), Some(Some(entry)) if entry.key() == key);
        self.table.find(hash, same).copied()
    }

    fn insert(
        &mut self,
        packet: &Packet<'_>,
        key: &FlowKey,
        from_low: bool,
        decoded: &Decoded<'_>,
        hash: u64,
    ) -> Option<Slot> {
        let (addressed, from_client) = match decoded {
            Decoded::Tcp(addressed, segment) => (addressed, opened_by_sender(addressed, segment)),
            Decoded::Udp(addressed, _) => (addressed, speaks_as_client(addressed)),
            Decoded::Other | Decoded::Weird(_) => return None,
        };
        let entry = Entry::new(*key, addressed.tunnel, packet, from_low == from_client);
        self.flows = self.flows.saturating_add(1);
        let due = packet.timestamp.secs().saturating_add(match key.transport() {
            Transport::Tcp => TCP_TIMEOUT_SECS,
            Transport::Udp => UDP_TIMEOUT_SECS,
        });
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.entries.get_mut(slot as usize)? = Some(entry);
                slot
            }
            None => {
                let slot = Slot::try_from(self.entries.len()).ok()?;
                self.entries.push(Some(entry));
                slot
            }
        };
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.table.insert_unique(hash, slot, |slot| match entries.get(*slot as usize) {
            Some(Some(entry)) => hasher.hash_one(entry.key()),
            _ => 0,
        });
        self.expiry.queue(due, slot, packet.number);
        Some(slot)
    }

    fn remove(&mut self, slot: Slot, end: FlowEnd, at: u64, records: &mut Vec<Record>) {
        let Some(entry) = self.entries.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        let hash = self.hasher.hash_one(entry.key());
        if let Ok(occupied) = self.table.find_entry(hash, |held| *held == slot) {
            occupied.remove();
        }
        self.free.push(slot);
        let mut out =
            Outbox { records, certificates: &mut self.certificates, facts: &mut self.facts };
        entry.finish(end, at, &mut out);
    }

    /// Makes room: the flow that would time out first goes, as far as the queue knows.
    fn evict(&mut self, at: u64, records: &mut Vec<Record>) {
        while let Some((slot, generation)) = self.expiry.take_first() {
            let alive = self.entry(slot).is_some_and(|entry| entry.id().0 == generation);
            if alive {
                self.remove(slot, FlowEnd::Evicted, at, records);
                return;
            }
        }
    }
}

/// Whether the sender of a TCP flow's first segment is its client: it is not if it answers a SYN.
fn opened_by_sender(addressed: &Addressed, segment: &Segment<'_>) -> bool {
    if segment.has(Segment::SYN) { !segment.has(Segment::ACK) } else { speaks_as_client(addressed) }
}

/// Where nothing else tells: whoever speaks from a well-known port to another is the server.
const fn speaks_as_client(addressed: &Addressed) -> bool {
    addressed.source.port >= 1024 || addressed.destination.port < 1024
}

fn due_second(entry: &Entry) -> i64 {
    let silence = match entry.key().transport() {
        Transport::Tcp if entry.is_closed() => TCP_CLOSED_SECS,
        Transport::Tcp => TCP_TIMEOUT_SECS,
        Transport::Udp => UDP_TIMEOUT_SECS,
    };
    entry.last().timestamp.secs().saturating_add(silence)
}
