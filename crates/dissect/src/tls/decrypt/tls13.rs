//! One direction of a connection of TLS 1.3 (RFC 8446 sections 5.2 and 7).
//!
//! Each direction has its own epochs, one after the other: early data (of the client), handshake,
//! application data. Every epoch has a secret of its own and counts its records from zero; a
//! KeyUpdate begins another one of the last kind. What a record holds tells when its sender goes on
//! to the next epoch: EndOfEarlyData, Finished, KeyUpdate.

use super::{KeyLog, Label, Opened, SHORTEST_RECORD, Suite, ahead};
use crate::limits::{LOST_TRIES, SKIPPED_EARLY_RECORDS};
use crate::tls::protection::SealingKeys;
use crate::tls::secret::Secret;

/// The kinds of epochs, in their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Epoch {
    EarlyData,
    Handshake,
    Application,
}

/// Keys of one epoch, made from one secret.
#[derive(Debug)]
pub(in crate::tls) struct Keys {
    suite: Suite,
    secret: Secret,
    pub(in crate::tls) keys: SealingKeys,
}

impl Keys {
    pub(in crate::tls) fn derive(suite: Suite, secret: Secret) -> Option<Self> {
        let keys = SealingKeys::derive(suite, &secret.keyed()?, [b"key", b"iv"])?;
        Some(Self { suite, secret, keys })
    }

    /// Those after a KeyUpdate (RFC 8446 section 7.2).
    pub(in crate::tls) fn next(&self) -> Option<Self> {
        Self::derive(self.suite, self.secret.next(b"traffic upd")?)
    }
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
    /// So many bytes of the stream are missing: the next number is at least `sequence`.
    lost: Option<u64>,
    /// Records behind a hole that did not open.
    failures: u32,
    /// The client may have sent early data that the server refuses.
    early_offered: bool,
    skipped: u32,
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
        direction.add(log, random, suite, Epoch::Application, application);
        (!direction.keys.is_empty()).then_some(direction)
    }

    const fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            keys: Vec::new(),
            sequence: 0,
            proven: false,
            lost: None,
            failures: 0,
            early_offered: false,
            skipped: 0,
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
            // Those that were used already know how far they are.
            self.keys.retain(|(epoch, _)| *epoch != Epoch::EarlyData);
            self.keys.extend(early.keys);
            (self.epoch, self.sequence) = (early.epoch, early.sequence);
            (self.proven, self.lost) = (early.proven, early.lost);
        }
        self
    }

    /// The secrets for application data, which a log gets later than those for the handshake.
    pub(super) fn learn(
        &mut self,
        log: &KeyLog,
        random: &[u8; 32],
        suite: Suite,
        application: Label,
    ) {
        if !self.keys.iter().any(|(epoch, _)| *epoch == Epoch::Application) {
            self.add(log, random, suite, Epoch::Application, application);
        }
    }

    /// So many bytes of the stream are missing.
    pub(crate) fn lose(&mut self, bytes: u64) {
        self.lost = Some(self.lost.unwrap_or_default().saturating_add(bytes));
    }

    /// Whether there is a key for what the sender sends now.
    pub(crate) fn has_key(&self) -> bool {
        self.keys.iter().any(|(epoch, _)| *epoch >= self.epoch)
    }

    fn has_key_of(&self, epoch: Epoch) -> bool {
        self.keys.iter().any(|(other, _)| *other == epoch)
    }

    /// Opens a record: its header and its body.
    pub(crate) fn open<'s>(
        &mut self,
        head: &[u8],
        body: &[u8],
        scratch: &'s mut Vec<u8>,
    ) -> Opened<'s> {
        let Some((epoch, end)) = self.find(head, body, scratch) else {
            return self.unopened();
        };
        // Behind the content come its type, which is not zero, and padding, which is.
        let inner = scratch.get(..end).unwrap_or_default();
        let Some(at) = inner.iter().rposition(|byte| *byte != 0) else { return Opened::BadMac };
        let kind = inner.get(at).copied().unwrap_or_default();
        Opened::Plain(kind, inner.get(..at).unwrap_or_default(), epoch)
    }

    fn unopened(&mut self) -> Opened<'static> {
        if self.early_offered && !(self.epoch == Epoch::Handshake && self.proven) {
            self.skipped = self.skipped.saturating_add(1);
            if self.skipped <= SKIPPED_EARLY_RECORDS {
                return Opened::Early;
            }
        }
        if !self.has_key_of(self.epoch) {
            return Opened::NoKey;
        }
        let spoilt = self.proven && self.lost.is_none();
        self.failures = self.failures.saturating_add(1);
        if self.failures > LOST_TRIES || (self.lost.is_none() && !self.proven) {
            return Opened::BadMac;
        }
        self.lose(SHORTEST_RECORD);
        if spoilt { Opened::Spoilt } else { Opened::Lost }
    }

    /// Tries all keys and numbers that may be right. Says of which epoch the record is, and how many
    /// bytes in `scratch` are plain.
    fn find(&mut self, head: &[u8], body: &[u8], scratch: &mut Vec<u8>) -> Option<(Epoch, usize)> {
        let ahead = ahead(self.lost, body.len());
        // Without a hole in the stream, the one epoch that nothing announces is the handshake, after
        // early data that was refused; that, and what comes behind an epoch without a key.
        let later = match self.epoch {
            Epoch::EarlyData => Epoch::Handshake,
            current if self.lost.is_none() && self.has_key_of(current) => current,
            _ => Epoch::Application,
        };
        for (at, (epoch, keys)) in self.keys.iter().enumerate() {
            if *epoch < self.epoch || *epoch > later {
                continue;
            }
            let first = if *epoch == self.epoch { self.sequence } else { 0 };
            for number in first..=first.saturating_add(ahead) {
                scratch.clear();
                scratch.extend_from_slice(body);
                if let Some(end) = keys.keys.open(number, head, scratch) {
                    let epoch = *epoch;
                    self.settle(at, epoch, number);
                    return Some((epoch, end));
                }
            }
        }
        self.find_updated(ahead, head, body, scratch)
    }

    /// A KeyUpdate may be in the hole: tries the keys after it.
    fn find_updated(
        &mut self,
        ahead: u64,
        head: &[u8],
        body: &[u8],
        scratch: &mut Vec<u8>,
    ) -> Option<(Epoch, usize)> {
        self.lost?;
        let application = |(epoch, _): &(Epoch, Keys)| *epoch == Epoch::Application;
        let at = self.keys.iter().position(application)?;
        let (_, keys) = self.keys.get(at)?;
        if self.keys.iter().filter(|held| application(held)).count() > 1 {
            return None;
        }
        let next = keys.next()?;
        for number in 0..=ahead {
            scratch.clear();
            scratch.extend_from_slice(body);
            if let Some(end) = next.keys.open(number, head, scratch) {
                if let Some((_, keys)) = self.keys.get_mut(at) {
                    *keys = next;
                }
                self.settle(at, Epoch::Application, number);
                return Some((Epoch::Application, end));
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
        (self.proven, self.lost, self.failures) = (true, None, 0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::sealer::{Sealer, line, secret};

    const RANDOM: [u8; 32] = [1; 32];
    const CLIENT: [Label; 2] = [Label::ClientHandshakeTraffic, Label::ClientTraffic];

    fn open(direction: &mut Direction, record: &[u8]) -> Option<(u8, Vec<u8>, Epoch)> {
        match direction.open(&record[..5], &record[5..], &mut Vec::new()) {
            Opened::Plain(kind, content, epoch) => Some((kind, content.to_vec(), epoch)),
            _ => None,
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// RFC 8448 section 3: the client's Finished, its application data and its close_notify.
    #[test]
    fn simple_handshake_of_rfc_8448() {
        let log = KeyLog::parse(
            [
                line(
                    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                    &RANDOM,
                    &bytes("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"),
                ),
                line(
                    "CLIENT_TRAFFIC_SECRET_0",
                    &RANDOM,
                    &bytes("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"),
                ),
            ]
            .concat()
            .as_bytes(),
        );
        let mut client = Direction::handshake(&log, &RANDOM, Suite::Aes128Gcm, CLIENT).unwrap();
        let finished = bytes(
            "17 03 03 00 35 75 ec 4d c2 38 cc e6 0b 29 80 44 a7 1e 21 9c 56 cc 77 b0 51 7f e9 b9
             3c 7a 4b fc 44 d8 7f 38 f8 03 38 ac 98 fc 46 de b3 84 bd 1c ae ac ab 68 67 d7 26 c4
             05 46",
        );
        let (kind, content, epoch) = open(&mut client, &finished).unwrap();
        assert_eq!((kind, &content[..4], epoch), (22, &[20, 0, 0, 32][..], Epoch::Handshake));
        client.advance();
        let data = bytes(
            "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa
             66 bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2
             97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4",
        );
        let (kind, content, epoch) = open(&mut client, &data).unwrap();
        assert_eq!((kind, epoch), (23, Epoch::Application));
        assert_eq!(content, (0..50).collect::<Vec<u8>>());
        let alert =
            bytes("17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3");
        assert_eq!(open(&mut client, &alert), Some((21, vec![1, 0], Epoch::Application)));
    }

    fn log(suite: Suite, secrets: &[(&str, u8)]) -> KeyLog {
        let lines = secrets.iter().map(|(label, byte)| line(label, &RANDOM, &secret(suite, *byte)));
        KeyLog::parse(lines.collect::<String>().as_bytes())
    }

    const HANDSHAKE: &str = "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
    const TRAFFIC: &str = "CLIENT_TRAFFIC_SECRET_0";
    const EARLY: &str = "CLIENT_EARLY_TRAFFIC_SECRET";

    #[test]
    fn all_suites_padding_and_key_updates() {
        for suite in Suite::ALL {
            let log = log(suite, &[(HANDSHAKE, 9), (HANDSHAKE, 1), (TRAFFIC, 8), (TRAFFIC, 2)]);
            let mut client = Direction::handshake(&log, &RANDOM, suite, CLIENT).unwrap();
            let mut handshake = Sealer::new(suite, &secret(suite, 1));
            for padding in [0, 1, 300] {
                let record = handshake.record(22, b"hello", padding);
                let opened = Some((22, b"hello".to_vec(), Epoch::Handshake));
                assert_eq!(open(&mut client, &record), opened);
            }
            client.advance();
            let mut traffic = Sealer::new(suite, &secret(suite, 2));
            for _ in 0..3 {
                for _ in 0..2 {
                    let record = traffic.record(23, b"data", 0);
                    assert!(open(&mut client, &record).is_some(), "{suite:?}");
                }
                client.advance();
                traffic = traffic.next();
            }
            let only_zeros = traffic.record(0, &[0; 20], 3);
            assert_eq!(
                client.open(&only_zeros[..5], &only_zeros[5..], &mut Vec::new()),
                Opened::BadMac
            );
        }
    }

    #[test]
    fn a_key_that_does_not_fit_and_a_key_that_is_not_there() {
        let suite = Suite::ChaCha20Poly1305;
        let wrong = log(suite, &[(HANDSHAKE, 9)]);
        let mut client = Direction::handshake(&wrong, &RANDOM, suite, CLIENT).unwrap();
        let record = Sealer::new(suite, &secret(suite, 1)).record(22, b"hello", 0);
        assert_eq!(client.open(&record[..5], &record[5..], &mut Vec::new()), Opened::BadMac);
        client.advance();
        assert!(!client.has_key());
        assert_eq!(client.open(&record[..5], &record[5..], &mut Vec::new()), Opened::NoKey);
        assert!(Direction::handshake(&wrong, &[2; 32], suite, CLIENT).is_none());
        assert!(Direction::handshake(&wrong, &RANDOM, Suite::Aes256Gcm, CLIENT).is_none());
    }

    #[test]
    fn early_data_that_is_refused_is_passed_over() {
        let suite = Suite::Aes128Gcm;
        let log = log(suite, &[(HANDSHAKE, 1)]);
        let client = Direction::handshake(&log, &RANDOM, suite, CLIENT).unwrap();
        let mut client = client.preceded_by(None);
        let mut early = Sealer::new(suite, &secret(suite, 7));
        for _ in 0..3 {
            let record = early.record(23, b"GET /", 0);
            assert_eq!(client.open(&record[..5], &record[5..], &mut Vec::new()), Opened::Early);
        }
        let finished = Sealer::new(suite, &secret(suite, 1)).record(22, b"finished", 0);
        assert_eq!(open(&mut client, &finished).unwrap().2, Epoch::Handshake);
        let record = early.record(23, b"GET /", 0);
        assert_eq!(client.open(&record[..5], &record[5..], &mut Vec::new()), Opened::Spoilt);
    }

    #[test]
    fn early_data_with_its_key() {
        let suite = Suite::Aes256Gcm;
        let log = log(suite, &[(HANDSHAKE, 1), (EARLY, 7), (TRAFFIC, 2)]);
        let mut early = Sealer::new(suite, &secret(suite, 7));
        let mut before = Direction::early(&log, &RANDOM).unwrap();
        let first = early.record(23, b"GET /", 0);
        assert_eq!(open(&mut before, &first).unwrap().2, Epoch::EarlyData);
        let client = Direction::handshake(&log, &RANDOM, suite, CLIENT).unwrap();
        let mut client = client.preceded_by(Some(before));
        let second = early.record(22, b"end of early data", 0);
        assert_eq!(open(&mut client, &second).unwrap().2, Epoch::EarlyData);
        client.advance();
        let finished = Sealer::new(suite, &secret(suite, 1)).record(22, b"finished", 0);
        assert_eq!(open(&mut client, &finished).unwrap().2, Epoch::Handshake);
        client.advance();
        let data = Sealer::new(suite, &secret(suite, 2)).record(23, b"data", 0);
        assert_eq!(open(&mut client, &data).unwrap().2, Epoch::Application);
    }

    #[test]
    fn goes_on_behind_a_hole() {
        let suite = Suite::Aes128Gcm;
        let log = log(suite, &[(HANDSHAKE, 1), (TRAFFIC, 2)]);
        let mut client = Direction::handshake(&log, &RANDOM, suite, CLIENT).unwrap();
        let mut traffic = Sealer::new(suite, &secret(suite, 2));
        let records: Vec<_> = (0..8).map(|_| traffic.record(23, b"data", 0)).collect();
        client.lose(100);
        for at in [3, 4] {
            assert_eq!(open(&mut client, &records[at]).unwrap().2, Epoch::Application, "{at}");
        }
        assert_eq!(
            client.open(&records[7][..5], &records[7][5..], &mut Vec::new()),
            Opened::Spoilt,
            "no hole here"
        );
    }
}
