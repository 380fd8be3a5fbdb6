//! The line from packets to findings: a crate of its own so that threads, back-pressure, limits,
//! progress and shutdown live here and nowhere else.
//!
//! ```text
//! Source ─blocks→ reader ─Arc<Block>→ worker 0 ─records→ merge ─records in order→ detectors → Subscriber
//!                    └───────────────→ worker 1 ─────────┘            (the caller's thread)
//! ```
//!
//! Every worker walks every block, and follows only the flows of its own shards. The reader names the
//! shard of each usual packet while its headers are at hand, so that the others pass over it; what has
//! none yet (fragments, tunnels) each decodes. That spares the workers any lock, and everybody a copy.
//! Flows are spread over a fixed number of shards, so that what a shard does — its limits and
//! evictions too — does not depend on the number of threads.

mod clock;
mod error;
mod har;
mod keys;
mod live;
mod merge;
mod offline;
pub mod pace;
mod progress;
mod shard;

pub use error::Error;
pub use keys::KeyFeed;
pub use live::{Shutdown, shutdown_on_signal};
pub use pace::{Pace, Paced};
pub use progress::{InputStats, Progress, Subscriber};

use std::sync::Arc;

use capture::{HarFile, Source};
use detect::Detection;
use dissect::tls::KeyLog;

use keys::{Given, Keys};

/// How to run.
#[derive(Debug, Default)]
pub struct Settings {
    /// Threads that may be busy at the same time; 0 means one for each core.
    pub threads: usize,
    /// Secrets for all inputs. An input's own secrets (pcapng) are added for that input.
    pub keys: Option<Arc<KeyLog>>,
    /// Where more secrets for all inputs come from while packets do.
    pub key_feed: Option<Box<dyn KeyFeed>>,
    /// What detection is told from outside.
    pub detect: detect::Settings,
}

/// Runs inputs, one after the other, into one ledger of findings.
pub struct Engine {
    threads: usize,
    keys: Given,
    detection: Detection,
    inputs: Vec<InputStats>,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if settings.threads == 0 { cores() } else { settings.threads };
        Self {
            threads: threads.min(shard::SHARDS),
            keys: Given { log: settings.keys, feed: settings.key_feed },
            detection: Detection::new(settings.detect),
            inputs: Vec::new(),
        }
    }

    /// Runs one source to its end, or until the subscriber breaks off. An error ends the run, but
    /// what was read before it is in [`Self::inputs`] and [`Self::detection`] all the same.
    pub fn run(
        &mut self,
        source: &mut dyn Source,
        subscriber: &mut dyn Subscriber,
    ) -> Result<(), Error> {
        let threads = self.threads;
        let mut given = std::mem::take(&mut self.keys);
        let keys = Keys::new(&mut given, source);
        let (result, stats) =
            self.listen(subscriber, |listener| offline::run(source, keys, threads, listener));
        self.keys = given;
        self.inputs.push(InputStats { status: source.status(), ..stats });
        result
    }

    /// Runs a HAR file: exchanges without packets. As [`Self::run`].
    pub fn run_har(
        &mut self,
        file: &mut HarFile,
        subscriber: &mut dyn Subscriber,
    ) -> Result<(), Error> {
        let (result, stats) = self.listen(subscriber, |listener| har::run(file, listener));
        self.inputs.push(InputStats { status: file.status(), ..stats });
        result
    }

    /// Runs an input from its beginning to its end.
    fn listen(
        &mut self,
        subscriber: &mut dyn Subscriber,
        run: impl FnOnce(&mut offline::Listener<'_>) -> Result<(), Error>,
    ) -> (Result<(), Error>, InputStats) {
        self.detection.begin_input(self.inputs.len());
        let mut stats = InputStats::default();
        let mut listener =
            offline::Listener { detection: &mut self.detection, subscriber, stats: &mut stats };
        let result = run(&mut listener);
        listener.end();
        stats.failed = result.is_err();
        (result, stats)
    }

    /// What was read, one element for each run.
    pub fn inputs(&self) -> &[InputStats] {
        &self.inputs
    }

    /// Findings, and what could not be seen.
    pub const fn detection(&self) -> &Detection {
        &self.detection
    }
}
