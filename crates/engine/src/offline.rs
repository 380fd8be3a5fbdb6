//! Runs a source: on one thread, or with a reader, workers and the caller's thread in line.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use capture::{Block, Fill, Source};
use detect::{Change, Detection};
use dissect::Record;

use crate::error::Error;
use crate::keys::{Keys, Step};
use crate::merge::merge;
use crate::progress::{InputStats, Progress, Subscriber};
use crate::shard::{self, Ending, Found, Worker};

/// Inputs smaller than this are read on one thread: starting others takes longer.
const SMALL_INPUT: u64 = 4 << 20;

/// Blocks on their way at the same time: one being read, one in each queue, one being merged.
const BLOCKS_IN_FLIGHT: usize = 6;

/// The end of the line: detection and the face.
pub(crate) struct Listener<'a> {
    pub(crate) detection: &'a mut Detection,
    pub(crate) subscriber: &'a mut dyn Subscriber,
    pub(crate) stats: &'a mut InputStats,
}

/// What a worker gives back for a block; `None` stands for the end of the capture.
struct Walked {
    block: Option<Arc<Reading>>,
    found: Found,
}

/// A block, and how far the input was read when it was full.
struct Reading {
    block: Block,
    /// The shard of each packet, as far as the reader knows it.
    shards: Vec<u8>,
    keys: Vec<Step>,
    progress: Progress,
}

/// What is written into again: a block, and the shards of its packets.
#[derive(Default)]
struct Spare {
    block: Block,
    shards: Vec<u8>,
    /// Records that everybody has seen.
    seen: Vec<Record>,
}

/// What a worker is given: a block, and records to drop. Where they were made, that is cheaper than
/// anywhere else.
type Task = (Arc<Reading>, Vec<Record>);

/// Runs `source` to its end.
pub(crate) fn run(
    source: &mut dyn Source,
    keys: Keys<'_>,
    threads: usize,
    listener: &mut Listener<'_>,
) -> Result<(), Error> {
    let small = source.status().bytes_total.is_some_and(|total| total < SMALL_INPUT);
    if threads <= 1 || small {
        return on_one_thread(source, keys, listener);
    }
    // Reading and judging take a core's time together: what is left follows flows.
    on_threads(source, keys, threads.saturating_sub(1).max(1), listener)
}

fn on_one_thread(
    source: &mut dyn Source,
    mut keys: Keys<'_>,
    listener: &mut Listener<'_>,
) -> Result<(), Error> {
    let mut worker = Worker::new(0, 1);
    let mut block = Block::default();
    let result = loop {
        block.clear();
        let filled = source.fill(&mut block);
        let found = worker.block(&block, &[], &keys.update(source));
        listener.subscriber.packets(&block);
        listener.flows(&[&found]);
        listener.records(&found.records);
        let goes_on = listener.progress(&block, progress_of(source));
        match filled {
            Ok(Fill::More) if goes_on.is_continue() => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
    };
    let mut ending = Ending::default();
    while let Some(found) = worker.finish(&mut ending) {
        listener.records(&found.records);
    }
    result
}

fn on_threads(
    source: &mut dyn Source,
    keys: Keys<'_>,
    workers: usize,
    listener: &mut Listener<'_>,
) -> Result<(), Error> {
    thread::scope(|scope| {
        let (give_back, spare) = channel();
        for _ in 0..BLOCKS_IN_FLIGHT {
            // The receiver lives until the reader ends.
            let _ = give_back.send(Spare::default());
        }
        let mut inboxes = Vec::new();
        let mut outboxes = Vec::new();
        for position in 0..workers {
            let (inbox, blocks) = sync_channel(BLOCKS_IN_FLIGHT);
            let (results, outbox) = sync_channel(BLOCKS_IN_FLIGHT);
            inboxes.push(inbox);
            outboxes.push(outbox);
            scope.spawn(move || work(Worker::new(position, workers), &blocks, &results));
        }
        let reader = scope.spawn(move || read(source, keys, &spare, &inboxes));
        listen(&outboxes, &give_back, listener);
        // Without receivers, workers and reader end at their next send.
        drop((outboxes, give_back));
        match reader.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The reader's thread.
fn read(
    source: &mut dyn Source,
    mut keys: Keys<'_>,
    spare: &Receiver<Spare>,
    inboxes: &[SyncSender<Task>],
) -> Result<(), Error> {
    while let Ok(Spare { mut block, mut shards, seen }) = spare.recv() {
        block.clear();
        let filled = source.fill(&mut block);
        // A single worker has all shards.
        if inboxes.len() > 1 {
            shard::route(&block, &mut shards);
        }
        let (keys, progress) = (keys.update(source), progress_of(source));
        let reading = Arc::new(Reading { block, shards, keys, progress });
        // The last worker gets this thread's own handle: whoever collects the workers' handles
        // must hold all of them, or the block would never come back.
        let Some((last, others)) = inboxes.split_last() else { return Ok(()) };
        let sent =
            others.iter().all(|inbox| inbox.send((Arc::clone(&reading), Vec::new())).is_ok());
        if !sent || last.send((reading, seen)).is_err() {
            return Ok(());
        }
        if filled? == Fill::End {
            return Ok(());
        }
    }
    Ok(())
}

/// A worker's thread.
fn work(mut worker: Worker, tasks: &Receiver<Task>, results: &SyncSender<Walked>) {
    for (reading, seen) in tasks {
        drop(seen);
        let found = worker.block(&reading.block, &reading.shards, &reading.keys);
        if results.send(Walked { block: Some(reading), found }).is_err() {
            return;
        }
    }
    let mut ending = Ending::default();
    while let Some(found) = worker.finish(&mut ending) {
        // The caller is gone if it broke off; then nobody wants the rest.
        if results.send(Walked { block: None, found }).is_err() {
            return;
        }
    }
}

/// The caller's thread: one result of each worker makes a block's records.
fn listen(outboxes: &[Receiver<Walked>], give_back: &Sender<Spare>, listener: &mut Listener<'_>) {
    loop {
        let walked: Vec<Walked> = outboxes.iter().filter_map(|outbox| outbox.recv().ok()).collect();
        if walked.is_empty() {
            return;
        }
        let (blocks, found): (Vec<_>, Vec<Found>) =
            walked.into_iter().map(|walked| (walked.block, walked.found)).unzip();
        if let Some(reading) = blocks.iter().flatten().next() {
            listener.subscriber.packets(&reading.block);
        }
        // At the end, where some workers are through before others, nothing is counted any more.
        if found.len() == outboxes.len() {
            listener.flows(&found.iter().collect::<Vec<_>>());
        }
        let seen = merge(found.into_iter().map(|found| found.records).collect());
        listener.records(&seen);
        // All workers are through with the block, so the last handle gives it back.
        let Some(reading) = blocks.into_iter().flatten().filter_map(Arc::into_inner).next() else {
            continue;
        };
        let goes_on = listener.progress(&reading.block, reading.progress);
        let Reading { block, shards, .. } = reading;
        let _ = give_back.send(Spare { block, shards, seen });
        if goes_on.is_break() {
            return;
        }
    }
}

fn progress_of(source: &dyn Source) -> Progress {
    let status = source.status();
    Progress {
        bytes_read: status.bytes_read,
        bytes_total: status.bytes_total,
        dropped: status.dropped,
        ..Progress::default()
    }
}

impl Listener<'_> {
    /// Counters that workers keep.
    fn flows(&mut self, found: &[&Found]) {
        self.stats.flows = found.iter().map(|found| found.flows).sum();
        self.stats.undissected = found.iter().map(|found| found.undissected).sum();
    }

    /// Shows records to the detectors and to the face.
    pub(crate) fn records(&mut self, records: &[Record]) {
        let sessions_before = self.detection.sessions();
        for record in records {
            let changes = self.detection.observe(record).to_vec();
            self.changed(&changes);
        }
        let new = self.detection.sessions().saturating_sub(sessions_before);
        self.stats.sessions = self.stats.sessions.saturating_add(new);
        if !records.is_empty() {
            self.subscriber.records(records);
        }
    }

    /// The input is over: detectors say what only its end can tell.
    pub(crate) fn end(&mut self) {
        let changes = self.detection.end_input().to_vec();
        self.changed(&changes);
    }

    fn changed(&mut self, changes: &[Change]) {
        for &change in changes {
            if let Some(finding) = self.detection.ledger().changed(change) {
                self.subscriber.finding(finding, change);
            }
        }
    }

    /// Counts a block's packets and tells the face.
    fn progress(&mut self, block: &Block, mut progress: Progress) -> ControlFlow<()> {
        let stats = &mut *self.stats;
        let packets = u64::try_from(block.heads.len()).unwrap_or(u64::MAX);
        stats.packets = stats.packets.saturating_add(packets);
        stats.first = stats.first.or(block.heads.first().map(|head| head.timestamp));
        stats.last = block.heads.last().map(|head| head.timestamp).or(stats.last);
        progress.packets = stats.packets;
        progress.sessions = stats.sessions;
        progress.last = stats.last;
        self.subscriber.progress(&progress)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use capture::{PacketHead, Status};
    use dissect::{LinkType, Timestamp};

    use super::*;
    use crate::{Engine, Settings};

    /// Blocks of as many packets that nobody can dissect, which makes a record of each.
    struct Blocks {
        sizes: Vec<u8>,
        first: u64,
    }

    impl Source for Blocks {
        fn fill(&mut self, block: &mut Block) -> Result<Fill, capture::Error> {
            block.clear();
            let head = PacketHead {
                offset: 0,
                captured: 0,
                original: 0,
                link_type: LinkType(147),
                interface: 0,
                timestamp: Timestamp::default(),
            };
            block.first_number = self.first;
            let size = self.sizes.remove(0);
            block.heads.extend(std::iter::repeat_n(head, usize::from(size)));
            self.first += u64::from(size);
            Ok(if self.sizes.is_empty() { Fill::End } else { Fill::More })
        }

        fn status(&self) -> Status {
            Status::default()
        }
    }

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Subscriber for Heard {
        fn packets(&mut self, block: &Block) {
            self.0.push(format!("packets {} {}", block.first_number, block.heads.len()));
        }

        fn records(&mut self, records: &[Record]) {
            let numbers: Vec<_> = records.iter().map(|record| record.packet.number).collect();
            self.0.push(format!("records {numbers:?}"));
        }

        fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
            self.0.push(format!("progress {}", progress.packets));
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn each_block_is_heard_once_before_its_records() {
        let expected = [
            "packets 1 2",
            "records [1, 2]",
            "progress 2",
            "packets 3 0",
            "progress 2",
            "packets 3 1",
            "records [3]",
            "progress 3",
        ];
        for threads in [1, 2, 4] {
            let mut engine = Engine::new(Settings { threads, ..Settings::default() });
            let mut heard = Heard::default();
            engine.run(&mut Blocks { sizes: vec![2, 0, 1], first: 1 }, &mut heard).unwrap();
            assert_eq!(heard.0, expected, "{threads} threads");
        }
    }
}
