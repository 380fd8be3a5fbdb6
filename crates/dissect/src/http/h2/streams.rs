//! The streams of a connection that are not over, and what becomes of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::http::stream::Stream;
use crate::http::{Connection, Http2Setup, HttpVersion, Incomplete};
use crate::limits::{HTTP_RESET_SECS, HTTP_RESET_STREAMS, HTTP_STREAMS, HTTP_STREAMS_BYTES};
use crate::packet::Timestamp;
use crate::record::Fact;
use crate::weird::WeirdKind;

/// Those that are open.
#[derive(Debug)]
pub(super) struct Streams {
    connection: Arc<Connection>,
    /// By id, which is the order of the requests. Boxed: a map has room for eleven from the first on.
    open: BTreeMap<u32, Box<Stream>>,
    /// Those that were reset, and when: what was already under way still comes.
    reset: VecDeque<(u32, Timestamp)>,
    /// Bytes that they hold.
    held: usize,
    /// Of the next exchange.
    index: u32,
    /// Whether it was told that some were dropped.
    told: bool,
}

impl Streams {
    pub(super) fn new(connection: Connection, index: u32) -> Self {
        Self {
            connection: Arc::new(connection),
            open: BTreeMap::new(),
            reset: VecDeque::new(),
            held: 0,
            index,
            told: false,
        }
    }

    /// How the client set the connection up.
    pub(super) fn set_up(&mut self, setup: Http2Setup) {
        Arc::make_mut(&mut self.connection).http2 = Some(setup);
    }

    /// Adds a stream.
    pub(super) fn insert(&mut self, id: u32, stream: Stream) {
        self.held = self.held.saturating_add(stream.held());
        self.open.insert(id, Box::new(stream));
    }

    /// Does something to a stream, if it is there, and gives it out if it is over then. `act` also
    /// gets the index of the next exchange.
    pub(super) fn with(
        &mut self,
        id: u32,
        facts: &mut Vec<Fact>,
        act: impl FnOnce(&mut Stream, &mut u32),
    ) {
        let Some(stream) = self.open.get_mut(&id) else { return };
        let before = stream.held();
        act(stream, &mut self.index);
        let is_over = stream.is_over();
        self.held = self.held.saturating_add(stream.held().saturating_sub(before));
        if is_over {
            self.give_out(id, None, facts);
        }
        self.bound(facts);
    }

    /// Opens a stream, if it is not there.
    pub(super) fn open(&mut self, id: u32) {
        self.open.entry(id).or_insert_with(|| Box::new(Stream::new(HttpVersion::Http2)));
    }

    /// A side reset the stream (RFC 9113 section 6.4). What the other had sent before it knew
    /// still comes.
    pub(super) fn reset(&mut self, id: u32, at: Timestamp, facts: &mut Vec<Fact>) {
        if self.open.contains_key(&id) {
            self.reset.push_back((id, at));
        }
        if self.reset.len() > HTTP_RESET_STREAMS
            && let Some((id, _)) = self.reset.pop_front()
        {
            self.give_out(id, Some(Incomplete::Closed), facts);
        }
    }

    /// Time goes on: what was reset long ago is over.
    pub(super) fn pass(&mut self, now: Timestamp, facts: &mut Vec<Fact>) {
        let long_ago = |at: &Timestamp| now.secs().saturating_sub(at.secs()) > HTTP_RESET_SECS;
        while let Some((id, _)) = self.reset.pop_front_if(|(_, at)| long_ago(at)) {
            self.give_out(id, Some(Incomplete::Closed), facts);
        }
    }

    /// The server takes no streams behind this one (RFC 9113 section 6.8).
    pub(super) fn refuse_behind(&mut self, last: u32, facts: &mut Vec<Fact>) {
        let refused = self.open.range(last.saturating_add(1)..);
        for id in refused.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.give_out(id, Some(Incomplete::Closed), facts);
        }
    }

    /// Frames of one direction are missing: messages that were under way are over.
    pub(super) fn lose(&mut self, from_client: bool, facts: &mut Vec<Fact>) {
        let mut over = Vec::new();
        for (id, stream) in &mut self.open {
            stream.lose(from_client);
            if stream.is_over() {
                over.push(*id);
            }
        }
        for id in over {
            self.give_out(id, None, facts);
        }
    }

    /// Gives a stream out; `why` it is not whole, if it is not.
    fn give_out(&mut self, id: u32, why: Option<Incomplete>, facts: &mut Vec<Fact>) {
        if let Some(stream) = self.open.remove(&id) {
            self.held = self.held.saturating_sub(stream.held());
            stream.give_out(id, why, &self.connection, facts);
        }
    }

    /// Gives everything out, for this reason if there is no better one.
    pub(super) fn give_out_all(&mut self, why: Incomplete, facts: &mut Vec<Fact>) {
        let reset = std::mem::take(&mut self.reset);
        for (id, stream) in std::mem::take(&mut self.open) {
            let was_reset = reset.iter().any(|(reset, _)| *reset == id);
            let why = if was_reset { Incomplete::Closed } else { why };
            stream.give_out(id, Some(why), &self.connection, facts);
        }
        self.held = 0;
    }

    /// Gives out the oldest ones while there are too many.
    fn bound(&mut self, facts: &mut Vec<Fact>) {
        while self.open.len() > HTTP_STREAMS || self.held > HTTP_STREAMS_BYTES {
            let Some((id, _)) = self.open.first_key_value() else { return self.held = 0 };
            let id = *id;
            if !std::mem::replace(&mut self.told, true) {
                facts.push(Fact::weird(WeirdKind::HttpStreamsDropped, format!("stream {id}")));
            }
            self.give_out(id, Some(Incomplete::Cut), facts);
        }
    }
}
