//! The fields of one message: all their texts stand in one, for a document has hundreds, and an
//! allocation or a counted reference for each would cost more than all else that is done with them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{Field, Place, Text, beginning, plain};
use crate::limits::HTTP_VALUE_BYTES;

/// Fields of a message, in the order in which they are told.
#[derive(Clone, Default)]
pub struct Fields {
    /// What names, paths and values are parts of.
    pub(super) text: String,
    list: Vec<Parts>,
}

/// A field of [`Fields`]: as [`Field`], but borrowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldRef<'a> {
    /// Where it stood.
    pub place: Place,
    /// Its name as sent; of a JSON document the innermost key.
    pub name: &'a str,
    /// The way to it in a JSON document, such as `$.user.ids[0]`; elsewhere its name.
    pub path: &'a str,
    /// Its value as text, at most [`HTTP_VALUE_BYTES`].
    pub value: &'a str,
}

/// Where the parts of a field are in the text.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) place: Place,
    pub(super) name: Span,
    pub(super) path: Span,
    pub(super) value: Span,
}

/// A part of a text, in half the room of a range.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) const EMPTY: Self = Self { start: 0, end: 0 };

    /// From here to there; what is behind 4 GiB is no part of any text.
    #[inline]
    pub(super) const fn new(start: usize, end: usize) -> Self {
        #[inline]
        const fn narrow(at: usize) -> u32 {
            if at > u32::MAX as usize { u32::MAX } else { at as u32 }
        }
        Self { start: narrow(start), end: narrow(end) }
    }

    /// Bytes that it has.
    #[inline]
    pub(super) const fn length(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// The same as a range.
    #[inline]
    pub(super) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// As much of this part as is kept of a value.
    #[inline]
    pub(super) fn beginning(self, text: &str) -> Self {
        if self.length() as usize <= HTTP_VALUE_BYTES {
            return self;
        }
        let start = self.range().start;
        Self::new(start, start.saturating_add(beginning(self.of(text)).len()))
    }

    /// This part of a text.
    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

impl Fields {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One after the other.
    #[inline]
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = FieldRef<'_>> + ExactSizeIterator + Clone {
        self.list.iter().map(|parts| FieldRef {
            place: parts.place,
            name: parts.name.of(&self.text),
            path: parts.path.of(&self.text),
            value: parts.value.of(&self.text),
        })
    }

    /// The same, each for itself.
    pub fn into_list(self) -> Vec<Field> {
        let whole = Arc::from(self.text);
        let part = |part: Span| Text::part(&whole, part);
        let fields = self.list.iter().map(|parts| Field {
            place: parts.place,
            name: part(parts.name),
            path: part(parts.path),
            value: part(parts.value),
        });
        fields.collect()
    }

    /// Adds one whose parts are in the text.
    pub(super) fn push(&mut self, parts: Parts) {
        self.list.push(parts);
    }

    /// Adds one whose path is its name.
    pub(super) fn push_pair(&mut self, place: Place, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        let name = Span::new(start, middle);
        self.list.push(Parts {
            place,
            name,
            path: name,
            value: Span::new(middle, self.text.len()),
        });
    }

    /// Forgets all behind so many.
    pub(super) fn truncate(&mut self, length: usize) {
        self.list.truncate(length);
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Field {
    /// The same, borrowed.
    pub fn borrowed(&self) -> FieldRef<'_> {
        let Self { place, name, path, value } = self;
        FieldRef { place: *place, name, path, value }
    }
}

impl FieldRef<'_> {
    /// As [`Field::plain_name`].
    pub fn plain_name(&self) -> String {
        plain(self.name)
    }

    /// As [`Field::last_name`].
    pub fn last_name(&self) -> String {
        plain(super::last_word(self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_parts_of_one_text() {
        let mut fields = Fields::default();
        fields.push_pair(Place::Query, "user[na\u{ef}f]", "1");
        fields.push_pair(Place::Form, "", "");
        let told: Vec<_> = fields.iter().map(|it| (it.name, it.path, it.value)).collect();
        assert_eq!(told, [("user[na\u{ef}f]", "user[na\u{ef}f]", "1"), ("", "", "")]);
        let first = fields.iter().next().unwrap();
        assert_eq!(
            (first.plain_name(), first.last_name()),
            ("userna\u{ef}f".into(), "na\u{ef}f".into())
        );
        let list = fields.clone().into_list();
        for (one, other) in list.iter().zip(fields.iter()) {
            assert_eq!(
                (one.plain_name(), one.last_name()),
                (other.plain_name(), other.last_name())
            );
            assert_eq!(
                (&*one.path, &*one.value, one.place),
                (other.path, other.value, other.place)
            );
        }
        fields.truncate(1);
        assert!(fields.len() == 1 && !fields.is_empty());
    }

    #[test]
    fn parts_that_are_none_are_empty() {
        for (start, end) in [(1, 2), (3, 9), (2, 1), (usize::MAX, usize::MAX)] {
            assert_eq!(Span::new(start, end).of("\u{e9}a"), "", "{start}..{end}");
        }
    }
}
