//! What is secret in HTTP, and how it is left out: credentials, cookies, keys, values under names
//! that promise a secret, and tokens wherever they stand. The one place that decides it, for every
//! output.
//!
//! ```text
//! mod.rs     names, header fields
//! url.rs     URLs and request targets
//! body.rs    content: forms, multipart, what else is text
//! scan.rs    names with values in any text
//! token.rs   JWTs, and what stands behind Bearer and Basic
//! ```
//!
//! What is left says that there was a secret and of what kind: the scheme of an `Authorization`,
//! the names of cookies, of fields and of query parameters, a JWT's header and claims.

mod body;
mod scan;
mod token;
mod url;

use std::borrow::Cow;

pub use body::body;
pub use url::url;

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
const PARTS: [&str; 25] = [
    "accesskey",
    "apikey",
    "assertion",
    "authkey",
    "authorization",
    "contrasena",
    "credential",
    "csrf",
    "jwt",
    "kennwort",
    "motdepasse",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "privatekey",
    "pwd",
    "secret",
    "senha",
    "sessid",
    "session",
    "signature",
    "subscriptionkey",
    "token",
];

/// Whole names that do.
const NAMES: [&str; 23] = [
    "auth",
    "bearer",
    "code",
    "cookie",
    "cookies",
    "cvc",
    "cvv",
    "dpop",
    "jsessionid",
    "key",
    "loginpass",
    "mpin",
    "otp",
    "pass",
    "pin",
    "pincode",
    "psw",
    "pw",
    "setcookie",
    "sid",
    "sig",
    "userpass",
    "xauth",
];

/// Attributes of Set-Cookie (RFC 6265 section 4.1.1, and what browsers added).
const ATTRIBUTES: [&str; 9] = [
    "domain",
    "expires",
    "httponly",
    "max-age",
    "partitioned",
    "path",
    "priority",
    "samesite",
    "secure",
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
        "cookie" => Cow::Owned(cookies(value)),
        "set-cookie" => Cow::Owned(set_cookie(value)),
        // What a server says of how to authenticate is no secret.
        "proxy-authenticate" | "www-authenticate" => Cow::Borrowed(value),
        name if URL_FIELDS.contains(&name) => url(value, secrets),
        name if is_secret(name) => Cow::Borrowed(REDACTED),
        _ => scan::text(value),
    }
}

/// Whether a name promises a secret value. Case, separators and percent-encoding do not count.
pub fn is_secret(name: &str) -> bool {
    let plain: String = url::percent_decoded(name)
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

/// `a=1; b=2` → `a=[redacted]; b=[redacted]`.
fn cookies(value: &str) -> String {
    let pairs = value.split(';').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={REDACTED}"),
        None if !pair.trim().is_empty() => REDACTED.to_owned(),
        None => pair.to_owned(),
    });
    pairs.collect::<Vec<String>>().join(";")
}

/// `a=1; Path=/` → `a=[redacted]; Path=/`. HAR files join several by commas, which dates have too:
/// what stands behind one is hidden if it has a value.
fn set_cookie(value: &str) -> String {
    let (cookie, attributes) = value.split_once(';').unwrap_or((value, ""));
    let mut written = cookies(cookie);
    for attribute in attributes.split(';').filter(|_| value.contains(';')) {
        let name = attribute.split('=').next().unwrap_or(attribute).trim().to_ascii_lowercase();
        let name = name.split(',').next().unwrap_or_default();
        let hidden = match attribute.split_once(',') {
            Some((kept, more)) if more.contains('=') => format!("{kept},{REDACTED}"),
            _ if ATTRIBUTES.contains(&name) || attribute.trim().is_empty() => attribute.to_owned(),
            _ => cookies(attribute),
        };
        written.push(';');
        written.push_str(&hidden);
    }
    written
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
            ("Set-Cookie", "sid=1", "sid=[redacted]"),
            ("Set-Cookie", "a=1; Path=/,b=2; Secure", "a=[redacted]; Path=/,[redacted]; Secure"),
            (
                "Set-Cookie",
                "a=1; Expires=Wed, 01 May 2024 12:00:00 GMT",
                "a=[redacted]; Expires=Wed, 01 May 2024 12:00:00 GMT",
            ),
            ("Set-Cookie", "a=1; Secure,b=2; c=3", "a=[redacted]; Secure,[redacted]; c=[redacted]"),
            ("X-API-Key", "k", "[redacted]"),
            ("X-Goog-Api-Key", "k", "[redacted]"),
            ("X-Auth-Token", "k", "[redacted]"),
            ("X-CSRF-Token", "k", "[redacted]"),
            ("X-Authorization", "k", "[redacted]"),
            ("Ocp-Apim-Subscription-Key", "k", "[redacted]"),
            ("x-amz-security-token", "k", "[redacted]"),
            ("X-Session-Id", "k", "[redacted]"),
            ("DPoP", "k", "[redacted]"),
            ("Referer", "http://a.test/?token=1&b=2", "http://a.test/?token=[redacted]&b=2"),
            ("Location", "/login?code=1", "/login?code=[redacted]"),
            (
                "Link",
                "<http://a.test/?token=1>; rel=next",
                "<http://a.test/?token=[redacted]>; rel=next",
            ),
            (
                "X-Id",
                "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln",
                "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.[redacted]",
            ),
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
}
