//! Finds the first byte of a TLS handshake.
//!
//! Both directions are held, up to a limit, until one of them starts with a hello. Prefixes that
//! are understood (CONNECT, SOCKS, PROXY protocol) are taken off and remembered. A protocol that
//! turns to TLS in mid-stream (STARTTLS and its kin) is recognised by what every one of them has in
//! common: the ClientHello is the first thing in its segment.

use super::prelude::{Proxy, Step, upgraded_protocol};
use crate::bytes::{u8_at, u16_at};
use crate::http::Connection;
use crate::http::h1::{Likeness, like_request, like_response};
use crate::http::h2::{PREFACE, like_settings};
use crate::limits::PROBE_BYTES;
use crate::origin::Origin;
use crate::packet::PacketSpan;
use crate::session::Prelude;
use crate::tls::record_layer::{content, looks_like_record};

/// Shortest prefix that tells a hello from chance: record header and handshake type.
const HELLO_PREFIX: usize = 6;

/// What is known about the stream's start.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// Held bytes: of the client's side and of the server's.
    client: Side,
    server: Side,
    /// What came before, and what is around.
    connection: Connection,
    proxy: Proxy,
    /// Plain text of another protocol was exchanged: STARTTLS may come.
    plain: Option<&'static str>,
    /// Index of the next exchange.
    index: u32,
}

#[derive(Debug, Default)]
struct Side {
    held: Vec<(Vec<u8>, Origin)>,
    length: usize,
    /// All bytes of this direction so far, held or not.
    total: usize,
}

/// What the probe knows after another piece of data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// HTTP starts with the held bytes. `client`: the side taken for the client is.
    Http {
        /// Whether the side that was taken for the client asks, or is answered.
        client: bool,
    },
    /// HTTP/2 starts with the held bytes: the client knew that the server speaks it.
    Http2 {
        /// Whether the side that was taken for the client sent the preface.
        client: bool,
    },
    /// No handshake will come, or none that is understood; the protocol, if it was recognised.
    NotTls(Option<&'static str>),
    /// A handshake starts with the held bytes. `client`: the side taken for the client is.
    Tls {
        /// Whether the ClientHello comes from the side that was taken for the client.
        client: bool,
    },
    /// Not yet clear.
    Undecided,
}

/// What a recognised connection starts with.
pub(crate) struct Start {
    /// What came before, and what is around.
    pub(crate) connection: Connection,
    /// A hello in an SSL 2.0 record, taken off the held bytes.
    pub(crate) ssl2: Option<(Vec<u8>, PacketSpan)>,
    /// The held bytes: direction, bytes, where they were.
    pub(crate) held: Vec<(bool, Vec<u8>, Origin)>,
}

impl Side {
    fn bytes(&self) -> Vec<u8> {
        self.held.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect()
    }

    fn push(&mut self, bytes: &[u8], at: Origin) {
        self.length = self.length.saturating_add(bytes.len());
        self.held.push((bytes.to_vec(), at));
    }

    /// Drops the first bytes.
    fn consume(&mut self, mut count: usize) {
        self.length = self.length.saturating_sub(count);
        while let Some((bytes, _)) = self.held.first_mut() {
            if bytes.len() > count {
                bytes.drain(..count);
                return;
            }
            count = count.saturating_sub(bytes.len());
            self.held.remove(0);
        }
    }

    fn clear(&mut self) {
        self.held.clear();
        self.length = 0;
    }
}

/// A handshake record of SSL 3.0 or later that starts with this message.
fn starts_with_hello(bytes: &[u8], hello: u8) -> bool {
    bytes.len() >= HELLO_PREFIX
        && looks_like_record(bytes)
        && u8_at(bytes, 0) == Some(content::HANDSHAKE)
        && u16_at(bytes, 3).is_some_and(|length| length >= 4)
        && u8_at(bytes, 5) == Some(hello)
}

/// Whether the client of a TLS connection that begins with these bytes is the side that was taken
/// for it; `None` if they begin none.
pub(super) fn opens_with_hello(from_client: bool, bytes: &[u8]) -> Option<bool> {
    if starts_with_hello(bytes, 1) {
        Some(from_client)
    } else {
        starts_with_hello(bytes, 2).then_some(!from_client)
    }
}

/// Length of the SSL 2.0 record that these bytes start with, if it holds a ClientHello.
fn ssl2_hello(bytes: &[u8]) -> Option<usize> {
    let length = u16_at(bytes, 0)?;
    let known = matches!(u16_at(bytes, 3)?, 0x0002 | 0x0300..=0x0304);
    let suites = u16_at(bytes, 5)?;
    let plausible = length & 0x8000 != 0 && u8_at(bytes, 2)? == 1 && known && suites % 3 == 0;
    plausible.then(|| usize::from(length & 0x7fff).saturating_add(2))
}

impl Probe {
    /// Looks at what is in a tunnel, or inside TLS.
    pub(crate) fn within(connection: Connection, index: u32) -> Self {
        Self { connection, index, ..Self::default() }
    }

    /// Index of the next exchange of this connection.
    pub(crate) const fn index(&self) -> u32 {
        self.index
    }

    /// The next bytes of one direction.
    pub(crate) fn data(&mut self, from_client: bool, bytes: &[u8], at: Origin) -> Verdict {
        let side = if from_client { &mut self.client } else { &mut self.server };
        let is_first = side.total == 0;
        side.total = side.total.saturating_add(bytes.len());
        // The first piece is looked at however long it is: cards put segments together.
        if side.total > PROBE_BYTES && !is_first {
            return Verdict::NotTls(self.plain.filter(|name| *name != "unknown"));
        }
        if self.plain.is_some() {
            // A hello starts its segment; text before it is not kept.
            if side.length == 0 && !may_become_hello(bytes) {
                if let Some(client) = self.http_after_all(from_client, bytes) {
                    let side = if from_client { &mut self.client } else { &mut self.server };
                    side.push(bytes, at);
                    return Verdict::Http { client };
                }
                self.note_plain(from_client, bytes);
                return Verdict::Undecided;
            }
        }
        let side = if from_client { &mut self.client } else { &mut self.server };
        side.push(bytes, at);
        self.decide()
    }

    /// Bytes are missing: what is held of that direction is of no use.
    pub(crate) fn gap(&mut self, from_client: bool) {
        if from_client {
            self.client.clear()
        } else {
            self.server.clear()
        }
        self.plain.get_or_insert("unknown");
    }

    fn decide(&mut self) -> Verdict {
        // Each round takes one prelude off; the count bounds nested ones.
        for _ in 0..8 {
            let (client, server) = (self.client.bytes(), self.server.bytes());
            if starts_with_hello(&client, 1) || starts_with_hello(&server, 2) {
                return self.tls(true);
            }
            if starts_with_hello(&server, 1) || starts_with_hello(&client, 2) {
                return self.tls(false);
            }
            if let Some(length) = ssl2_hello(&client) {
                return if client.len() >= length { self.tls(true) } else { Verdict::Undecided };
            }
            match self.proxy.step(&client, &server) {
                Step::Taken { client, server, prelude } => {
                    self.client.consume(client);
                    self.server.consume(server);
                    self.connection.preludes.extend(prelude);
                }
                Step::Waiting => return Verdict::Undecided,
                Step::NotProxy => {
                    let undecided = |bytes: &[u8]| !bytes.is_empty() && may_become_hello(bytes);
                    if undecided(&client) || undecided(&server) {
                        return Verdict::Undecided;
                    }
                    match http(&client, &server) {
                        Some(Http::Undecided) => return Verdict::Undecided,
                        Some(Http::Version2 { client }) => return Verdict::Http2 { client },
                        Some(Http::Now { client }) => return Verdict::Http { client },
                        None => {}
                    }
                    for (from_client, bytes) in [(true, client), (false, server)] {
                        if !bytes.is_empty() {
                            self.note_plain(from_client, &bytes);
                        }
                    }
                    self.client.clear();
                    self.server.clear();
                    return Verdict::Undecided;
                }
            }
        }
        Verdict::NotTls(None)
    }

    /// A segment that begins with a whole start line of HTTP, where nothing was known of what came
    /// before it: the capture began in the middle of a message.
    fn http_after_all(&self, from_client: bool, bytes: &[u8]) -> Option<bool> {
        (self.plain == Some("unknown")).then_some(())?;
        let line = bytes.split(|byte| *byte == b'\n').next()?.trim_ascii();
        let asks =
            like_request(bytes) == Likeness::Yes && line.windows(8).any(|w| w == b" HTTP/1.");
        let answers = like_response(bytes) == Likeness::Yes;
        (asks || answers).then_some(asks == from_client)
    }

    fn note_plain(&mut self, from_client: bool, bytes: &[u8]) {
        let known = self.plain.filter(|name| *name != "unknown");
        self.plain = known.or_else(|| upgraded_protocol(from_client, bytes)).or(Some("unknown"));
    }

    fn tls(&mut self, client: bool) -> Verdict {
        if let Some(protocol) = self.plain {
            self.connection.preludes.push(Prelude::StartTls { protocol });
        }
        Verdict::Tls { client }
    }

    /// Hands over what is held, after [`Verdict::Tls`].
    pub(crate) fn start(&mut self) -> Start {
        let client = self.client.bytes();
        let ssl2 = ssl2_hello(&client).and_then(|length| {
            let first = self.client.held.first()?.1.packets.first;
            let last = self.client.held.last()?.1.packets.last;
            let record = client.get(..length)?.to_vec();
            self.client.consume(length);
            Some((record, PacketSpan { first, last }))
        });
        let mut held: Vec<(bool, Vec<u8>, Origin)> = Vec::new();
        held.extend(self.client.held.drain(..).map(|(bytes, at)| (true, bytes, at)));
        held.extend(self.server.held.drain(..).map(|(bytes, at)| (false, bytes, at)));
        held.sort_by_key(|(_, _, at)| at.packets.last.number);
        Start { connection: std::mem::take(&mut self.connection), ssl2, held }
    }
}

/// Whether more bytes could make a hello of these.
fn may_become_hello(bytes: &[u8]) -> bool {
    if bytes.len() >= HELLO_PREFIX {
        return starts_with_hello(bytes, 1) || starts_with_hello(bytes, 2);
    }
    bytes.first() == Some(&content::HANDSHAKE) && looks_like_record(bytes)
}

/// What the start of a stream has to do with HTTP.
enum Http {
    Now { client: bool },
    Version2 { client: bool },
    Undecided,
}

/// What the unconsumed bytes of both sides have to do with HTTP; `None` for nothing. Where the
/// capture began after the TCP handshake, the sides may be the other way round.
fn http(client: &[u8], server: &[u8]) -> Option<Http> {
    for (bytes, other, client) in [(client, server, true), (server, client, false)] {
        if bytes.starts_with(PREFACE) {
            return Some(Http::Version2 { client });
        }
        // A server may speak first: its SETTINGS wait for the client's preface.
        let prefaced = !bytes.is_empty() || !other.is_empty() && like_settings(other);
        if prefaced && PREFACE.starts_with(bytes) {
            return Some(Http::Undecided);
        }
    }
    let mut undecided = false;
    for (likeness, bytes, of_client) in [
        (like_request as fn(&[u8]) -> Likeness, client, true),
        (like_response, server, true),
        (like_request, server, false),
        (like_response, client, false),
    ] {
        match if bytes.is_empty() { Likeness::No } else { likeness(bytes) } {
            Likeness::Yes => return Some(Http::Now { client: of_client }),
            Likeness::Perhaps => undecided = true,
            Likeness::No => {}
        }
    }
    undecided.then_some(Http::Undecided)
}

#[cfg(test)]
mod tests;
