//! What a TCP connection carries: looks for the start of a TLS handshake, steps over what comes
//! before it (proxy requests, STARTTLS), and follows it.
//!
//! ```text
//! Fresh ──hello────▶ Tls
//!  └─other bytes─▶ Probe
//!
//! Probe ──hello────▶ Tls ──handshake over, no keys for the rest──▶ Counted
//!  │  ▲              └─keys─▶ Probe, of what is inside
//!  │  ├───request──▶ Http ──another protocol follows────────────▶ Counted
//!  │  │              ├─────upgrade───────────────────────────────▶ Http2
//!  │  │              └─────upgrade───────────────────────────────▶ WebSocket
//!  │  ├───preface──▶ Http2
//!  │  └──tunnel opened─┘
//!  └────────────────no handshake within PROBE_BYTES─────────────▶ Counted
//! ```

mod datagrams;
mod dtls;
mod inside;
mod prelude;
mod probe;
mod quic;
mod quic_inside;
#[cfg(test)]
pub(crate) mod quic_tests;

use std::sync::Arc;

use crate::dns::DnsStream;
use crate::http::Connection;
use crate::http::h1::{
    HttpConnection, Likeness, Next, Tunnel, Upgrade, like_request, like_response,
};
use crate::http::h2::Http2Connection;
use crate::http::websocket::WebSocketConnection;
use crate::limits::PRELUDES;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::{Prelude, SessionEnd};
use crate::tls::connection::TlsConnection;
use crate::tls::session_builder::Surroundings;
pub(crate) use datagrams::Datagrams;
use inside::Inner;
use probe::{Probe, Verdict};

/// Where DNS is looked for over TCP.
const DNS_PORT: u16 = 53;

/// The application side of a TCP connection.
#[derive(Debug, Default)]
pub(crate) enum Conversation {
    /// Nothing came yet.
    #[default]
    Fresh,
    /// Only counted from here on: no stream is put together.
    Counted,
    /// Messages of DNS, as far as was read.
    Dns(Box<DnsStream>),
    /// HTTP/1.
    Http(Box<HttpConnection>),
    /// HTTP/2.
    Http2(Box<Http2Connection>),
    /// Nothing recognised yet.
    Probe(Box<Probe>),
    /// A TLS connection, and what is in it.
    Tls(Box<TlsConnection>, Inner),
    /// Messages of a WebSocket.
    WebSocket(Box<WebSocketConnection>),
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
    /// What connections between these ports may carry.
    pub(crate) fn between(a: u16, b: u16) -> Self {
        if a == DNS_PORT || b == DNS_PORT { Self::Dns(Box::default()) } else { Self::default() }
    }

    /// The next bytes of one direction.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        origin: Origin,
        around: &mut Surroundings<'_>,
    ) -> Outcome {
        match self {
            Self::Counted => Outcome::Same,
            Self::Dns(dns) => {
                // Other protocols hide behind this port.
                if dns.is_fresh() && !may_be_dns(bytes) {
                    *self = Self::default();
                    return self.data(from_client, bytes, origin, around);
                }
                let before = around.facts.len();
                let goes_on = dns.data(from_client, bytes, origin.packets.last, around.facts);
                let found = around.facts.len() > before;
                if !goes_on {
                    *self = Self::Counted;
                }
                if found { Outcome::Recognised("dns") } else { Outcome::Same }
            }
            Self::Fresh => {
                // Most connections begin with a whole hello: it needs no probe that holds it.
                let Some(client) = probe::opens_with_hello(from_client, bytes) else {
                    *self = Self::Probe(Box::default());
                    return self.data(from_client, bytes, origin, around);
                };
                let reversed = !client;
                *self = Self::Tls(Box::new(TlsConnection::new(Vec::new())), Inner::default());
                self.data(from_client != reversed, bytes, origin, around);
                outcome(reversed, Some("tls"))
            }
            Self::Http(http) => {
                let next = http.data(from_client, bytes, origin, around.facts);
                self.go_on(next, around)
            }
            Self::Http2(http) => {
                if !http.data(from_client, bytes, origin, around.facts) {
                    self.finish(SessionEnd::Established, around);
                }
                Outcome::Same
            }
            Self::Tls(tls, inner) => {
                tls.data(from_client, bytes, origin.packets.last, inner, around);
                if tls.is_over() {
                    self.finish(SessionEnd::Established, around);
                }
                Outcome::Same
            }
            Self::WebSocket(socket) => {
                if !socket.data(from_client, bytes, origin, around.facts) {
                    self.finish(SessionEnd::Established, around);
                }
                Outcome::Same
            }
            Self::Probe(probe) => {
                let verdict = probe.data(from_client, bytes, origin);
                self.decided(verdict, around)
            }
        }
    }

    /// What the probe has come to.
    fn decided(&mut self, verdict: Verdict, around: &mut Surroundings<'_>) -> Outcome {
        let Self::Probe(probe) = self else { return Outcome::Same };
        match verdict {
            Verdict::Undecided => Outcome::Same,
            Verdict::NotTls(protocol) => {
                *self = Self::Counted;
                protocol.map_or(Outcome::Same, Outcome::Recognised)
            }
            Verdict::Http { client } => {
                let index = probe.index();
                let start = probe.start();
                let connection = with_tcp(start.connection, around);
                let unseen =
                    around.tcp.is_some_and(|tcp| tcp.syn.is_none() && tcp.syn_ack.is_none());
                let http = HttpConnection::new(connection, index);
                *self = Self::Http(Box::new(if unseen { http.begun_before() } else { http }));
                self.go_through(start.held, client, around, Some("http"))
            }
            Verdict::Http2 { client } => {
                let index = probe.index();
                let start = probe.start();
                let connection = with_tcp(start.connection, around);
                *self = Self::Http2(Box::new(Http2Connection::new(connection, index)));
                self.go_through(start.held, client, around, Some("http"))
            }
            Verdict::Tls { client } => {
                let reversed = !client;
                let start = probe.start();
                let Connection { mut preludes, session, .. } = start.connection;
                preludes.extend(
                    session.map(|outer| Prelude::Tls { sni: outer.sni().map(str::to_owned) }),
                );
                let mut tls = Box::new(TlsConnection::new(preludes));
                let mut inner = Inner::default();
                if let Some((record, packets)) = start.ssl2 {
                    tls.ssl2_hello(&record, packets, around);
                }
                for (from_probed_client, held, at) in start.held {
                    let from_client = from_probed_client != reversed;
                    tls.data(from_client, &held, at.packets.last, &mut inner, around);
                }
                *self = Self::Tls(tls, inner);
                outcome(reversed, Some("tls"))
            }
        }
    }

    /// What HTTP has come to.
    fn go_on(&mut self, next: Next, around: &mut Surroundings<'_>) -> Outcome {
        match next {
            Next::Same => Outcome::Same,
            Next::Over => {
                *self = Self::Counted;
                Outcome::Same
            }
            Next::Http2(upgrade) => {
                let Upgrade { connection, request, settings, held, index } = *upgrade;
                let upgraded = Http2Connection::upgraded(connection, index, request, &settings);
                *self = Self::Http2(Box::new(upgraded));
                self.go_through(held, true, around, None)
            }
            Next::Tunnel(tunnel) => self.enter(*tunnel, around),
            Next::WebSocket(socket) => {
                *self = Self::WebSocket(socket);
                Outcome::Same
            }
        }
    }

    /// Looks for what a tunnel carries.
    fn enter(&mut self, tunnel: Tunnel, around: &mut Surroundings<'_>) -> Outcome {
        let Tunnel { connection, opened, held, index } = tunnel;
        around.facts.extend(opened.map(|exchange| Fact::Exchange(Arc::new(exchange))));
        if connection.preludes.len() > PRELUDES {
            *self = Self::Counted;
            return Outcome::Same;
        }
        *self = Self::Probe(Box::new(Probe::within(connection, index)));
        self.go_through(held, true, around, None)
    }

    /// Takes in bytes that were held. `client`: the side that was taken for the client is.
    fn go_through(
        &mut self,
        held: Vec<(bool, Vec<u8>, Origin)>,
        client: bool,
        around: &mut Surroundings<'_>,
        recognised: Option<&'static str>,
    ) -> Outcome {
        let (mut reversed, mut recognised) = (!client, recognised);
        for (from_client, bytes, at) in held {
            match self.data(from_client != reversed, &bytes, at, around) {
                Outcome::Same => {}
                Outcome::Recognised(name) => recognised = Some(name),
                Outcome::Reversed(name) => {
                    reversed = !reversed;
                    recognised = name.or(recognised);
                }
            }
        }
        outcome(reversed, recognised)
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(
        &mut self,
        from_client: bool,
        length: Option<u32>,
        around: &mut Surroundings<'_>,
    ) {
        match self {
            Self::Counted => {}
            Self::Dns(dns) => dns.gap(from_client),
            Self::Fresh => {
                *self = Self::Probe(Box::default());
                self.gap(from_client, length, around);
            }
            Self::Http(http) => http.gap(from_client, length, around.facts),
            Self::Http2(http) => http.gap(from_client, length, around.facts),
            Self::Probe(probe) => probe.gap(from_client),
            Self::WebSocket(socket) => socket.gap(from_client, length, around.facts),
            Self::Tls(tls, inner) => {
                tls.gap(from_client, length.unwrap_or(u32::MAX), inner, around);
            }
        }
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        match std::mem::replace(self, Self::Counted) {
            Self::Counted | Self::Dns(_) | Self::Fresh | Self::Probe(_) => {}
            Self::Http(mut http) => {
                let closed = around.tcp.is_some_and(|tcp| tcp.server_fin.is_some());
                if let Some(tunnel) = http.finish(end, closed, around.facts) {
                    self.enter(tunnel, around);
                    self.finish(end, around);
                }
            }
            Self::Http2(http) => http.finish(end, around.facts),
            Self::WebSocket(socket) => socket.finish(end, around.facts),
            Self::Tls(mut tls, mut inner) => {
                tls.last_words(&mut inner, around);
                inner.finish(end, around);
                tls.finish(end, around);
            }
        }
    }

    /// Whether streams still have to be put together.
    pub(crate) const fn is_followed(&self) -> bool {
        !matches!(self, Self::Counted)
    }
}

/// The connection, with what TCP showed of it.
fn with_tcp(connection: Connection, around: &Surroundings<'_>) -> Connection {
    Connection { tcp: around.tcp.copied().unwrap_or_default(), ..connection }
}

/// Whether the first bytes of a connection to DNS's port are not those of TLS or HTTP, which read
/// as the length of a message would make a very long one.
fn may_be_dns(bytes: &[u8]) -> bool {
    let like_http = [like_request(bytes), like_response(bytes)].contains(&Likeness::Yes);
    !like_http && !bytes.starts_with(&[22, 3])
}

const fn outcome(reversed: bool, recognised: Option<&'static str>) -> Outcome {
    match (reversed, recognised) {
        (true, name) => Outcome::Reversed(name),
        (false, Some(name)) => Outcome::Recognised(name),
        (false, None) => Outcome::Same,
    }
}

#[cfg(test)]
mod tests;
