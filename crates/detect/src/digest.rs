//! Digests that tables are keyed by: half of a SHA-256, so that what they stand for (tokens, user
//! names, ids) is neither kept nor to be had by guessing another text with the same digest.

use sha2::{Digest as _, Sha256};

/// 128 bits that stand for some text.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Digest([u8; 16]);

impl Digest {
    /// Of several parts: none of them can be taken for another's end.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part);
        }
        Self::cut(&hash.finalize())
    }

    /// Of one text.
    pub(crate) fn text(text: &str) -> Self {
        Self::of([text.as_bytes()])
    }

    fn cut(digest: &[u8]) -> Self {
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(digest) {
            *to = *from;
        }
        Self(half)
    }

    /// Half as much again, where a set of many is kept and one that is taken for another does no
    /// harm.
    pub(crate) fn short(self) -> u64 {
        self.0.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
    }

    /// Its bytes, to be digested with others.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// All of it, in hex.
    pub(crate) fn hex(self) -> String {
        dissect::hex(&self.0)
    }

    /// What outputs show: six hex digits.
    pub(crate) fn id(self) -> String {
        dissect::hex(self.0.get(..3).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let of = |parts: &[&str]| Digest::of(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["ab", ""]), of(&["a", "b"]));
        assert_ne!(of(&["a"]).short(), of(&["b"]).short());
        assert_eq!(Digest::text("a"), of(&["a"]));
        assert_eq!(Digest::text("a").id().len(), 6);
    }
}
