//! Both sides of one HTTP/1 connection.
//!
//! Each side is read on its own: head, body, head, … A request waits in the queue until its
//! response is complete. Where bytes are missing and it is not known any more where a message ends,
//! the next one is the segment that begins like one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::body::{BodyReader, Progress};
use super::head::{self, Framing, Likeness, RequestHead, ResponseHead};
use super::queue::Queue;
use crate::http::{Body, Connection, Exchange, Headers, Incomplete, Request, Response};
use crate::limits::{HTTP_HEAD_BYTES, HTTP_LOST_BYTES, PROBE_BYTES};
use crate::origin::Origin;
use crate::packet::PacketSpan;
use crate::record::Fact;
use crate::session::{Prelude, SessionEnd};

/// Longest target of a CONNECT request that is kept as a prelude.
const TARGET_BYTES: usize = 300;

/// How a TLS handshake begins, in every version but SSL 2.0.
const TLS: [u8; 2] = [22, 3];

/// State of a connection.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    client: Side,
    server: Side,
    queue: Queue,
    /// Body of a response that answers no known request.
    orphan: Option<Body>,
    /// Responses may have been lost: the next one may answer another request than the first.
    skipped: bool,
    /// Bytes since one side was lost last.
    lost: usize,
}

/// What is being read of one direction.
#[derive(Debug, Default)]
struct Side {
    state: State,
    /// The head as far as it came, and the where its first byte was.
    head: Vec<u8>,
    first: Origin,
    /// Bytes behind a CONNECT request, until it is answered.
    held: Vec<(Vec<u8>, Origin)>,
}

#[derive(Debug, Default)]
enum State {
    Body(BodyReader),
    #[default]
    Head,
    /// A CONNECT request was sent: what follows may belong to the tunnel.
    Held,
    /// It is not known where the next message starts.
    Lost,
}

/// What is to be done after some bytes.
#[derive(Debug)]
pub(crate) enum Next {
    /// HTTP/2 follows (RFC 7540 section 3.2).
    Http2(Box<Upgrade>),
    /// They were taken in.
    Same,
    /// HTTP is over: another protocol follows, or none that is understood.
    Over,
    /// A tunnel was opened: what follows belongs to its target.
    Tunnel(Box<Tunnel>),
}

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

/// What is known when a server agrees to go on in HTTP/2.
#[derive(Debug)]
pub(crate) struct Upgrade {
    pub(crate) connection: Connection,
    /// The request that asked for it, which is answered in HTTP/2.
    pub(crate) request: Exchange,
    /// What the client sent in its HTTP2-Settings field: the content of a SETTINGS frame.
    pub(crate) settings: Vec<u8>,
    /// The first bytes behind the answer: direction, bytes, where they were.
    pub(crate) held: Vec<(bool, Vec<u8>, Origin)>,
    /// Index of the next exchange.
    pub(crate) index: u32,
}

/// What a side did with some bytes.
enum Step {
    /// So many are used.
    Used(usize),
    /// HTTP goes on no further; so many bytes are used.
    Leave(usize, Next),
}

impl HttpConnection {
    /// A connection whose next exchange has this index.
    pub(crate) fn new(connection: Connection, index: u32) -> Self {
        Self {
            client: Side::default(),
            server: Side::default(),
            queue: Queue::new(connection, index),
            orphan: None,
            skipped: false,
            lost: 0,
        }
    }

    /// The next bytes of one direction: those of one segment.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        at: Origin,
        facts: &mut Vec<Fact>,
    ) -> Next {
        if self.is_opaque_answer(from_client, bytes) {
            let mut tunnel = self.tunnel();
            tunnel.held.push((false, bytes.to_vec(), at));
            return Next::Tunnel(Box::new(tunnel));
        }
        self.find_again(from_client, bytes);
        let mut used = 0_usize;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            let step = match self.side(from_client).state {
                State::Body(_) => self.body(from_client, rest, at, facts),
                State::Head => self.head(from_client, rest, at, facts),
                State::Held => self.hold(rest, at, facts),
                State::Lost => {
                    self.lost = self.lost.saturating_add(rest.len());
                    if self.lost > HTTP_LOST_BYTES {
                        Step::Leave(0, Next::Over)
                    } else {
                        return Next::Same;
                    }
                }
            };
            match step {
                Step::Used(more) => used = used.saturating_add(more),
                Step::Leave(_, Next::Over) => {
                    self.queue.give_out_all(Incomplete::Unreadable, facts);
                    return Next::Over;
                }
                Step::Leave(more, Next::Tunnel(mut tunnel)) => {
                    used = used.saturating_add(more);
                    if let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
                        tunnel.held.push((from_client, rest.to_vec(), at));
                    }
                    return Next::Tunnel(tunnel);
                }
                Step::Leave(more, Next::Http2(mut upgrade)) => {
                    used = used.saturating_add(more);
                    if let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
                        upgrade.held.push((from_client, rest.to_vec(), at));
                    }
                    return Next::Http2(upgrade);
                }
                Step::Leave(more, Next::Same) => used = used.saturating_add(more.max(1)),
            }
        }
        Next::Same
    }

    const fn side(&mut self, client: bool) -> &mut Side {
        if client { &mut self.client } else { &mut self.server }
    }

    /// Whether the server speaks TLS in a tunnel: the proxy's answer was not captured.
    fn is_opaque_answer(&self, from_client: bool, bytes: &[u8]) -> bool {
        let asked = !from_client && matches!(self.client.state, State::Held);
        asked && self.server.head.is_empty() && bytes.starts_with(&TLS)
    }

    /// A segment that begins like a message is one, if the side was lost.
    fn find_again(&mut self, from_client: bool, bytes: &[u8]) {
        let side = self.side(from_client);
        let like = if from_client { head::like_request(bytes) } else { head::like_response(bytes) };
        if matches!(side.state, State::Lost) && like != Likeness::No {
            side.state = State::Head;
        }
    }

    /// The side's next message is not where it should be.
    fn lose(&mut self, client: bool) {
        let side = self.side(client);
        side.state = State::Lost;
        side.head = Vec::new();
        self.lost = 0;
        self.skipped |= !client;
    }

    /// Takes in bytes of a head.
    fn head(&mut self, client: bool, bytes: &[u8], at: Origin, facts: &mut Vec<Fact>) -> Step {
        let side = self.side(client);
        if side.head.is_empty() {
            // An empty line before a message is a bug that everybody puts up with (section 2.2).
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if blank > 0 {
                return Step::Used(blank);
            }
            side.first = at;
        }
        let before = side.head.len();
        side.head.extend(bytes.iter().take(HTTP_HEAD_BYTES.saturating_add(1)));
        let end = head_end(&side.head, before);
        if end.is_none()
            && (!head::is_plausible(client, &side.head) || side.head.len() > HTTP_HEAD_BYTES)
            || end.is_some_and(|end| {
                !head::is_plausible(client, side.head.get(..end).unwrap_or_default())
            })
        {
            self.cut_head(client, Incomplete::Unreadable, at, facts);
            return Step::Used(bytes.len());
        }
        let Some(end) = end else { return Step::Used(bytes.len()) };
        let mut head = std::mem::take(&mut side.head);
        head.truncate(end);
        let packets = PacketSpan { first: side.first.packets.first, last: at.packets.last };
        let early_data = side.first.early_data;
        let used = end.saturating_sub(before);
        let step = if client {
            head::request(&head).map(|head| self.request(head, packets, early_data, facts))
        } else {
            head::response(&head).map(|head| self.response(head, packets, facts))
        };
        match step {
            Some(Some(next)) => Step::Leave(used, next),
            Some(None) => Step::Used(used),
            None => {
                self.lose(client);
                Step::Used(bytes.len())
            }
        }
    }

    /// A request's head is complete.
    fn request(
        &mut self,
        head: RequestHead,
        packets: PacketSpan,
        early_data: bool,
        facts: &mut Vec<Fact>,
    ) -> Option<Next> {
        let framing = head::request_framing(&head.headers);
        let connects = head.method == "CONNECT";
        self.push(head, packets, early_data, facts);
        let back = self.queue.back()?;
        if connects {
            back.request_done = true;
            self.client.state = State::Held;
            return None;
        }
        match framing {
            Some(Framing::Length(0)) => back.request_done = true,
            Some(framing) => self.client.state = State::Body(BodyReader::new(framing)),
            None => {
                back.request_done = true;
                back.lacks(Incomplete::Unreadable);
                self.lose(true);
            }
        }
        None
    }

    fn push(
        &mut self,
        head: RequestHead,
        packets: PacketSpan,
        early_data: bool,
        facts: &mut Vec<Fact>,
    ) {
        let RequestHead { method, target, version, headers } = head;
        self.queue.push(
            Request { packets, method, target, version, headers, early_data, ..Request::default() },
            facts,
        );
    }

    /// A response's head is complete.
    fn response(
        &mut self,
        head: ResponseHead,
        packets: PacketSpan,
        facts: &mut Vec<Fact>,
    ) -> Option<Next> {
        if (100..200).contains(&head.status) && head.status != 101 {
            return None;
        }
        if std::mem::take(&mut self.skipped) {
            self.queue.skip_to(packets.first, facts);
        }
        let front = self.queue.front().map(|front| front.exchange.request.method.as_str());
        let method = front.unwrap_or_default();
        let opens = method == "CONNECT" && (200..300).contains(&head.status);
        let connects = method == "CONNECT";
        let framing = match head.status {
            101 => Framing::Length(0),
            _ => head::response_framing(method, &head),
        };
        if head.status == 101 && names_h2c(&head.headers) {
            return Some(self.upgrade_to_http2());
        }
        let ResponseHead { status, version, headers } = head;
        let answers = self.queue.answer(Response {
            packets,
            status,
            version,
            headers,
            ..Response::default()
        });
        if opens && answers {
            return Some(Next::Tunnel(Box::new(self.tunnel())));
        }
        self.orphan = (!answers).then(Body::default);
        if framing == Framing::Length(0) {
            self.response_done(facts);
        } else {
            self.server.state = State::Body(BodyReader::new(framing));
        }
        if status == 101 {
            return Some(Next::Over);
        }
        if connects && answers { self.release(facts) } else { None }
    }

    /// The tunnel was refused: what was held of the client is HTTP (RFC 9110 section 9.3.6).
    fn release(&mut self, facts: &mut Vec<Fact>) -> Option<Next> {
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
    fn tunnel(&mut self) -> Tunnel {
        let mut connection = self.queue.connection().clone();
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

    /// The server goes on in HTTP/2, and answers the front of the queue there.
    fn upgrade_to_http2(&mut self) -> Next {
        let connection = self.queue.connection().clone();
        let index = self.queue.index();
        let Some(request) = self.queue.take_front() else { return Next::Over };
        let settings = request.request.headers.first("http2-settings").unwrap_or_default();
        let settings = URL_SAFE_NO_PAD.decode(settings.trim_end_matches('=')).unwrap_or_default();
        Next::Http2(Box::new(Upgrade { connection, request, settings, held: Vec::new(), index }))
    }

    fn response_done(&mut self, facts: &mut Vec<Fact>) {
        self.server.state = State::Head;
        if self.orphan.take().is_none()
            && let Some(front) = self.queue.front()
        {
            front.response_done = true;
        }
        self.queue.settle(facts);
    }

    /// Takes in bytes of a body.
    fn body(&mut self, client: bool, bytes: &[u8], at: Origin, facts: &mut Vec<Fact>) -> Step {
        let Self { client: client_side, server, queue, orphan, .. } = self;
        let side = if client { client_side } else { server };
        let State::Body(reader) = &mut side.state else { return Step::Used(bytes.len()) };
        let mut unknown = Body::default();
        let (body, packets, keep) = match (client, orphan) {
            (true, _) => match queue.back() {
                Some(back) => {
                    let request = &mut back.exchange.request;
                    (&mut request.body, Some(&mut request.packets), true)
                }
                None => (&mut unknown, None, false),
            },
            (false, Some(body)) => (body, None, false),
            (false, None) => match queue.front().and_then(|f| f.exchange.response.as_mut()) {
                Some(response) => (&mut response.body, Some(&mut response.packets), true),
                None => (&mut unknown, None, false),
            },
        };
        let progress = reader.take(bytes, keep, body);
        if let Some(packets) = packets.filter(|_| progress != Progress::Done(0)) {
            packets.last = at.packets.last;
        }
        match progress {
            Progress::More => Step::Used(bytes.len()),
            Progress::Done(used) => {
                self.body_done(client, facts);
                Step::Used(used)
            }
            Progress::Broken => {
                self.body_lost(client, Incomplete::Unreadable, facts);
                Step::Used(bytes.len())
            }
        }
    }

    fn body_done(&mut self, client: bool, facts: &mut Vec<Fact>) {
        if client {
            self.client.state = State::Head;
            if let Some(back) = self.queue.back() {
                back.request_done = true;
            }
            self.queue.settle(facts);
        } else {
            self.response_done(facts);
        }
    }

    /// The end of a body will not be found.
    fn body_lost(&mut self, client: bool, why: Incomplete, facts: &mut Vec<Fact>) {
        self.note(client, why);
        self.body_done(client, facts);
        self.lose(client);
    }

    /// Notes why the message being read is not whole.
    fn note(&mut self, client: bool, why: Incomplete) {
        let orphan = !client && self.orphan.is_some();
        let pending = if client { self.queue.back() } else { self.queue.front() };
        if let Some(pending) = pending.filter(|_| !orphan) {
            pending.lacks(why);
        }
    }

    /// The rest of a head will not come: what is there of it is taken.
    fn cut_head(&mut self, client: bool, why: Incomplete, at: Origin, facts: &mut Vec<Fact>) {
        let side = self.side(client);
        let packets = PacketSpan { first: side.first.packets.first, last: at.packets.last };
        let early_data = side.first.early_data;
        let head = std::mem::take(&mut side.head);
        self.lose(client);
        if client {
            let Some(head) = head::request(&head) else { return };
            self.push(head, packets, early_data, facts);
            if let Some(back) = self.queue.back() {
                back.request_done = true;
                back.lacks(why);
            }
        } else {
            let Some(head) = head::response(&head).filter(|head| head.status >= 200) else {
                return;
            };
            if std::mem::take(&mut self.skipped) && why == Incomplete::Gap {
                self.queue.skip_to(packets.first, facts);
            }
            let ResponseHead { status, version, headers } = head;
            if self.queue.answer(Response {
                packets,
                status,
                version,
                headers,
                ..Response::default()
            }) {
                self.note(false, why);
                self.response_done(facts);
            }
            self.lose(false);
        }
    }

    /// Keeps what the client sends before its tunnel is opened.
    fn hold(&mut self, bytes: &[u8], at: Origin, facts: &mut Vec<Fact>) -> Step {
        let held: usize = self.client.held.iter().map(|(bytes, _)| bytes.len()).sum();
        if held.saturating_add(bytes.len()) > PROBE_BYTES {
            self.queue.give_out_all(Incomplete::Cut, facts);
            return Step::Leave(0, Next::Over);
        }
        self.client.held.push((bytes.to_vec(), at));
        Step::Used(bytes.len())
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(&mut self, from_client: bool, length: Option<u32>, facts: &mut Vec<Fact>) {
        let side = self.side(from_client);
        match &mut side.state {
            State::Held => side.held.clear(),
            State::Lost => self.skipped |= !from_client,
            State::Head => {
                let at = side.first;
                self.cut_head(from_client, Incomplete::Gap, at, facts);
            }
            State::Body(reader) => {
                let known = reader.gap(length);
                let done = reader.is_done();
                if !known {
                    self.body_lost(from_client, Incomplete::Gap, facts);
                } else {
                    self.note(from_client, Incomplete::Gap);
                    if done {
                        self.body_done(from_client, facts);
                    }
                }
            }
        }
    }

    /// The connection is over, or followed no further. `server_closed`: the server sent its FIN.
    /// Gives back a tunnel that was used without an answer in sight.
    pub(crate) fn finish(
        &mut self,
        end: SessionEnd,
        server_closed: bool,
        facts: &mut Vec<Fact>,
    ) -> Option<Tunnel> {
        let opaque = self.client.held.first().is_some_and(|(bytes, _)| bytes.starts_with(&TLS));
        if matches!(self.client.state, State::Held) && opaque {
            return Some(self.tunnel());
        }
        let closed = server_closed || matches!(end, SessionEnd::Closed | SessionEnd::Reset { .. });
        let why = if closed { Incomplete::Closed } else { Incomplete::Cut };
        for client in [true, false] {
            let side = self.side(client);
            if !side.head.is_empty() {
                let at = side.first;
                self.cut_head(client, why, at, facts);
            }
        }
        if let State::Body(reader) = &self.server.state
            && reader.ends_with_connection()
            && (server_closed || end == SessionEnd::Closed)
        {
            self.response_done(facts);
        }
        self.queue.give_out_all(why, facts);
        None
    }
}

/// Whether the Upgrade field names HTTP/2 in the clear.
fn names_h2c(headers: &Headers) -> bool {
    headers.all("upgrade").flat_map(|value| value.split(',')).any(|it| it.trim() == "h2c")
}

/// Length of a head, its empty line included. Only what came at `before` or later is new.
fn head_end(head: &[u8], before: usize) -> Option<usize> {
    let mut from = before.saturating_sub(3);
    loop {
        let rest = head.get(from..)?;
        let line_end = from.saturating_add(rest.iter().position(|byte| *byte == b'\n')?);
        let behind = head.get(line_end.saturating_add(1)..)?;
        if behind.starts_with(b"\n") {
            return Some(line_end.saturating_add(2));
        }
        if behind.starts_with(b"\r\n") {
            return Some(line_end.saturating_add(3));
        }
        from = line_end.saturating_add(1);
    }
}
