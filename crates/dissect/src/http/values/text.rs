//! A text that shares its bytes with others: a document has thousands, and a copy of each would cost
//! more than all else that is done with them.

use std::borrow::Borrow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::beginning;
use crate::limits::HTTP_VALUE_BYTES;

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

/// A part of a shared text.
#[derive(Clone)]
pub struct Text {
    whole: Arc<str>,
    part: Span,
}

impl Text {
    /// This part of a text; empty if there is no such part.
    pub(super) fn part(whole: &Arc<str>, part: Span) -> Self {
        Self { whole: Arc::clone(whole), part }
    }

    /// As a plain text.
    #[inline]
    pub fn as_str(&self) -> &str {
        self.part.of(&self.whole)
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::part(&text.into(), Span::new(0, text.len()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_text() {
        let whole: Arc<str> = "na\u{ef}ve".into();
        assert_eq!(Text::part(&whole, Span::new(0, 4)), "na\u{ef}");
        assert_eq!(Text::part(&whole, Span::new(4, 6)).to_string(), "ve");
        for (start, end) in [(1, 2), (2, 1), (usize::MAX, usize::MAX)] {
            assert_eq!(Span::new(start, end).of("\u{e9}a"), "", "{start}..{end}");
        }
        for (start, end) in [(0, 0), (0, 3), (3, 4), (5, 99), (2, usize::MAX)] {
            assert_eq!(Text::part(&whole, Span::new(start, end)), "", "{start}..{end}");
        }
        assert_eq!(Text::from("a".to_owned()), Text::from("a"));
    }
}
