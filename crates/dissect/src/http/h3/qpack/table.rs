//! The dynamic table of one direction (RFC 9204 section 3.2). Entries are known by their absolute
//! index, which counts from the beginning of the connection and is never used again.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::http::field_code::Text;
use crate::limits::QPACK_TABLE_BYTES;

/// What an entry counts beside its name and value (section 3.2.1).
pub(super) const ENTRY_BYTES: usize = 32;

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Text,
    pub(super) value: Arc<[u8]>,
}

impl Entry {
    fn size(&self) -> usize {
        let text = self.name.bytes().len().saturating_add(self.value.len());
        text.saturating_add(ENTRY_BYTES)
    }
}

/// The entries, oldest first.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: usize,
    /// What the encoder set, as far as it is followed.
    capacity: usize,
    /// The encoder set more than is followed.
    short: bool,
    /// Entries that were ever inserted: the absolute index of the next one.
    inserted: u64,
}

impl Table {
    /// Entries that were ever inserted.
    pub(super) const fn inserted(&self) -> u64 {
        self.inserted
    }

    /// Whether entries may be missing that the encoder still has, since it has room for more.
    pub(super) const fn is_short(&self) -> bool {
        self.short
    }

    /// It holds so many bytes from now on.
    pub(super) fn resize(&mut self, capacity: u32) {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        self.short |= capacity > QPACK_TABLE_BYTES;
        self.capacity = capacity.min(QPACK_TABLE_BYTES);
        self.shrink(self.capacity);
    }

    /// Adds an entry; the oldest ones make room. False if it has no place in the whole table.
    pub(super) fn add(&mut self, entry: Entry) -> bool {
        let size = entry.size();
        if size > self.capacity {
            return false;
        }
        self.shrink(self.capacity.saturating_sub(size));
        self.size = self.size.saturating_add(size);
        self.entries.push_back(entry);
        self.inserted = self.inserted.saturating_add(1);
        true
    }

    fn shrink(&mut self, to: usize) {
        while self.size > to {
            let Some(oldest) = self.entries.pop_front() else { return self.size = 0 };
            self.size = self.size.saturating_sub(oldest.size());
        }
    }

    /// The entry with this absolute index, if it is there.
    pub(super) fn find(&self, index: u64) -> Option<&Entry> {
        let first = self.inserted.checked_sub(u64::try_from(self.entries.len()).ok()?)?;
        self.entries.get(usize::try_from(index.checked_sub(first)?).ok()?)
    }

    /// The entry that was inserted so many entries before the next one, counted from 0
    /// (section 3.2.5).
    pub(super) fn find_relative(&self, age: u32) -> Option<&Entry> {
        self.find(self.inserted.checked_sub(u64::from(age))?.checked_sub(1)?)
    }
}

#[cfg(test)]
impl Table {
    /// Bytes that it holds, as the RFC counts them.
    pub(super) const fn size(&self) -> usize {
        self.size
    }
}
