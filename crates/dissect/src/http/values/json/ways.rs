//! What a document holds, and the way to each of it. Ways are kept as single steps, each from the
//! array or object around, and written out only for what is told.

use super::super::fields::{Fields, Parts, Span};
use super::Place;
use crate::limits::{HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// The scalars of a document but `null`, in the order in which they are told.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// In the order in which they begin.
    containers: Vec<Container>,
    pub(super) scalars: Vec<Scalar>,
}

/// An array or object, and how many bytes the way to it has.
#[derive(Debug)]
struct Container {
    way: Way,
    length: u32,
}

/// A value without parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar {
    way: Way,
    value: Span,
}

/// How one comes to a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    within: Within,
    step: Step,
    /// Of the member that it is, or that the array is which it is in.
    name: Span,
}

/// Number of an array or object; [`Within::NONE`] for the document, which is in none, and
/// [`Within::PATHLESS`] for what is not told.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Within(u32);

/// The last step to a value: the index of an item, or one of the others. Only the first
/// [`HTTP_MESSAGE_FIELDS`] items are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Step(u32);

impl Within {
    const NONE: Self = Self(u32::MAX);
    const PATHLESS: Self = Self(u32::MAX - 1);
}

impl Step {
    const START: Self = Self(u32::MAX);
    const MEMBER: Self = Self(u32::MAX - 1);
}

impl Way {
    /// To the document.
    pub(super) const START: Self =
        Self { within: Within::NONE, step: Step::START, name: Span::EMPTY };

    /// To the member of this name.
    #[inline]
    pub(super) const fn member(within: Within, name: Span) -> Self {
        Self { within, step: Step::MEMBER, name }
    }

    /// To an item of an array to which this way leads.
    #[inline]
    pub(super) const fn item(self, within: Within, index: usize) -> Self {
        let Self { name, .. } = self;
        if index < HTTP_MESSAGE_FIELDS {
            Self { within, step: Step(index as u32), name }
        } else {
            Self { within: Within::PATHLESS, step: Step::MEMBER, name }
        }
    }

    /// Whether what is there is told.
    #[inline]
    pub(super) fn is_told(self) -> bool {
        self.within != Within::PATHLESS
    }

    /// Writes the last step; `text` is the one that has the names.
    #[inline]
    fn write_step(self, text: &str, path: &mut String) {
        match self.step {
            Step::MEMBER => {
                path.push('.');
                path.push_str(self.name.of(text));
            }
            Step::START => path.push('$'),
            Step(index) => {
                path.push('[');
                write_number(index, path);
                path.push(']');
            }
        }
    }

    fn step_length(self) -> u32 {
        match self.step {
            Step::MEMBER => self.name.length().saturating_add(1),
            Step::START => 1,
            Step(index) => index.checked_ilog10().unwrap_or(0).saturating_add(3),
        }
    }
}

impl Ways {
    /// For a document of so many bytes.
    pub(super) fn for_bytes(length: usize) -> Self {
        /// Bytes of a scalar with its name, as documents usually have them.
        const USUAL: usize = 16;
        Self { containers: Vec::new(), scalars: Vec::with_capacity(length / USUAL) }
    }

    /// Adds an array or object. The way to it may be so long that nobody follows it.
    pub(super) fn enter(&mut self, way: Way) -> Within {
        if !way.is_told() {
            return Within::PATHLESS;
        }
        let around = self.container(way.within).map_or(0, |around| around.length);
        let length = around.saturating_add(way.step_length());
        let number = u32::try_from(self.containers.len()).map_or(Within::PATHLESS, Within);
        if number >= Within::PATHLESS || length as usize > HTTP_VALUE_BYTES {
            return Within::PATHLESS;
        }
        self.containers.push(Container { way, length });
        number
    }

    /// Adds a scalar.
    #[inline]
    pub(super) fn push(&mut self, way: Way, value: Span) {
        if way.is_told() {
            self.scalars.push(Scalar { way, value });
        }
    }

    fn container(&self, number: Within) -> Option<&Container> {
        self.containers.get(number.0 as usize)
    }

    /// Tells all of it, as far as there is room. Names and values are in the text of the fields.
    pub(super) fn tell(&self, fields: &mut Fields) {
        let mut path = Path { ways: self, text: String::new(), around: Vec::new() };
        let room = HTTP_MESSAGE_FIELDS.saturating_sub(fields.len());
        for Scalar { way, value } in self.scalars.iter().take(room) {
            if path.around.last().is_none_or(|(last, _)| *last != way.within) {
                path.go(way.within, &fields.text);
            }
            let before = path.text.len();
            way.write_step(&fields.text, &mut path.text);
            let start = fields.text.len();
            fields.text.push_str(&path.text);
            let end = fields.text.len();
            path.text.truncate(before);
            let value = value.beginning(&fields.text);
            let path = Span::new(start, end);
            fields.push(Parts { place: Place::Json, name: way.name, path, value });
        }
    }
}

/// The way to an array or object, written.
struct Path<'a> {
    ways: &'a Ways,
    text: String,
    /// What it leads through, from the document on, and how long it is up to there.
    around: Vec<(Within, usize)>,
}

impl Path<'_> {
    /// Goes from one to another: back to what is around both, and from there. What is around
    /// something begins before it; documents bound how deep they nest.
    fn go(&mut self, within: Within, text: &str) {
        if self.around.last().is_some_and(|(last, _)| *last == within) {
            return;
        }
        let Some(Container { way, .. }) = self.ways.container(within) else { return };
        while self
            .around
            .pop_if(|(last, _)| way.step == Step::START || *last > way.within)
            .is_some()
        {}
        self.go(way.within, text);
        self.text.truncate(self.around.last().map_or(0, |(_, length)| *length));
        way.write_step(text, &mut self.text);
        self.around.push((within, self.text.len()));
    }
}

/// Writes a number in digits.
fn write_number(number: u32, text: &mut String) {
    if number >= 10 {
        write_number(number / 10, text);
    }
    text.extend(char::from_digit(number % 10, 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_as_long_as_they_are_written() {
        let text = "n\u{e9}";
        let mut ways = vec![Way::START, Way::member(Within(0), Span::new(0, 3))];
        let items = [0, 9, 10, 99, 100, 999, 1_000, HTTP_MESSAGE_FIELDS - 1];
        ways.extend(items.map(|index| Way::START.item(Within(0), index)));
        for way in ways {
            let mut path = String::new();
            way.write_step(text, &mut path);
            assert!(way.is_told() && path.len() == way.step_length() as usize, "{path}");
        }
        assert!(!Way::START.item(Within(0), HTTP_MESSAGE_FIELDS).is_told());
    }
}
