//! QPACK (RFC 9204) as an onlooker reads it: the encoder stream of one direction in, and its field
//! sections.
//!
//! ```text
//! extent.rs         how long an instruction of the encoder stream is
//! table.rs          the fields that both sides remember
//! static_table.rs   those that they know beforehand
//! ```
//!
//! Why not a crate: whoever reads a capture must go on where a real peer gives up. Behind a hole in
//! the encoder stream new entries are not known, older ones still are; a field that is not known is
//! left out, and the others are told. No crate has that. Of those there are, `h3` keeps its QPACK
//! to itself; `qpack`, an export of it, is unfinished and shows no decoder with a dynamic table;
//! `ls-qpack` binds a C library. Integers, strings and their Huffman code are those of HPACK, see
//! [`field_code`](crate::http::field_code).
//!
//! The decoder stream is not read: it tells what the encoder may forget, and the encoder stream
//! says what it did.
//!
//! Bounds: a table holds at most [`QPACK_TABLE_BYTES`](crate::limits::QPACK_TABLE_BYTES), an
//! instruction that is not complete as much; fields are lent to the caller, so that a section
//! unpacks to no more than the caller keeps.

mod extent;
mod static_table;
mod table;

use self::extent::extent;
use self::static_table::STATIC_TABLE;
use self::table::{ENTRY_BYTES, Entry, Table};
use crate::http::field_code::{self, Text, integer, string};
use crate::http::fields::Field;

/// What no peer understands; nothing can be read behind it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// A capacity of the table that is not allowed.
    Capacity,
    /// An index of no entry.
    Index,
    /// An integer or a string that is broken or too long.
    Literal,
    /// A section that says that it needs more, or fewer, entries than it can.
    Required,
}

impl From<field_code::Fault> for Fault {
    fn from(_: field_code::Fault) -> Self {
        Self::Literal
    }
}

impl Fault {
    /// For people.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Capacity => "QPACK table capacity",
            Self::Index => "QPACK index of no entry",
            Self::Literal => "broken header field",
            Self::Required => "QPACK required insert count",
        }
    }
}

/// Largest table that the decoder's side allows (SETTINGS_QPACK_MAX_TABLE_CAPACITY).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Allowed {
    /// Its settings were not seen so far.
    #[default]
    Awaited,
    /// So many bytes.
    Known(u64),
    /// Its settings will never be seen.
    Lost,
}

/// Whether a field section can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Readiness {
    /// The encoder stream may bring what it needs.
    Blocked,
    /// It can, as far as it will ever be.
    Ready,
}

/// Reads the field sections of one direction.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    table: Table,
    allowed: Allowed,
    /// The beginning of an instruction.
    partial: Vec<u8>,
    /// Bytes of the encoder stream that may have held instructions nobody saw, each of them one
    /// entry at most. `None`: there was no hole.
    unseen: Option<u64>,
}

/// What a field section begins with (section 4.5.1).
#[derive(Clone, Copy, Debug)]
struct Prefix {
    /// Entries that it needs, 0 if none. `None`: cannot be told.
    required: Option<u64>,
    /// Its indexes are relative to this one.
    base: u64,
    /// Its length.
    length: usize,
}

impl Decoder {
    /// The decoder's side allows a table of so many bytes.
    pub(super) const fn allow(&mut self, capacity: u64) {
        self.allowed = Allowed::Known(capacity);
    }

    /// The encoder stream begins: it is none of those of which the beginning is missing.
    pub(super) fn begin(&mut self) {
        self.unseen = None;
    }

    /// What the decoder's side allows will never be known.
    pub(super) fn lose_allowance(&mut self) {
        if self.allowed == Allowed::Awaited {
            self.allowed = Allowed::Lost;
        }
    }

    /// So many of the next bytes of the encoder stream are missing: nothing behind them can be
    /// read.
    pub(super) fn lose(&mut self, length: u64) {
        let partial = u64::try_from(self.partial.len()).unwrap_or(u64::MAX);
        let unseen = self.unseen.unwrap_or(partial).saturating_add(length);
        self.unseen = Some(unseen);
        self.partial = Vec::new();
    }

    /// The next bytes of the encoder stream (section 4.3). Says whether there are new entries.
    pub(super) fn instructions(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        if self.unseen.is_some() {
            self.lose(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            return Ok(false);
        }
        let before = self.table.inserted();
        let mut rest = bytes;
        // What came earlier of an instruction is completed byte by byte, up to its lengths, and then
        // with as many as they say.
        while !self.partial.is_empty() {
            match extent(&self.partial) {
                Ok(length) if length <= self.partial.len() => {
                    let instruction = std::mem::take(&mut self.partial);
                    self.instruction(&instruction)?;
                }
                needed => {
                    let missing = needed?.saturating_sub(self.partial.len()).min(rest.len());
                    let (more, behind) = rest.split_at_checked(missing).unwrap_or_default();
                    if more.is_empty() {
                        break;
                    }
                    self.partial.extend(more);
                    rest = behind;
                }
            }
        }
        while self.unseen.is_none() && self.partial.is_empty() && !rest.is_empty() {
            let length = extent(rest)?;
            match rest.split_at_checked(length) {
                Some((instruction, behind)) => {
                    self.instruction(instruction)?;
                    rest = behind;
                }
                None => {
                    self.partial = rest.to_vec();
                    rest = &[];
                }
            }
        }
        if self.unseen.is_some() {
            self.lose(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        }
        Ok(self.table.inserted() > before)
    }

    /// One whole instruction.
    fn instruction(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let first = bytes.first().copied().unwrap_or_default();
        let rest = |used: usize| bytes.get(used..).unwrap_or_default();
        let entry = match first.leading_zeros() {
            // Insert with the name of another entry.
            0 => {
                let (index, used) = integer(bytes, 6)?;
                let name = if first & 0x40 != 0 {
                    Some(Text::Static(static_entry(index)?.0.as_bytes()))
                } else {
                    self.table.find_relative(index).map(|entry| entry.name.clone())
                };
                let (value, _) = string(rest(used), 7)?;
                name.map(|name| Entry { name, value: value.into() })
            }
            // Insert with a name of its own.
            1 => {
                let (name, used) = string(bytes, 5)?;
                let (value, _) = string(rest(used), 7)?;
                Some(Entry { name: Text::Own(name.into()), value: value.into() })
            }
            // Set the capacity.
            2 => {
                let (capacity, _) = integer(bytes, 5)?;
                if matches!(self.allowed, Allowed::Known(most) if u64::from(capacity) > most) {
                    return Err(Fault::Capacity);
                }
                self.table.resize(capacity);
                return Ok(());
            }
            // Insert an entry once more.
            _ => {
                let (index, _) = integer(bytes, 5)?;
                self.table.find_relative(index).cloned()
            }
        };
        if entry.is_some_and(|entry| self.table.add(entry)) {
            return Ok(());
        }
        if self.table.is_short() {
            // The entry it refers to, or its own place, is beyond what is kept.
            self.lose(1);
            return Ok(());
        }
        Err(Fault::Index)
    }

    /// Whether a field section can be read.
    pub(super) fn readiness(&self, section: &[u8]) -> Result<Readiness, Fault> {
        // A section that ends within its prefix is told when it is read.
        let encoded = integer(section, 8).map_or(0, |(encoded, _)| encoded);
        if encoded == 0 || self.unseen.is_some() {
            return Ok(Readiness::Ready);
        }
        if self.allowed == Allowed::Awaited {
            return Ok(Readiness::Blocked);
        }
        let required = self.required(encoded)?;
        let waits = required.is_some_and(|required| required > self.table.inserted());
        Ok(if waits { Readiness::Blocked } else { Readiness::Ready })
    }

    /// Entries that a section needs, from the number that stands for them (section 4.5.1.1). `None`
    /// if it cannot be told.
    fn required(&self, encoded: u32) -> Result<Option<u64>, Fault> {
        if encoded == 0 {
            return Ok(Some(0));
        }
        let Allowed::Known(capacity) = self.allowed else { return Ok(None) };
        let entry = u64::try_from(ENTRY_BYTES).unwrap_or(u64::MAX);
        let most = capacity.checked_div(entry).unwrap_or_default();
        let range = most.saturating_mul(2);
        let encoded = u64::from(encoded);
        // The number is the count modulo the range: there is one count near what was inserted.
        let highest = self.table.inserted().saturating_add(most);
        let turns = highest.checked_div(range).unwrap_or_default();
        let required = turns.saturating_mul(range).saturating_add(encoded).saturating_sub(1);
        let required =
            if required > highest { required.checked_sub(range) } else { Some(required) };
        let required = required.filter(|required| encoded <= range && *required > 0);
        let Some(unseen) = self.unseen else { return required.ok_or(Fault::Required).map(Some) };
        // Behind a hole more may have been inserted, and the next count that has this number be meant.
        let latest = highest.saturating_add(unseen);
        Ok(required.filter(|required| required.saturating_add(range) > latest))
    }

    fn prefix(&self, section: &[u8]) -> Result<Prefix, Fault> {
        let (encoded, used) = integer(section, 8)?;
        let rest = section.get(used..).unwrap_or_default();
        let (delta, more) = integer(rest, 7)?;
        let length = used.saturating_add(more);
        let required = self.required(encoded)?;
        let negative = rest.first().is_some_and(|first| first & 0x80 != 0);
        let base = match (required, negative) {
            (None, _) => 0,
            (Some(required), false) => required.saturating_add(u64::from(delta)),
            (Some(required), true) => required
                .checked_sub(u64::from(delta))
                .and_then(|base| base.checked_sub(1))
                .ok_or(Fault::Index)?,
        };
        Ok(Prefix { required, base, length })
    }

    /// Reads a field section (section 4.5), and gives each of its fields. `cut`: bytes of its end are
    /// missing. What it needs and is not there is not known.
    pub(super) fn read(
        &self,
        section: &[u8],
        cut: bool,
        mut take: impl FnMut(Field<'_>),
    ) -> Result<(), Fault> {
        let prefix = self.prefix(section)?;
        let mut rest = section.get(prefix.length..).unwrap_or_default();
        while !rest.is_empty() {
            match self.line(rest, prefix, &mut take) {
                Ok(used) => rest = rest.get(used..).unwrap_or_default(),
                // The last one is not whole.
                Err(Fault::Literal) if cut => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// The field at the beginning of these bytes; how many of them it takes.
    fn line(
        &self,
        bytes: &[u8],
        prefix: Prefix,
        take: &mut dyn FnMut(Field<'_>),
    ) -> Result<usize, Fault> {
        let first = bytes.first().copied().unwrap_or_default();
        let is_static = |bit: u8| first & bit != 0;
        match first.leading_zeros() {
            // Indexed.
            0 => {
                let (index, used) = integer(bytes, 6)?;
                if is_static(0x40) {
                    let (name, value) = static_entry(index)?;
                    take(Some((name.as_bytes(), value.as_bytes())));
                } else {
                    take(lend(self.before_base(prefix, index)?));
                }
                Ok(used)
            }
            // Literal with the name of another.
            1 => {
                let (index, used) = integer(bytes, 4)?;
                if is_static(0x10) {
                    literal(bytes, used, Some(static_entry(index)?.0.as_bytes()), take)
                } else {
                    let entry = self.before_base(prefix, index)?;
                    literal(bytes, used, entry.map(|entry| entry.name.bytes()), take)
                }
            }
            // Literal with a name of its own.
            2 => {
                let (name, used) = string(bytes, 3)?;
                literal(bytes, used, Some(&name), take)
            }
            // Indexed, not before the base.
            3 => {
                let (index, used) = integer(bytes, 4)?;
                take(lend(self.behind_base(prefix, index)?));
                Ok(used)
            }
            // Literal with the name of one not before the base.
            _ => {
                let (index, used) = integer(bytes, 3)?;
                let entry = self.behind_base(prefix, index)?;
                literal(bytes, used, entry.map(|entry| entry.name.bytes()), take)
            }
        }
    }

    fn before_base(&self, prefix: Prefix, index: u32) -> Result<Option<&Entry>, Fault> {
        let Some(required) = prefix.required else { return Ok(None) };
        let index = prefix.base.checked_sub(u64::from(index)).and_then(|it| it.checked_sub(1));
        self.entry(index.ok_or(Fault::Index)?, required)
    }

    fn behind_base(&self, prefix: Prefix, index: u32) -> Result<Option<&Entry>, Fault> {
        let Some(required) = prefix.required else { return Ok(None) };
        self.entry(prefix.base.saturating_add(u64::from(index)), required)
    }

    /// The entry with this absolute index, if it is still, or already, known.
    fn entry(&self, index: u64, required: u64) -> Result<Option<&Entry>, Fault> {
        if index >= required { Err(Fault::Index) } else { Ok(self.table.find(index)) }
    }
}

fn lend(entry: Option<&Entry>) -> Field<'_> {
    entry.map(|entry| (entry.name.bytes(), &*entry.value))
}

/// The value behind so many bytes, with this name.
fn literal(
    bytes: &[u8],
    used: usize,
    name: Option<&[u8]>,
    take: &mut dyn FnMut(Field<'_>),
) -> Result<usize, Fault> {
    let (value, length) = string(bytes.get(used..).unwrap_or_default(), 7)?;
    take(name.map(|name| (name, &*value)));
    Ok(used.saturating_add(length))
}

fn static_entry(index: u32) -> Result<&'static (&'static str, &'static str), Fault> {
    usize::try_from(index).ok().and_then(|index| STATIC_TABLE.get(index)).ok_or(Fault::Index)
}

#[cfg(test)]
mod tests;
