//! What is secret in HTTP, and how it is left out: credentials, cookies, keys, and query values
//! under names that promise a secret. The one place that decides it, for every output.
//!
//! What is left says that there was a secret and of what kind: the scheme of an `Authorization`,
//! the names of cookies and of query parameters.

use std::borrow::Cow;

/// What stands for a secret.
pub const REDACTED: &str = "[redacted]";

/// Whether secrets are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Secrets {
    /// They are replaced.
    #[default]
    Redacted,
    /// They are written as they were on the wire.
    Shown,
}

/// Parts of names, in lower case without separators, that promise a secret.
const PARTS: [&str; 11] = [
    "apikey",
    "assertion",
    "credential",
    "csrf",
    "jwt",
    "passwd",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// Whole names that do.
const NAMES: [&str; 17] = [
    "accesskey",
    "auth",
    "authkey",
    "authorization",
    "code",
    "dpop",
    "jsessionid",
    "key",
    "otp",
    "pass",
    "phpsessid",
    "pin",
    "pw",
    "pwd",
    "sid",
    "sig",
    "xauth",
];

/// Fields whose values are or hold URLs.
const URL_FIELDS: [&str; 5] = ["content-location", "location", "origin", "referer", "refresh"];

/// The value of a header field as it may be written.
pub fn field<'a>(name: &str, value: &'a str, secrets: Secrets) -> Cow<'a, str> {
    if secrets == Secrets::Shown {
        return Cow::Borrowed(value);
    }
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "authorization" | "proxy-authorization" => Cow::Owned(authorization(value)),
        "cookie" => Cow::Owned(cookies(value, usize::MAX)),
        // Behind the first `;` are attributes: path, expiry.
        "set-cookie" => Cow::Owned(cookies(value, 1)),
        name if URL_FIELDS.contains(&name) => url(value, secrets),
        name if is_secret(name) => Cow::Borrowed(REDACTED),
        _ => Cow::Borrowed(value),
    }
}

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
    Cow::Owned(format!("{}{}", without_user(place), parameters(query)))
}

/// The content of a message as it may be written: text without what is secret in it. `media`: its
/// Content-Type. `None` if it is no text.
pub fn body<'a>(media: Option<&str>, bytes: &'a [u8], secrets: Secrets) -> Option<Cow<'a, str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    match secrets {
        Secrets::Shown => Some(Cow::Borrowed(text)),
        Secrets::Redacted => media.map(|_| Cow::Borrowed(REDACTED)),
    }
}

/// Whether a name promises a secret value. Case, separators and percent-encoding do not count.
pub fn is_secret(name: &str) -> bool {
    let plain: String = percent_decoded(name)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    PARTS.iter().any(|part| plain.contains(part)) || NAMES.contains(&plain.as_str())
}

/// `Bearer abc` → `Bearer [redacted]`; a value without a scheme goes whole.
fn authorization(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
            format!("{scheme} {REDACTED}")
        }
        _ => REDACTED.to_owned(),
    }
}

/// `a=1; b=2` → `a=[redacted]; b=[redacted]`, for the first `count` pairs.
fn cookies(value: &str, count: usize) -> String {
    let pairs = value.split(';').enumerate().map(|(at, pair)| match pair.split_once('=') {
        Some((name, _)) if at < count => format!("{name}={REDACTED}"),
        None if at < count && !pair.trim().is_empty() => REDACTED.to_owned(),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<String>>().join(";")
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
            _ => format!("{pair}{separator}"),
        }
    });
    pairs.collect()
}

fn percent_decoded(name: &str) -> String {
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
    fn fields() {
        for (name, value, written) in [
            ("Authorization", "Bearer abc.def", "Bearer [redacted]"),
            ("authorization", "Basic bWU6cHc=", "Basic [redacted]"),
            ("Authorization", "abc", "[redacted]"),
            ("Proxy-Authorization", "Digest username=\"me\"", "Digest [redacted]"),
            ("Cookie", "sid=1; lang=de", "sid=[redacted]; lang=[redacted]"),
            ("Cookie", "odd", "[redacted]"),
            ("Set-Cookie", "sid=1; Path=/; HttpOnly", "sid=[redacted]; Path=/; HttpOnly"),
            ("X-API-Key", "k", "[redacted]"),
            ("X-Goog-Api-Key", "k", "[redacted]"),
            ("X-Auth-Token", "k", "[redacted]"),
            ("X-CSRF-Token", "k", "[redacted]"),
            ("x-amz-security-token", "k", "[redacted]"),
            ("X-Session-Id", "k", "[redacted]"),
            ("DPoP", "k", "[redacted]"),
            ("Referer", "http://a.test/?token=1&b=2", "http://a.test/?token=[redacted]&b=2"),
            ("Location", "/login?code=1", "/login?code=[redacted]"),
            ("Host", "a.test", "a.test"),
            ("User-Agent", "okhttp/4.9.0", "okhttp/4.9.0"),
            ("Content-Length", "5", "5"),
            ("WWW-Authenticate", "Basic realm=\"x\"", "Basic realm=\"x\""),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ==", "dGhlIHNhbXBsZQ=="),
        ] {
            assert_eq!(field(name, value, Secrets::Redacted), written, "{name}");
            assert_eq!(field(name, value, Secrets::Shown), value, "{name}");
        }
    }

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
        ] {
            assert_eq!(url(text, Secrets::Redacted), written);
            assert_eq!(url(text, Secrets::Shown), text);
        }
    }
}
