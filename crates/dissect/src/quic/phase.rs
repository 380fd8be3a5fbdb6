//! Keys of one direction's 1-RTT packets, which change with the key phase bit (RFC 9001 section 6):
//! packets of the phase before may come late, and the keys of the next one follow from those of
//! this one. The header's protection never changes.

use std::ops::Range;

use ring::aead::quic::HeaderProtectionKey;

use super::keys::{header_key, packet_keys, unprotect};
use super::version::{Label, parameters};
use crate::tls::protection::{SealingKeys, Suite};
use crate::tls::secret::Secret;

/// The key phase bit of a short header without its protection (RFC 9000 section 17.3.1).
const KEY_PHASE: u8 = 0x04;

/// Phases beyond the present one that are tried: the capture may lack all packets of one.
const PHASES_AHEAD: usize = 3;

/// The keys of what one side sends in 1-RTT packets.
pub(super) struct PhasedKeys {
    label: Label,
    suite: Suite,
    header: HeaderProtectionKey,
    /// Keys of the phase before.
    previous: Option<SealingKeys>,
    current: SealingKeys,
    /// Keys of the phases that follow, the next one first. Made when first needed.
    following: Vec<SealingKeys>,
    /// The secret of the last of `following`, or else of `current`.
    secret: Secret,
    /// The key phase bit of the present phase.
    bit: bool,
    /// Lowest packet number that was opened in the present phase.
    lowest: u64,
    /// Packet number after the highest one seen.
    expected: u64,
}

impl std::fmt::Debug for PhasedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhasedKeys").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// Whose keys opened a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Previous,
    Current,
    /// So many phases on from the next one.
    Following(usize),
}

impl PhasedKeys {
    /// The keys of the first phase, from a secret of a key log; `None` for a version that is not
    /// read, and for a secret of another suite.
    pub(super) fn derive(version: u32, suite: Suite, secret: &[u8]) -> Option<Self> {
        let label = parameters(version)?.label;
        let secret = suite.secret(secret)?;
        let keyed = secret.keyed()?;
        Some(Self {
            label,
            suite,
            header: header_key(label, suite, &keyed)?,
            previous: None,
            current: packet_keys(label, suite, &keyed)?,
            following: Vec::new(),
            secret,
            bit: false,
            lowest: u64::MAX,
            expected: 0,
        })
    }

    /// Opens a packet. Gives back its number, and where in `scratch`, which is overwritten, the
    /// plain payload is.
    pub(super) fn open(
        &mut self,
        packet: &[u8],
        number_offset: usize,
        scratch: &mut Vec<u8>,
    ) -> Option<(u64, Range<usize>)> {
        let bare = unprotect(&self.header, packet, number_offset, self.expected, scratch)?;
        let bit = scratch.first()? & KEY_PHASE != 0;
        let start = bare.body_offset;
        let sealed = packet.get(start..)?;
        for (attempt, phase) in self.likely(bit, bare.number).into_iter().flatten().enumerate() {
            let Some(keys) = self.keys(phase) else { continue };
            let (header, body) = scratch.split_at_mut_checked(start)?;
            if attempt > 0 {
                // The attempt before has spoilt it.
                body.copy_from_slice(sealed);
            }
            if let Some(plain) = keys.open(bare.number, header, body) {
                self.opened(phase, bare.number);
                return Some((bare.number, start..start.checked_add(plain)?));
            }
        }
        None
    }

    /// The phases that a packet with this bit may belong to, the most likely first.
    const fn likely(&self, bit: bool, number: u64) -> [Option<Phase>; 3] {
        match (bit == self.bit, number < self.lowest) {
            (true, true) => [Some(Phase::Current), None, None],
            (true, false) => [Some(Phase::Current), Some(Phase::Following(1)), None],
            (false, true) => {
                [Some(Phase::Previous), Some(Phase::Following(0)), Some(Phase::Following(2))]
            }
            (false, false) => {
                [Some(Phase::Following(0)), Some(Phase::Previous), Some(Phase::Following(2))]
            }
        }
    }

    fn keys(&mut self, phase: Phase) -> Option<&SealingKeys> {
        match phase {
            Phase::Previous => self.previous.as_ref(),
            Phase::Current => Some(&self.current),
            Phase::Following(index) => {
                while self.following.len() <= index.min(PHASES_AHEAD) {
                    self.update()?;
                }
                self.following.get(index)
            }
        }
    }

    /// Makes the keys of one more phase (RFC 9001 section 6.1, RFC 9369 section 3.3.2).
    fn update(&mut self) -> Option<()> {
        let label: &[u8] = match self.label {
            Label::Quic => b"quic ku",
            Label::QuicV2 => b"quicv2 ku",
        };
        self.secret = self.secret.next(label)?;
        self.following.push(packet_keys(self.label, self.suite, &self.secret.keyed()?)?);
        Some(())
    }

    fn opened(&mut self, phase: Phase, number: u64) {
        match phase {
            Phase::Previous => {}
            Phase::Current => self.lowest = self.lowest.min(number),
            Phase::Following(index) => {
                let mut passed = self.following.drain(..=index.min(PHASES_AHEAD));
                let Some(current) = passed.next_back() else { return };
                let before = passed.next_back();
                drop(passed);
                self.bit ^= index & 1 == 0;
                let last = std::mem::replace(&mut self.current, current);
                self.previous = before.or(Some(last));
                self.lowest = number;
            }
        }
        self.expected = self.expected.max(number.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::super::seal::{Sealer, short};
    use super::*;

    const GCM_AND_CHACHA: [Suite; 3] =
        [Suite::Aes128Gcm, Suite::Aes256Gcm, Suite::ChaCha20Poly1305];

    /// RFC 9001 appendix A.5: secret and packet, with number 654360564 and a PING.
    #[test]
    fn chacha20_of_the_rfc() {
        let secret = [
            0x9a, 0xc3, 0x12, 0xa7, 0xf8, 0x77, 0x46, 0x8e, 0xbe, 0x69, 0x42, 0x27, 0x48, 0xad,
            0x00, 0xa1, 0x54, 0x43, 0xf1, 0x82, 0x03, 0xa0, 0x7d, 0x60, 0x60, 0xf6, 0x88, 0xf3,
            0x0f, 0x21, 0x63, 0x2b,
        ];
        let one = [
            0x4c, 0xfe, 0x41, 0x89, 0x65, 0x5e, 0x5c, 0xd5, 0x5c, 0x41, 0xf6, 0x90, 0x80, 0x57,
            0x5d, 0x79, 0x99, 0xc2, 0x5a, 0x5b, 0xfb,
        ];
        // RFC 9369 appendix A.5: the same in version 2.
        let two = [
            0x55, 0x58, 0xb1, 0xc6, 0x0a, 0xe7, 0xb6, 0xb9, 0x32, 0xbc, 0x27, 0xd7, 0x86, 0xf4,
            0xbc, 0x2b, 0xb2, 0x0f, 0x21, 0x62, 0xba,
        ];
        for (version, packet) in [(1, one), (0x6b33_43cf, two)] {
            let mut keys = PhasedKeys::derive(version, Suite::ChaCha20Poly1305, &secret).unwrap();
            keys.expected = 654_360_564;
            let mut scratch = Vec::new();
            let (number, payload) = keys.open(&packet, 1, &mut scratch).unwrap();
            assert_eq!((number, &scratch[payload]), (654_360_564, &[1][..]), "{version:#x}");
            assert_eq!(scratch[0], 0x42);
        }
    }

    #[test]
    fn key_updates_and_late_packets() {
        for (version, suite) in
            [1, 0x6b33_43cf].into_iter().flat_map(|v| GCM_AND_CHACHA.map(|suite| (v, suite)))
        {
            let secret = vec![7; if suite == Suite::Aes256Gcm { 48 } else { 32 }];
            let mut keys = PhasedKeys::derive(version, suite, &secret).unwrap();
            let mut scratch = Vec::new();
            // Phase and number of packets in the order in which they come; whether they open.
            for (phase, number, opens) in [
                (0, 0, true),
                (0, 3, true),
                (1, 5, true),
                (0, 4, true),
                (1, 6, true),
                (2, 9, true),
                (1, 8, true),
                (0, 2, false),
                (2, 10, true),
                (4, 300, true),
                (3, 299, true),
                (7, 400, true),
                (7, 399, true),
            ] {
                let sealer = Sealer { version, suite, secret: &secret, phase };
                let packet = short(sealer, b"id", number, b"plain text");
                let opened = keys.open(&packet, 3, &mut scratch);
                let what = format!("{version:#x} {suite:?} {phase} {number}");
                assert_eq!(opened.is_some(), opens, "{what}");
                if let Some((found, payload)) = opened {
                    assert_eq!((found, &scratch[payload]), (number, &b"plain text"[..]), "{what}");
                }
            }
        }
    }
}
