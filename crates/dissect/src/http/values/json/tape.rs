//! A document as one list of tokens that borrow its texts, where [`serde_json::Value`] is a tree that
//! copies each: the bodies of answers have thousands.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// Position of a token.
pub(super) type At = usize;

/// What a document is made of, in its order.
pub(super) enum Token<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    /// Of the member whose value follows.
    Key(Cow<'a, str>),
    /// Its items follow, up to this position.
    Array(At),
    /// Its members follow, up to this position.
    Object(At),
}

/// A whole document.
#[derive(Default)]
pub(super) struct Tape<'a>(Vec<Token<'a>>);

impl<'a> Tape<'a> {
    /// Reads a value.
    pub(super) fn read<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tape = Self::default();
        Value(&mut tape.0).deserialize(deserializer)?;
        Ok(tape)
    }

    /// The token here.
    pub(super) fn token(&self, at: At) -> Option<&Token<'a>> {
        self.0.get(at)
    }

    /// Where what follows the value here begins.
    pub(super) fn behind(&self, at: At) -> At {
        match self.0.get(at) {
            Some(Token::Array(end) | Token::Object(end)) => *end,
            _ => at.saturating_add(1),
        }
    }
}

/// Adds the tokens of a value.
struct Value<'t, 'a>(&'t mut Vec<Token<'a>>);

impl<'a> Value<'_, 'a> {
    fn add<E>(self, token: Token<'a>) -> Result<(), E> {
        self.0.push(token);
        Ok(())
    }

    /// Ends the array or object that begins here.
    fn end(self, start: At) {
        let behind = self.0.len();
        if let Some(Token::Array(end) | Token::Object(end)) = self.0.get_mut(start) {
            *end = behind;
        }
    }
}

impl<'a> DeserializeSeed<'a> for Value<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.add(Token::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.add(Token::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.add(Token::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.add(Token::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.add(Number::from_f64(value).map_or(Token::Null, Token::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.add(Token::Text(text.to_owned().into()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<(), E> {
        self.add(Token::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        let start = self.0.len();
        self.0.push(Token::Array(start));
        while items.next_element_seed(Value(self.0))?.is_some() {}
        self.end(start);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let start = self.0.len();
        self.0.push(Token::Object(start));
        while let Some(Key(key)) = members.next_key()? {
            self.0.push(Token::Key(key));
            members.next_value_seed(Value(self.0))?;
        }
        self.end(start);
        Ok(())
    }
}

/// Borrows a text that has no escapes, as nearly all have none.
struct Key<'a>(Cow<'a, str>);

impl<'a> Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'a> Visitor<'a> for KeyVisitor {
    type Value = Key<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key<'a>, E> {
        Ok(Key(text.to_owned().into()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<Key<'a>, E> {
        Ok(Key(text.into()))
    }
}
