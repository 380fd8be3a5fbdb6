//! From tokens to what is asked: `|` binds less than a blank, a blank less than `!`.

use std::iter::Peekable;
use std::ops::Range;

use super::ask::Ask;
use super::read::{Reader, wrong};
use super::token::{Token, tokens};
use super::{FilterError, MAX_FILTER_BYTES};

/// Most parentheses within each other, and most `!` in a row.
const MAX_DEPTH: usize = 32;

/// What the text asks.
pub(super) fn parse(text: &str) -> Result<Ask, FilterError> {
    if text.len() > MAX_FILTER_BYTES {
        let limit = text.floor_char_boundary(MAX_FILTER_BYTES);
        let message = format!("a filter has at most {MAX_FILTER_BYTES} bytes");
        return Err(wrong(&(limit..text.len()), message));
    }
    let mut parser = Parser { reader: Reader { text }, tokens: tokens(text).peekable() };
    if parser.tokens.peek().is_none() {
        return Ok(Ask::All(Vec::new()));
    }
    let ask = parser.any(0)?;
    match parser.tokens.next() {
        None => Ok(ask),
        // All else is part of what was read.
        Some(token) => Err(wrong(&token.at(), "nothing was opened that this closes")),
    }
}

struct Parser<'a, Tokens: Iterator<Item = Token>> {
    reader: Reader<'a>,
    tokens: Peekable<Tokens>,
}

impl<Tokens: Iterator<Item = Token>> Parser<'_, Tokens> {
    /// Alternatives.
    fn any(&mut self, depth: usize) -> Result<Ask, FilterError> {
        let mut asks = Vec::new();
        let mut sign = None;
        loop {
            match self.all(depth)? {
                Some(ask) => asks.push(ask),
                None => return Err(self.missing(sign)),
            }
            match self.tokens.next_if(|token| matches!(token, Token::Or(_))) {
                Some(token) => sign = Some(token.at()),
                None => break,
            }
        }
        Ok(only(asks, Ask::Any))
    }

    /// Nothing stands where an alternative should be.
    fn missing(&mut self, sign: Option<Range<usize>>) -> FilterError {
        let next = self.tokens.peek().map(Token::at);
        let at = sign.or(next).unwrap_or_default();
        wrong(&at, "a term is missing here")
    }

    /// What must all be so; `None` if there is no term.
    fn all(&mut self, depth: usize) -> Result<Option<Ask>, FilterError> {
        let mut asks = Vec::new();
        while let Some(token) =
            self.tokens.next_if(|token| !matches!(token, Token::Close(_) | Token::Or(_)))
        {
            asks.push(self.one(token, depth)?);
        }
        Ok((!asks.is_empty()).then(|| only(asks, Ask::All)))
    }

    fn one(&mut self, token: Token, depth: usize) -> Result<Ask, FilterError> {
        let depth = depth.saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(wrong(&token.at(), format!("more than {MAX_DEPTH} are in each other")));
        }
        match token {
            Token::Term(term) => {
                let ask = self.reader.term(&term).map(Ask::Term)?;
                let end = term.at().end;
                match self.tokens.peek() {
                    Some(Token::Open(at)) if at.start == end => {
                        Err(wrong(at, "put a word with ( in it in quotes"))
                    }
                    _ => Ok(ask),
                }
            }
            Token::Not(at) => {
                let next =
                    self.tokens.next_if(|token| !matches!(token, Token::Close(_) | Token::Or(_)));
                let next = next.ok_or_else(|| wrong(&at, "! needs a term behind it"))?;
                Ok(Ask::Not(Box::new(self.one(next, depth)?)))
            }
            Token::Open(at) => {
                let ask = match self.tokens.peek() {
                    None => Err(wrong(&at, "( is not closed")),
                    Some(_) => self.any(depth),
                }?;
                match self.tokens.next() {
                    Some(Token::Close(_)) => Ok(ask),
                    _ => Err(wrong(&at, "( is not closed")),
                }
            }
            // Both callers leave these alone.
            Token::Close(at) | Token::Or(at) => Err(wrong(&at, "a term is missing here")),
        }
    }
}

/// One question needs nothing around it.
fn only(mut asks: Vec<Ask>, join: impl FnOnce(Vec<Ask>) -> Ask) -> Ask {
    match (asks.pop(), asks.is_empty()) {
        (Some(ask), true) => ask,
        (last, _) => {
            asks.extend(last);
            join(asks)
        }
    }
}
