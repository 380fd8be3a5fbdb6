//! One DTLS connection as a session (RFC 6347, RFC 9147): WebRTC, CoAP, some VPNs.

use crate::packet::{PacketRef, PacketSpan};
use crate::session::{Carrier, SessionEnd};
use crate::tls::alert::Alert;
use crate::tls::dtls::{DtlsHandshake, DtlsItem};
use crate::tls::session_builder::{SessionBuilder, Surroundings, message};

/// State of a connection.
#[derive(Debug)]
pub(crate) struct DtlsConnection {
    handshake: DtlsHandshake,
    builder: SessionBuilder,
    /// Encrypted records so far: of the client, of the server.
    encrypted: [u32; 2],
    /// The flow's server is the DTLS client.
    reversed: bool,
}

impl DtlsConnection {
    pub(crate) fn new() -> Self {
        Self {
            handshake: DtlsHandshake::new(),
            builder: SessionBuilder::new(Carrier::Dtls, Vec::new()),
            encrypted: [0; 2],
            reversed: false,
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
        // The reader goes by the flow's first direction, the flow by the corrected one.
        let items = self.handshake.datagram(from_client != self.reversed, payload);
        let mut from_client = from_client;
        let mut turned = false;
        for item in items {
            let packets = PacketSpan::one(at);
            match item {
                DtlsItem::Handshake { message_type, body } => {
                    // Either peer of a call may open the handshake, whoever sent first.
                    let says = match message_type {
                        message::CLIENT_HELLO => Some(true),
                        message::SERVER_HELLO => Some(false),
                        _ => None,
                    };
                    if says.is_some_and(|client| client != from_client) {
                        from_client = !from_client;
                        self.reversed = !self.reversed;
                        turned = !turned;
                    }
                    self.builder.message(from_client, message_type, &body, packets, around);
                }
                DtlsItem::Alert { level, description } => {
                    self.builder.alert(Alert { from_client, level, description }, packets);
                }
                DtlsItem::ChangeCipherSpec if !from_client => self.builder.server_changed_cipher(),
                DtlsItem::ChangeCipherSpec => {}
                DtlsItem::Encrypted => self.encrypted_record(from_client),
            }
        }
        turned
    }

    /// The first encrypted record of each side holds its Finished (DTLS 1.2), or ends its part of
    /// the handshake soon (1.3); records are counted as application data from then on.
    fn encrypted_record(&mut self, from_client: bool) {
        let [client, server] = &mut self.encrypted;
        let count = if from_client { &mut *client } else { &mut *server };
        *count = count.saturating_add(1);
        let both = *client > 0 && *server > 0;
        if self.builder.session().established {
            self.builder.application_record(from_client);
        }
        if both {
            self.builder.session_mut().established = true;
        }
    }

    /// Nothing more can be learned without keys.
    pub(crate) fn is_over(&self) -> bool {
        self.builder.is_spent()
    }

    /// The connection is over.
    pub(crate) fn finish(mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        self.builder.end(end, around);
    }
}
