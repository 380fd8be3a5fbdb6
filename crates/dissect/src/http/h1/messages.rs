//! Heads that are complete, and what follows from them.

use super::body::BodyReader;
use super::connection::{HttpConnection, Next, Step};
use super::gather::Gathered;
use super::head::{self, Fields, Framing, RequestHead, ResponseHead};
use super::side::State;
use super::upgrade::names_h2c;
use crate::http::websocket::WebSocketConnection;
use crate::http::{Headers, Incomplete, Request, Response};
use crate::limits::HTTP_FIELDS;
use crate::origin::Origin;
use crate::packet::PacketSpan;
use crate::record::Fact;
use crate::weird::WeirdKind;

impl HttpConnection {
    /// Takes in bytes of a head.
    pub(super) fn head(
        &mut self,
        client: bool,
        bytes: &[u8],
        at: Origin,
        facts: &mut Vec<Fact>,
    ) -> Step {
        let side = self.side(client);
        if side.head.is_empty() {
            // An empty line before a message is a bug that everybody puts up with (section 2.2).
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if blank > 0 {
                return Step::Used(blank);
            }
            side.head.first = at;
        }
        let used = match side.head.take(client, bytes) {
            Gathered::More => return Step::Used(bytes.len()),
            Gathered::Unreadable => {
                self.cut_head(client, Incomplete::Unreadable, at, facts);
                return Step::Used(bytes.len());
            }
            Gathered::Done(used) => used,
        };
        let gathered = std::mem::take(&mut side.head);
        let first = gathered.first;
        let packets = PacketSpan { first: first.packets.first, last: at.packets.last };
        let shortened = gathered.is_shortened();
        let step = if client {
            head::request(gathered.bytes()).map(|mut head| {
                head.fields.dropped |= shortened;
                self.request(head, packets, first.early_data, facts)
            })
        } else {
            head::response(gathered.bytes()).map(|mut head| {
                head.fields.dropped |= shortened;
                self.response(head, packets, facts)
            })
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
        let framing = head::request_framing(&head.fields.headers);
        let connects = head.method == "CONNECT";
        self.push(head, packets, early_data, facts);
        let back = self.queue.back()?;
        if connects {
            back.request.end(true);
            self.client.state = State::Held;
            return None;
        }
        match framing {
            Some(Framing::Length(0)) => back.request.end(true),
            Some(framing) => self.client.state = State::Body(BodyReader::new(framing)),
            None => {
                back.request.end(false);
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
        let RequestHead { method, target, version, fields } = head;
        let headers = checked(fields, facts);
        let request =
            Request { packets, method, target, version, headers, early_data, ..Request::default() };
        self.orphan |= self.queue.push(request, facts);
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
        let paired = self.queue.next_answered(facts);
        let front = self.queue.front().filter(|_| paired.is_ok()).map(|front| &front.exchange);
        let method = front.map(|front| front.request.method.as_str()).unwrap_or_default();
        let index = front.map_or(0, |front| front.index);
        let opens = method == "CONNECT" && (200..300).contains(&head.status);
        let connects = method == "CONNECT";
        let framing = match head.status {
            101 => Framing::Length(0),
            _ => head::response_framing(method, &head),
        };
        let ResponseHead { status, version, fields } = head;
        let headers = checked(fields, facts);
        if status == 101 && names_h2c(&headers) {
            return Some(self.upgrade_to_http2(facts));
        }
        let upgrade = (status == 101)
            .then(|| WebSocketConnection::after(self.queue.connection(), index, &headers))
            .flatten();
        let response = Response { packets, status, version, headers, ..Response::default() };
        let answers = paired.is_ok() && self.queue.answer(response);
        if opens && answers {
            return Some(Next::Tunnel(Box::new(self.tunnel())));
        }
        self.orphan = !answers;
        if framing == Framing::Length(0) {
            self.response_done(true, facts);
        } else {
            self.server.state = State::Body(BodyReader::new(framing));
        }
        if paired == Err(true) {
            // Whether it has content is not known.
            self.lose(false);
        }
        if status == 101 {
            return Some(upgrade.map_or(Next::Over, |upgrade| Next::WebSocket(Box::new(upgrade))));
        }
        if connects && answers { self.release(facts) } else { None }
    }

    /// The rest of a head will not come: what is there of it is taken.
    pub(super) fn cut_head(
        &mut self,
        client: bool,
        why: Incomplete,
        at: Origin,
        facts: &mut Vec<Fact>,
    ) {
        let gathered = std::mem::take(&mut self.side(client).head);
        let first = gathered.first;
        let packets = PacketSpan { first: first.packets.first, last: at.packets.last };
        self.lose(client);
        if client {
            let Some(head) = head::request(gathered.bytes()) else { return };
            self.push(head, packets, first.early_data, facts);
            if let Some(back) = self.queue.back() {
                back.request.end(false);
                back.lacks(why);
            }
        } else {
            let head = head::response(gathered.bytes()).filter(|head| head.status >= 200);
            let Some(head) = head else { return };
            if self.queue.next_answered(facts).is_err() {
                return;
            }
            let ResponseHead { status, version, fields } = head;
            let headers = checked(fields, facts);
            let response = Response { packets, status, version, headers, ..Response::default() };
            if self.queue.answer(response) {
                self.note(false, why);
                self.response_done(false, facts);
            }
            self.lose(false);
        }
    }
}

/// The fields of a head; what is odd about them is told.
fn checked(fields: Fields, facts: &mut Vec<Fact>) -> Headers {
    let Fields { headers, dropped } = fields;
    if dropped {
        let detail = format!("more than {HTTP_FIELDS}, or too long");
        facts.push(Fact::weird(WeirdKind::HttpFieldsDropped, detail));
    }
    if let Some(length) = head::bad_length(&headers) {
        let length: String = length.chars().take(40).collect();
        facts.push(Fact::weird(WeirdKind::HttpMalformed, format!("content-length: {length}")));
    }
    headers
}
