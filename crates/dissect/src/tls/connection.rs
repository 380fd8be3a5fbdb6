//! One TLS connection over TCP: two record layers and the session they make.
//!
//! Where there are keys for a direction of TLS 1.3, its records are opened and what is in them is
//! exact. Where there are none, lengths and order tell what is probable.

use super::alert::Alert;
use super::client_hello::ClientHello;
use super::decrypt::{Decryption, Direction, Epoch, Opened, is_decryptable};
use super::protection::Suite;
use super::record_layer::{Item, RecordReader, content};
use super::registry::TlsVersion;
use super::session_builder::{SessionBuilder, Surroundings, message};
use crate::ciphertext::Ciphertext;
use crate::origin::Origin;
use crate::packet::{PacketRef, PacketSpan};
use crate::session::{Carrier, Prelude, Session, SessionEnd};
use crate::weird::WeirdKind;

/// An encrypted Finished of TLS 1.3 is this long at least: 4 + 32 bytes of SHA-256, content type
/// and 16 bytes of tag (RFC 8446 sections 4.4.4 and 5.2). An encrypted alert is shorter.
const SHORTEST_FINISHED: u16 = 53;

/// Who takes in what encrypted records of application data hold, as far as there are keys.
pub(crate) trait Inside {
    /// The next bytes of one direction.
    fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        origin: Origin,
        session: &Session,
        around: &mut Surroundings<'_>,
    );

    /// Bytes of one direction are missing; nobody knows how many.
    fn gap(&mut self, from_client: bool, around: &mut Surroundings<'_>);
}

/// State of a connection.
#[derive(Debug)]
pub(crate) struct TlsConnection {
    builder: SessionBuilder,
    client: RecordReader,
    server: RecordReader,
    progress: Progress,
    /// Keys, once there are some for the connection.
    decryption: Option<Box<Decryption>>,
    /// The session was told as ended; what goes on is read for what is inside.
    told: bool,
}

/// What was seen of the handshake's encrypted end.
#[derive(Debug, Default)]
struct Progress {
    client_finished: bool,
    server_finished: bool,
}

impl TlsConnection {
    pub(crate) fn new(preludes: Vec<Prelude>) -> Self {
        Self {
            builder: SessionBuilder::new(Carrier::Tcp, preludes),
            client: RecordReader::default(),
            server: RecordReader::default(),
            progress: Progress::default(),
            decryption: None,
            told: false,
        }
    }

    /// The handshake began with a hello in an SSL 2.0 record.
    pub(crate) fn ssl2_hello(
        &mut self,
        record: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        self.builder.client_hello(ClientHello::parse_ssl2(record), packets, around);
    }

    /// The next bytes of one direction.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        at: PacketRef,
        inside: &mut dyn Inside,
        around: &mut Surroundings<'_>,
    ) {
        let Self { builder, client, server, progress, decryption, .. } = self;
        let (reader, other) = if from_client { (client, server) } else { (server, client) };
        let mut turn = Turn { builder, progress, decryption, other, from_client, inside };
        reader.data(bytes, at, &mut |reader, item| turn.item(reader, item, around));
        if self.builder.is_spent() && !self.told {
            self.told = true;
            self.builder.end(SessionEnd::Established, around);
        }
    }

    /// Bytes of one direction are missing.
    pub(crate) fn gap(
        &mut self,
        from_client: bool,
        length: u32,
        inside: &mut dyn Inside,
        around: &mut Surroundings<'_>,
    ) {
        if from_client {
            self.client.gap(length);
            self.builder.session_mut().client_gap = true;
        } else {
            self.server.gap(length);
            self.builder.lost_server_bytes();
        }
        let direction = self.decryption.as_mut().and_then(|keys| keys.of(from_client).as_mut());
        if let Some(direction) = direction {
            direction.lose();
            inside.gap(from_client, around);
        }
    }

    /// The session is told, and there are no keys: nothing but lengths is left to see.
    pub(crate) fn is_over(&self) -> bool {
        let directions = self.decryption.as_ref().map(|keys| (&keys.client, &keys.server));
        self.told && !matches!(directions, Some((Some(_), _) | (_, Some(_))))
    }

    /// The connection is over.
    pub(crate) fn finish(mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if !self.told {
            self.builder.end(end, around);
        }
    }
}

/// What the bytes of one direction do to the connection.
struct Turn<'a> {
    builder: &'a mut SessionBuilder,
    progress: &'a mut Progress,
    decryption: &'a mut Option<Box<Decryption>>,
    /// The reader of the other direction.
    other: &'a mut RecordReader,
    from_client: bool,
    inside: &'a mut dyn Inside,
}

impl Turn<'_> {
    fn item(&mut self, reader: &mut RecordReader, item: Item<'_>, around: &mut Surroundings<'_>) {
        let from_client = self.from_client;
        match item {
            Item::Handshake(kind, body, packets) => {
                self.builder.message(from_client, kind, body, packets, around);
                match (kind, from_client) {
                    (message::CLIENT_HELLO, true) => self.offered(reader, around),
                    (message::SERVER_HELLO, false) => self.negotiated(reader, around),
                    _ => {}
                }
            }
            Item::Alert(level, description, packets) => {
                self.builder.alert(Alert { from_client, level, description }, packets);
            }
            Item::ChangeCipherSpec => changed_cipher(self.builder, reader, from_client),
            Item::Encrypted(kind, length, at) => {
                self.ciphertext(kind, length, at, None);
                encrypted(self.builder, self.progress, from_client, kind, length);
            }
            Item::Sealed(head, body, packets) => self.sealed(reader, head, body, packets, around),
            Item::TooLong(_) => self.too_long(item, around),
            Item::Malformed => around.weird(WeirdKind::TlsRecordMalformed, ""),
        }
    }

    /// The client said hello: early data may follow at once.
    fn offered(&mut self, reader: &mut RecordReader, around: &Surroundings<'_>) {
        let (Some(log), Some(hello)) = (around.keys, &self.builder.session().client_hello) else {
            return;
        };
        if hello.value.early_data && self.decryption.is_none() {
            let early = Direction::early(log, &hello.value.random);
            if early.is_some() {
                reader.collect(true);
                *self.decryption = Some(Box::new(Decryption { client: early, server: None }));
            }
        }
    }

    /// The server chose: from here on its records are encrypted, and soon the client's.
    fn negotiated(&mut self, reader: &mut RecordReader, around: &Surroundings<'_>) {
        let session = self.builder.session();
        let (Some(log), Some(client), Some(server)) =
            (around.keys, &session.client_hello, &session.server_hello)
        else {
            return;
        };
        let version = server.value.version();
        let suite = Suite::of(server.value.cipher_suite).filter(|_| is_decryptable(version));
        let Some(suite) = suite else {
            // The client offered early data, and the server speaks another version.
            self.other.collect(false);
            return *self.decryption = None;
        };
        if self.decryption.as_ref().is_some_and(|keys| keys.server.is_some()) {
            return;
        }
        let mut keys = self.decryption.take().unwrap_or_default();
        keys.negotiate(log, &client.value.random, suite, client.value.early_data);
        reader.collect(keys.server.is_some());
        self.other.collect(keys.client.is_some());
        if keys.server.is_some() || keys.client.is_some() {
            *self.decryption = Some(keys);
        }
    }

    /// An encrypted record for which there may be a key.
    fn sealed(
        &mut self,
        reader: &mut RecordReader,
        head: [u8; 5],
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        let from_client = self.from_client;
        let kind = head.first().copied().unwrap_or_default();
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
        let held = self.decryption.as_mut().map(|keys| keys.of(from_client));
        let Some(slot) = held else { return };
        let Some(mut direction) = slot.take() else { return };
        match direction.open(&head, body) {
            Opened::Plain(inner, content, epoch) => {
                self.ciphertext(kind, length, packets.first, Some(inner));
                if self.plain(reader, inner, content, epoch, packets, around) {
                    direction.advance();
                }
            }
            Opened::NoKey => {
                self.ciphertext(kind, length, packets.first, None);
                if !direction.has_key() {
                    encrypted(self.builder, self.progress, from_client, kind, length);
                }
            }
            Opened::BadMac => {
                let side = if from_client { "client" } else { "server" };
                around.weird(WeirdKind::BadRecordMac, format!("{side}, {length} bytes"));
                self.ciphertext(kind, length, packets.first, None);
                encrypted(self.builder, self.progress, from_client, kind, length);
                if !from_client {
                    self.builder.lost_key();
                }
                return reader.collect(false);
            }
        }
        if !direction.has_key() {
            return reader.collect(false);
        }
        if let Some(keys) = self.decryption.as_mut() {
            *keys.of(from_client) = Some(direction);
        }
    }

    /// The content of an opened record. Gives back whether its sender goes on to other keys.
    fn plain(
        &mut self,
        reader: &mut RecordReader,
        inner: u8,
        content: &[u8],
        epoch: Epoch,
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let from_client = self.from_client;
        match inner {
            content::ALERT => {
                for alert in content.chunks_exact(2) {
                    if let &[level, description] = alert {
                        self.builder.alert(Alert { from_client, level, description }, packets);
                    }
                }
                false
            }
            content::APPLICATION_DATA => {
                let early_data = epoch == Epoch::EarlyData;
                if !early_data {
                    self.builder.application_record(from_client);
                }
                let origin = Origin { packets, early_data };
                let session = self.builder.session();
                self.inside.data(from_client, content, origin, session, around);
                false
            }
            content::HANDSHAKE => {
                let mut advances = false;
                reader.handshake_bytes(content, packets, &mut |_, item| match item {
                    Item::Handshake(kind, body, packets) => {
                        advances |= self.protected_message(kind, body, packets, around);
                    }
                    other => self.too_long(other, around),
                });
                advances
            }
            _ => false,
        }
    }

    fn protected_message(
        &mut self,
        kind: u8,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) -> bool {
        self.builder.protected_message(self.from_client, kind, body, packets, around);
        match kind {
            message::FINISHED if self.from_client => {
                self.progress.client_finished = true;
                self.builder.session_mut().established = true;
            }
            message::FINISHED => self.progress.server_finished = true,
            _ => {}
        }
        matches!(kind, message::END_OF_EARLY_DATA | message::FINISHED | message::KEY_UPDATE)
    }

    fn too_long(&mut self, item: Item<'_>, around: &mut Surroundings<'_>) {
        if let Item::TooLong(kind) = item {
            around.weird(WeirdKind::HandshakeTooLong, format!("type {kind}"));
            if !self.from_client && kind == message::CERTIFICATE {
                self.builder.lost_server_bytes();
            }
        }
    }

    fn ciphertext(&mut self, content_type: u8, length: u16, at: PacketRef, inner: Option<u8>) {
        let from_client = self.from_client;
        let seen = Ciphertext { from_client, content_type, length, at, inner_type: inner };
        self.builder.ciphertext(seen);
    }
}

/// In TLS 1.3 the message means nothing (RFC 8446 section 5); before, encryption begins with it.
/// Where the version is not known, the server's side was not captured, and encryption is the
/// better guess: all that could follow in the clear is a second ClientHello.
fn changed_cipher(builder: &mut SessionBuilder, reader: &mut RecordReader, from_client: bool) {
    let tls13 = builder.version().is_some_and(TlsVersion::is_tls13);
    if tls13 || builder.session().retry_request.is_some() {
        return;
    }
    reader.encrypt();
    if !from_client {
        builder.server_changed_cipher();
    }
}

fn encrypted(
    builder: &mut SessionBuilder,
    progress: &mut Progress,
    from_client: bool,
    kind: u8,
    length: u16,
) {
    let tls13 = builder.version().is_some_and(TlsVersion::is_tls13);
    let finished =
        if from_client { &mut progress.client_finished } else { &mut progress.server_finished };
    let application = if tls13 {
        // The server's encrypted flight ends when the client's Finished is there; the client's
        // first encrypted record behind the ServerHello holds it.
        if from_client && !*finished {
            *finished = length >= SHORTEST_FINISHED;
            false
        } else {
            progress.client_finished
        }
    } else {
        *finished |= kind == content::HANDSHAKE;
        progress.client_finished && progress.server_finished
    };
    let both = progress.client_finished && (tls13 || progress.server_finished);
    builder.session_mut().established |= both;
    if application && kind == content::APPLICATION_DATA {
        builder.application_record(from_client);
    }
}
