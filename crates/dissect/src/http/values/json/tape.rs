//! A document as one list of tokens, where [`serde_json::Value`] is a tree with a copy of each text:
//! the bodies of answers have thousands.

use std::fmt::Write;

use serde_json::Value;

use super::super::fields::Span;

/// Position of a token.
pub(super) type At = usize;

/// What a document is made of, in its order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Null,
    /// Anything else that has no parts, as text.
    Scalar(Span),
    /// Of the member whose value follows.
    Key(Span),
    /// Its items follow, up to this position.
    Array(At),
    /// Its members follow, up to this position.
    Object(At),
}

/// A whole document. Its tokens are parts of a text beside it.
#[derive(Debug, Default)]
pub(super) struct Tape(Vec<Token>);

impl Tape {
    /// Of a document that is about so long.
    pub(super) fn for_bytes(length: usize) -> Self {
        /// Bytes of a token, as documents usually have them.
        const USUAL: usize = 8;
        Self(Vec::with_capacity(length / USUAL))
    }

    /// The token here.
    pub(super) fn token(&self, at: At) -> Option<Token> {
        self.0.get(at).copied()
    }

    /// Where what follows the value here begins.
    pub(super) fn behind(&self, at: At) -> At {
        match self.0.get(at) {
            Some(Token::Array(end) | Token::Object(end)) => *end,
            _ => at.saturating_add(1),
        }
    }

    /// Adds a token; gives back where.
    pub(super) fn push(&mut self, token: Token) -> At {
        let at = self.0.len();
        self.0.push(token);
        at
    }

    /// Ends the array or object that begins here.
    pub(super) fn end(&mut self, start: At) {
        let behind = self.0.len();
        if let Some(Token::Array(end) | Token::Object(end)) = self.0.get_mut(start) {
            *end = behind;
        }
    }

    /// Adds a value that was read already, its texts at the end of this one.
    pub(super) fn add(&mut self, value: &Value, text: &mut String) {
        let start = text.len();
        // Writing to a String cannot fail.
        match value {
            Value::Null => {
                self.push(Token::Null);
                return;
            }
            Value::Array(items) => {
                let start = self.push(Token::Array(0));
                items.iter().for_each(|item| self.add(item, text));
                return self.end(start);
            }
            Value::Object(members) => {
                let start = self.push(Token::Object(0));
                for (key, value) in members {
                    let before = text.len();
                    text.push_str(key);
                    self.push(Token::Key(Span::new(before, text.len())));
                    self.add(value, text);
                }
                return self.end(start);
            }
            Value::Bool(value) => write!(text, "{value}").unwrap_or_default(),
            Value::Number(number) => write!(text, "{number}").unwrap_or_default(),
            Value::String(value) => text.push_str(value),
        }
        self.push(Token::Scalar(Span::new(start, text.len())));
    }
}
