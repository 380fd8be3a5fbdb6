//! What a QUIC connection carries, where there are keys: HTTP/3 in its streams.
//!
//! All that comes before the client's first 1-RTT packet waits for it: by then the whole handshake
//! was read, and with it whether the server took early data, which protocol it chose, and who the
//! client is. Packets also wait for keys that a growing log has not brought yet.

use std::sync::Arc;

use crate::http::Connection;
use crate::http::h3::Http3Connection;
use crate::limits::QUIC_HELD_BYTES;
use crate::packet::PacketRef;
use crate::quic::Beyond;
use crate::quic::application::Application;
use crate::quic::streams::{StreamEvent, StreamEventKind};
use crate::record::Fact;
use crate::session::{Session, SessionEnd};
use crate::tls::KeyLog;
use crate::weird::WeirdKind;

/// The inside of a connection.
#[derive(Debug, Default)]
pub(super) struct QuicInside {
    pub(super) application: Application,
    held: Vec<Held>,
    pub(super) held_bytes: usize,
    /// A packet found no place among the held ones.
    full: bool,
    /// The client sent 1-RTT packets: the handshake is complete.
    pub(super) confirmed: bool,
    feed: Feed,
}

/// A packet that waits.
#[derive(Debug)]
struct Held {
    from_client: bool,
    /// Version, and where the number begins, of a 0-RTT packet.
    early: Option<(u32, usize)>,
    bytes: Box<[u8]>,
    at: PacketRef,
}

impl QuicInside {
    /// Keeps a packet for later. False if there is no place for it.
    pub(super) fn hold(&mut self, from_client: bool, packet: Beyond<'_>, at: PacketRef) -> bool {
        let (early, bytes) = match packet {
            Beyond::Early { version, packet, number_offset } => {
                (Some((version, number_offset)), packet)
            }
            Beyond::Short(packet) => (None, packet),
        };
        let total = self.held_bytes.saturating_add(bytes.len()).saturating_add(size_of::<Held>());
        if total > QUIC_HELD_BYTES {
            self.full = true;
            return false;
        }
        self.held_bytes = total;
        self.held.push(Held { from_client, early, bytes: bytes.into(), at });
        true
    }

    /// The flow's direction turned out to be the other one with this datagram.
    pub(super) fn turn(&mut self, at: PacketRef) {
        let newest = self.held.iter_mut().rev().take_while(|held| held.at.number == at.number);
        newest.for_each(|held| held.from_client = !held.from_client);
    }

    /// Another attempt began with this datagram.
    pub(super) fn restart(&mut self, at: PacketRef, facts: &mut Vec<Fact>) {
        let mut before = std::mem::take(self);
        before.held.retain(|held| held.at.number == at.number);
        let bytes =
            before.held.iter().map(|held| held.bytes.len().saturating_add(size_of::<Held>()));
        self.held_bytes = bytes.sum();
        self.held = std::mem::take(&mut before.held);
        if let Some(http) = before.feed.http.take() {
            http.finish(SessionEnd::Established, facts);
        }
    }

    /// Whether packets can be read as they come.
    pub(super) const fn is_ready(&self) -> bool {
        (self.confirmed && self.application.has_all_keys())
            || (self.full && self.application.has_keys())
    }

    /// Whether there is nothing in it that is read: another protocol than HTTP/3.
    pub(super) fn is_of_no_use(&self) -> bool {
        self.feed.is_http == Some(false)
    }

    /// Reads the packets that waited.
    pub(super) fn release(
        &mut self,
        keys: Option<&KeyLog>,
        session: &Session,
        facts: &mut Vec<Fact>,
    ) {
        // Where the answer to the client's wish is not known, early data is read all the same: what
        // a server refuses comes again, and is the same.
        let extensions = session.encrypted_extensions.as_ref();
        let taken = extensions.is_none_or(|extensions| extensions.value.early_data);
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        let early = held.iter().find_map(|held| held.early).filter(|_| taken);
        let hello = session.client_hello.as_ref();
        if let (Some((version, _)), Some(log), Some(hello)) = (early, keys, hello) {
            self.application.look_up_early(log, &hello.value.random, version);
        }
        let Self { application, feed, .. } = self;
        let mut sink = |event: StreamEvent<'_>| feed.take(event, session, facts);
        for Held { from_client, early, bytes, at } in held {
            match early {
                None => drop(application.short(from_client, &bytes, at, &mut sink)),
                Some((_, number_offset)) if taken && from_client => {
                    application.early(&bytes, number_offset, at, &mut sink);
                }
                Some(_) => {}
            }
        }
        self.note_dropped(facts);
    }

    /// Reads a 1-RTT packet. Says whether it could be opened.
    pub(super) fn short(
        &mut self,
        from_client: bool,
        packet: &[u8],
        at: PacketRef,
        session: &Session,
        facts: &mut Vec<Fact>,
    ) -> bool {
        let Self { application, feed, .. } = self;
        let mut sink = |event: StreamEvent<'_>| feed.take(event, session, facts);
        let opened = application.short(from_client, packet, at, &mut sink);
        self.note_dropped(facts);
        opened
    }

    fn note_dropped(&mut self, facts: &mut Vec<Fact>) {
        if self.application.has_dropped() && !self.feed.told_dropped {
            self.feed.told_dropped = true;
            let kind = WeirdKind::HttpStreamsDropped;
            facts.push(Fact::weird(kind, "QUIC"));
        }
    }

    /// The connection is over.
    pub(super) fn finish(
        &mut self,
        end: SessionEnd,
        keys: Option<&KeyLog>,
        session: &Session,
        facts: &mut Vec<Fact>,
    ) {
        if self.application.has_keys() {
            self.release(keys, session, facts);
        }
        let Self { application, feed, .. } = self;
        application.finish(&mut |event| feed.take(event, session, facts));
        if let Some(http) = feed.http.take() {
            http.finish(end, facts);
        }
    }
}

/// Whom streams are given to.
#[derive(Debug, Default)]
struct Feed {
    /// Whether the protocol is HTTP/3, once that had to be known.
    is_http: Option<bool>,
    http: Option<Http3Connection>,
    /// Somebody told that streams were dropped.
    told_dropped: bool,
}

impl Feed {
    fn take(&mut self, event: StreamEvent<'_>, session: &Session, facts: &mut Vec<Fact>) {
        if !*self.is_http.get_or_insert_with(|| speaks_http(session)) {
            return;
        }
        let http = self.http.get_or_insert_with(|| {
            let session = Some(Arc::new(session.clone()));
            Http3Connection::new(Connection { session, ..Connection::default() })
        });
        let before = facts.len();
        let StreamEvent { stream, from_client, kind } = event;
        match kind {
            StreamEventKind::Data(bytes, fin, origin) => {
                http.data((stream, from_client), (bytes, fin), origin, facts);
            }
            StreamEventKind::Gap(length) => http.gap((stream, from_client), length, facts),
            StreamEventKind::Reset { stop } => http.reset((stream, from_client), stop, facts),
        }
        let dropped = |fact: &Fact| matches!(fact, Fact::Weird(weird) if weird.kind == WeirdKind::HttpStreamsDropped);
        self.told_dropped |= facts.iter().skip(before).any(dropped);
    }
}

/// Whether the protocol is HTTP/3 (or a draft of it): what the server chose, or else what the client
/// wants most.
fn speaks_http(session: &Session) -> bool {
    let wanted = || session.client_hello.as_ref()?.value.offer.alpn.first().map(Vec::as_slice);
    session.alpn().or_else(wanted).is_some_and(|protocol| protocol.starts_with(b"h3"))
}
