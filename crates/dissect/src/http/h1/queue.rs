//! Requests of one connection that wait for their responses, in order (RFC 9112 section 9.3.2).
//! Which response is whose after something was lost: `doubt.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use super::doubt::{Doubt, Doubts};
use crate::http::content::Collector;
use crate::http::{Body, Connection, Exchange, Headers, Incomplete, Request, Response};
use crate::limits::{HTTP_WAITING, HTTP_WAITING_BYTES};
use crate::packet::PacketSpan;
use crate::record::Fact;

/// An exchange in the making.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) exchange: Exchange,
    pub(super) request: Part,
    pub(super) response: Part,
    pub(super) doubt: Doubt,
}

/// One of its messages.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// What came of its content.
    pub(super) content: Collector,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Seen {
    #[default]
    Open,
    Over,
    Whole,
}

impl Part {
    /// Its last byte was seen (`whole`), or will never be.
    pub(super) const fn end(&mut self, whole: bool) {
        self.seen = if whole { Seen::Whole } else { Seen::Over };
    }

    /// Nothing more of it is waited for.
    pub(super) fn is_done(&self) -> bool {
        self.seen != Seen::Open
    }

    fn body(self, headers: &Headers, facts: &mut Vec<Fact>) -> Body {
        self.content.finish(headers, self.seen == Seen::Whole, facts)
    }
}

/// Those that wait, oldest first.
#[derive(Debug)]
pub(super) struct Queue {
    connection: Arc<Connection>,
    pub(super) waiting: VecDeque<Pending>,
    pub(super) doubts: Doubts,
    index: u32,
    /// Requests given out unanswered because too many waited: so many responses are theirs.
    pub(super) owed: u32,
}

impl Pending {
    /// Notes why it is not whole; the first reason stays.
    pub(super) fn lacks(&mut self, why: Incomplete) {
        self.exchange.incomplete.get_or_insert(why);
    }

    /// What a message under way goes to: its content, its packets, its trailers.
    pub(super) fn message(
        &mut self,
        of_client: bool,
    ) -> Option<(&mut Collector, &mut PacketSpan, &mut Headers)> {
        let Self { exchange, request, response, .. } = self;
        if of_client {
            let message = &mut exchange.request;
            Some((&mut request.content, &mut message.packets, &mut message.trailers))
        } else {
            let message = exchange.response.as_mut()?;
            Some((&mut response.content, &mut message.packets, &mut message.trailers))
        }
    }

    fn is_done(&self) -> bool {
        self.request.is_done() && self.response.is_done()
    }

    /// Whether its response is still waited for.
    pub(super) fn is_unanswered(&self) -> bool {
        self.exchange.response.is_none() && !self.response.is_done()
    }

    fn bytes(&self) -> usize {
        let fields = |headers: &Headers| {
            let fields = headers.0.iter();
            fields.map(|f| f.name.len().saturating_add(f.value.len())).sum::<usize>()
        };
        let request = &self.exchange.request;
        let body = self.request.content.held();
        fields(&request.headers).saturating_add(request.target.len()).saturating_add(body)
    }
}

impl Queue {
    pub(super) fn new(connection: Arc<Connection>, index: u32) -> Self {
        let doubts = Doubts::default();
        Self { connection, waiting: VecDeque::new(), doubts, index, owed: 0 }
    }

    /// A request's head was seen. Gives back whether the exchange was given out whose response is
    /// under way.
    pub(super) fn push(&mut self, request: Request, facts: &mut Vec<Fact>) -> bool {
        let exchange = Exchange {
            connection: Arc::clone(&self.connection),
            index: self.index,
            stream: None,
            request,
            response: None,
            incomplete: None,
        };
        self.index = self.index.saturating_add(1);
        let (request, response) = (Part::default(), Part::default());
        let doubt = self.asked();
        self.waiting.push_back(Pending { exchange, request, response, doubt });
        let mut under_way = false;
        while self.waiting.len() > 1 && self.is_full() {
            let answered = self.front().is_some_and(|front| front.exchange.response.is_some());
            self.owed = self.owed.saturating_add(u32::from(!answered));
            under_way |= answered && self.front().is_some_and(|front| !front.response.is_done());
            self.give_out_front(Some(Incomplete::Cut), facts);
        }
        under_way
    }

    fn is_full(&self) -> bool {
        let bytes = || self.waiting.iter().map(Pending::bytes).sum::<usize>();
        self.waiting.len() > HTTP_WAITING || bytes() > HTTP_WAITING_BYTES
    }

    /// The request that was sent last.
    pub(super) fn back(&mut self) -> Option<&mut Pending> {
        self.waiting.back_mut()
    }

    /// The request that is answered next.
    pub(super) fn front(&mut self) -> Option<&mut Pending> {
        self.waiting.front_mut()
    }

    /// Takes the response, or what is there of it; whether there is a request that it answers.
    pub(super) fn answer(&mut self, response: Response) -> bool {
        if let Some(owed) = self.owed.checked_sub(1) {
            self.owed = owed;
            return false;
        }
        match self.waiting.front_mut() {
            Some(front) if front.is_unanswered() => {
                front.exchange.response = Some(response);
                true
            }
            _ => false,
        }
    }

    /// Takes out the front, whose response is there.
    pub(super) fn take_front(&mut self) -> Option<Exchange> {
        self.waiting.pop_front().map(|pending| pending.exchange)
    }

    /// Takes out the front, whose request is there and whose response comes in another way.
    pub(super) fn take_request(&mut self, facts: &mut Vec<Fact>) -> Option<Exchange> {
        let Pending { mut exchange, request, .. } = self.waiting.pop_front()?;
        exchange.request.body = request.body(&exchange.request.headers, facts);
        Some(exchange)
    }

    /// The index of the next request.
    pub(super) const fn index(&self) -> u32 {
        self.index
    }

    /// What all of them share.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Gives out what is complete.
    pub(super) fn settle(&mut self, facts: &mut Vec<Fact>) {
        while self.front().is_some_and(|front| front.is_done()) {
            self.give_out_front(None, facts);
        }
    }

    /// Gives out everything, for this reason if there is no better one.
    pub(super) fn give_out_all(&mut self, why: Incomplete, facts: &mut Vec<Fact>) {
        while let Some(front) = self.front() {
            let whole = front.is_done();
            self.give_out_front((!whole).then_some(why), facts);
        }
    }

    pub(super) fn give_out_front(&mut self, why: Option<Incomplete>, facts: &mut Vec<Fact>) {
        let Some(mut front) = self.waiting.pop_front() else { return };
        if let Some(why) = why {
            front.lacks(why);
        }
        let Pending { mut exchange, request, response, .. } = front;
        exchange.request.body = request.body(&exchange.request.headers, facts);
        if let Some(answer) = &mut exchange.response {
            answer.body = response.body(&answer.headers, facts);
        }
        facts.push(Fact::Exchange(Arc::new(exchange)));
    }
}
