//! HPACK (RFC 7541): header blocks of one direction in, fields out.
//!
//! ```text
//! table.rs          the fields that both sides remember
//! static_table.rs   those that they know beforehand
//! ```
//!
//! Why not a crate: whoever reads a capture must go on where a real peer gives up. Behind a hole it
//! is not known any more how many entries the dynamic table got meanwhile. References to older ones
//! then mean a field of which nothing is known; literals, static references and what was added
//! since are still right. No crate has that. Of those there are, `httlib-hpack` panics on a
//! truncated integer, and `hpack`, `fluke-hpack` and `loona-hpack` build a hash table of 257
//! entries for every Huffman-coded string.
//!
//! Bounds: a table holds at most [`HPACK_TABLE_BYTES`]; fields are lent to the caller, and names
//! shared by entries, so that a block unpacks to no more than the caller keeps.

mod static_table;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

use self::table::{Found, Table};
use crate::http::field_code::{self, Text, integer, string};
use crate::http::fields::Field;
use crate::limits::HPACK_TABLE_BYTES;

/// What no peer understands; nothing can be read behind it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// An index behind the end of the tables.
    Index,
    /// An integer or a string that is broken or too long.
    Literal,
    /// A size of the table that is not allowed, or not here.
    Size,
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
            Self::Index => "header field index beyond the table",
            Self::Literal => "broken header field",
            Self::Size => "header table size",
        }
    }
}

/// Name (`None` if it was not captured), value and length of a literal.
type Literal<'a> = (Option<Text>, Cow<'a, [u8]>, usize);

/// Reads the header blocks of one direction.
#[derive(Debug)]
pub(super) struct Decoder {
    table: Table,
    /// Largest table that the other side has allowed so far.
    allowed: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        let table = Table::default();
        Self { allowed: table.limit(), table }
    }
}

impl Decoder {
    /// The other side allows a table of so many bytes (SETTINGS_HEADER_TABLE_SIZE).
    pub(super) fn allow(&mut self, size: u32) {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.allowed = self.allowed.max(size.min(HPACK_TABLE_BYTES));
    }

    /// A header block may have been lost, and perhaps SETTINGS.
    pub(super) fn lose(&mut self) {
        self.table.lose();
        self.allowed = HPACK_TABLE_BYTES;
    }

    /// Reads a whole header block, and gives each of its fields.
    pub(super) fn read(
        &mut self,
        mut block: &[u8],
        mut take: impl FnMut(Field<'_>),
    ) -> Result<(), Fault> {
        let mut begun = false;
        while let Some(first) = block.first().copied() {
            let used = match first.leading_zeros() {
                // Indexed field.
                0 => {
                    let (index, used) = integer(block, 7)?;
                    match self.table.find(index).ok_or(Fault::Index)? {
                        Found::Known(name, value) => take(Some((name, value))),
                        Found::Unknown => take(None),
                    }
                    used
                }
                // Literal that both sides add to the table.
                1 => {
                    let (name, value, used) = self.literal(block, 6)?;
                    let value: Arc<[u8]> = value.into();
                    take(name.as_ref().map(|name| (name.bytes(), &*value)));
                    self.table.add(name, value);
                    used
                }
                // New size of the table: only where a block begins (section 4.2).
                2 => {
                    let (size, used) = integer(block, 5)?;
                    let size = usize::try_from(size).unwrap_or(usize::MAX);
                    if begun || size > self.allowed {
                        return Err(Fault::Size);
                    }
                    self.table.resize(size);
                    block = block.get(used..).unwrap_or_default();
                    continue;
                }
                // Literal that is not added, or never.
                _ => {
                    let (name, value, used) = self.literal(block, 4)?;
                    take(name.as_ref().map(|name| (name.bytes(), &*value)));
                    used
                }
            };
            begun = true;
            block = block.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// A literal, whose index of a name has a prefix of so many bits.
    fn literal<'a>(&self, block: &'a [u8], prefix_bits: u8) -> Result<Literal<'a>, Fault> {
        let rest = |used: usize| block.get(used..).unwrap_or_default();
        let (index, mut used) = integer(block, prefix_bits)?;
        let name = if index == 0 {
            let (name, length) = string(rest(used), 7)?;
            used = used.saturating_add(length);
            Some(Text::Own(name.into()))
        } else {
            self.table.name(index).ok_or(Fault::Index)?
        };
        let (value, length) = string(rest(used), 7)?;
        Ok((name, value, used.saturating_add(length)))
    }
}

#[cfg(test)]
mod tests;
