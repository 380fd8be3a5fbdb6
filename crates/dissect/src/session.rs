//! One TLS or QUIC connection, all its records joined.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::ciphertext::Ciphertext;
use crate::packet::PacketSpan;
use crate::tcp::TcpFacts;
use crate::tls::fingerprint::Ja4Carrier;
use crate::tls::{Alert, ClientHello, EncryptedExtensions, ServerHello, TlsVersion};
use crate::x509::Chain;

/// A value and the packets it was read from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seen<T> {
    /// What was read.
    pub value: T,
    /// Where it was read.
    pub packets: PacketSpan,
}

/// Something that was either on the wire in readable form, or could not be seen, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Observed<T> {
    /// It was seen.
    Seen(T),
    /// Not seen (yet), for this reason.
    NotObservable(Reason),
}

impl<T> Observed<T> {
    /// The value, if it was seen.
    pub const fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            Self::NotObservable(_) => None,
        }
    }
}

/// Why something could not be seen.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reason {
    /// The cipher suite is anonymous or uses a pre-shared key: there is no certificate.
    NoCertificateSuite,
    /// The capture has a hole, or ends, or the peer stopped before this message.
    NotReached,
    /// Bytes of this message are missing in the capture.
    Gap,
    /// The session was resumed: the server does not send its certificate again.
    Resumed,
    /// A HAR file tells exchanges only.
    Har,
    /// A key log was given, but it holds no key that opens this session.
    NoKey,
    /// TLS 1.3 and QUIC encrypt everything behind the ServerHello (RFC 8446 section 2).
    Tls13Encrypted,
    /// There is a key, but for a cipher suite, a version or a draft of TLS 1.3 that cannot be opened
    /// here: export suites, SEED, IDEA, ARIA, GOST, SSL 3.0, drafts before 25.
    UndecryptableSuite,
    /// QUIC version whose Initial keys are not known here.
    UnknownQuicVersion,
}

impl Reason {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoCertificateSuite => "no-certificate-suite",
            Self::NotReached => "not-reached",
            Self::Gap => "gap",
            Self::Resumed => "resumed",
            Self::Har => "har",
            Self::NoKey => "no-key",
            Self::Tls13Encrypted => "tls13-encrypted",
            Self::UndecryptableSuite => "undecryptable-suite",
            Self::UnknownQuicVersion => "unknown-quic-version",
        }
    }
}

/// What carries the handshake.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Carrier {
    /// DTLS over UDP (RFC 6347, RFC 9147).
    Dtls,
    /// QUIC; the version number as on the wire (RFC 9000, RFC 9369).
    Quic {
        /// Version of the first long header.
        version: u32,
    },
    /// TLS over TCP.
    Tcp,
}

/// What came before the handshake on the same flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Prelude {
    /// `CONNECT host:port` to an HTTP proxy (RFC 9110 section 9.3.6).
    HttpConnect {
        /// The authority asked for, as written.
        target: String,
    },
    /// PROXY protocol, version 1 or 2: the source address it claims.
    ProxyProtocol {
        /// `address:port` of the client, if given.
        source: Option<String>,
    },
    /// SOCKS version 4 (also 4a) or 5 (RFC 1928).
    Socks {
        /// 4 or 5.
        version: u8,
        /// `host:port` asked for.
        target: String,
    },
    /// A plain protocol that was upgraded: `smtp`, `imap`, `pop3`, `ftp`, `xmpp`, `ldap`,
    /// `postgresql`, `mysql`, `unknown`.
    StartTls {
        /// Name of the protocol.
        protocol: &'static str,
    },
    /// TLS, opened with a key: another connection is inside, as behind an HTTPS proxy.
    Tls {
        /// Its server_name, if it has one.
        sni: Option<String>,
    },
}

/// How a session ended.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SessionEnd {
    /// Both sides, or one, closed with FIN.
    Closed,
    /// Nothing ended it before the capture ended.
    #[default]
    EndOfCapture,
    /// The handshake is complete and the rest is encrypted: followed no further.
    Established,
    /// A TCP reset.
    Reset {
        /// The client sent it.
        by_client: bool,
    },
    /// Silence for longer than the flow timeout, or evicted because a table was full.
    TimedOut,
}

/// All that was seen of one TLS or QUIC connection so far.
#[derive(Clone, Debug)]
pub struct Session {
    /// What carries it.
    pub carrier: Carrier,
    /// What came before the handshake, outermost first.
    pub preludes: Vec<Prelude>,
    /// The ClientHello (the first one, if the server asked for another).
    pub client_hello: Option<Seen<Arc<ClientHello>>>,
    /// The same as it was sent: the handshake message without its header, or a whole SSL 2.0 record.
    pub client_hello_bytes: Option<Arc<[u8]>>,
    /// The server's HelloRetryRequest (RFC 8446 section 4.1.4).
    pub retry_request: Option<Seen<Arc<ServerHello>>>,
    /// The ServerHello.
    pub server_hello: Option<Seen<Arc<ServerHello>>>,
    /// The EncryptedExtensions of TLS 1.3, if it could be decrypted.
    pub encrypted_extensions: Option<Seen<Arc<EncryptedExtensions>>>,
    /// The server's chain, as sent.
    pub certificates: Observed<Seen<Arc<Chain>>>,
    /// The client's chain, if it sent one that could be read.
    pub client_certificates: Option<Seen<Arc<Chain>>>,
    /// The server asked for a client certificate, as far as this could be read.
    pub certificate_requested: bool,
    /// Alerts that could be read, in order: plaintext ones, and with a key those of TLS 1.3.
    pub alerts: Vec<Seen<Alert>>,
    /// The server accepted an earlier session. `None` while unknown.
    pub resumed: Option<bool>,
    /// The client sent early data (0-RTT).
    pub early_data: bool,
    /// Both sides sent a Finished, as far as this is visible: encrypted records after
    /// ChangeCipherSpec (TLS 1.2) or in both directions (TLS 1.3). Exact where the client's
    /// handshake could be decrypted.
    pub established: bool,
    /// Encrypted application-data records that the client sent after the handshake. Of TLS 1.3
    /// without a key, this counts all records then.
    pub client_application_records: u32,
    /// Encrypted application-data records that the server sent after the handshake.
    pub server_application_records: u32,
    /// The first encrypted records of each direction, at most
    /// [`SESSION_CIPHERTEXTS`](crate::limits::SESSION_CIPHERTEXTS), in the order in which they
    /// were read. Empty for QUIC and DTLS.
    pub ciphertexts: Vec<Ciphertext>,
    /// How many of the server's encrypted records had been read when bytes of its side were
    /// missing for the first time; `None` if none were. What comes later may lack records.
    pub server_records_before_gap: Option<usize>,
    /// How TCP opened and closed the connection; as far as it was seen when the record was
    /// emitted. Empty for QUIC and DTLS.
    pub tcp: TcpFacts,
    /// Bytes that the client sent are missing in the capture: what it did not say it may have said.
    pub client_gap: bool,
    /// Why application data, or some of it, could not be read although a key log was given; `None`
    /// if all of it was, if there was none, or if nobody gave keys.
    pub unread: Option<Reason>,
    /// How it ended; `EndOfCapture` while it is open.
    pub end: SessionEnd,
}

impl Carrier {
    /// The same, as far as a JA4 says it.
    pub const fn ja4(self) -> Ja4Carrier {
        match self {
            Self::Dtls => Ja4Carrier::Dtls,
            Self::Quic { .. } => Ja4Carrier::Quic,
            Self::Tcp => Ja4Carrier::Tcp,
        }
    }
}

impl Session {
    /// A session of which nothing was seen yet.
    pub fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            preludes: Vec::new(),
            client_hello: None,
            client_hello_bytes: None,
            retry_request: None,
            server_hello: None,
            encrypted_extensions: None,
            certificates: Observed::NotObservable(Reason::NotReached),
            client_certificates: None,
            certificate_requested: false,
            alerts: Vec::new(),
            resumed: None,
            early_data: false,
            established: false,
            client_application_records: 0,
            server_application_records: 0,
            ciphertexts: Vec::new(),
            server_records_before_gap: None,
            tcp: TcpFacts::default(),
            client_gap: false,
            unread: None,
            end: SessionEnd::default(),
        }
    }

    /// The negotiated version: what the ServerHello chose.
    pub fn version(&self) -> Option<TlsVersion> {
        self.server_hello.as_ref().map(|hello| hello.value.version())
    }

    /// The name in the ClientHello's server_name extension, as sent.
    pub fn sni(&self) -> Option<&str> {
        self.client_hello.as_ref().and_then(|hello| hello.value.sni.as_deref())
    }

    /// SHA-256 of the ClientHello, random, key shares and all: what tells a handshake from all
    /// others, in every run. Worked out anew with each call; [`HelloId`](crate::tls::HelloId)
    /// costs nothing.
    pub fn client_hello_digest(&self) -> Option<[u8; 32]> {
        self.client_hello_bytes.as_ref().map(|bytes| Sha256::digest(bytes).into())
    }

    /// The client's JA4; `None` without a ClientHello, or with one in SSL 2.0 framing.
    pub fn ja4(&self) -> Option<&Arc<str>> {
        self.client_hello.as_ref()?.value.offer.ja4(self.carrier.ja4())
    }

    /// The host the client asked for: SNI, else the target of the innermost CONNECT or SOCKS
    /// request (an IP address is kept as text). `None` if neither says.
    pub fn host(&self) -> Option<&str> {
        self.sni().or_else(|| {
            self.preludes.iter().rev().find_map(|prelude| match prelude {
                Prelude::HttpConnect { target } | Prelude::Socks { target, .. } => {
                    Some(without_port(target))
                }
                Prelude::ProxyProtocol { .. } | Prelude::StartTls { .. } | Prelude::Tls { .. } => {
                    None
                }
            })
        })
    }

    /// The ALPN protocol the server chose, where that is visible: in TLS 1.3 with a key only.
    pub fn alpn(&self) -> Option<&[u8]> {
        let hello = self.server_hello.as_ref().and_then(|hello| hello.value.alpn.as_deref());
        let encrypted = self.encrypted_extensions.as_ref();
        hello.or_else(|| encrypted.and_then(|extensions| extensions.value.alpn.as_deref()))
    }
}

/// `host` of `host:port` and of `[v6]:port`.
pub(crate) fn without_port(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match authority.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carrier_is_the_first_letter_of_a_ja4() {
        for (carrier, letter) in
            [(Carrier::Tcp, 't'), (Carrier::Quic { version: 1 }, 'q'), (Carrier::Dtls, 'd')]
        {
            let mut session = Session::new(carrier);
            assert_eq!(session.ja4(), None);
            let hello = Seen { value: Arc::default(), packets: PacketSpan::default() };
            session.client_hello = Some(hello);
            assert!(session.ja4().unwrap().starts_with(letter));
        }
    }

    #[test]
    fn host_falls_back_to_the_innermost_target() {
        let mut session = Session::new(Carrier::Tcp);
        assert_eq!(session.host(), None);
        session.preludes.push(Prelude::Socks { version: 5, target: "outer.test:1".into() });
        session.preludes.push(Prelude::HttpConnect { target: "[2001:db8::1]:443".into() });
        assert_eq!(session.host(), Some("2001:db8::1"));
        session.preludes.pop();
        assert_eq!(session.host(), Some("outer.test"));
    }
}
