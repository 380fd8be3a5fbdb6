//! From a filter's text to tokens. Total: any text has tokens, also one that means nothing, so that
//! it can be painted while it is typed. Positions are bytes and lie between characters.

use std::ops::Range;

use super::field;

/// A piece of the text; between pieces there are blanks only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    /// `(`.
    Open(Range<usize>),
    /// `)`.
    Close(Range<usize>),
    /// `|`.
    Or(Range<usize>),
    /// `!`.
    Not(Range<usize>),
    /// A term.
    Term(Term),
}

/// `host:shop`, `~d shop`, `shop`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Term {
    /// `host:` or `~d`.
    pub(super) key: Option<Range<usize>>,
    /// What is asked for. Empty where it is missing.
    pub(super) value: Value,
}

/// What stands behind a key, or alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Value {
    /// `>=`, `=`, …; empty if there is none.
    pub(super) operator: Range<usize>,
    /// The rest, with its quotes or slashes.
    pub(super) at: Range<usize>,
    /// The same without them.
    pub(super) inner: Range<usize>,
    pub(super) form: Form,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Plain,
    Quoted,
    /// `/…/`.
    Regex,
    /// A quote, and none that ends it.
    Unclosed,
}

impl Token {
    /// Where it is.
    pub(super) const fn at(&self) -> Range<usize> {
        match self {
            Self::Open(at) | Self::Close(at) | Self::Or(at) | Self::Not(at) => at.start..at.end,
            Self::Term(term) => term.at(),
        }
    }
}

impl Term {
    /// Where it is, with its key.
    pub(super) const fn at(&self) -> Range<usize> {
        match &self.key {
            Some(key) if self.value.is_missing() => key.start..key.end,
            Some(key) => key.start..self.value.at.end,
            None => self.value.at.start..self.value.at.end,
        }
    }
}

impl Value {
    /// Whether nothing is there, not even an operator.
    pub(super) const fn is_missing(&self) -> bool {
        self.operator.start == self.at.end
    }
}

/// All tokens.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut reader = Reader { text, place: 0 };
    std::iter::from_fn(move || reader.token())
}

struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.place..).unwrap_or_default()
    }

    /// Goes on behind what is this long.
    fn take(&mut self, length: usize) -> Range<usize> {
        let start = self.place;
        self.place = start.saturating_add(length).min(self.text.len());
        start..self.place
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.take(rest.len().saturating_sub(rest.trim_start().len()));
    }

    fn token(&mut self) -> Option<Token> {
        self.skip_blanks();
        Some(match self.rest().chars().next()? {
            '(' => Token::Open(self.take(1)),
            ')' => Token::Close(self.take(1)),
            '|' => Token::Or(self.take(1)),
            '!' => Token::Not(self.take(1)),
            '~' => Token::Term(self.lettered()),
            _ => Token::Term(self.term()),
        })
    }

    /// `~d shop`.
    fn lettered(&mut self) -> Term {
        let rest = self.rest();
        let key = self.take(word_length(rest));
        let mut letters = self.text.get(key.clone()).unwrap_or_default().chars().skip(1);
        let letter = letters.next().filter(|_| letters.next().is_none());
        let behind = self.place;
        if letter.and_then(field::letter).is_some_and(|(_, has_word)| has_word) {
            self.skip_blanks();
        }
        let value = match self.place > behind {
            true => self.value(false),
            false => self.missing(),
        };
        if value.is_missing() {
            self.place = behind;
        }
        Term { key: Some(key), value }
    }

    fn term(&mut self) -> Term {
        match key_length(self.rest()) {
            Some(length) => {
                let key = self.take(length);
                Term { key: Some(key), value: self.value(true) }
            }
            None => Term { key: None, value: self.value(false) },
        }
    }

    const fn missing(&self) -> Value {
        let here = self.place;
        Value { operator: here..here, at: here..here, inner: here..here, form: Form::Plain }
    }

    fn value(&mut self, may_compare: bool) -> Value {
        let compares =
            ["<=", ">=", "<", ">", "="].iter().find(|sign| self.rest().starts_with(**sign));
        let operator = self.take(compares.filter(|_| may_compare).map_or(0, |sign| sign.len()));
        let rest = self.rest();
        let (length, inner, form) = match rest.as_bytes().first() {
            Some(b'"') => match quoted_length(rest) {
                Some(length) => (length, 1..length.saturating_sub(1), Form::Quoted),
                None => (rest.len(), 1..rest.len(), Form::Unclosed),
            },
            Some(b'/') if regex_length(rest).is_some() => {
                let length = regex_length(rest).unwrap_or_default();
                (length, 1..length.saturating_sub(1), Form::Regex)
            }
            _ => {
                let length = word_length(rest);
                (length, 0..length, Form::Plain)
            }
        };
        let at = self.take(length);
        let shifted = |place: usize| at.start.saturating_add(place);
        Value { operator, inner: shifted(inner.start)..shifted(inner.end), at, form }
    }
}

/// Whether a word ends in front of this.
fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '|' | '(' | ')')
}

fn word_length(text: &str) -> usize {
    text.find(ends_word).unwrap_or(text.len())
}

/// Length of `host:`, if the text begins with a key or what looks like one. Neither URLs nor
/// addresses do.
fn key_length(text: &str) -> Option<usize> {
    let (name, behind) = text.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_misspelt = is_name && !behind.starts_with([':', '/']);
    (field::key(name).is_some() || is_misspelt).then(|| name.len().saturating_add(1))
}

/// Length of `"…"`; a backslash takes the meaning from a quote.
fn quoted_length(text: &str) -> Option<usize> {
    closing(text, b'"', |_| true)
}

/// Length of `/…/`. There are no blanks in it, so that paths are told from it: its last slash is
/// followed by none of its letters.
fn regex_length(text: &str) -> Option<usize> {
    let text = text.split(char::is_whitespace).next()?;
    let ends = |rest: &str| rest.chars().next().is_none_or(|next| matches!(next, '|' | ')'));
    closing(text, b'/', ends).filter(|length| *length > 2)
}

/// Length up to the mark that closes what the first one opened.
fn closing(text: &str, mark: u8, is_end: impl Fn(&str) -> bool) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        let length = at.saturating_add(1);
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == mark && text.get(length..).is_some_and(&is_end) {
            return Some(length);
        }
    }
    None
}
