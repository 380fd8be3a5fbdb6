//! The way to a field. It is kept as single steps, each from the array or object around, and
//! written out only for who asks: hardly anybody does.

use super::Place;
use super::text::Span;
use crate::limits::{HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// How one comes to a field, or to the array or object that it is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    within: Within,
    step: Step,
    /// Of the member that it is, or that the array is which it is in.
    pub(super) name: Span,
}

/// Number of an array or object, or one of the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Within(u32);

/// The last step to a field: the index of an item, or one of the others. Only the first
/// [`HTTP_MESSAGE_FIELDS`] items are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Step(u32);

impl Within {
    /// What is in nothing: a document, and all that is none.
    const NONE: Self = Self(u32::MAX);
    /// What is in something that is not told.
    const UNTOLD: Self = Self(u32::MAX - 1);
}

impl Step {
    /// To a document.
    const START: Self = Self(u32::MAX);
    /// To a member of an object.
    const MEMBER: Self = Self(u32::MAX - 1);
    /// To a field of a form.
    const FORM: Self = Self(u32::MAX - 2);
    /// To a field of a query.
    const QUERY: Self = Self(u32::MAX - 3);
}

impl Way {
    /// To a document.
    pub(super) const START: Self =
        Self { within: Within::NONE, step: Step::START, name: Span::EMPTY };

    /// To the field of this name in a query or form; elsewhere to a document.
    pub(super) const fn plain(place: Place, name: Span) -> Self {
        let step = match place {
            Place::Form => Step::FORM,
            Place::Json => Step::START,
            Place::Query => Step::QUERY,
        };
        Self { within: Within::NONE, step, name }
    }

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
            Self { within: Within::UNTOLD, step: Step::MEMBER, name }
        }
    }

    /// Whether what is there is told.
    #[inline]
    pub(super) fn is_told(self) -> bool {
        self.within != Within::UNTOLD
    }

    /// Where it leads.
    #[inline]
    pub(super) const fn place(self) -> Place {
        match self.step {
            Step::FORM => Place::Form,
            Step::QUERY => Place::Query,
            _ => Place::Json,
        }
    }

    const fn is_item(self) -> bool {
        self.step.0 < Step::QUERY.0
    }

    /// Writes the last step; `text` is the one that has the names.
    fn write_step(self, text: &str, path: &mut String) {
        match self.step {
            Step::START => path.push('$'),
            Step::FORM | Step::QUERY => path.push_str(self.name.of(text)),
            Step::MEMBER => {
                path.push('.');
                path.push_str(self.name.of(text));
            }
            Step(index) => {
                path.push('[');
                write_number(index, path);
                path.push(']');
            }
        }
    }

    /// Bytes that [`Self::write_step`] writes.
    fn step_length(self) -> u32 {
        match self.step {
            Step::START => 1,
            Step::FORM | Step::QUERY => self.name.length(),
            Step::MEMBER => self.name.length().saturating_add(1),
            Step(index) => index.checked_ilog10().unwrap_or(0).saturating_add(3),
        }
    }
}

/// The arrays and objects of a document, in the order in which they begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Containers(Vec<Container>);

#[derive(Clone, Debug)]
struct Container {
    way: Way,
    /// Bytes of the way to it.
    length: u32,
    /// The name of the outermost member around it.
    top: Span,
}

impl Containers {
    /// Adds one. The way to it may be so long that nobody follows it.
    pub(super) fn enter(&mut self, way: Way) -> Within {
        let around = self.get(way.within).map_or(0, |around| around.length);
        let length = around.saturating_add(way.step_length());
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let is_told = number < Within::UNTOLD.0 && length as usize <= HTTP_VALUE_BYTES;
        if !(way.is_told() && is_told) {
            return Within::UNTOLD;
        }
        self.0.push(Container { way, length, top: self.top(way) });
        Within(number)
    }

    #[inline]
    fn get(&self, number: Within) -> Option<&Container> {
        self.0.get(number.0 as usize)
    }

    /// The name of the outermost member on a way; empty if the document is none or an array.
    #[inline]
    pub(super) fn top(&self, way: Way) -> Span {
        match self.get(way.within) {
            Some(around) if around.way.step != Step::START => around.top,
            _ => way.name,
        }
    }

    /// Whether a written way would end in `]`.
    pub(super) fn ends_in_bracket(&self, way: Way, text: &str) -> bool {
        way.is_item() || way.name.of(text).ends_with(']')
    }

    /// Whether there would be a `[` in it.
    pub(super) fn has_bracket(&self, way: Way, text: &str) -> bool {
        way.is_item()
            || way.name.of(text).contains('[')
            || self.get(way.within).is_some_and(|around| self.has_bracket(around.way, text))
    }

    /// Writes a way; documents bound how many steps it has.
    pub(super) fn write(&self, way: Way, text: &str, path: &mut String) {
        if let Some(around) = self.get(way.within) {
            self.write(around.way, text, path);
        }
        way.write_step(text, path);
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
        let (text, name) = ("n\u{e9}", Span::new(0, 3));
        let mut ways =
            vec![Way::START, Way::member(Within(0), name), Way::plain(Place::Form, name)];
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
