//! One stream of HTTP/2 or 3: a request with its response, while they come.

use std::sync::Arc;

use super::content::Collector;
use super::fields::Fields;
use super::{Connection, Exchange, HttpVersion, Incomplete, Request, Response};
use crate::origin::Origin;
use crate::packet::PacketSpan;
use crate::record::Fact;
use crate::weird::WeirdKind;

/// How far a message is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Progress {
    /// Its head was not seen.
    #[default]
    Waiting,
    /// Its head was seen.
    Open,
    /// Its last byte was seen, or will never be.
    Done,
}

/// A message of one direction.
#[derive(Debug, Default)]
struct Side {
    progress: Progress,
    content: Collector,
    /// Some of it is missing.
    lost: bool,
    /// Its sender reset it.
    reset: bool,
}

/// What is known of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    version: HttpVersion,
    /// Of the exchange, once its request was seen.
    index: Option<u32>,
    request: Request,
    response: Option<Response>,
    client: Side,
    server: Side,
    incomplete: Option<Incomplete>,
    /// The response may have been in a hole.
    skipped: bool,
    /// Bytes of heads and trailers.
    head_bytes: usize,
}

impl Side {
    fn lose(&mut self) {
        self.lost = true;
        self.content.lose();
    }
}

impl Stream {
    /// One of which nothing was read yet.
    pub(super) fn new(version: HttpVersion) -> Self {
        Self { version, ..Self::default() }
    }

    /// A request that came in HTTP/1 and is answered here.
    pub(super) fn upgraded(exchange: Exchange) -> Self {
        Self {
            index: Some(exchange.index),
            request: exchange.request,
            client: Side { progress: Progress::Done, ..Side::default() },
            incomplete: exchange.incomplete,
            ..Self::new(HttpVersion::Http2)
        }
    }

    const fn side(&mut self, from_client: bool) -> &mut Side {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// Whether the message's head was seen.
    pub(super) fn has_begun(&self, from_client: bool) -> bool {
        let side = if from_client { &self.client } else { &self.server };
        side.progress != Progress::Waiting
    }

    /// Whether there is nothing more to come, or nothing that is HTTP.
    pub(super) fn is_over(&self) -> bool {
        let done = |side: &Side| side.progress == Progress::Done;
        done(&self.client) && done(&self.server) || self.opens_tunnel()
    }

    /// Bytes that it holds.
    pub(super) const fn held(&self) -> usize {
        let content = self.client.content.held().saturating_add(self.server.content.held());
        self.head_bytes.saturating_add(content)
    }

    /// Notes why it is not whole; the first reason stays.
    pub(super) fn lacks(&mut self, why: Incomplete) {
        self.incomplete.get_or_insert(why);
    }

    /// The head of the request, which is the connection's `index`-th.
    pub(super) fn request(&mut self, fields: Fields, index: u32, at: PacketSpan, early_data: bool) {
        self.head_bytes = self.head_bytes.saturating_add(fields.bytes);
        let method = fields.method.unwrap_or_default();
        let of_connect = || fields.pseudo.authority.clone().filter(|_| method == "CONNECT");
        let target = fields.path.or_else(of_connect).unwrap_or_default();
        if fields.unknown {
            self.lacks(Incomplete::Gap);
        } else if method.is_empty() || target.is_empty() {
            self.lacks(Incomplete::Unreadable);
        }
        self.index = Some(index);
        self.client.progress = Progress::Open;
        self.request = Request {
            packets: at,
            method,
            target,
            version: self.version,
            headers: fields.headers,
            pseudo: Some(fields.pseudo),
            early_data,
            ..Request::default()
        };
    }

    /// The head of a response. Those before the final one (1xx) are passed over.
    pub(super) fn response(&mut self, fields: Fields, at: PacketSpan, ends: bool) {
        if fields.status.is_some_and(|status| (100..200).contains(&status)) && !ends {
            return;
        }
        self.server.progress = Progress::Open;
        let Some(status) = fields.status else {
            // Behind a hole it is the end of a response whose head was in it.
            let lost = fields.unknown || self.skipped;
            return self.lacks(if lost { Incomplete::Gap } else { Incomplete::Unreadable });
        };
        if fields.unknown {
            self.lacks(Incomplete::Gap);
        }
        self.head_bytes = self.head_bytes.saturating_add(fields.bytes);
        self.response = Some(Response {
            packets: at,
            status,
            version: self.version,
            headers: fields.headers,
            ..Response::default()
        });
    }

    /// Fields behind the content.
    pub(super) fn trailers(&mut self, from_client: bool, fields: Fields, at: PacketSpan) {
        if self.side(from_client).progress != Progress::Open {
            return;
        }
        self.head_bytes = self.head_bytes.saturating_add(fields.bytes);
        if fields.unknown {
            self.lacks(Incomplete::Gap);
        }
        if from_client {
            self.request.trailers.0.extend(fields.headers.0);
        } else if let Some(response) = &mut self.response {
            response.trailers.0.extend(fields.headers.0);
        }
        self.reaches(from_client, at);
    }

    /// Some content.
    pub(super) fn content(&mut self, from_client: bool, content: &[u8], at: PacketSpan) {
        if !from_client && self.skipped && self.server.progress == Progress::Waiting {
            self.server.progress = Progress::Open;
            self.lacks(Incomplete::Gap);
        }
        let side = self.side(from_client);
        if side.progress == Progress::Open {
            side.content.take(content);
            self.reaches(from_client, at);
        }
    }

    /// The message goes on to these packets.
    pub(super) fn reaches(&mut self, from_client: bool, at: PacketSpan) {
        let packets = if from_client {
            Some(&mut self.request.packets)
        } else {
            self.response.as_mut().map(|response| &mut response.packets)
        };
        if let Some(packets) = packets.filter(|packets| packets.last.number < at.last.number) {
            packets.last = at.last;
        }
    }

    /// Content is taken from now on, although the head cannot be read yet.
    pub(super) fn expect_content(&mut self, from_client: bool) {
        let side = self.side(from_client);
        if side.progress == Progress::Waiting {
            side.progress = Progress::Open;
        }
    }

    /// Whether the head of the response was read.
    pub(super) const fn has_response(&self) -> bool {
        self.response.is_some()
    }

    /// The message is over.
    pub(super) fn end(&mut self, from_client: bool) {
        let side = self.side(from_client);
        if side.progress == Progress::Open && !side.reset {
            side.progress = Progress::Done;
        }
    }

    /// Its sender ended the message before its time.
    pub(super) const fn reset(&mut self, from_client: bool) {
        self.side(from_client).reset = true;
    }

    /// Some of the content is missing, but not where the rest of the message is.
    pub(super) fn lose_content(&mut self, from_client: bool) {
        self.side(from_client).lose();
        self.lacks(Incomplete::Gap);
    }

    /// Frames of one direction are missing, perhaps some of this stream.
    pub(super) fn lose(&mut self, from_client: bool) {
        let side = self.side(from_client);
        match side.progress {
            Progress::Waiting => self.skipped |= !from_client,
            Progress::Open => {
                side.lose();
                side.progress = Progress::Done;
                self.lacks(Incomplete::Gap);
            }
            Progress::Done => {}
        }
    }

    /// Whether it asks for a tunnel (RFC 9113 section 8.5, RFC 8441) and gets it: what follows is
    /// no content of HTTP.
    pub(super) fn opens_tunnel(&self) -> bool {
        let answered = self.response.as_ref().is_some_and(|it| (200..300).contains(&it.status));
        answered && self.request.method == "CONNECT"
    }

    /// Whether a message is over by what its head announced, although perhaps no frame said so: who
    /// has all bytes of the content-length may reset the stream (RFC 9113 section 8.1). Tells a
    /// message that ends before.
    fn announced_end(&mut self, from_client: bool, facts: &mut Vec<Fact>) -> bool {
        let headers = match (from_client, &self.response) {
            (true, _) => &self.request.headers,
            (false, Some(response)) => &response.headers,
            (false, None) => return false,
        };
        let status = self.response.as_ref().map(|response| response.status);
        let empty = self.request.method == "HEAD" || matches!(status, Some(204 | 304));
        let announced = match !from_client && empty {
            true => Some(0),
            false => headers.first("content-length").and_then(number),
        };
        // The content of a request in HTTP/1 is not counted here.
        let elsewhere = from_client && self.request.version != self.version;
        let side = self.side(from_client);
        let Some(announced) = announced.filter(|_| !(side.lost || elsewhere)) else {
            return side.progress == Progress::Done;
        };
        let missing = announced.saturating_sub(side.content.length());
        if missing == 0 && side.progress == Progress::Open {
            side.progress = Progress::Done;
        } else if missing > 0 && side.progress == Progress::Done {
            let detail = format!("{missing} bytes of content-length");
            facts.push(Fact::weird(WeirdKind::HttpBodyCut, detail));
        }
        side.progress == Progress::Done
    }

    /// Tells the exchange. `why` it is not whole, if it is not. Without a request there is none, nor
    /// where nobody knows what was asked: the method was in a hole.
    pub(super) fn give_out(
        mut self,
        id: impl Into<u64>,
        why: Option<Incomplete>,
        connection: &Arc<Connection>,
        facts: &mut Vec<Fact>,
    ) {
        let Some(index) = self.index else { return };
        if self.request.method.is_empty() {
            if self.incomplete == Some(Incomplete::Unreadable) {
                let detail = "request without a method".to_owned();
                facts.push(Fact::weird(WeirdKind::HttpMalformed, detail));
            }
            return;
        }
        let why = why.or((self.client.reset || self.server.reset).then_some(Incomplete::Closed));
        let ended = [true, false].map(|from_client| self.announced_end(from_client, facts));
        if let Some(why) = why.filter(|_| ended != [true; 2]) {
            let gap = self.skipped && self.response.is_none();
            self.lacks(if gap { Incomplete::Gap } else { why });
        }
        let whole = |side: &Side| side.progress == Progress::Done && !side.lost;
        let Self { mut request, mut response, client, server, .. } = self;
        if request.version == self.version {
            let is_whole = whole(&client);
            request.body = client.content.finish(&request.headers, is_whole, facts);
        }
        if let Some(response) = &mut response {
            let is_whole = whole(&server);
            response.body = server.content.finish(&response.headers, is_whole, facts);
        }
        facts.push(Fact::Exchange(Arc::new(Exchange {
            connection: Arc::clone(connection),
            index,
            stream: Some(id.into()),
            request,
            response,
            incomplete: self.incomplete,
        })));
    }
}

/// Of digits only (RFC 9110 section 8.6).
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// From the first byte of a block to the last.
pub(super) const fn span(first: Origin, last: Origin) -> PacketSpan {
    PacketSpan { first: first.packets.first, last: last.packets.last }
}
