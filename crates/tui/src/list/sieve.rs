//! What of a table may be seen.

use detect::filter::Filter;
use dissect::Timestamp;

/// What a thing must be like to be listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sieve {
    /// What the user typed.
    pub(crate) filter: Filter,
    /// When it must have happened.
    pub(crate) span: Option<Span>,
    /// Whether only problems are shown.
    pub(crate) problems: Problems,
}

/// Which things are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Problems {
    /// All.
    #[default]
    AndAll,
    /// Only those that somebody should look at.
    Only,
}

/// A span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    /// The first moment.
    pub(crate) from: Timestamp,
    /// The first moment behind it.
    pub(crate) to: Timestamp,
}

impl Span {
    /// Whether something that went on from `first` to `last` was there during it.
    pub(crate) fn meets(&self, first: Timestamp, last: Timestamp) -> bool {
        first < self.to && last >= self.from
    }
}

impl Sieve {
    /// Everything passes.
    pub(crate) fn is_open(&self) -> bool {
        self.filter.is_empty() && self.span.is_none() && self.problems == Problems::AndAll
    }

    /// Whether something of these times, which is a problem or not, passes as far as that goes.
    pub(crate) fn lets(&self, first: Timestamp, last: Timestamp, is_problem: bool) -> bool {
        self.span.is_none_or(|span| span.meets(first, last))
            && (self.problems == Problems::AndAll || is_problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_meet_what_overlaps() {
        let at = Timestamp::from_nanos;
        let span = Span { from: at(10), to: at(20) };
        for (first, last, meets) in [
            (0, 9, false),
            (0, 10, true),
            (12, 13, true),
            (19, 30, true),
            (20, 30, false),
            (0, 99, true),
        ] {
            assert_eq!(span.meets(at(first), at(last)), meets, "{first}..{last}");
        }
    }
}
