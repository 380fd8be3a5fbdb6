//! One direction of a connection of TLS 1.0 to 1.2, from a ChangeCipherSpec to the next one.
//!
//! What is wanted is the master secret, so that it does not matter how it came to be: extended
//! (RFC 7627) or not, of a resumed session or not.

use super::{Epoch, KeyLog, Label, Opened, SHORTEST_RECORD, ahead};
use crate::limits::LOST_TRIES;
use crate::tls::keylog::session_key;
use crate::tls::record_cipher::{Agreed, Outcome, RecordCipher};

/// The master secrets that a connection may have.
pub(super) fn masters<'a>(
    log: &'a KeyLog,
    agreed: &'a Agreed,
    session: &[u8],
) -> impl Iterator<Item = Box<[u8]>> + use<'a> {
    let by_session = session_key(session).map(|key| {
        let held = log.secrets(&key, Label::SessionMaster);
        held.map(Box::from).collect::<Vec<_>>()
    });
    let by_random = log.secrets(&agreed.client_random, Label::Master).map(Box::from);
    by_random.chain(by_session.into_iter().flatten())
}

/// A direction.
#[derive(Debug)]
pub(crate) struct Direction {
    /// Of several the first that opens a record is the right one, and the others go.
    ciphers: Vec<RecordCipher>,
    /// Number of the next record.
    sequence: u64,
    /// The nonce that the record before brought with it.
    nonce: Option<u64>,
    /// A record was opened.
    proven: bool,
    /// So many bytes of the stream are missing: the next number is at least `sequence`.
    lost: Option<u64>,
    /// Records behind a hole that did not open.
    failures: u32,
    /// Holds one record while it is opened.
    scratch: Vec<u8>,
}

impl Direction {
    /// `None` if the log has no secret for it.
    pub(super) fn new(
        log: &KeyLog,
        agreed: &Agreed,
        session: &[u8],
        from_client: bool,
    ) -> Option<Self> {
        let ciphers: Vec<_> = masters(log, agreed, session)
            .filter_map(|master| RecordCipher::derive(&master, agreed, from_client))
            .collect();
        (!ciphers.is_empty()).then_some(Self {
            ciphers,
            sequence: 0,
            nonce: None,
            proven: false,
            lost: None,
            failures: 0,
            scratch: Vec::new(),
        })
    }

    /// So many bytes of the stream are missing.
    pub(super) fn lose(&mut self, bytes: u64) {
        self.lost = Some(self.lost.unwrap_or_default().saturating_add(bytes));
        self.ciphers.retain_mut(RecordCipher::lose);
    }

    /// Opens a record: its header and its body.
    pub(super) fn open(&mut self, head: &[u8], body: &[u8]) -> Opened<'_> {
        let kind = head.first().copied().unwrap_or_default();
        let last = self.sequence.saturating_add(ahead(self.lost, body.len()));
        let mut unreadable = false;
        let mut found = None;
        for (at, cipher) in self.ciphers.iter_mut().enumerate() {
            let nonce = cipher.explicit_nonce(body);
            // Most nonces count up with the records, many are their numbers.
            let likely = match (self.lost, nonce, self.nonce) {
                (Some(_), Some(nonce), Some(before)) => {
                    let since = nonce.saturating_sub(before).saturating_sub(1);
                    Some(self.sequence.saturating_add(since))
                }
                (Some(_), nonce, None) => nonce,
                _ => None,
            };
            let likely = likely.filter(|number| *number >= self.sequence);
            let numbers = likely.into_iter().chain(self.sequence..=last);
            match cipher.open(numbers, kind, body, &mut self.scratch) {
                Outcome::Opened { number, end } => {
                    found = Some((at, number, end, nonce));
                    break;
                }
                Outcome::Unreadable => unreadable = true,
                Outcome::Wrong => {}
            }
        }
        let Some((at, number, end, nonce)) = found else { return self.unopened(unreadable) };
        if !self.proven {
            self.ciphers.swap(0, at);
            self.ciphers.truncate(1);
        }
        self.sequence = number.saturating_add(1);
        (self.nonce, self.proven, self.lost, self.failures) = (nonce, true, None, 0);
        let plain = self.scratch.get(..end).unwrap_or_default();
        Opened::Plain(kind, plain, Epoch::Application)
    }

    fn unopened(&mut self, unreadable: bool) -> Opened<'_> {
        if unreadable {
            return Opened::Lost;
        }
        // Behind a hole in a stream of RC4 nothing can be read.
        if self.ciphers.is_empty() {
            return Opened::Lost;
        }
        let spoilt = self.proven && self.lost.is_none();
        self.failures = self.failures.saturating_add(1);
        if self.failures > LOST_TRIES || (self.lost.is_none() && !self.proven) {
            return Opened::BadMac;
        }
        self.lose(SHORTEST_RECORD);
        if spoilt { Opened::Spoilt } else { Opened::Lost }
    }
}
