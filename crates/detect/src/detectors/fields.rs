//! Named values in a query, a form, a multipart body or a JSON document.

use dissect::{Headers, Request};
use serde_json::Value;

use super::plain::content_type;

/// Fields of one message that are looked at.
const MAX_FIELDS: usize = 2_000;

/// Bytes of a field's value that are looked at.
const MAX_VALUE: usize = 8 * 1024;

/// Where a field stood.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Place {
    /// In a body of `application/x-www-form-urlencoded` or `multipart/form-data`.
    Form,
    /// In a JSON body.
    Json,
    /// In the request target, behind the `?`.
    Query,
}

impl Place {
    /// The word in evidence.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Json => "JSON",
            Self::Query => "query",
        }
    }
}

/// A field with its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Field {
    /// Where it stood.
    pub(super) place: Place,
    /// Its name as sent; of a JSON document the innermost key.
    pub(super) name: String,
    /// Its value as text.
    pub(super) value: String,
}

impl Field {
    /// The name in lower case with neither `-`, `_`, `.` nor brackets: `user[pass-word]` is
    /// `userpassword`.
    pub(super) fn plain_name(&self) -> String {
        let letters = self.name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    }

    /// The last word of a name of several: `password` of `user[password]` and `user.password`.
    pub(super) fn last_name(&self) -> String {
        let mut parts = self.name.split(['.', '[', ']', ':', '$', '/']);
        let last = parts.rfind(|part| !part.is_empty()).unwrap_or_default();
        let letters = last.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    }
}

/// All fields of a request: query and body.
pub(super) fn of_request(request: &Request) -> Vec<Field> {
    let mut fields = Vec::new();
    if let Some(query) = request.query() {
        push_pairs(Place::Query, query, &mut fields);
    }
    fields.extend(of_body(&request.headers, &request.body.bytes));
    fields
}

/// The fields of a body, as far as it is not coded.
pub(super) fn of_body(headers: &Headers, body: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    let coding = headers.first("content-encoding").unwrap_or("identity");
    if body.is_empty() || !coding.eq_ignore_ascii_case("identity") {
        return fields;
    }
    let kind = content_type(&headers.0).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    if is_json(&kind) || (!is_form(&kind) && text.trim_start().starts_with('{')) {
        push_json(&text, &mut fields);
    } else if is_form(&kind) {
        push_pairs(Place::Form, &text, &mut fields);
    } else if kind == "multipart/form-data" {
        push_multipart(&text, &mut fields);
    }
    fields
}

/// Whether a media type is JSON's, or ends like it (RFC 6839 section 3.1).
pub(super) fn is_json(kind: &str) -> bool {
    kind.ends_with("/json") || kind.ends_with("+json") || kind == "text/x-json"
}

/// Whether a media type is that of a form.
pub(super) fn is_form(kind: &str) -> bool {
    kind == "application/x-www-form-urlencoded"
}

/// Names and values of a query or form, percent-decoded.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split(['&', ';']).filter(|pair| !pair.is_empty()).take(MAX_FIELDS).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

fn push_pairs(place: Place, text: &str, fields: &mut Vec<Field>) {
    fields.extend(pairs(text.trim()).map(|(name, value)| Field { place, name, value }));
}

/// `+` and `%XX` taken off.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().take(MAX_VALUE);
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(nibble), ahead.next().and_then(nibble)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        rest = ahead;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Every scalar of the document under its innermost key. serde_json bounds the nesting.
fn push_json(text: &str, fields: &mut Vec<Field>) {
    let Ok(document) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return;
    };
    let mut open = vec![(String::new(), document)];
    while let Some((name, value)) = open.pop() {
        if fields.len() >= MAX_FIELDS {
            return;
        }
        match value {
            Value::Object(members) => open.extend(members),
            Value::Array(items) => open.extend(items.into_iter().map(|item| (name.clone(), item))),
            Value::String(value) => fields.push(Field { place: Place::Json, name, value }),
            Value::Number(value) => {
                fields.push(Field { place: Place::Json, name, value: value.to_string() });
            }
            Value::Bool(_) | Value::Null => {}
        }
    }
}

/// The parts that are not files (RFC 7578).
fn push_multipart(text: &str, fields: &mut Vec<Field>) {
    let Some(boundary) = text.lines().next().filter(|line| line.starts_with("--")) else { return };
    for part in text.split(boundary).take(MAX_FIELDS) {
        let Some((head, value)) = part.split_once("\r\n\r\n") else { continue };
        let name = head.split_once("name=\"").and_then(|(_, rest)| rest.split('"').next());
        if let (Some(name), false) = (name, head.contains("filename=")) {
            let value = value.trim_end().chars().take(MAX_VALUE).collect();
            fields.push(Field { place: Place::Form, name: name.into(), value });
        }
    }
}

#[cfg(test)]
mod tests {
    use dissect::Header;

    use super::*;

    fn body(kind: &str, body: &str) -> Vec<String> {
        let header = Header { name: "Content-Type".into(), value: kind.into() };
        let mut fields = of_body(&Headers(vec![header]), body.as_bytes());
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields.iter().map(|field| format!("{}={}", field.name, field.value)).collect()
    }

    #[test]
    fn forms_are_decoded() {
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(body(form, "a=b+c&d=%41%zz&e"), ["a=b c", "d=A%zz", "e="]);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            Content-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\n2\r\n--x--\r\n";
        assert_eq!(body("multipart/form-data; boundary=x", parts), ["a=1"]);
    }

    #[test]
    fn json_is_flattened() {
        let text = r#"{"user": {"name": "n", "ids": [1, 2]}, "ok": true}"#;
        assert_eq!(body("application/vnd.a+json", text), ["ids=2", "ids=1", "name=n"]);
        assert!(body("application/json", "{").is_empty());
        assert!(body("image/png", "a=b").is_empty());
    }

    #[test]
    fn names_are_compared_without_their_punctuation() {
        let field = |name: &str| Field { place: Place::Form, name: name.into(), value: "".into() };
        assert_eq!(field("user[pass-word]").plain_name(), "userpassword");
        assert_eq!(field("user[pass-word]").last_name(), "password");
        assert_eq!(field("ctl00$Login$Password").last_name(), "password");
    }
}
