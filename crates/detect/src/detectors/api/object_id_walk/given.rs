//! What somebody was given: digests of ids, of whatever kind.

/// Most ids that are remembered of one viewer.
const MAX_IDS: usize = 4_096;

/// A set of ids.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// Sorted.
    digests: Vec<u32>,
    /// There was more than is remembered or could be read: an id that is not in the set may have
    /// been given all the same.
    pub(super) is_partial: bool,
}

impl Ids {
    pub(super) fn contains(&self, digest: u32) -> bool {
        self.digests.binary_search(&digest).is_ok()
    }

    /// Adds an id; returns whether the set grew.
    pub(super) fn add(&mut self, digest: u32) -> bool {
        let Err(at) = self.digests.binary_search(&digest) else { return false };
        if self.digests.len() >= MAX_IDS {
            self.is_partial = true;
            return false;
        }
        if self.digests.len() == self.digests.capacity() {
            // Most are given a few: doubling would waste as much again.
            self.digests.reserve_exact(self.digests.len().clamp(4, 256));
        }
        self.digests.insert(at, digest);
        true
    }

    pub(super) const fn len(&self) -> usize {
        self.digests.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_a_limit_and_say_when_it_is_reached() {
        let mut ids = Ids::default();
        assert!(ids.add(7) && !ids.add(7) && ids.contains(7) && !ids.contains(8));
        for id in 0..10_000 {
            ids.add(id);
        }
        assert!(ids.is_partial && ids.len() == MAX_IDS);
    }
}
