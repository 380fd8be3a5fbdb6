//! What a request shows to say who asks: tokens, cookies, keys.
//!
//! No secret leaves this module, only its SHA-256. That keeps a long random token, but a password
//! can be guessed and tried: outputs show the first [`Credential::id`] digits, which tell the
//! credentials of one capture apart and fit so many guesses that they confirm none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use super::exchange::{Exchange, Request};
use crate::limits::HTTP_CREDENTIALS;

/// A credential of a request. It holds no secret, only a digest of it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Credential {
    /// What kind it is.
    pub kind: CredentialKind,
    /// The field that carries it, in lower case: `authorization`, `x-api-key`; the name of a cookie
    /// or of a query parameter, as sent; empty for a client certificate.
    pub field: String,
    /// SHA-256 of the secret: two requests with the same digest showed the same one.
    pub digest: [u8; 32],
}

/// The kinds of credentials.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CredentialKind {
    /// A key of the app or its user, in a header or the query.
    ApiKey,
    /// User name and password (RFC 7617).
    Basic,
    /// A token (RFC 6750), whatever its form: whoever has it may use it.
    Bearer,
    /// A token that is bound to a key of the client (DPoP, RFC 9449).
    Bound,
    /// A client certificate; the digest is that of its DER.
    Certificate,
    /// A cookie that holds a session.
    Cookie,
    /// Another scheme of the Authorization field.
    Other,
}

impl CredentialKind {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Bound => "bound-token",
            Self::Certificate => "certificate",
            Self::Cookie => "cookie",
            Self::Other => "other",
        }
    }
}

/// Schemes that say nothing without what follows.
const SCHEMES: [&str; 5] = ["basic", "bearer", "dpop", "jwt", "token"];

/// Headers by which somebody logs in, in lower case.
const AUTHORIZATION: [&str; 2] = ["authorization", "proxy-authorization"];

/// Headers that hold a key or token, in lower case.
const KEY_HEADERS: [&str; 17] = [
    "api-key",
    "apikey",
    "ocp-apim-subscription-key",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-api-token",
    "x-apikey",
    "x-auth-key",
    "x-auth-token",
    "x-authorization",
    "x-goog-api-key",
    "x-parse-session-token",
    "x-session-id",
    "x-session-token",
    "x-token",
    "x-user-token",
];

/// Query parameters that hold a key, in lower case without separators.
const KEY_PARAMETERS: [&str; 6] =
    ["apikey", "apitoken", "appkey", "clientkey", "key", "subscriptionkey"];

/// Query parameters that hold a token (RFC 6750 section 2.3 has the first).
const TOKEN_PARAMETERS: [&str; 6] =
    ["accesstoken", "authtoken", "idtoken", "jwt", "sessiontoken", "token"];

/// Parts of the names of cookies that stand for a login.
const SESSION_COOKIE_PARTS: [&str; 8] =
    ["auth", "credential", "jwt", "login", "remember", "sess", "ticket", "token"];

/// Parts of the names of cookies that do not, although they hold one of those.
const OTHER_COOKIE_PARTS: [&str; 5] = ["anon", "author", "consent", "csrf", "xsrf"];

/// Whole names of session cookies.
const SESSION_COOKIES: [&str; 6] = ["bduss", "connect.sid", "lsid", "s_id", "sid", "ssid"];

impl Exchange {
    /// The credentials of its request and of its connection, in the order in which they were sent:
    /// a client certificate, then those of [`Request::credentials`].
    pub fn credentials(&self) -> Vec<Credential> {
        let mut found = Vec::new();
        let session = self.connection.session.as_ref();
        let chain = session.and_then(|session| session.client_certificates.as_ref());
        if let Some(leaf) = chain.and_then(|chain| chain.value.entries.first()) {
            found.push(credential(CredentialKind::Certificate, "", leaf.der()));
        }
        found.extend(self.request.credentials());
        found
    }
}

impl Request {
    /// The credentials in its query and its headers, at most [`HTTP_CREDENTIALS`].
    pub fn credentials(&self) -> Vec<Credential> {
        let mut found = Vec::new();
        for pair in self.query().unwrap_or_default().split(['&', ';']) {
            found.extend(pair.split_once('=').and_then(|(name, value)| parameter(name, value)));
        }
        for field in &self.headers.0 {
            let (name, value) = (&field.name, &field.value);
            let lower = || name.to_ascii_lowercase();
            if AUTHORIZATION.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                found.extend(authorization(&lower(), value));
            } else if name.eq_ignore_ascii_case("cookie") {
                found.extend(value.split(';').filter_map(cookie));
            } else if is_key_header(name) && !value.is_empty() {
                found.push(credential(CredentialKind::ApiKey, &lower(), value.as_bytes()));
            }
            if found.len() >= HTTP_CREDENTIALS {
                break;
            }
        }
        found.truncate(HTTP_CREDENTIALS);
        // A field that is there twice shows nothing new.
        if found.len() > 1 {
            let mut seen = std::collections::HashSet::new();
            found.retain(|credential| seen.insert(credential.clone()));
        }
        found
    }

    /// The user name of an `Authorization: Basic`. No secret, yet a person's: outputs leave it out
    /// unless secrets are wanted.
    pub fn basic_user(&self) -> Option<String> {
        let (scheme, encoded) = self.headers.first("authorization")?.trim().split_once(' ')?;
        let decoded = scheme.eq_ignore_ascii_case("basic").then(|| decode(encoded)).flatten()?;
        let text = String::from_utf8_lossy(&decoded).into_owned();
        text.split_once(':').map(|(user, _)| user.to_owned())
    }
}

impl Credential {
    /// What outputs show of the digest: its first six hex digits.
    pub fn id(&self) -> String {
        crate::hex(self.digest.get(..3).unwrap_or_default())
    }
}

/// Whether a header of this name, in whatever case, holds a key or token, as far as names tell.
pub fn is_key_header(name: &str) -> bool {
    KEY_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a header of this name, in whatever case, may hold a credential.
pub fn is_credential_header(name: &str) -> bool {
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    AUTHORIZATION.into_iter().any(is_named) || is_named("cookie") || is_key_header(name)
}

/// Whether a cookie of this name is what a login is remembered by, as far as names tell.
pub fn is_session_cookie(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    SESSION_COOKIES.contains(&name.as_str())
        || (has(&SESSION_COOKIE_PARTS) && !has(&OTHER_COOKIE_PARTS))
}

fn credential(kind: CredentialKind, field: &str, secret: &[u8]) -> Credential {
    Credential { kind, field: field.to_owned(), digest: Sha256::digest(secret).into() }
}

fn authorization(field: &str, value: &str) -> Option<Credential> {
    let value = value.trim();
    let (scheme, secret) = match value.split_once(' ') {
        Some((scheme, secret)) => (scheme, secret.trim()),
        // A scheme alone.
        None if SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(value)) => return None,
        None => ("", value),
    };
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "basic" => CredentialKind::Basic,
        // Without a scheme, and with one that somebody made up, it is a token all the same.
        "" | "bearer" | "jwt" | "token" => CredentialKind::Bearer,
        "api-key" | "apikey" | "key" => CredentialKind::ApiKey,
        "dpop" => CredentialKind::Bound,
        _ => CredentialKind::Other,
    };
    (!secret.is_empty()).then(|| credential(kind, field, secret.as_bytes()))
}

fn cookie(pair: &str) -> Option<Credential> {
    let (name, value) = pair.trim().split_once('=')?;
    let holds = is_session_cookie(name) && !value.is_empty();
    holds.then(|| credential(CredentialKind::Cookie, name, value.as_bytes()))
}

fn parameter(name: &str, value: &str) -> Option<Credential> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    let kind = match plain.as_str() {
        _ if value.is_empty() => return None,
        key if KEY_PARAMETERS.contains(&key) => CredentialKind::ApiKey,
        token if TOKEN_PARAMETERS.contains(&token) => CredentialKind::Bearer,
        _ => return None,
    };
    Some(credential(kind, name, value.as_bytes()))
}

/// Base64, with padding or without.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text.trim_end_matches('='))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Header, Headers};

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let field =
            |&(name, value): &(&str, &str)| Header { name: name.into(), value: value.into() };
        let headers = Headers(headers.iter().map(field).collect());
        Request { method: "GET".into(), target: target.into(), headers, ..Request::default() }
    }

    #[test]
    fn every_kind_is_found_where_it_was_sent() {
        use CredentialKind::{ApiKey, Basic, Bearer, Bound, Cookie, Other};
        for (target, name, value, found) in [
            ("/", "Authorization", "Bearer abc.def.ghi", &[(Bearer, "authorization")][..]),
            ("/", "authorization", "eyJhbGci", &[(Bearer, "authorization")]),
            ("/", "Authorization", "Basic bWU6cHc=", &[(Basic, "authorization")]),
            ("/", "Authorization", "DPoP abc", &[(Bound, "authorization")]),
            ("/", "Authorization", "Digest username=\"me\"", &[(Other, "authorization")]),
            ("/", "Proxy-Authorization", "Basic bWU6cHc=", &[(Basic, "proxy-authorization")]),
            ("/", "Authorization", "Bearer", &[]),
            ("/", "X-API-Key", "k", &[(ApiKey, "x-api-key")]),
            ("/", "Cookie", "lang=de; PHPSESSID=1; csrftoken=2", &[(Cookie, "PHPSESSID")]),
            (
                "/",
                "Cookie",
                "a_token=1; sid=; connect.sid=2",
                &[(Cookie, "a_token"), (Cookie, "connect.sid")],
            ),
            (
                "/a?api_key=1&access_token=2&q=3&token=",
                "Host",
                "h",
                &[(ApiKey, "api_key"), (Bearer, "access_token")],
            ),
        ] {
            let credentials = request(target, &[(name, value)]).credentials();
            let seen: Vec<_> = credentials.iter().map(|c| (c.kind, c.field.as_str())).collect();
            assert_eq!(seen, found, "{target} {name}: {value}");
        }
    }

    #[test]
    fn the_same_secret_has_the_same_digest_and_no_output_has_all_of_it() {
        let of = |value| request("/", &[("Authorization", value)]).credentials().remove(0);
        let (first, again, other) = (of("Bearer a"), of("bearer  a "), of("Bearer b"));
        assert_eq!(first, again);
        assert_ne!(first.digest, other.digest);
        assert_eq!(first.id(), "ca9781");
    }

    #[test]
    fn floods_are_cut() {
        let cookies: String = (0..10_000).map(|number| format!("sid={number}; ")).collect();
        assert_eq!(request("/", &[("Cookie", &cookies)]).credentials().len(), HTTP_CREDENTIALS);
        assert_eq!(request("/", &[("Cookie", "sid=1; sid=1")]).credentials().len(), 1);
    }

    #[test]
    fn the_user_of_basic() {
        for (value, user) in [
            ("Basic bWU6cHc=", Some("me")),
            ("basic bWU6cHc", Some("me")),
            ("Basic !", None),
            ("Bearer bWU6cHc=", None),
        ] {
            let request = request("/", &[("Authorization", value)]);
            assert_eq!(request.basic_user().as_deref(), user, "{value}");
        }
    }
}
