//! What a face hears of a run.

use std::ops::ControlFlow;

use capture::{Block, Status};
use detect::{Change, Finding};
use dissect::{Record, Timestamp};

/// A face of the program: hears records, findings and progress in order, on the caller's thread.
pub trait Subscriber {
    /// The packets of one block, before its records: for who keeps or counts them. Every block comes
    /// here once, blocks without a packet too.
    fn packets(&mut self, _block: &Block) {}

    /// Records of one block, in their total order.
    fn records(&mut self, _records: &[Record]) {}

    /// A finding is new, or was seen again.
    fn finding(&mut self, _finding: &Finding, _change: Change) {}

    /// After each block. `Break` ends the run as if the input had ended there.
    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// How far a run has come.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Packets read.
    pub packets: u64,
    /// Bytes of the input consumed.
    pub bytes_read: u64,
    /// Size of the input; `None` for streams and interfaces.
    pub bytes_total: Option<u64>,
    /// Sessions that ended.
    pub sessions: u64,
    /// Packets that a live interface dropped.
    pub dropped: u64,
    /// Time of the last packet.
    pub last: Option<Timestamp>,
}

/// What one input held.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InputStats {
    /// What the source says of itself.
    pub status: Status,
    /// Packets read.
    pub packets: u64,
    /// Flows in them; of a HAR file, connections.
    pub flows: u64,
    /// Sessions in them.
    pub sessions: u64,
    /// Packets of link types that no dissector reads, or whose headers contradict themselves.
    pub undissected: u64,
    /// Entries of a HAR file that were never on the wire.
    pub left_out: u64,
    /// Time of the first packet; of a HAR file, of the first entry.
    pub first: Option<Timestamp>,
    /// Time of the last packet.
    pub last: Option<Timestamp>,
    /// An error ended it before its end.
    pub failed: bool,
}
