//! What somebody was given: keys of ids, of whatever kind.

use smallvec::SmallVec;

/// Most ids that are remembered of one viewer.
const MAX_IDS: usize = 4_096;
/// A set of ids.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// Sorted.
    keys: Vec<u64>,
    /// There was more than is remembered or could be read: an id that is not in the set may have
    /// been given all the same.
    pub(super) is_partial: bool,
}

/// Ids that one answer gives, for the sets of all to whom it gives them.
pub(super) struct Batch {
    /// In the order of the answer.
    all: SmallVec<[u64; 32]>,
    /// Each once.
    sorted: SmallVec<[u64; 32]>,
}

impl Batch {
    pub(super) fn of(ids: impl Iterator<Item = u64>) -> Self {
        let all: SmallVec<_> = ids.collect();
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        Self { all, sorted }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Ids {
    pub(super) fn contains(&self, key: u64) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// Whether nothing that is added makes it another.
    pub(super) const fn is_done(&self) -> bool {
        self.is_partial && self.keys.len() >= MAX_IDS
    }

    /// Adds ids, the first ones where there is no room for all; returns by how many the set grew.
    pub(super) fn add(&mut self, ids: &Batch) -> usize {
        let before = self.keys.len();
        if self.is_done() {
            return 0;
        }
        // Those that are new, and what they come before: both rise.
        let mut from = 0;
        let new = ids.sorted.iter().filter_map(|key| {
            let rest = self.keys.get(from..).unwrap_or_default();
            let place = rest.binary_search(key);
            let (Ok(at) | Err(at)) = place;
            from = from.saturating_add(at);
            place.is_err().then_some((*key, from))
        });
        let new: SmallVec<[(u64, usize); 32]> = new.collect();
        if before.saturating_add(new.len()) <= MAX_IDS {
            self.merge(&new);
        } else {
            ids.all.iter().for_each(|key| self.add_one(*key));
        }
        self.keys.len().saturating_sub(before)
    }

    /// Sorts new ones in together: one after the other each would move all behind it.
    fn merge(&mut self, new: &[(u64, usize)]) {
        let mut end = self.keys.len();
        self.make_room(new.len());
        let mut to = end.saturating_add(new.len());
        self.keys.resize(to, 0);
        for (key, at) in new.iter().rev() {
            // What is behind it moves up by as many as are still to come.
            to = to.saturating_sub(end.saturating_sub(*at));
            self.keys.copy_within(*at..end, to);
            to = to.saturating_sub(1);
            if let Some(place) = self.keys.get_mut(to) {
                *place = *key;
            }
            end = *at;
        }
    }

    fn add_one(&mut self, key: u64) {
        let Err(at) = self.keys.binary_search(&key) else { return };
        if self.keys.len() >= MAX_IDS {
            self.is_partial = true;
            return;
        }
        self.make_room(1);
        self.keys.insert(at, key);
    }

    /// Most are given a few: doubling would waste as much again.
    fn make_room(&mut self, count: usize) {
        if self.keys.capacity().saturating_sub(self.keys.len()) < count {
            self.keys.reserve_exact(count.max(self.keys.len().clamp(4, 256)));
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_a_limit_and_say_when_it_is_reached() {
        let mut ids = Ids::default();
        let batch = |id| Batch::of(std::iter::once(id));
        assert_eq!((ids.add(&batch(7)), ids.add(&batch(7))), (1, 0));
        assert!(ids.contains(7) && !ids.contains(8));
        for id in 0..10_000 {
            ids.add(&batch(id));
        }
        assert!(ids.is_partial && ids.is_done() && ids.len() == MAX_IDS);
    }

    #[test]
    fn many_at_once_are_as_many_one_by_one() {
        let key = |at: u64| (at % 7_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for pages in [
            &[1, 2, 40, 3, 3_000, 500, 7][..],
            &[4_090, 200, 40],
            &[9_000],
            &[4_096, 4_096, 1],
            &[5, 12, 12, 12, 12, 12],
        ] {
            let (mut one, mut all, mut next) = (Ids::default(), Ids::default(), 0);
            for length in pages {
                let page: Vec<u64> = (next..next + length).map(key).collect();
                page.iter().for_each(|key| one.add_one(*key));
                all.add(&Batch::of(page.iter().copied()));
                next += length / 2;
                assert_eq!((&one.keys, one.is_partial), (&all.keys, all.is_partial), "{pages:?}");
            }
        }
    }
}
