//! What comes out of the record layer of one direction, and what it does to the connection.

use super::alert::Alert;
use super::connection::{Inside, Progress, encrypted};
use super::decrypt::tls13;
use super::decrypt::{Direction, Epoch, Opened, Protection};
use super::decryption::Decryption;
use super::early::Fate;
use super::record_layer::{Item, RecordReader, content};
use super::session_builder::{SessionBuilder, Surroundings, message};
use super::waiting::Held;
use crate::ciphertext::Ciphertext;
use crate::origin::Origin;
use crate::packet::{PacketRef, PacketSpan};
use crate::weird::WeirdKind;

/// What the bytes of one direction do to the connection.
pub(super) struct Turn<'a> {
    pub(super) builder: &'a mut SessionBuilder,
    pub(super) progress: &'a mut Progress,
    pub(super) decryption: &'a mut Option<Box<Decryption>>,
    /// The reader of the other direction.
    pub(super) other: &'a mut RecordReader,
    pub(super) from_client: bool,
    pub(super) inside: &'a mut dyn Inside,
}

impl Turn<'_> {
    pub(super) fn item(
        &mut self,
        reader: &mut RecordReader,
        item: Item<'_>,
        around: &mut Surroundings<'_>,
    ) {
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
            Item::ChangeCipherSpec => self.changed_cipher(reader, around),
            Item::Encrypted(kind, length, at) => {
                self.ciphertext(kind, length, at, None);
                self.unread(kind, length, around);
                self.missed_change(reader, kind, around);
            }
            Item::Lost(bytes) => self.lost(bytes, around),
            Item::Sealed(head, body, packets) => self.sealed(reader, head, body, packets, around),
            Item::TooLong(_) => self.too_long(item, around),
            Item::Malformed => {
                around.weird(WeirdKind::TlsRecordMalformed, "");
                self.lost(u64::from(u32::MAX), around);
            }
        }
    }

    /// The client said hello: early data may follow at once.
    fn offered(&mut self, reader: &mut RecordReader, around: &mut Surroundings<'_>) {
        let session = self.builder.session();
        let (Some(log), Some(hello)) = (around.keys, &session.client_hello) else { return };
        let decryption = self.decryption.get_or_insert_default();
        if session.retry_request.is_some() {
            // RFC 8446 section 4.1.2: the second hello has no early data any more.
            self.decide(false, around);
        } else if hello.value.offer.early_data && decryption.protection.is_none() {
            let early = tls13::Direction::early(log, &hello.value.random);
            *decryption.of(true) = early.map(Direction::Tls13);
            reader.collect(true);
        }
    }

    /// The server chose: from here on its records are encrypted, and soon the client's.
    fn negotiated(&mut self, reader: &mut RecordReader, around: &mut Surroundings<'_>) {
        let session = self.builder.session();
        let (Some(log), Some(client), Some(server), Some(decryption)) = (
            around.keys,
            &session.client_hello,
            &session.server_hello,
            self.decryption.as_deref_mut(),
        ) else {
            return;
        };
        if decryption.protection.is_some() {
            return;
        }
        let (client, server) = (&client.value, &server.value);
        let protection = Protection::of(client.random, client.offer.early_data, server);
        let tls13 = matches!(protection, Some(Protection::Tls13 { .. }));
        let early = decryption.of(true).take();
        if !decryption.agree(protection, &server.session_id) {
            decryption.waiting.give_up();
        }
        reader.collect(tls13);
        self.other.collect(tls13);
        if !tls13 {
            return self.decide(false, around);
        }
        decryption.is_ready(false, Some(log));
        decryption.is_ready(true, Some(log));
        if let Some(Direction::Tls13(early)) = early {
            let slot = decryption.of(true);
            *slot = Some(Direction::Tls13(match slot.take() {
                Some(Direction::Tls13(client)) => client.preceded_by(Some(early)),
                _ => early,
            }));
        }
        if !server.psk_selected {
            self.decide(false, around);
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
        if let Some(decryption) = self.decryption.as_deref_mut() {
            let recalls = self.builder.session().resumed == Some(true)
                && decryption.waiting.is_empty()
                && decryption.may_wait(from_client);
            let ready = decryption.is_ready(from_client, around.keys)
                || (recalls && decryption.recall(from_client, around.keys, (&head, body)));
            if !decryption.waiting.is_empty() || (!ready && decryption.may_wait(from_client)) {
                let held = Held::Record(head, body.to_vec(), packets);
                return decryption.waiting.push(from_client, held);
            }
        }
        self.open(reader, head, body, packets, around);
    }

    /// Opens a record, if there is a key for it.
    pub(super) fn open(
        &mut self,
        reader: &mut RecordReader,
        head: [u8; 5],
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        let from_client = self.from_client;
        let [kind, ..] = head;
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
        let taken = self.decryption.as_deref_mut().and_then(|held| held.of(from_client).take());
        let Some(mut direction) = taken else {
            self.ciphertext(kind, length, packets.first, None);
            self.unread(kind, length, around);
            let waits = self.decryption.as_deref().is_some_and(|held| held.may_wait(from_client));
            return reader.collect(waits);
        };
        let mut kept = true;
        // An encrypted ChangeCipherSpec puts another direction in the place of this one.
        let mut replaced = false;
        // A connection inside this one has to do with its own.
        let mut scratch = std::mem::take(&mut around.known.scratch);
        match direction.open(&head, body, &mut scratch) {
            Opened::Plain(inner, plain, epoch) => {
                self.ciphertext(kind, length, packets.first, Some(inner));
                if matches!(self.protection(), Some(Protection::Tls12(_))) {
                    replaced = self.plain_before_13(reader, inner, plain, packets, around);
                } else if self.plain(reader, inner, plain, epoch, packets, around) {
                    direction.advance();
                    if let Some(decryption) = self.decryption.as_deref_mut() {
                        decryption.advanced(from_client);
                    }
                }
            }
            Opened::Early => self.ciphertext(kind, length, packets.first, None),
            Opened::NoKey => {
                self.ciphertext(kind, length, packets.first, None);
                self.unread(kind, length, around);
                let waits =
                    self.decryption.as_deref().is_some_and(|held| held.may_wait(from_client));
                kept = direction.has_key() || waits;
            }
            Opened::Lost => {
                self.ciphertext(kind, length, packets.first, None);
                self.tell_hole(around);
            }
            Opened::Spoilt => {
                self.ciphertext(kind, length, packets.first, None);
                self.bad_mac(length, around);
                self.tell_hole(around);
            }
            Opened::BadMac => {
                self.bad_mac(length, around);
                self.ciphertext(kind, length, packets.first, None);
                if let Some(decryption) = self.decryption.as_deref_mut() {
                    decryption.wrong(from_client);
                }
                self.unread(kind, length, around);
                if !from_client {
                    self.builder.lost_key();
                    self.decide(true, around);
                }
                kept = false;
            }
        }
        around.known.scratch = scratch;
        if !kept {
            reader.collect(false);
        } else if let Some(decryption) = self.decryption.as_deref_mut().filter(|_| !replaced) {
            *decryption.of(from_client) = Some(direction);
        }
    }

    fn protection(&self) -> Option<Protection> {
        self.decryption.as_deref().and_then(|held| held.protection)
    }

    fn bad_mac(&self, length: u16, around: &mut Surroundings<'_>) {
        let side = if self.from_client { "client" } else { "server" };
        around.weird(WeirdKind::BadRecordMac, format!("{side}, {length} bytes"));
    }

    /// The content of an opened record of TLS 1.3. Gives back whether its sender goes on to other
    /// keys.
    fn plain(
        &mut self,
        reader: &mut RecordReader,
        inner: u8,
        plain: &[u8],
        epoch: Epoch,
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) -> bool {
        match inner {
            content::ALERT => self.alerts(plain, packets),
            content::APPLICATION_DATA => {
                let early_data = epoch == Epoch::EarlyData;
                if !early_data {
                    self.builder.application_record(self.from_client);
                }
                self.inside(plain, Origin { packets, early_data }, around);
            }
            content::HANDSHAKE => {
                let mut advances = false;
                reader.handshake_bytes(plain, packets, &mut |_, item| match item {
                    Item::Handshake(kind, body, packets) => {
                        advances |= self.protected_message(kind, body, packets, around);
                    }
                    other => self.too_long(other, around),
                });
                return advances;
            }
            _ => {}
        }
        false
    }

    fn protected_message(
        &mut self,
        kind: u8,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) -> bool {
        self.builder.protected_message(self.from_client, kind, body, packets, around);
        if !self.from_client {
            self.builder.found_key();
        }
        match (kind, self.from_client) {
            (message::FINISHED, true) => {
                self.progress.client_finished = true;
                self.builder.session_mut().established = true;
            }
            (message::FINISHED, false) => self.progress.server_finished = true,
            (message::END_OF_EARLY_DATA, true) => self.decide(true, around),
            (message::ENCRYPTED_EXTENSIONS, false) => {
                let seen = self.builder.session().encrypted_extensions.as_ref();
                let accepted = seen.is_some_and(|seen| seen.value.early_data);
                self.decide(accepted, around);
            }
            _ => {}
        }
        matches!(kind, message::END_OF_EARLY_DATA | message::FINISHED | message::KEY_UPDATE)
    }

    pub(super) fn alerts(&mut self, plain: &[u8], packets: PacketSpan) {
        let from_client = self.from_client;
        for alert in plain.chunks_exact(2) {
            if let &[level, description] = alert {
                self.builder.alert(Alert { from_client, level, description }, packets);
            }
        }
    }

    /// Passes on what is inside.
    pub(super) fn inside(&mut self, plain: &[u8], origin: Origin, around: &mut Surroundings<'_>) {
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        // Some send empty records against attacks on the chaining of TLS 1.0.
        if plain.is_empty()
            || (origin.early_data && decryption.early.take(plain, origin) != Fate::Passed)
        {
            return;
        }
        decryption.filled();
        self.inside.data(self.from_client, plain, origin, self.builder.session(), around);
    }

    /// Whether the server takes the client's early data.
    pub(super) fn decide(&mut self, accepted: bool, around: &mut Surroundings<'_>) {
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        let (held, more) = decryption.early.decide(accepted);
        for (bytes, origin) in held {
            self.inside.data(true, &bytes, origin, self.builder.session(), around);
        }
        if more && !decryption.hole(true, true) {
            self.inside.gap(true, around);
        }
    }

    /// So many bytes of this direction are missing.
    pub(super) fn lost(&mut self, bytes: u64, around: &mut Surroundings<'_>) {
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        if let Some(direction) = decryption.of(self.from_client) {
            direction.lose(bytes);
            self.tell_hole(around);
        }
    }

    /// Who is inside hears of a hole once.
    fn tell_hole(&mut self, around: &mut Surroundings<'_>) {
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        if !decryption.hole(self.from_client, true) {
            self.inside.gap(self.from_client, around);
        }
    }

    pub(super) fn too_long(&mut self, item: Item<'_>, around: &mut Surroundings<'_>) {
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

    /// A record that was not opened: its length tells something.
    fn unread(&mut self, kind: u8, length: u16, around: &Surroundings<'_>) {
        if encrypted(self.builder, self.progress, self.from_client, kind, length)
            && let Some(decryption) = self.decryption.as_deref()
        {
            let why = decryption.why(self.builder.session(), around);
            self.builder.unread(why);
        }
    }
}
