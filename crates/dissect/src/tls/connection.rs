//! One TLS connection over TCP: two record layers and the session they make.
//!
//! Where there are keys for a direction, its records are opened and what is in them is exact. Where
//! there are none, lengths and order tell what is probable.

use super::client_hello::ClientHello;
use super::decryption::Decryption;
use super::record_layer::{RecordReader, content};
use super::registry::TlsVersion;
use super::session_builder::{SessionBuilder, Surroundings};
use super::turn::Turn;
use super::waiting::Held;
use crate::origin::Origin;
use crate::packet::{PacketRef, PacketSpan};
use crate::session::{Carrier, Prelude, Session, SessionEnd};

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
    /// Keys, once the hellos tell which; `None` where nobody gave any.
    decryption: Option<Box<Decryption>>,
    /// The session was told as ended; what goes on is read for what is inside.
    told: bool,
}

/// What was seen of the handshake's encrypted end.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) client_finished: bool,
    pub(super) server_finished: bool,
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
        self.builder.client_hello(ClientHello::parse_ssl2(record), record, packets, around);
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
        let (mut turn, reader) = self.turn(from_client, inside);
        reader.data(bytes, at, &mut |reader, item| turn.item(reader, item, around));
        let mut waits = false;
        if self.decryption.is_some() {
            self.open_waiting(inside, around);
            waits = self.decryption.as_deref().is_some_and(|held| !held.waiting.is_empty());
        }
        if !self.told && !waits && self.builder.is_spent() {
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
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        let waits = decryption.of(from_client).is_none() && decryption.may_wait(from_client);
        if waits || !decryption.waiting.is_empty() {
            decryption.waiting.push(from_client, Held::Gap(length));
        } else {
            self.turn(from_client, inside).0.lost(u64::from(length), around);
        }
    }

    fn turn<'a>(
        &'a mut self,
        from_client: bool,
        inside: &'a mut dyn Inside,
    ) -> (Turn<'a>, &'a mut RecordReader) {
        let Self { builder, client, server, progress, decryption, .. } = self;
        let (reader, other) = if from_client { (client, server) } else { (server, client) };
        (Turn { builder, progress, decryption, other, from_client, inside }, reader)
    }

    /// Opens what waited for a key that is there now, or passes over what will not get one.
    fn open_waiting(&mut self, inside: &mut dyn Inside, around: &mut Surroundings<'_>) {
        while let Some(decryption) = self.decryption.as_deref_mut() {
            let Some(from_client) = decryption.waiting.first() else { return };
            let resumed = self.builder.session().resumed == Some(true);
            let ready = decryption.is_ready(from_client, around.keys)
                || (resumed && decryption.recall_waiting(around.keys));
            if !ready && decryption.may_wait(from_client) {
                return;
            }
            let held = decryption.waiting.pop();
            let (mut turn, reader) = self.turn(from_client, inside);
            match held {
                Some(Held::Record(head, body, packets)) => {
                    turn.open(reader, head, &body, packets, around);
                }
                Some(Held::Gap(length)) => turn.lost(u64::from(length), around),
                None => {}
            }
        }
    }

    /// The session is told, and there are no keys: nothing but lengths is left to see.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.told && !self.decryption.as_deref().is_some_and(Decryption::has_keys)
    }

    /// No bytes follow: what still waits for keys does so in vain.
    pub(crate) fn last_words(&mut self, inside: &mut dyn Inside, around: &mut Surroundings<'_>) {
        self.open_waiting(inside, around);
        if let Some(decryption) = self.decryption.as_deref_mut() {
            decryption.waiting.give_up();
        }
        self.open_waiting(inside, around);
        self.turn(true, inside).0.decide(true, around);
    }

    /// The connection is over.
    pub(crate) fn finish(mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        if !self.told {
            let end = if self.builder.is_spent() { SessionEnd::Established } else { end };
            self.builder.end(end, around);
        }
    }
}

/// What an encrypted record that was not opened tells. Gives back whether it holds application data.
#[inline]
pub(super) fn encrypted(
    builder: &mut SessionBuilder,
    progress: &mut Progress,
    from_client: bool,
    kind: u8,
    length: u16,
) -> bool {
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
    if both && !builder.session().established {
        builder.session_mut().established = true;
    }
    let application = application && kind == content::APPLICATION_DATA;
    if application {
        builder.application_record(from_client);
    }
    application
}
