//! Values before and after, as far as evidence may show them.

use dissect::http::values::{Field, Place};

use crate::call::quote::shortened;
use crate::call::secrets;

/// Longest value that is quoted whole; of longer words only the ends.
const WHOLE: usize = 15;

/// Characters of each end.
const END: usize = 4;

/// Longest value that is quoted at all: what is longer is text that people wrote, or a token.
const LONGEST: usize = 64;

/// Words in names of what is never quoted.
const SECRET_WORDS: [&str; 22] = [
    "auth", "birth", "card", "code", "cookie", "cred", "csrf", "cvv", "hash", "hmac", "key",
    "login", "mail", "nonce", "otp", "pass", "phone", "pin", "secret", "sess", "sign", "token",
];

/// A change of a field's value.
pub(super) fn change(
    place: Place,
    name: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> String {
    let show = |value: &str| value_of(place, name, value);
    match (before, after) {
        (Some(before), Some(after)) => match (show(before), show(after)) {
            (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
            _ => String::from("changed"),
        },
        (Some(before), None) => match show(before) {
            Some(before) => format!("{before} removed"),
            None => String::from("removed"),
        },
        (None, Some(after)) => match show(after) {
            Some(after) => format!("{after} added"),
            None => String::from("added"),
        },
        (None, None) => String::from("changed"),
    }
}

/// A value as evidence may show it; `None` if it may be a secret or says who somebody is.
fn value_of(place: Place, name: &str, value: &str) -> Option<String> {
    let field = Field { place, name: name.into(), path: name.into(), value: value.into() };
    let last = field.last_name();
    let is_secret = secrets::is_password(&field)
        || secrets::is_token(field.borrowed())
        || secrets::personal(field.borrowed()).is_some()
        || last.contains("user")
        || SECRET_WORDS.iter().any(|word| last.contains(word))
        || value.contains('@');
    let length = value.chars().count();
    if is_secret || length > LONGEST {
        return None;
    }
    if value.is_empty() {
        return Some(String::from("nothing"));
    }
    let is_word = !value.contains(char::is_whitespace);
    if is_word && length > WHOLE {
        // An account number, an id: its ends tell which.
        let first: String = value.chars().take(END).collect();
        let last: String = value.chars().skip(length.saturating_sub(END)).collect();
        return Some(format!("{first}…{last}"));
    }
    Some(shortened(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_unless_they_are_secret() {
        for (name, before, after, expected) in [
            ("amount", Some("10"), Some("9999"), "10 → 9999"),
            (
                "to",
                Some("DE02120300000000202051"),
                Some("DE00ATTACKER000000000001"),
                "DE02…2051 → DE00…0001",
            ),
            ("password", Some("hunter2"), Some("hunter3"), "changed"),
            ("otp", None, Some("123456"), "added"),
            ("email", Some("me@a.test"), None, "removed"),
            ("debug", None, Some("true"), "true added"),
            ("note", Some(""), Some("x"), "nothing → x"),
        ] {
            assert_eq!(change(Place::Json, name, before, after), expected, "{name}");
        }
    }
}
