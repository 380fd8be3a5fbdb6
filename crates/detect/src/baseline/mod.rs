//! What is normal: per host and app, learned from clean captures.

/// What is normal. Empty unless one was given.
#[derive(Clone, Debug, Default)]
pub struct Baseline {}
