//! JSON documents (RFC 8259). `serde_json` bounds how deep they nest (128 levels).

mod tape;

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;
use smallvec::SmallVec;

use self::tape::{At, Tape, Token};
use super::{Field, Place, cut};
use crate::limits::{HTTP_JSON_BYTES, HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// Reads a document; `None` if it is none, cut, or too long or too deep.
pub fn document(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(text_of(bytes)?).ok()
}

/// Every scalar of a document but `null`, with the way to it, keys in their order.
pub fn flattened(document: &Value) -> Vec<Field> {
    // A document is always one.
    Tape::read(document).map(Flat::of).unwrap_or_default()
}

/// The same of these bytes; none if they are no document.
pub(super) fn fields(bytes: &[u8]) -> Vec<Field> {
    let tape = text_of(bytes).and_then(|bytes| {
        let mut document = serde_json::Deserializer::from_slice(bytes);
        let tape = Tape::read(&mut document).ok()?;
        document.end().is_ok().then_some(tape)
    });
    tape.map(Flat::of).unwrap_or_default()
}

fn text_of(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    (bytes.len() <= HTTP_JSON_BYTES).then_some(bytes)
}

/// Fields, as far as they are there.
struct Flat<'a> {
    tape: Tape<'a>,
    fields: Vec<Field>,
    /// The way to what is looked at.
    path: String,
}

impl<'a> Flat<'a> {
    fn of(tape: Tape<'a>) -> Vec<Field> {
        let mut flat = Flat { tape, fields: Vec::new(), path: "$".to_owned() };
        flat.add("", 0);
        flat.fields
    }

    /// Adds the value here, which is at the end of the path, in an object's member of this name.
    fn add(&mut self, name: &str, at: At) {
        let value = match self.tape.token(at) {
            _ if self.fields.len() >= HTTP_MESSAGE_FIELDS => return,
            // A way as long as a value is none that anybody follows.
            Some(Token::Object(_) | Token::Array(_)) if self.path.len() > HTTP_VALUE_BYTES => {
                return;
            }
            Some(Token::Object(end)) => return self.add_members(at.saturating_add(1), *end),
            Some(Token::Array(end)) => return self.add_items(name, at.saturating_add(1), *end),
            Some(Token::Bool(value)) => value.to_string(),
            Some(Token::Number(value)) => value.to_string(),
            Some(Token::Text(value)) => value.as_ref().to_owned(),
            Some(Token::Key(_) | Token::Null) | None => return,
        };
        let (name, path) = (name.to_owned(), self.path.clone());
        self.fields.push(Field { place: Place::Json, name, path, value: cut(value) });
    }

    fn add_items(&mut self, name: &str, mut at: At, end: At) {
        let before = self.path.len();
        for index in 0..HTTP_MESSAGE_FIELDS {
            if at >= end {
                break;
            }
            // Writing to a String cannot fail.
            let _ = write!(self.path, "[{index}]");
            self.add(name, at);
            self.path.truncate(before);
            at = self.tape.behind(at);
        }
    }

    /// Members are told by key, and of several with one key the last, as in [`Value`].
    fn add_members(&mut self, mut at: At, end: At) {
        let mut members: SmallVec<[(Cow<'a, str>, At); 16]> = SmallVec::new();
        while at < end {
            let value = at.saturating_add(1);
            if let Some(Token::Key(key)) = self.tape.token(at) {
                members.push((key.clone(), value));
            }
            at = self.tape.behind(value);
        }
        // Stable, so that the last of several with one key stays the last.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let before = self.path.len();
        let mut members = members.iter().peekable();
        while let Some((key, value)) = members.next() {
            if members.peek().is_some_and(|(next, _)| next == key) {
                continue;
            }
            self.path.push('.');
            self.path.push_str(key);
            self.add(key, *value);
            self.path.truncate(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_bounded() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        assert_eq!(document(deep.as_bytes()), None);
        let long = format!("[{}1]", "1,".repeat(HTTP_JSON_BYTES));
        assert_eq!(document(long.as_bytes()), None);
        let many = format!("[{}1]", "1,".repeat(10_000));
        assert_eq!(flattened(&document(many.as_bytes()).unwrap()).len(), HTTP_MESSAGE_FIELDS);
        let key = "k".repeat(5_000);
        let nested = (0..60).fold("1".to_owned(), |inner, _| format!("{{\"{key}\":{inner}}}"));
        assert!(flattened(&document(nested.as_bytes()).unwrap()).is_empty());
        assert_eq!(flattened(&document("\u{feff}7".as_bytes()).unwrap())[0].path, "$");
    }

    /// As a tree of values says it.
    fn plainly(path: String, name: &str, value: &Value, found: &mut Vec<[String; 3]>) {
        let value = match value {
            Value::Null => return,
            Value::Object(members) => {
                for (key, value) in members {
                    plainly(format!("{path}.{key}"), key, value, found);
                }
                return;
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    plainly(format!("{path}[{at}]"), name, item, found);
                }
                return;
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        found.push([path, name.to_owned(), value]);
    }

    #[test]
    fn fields_are_those_of_the_tree() {
        for text in [
            r#"{"b": 1, "a": {"z": null, "y": [true, -7, 1.50, 1e3, "t"]}, "a": {"x": 2}, "": 0}"#,
            r#"[[[1], []], {}, "\u00e9\n", {"k\u0065y": "v", "key": "w"}, 18446744073709551615]"#,
            r#"{"c":1,"b":2,"c":3,"a":4,"c":5,"b":6}"#,
            r#""alone""#,
            "7",
            "null",
            "-0.0",
        ] {
            let mut plain = Vec::new();
            let value = document(text.as_bytes()).unwrap();
            plainly("$".to_owned(), "", &value, &mut plain);
            let told = |fields: Vec<Field>| -> Vec<[String; 3]> {
                fields.into_iter().map(|field| [field.path, field.name, field.value]).collect()
            };
            assert_eq!(told(fields(text.as_bytes())), plain, "{text}");
            assert_eq!(told(flattened(&value)), plain, "{text}");
        }
        let bad =
            [&b"{\"a\": \"\xff\"}"[..], br#""\ud800""#, b"1e999", b"[1,]", b"{", b"01", b"1 2"];
        for bad in bad {
            assert!(document(bad).is_none() && fields(bad).is_empty(), "{bad:?}");
        }
    }
}
