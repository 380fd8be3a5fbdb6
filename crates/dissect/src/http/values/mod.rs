//! Named values in a query, a form, a multipart body or a JSON document: read when somebody asks,
//! from the bytes that are kept of a body.
//!
//! ```text
//! fields.rs      the fields of a message, in one text
//! percent.rs     queries and forms
//! json.rs        documents, flattened
//! multipart.rs   forms with files
//! graphql.rs     operations
//! text.rs        texts that share their bytes
//! way.rs         the steps to a field
//! ```

mod fields;
pub mod graphql;
mod json;
pub mod multipart;
mod percent;
mod text;
mod way;

pub use fields::{FieldRef, Fields};
pub use json::{document, flattened};
pub use percent::pairs;
pub use text::Text;

use super::{Body, Coding, Headers, Request};
use crate::limits::HTTP_VALUE_BYTES;

/// Where a field stood.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// In a body of `application/x-www-form-urlencoded` or `multipart/form-data`.
    Form,
    /// In a JSON body.
    Json,
    /// In the request target, behind the `?`.
    Query,
}

impl Place {
    /// The word in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Json => "JSON",
            Self::Query => "query",
        }
    }
}

/// A field with its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Where it stood.
    pub place: Place,
    /// Its name as sent; of a JSON document the innermost key.
    pub name: Text,
    /// The way to it in a JSON document, such as `$.user.ids[0]`; elsewhere its name.
    pub path: Text,
    /// Its value as text, at most [`HTTP_VALUE_BYTES`].
    pub value: Text,
}

impl Field {
    /// The name in lower case with neither `-`, `_`, `.` nor brackets: `user[pass-word]` is
    /// `userpassword`.
    pub fn plain_name(&self) -> String {
        plain(&self.name)
    }

    /// The last word of a name of several: `password` of `user[password]` and `user.password`.
    pub fn last_name(&self) -> String {
        plain(last_word(&self.name))
    }
}

/// The last word of a name of several, as it is written.
pub fn last_word(name: &str) -> &str {
    let is_mark = |byte: &u8| b".[]:$/".contains(byte);
    // Marks are ASCII: between two of them is text.
    let mut parts = name.as_bytes().rsplit(is_mark);
    let last = parts.find(|part| !part.is_empty()).unwrap_or_default();
    std::str::from_utf8(last).unwrap_or_default()
}

/// Letters and digits only, in lower case.
pub fn plain(text: &str) -> String {
    if !text.is_ascii() {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        return letters.flat_map(char::to_lowercase).collect();
    }
    let mut plain = text.to_ascii_lowercase();
    // Most names are one word.
    if !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        plain.retain(|letter| letter.is_ascii_alphanumeric());
    }
    plain
}

impl Fields {
    /// All fields of a request: query and body.
    pub fn of_request(request: &Request) -> Self {
        let mut fields = Self::default();
        if let Some(query) = request.query() {
            fields.push_pairs(Place::Query, query);
        }
        fields.add_body(&request.headers, &request.body);
        fields.truncate();
        fields
    }

    /// The fields of a body, as far as it is not coded. A JSON document that is longer than is kept
    /// of a body has none.
    pub fn of_body(headers: &Headers, body: &Body) -> Self {
        let mut fields = Self::default();
        fields.add_body(headers, body);
        fields
    }

    fn add_body(&mut self, headers: &Headers, body: &Body) {
        if body.bytes.is_empty() || body.coding == Coding::Left {
            return;
        }
        let kind = media_type(headers).unwrap_or_default();
        let opens = || body.bytes.trim_ascii_start().starts_with(b"{");
        if is_json(&kind) || (!is_form(&kind) && opens()) {
            json::add(&body.bytes, self);
        } else if is_form(&kind) {
            self.push_pairs(Place::Form, &String::from_utf8_lossy(&body.bytes));
        } else if kind == "multipart/form-data" {
            for part in multipart::parts(headers, &body.bytes) {
                if let Some(name) = part.name.filter(|_| part.filename.is_none()) {
                    let content = String::from_utf8_lossy(part.content);
                    self.push_pair(Place::Form, &name, beginning(&content));
                }
            }
        }
    }

    fn push_pairs(&mut self, place: Place, text: &str) {
        for (name, value) in pairs(text.trim()) {
            self.push_pair(place, &name, &value);
        }
    }
}

/// [`Fields::of_request`], each for itself.
pub fn of_request(request: &Request) -> Vec<Field> {
    Fields::of_request(request).into_list()
}

/// [`Fields::of_body`], each for itself.
pub fn of_body(headers: &Headers, body: &Body) -> Vec<Field> {
    Fields::of_body(headers, body).into_list()
}

/// The media type of a message without its parameters, in lower case.
pub fn media_type(headers: &Headers) -> Option<String> {
    let value = headers.first("content-type")?;
    let kind = value.split(';').next()?.trim();
    Some(kind.to_ascii_lowercase())
}

/// Whether a media type is JSON's, or ends like it (RFC 6839 section 3.1).
pub fn is_json(kind: &str) -> bool {
    kind.ends_with("/json") || kind.ends_with("+json") || kind == "text/x-json"
}

/// Whether a media type is that of a form.
pub fn is_form(kind: &str) -> bool {
    kind == "application/x-www-form-urlencoded"
}

/// Length in bytes of a text in quotes, which it begins with, as JSON and GraphQL write it: both quotes
/// are counted. All of it where the second one is missing.
pub fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at.saturating_add(1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// What is kept of a value.
fn beginning(value: &str) -> &str {
    let mut end = HTTP_VALUE_BYTES.min(value.len());
    while !value.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    value.get(..end).unwrap_or_default()
}

/// For tests: the fields of a document.
#[cfg(test)]
fn of_json(bytes: &[u8]) -> Fields {
    let mut fields = Fields::default();
    json::add(bytes, &mut fields);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Header;

    fn body(kind: &str, body: &str) -> Vec<String> {
        let header = Header { name: "Content-Type".into(), value: kind.into() };
        let body = Body { bytes: body.into(), ..Body::default() };
        let fields = of_body(&Headers(vec![header]), &body);
        fields.iter().map(|field| format!("{}={}", field.path, field.value)).collect()
    }

    #[test]
    fn bodies_of_every_kind() {
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(body(form, "a=b+c&d=%41%zz&e"), ["a=b c", "d=A%zz", "e="]);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            Content-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\n2\r\n--x--\r\n";
        assert_eq!(body("multipart/form-data; boundary=x", parts), ["a=1"]);
        let text = r#"{"user": {"name": "n", "ids": [1, 2]}, "ok": true}"#;
        let flat = ["$.ok=true", "$.user.ids[0]=1", "$.user.ids[1]=2", "$.user.name=n"];
        for kind in ["application/vnd.a+json", "text/plain"] {
            let mut found = body(kind, text);
            found.sort();
            assert_eq!(found, flat);
        }
        assert!(body("application/json", "{").is_empty());
        assert!(body("image/png", "a=b").is_empty());
        let left = Body { bytes: b"{\"a\": 1}".to_vec(), coding: Coding::Left, ..Body::default() };
        assert!(of_body(&Headers::default(), &left).is_empty());
    }

    #[test]
    fn requests_have_queries_too() {
        let request = Request {
            target: "/?a=1;b=%C3%A9".into(),
            body: Body { bytes: b"{\"c\": \"d\"}".to_vec(), ..Body::default() },
            ..Request::default()
        };
        let fields = of_request(&request);
        let told: Vec<_> = fields.iter().map(|f| (f.place.word(), &*f.name, &*f.value)).collect();
        assert_eq!(told, [("query", "a", "1"), ("query", "b", "\u{e9}"), ("JSON", "c", "d")]);
    }

    #[test]
    fn names_are_compared_without_their_punctuation() {
        let field = |name: &str| {
            let (name, value) = (Text::from(name), "".into());
            Field { place: Place::Form, path: name.clone(), name, value }
        };
        assert_eq!(field("user[pass-word]").plain_name(), "userpassword");
        assert_eq!(field("user[pass-word]").last_name(), "password");
        assert_eq!(field("ctl00$Login$Password").last_name(), "password");
        assert_eq!(field("a.Stra\u{df}e-\u{c4}[]").last_name(), "stra\u{df}e\u{e4}");
        assert_eq!(field("\u{130}.x_Y").plain_name(), "i\u{307}xy");
        assert_eq!(field("..").last_name(), "");
    }
}
