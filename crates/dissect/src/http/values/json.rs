//! JSON documents (RFC 8259). `serde_json` bounds how deep they nest (128 levels).

mod reader;
mod tape;

use serde_json::Value;
use smallvec::SmallVec;

use self::tape::{At, Tape, Token};
use super::fields::{Fields, Parts, Span};
use super::{Field, Place};
use crate::limits::{HTTP_JSON_BYTES, HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// Reads a document; `None` if it is none, cut, or too long or too deep.
pub fn document(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(text_of(bytes)?).ok()
}

/// Every scalar of a document but `null`, with the way to it, keys in their order.
pub fn flattened(document: &Value) -> Vec<Field> {
    let (mut tape, mut fields) = (Tape::default(), Fields::default());
    tape.add(document, &mut fields.text);
    Flat::add_all(&tape, &mut fields);
    fields.into_list()
}

/// Adds the same of these bytes; nothing if they are no document.
pub(super) fn add(bytes: &[u8], fields: &mut Fields) {
    if let Some(bytes) = text_of(bytes) {
        // The ways take about as much room as the document.
        fields.text.reserve(bytes.len().saturating_mul(2));
        if let Some(tape) = reader::read(bytes, &mut fields.text) {
            Flat::add_all(&tape, fields);
        }
    }
}

fn text_of(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    (bytes.len() <= HTTP_JSON_BYTES).then_some(bytes)
}

/// Adds what a tape holds to the fields, in whose text its tokens are.
struct Flat<'a> {
    tape: &'a Tape,
    fields: &'a mut Fields,
    /// The way to what is looked at.
    path: String,
}

/// A member of an object. It is told by its key, of which the first bytes decide nearly always.
struct Member {
    begins: u64,
    key: Span,
    value: At,
}

impl Flat<'_> {
    fn add_all(tape: &Tape, fields: &mut Fields) {
        Flat { tape, fields, path: "$".to_owned() }.add(Span::default(), 0);
    }

    /// Adds the value here, which is at the end of the path, in an object's member of this name.
    fn add(&mut self, name: Span, at: At) {
        let behind = at.saturating_add(1);
        match self.tape.token(at) {
            _ if self.fields.len() >= HTTP_MESSAGE_FIELDS => {}
            Some(Token::Scalar(value)) => {
                let text = &mut self.fields.text;
                let start = text.len();
                text.push_str(&self.path);
                let path = Span::new(start, text.len());
                let value = value.beginning(text);
                self.fields.push(Parts { place: Place::Json, name, path, value });
            }
            // A way as long as a value is none that anybody follows.
            Some(Token::Object(_) | Token::Array(_)) if self.path.len() > HTTP_VALUE_BYTES => {}
            Some(Token::Object(end)) => self.add_members(behind, end),
            Some(Token::Array(end)) => self.add_items(name, behind, end),
            Some(Token::Key(_) | Token::Null) | None => {}
        }
    }

    fn add_items(&mut self, name: Span, mut at: At, end: At) {
        let before = self.path.len();
        for index in 0..HTTP_MESSAGE_FIELDS {
            if at >= end {
                break;
            }
            self.path.push('[');
            push_number(index, &mut self.path);
            self.path.push(']');
            self.add(name, at);
            self.path.truncate(before);
            at = self.tape.behind(at);
        }
    }

    /// Members are told by key, and of several with one key the last, as in [`Value`].
    fn add_members(&mut self, mut at: At, end: At) {
        let mut members: SmallVec<[Member; 16]> = SmallVec::new();
        while at < end {
            let value = at.saturating_add(1);
            if let Some(Token::Key(key)) = self.tape.token(at) {
                let begins = first_bytes(key.of(&self.fields.text));
                members.push(Member { begins, key, value });
            }
            at = self.tape.behind(value);
        }
        let text = &self.fields.text;
        // Stable, so that the last of several with one key stays the last.
        members.sort_by(|one, other| {
            let by_key = || one.key.of(text).cmp(other.key.of(text));
            one.begins.cmp(&other.begins).then_with(by_key)
        });
        let before = self.path.len();
        let mut members = members.iter().peekable();
        while let Some(member) = members.next() {
            let key = member.key.of(&self.fields.text);
            let is_same = |next: &&Member| {
                next.begins == member.begins && next.key.of(&self.fields.text) == key
            };
            if members.peek().is_some_and(is_same) {
                continue;
            }
            self.path.push('.');
            self.path.push_str(key);
            self.add(member.key, member.value);
            self.path.truncate(before);
        }
    }
}

/// The first eight bytes of a text as a number that is ordered as they are; zeros behind a shorter one.
fn first_bytes(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let shift = 64_usize.saturating_sub(bytes.len().saturating_mul(8));
            let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            u32::try_from(shift).ok().and_then(|shift| number.checked_shl(shift)).unwrap_or(0)
        }
    }
}

/// Adds a number in digits.
fn push_number(number: usize, text: &mut String) {
    if number >= 10 {
        push_number(number / 10, text);
    }
    text.extend(char::from_digit((number % 10) as u32, 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Vec<Field> {
        let mut fields = Fields::default();
        add(bytes, &mut fields);
        fields.into_list()
    }

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
                fields
                    .into_iter()
                    .map(|field| [field.path, field.name, field.value].map(String::from))
                    .collect()
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

    /// Whatever is done to a document, both readers say the same of it.
    #[test]
    fn fields_are_read_as_serde_reads_them() {
        let same = |text: &[u8]| {
            let value = document(text);
            let told = value.as_ref().map(flattened).unwrap_or_default();
            assert_eq!(fields(text), told, "{:?}", String::from_utf8_lossy(text));
        };
        for depth in 126..=129 {
            same(format!("{}7{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
            same(format!("{}7{}", "{\"a\":".repeat(depth), "}".repeat(depth)).as_bytes());
        }
        for number in [
            "123456789012345678",
            "1234567890123456789",
            "-123456789012345678",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
        ] {
            same(number.as_bytes());
        }
        let text = "{\"a\": [true, false, null, -17, 0.5e+1, \"l\u{e9}ng t\\u00e9xt\\n and \\ud83d\\ude00\"],
            \"abcdefgh2\":{\"\":1}, \"abcdefgh1\" :\t{\"k\" : \"v\"},\r\n \"ab\": 10 , \"a\\u0000\": [[], {}]}  ";
        let other = b"\"\\{}[]:,-+.eE019utfnx \n\x00\x1f\x7f\x80\xc3\xa9\xff";
        let mut bytes = text.as_bytes().to_vec();
        same(&bytes);
        for at in 0..bytes.len() {
            let was = bytes[at];
            for byte in other {
                bytes[at] = *byte;
                same(&bytes);
            }
            bytes[at] = was;
            same(&bytes[..at]);
            same(&[&bytes[..at], &bytes[at + 1..]].concat());
            same(&[&bytes[..at], b"\"", &bytes[at..]].concat());
        }
    }
}
