//! Keys that hosts must present.

/// Pinned keys. Empty unless some were given.
#[derive(Clone, Debug, Default)]
pub struct Pins {}
