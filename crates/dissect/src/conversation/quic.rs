//! One QUIC connection as a session: the hellos out of its Initial packets, with a key log the rest
//! of the handshake out of its Handshake packets, and whether packets protected with the negotiated
//! keys follow. That ends the session; with keys the connection is read on for what is inside.

use super::quic_inside::QuicInside;
use crate::limits::{HANDSHAKE_BYTES, QUIC_KEYLESS_DATAGRAMS};
use crate::packet::{PacketRef, PacketSpan};
use crate::quic::application::NamedId;
use crate::quic::{Beyond, QuicClose, QuicHandshake};
use crate::record::Fact;
use crate::session::{Carrier, Observed, Reason, SessionEnd};
use crate::tls::KeyLog;
use crate::tls::alert::Alert;
use crate::tls::protection::Suite;
use crate::tls::reader::message_header;
use crate::tls::session_builder::{SessionBuilder, Surroundings};
use crate::weird::WeirdKind;

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
    /// Both hellos are there; what is left, without keys, is to see the client go on.
    hellos_done: bool,
    /// What the handshake protects, where there is a key log.
    inside: Option<Box<QuicInside>>,
    /// Secrets that the key log held when it was last asked.
    asked: Option<usize>,
    /// The session was told as ended; what goes on is read for what is inside.
    told: bool,
    /// Datagrams since the hellos while there were no keys.
    keyless: u32,
    over: bool,
    close_noted: bool,
    /// Wrong keys were told.
    wrong_noted: bool,
}

impl QuicConnection {
    pub(crate) fn new(version: u32) -> Self {
        Self {
            handshake: QuicHandshake::new(),
            builder: SessionBuilder::new(Carrier::Quic { version }, Vec::new()),
            first: [None; 4],
            hellos_done: false,
            inside: None,
            asked: None,
            told: false,
            keyless: 0,
            over: false,
            close_noted: false,
            wrong_noted: false,
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
        let first = payload.first().copied().unwrap_or_default();
        let short = first & 0xc0 == 0x40;
        // Peers may agree to use the fixed bit as they like (RFC 9287); what opens is right.
        if self.hellos_done && (short || self.inside.is_some() && first & 0x80 == 0) {
            self.short(from_client, payload, at, around);
            return false;
        }
        if around.keys.is_some() {
            self.handshake.keep_protected();
            self.inside.get_or_insert_default();
        } else if self.hellos_done {
            return false;
        }
        let inside = &mut self.inside;
        let mut beyond = |packet: Beyond<'_>| {
            if let Some(inside) = inside {
                inside.hold(from_client, packet, at);
            }
        };
        // The handshake goes by the flow's first direction, the flow by the corrected one.
        let progress =
            self.handshake.datagram_with(from_client != was_reversed, payload, &mut beyond);
        let turned = self.handshake.is_reversed() != was_reversed;
        if let (Some(inside), true) = (&mut self.inside, turned) {
            inside.turn(at);
        }
        if progress.restarted {
            self.restart(at, around);
        }
        if let Some(version) = self.handshake.version() {
            let carrier = Carrier::Quic { version };
            if self.builder.session().carrier != carrier {
                self.builder.session_mut().carrier = carrier;
            }
        }
        if progress.crypto {
            for of_client in [true, false] {
                self.messages(of_client, Level::Initial, at, around);
            }
        }
        let unlocks = self.look_up(around.keys);
        if progress.protected || unlocks {
            self.protected_messages(at, around);
        }
        let facts = self.handshake.facts();
        if facts.zero_rtt_packets > 0 && !self.builder.session().early_data {
            self.builder.session_mut().early_data = true;
        }
        self.note_close(facts.close, at);
        let session = self.builder.session();
        self.hellos_done = session.client_hello.is_some() && session.server_hello.is_some();
        self.read_on(at, around);
        self.over |= self.handshake.is_done() && !self.hellos_done;
        turned
    }

    /// A datagram that begins with a short header, behind the hellos.
    fn short(
        &mut self,
        from_client: bool,
        payload: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) {
        if self.look_up(around.keys) {
            self.protected_messages(at, around);
        }
        let goes_on = from_client && payload.first().is_some_and(|first| first & 0x40 != 0);
        if goes_on && !self.told {
            // A client sends 1-RTT packets once it has the server's Finished.
            self.builder.session_mut().established = true;
            self.tell(SessionEnd::Established, around);
        }
        let Some(inside) = &mut self.inside else {
            self.over |= goes_on;
            return;
        };
        inside.confirmed |= goes_on;
        if inside.is_ready() {
            self.read_on(at, around);
            self.open(from_client, payload, at, around);
        } else {
            inside.hold(from_client, Beyond::Short(payload), at);
            self.keyless = self.keyless.saturating_add(1);
            self.over |= self.told && self.keyless >= QUIC_KEYLESS_DATAGRAMS;
            self.read_on(at, around);
        }
    }

    /// A datagram of a flow that may be this connection under another address. Says whether it is.
    pub(crate) fn elsewhere(
        &mut self,
        from_client: bool,
        payload: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let ready = self.inside.as_ref().is_some_and(|inside| inside.is_ready());
        ready && self.open(from_client, payload, at, around)
    }

    /// Connection ids that the connection goes by since the last call, and whether they name the
    /// server.
    pub(crate) fn take_new_ids(&mut self) -> Vec<NamedId> {
        match &mut self.inside {
            Some(inside) if inside.application.has_opened() => inside.application.take_new_ids(),
            _ => Vec::new(),
        }
    }

    /// For tests: what packets that wait hold.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.inside.as_ref().map_or(0, |inside| inside.held_bytes)
    }

    /// Opens a 1-RTT packet, for which there are keys.
    fn open(
        &mut self,
        from_client: bool,
        packet: &[u8],
        at: PacketRef,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let Some(inside) = &mut self.inside else { return false };
        let session = self.builder.session();
        let opened = inside.short(from_client, packet, at, session, around.facts);
        self.note_end(at);
        opened
    }

    /// Reads what waited, if it can be read now.
    fn read_on(&mut self, at: PacketRef, around: &mut Surroundings<'_>) {
        let Some(inside) = &mut self.inside else { return };
        if inside.is_ready() {
            inside.release(around.keys, self.builder.session(), around.facts);
            self.note_end(at);
        }
    }

    /// Looks whether 1-RTT packets ended the connection, or will never open.
    fn note_end(&mut self, at: PacketRef) {
        let Some(inside) = &self.inside else { return };
        let close = inside.application.close();
        if inside.application.has_opened() {
            self.handshake.settle();
        }
        let useless = inside.application.is_hopeless() || inside.is_of_no_use();
        self.over |= close.is_some() || self.told && useless;
        self.note_close(close, at);
    }

    /// Notes the alert of a CONNECTION_CLOSE.
    fn note_close(&mut self, close: Option<QuicClose>, at: PacketRef) {
        if let (Some(close), false) = (close, self.close_noted) {
            self.close_noted = true;
            if let Some(description) = close.alert_description() {
                let alert = Alert { from_client: close.from_client, level: 2, description };
                self.builder.alert(alert, PacketSpan::one(at));
            }
        }
    }

    /// Looks for keys once both hellos are there, and again whenever the key log has grown. Says
    /// whether Handshake packets may open that waited.
    fn look_up(&mut self, keys: Option<&KeyLog>) -> bool {
        let session = self.builder.session();
        let (Some(log), Some(client), Some(server), Some(inside)) =
            (keys, &session.client_hello, &session.server_hello, &mut self.inside)
        else {
            return false;
        };
        if self.asked == Some(log.len()) {
            return false;
        }
        self.asked = Some(log.len());
        let Some(suite) = Suite::of(server.value.cipher_suite) else {
            self.inside = None;
            return false;
        };
        let random = &client.value.random;
        let application = &mut inside.application;
        for of_client in [true, false] {
            if let Some(id) = self.handshake.id(of_client) {
                application.add_id(id, !of_client);
            }
        }
        if let (false, Some(version)) =
            (application.has_all_keys(), self.handshake.negotiated_version())
        {
            application.look_up(log, random, suite, version);
        }
        let locked = !self.handshake.is_unlocked();
        if locked {
            self.handshake.unlock(log, random, suite);
        }
        locked
    }

    /// Another attempt began (another version, or another connection of the same addresses): the
    /// hello of the one before was for nothing, unless it was answered.
    fn restart(&mut self, at: PacketRef, around: &mut Surroundings<'_>) {
        let builder = SessionBuilder::new(self.builder.session().carrier, Vec::new());
        let mut before = std::mem::replace(&mut self.builder, builder);
        if let Some(inside) = &mut self.inside {
            inside.restart(at, around.facts);
        }
        if self.hellos_done && !self.told {
            before.end(SessionEnd::Established, around);
        }
        self.first = [None; 4];
        self.hellos_done = false;
        self.asked = None;
        self.told = false;
        self.keyless = 0;
        self.close_noted = false;
    }

    /// Reads the complete messages of Handshake packets. Once the session was told, it is told no
    /// more.
    fn protected_messages(&mut self, at: PacketRef, around: &mut Surroundings<'_>) {
        let before = around.facts.len();
        for of_client in [true, false] {
            self.messages(of_client, Level::Handshake, at, around);
        }
        if self.told {
            let new = around.facts.split_off(before.min(around.facts.len()));
            around.facts.extend(new.into_iter().filter(|fact| matches!(fact, Fact::Weird(_))));
        }
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
        let inside_close = self.inside.as_ref().and_then(|inside| inside.application.close());
        let closed = self.handshake.facts().close.is_some() || inside_close.is_some();
        let end = if closed { SessionEnd::Closed } else { end };
        if let Some(mut inside) = self.inside.take() {
            inside.finish(end, around.keys, self.builder.session(), around.facts);
            if let (Some(side), false) = (inside.application.locked(), self.wrong_noted) {
                self.wrong_noted = true;
                around.weird(WeirdKind::BadRecordMac, format!("{side}, 1-RTT packet"));
            }
        }
        self.tell(end, around);
    }

    /// Tells the session as ended, once.
    fn tell(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let facts = self.handshake.facts();
        let unread = facts.initial_packets == 0 && facts.undecryptable > 0;
        if unread {
            let version = self.handshake.version().unwrap_or_default();
            around.weird(WeirdKind::QuicInitialUndecryptable, format!("version {version:#010x}"));
        }
        let closed = facts.close.is_some();
        if self.handshake.has_wrong_keys() && !self.wrong_noted {
            self.wrong_noted = true;
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
