//! Why the terminal UI could not start or go on.

use std::io;

use crate::keymap::KeymapError;

/// An error of the terminal UI, never of the capture: that one is shown on the screen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The keys cannot be bound like this.
    #[error(transparent)]
    Keys(#[from] KeymapError),
    /// Another thread panicked, and the terminal was given back so that its message can be read.
    #[error("a thread of this program panicked; its message is above")]
    Panicked,
    /// The terminal could not be read, written or switched.
    #[error("cannot {doing} the terminal: {source}")]
    Terminal {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: an I/O error while doing this to the terminal.
    pub(crate) fn terminal(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Terminal { doing, source }
    }
}
