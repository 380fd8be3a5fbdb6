//! Secrets, and what is expanded from them (HKDF-Expand-Label, RFC 8446 section 7.1, RFC 5869).
//!
//! Every connection that is decrypted expands a dozen times, always less than one hash: that is one
//! HMAC, for which a secret is prepared once.
//!
//! `Debug` never shows a secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384};

/// A hash that secrets are expanded with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    /// Bytes of it, and of a secret.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => LONGEST,
        }
    }
}

/// Bytes of the longest hash.
const LONGEST: usize = 48;

/// A secret, as long as the hash.
#[derive(Clone)]
pub(crate) struct Secret {
    hash: Hash,
    bytes: [u8; LONGEST],
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Secret {
    /// This secret; `None` if its length is not that of the hash.
    pub(crate) fn new(hash: Hash, secret: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes
            .get_mut(..hash.length())
            .filter(|to| to.len() == secret.len())?
            .copy_from_slice(secret);
        Some(Self { hash, bytes })
    }

    /// What a salt makes of bytes (HKDF-Extract, RFC 5869 section 2.2).
    pub(crate) fn extract(hash: Hash, salt: &[u8], bytes: &[u8]) -> Option<Self> {
        let mut secret = Self { hash, bytes: [0; LONGEST] };
        Keyed::new(hash, salt)?.hash(&[bytes], secret.bytes.get_mut(..hash.length())?);
        Some(secret)
    }

    /// Prepares it for being expanded several times.
    pub(crate) fn keyed(&self) -> Option<Keyed> {
        Keyed::new(self.hash, self.bytes.get(..self.hash.length())?)
    }

    /// The secret that another one makes of this label.
    pub(crate) fn next(&self, label: &[u8]) -> Option<Self> {
        self.keyed()?.next(label)
    }
}

/// A secret that is prepared.
pub(crate) enum Keyed {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
}

impl Keyed {
    fn new(hash: Hash, key: &[u8]) -> Option<Self> {
        Some(match hash {
            Hash::Sha256 => Self::Sha256(KeyInit::new_from_slice(key).ok()?),
            Hash::Sha384 => Self::Sha384(KeyInit::new_from_slice(key).ok()?),
        })
    }

    /// Fills bytes, at most as many as the hash has, with what this label makes of the secret. `None`
    /// if they are more.
    pub(crate) fn expand(&self, label: &[u8], bytes: &mut [u8]) -> Option<()> {
        const PREFIX: &[u8] = b"tls13 ";
        let longest = self.algorithm().length();
        let length = u16::try_from(bytes.len()).ok().filter(|_| bytes.len() <= longest)?;
        let label_length = u8::try_from(label.len().saturating_add(PREFIX.len())).ok()?;
        // No context, and the number of the only block.
        let info = [&length.to_be_bytes()[..], &[label_length], PREFIX, label, &[0, 1]];
        self.hash(&info, bytes);
        Some(())
    }

    /// The secret that this one makes of a label.
    pub(crate) fn next(&self, label: &[u8]) -> Option<Secret> {
        let hash = self.algorithm();
        let mut next = Secret { hash, bytes: [0; LONGEST] };
        self.expand(label, next.bytes.get_mut(..hash.length())?)?;
        Some(next)
    }

    const fn algorithm(&self) -> Hash {
        match self {
            Self::Sha256(_) => Hash::Sha256,
            Self::Sha384(_) => Hash::Sha384,
        }
    }

    /// The first bytes of the HMAC of these parts.
    fn hash(&self, parts: &[&[u8]], bytes: &mut [u8]) {
        fn fill<M: Mac + Clone>(keyed: &M, parts: &[&[u8]], bytes: &mut [u8]) {
            let mut mac = keyed.clone();
            parts.iter().for_each(|part| mac.update(part));
            bytes.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        }
        match self {
            Self::Sha256(keyed) => fill(keyed, parts, bytes),
            Self::Sha384(keyed) => fill(keyed, parts, bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::hkdf::{self, Prk, Salt};

    use super::*;

    struct Length(usize);

    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn secrets_are_expanded_as_ring_expands_them() {
        for (hash, other) in [(Hash::Sha256, hkdf::HKDF_SHA256), (Hash::Sha384, hkdf::HKDF_SHA384)]
        {
            let bytes: Vec<u8> = (0..hash.length()).map(|at| at as u8).collect();
            let secret = Secret::new(hash, &bytes).unwrap();
            let extracted = Secret::extract(hash, b"salt", b"what is to be extracted").unwrap();
            let [prk, salted] = [
                Prk::new_less_safe(other, &bytes),
                Salt::new(other, b"salt").extract(b"what is to be extracted"),
            ];
            for (secret, prk) in [(secret, prk), (extracted, salted)] {
                for (label, length) in [(&b"key"[..], 16), (b"iv", 12), (b"", hash.length())] {
                    let mut found = vec![0; length];
                    secret.keyed().unwrap().expand(label, &mut found).unwrap();
                    let mut expected = vec![0; length];
                    let head = [0, length as u8, 6 + label.len() as u8];
                    let info = [&head[..], b"tls13 ", label, &[0]];
                    prk.expand(&info, Length(length)).unwrap().fill(&mut expected).unwrap();
                    assert_eq!(found, expected, "{hash:?} {label:?}");
                }
            }
        }
    }

    #[test]
    fn lengths_that_are_none() {
        assert!(Secret::new(Hash::Sha256, &[7; 48]).is_none());
        assert!(Secret::new(Hash::Sha384, &[7; 32]).is_none());
        let secret = Secret::new(Hash::Sha256, &[7; 32]).unwrap();
        assert!(secret.keyed().unwrap().expand(b"key", &mut [0; 33]).is_none());
        assert!(secret.keyed().unwrap().expand(&[b'l'; 250], &mut [0; 16]).is_none());
        assert!(!format!("{secret:?}").contains('7'));
    }
}
