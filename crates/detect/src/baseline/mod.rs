//! What is normal: per host and app, learned from clean captures.
//!
//! A baseline is a TOML file that people read, review and keep in git. Everything in it is a set,
//! because one host has several edges, certificates and protocols; all sets are sorted, so that
//! the same captures give the same bytes. What a server answers depends on what the client offers:
//! answers are kept per offer. [`Learner`] makes one from records, [`Baseline::parse`] and
//! [`Baseline::to_text`] go from and to the file's text.

mod learner;
mod observe;
mod offer_key;
mod runs;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use learner::{Acceptance, Learner};
pub use text::BaselineError;

pub(crate) use observe::{
    NO_PROTOCOL, answer, full_answer, host_key, host_part, offer, pin, protocol_rank,
};
pub(crate) use offer_key::OfferKeys;

/// Version of the file's form.
pub const SCHEMA: &str = "interloper-baseline/1";

/// What is normal. Empty unless one was given.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// By the name that was asked for, in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, Host>,
    /// By the name given when it was learned, else by the client's JA4.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apps: BTreeMap<String, App>,
}

/// What is normal for a host.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// Issuers of leaf certificates with a path to a trusted root, as text.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub issuers: BTreeSet<String>,
    /// Issuers that were accepted without such a path.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub private_issuers: BTreeSet<String>,
    /// Keys of leaf certificates: `sha256/` and Base64 of the hash of SubjectPublicKeyInfo.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub leaf_pins: BTreeSet<String>,
    /// Keys of the other certificates that were sent, in the same form.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub issuer_pins: BTreeSet<String>,
    /// Versions that were negotiated.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub versions: BTreeSet<String>,
    /// Protocols that were chosen by ALPN.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub protocols: BTreeSet<String>,
    /// Cipher suites that were chosen.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ciphers: BTreeSet<String>,
    /// Times to live of the server's SYN-ACK as they were captured.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub syn_ack_ttls: BTreeSet<u8>,
    /// The host answered over QUIC.
    #[serde(skip_serializing_if = "is_false")]
    pub quic: bool,
    /// A client offered Encrypted ClientHello, real or not.
    #[serde(skip_serializing_if = "is_false")]
    pub encrypted_client_hello: bool,
    /// What it answered to whom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
}

/// An offer, and what the host answered to it.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// JA4 of the ClientHello.
    pub ja4: String,
    /// Protocols offered by ALPN, in order. JA4 tells only the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alpn: Vec<String>,
    /// First cipher suite of the offer. JA4 does not tell the order.
    pub first_cipher: String,
    /// Groups of the key shares that were sent, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_shares: Vec<String>,
    /// It takes stapled revocation status, which lengthens the certificate message.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stapling: bool,
    /// It takes compressed certificates, which shortens the certificate message.
    #[serde(default, skip_serializing_if = "is_false")]
    pub compression: bool,
    /// What the host answered.
    #[serde(default)]
    pub answers: Vec<Answer>,
}

/// What a host answered to a full handshake.
#[derive(Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Version.
    pub version: String,
    /// Cipher suite.
    pub cipher: String,
    /// Extensions of the ServerHello in order, with `-` between them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub extensions: String,
    /// Group of the server's key share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// It asked for another key share first (HelloRetryRequest).
    #[serde(default, skip_serializing_if = "is_false")]
    pub retry: bool,
    /// Protocol chosen by ALPN, `none` for none; absent if it could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// It acknowledged the server name; absent if that could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_acknowledged: Option<bool>,
    /// Bytes of other extensions in EncryptedExtensions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_extensions: Option<u16>,
    /// Bytes of the certificate entries in TLS 1.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_bytes: Option<u16>,
    /// Key that signed in TLS 1.3: `P-256`, `RSA-2048`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// It asked for a client certificate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub client_certificate: bool,
    /// Bytes of a flight whose messages share records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed_bytes: Option<u32>,
    /// Lengths of the records behind the Finished that look like session tickets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<u16>,
}

/// What is normal for an app.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// JA4s of its ClientHellos.
    #[serde(default)]
    pub ja4s: BTreeSet<String>,
    /// Hosts that it asked for.
    #[serde(default)]
    pub hosts: BTreeSet<String>,
    /// How it sets up HTTP/2, in Akamai's form, where that could be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub http2: BTreeSet<String>,
    /// What came before a call, by its route (`POST api.shop.test /v2/login`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, Sequence>,
}

/// What an app called before it made a call for the first time in a run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// In how many runs the call was seen.
    pub runs: u32,
    /// Routes that came before it in every one of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub before: BTreeSet<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Baseline {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.apps.is_empty()
    }

    /// What is known of a host; its name may be written in any case.
    pub fn host(&self, name: &str) -> Option<&Host> {
        if self.hosts.is_empty() { None } else { self.hosts.get(&host_key(name)) }
    }
}

impl Client {
    /// Whether the offers are the same, as far as answers depend on them.
    pub fn offers_as(&self, other: &Self) -> bool {
        self.ja4 == other.ja4
            && self.alpn == other.alpn
            && self.first_cipher == other.first_cipher
            && self.key_shares == other.key_shares
    }

    /// Whether it came over QUIC.
    pub fn is_quic(&self) -> bool {
        self.ja4.starts_with('q')
    }
}

impl Answer {
    /// Whether it differs from the other in nothing but a few bytes of the certificates, as
    /// signatures, serial numbers and renewals make them differ.
    pub fn is_like(&self, other: &Self) -> bool {
        let alike = match (self.certificate_bytes, other.certificate_bytes) {
            (Some(one), Some(two)) => one.abs_diff(two) <= CERTIFICATE_JITTER,
            (one, two) => one == two,
        };
        let packed = match (self.packed_bytes, other.packed_bytes) {
            (Some(one), Some(two)) => one.abs_diff(two) <= u32::from(CERTIFICATE_JITTER),
            (one, two) => one == two,
        };
        alike
            && packed
            && Self { certificate_bytes: None, packed_bytes: None, ..self.clone() }
                == Self { certificate_bytes: None, packed_bytes: None, ..other.clone() }
    }
}

/// Bytes by which the length of one chain varies: every ECDSA signature in it, and in the
/// timestamps of its logs, by one to three; serial numbers by one or two; a renewed leaf by the
/// digits in its addresses.
pub const CERTIFICATE_JITTER: u16 = 32;
