//! What stands for a text (a token, a user's name, an id) where the text itself is not kept.
//!
//! A [`Digest`] is half of a SHA-256: the same in every run, so that outputs may show it and
//! findings be told apart by it, and nobody finds another text with the same one. A [`Key`] is what
//! tables are looked up by: many times cheaper, and good for that only, because it differs from one
//! run to the next. What is hashed comes off the wire, from somebody who may want that two texts
//! are taken for one; he does not know the seed, and nothing that depends on it is ever shown.

use std::hash::{BuildHasher as _, Hash, Hasher};
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use sha2::{Digest as _, Sha256};

/// Two seeds of this run, one for each half of a [`Key`].
static SEEDS: LazyLock<[RandomState; 2]> =
    LazyLock::new(|| [RandomState::default(), RandomState::default()]);

/// 128 bits that stand for some text while this program runs: of the million that a table holds, two
/// are the same once in 10^26 times. Never shown, and never what an order depends on.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key(u64, u64);

impl Key {
    /// Of whatever it is to stand for: a text, or a tuple of several things, none of which can be taken
    /// for another's end.
    pub(crate) fn of(thing: &(impl Hash + ?Sized)) -> Self {
        let [first, second] = SEEDS.each_ref().map(|seed| seed.hash_one(thing));
        Self(first, second)
    }

    /// Half of the key of a thing, at half the price.
    pub(crate) fn short_of(thing: &(impl Hash + ?Sized)) -> u64 {
        let [seed, _] = &*SEEDS;
        seed.hash_one(thing)
    }

    /// Half of it, where a set of many is kept and one that is taken for another does no harm.
    pub(crate) const fn short(self) -> u64 {
        self.0
    }
}

/// A text whose case, as ASCII has it, does not matter, as a part of a [`Key`].
#[derive(Clone, Copy)]
pub(crate) struct Lower<'a>(pub(crate) &'a str);

impl Hash for Lower<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let text = self.0.as_bytes();
        text.len().hash(state);
        // Names are seldom longer than one piece.
        let mut piece = [0; 64];
        for bytes in text.chunks(piece.len()) {
            if let Some(lower) = piece.get_mut(..bytes.len()) {
                lower.copy_from_slice(bytes);
                lower.make_ascii_lowercase();
                state.write(lower);
            }
        }
    }
}

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
    fn keys_stand_for_the_same_parts_only() {
        let known = Key::of(&("a", "b"));
        assert_eq!(known, Key::of(&(String::from("a"), "b")));
        for other in [("ab", ""), ("", "ab"), ("b", "a"), ("a", "")] {
            assert_ne!(known, Key::of(&other), "{other:?}");
        }
        let Key(first, second) = Key::of("a");
        assert_eq!(first, Key::short_of("a"));
        assert_ne!(first, second, "the halves have seeds of their own");
    }

    #[test]
    fn case_does_not_matter_where_it_is_said_so() {
        let long = "Www.".repeat(40);
        for text in ["", "a.test", "A.TEST", "\u{c4}.test", long.as_str()] {
            let key = Key::of(&Lower(text));
            assert_eq!(key, Key::of(&Lower(&text.to_ascii_lowercase())));
            assert_ne!(key, Key::of(&Lower(&format!("{text}x"))));
            assert_ne!(key, Key::of(&Lower("b.test")));
        }
        assert_ne!(Key::of(&(Lower("ab"), Lower("c"))), Key::of(&(Lower("a"), Lower("bc"))));
    }

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
