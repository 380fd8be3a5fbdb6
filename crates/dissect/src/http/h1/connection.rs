//! Both sides of one HTTP/1 connection.
//!
//! Each side is read on its own: head, body, head, … A request waits in the queue until its
//! response is complete. Where bytes are missing and it is not known any more where a message ends,
//! the next one is the segment that begins like one.

use std::sync::Arc;

use super::gather::Gatherer;
use super::head::{self, Likeness};
use super::queue::Queue;
use super::side::{Side, State};
use super::tunnel::Tunnel;
use super::upgrade::Upgrade;
use crate::http::websocket::WebSocketConnection;
use crate::http::{Connection, Incomplete};
use crate::limits::HTTP_LOST_BYTES;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    pub(super) client: Side,
    pub(super) server: Side,
    pub(super) queue: Queue,
    /// The response under way answers no known request.
    pub(super) orphan: bool,
    /// Bytes since one side was lost last.
    lost: usize,
}

/// What is to be done after some bytes.
#[derive(Debug)]
pub(crate) enum Next {
    /// HTTP/2 follows.
    Http2(Box<Upgrade>),
    /// HTTP is over: another protocol follows, or none that is understood.
    Over,
    /// They were taken in.
    Same,
    /// A tunnel was opened: what follows belongs to its target.
    Tunnel(Box<Tunnel>),
    /// Frames of a WebSocket follow.
    WebSocket(Box<WebSocketConnection>),
}

/// What a side did with some bytes.
pub(super) enum Step {
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
            queue: Queue::new(Arc::new(connection), index),
            orphan: false,
            lost: 0,
        }
    }

    /// The same, of which the first bytes are unknown: requests may wait for their responses.
    pub(crate) const fn begun_before(mut self) -> Self {
        self.queue.doubts.begun_before = true;
        self
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
                    if !from_client {
                        self.queue.pass();
                    }
                    if self.lost > HTTP_LOST_BYTES {
                        Step::Leave(0, Next::Over)
                    } else {
                        return Next::Same;
                    }
                }
            };
            match step {
                Step::Used(more) => used = used.saturating_add(more),
                Step::Leave(more, next) => {
                    let rest = bytes.get(used.saturating_add(more)..).unwrap_or_default();
                    return self.leave(next, (from_client, rest, at), facts);
                }
            }
        }
        Next::Same
    }

    /// HTTP goes on no further; the rest of the bytes belongs to what follows.
    fn leave(
        &mut self,
        mut next: Next,
        (from_client, rest, at): (bool, &[u8], Origin),
        facts: &mut Vec<Fact>,
    ) -> Next {
        match &mut next {
            Next::Over => self.queue.give_out_all(Incomplete::Unreadable, facts),
            Next::Http2(upgrade) if !rest.is_empty() => {
                upgrade.held.push((from_client, rest.to_vec(), at));
            }
            Next::Tunnel(tunnel) if !rest.is_empty() => {
                tunnel.held.push((from_client, rest.to_vec(), at));
            }
            Next::WebSocket(socket) => {
                self.queue.give_out_all(Incomplete::Unreadable, facts);
                socket.data(from_client, rest, at, facts);
            }
            Next::Http2(_) | Next::Same | Next::Tunnel(_) => {}
        }
        next
    }

    pub(super) const fn side(&mut self, client: bool) -> &mut Side {
        if client { &mut self.client } else { &mut self.server }
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
    pub(super) fn lose(&mut self, client: bool) {
        let side = self.side(client);
        side.state = State::Lost;
        side.head = Gatherer::default();
        self.lost = 0;
        if !client {
            self.queue.pass();
        }
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(&mut self, from_client: bool, length: Option<u32>, facts: &mut Vec<Fact>) {
        let side = self.side(from_client);
        match &mut side.state {
            State::Held => side.held.clear(),
            State::Lost if from_client => self.queue.requests_lost(length, true),
            State::Lost => self.queue.pass(),
            State::Head => {
                let (at, between) = (side.head.first, side.head.is_empty());
                let asked = matches!(self.client.state, State::Held);
                if !from_client && between && !asked {
                    self.queue.response_lost(facts);
                }
                self.cut_head(from_client, Incomplete::Gap, at, facts);
                if from_client {
                    self.queue.requests_lost(length, between);
                }
            }
            State::Body(reader) => {
                let known = reader.gap(length);
                let done = reader.is_done();
                if !known {
                    self.body_lost(from_client, Incomplete::Gap, facts);
                    if from_client {
                        self.queue.requests_lost(length, false);
                    }
                } else {
                    self.note(from_client, Incomplete::Gap);
                    if done {
                        self.body_done(from_client, false, facts);
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
        if self.is_opaque_request() {
            return Some(self.tunnel());
        }
        let closed = server_closed || matches!(end, SessionEnd::Closed | SessionEnd::Reset { .. });
        let why = if closed { Incomplete::Closed } else { Incomplete::Cut };
        for client in [true, false] {
            let head = &self.side(client).head;
            if !head.is_empty() {
                let at = head.first;
                self.cut_head(client, why, at, facts);
            }
        }
        if server_closed || end == SessionEnd::Closed {
            self.body_closed(false, facts);
        }
        if end == SessionEnd::Closed {
            self.body_closed(true, facts);
        }
        self.queue.give_out_all(why, facts);
        None
    }
}
