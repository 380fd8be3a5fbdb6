//! What ends a run before its input does.

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be read (further).
    #[error(transparent)]
    Capture(#[from] capture::Error),
    /// No signal handler could be installed.
    #[error("cannot wait for Ctrl-C: {0}")]
    Signal(std::io::Error),
}
