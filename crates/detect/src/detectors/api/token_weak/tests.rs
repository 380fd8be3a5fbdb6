use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::TokenWeak;
use crate::Known;
use crate::detector::Sighting;
use crate::detectors::testing::{NOW, sightings};
use crate::detectors::testing_http::{Pair, asked};
use crate::policy::Policy;
use crate::rule::Severity;

const RS256: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn token(header: &str, claims: &str, signature: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()), encode(signature))
}

fn signed(claims: &str, secret: &str) -> String {
    let unsigned = token(HS256, claims, b"");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, unsigned.trim_end_matches('.').as_bytes());
    token(HS256, claims, tag.as_ref())
}

/// Claims of a user's token that lives that long.
fn claims(more: &str, life: i64) -> String {
    let issued = NOW.secs().saturating_sub(60);
    format!(r#"{{"sub":"u1","iat":{issued},"exp":{}{more}}}"#, issued.saturating_add(life))
}

fn shown(header: &'static str, value: &str, status: u16, known: &Known) -> Vec<Sighting> {
    let header: Pair = (header, String::leak(value.to_owned()));
    let record = asked("GET", "http://a.test/me", &[header], "").answer(status, &[], "").record();
    sightings(&mut TokenWeak::default(), known, &[record])
}

fn keys(token: &str, status: u16) -> Vec<(String, Severity)> {
    let found = shown("Authorization", &format!("Bearer {token}"), status, &Known::default());
    found.into_iter().map(|sighting| (sighting.key, sighting.severity)).collect()
}

#[test]
fn weak_tokens_are_raised() {
    let weak = |kind: &str| vec![(String::from(kind), Severity::Medium)];
    let fine = claims("", 3_600);
    for none in ["none", "None", "nOnE"] {
        let header = format!(r#"{{"alg":"{none}"}}"#);
        assert_eq!(keys(&token(&header, &fine, b""), 200), weak("unsigned"), "{none}");
    }
    assert_eq!(keys(&token(RS256, r#"{"sub":"u1"}"#, b"x"), 200), weak("no-expiry"));
    assert_eq!(keys(&token(RS256, &claims("", 365 * 86_400), b"x"), 200), weak("long-life"));
    let jwk = r#"{"alg":"RS256","jwk":{"kty":"RSA","n":"AQ","e":"AQAB"}}"#;
    assert_eq!(keys(&token(jwk, &fine, b"x"), 200), weak("own-key"));
    let jku = r#"{"alg":"RS256","jku":"https://evil.test/keys"}"#;
    assert_eq!(keys(&token(jku, &fine, b"x"), 200), weak("own-key"));
    let kid = r#"{"alg":"HS256","kid":"../../dev/null"}"#;
    assert_eq!(keys(&token(kid, &fine, b"x"), 401), weak("kid"));
    let mail = claims(r#","email":"me@shop.test""#, 3_600);
    assert_eq!(keys(&token(RS256, &mail, b"x"), 200), [("personal".into(), Severity::Low)]);
}

#[test]
fn secrets_that_everybody_knows_are_raised() {
    for secret in ["secret", "your-256-bit-secret", ""] {
        let found = keys(&signed(&claims("", 3_600), secret), 200);
        assert_eq!(found, [("known-secret".into(), Severity::High)], "{secret}");
    }
    let cookie = format!("sid={}", signed(&claims("", 60), "secret"));
    let found = shown("Cookie", &cookie, 200, &Known::default());
    assert_eq!(found.len(), 1);
    assert!(found[0].evidence.iter().all(|one| !one.value.contains("eyJ")));
}

#[test]
fn each_token_is_tried_once_and_is_raised_each_time() {
    let weak = String::leak(format!("Bearer {}", signed(&claims("", 60), "secret")));
    let record = || {
        let header = ("Authorization", &*weak);
        asked("GET", "http://a.test/me", &[header], "").answer(200, &[], "").record()
    };
    let mut detector = TokenWeak::default();
    let found = sightings(&mut detector, &Known::default(), &[record(), record()]);
    assert_eq!(found.len(), 2);
}

#[test]
fn sound_tokens_are_quiet() {
    let fine = claims("", 3_600);
    assert_eq!(keys(&token(RS256, &fine, b"x"), 200), []);
    assert_eq!(keys(&signed(&fine, "AtGdtSGWkNbGVqnzyUeHFMDqrHLGxNsa"), 200), []);
    // A key of the app, and a token that is meant to last.
    assert_eq!(keys(&token(RS256, r#"{"role":"anon"}"#, b"x"), 200), []);
    assert_eq!(keys(&token(RS256, &claims(r#","typ":"Offline""#, 1 << 40), b"x"), 200), []);
    // The issuer's own keys.
    let jku = r#"{"alg":"RS256","jku":"https://keys.shop.test/jwks"}"#;
    let issued = claims(r#","iss":"https://auth.shop.test/""#, 3_600);
    assert_eq!(keys(&token(jku, &issued, b"x"), 200), []);
    // A key id may be a name with slashes.
    let kid = r#"{"alg":"RS256","kid":"projects/a/keys/1"}"#;
    assert_eq!(keys(&token(kid, &fine, b"x"), 200), []);
}

#[test]
fn refused_and_other_tokens_are_quiet() {
    assert_eq!(keys(&token(r#"{"alg":"none"}"#, &claims("", 60), b""), 401), []);
    let proof = r#"{"alg":"ES256","typ":"dpop+jwt","jwk":{"kty":"EC"}}"#;
    let proof = token(proof, r#"{"jti":"1","htm":"GET"}"#, b"x");
    assert!(shown("DPoP", &proof, 200, &Known::default()).is_empty());
    // A receipt that never expires.
    let receipt = token(RS256, r#"{"sub":"order 7"}"#, b"x");
    assert!(shown("X-Receipt", &receipt, 200, &Known::default()).is_empty());
}

#[test]
fn the_policy_says_how_long_a_token_may_live() {
    let policy = "[[api]]\nhosts = [\"a.test\"]\ntoken-lifetime = \"15m\"\n";
    let known = Known { policy: Policy::parse(policy).unwrap(), ..Known::default() };
    let bearer = format!("Bearer {}", token(RS256, &claims("", 3_600), b"x"));
    assert_eq!(shown("Authorization", &bearer, 200, &known)[0].key, "long-life");
    let bearer = format!("Bearer {}", token(RS256, &claims("", 900), b"x"));
    assert!(shown("Authorization", &bearer, 200, &known).is_empty());
}
