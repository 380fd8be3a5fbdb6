//! Bodies on their way, and what becomes of an exchange when one ends or will not.

use super::body::Progress;
use super::connection::{HttpConnection, Step};
use super::queue::Pending;
use super::side::State;
use crate::http::Incomplete;
use crate::origin::Origin;
use crate::record::Fact;
use crate::weird::WeirdKind;

impl HttpConnection {
    /// Takes in bytes of a body.
    pub(super) fn body(
        &mut self,
        client: bool,
        bytes: &[u8],
        at: Origin,
        facts: &mut Vec<Fact>,
    ) -> Step {
        let Self { client: client_side, server, queue, orphan, .. } = self;
        let side = if client { client_side } else { server };
        let State::Body(reader) = &mut side.state else { return Step::Used(bytes.len()) };
        let pending = match client {
            true => queue.back(),
            false => queue.front().filter(|_| !*orphan),
        };
        let progress = match pending.and_then(|pending| pending.message(client)) {
            Some((content, packets, trailers)) => {
                let progress = reader.take(bytes, Some(content));
                if progress != Progress::Done(0) {
                    packets.last = at.packets.last;
                }
                if matches!(progress, Progress::Done(_)) {
                    let fields = reader.trailers();
                    *trailers = fields.headers;
                    if fields.dropped {
                        facts.push(Fact::weird(WeirdKind::HttpFieldsDropped, "trailers"));
                    }
                }
                progress
            }
            None => reader.take(bytes, None),
        };
        match progress {
            Progress::More => Step::Used(bytes.len()),
            Progress::Done(used) => {
                self.body_done(client, true, facts);
                Step::Used(used)
            }
            Progress::Broken => {
                self.body_lost(client, Incomplete::Unreadable, facts);
                Step::Used(bytes.len())
            }
        }
    }

    /// A body ended (`whole`), or its end will not be seen.
    pub(super) fn body_done(&mut self, client: bool, whole: bool, facts: &mut Vec<Fact>) {
        if client {
            self.client.state = State::Head;
            if let Some(back) = self.queue.back() {
                back.request.end(whole);
            }
            self.queue.settle(facts);
        } else {
            self.response_done(whole, facts);
        }
    }

    /// The same of a response's, or there is none.
    pub(super) fn response_done(&mut self, whole: bool, facts: &mut Vec<Fact>) {
        self.server.state = State::Head;
        if !std::mem::take(&mut self.orphan)
            && let Some(front) = self.queue.front()
        {
            front.response.end(whole);
        }
        self.queue.settle(facts);
    }

    /// The end of a body will not be found.
    pub(super) fn body_lost(&mut self, client: bool, why: Incomplete, facts: &mut Vec<Fact>) {
        self.note(client, why);
        self.body_done(client, false, facts);
        self.lose(client);
    }

    /// Notes why the message being read is not whole.
    pub(super) fn note(&mut self, client: bool, why: Incomplete) {
        let orphan = !client && self.orphan;
        let pending = if client { self.queue.back() } else { self.queue.front() };
        if let Some(pending) = pending.filter(|_| !orphan) {
            pending.lacks(why);
            let part = if client { &mut pending.request } else { &mut pending.response };
            if why == Incomplete::Gap {
                part.content.lose();
            }
        }
    }

    /// The connection was closed in order: a body that goes on until then is whole, another was
    /// cut. `client`: whose.
    pub(super) fn body_closed(&mut self, client: bool, facts: &mut Vec<Fact>) {
        let State::Body(reader) = &self.side(client).state else { return };
        if !client && reader.ends_with_connection() {
            self.response_done(true, facts);
            return;
        }
        let missing = reader.missing();
        let orphan = !client && self.orphan;
        let pending = if client { self.queue.back() } else { self.queue.front() };
        let answered = |pending: &Pending| client && pending.response.is_done();
        if pending.is_some_and(|pending| !orphan && !answered(pending)) {
            facts.push(Fact::weird(WeirdKind::HttpBodyCut, missing));
        }
    }
}
