//! Both directions of one HTTP/2 connection.
//!
//! Each direction is read on its own, frame by frame. Where bytes are missing and it is not known
//! any more where a frame starts, the next one is the piece that begins like one: most senders
//! start a TLS record, or a segment, with a frame. Messages that were under way in that direction
//! are over then, and HPACK goes on with what is still certain.

use super::frame::{Head, flag, kind, without_padding};
use super::hpack::{Decoder, Fault};
use super::reader::{Event, FrameReader, Hole};
use super::setup::{self, Collecting};
use super::streams::Streams;
use crate::bytes::u32_at;
use crate::http::fields::Fields;
use crate::http::stream::{Stream, span};
use crate::http::{Connection, Exchange, Incomplete};
use crate::limits::HTTP_BLOCK_BYTES;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;
use crate::weird::WeirdKind;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct Http2Connection {
    /// The client's first frames, until its first request.
    setup: Option<Collecting>,
    client: Direction,
    server: Direction,
    streams: Streams,
    /// The client's last one.
    last_stream: u32,
    /// Whether it was told that fields were dropped.
    told_fields: bool,
}

/// What is read of one direction.
#[derive(Debug)]
struct Direction {
    reader: FrameReader,
    decoder: Decoder,
    /// A header block that goes on in CONTINUATION frames.
    block: Option<Block>,
    /// Something of it is missing.
    lossy: bool,
}

/// A header block as far as it came.
#[derive(Debug)]
struct Block {
    /// Of the HEADERS or PUSH_PROMISE frame.
    head: Head,
    bytes: Vec<u8>,
    first: Origin,
}

impl Direction {
    fn new(from_client: bool) -> Self {
        Self {
            reader: FrameReader::new(from_client),
            decoder: Decoder::default(),
            block: None,
            lossy: false,
        }
    }

    fn lose(&mut self) {
        self.reader.lose();
        self.decoder.lose();
        self.block = None;
        self.lossy = true;
    }
}

impl Http2Connection {
    /// A connection of which nothing was read yet, whose next exchange has this index. The
    /// client's preface is the first thing it will see.
    pub(crate) fn new(connection: Connection, index: u32) -> Self {
        Self {
            setup: Some(Collecting::default()),
            client: Direction::new(true),
            server: Direction::new(false),
            streams: Streams::new(connection, index),
            last_stream: 0,
            told_fields: false,
        }
    }

    /// A connection that came to HTTP/2 by an upgrade (RFC 7540 section 3.2): the request is
    /// answered here, on stream 1. `settings`: what the client sent with it.
    pub(crate) fn upgraded(
        connection: Connection,
        index: u32,
        request: Exchange,
        settings: &[u8],
    ) -> Self {
        let mut upgraded = Self::new(connection, index);
        upgraded.settings(true, settings);
        upgraded.last_stream = 1;
        upgraded.streams.insert(1, Stream::upgraded(request));
        upgraded
    }

    const fn direction(&mut self, from_client: bool) -> &mut Direction {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// The next bytes of one direction. False if the rest of the connection is not read.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        origin: Origin,
        facts: &mut Vec<Fact>,
    ) -> bool {
        self.streams.pass(origin.packets.last.timestamp, facts);
        let mut rest = bytes;
        let last_stream = self.last_stream;
        self.direction(from_client).reader.find_again(bytes, from_client, last_stream);
        while let Some(event) = self.direction(from_client).reader.next(&mut rest, origin) {
            let read = match event {
                Event::Data { stream, content, ends } => {
                    self.streams.with(stream, facts, |stream, _| {
                        stream.content(from_client, content, origin.packets);
                        if ends {
                            stream.end(from_client);
                        }
                    });
                    Ok(())
                }
                Event::Frame(head, payload, first) => {
                    self.frame(from_client, head, &payload, [first, origin], facts)
                }
                Event::Malformed(why) => Err(why),
            };
            let Err(why) = read else { continue };
            if !self.direction(from_client).lossy {
                facts.push(Fact::weird(WeirdKind::HttpMalformed, why));
                self.streams.give_out_all(Incomplete::Unreadable, facts);
                return false;
            }
            // What looked like a frame behind a hole was none.
            self.lose(from_client, facts);
        }
        true
    }

    /// A whole frame that is not DATA; `at`: where its first and its last byte were.
    fn frame(
        &mut self,
        from_client: bool,
        head: Head,
        payload: &[u8],
        at: [Origin; 2],
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        let [first, last] = at;
        let direction = self.direction(from_client);
        if let Some(block) = &direction.block
            && (head.kind != kind::CONTINUATION || head.stream != block.head.stream)
        {
            return Err("header block interrupted");
        }
        match head.kind {
            kind::HEADERS | kind::PUSH_PROMISE => {
                let is_push = head.kind == kind::PUSH_PROMISE;
                if is_push && from_client {
                    return Err("push by the client");
                }
                let prefix = match (is_push, head.has(flag::PRIORITY)) {
                    (true, _) => 4,
                    (false, true) => 5,
                    (false, false) => 0,
                };
                let bytes = without_padding(head, payload).and_then(|it| it.get(prefix..));
                let bytes = bytes.ok_or("padding")?.to_vec();
                self.extend_block(from_client, head, Block { head, bytes, first }, last, facts)
            }
            kind::CONTINUATION => {
                let Some(mut block) = direction.block.take() else {
                    // Its beginning was in a hole.
                    return if direction.lossy { Ok(()) } else { Err("no header block") };
                };
                block.bytes.extend(payload);
                self.extend_block(from_client, head, block, last, facts)
            }
            kind::SETTINGS => {
                if !head.has(flag::ACK) {
                    if from_client && let Some(setup) = &mut self.setup {
                        setup.settings(payload);
                    }
                    self.settings(from_client, payload);
                }
                Ok(())
            }
            kind::WINDOW_UPDATE if from_client && head.stream == 0 => {
                if let Some(setup) = &mut self.setup {
                    setup.window_update(payload);
                }
                Ok(())
            }
            kind::PRIORITY if from_client => {
                if let Some(setup) = &mut self.setup {
                    setup.priority(head.stream, payload);
                }
                Ok(())
            }
            kind::RST_STREAM => {
                self.streams.reset(head.stream, last.packets.last.timestamp, facts);
                Ok(())
            }
            kind::GOAWAY if !from_client => {
                let last = u32_at(payload, 0).unwrap_or_default() & 0x7fff_ffff;
                self.streams.refuse_behind(last, facts);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What one side says it takes: so may the other send.
    fn settings(&mut self, from_client: bool, payload: &[u8]) {
        let other = self.direction(!from_client);
        if let Some(size) = setup::table_size(payload) {
            other.decoder.allow(size);
        }
        if let Some(length) = setup::max_frame(payload) {
            other.reader.allow(length);
        }
    }

    /// A header block has grown by this frame.
    fn extend_block(
        &mut self,
        from_client: bool,
        head: Head,
        block: Block,
        last: Origin,
        facts: &mut Vec<Fact>,
    ) -> Result<(), &'static str> {
        if block.bytes.len() > HTTP_BLOCK_BYTES {
            return Err("header block too long");
        }
        let direction = self.direction(from_client);
        if !head.has(flag::END_HEADERS) {
            direction.block = Some(block);
            return Ok(());
        }
        let mut fields = Fields::default();
        let read = direction.decoder.read(&block.bytes, |field| fields.take(field));
        read.map_err(Fault::word)?;
        if fields.dropped && !std::mem::replace(&mut self.told_fields, true) {
            facts.push(Fact::weird(
                WeirdKind::HttpFieldsDropped,
                format!("stream {}", block.head.stream),
            ));
        }
        // What the server promises to push is not followed.
        if block.head.kind == kind::HEADERS {
            if from_client && block.head.stream.is_multiple_of(2) {
                return Err("stream of the client with an even number");
            }
            self.headers(from_client, &block, fields, last, facts);
        }
        Ok(())
    }

    /// A header block of a stream is complete.
    fn headers(
        &mut self,
        from_client: bool,
        block: &Block,
        fields: Fields,
        last: Origin,
        facts: &mut Vec<Fact>,
    ) {
        let id = block.head.stream;
        let ends = block.head.has(flag::END_STREAM);
        if from_client && let Some(setup) = self.setup.take() {
            self.streams.set_up(setup.finish());
        }
        // Where a stream is new, its request comes; or its response, where packets of the client
        // are missing so far. What the server began itself is not followed.
        let is_new = id > self.last_stream && (!from_client || fields.has_pseudo());
        if is_new && !id.is_multiple_of(2) {
            self.streams.open(id);
        }
        if from_client {
            self.last_stream = self.last_stream.max(id);
        }
        let at = span(block.first, last);
        self.streams.with(id, facts, |stream, index| {
            if stream.has_begun(from_client) {
                stream.trailers(from_client, fields, at);
            } else if !from_client {
                stream.response(fields, at, ends);
            } else if fields.has_pseudo() {
                stream.request(fields, *index, at, block.first.early_data);
                *index = index.saturating_add(1);
            }
            if ends {
                stream.end(from_client);
            }
        });
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(&mut self, from_client: bool, length: Option<u32>, facts: &mut Vec<Fact>) {
        match self.direction(from_client).reader.gap(length) {
            Hole::Content { stream, ends } => self.streams.with(stream, facts, |stream, _| {
                stream.lose_content(from_client);
                if ends {
                    stream.end(from_client);
                }
            }),
            Hole::Nothing => {}
            Hole::Unknown => self.lose(from_client, facts),
        }
    }

    /// It is not known what was sent in one direction, and where it goes on.
    fn lose(&mut self, from_client: bool, facts: &mut Vec<Fact>) {
        self.direction(from_client).lose();
        self.streams.lose(from_client, facts);
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(mut self, end: SessionEnd, facts: &mut Vec<Fact>) {
        let closed = matches!(end, SessionEnd::Closed | SessionEnd::Reset { .. });
        let why = if closed { Incomplete::Closed } else { Incomplete::Cut };
        self.streams.give_out_all(why, facts);
    }
}
