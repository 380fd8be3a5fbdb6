//! Opens the encrypted records of one TLS 1.3 connection with the secrets of a key log (RFC 8446
//! sections 5.2 and 7).
//!
//! Each direction has its own epochs, one after the other: early data (of the client), handshake,
//! application data. Every epoch has a secret of its own and counts its records from zero; a
//! KeyUpdate begins another one of the last kind. What a record holds tells when its sender goes on
//! to the next epoch: EndOfEarlyData, Finished, KeyUpdate.

use ring::hkdf::Prk;

use super::keylog::{KeyLog, Label};
use super::protection::{SealingKeys, Suite, expand_label};
use super::registry::TlsVersion;
use crate::limits::{LOST_RECORDS, SKIPPED_EARLY_RECORDS};

/// Whether records of this version can be opened: RFC 8446 and the drafts that protect like it.
pub(crate) const fn is_decryptable(version: TlsVersion) -> bool {
    matches!(version.0, 0x0304 | 0x7f19..=0x7f1c | 0xfb1a)
}

/// The kinds of epochs, in their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Epoch {
    EarlyData,
    Handshake,
    Application,
}

/// Keys of one epoch, made from one secret.
#[derive(Debug)]
struct Keys {
    suite: Suite,
    secret: Secret,
    keys: SealingKeys,
}

/// A secret that `Debug` does not show.
struct Secret(Prk);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Keys {
    fn derive(suite: Suite, secret: Prk) -> Option<Self> {
        let keys = SealingKeys::derive(suite, &secret, [b"key", b"iv"]).ok()?;
        Some(Self { suite, secret: Secret(secret), keys })
    }

    /// Those after a KeyUpdate (RFC 8446 section 7.2).
    fn next(&self) -> Option<Self> {
        let next: Prk = expand_label(&self.secret.0, b"traffic upd", self.suite.hash()).ok()?;
        Self::derive(self.suite, next)
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Opened<'a> {
    /// It opened: content type inside, and content without padding.
    Plain(u8, &'a [u8], Epoch),
    /// Early data without a key, or a record of an epoch without a key.
    NoKey,
    /// There is a key, and it does not fit.
    BadMac,
}

/// One direction of a connection.
#[derive(Debug)]
pub(crate) struct Direction {
    epoch: Epoch,
    /// Keys of this epoch and of later ones. Of several for one epoch the first that opens a
    /// record is the right one, and the others go.
    keys: Vec<(Epoch, Keys)>,
    /// Number of the next record of this epoch.
    sequence: u64,
    /// A record of this epoch was opened.
    proven: bool,
    /// Bytes of the stream are missing: the next number is at least `sequence`.
    lost: bool,
    /// The client may have sent early data that the server refuses.
    early_offered: bool,
    skipped: u32,
    /// Holds one record while it is opened.
    scratch: Vec<u8>,
}

impl Direction {
    /// The client's direction from its ClientHello on, if it offers early data and there is a
    /// secret for that. The suite is that of the ticket, which nothing shows: all are tried.
    pub(crate) fn early(log: &KeyLog, random: &[u8; 32]) -> Option<Self> {
        let mut direction = Self::new(Epoch::EarlyData);
        for suite in Suite::ALL {
            direction.add(log, random, suite, Epoch::EarlyData, Label::ClientEarlyTraffic);
        }
        direction.early_offered = true;
        (!direction.keys.is_empty()).then_some(direction)
    }

    /// A direction from its handshake on; `None` if the log has no secret for that.
    pub(crate) fn handshake(
        log: &KeyLog,
        random: &[u8; 32],
        suite: Suite,
        [handshake, application]: [Label; 2],
    ) -> Option<Self> {
        let mut direction = Self::new(Epoch::Handshake);
        direction.add(log, random, suite, Epoch::Handshake, handshake);
        if direction.keys.is_empty() {
            return None;
        }
        direction.add(log, random, suite, Epoch::Application, application);
        Some(direction)
    }

    const fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            keys: Vec::new(),
            sequence: 0,
            proven: false,
            lost: false,
            early_offered: false,
            skipped: 0,
            scratch: Vec::new(),
        }
    }

    fn add(&mut self, log: &KeyLog, random: &[u8; 32], suite: Suite, epoch: Epoch, label: Label) {
        let secrets = log.secrets(random, label);
        let keys = secrets.filter_map(|secret| Keys::derive(suite, suite.secret(secret)?));
        self.keys.extend(keys.map(|keys| (epoch, keys)));
    }

    /// The client offered early data: its first records may be some, before this direction's.
    pub(crate) fn preceded_by(mut self, early: Option<Self>) -> Self {
        self.early_offered = true;
        if let Some(early) = early {
            self.keys.extend(early.keys);
            (self.epoch, self.sequence) = (early.epoch, early.sequence);
            (self.proven, self.lost) = (early.proven, early.lost);
        }
        self
    }

    /// Bytes of the stream are missing.
    pub(crate) const fn lose(&mut self) {
        self.lost = true;
    }

    /// Whether there is a key for what the sender sends now.
    pub(crate) fn has_key(&self) -> bool {
        self.keys.iter().any(|(epoch, _)| *epoch >= self.epoch)
    }

    /// Opens a record: its header and its body.
    pub(crate) fn open(&mut self, head: &[u8], body: &[u8]) -> Opened<'_> {
        let Some((epoch, end)) = self.find(head, body) else {
            return self.unopened();
        };
        // Behind the content come its type, which is not zero, and padding, which is.
        let inner = self.scratch.get(..end).unwrap_or_default();
        let Some(at) = inner.iter().rposition(|byte| *byte != 0) else { return Opened::BadMac };
        let kind = inner.get(at).copied().unwrap_or_default();
        Opened::Plain(kind, inner.get(..at).unwrap_or_default(), epoch)
    }

    fn unopened(&mut self) -> Opened<'_> {
        if self.early_offered && !(self.epoch == Epoch::Handshake && self.proven) {
            self.skipped = self.skipped.saturating_add(1);
            if self.skipped <= SKIPPED_EARLY_RECORDS {
                return Opened::NoKey;
            }
        }
        let has_key = self.keys.iter().any(|(epoch, _)| *epoch == self.epoch);
        if has_key { Opened::BadMac } else { Opened::NoKey }
    }

    /// Tries all keys and numbers that may be right. Says of which epoch the record is, and how many
    /// bytes in `scratch` are plain.
    fn find(&mut self, head: &[u8], body: &[u8]) -> Option<(Epoch, usize)> {
        let ahead = if self.lost { LOST_RECORDS } else { 0 };
        // Without a hole in the stream, the one epoch that nothing announces is the handshake, after
        // early data that was refused.
        let later = match self.epoch {
            Epoch::EarlyData => Epoch::Handshake,
            _ if self.lost => Epoch::Application,
            current => current,
        };
        for (at, (epoch, keys)) in self.keys.iter().enumerate() {
            if *epoch < self.epoch || *epoch > later {
                continue;
            }
            let first = if *epoch == self.epoch { self.sequence } else { 0 };
            for number in first..=first.saturating_add(ahead) {
                self.scratch.clear();
                self.scratch.extend_from_slice(body);
                if let Some(end) = keys.keys.open(number, head, &mut self.scratch) {
                    let epoch = *epoch;
                    self.settle(at, epoch, number);
                    return Some((epoch, end));
                }
            }
        }
        None
    }

    /// The keys at this position opened the record with this number.
    fn settle(&mut self, at: usize, epoch: Epoch, number: u64) {
        if epoch != self.epoch || !self.proven {
            let mut position = 0_usize;
            self.keys.retain(|(other, _)| {
                let kept = *other > epoch || position == at;
                position = position.saturating_add(1);
                kept
            });
        }
        self.epoch = epoch;
        self.sequence = number.saturating_add(1);
        self.proven = true;
        self.lost = false;
    }

    /// The sender said that it goes on to the next epoch.
    pub(crate) fn advance(&mut self) {
        let next = match self.epoch {
            Epoch::EarlyData => Epoch::Handshake,
            Epoch::Handshake | Epoch::Application => Epoch::Application,
        };
        if self.epoch == Epoch::Application {
            let current = self.keys.iter_mut().find(|(epoch, _)| *epoch == Epoch::Application);
            if let Some((keys, next)) = current.and_then(|(_, keys)| {
                let next = keys.next()?;
                Some((keys, next))
            }) {
                *keys = next;
            }
        }
        self.keys.retain(|(epoch, _)| *epoch >= next);
        (self.epoch, self.sequence, self.proven) = (next, 0, false);
    }
}

/// Both directions of a connection; `None` where the log holds nothing.
#[derive(Debug, Default)]
pub(crate) struct Decryption {
    pub(crate) client: Option<Direction>,
    pub(crate) server: Option<Direction>,
}

impl Decryption {
    /// One of them.
    pub(crate) const fn of(&mut self, client: bool) -> &mut Option<Direction> {
        if client { &mut self.client } else { &mut self.server }
    }

    /// From the ServerHello on: the keys of the suite that it chose.
    pub(crate) fn negotiate(
        &mut self,
        log: &KeyLog,
        random: &[u8; 32],
        suite: Suite,
        early_offered: bool,
    ) {
        let client = [Label::ClientHandshakeTraffic, Label::ClientTraffic];
        let server = [Label::ServerHandshakeTraffic, Label::ServerTraffic];
        let early = self.client.take();
        let client = Direction::handshake(log, random, suite, client);
        self.client = match client {
            Some(client) if early_offered => Some(client.preceded_by(early)),
            other => other,
        };
        self.server = Direction::handshake(log, random, suite, server);
    }
}

