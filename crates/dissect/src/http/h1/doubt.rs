//! Which response answers which request, where bytes are missing.
//!
//! Responses come in the order of the requests, so one lost message shifts all pairs behind it. A
//! pair is only told where no other is possible; the requests that a response may answer are given
//! out as `incomplete: gap` where there are several, and so is one that may have to wait for the
//! responses to requests nobody saw.

use super::queue::Queue;
use crate::http::Incomplete;
use crate::record::Fact;

/// A request in as many bytes as need be: `GET / HTTP/1.1` and an empty line.
const SHORTEST_REQUEST: u32 = 18;

/// What is not certain about one request's response.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// At most so many responses to requests that are not in the queue come before its own.
    strays: u32,
    /// Its response may have been lost.
    passed: bool,
}

/// What is not certain about the next request's, and what is known of the connection.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// At most so many responses to requests that are not in the queue come before.
    strays: u32,
    /// The client does not wait for a response before it asks again.
    pipelined: bool,
    /// A response came since the last request that answers none: it belongs to a lost one.
    unasked: bool,
    /// What came before is unknown.
    pub(super) begun_before: bool,
}

impl Queue {
    /// What is not certain about the request that comes now.
    pub(super) fn asked(&mut self) -> Doubt {
        if self.waiting.iter().any(|pending| !pending.response.is_done()) {
            self.doubts.pipelined = true;
            if std::mem::take(&mut self.doubts.begun_before)
                && let Some(front) = self.front()
            {
                front.doubt.strays = u32::MAX;
            }
        }
        self.doubts.unasked = false;
        Doubt { strays: std::mem::take(&mut self.doubts.strays), passed: false }
    }

    /// Bytes of the client are missing, which may have held requests. `between` two of them: else
    /// they belong to one that is known, and only who does not wait sent another behind it.
    pub(super) fn requests_lost(&mut self, length: Option<u32>, between: bool) {
        if !self.doubts.pipelined && (self.doubts.unasked || !between) {
            return;
        }
        let most = length.map_or(u32::MAX, |length| length.div_ceil(SHORTEST_REQUEST));
        self.doubts.strays = self.doubts.strays.saturating_add(most);
    }

    /// Bytes of the server are missing where a response begins: that of the front, if it is known
    /// that the front's is next.
    pub(super) fn response_lost(&mut self, facts: &mut Vec<Fact>) {
        let Some(front) = self.front() else { return };
        if front.doubt.strays == 0 && !front.doubt.passed && front.is_unanswered() {
            front.lacks(Incomplete::Gap);
            front.response.end(false);
            self.settle(facts);
        }
    }

    /// Responses may have been lost: the next one may answer any of those that wait.
    pub(super) fn pass(&mut self) {
        for pending in &mut self.waiting {
            pending.doubt.passed = true;
        }
    }

    /// A response comes: whether it is certain that it answers the front, or none. Otherwise gives
    /// out all that it may answer, and whether a HEAD request is among them.
    pub(super) fn next_answered(&mut self, facts: &mut Vec<Fact>) -> Result<(), bool> {
        if self.owed > 0 {
            return Ok(());
        }
        let Doubts { pipelined, .. } = self.doubts;
        let unanswered = || self.waiting.iter().filter(|pending| pending.is_unanswered());
        let Some(first) = unanswered().next() else {
            if self.waiting.is_empty() {
                let left = self.doubts.strays.saturating_sub(1);
                self.doubts.strays = if pipelined { left } else { 0 };
                self.doubts.unasked = true;
            }
            return Ok(());
        };
        let strays = first.doubt.strays;
        let passed = unanswered().take_while(|pending| pending.doubt.passed).count();
        // Those whose responses may have been lost, and the one behind them.
        let meant = passed.saturating_add(1).min(unanswered().count());
        if strays == 0 && meant == 1 {
            self.waiting.iter_mut().for_each(|pending| pending.doubt.passed = false);
            return Ok(());
        }
        let answers_head = unanswered().take(meant).any(|it| it.exchange.request.method == "HEAD");
        let others = u32::try_from(meant.saturating_sub(1)).unwrap_or(u32::MAX);
        let left = if pipelined { strays.saturating_add(others) } else { 0 };
        for _ in 0..meant {
            if self.front().is_some_and(|front| front.request.is_done()) {
                self.give_out_front(Some(Incomplete::Gap), facts);
            } else {
                // Its own content still comes.
                self.response_unknown();
            }
        }
        match self.front().filter(|front| front.is_unanswered()) {
            Some(front) => front.doubt.strays = front.doubt.strays.saturating_add(left),
            None => self.doubts.strays = self.doubts.strays.saturating_add(left),
        }
        Err(answers_head)
    }

    /// What answers the front will not be known.
    fn response_unknown(&mut self) {
        if let Some(front) = self.front() {
            front.lacks(Incomplete::Gap);
            front.response.end(false);
        }
    }
}
