use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::*;
use crate::Known;
use crate::detectors::testing::{NOW, sightings};
use crate::detectors::testing_http::asked;
use crate::policy::Policy;

/// `Bearer` and a token that is signed with this secret.
fn token(header: &str, claims: &str, secret: &str) -> &'static str {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    Box::leak(format!("Bearer {signed}.{signature}").into_boxed_str())
}

fn keys(authorization: &'static str, policy: &str) -> Vec<(String, Severity)> {
    let known = Known { policy: Policy::parse(policy).unwrap(), ..Known::default() };
    let headers = [("Authorization", authorization)];
    let call = asked("GET", "http://a.test/me", &headers, "").answer(200, &[], "");
    let found = sightings(&mut TokenWeak::default(), &known, &[call.record()]);
    let secret = authorization.rsplit('.').next().unwrap_or_default();
    let values = found.iter().flat_map(|one| &one.evidence);
    assert!(values.into_iter().all(|one| secret.is_empty() || !one.value.contains(secret)));
    found.into_iter().map(|one| (one.key, one.severity)).collect()
}

fn ending(seconds: i64) -> String {
    let (begin, end) = (NOW.secs(), NOW.secs().saturating_add(seconds));
    format!(r#"{{"sub":"me","iat":{begin},"exp":{end}}}"#)
}

const STRONG: &str = "2f8d7c1b9a6e4f30b5d1c8e7a9f06b42";
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[test]
fn each_weakness_is_named() {
    let hour = ending(3_600);
    for (token, expected) in [
        (token(HS256, &hour, "secret"), ("secret", Severity::High)),
        (token(HS256, &hour, "Changeme"), ("secret", Severity::High)),
        (token(HS256, r#"{"sub":"me"}"#, STRONG), ("no-end", Severity::Medium)),
        (token(HS256, &ending(90 * 86_400), STRONG), ("long-life", Severity::Low)),
        (
            token(r#"{"alg":"HS256","jku":"https://b.test/k"}"#, &hour, STRONG),
            ("embedded-key", Severity::Medium),
        ),
        (
            token(r#"{"alg":"HS256","kid":"../../dev/null"}"#, &hour, STRONG),
            ("key-id", Severity::High),
        ),
        (
            token(HS256, &hour.replace("\"sub\"", "\"email\":\"me@a.test\",\"sub\""), STRONG),
            ("personal", Severity::Low),
        ),
    ] {
        assert_eq!(keys(token, ""), [(expected.0.to_owned(), expected.1)]);
    }
}

#[test]
fn none_in_whatever_case() {
    for algorithm in ["none", "None", "nOnE"] {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}"}}"#));
        let claims = URL_SAFE_NO_PAD.encode(ending(60));
        let token = Box::leak(format!("Bearer {header}.{claims}.").into_boxed_str());
        assert_eq!(keys(token, "")[0].0, "unsigned", "{algorithm}");
    }
}

#[test]
fn the_policy_says_how_long_tokens_may_live() {
    let policy = "[[api]]\nhosts = [\"*\"]\ntoken-lifetime = \"10m\"";
    let found = keys(token(HS256, &ending(3_600), STRONG), policy);
    assert_eq!(found, [("long-life".to_owned(), Severity::Medium)]);
}

#[test]
fn sound_and_opaque_tokens_are_not() {
    assert!(keys(token(HS256, &ending(3_600), STRONG), "").is_empty());
    assert!(keys("Bearer 0123456789abcdef", "").is_empty());
    assert!(keys("Basic bWU6aHVudGVyMg==", "").is_empty());
}
