//! All streams of one HTTP/3 connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::one_way::{OneWay, Said, StreamType};
use super::qpack::{Decoder, Fault};
use super::request_stream::{Around, RequestStream};
use crate::http::{Connection, Http3Setup, Incomplete};
use crate::limits::{HTTP_STREAMS, HTTP_STREAMS_BYTES, HTTP3_ONE_WAY_STREAMS, QPACK_BLOCKED};
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;
use crate::weird::WeirdKind;

/// SETTINGS_QPACK_MAX_TABLE_CAPACITY (RFC 9204 section 5).
const MAX_TABLE_CAPACITY: u64 = 0x1;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct Http3Connection {
    connection: Arc<Connection>,
    client: Direction,
    server: Direction,
    /// Request streams by id, which is the order of the requests.
    streams: BTreeMap<u64, RequestStream>,
    /// Request streams before this one, other than these, are not followed any more.
    floor: u64,
    /// Directions of streams with field sections that wait.
    blocked: BTreeSet<(u64, bool)>,
    one_way: BTreeMap<u64, OneWay>,
    /// Bytes that request streams hold.
    held: usize,
    /// Of the next request.
    index: u32,
    /// The server answers no requests from this stream on.
    refused: Option<u64>,
    /// Whether it was told that streams, or fields, were dropped.
    told_streams: bool,
    told_fields: bool,
    /// What came is not HTTP/3: nothing more is read.
    left: bool,
}

/// What one side sends on its one-way streams.
#[derive(Debug, Default)]
struct Direction {
    /// Reads this side's field sections.
    decoder: Decoder,
    has_control: bool,
    has_encoder: bool,
    /// There were too many one-way streams: new ones are not read.
    full: bool,
}

impl Http3Connection {
    /// A connection of which nothing was read yet.
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection: Arc::new(connection),
            client: Direction::default(),
            server: Direction::default(),
            streams: BTreeMap::new(),
            floor: 0,
            blocked: BTreeSet::new(),
            one_way: BTreeMap::new(),
            held: 0,
            index: 0,
            refused: None,
            told_streams: false,
            told_fields: false,
            left: false,
        }
    }

    const fn direction(&mut self, from_client: bool) -> &mut Direction {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// The next bytes that one side sent on a stream (RFC 9000 section 2.1 numbers them), in
    /// order. `fin`: they are its last ones; they may be none then.
    pub(crate) fn data(
        &mut self,
        (stream, from_client): (u64, bool),
        (bytes, fin): (&[u8], bool),
        origin: Origin,
        facts: &mut Vec<Fact>,
    ) {
        if self.left {
            return;
        }
        let read = match Kind::of(stream, from_client) {
            Kind::OneWay => {
                let read = self.one_way(stream, from_client, bytes, facts);
                if fin {
                    self.one_way.remove(&stream);
                }
                read
            }
            Kind::Other => Ok(()),
            Kind::Request => {
                let change = |stream: &mut RequestStream, around: &mut Around<'_>| {
                    stream.data(from_client, (bytes, fin), origin, around)
                };
                self.change((stream, from_client), true, change, facts)
            }
        };
        self.note(read, facts);
    }

    /// Does something to a request stream, which may be a `new` one, and gives it out if it is
    /// complete then.
    fn change(
        &mut self,
        (id, from_client): (u64, bool),
        new: bool,
        change: impl FnOnce(&mut RequestStream, &mut Around<'_>) -> Result<(), &'static str>,
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        if new && id >= self.floor {
            self.streams.entry(id).or_insert_with(RequestStream::new);
        }
        let Some(stream) = self.streams.get_mut(&id) else { return Ok(()) };
        let direction = if from_client { &self.client } else { &self.server };
        let before = stream.held();
        let read = change(
            stream,
            &mut Around {
                decoder: &direction.decoder,
                index: &mut self.index,
                told_fields: &mut self.told_fields,
                facts,
            },
        );
        if stream.is_done() {
            stream.give_out(id, None, &self.connection, facts);
        }
        self.held = self.held.saturating_sub(before).saturating_add(stream.held());
        if stream.is_blocked(from_client) {
            self.blocked.insert((id, from_client));
        } else {
            self.blocked.remove(&(id, from_client));
        }
        if stream.is_over() && stream.is_done() {
            self.streams.remove(&id);
        }
        read?;
        self.bound(facts)
    }

    /// The next bytes of a one-way stream.
    fn one_way(
        &mut self,
        id: u64,
        from_client: bool,
        bytes: &[u8],
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        let mut rest = bytes;
        let Some(one_way) = self.open(id, from_client) else { return Ok(()) };
        if let OneWay::Unknown(stream_type) = one_way {
            let Some(known) = stream_type.read(&mut rest) else { return Ok(()) };
            *one_way = known;
            let (control, encoder) = match one_way {
                OneWay::Control(_) => (true, false),
                OneWay::Encoder => (false, true),
                OneWay::Other | OneWay::Unknown(_) => (false, false),
            };
            let direction = self.direction(from_client);
            if control && std::mem::replace(&mut direction.has_control, true) {
                return Err("second control stream");
            }
            if encoder && std::mem::replace(&mut direction.has_encoder, true) {
                return Err("second QPACK encoder stream");
            }
            if encoder {
                direction.decoder.begin();
            }
        }
        let Some(one_way) = self.one_way.get_mut(&id) else { return Ok(()) };
        match one_way {
            OneWay::Control(control) => {
                let mut all = Vec::new();
                while let Some(said) = control.next(&mut rest)? {
                    all.push(said);
                }
                all.into_iter().try_for_each(|said| self.said(from_client, said, facts))
            }
            OneWay::Encoder => {
                let read = self.direction(from_client).decoder.instructions(rest);
                if read.map_err(Fault::word)? {
                    self.release(from_client, facts)?;
                }
                Ok(())
            }
            OneWay::Other | OneWay::Unknown(_) => Ok(()),
        }
    }

    /// The one-way stream of this id, which may be new.
    fn open(&mut self, id: u64, from_client: bool) -> Option<&mut OneWay> {
        if self.one_way.len() >= HTTP3_ONE_WAY_STREAMS && !self.one_way.contains_key(&id) {
            self.direction(from_client).full = true;
        }
        if self.direction(from_client).full {
            return self.one_way.get_mut(&id);
        }
        Some(self.one_way.entry(id).or_insert_with(|| OneWay::Unknown(StreamType::default())))
    }

    /// What one side said on its control stream.
    fn said(
        &mut self,
        from_client: bool,
        said: Said,
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        match said {
            Said::Goaway(id) if !from_client => {
                self.refused = Some(self.refused.map_or(id, |before| before.min(id)));
                Ok(())
            }
            Said::Goaway(_) => Ok(()),
            Said::Settings(settings) => {
                let capacity = settings.iter().find(|(id, _)| *id == MAX_TABLE_CAPACITY);
                let capacity = capacity.map_or(0, |(_, value)| *value);
                if from_client {
                    let setup = Http3Setup { settings };
                    Arc::make_mut(&mut self.connection).http3 = Some(setup);
                }
                self.direction(!from_client).decoder.allow(capacity);
                self.release(!from_client, facts)
            }
        }
    }

    /// Reads the sections of this side that waited, as far as they can be read now.
    fn release(&mut self, from_client: bool, facts: &mut Vec<Fact>) -> Result<(), &'static str> {
        let all = self.blocked.iter().filter(|(_, of_client)| *of_client == from_client);
        for (id, _) in all.copied().collect::<Vec<_>>() {
            self.release_one(id, from_client, false, facts)?;
        }
        Ok(())
    }

    fn release_one(
        &mut self,
        id: u64,
        from_client: bool,
        force: bool,
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        self.blocked.remove(&(id, from_client));
        let change = |stream: &mut RequestStream, around: &mut Around<'_>| {
            stream.release(from_client, force, around)
        };
        self.change((id, from_client), false, change, facts)
    }

    /// So many of the next bytes of one side of a stream will not come: the capture lacks them.
    pub(crate) fn gap(
        &mut self,
        (stream, from_client): (u64, bool),
        length: u64,
        facts: &mut Vec<Fact>,
    ) {
        if self.left || length == 0 {
            return;
        }
        let read = match Kind::of(stream, from_client) {
            Kind::OneWay => self.gap_one_way(stream, from_client, length, facts),
            Kind::Other => Ok(()),
            Kind::Request => {
                let change = |stream: &mut RequestStream, _: &mut Around<'_>| {
                    stream.gap(from_client, length);
                    Ok(())
                };
                self.change((stream, from_client), true, change, facts)
            }
        };
        self.note(read, facts);
    }

    fn gap_one_way(
        &mut self,
        id: u64,
        from_client: bool,
        length: u64,
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        let Some(one_way) = self.open(id, from_client) else { return Ok(()) };
        let (control, encoder) = match one_way {
            OneWay::Control(control) => (control.gap(length), false),
            OneWay::Encoder => (false, true),
            OneWay::Other => (false, false),
            OneWay::Unknown(_) => {
                // It may be the one that is missing so far.
                *one_way = OneWay::Other;
                let direction = self.direction(from_client);
                (!direction.has_control, !direction.has_encoder)
            }
        };
        if encoder {
            self.direction(from_client).decoder.lose(length);
            self.release(from_client, facts)?;
        }
        if control {
            self.direction(!from_client).decoder.lose_allowance();
            self.release(!from_client, facts)?;
        }
        Ok(())
    }

    /// One side ended its part of a stream with RESET_STREAM, or (`stop`) asked the other with
    /// STOP_SENDING to do so. Whoever is asked answers with the former (RFC 9000 section 3.5).
    pub(crate) fn reset(
        &mut self,
        (stream, from_client): (u64, bool),
        stop: bool,
        facts: &mut Vec<Fact>,
    ) {
        if self.left || stop {
            return;
        }
        let read = match Kind::of(stream, from_client) {
            Kind::OneWay => {
                self.one_way.remove(&stream);
                Ok(())
            }
            Kind::Other => Ok(()),
            Kind::Request => {
                let change = |stream: &mut RequestStream, _: &mut Around<'_>| {
                    stream.reset(from_client);
                    Ok(())
                };
                self.change((stream, from_client), false, change, facts)
            }
        };
        self.note(read, facts);
    }

    /// Leaves the connection if what was read is not HTTP/3.
    fn note(&mut self, read: Result<(), &'static str>, facts: &mut Vec<Fact>) {
        if let Err(why) = read {
            self.left = true;
            facts.push(Fact::weird(WeirdKind::HttpMalformed, why));
            self.give_out_all(Incomplete::Unreadable, facts);
            self.one_way.clear();
        }
    }

    /// Reads what waits while too much does, and gives out the oldest streams while there are too
    /// many.
    fn bound(&mut self, facts: &mut Vec<Fact>) -> Result<(), &'static str> {
        while self.blocked.len() > QPACK_BLOCKED {
            let Some((id, from_client)) = self.blocked.pop_first() else { break };
            self.release_one(id, from_client, true, facts)?;
        }
        while self.streams.len() > HTTP_STREAMS || self.held > HTTP_STREAMS_BYTES {
            let Some((id, stream)) = self.streams.first_key_value() else {
                self.held = 0;
                break;
            };
            let id = *id;
            if stream.has_request() && !std::mem::replace(&mut self.told_streams, true) {
                facts.push(Fact::weird(WeirdKind::HttpStreamsDropped, format!("stream {id}")));
            }
            self.give_out(id, Incomplete::Cut, facts);
            self.floor = self.floor.max(id.saturating_add(1));
        }
        Ok(())
    }

    /// Gives out a stream, for this reason if there is no better one, and follows it no further.
    fn give_out(&mut self, id: u64, why: Incomplete, facts: &mut Vec<Fact>) {
        let Some(mut stream) = self.streams.remove(&id) else { return };
        self.held = self.held.saturating_sub(stream.held());
        for (from_client, direction) in [(true, &self.client), (false, &self.server)] {
            self.blocked.remove(&(id, from_client));
            // What is broken leaves out what it was to tell.
            let _broken = stream.release(
                from_client,
                true,
                &mut Around {
                    decoder: &direction.decoder,
                    index: &mut self.index,
                    told_fields: &mut self.told_fields,
                    facts,
                },
            );
        }
        let why = (!stream.is_done()).then_some(why);
        stream.give_out(id, why, &self.connection, facts);
    }

    fn give_out_all(&mut self, why: Incomplete, facts: &mut Vec<Fact>) {
        while let Some((id, _)) = self.streams.first_key_value() {
            let id = *id;
            let refused = self.refused.is_some_and(|refused| id >= refused);
            self.give_out(id, if refused { Incomplete::Closed } else { why }, facts);
        }
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(mut self, end: SessionEnd, facts: &mut Vec<Fact>) {
        let closed = matches!(end, SessionEnd::Closed | SessionEnd::Reset { .. });
        self.give_out_all(if closed { Incomplete::Closed } else { Incomplete::Cut }, facts);
    }
}

/// Kinds of streams (RFC 9000 section 2.1, RFC 9114 section 6).
enum Kind {
    /// One-way, from its sender.
    OneWay,
    /// Nothing of HTTP/3.
    Other,
    /// Begun by the client, in both directions.
    Request,
}

impl Kind {
    const fn of(stream: u64, from_client: bool) -> Self {
        match (stream & 3, from_client) {
            (0, _) => Self::Request,
            (2, true) | (3, false) => Self::OneWay,
            _ => Self::Other,
        }
    }
}

/// How much a connection holds.
#[cfg(test)]
pub(super) struct Holds {
    pub(super) streams: usize,
    pub(super) blocked: usize,
    pub(super) one_way: usize,
    /// Bytes, as counted on the way.
    pub(super) counted: usize,
    /// The same, counted anew.
    pub(super) bytes: usize,
}

#[cfg(test)]
impl Http3Connection {
    pub(super) fn holds(&self) -> Holds {
        Holds {
            streams: self.streams.len(),
            blocked: self.blocked.len(),
            one_way: self.one_way.len(),
            counted: self.held,
            bytes: self.streams.values().map(RequestStream::held).sum(),
        }
    }
}
