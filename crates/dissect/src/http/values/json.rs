//! JSON documents (RFC 8259). `serde_json` bounds how deep they nest (128 levels).

use serde_json::Value;

use super::{Field, Place, cut};
use crate::limits::{HTTP_JSON_BYTES, HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// Reads a document; `None` if it is none, cut, or too long or too deep.
pub fn document(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    (bytes.len() <= HTTP_JSON_BYTES).then_some(())?;
    serde_json::from_slice(bytes).ok()
}

/// Every scalar of a document but `null`, with the way to it, in the document's order of keys.
pub fn flattened(document: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut open = vec![(String::from("$"), String::new(), document)];
    while let Some((path, name, value)) = open.pop() {
        if fields.len() >= HTTP_MESSAGE_FIELDS {
            break;
        }
        let text = match value {
            // A way as long as a value is none that anybody follows.
            Value::Object(_) | Value::Array(_) if path.len() > HTTP_VALUE_BYTES => continue,
            Value::Object(members) => {
                open.extend(
                    members
                        .iter()
                        .rev()
                        .map(|(key, value)| ([&path, ".", key].concat(), key.clone(), value)),
                );
                continue;
            }
            Value::Array(items) => {
                let items = items.iter().take(HTTP_MESSAGE_FIELDS).enumerate().rev();
                open.extend(items.map(|(at, item)| (format!("{path}[{at}]"), name.clone(), item)));
                continue;
            }
            Value::Null => continue,
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(value) => value.clone(),
        };
        fields.push(Field { place: Place::Json, name, path, value: cut(text) });
    }
    fields
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
}
