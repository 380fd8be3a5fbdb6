//! What a UDP flow carries: DNS where a port says so; else looks for QUIC Initial packets and DTLS
//! handshakes, and follows them.

use std::sync::Arc;

use super::Outcome;
use super::dtls::DtlsConnection;
use super::quic::QuicConnection;
use crate::dns::{DnsMessage, DnsProtocol};
use crate::limits::PROBE_DATAGRAMS;
use crate::packet::{Packet, PacketRef};
use crate::quic::application::NamedId;
use crate::quic::looks_like_initial;
use crate::record::Fact;
use crate::session::SessionEnd;
use crate::tls::dtls::looks_like_dtls;
use crate::tls::session_builder::Surroundings;

/// The application side of a UDP flow.
#[derive(Debug)]
pub(crate) enum Datagrams {
    /// Only counted from here on.
    Counted,
    /// Messages of DNS.
    Dns {
        /// Which of the family.
        protocol: DnsProtocol,
        /// One was read.
        recognised: bool,
    },
    /// A DTLS connection.
    Dtls(Box<DtlsConnection>),
    /// Nothing recognised in so many datagrams.
    Probe(u16),
    /// A QUIC connection.
    Quic(Box<QuicConnection>),
}

impl Default for Datagrams {
    fn default() -> Self {
        Self::Probe(0)
    }
}

impl Datagrams {
    /// What flows between these ports may carry.
    pub(crate) fn between(a: u16, b: u16) -> Self {
        match DnsProtocol::of_ports(a, b) {
            Some(protocol) => Self::Dns { protocol, recognised: false },
            None => Self::default(),
        }
    }

    /// The next datagram. `direct`: it was in no tunnel.
    pub(crate) fn datagram(
        &mut self,
        from_client: bool,
        payload: &[u8],
        (packet, direct): (&Packet<'_>, bool),
        around: &mut Surroundings<'_>,
    ) -> Outcome {
        let at = packet.reference();
        if let Self::Dns { protocol, recognised } = self {
            let opaque = looks_like_initial(payload).is_some() || looks_like_dtls(payload);
            let read = DnsMessage::read(payload, *protocol, at, from_client);
            match read.filter(|_| !opaque) {
                Some(mut message) => {
                    let link = packet.link_addresses().filter(|_| direct);
                    message.sender = link.map(|link| link.source);
                    around.facts.push(Fact::Dns(Arc::new(message)));
                    *recognised = true;
                    return Outcome::Recognised("dns");
                }
                None if *recognised => return Outcome::Same,
                None => *self = Self::default(),
            }
        }
        let mut recognised = None;
        if let Self::Probe(seen) = self {
            if let Some(version) = looks_like_initial(payload) {
                *self = Self::Quic(Box::new(QuicConnection::new(version)));
                recognised = Some("quic");
            } else if looks_like_dtls(payload) {
                *self = Self::Dtls(Box::new(DtlsConnection::new()));
                recognised = Some("dtls");
            } else {
                *seen = seen.saturating_add(1);
                if *seen >= PROBE_DATAGRAMS {
                    *self = Self::Counted;
                }
            }
        }
        let reversed = match self {
            Self::Counted | Self::Dns { .. } | Self::Probe(_) => false,
            Self::Dtls(dtls) => dtls.datagram(from_client, payload, at, around),
            Self::Quic(quic) => quic.datagram(from_client, payload, at, around),
        };
        self.settle(around);
        match (recognised, reversed) {
            (name, true) => Outcome::Reversed(name),
            (Some(name), false) => Outcome::Recognised(name),
            (None, false) => Outcome::Same,
        }
    }

    /// A datagram of another flow, which may be of the connection on this one. Says whether it is.
    pub(crate) fn elsewhere(
        &mut self,
        from_client: bool,
        payload: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let Self::Quic(quic) = self else { return false };
        let opened = quic.elsewhere(from_client, payload, at, around);
        self.settle(around);
        opened
    }

    /// Connection ids of a QUIC connection since the last call, and whether they name the server.
    pub(crate) fn take_new_ids(&mut self) -> Vec<NamedId> {
        match self {
            Self::Quic(quic) => quic.take_new_ids(),
            Self::Counted | Self::Dns { .. } | Self::Dtls(_) | Self::Probe(_) => Vec::new(),
        }
    }

    /// Ends what is over.
    fn settle(&mut self, around: &mut Surroundings<'_>) {
        if let Some(end) = self.end() {
            std::mem::replace(self, Self::Counted).finish(end, around);
        }
    }

    /// How the session ended, if there is nothing more to see of it.
    fn end(&self) -> Option<SessionEnd> {
        match self {
            Self::Counted | Self::Dns { .. } | Self::Probe(_) => None,
            Self::Dtls(dtls) => dtls.is_over().then_some(SessionEnd::Established),
            Self::Quic(quic) => quic.is_over().then(|| quic.end()),
        }
    }

    /// The flow is over.
    pub(crate) fn finish(self, end: SessionEnd, around: &mut Surroundings<'_>) {
        match self {
            Self::Counted | Self::Dns { .. } | Self::Probe(_) => {}
            Self::Dtls(dtls) => dtls.finish(end, around),
            Self::Quic(quic) => quic.finish(end, around),
        }
    }

    /// Whether there is anything left to look for.
    pub(crate) const fn is_followed(&self) -> bool {
        !matches!(self, Self::Counted)
    }
}
