//! CONNECT: what a proxy passes on belongs to somebody else (RFC 9110 section 9.3.6).

use super::connection::{HttpConnection, Next, Step};
use super::side::State;
use crate::http::{Connection, Exchange, Incomplete};
use crate::limits::PROBE_BYTES;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::Prelude;

/// Longest target of a CONNECT request that is kept as a prelude.
const TARGET_BYTES: usize = 300;

/// How a TLS handshake begins, in every version but SSL 2.0.
const TLS: [u8; 2] = [22, 3];

/// What is known when a tunnel opens.
#[derive(Debug)]
pub(crate) struct Tunnel {
    /// What its contents share: what came before them, above all.
    pub(crate) connection: Connection,
    /// The exchange that opened it, as far as it was seen.
    pub(crate) opened: Option<Exchange>,
    /// Its first bytes: direction, bytes, where they were.
    pub(crate) held: Vec<(bool, Vec<u8>, Origin)>,
    /// Index of the next exchange.
    pub(crate) index: u32,
}

impl HttpConnection {
    /// Whether the server speaks TLS in a tunnel: the proxy's answer was not captured.
    pub(super) fn is_opaque_answer(&self, from_client: bool, bytes: &[u8]) -> bool {
        let asked = !from_client && matches!(self.client.state, State::Held);
        asked && self.server.head.is_empty() && bytes.starts_with(&TLS)
    }

    /// Whether the client speaks TLS behind its CONNECT request, which nobody has answered.
    pub(super) fn is_opaque_request(&self) -> bool {
        let opaque = self.client.held.first().is_some_and(|(bytes, _)| bytes.starts_with(&TLS));
        matches!(self.client.state, State::Held) && opaque
    }

    /// Keeps what the client sends before its tunnel is opened.
    pub(super) fn hold(&mut self, bytes: &[u8], at: Origin, facts: &mut Vec<Fact>) -> Step {
        let held: usize = self.client.held.iter().map(|(bytes, _)| bytes.len()).sum();
        if held.saturating_add(bytes.len()) > PROBE_BYTES {
            self.queue.give_out_all(Incomplete::Cut, facts);
            return Step::Leave(0, Next::Over);
        }
        self.client.held.push((bytes.to_vec(), at));
        Step::Used(bytes.len())
    }

    /// The tunnel was refused: what was held of the client is HTTP.
    pub(super) fn release(&mut self, facts: &mut Vec<Fact>) -> Option<Next> {
        self.client.state = State::Head;
        for (bytes, at) in std::mem::take(&mut self.client.held) {
            match self.data(true, &bytes, at, facts) {
                Next::Same => {}
                next => return Some(next),
            }
        }
        None
    }

    /// The tunnel that the front of the queue asked for.
    pub(super) fn tunnel(&mut self) -> Tunnel {
        let mut connection = Connection::clone(self.queue.connection());
        if let Some(session) = connection.session.take() {
            let sni = session.sni().map(str::to_owned);
            connection.preludes.push(Prelude::Tls { sni });
        }
        let index = self.queue.index();
        let opened = self.queue.take_front();
        if let Some(opened) = &opened {
            let target = &opened.request.target;
            let mut end = TARGET_BYTES.min(target.len());
            while !target.is_char_boundary(end) {
                end = end.saturating_sub(1);
            }
            let target = target.get(..end).unwrap_or_default().to_owned();
            connection.preludes.push(Prelude::HttpConnect { target });
        }
        let held = std::mem::take(&mut self.client.held);
        let held = held.into_iter().map(|(bytes, at)| (true, bytes, at)).collect();
        Tunnel { connection, opened, held, index }
    }
}
