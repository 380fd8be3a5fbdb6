//! All that a connection needs for being opened: what was agreed on, the keys of both directions, and
//! what waits for them.

use super::decrypt::{Direction, Protection, has_secret};
use super::early::EarlyData;
use super::keylog::KeyLog;
use super::session_builder::Surroundings;
use super::waiting::Waiting;
use crate::limits::KEYLOG_RECALLS;
use crate::session::{Reason, Session};

/// The state of a connection for which somebody gave a key log.
#[derive(Debug, Default)]
pub(super) struct Decryption {
    client: Option<Direction>,
    server: Option<Direction>,
    /// What the hellos said last.
    pub(super) protection: Option<Protection>,
    /// The id that the server gave the session.
    session_id: Vec<u8>,
    /// The client's random of a handshake within the connection (RFC 5246 section 7.4.1.2).
    pub(super) renegotiated: Option<[u8; 32]>,
    pub(super) early: EarlyData,
    pub(super) waiting: Waiting,
    /// Length of the log when keys of the client, and of the server, were looked for in vain.
    tried: [Option<usize>; 2],
    /// Keys of the client, and of the server, were looked for among those of other sessions: how
    /// often, and in a log of which length.
    recalled: [(u8, Option<usize>); 2],
    /// Keys of the client, and of the server, were there and did not fit.
    wrong: [bool; 2],
    /// Who is inside was told of a hole, of the client's bytes and of the server's, and has heard
    /// nothing since.
    holes: [bool; 2],
}

impl Decryption {
    /// Keys of one direction.
    pub(super) const fn of(&mut self, from_client: bool) -> &mut Option<Direction> {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// Whether there is a key for something.
    pub(super) const fn has_keys(&self) -> bool {
        self.client.is_some() || self.server.is_some()
    }

    /// Whether a direction was told of a hole since it was told of data; remembers what it is told.
    pub(super) const fn hole(&mut self, from_client: bool, now: bool) -> bool {
        let [client, server] = &mut self.holes;
        std::mem::replace(if from_client { client } else { server }, now)
    }

    /// Data is passed on: what is missing from now on of either direction is another hole, for it
    /// comes behind that data.
    pub(super) const fn filled(&mut self) {
        self.holes = [false; 2];
    }

    const fn tried(&mut self, from_client: bool) -> &mut Option<usize> {
        let [client, server] = &mut self.tried;
        if from_client { client } else { server }
    }

    /// What the hellos agree on; gives back whether records like that can be opened.
    pub(super) fn agree(&mut self, protection: Option<Protection>, session_id: &[u8]) -> bool {
        self.protection = protection;
        self.session_id = session_id.to_vec();
        self.tried = [None; 2];
        self.protection.is_some()
    }

    /// The sender goes on to keys that were agreed on.
    pub(super) fn renew(&mut self, from_client: bool, log: Option<&KeyLog>) {
        *self.of(from_client) = None;
        *self.tried(from_client) = None;
        self.is_ready(from_client, log);
    }

    /// The sender goes on to the next keys of TLS 1.3.
    pub(super) fn advanced(&mut self, from_client: bool) {
        *self.tried(from_client) = None;
    }

    /// The keys of a side do not fit.
    pub(super) const fn wrong(&mut self, from_client: bool) {
        let [client, server] = &mut self.wrong;
        *(if from_client { client } else { server }) = true;
    }

    /// Whether records of a side may be opened some day.
    pub(super) const fn may_wait(&self, from_client: bool) -> bool {
        let [client, server] = self.wrong;
        !(self.waiting.is_over() || if from_client { client } else { server })
    }

    /// Whether there is a key for what a side sends now; looks for one if there may be.
    pub(super) fn is_ready(&mut self, from_client: bool, log: Option<&KeyLog>) -> bool {
        if self.of(from_client).as_ref().is_some_and(Direction::has_key) {
            return true;
        }
        let [client, server] = self.wrong;
        let wrong = if from_client { client } else { server };
        let Some(log) = log.filter(|_| !wrong) else { return false };
        if *self.tried(from_client) == Some(log.len()) {
            return false;
        }
        *self.tried(from_client) = Some(log.len());
        let Some(protection) = &self.protection else { return false };
        let slot = if from_client { &mut self.client } else { &mut self.server };
        match slot {
            Some(direction) => direction.learn(log, protection, from_client),
            None => *slot = protection.direction(log, &self.session_id, from_client),
        }
        slot.as_ref().is_some_and(Direction::has_key)
    }

    /// Looks for the key of a side of a resumed session among those of other sessions, with the first
    /// record that the side encrypted; once for each length of the log.
    pub(super) fn recall(
        &mut self,
        from_client: bool,
        log: Option<&KeyLog>,
        record: (&[u8], &[u8]),
    ) -> bool {
        let (Some(log), Some(protection)) = (log, &self.protection) else { return false };
        let [client, server] = &mut self.recalled;
        let (times, length) = if from_client { client } else { server };
        if *times >= KEYLOG_RECALLS || *length == Some(log.len()) {
            return false;
        }
        (*times, *length) = (times.saturating_add(1), Some(log.len()));
        let found = protection.recalled(log, from_client, record);
        let is_found = found.is_some();
        if is_found {
            *self.of(from_client) = found;
        }
        is_found
    }

    /// The same, with what waits first, if that is a record.
    pub(super) fn recall_waiting(&mut self, log: Option<&KeyLog>) -> bool {
        // Taken out, so that the record can be lent while the keys change.
        let waiting = std::mem::take(&mut self.waiting);
        let found = waiting
            .first_record()
            .is_some_and(|(from_client, head, body)| self.recall(from_client, log, (head, body)));
        self.waiting = waiting;
        found
    }

    /// Why records that hold application data are not opened; `None` where nobody gave keys.
    pub(super) fn why(&self, session: &Session, around: &Surroundings<'_>) -> Option<Reason> {
        let (log, client) = (around.keys?, session.client_hello.as_ref()?);
        let known = has_secret(log, &client.value.random, &self.session_id);
        let unsupported = self.protection.is_none() && session.server_hello.is_some();
        Some(if known && unsupported { Reason::UndecryptableSuite } else { Reason::NoKey })
    }
}
