//! The flow table of one shard: decoded packets in, records out.
//!
//! The engine spreads flows over several dissectors by [`shard`]; each follows its own flows and
//! never hears of the others, but all hear the same clock.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;

use crate::decode::{Addressed, Decoded, Segment};
use crate::flow::FlowEnd;
use crate::flow::Transport;
use crate::flow::entry::{Entry, Outbox};
use crate::flow::eras::Eras;
use crate::flow::expiry::{Expiry, Slot};
use crate::flow::history::History;
use crate::flow::key::FlowKey;
use crate::flow::moves::{Home, Moves};
use crate::flow::shunt::Counted;
use crate::known::Known;
use crate::limits::{MAX_FLOWS, TCP_CLOSED_SECS, TCP_TIMEOUT_SECS, UDP_TIMEOUT_SECS};
use crate::packet::{Packet, PacketRef, Timestamp};
use crate::record::{Fact, Record};
use crate::tls::KeyLog;

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
    /// How `expiry` counts seconds.
    eras: Eras,
    flows: u64,
    /// Where QUIC connections began that may go on elsewhere.
    moves: Moves,
    shared: Shared,
}

/// A flow of a dissector that is open. Ordered by first packet.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OpenFlow {
    /// Number of its first packet.
    pub first: u64,
    slot: Slot,
}

/// What all flows of a dissector have in common.
#[derive(Debug, Default)]
struct Shared {
    keys: Option<Arc<KeyLog>>,
    facts: Vec<Fact>,
    history: History,
}

impl Shared {
    fn outbox<'a>(&'a mut self, known: &'a mut Known, records: &'a mut Vec<Record>) -> Outbox<'a> {
        let Self { keys, facts, history } = self;
        Outbox { records, known, keys: keys.as_deref(), facts, history }
    }
}

impl Dissector {
    /// Secrets from here on, in place of earlier ones: for the connections that are negotiated, and for
    /// QUIC connections that wait for theirs.
    pub fn set_keys(&mut self, keys: Arc<KeyLog>) {
        self.shared.keys = Some(keys);
    }

    /// Counts a packet without [turns](Segment::TURNS), if its flow is still there and only counted.
    #[inline]
    pub(crate) fn count(&mut self, counted: &Counted, packet: &Packet<'_>, flags: u8) -> bool {
        match self.entries.get_mut(counted.slot as usize) {
            Some(Some(entry)) if entry.id().0 == counted.generation && entry.is_counted_only() => {
                entry.count(packet, counted.from_low, flags);
                true
            }
            _ => false,
        }
    }

    /// Takes in one packet of a flow of this shard; `records` gets what it revealed. `known`: what
    /// this or other dissectors read before. Returns its flow, if that is only counted from here on.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        decoded: &Decoded<'_>,
        known: &mut Known,
        records: &mut Vec<Record>,
    ) -> Option<Counted> {
        let (Decoded::Tcp(addressed, _) | Decoded::Udp(addressed, _)) = decoded else {
            return None;
        };
        let Addressed { key, from_low, .. } = *addressed;
        let hash = self.hasher.hash_one(key);
        let mut found = self.find(hash, &key);
        if let (Some(slot), Decoded::Tcp(_, segment)) = (found, decoded)
            && segment.has(Segment::SYN)
        {
            let reopened = self.entry(slot).is_some_and(|e| e.is_reopened_by(segment, from_low));
            if reopened {
                self.remove(slot, FlowEnd::Closed, packet.number, known, records);
                found = None;
            }
        }
        let is_new = found.is_none();
        let slot = match found {
            Some(slot) => slot,
            None => {
                if self.table.len() >= MAX_FLOWS {
                    self.evict(packet.number, known, records);
                }
                self.insert(packet, &key, from_low, decoded, hash)?
            }
        };
        match decoded {
            Decoded::Tcp(_, segment) => {
                self.segment(slot, packet, (segment, addressed.ttl), from_low, (known, records));
            }
            Decoded::Udp(_, payload) => {
                self.datagram((slot, is_new), packet, payload, from_low, (known, records));
            }
            Decoded::Lan(_) | Decoded::Other | Decoded::Weird(_) => return None,
        }
        let entry = self.entry(slot).filter(|entry| entry.is_counted_only())?;
        let generation = entry.id().0;
        (!entry.may_tell_of_lan()).then_some(Counted { slot, generation, from_low })
    }

    /// Takes in a segment of the flow in this slot.
    fn segment(
        &mut self,
        slot: Slot,
        packet: &Packet<'_>,
        (segment, ttl): (&Segment<'_>, u8),
        from_low: bool,
        (known, records): (&mut Known, &mut Vec<Record>),
    ) {
        let Some(Some(entry)) = self.entries.get_mut(slot as usize) else { return };
        let mut out = self.shared.outbox(known, records);
        let was_closed = entry.is_closed();
        entry.segment(packet, segment, ttl, from_low, &mut out);
        if entry.is_closed() && !was_closed {
            self.expiry.queue(due_second(entry, &self.eras), slot, entry.id().0);
        }
    }

    /// Takes in a datagram of the flow in this slot, which may go on with the QUIC connection of
    /// another flow.
    fn datagram(
        &mut self,
        (slot, is_new): (Slot, bool),
        packet: &Packet<'_>,
        payload: &[u8],
        from_low: bool,
        (known, records): (&mut Known, &mut Vec<Record>),
    ) {
        let home = if is_new {
            self.moves.find(payload)
        } else {
            self.entry(slot).and_then(|entry| entry.home(from_low))
        };
        let mut out = self.shared.outbox(known, records);
        let mut spoke = slot;
        if let Some((home, from_client)) = home {
            let entry = self.entries.get_mut(home.slot as usize).and_then(Option::as_mut);
            let opened = entry
                .filter(|entry| entry.id().0 == home.generation)
                .is_some_and(|entry| entry.elsewhere(packet, payload, from_client, &mut out));
            if opened {
                spoke = home.slot;
                if let (true, Some(Some(entry))) = (is_new, self.entries.get_mut(slot as usize)) {
                    entry.moved(home, from_low == from_client);
                }
            }
        }
        if let Some(Some(entry)) = self.entries.get_mut(slot as usize) {
            entry.datagram(packet, payload, from_low, &mut out);
        }
        if let Some(Some(entry)) = self.entries.get_mut(spoke as usize) {
            let home = Home { slot: spoke, generation: entry.id().0 };
            for (id, names_server) in entry.take_new_ids() {
                let entries = &self.entries;
                self.moves.add(&id, home, names_server, |home| {
                    let entry = entries.get(home.slot as usize).and_then(Option::as_ref);
                    entry.is_some_and(|entry| entry.id().0 == home.generation)
                });
            }
        }
    }

    /// From packet `at` on the clock of the capture says this many seconds less than it would: flows
    /// age as if it did not.
    pub fn clock_was_set_back(&mut self, at: u64, seconds: i64) {
        self.eras.set_back(at, seconds);
    }

    /// The clock of the capture has come to `now`, at packet `at`: flows that were silent for too
    /// long are over.
    pub fn advance(
        &mut self,
        now: Timestamp,
        at: u64,
        known: &mut Known,
        records: &mut Vec<Record>,
    ) {
        let now = self.eras.second(PacketRef { number: at, timestamp: now });
        for (slot, generation) in self.expiry.take_due(now) {
            let Some(entry) = self.entry(slot).filter(|entry| entry.id().0 == generation) else {
                continue;
            };
            let due = due_second(entry, &self.eras);
            if due > now {
                self.expiry.queue(due, slot, generation);
                continue;
            }
            let end = if entry.is_closed() { FlowEnd::Closed } else { FlowEnd::TimedOut };
            self.remove(slot, end, at, known, records);
        }
    }

    /// The capture is over: ends all flows, in the order of their first packets.
    pub fn finish(&mut self, known: &mut Known, records: &mut Vec<Record>) {
        let mut open: Vec<OpenFlow> = self.open().collect();
        open.sort_unstable();
        for flow in open {
            self.end(flow, known, records);
        }
    }

    /// The flows that are open, in no order.
    pub fn open(&self) -> impl Iterator<Item = OpenFlow> {
        let slots = (0..).zip(&self.entries);
        slots.filter_map(|(slot, entry)| Some(OpenFlow { first: entry.as_ref()?.id().0, slot }))
    }

    /// The capture is over: ends one of its flows.
    pub fn end(&mut self, flow: OpenFlow, known: &mut Known, records: &mut Vec<Record>) {
        let Some(entry) = self.entry(flow.slot).filter(|entry| entry.id().0 == flow.first) else {
            return;
        };
        let end = if entry.is_closed() { FlowEnd::Closed } else { FlowEnd::EndOfCapture };
        self.remove(flow.slot, end, u64::MAX, known, records);
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
            Decoded::Lan(_) | Decoded::Other | Decoded::Weird(_) => return None,
        };
        let entry = Entry::new(*key, addressed.tunnel, packet, from_low == from_client);
        self.flows = self.flows.saturating_add(1);
        let due = self.eras.second(packet.reference()).saturating_add(match key.transport() {
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
        self.sweep();
        Some(slot)
    }

    /// Forgets, from time to time, when flows were due that are over.
    fn sweep(&mut self) {
        if self.expiry.is_crowded() {
            let entries = &self.entries;
            self.expiry.sweep(|slot, generation| {
                let entry = entries.get(slot as usize).and_then(Option::as_ref);
                entry.is_some_and(|entry| entry.id().0 == generation)
            });
        }
    }

    fn remove(
        &mut self,
        slot: Slot,
        end: FlowEnd,
        at: u64,
        known: &mut Known,
        records: &mut Vec<Record>,
    ) {
        let Some(entry) = self.entries.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        let hash = self.hasher.hash_one(entry.key());
        if let Ok(occupied) = self.table.find_entry(hash, |held| *held == slot) {
            occupied.remove();
        }
        self.free.push(slot);
        let mut out = self.shared.outbox(known, records);
        entry.finish(end, at, &mut out);
    }

    /// Makes room: the flow that would time out first goes, as far as the queue knows.
    fn evict(&mut self, at: u64, known: &mut Known, records: &mut Vec<Record>) {
        while let Some((slot, generation)) = self.expiry.take_first() {
            let alive = self.entry(slot).is_some_and(|entry| entry.id().0 == generation);
            if alive {
                self.remove(slot, FlowEnd::Evicted, at, known, records);
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
fn speaks_as_client(addressed: &Addressed) -> bool {
    addressed.source().port >= 1024 || addressed.destination().port < 1024
}

/// The second by `eras` in which a flow is over unless it speaks before.
fn due_second(entry: &Entry, eras: &Eras) -> i64 {
    let silence = match entry.key().transport() {
        Transport::Tcp if entry.is_closed() => TCP_CLOSED_SECS,
        Transport::Tcp => TCP_TIMEOUT_SECS,
        Transport::Udp => UDP_TIMEOUT_SECS,
    };
    eras.second(entry.last()).saturating_add(silence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::flow::expiry::SWEEP_AT;
    use crate::packet::LinkType;

    /// A SYN over raw IPv4 with this source address and sequence number.
    fn syn(source: u32, sequence: u32) -> Vec<u8> {
        let ip =
            [&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0][..], &source.to_be_bytes(), &[10, 0, 0, 1]];
        let tcp = [&[0x9c, 0x40, 1, 0xbb][..], &sequence.to_be_bytes(), &[0, 0, 0, 0, 0x50, 2]];
        [ip.concat(), tcp.concat(), vec![0; 6]].concat()
    }

    /// Flows that a dissector holds and entries of its queue after these SYNs, all in one second.
    fn after(syns: impl Iterator<Item = Vec<u8>>) -> (Dissector, usize) {
        let (mut decoder, mut dissector) = (Decoder::default(), Dissector::default());
        let (mut known, mut records, mut most) = (Known::default(), Vec::new(), 0);
        for (number, data) in (1..).zip(syns) {
            let packet = Packet {
                number,
                timestamp: Timestamp::default(),
                link_type: LinkType::RAW,
                data: &data,
                original_length: 40,
                interface: 0,
            };
            let decoded = decoder.decode(&packet);
            dissector.packet(&packet, &decoded, &mut known, &mut records);
            records.clear();
            most = most.max(dissector.expiry.len());
        }
        (dissector, most)
    }

    #[test]
    fn a_tuple_reopened_with_every_packet_does_not_fill_the_queue() {
        let many = u32::try_from(SWEEP_AT).unwrap() + 1000;
        let (dissector, most) = after((0..many).map(|sequence| syn(7, sequence)));
        assert_eq!(dissector.flows(), u64::from(many));
        assert_eq!((dissector.table.len(), dissector.entries.len()), (1, 1));
        assert!(most <= SWEEP_AT + 1, "{most}");
        assert_eq!(dissector.expiry.len(), 1000);
    }

    #[test]
    fn silence_goes_on_where_the_clock_was_set_back() {
        let (mut decoder, mut dissector) = (Decoder::default(), Dissector::default());
        let (mut known, mut records) = (Known::default(), Vec::new());
        let mut spoken = |dissector: &mut Dissector, number, second| {
            let data = syn(u32::try_from(number).unwrap(), 0);
            let packet = Packet {
                number,
                timestamp: Timestamp::from_secs(second),
                link_type: LinkType::RAW,
                data: &data,
                original_length: 40,
                interface: 0,
            };
            let decoded = decoder.decode(&packet);
            dissector.packet(&packet, &decoded, &mut Known::default(), &mut Vec::new());
        };
        spoken(&mut dissector, 1, 10_000);
        dissector.clock_was_set_back(2, 9_000);
        spoken(&mut dissector, 2, 1_010);
        for (second, flows) in [(1_011, 2), (4_599, 2), (4_601, 1), (4_611, 0)] {
            let now = Timestamp::from_secs(second);
            dissector.advance(now, 3, &mut known, &mut records);
            assert_eq!(dissector.table.len(), flows, "in second {second}");
        }
    }

    #[test]
    fn a_flood_of_flows_in_one_second_is_evicted_oldest_first() {
        let many = u32::try_from(MAX_FLOWS).unwrap() + 20_000;
        let (dissector, most) = after((0..many).map(|source| syn(source, 0)));
        assert_eq!((dissector.table.len(), most), (MAX_FLOWS, MAX_FLOWS));
        let first = dissector.entries.iter().flatten().map(|entry| entry.id().0).min();
        assert_eq!(first, Some(20_001));
    }
}
