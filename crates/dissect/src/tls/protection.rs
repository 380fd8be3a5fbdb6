//! What records of TLS 1.3 and packets of QUIC are protected with: secrets, keys made from them,
//! nonces (RFC 8446 sections 5.2, 5.3 and 7.1 to 7.3, RFC 9001 section 5).
//!
//! `Debug` never shows a secret.

use std::fmt;

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey, quic};
use ring::error::Unspecified;
use ring::hkdf::{self, KeyType, Okm, Prk};

/// An AEAD and a hash that can be computed here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suite {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Suite {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes256Gcm, Self::ChaCha20Poly1305];

    /// The suite with this number; `None` for CCM and for those of other versions.
    pub(crate) const fn of(cipher_suite: u16) -> Option<Self> {
        Some(match cipher_suite {
            0x1301 => Self::Aes128Gcm,
            0x1302 => Self::Aes256Gcm,
            0x1303 => Self::ChaCha20Poly1305,
            _ => return None,
        })
    }

    /// A secret as a key log has it; `None` if its length is not that of the suite's hash.
    pub(crate) fn secret(self, bytes: &[u8]) -> Option<Prk> {
        (bytes.len() == self.hash().len()).then(|| Prk::new_less_safe(self.hash(), bytes))
    }

    pub(crate) const fn hash(self) -> hkdf::Algorithm {
        match self {
            Self::Aes128Gcm | Self::ChaCha20Poly1305 => hkdf::HKDF_SHA256,
            Self::Aes256Gcm => hkdf::HKDF_SHA384,
        }
    }

    const fn aead(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes128Gcm => &aead::AES_128_GCM,
            Self::Aes256Gcm => &aead::AES_256_GCM,
            Self::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
        }
    }

    /// What QUIC protects its headers with (RFC 9001 section 5.4).
    pub(crate) const fn header(self) -> &'static quic::Algorithm {
        match self {
            Self::Aes128Gcm => &quic::AES_128,
            Self::Aes256Gcm => &quic::AES_256,
            Self::ChaCha20Poly1305 => &quic::CHACHA20,
        }
    }
}

/// Key and IV of one direction.
pub(crate) struct SealingKeys {
    key: LessSafeKey,
    iv: [u8; 12],
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKeys").finish_non_exhaustive()
    }
}

impl SealingKeys {
    /// Makes the keys from a traffic secret; TLS calls them `key` and `iv`.
    pub(crate) fn derive(
        suite: Suite,
        secret: &Prk,
        [key, iv]: [&[u8]; 2],
    ) -> Result<Self, Unspecified> {
        let key: UnboundKey = expand_label(secret, key, suite.aead())?;
        let Iv(iv) = expand_label(secret, iv, IvLength)?;
        Ok(Self { key: LessSafeKey::new(key), iv })
    }

    /// Opens the record or packet with this number, in place: `body` ends in its tag, and begins
    /// with the plain bytes afterwards, as many as are given back. `None` if it was not sealed with
    /// these keys; `body` is spoilt then.
    pub(crate) fn open(&self, number: u64, head: &[u8], body: &mut [u8]) -> Option<usize> {
        let plain = self.key.open_in_place(self.nonce(number), Aad::from(head), body).ok()?;
        Some(plain.len())
    }

    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = self.iv;
        for (byte, digit) in nonce.iter_mut().rev().zip(number.to_be_bytes().iter().rev()) {
            *byte ^= *digit;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    /// For tests: seals what [`Self::open`] opens.
    #[cfg(test)]
    pub(crate) fn seal(&self, number: u64, head: &[u8], body: &mut Vec<u8>) {
        self.key.seal_in_place_append_tag(self.nonce(number), Aad::from(head), body).unwrap();
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
pub(crate) fn expand_label<L, T>(secret: &Prk, label: &[u8], length: L) -> Result<T, Unspecified>
where
    L: KeyType + Copy,
    T: for<'a> From<Okm<'a, L>>,
{
    const PREFIX: &[u8] = b"tls13 ";
    let bytes = u16::try_from(length.len()).map_err(|_| Unspecified)?;
    let label_length = u8::try_from(label.len().saturating_add(PREFIX.len()));
    let label_length = label_length.map_err(|_| Unspecified)?;
    let info = [&bytes.to_be_bytes()[..], &[label_length], PREFIX, label, &[0]];
    Ok(secret.expand(&info, length)?.into())
}

/// Length of the nonces of all three AEADs.
#[derive(Clone, Copy)]
struct IvLength;

impl KeyType for IvLength {
    fn len(&self) -> usize {
        12
    }
}

/// What numbers are mixed into.
struct Iv([u8; 12]);

impl From<Okm<'_, IvLength>> for Iv {
    fn from(okm: Okm<'_, IvLength>) -> Self {
        let mut bytes = [0; 12];
        // Fails only for a length other than the one that was expanded to.
        let _ = okm.fill(&mut bytes);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_that_can_be_opened() {
        let found: Vec<u16> = (0..=u16::MAX).filter(|suite| Suite::of(*suite).is_some()).collect();
        assert_eq!(found, [0x1301, 0x1302, 0x1303]);
        for suite in Suite::ALL {
            assert!(suite.secret(&vec![7; suite.hash().len()]).is_some());
            assert!(suite.secret(&[7; 33]).is_none());
        }
    }

    #[test]
    fn sealed_bytes_open_with_their_number_and_head_only() {
        for suite in Suite::ALL {
            let secret = suite.secret(&vec![9; suite.hash().len()]).unwrap();
            let keys = SealingKeys::derive(suite, &secret, [b"key", b"iv"]).unwrap();
            let mut sealed = b"plain".to_vec();
            keys.seal(5, b"head", &mut sealed);
            for (number, head) in [(4, b"head"), (5, b"HEAD"), (u64::MAX, b"head")] {
                assert_eq!(keys.open(number, head, &mut sealed.clone()), None);
            }
            assert_eq!(keys.open(5, b"head", &mut sealed), Some(5));
            assert_eq!(sealed[..5], *b"plain");
            assert_eq!(keys.open(5, b"head", &mut [0; 15]), None, "shorter than a tag");
            assert!(!format!("{keys:?}").contains("iv"));
        }
    }
}
