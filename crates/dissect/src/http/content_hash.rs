//! The SHA-256 of a content: worked out when somebody asks for it, as hardly anybody does, from the
//! bytes that are kept anyway.

use std::sync::OnceLock;

use ring::digest::{SHA256, digest};

/// What is known of the SHA-256 of a content: see [`Body::sha256`](super::Body::sha256).
#[derive(Clone, Debug, Default)]
pub struct ContentHash(Known);

#[derive(Clone, Debug, Default)]
enum Known {
    /// There is no content, or not all of it.
    #[default]
    Nothing,
    /// It is this.
    Hash([u8; 32]),
    /// All bytes as sent are those that the body keeps.
    Kept(OnceLock<[u8; 32]>),
    /// All bytes as sent are these: the body keeps what they unpacked to.
    Sent(Box<[u8]>, OnceLock<[u8; 32]>),
}

impl ContentHash {
    /// It will be that of the bytes that the body keeps.
    pub(crate) const fn of_kept() -> Self {
        Self(Known::Kept(OnceLock::new()))
    }

    /// The same where the coding of what was sent is taken off and other bytes are kept.
    pub(super) fn without_coding(self, sent: Vec<u8>) -> Self {
        match self.0 {
            Known::Kept(hash) => Self(Known::Sent(sent.into_boxed_slice(), hash)),
            _ => self,
        }
    }

    pub(super) const fn is_known(&self) -> bool {
        !matches!(self.0, Known::Nothing)
    }

    /// The hash of a body that keeps these bytes.
    pub(super) fn of<'a>(&'a self, kept: &[u8]) -> Option<&'a [u8; 32]> {
        match &self.0 {
            Known::Nothing => None,
            Known::Hash(hash) => Some(hash),
            Known::Kept(hash) => Some(hash.get_or_init(|| sha256(kept))),
            Known::Sent(sent, hash) => Some(hash.get_or_init(|| sha256(sent))),
        }
    }
}

impl From<[u8; 32]> for ContentHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(Known::Hash(hash))
    }
}

/// SHA-256 of these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    // It has as many bytes as the array.
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}
