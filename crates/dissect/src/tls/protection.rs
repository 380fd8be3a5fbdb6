//! What records of TLS 1.3 and packets of QUIC are protected with: secrets, keys made from them,
//! nonces (RFC 8446 sections 5.2, 5.3 and 7.1 to 7.3, RFC 9001 section 5).
//!
//! `Debug` never shows a secret.

use std::fmt;

use ring::aead::quic;

use super::aead::{Aead, AeadKey};
use super::record_cipher::mixed;
use super::secret::{Hash, Keyed, Secret};

/// An AEAD and a hash that can be computed here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suite {
    Aes128Ccm,
    Aes128Ccm8,
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Suite {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Aes128Gcm,
        Self::Aes256Gcm,
        Self::ChaCha20Poly1305,
        Self::Aes128Ccm,
        Self::Aes128Ccm8,
    ];

    /// The suite with this number; `None` for those of other versions.
    pub(crate) const fn of(cipher_suite: u16) -> Option<Self> {
        Some(match cipher_suite {
            0x1301 => Self::Aes128Gcm,
            0x1302 => Self::Aes256Gcm,
            0x1303 => Self::ChaCha20Poly1305,
            0x1304 => Self::Aes128Ccm,
            0x1305 => Self::Aes128Ccm8,
            _ => return None,
        })
    }

    /// A secret as a key log has it; `None` if its length is not that of the suite's hash.
    pub(crate) fn secret(self, bytes: &[u8]) -> Option<Secret> {
        Secret::new(self.hash(), bytes)
    }

    pub(crate) const fn hash(self) -> Hash {
        match self {
            Self::Aes256Gcm => Hash::Sha384,
            _ => Hash::Sha256,
        }
    }

    const fn aead(self) -> Aead {
        match self {
            Self::Aes128Ccm => Aead::Aes128Ccm,
            Self::Aes128Ccm8 => Aead::Aes128Ccm8,
            Self::Aes128Gcm => Aead::Aes128Gcm,
            Self::Aes256Gcm => Aead::Aes256Gcm,
            Self::ChaCha20Poly1305 => Aead::ChaCha20Poly1305,
        }
    }

    /// For tests: bytes of a tag.
    #[cfg(test)]
    pub(crate) const fn tag_length(self) -> usize {
        self.aead().tag_length()
    }

    /// What QUIC protects its headers with (RFC 9001 section 5.4).
    pub(crate) const fn header(self) -> &'static quic::Algorithm {
        match self {
            Self::Aes128Ccm | Self::Aes128Ccm8 | Self::Aes128Gcm => &quic::AES_128,
            Self::Aes256Gcm => &quic::AES_256,
            Self::ChaCha20Poly1305 => &quic::CHACHA20,
        }
    }
}

/// Key and IV of one direction.
pub(crate) struct SealingKeys {
    key: AeadKey,
    iv: [u8; 12],
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKeys").finish_non_exhaustive()
    }
}

impl SealingKeys {
    /// Makes the keys from a traffic secret; TLS calls them `key` and `iv`.
    pub(crate) fn derive(suite: Suite, secret: &Keyed, [key, iv]: [&[u8]; 2]) -> Option<Self> {
        let aead = suite.aead();
        let (mut bytes, mut ivs) = ([0; LONGEST_KEY], [0; 12]);
        let bytes = bytes.get_mut(..aead.key_length())?;
        secret.expand(key, bytes)?;
        secret.expand(iv, &mut ivs)?;
        Some(Self { key: AeadKey::new(aead, bytes)?, iv: ivs })
    }

    /// Opens the record or packet with this number, in place: `body` ends in its tag, and begins
    /// with the plain bytes afterwards, as many as are given back. `None` if it was not sealed with
    /// these keys; `body` is spoilt then.
    pub(crate) fn open(&self, number: u64, head: &[u8], body: &mut [u8]) -> Option<usize> {
        self.key.open(mixed(self.iv, number), head, body)
    }

    /// For tests: seals what [`Self::open`] opens.
    #[cfg(test)]
    pub(crate) fn seal(&self, number: u64, head: &[u8], body: &mut Vec<u8>) {
        self.key.seal(mixed(self.iv, number), head, body);
    }
}

/// Bytes of the longest key of any suite.
pub(crate) const LONGEST_KEY: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_that_can_be_opened() {
        let found: Vec<u16> = (0..=u16::MAX).filter(|suite| Suite::of(*suite).is_some()).collect();
        assert_eq!(found, [0x1301, 0x1302, 0x1303, 0x1304, 0x1305]);
        for suite in Suite::ALL {
            assert!(suite.secret(&vec![7; suite.hash().length()]).is_some());
            assert!(suite.secret(&[7; 33]).is_none());
        }
    }

    #[test]
    fn sealed_bytes_open_with_their_number_and_head_only() {
        for suite in Suite::ALL {
            let secret = suite.secret(&vec![9; suite.hash().length()]).unwrap();
            let keys =
                SealingKeys::derive(suite, &secret.keyed().unwrap(), [b"key", b"iv"]).unwrap();
            let mut sealed = b"plain".to_vec();
            keys.seal(5, b"head", &mut sealed);
            for (number, head) in [(4, b"head"), (5, b"HEAD"), (u64::MAX, b"head")] {
                assert_eq!(keys.open(number, head, &mut sealed.clone()), None);
            }
            assert_eq!(keys.open(5, b"head", &mut sealed), Some(5));
            assert_eq!(sealed[..5], *b"plain");
            assert_eq!(keys.open(5, b"head", &mut [0; 7]), None, "shorter than a tag");
            assert!(!format!("{keys:?}").contains("iv"));
        }
    }
}
