//! What a UDP flow carries: looks for QUIC Initial packets and DTLS handshakes, and follows them.

use super::Outcome;
use crate::limits::PROBE_DATAGRAMS;
use crate::packet::PacketRef;
use crate::session::SessionEnd;
use crate::tls::session_builder::Surroundings;

/// The application side of a UDP flow.
#[derive(Debug)]
pub(crate) enum Datagrams {
    /// Only counted from here on.
    Counted,
    /// Nothing recognised in so many datagrams.
    Probe(u16),
}

impl Default for Datagrams {
    fn default() -> Self {
        Self::Probe(0)
    }
}

impl Datagrams {
    /// The next datagram.
    pub(crate) fn datagram(
        &mut self,
        _from_client: bool,
        _payload: &[u8],
        _at: PacketRef,
        _around: &mut Surroundings<'_>,
    ) -> Outcome {
        if let Self::Probe(seen) = self {
            *seen = seen.saturating_add(1);
            if *seen >= PROBE_DATAGRAMS {
                *self = Self::Counted;
            }
        }
        Outcome::Same
    }

    /// The flow is over.
    pub(crate) fn finish(self, _end: SessionEnd, _around: &mut Surroundings<'_>) {}

    /// Whether there is anything left to look for.
    pub(crate) const fn is_followed(&self) -> bool {
        !matches!(self, Self::Counted)
    }
}
