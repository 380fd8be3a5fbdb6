//! WebSocket connections (RFC 6455): what follows the handshake, which is an exchange.
//!
//! ```text
//! connection.rs   both directions: frames put together to messages, holes in the capture
//! frame.rs        what stands before a frame's payload
//! message.rs      a message in the making
//! inflate.rs      permessage-deflate (RFC 7692)
//! ```

mod connection;
mod frame;
mod inflate;
mod message;

use std::sync::Arc;

pub(crate) use connection::WebSocketConnection;

use super::connection::Connection;
use super::content::Coding;
use super::exchange::{Header, Headers, Incomplete};
use crate::packet::{PacketRef, PacketSpan, Timestamp};
use crate::record::Fact;
use crate::session::SessionEnd;

/// One message, put together from its frames and unmasked.
#[derive(Clone, Debug)]
pub struct WebSocketMessage {
    /// The connection of the handshake.
    pub connection: Arc<Connection>,
    /// Index of the exchange that was the handshake.
    pub exchange: u32,
    /// Position among the messages of the connection, from 0, both directions counted together.
    pub index: u32,
    /// The client sent it.
    pub from_client: bool,
    /// Its kind.
    pub kind: WebSocketKind,
    /// Where it was read.
    pub packets: PacketSpan,
    /// Its first bytes, permessage-deflate taken off, at most
    /// [`HTTP_BODY_BYTES`](crate::limits::HTTP_BODY_BYTES). As sent where `coding` says so.
    pub bytes: Vec<u8>,
    /// All bytes of its payload, as sent.
    pub length: u64,
    /// What became of permessage-deflate.
    pub coding: Coding,
    /// Why it is not whole, if it is not.
    pub incomplete: Option<Incomplete>,
}

/// What a message is (RFC 6455 section 11.8). Pings and pongs are not told.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum WebSocketKind {
    /// Any bytes.
    Binary,
    /// The end: two bytes of a status code, and why, or nothing.
    Close,
    /// UTF-8.
    Text,
}

impl WebSocketKind {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Text => "text",
        }
    }
}

impl WebSocketMessage {
    /// The status code of a close message (RFC 6455 section 7.4), if it has one.
    pub fn close_code(&self) -> Option<u16> {
        let code = self.bytes.first_chunk().filter(|_| self.kind == WebSocketKind::Close);
        code.map(|code| u16::from_be_bytes(*code))
    }
}

/// The messages of one connection that is closed behind its last bytes. `extensions`: the value of
/// the handshake's `Sec-WebSocket-Extensions`. `parts`: what each side sent, in order (`true`: the
/// client); part *n*, counted from 1, stands for packet *n*.
pub fn messages<'a>(
    extensions: &str,
    parts: impl IntoIterator<Item = (bool, &'a [u8])>,
) -> Vec<WebSocketMessage> {
    let field = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
    let headers =
        [field("Upgrade", "websocket"), field("Sec-WebSocket-Extensions", extensions)].into();
    let connection = Arc::new(Connection::default());
    let mut facts = Vec::new();
    if let Some(mut socket) = WebSocketConnection::after(&connection, 0, &Headers(headers)) {
        for (number, (from_client, bytes)) in (1..).zip(parts) {
            let at = PacketRef { number, timestamp: Timestamp::default() };
            socket.data(from_client, bytes, at.into(), &mut facts);
        }
        socket.finish(SessionEnd::Closed, &mut facts);
    }
    let found = facts.into_iter().filter_map(|fact| match fact {
        Fact::WebSocket(message) => Some(Arc::unwrap_or_clone(message)),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests;
