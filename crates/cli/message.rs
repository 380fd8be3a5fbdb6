//! Messages to people: one line each, on stderr, with nothing in it that could command a terminal.

use std::fmt::Display;
use std::io::Write;

use report::escape::escape;

/// Says that something went wrong.
pub(crate) fn error(error: &dyn Display) {
    line(&format!("{error:#}"));
}

/// Says something worth knowing.
pub(crate) fn note(text: &str) {
    line(text);
}

fn line(text: &str) {
    // Nobody is left to tell if stderr is closed.
    let _ = writeln!(std::io::stderr(), "interloper: {}", escape(text));
}
