//! The one interface that the engine knows of captures.

use dissect::LinkType;

use crate::block::Block;
use crate::error::Error;
use crate::kept::{CustomBlock, Secrets};

/// Where packets come from.
pub trait Source: Send {
    /// Fills `block` with the next packets. `More` may come with no packets at all (a live source
    /// that waited its read timeout). After an error, the packets in `block` are valid: nothing is
    /// lost that was read before. No call after `End` or an error.
    fn fill(&mut self, block: &mut Block) -> Result<Fill, Error>;

    /// What is known about the input so far.
    fn status(&self) -> Status;

    /// Decryption secrets that the input has carried so far, in order; it only grows. Of an
    /// uncompressed regular file all are known from the start.
    fn secrets(&self) -> &[Secrets] {
        &[]
    }

    /// Custom pcapng blocks that the input has carried so far, in order; it only grows.
    fn custom_blocks(&self) -> &[CustomBlock] {
        &[]
    }
}

/// Whether there may be more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fill {
    /// The source is exhausted; the block holds its last packets (perhaps none).
    End,
    /// Call again.
    More,
}

/// What a source knows about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Status {
    /// Path, `-` for standard input, or the interface's name.
    pub name: String,
    /// Bytes consumed from the file as it lies on disk (compressed bytes, if it is compressed).
    pub bytes_read: u64,
    /// Size of the file; `None` for streams and interfaces.
    pub bytes_total: Option<u64>,
    /// Link types seen, in order of appearance.
    pub link_types: Vec<LinkType>,
    /// Packets that a live interface dropped because nobody fetched them in time.
    pub dropped: u64,
    /// SHA-256 of the input as it lies on disk; only after `End` or an error, and only if it was
    /// asked for. `None` for a stream that was not read to its end.
    pub sha256: Option<[u8; 32]>,
}
