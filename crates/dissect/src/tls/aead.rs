//! The AEADs that protect records and packets (RFC 5116): AES-GCM and ChaCha20-Poly1305 of `ring`,
//! AES-CCM, with full tags and with those of eight bytes (RFC 6655), of `ccm`.
//!
//! `Debug` never shows a key.

use std::fmt;

use aes::{Aes128, Aes256};
use ccm::aead::{AeadInOut, Nonce as CcmNonce, Tag};
use ccm::consts::{U8, U12, U16};
use ccm::{Ccm, KeyInit};
use ring::aead::{Aad, LessSafeKey, Nonce, UnboundKey};

/// An AEAD that can be computed here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Aead {
    Aes128Ccm,
    Aes128Ccm8,
    Aes128Gcm,
    Aes256Ccm,
    Aes256Ccm8,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Aead {
    /// Bytes of its key.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Aes128Ccm | Self::Aes128Ccm8 | Self::Aes128Gcm => 16,
            Self::Aes256Ccm | Self::Aes256Ccm8 | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Bytes of its tag.
    pub(crate) const fn tag_length(self) -> usize {
        match self {
            Self::Aes128Ccm8 | Self::Aes256Ccm8 => 8,
            _ => 16,
        }
    }
}

/// A key of an AEAD.
pub(crate) enum AeadKey {
    Aes128Ccm(Box<Ccm<Aes128, U16, U12>>),
    Aes128Ccm8(Box<Ccm<Aes128, U8, U12>>),
    Aes256Ccm(Box<Ccm<Aes256, U16, U12>>),
    Aes256Ccm8(Box<Ccm<Aes256, U8, U12>>),
    Ring(Box<LessSafeKey>),
}

impl fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AeadKey").finish_non_exhaustive()
    }
}

impl AeadKey {
    /// A key with these bytes; `None` if there are too many of them or too few.
    pub(crate) fn new(aead: Aead, key: &[u8]) -> Option<Self> {
        let ring = |algorithm| {
            let key = UnboundKey::new(algorithm, key).ok()?;
            Some(Self::Ring(Box::new(LessSafeKey::new(key))))
        };
        match aead {
            Aead::Aes128Ccm => Some(Self::Aes128Ccm(ccm(key)?)),
            Aead::Aes128Ccm8 => Some(Self::Aes128Ccm8(ccm(key)?)),
            Aead::Aes128Gcm => ring(&ring::aead::AES_128_GCM),
            Aead::Aes256Ccm => Some(Self::Aes256Ccm(ccm(key)?)),
            Aead::Aes256Ccm8 => Some(Self::Aes256Ccm8(ccm(key)?)),
            Aead::Aes256Gcm => ring(&ring::aead::AES_256_GCM),
            Aead::ChaCha20Poly1305 => ring(&ring::aead::CHACHA20_POLY1305),
        }
    }

    /// Opens in place: `body` ends in its tag, and begins with the plain bytes afterwards, as many
    /// as are given back. `None` if it was not sealed like this; `body` is spoilt then.
    pub(crate) fn open(&self, nonce: [u8; 12], aad: &[u8], body: &mut [u8]) -> Option<usize> {
        match self {
            Self::Aes128Ccm(key) => open(&**key, nonce, aad, body),
            Self::Aes128Ccm8(key) => open(&**key, nonce, aad, body),
            Self::Aes256Ccm(key) => open(&**key, nonce, aad, body),
            Self::Aes256Ccm8(key) => open(&**key, nonce, aad, body),
            Self::Ring(key) => {
                let nonce = Nonce::assume_unique_for_key(nonce);
                Some(key.open_in_place(nonce, Aad::from(aad), body).ok()?.len())
            }
        }
    }

    /// For tests: seals what [`Self::open`] opens.
    #[cfg(test)]
    pub(crate) fn seal(&self, nonce: [u8; 12], aad: &[u8], body: &mut Vec<u8>) {
        match self {
            Self::Aes128Ccm(key) => seal(&**key, nonce, aad, body),
            Self::Aes128Ccm8(key) => seal(&**key, nonce, aad, body),
            Self::Aes256Ccm(key) => seal(&**key, nonce, aad, body),
            Self::Aes256Ccm8(key) => seal(&**key, nonce, aad, body),
            Self::Ring(key) => {
                let nonce = Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_append_tag(nonce, Aad::from(aad), body).unwrap();
            }
        }
    }
}

fn ccm<K: KeyInit>(key: &[u8]) -> Option<Box<K>> {
    K::new_from_slice(key).ok().map(Box::new)
}

fn open<K: AeadInOut>(key: &K, nonce: [u8; 12], aad: &[u8], body: &mut [u8]) -> Option<usize> {
    let nonce = CcmNonce::<K>::try_from(&nonce[..]).ok()?;
    let length = body.len().checked_sub(Tag::<K>::default().len())?;
    let (plain, tag) = body.split_at_mut_checked(length)?;
    let tag = Tag::<K>::try_from(&*tag).ok()?;
    key.decrypt_inout_detached(&nonce, aad, plain.into(), &tag).ok()?;
    Some(length)
}

#[cfg(test)]
fn seal<K: AeadInOut>(key: &K, nonce: [u8; 12], aad: &[u8], body: &mut Vec<u8>) {
    let nonce = CcmNonce::<K>::try_from(&nonce[..]).unwrap();
    let tag = key.encrypt_inout_detached(&nonce, aad, body.as_mut_slice().into()).unwrap();
    body.extend_from_slice(&tag);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_open_as_they_were_sealed_only() {
        let all = [
            Aead::Aes128Ccm,
            Aead::Aes128Ccm8,
            Aead::Aes128Gcm,
            Aead::Aes256Ccm,
            Aead::Aes256Ccm8,
            Aead::Aes256Gcm,
            Aead::ChaCha20Poly1305,
        ];
        for aead in all {
            let key = AeadKey::new(aead, &vec![7; aead.key_length()]).unwrap();
            let mut body = b"plain".to_vec();
            key.seal([3; 12], b"head", &mut body);
            assert_eq!(body.len(), 5 + aead.tag_length(), "{aead:?}");
            for (nonce, aad) in [([4; 12], b"head"), ([3; 12], b"HEAD")] {
                assert_eq!(key.open(nonce, aad, &mut body.clone()), None, "{aead:?}");
            }
            let mut tampered = body.clone();
            tampered[0] ^= 1;
            assert_eq!(key.open([3; 12], b"head", &mut tampered), None, "{aead:?}");
            let short = aead.tag_length() - 1;
            assert_eq!(key.open([3; 12], b"head", &mut body[..short].to_vec()), None, "{aead:?}");
            assert_eq!(key.open([3; 12], b"head", &mut body), Some(5), "{aead:?}");
            assert_eq!(body[..5], *b"plain");
            assert!(AeadKey::new(aead, &[7; 15]).is_none());
        }
    }
}
