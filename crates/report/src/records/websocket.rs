//! The `websocket` event: one message. EVE's names where it has them; payloads, which hold whatever
//! an app says, are written only where secrets are.

use std::borrow::Cow;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dissect::Record;
use dissect::http::{Coding, Incomplete, WebSocketKind, WebSocketMessage};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};
use crate::redact::Secrets;

#[derive(Serialize)]
struct Body<'a> {
    websocket: WebSocketJson<'a>,
}

#[derive(Serialize)]
struct WebSocketJson<'a> {
    opcode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_printable: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    from: &'static str,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_code: Option<u16>,
    index: u32,
    exchange: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'static str>,
    packets: Vec<u64>,
}

impl<'a> WebSocketJson<'a> {
    fn new(message: &'a WebSocketMessage, secrets: Secrets) -> Self {
        let shown = secrets == Secrets::Shown;
        let text = match message.kind {
            WebSocketKind::Text => shown && message.coding != Coding::Left,
            WebSocketKind::Binary | WebSocketKind::Close => false,
        };
        Self {
            opcode: message.kind.word(),
            payload_printable: text.then(|| String::from_utf8_lossy(&message.bytes)),
            payload_base64: (shown && !text).then(|| STANDARD.encode(&message.bytes)),
            from: if message.from_client { "client" } else { "server" },
            length: message.length,
            packed: (message.coding != Coding::Identity).then_some(true),
            close_code: message.close_code(),
            index: message.index,
            exchange: message.exchange,
            incomplete: message.incomplete.map(Incomplete::word),
            packets: message.packets.numbers(),
        }
    }
}

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    message: &WebSocketMessage,
    options: &Options,
) -> io::Result<()> {
    let websocket = WebSocketJson::new(message, options.secrets);
    write_event(writer, record, EventType::WebSocket, options, Body { websocket })
}
