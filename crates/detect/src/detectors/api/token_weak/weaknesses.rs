//! What a token shows by itself.

use dissect::http::Jwt;
use dissect::http::values::{Field, Place, Text};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::call::quote::{shortened, url_host};
use crate::call::secrets;
use crate::call::tokens::Token;
use crate::finding::Confidence;
use crate::rule::Severity;

/// Seconds that a token may live where the policy does not say: longer than any session of an app
/// that renews its tokens, and what large issuers give a refresh token at most.
const LIFETIME: i64 = 90 * 86_400;
/// Most claims that are looked at.
const MAX_CLAIMS: usize = 64;
/// Media types of tokens that are made by the client for one request and carry its own key.
const PROOFS: [&str; 3] = ["dpop+jwt", "oauth-client-attestation-pop+jwt", "openid4vci-proof+jwt"];
/// What key ids hold that are to be read as something else by a careless server.
const IN_FORGED_KIDS: [&str; 10] = [
    "../",
    "..\\",
    "..%2f",
    "%2e%2e",
    "/dev/",
    "/proc/",
    "/etc/",
    "' or ",
    "union select",
    "' union",
];

/// One way in which a token is weak.
#[derive(Debug)]
pub(super) struct Weakness {
    /// The finding's key.
    pub(super) kind: &'static str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    /// Goes on from `A token that … is asked with`.
    pub(super) title: &'static str,
    pub(super) fact: &'static str,
    pub(super) value: String,
    pub(super) alternatives: &'static [&'static str],
    /// No issuer makes such a token: it counts even where it was refused.
    pub(super) is_forged: bool,
}

/// All of a token's weaknesses.
pub(super) fn of(call: &Call<'_>, token: &Token) -> Vec<Weakness> {
    if PROOFS.contains(&token.jwt.media_type().as_str()) || token.jwt.is_encrypted() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(forged_kid(&token.jwt));
    // Tokens in other places may be anything: receipts, invitations, state.
    if !token.is_credential {
        return found;
    }
    found.extend(unsigned(&token.jwt));
    found.extend(names_its_key(&token.jwt));
    if let Some(claims) = &token.jwt.claims {
        found.extend(lifetime(call, &token.jwt, claims));
        found.extend(personal(claims));
    }
    found
}

fn unsigned(jwt: &Jwt) -> Option<Weakness> {
    jwt.is_unsigned().then(|| Weakness {
        kind: "unsigned",
        severity: Severity::Medium,
        confidence: Confidence::Certain,
        title: "has no signature",
        fact: "signature",
        value: "none: anybody can write such a token".into(),
        alternatives: &["a gateway in front checks something else", "a test system"],
        is_forged: false,
    })
}

fn forged_kid(jwt: &Jwt) -> Option<Weakness> {
    let kid = jwt.header.get("kid")?.as_str()?;
    let lower = kid.to_ascii_lowercase();
    let forged = IN_FORGED_KIDS.iter().any(|part| lower.contains(part)) || kid.contains('\0');
    forged.then(|| Weakness {
        kind: "kid",
        severity: Severity::Medium,
        confidence: Confidence::Likely,
        title: "has a key id that is a path or a query",
        fact: "kid",
        value: shortened(kid),
        alternatives: &["a test of the API by its owner"],
        is_forged: true,
    })
}

/// A key, or where it is to be had, in the token that it is to check (RFC 8725 section 3.10).
fn names_its_key(jwt: &Jwt) -> Option<Weakness> {
    let header = |name: &str| jwt.header.get(name).and_then(Value::as_str);
    let (name, value) = if let Some(jwk) = jwt.header.get("jwk").filter(|jwk| jwk.is_object()) {
        let kind = jwk.get("kty").and_then(Value::as_str).unwrap_or("unknown");
        ("jwk", format!("a key of type {}", shortened(kind)))
    } else {
        let name = ["jku", "x5u"].into_iter().find(|name| header(name).is_some())?;
        let url = header(name)?;
        let (_, host) = url_host(url)?;
        let of_issuer = jwt.text("iss").is_some_and(|issuer| {
            let issuer =
                url_host(issuer).map_or_else(|| issuer.to_ascii_lowercase().into(), |url| url.1);
            site(&issuer) == site(&host)
        });
        if of_issuer {
            return None;
        }
        (name, shortened(&host))
    };
    Some(Weakness {
        kind: "own-key",
        severity: Severity::Medium,
        confidence: if name == "jwk" { Confidence::Likely } else { Confidence::Possible },
        title: "names the key that it is to be checked with",
        fact: name,
        value,
        alternatives: &["a server that takes keys from its own list only", "a proof of possession"],
        is_forged: false,
    })
}

/// The registrable domain, or the name if it has none.
fn site(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

fn lifetime(call: &Call<'_>, jwt: &Jwt, claims: &Map<String, Value>) -> Option<Weakness> {
    // What lives long by design.
    let kinds = ["typ", "type", "token_type", "token_use", "tokenType"];
    let is_lasting = kinds.into_iter().filter_map(|name| jwt.text(name)).any(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.contains("refresh") || kind.contains("offline")
    });
    if is_lasting {
        return None;
    }
    let named = call.api.principal_claims.iter().map(String::as_str);
    let mut names = named.chain(["sub", "user_id", "uid", "userId", "username", "email"]);
    let has_subject = names.any(|name| claims.get(name).is_some_and(|value| !value.is_null()));
    // Without a subject it is a key of the app.
    if !has_subject {
        return None;
    }
    let now = call.asked_at().secs();
    let Some(expires) = jwt.time("exp") else {
        return Some(Weakness {
            kind: "no-expiry",
            severity: Severity::Medium,
            confidence: Confidence::Certain,
            title: "never expires",
            fact: "exp",
            value: "there is none".into(),
            alternatives: &["a server that keeps sessions and ends them itself"],
            is_forged: false,
        });
    };
    let limit = call.api.token_lifetime.unwrap_or(LIFETIME);
    // Without a time of issue it lives at least from now on. Some write milliseconds.
    let expires = seconds(expires);
    let issued = jwt.time("iat").map_or(now, seconds);
    let life = expires.saturating_sub(issued);
    (life > limit).then(|| Weakness {
        kind: "long-life",
        severity: Severity::Medium,
        confidence: Confidence::Certain,
        title: "lives for too long",
        fact: "lifetime",
        value: format!("{life} seconds, more than {limit}"),
        alternatives: &["a server that keeps sessions and ends them itself", "a test system"],
        is_forged: false,
    })
}

/// Seconds, of what may be milliseconds: seconds do not get that large in three thousand years.
const fn seconds(time: i64) -> i64 {
    if time >= 100_000_000_000 { time / 1_000 } else { time }
}

fn personal(claims: &Map<String, Value>) -> Option<Weakness> {
    let kinds = claims.iter().take(MAX_CLAIMS).filter_map(|(name, value)| {
        let text = value.as_str().map(str::to_owned);
        let value = text.or_else(|| value.is_number().then(|| value.to_string()))?;
        let text = Text::from(name.as_str());
        let (path, value) = (text.clone(), value.into());
        let field = Field { place: Place::Json, path, name: text, value };
        let kind = secrets::personal(field.borrowed())?;
        Some(format!("{} ({kind})", shortened(name)))
    });
    let kinds: Vec<String> = kinds.collect();
    (!kinds.is_empty()).then(|| Weakness {
        kind: "personal",
        severity: Severity::Low,
        confidence: Confidence::Certain,
        title: "carries personal data",
        fact: "claims",
        value: kinds.join(", "),
        alternatives: &["an identity token that is sent as a credential"],
        is_forged: false,
    })
}
