//! What of a token is weak.

use dissect::http::values::{Field, Place};
use serde_json::Value;

use super::dictionary;
use crate::call::tokens::Token;
use crate::call::{Call, secrets};
use crate::finding::Confidence;
use crate::rule::Severity;
use crate::when::stretch;

/// Seconds that a token may live where no policy says it: thirty days are more than access tokens need,
/// and what app sessions without renewal have.
const MAX_LIFE: i64 = 30 * 86_400;

/// A weakness.
#[derive(Clone, Debug)]
pub(super) struct Weakness {
    /// Tells it from others.
    pub(super) key: &'static str,
    /// The end of the title.
    pub(super) words: &'static str,
    pub(super) detail: String,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
}

/// What is weak of a token; `may_try`: secrets of the dictionary are tried.
pub(super) fn of(token: &Token, call: &Call<'_>, may_try: bool) -> Vec<Weakness> {
    let jwt = &token.jwt;
    // A proof of possession lives for one request.
    if jwt.media_type() == "dpop+jwt" {
        return Vec::new();
    }
    let secret = may_try.then(|| dictionary::secret(jwt)).flatten();
    let secret = secret.map(|secret| Weakness {
        key: "secret",
        words: "is signed with a secret that everybody can guess",
        detail: format!(
            "the secret is in the dictionary, {} characters long",
            secret.chars().count()
        ),
        severity: Severity::High,
        confidence: Confidence::Certain,
    });
    [unsigned(token), secret, life(token, call), embedded(token), path(token), personal(token)]
        .into_iter()
        .flatten()
        .collect()
}

/// `alg` none, in whatever case (RFC 8725 section 2.1), or a signature that is not there.
fn unsigned(token: &Token) -> Option<Weakness> {
    let jwt = &token.jwt;
    let none = jwt.algorithm().eq_ignore_ascii_case("none");
    let empty = jwt.signature.is_empty() && jwt.claims.is_some();
    (none || empty).then(|| Weakness {
        key: "unsigned",
        words: "is not signed",
        detail: format!("alg {}, signature of {} bytes", jwt.algorithm(), jwt.signature.len()),
        severity: Severity::High,
        confidence: Confidence::Certain,
    })
}

/// No end, or one that is far away.
fn life(token: &Token, call: &Call<'_>) -> Option<Weakness> {
    let jwt = &token.jwt;
    jwt.claims.as_ref()?;
    let Some(end) = jwt.time("exp") else {
        return Some(Weakness {
            key: "no-end",
            words: "never expires",
            detail: String::from("no exp"),
            severity: Severity::Medium,
            confidence: Confidence::Certain,
        });
    };
    let begin =
        jwt.time("iat").or_else(|| jwt.time("nbf")).unwrap_or_else(|| call.asked_at().secs());
    let life = end.saturating_sub(begin);
    let allowed = call.api.token_lifetime.unwrap_or(MAX_LIFE);
    (life > allowed).then(|| Weakness {
        key: "long-life",
        words: "lives too long",
        detail: format!("{} from iat to exp; {} are allowed", stretch(life), stretch(allowed)),
        severity: if call.api.token_lifetime.is_some() { Severity::Medium } else { Severity::Low },
        confidence: Confidence::Certain,
    })
}

/// A key, or where to get it, in the token itself (RFC 7515 section 4.1.2 to 4.1.6).
fn embedded(token: &Token) -> Option<Weakness> {
    let header = &token.jwt.header;
    let found = ["jwk", "jku", "x5u"].into_iter().find(|name| header.contains_key(*name))?;
    Some(Weakness {
        key: "embedded-key",
        words: "brings the key to verify it along",
        detail: format!("the header has {found}"),
        severity: Severity::Medium,
        confidence: Confidence::Likely,
    })
}

/// A key id that is a path or a query.
fn path(token: &Token) -> Option<Weakness> {
    let id = token.jwt.header.get("kid").and_then(Value::as_str)?;
    let odd = ["../", "/dev/", "/etc/", "' ", "'--", ";", " union ", "|"];
    let lower = id.to_ascii_lowercase();
    odd.iter().any(|part| lower.contains(part)).then(|| Weakness {
        key: "key-id",
        words: "names its key by a path or a query",
        detail: String::from("kid holds characters of paths or SQL"),
        severity: Severity::High,
        confidence: Confidence::Likely,
    })
}

/// Claims with personal data, by what they hold.
fn personal(token: &Token) -> Option<Weakness> {
    let claims = token.jwt.claims.as_ref()?;
    let mut names = Vec::new();
    for (name, value) in claims.iter().take(256) {
        let Some(text) = value.as_str() else { continue };
        let field = Field {
            place: Place::Json,
            name: name.clone(),
            path: format!("$.{name}"),
            value: text.to_owned(),
        };
        if secrets::personal(&field).is_some() || secrets::is_password(&field) {
            names.push(crate::call::quote::shortened(name));
        }
    }
    (!names.is_empty()).then(|| Weakness {
        key: "personal",
        words: "holds personal data for everybody to read",
        detail: format!("claims {}", names.join(", ")),
        severity: Severity::Low,
        confidence: Confidence::Certain,
    })
}
