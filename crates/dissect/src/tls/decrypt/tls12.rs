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
}

impl Direction {
    /// `None` if the log has no secret for it.
    pub(super) fn new(
        log: &KeyLog,
        agreed: &Agreed,
        session: &[u8],
        from_client: bool,
    ) -> Option<Self> {
        Self::of(masters(log, agreed, session), agreed, from_client)
    }

    /// With the secret of another session of the log, if one opens this record: whoever resumes a
    /// session need not write its secret again.
    pub(super) fn recalled(
        log: &KeyLog,
        agreed: &Agreed,
        from_client: bool,
        (head, body): (&[u8], &[u8]),
    ) -> Option<Self> {
        log.masters().into_iter().find_map(|master| {
            let made = || Self::of([Box::from(master)].into_iter(), agreed, from_client);
            let opens = matches!(made()?.open(head, body, &mut Vec::new()), Opened::Plain(..));
            opens.then(made).flatten()
        })
    }

    /// One of these secrets is the right one; `None` if there is none.
    fn of(
        masters: impl Iterator<Item = Box<[u8]>>,
        agreed: &Agreed,
        from_client: bool,
    ) -> Option<Self> {
        let ciphers: Vec<_> = masters
            .filter_map(|master| RecordCipher::derive(&master, agreed, from_client))
            .collect();
        (!ciphers.is_empty()).then_some(Self {
            ciphers,
            sequence: 0,
            nonce: None,
            proven: false,
            lost: None,
            failures: 0,
        })
    }

    /// So many bytes of the stream are missing.
    pub(super) fn lose(&mut self, bytes: u64) {
        self.lost = Some(self.lost.unwrap_or_default().saturating_add(bytes));
        self.ciphers.retain_mut(RecordCipher::lose);
    }

    /// Opens a record: its header and its body.
    pub(super) fn open<'s>(
        &mut self,
        head: &[u8],
        body: &[u8],
        scratch: &'s mut Vec<u8>,
    ) -> Opened<'s> {
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
            match cipher.open(numbers, kind, body, scratch) {
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
        let plain = scratch.get(..end).unwrap_or_default();
        Opened::Plain(kind, plain, Epoch::Application)
    }

    fn unopened(&mut self, unreadable: bool) -> Opened<'static> {
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
        // The ciphers have taken note of it: nothing but its number is uncertain.
        self.lost = Some(self.lost.unwrap_or_default().saturating_add(SHORTEST_RECORD));
        if spoilt { Opened::Spoilt } else { Opened::Lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::keylog::KeyLog;
    use crate::tls::record_suite::RecordSuite;
    use crate::tls::registry::TlsVersion;

    const MASTER: [u8; 48] = [5; 48];

    fn agreed(cipher_suite: u16, version: TlsVersion, encrypt_then_mac: bool) -> Agreed {
        let suite = RecordSuite::of(cipher_suite, version).unwrap();
        let (client_random, server_random) = ([1; 32], [2; 32]);
        Agreed { version, suite, client_random, server_random, encrypt_then_mac }
    }

    fn log(masters: &[u8]) -> KeyLog {
        let line = |byte: &u8| {
            let (random, secret) = (crate::hex(&[1; 32]), crate::hex(&[*byte; 48]));
            format!("CLIENT_RANDOM {random} {secret}\n")
        };
        KeyLog::parse(masters.iter().map(line).collect::<String>().as_bytes())
    }

    fn sealed(agreed: &Agreed, count: u64) -> Vec<Vec<u8>> {
        let mut cipher = RecordCipher::derive(&MASTER, agreed, true).unwrap();
        let content = |number| format!("record {number}, {}", "x".repeat(number as usize));
        (0..count).map(|number| cipher.seal(number, 23, content(number).as_bytes())).collect()
    }

    fn open(direction: &mut Direction, body: &[u8]) -> Result<String, String> {
        match direction.open(&[23, 3, 3, 0, 0], body, &mut Vec::new()) {
            Opened::Plain(23, plain, _) => Ok(String::from_utf8(plain.to_vec()).unwrap()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Stream, block, and AEAD ciphers; MACs of all hashes.
    fn all() -> Vec<Agreed> {
        let mut all = Vec::new();
        let numbers = [
            0x0001, 0x0002, 0x0004, 0x0005, 0x0009, 0x000a, 0x002f, 0x0035, 0x003b, 0x003c, 0x003d,
            0x0041, 0x0084, 0x009c, 0x009d, 0xc024, 0xc028, 0xc02f, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1,
            0xcca8,
        ];
        for number in numbers {
            for version in [TlsVersion::TLS10, TlsVersion::TLS11, TlsVersion::TLS12] {
                if RecordSuite::of(number, version).is_some() {
                    all.extend([false, true].map(|outside| agreed(number, version, outside)));
                }
            }
        }
        all
    }

    #[test]
    fn all_ciphers_with_several_secrets() {
        for agreed in all() {
            let mut client = Direction::new(&log(&[4, 5, 6]), &agreed, &[], true).unwrap();
            for (number, record) in sealed(&agreed, 40).iter().enumerate() {
                let plain = open(&mut client, record);
                assert!(plain.unwrap().starts_with(&format!("record {number},")), "{agreed:?}");
            }
            assert!(Direction::new(&KeyLog::default(), &agreed, &[], true).is_none());
        }
    }

    #[test]
    fn a_secret_that_does_not_fit() {
        for agreed in all() {
            let mut client = Direction::new(&log(&[4]), &agreed, &[], true).unwrap();
            assert_eq!(open(&mut client, &sealed(&agreed, 1)[0]), Err("BadMac".into()));
            let mut server = Direction::new(&log(&[5]), &agreed, &[], false).unwrap();
            assert_eq!(open(&mut server, &sealed(&agreed, 1)[0]), Err("BadMac".into()));
        }
    }

    /// Every bit counts; a bad padding is nothing but a bad MAC; and no length is dangerous.
    #[test]
    fn tampering_and_truncation() {
        for agreed in all() {
            let records = sealed(&agreed, 3);
            let client = || Direction::new(&log(&[5]), &agreed, &[], true).unwrap();
            for at in 0..records[0].len() {
                let mut spoilt = records[0].clone();
                spoilt[at] ^= 1;
                assert_eq!(open(&mut client(), &spoilt), Err("BadMac".into()), "{agreed:?}, {at}");
                let cut = &records[0][..at];
                assert_eq!(open(&mut client(), cut), Err("BadMac".into()), "{agreed:?}, {at}");
            }
            let mut client = client();
            open(&mut client, &records[0]).unwrap();
            let mut spoilt = records[1].clone();
            spoilt[0] ^= 1;
            assert_eq!(open(&mut client, &spoilt), Err("Spoilt".into()), "{agreed:?}");
            assert!(open(&mut client, &records[2]).is_ok(), "{agreed:?}");
        }
    }

    #[test]
    fn goes_on_behind_a_hole() {
        for agreed in all() {
            let records = sealed(&agreed, 300);
            let mut client = Direction::new(&log(&[5]), &agreed, &[], true).unwrap();
            open(&mut client, &records[0]).unwrap();
            for skipped in [5, 290] {
                client.lose(records[..skipped].iter().map(|record| record.len() as u64 + 5).sum());
                let [first, second, third] =
                    [0, 1, 2].map(|at| open(&mut client, &records[skipped + at]).is_ok());
                let (chained, stream) = match (agreed.suite.cipher, agreed.version) {
                    (crate::tls::record_suite::Cipher::Rc4, _) => (false, true),
                    (crate::tls::record_suite::Cipher::Block(_), TlsVersion::TLS10) => {
                        (true, false)
                    }
                    _ => (false, false),
                };
                let expected = [!chained && !stream, !stream, !stream];
                assert_eq!([first, second, third], expected, "{agreed:?}, {skipped}");
            }
        }
    }
}
