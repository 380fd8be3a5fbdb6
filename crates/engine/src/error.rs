//! What ends a run before its input does.

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be read (further).
    #[error(transparent)]
    Capture(#[from] capture::Error),
    /// A HAR file is cut off or malformed.
    #[error("{name}: {error}")]
    Har {
        /// The input.
        name: String,
        /// Where and why.
        error: dissect::har::Error,
    },
    /// No signal handler could be installed.
    #[error("cannot wait for Ctrl-C: {0}")]
    Signal(std::io::Error),
}

impl Error {
    /// Whether an input simply ended too early.
    pub fn is_truncation(&self) -> bool {
        match self {
            Self::Capture(error) => error.is_truncation(),
            Self::Har { error, .. } => error.is_truncation(),
            Self::Signal(_) => false,
        }
    }

    /// Whether an input is cut off or damaged: what came before was read.
    pub fn is_within_input(&self) -> bool {
        match self {
            Self::Capture(capture::Error::HarUnreadable { .. }) | Self::Har { .. } => true,
            Self::Capture(error) => error.position().is_some(),
            Self::Signal(_) => false,
        }
    }
}
