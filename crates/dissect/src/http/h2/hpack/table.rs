//! The index of both tables (RFC 7541 section 2.3).

use std::collections::VecDeque;
use std::sync::Arc;

use super::static_table::STATIC_TABLE;
use crate::http::field_code::Text;

/// What a table holds before anybody says otherwise (RFC 9113 section 6.5.2).
const FIRST_LIMIT: usize = 4_096;

/// What an entry counts beside its name and value (RFC 7541 section 4.1).
const ENTRY_BYTES: usize = 32;

/// What stands at an index.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Found<'a> {
    /// This field.
    Known(&'a [u8], &'a [u8]),
    /// One that was not captured.
    Unknown,
}

#[derive(Debug)]
struct Entry {
    /// `None` if it is the name of an entry that was not captured.
    name: Option<Text>,
    value: Arc<[u8]>,
}

/// Both tables of one direction; the dynamic one newest first.
#[derive(Debug)]
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
    /// Behind the entries there may be others, which were not captured. The index of an entry is
    /// its age in entries, so that those added since are where they should be; and the real table
    /// keeps none of them longer than this one, which counts unknown names as empty.
    lossy: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { entries: VecDeque::new(), size: 0, limit: FIRST_LIMIT, lossy: false }
    }
}

impl Entry {
    fn size(&self) -> usize {
        let name = self.name.as_ref().map_or(0, |name| name.bytes().len());
        name.saturating_add(self.value.len()).saturating_add(ENTRY_BYTES)
    }
}

impl Table {
    /// Most bytes that it holds.
    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    fn entry(&self, index: u32) -> Option<&Entry> {
        let static_entries = u32::try_from(STATIC_TABLE.len()).ok()?;
        let age = index.checked_sub(static_entries)?.checked_sub(1)?;
        self.entries.get(usize::try_from(age).ok()?)
    }

    fn static_entry(index: u32) -> Option<&'static (&'static str, &'static str)> {
        STATIC_TABLE.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// The field at this index, from 1. `None` if there cannot be one.
    pub(super) fn find(&self, index: u32) -> Option<Found<'_>> {
        if let Some((name, value)) = Self::static_entry(index) {
            return Some(Found::Known(name.as_bytes(), value.as_bytes()));
        }
        match self.entry(index) {
            Some(Entry { name: Some(name), value }) => Some(Found::Known(name.bytes(), value)),
            Some(_) => Some(Found::Unknown),
            None => (self.lossy && index > 0).then_some(Found::Unknown),
        }
    }

    /// The name at this index, from 1; inside, `None` if it was not captured.
    pub(super) fn name(&self, index: u32) -> Option<Option<Text>> {
        if let Some((name, _)) = Self::static_entry(index) {
            return Some(Some(Text::Static(name.as_bytes())));
        }
        match self.entry(index) {
            Some(entry) => Some(entry.name.clone()),
            None => (self.lossy && index > 0).then_some(None),
        }
    }

    /// Adds an entry; the oldest ones make room. One that is larger than the whole table leaves it
    /// empty (section 4.4).
    pub(super) fn add(&mut self, name: Option<Text>, value: Arc<[u8]>) {
        let entry = Entry { name, value };
        let size = entry.size();
        self.shrink(self.limit.saturating_sub(size));
        if size <= self.limit {
            self.size = self.size.saturating_add(size);
            self.entries.push_front(entry);
        }
    }

    /// It holds so many bytes from now on.
    pub(super) fn resize(&mut self, limit: usize) {
        self.limit = limit;
        self.shrink(limit);
        // Nothing fits: what was not captured is gone too.
        self.lossy &= limit >= ENTRY_BYTES;
    }

    fn shrink(&mut self, to: usize) {
        while self.size > to {
            let Some(oldest) = self.entries.pop_back() else { return self.size = 0 };
            self.size = self.size.saturating_sub(oldest.size());
        }
    }

    /// Entries may have been added that were not captured.
    pub(super) fn lose(&mut self) {
        self.entries.clear();
        self.size = 0;
        self.lossy = true;
    }
}

#[cfg(test)]
impl Table {
    /// Bytes that it holds, as the RFC counts them.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Entries that it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
