//! What somebody was given: keys of ids, of whatever kind.

/// Most ids that are remembered of one viewer.
const MAX_IDS: usize = 4_096;
/// So many at once are sorted in together: one after the other each would move all behind it.
const MANY: usize = 32;

/// A set of ids.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// Sorted.
    keys: Vec<u64>,
    /// There was more than is remembered or could be read: an id that is not in the set may have
    /// been given all the same.
    pub(super) is_partial: bool,
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
    pub(super) fn add(&mut self, mut ids: &[u64]) -> usize {
        let before = self.keys.len();
        while !ids.is_empty() && !self.is_done() {
            let room = MAX_IDS.saturating_sub(self.keys.len());
            let at_once = if room < MANY { ids.len() } else { ids.len().min(room) };
            let (now, later) = ids.split_at_checked(at_once).unwrap_or((ids, &[]));
            if now.len() < MANY || room < MANY {
                now.iter().for_each(|key| self.add_one(*key));
            } else {
                self.add_many(now);
            }
            ids = later;
        }
        self.keys.len().saturating_sub(before)
    }

    fn add_one(&mut self, key: u64) {
        let Err(at) = self.keys.binary_search(&key) else { return };
        if self.keys.len() >= MAX_IDS {
            self.is_partial = true;
            return;
        }
        if self.keys.len() == self.keys.capacity() {
            // Most are given a few: doubling would waste as much again.
            self.keys.reserve_exact(self.keys.len().clamp(4, 256));
        }
        self.keys.insert(at, key);
    }

    /// As many as there is room for.
    fn add_many(&mut self, keys: &[u64]) {
        self.keys.reserve_exact(keys.len());
        self.keys.extend_from_slice(keys);
        // Two runs, of which the first is sorted, are merged.
        if let Some(new) = self.keys.len().checked_sub(keys.len())
            && let Some(new) = self.keys.get_mut(new..)
        {
            new.sort_unstable();
        }
        self.keys.sort();
        self.keys.dedup();
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
        assert_eq!((ids.add(&[7]), ids.add(&[7])), (1, 0));
        assert!(ids.contains(7) && !ids.contains(8));
        for id in 0..10_000 {
            ids.add(&[id]);
        }
        assert!(ids.is_partial && ids.is_done() && ids.len() == MAX_IDS);
    }

    #[test]
    fn many_at_once_are_as_many_one_by_one() {
        let key = |at: u64| (at % 7_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for pages in [&[1, 40, 3_000, 500][..], &[4_090, 200, 40], &[9_000], &[4_096, 4_096, 1]] {
            let (mut one, mut all, mut next) = (Ids::default(), Ids::default(), 0);
            for length in pages {
                let page: Vec<u64> = (next..next + length).map(key).collect();
                page.iter().for_each(|key| one.add_one(*key));
                all.add(&page);
                next += length / 2;
                assert_eq!((&one.keys, one.is_partial), (&all.keys, all.is_partial), "{pages:?}");
            }
        }
    }
}
