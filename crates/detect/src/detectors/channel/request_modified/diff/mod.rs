//! What tells two sightings of one exchange apart, and how grave it is.
//!
//! Everything is compared by what it means, never by how it is written: names of headers without
//! case, cookies one by one, JSON by its paths, bodies without their content coding. What carriers
//! and services do on the way by design (compress, cache, count hops, speak another version of
//! HTTP) is no difference.

mod body;
mod headers;
mod quoted;
mod request;
mod response;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use request::differences as of_requests;
pub(super) use response::differences as of_responses;

use crate::rule::Severity;

/// Differences that evidence lists; the others are counted.
pub(super) const LISTED: usize = 8;

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Difference {
    /// Of which part.
    pub(super) part: Part,
    /// What of the part: the JSON path, the name of a header or parameter; empty for all of it.
    pub(super) name: String,
    /// `10 → 9999`, `removed`, `changed`.
    pub(super) change: String,
    /// How grave it is.
    pub(super) gravity: Severity,
}

/// The parts of an exchange.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Part {
    /// Method of the request.
    Method,
    /// Path of the request.
    Path,
    /// A parameter of its query.
    Query,
    /// A header of the request.
    Header,
    /// Content of the request.
    Body,
    /// Status of the response.
    Status,
    /// A header of the response.
    ResponseHeader,
    /// Content of the response.
    ResponseBody,
}

impl Part {
    /// The fact in evidence.
    pub(super) const fn fact(self) -> &'static str {
        match self {
            Self::Method => "method-changed",
            Self::Path => "path-changed",
            Self::Query => "query-changed",
            Self::Header => "header-changed",
            Self::Body => "body-changed",
            Self::Status => "status-changed",
            Self::ResponseHeader => "response-header-changed",
            Self::ResponseBody => "response-body-changed",
        }
    }

    /// Whether it belongs to the response.
    pub(super) const fn is_answered(self) -> bool {
        matches!(self, Self::Status | Self::ResponseHeader | Self::ResponseBody)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Method => "the method",
            Self::Path => "the path",
            Self::Query => "of the query",
            Self::Header => "the header",
            Self::Body => "of the body",
            Self::Status => "the status",
            Self::ResponseHeader => "the header",
            Self::ResponseBody => "of the response's body",
        }
    }
}

impl Difference {
    /// What evidence says.
    pub(super) fn text(&self) -> String {
        if self.name.is_empty() {
            return self.change.clone();
        }
        format!("{}: {}", self.name, self.change)
    }

    /// What a title calls it.
    pub(super) fn title(&self) -> String {
        match (self.part, self.name.as_str()) {
            (Part::Body, "") => String::from("the body"),
            (Part::ResponseBody, "") => String::from("the response's body"),
            (part @ (Part::Query | Part::Body | Part::ResponseBody), name) => {
                format!("{name} {}", part.word())
            }
            (part, "") => part.word().into(),
            (part, name) => format!("{} {name}", part.word()),
        }
    }

    /// What it has in common with the same change of another exchange: no value, no index.
    fn pattern(&self) -> String {
        let mut name = String::new();
        let mut inside = false;
        for letter in self.name.chars() {
            match letter {
                '[' => inside = true,
                ']' => inside = false,
                _ => {}
            }
            if !(inside && letter.is_ascii_digit()) {
                name.push(letter);
            }
        }
        format!("{} {name}", self.part.fact())
    }
}

/// The keys of both, sorted.
fn keys<'a, V>(
    one: &'a BTreeMap<String, V>,
    other: &'a BTreeMap<String, V>,
) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}

/// The gravest of them.
pub(super) fn gravity(differences: &[Difference]) -> Option<Severity> {
    differences.iter().map(|difference| difference.gravity).max()
}

/// What they have in common with the same changes of another exchange: the gravest of them.
pub(super) fn patterns(differences: &[Difference]) -> BTreeSet<String> {
    let gravity = gravity(differences);
    let gravest = differences.iter().filter(|difference| Some(difference.gravity) == gravity);
    gravest.map(Difference::pattern).take(LISTED).collect()
}

#[cfg(test)]
mod tests;
