use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dissect::Record;
use ring::hmac;

use super::TokenTamperedAccepted;
use crate::Known;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Pair, asked};
use crate::finding::Confidence;
use crate::policy::Policy;

const RS256: &str = r#"{"alg":"RS256"}"#;
const HS256: &str = r#"{"alg":"HS256"}"#;
const NONE: &str = r#"{"alg":"none"}"#;
const USER: &str = r#"{"iss":"auth.test","sub":"u1"}"#;
const ADMIN: &str = r#"{"iss":"auth.test","sub":"u1","role":"admin"}"#;

fn token(header: &str, claims: &str, signature: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()), encode(signature))
}

fn shown(path: &str, token: &str, status: u16, answer: &str) -> Record {
    let header: Pair = ("Authorization", String::leak(format!("Bearer {token}")));
    let json = ("Content-Type", "application/json");
    let request = asked("GET", &format!("http://a.test{path}"), &[header], "");
    request.answer(status, &[json], answer).record()
}

fn me(token: &str) -> Record {
    shown("/me", token, 200, r#"{"me": 1}"#)
}

fn keys(records: &[Record]) -> Vec<(String, Confidence)> {
    let found = sightings(&mut TokenTamperedAccepted::default(), &Known::default(), records);
    found.into_iter().map(|sighting| (sighting.key, sighting.confidence)).collect()
}

fn one(kind: &str, confidence: Confidence) -> Vec<(String, Confidence)> {
    vec![(kind.into(), confidence)]
}

#[test]
fn tokens_without_a_signature_are_raised() {
    let none = token(NONE, ADMIN, b"");
    assert_eq!(keys(&[me(&none)]), one("unsigned", Confidence::Likely));
    let genuine = me(&token(RS256, USER, &[7; 256]));
    assert_eq!(keys(&[genuine, me(&none)]), one("unsigned", Confidence::Certain));
    let stripped = token(RS256, USER, b"");
    assert_eq!(keys(&[me(&stripped)]), one("unsigned", Confidence::Certain));
    let kept = token(r#"{"alg":"NonE"}"#, USER, &[7; 256]);
    assert_eq!(keys(&[me(&kept)]), one("unsigned", Confidence::Likely));
}

#[test]
fn altered_tokens_are_raised() {
    let genuine = || me(&token(RS256, USER, &[7; 256]));
    let other_signature = me(&token(RS256, USER, &[8; 256]));
    assert_eq!(keys(&[genuine(), other_signature]), one("signature", Confidence::Certain));
    let other_claims = me(&token(RS256, ADMIN, &[7; 256]));
    assert_eq!(keys(&[genuine(), other_claims]), one("claims", Confidence::Certain));
    let hmac = me(&token(HS256, ADMIN, &[7; 32]));
    assert_eq!(keys(&[genuine(), hmac]), one("algorithm", Confidence::Likely));
    let garbage = || me(&token(HS256, ADMIN, b"x"));
    assert_eq!(keys(&[genuine(), garbage()]), one("signature", Confidence::Certain));
    assert_eq!(keys(&[garbage(), garbage()]), [], "a stub");
    let not_base64 = me(&format!("{}x", token(HS256, USER, &[1; 30])));
    assert_eq!(keys(&[genuine(), not_base64]), one("signature", Confidence::Certain));
}

#[test]
fn what_the_server_issued_is_the_genuine_one() {
    let issue = |token: &str| {
        let json = ("Content-Type", "application/json");
        let answer = format!(r#"{{"token": "{token}"}}"#);
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let login = asked("POST", "http://a.test/login", &[form], "user=me&password=hunter22");
        login.answer(200, &[json], answer).record()
    };
    let genuine = token(HS256, USER, &[7; 32]);
    let forged = me(&token(HS256, ADMIN, &[7; 32]));
    assert_eq!(keys(&[issue(&genuine), forged]), one("claims", Confidence::Certain));
    let unsigned = token(NONE, USER, b"");
    assert_eq!(keys(&[issue(&unsigned), me(&unsigned)]), []);
}

#[test]
fn a_route_that_is_open_proves_less() {
    let open = asked("GET", "http://a.test/me", &[], "").answer(200, &[], "{}").record();
    let none = token(NONE, ADMIN, b"");
    assert_eq!(keys(&[open, me(&none)]), one("unsigned", Confidence::Possible));
    let telemetry = shown("/log", &token(RS256, USER, b""), 204, "");
    assert_eq!(keys(&[telemetry]), one("unsigned", Confidence::Likely));
}

#[test]
fn what_was_refused_is_quiet() {
    let none = token(NONE, ADMIN, b"");
    assert_eq!(keys(&[shown("/me", &none, 401, "{}")]), []);
    let error = r#"{"data": null, "errors": [{"message": "UNAUTHENTICATED"}]}"#;
    assert_eq!(keys(&[shown("/graphql", &none, 200, error)]), []);
    // A refused one is no measure of others.
    let refused = shown("/me", &token(RS256, USER, &[8; 256]), 401, "{}");
    assert_eq!(keys(&[refused, me(&token(RS256, USER, &[7; 256]))]), []);
}

#[test]
fn sound_tokens_are_quiet() {
    let genuine = || me(&token(RS256, USER, &[7; 256]));
    assert_eq!(keys(&[genuine(), genuine()]), []);
    // Renewed: other claims, other signature.
    assert_eq!(keys(&[genuine(), me(&token(RS256, ADMIN, &[9; 256]))]), []);
    // ECDSA signs differently each time.
    let ecdsa = r#"{"alg":"ES256"}"#;
    let pair = [me(&token(ecdsa, USER, &[1; 64])), me(&token(ecdsa, USER, &[2; 64]))];
    assert_eq!(keys(&pair), []);
    // An issuer that signs some of them with HMAC from the start, and other kinds of tokens.
    let shared = || me(&token(HS256, USER, &[7; 32]));
    assert_eq!(keys(&[shared(), genuine(), me(&token(HS256, ADMIN, &[9; 32]))]), []);
    let other_kind = me(&token(HS256, r#"{"iss":"auth.test","sid":"1"}"#, &[7; 32]));
    assert_eq!(keys(&[genuine(), other_kind]), []);
    // Another issuer's.
    let other = me(&token(HS256, r#"{"iss":"other.test","sub":"u1"}"#, &[7; 32]));
    assert_eq!(keys(&[genuine(), other]), []);
}

#[test]
fn the_key_in_the_policy_tells() {
    let policy = r#"
[[api]]
hosts = ["a.test"]
[[api.key]]
algorithm = "HS256"
secret = "AtGdtSGWkNbGVqnzyUeHFMDqrHLGxNsa"
"#;
    let known = Known { policy: Policy::parse(policy).unwrap(), ..Known::default() };
    let found = |records: &[Record]| {
        let found = sightings(&mut TokenTamperedAccepted::default(), &known, records);
        found.into_iter().map(|one| (one.key, one.confidence)).collect::<Vec<_>>()
    };
    let unsigned = token(HS256, USER, b"");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"AtGdtSGWkNbGVqnzyUeHFMDqrHLGxNsa");
    let tag = hmac::sign(&key, unsigned.trim_end_matches('.').as_bytes());
    let genuine = || me(&token(HS256, USER, tag.as_ref()));
    let forged = || me(&token(HS256, ADMIN, &[1; 32]));
    assert_eq!(found(&[genuine(), genuine()]), []);
    assert_eq!(found(&[forged()]), one("key", Confidence::Possible));
    assert_eq!(found(&[genuine(), forged()]), one("key", Confidence::Certain));
    assert_eq!(found(&[me(&token(RS256, ADMIN, &[1; 256]))]), [], "not what the key is for");
}
