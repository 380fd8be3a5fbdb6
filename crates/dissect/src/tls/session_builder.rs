//! Joins handshake messages to a session, whatever carried them: TLS records, QUIC CRYPTO frames or
//! DTLS fragments.

use std::sync::Arc;

use super::alert::Alert;
use super::client_hello::ClientHello;
use super::reader::Reader;
use super::registry::{TlsVersion, cipher_suite_name};
use super::server_hello::ServerHello;
use crate::ciphertext::Ciphertext;
use crate::limits::{
    CHAIN_CERTIFICATES, FOLLOWED_RECORDS, FOLLOWED_RECORDS_ONE_WAY, SESSION_ALERTS,
    SESSION_CIPHERTEXTS,
};
use crate::packet::PacketSpan;
use crate::record::{Fact, Stage};
use crate::session::{Carrier, Observed, Prelude, Reason, Seen, Session, SessionEnd};
use crate::tcp::TcpFacts;
use crate::weird::{Weird, WeirdKind};
use crate::x509::{CertificateCache, Chain, ChainEntry};

/// Handshake message types (IANA TLS HandshakeType registry).
pub(crate) mod message {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    /// HelloRetryRequest of TLS 1.3 drafts before 22.
    pub(crate) const HELLO_RETRY_REQUEST: u8 = 6;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
}

/// A session in the making.
#[derive(Debug)]
pub(crate) struct SessionBuilder {
    session: Session,
    server_key_exchange: bool,
    gap: bool,
}

/// What surrounds the messages of one call: where facts go, and the certificates known already.
pub(crate) struct Surroundings<'a> {
    /// Facts found, in order.
    pub(crate) facts: &'a mut Vec<Fact>,
    /// Certificates parsed before.
    pub(crate) certificates: &'a mut CertificateCache,
    /// What TCP showed of the connection so far; `None` over UDP.
    pub(crate) tcp: Option<&'a TcpFacts>,
}

impl Surroundings<'_> {
    /// Reports an anomaly.
    pub(crate) fn weird(&mut self, kind: WeirdKind, detail: impl Into<String>) {
        self.facts.push(Fact::Weird(Weird { kind, detail: detail.into() }));
    }
}

impl SessionBuilder {
    pub(crate) fn new(carrier: Carrier, preludes: Vec<Prelude>) -> Self {
        let session = Session { preludes, ..Session::new(carrier) };
        Self { session, server_key_exchange: false, gap: false }
    }

    /// What is known so far.
    pub(crate) const fn session(&self) -> &Session {
        &self.session
    }

    /// For the carrier's own observations: established, application records, carrier.
    pub(crate) const fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The negotiated version, if a ServerHello was seen.
    pub(crate) fn version(&self) -> Option<TlsVersion> {
        self.session.version()
    }

    /// Takes in one complete handshake message (body without its header).
    pub(crate) fn message(
        &mut self,
        from_client: bool,
        kind: u8,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        match (kind, from_client) {
            (message::CLIENT_HELLO, true) => match self.session.carrier {
                Carrier::Dtls => self.client_hello(ClientHello::parse_dtls(body), packets, around),
                _ => self.client_hello(ClientHello::parse(body), packets, around),
            },
            (message::SERVER_HELLO, false) => self.server_hello(body, packets, around),
            (message::HELLO_RETRY_REQUEST, false) => {}
            (message::CERTIFICATE, _) => self.certificate(from_client, body, packets, around),
            (message::SERVER_KEY_EXCHANGE, false) => self.server_key_exchange = true,
            (message::CERTIFICATE_REQUEST, false) => self.session.certificate_requested = true,
            _ => {}
        }
    }

    /// Takes in a ClientHello, parsed by whoever knows its framing. Of several (after a
    /// HelloRetryRequest or HelloVerifyRequest) the first is kept: it is what the client offers
    /// unasked.
    pub(crate) fn client_hello(
        &mut self,
        hello: Result<ClientHello, impl std::fmt::Display>,
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        match hello {
            Ok(hello) => {
                self.session.early_data |= hello.early_data;
                if self.session.client_hello.is_none() {
                    self.session.client_hello = Some(Seen { value: Arc::new(hello), packets });
                }
            }
            Err(error) => around.weird(WeirdKind::HandshakeMalformed, error.to_string()),
        }
    }

    fn server_hello(&mut self, body: &[u8], packets: PacketSpan, around: &mut Surroundings<'_>) {
        let hello = match ServerHello::parse(body) {
            Ok(hello) => hello,
            Err(error) => {
                around.weird(WeirdKind::HandshakeMalformed, error.to_string());
                return;
            }
        };
        let seen = Seen { value: Arc::new(hello), packets };
        if seen.value.is_retry_request() {
            self.session.retry_request = Some(seen);
            return;
        }
        if self.session.server_hello.is_some() {
            return;
        }
        if seen.value.version().is_tls13() {
            let resumed = seen.value.psk_selected;
            self.session.resumed = Some(resumed);
            let reason = if resumed { Reason::Resumed } else { Reason::Tls13Encrypted };
            if self.session.certificates.seen().is_none() {
                self.session.certificates = Observed::NotObservable(reason);
            }
        }
        self.session.server_hello = Some(seen);
        self.emit(Stage::Negotiated, around);
    }

    /// The certificate list of TLS 1.2 and before (RFC 5246 section 7.4.2). That of TLS 1.3 is
    /// encrypted; one in the clear would be somebody's mistake.
    fn certificate(
        &mut self,
        from_client: bool,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        if self.version().is_some_and(TlsVersion::is_tls13) {
            return;
        }
        let (ders, complete) = certificate_list(body);
        if !complete {
            around.weird(WeirdKind::HandshakeMalformed, "certificate list");
        }
        let chain = Chain::from_ders(ders, around.certificates);
        for entry in &chain.entries {
            if let ChainEntry::Malformed { error, .. } = entry {
                around.weird(WeirdKind::CertificateMalformed, error.to_string());
            }
        }
        let seen = Seen { value: Arc::new(chain), packets };
        if from_client {
            if self.session.client_certificates.is_none() && !seen.value.entries.is_empty() {
                self.session.client_certificates = Some(seen);
            }
        } else if self.session.certificates.seen().is_none() {
            self.session.certificates = Observed::Seen(seen);
            self.session.resumed = Some(false);
            self.emit(Stage::Certified, around);
        }
    }

    /// Takes in a plaintext alert.
    pub(crate) fn alert(&mut self, alert: Alert, packets: PacketSpan) {
        if self.session.alerts.len() < SESSION_ALERTS {
            self.session.alerts.push(Seen { value: alert, packets });
        }
    }

    /// The server switched to encryption (ChangeCipherSpec of TLS 1.2 and before). Without a
    /// certificate or key exchange before it, the session is an earlier one resumed.
    pub(crate) fn server_changed_cipher(&mut self) {
        let session = &mut self.session;
        if session.resumed.is_none()
            && session.server_hello.is_some()
            && session.certificates.seen().is_none()
            && !self.server_key_exchange
            && !self.gap
        {
            session.resumed = Some(true);
        }
    }

    /// An encrypted record of application data was seen, behind the handshake.
    pub(crate) const fn application_record(&mut self, from_client: bool) {
        let session = &mut self.session;
        let count = if from_client {
            &mut session.client_application_records
        } else {
            &mut session.server_application_records
        };
        *count = count.saturating_add(1);
    }

    /// An encrypted record was seen, whatever is in it.
    pub(crate) fn ciphertext(&mut self, seen: Ciphertext) {
        let kept = &mut self.session.ciphertexts;
        let same_side = kept.iter().filter(|other| other.from_client == seen.from_client);
        if same_side.count() < SESSION_CIPHERTEXTS {
            kept.push(seen);
        }
    }

    /// Whether nothing but lengths is left to see without keys: the handshake is complete and some
    /// application data went both ways, or more of it one way.
    pub(crate) fn is_spent(&self) -> bool {
        let client = self.session.client_application_records;
        let server = self.session.server_application_records;
        self.session.established
            && ((client >= FOLLOWED_RECORDS && server >= FOLLOWED_RECORDS)
                || client.max(server) >= FOLLOWED_RECORDS_ONE_WAY)
    }

    /// Bytes of the server's handshake are missing.
    pub(crate) fn lost_server_bytes(&mut self) {
        self.gap = true;
        let server = self.session.ciphertexts.iter().filter(|record| !record.from_client);
        self.session.server_records_before_gap.get_or_insert(server.count());
    }

    /// The session is over, as far as it can be followed. Emits it, unless nothing of it was seen.
    pub(crate) fn finish(mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        let session = &mut self.session;
        if session.client_hello.is_none()
            && session.server_hello.is_none()
            && session.certificates.seen().is_none()
        {
            return;
        }
        session.end = end;
        session.tcp = around.tcp.copied().unwrap_or_default();
        if matches!(session.certificates, Observed::NotObservable(Reason::NotReached)) {
            let anonymous = session
                .server_hello
                .as_ref()
                .and_then(|hello| cipher_suite_name(hello.value.cipher_suite))
                .is_some_and(|name| name.contains("_anon_") || name.contains("_PSK_"));
            let reason = match (session.resumed, anonymous, self.gap) {
                (Some(true), _, _) => Reason::Resumed,
                (_, true, _) => Reason::NoCertificateSuite,
                (_, _, true) => Reason::Gap,
                _ => Reason::NotReached,
            };
            session.certificates = Observed::NotObservable(reason);
        }
        around.facts.push(Fact::Session(Stage::Ended, Arc::new(self.session)));
    }

    fn emit(&mut self, stage: Stage, around: &mut Surroundings<'_>) {
        self.session.tcp = around.tcp.copied().unwrap_or_default();
        around.facts.push(Fact::Session(stage, Arc::new(self.session.clone())));
    }
}

/// The certificates of a list with 24-bit lengths, and whether all lengths add up.
fn certificate_list(body: &[u8]) -> (Vec<&[u8]>, bool) {
    let mut ders = Vec::new();
    let mut whole = Reader::new(body);
    // A list that is cut, or says it is shorter than it is, still gives what it holds.
    let (list, mut complete) = match whole.vector24() {
        Some(list) => (list, whole.is_empty()),
        None => (body.get(3..).unwrap_or_default(), false),
    };
    let mut list = Reader::new(list);
    while !list.is_empty() && ders.len() < CHAIN_CERTIFICATES {
        let Some(der) = list.vector24() else {
            complete = false;
            break;
        };
        ders.push(der);
    }
    (ders, complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_wrong_lengths_give_what_they_hold() {
        let good = [0, 0, 9, 0, 0, 2, 0xaa, 0xbb, 0, 0, 1, 0xcc];
        assert_eq!(certificate_list(&good), (vec![&[0xaa, 0xbb][..], &[0xcc][..]], true));
        let cut = &good[..good.len() - 1];
        assert_eq!(certificate_list(cut), (vec![&[0xaa, 0xbb][..]], false));
        let inner_too_long = [0, 0, 4, 0, 0, 9, 0xaa];
        assert_eq!(certificate_list(&inner_too_long), (vec![], false));
        assert_eq!(certificate_list(&[0, 0]), (vec![], false));
        assert_eq!(certificate_list(&[0, 0, 0]), (vec![], true));
    }
}
