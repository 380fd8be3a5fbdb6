//! URLs and request targets.

use std::borrow::Cow;

use super::{REDACTED, Secrets, is_secret, scan, token};

/// A URL or request target as it may be written: without the password of its authority, and
/// without the values of query parameters whose names promise a secret.
pub fn url(text: &str, secrets: Secrets) -> Cow<'_, str> {
    if secrets == Secrets::Shown {
        return Cow::Borrowed(text);
    }
    let (place, query) = match text.find(['?', '#']).and_then(|at| text.split_at_checked(at)) {
        Some((place, query)) => (place, query),
        None => (text, ""),
    };
    let text = format!("{}{}", without_user(place), parameters(query));
    Cow::Owned(token::tokens(&text).into_owned())
}

/// `http://me:pass@host/` → `http://[redacted]@host/`.
fn without_user(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{REDACTED}@{host}{path}"),
        None => place.to_owned(),
    }
}

/// `?token=1&a=2` → `?token=[redacted]&a=2`; the same in a fragment.
fn parameters(query: &str) -> String {
    let pairs = query.split_inclusive(['?', '&', ';', '#']).map(|pair| {
        let (pair, separator) = match pair.chars().next_back() {
            Some(last @ ('?' | '&' | ';' | '#')) => {
                (pair.strip_suffix(last).unwrap_or(pair), String::from(last))
            }
            _ => (pair, String::new()),
        };
        match pair.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => {
                format!("{name}={REDACTED}{separator}")
            }
            // Something with names of its own: a URL, a document.
            Some((name, value)) if hides(value) => format!("{name}={REDACTED}{separator}"),
            _ => format!("{pair}{separator}"),
        }
    });
    pairs.collect()
}

/// Whether a value, decoded, holds names of secrets with values of theirs.
pub(super) fn hides(value: &str) -> bool {
    if !value.contains('%') {
        return false;
    }
    let plain = percent_decoded(&value.replace('+', " "));
    matches!(scan::text(&plain), Cow::Owned(_))
}

/// Percent-encoding taken off; each byte is a character.
pub(super) fn percent_decoded(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                plain.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, written) in [
            ("/", "/"),
            ("*", "*"),
            ("api.shop.test:443", "api.shop.test:443"),
            (
                "/a?access_token=1&b=2#id_token=3",
                "/a?access_token=[redacted]&b=2#id_token=[redacted]",
            ),
            ("/a?api-key=1;Password=2", "/a?api-key=[redacted];Password=[redacted]"),
            ("/a?X-Amz-Signature=1&sig=2", "/a?X-Amz-Signature=[redacted]&sig=[redacted]"),
            ("/a?%74oken=1", "/a?%74oken=[redacted]"),
            ("/a?token=&token", "/a?token=&token"),
            ("/a?q=token&design=1&keyword=2", "/a?q=token&design=1&keyword=2"),
            ("http://me:pw@a.test/b?c", "http://[redacted]@a.test/b?c"),
            ("/go?u=http://me@x.test/", "/go?u=http://me@x.test/"),
            ("/%zz?%t=1", "/%zz?%t=1"),
            ("/go?u=http%3A%2F%2Fx%3Ftoken%3D1&b=%20", "/go?u=[redacted]&b=%20"),
            ("/go?d=%7B%22password%22%3A%22x%22%7D", "/go?d=[redacted]"),
            (
                "/v/eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl/x",
                "/v/eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.[redacted]/x",
            ),
        ] {
            assert_eq!(url(text, Secrets::Redacted), written);
            assert_eq!(url(text, Secrets::Shown), text);
        }
    }
}
