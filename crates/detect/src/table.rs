//! A table with a limit and an expiry, in packet time: what detectors remember of principals,
//! requests and clients. Whoever floods it makes it forget what is oldest, never grow.

use std::hash::Hash;

use dissect::Timestamp;
use hashlink::LruCache;

/// Values by key; the one that was not asked for longest goes first.
#[derive(Debug)]
pub(crate) struct Table<K: Eq + Hash, V> {
    entries: LruCache<K, (Timestamp, V)>,
    /// Nanoseconds.
    lifetime: i64,
}

impl<K: Eq + Hash, V> Table<K, V> {
    /// A table of at most `limit` values, each kept for `seconds` after it was last asked for.
    pub(crate) fn new(limit: usize, seconds: i64) -> Self {
        let lifetime = seconds.saturating_mul(1_000_000_000);
        // Room is made as it is needed, not for the limit at once.
        Self { entries: LruCache::new(limit), lifetime }
    }

    /// The value of a key; made if there is none, or none that is young enough.
    pub(crate) fn entry(&mut self, key: K, now: Timestamp, make: impl FnOnce() -> V) -> &mut V {
        self.expire(now);
        // Asking moves it to the end of those that are forgotten.
        if self.entries.get(&key).is_none() && self.entries.len() >= self.entries.capacity() {
            self.entries.remove_lru();
        }
        let entry = self.entries.entry(key).or_insert_with(|| (now, make()));
        // A packet that comes late does not make it older.
        entry.0 = entry.0.max(now);
        &mut entry.1
    }

    /// The value of a key, if there is one.
    pub(crate) fn find(&mut self, key: &K, now: Timestamp) -> Option<&mut V> {
        self.expire(now);
        let entry = self.entries.get_mut(key)?;
        entry.0 = entry.0.max(now);
        Some(&mut entry.1)
    }

    /// The same without asking for it: it gets no older and no younger by that.
    pub(crate) fn peek(&self, key: &K, now: Timestamp) -> Option<&V> {
        let (at, value) = self.entries.peek(key)?;
        (now.since(*at) <= self.lifetime).then_some(value)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All of them, the one that was not asked for longest first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, (_, value))| value)
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((_, (at, _))) = self.entries.iter().next()
            && now.since(*at) > self.lifetime
        {
            self.entries.remove_lru();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut table: Table<&str, u32> = Table::new(10, 60);
        *table.entry("a", at(0), || 1) += 1;
        *table.entry("b", at(30), || 5) += 1;
        assert_eq!(table.find(&"a", at(60)), Some(&mut 2));
        assert_eq!((table.peek(&"b", at(60)), table.peek(&"b", at(91))), (Some(&6), None));
        assert_eq!(table.find(&"b", at(91)), None);
        assert_eq!(table.find(&"a", at(91)), Some(&mut 2), "it was asked for at 60");
        assert_eq!(table.len(), 1);
        assert_eq!(table.values().collect::<Vec<_>>(), [&2]);
    }

    #[test]
    fn a_full_table_forgets_what_was_not_asked_for() {
        let mut table: Table<u32, ()> = Table::new(2, 60);
        for key in [1, 2, 1, 3] {
            table.entry(key, at(0), || ());
        }
        assert!(table.find(&1, at(0)).is_some() && table.find(&2, at(0)).is_none());
    }

    #[test]
    fn older_packets_do_no_harm() {
        let mut table: Table<u32, u32> = Table::new(2, 60);
        table.entry(1, at(100), || 7);
        assert_eq!(table.find(&1, at(50)), Some(&mut 7));
        assert_eq!(table.find(&1, at(150)), Some(&mut 7));
    }
}
