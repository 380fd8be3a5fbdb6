//! Key logs in the format of `SSLKEYLOGFILE`: a line is a label, a client random and a secret, both
//! in hexadecimal (draft-ietf-tls-keylogfile, section 2).
//!
//! A client random may have several secrets of one label: who replays 0-RTT data replays the random
//! with it. All are kept, and whoever needs one tries them.

mod layer;

use std::fmt;
use std::sync::Arc;

use layer::{LONGEST, Layer, Secret};
use memchr::{memchr2, memchr3};

use crate::hex::unhex;
use crate::limits::{KEYLOG_CANDIDATES, KEYLOG_SECRETS, KEYLOG_TRIALS};

/// What a secret is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Label {
    /// Early data of the client (0-RTT).
    ClientEarlyTraffic,
    /// The client's handshake.
    ClientHandshakeTraffic,
    /// The server's handshake.
    ServerHandshakeTraffic,
    /// The client's application data, up to its first key update.
    ClientTraffic,
    /// The server's application data, up to its first key update.
    ServerTraffic,
    /// Master secret of TLS 1.2 and before, 48 bytes.
    Master,
    /// The same, in lines that name a session id instead of a client random: see `session_key`.
    SessionMaster,
}

/// Under what the log has the secrets of a session with this id; `None` if it is none.
pub(crate) fn session_key(id: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    key.get_mut(..id.len())?.copy_from_slice(id);
    (!id.is_empty()).then_some(key)
}

/// What a line's first word means.
enum Word {
    Secret(Label),
    /// Known, and of no use here.
    Ignored,
    Unknown,
}

impl Word {
    fn read(word: &[u8]) -> Self {
        // Drafts of QUIC had labels of their own with this in front.
        Self::Secret(match word.strip_prefix(b"QUIC_").unwrap_or(word) {
            b"CLIENT_RANDOM" => Label::Master,
            b"CLIENT_EARLY_TRAFFIC_SECRET" => Label::ClientEarlyTraffic,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Label::ClientHandshakeTraffic,
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Label::ServerHandshakeTraffic,
            b"CLIENT_TRAFFIC_SECRET_0" => Label::ClientTraffic,
            b"SERVER_TRAFFIC_SECRET_0" => Label::ServerTraffic,
            b"EARLY_EXPORTER_SECRET"
            | b"EARLY_EXPORTER_MASTER_SECRET"
            | b"EXPORTER_SECRET"
            | b"ECH_SECRET"
            | b"ECH_CONFIG"
            | b"RSA"
            | b"PMS_CLIENT_RANDOM" => return Self::Ignored,
            // NSS, and others after it, number the secrets of later key updates.
            other
                if other.starts_with(b"CLIENT_TRAFFIC_SECRET_")
                    || other.starts_with(b"SERVER_TRAFFIC_SECRET_") =>
            {
                return Self::Ignored;
            }
            _ => return Self::Unknown,
        })
    }
}

/// The secrets of key logs. Cheap to clone, so that one which grows can be handed on again and again.
#[derive(Clone, Default)]
pub struct KeyLog {
    /// Each holds more than twice as much as the next one, so that there are few.
    layers: Vec<Arc<Layer>>,
    secrets: usize,
    bad_lines: u64,
    dropped: u64,
}

impl fmt::Debug for KeyLog {
    /// Numbers only: secrets stay secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog")
            .field("secrets", &self.secrets)
            .field("bad_lines", &self.bad_lines)
            .field("dropped", &self.dropped)
            .finish_non_exhaustive()
    }
}

impl KeyLog {
    /// A log with these lines.
    pub fn parse(text: &[u8]) -> Self {
        let mut log = Self::default();
        log.read(text);
        log
    }

    /// Adds all lines of another log. Comments and empty lines are passed over, as are lines that
    /// say nothing: those are counted.
    pub fn read(&mut self, text: &[u8]) {
        let mut new = Layer::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, behind) = split_at(memchr2(b'\n', b'\r', rest), rest);
            rest = behind;
            let line = line.trim_ascii();
            if !line.is_empty() && !line.starts_with(b"#") && self.line(line, &mut new).is_none() {
                self.bad_lines = self.bad_lines.saturating_add(1);
            }
        }
        let small = |layer: &Arc<Layer>, new: &Layer| layer.len() <= new.len().saturating_mul(2);
        while let Some(last) = self.layers.pop_if(|layer| small(layer, &new)) {
            let mut last = Arc::unwrap_or_clone(last);
            last.append(&new);
            new = last;
        }
        if new.len() > 0 {
            self.layers.push(Arc::new(new));
        }
    }

    fn line(&mut self, line: &[u8], new: &mut Layer) -> Option<()> {
        let mut rest = line;
        let mut words = std::iter::from_fn(|| {
            let (word, behind) = split_at(memchr3(b' ', b'\t', b'\x0c', rest), rest);
            rest = behind.trim_ascii_start();
            (!word.is_empty()).then_some(word)
        });
        let (word, random, secret) = (words.next()?, words.next()?, words.next()?);
        // OpenSSL's `s_client` prints a session like this, and older tools write logs of it.
        if let (b"RSA", Some(id)) = (word, random.strip_prefix(b"Session-ID:")) {
            let mut key = [0; 32];
            let length = unhex(id, &mut key)?;
            let secret = secret_of(secret.strip_prefix(b"Master-Key:")?)?;
            let fits = length > 0 && secret.bytes().len() == 48 && words.next().is_none();
            return fits.then(|| self.add(key, Label::SessionMaster, secret, new));
        }
        let label = match Word::read(word) {
            Word::Secret(label) => label,
            Word::Ignored => return Some(()),
            Word::Unknown => return None,
        };
        let mut key = [0; 32];
        (unhex(random, &mut key)? == key.len()).then_some(())?;
        let secret = secret_of(secret)?;
        // Hashes of TLS 1.3 have 32 or 48 bytes, and a master secret has 48.
        let fits = match label {
            Label::Master | Label::SessionMaster => secret.bytes().len() == 48,
            _ => matches!(secret.bytes().len(), 32 | 48),
        };
        (fits && words.next().is_none()).then(|| self.add(key, label, secret, new))
    }

    fn add(&mut self, random: [u8; 32], label: Label, secret: Secret, new: &mut Layer) {
        let held = self.secrets(&random, label).chain(new.of(&random, label));
        let mut same_label = 0_usize;
        for other in held {
            // All legs of an interception write the same lines, each into its own log.
            if other == secret.bytes() {
                return;
            }
            same_label = same_label.saturating_add(1);
        }
        if self.secrets >= KEYLOG_SECRETS || same_label >= KEYLOG_CANDIDATES {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        new.add(random, label, secret);
        self.secrets = self.secrets.saturating_add(1);
    }

    /// The secrets of this label that the connection with this client random may have, in the
    /// order in which they were read.
    pub fn secrets<'a>(
        &'a self,
        client_random: &'a [u8; 32],
        label: Label,
    ) -> impl Iterator<Item = &'a [u8]> {
        self.layers.iter().flat_map(move |layer| layer.of(client_random, label))
    }

    /// All master secrets, in an order that depends on nothing but them; none if there are too many
    /// to be tried, one after the other.
    pub(crate) fn masters(&self) -> Vec<&[u8]> {
        if self.secrets > KEYLOG_TRIALS {
            return Vec::new();
        }
        let masters = [Label::Master, Label::SessionMaster];
        let masters = self.layers.iter().flat_map(|layer| layer.all(masters));
        let mut masters: Vec<&[u8]> = masters.collect();
        masters.sort_unstable();
        masters.dedup();
        masters
    }

    /// Secrets held.
    pub const fn len(&self) -> usize {
        self.secrets
    }

    /// Whether it holds no secret.
    pub const fn is_empty(&self) -> bool {
        self.secrets == 0
    }

    /// Lines that are no lines of a key log, and were passed over.
    pub const fn bad_lines(&self) -> u64 {
        self.bad_lines
    }

    /// Secrets beyond [`KEYLOG_SECRETS`] and [`KEYLOG_CANDIDATES`], not kept.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// What is before this place and what is behind the byte there; without one, all is before it.
fn split_at(at: Option<usize>, bytes: &[u8]) -> (&[u8], &[u8]) {
    let split = at.and_then(|at| Some((bytes.get(..at)?, bytes.get(at.checked_add(1)?..)?)));
    split.unwrap_or((bytes, &[]))
}

/// The secret in this hexadecimal text; `None` if it is none, or longer than any.
fn secret_of(text: &[u8]) -> Option<Secret> {
    let mut bytes = [0; LONGEST];
    let length = unhex(text, &mut bytes)?;
    Some(Secret::new(bytes, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, random: u8, secret: u8, length: usize) -> String {
        let hex = |byte: u8, length| format!("{byte:02x}").repeat(length);
        format!("{label} {} {}", hex(random, 32), hex(secret, length))
    }

    fn found(log: &KeyLog, random: u8, label: Label) -> Vec<Vec<u8>> {
        log.secrets(&[random; 32], label).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn all_labels() {
        for (word, label, length) in [
            ("CLIENT_RANDOM", Label::Master, 48),
            ("CLIENT_EARLY_TRAFFIC_SECRET", Label::ClientEarlyTraffic, 32),
            ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", Label::ClientHandshakeTraffic, 48),
            ("SERVER_HANDSHAKE_TRAFFIC_SECRET", Label::ServerHandshakeTraffic, 32),
            ("QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET", Label::ServerHandshakeTraffic, 32),
            ("CLIENT_TRAFFIC_SECRET_0", Label::ClientTraffic, 32),
            ("SERVER_TRAFFIC_SECRET_0", Label::ServerTraffic, 32),
        ] {
            let log = KeyLog::parse(line(word, 1, 2, length).as_bytes());
            assert_eq!(found(&log, 1, label), [vec![2; length]], "{word}");
            assert_eq!((log.len(), log.bad_lines()), (1, 0), "{word}");
        }
        for word in ["EXPORTER_SECRET", "EARLY_EXPORTER_SECRET", "ECH_SECRET", "ECH_CONFIG", "RSA"]
        {
            let log = KeyLog::parse(line(word, 1, 2, 32).as_bytes());
            assert_eq!((log.len(), log.bad_lines()), (0, 0), "{word}");
        }
    }

    #[test]
    fn masters_by_session_id() {
        let text = format!("RSA Session-ID:0a0b Master-Key:{}", "07".repeat(48));
        let log = KeyLog::parse(text.as_bytes());
        let key = session_key(&[10, 11]).unwrap();
        let held: Vec<_> = log.secrets(&key, Label::SessionMaster).collect();
        assert_eq!((held, log.bad_lines()), (vec![&[7; 48][..]], 0));
        assert_eq!((session_key(&[]), session_key(&[0; 33])), (None, None));
        let short = KeyLog::parse(&text.as_bytes()[..text.len() - 2]);
        assert_eq!((short.len(), short.bad_lines()), (0, 1));
    }

    #[test]
    fn comments_and_line_ends() {
        let one = line("CLIENT_RANDOM", 1, 2, 48);
        let two = line("CLIENT_RANDOM", 0xab, 3, 48).to_uppercase();
        let text = format!("# SSL/TLS secrets\r\n{one}\r\n\r\n   {two}  \n#\n");
        let log = KeyLog::parse(text.as_bytes());
        assert_eq!((log.len(), log.bad_lines()), (2, 0));
        assert_eq!(found(&log, 0xab, Label::Master), [[3; 48]]);
    }

    #[test]
    fn bad_lines_are_counted_and_skipped() {
        let good = line("CLIENT_TRAFFIC_SECRET_0", 1, 2, 32);
        let bad = [
            "CLIENT_RANDOM".to_owned(),
            line("SERVER_RANDOM", 1, 2, 48),
            line("CLIENT_RANDOM", 1, 2, 47),
            line("CLIENT_TRAFFIC_SECRET_0", 1, 2, 33),
            format!("{good}0"),
            format!("{good} more"),
            good.replace("01", "0x"),
            "\u{0}\u{fffd} binary".to_owned(),
        ];
        let text = [&bad.join("\n"), "\n", &good, "\n", &bad.join("\n")].concat();
        let log = KeyLog::parse(text.as_bytes());
        assert_eq!((log.len(), log.bad_lines()), (1, 16));
    }

    #[test]
    fn one_random_may_have_several_secrets() {
        let of = |secret| line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 1, secret, 32);
        let mut log = KeyLog::parse(of(7).as_bytes());
        log.read(of(8).as_bytes());
        log.read(of(7).as_bytes());
        assert_eq!(found(&log, 1, Label::ClientHandshakeTraffic), [[7; 32], [8; 32]]);
        assert_eq!((log.len(), log.dropped()), (2, 0));
        for secret in 10..100 {
            log.read(of(secret).as_bytes());
        }
        assert_eq!(found(&log, 1, Label::ClientHandshakeTraffic).len(), KEYLOG_CANDIDATES);
        assert!(log.dropped() > 0);
    }

    #[test]
    fn a_log_that_grows_has_few_layers_and_leaves_its_copies_alone() {
        let mut log = KeyLog::default();
        let mut copies = Vec::new();
        for random in 0..=255 {
            copies.push(log.clone());
            log.read(line("CLIENT_RANDOM", random, random, 48).as_bytes());
            assert!(log.layers.len() <= 9, "{}", log.layers.len());
        }
        for random in 0..=255 {
            assert_eq!(found(&log, random, Label::Master), [[random; 48]]);
        }
        assert!(copies.iter().enumerate().all(|(before, copy)| copy.len() == before));
        assert!(found(&copies[7], 7, Label::Master).is_empty());
    }

    #[test]
    fn secrets_are_not_shown() {
        let log = KeyLog::parse(line("CLIENT_RANDOM", 0xaa, 0xbb, 48).as_bytes());
        let shown = format!("{log:?}");
        assert!(shown.contains("secrets: 1") && !shown.contains("bb") && !shown.contains("187"));
    }
}
