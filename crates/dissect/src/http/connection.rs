//! What all exchanges of one connection share: who speaks to whom, and through what.

use std::sync::Arc;

use crate::session::{Carrier, Prelude, Session};
use crate::tcp::TcpFacts;
use crate::tls::fingerprint::{Ja4Carrier, ja4};

use super::Scheme;

/// A connection that carries HTTP.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// What came before HTTP on the same flow (CONNECT, SOCKS, PROXY protocol), outermost first,
    /// also what came before TLS.
    pub preludes: Vec<Prelude>,
    /// The TLS or QUIC session around it, as it was when its first bytes could be read: hellos,
    /// and with them the client's and the server's fingerprints. `None` in the clear.
    pub session: Option<Arc<Session>>,
    /// How TCP opened the connection, as far as it was seen by then. Empty over QUIC and in HAR.
    pub tcp: TcpFacts,
    /// How the client set HTTP/2 up, if it is that.
    pub http2: Option<Http2Setup>,
    /// The exchange was told by somebody else (a HAR file): nothing of its packets is known, and
    /// its scheme is what he says.
    pub told: Option<Scheme>,
}

/// The client's first frames of HTTP/2: what its library sends, whoever uses it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Http2Setup {
    /// Identifier and value of each setting of the client's first SETTINGS frame, in wire order
    /// (RFC 9113 section 6.5).
    pub settings: Vec<(u16, u32)>,
    /// Increment of the WINDOW_UPDATE for the whole connection that follows, 0 if none does.
    pub window_update: u32,
    /// PRIORITY frames before the first request: stream, exclusive, the stream it depends on,
    /// weight as on the wire.
    pub priorities: Vec<(u32, bool, u32, u8)>,
}

/// Fingerprints of what a client's libraries do, whoever uses them. `None` where not seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientIdentity {
    /// JA4 of its ClientHello.
    pub ja4: Option<String>,
    /// Of the first frames of HTTP/2.
    pub http2: Option<String>,
    /// [`Opening::fingerprint`](crate::tcp::Opening::fingerprint) of its SYN.
    pub tcp: Option<String>,
}

impl Connection {
    /// What is known of the client's libraries.
    pub fn client(&self) -> ClientIdentity {
        let session = self.session.as_deref();
        let hello = session.and_then(|session| {
            let carrier = match session.carrier {
                Carrier::Dtls => Ja4Carrier::Dtls,
                Carrier::Quic { .. } => Ja4Carrier::Quic,
                Carrier::Tcp => Ja4Carrier::Tcp,
            };
            session.client_hello.as_ref().and_then(|hello| ja4(&hello.value, carrier))
        });
        ClientIdentity { ja4: hello, http2: None, tcp: self.tcp.syn.map(|syn| syn.fingerprint()) }
    }

    /// How its bytes travelled.
    pub fn scheme(&self) -> Scheme {
        match (self.told, &self.session) {
            (Some(scheme), _) => scheme,
            (None, Some(_)) => Scheme::Https,
            (None, None) => Scheme::Http,
        }
    }
}
