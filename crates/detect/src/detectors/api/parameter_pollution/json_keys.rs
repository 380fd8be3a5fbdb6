//! One key twice in a JSON object. Parsers keep one of them, so that the text itself is read.

use dissect::Request;
use dissect::http::Coding;
use dissect::http::values::{is_json, media_type, string_length};

use super::Contradiction;
use super::places::contradict;
use crate::call::ids::kind_of_name;
use crate::call::ids::plain;
use crate::call::kinds::is_owner;

/// Objects and arrays that may be open at once.
const MAX_DEPTH: usize = 64;
/// Keys of one object that are compared.
const MAX_KEYS: usize = 256;

/// The first id that stands twice in an object of the body.
pub(super) fn of(request: &Request) -> Option<Contradiction> {
    let body = &request.body;
    let kind = media_type(&request.headers).unwrap_or_default();
    if body.bytes.is_empty() || body.coding == Coding::Left || !is_json(&kind) {
        return None;
    }
    let (name, first, second) = twice(std::str::from_utf8(&body.bytes).ok()?)?;
    let place = format!("JSON key {name}");
    Some(Contradiction {
        what: name,
        places: [place.clone(), place],
        values: [first, second],
        may_be_list: false,
    })
}

/// The first key that holds an id or an owner, and stands in one object with two values.
fn twice(text: &str) -> Option<(String, String, String)> {
    let mut open: Vec<Option<Vec<(&str, &str)>>> = Vec::new();
    let (mut rest, mut before, mut key) = (text, "", None);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '{' | '}' | '[' | ']' | ':' | ',' => 1,
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let ends = |c: char| c.is_whitespace() || "{}[]:,\"".contains(c);
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (token, after) = rest.split_at_checked(length)?;
        rest = after;
        match first {
            '{' | '[' => {
                if open.len() >= MAX_DEPTH {
                    return None;
                }
                open.push((first == '{').then(Vec::new));
                (before, key) = ("", None);
            }
            '}' | ']' => {
                open.pop()?;
                (before, key) = ("", None);
            }
            ':' => key = Some(before.trim_matches('"')),
            ',' => (before, key) = ("", None),
            _ if first.is_whitespace() => {}
            _ => {
                before = token;
                if let (Some(key), Some(Some(keys))) = (key.take(), open.last_mut()) {
                    let value = token.trim_matches('"');
                    let known = keys.iter().find(|(known, _)| *known == key);
                    if let Some((_, other)) = known.filter(|(_, other)| contradict(other, value))
                        && (kind_of_name(key).is_some() || is_owner(&plain(key)))
                    {
                        return Some((key.to_owned(), (*other).to_owned(), value.to_owned()));
                    }
                    if keys.len() < MAX_KEYS {
                        keys.push((key, value));
                    }
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_within_their_object() {
        for (text, name) in [
            (r#"{"user_id": 1, "user_id": 2}"#, Some("user_id")),
            (r#"{"a": [{"b": "}", "id": "x1", "c": {"id": "x3"}, "id": "x2"}]}"#, Some("id")),
            (r#"{"owner":"a\"","owner":"b"}"#, Some("owner")),
            (r#"{"user_id": 1, "user_id": 1}"#, None),
            (r#"[{"id": 1}, {"id": 2}]"#, None),
            (r#"{"id": 1, "a": {"id": 2}, "b": [{"id": 3}, 4]}"#, None),
            (r#"{"type": "a", "type": "b"}"#, None),
            ("{\"id\"", None),
            ("]", None),
        ] {
            assert_eq!(twice(text).map(|found| found.0).as_deref(), name, "{text}");
        }
        assert_eq!(twice(&"[".repeat(100_000)), None);
    }
}
