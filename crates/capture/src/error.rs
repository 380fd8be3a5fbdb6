//! What can go wrong, and whose fault it is.

use std::io;

/// Errors of this crate. Each `Display` is one line that names the input, and where it applies the
/// byte offset (in the decompressed stream) and the number of the packet that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused: no such file, no permission, a directory, a read error.
    #[error("{name}: {source}")]
    Io {
        /// The input.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}
