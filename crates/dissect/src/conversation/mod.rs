//! What a TCP connection carries: looks for the start of a TLS handshake, steps over what comes
//! before it (proxy requests, STARTTLS), and follows it.
//!
//! ```text
//! Probe ──hello──▶ Tls ──handshake over, nothing more to see──▶ Counted
//!   └──────────────no handshake within PROBE_BYTES──────────────▶ Counted
//! ```

mod datagrams;
mod dtls;
mod prelude;
mod probe;
mod quic;

use crate::packet::PacketRef;
use crate::session::SessionEnd;
use crate::tls::connection::TlsConnection;
use crate::tls::session_builder::Surroundings;
pub(crate) use datagrams::Datagrams;
use probe::{Probe, Verdict};

/// The application side of a TCP connection.
#[derive(Debug)]
pub(crate) enum Conversation {
    /// Only counted from here on: no stream is put together.
    Counted,
    /// Nothing recognised yet.
    Probe(Box<Probe>),
    /// A TLS connection.
    Tls(Box<TlsConnection>),
}

impl Default for Conversation {
    fn default() -> Self {
        Self::Probe(Box::default())
    }
}

/// What the flow must know of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Nothing has changed.
    Same,
    /// A protocol was recognised.
    Recognised(&'static str),
    /// The client is the side that was taken for the server; perhaps a protocol was recognised.
    Reversed(Option<&'static str>),
}

impl Conversation {
    /// The next bytes of one direction.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) -> Outcome {
        match self {
            Self::Counted => Outcome::Same,
            Self::Tls(tls) => {
                tls.data(from_client, bytes, at, around);
                if tls.is_over() {
                    self.finish(SessionEnd::Established, around);
                }
                Outcome::Same
            }
            Self::Probe(probe) => match probe.data(from_client, bytes, at) {
                Verdict::Undecided => Outcome::Same,
                Verdict::NotTls(protocol) => {
                    *self = Self::Counted;
                    protocol.map_or(Outcome::Same, Outcome::Recognised)
                }
                Verdict::Tls { client } => {
                    let reversed = !client;
                    let start = probe.start();
                    let mut tls = Box::new(TlsConnection::new(start.preludes));
                    if let Some((record, packets)) = start.ssl2 {
                        tls.ssl2_hello(&record, packets, around);
                    }
                    for (from_probed_client, held, at) in start.held {
                        tls.data(from_probed_client != reversed, &held, at, around);
                    }
                    *self = Self::Tls(tls);
                    if reversed {
                        Outcome::Reversed(Some("tls"))
                    } else {
                        Outcome::Recognised("tls")
                    }
                }
            },
        }
    }

    /// Bytes of one direction are missing.
    pub(crate) fn gap(&mut self, from_client: bool, length: u32) {
        match self {
            Self::Counted => {}
            Self::Probe(probe) => probe.gap(from_client),
            Self::Tls(tls) => tls.gap(from_client, length),
        }
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if let Self::Tls(tls) = std::mem::replace(self, Self::Counted) {
            tls.finish(end, around);
        }
    }

    /// Whether streams still have to be put together.
    pub(crate) const fn is_followed(&self) -> bool {
        !matches!(self, Self::Counted)
    }
}
