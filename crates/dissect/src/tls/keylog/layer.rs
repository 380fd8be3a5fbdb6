//! A part of a key log that does not change any more: secrets by client random.
//!
//! A log of a million secrets is nothing odd, so each takes a fixed place in one vector, and those
//! of one connection are chained.

use hashbrown::HashMap;

use super::Label;

/// Longest secret: a hash of 48 bytes, or a master secret.
pub(super) const LONGEST: usize = 48;

/// A secret, held in place.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Secret {
    /// Zeros behind the last byte.
    bytes: [u8; LONGEST],
    length: u8,
}

impl Secret {
    /// So many of these bytes; the others are zeros.
    pub(super) fn new(bytes: [u8; LONGEST], length: usize) -> Self {
        Self { bytes, length: u8::try_from(length).unwrap_or_default() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

/// Place of a secret; fits as long as a log is bounded by
/// [`KEYLOG_SECRETS`](crate::limits::KEYLOG_SECRETS).
type Place = u32;

#[derive(Clone)]
struct Held {
    secret: Secret,
    label: Label,
    /// The next one of the same connection.
    next: Option<Place>,
}

/// The secrets of one connection.
#[derive(Clone, Copy)]
struct Chain {
    first: Place,
    last: Place,
}

#[derive(Clone, Default)]
pub(super) struct Layer {
    /// By client random. Its order is never looked at.
    connections: HashMap<[u8; 32], Chain, foldhash::fast::RandomState>,
    secrets: Vec<Held>,
}

impl Layer {
    /// How many secrets it holds.
    pub(super) const fn len(&self) -> usize {
        self.secrets.len()
    }

    /// The secrets of a connection that have this label, in the order in which they were added.
    pub(super) fn of<'a>(
        &'a self,
        random: &[u8; 32],
        label: Label,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let of_label = move |held: &&Held| held.label == label;
        self.chain(random).filter(of_label).map(|held| held.secret.bytes())
    }

    /// All secrets with one of these labels.
    pub(super) fn all(&self, labels: [Label; 2]) -> impl Iterator<Item = &[u8]> {
        let of_labels = move |held: &&Held| labels.contains(&held.label);
        self.secrets.iter().filter(of_labels).map(|held| held.secret.bytes())
    }

    fn chain<'a>(&'a self, random: &[u8; 32]) -> impl Iterator<Item = &'a Held> + use<'a> {
        let at = |place: Place| self.secrets.get(usize::try_from(place).ok()?);
        let first = self.connections.get(random).and_then(|chain| at(chain.first));
        std::iter::successors(first, move |held| held.next.and_then(at))
    }

    pub(super) fn add(&mut self, random: [u8; 32], label: Label, secret: Secret) {
        let Ok(place) = Place::try_from(self.secrets.len()) else { return };
        self.secrets.push(Held { secret, label, next: None });
        let chain = self.connections.entry(random).or_insert(Chain { first: place, last: place });
        let before = std::mem::replace(&mut chain.last, place);
        if before != place
            && let Some(before) =
                usize::try_from(before).ok().and_then(|at| self.secrets.get_mut(at))
        {
            before.next = Some(place);
        }
    }

    /// Takes in what was read later.
    pub(super) fn append(&mut self, later: &Self) {
        for random in later.connections.keys() {
            for held in later.chain(random) {
                self.add(*random, held.label, held.secret);
            }
        }
    }
}
