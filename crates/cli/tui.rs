//! `interloper tui`: the engine on a thread of its own, the terminal UI on this one.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use capture::Block;
use detect::{Change, Finding};
use dissect::{Fact, Record};
use engine::{Engine, InputStats, Progress, Settings, Subscriber};
use tui::{End, Update};

use crate::args::TuiArgs;
use crate::exit::{self, Exit, Trouble};
use crate::watch::Input;
use crate::{background, color, message, run, watch};

/// Updates on their way to the UI. A full queue makes the engine wait, so that memory stays bounded
/// however fast findings come.
const QUEUE: usize = 1024;

/// Packets that are less than this apart are counted together, in nanoseconds.
const GRAIN: i64 = 1_000_000;

/// Progress is not sent more often than this: nobody can read faster.
const PACE: Duration = Duration::from_millis(50);

/// Runs it.
pub(crate) fn run(args: &TuiArgs) -> anyhow::Result<Exit> {
    let file = args.file.as_deref().or(args.read.as_deref());
    let mut settings = run::settings(&args.detection, watch::is_live(file))?;
    settings.detect.held_sessions = detect::MAX_HELD_SESSIONS;
    let baseline = settings.detect.known.baseline.clone();
    let input = watch::open(&args.live, file, &args.packets)?;
    let options = tui::Options {
        color: color::style(args.color.when, true, color::no_color())
            == report::text::Style::Colour,
        background: background::background(),
        baseline,
        live: file.is_none(),
        has_keys: !args.detection.keys.keylog.is_empty(),
        may_reveal: args.show_secrets,
        // Ctrl-C is a key while the UI runs; this is for SIGTERM.
        stop: Some(engine::shutdown_on_signal()?.flag()),
        ..tui::Options::default()
    };
    let (updates, inbox) = sync_channel(QUEUE);
    let reader = thread::Builder::new()
        .name("engine".into())
        .spawn(move || read(settings, input, &updates))
        .context("cannot start a thread")?;
    let (wishes, _clerk) = channel();
    let outcome = tui::run(inbox, wishes, options)?;
    let trouble = match &outcome.end {
        // The reader is done in both cases, so this does not wait.
        End::Failed(reason) => {
            message::note(reason);
            reader.join().unwrap_or(Trouble::Unreadable)
        }
        End::Finished => reader.join().unwrap_or(Trouble::Unreadable),
        End::Unfinished => Trouble::None,
    };
    Ok(exit::decide(outcome.worst, trouble, &args.gate))
}

/// The reader's thread: runs the engine and tells the UI.
fn read(settings: Settings, mut input: Input, updates: &SyncSender<Update>) -> Trouble {
    let mut engine = Engine::new(settings);
    let status = match &input {
        Input::Har(file) => file.status(),
        Input::Packets(source) => source.status(),
    };
    let mut sender = Sender { updates, last: None };
    // If the UI is gone, the engine learns it at its first report of progress.
    let _ = updates.send(Update::Input { name: status.name, bytes_total: status.bytes_total });
    let result = match &mut input {
        Input::Har(file) => engine.run_har(file, &mut sender),
        Input::Packets(source) => engine.run(&mut **source, &mut sender),
    };
    let _ = updates.send(Update::NotObservable(engine.detection().not_observable()));
    let sum = |number: fn(&InputStats) -> u64| engine.inputs().iter().map(number).sum();
    match result {
        Ok(()) => {
            let _ = updates.send(Update::Finished {
                packets: sum(|stats| stats.packets),
                flows: sum(|stats| stats.flows),
                sessions: sum(|stats| stats.sessions),
            });
            Trouble::None
        }
        Err(error) => {
            let _ = updates.send(Update::Failed(error.to_string()));
            Trouble::of(&error)
        }
    }
}

/// Turns what the engine says into updates.
struct Sender<'a> {
    updates: &'a SyncSender<Update>,
    last: Option<Instant>,
}

impl Subscriber for Sender<'_> {
    fn packets(&mut self, block: &Block) {
        let news = traffic(block);
        if !news.is_empty() {
            let _ = self.updates.send(Update::Many(news));
        }
    }

    fn records(&mut self, records: &[Record]) {
        let news: Vec<Update> = records.iter().filter_map(update).collect();
        if !news.is_empty() {
            let _ = self.updates.send(Update::Many(news));
        }
    }

    fn finding(&mut self, finding: &Finding, change: Change) {
        if !matches!(change, Change::Dropped) {
            let _ = self.updates.send(Update::Finding(Box::new(finding.clone())));
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if self.last.is_some_and(|last| last.elapsed() < PACE) {
            return ControlFlow::Continue(());
        }
        self.last = Some(Instant::now());
        let update = Update::Progress {
            packets: progress.packets,
            bytes_read: progress.bytes_read,
            bytes_total: progress.bytes_total,
            sessions: progress.sessions,
            dropped: progress.dropped,
            last: progress.last,
        };
        // The UI drops its end of the queue when the user leaves.
        match self.updates.send(update) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// The packets of a block, counted by time.
fn traffic(block: &Block) -> Vec<Update> {
    let mut news: Vec<Update> = Vec::new();
    for head in &block.heads {
        let bytes_now = u64::from(head.original);
        match news.last_mut() {
            Some(Update::Traffic { at, packets, bytes })
                if (0..GRAIN).contains(&head.timestamp.since(*at)) =>
            {
                *packets = packets.saturating_add(1);
                *bytes = bytes.saturating_add(bytes_now);
            }
            _ => news.push(Update::Traffic { at: head.timestamp, packets: 1, bytes: bytes_now }),
        }
    }
    news
}

/// What the UI is told of a record; `None` for what it does not show.
fn update(record: &Record) -> Option<Update> {
    let (packet, flow) = (record.packet, record.flow.clone());
    match &record.fact {
        Fact::Exchange(exchange) => Some(Update::Exchange { exchange: Arc::clone(exchange), flow }),
        Fact::Lan(message) => Some(Update::Lan(Box::new(message.clone()))),
        Fact::Session(stage, session) => {
            Some(Update::Session { stage: *stage, session: Arc::clone(session), flow, packet })
        }
        Fact::Weird(weird) => Some(Update::Weird { weird: weird.clone(), packet, flow }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_stops_when_the_ui_is_gone() {
        let (updates, inbox) = sync_channel(4);
        let mut sender = Sender { updates: &updates, last: None };
        assert!(sender.progress(&Progress::default()).is_continue());
        drop(inbox);
        sender.last = None;
        assert!(sender.progress(&Progress::default()).is_break());
    }

    #[test]
    fn progress_is_not_sent_for_every_block() {
        let (updates, inbox) = sync_channel(4);
        let mut sender = Sender { updates: &updates, last: Some(Instant::now()) };
        // Far in the future, so that the pace is kept however slow the machine is.
        sender.last = sender.last.and_then(|last| last.checked_add(Duration::from_secs(3600)));
        assert!(sender.progress(&Progress::default()).is_continue());
        assert!(inbox.try_recv().is_err());
    }
}
