//! One TLS connection over TCP: two record layers and the session they make.

use super::alert::Alert;
use super::client_hello::ClientHello;
use super::record_layer::{Item, RecordReader, content};
use super::registry::TlsVersion;
use super::session_builder::{SessionBuilder, Surroundings, message};
use crate::ciphertext::Ciphertext;
use crate::packet::{PacketRef, PacketSpan};
use crate::session::{Carrier, Prelude, SessionEnd};
use crate::weird::WeirdKind;

/// An encrypted Finished of TLS 1.3 is this long at least: 4 + 32 bytes of SHA-256, content type
/// and 16 bytes of tag (RFC 8446 sections 4.4.4 and 5.2). An encrypted alert is shorter.
const SHORTEST_FINISHED: u16 = 53;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct TlsConnection {
    builder: SessionBuilder,
    client: RecordReader,
    server: RecordReader,
    progress: Progress,
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
        around: &mut Surroundings<'_>,
    ) {
        let Self { builder, client, server, progress } = self;
        let reader = if from_client { client } else { server };
        reader.data(bytes, at, &mut |reader, item| {
            item_seen(builder, progress, reader, from_client, item, around);
        });
    }

    /// Bytes of one direction are missing.
    pub(crate) fn gap(&mut self, from_client: bool, length: u32) {
        if from_client {
            self.client.gap(length);
            self.builder.session_mut().client_gap = true;
        } else {
            self.server.gap(length);
            self.builder.lost_server_bytes();
        }
    }

    /// Nothing but lengths is left to see without keys.
    pub(crate) fn is_over(&self) -> bool {
        self.builder.is_spent()
    }

    /// The connection is over.
    pub(crate) fn finish(self, end: SessionEnd, around: &mut Surroundings<'_>) {
        self.builder.finish(end, around);
    }
}

fn item_seen(
    builder: &mut SessionBuilder,
    progress: &mut Progress,
    reader: &mut RecordReader,
    from_client: bool,
    item: Item<'_>,
    around: &mut Surroundings<'_>,
) {
    match item {
        Item::Handshake(kind, body, packets) => {
            builder.message(from_client, kind, body, packets, around);
        }
        Item::Alert(level, description, packets) => {
            builder.alert(Alert { from_client, level, description }, packets);
        }
        Item::ChangeCipherSpec => changed_cipher(builder, reader, from_client),
        Item::Encrypted(kind, length, at) => {
            let inner_type = None;
            let seen = Ciphertext { from_client, content_type: kind, length, at, inner_type };
            builder.ciphertext(seen);
            encrypted(builder, progress, from_client, kind, length);
        }
        Item::TooLong(kind) => {
            around.weird(WeirdKind::HandshakeTooLong, format!("type {kind}"));
            if !from_client && kind == message::CERTIFICATE {
                builder.lost_server_bytes();
            }
        }
        Item::Malformed => around.weird(WeirdKind::TlsRecordMalformed, ""),
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
