//! Behind the handshake: 0-RTT and 1-RTT packets, opened with the secrets of a key log, and the
//! streams in them (RFC 9001 section 5, RFC 9000 sections 17.2.3 and 17.3.1).
//!
//! A short header does not say how long its connection id is; who reads must know the ids that its
//! receiver has given out, in its long headers and in NEW_CONNECTION_ID frames. Nor is a packet
//! wrong if it does not open: it may be of another connection, or a stateless reset.

use std::ops::Range;

use super::facts::QuicClose;
use super::frame::{Frame, frames};
use super::half::Sent;
use super::header::MAX_CONNECTION_ID;
use super::keys::DirectionKeys;
use super::phase::PhasedKeys;
use super::streams::{StreamEvent, StreamEventKind, Streams};
use crate::limits::{QUIC_CONNECTION_IDS, QUIC_UNOPENED_PACKETS};
use crate::origin::Origin;
use crate::packet::PacketRef;
use crate::tls::KeyLog;
use crate::tls::keylog::Label;
use crate::tls::protection::Suite;

/// For fuzzing: reads bytes as the plain payloads of 1-RTT packets, each behind two bytes: who sent
/// it and how many packets before it are missing, and its length. Gives back how many bytes came
/// out of the streams.
pub fn read_payloads(bytes: &[u8]) -> u64 {
    let (mut application, mut count, mut number) = (Application::default(), 0_u64, 0_u64);
    let mut sink = |event: StreamEvent<'_>| {
        if let StreamEventKind::Data(bytes, ..) = event.kind {
            count = count.saturating_add(u64::try_from(bytes.len()).unwrap_or_default());
        }
    };
    let mut rest = bytes;
    while let [head, length, behind @ ..] = rest {
        let (payload, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        number = number.saturating_add(1).saturating_add(u64::from(head >> 1));
        let from_client = head & 1 == 0;
        application.read_frames(from_client, number, payload, Origin::default(), &mut sink);
        rest = behind;
    }
    application.finish(&mut sink);
    count
}

/// A connection id, and whether it names the server.
pub(crate) type NamedId = (Vec<u8>, bool);

/// What comes behind the handshake.
#[derive(Debug, Default)]
pub(crate) struct Application {
    client: Side,
    server: Side,
    /// All keys of early data that may be right, until one opened a packet.
    early: Vec<DirectionKeys>,
    streams: Streams,
    close: Option<QuicClose>,
    /// Connection ids that nobody was told of yet.
    new_ids: Vec<NamedId>,
    /// Holds one packet while it is opened.
    scratch: Vec<u8>,
}

/// One side.
#[derive(Debug, Default)]
struct Side {
    /// All that may be right, until one opened a packet.
    keys: Vec<PhasedKeys>,
    opened: bool,
    /// Packets that these keys did not open, while they opened none.
    failed: u32,
    /// What the other side calls it, the newest last.
    ids: Vec<Vec<u8>>,
}

impl Side {
    fn look_up(
        &mut self,
        log: &KeyLog,
        label: Label,
        suite: Suite,
        random: &[u8; 32],
        version: u32,
    ) {
        if !self.opened {
            let secrets = log.secrets(random, label);
            self.keys = secrets.filter_map(|s| PhasedKeys::derive(version, suite, s)).collect();
        }
    }

    fn add_id(&mut self, id: &[u8]) -> bool {
        if id.len() > MAX_CONNECTION_ID || self.ids.iter().any(|known| known == id) {
            return false;
        }
        if self.ids.len() >= QUIC_CONNECTION_IDS {
            self.ids.remove(0);
        }
        self.ids.push(id.to_vec());
        true
    }

    /// Opens a packet that this side sent to `to`.
    fn open(
        &mut self,
        to: &Self,
        packet: &[u8],
        scratch: &mut Vec<u8>,
    ) -> Option<(u64, Range<usize>)> {
        let behind = packet.get(1..)?;
        let named = to.ids.iter().rev().find(|id| behind.starts_with(id)).map(Vec::len);
        // An id that was not seen is likely as long as the others.
        let length = named.or_else(|| to.ids.first().map(Vec::len)).unwrap_or_default();
        let number_offset = length.checked_add(1)?;
        let opened = self.keys.iter_mut().enumerate().find_map(|(at, keys)| {
            keys.open(packet, number_offset, scratch).map(|opened| (at, opened))
        });
        let Some((at, opened)) = opened else {
            if !self.keys.is_empty() && !self.opened {
                self.failed = self.failed.saturating_add(1);
            }
            return None;
        };
        if !self.opened {
            self.keys.swap(0, at);
            self.keys.truncate(1);
            self.opened = true;
        }
        Some(opened)
    }

    /// There are keys, and they open nothing.
    const fn is_locked(&self) -> bool {
        !self.opened && self.failed > 0
    }
}

impl Application {
    /// Looks up the keys of 1-RTT packets, and those of early data.
    pub(crate) fn look_up(
        &mut self,
        log: &KeyLog,
        client_random: &[u8; 32],
        suite: Suite,
        version: u32,
    ) {
        self.client.look_up(log, Label::ClientTraffic, suite, client_random, version);
        self.server.look_up(log, Label::ServerTraffic, suite, client_random, version);
    }

    /// Looks up the keys of early data: their suite is that of the session before, and their
    /// version the client's first one.
    pub(crate) fn look_up_early(&mut self, log: &KeyLog, client_random: &[u8; 32], version: u32) {
        let secrets = log.secrets(client_random, Label::ClientEarlyTraffic);
        self.early = secrets
            .flat_map(|secret| Suite::ALL.map(|suite| (suite, secret)))
            .filter_map(|(suite, secret)| DirectionKeys::derive(version, suite, secret))
            .collect();
    }

    /// Whether there is a key for 1-RTT packets.
    pub(crate) const fn has_keys(&self) -> bool {
        !self.client.keys.is_empty() || !self.server.keys.is_empty()
    }

    /// Whether there are keys for both sides.
    pub(crate) const fn has_all_keys(&self) -> bool {
        !self.client.keys.is_empty() && !self.server.keys.is_empty()
    }

    /// Which side's packets there are keys for that open none of them: the server's, if both.
    pub(crate) const fn locked(&self) -> Option<&'static str> {
        if self.server.is_locked() {
            Some("server")
        } else if self.client.is_locked() {
            Some("client")
        } else {
            None
        }
    }

    /// Whether nothing opens, and nothing will.
    pub(crate) const fn is_hopeless(&self) -> bool {
        !self.client.opened
            && !self.server.opened
            && self.client.failed.saturating_add(self.server.failed) >= QUIC_UNOPENED_PACKETS
    }

    /// Whether a packet was opened.
    pub(crate) const fn has_opened(&self) -> bool {
        self.client.opened || self.server.opened
    }

    /// CONNECTION_CLOSE, if one came.
    pub(crate) const fn close(&self) -> Option<QuicClose> {
        self.close
    }

    /// Whether streams were dropped since there were too many of them.
    pub(crate) const fn has_dropped(&self) -> bool {
        self.streams.has_dropped()
    }

    /// For tests: directions of streams that are followed.
    #[cfg(test)]
    pub(super) fn open_streams(&self) -> usize {
        self.streams.open()
    }

    /// For tests: what waits behind missing bytes.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.streams.held()
    }

    /// A side has given itself this connection id.
    pub(crate) fn add_id(&mut self, id: &[u8], of_server: bool) {
        let side = if of_server { &mut self.server } else { &mut self.client };
        if side.add_id(id) {
            self.new_ids.push((id.to_vec(), of_server));
        }
    }

    /// The connection ids that are new since the last call.
    pub(crate) fn take_new_ids(&mut self) -> Vec<NamedId> {
        std::mem::take(&mut self.new_ids)
    }

    /// Reads a 1-RTT packet. Says whether it could be opened.
    pub(crate) fn short(
        &mut self,
        from_client: bool,
        packet: &[u8],
        at: PacketRef,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Self { client, server, .. } = self;
        let (sender, receiver) = if from_client { (client, server) } else { (server, client) };
        let opened = sender.open(receiver, packet, &mut scratch);
        if let Some((number, payload)) = &opened {
            let payload = scratch.get(payload.clone()).unwrap_or_default();
            self.read_frames(from_client, *number, payload, at.into(), sink);
        }
        self.scratch = scratch;
        opened.is_some()
    }

    /// Reads a 0-RTT packet, which only a client sends.
    pub(crate) fn early(
        &mut self,
        packet: &[u8],
        number_offset: usize,
        at: PacketRef,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let opened = self.early.iter_mut().enumerate().find_map(|(index, keys)| {
            let opened = keys.open_numbered(packet, number_offset, &mut scratch)?;
            Some((index, opened))
        });
        if let Some((index, (number, payload))) = opened {
            self.early.swap(0, index);
            self.early.truncate(1);
            let payload = scratch.get(payload).unwrap_or_default();
            let origin = Origin { early_data: true, ..at.into() };
            self.read_frames(true, number, payload, origin, sink);
        }
        self.scratch = scratch;
    }

    /// Reads the frames of an opened packet. CRYPTO frames hold session tickets only.
    fn read_frames(
        &mut self,
        from_client: bool,
        number: u64,
        payload: &[u8],
        origin: Origin,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) {
        self.streams.packet(from_client, number);
        for frame in frames(payload) {
            match frame {
                Frame::Ack(acknowledged) => {
                    self.streams.acknowledged(!from_client, &acknowledged, sink);
                }
                Frame::Close { error_code } => {
                    self.close.get_or_insert(QuicClose { from_client, error_code });
                }
                Frame::Crypto { .. } => {}
                Frame::NewConnectionId { id } => self.add_id(id, !from_client),
                Frame::ResetStream { stream } => self.streams.reset(stream, from_client, sink),
                Frame::StopSending { stream } => Streams::stop(stream, from_client, sink),
                Frame::Stream { stream, offset, data, fin } => {
                    let sent = Sent { offset, bytes: data, fin, number, origin };
                    self.streams.data((stream, from_client), sent, sink);
                }
            }
        }
    }

    /// The connection is over: gives out what streams still hold.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        self.streams.finish(sink);
    }
}
