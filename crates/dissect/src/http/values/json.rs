//! JSON documents (RFC 8259). `serde_json` bounds how deep they nest (128 levels).

mod node;

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;

use self::node::Node;
use super::{Field, Place, cut};
use crate::limits::{HTTP_JSON_BYTES, HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// Reads a document; `None` if it is none, cut, or too long or too deep.
pub fn document(bytes: &[u8]) -> Option<Value> {
    read(bytes)
}

/// Every scalar of a document but `null`, with the way to it, keys in their order.
pub fn flattened(document: &Value) -> Vec<Field> {
    // A document is always one.
    Node::deserialize(document).map(|root| Flat::of(&root)).unwrap_or_default()
}

/// The same of these bytes; none if they are no document.
pub(super) fn fields(bytes: &[u8]) -> Vec<Field> {
    read(bytes).map(|root| Flat::of(&root)).unwrap_or_default()
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    (bytes.len() <= HTTP_JSON_BYTES).then_some(())?;
    serde_json::from_slice(bytes).ok()
}

/// Fields, as far as they are there.
struct Flat {
    fields: Vec<Field>,
    /// The way to what is looked at.
    path: String,
}

impl Flat {
    fn of(root: &Node<'_>) -> Vec<Field> {
        let mut flat = Self { fields: Vec::new(), path: "$".to_owned() };
        flat.add("", root);
        flat.fields
    }

    /// Adds what is at the end of the path, in an object's member of this name.
    fn add(&mut self, name: &str, node: &Node<'_>) {
        let value = match node {
            _ if self.fields.len() >= HTTP_MESSAGE_FIELDS => return,
            Node::Null => return,
            // A way as long as a value is none that anybody follows.
            Node::Object(_) | Node::Array(_) if self.path.len() > HTTP_VALUE_BYTES => return,
            Node::Object(members) => {
                let end = self.path.len();
                for (key, value) in members {
                    self.path.push('.');
                    self.path.push_str(key);
                    self.add(key, value);
                    self.path.truncate(end);
                }
                return;
            }
            Node::Array(items) => {
                let end = self.path.len();
                for (at, item) in items.iter().take(HTTP_MESSAGE_FIELDS).enumerate() {
                    // Writing to a String cannot fail.
                    let _ = write!(self.path, "[{at}]");
                    self.add(name, item);
                    self.path.truncate(end);
                }
                return;
            }
            Node::Bool(value) => value.to_string(),
            Node::Number(value) => value.to_string(),
            Node::Text(value) => value.as_ref().to_owned(),
        };
        let (name, path) = (name.to_owned(), self.path.clone());
        self.fields.push(Field { place: Place::Json, name, path, value: cut(value) });
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

    /// As it was before documents were read into nodes.
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
    fn nodes_are_what_serde_json_reads() {
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
