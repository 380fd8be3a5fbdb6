//! Offers seen before: most hellos are those of a few libraries, and differ in their keys and names.
//!
//! The outline of a hello is what its [`Offer`] is made of, in the form of a hello: version, cipher
//! suites, compression methods, extension types, and the content of those extensions that say what
//! is offered. An offer is read from the outline and from nothing else, so whoever draws the same
//! outline gets the same offer.

use std::hash::BuildHasher as _;

use hashbrown::HashTable;

use super::client_extension::{kind, share_groups};
use super::offer::{Offer, SharedOffer};

/// Offers that are held at the same time; a full table starts afresh. Clients that shuffle their
/// extensions (Chrome) or invent values (RFC 8701) fill it; a phone's libraries are a few dozen.
const MAX_OFFERS: usize = 1_024;

/// Longest outline that is held: those of browsers have two to three hundred bytes.
const MAX_OUTLINE: usize = 2 * 1024;

/// Offers by the outlines of their hellos.
#[derive(Debug, Default)]
pub struct Offers {
    known: HashTable<(Box<[u8]>, SharedOffer)>,
    hasher: foldhash::fast::RandomState,
    /// The outline that is being drawn.
    outline: Vec<u8>,
}

impl Offers {
    /// Begins the outline of a hello.
    pub(super) fn begin(&mut self, version: u16, suites: &[u8], methods: &[u8]) {
        self.outline.clear();
        self.outline.extend_from_slice(&version.to_be_bytes());
        self.list(suites);
        // It came behind a length of one byte.
        self.outline.push(u8::try_from(methods.len()).unwrap_or(u8::MAX));
        self.outline.extend_from_slice(methods);
    }

    /// Adds an extension to the outline.
    #[inline]
    pub(super) fn extension(&mut self, kind: u16, content: &[u8]) {
        let [high, low] = kind.to_be_bytes();
        match kind {
            kind::SUPPORTED_GROUPS
            | kind::EC_POINT_FORMATS
            | kind::SIGNATURE_ALGORITHMS
            | kind::ALPN
            | kind::SUPPORTED_VERSIONS => {
                self.outline.extend_from_slice(&[high, low]);
                self.list(content);
            }
            kind::KEY_SHARE | kind::KEY_SHARE_DRAFT => {
                self.outline.extend_from_slice(&[high, low]);
                self.shares(content);
            }
            _ => self.outline.extend_from_slice(&[high, low, 0, 0]),
        }
    }

    /// The offer with the outline that was drawn.
    pub(super) fn offer(&mut self) -> SharedOffer {
        let Self { known, hasher, outline } = self;
        let hash = hasher.hash_one(outline.as_slice());
        if let Some((_, offer)) = known.find(hash, |(held, _)| **held == **outline) {
            return offer.clone();
        }
        let offer = SharedOffer::from(Offer::of_outline(outline));
        if outline.len() <= MAX_OUTLINE {
            if known.len() >= MAX_OFFERS {
                known.clear();
            }
            let held = (outline.as_slice().into(), offer.clone());
            known.insert_unique(hash, held, |(held, _)| hasher.hash_one(&**held));
        } else {
            *outline = Vec::new();
        }
        offer
    }

    /// Bytes behind their length, which was one of two bytes.
    #[inline]
    fn list(&mut self, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.outline.extend_from_slice(&length.to_be_bytes());
        self.outline.extend_from_slice(bytes);
    }

    /// Key shares without their keys.
    fn shares(&mut self, content: &[u8]) {
        let length = share_groups(content).count().saturating_mul(4);
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        self.outline.extend_from_slice(&length.saturating_add(2).to_be_bytes());
        self.outline.extend_from_slice(&length.to_be_bytes());
        for group in share_groups(content) {
            let [high, low] = group.to_be_bytes();
            self.outline.extend_from_slice(&[high, low, 0, 0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(offers: &mut Offers, suite: u16, extensions: &[(u16, &[u8])]) -> SharedOffer {
        offers.begin(0x0303, &suite.to_be_bytes(), &[0]);
        for (kind, content) in extensions {
            offers.extension(*kind, content);
        }
        offers.offer()
    }

    /// Whether both are one, not only equal.
    fn same(one: &SharedOffer, other: &SharedOffer) -> bool {
        std::ptr::eq::<Offer>(&**one, &**other)
    }

    #[test]
    fn keys_names_and_tickets_make_no_other_offer() {
        let mut offers = Offers::default();
        let share = |key: &'static [u8]| (kind::KEY_SHARE, key);
        let one = [share(b"\x00\x06\x00\x1d\x00\x02ab"), (kind::SERVER_NAME, b"x"), (0x1234, b"1")];
        let two = [share(b"\x00\x06\x00\x1d\x00\x02cd"), (kind::SERVER_NAME, b""), (0x1234, b"22")];
        let one = offer(&mut offers, 1, &one);
        assert!(same(&one, &offer(&mut offers, 1, &two)));
        assert_eq!((&one.key_share_groups, &one.extensions), (&vec![29], &vec![51, 0, 0x1234]));
        let other_group = [share(b"\x00\x06\x00\x17\x00\x02ab"), two[1], two[2]];
        assert_ne!(one, offer(&mut offers, 1, &other_group));
        assert_ne!(one, offer(&mut offers, 2, &two));
        assert_ne!(one, offer(&mut offers, 1, &[two[1], two[0], two[2]]));
    }

    #[test]
    fn what_is_offered_makes_another_offer() {
        let mut offers = Offers::default();
        for kind in [
            kind::SUPPORTED_GROUPS,
            kind::EC_POINT_FORMATS,
            kind::SIGNATURE_ALGORITHMS,
            kind::ALPN,
            kind::SUPPORTED_VERSIONS,
        ] {
            let one = offer(&mut offers, 1, &[(kind, &[0, 4, 1, 2, 1, 3])]);
            let two = offer(&mut offers, 1, &[(kind, &[0, 4, 1, 2, 1, 9])]);
            assert!(!same(&one, &two), "{kind}");
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let mut offers = Offers::default();
        for suite in 0..2000 {
            assert_eq!(offer(&mut offers, suite, &[]).cipher_suites, [suite]);
            assert!(offers.known.len() <= MAX_OFFERS);
        }
        let held = offers.known.len();
        let long = vec![0; MAX_OUTLINE];
        let long = offer(&mut offers, 1, &[(kind::ALPN, &long)]);
        assert_eq!((long.extensions.as_slice(), offers.known.len()), (&[kind::ALPN][..], held));
        assert_eq!(offers.outline.capacity(), 0, "nor is a long outline's buffer kept");
    }
}
