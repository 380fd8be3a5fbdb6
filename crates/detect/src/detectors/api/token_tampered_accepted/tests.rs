use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::*;
use crate::Known as Settings;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft as Exchange, asked};
use crate::policy::Policy;

/// A token of one issuer.
fn token(algorithm: &str, claim: &str, signature: &str) -> &'static str {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = part(&format!(r#"{{"alg":"{algorithm}"}}"#));
    let claims = part(&format!(r#"{{"iss":"a","sub":"me","role":"{claim}"}}"#));
    Box::leak(format!("Bearer {header}.{claims}.{}", part(signature)).into_boxed_str())
}

fn get(token: &'static str, status: u16) -> Exchange {
    asked("GET", "http://a.test/me", &[("Authorization", token)], "").answer(status, &[], "")
}

fn raised(calls: Vec<Exchange>) -> Vec<(String, Confidence)> {
    let records: Vec<_> = calls.into_iter().map(Exchange::record).collect();
    let found = sightings(&mut TokenTamperedAccepted::default(), &Settings::default(), &records);
    found.into_iter().map(|one| (one.title, one.confidence)).collect()
}

#[test]
fn tokens_that_nobody_issued() {
    let sound = || get(token("RS256", "user", "one"), 200);
    for (tampered, words) in [
        (token("none", "admin", ""), "is not signed"),
        (token("RS256", "user", "two"), "has another signature"),
        (token("RS256", "admin", "one"), "has the signature of another content"),
        (token("HS256", "admin", "three"), "is signed in another way"),
    ] {
        let found = raised(vec![sound(), get(tampered, 200)]);
        assert!(found.len() == 1 && found[0].0.contains(words), "{words}: {found:?}");
        assert!(raised(vec![sound(), get(tampered, 401)]).is_empty(), "{words}");
    }
}

#[test]
fn a_route_that_asks_for_nothing_is_no_proof() {
    let open = asked("GET", "http://a.test/me", &[], "").answer(200, &[], "");
    let found = raised(vec![open, get(token("none", "admin", ""), 200)]);
    assert_eq!(found[0].1, Confidence::Possible);
}

#[test]
fn sound_tokens_are_not() {
    let renewed = vec![get(token("RS256", "a", "1"), 200), get(token("RS256", "b", "2"), 200)];
    assert!(raised(renewed).is_empty());
    // Signatures on elliptic curves are random.
    let random = vec![get(token("ES256", "a", "1"), 200), get(token("ES256", "a", "2"), 200)];
    assert!(raised(random).is_empty());
    assert!(raised(vec![get("Bearer 0123456789abcdef", 200)]).is_empty());
}

#[test]
fn the_key_in_the_policy_tells() {
    let policy = "[[api]]\nhosts = [\"a.test\"]\n[[api.key]]\nalgorithm = \"HS256\"\n\
                  secret = \"2f8d7c1b9a6e4f30b5d1c8e7a9f06b42\"\n";
    let settings = Settings { policy: Policy::parse(policy).unwrap(), ..Settings::default() };
    let found = |calls: Vec<Exchange>| {
        let records: Vec<_> = calls.into_iter().map(Exchange::record).collect();
        let found = sightings(&mut TokenTamperedAccepted::default(), &settings, &records);
        found.into_iter().map(|one| (one.key, one.confidence)).collect::<Vec<_>>()
    };
    let unsigned = token("HS256", "user", "");
    let signed = unsigned.trim_start_matches("Bearer ").trim_end_matches('.');
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"2f8d7c1b9a6e4f30b5d1c8e7a9f06b42");
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    let genuine: &'static str = Box::leak(format!("Bearer {signed}.{tag}").into_boxed_str());
    let forged = token("HS256", "admin", "0123456789abcdef0123456789abcdef");
    let key = |confidence| vec![(String::from("key\nGET a.test /me"), confidence)];
    assert!(found(vec![get(genuine, 200), get(genuine, 200)]).is_empty());
    assert_eq!(found(vec![get(forged, 200)]), key(Confidence::Possible));
    assert_eq!(found(vec![get(genuine, 200), get(forged, 200)]), key(Confidence::Certain));
    assert!(found(vec![get(genuine, 200), get(forged, 401)]).is_empty());
}

#[test]
fn a_refused_token_is_no_measure_of_others() {
    let forged = get(token("RS256", "user", "two"), 401);
    assert!(raised(vec![forged, get(token("RS256", "user", "one"), 200)]).is_empty());
}
