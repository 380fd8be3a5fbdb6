//! HAR 1.2: exchanges for browsers, proxies and whatever else reads it
//! (<http://www.softwareishard.com/blog/har-12-spec/>).
//!
//! One document, written while records come: an entry is complete when its exchange is. Only the
//! handshake of a WebSocket waits for its messages, within limits. Secrets are left out as
//! everywhere ([`crate::redact`]), and so is content that is no text, in which nobody could find
//! them; both are written where secrets are wanted.

mod entry;
mod message;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use dissect::http::WebSocketMessage;
use dissect::{Exchange, Fact, Record};

use crate::json::write_value;
use crate::redact::Secrets;

use entry::EntryJson;

/// WebSocket connections whose handshakes wait for messages; then the first is written.
const WAITING: usize = 256;

/// Messages that wait with one handshake.
const MESSAGES: usize = 4096;

/// Bytes of messages that wait, of all connections together.
const BYTES: usize = 32 * 1024 * 1024;

/// Writes one HAR document.
#[derive(Debug)]
pub struct HarWriter {
    secrets: Secrets,
    entries: u64,
    /// By flow and index of the handshake.
    waiting: BTreeMap<(u64, u32), Waiting>,
    bytes: usize,
}

/// A handshake and its messages so far.
#[derive(Debug)]
struct Waiting {
    record: Record,
    exchange: Arc<Exchange>,
    messages: Vec<Arc<WebSocketMessage>>,
}

impl HarWriter {
    /// Begins the document.
    pub fn begin(writer: &mut dyn io::Write, secrets: Secrets) -> io::Result<Self> {
        let head =
            "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"interloper\",\"version\":";
        writer.write_all(head.as_bytes())?;
        write_value(writer, &crate::VERSION)?;
        // Some readers want pages, if only none.
        writer.write_all(b"},\"pages\":[],\"entries\":[")?;
        Ok(Self { secrets, entries: 0, waiting: BTreeMap::new(), bytes: 0 })
    }

    /// Writes what a record adds; records that are no HTTP add nothing.
    pub fn record(&mut self, writer: &mut dyn io::Write, record: &Record) -> io::Result<()> {
        let flow = record.flow.as_ref().map_or(0, |flow| flow.id.0);
        match &record.fact {
            Fact::Exchange(exchange) if message::is_websocket(exchange) => {
                let (record, exchange) = (record.clone(), Arc::clone(exchange));
                let key = (flow, exchange.index);
                let waiting = Waiting { record, exchange, messages: Vec::new() };
                if let Some(earlier) = self.waiting.insert(key, waiting) {
                    self.write(writer, &earlier)?;
                }
                if self.waiting.len() > WAITING {
                    self.write_first(writer)?;
                }
                Ok(())
            }
            Fact::Exchange(exchange) => {
                let entry = EntryJson::new(record, exchange, &[], self.secrets);
                self.entry(writer, &entry)
            }
            Fact::WebSocket(message) => self.message(writer, flow, message),
            Fact::Flow(_) => {
                let over = self.waiting.range((flow, 0)..=(flow, u32::MAX));
                let over: Vec<(u64, u32)> = over.map(|(key, _)| *key).collect();
                over.into_iter().try_for_each(|key| self.write_key(writer, key))
            }
            _ => Ok(()),
        }
    }

    /// Ends an input: packet and flow numbers start again with the next one.
    pub fn end_input(&mut self, writer: &mut dyn io::Write) -> io::Result<()> {
        while !self.waiting.is_empty() {
            self.write_first(writer)?;
        }
        Ok(())
    }

    /// Ends the document.
    pub fn end(mut self, writer: &mut dyn io::Write) -> io::Result<()> {
        self.end_input(writer)?;
        writer.write_all(b"\n]}}\n")
    }

    fn message(
        &mut self,
        writer: &mut dyn io::Write,
        flow: u64,
        message: &Arc<WebSocketMessage>,
    ) -> io::Result<()> {
        let key = (flow, message.exchange);
        let Some(waiting) = self.waiting.get_mut(&key) else { return Ok(()) };
        waiting.messages.push(Arc::clone(message));
        let is_full = waiting.messages.len() >= MESSAGES;
        self.bytes = self.bytes.saturating_add(message.bytes.len());
        if is_full {
            self.write_key(writer, key)?;
        }
        while self.bytes > BYTES && !self.waiting.is_empty() {
            self.write_first(writer)?;
        }
        Ok(())
    }

    fn write_first(&mut self, writer: &mut dyn io::Write) -> io::Result<()> {
        let first = self.waiting.keys().next().copied();
        first.map_or(Ok(()), |key| self.write_key(writer, key))
    }

    fn write_key(&mut self, writer: &mut dyn io::Write, key: (u64, u32)) -> io::Result<()> {
        let waiting = self.waiting.remove(&key);
        waiting.map_or(Ok(()), |waiting| self.write(writer, &waiting))
    }

    fn write(&mut self, writer: &mut dyn io::Write, waiting: &Waiting) -> io::Result<()> {
        let Waiting { record, exchange, messages } = waiting;
        let bytes = messages.iter().map(|message| message.bytes.len());
        self.bytes = self.bytes.saturating_sub(bytes.fold(0, usize::saturating_add));
        let entry = EntryJson::new(record, exchange, messages, self.secrets);
        self.entry(writer, &entry)
    }

    fn entry(&mut self, writer: &mut dyn io::Write, entry: &EntryJson<'_>) -> io::Result<()> {
        writer.write_all(if self.entries == 0 { b"\n" } else { b",\n" })?;
        self.entries = self.entries.saturating_add(1);
        write_value(writer, entry)
    }
}
