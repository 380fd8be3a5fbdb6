//! One request stream (RFC 9114 section 4.1): a request, and its response in the other direction.
//!
//! A field section that needs entries of QPACK's table which did not come yet waits, and so do those
//! behind it; content is taken in meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;

use super::frame::{FrameReader, Hole, is_of_http2, kind};
use super::qpack::{Decoder, Fault, Readiness};
use crate::http::fields::Fields;
use crate::http::stream::{Stream, span};
use crate::http::{Connection, HttpVersion, Incomplete};
use crate::limits::HTTP3_SECTION_BYTES;
use crate::origin::Origin;
use crate::packet::PacketSpan;
use crate::record::Fact;
use crate::weird::WeirdKind;

/// What all request streams of a connection need to be read.
pub(super) struct Around<'a> {
    /// Reads the field sections of the direction in question.
    pub(super) decoder: &'a Decoder,
    /// Index of the next request.
    pub(super) index: &'a mut u32,
    /// It was told that fields were dropped.
    pub(super) told_fields: &'a mut bool,
    pub(super) facts: &'a mut Vec<Fact>,
}

/// State of a stream.
#[derive(Debug)]
pub(super) struct RequestStream {
    /// Its messages, until they are given out, and if it has any.
    stream: Option<Stream>,
    /// Of the exchange, once its request came.
    index: Option<u32>,
    client: Half,
    server: Half,
}

/// What is read of one direction.
#[derive(Debug, Default)]
struct Half {
    reader: FrameReader,
    /// A HEADERS frame as far as it came.
    section: Section,
    /// Sections that cannot be read yet, and those behind them.
    waiting: VecDeque<Section>,
    /// Bytes that all of these hold.
    held: usize,
    part: Part,
    /// The head was read, and is the final one.
    has_head: bool,
    /// Where the last content was.
    reached: Option<PacketSpan>,
    /// Nothing more of it will be read.
    ended: bool,
    /// Nothing more of it will come.
    over: bool,
}

/// How far the frames of one direction are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    /// Nothing came.
    #[default]
    Start,
    /// A head came.
    Head,
    /// Content came.
    Content,
    /// Trailers came.
    Trailers,
}

/// An encoded field section.
#[derive(Debug, Default)]
struct Section {
    bytes: Vec<u8>,
    /// It was longer.
    cut: bool,
    first: Origin,
    last: Origin,
}

impl Section {
    fn cost(&self) -> usize {
        self.bytes.len().saturating_add(size_of::<Self>())
    }
}

impl Half {
    fn is_done(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }
}

impl RequestStream {
    pub(super) fn new() -> Self {
        Self {
            stream: Some(Stream::new(HttpVersion::Http3)),
            index: None,
            client: Half::default(),
            server: Half::default(),
        }
    }

    const fn half(&mut self, from_client: bool) -> &mut Half {
        if from_client { &mut self.client } else { &mut self.server }
    }

    /// Bytes that it holds.
    pub(super) fn held(&self) -> usize {
        let stream = self.stream.as_ref().map_or(0, Stream::held);
        stream.saturating_add(self.client.held).saturating_add(self.server.held)
    }

    /// Whether a section of this direction waits.
    pub(super) fn is_blocked(&self, from_client: bool) -> bool {
        let half = if from_client { &self.client } else { &self.server };
        !half.waiting.is_empty()
    }

    /// Whether there is a request in it that was not given out.
    pub(super) const fn has_request(&self) -> bool {
        self.stream.is_some() && self.index.is_some()
    }

    /// Whether its exchange is complete, as far as it will be, or its content none of HTTP.
    pub(super) fn is_done(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::opens_tunnel)
            || (self.client.is_done() && self.server.is_done())
    }

    /// Whether nothing more of it will come.
    pub(super) const fn is_over(&self) -> bool {
        self.client.over && self.server.over
    }

    /// The next bytes of one direction.
    pub(super) fn data(
        &mut self,
        from_client: bool,
        (bytes, fin): (&[u8], bool),
        origin: Origin,
        around: &mut Around<'_>,
    ) -> Result<(), &'static str> {
        let mut rest = bytes;
        while self.stream.is_some() {
            let half = self.half(from_client);
            let Some(piece) = half.reader.next(&mut rest) else { break };
            let begins = half.part == Part::Start;
            match piece.kind {
                kind::DATA => self.content(from_client, piece.payload, origin)?,
                kind::HEADERS => {
                    self.section(from_client, piece.first, piece.payload, origin)?;
                    if piece.last {
                        self.section_done(from_client, around)?;
                    }
                }
                kind::PUSH_PROMISE if !from_client => {}
                kind::WEBTRANSPORT_STREAM if begins => self.ignore(),
                kind::PUSH_PROMISE
                | kind::CANCEL_PUSH
                | kind::SETTINGS
                | kind::GOAWAY
                | kind::MAX_PUSH_ID => return Err("frame on a stream of the wrong kind"),
                kind if is_of_http2(kind) => return Err("frame of HTTP/2"),
                // Others are there so that nobody relies on their absence (section 9).
                _ => {}
            }
        }
        if fin {
            let half = self.half(from_client);
            half.over = true;
            half.ended = true;
            if self.stream.is_some() && !self.half(from_client).reader.is_between() {
                return Err("frame cut by the end of its stream");
            }
            self.end(from_client);
        }
        Ok(())
    }

    /// Some content.
    fn content(
        &mut self,
        from_client: bool,
        payload: &[u8],
        origin: Origin,
    ) -> Result<(), &'static str> {
        let half = self.half(from_client);
        match half.part {
            Part::Start => return Err("content without a head"),
            Part::Head => half.part = Part::Content,
            Part::Content => {}
            Part::Trailers => return Err("content behind trailers"),
        }
        half.reached = Some(origin.packets);
        if let Some(stream) = &mut self.stream {
            stream.expect_content(from_client);
            stream.content(from_client, payload, origin.packets);
        }
        Ok(())
    }

    /// Some of a HEADERS frame.
    fn section(
        &mut self,
        from_client: bool,
        first: bool,
        payload: &[u8],
        origin: Origin,
    ) -> Result<(), &'static str> {
        let half = self.half(from_client);
        if first {
            half.part = match half.part {
                Part::Start | Part::Head => Part::Head,
                Part::Content => Part::Trailers,
                Part::Trailers => return Err("head behind trailers"),
            };
            half.section = Section { first: origin, ..Section::default() };
            half.held = half.held.saturating_add(half.section.cost());
        }
        let section = &mut half.section;
        section.last = origin;
        let room = HTTP3_SECTION_BYTES.saturating_sub(section.bytes.len());
        section.cut |= payload.len() > room;
        let kept = payload.get(..room.min(payload.len())).unwrap_or_default();
        section.bytes.extend(kept);
        half.held = half.held.saturating_add(kept.len());
        Ok(())
    }

    /// A HEADERS frame is complete.
    fn section_done(
        &mut self,
        from_client: bool,
        around: &mut Around<'_>,
    ) -> Result<(), &'static str> {
        if from_client && self.index.is_none() {
            self.index = Some(*around.index);
            *around.index = around.index.saturating_add(1);
        }
        let half = self.half(from_client);
        let section = std::mem::take(&mut half.section);
        half.waiting.push_back(section);
        self.release(from_client, false, around)
    }

    /// Reads the sections that can be read (`force`: all of them, whatever they need).
    pub(super) fn release(
        &mut self,
        from_client: bool,
        force: bool,
        around: &mut Around<'_>,
    ) -> Result<(), &'static str> {
        while let Some(section) = self.half(from_client).waiting.front() {
            let readiness = around.decoder.readiness(&section.bytes).map_err(Fault::word)?;
            if readiness == Readiness::Blocked && !force {
                return Ok(());
            }
            let half = self.half(from_client);
            let Some(section) = half.waiting.pop_front() else { break };
            half.held = half.held.saturating_sub(section.cost());
            self.read(from_client, &section, around)?;
        }
        self.end(from_client);
        Ok(())
    }

    fn read(
        &mut self,
        from_client: bool,
        section: &Section,
        around: &mut Around<'_>,
    ) -> Result<(), &'static str> {
        let mut fields = Fields::default();
        let read = around.decoder.read(&section.bytes, section.cut, |field| fields.take(field));
        read.map_err(Fault::word)?;
        if (fields.dropped || section.cut) && !std::mem::replace(around.told_fields, true) {
            let detail = match self.index {
                Some(index) => format!("request {index}"),
                None => "response".to_owned(),
            };
            around.facts.push(Fact::weird(WeirdKind::HttpFieldsDropped, detail));
        }
        let at = span(section.first, section.last);
        let index = self.index.unwrap_or_default();
        let half = if from_client { &mut self.client } else { &mut self.server };
        let Some(stream) = &mut self.stream else { return Ok(()) };
        if half.has_head {
            stream.trailers(from_client, fields, at);
        } else if from_client {
            stream.request(fields, index, at, section.first.early_data);
            half.has_head = true;
        } else {
            stream.response(fields, at, false);
            half.has_head = stream.has_response();
        }
        if let Some(reached) = half.reached {
            stream.reaches(from_client, reached);
        }
        Ok(())
    }

    /// Tells the messages that one is complete, if it is.
    fn end(&mut self, from_client: bool) {
        if self.half(from_client).is_done()
            && let Some(stream) = &mut self.stream
        {
            stream.end(from_client);
        }
    }

    /// So many bytes of one direction are missing.
    pub(super) fn gap(&mut self, from_client: bool, length: u64) {
        let half = self.half(from_client);
        if half.ended {
            return;
        }
        match half.reader.gap(length) {
            Hole::Within { kind: kind::DATA, .. } if half.part != Part::Start => {
                if let Some(stream) = &mut self.stream {
                    stream.expect_content(from_client);
                    stream.lose_content(from_client);
                }
            }
            Hole::Within { kind, .. } if !matches!(kind, kind::DATA | kind::HEADERS) => {}
            _ => {
                half.reader.lose();
                half.ended = true;
                if let Some(stream) = &mut self.stream {
                    stream.lose(from_client);
                    stream.lacks(Incomplete::Gap);
                }
            }
        }
    }

    /// One direction was reset.
    pub(super) fn reset(&mut self, from_client: bool) {
        let half = self.half(from_client);
        let was_done = std::mem::replace(&mut half.ended, true);
        half.over = true;
        half.reader.lose();
        if let Some(stream) = self.stream.as_mut().filter(|_| !was_done) {
            stream.reset(from_client);
        }
    }

    /// Its content is none of HTTP.
    fn ignore(&mut self) {
        self.stream = None;
        for half in [&mut self.client, &mut self.server] {
            half.reader.lose();
            half.waiting.clear();
            half.section = Section::default();
            half.held = 0;
        }
    }

    /// Tells the exchange. `why` it is not whole, if it is not and there is no better reason.
    pub(super) fn give_out(
        &mut self,
        id: u64,
        why: Option<Incomplete>,
        connection: &Arc<Connection>,
        facts: &mut Vec<Fact>,
    ) {
        if let Some(stream) = self.stream.take() {
            let unanswered = (!stream.has_response()).then_some(Incomplete::Closed);
            stream.give_out(id, why.or(unanswered), connection, facts);
        }
        self.ignore();
    }
}
