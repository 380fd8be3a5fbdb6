//! Messages of WebSocket connections (RFC 6455), behind the handshake that is an exchange.

use std::sync::Arc;

use super::connection::Connection;
use crate::packet::PacketSpan;

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
    /// [`HTTP_BODY_BYTES`](crate::limits::HTTP_BODY_BYTES).
    pub bytes: Vec<u8>,
    /// All bytes of its payload, as sent.
    pub length: u64,
}

/// What a message is (RFC 6455 section 11.8). Pings and pongs are not told.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum WebSocketKind {
    /// Any bytes.
    Binary,
    /// The end, with its status code.
    Close,
    /// UTF-8.
    Text,
}
