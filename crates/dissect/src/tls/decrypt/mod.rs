//! Opens the encrypted records of one connection with the secrets of a key log: TLS 1.3 and TLS 1.0
//! to 1.2.

pub(super) mod tls12;
pub(super) mod tls13;

use super::keylog::{KeyLog, Label, session_key};
use super::protection::Suite;
use super::record_cipher::Agreed;
use super::record_suite::RecordSuite;
use super::registry::TlsVersion;
use super::server_hello::ServerHello;
use crate::limits::{LOST_RECORDS, LOST_TRIAL_BYTES};

pub(crate) use tls13::Epoch;

/// What became of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Opened<'a> {
    /// There is a key, and it does not fit.
    BadMac,
    /// Early data without a key.
    Early,
    /// It is behind a hole, and cannot be opened; a later one perhaps can.
    Lost,
    /// A record of an epoch without a key.
    NoKey,
    /// It opened: content type inside, and content without padding.
    Plain(u8, &'a [u8], Epoch),
    /// Records before it opened, and this one does not: it was spoilt on the way to the capture.
    Spoilt,
}

/// One direction of a connection.
#[derive(Debug)]
pub(crate) enum Direction {
    Tls12(tls12::Direction),
    Tls13(tls13::Direction),
}

impl Direction {
    /// Opens a record: its header and its body. What is plain of it stands in `scratch`, which is
    /// overwritten.
    pub(crate) fn open<'s>(
        &mut self,
        head: &[u8],
        body: &[u8],
        scratch: &'s mut Vec<u8>,
    ) -> Opened<'s> {
        match self {
            Self::Tls12(direction) => direction.open(head, body, scratch),
            Self::Tls13(direction) => direction.open(head, body, scratch),
        }
    }

    /// So many bytes of the stream are missing.
    pub(crate) fn lose(&mut self, bytes: u64) {
        match self {
            Self::Tls12(direction) => direction.lose(bytes),
            Self::Tls13(direction) => direction.lose(bytes),
        }
    }

    /// Whether there is a key for what the sender sends now.
    pub(crate) fn has_key(&self) -> bool {
        match self {
            Self::Tls12(_) => true,
            Self::Tls13(direction) => direction.has_key(),
        }
    }

    /// Takes the secrets that the log has by now.
    pub(crate) fn learn(&mut self, log: &KeyLog, protection: &Protection, from_client: bool) {
        if let (Self::Tls13(direction), Protection::Tls13 { suite, client_random, .. }) =
            (self, protection)
        {
            let [_, application] = labels(from_client);
            direction.learn(log, client_random, *suite, application);
        }
    }

    /// The sender said that it goes on to other keys of TLS 1.3.
    pub(crate) fn advance(&mut self) {
        if let Self::Tls13(direction) = self {
            direction.advance();
        }
    }
}

/// What the two hellos have agreed on, as far as it decides how records are protected.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protection {
    Tls12(Agreed),
    Tls13 { suite: Suite, client_random: [u8; 32], early_offered: bool },
}

impl Protection {
    /// `None` if records protected like this cannot be opened here.
    pub(crate) fn of(
        client_random: [u8; 32],
        early_offered: bool,
        hello: &ServerHello,
    ) -> Option<Self> {
        let version = hello.version();
        if version.is_tls13() {
            let suite = Suite::of(hello.cipher_suite).filter(|_| is_decryptable(version))?;
            return Some(Self::Tls13 { suite, client_random, early_offered });
        }
        // Of what compression makes of content nothing can be read here: nobody compresses since
        // 2012 (CVE-2012-4929).
        let suite = RecordSuite::of(hello.cipher_suite, version);
        let suite = suite.filter(|_| hello.compression_method == 0)?;
        Some(Self::Tls12(Agreed {
            version,
            suite,
            client_random,
            server_random: hello.random,
            encrypt_then_mac: hello.encrypt_then_mac,
        }))
    }

    /// A direction, from where its sender begins to encrypt; `None` if the log has no secret for
    /// that. `session` is the id that the server gave the session.
    pub(crate) fn direction(
        &self,
        log: &KeyLog,
        session: &[u8],
        from_client: bool,
    ) -> Option<Direction> {
        match self {
            Self::Tls12(agreed) => {
                tls12::Direction::new(log, agreed, session, from_client).map(Direction::Tls12)
            }
            Self::Tls13 { suite, client_random, early_offered } => {
                let direction =
                    tls13::Direction::handshake(log, client_random, *suite, labels(from_client))?;
                let direction = if from_client && *early_offered {
                    direction.preceded_by(tls13::Direction::early(log, client_random))
                } else {
                    direction
                };
                Some(Direction::Tls13(direction))
            }
        }
    }
}

impl Protection {
    /// A direction of a resumed session that the log does not name, if the secret of another one
    /// opens its first record.
    pub(crate) fn recalled(
        &self,
        log: &KeyLog,
        from_client: bool,
        record: (&[u8], &[u8]),
    ) -> Option<Direction> {
        let Self::Tls12(agreed) = self else { return None };
        tls12::Direction::recalled(log, agreed, from_client, record).map(Direction::Tls12)
    }
}

/// Whether the log has a secret of the connection with this random and this session id.
pub(crate) fn has_secret(log: &KeyLog, client_random: &[u8; 32], session: &[u8]) -> bool {
    let [[a, b], [c, d]] = [labels(false), labels(true)];
    let by_session = session_key(session)
        .is_some_and(|key| log.secrets(&key, Label::SessionMaster).next().is_some());
    let found = |label| log.secrets(client_random, label).next().is_some();
    by_session || [Label::Master, a, b, c, d].into_iter().any(found)
}

/// Labels of one direction: handshake, application data.
const fn labels(from_client: bool) -> [Label; 2] {
    if from_client {
        [Label::ClientHandshakeTraffic, Label::ClientTraffic]
    } else {
        [Label::ServerHandshakeTraffic, Label::ServerTraffic]
    }
}

/// Whether records of this version of TLS 1.3 can be opened: RFC 8446 and the drafts that protect
/// like it.
pub(crate) const fn is_decryptable(version: TlsVersion) -> bool {
    matches!(version.0, 0x0304 | 0x7f19..=0x7f1c | 0xfb1a)
}

/// Bytes of the shortest record that holds something: header, tag, content type.
const SHORTEST_RECORD: u64 = 22;

/// Numbers that are tried beyond the expected one behind a hole of so many bytes, for a record of
/// this length.
fn ahead(lost: Option<u64>, length: usize) -> u64 {
    let Some(lost) = lost else { return 0 };
    let length = u64::try_from(length.max(1)).unwrap_or(u64::MAX);
    // A record that began before the hole, and one that ends behind it.
    let records = lost.checked_div(SHORTEST_RECORD).unwrap_or_default().saturating_add(2);
    let affordable = LOST_TRIAL_BYTES.checked_div(length).unwrap_or_default();
    records.min(LOST_RECORDS).min(affordable)
}
