//! Runs the engine over all inputs: what `scan` and `records` share.

use std::ops::ControlFlow;
use std::path::PathBuf;

use capture::{FileOptions, Opened};
use detect::filter::Filter;
use engine::{Engine, Progress, Settings, Subscriber};

use crate::args::DetectionArgs;
use crate::exit::Trouble;
use crate::inputs::{self, Place};
use crate::{baseline_file, document, key_files, message, pins, trust_files};

/// A subscriber that is told which input begins and ends.
pub(crate) trait Face: Subscriber {
    /// `place` is read from here on; `several` if it is not the only one.
    fn begin(&mut self, place: &Place, several: bool);

    /// It was read.
    fn end(&mut self);

    /// Nobody wants more.
    fn is_done(&self) -> bool;
}

/// What detection is told by the arguments. If some input is `live`, key logs are followed.
pub(crate) fn settings(args: &DetectionArgs, live: bool) -> anyhow::Result<Settings> {
    let detect = detect::Settings {
        extra_roots: trust_files::roots(&args.trust_root)?,
        extra_ct_log_ids: trust_files::log_ids(args.ct_log_list.as_deref())?,
        // Reports say what was found; the terminal UI shows the handshake itself, filters ask it.
        held_sessions: 0,
        known: detect::Known {
            baseline: baseline_file::read(args.baseline.as_deref())?,
            pins: pins::read(&args.pins)?,
            policy: trust_files::policy(args.policy.as_deref())?,
            ..detect::Known::default()
        },
    };
    let (keys, key_feed) = key_files::open(&args.keys, live)?;
    Ok(Settings { threads: usize::from(args.threads.count), keys, key_feed, detect })
}

/// How much of sessions findings are to hold, so that the filter can ask them.
pub(crate) fn held_sessions(filter: &Filter) -> usize {
    if filter.is_empty() { 0 } else { detect::MAX_HELD_SESSIONS }
}

/// What went wrong with the inputs.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The worst of it.
    pub(crate) trouble: Trouble,
    /// Indices of the engine's inputs that are cut off or damaged.
    pub(crate) broken: Vec<usize>,
}

impl Outcome {
    /// Takes in, and says on stderr, why the engine's last run ended early.
    pub(crate) fn add(&mut self, error: &engine::Error, engine: &Engine) {
        message::error(error);
        self.trouble = self.trouble.max(Trouble::of(error));
        if error.is_within_input() {
            self.broken.extend(engine.inputs().len().checked_sub(1));
        }
    }
}

/// Reads all inputs, one after the other. What goes wrong is said on stderr at once, and the next
/// input is read all the same.
pub(crate) fn over(
    engine: &mut Engine,
    paths: &[PathBuf],
    options: &FileOptions,
    face: &mut dyn Face,
) -> Outcome {
    let (places, errors) = inputs::expand(paths);
    let mut outcome = Outcome::default();
    for error in errors {
        message::error(&error);
        outcome.trouble = Trouble::Unreadable;
    }
    // Whether a directory holds more than one capture is known only when all were tried.
    let several = places.len() > 1;
    for place in &places {
        if face.is_done() {
            break;
        }
        if let Err(error) = one(engine, place, several, options, face) {
            outcome.add(&error, engine);
        }
    }
    if engine.inputs().is_empty() && outcome.trouble == Trouble::None && !face.is_done() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        message::note(&format!("{}: holds no capture", names.join(", ")));
        outcome.trouble = Trouble::Unreadable;
    }
    for note in document::notes(engine) {
        message::note(&note);
    }
    outcome
}

fn one(
    engine: &mut Engine,
    place: &Place,
    several: bool,
    options: &FileOptions,
    face: &mut dyn Face,
) -> Result<(), engine::Error> {
    let Some(opened) = inputs::open(place, options)? else { return Ok(()) };
    face.begin(place, several);
    let result = match opened {
        Opened::Har(mut file) => engine.run_har(&mut file, &mut Adapter(face)),
        Opened::Packets(mut source) => engine.run(&mut *source, &mut Adapter(face)),
    };
    face.end();
    result
}

/// The engine wants a `Subscriber`.
struct Adapter<'a>(&'a mut dyn Face);

impl Subscriber for Adapter<'_> {
    fn packets(&mut self, block: &capture::Block) {
        self.0.packets(block);
    }

    fn records(&mut self, records: &[dissect::Record]) {
        self.0.records(records);
    }

    fn finding(&mut self, finding: &detect::Finding, change: detect::Change) {
        self.0.finding(finding, change);
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.0.progress(progress)
    }
}
