//! What the caller tells the UI, and what the UI tells the caller in the end.

use std::sync::Arc;

use detect::{Finding, NotObservable, Severity};
use dissect::{Exchange, Flow, LanMessage, PacketRef, Session, Stage, Timestamp, Weird};

use crate::outside::Answer;

/// News from whoever reads the capture, in the order they happen.
#[derive(Clone, Debug)]
pub enum Update {
    /// What came of something that was asked for.
    Answer(Answer),
    /// What is read.
    Input {
        /// File name or interface, as the user gave it.
        name: String,
        /// Size in bytes; `None` where there is no end to it.
        bytes_total: Option<u64>,
    },
    /// How far it came. The last one counts, so sending several a second is enough.
    Progress {
        /// Packets read so far.
        packets: u64,
        /// Bytes of the input read so far.
        bytes_read: u64,
        /// Size of the input in bytes, where it is known.
        bytes_total: Option<u64>,
        /// TLS and QUIC sessions that ended so far.
        sessions: u64,
        /// Packets that were lost before they could be read.
        dropped: u64,
        /// Time of the last packet.
        last: Option<Timestamp>,
    },
    /// A request with its response.
    Exchange {
        /// What was asked and answered.
        exchange: Arc<Exchange>,
        /// Between whom, if that is known.
        flow: Option<Arc<Flow>>,
    },
    /// A new finding, or a new state of the one with the same id.
    Finding(Box<Finding>),
    /// A message about addresses and routers: devices say their names in some.
    Lan(Box<LanMessage>),
    /// Several at once: a channel that carries one message for each block is hardly felt.
    Many(Vec<Update>),
    /// All that could not be observed so far; replaces the former list.
    NotObservable(Vec<NotObservable>),
    /// A TLS or QUIC session has reached a stage.
    Session {
        /// Which.
        stage: Stage,
        /// All that is known of it by then.
        session: Arc<Session>,
        /// Between whom, if that is known.
        flow: Option<Arc<Flow>>,
        /// The packet with which it did.
        packet: PacketRef,
    },
    /// Packets of about the same time.
    Traffic {
        /// When.
        at: Timestamp,
        /// How many.
        packets: u64,
        /// Their bytes on the wire.
        bytes: u64,
    },
    /// A protocol anomaly.
    Weird {
        /// What kind.
        weird: Weird,
        /// Where.
        packet: PacketRef,
        /// On which flow.
        flow: Option<Arc<Flow>>,
    },
    /// The input is read to its end, or to where it broke.
    Finished {
        /// Packets read.
        packets: u64,
        /// Flows seen.
        flows: u64,
        /// TLS and QUIC sessions seen.
        sessions: u64,
    },
    /// The input could not be opened, or not be read on. Findings up to there stay.
    Failed(String),
}

/// How far the reading had come when the user left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum End {
    /// Reading failed, for this reason.
    Failed(String),
    /// All of the input was read.
    Finished,
    /// The user left before the end.
    Unfinished,
}

/// What the caller needs for the exit code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// Severity of the worst finding; `None` if nothing was found.
    pub worst: Option<Severity>,
    /// Number of findings.
    pub findings: usize,
    /// How far the reading had come.
    pub end: End,
}
