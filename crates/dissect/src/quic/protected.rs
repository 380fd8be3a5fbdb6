//! Handshake packets, opened with the secrets of a key log (RFC 9001 sections 5 and 4.1.4): what is
//! in their CRYPTO frames and how they close the connection.

use super::crypto_stream::CryptoStream;
use super::facts::{QuicClose, QuicFacts};
use super::frame::{Frame, frames};
use super::keys::{DirectionKeys, Role};
use crate::limits::QUIC_WAITING_BYTES;
use crate::tls::KeyLog;
use crate::tls::keylog::Label;
use crate::tls::pieces::Added;
use crate::tls::protection::Suite;

/// A packet that waits for its keys: its sender, itself, and where its number begins.
pub(super) type Waiting = (Role, Vec<u8>, usize);

/// Both directions' Handshake packets.
#[derive(Debug, Default)]
pub(super) struct Protected {
    client: Side,
    server: Side,
    /// The keys were looked up.
    unlocked: bool,
    /// Packets that came before the ServerHello: it lies in the same datagram as the first ones.
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    /// Holds one packet while it is opened.
    scratch: Vec<u8>,
}

/// What one side sends.
#[derive(Debug, Default)]
struct Side {
    /// All that may be right, until one opened a packet.
    keys: Vec<DirectionKeys>,
    stream: CryptoStream,
    opened: bool,
    failed: bool,
}

impl Protected {
    /// Looks up the keys. Gives back the packets that waited for them.
    pub(super) fn unlock(
        &mut self,
        log: &KeyLog,
        client_random: &[u8; 32],
        suite: Suite,
        version: u32,
    ) -> Vec<Waiting> {
        let keys = |label| {
            let secrets = log.secrets(client_random, label);
            secrets.filter_map(|secret| DirectionKeys::derive(version, suite, secret)).collect()
        };
        self.client.keys = keys(Label::ClientHandshakeTraffic);
        self.server.keys = keys(Label::ServerHandshakeTraffic);
        self.unlocked = true;
        std::mem::take(&mut self.waiting)
    }

    /// Reads a packet, or keeps it for later. Says whether there are new CRYPTO bytes.
    pub(super) fn packet(
        &mut self,
        sender: Role,
        packet: &[u8],
        number_offset: usize,
        facts: &mut QuicFacts,
    ) -> bool {
        if !self.unlocked {
            let total = self.waiting_bytes.saturating_add(packet.len());
            if total <= QUIC_WAITING_BYTES && !packet.is_empty() {
                self.waiting_bytes = total;
                self.waiting.push((sender, packet.to_vec(), number_offset));
            }
            return false;
        }
        let side = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        let mut opened = None;
        for (at, keys) in side.keys.iter_mut().enumerate() {
            if let Some(payload) = keys.open(packet, number_offset, &mut self.scratch) {
                opened = Some((at, payload));
                break;
            }
        }
        let Some((at, payload)) = opened else {
            side.failed |= !packet.is_empty() && !side.keys.is_empty();
            return false;
        };
        if !side.opened {
            side.keys.swap(0, at);
            side.keys.truncate(1);
            side.opened = true;
        }
        let mut grew = false;
        for frame in frames(self.scratch.get(payload).unwrap_or_default()) {
            match frame {
                Frame::Close { error_code } => {
                    let from_client = sender == Role::Client;
                    facts.close.get_or_insert(QuicClose { from_client, error_code });
                }
                Frame::Crypto { offset, data } => {
                    grew |= side.stream.add(offset, data) == Added::Grew;
                }
            }
        }
        grew
    }

    /// Contiguous bytes of one side that were not consumed.
    pub(super) fn crypto(&self, of_client: bool) -> &[u8] {
        if of_client { self.client.stream.unread() } else { self.server.stream.unread() }
    }

    /// Drops bytes from the beginning of [`Self::crypto`].
    pub(super) fn consume(&mut self, of_client: bool, count: usize) {
        let side = if of_client { &mut self.client } else { &mut self.server };
        side.stream.consume(count);
    }

    /// Whether there are keys for the server's packets, and none of them opened one.
    pub(super) const fn has_wrong_keys(&self) -> bool {
        self.server.failed && !self.server.opened
    }
}
