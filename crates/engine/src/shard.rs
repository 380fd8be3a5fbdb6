//! One worker: decodes every packet of a block, follows the flows of its own shards.

use std::cmp::Reverse;
use std::sync::Arc;

use capture::Block;
use dissect::{
    Decoded, Decoder, Dissector, Fact, Glimpse, Known, OpenFlow, Packet, Record, RecordOrder,
    Shunt, Weird,
};

use crate::clock::{Clock, Tick};
use crate::keys::Step;

/// Dissectors that flows are spread over, whatever the number of threads. All UDP flows of one server
/// are in one, since a QUIC connection may go on under another address of its client
/// ([`dissect::Addressed::hash`]); a capture of a single server keeps one worker busy with them.
pub(crate) const SHARDS: usize = 16;

/// Undissected packets that are recorded as weird; a file of another link type repeats itself.
const MAX_FRAME_WEIRDS: u64 = 64;

/// The shard of a packet whose flow is not known yet: every worker decodes it and sees.
const ANY: u8 = u8::MAX;

/// The shard of each packet of a block, as far as its addresses are where they usually are. Written
/// by the reader, who has just had the packets' headers in its hands, so that a worker passes over
/// the packets of others without touching them.
pub(crate) fn route(block: &Block, shards: &mut Vec<u8>) {
    shards.clear();
    shards.extend(block.packets().map(|packet| {
        Glimpse::of(&packet).map_or(ANY, |glimpse| shard(glimpse.addressed().hash()))
    }));
}

/// Which shards are a worker's own: `position`, `position + workers`, `position + 2 * workers`, …
#[derive(Clone, Copy, Debug)]
struct Share {
    /// Position among the workers.
    position: usize,
    /// For each shard, the index of its dissector, if it is the worker's.
    indices: [Option<u8>; SHARDS],
}

impl Share {
    fn new(position: usize, workers: usize) -> Self {
        let mut indices = [None; SHARDS];
        let own = indices.iter_mut().skip(position).step_by(workers.max(1));
        for (index, place) in (0..).zip(own) {
            *place = Some(index);
        }
        Self { position, indices }
    }

    /// Index among the worker's dissectors of a shard's, if it is one of them.
    #[inline]
    fn index(&self, shard: u8) -> Option<u8> {
        self.indices.get(usize::from(shard)).copied().flatten()
    }
}

/// A worker's state.
pub(crate) struct Worker {
    share: Share,
    decoder: Decoder,
    /// One for each of its shards.
    dissectors: Vec<Dissector>,
    /// Their flows that are only counted.
    shunt: Shunt,
    /// What they read before.
    known: Known,
    clock: Clock,
    undissected: u64,
}

/// Packets whose flows are ended together at the end of a capture.
const END_PACKETS: u64 = 1 << 18;

/// How far a worker is with ending flows. Workers go the same steps, so that their records merge.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// What is open yet, and in which dissector; that which began first is last.
    open: Option<Vec<(OpenFlow, u8)>>,
    /// Flows that began before this packet are ended.
    below: u64,
}

/// What a worker found in a block.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In their total order.
    pub(crate) records: Vec<Record>,
    /// Undissected packets so far; counted by the first worker only.
    pub(crate) undissected: u64,
    /// Flows so far, of this worker's shards.
    pub(crate) flows: u64,
}

impl Worker {
    /// The worker at `position` of `workers`.
    pub(crate) fn new(position: usize, workers: usize) -> Self {
        let share = Share::new(position, workers);
        Self {
            share,
            decoder: Decoder::default(),
            dissectors: share.indices.iter().flatten().map(|_| Dissector::default()).collect(),
            shunt: Shunt::default(),
            known: Known::default(),
            clock: Clock::default(),
            undissected: 0,
        }
    }

    /// Walks a block, and learns the secrets that come with it. `shards` is what [`route`] wrote
    /// for it; empty if nobody did.
    pub(crate) fn block(&mut self, block: &Block, shards: &[u8], keys: &[Step]) -> Found {
        let has_keys = !keys.is_empty();
        let mut keys = keys.iter().peekable();
        let mut records = Vec::new();
        let mut shards = shards.iter();
        for packet in block.packets() {
            let shard = shards.next().copied().unwrap_or(ANY);
            if has_keys {
                while let Some(step) = keys.next_if(|step| step.after_packet < packet.number) {
                    self.learn(step);
                }
            }
            let tick = self.clock.tick(&packet);
            if tick != Tick::Same {
                self.ticked(tick, &packet, &mut records);
            }
            if shard != ANY && self.share.index(shard).is_none() {
                continue;
            }
            let glimpse = Glimpse::of(&packet);
            if let Some(glimpse) = &glimpse
                && self.shunt.count(glimpse, &packet, &mut self.dissectors)
            {
                continue;
            }
            let decoded = self.decoder.decode_seen(&packet, glimpse);
            match decoded {
                Decoded::Tcp(ref addressed, _) | Decoded::Udp(ref addressed, _) => {
                    let shard = if shard == ANY { self::shard(addressed.hash()) } else { shard };
                    let Some(own) = self.share.index(shard) else { continue };
                    let Some(dissector) = self.dissectors.get_mut(usize::from(own)) else {
                        continue;
                    };
                    let counted =
                        dissector.packet(&packet, &decoded, &mut self.known, &mut records);
                    if let (Some(counted), Some(glimpse)) = (counted, &glimpse) {
                        self.shunt.add(glimpse, own, counted);
                    }
                }
                Decoded::Weird(kind) if self.share.position == 0 => {
                    self.undissected = self.undissected.saturating_add(1);
                    if self.undissected <= MAX_FRAME_WEIRDS {
                        let weird = Weird { kind, detail: packet.link_type.to_string() };
                        records.push(frame_record(&packet, Fact::Weird(weird)));
                    }
                }
                Decoded::Lan(message) if self.share.position == 0 => {
                    records.push(frame_record(&packet, Fact::Lan(message)));
                }
                Decoded::Lan(_) | Decoded::Other | Decoded::Weird(_) => {}
            }
        }
        keys.for_each(|step| self.learn(step));
        self.found(records)
    }

    /// Hands secrets on.
    fn learn(&mut self, step: &Step) {
        for dissector in &mut self.dissectors {
            dissector.set_keys(Arc::clone(&step.log));
        }
    }

    /// The capture is over: ends the flows that are open, those that began first first. Each call
    /// ends those that began within the next [`END_PACKETS`] packets, so that records of thousands of
    /// flows are not in memory together; `None` when all are ended.
    pub(crate) fn finish(&mut self, ending: &mut Ending) -> Option<Found> {
        let open = ending.open.get_or_insert_with(|| {
            let all = (0_u8..).zip(&self.dissectors);
            let mut open: Vec<_> =
                all.flat_map(|(at, it)| it.open().map(move |flow| (flow, at))).collect();
            open.sort_unstable_by_key(|flow| Reverse(*flow));
            open
        });
        if open.is_empty() {
            return None;
        }
        ending.below = ending.below.saturating_add(END_PACKETS);
        let mut records = Vec::new();
        while let Some((flow, at)) = open.pop_if(|(flow, _)| flow.first < ending.below) {
            if let Some(dissector) = self.dissectors.get_mut(usize::from(at)) {
                dissector.end(flow, &mut self.known, &mut records);
            }
        }
        Some(self.found(records))
    }

    fn found(&self, mut records: Vec<Record>) -> Found {
        // Nearly sorted: only what several shards said at one tick of the clock is out of order.
        records.sort_by_key(|record| record.order);
        let flows = self.dissectors.iter().map(Dissector::flows).sum();
        Found { records, undissected: self.undissected, flows }
    }

    /// The time goes on: flows are looked at that may have timed out.
    fn ticked(&mut self, tick: Tick, packet: &Packet<'_>, records: &mut Vec<Record>) {
        for dissector in &mut self.dissectors {
            if let Tick::SetBack(seconds) = tick {
                dissector.clock_was_set_back(packet.number, seconds);
            }
            dissector.advance(packet.timestamp, packet.number, &mut self.known, records);
        }
    }
}

/// The shard that flows of this hash belong to.
#[inline]
fn shard(hash: u64) -> u8 {
    const { assert!(SHARDS == 16, "as many as four bits tell apart") };
    (hash >> 60) as u8
}

/// The record of a fact that belongs to no flow.
fn frame_record(packet: &Packet<'_>, fact: Fact) -> Record {
    Record {
        order: RecordOrder { packet: packet.number, flow: 0, sequence: 0 },
        packet: packet.reference(),
        flow: None,
        fact,
    }
}

#[cfg(test)]
mod tests {
    use capture::PacketHead;

    use super::*;

    #[test]
    fn every_shard_has_one_worker() {
        for workers in 1..=SHARDS {
            let mut owners = [0; SHARDS];
            for position in 0..workers {
                let worker = Worker::new(position, workers);
                for shard in 0..SHARDS as u64 {
                    if let Some(index) = worker.share.index(super::shard(shard << 60)) {
                        owners[shard as usize] += 1;
                        assert!(usize::from(index) < worker.dissectors.len());
                    }
                }
            }
            assert_eq!(owners, [1; SHARDS], "{workers} workers");
        }
    }

    /// A block with packets of these numbers, each of a flow of its own.
    fn block(numbers: Vec<u64>) -> Block {
        let mut block = Block::default();
        for number in &numbers {
            let syn = [&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2][..], &[10, 0, 0, 1]];
            let port = u16::try_from(number % 60_000).unwrap().to_be_bytes();
            let tcp = [&port[..], &[1, 187], &[0; 8], &[0x50, 2, 0, 0, 0, 0, 0, 0]];
            let head = PacketHead {
                offset: u32::try_from(block.bytes.len()).unwrap(),
                captured: 40,
                original: 40,
                link_type: dissect::LinkType::RAW,
                interface: 0,
                timestamp: dissect::Timestamp::default(),
            };
            block.bytes.extend_from_slice(&[syn.concat(), tcp.concat()].concat());
            block.heads.push(head);
        }
        block.numbers = numbers;
        block
    }

    #[test]
    fn flows_are_ended_in_the_same_steps_by_all_workers() {
        let numbers = vec![1, 2, 3, END_PACKETS - 1, END_PACKETS, 3 * END_PACKETS + 1];
        // Flows that end in each step, by their first packets.
        let ended = |workers: usize| {
            let mut steps: Vec<Vec<u64>> = Vec::new();
            for position in 0..workers {
                let mut worker = Worker::new(position, workers);
                let found = worker.block(&block(numbers.clone()), &[], &[]);
                assert!(found.records.is_empty());
                let mut ending = Ending::default();
                for step in 0.. {
                    let Some(found) = worker.finish(&mut ending) else { break };
                    steps.resize(steps.len().max(step + 1), Vec::new());
                    steps[step].extend(found.records.iter().map(|record| record.order.flow));
                }
            }
            steps.iter_mut().for_each(|step| step.sort_unstable());
            steps
        };
        let steps = [&numbers[..4], &numbers[4..5], &[], &numbers[5..]];
        for workers in [1, 2, 5] {
            assert_eq!(ended(workers), steps, "{workers} workers");
        }
    }
}
