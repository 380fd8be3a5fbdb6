//! What only TLS 1.2 and before have: ChangeCipherSpec, and handshakes within the connection
//! (RFC 5246 sections 7.1 and 7.4.1).

use super::client_hello::ClientHello;
use super::decrypt::Protection;
use super::record_layer::{Item, RecordReader, content};
use super::registry::TlsVersion;
use super::server_hello::ServerHello;
use super::session_builder::{Surroundings, message};
use super::turn::Turn;
use crate::packet::PacketSpan;

impl Turn<'_> {
    /// In TLS 1.3 the message means nothing (RFC 8446 section 5); before, encryption begins with it.
    /// Where the version is not known, the server's side was not captured, and encryption is the
    /// better guess: all that could follow in the clear is a second ClientHello.
    pub(super) fn changed_cipher(&mut self, reader: &mut RecordReader, around: &Surroundings<'_>) {
        let tls13 = self.builder.version().is_some_and(TlsVersion::is_tls13);
        if tls13 || self.builder.session().retry_request.is_some() {
            return;
        }
        let _ = reader.encrypt();
        if !self.from_client {
            self.builder.server_changed_cipher();
        }
        self.renew(reader, around);
    }

    /// Before TLS 1.3: what comes next has the keys that were agreed on last.
    fn renew(&mut self, reader: &mut RecordReader, around: &Surroundings<'_>) {
        let Some(decryption) = self.decryption.as_deref_mut() else { return };
        if let Some(Protection::Tls12(_)) = decryption.protection {
            decryption.renew(self.from_client, around.keys);
            reader.collect(decryption.may_wait(self.from_client) || decryption.has_keys());
        }
    }

    /// Application data before TLS 1.3: if no ChangeCipherSpec was seen, it is in a hole.
    pub(super) fn missed_change(
        &mut self,
        reader: &mut RecordReader,
        kind: u8,
        around: &mut Surroundings<'_>,
    ) {
        let protection = self.decryption.as_deref().and_then(|held| held.protection);
        if kind == content::APPLICATION_DATA
            && matches!(protection, Some(Protection::Tls12(_)))
            && reader.encrypt()
        {
            self.renew(reader, around);
            self.lost(u64::from(u32::MAX), around);
        }
    }

    /// The content of an opened record of TLS 1.2 and before. Gives back whether its sender goes on
    /// to other keys, which are in their place then.
    pub(super) fn plain_before_13(
        &mut self,
        reader: &mut RecordReader,
        kind: u8,
        plain: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) -> bool {
        match kind {
            content::ALERT => self.alerts(plain, packets),
            content::APPLICATION_DATA => {
                if self.progress.client_finished && self.progress.server_finished {
                    self.builder.application_record(self.from_client);
                }
                self.inside(plain, packets.into(), around);
            }
            content::CHANGE_CIPHER_SPEC => {
                self.renew(reader, around);
                return true;
            }
            content::HANDSHAKE => {
                reader.handshake_bytes(plain, packets, &mut |_, item| match item {
                    Item::Handshake(kind, body, packets) => {
                        self.message_before_13(kind, body, packets, around);
                    }
                    other => self.too_long(other, around),
                });
            }
            _ => {}
        }
        false
    }

    fn message_before_13(
        &mut self,
        kind: u8,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        let from_client = self.from_client;
        let decryption = self.decryption.as_deref_mut();
        match (kind, from_client) {
            (message::FINISHED, true) => self.progress.client_finished = true,
            (message::FINISHED, false) => self.progress.server_finished = true,
            // The hellos of another handshake within the connection: the session keeps the first.
            (message::CLIENT_HELLO, true) => {
                if let (Some(held), Ok(hello)) =
                    (decryption, ClientHello::parse(body, &mut around.known.offers))
                {
                    held.renegotiated = Some(hello.random);
                }
            }
            (message::SERVER_HELLO, false) => {
                if let (Some(held), Ok(hello)) = (decryption, ServerHello::parse(body))
                    && let Some(random) = held.renegotiated.take()
                {
                    held.agree(Protection::of(random, false, &hello), &hello.session_id);
                }
            }
            _ => self.builder.message(from_client, kind, body, packets, around),
        }
        let both = self.progress.client_finished && self.progress.server_finished;
        if both {
            self.builder.session_mut().established = true;
        }
    }
}
