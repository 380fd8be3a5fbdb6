//! The progress bar: on stderr, only if that is a terminal, only for what takes long.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Inputs that are read faster than this have no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Drawings a second.
const RATE: u8 = 10;

/// A bar that appears when it is worth it.
pub(crate) struct Bar {
    terminal: bool,
    begun: Instant,
    bar: Option<ProgressBar>,
    name: String,
}

impl Bar {
    /// For the input called `name`.
    pub(crate) fn new(name: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let name = report::escape::escape(name).into_owned();
        Self { terminal, begun: Instant::now(), bar: None, name }
    }

    /// Shows how far the input was read.
    pub(crate) fn show(&mut self, progress: &Progress) {
        let Some(total) = progress.bytes_total else { return };
        if !self.terminal || (self.bar.is_none() && self.begun.elapsed() < PATIENCE) {
            return;
        }
        let name = &self.name;
        let bar = self.bar.get_or_insert_with(|| bar(total, name));
        bar.set_position(progress.bytes_read.min(total));
    }

    /// Takes it away, so that messages and results stand alone.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64, name: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(RATE));
    let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(name.to_owned());
    bar
}
