//! What surrounds a connection while it takes in bytes.

use super::keylog::KeyLog;
use crate::known::Known;
use crate::record::Fact;
use crate::tcp::TcpFacts;
use crate::weird::WeirdKind;

/// What surrounds the messages of one call: where facts go, and what is known already.
pub(crate) struct Surroundings<'a> {
    /// Facts found, in order.
    pub(crate) facts: &'a mut Vec<Fact>,
    /// What was read before.
    pub(crate) known: &'a mut Known,
    /// Secrets; `None` if nobody gave any.
    pub(crate) keys: Option<&'a KeyLog>,
    /// What TCP showed of the connection so far; `None` over UDP.
    pub(crate) tcp: Option<&'a TcpFacts>,
}

impl Surroundings<'_> {
    /// The same, and what TCP showed of the connection.
    pub(crate) fn with_tcp<'b>(&'b mut self, tcp: &'b TcpFacts) -> Surroundings<'b> {
        let Self { facts, known, keys, .. } = self;
        Surroundings { facts, known, keys: *keys, tcp: Some(tcp) }
    }

    /// Reports an anomaly.
    pub(crate) fn weird(&mut self, kind: WeirdKind, detail: impl Into<String>) {
        self.facts.push(Fact::weird(kind, detail));
    }
}
