//! JSON documents (RFC 8259). `serde_json` bounds how deep they nest (128 levels).

mod reader;

use std::fmt::Write;

use serde_json::Value;

use super::Field;
use super::fields::{Entry, Fields};
use super::text::Span;
use super::way::Way;
use crate::limits::HTTP_JSON_BYTES;

/// Reads a document; `None` if it is none, cut, or too long or too deep.
pub fn document(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(text_of(bytes)?).ok()
}

/// Every scalar of a document but `null`, with the way to it, keys in their order.
pub fn flattened(document: &Value) -> Vec<Field> {
    let mut fields = Fields::default();
    add_value(document, Way::START, &mut fields);
    fields.truncate();
    fields.into_list()
}

/// Adds the same of these bytes; nothing if they are no document.
pub(super) fn add(bytes: &[u8], fields: &mut Fields) {
    if let Some(bytes) = text_of(bytes) {
        let before = fields.len();
        if reader::read(bytes, fields).is_none() {
            fields.list.truncate(before);
        }
        fields.truncate();
    }
}

/// Adds a scalar, unless it is not told.
#[inline]
fn add_scalar(way: Way, value: Span, fields: &mut Fields) {
    if way.is_told() {
        let value = value.beginning(&fields.text);
        fields.list.push(Entry { way, value });
    }
}

fn text_of(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    (bytes.len() <= HTTP_JSON_BYTES).then_some(bytes)
}

/// Adds a value of a document that was read already.
fn add_value(value: &Value, way: Way, fields: &mut Fields) {
    let start = fields.text.len();
    match value {
        Value::Null => return,
        Value::Array(items) => {
            let within = fields.containers.enter(way);
            for (index, item) in items.iter().enumerate() {
                add_value(item, way.item(within, index), fields);
            }
            return;
        }
        Value::Object(members) => {
            let within = fields.containers.enter(way);
            for (key, value) in members {
                let start = fields.text.len();
                fields.text.push_str(key);
                let key = Span::new(start, fields.text.len());
                add_value(value, Way::member(within, key), fields);
            }
            return;
        }
        Value::String(value) => fields.text.push_str(value),
        // Writing to a String cannot fail.
        Value::Bool(_) | Value::Number(_) => write!(fields.text, "{value}").unwrap_or_default(),
    }
    add_scalar(way, Span::new(start, fields.text.len()), fields);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::HTTP_MESSAGE_FIELDS;

    fn fields(bytes: &[u8]) -> Vec<Field> {
        super::super::of_json(bytes).into_list()
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
        // More than is told, in the order of their keys, which is not that of the document.
        let many: Vec<_> = (0..HTTP_MESSAGE_FIELDS + 9)
            .rev()
            .map(|at| format!("\"k{}\":{{\"b\":{at},\"a\":[null,1,2]}}", at % 1_500))
            .collect();
        same(format!("{{{}}}", many.join(",")).as_bytes());
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
