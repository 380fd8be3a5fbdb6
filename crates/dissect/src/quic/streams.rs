//! The streams of a connection (RFC 9000 sections 2 and 3): STREAM frames in, the bytes of each
//! direction in order out.
//!
//! Bytes that the capture lacks are given up once the peer has acknowledged all packets in which
//! they can have been, once too much waits behind them, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::Acknowledged;
use super::half::{Half, Sent};
use super::ranges::Ranges;
use crate::limits::{QUIC_CONNECTION_BYTES, QUIC_STREAMS};

/// Streams with holes that one acknowledgment may give up.
const HOLES_AT_ONCE: usize = 16;

/// What one side did on a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StreamEvent<'a> {
    /// The stream's number (RFC 9000 section 2.1).
    pub(crate) stream: u64,
    /// The client did it.
    pub(crate) from_client: bool,
    /// What it was.
    pub(crate) kind: StreamEventKind<'a>,
}

/// What can happen on a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StreamEventKind<'a> {
    /// The next bytes. `fin`: they are the last ones; they may be none then.
    Data(&'a [u8], bool, crate::origin::Origin),
    /// So many bytes will not come.
    Gap(u64),
    /// RESET_STREAM, or (`stop`) STOP_SENDING.
    Reset {
        /// STOP_SENDING.
        stop: bool,
    },
}

/// Orders one-way streams before the others: HTTP/3 keeps in them what the others need.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    two_way: bool,
    stream: u64,
    from_client: bool,
}

impl Key {
    fn new(stream: u64, from_client: bool) -> Self {
        Self { two_way: stream & 2 == 0, stream, from_client }
    }
}

/// All streams of one connection.
#[derive(Debug, Default)]
pub(super) struct Streams {
    halves: BTreeMap<Key, Half>,
    /// Those of them that wait for missing bytes.
    holes: BTreeSet<Key>,
    /// Streams that are over: by the kind of stream (its low bits) and who sent.
    over: [Ranges; 8],
    /// Packet numbers that were seen, of the client and of the server.
    seen: [Ranges; 2],
    /// What all halves hold together.
    held: usize,
    /// A stream was not followed, since there were too many.
    dropped: bool,
}

impl Streams {
    /// A packet of this side was opened.
    pub(super) fn packet(&mut self, from_client: bool, number: u64) {
        let [client, server] = &mut self.seen;
        if from_client { client } else { server }.insert(number);
    }

    /// Whether streams were dropped since there were too many of them.
    pub(super) const fn has_dropped(&self) -> bool {
        self.dropped
    }

    /// For tests: halves that are followed.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.halves.len()
    }

    /// For tests: what all of them hold.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// A STREAM frame.
    pub(super) fn data(
        &mut self,
        (stream, from_client): (u64, bool),
        sent: Sent<'_>,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let key = Key::new(stream, from_client);
        if !self.may_go_on(key) {
            return;
        }
        let Some(half) = self.halves.get_mut(&key) else { return };
        let before = half.held();
        let mut give = |kind: StreamEventKind<'_>| sink(StreamEvent { stream, from_client, kind });
        half.data(sent, &mut give);
        self.held = self.held.saturating_sub(before).saturating_add(half.held());
        if half.is_crowded() || self.held > QUIC_CONNECTION_BYTES {
            let before = half.held();
            half.give_up_all(&mut give);
            self.held = self.held.saturating_sub(before).saturating_add(half.held());
        }
        self.note(key);
    }

    /// Whether this half of a stream is followed; makes it if it is new.
    fn may_go_on(&mut self, key: Key) -> bool {
        let by_client = key.stream & 1 == 0;
        let one_way_back = !key.two_way && by_client != key.from_client;
        if one_way_back || self.over_of(key).contains(key.stream >> 2) {
            return false;
        }
        if self.halves.contains_key(&key) {
            return true;
        }
        if self.halves.len() >= QUIC_STREAMS {
            self.dropped = true;
            // The oldest of those that carry requests goes: it may be over, and its end not seen.
            let oldest = self.halves.keys().find(|held| held.two_way).copied();
            let Some(oldest) = oldest.filter(|_| key.two_way) else { return false };
            self.end(oldest);
        }
        self.halves.insert(key, Half::default());
        true
    }

    /// RESET_STREAM: its sender will send no more.
    pub(super) fn reset(
        &mut self,
        stream: u64,
        from_client: bool,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let key = Key::new(stream, from_client);
        if self.may_go_on(key) {
            self.end(key);
            sink(StreamEvent { stream, from_client, kind: StreamEventKind::Reset { stop: false } });
        }
    }

    /// STOP_SENDING: its sender wants no more.
    pub(super) fn stop(stream: u64, from_client: bool, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        sink(StreamEvent { stream, from_client, kind: StreamEventKind::Reset { stop: true } });
    }

    /// An ACK frame of the other side: gives up holes whose bytes arrived there.
    pub(super) fn acknowledged(
        &mut self,
        of_client: bool,
        acknowledged: &Acknowledged<'_>,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        if self.holes.is_empty() {
            return;
        }
        let holes = self.holes.iter().filter(|key| key.from_client == of_client);
        let keys: Vec<Key> = holes.take(HOLES_AT_ONCE).copied().collect();
        for key in keys {
            let [client, server] = &self.seen;
            let seen = if of_client { client } else { server };
            let Some(half) = self.halves.get_mut(&key) else { continue };
            let arrived = half.suspects().is_some_and(|(after, before)| {
                let mut missing = seen.missing(after, before).peekable();
                missing.peek().is_some()
                    && missing.all(|(low, high)| acknowledged.covers(low, high))
            });
            let before = half.held();
            let (stream, from_client) = (key.stream, key.from_client);
            half.stalled(arrived, &mut |kind| sink(StreamEvent { stream, from_client, kind }));
            self.held = self.held.saturating_sub(before).saturating_add(half.held());
            self.note(key);
        }
    }

    /// The connection is over: gives out what waits behind holes.
    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        for (Key { stream, from_client, .. }, mut half) in std::mem::take(&mut self.halves) {
            half.give_up_all(&mut |kind| sink(StreamEvent { stream, from_client, kind }));
        }
        *self = Self { dropped: self.dropped, ..Self::default() };
    }

    /// Notes whether a half has a hole or is over.
    fn note(&mut self, key: Key) {
        match self.halves.get(&key) {
            Some(half) if half.is_over() => self.end(key),
            Some(half) if half.held() > 0 => drop(self.holes.insert(key)),
            _ => drop(self.holes.remove(&key)),
        }
    }

    fn end(&mut self, key: Key) {
        if let Some(half) = self.halves.remove(&key) {
            self.held = self.held.saturating_sub(half.held());
        }
        self.holes.remove(&key);
        self.over_of(key).insert(key.stream >> 2);
    }

    fn over_of(&mut self, key: Key) -> &mut Ranges {
        let [a, b, c, d, e, f, g, h] = &mut self.over;
        match (key.stream & 3, key.from_client) {
            (0, true) => a,
            (0, false) => b,
            (1, true) => c,
            (1, false) => d,
            (2, true) => e,
            (2, false) => f,
            (_, true) => g,
            (_, false) => h,
        }
    }
}
