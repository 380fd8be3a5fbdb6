//! For tests only: seals records that `decrypt` opens, and writes the lines of a key log for them.

use super::decrypt::tls13::Keys;
use super::protection::Suite;

/// A secret of 32 or 48 equal bytes.
pub(super) fn secret(suite: Suite, byte: u8) -> Vec<u8> {
    vec![byte; suite.hash().length()]
}

/// A line of a key log.
pub(super) fn line(label: &str, random: &[u8; 32], secret: &[u8]) -> String {
    format!("{label} {} {}\n", crate::hex(random), crate::hex(secret))
}

/// Seals records of one epoch.
pub(super) struct Sealer {
    keys: Keys,
    tag_length: usize,
    sequence: u64,
}

impl Sealer {
    pub(super) fn new(suite: Suite, secret: &[u8]) -> Self {
        let keys = Keys::derive(suite, suite.secret(secret).unwrap()).unwrap();
        Self { keys, tag_length: suite.tag_length(), sequence: 0 }
    }

    /// After a KeyUpdate.
    pub(super) fn next(&self) -> Self {
        Self { keys: self.keys.next().unwrap(), tag_length: self.tag_length, sequence: 0 }
    }

    /// A record with so many zeros behind its content.
    #[expect(clippy::arithmetic_side_effects, reason = "an overflow here fails the test")]
    pub(super) fn record(&mut self, kind: u8, content: &[u8], padding: usize) -> Vec<u8> {
        let mut body = [content, &[kind], &vec![0; padding]].concat();
        let length = u16::try_from(body.len() + self.tag_length).unwrap().to_be_bytes();
        let mut record = vec![23, 3, 3, length[0], length[1]];
        self.keys.keys.seal(self.sequence, &record, &mut body);
        self.sequence += 1;
        record.extend(body);
        record
    }
}
