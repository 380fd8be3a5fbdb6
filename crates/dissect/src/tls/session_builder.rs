//! Joins handshake messages to a session, whatever carried them: TLS records, QUIC CRYPTO frames or
//! DTLS fragments.

use std::ops::Deref;
use std::sync::Arc;

use super::alert::Alert;
use super::certificate_message::{Ders, certificate_list, certificate_list_13, decompress};
use super::client_hello::ClientHello;
use super::decrypt::is_decryptable;
use super::encrypted_extensions::EncryptedExtensions;
use super::keylog::{KeyLog, Label};
use super::protection::Suite;
use super::registry::{TlsVersion, cipher_suite_name};
use super::server_hello::ServerHello;
use crate::ciphertext::Ciphertext;
use crate::known::Known;
use crate::limits::{
    FOLLOWED_RECORDS, FOLLOWED_RECORDS_ONE_WAY, SESSION_ALERTS, SESSION_CIPHERTEXTS,
};
use crate::packet::PacketSpan;
use crate::record::{Fact, Stage};
use crate::session::{Carrier, Observed, Prelude, Reason, Seen, Session, SessionEnd};
use crate::tcp::TcpFacts;
use crate::weird::WeirdKind;
use crate::x509::ChainEntry;

/// Handshake message types (IANA TLS HandshakeType registry).
pub(crate) mod message {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const END_OF_EARLY_DATA: u8 = 5;
    /// HelloRetryRequest of TLS 1.3 drafts before 22.
    pub(crate) const HELLO_RETRY_REQUEST: u8 = 6;
    pub(crate) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
    pub(crate) const FINISHED: u8 = 20;
    pub(crate) const KEY_UPDATE: u8 = 24;
    pub(crate) const COMPRESSED_CERTIFICATE: u8 = 25;
}

/// Room for the encrypted records of a short connection that is followed to
/// [`FOLLOWED_RECORDS`]: those of the handshake, tickets, and some of each side.
const USUAL_CIPHERTEXTS: usize = 16;

/// A session in the making.
#[derive(Debug)]
pub(crate) struct SessionBuilder {
    session: State,
    server_key_exchange: bool,
    gap: bool,
}

/// The session: its last record takes it as it is, those before get copies.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is the large one nearly always")]
enum State {
    /// More of it is to come.
    Open(Session),
    /// It was given out for the last time; who reads on may still note what changes.
    Told(Arc<Session>),
}

impl Deref for State {
    type Target = Session;

    #[inline]
    fn deref(&self) -> &Session {
        match self {
            Self::Open(session) => session,
            Self::Told(session) => session,
        }
    }
}

/// What surrounds the messages of one call: where facts go, and what is known already.
pub(crate) struct Surroundings<'a> {
    /// Facts found, in order.
    pub(crate) facts: &'a mut Vec<Fact>,
    /// What was read before.
    pub(crate) known: &'a mut Known,
    /// Secrets; `None` if nobody gave any.
    pub(crate) keys: Option<&'a KeyLog>,
    /// What TCP showed of the connection so far; `None` over UDP.
    pub(crate) tcp: Option<&'a TcpFacts>,
}

impl Surroundings<'_> {
    /// The same, and what TCP showed of the connection.
    pub(crate) fn with_tcp<'b>(&'b mut self, tcp: &'b TcpFacts) -> Surroundings<'b> {
        let Self { facts, known, keys, .. } = self;
        Surroundings { facts, known, keys: *keys, tcp: Some(tcp) }
    }

    /// Reports an anomaly.
    pub(crate) fn weird(&mut self, kind: WeirdKind, detail: impl Into<String>) {
        self.facts.push(Fact::weird(kind, detail));
    }
}

impl SessionBuilder {
    pub(crate) fn new(carrier: Carrier, preludes: Vec<Prelude>) -> Self {
        let session = State::Open(Session { preludes, ..Session::new(carrier) });
        Self { session, server_key_exchange: false, gap: false }
    }

    /// What is known so far.
    #[inline]
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// For the carrier's own observations: established, application records, carrier.
    #[inline]
    pub(crate) fn session_mut(&mut self) -> &mut Session {
        match &mut self.session {
            State::Open(session) => session,
            State::Told(session) => Arc::make_mut(session),
        }
    }

    /// The negotiated version, if a ServerHello was seen.
    #[inline]
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
            (message::CLIENT_HELLO, true) => {
                let offers = &mut around.known.offers;
                let hello = match self.session.carrier {
                    Carrier::Dtls => ClientHello::parse_dtls(body, offers),
                    _ => ClientHello::parse(body, offers),
                };
                self.client_hello(hello, body, packets, around);
            }
            (message::SERVER_HELLO, false) => self.server_hello(body, packets, around),
            (message::HELLO_RETRY_REQUEST, false) => {}
            (message::CERTIFICATE, _) => self.certificate(from_client, body, packets, around),
            (message::SERVER_KEY_EXCHANGE, false) => self.server_key_exchange = true,
            (message::CERTIFICATE_REQUEST, false) => {
                self.session_mut().certificate_requested = true;
            }
            _ => {}
        }
    }

    /// Takes in one complete handshake message of TLS 1.3 that was encrypted.
    pub(crate) fn protected_message(
        &mut self,
        from_client: bool,
        kind: u8,
        body: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        match (kind, from_client) {
            (message::ENCRYPTED_EXTENSIONS, false) => {
                let read = EncryptedExtensions::parse(body);
                if read.truncated {
                    around.weird(WeirdKind::HandshakeMalformed, "encrypted extensions");
                }
                let seen = Seen { value: Arc::new(read), packets };
                self.session_mut().encrypted_extensions.get_or_insert(seen);
            }
            (message::CERTIFICATE_REQUEST, false) => {
                self.session_mut().certificate_requested = true;
            }
            (message::CERTIFICATE, _) => {
                self.chain(from_client, certificate_list_13(body), packets, around);
            }
            (message::COMPRESSED_CERTIFICATE, _) => match decompress(body) {
                Ok(body) => {
                    self.chain(from_client, certificate_list_13(&body), packets, around);
                }
                Err(error) => around.weird(WeirdKind::HandshakeMalformed, error),
            },
            _ => {}
        }
    }

    /// Takes in a ClientHello, parsed by whoever knows its framing. Of several (after a
    /// HelloRetryRequest or HelloVerifyRequest) the first is kept: it is what the client offers
    /// unasked.
    pub(crate) fn client_hello(
        &mut self,
        hello: Result<ClientHello, impl std::fmt::Display>,
        message: &[u8],
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        match hello {
            Ok(hello) => {
                let session = self.session_mut();
                session.early_data |= hello.offer.early_data;
                if session.client_hello.is_none() {
                    session.client_hello = Some(Seen { value: Arc::new(hello), packets });
                    session.client_hello_bytes = Some(message.into());
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
            self.session_mut().retry_request = Some(seen);
            return;
        }
        if self.session.server_hello.is_some() {
            return;
        }
        if seen.value.version().is_tls13() {
            let resumed = seen.value.psk_selected;
            let reason =
                if resumed { Reason::Resumed } else { self.readable(&seen.value, around.keys) };
            let session = self.session_mut();
            session.resumed = Some(resumed);
            if session.certificates.seen().is_none() {
                session.certificates = Observed::NotObservable(reason);
            }
        }
        self.session_mut().server_hello = Some(seen);
        self.emit(Stage::Negotiated, around);
    }

    /// Why the certificate is not seen (yet) where this ServerHello encrypts it.
    fn readable(&self, hello: &ServerHello, keys: Option<&KeyLog>) -> Reason {
        let Some(keys) = keys else { return Reason::Tls13Encrypted };
        let random = self.session.client_hello.as_ref().map(|client| &client.value.random);
        let mut secrets = random
            .into_iter()
            .flat_map(|random| keys.secrets(random, Label::ServerHandshakeTraffic));
        if secrets.next().is_none() {
            Reason::NoKey
        } else if Suite::of(hello.cipher_suite).is_none() || !is_decryptable(hello.version()) {
            Reason::UndecryptableSuite
        } else {
            Reason::NotReached
        }
    }

    /// Application data that could not be read, and why; nothing to say where nobody gave keys.
    pub(crate) fn unread(&mut self, why: Option<Reason>) {
        if self.session.unread.is_none() && why.is_some() {
            self.session_mut().unread = why;
        }
    }

    /// There is a key for the server's handshake, later than its ServerHello.
    pub(crate) fn found_key(&mut self) {
        if matches!(self.session.certificates, Observed::NotObservable(Reason::NoKey)) {
            self.session_mut().certificates = Observed::NotObservable(Reason::NotReached);
        }
    }

    /// The key of the server's handshake does not fit.
    pub(crate) fn lost_key(&mut self) {
        if matches!(self.session.certificates, Observed::NotObservable(Reason::NotReached)) {
            self.session_mut().certificates = Observed::NotObservable(Reason::NoKey);
        }
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
        self.chain(from_client, certificate_list(body), packets, around);
    }

    /// Takes in the certificates of a Certificate message, of whatever version.
    fn chain(
        &mut self,
        from_client: bool,
        (ders, complete): (Ders<'_>, bool),
        packets: PacketSpan,
        around: &mut Surroundings<'_>,
    ) {
        if !complete {
            around.weird(WeirdKind::HandshakeMalformed, "certificate list");
        }
        let chain = around.known.certificates.chain(&ders);
        for entry in &chain.entries {
            if let ChainEntry::Malformed { error, .. } = entry {
                around.weird(WeirdKind::CertificateMalformed, error.to_string());
            }
        }
        let seen = Seen { value: chain, packets };
        if from_client {
            if self.session.client_certificates.is_none() && !seen.value.entries.is_empty() {
                self.session_mut().client_certificates = Some(seen);
            }
        } else if self.session.certificates.seen().is_none() {
            let session = self.session_mut();
            session.certificates = Observed::Seen(seen);
            session.resumed = Some(false);
            self.emit(Stage::Certified, around);
        }
    }

    /// Takes in an alert that could be read.
    pub(crate) fn alert(&mut self, alert: Alert, packets: PacketSpan) {
        if self.session.alerts.len() < SESSION_ALERTS {
            self.session_mut().alerts.push(Seen { value: alert, packets });
        }
    }

    /// The server switched to encryption (ChangeCipherSpec of TLS 1.2 and before). Without a
    /// certificate or key exchange before it, the session is an earlier one resumed.
    pub(crate) fn server_changed_cipher(&mut self) {
        let session = &self.session;
        if session.resumed.is_none()
            && session.server_hello.is_some()
            && session.certificates.seen().is_none()
            && !self.server_key_exchange
            && !self.gap
        {
            self.session_mut().resumed = Some(true);
        }
    }

    /// An encrypted record of application data was seen, behind the handshake.
    #[inline]
    pub(crate) fn application_record(&mut self, from_client: bool) {
        let session = self.session_mut();
        let count = if from_client {
            &mut session.client_application_records
        } else {
            &mut session.server_application_records
        };
        *count = count.saturating_add(1);
    }

    /// An encrypted record was seen, whatever is in it.
    #[inline]
    pub(crate) fn ciphertext(&mut self, seen: Ciphertext) {
        let kept = &self.session.ciphertexts;
        // No side can have that many before both together have.
        if kept.len() >= SESSION_CIPHERTEXTS {
            let same_side = kept.iter().filter(|other| other.from_client == seen.from_client);
            if same_side.count() >= SESSION_CIPHERTEXTS {
                return;
            }
        }
        let kept = &mut self.session_mut().ciphertexts;
        if kept.capacity() == 0 {
            kept.reserve_exact(USUAL_CIPHERTEXTS);
        }
        kept.push(seen);
    }

    /// Whether nothing but lengths is left to see without keys: the handshake is complete and some
    /// application data went both ways, or more of it one way.
    #[inline]
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
        if self.session.server_records_before_gap.is_none() {
            let server = self.session.ciphertexts.iter().filter(|record| !record.from_client);
            let count = server.count();
            self.session_mut().server_records_before_gap = Some(count);
        }
    }

    /// The session is over, as far as it can be followed. Emits it, unless nothing of it was seen.
    pub(crate) fn end(&mut self, end: SessionEnd, around: &mut Surroundings<'_>) {
        let gap = self.gap;
        let session = &self.session;
        if session.client_hello.is_none()
            && session.server_hello.is_none()
            && session.certificates.seen().is_none()
        {
            return;
        }
        let session = self.session_mut();
        session.end = end;
        if matches!(session.certificates, Observed::NotObservable(Reason::NotReached)) {
            let anonymous = session
                .server_hello
                .as_ref()
                .and_then(|hello| cipher_suite_name(hello.value.cipher_suite))
                .is_some_and(|name| name.contains("_anon_") || name.contains("_PSK_"));
            let reason = match (session.resumed, anonymous, gap) {
                (Some(true), _, _) => Reason::Resumed,
                (_, true, _) => Reason::NoCertificateSuite,
                (_, _, true) => Reason::Gap,
                _ => Reason::NotReached,
            };
            session.certificates = Observed::NotObservable(reason);
        }
        session.tcp = around.tcp.copied().unwrap_or_default();
        let carrier = session.carrier;
        let session = Arc::new(std::mem::replace(session, Session::new(carrier)));
        around.facts.push(Fact::Session(Stage::Ended, Arc::clone(&session)));
        self.session = State::Told(session);
    }

    /// Gives out what is known so far.
    fn emit(&self, stage: Stage, around: &mut Surroundings<'_>) {
        let tcp = around.tcp.copied().unwrap_or_default();
        let session = Session { tcp, ..Session::clone(&self.session) };
        around.facts.push(Fact::Session(stage, Arc::new(session)));
    }
}
