//! What is what in a filter's text, for colour while it is typed.

use std::ops::Range;

use super::token::{Form, Token, tokens};
use super::{Filter, MAX_FILTER_BYTES};

/// What a piece of a filter's text is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Paint {
    /// `host:`, `~d`.
    Key,
    /// `!`, `|`, parentheses, comparisons.
    Operator,
    /// `/…/`.
    Regex,
    /// What is looked for, and blanks.
    Value,
    /// What is wrong, see [`FilterError`](super::FilterError).
    Wrong,
}

/// What each piece of a text is: the pieces follow each other and are the whole text, whatever it
/// is.
pub fn paint(text: &str) -> Vec<(Range<usize>, Paint)> {
    let mut brush = Brush { end: 0, wrong: None, pieces: Vec::new() };
    brush.wrong = Filter::parse(text).err().map(|error| error.at);
    if text.len() <= MAX_FILTER_BYTES {
        for token in tokens(text) {
            match token {
                Token::Term(term) => {
                    if let Some(key) = term.key {
                        brush.until(key.start, Paint::Value);
                        brush.until(key.end, Paint::Key);
                    }
                    brush.until(term.value.operator.start, Paint::Value);
                    brush.until(term.value.operator.end, Paint::Operator);
                    let is_regex = term.value.form == Form::Regex;
                    let value = if is_regex { Paint::Regex } else { Paint::Value };
                    brush.until(term.value.at.end, value);
                }
                token => {
                    brush.until(token.at().start, Paint::Value);
                    brush.until(token.at().end, Paint::Operator);
                }
            }
        }
    }
    brush.until(text.len(), Paint::Value);
    brush.pieces
}

struct Brush {
    /// All before it is painted.
    end: usize,
    wrong: Option<Range<usize>>,
    pieces: Vec<(Range<usize>, Paint)>,
}

impl Brush {
    /// Paints what lies between the last piece and this place, around what is wrong.
    fn until(&mut self, end: usize, paint: Paint) {
        let wrong = self.wrong.clone().unwrap_or(usize::MAX..usize::MAX);
        self.piece(end.min(wrong.start), paint);
        self.piece(end.min(wrong.end), Paint::Wrong);
        self.piece(end, paint);
    }

    fn piece(&mut self, end: usize, paint: Paint) {
        if end <= self.end {
            return;
        }
        match self.pieces.last_mut() {
            Some((at, last)) if *last == paint => at.end = end,
            _ => self.pieces.push((self.end..end, paint)),
        }
        self.end = end;
    }
}
