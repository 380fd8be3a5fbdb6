//! One flow's QUIC handshake: datagrams in, CRYPTO bytes out.
//!
//! The keys of both sides follow from the destination connection id of the client's first Initial
//! packet. They change when the server sends a Retry (then the client's next one counts), and
//! when the version changes: after Version Negotiation the client starts over, in compatible
//! version negotiation (RFC 9368) the same connection id gives the keys of the other version. All
//! these cases are one here: a packet is tried with the keys that are known, then with those
//! that it could have. What opens is right, since the packet is authenticated.
//!
//! Handshake packets need secrets that only a key log has ([`super::protected`]).

use std::ops::Range;

use super::crypto_stream::{CryptoStream, Hello};
use super::facts::{QuicClose, QuicFacts, QuicProgress};
use super::frame::{Frame, handshake_frames};
use super::header::{HeaderError, LongPacket, PacketKind, long_packet};
use super::keys::{InitialKeys, Role};
use super::protected::Protected;
use super::retry;
use crate::tls::KeyLog;
use crate::tls::pieces::Added;
use crate::tls::protection::Suite;
use crate::tls::reader::Reader;

/// Datagrams of one flow that are looked at before the handshake is given up. A handshake with
/// losses and retransmissions takes about twenty; a flow joined in its middle never ends.
pub const MAX_DATAGRAMS: u32 = 128;

/// Sets of keys kept per flow: the first, those after a Retry, and each in a second version.
const MAX_KEY_SETS: usize = 4;

/// Datagrams kept that came before the client's Initial: a server's first flight has two to four.
const MAX_UNREAD: usize = 4;

/// Longest of them: QUIC's datagrams fit into an Ethernet frame.
const MAX_UNREAD_LENGTH: usize = 1_500;

/// Packets read from one datagram. RFC 9000 section 12.2 has use for four.
const MAX_COALESCED: usize = 16;

/// Versions kept of a Version Negotiation packet. Servers offer about five.
const MAX_OFFERED: usize = 32;

/// Packets of a datagram that do not belong to the handshake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beyond<'a> {
    /// 0-RTT: the whole packet, and where its number begins.
    Early { version: u32, packet: &'a [u8], number_offset: usize },
    /// 1-RTT: all the rest of the datagram.
    Short(&'a [u8]),
}

/// The handshake of one flow.
#[derive(Debug, Default)]
pub struct QuicHandshake {
    keys: Vec<InitialKeys>,
    client: CryptoStream,
    server: CryptoStream,
    facts: QuicFacts,
    /// Version of the newest opened Initial, else of the first long header.
    version: Option<u32>,
    /// Source connection id of a Retry: the client's next Initial continues under it.
    retried: Option<Vec<u8>>,
    /// Version of the server's newest Initial that could be opened.
    server_version: Option<u32>,
    /// A Version Negotiation packet came: the client's next Initial in another version starts over.
    negotiating: bool,
    /// No other attempt is expected.
    settled: bool,
    /// The flow's server is the QUIC client: the capture begins with its peer's packet.
    reversed: bool,
    datagrams: u32,
    /// Datagrams from before the client's first Initial, which captures of several interfaces may
    /// have in the wrong order, and in which direction they went.
    unread: Vec<(bool, Vec<u8>)>,
    /// A limit was reached.
    given_up: bool,
    /// Connection ids that the client and the server chose for themselves.
    ids: [Option<Vec<u8>>; 2],
    /// Handshake packets, if there are secrets for them.
    protected: Option<Box<Protected>>,
    /// Holds one packet while it is opened.
    scratch: Vec<u8>,
}

impl QuicHandshake {
    /// A flow of which nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants Handshake packets too: they are kept until [`Self::unlock`] brings their keys.
    pub(crate) fn keep_protected(&mut self) {
        self.protected.get_or_insert_default();
    }

    /// The connection id that a side chose for itself: it is what short headers to it begin with.
    pub(crate) fn id(&self, of_client: bool) -> Option<&[u8]> {
        let [client, server] = &self.ids;
        if of_client { client } else { server }.as_deref()
    }

    /// Packets behind the handshake were opened, which proves that both sides speak: an Initial of
    /// somebody else, whose keys anybody can make, does not start over from here on.
    pub(crate) const fn settle(&mut self) {
        self.settled = true;
    }

    /// Opens Handshake packets with the secrets of a key log, also those that came already.
    pub(crate) fn unlock(&mut self, log: &KeyLog, client_random: &[u8; 32], suite: Suite) {
        let Some(version) = self.negotiated_version() else { return };
        let Some(mut protected) = self.protected.take() else { return };
        let waiting = protected.unlock(log, client_random, suite, version);
        for (sender, packet, number_offset) in waiting {
            protected.packet(sender, &packet, number_offset, &mut self.facts);
        }
        self.protected = Some(protected);
    }

    /// As [`Self::crypto`], of the Handshake packets.
    pub(crate) fn protected_crypto(&self, of_client: bool) -> &[u8] {
        self.protected.as_ref().map(|protected| protected.crypto(of_client)).unwrap_or_default()
    }

    /// As [`Self::consume`], of the Handshake packets.
    pub(crate) fn consume_protected(&mut self, of_client: bool, count: usize) {
        if let Some(protected) = &mut self.protected {
            protected.consume(of_client, count);
        }
    }

    /// Whether there are keys for the Handshake packets of both sides.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.protected.as_ref().is_some_and(|protected| protected.is_unlocked())
    }

    /// Whether Handshake packets come for which there are keys that do not open them.
    pub(crate) fn has_wrong_keys(&self) -> bool {
        self.protected.as_ref().is_some_and(|protected| protected.has_wrong_keys())
    }

    /// Reads one UDP payload. `from_client` is the flow's direction; see [`Self::is_reversed`].
    pub fn datagram(&mut self, from_client: bool, payload: &[u8]) -> QuicProgress {
        self.datagram_with(from_client, payload, &mut |_| ())
    }

    /// The same; `beyond` gets what does not belong to the handshake.
    pub(crate) fn datagram_with(
        &mut self,
        from_client: bool,
        payload: &[u8],
        beyond: &mut dyn FnMut(Beyond<'_>),
    ) -> QuicProgress {
        let mut progress = QuicProgress::default();
        self.datagrams = self.datagrams.saturating_add(1);
        let mut rest = payload;
        for _ in 0..MAX_COALESCED {
            match long_packet(rest) {
                Ok(packet) => {
                    self.packet(from_client, &packet, &mut progress);
                    if let PacketKind::ZeroRtt { packet: bytes, number_offset } = packet.kind
                        && !bytes.is_empty()
                    {
                        let version = packet.version;
                        beyond(Beyond::Early { version, packet: bytes, number_offset });
                    }
                    rest = packet.rest;
                }
                Err(HeaderError::Cut) => {
                    progress.undecryptable = progress.undecryptable.saturating_add(1);
                    break;
                }
                // A short header, or padding behind the last packet: the rest is 1-RTT.
                Err(HeaderError::NotLong) => {
                    // Padding is zero. The fixed bit tells less: peers may agree to use it as they
                    // like (RFC 9287).
                    if rest.first().is_some_and(|first| *first != 0) {
                        beyond(Beyond::Short(rest));
                    }
                    break;
                }
            }
        }
        self.facts.undecryptable = self.facts.undecryptable.saturating_add(progress.undecryptable);
        if self.keys.is_empty() {
            let room = self.unread.len() < MAX_UNREAD && payload.len() <= MAX_UNREAD_LENGTH;
            if progress.undecryptable > 0 && room {
                self.unread.push((from_client, payload.to_vec()));
            }
        } else if !self.unread.is_empty() {
            self.read_again(&mut progress);
        }
        if self.is_done() {
            self.scratch = Vec::new();
        }
        progress
    }

    /// Reads what came before the client's Initial, whose keys are known now.
    fn read_again(&mut self, progress: &mut QuicProgress) {
        for (from_client, payload) in std::mem::take(&mut self.unread) {
            let before = self.facts.undecryptable;
            let again = self.datagram_with(from_client, &payload, &mut |_| ());
            if again.undecryptable == 0 {
                self.facts.undecryptable = before.saturating_sub(1);
            } else {
                self.facts.undecryptable = before;
            }
            progress.crypto |= again.crypto;
            progress.protected |= again.protected;
        }
    }

    /// The version in use: that of the newest Initial that could be read, else that of the first
    /// long header. `None` before either.
    pub const fn version(&self) -> Option<u32> {
        self.version
    }

    /// The version of what both sides send behind the hellos: the server decides, also where the
    /// client began with another (RFC 9368 section 2.3).
    pub(crate) fn negotiated_version(&self) -> Option<u32> {
        self.server_version.or(self.version)
    }

    /// Contiguous CRYPTO bytes of the QUIC client or server that were not consumed yet: TLS
    /// handshake messages with their four-byte headers.
    pub fn crypto(&self, of_client: bool) -> &[u8] {
        if of_client { self.client.unread() } else { self.server.unread() }
    }

    /// Drops `count` bytes from the beginning of [`Self::crypto`].
    pub fn consume(&mut self, of_client: bool, count: usize) {
        if of_client { self.client.consume(count) } else { self.server.consume(count) }
    }

    /// Whether nothing more is to be learned: both hellos are complete, the connection was closed,
    /// or a limit was reached.
    pub fn is_done(&self) -> bool {
        let hellos =
            self.client.hello() == Hello::Complete && self.server.hello() == Hello::Complete;
        hellos || self.given_up || self.facts.close.is_some() || self.datagrams >= MAX_DATAGRAMS
    }

    /// Whether the flow's server turned out to be the QUIC client. [`Self::crypto`] always speaks
    /// of QUIC's roles.
    pub const fn is_reversed(&self) -> bool {
        self.reversed
    }

    /// What else was seen.
    pub const fn facts(&self) -> &QuicFacts {
        &self.facts
    }

    /// Reads one packet of a datagram.
    fn packet(&mut self, from_client: bool, packet: &LongPacket<'_>, progress: &mut QuicProgress) {
        if packet.version != 0 {
            self.version.get_or_insert(packet.version);
        }
        match packet.kind {
            PacketKind::CutInitial => {
                progress.undecryptable = progress.undecryptable.saturating_add(1);
                // It still names the keys of the answer.
                if self.keys.is_empty() && self.role(from_client) == Role::Client {
                    self.keys.extend(InitialKeys::derive(packet.version, packet.destination));
                }
            }
            PacketKind::Handshake { packet: bytes, number_offset } => {
                let sender = self.role(from_client);
                if let Some(protected) = &mut self.protected {
                    progress.protected |=
                        protected.packet(sender, bytes, number_offset, &mut self.facts);
                }
            }
            PacketKind::Initial { packet: bytes, number_offset } => {
                let mut scratch = std::mem::take(&mut self.scratch);
                let initial = Initial { version: packet.version, bytes, number_offset };
                let opened =
                    self.open(from_client, &initial, packet.destination, &mut scratch, progress);
                if let Some((sender, payload)) = opened {
                    self.version = Some(packet.version);
                    let [client, server] = &mut self.ids;
                    let id = if sender == Role::Client { client } else { server };
                    if sender == Role::Server {
                        self.server_version = Some(packet.version);
                    }
                    id.get_or_insert_with(|| packet.source.to_vec());
                    self.facts.initial_packets = self.facts.initial_packets.saturating_add(1);
                    let payload = scratch.get(payload).unwrap_or_default();
                    self.read_frames(sender, payload, progress);
                } else {
                    progress.undecryptable = progress.undecryptable.saturating_add(1);
                }
                self.scratch = scratch;
            }
            PacketKind::Retry { packet: bytes } => self.retry(packet, bytes),
            PacketKind::UnknownVersion => progress.unknown_version = Some(packet.version),
            PacketKind::VersionNegotiation { versions } => {
                let mut versions = Reader::new(versions);
                let offered = std::iter::from_fn(|| versions.u32()).take(MAX_OFFERED);
                self.facts.offered_versions = offered.collect();
                self.negotiating = true;
            }
            PacketKind::ZeroRtt { .. } => {
                self.facts.zero_rtt_packets = self.facts.zero_rtt_packets.saturating_add(1);
            }
        }
    }

    /// Which of the two sides sends in this direction of the flow.
    const fn role(&self, from_client: bool) -> Role {
        if from_client != self.reversed { Role::Client } else { Role::Server }
    }

    /// Takes the protection off an Initial packet. Says who sent it and where in `scratch` its
    /// payload is, or `None` if no keys fit.
    fn open(
        &mut self,
        from_client: bool,
        initial: &Initial<'_>,
        destination: &[u8],
        scratch: &mut Vec<u8>,
        progress: &mut QuicProgress,
    ) -> Option<(Role, Range<usize>)> {
        let sender = self.role(from_client);
        let known = self.keys.iter_mut().rev().filter(|keys| keys.version == initial.version);
        for keys in known {
            if let Some(payload) = initial.open(keys, sender, scratch) {
                return Some((sender, payload));
            }
        }
        if self.settled {
            return None;
        }
        let other_versions = self.keys.iter().filter(|keys| keys.version != initial.version);
        let ids: Vec<Vec<u8>> = other_versions.map(|keys| keys.destination.clone()).collect();
        for id in ids {
            if let Some((keys, payload)) = self.open_with(initial, &id, sender, scratch) {
                if self.negotiating && sender == Role::Client {
                    self.restart(progress);
                }
                self.keep(keys);
                return Some((sender, payload));
            }
        }
        // A client's own packet names the keys. So does the very first one, whoever sent it: a
        // capture can begin in the middle, and then the flow's direction is a guess.
        if sender == Role::Server && !self.keys.is_empty() {
            return None;
        }
        let (keys, payload) = self.open_with(initial, destination, Role::Client, scratch)?;
        self.reversed = !from_client;
        if self.facts.initial_packets > 0 && self.retried.as_deref() != Some(destination) {
            self.restart(progress);
        }
        self.keep(keys);
        Some((Role::Client, payload))
    }

    /// Opens a packet with keys made from `id`, unless there are such keys already.
    fn open_with(
        &self,
        initial: &Initial<'_>,
        id: &[u8],
        sender: Role,
        scratch: &mut Vec<u8>,
    ) -> Option<(InitialKeys, Range<usize>)> {
        let tried = |keys: &InitialKeys| keys.version == initial.version && keys.destination == id;
        if self.keys.iter().any(tried) {
            return None;
        }
        let mut keys = InitialKeys::derive(initial.version, id)?;
        let payload = initial.open(&mut keys, sender, scratch)?;
        Some((keys, payload))
    }

    /// Keeps keys that opened a packet.
    fn keep(&mut self, keys: InitialKeys) {
        if self.keys.len() >= MAX_KEY_SETS {
            self.keys.remove(0);
        }
        // Nearly always the only ones, and a kilobyte of them.
        self.keys.reserve_exact(1);
        self.keys.push(keys);
    }

    /// Forgets the attempt so far: another one begins.
    fn restart(&mut self, progress: &mut QuicProgress) {
        self.keys.clear();
        self.client = CryptoStream::default();
        self.server = CryptoStream::default();
        self.retried = None;
        self.ids = [None, None];
        self.server_version = None;
        self.negotiating = false;
        self.protected = self.protected.take().map(|_| Box::default());
        progress.restarted = true;
    }

    /// Reads the frames of an opened Initial packet.
    fn read_frames(&mut self, sender: Role, payload: &[u8], progress: &mut QuicProgress) {
        for frame in handshake_frames(payload) {
            match frame {
                Frame::Close { error_code } => {
                    let from_client = sender == Role::Client;
                    self.facts.close.get_or_insert(QuicClose { from_client, error_code });
                }
                Frame::Crypto { offset, data } => {
                    // After a Retry the client should say the same again (RFC 9000 section
                    // 17.2.5.2); of those that do not, the hello that is answered counts.
                    if sender == Role::Client
                        && self.retried.is_some()
                        && self.client.disagrees(offset, data)
                    {
                        self.client = CryptoStream::default();
                        progress.restarted = true;
                    }
                    let stream = match sender {
                        Role::Client => &mut self.client,
                        Role::Server => &mut self.server,
                    };
                    match stream.add(offset, data) {
                        Added::Grew => progress.crypto = true,
                        Added::Nothing => {}
                        Added::TooMuch => self.given_up = true,
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes a Retry that answers the client's last Initial.
    fn retry(&mut self, packet: &LongPacket<'_>, bytes: &[u8]) {
        let Some(keys) = self.keys.iter().rev().find(|keys| keys.version == packet.version) else {
            return;
        };
        if retry::is_genuine(packet.version, &keys.destination, bytes) != Some(false) {
            self.facts.retry = true;
            self.retried = Some(packet.source.to_vec());
        }
    }
}

/// An Initial packet with its protection on.
struct Initial<'a> {
    version: u32,
    /// The whole packet.
    bytes: &'a [u8],
    /// Where its packet number begins.
    number_offset: usize,
}

impl Initial<'_> {
    fn open(
        &self,
        keys: &mut InitialKeys,
        sender: Role,
        scratch: &mut Vec<u8>,
    ) -> Option<Range<usize>> {
        keys.open(sender, self.bytes, self.number_offset, scratch)
    }
}
