//! What a report is made of, beside the findings: the inputs and what was counted in them.

use detect::{Comparison, Finding, NotObservable};
use dissect::{LinkType, Reason, Timestamp};

/// One capture file, stream or interface that was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Input {
    /// Path as given, `-` for standard input, or the interface's name.
    pub path: String,
    /// SHA-256 of the file as it lies on disk; `None` for streams, interfaces and broken files.
    pub sha256: Option<[u8; 32]>,
    /// Packets that were read.
    pub packets: u64,
    /// Time of the first packet; `None` if there was none.
    pub first: Option<Timestamp>,
    /// Time of the last packet.
    pub last: Option<Timestamp>,
    /// Link types, in order of appearance.
    pub link_types: Vec<LinkType>,
    /// The file is cut off or damaged: what is reported is what could be read before that.
    pub truncated: bool,
}

/// What was examined, over all inputs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Packets.
    pub packets: u64,
    /// Flows.
    pub flows: u64,
    /// TLS and QUIC sessions.
    pub sessions: u64,
    /// HTTP exchanges.
    pub exchanges: u64,
    /// Findings that the policy's suppressions left out.
    pub suppressed: u64,
    /// Findings that the user's filter left out.
    pub filtered: u64,
    /// What could not be seen, and why.
    pub not_observable: Vec<NotObservable>,
    /// What comparing two vantage points gave; `None` where none were compared.
    pub compare: Option<Comparison>,
}

impl Summary {
    /// Exchanges that HAR files told.
    pub(crate) fn told(&self) -> u64 {
        let told = self.not_observable.iter().filter(|missing| missing.why == Reason::Har);
        told.map(|missing| missing.sessions).fold(0, u64::saturating_add)
    }
}

/// All that a format needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// In the order they were read; `Finding::input` counts them from 0.
    pub inputs: &'a [Input],
    /// What was examined.
    pub summary: &'a Summary,
    /// In output order (`Ledger::sorted`).
    pub findings: &'a [&'a Finding],
}
