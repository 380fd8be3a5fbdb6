//! The fields of one message: all their texts stand in one, for a document has hundreds, and an
//! allocation or a counted reference for each would cost more than all else that is done with them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::text::{Span, Text};
use super::way::{Containers, Way};
use super::{Field, Place, last_word, plain};
use crate::limits::HTTP_MESSAGE_FIELDS;

/// Fields of a message, in the order in which they are told.
#[derive(Clone, Default)]
pub struct Fields {
    /// What names and values are parts of.
    pub(super) text: String,
    pub(super) containers: Containers,
    pub(super) list: Vec<Entry>,
}

/// A field of [`Fields`], whose names and values are in one text.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) way: Way,
    pub(super) value: Span,
}

/// As [`Field`], but borrowed.
#[derive(Clone, Copy)]
pub struct FieldRef<'a> {
    /// Where it stood.
    pub place: Place,
    /// Its name as sent; of a JSON document the innermost key.
    pub name: &'a str,
    /// Its value as text, at most [`HTTP_VALUE_BYTES`](crate::limits::HTTP_VALUE_BYTES).
    pub value: &'a str,
    path: Path<'a>,
}

/// The way to a field.
#[derive(Clone, Copy)]
enum Path<'a> {
    Steps(Way, &'a Fields),
    Written(&'a str),
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
        self.list.iter().map(|entry| FieldRef {
            place: entry.way.place(),
            name: entry.way.name.of(&self.text),
            value: entry.value.of(&self.text),
            path: Path::Steps(entry.way, self),
        })
    }

    /// The same, each for itself.
    pub fn into_list(self) -> Vec<Field> {
        let Self { text, containers, list } = self;
        let mut whole = text.clone();
        let ends = list.iter().map(|entry| {
            containers.write(entry.way, &text, &mut whole);
            whole.len()
        });
        let ends: Vec<usize> = ends.collect();
        let (whole, mut start) = (Arc::from(whole), text.len());
        let fields = list.iter().zip(ends).map(|(entry, end)| {
            let path = Span::new(start, end);
            start = end;
            let [name, path, value] =
                [entry.way.name, path, entry.value].map(|part| Text::part(&whole, part));
            Field { place: entry.way.place(), name, path, value }
        });
        fields.collect()
    }

    /// Adds one whose path is its name.
    pub(super) fn push_pair(&mut self, place: Place, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        let value = Span::new(middle, self.text.len());
        self.list.push(Entry { way: Way::plain(place, Span::new(start, middle)), value });
    }

    /// Forgets what is more than is told.
    pub(super) fn truncate(&mut self) {
        self.list.truncate(HTTP_MESSAGE_FIELDS);
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
        FieldRef { place: *place, name, value, path: Path::Written(path) }
    }
}

impl<'a> FieldRef<'a> {
    /// The way to it, as [`Field::path`]. Written when somebody asks: see what else there is first.
    pub fn path(&self) -> Cow<'a, str> {
        match self.path {
            Path::Written(path) => path.into(),
            Path::Steps(..) if self.place != Place::Json => self.name.into(),
            Path::Steps(way, fields) => {
                let mut path = String::with_capacity(self.name.len().saturating_add(32));
                fields.containers.write(way, &fields.text, &mut path);
                path.into()
            }
        }
    }

    /// Whether the path ends in `]`, as of an item of a list.
    #[inline]
    pub fn is_item(&self) -> bool {
        match self.path {
            Path::Written(path) => path.ends_with(']'),
            Path::Steps(way, fields) => fields.containers.ends_in_bracket(way, &fields.text),
        }
    }

    /// Whether there is a `[` in the path, as of all that is in a list.
    #[inline]
    pub fn is_listed(&self) -> bool {
        match self.path {
            Path::Written(path) => path.contains('['),
            Path::Steps(way, fields) => fields.containers.has_bracket(way, &fields.text),
        }
    }

    /// What the path begins with behind the document's `$.`: in a JSON object all of the outermost
    /// name, elsewhere the name. Empty in a document that is no object.
    #[inline]
    pub fn top(&self) -> &'a str {
        match self.path {
            Path::Written(path) if self.place == Place::Json => {
                path.strip_prefix("$.").unwrap_or_default()
            }
            Path::Written(path) => path,
            Path::Steps(way, fields) => fields.containers.top(way).of(&fields.text),
        }
    }

    /// As [`Field::plain_name`].
    pub fn plain_name(&self) -> String {
        plain(self.name)
    }

    /// As [`Field::last_name`].
    pub fn last_name(&self) -> String {
        plain(last_word(self.name))
    }
}

impl fmt::Debug for FieldRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, value, .. } = self;
        write!(f, "{} {}: {value:?}", place.word(), self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::values::of_json;

    #[test]
    fn fields_are_parts_of_one_text() {
        let mut fields = Fields::default();
        fields.push_pair(Place::Query, "user[na\u{ef}f]", "1");
        fields.push_pair(Place::Form, "", "");
        let told: Vec<_> = fields.iter().map(|it| (it.name, it.path(), it.value)).collect();
        let name = "user[na\u{ef}f]";
        assert_eq!(told, [(name, name.into(), "1"), ("", "".into(), "")]);
        let first = fields.iter().next().unwrap();
        let names = (first.plain_name(), first.last_name());
        assert_eq!(names, ("userna\u{ef}f".into(), "na\u{ef}f".into()));
        assert!(first.is_item() && first.is_listed());
        fields.list.extend_from_within(..);
        assert!(fields.len() == 4 && !fields.is_empty());
    }

    /// What is asked of the steps is what the path says that they make.
    #[test]
    fn steps_are_what_is_written() {
        for text in [
            r#"{"a": {"b": [1, {"c]": 2, "[d": {"e": [[3]]}}]}, "f.g": 4, "h]": 5, "": {"": 6}}"#,
            r#"[{"a": 1}, 2, [3, {"b": {"c": 4}}]]"#,
            r#"7"#,
            r#"{"a[0]": {"b": 1}}"#,
        ] {
            let fields = of_json(text.as_bytes());
            assert!(!fields.is_empty());
            for (field, other) in fields.iter().zip(fields.clone().into_list()) {
                let written = other.borrowed();
                let path = field.path();
                assert_eq!(path, written.path(), "{text}");
                assert_eq!(field.is_item(), path.ends_with(']'), "{path}");
                assert_eq!(field.is_listed(), path.contains('['), "{path}");
                let both = [field, written].map(|it| (it.is_item(), it.is_listed()));
                assert_eq!(both[0], both[1], "{path}");
                let behind = path.strip_prefix("$.").unwrap_or_default();
                let more = behind.strip_prefix(field.top()).unwrap();
                assert!(more.is_empty() || more.starts_with(['.', '[']), "{path}");
                assert_eq!(written.top(), behind);
            }
        }
    }
}
