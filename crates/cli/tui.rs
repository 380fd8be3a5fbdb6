//! `interloper tui`: the engine on a thread of its own, the terminal UI on this one, and the clerk, who
//! does what the user asks of files and the desktop, on another.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use capture::Block;
use detect::{Change, Finding};
use dissect::{Fact, Record, Timestamp};
use engine::{Engine, InputStats, Pace, Paced, Progress, Settings, Subscriber};
use tui::outside::Speed;
use tui::{Answer, End, Update};

use crate::args::TuiArgs;
use crate::clerk::{Clerk, Desktop, Examined, Packets, Recents, engine_speed};
use crate::exit::{self, Exit, Trouble};
use crate::look::Look;
use crate::watch::Input;
use crate::{color, inputs, message, run, watch};

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
    let known = &settings.detect.known;
    let (baseline, pins) = (known.baseline.clone(), known.pins.clone());
    let pace = args.pace.map(|speed| Pace::new(engine_speed(speed)));
    let input = paced(watch::open(&args.live, file, &args.packets)?, file, pace.as_ref())?;
    if matches!(args.pace, Some(Speed::Tenths(_))) {
        // Packets that come one by one are passed from thread to thread for longer than it takes to
        // read them.
        settings.threads = 1;
    }
    let defaults = tui::Options::default();
    let path = |given: &Option<PathBuf>, usual: &str| given.clone().unwrap_or_else(|| usual.into());
    let clerk = Clerk {
        folder: PathBuf::new(),
        baseline: path(&args.detection.baseline, &defaults.baseline_path),
        policy: path(&args.detection.policy, &defaults.policy_path),
        roots: settings.detect.extra_roots.clone(),
        log_ids: settings.detect.extra_ct_log_ids.clone(),
        packets: match &input {
            Input::Har(_) => Packets::None,
            Input::Packets(_) => Packets::of(file.filter(|file| !inputs::is_stdin(file))),
        },
        examined: Examined::default(),
        pace: pace.clone(),
        now,
        desktop: Desktop::default(),
    };
    let color =
        color::style(args.color.when, true, color::no_color()) == report::text::Style::Colour;
    let look = Look::of(&args.config, color)?;
    let options = tui::Options {
        color: look.color,
        background: look.background,
        contrast: look.contrast,
        keys: look.keys,
        mouse: look.mouse,
        filter: args.filter.text().to_owned(),
        baseline,
        pins,
        baseline_path: clerk.baseline.display().to_string(),
        policy_path: clerk.policy.display().to_string(),
        pace: args.pace,
        live: file.is_none(),
        has_keys: !args.detection.keys.keylog.is_empty(),
        may_reveal: args.show_secrets,
        // Ctrl-C is a key while the UI runs; this is for SIGTERM.
        stop: Some(engine::shutdown_on_signal()?.flag()),
    };
    let (updates, inbox) = sync_channel(QUEUE);
    let mut teller = Teller {
        updates: updates.clone(),
        last: None,
        recents: clerk.packets.recents(),
        pace: pace.clone(),
        examined: clerk.examined.clone(),
        first: None,
    };
    let reader = thread::Builder::new()
        .name("engine".into())
        .spawn(move || read(settings, input, &mut teller))
        .context("cannot start a thread")?;
    let (wishes, asks) = channel();
    let clerk = clerk.start(asks, updates).context("cannot start a thread")?;
    let outcome = tui::run(inbox, wishes, options)?;
    // The reader may be waiting for a packet's time.
    pace.iter().for_each(Pace::stop);
    // What was asked for last may be a file that is being written.
    let _ = clerk.join();
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

/// A capture file's packets at their pace, if one is wanted.
fn paced(input: Input, file: Option<&Path>, pace: Option<&Pace>) -> anyhow::Result<Input> {
    match (input, pace) {
        (Input::Packets(source), Some(pace)) if !watch::is_live(file) => {
            Ok(Input::Packets(Box::new(Paced::new(source, pace.clone()))))
        }
        (_, Some(_)) => anyhow::bail!("--pace replays a capture file"),
        (input, None) => Ok(input),
    }
}

/// The time of day. Only what the user writes into a policy depends on it.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// The reader's thread: runs the engine and tells the UI.
fn read(settings: Settings, mut input: Input, teller: &mut Teller) -> Trouble {
    let mut engine = Engine::new(settings);
    let status = match &input {
        Input::Har(file) => file.status(),
        Input::Packets(source) => source.status(),
    };
    teller.examined.begin(&status.name);
    // If the UI is gone, the engine learns it at its first report of progress.
    teller.tell(Update::Input { name: status.name, bytes_total: status.bytes_total });
    let result = match &mut input {
        Input::Har(file) => engine.run_har(file, teller),
        Input::Packets(source) => engine.run(&mut **source, teller),
    };
    teller.tell(Update::NotObservable(engine.detection().not_observable()));
    let sum = |number: fn(&InputStats) -> u64| engine.inputs().iter().map(number).sum();
    let broken = result.as_ref().is_err_and(engine::Error::is_within_input);
    teller.examined.finish(&engine, if broken { &[0] } else { &[] });
    match result {
        Ok(()) => {
            teller.tell(Update::Finished {
                packets: sum(|stats| stats.packets),
                flows: sum(|stats| stats.flows),
                sessions: sum(|stats| stats.sessions),
            });
            Trouble::None
        }
        Err(error) => {
            teller.tell(Update::Failed(error.to_string()));
            Trouble::of(&error)
        }
    }
}

/// Turns what the engine says into updates, and into what the clerk needs.
struct Teller {
    updates: SyncSender<Update>,
    last: Option<Instant>,
    /// Where packets are kept that cannot be read again.
    recents: Option<Recents>,
    pace: Option<Pace>,
    examined: Examined,
    /// Time of the first packet.
    first: Option<Timestamp>,
}

impl Teller {
    /// Whether the UI is gone shows at the next report of progress.
    fn tell(&self, update: Update) {
        let _ = self.updates.send(update);
    }
}

impl Drop for Teller {
    /// A reader that panics says so: the clerk keeps the channel open, by whose end the UI would know.
    fn drop(&mut self) {
        if thread::panicking() {
            self.tell(Update::Failed(String::from("reading stopped before the end of the input")));
        }
    }
}

impl Subscriber for Teller {
    fn packets(&mut self, block: &Block) {
        self.first = self.first.or(block.heads.first().map(|head| head.timestamp));
        if let Some(recents) = &self.recents {
            recents.lock().unwrap_or_else(PoisonError::into_inner).push(block);
        }
        if !block.heads.is_empty() {
            self.tell(Update::Many(traffic(block)));
        }
    }

    fn records(&mut self, records: &[Record]) {
        let news: Vec<Update> = records.iter().filter_map(update).collect();
        if !news.is_empty() {
            self.tell(Update::Many(news));
        }
    }

    fn finding(&mut self, finding: &Finding, change: Change) {
        if !matches!(change, Change::Dropped) {
            self.tell(Update::Finding(Box::new(finding.clone())));
        }
        let is_new = matches!(change, Change::New(_));
        if is_new && self.pace.as_ref().is_some_and(Pace::found) {
            self.tell(Update::Answer(Answer::Paused(true)));
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.pace.iter().for_each(Pace::handled);
        if self.last.is_some_and(|last| last.elapsed() < PACE) {
            return ControlFlow::Continue(());
        }
        self.last = Some(Instant::now());
        self.examined.progress(progress, self.first);
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
            Err(_) => {
                // Whoever reads ahead may be waiting for a packet's time.
                self.pace.iter().for_each(Pace::stop);
                ControlFlow::Break(())
            }
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
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use super::*;

    fn teller(updates: SyncSender<Update>) -> Teller {
        Teller {
            updates,
            last: None,
            recents: None,
            pace: None,
            examined: Examined::default(),
            first: None,
        }
    }

    #[test]
    fn the_reader_stops_when_the_ui_is_gone() {
        let (updates, inbox) = sync_channel(4);
        let mut teller = teller(updates);
        let pace = Pace::new(engine::pace::Speed::Max);
        pace.pause();
        teller.pace = Some(pace.clone());
        assert!(teller.progress(&Progress::default()).is_continue());
        drop(inbox);
        teller.last = None;
        assert!(teller.progress(&Progress::default()).is_break());
        assert!(pace.is_stopped());
    }

    #[test]
    fn progress_is_not_sent_for_every_block() {
        let (updates, inbox) = sync_channel(4);
        let mut teller = teller(updates);
        // Far in the future, so that the pace is kept however slow the machine is.
        teller.last = Instant::now().checked_add(Duration::from_secs(3600));
        assert!(teller.progress(&Progress::default()).is_continue());
        assert!(inbox.try_recv().is_err());
    }

    #[test]
    fn packets_are_counted_by_time_and_kept() {
        let head = |second: i64, original| capture::PacketHead {
            offset: 0,
            captured: 0,
            original,
            link_type: dissect::LinkType::RAW,
            interface: 0,
            timestamp: Timestamp::from_nanos(second * 1_000_000_000 + 5),
        };
        let heads = vec![head(1, 10), head(1, 20), head(3, 5), head(1, 1)];
        let (updates, inbox) = sync_channel(4);
        let mut teller = teller(updates);
        teller.recents = Some(Recents::default());
        teller.packets(&Block { heads, first_number: 1, ..Block::default() });
        let Ok(Update::Many(told)) = inbox.try_recv() else { unreachable!("it tells of them") };
        let told = told.iter().map(|update| match update {
            Update::Traffic { at, packets, bytes } => (at.secs(), *packets, *bytes),
            other => unreachable!("{other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>(), [(1, 2, 30), (3, 1, 5), (1, 1, 1)]);
        teller.packets(&Block::default());
        assert!(inbox.try_recv().is_err(), "there was no packet");
        assert_eq!(teller.recents.as_ref().unwrap().lock().unwrap().first(), Some(1));
        assert_eq!(teller.first, Some(Timestamp::from_nanos(1_000_000_005)));
    }

    #[test]
    fn a_reader_that_panics_says_so() {
        let (updates, inbox) = sync_channel(4);
        let teller = teller(updates);
        let panics = thread::spawn(move || {
            let _kept = teller;
            std::panic::resume_unwind(Box::new("a panic without a message"));
        });
        assert!(panics.join().is_err());
        assert!(matches!(inbox.try_recv(), Ok(Update::Failed(_))));
    }

    #[test]
    fn only_a_capture_file_is_replayed() {
        let pace = Pace::new(engine::pace::Speed::Max);
        let packets = || Input::Packets(Box::new(Empty));
        let file = Some(Path::new("a.pcap"));
        assert!(paced(packets(), file, Some(&pace)).is_ok());
        assert!(paced(packets(), Some(Path::new("-")), Some(&pace)).is_err());
        assert!(paced(packets(), None, Some(&pace)).is_err());
        assert!(paced(packets(), None, None).is_ok());
    }

    struct Empty;

    impl capture::Source for Empty {
        fn fill(&mut self, _: &mut Block) -> Result<capture::Fill, capture::Error> {
            Ok(capture::Fill::End)
        }

        fn status(&self) -> capture::Status {
            capture::Status::default()
        }
    }
}
