//! Handshake packets, opened with the secrets of a key log (RFC 9001 sections 5 and 4.1.4): what is
//! in their CRYPTO frames and how they close the connection.

use super::crypto_stream::CryptoStream;
use super::facts::{QuicClose, QuicFacts};
use super::frame::{Frame, handshake_frames};
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
    /// Packets that came before their keys: the ServerHello, with which keys are looked up, lies in
    /// the same datagram as the first ones, and a log that grows may bring them later.
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
    /// Looks up the keys that are not known to be right yet. Gives back the packets that waited for them.
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
        for (side, label) in [
            (&mut self.client, Label::ClientHandshakeTraffic),
            (&mut self.server, Label::ServerHandshakeTraffic),
        ] {
            if !side.opened {
                side.keys = keys(label);
            }
        }
        self.waiting_bytes = 0;
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
        let side = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        if side.keys.is_empty() {
            let total = self.waiting_bytes.saturating_add(packet.len());
            if total <= QUIC_WAITING_BYTES && !packet.is_empty() {
                self.waiting_bytes = total;
                self.waiting.push((sender, packet.to_vec(), number_offset));
            }
            return false;
        }
        let mut opened = None;
        for (at, keys) in side.keys.iter_mut().enumerate() {
            if let Some(payload) = keys.open(packet, number_offset, &mut self.scratch) {
                opened = Some((at, payload));
                break;
            }
        }
        let Some((at, payload)) = opened else {
            side.failed |= !packet.is_empty();
            return false;
        };
        if !side.opened {
            side.keys.swap(0, at);
            side.keys.truncate(1);
            side.opened = true;
        }
        let mut grew = false;
        for frame in handshake_frames(self.scratch.get(payload).unwrap_or_default()) {
            match frame {
                Frame::Close { error_code } => {
                    let from_client = sender == Role::Client;
                    facts.close.get_or_insert(QuicClose { from_client, error_code });
                }
                Frame::Crypto { offset, data } => {
                    grew |= side.stream.add(offset, data) == Added::Grew;
                }
                _ => {}
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

    /// Whether packets of both sides can be opened.
    pub(super) const fn is_unlocked(&self) -> bool {
        !self.client.keys.is_empty() && !self.server.keys.is_empty()
    }

    /// Whether there are keys for the server's packets, and none of them opened one.
    pub(super) const fn has_wrong_keys(&self) -> bool {
        self.server.failed && !self.server.opened
    }
}

#[cfg(test)]
mod tests {
    use super::super::seal::{crypto, handshake};
    use super::super::{QuicHandshake, header};
    use super::*;

    const RANDOM: [u8; 32] = [5; 32];
    const CLIENT: [u8; 32] = [1; 32];
    const SERVER: [u8; 32] = [2; 32];

    fn lines(client: &[u8], server: &[u8]) -> String {
        let lines = [("CLIENT", client), ("SERVER", server)].map(|(side, secret)| {
            let (random, secret) = (crate::hex(&RANDOM), crate::hex(secret));
            format!("{side}_HANDSHAKE_TRAFFIC_SECRET {random} {secret}\n")
        });
        lines.concat()
    }

    fn log(client: &[u8], server: &[u8]) -> KeyLog {
        KeyLog::parse(lines(client, server).as_bytes())
    }

    /// Three packets: two of the server in the wrong order, and the client's CONNECTION_CLOSE.
    fn packets(version: u32) -> [(bool, Vec<u8>); 3] {
        [
            (false, handshake(version, &SERVER, 1, &crypto(3, b"defgh"))),
            (false, handshake(version, &SERVER, 0, &crypto(0, b"abcd"))),
            (true, handshake(version, &CLIENT, 0, &[0x1c, 0x41, 0x30, 6, 0, 0, 0, 0])),
        ]
    }

    fn unlocked_at(at: usize, version: u32, log: &KeyLog) -> QuicHandshake {
        let mut quic = QuicHandshake::new();
        quic.keep_protected();
        for (position, (from_client, packet)) in packets(version).iter().enumerate() {
            if position == at {
                quic.unlock(log, &RANDOM, Suite::Aes128Gcm);
            }
            quic.datagram(*from_client, packet);
        }
        quic.unlock(log, &RANDOM, Suite::Aes128Gcm);
        quic
    }

    #[test]
    fn packets_before_and_after_the_keys_are_read() {
        let log = log(&CLIENT, &SERVER);
        for version in [1, 0x6b33_43cf] {
            assert!(header::long_packet(&packets(version)[0].1).is_ok());
            for at in 1..=3 {
                let mut quic = unlocked_at(at, version, &log);
                assert_eq!(quic.protected_crypto(false), b"abcdefgh", "{version:#x}, {at}");
                quic.consume_protected(false, 6);
                assert_eq!(quic.protected_crypto(false), b"gh");
                let close = QuicClose { from_client: true, error_code: 0x0130 };
                assert_eq!(quic.facts().close, Some(close));
                assert!(!quic.has_wrong_keys());
            }
        }
    }

    #[test]
    fn wrong_keys_are_noticed_and_absent_ones_are_not() {
        let quic = unlocked_at(1, 1, &log(&[8; 32], &[9; 32]));
        assert!(quic.has_wrong_keys() && quic.protected_crypto(false).is_empty());
        let quic = unlocked_at(1, 1, &KeyLog::default());
        assert!(!quic.has_wrong_keys() && quic.facts().close.is_none());
        let mut both = log(&[8; 32], &[9; 32]);
        both.read(lines(&CLIENT, &SERVER).as_bytes());
        assert_eq!(unlocked_at(1, 1, &both).protected_crypto(false), b"abcdefgh");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut protected = Protected::default();
        let packet = vec![0xe0; 1200];
        for _ in 0..100 {
            protected.packet(Role::Server, &packet, 20, &mut QuicFacts::default());
        }
        assert_eq!(protected.waiting.len(), QUIC_WAITING_BYTES / 1200);
    }
}
