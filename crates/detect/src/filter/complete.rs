//! What can stand where somebody types.

use std::ops::Range;

use super::MAX_FILTER_BYTES;
use super::field::{self, Field, KEYS, RESULTS};
use super::token::{Form, Term, Token, tokens};
use crate::detectors::DETECTORS;
use crate::rule::{Severity, Surface};

/// What can stand at a place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Completion {
    /// What it takes the place of: bytes of the text.
    pub replace: Range<usize>,
    /// What stands there then.
    pub with: String,
    /// What it means, in a few words; may be empty.
    pub help: &'static str,
}

const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
const STATUSES: [(&str, &str); 5] = [
    ("1xx", "goes on"),
    ("2xx", "as asked"),
    ("3xx", "is elsewhere"),
    ("4xx", "the client is told off"),
    ("5xx", "the server failed"),
];
const VERSIONS: [&str; 9] = [
    "\"TLS 1.3\"",
    "\"TLS 1.2\"",
    "\"TLS 1.1\"",
    "\"TLS 1.0\"",
    "QUIC",
    "DTLS",
    "HTTP/1.1",
    "HTTP/2",
    "HTTP/3",
];

/// What fits the word at the cursor, a byte of the text: keys, and the values of fields that have
/// few. What begins as the word goes before what has it elsewhere.
pub fn complete(text: &str, cursor: usize) -> Vec<Completion> {
    let cursor = text.floor_char_boundary(cursor.min(text.len()));
    if text.len() > MAX_FILTER_BYTES {
        return Vec::new();
    }
    let here = tokens(text).find_map(|token| match token {
        Token::Term(term) if touches(&term, cursor) => Some(term),
        _ => None,
    });
    let Some(term) = here else { return keys(text, cursor..cursor, cursor) };
    match &term.key {
        Some(key) if cursor >= key.end => values(text, &term, cursor),
        Some(key) => keys(text, key.clone(), cursor),
        None if term.value.form == Form::Plain => keys(text, term.value.at.clone(), cursor),
        None => Vec::new(),
    }
}

/// Whether the cursor is in a term or at one of its ends.
fn touches(term: &Term, cursor: usize) -> bool {
    let at = term.at();
    at.start <= cursor && cursor <= at.end
}

fn keys(text: &str, replace: Range<usize>, cursor: usize) -> Vec<Completion> {
    let typed = text.get(replace.start..cursor).unwrap_or_default();
    let fits = KEYS.iter().filter(|key| begins(key.name, typed));
    let completion = |key: &field::Key| Completion {
        replace: replace.clone(),
        with: format!("{}:", key.name),
        help: key.help,
    };
    fits.map(completion).collect()
}

fn values(text: &str, term: &Term, cursor: usize) -> Vec<Completion> {
    let value = &term.value;
    let name = term.key.clone().and_then(|key| text.get(key)).unwrap_or_default();
    let field = match name.strip_prefix('~') {
        Some(letters) => letters.chars().next().and_then(field::letter).map(|(field, _)| field),
        None => field::key(name.trim_end_matches(':')).map(|key| key.field),
    };
    let (Some(field), false) = (field, value.form == Form::Regex || cursor < value.at.start) else {
        return Vec::new();
    };
    let typed = text.get(value.at.start..cursor).unwrap_or_default().trim_start_matches('"');
    let words = words(field);
    let first = words.iter().filter(|(word, _)| begins(word.trim_start_matches('"'), typed));
    let then = words
        .iter()
        .filter(|(word, _)| !begins(word.trim_start_matches('"'), typed) && contains(word, typed));
    let completion = |(word, help): &(&'static str, &'static str)| Completion {
        replace: value.at.clone(),
        with: (*word).to_owned(),
        help,
    };
    first.chain(then).map(completion).collect()
}

/// The values of a field that has few, and what they mean.
fn words(field: Field) -> Vec<(&'static str, &'static str)> {
    let alone = |word: &'static str| (word, "");
    match field {
        Field::Incomplete => vec![("incomplete", "the exchange is not whole")],
        Field::Method => METHODS.map(alone).to_vec(),
        Field::Result => RESULTS.map(alone).to_vec(),
        Field::Rule => DETECTORS
            .iter()
            .map(|registration| registration.rule)
            .map(|rule| (rule.id, rule.title))
            .collect(),
        Field::Severity => Severity::ALL.map(|severity| alone(severity.word())).to_vec(),
        Field::Status => STATUSES.to_vec(),
        Field::Surface => Surface::ALL.map(|surface| alone(surface.word())).to_vec(),
        Field::Version => VERSIONS.map(alone).to_vec(),
        Field::App
        | Field::Client
        | Field::Host
        | Field::Ip
        | Field::Ja4
        | Field::Path
        | Field::Port
        | Field::Type => Vec::new(),
    }
}

fn begins(word: &str, typed: &str) -> bool {
    crate::words::starts_with(word, typed)
}

fn contains(word: &str, typed: &str) -> bool {
    crate::words::holds(word, typed)
}
