//! One QUIC connection as a session: the hellos out of its Initial packets, with a key log the rest
//! of the handshake out of its Handshake packets, and whether packets protected with the negotiated
//! keys follow.

use crate::limits::HANDSHAKE_BYTES;
use crate::packet::{PacketRef, PacketSpan};
use crate::quic::QuicHandshake;
use crate::session::{Carrier, Observed, Reason, SessionEnd};
use crate::tls::KeyLog;
use crate::tls::alert::Alert;
use crate::tls::keylog::Label;
use crate::tls::protection::Suite;
use crate::tls::reader::message_header;
use crate::tls::session_builder::{SessionBuilder, Surroundings};
use crate::weird::WeirdKind;

/// TLS alerts travel as connection errors 0x0100 to 0x01ff (RFC 9001 section 4.8).
const CRYPTO_ERROR: u64 = 0x0100;

/// In which packets a message lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Level {
    Initial,
    Handshake,
}

/// State of a connection.
#[derive(Debug)]
pub(crate) struct QuicConnection {
    handshake: QuicHandshake,
    builder: SessionBuilder,
    /// First packet with bytes of the message being read, per side and kind of packet.
    first: [Option<PacketRef>; 4],
    /// Both hellos are there; what is left is to see the client go on.
    hellos_done: bool,
    /// There are keys for Handshake packets, and they were handed on.
    unlocked: bool,
    over: bool,
    close_noted: bool,
}

impl QuicConnection {
    pub(crate) fn new(version: u32) -> Self {
        Self {
            handshake: QuicHandshake::new(),
            builder: SessionBuilder::new(Carrier::Quic { version }, Vec::new()),
            first: [None; 4],
            hellos_done: false,
            unlocked: false,
            over: false,
            close_noted: false,
        }
    }

    /// The next datagram. Gives back whether this told that the flow's server is the client.
    pub(crate) fn datagram(
        &mut self,
        from_client: bool,
        payload: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let was_reversed = self.handshake.is_reversed();
        let short = payload.first().is_some_and(|byte| byte & 0xc0 == 0x40);
        if self.hellos_done && (short || !self.unlocked) {
            if short && from_client {
                // A client sends 1-RTT packets once it has the server's Finished.
                self.builder.session_mut().established = true;
                self.over = true;
            }
            return false;
        }
        if around.keys.is_some() {
            self.handshake.keep_protected();
        }
        // The handshake goes by the flow's first direction, the flow by the corrected one.
        let progress = self.handshake.datagram(from_client != was_reversed, payload);
        if let Some(version) = self.handshake.version() {
            self.builder.session_mut().carrier = Carrier::Quic { version };
        }
        if progress.restarted {
            self.restart(around);
        }
        if progress.crypto {
            for of_client in [true, false] {
                self.messages(of_client, Level::Initial, at, around);
            }
        }
        let unlocks = !self.unlocked && self.unlock(around.keys);
        if progress.protected || unlocks {
            for of_client in [true, false] {
                self.messages(of_client, Level::Handshake, at, around);
            }
        }
        let facts = self.handshake.facts();
        self.builder.session_mut().early_data |= facts.zero_rtt_packets > 0;
        if let (Some(close), false) = (facts.close, self.close_noted) {
            self.close_noted = true;
            if let Some(description) = alert_of(close.error_code) {
                let alert = Alert { from_client: close.from_client, level: 2, description };
                self.builder.alert(alert, PacketSpan::one(at));
            }
        }
        let session = self.builder.session();
        self.hellos_done = session.client_hello.is_some() && session.server_hello.is_some();
        self.over = self.handshake.is_done() && !self.hellos_done;
        self.handshake.is_reversed() != was_reversed
    }

    /// Hands on the keys of Handshake packets, once both hellos are there.
    fn unlock(&mut self, keys: Option<&KeyLog>) -> bool {
        let session = self.builder.session();
        let (Some(log), Some(client), Some(server)) =
            (keys, &session.client_hello, &session.server_hello)
        else {
            return false;
        };
        let random = &client.value.random;
        let labels = [Label::ClientHandshakeTraffic, Label::ServerHandshakeTraffic];
        let any = labels.iter().any(|label| log.secrets(random, *label).next().is_some());
        match Suite::of(server.value.cipher_suite).filter(|_| any) {
            Some(suite) => self.handshake.unlock(log, random, suite),
            None => self.handshake.drop_protected(),
        }
        self.unlocked = any;
        any
    }

    /// Another attempt began (another version, or another connection of the same addresses): the
    /// hello of the one before was for nothing, unless it was answered.
    fn restart(&mut self, around: &mut Surroundings<'_>) {
        let builder = SessionBuilder::new(self.builder.session().carrier, Vec::new());
        let mut before = std::mem::replace(&mut self.builder, builder);
        if self.hellos_done {
            before.end(SessionEnd::Established, around);
        }
        self.first = [None; 4];
        self.hellos_done = false;
        self.unlocked = false;
    }

    /// Reads the complete messages of one side.
    fn messages(
        &mut self,
        of_client: bool,
        level: Level,
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) {
        let [client_first, server_first, client_second, server_second] = &mut self.first;
        let slot = match (level, of_client) {
            (Level::Initial, true) => client_first,
            (Level::Initial, false) => server_first,
            (Level::Handshake, true) => client_second,
            (Level::Handshake, false) => server_second,
        };
        loop {
            let bytes = match level {
                Level::Initial => self.handshake.crypto(of_client),
                Level::Handshake => self.handshake.protected_crypto(of_client),
            };
            if bytes.is_empty() {
                return;
            }
            let first = *slot.get_or_insert(at);
            let Some((kind, length)) = message_header(bytes) else { return };
            if length > HANDSHAKE_BYTES {
                around.weird(WeirdKind::HandshakeTooLong, format!("type {kind}"));
                self.over = true;
                return;
            }
            let end = length.saturating_add(4);
            let Some(body) = bytes.get(4..end) else { return };
            let packets = PacketSpan { first, last: at };
            match level {
                Level::Initial => {
                    self.builder.message(of_client, kind, body, packets, around);
                    self.handshake.consume(of_client, end);
                }
                Level::Handshake => {
                    self.builder.protected_message(of_client, kind, body, packets, around);
                    self.handshake.consume_protected(of_client, end);
                }
            }
            *slot = None;
        }
    }

    /// Nothing more can be learned without keys.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// How it ended, if it is over.
    pub(crate) const fn end(&self) -> SessionEnd {
        if self.hellos_done { SessionEnd::Established } else { SessionEnd::TimedOut }
    }

    /// The connection is over.
    pub(crate) fn finish(mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        let facts = self.handshake.facts();
        let unread = facts.initial_packets == 0 && facts.undecryptable > 0;
        if unread {
            let version = self.handshake.version().unwrap_or_default();
            around.weird(WeirdKind::QuicInitialUndecryptable, format!("version {version:#010x}"));
        }
        let closed = facts.close.is_some();
        if self.handshake.has_wrong_keys() {
            around.weird(WeirdKind::BadRecordMac, "server, Handshake packet");
            self.builder.lost_key();
        }
        let session = self.builder.session_mut();
        // Everything behind the ServerHello is encrypted, whether or not it was reached.
        if session.certificates.seen().is_none() && session.server_hello.is_none() {
            session.certificates = Observed::NotObservable(Reason::Tls13Encrypted);
        }
        let end = if closed { SessionEnd::Closed } else { end };
        self.builder.end(end, around);
    }
}

/// The TLS alert that a connection error stands for.
fn alert_of(error_code: u64) -> Option<u8> {
    error_code.checked_sub(CRYPTO_ERROR).and_then(|alert| u8::try_from(alert).ok())
}
