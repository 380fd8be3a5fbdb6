use super::login::LoginResult;
use super::*;
use crate::detectors::testing_http::asked;
use crate::digest::Digest;

/// `{"alg":"none"}`, `{"iss":"a","sub":"me"}`.
const TOKEN: &str = "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIiwic3ViIjoibWUifQ.";
/// The same with another `iat`.
const RENEWED: &str = "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIiwic3ViIjoibWUiLCJpYXQiOjF9.";
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn principal(headers: &[(&'static str, &'static str)], policy: &str) -> Option<Principal> {
    let policy = Policy::parse(policy).unwrap();
    let record = asked("GET", "http://api.shop.test/v1/me", headers, "").record();
    Call::of(&record, &policy).unwrap().principal().cloned()
}

#[test]
fn a_principal_is_who_the_token_is_for() {
    let first = principal(&[("Authorization", TOKEN)], "").unwrap();
    assert_eq!(first, principal(&[("Authorization", RENEWED)], "").unwrap());
    assert_eq!(first.shown, "subject of the token");
    assert!(!first.label().contains("me "), "{}", first.label());
    let opaque = principal(&[("Authorization", "Bearer 12345678")], "").unwrap();
    assert_eq!(opaque.shown, "bearer");
    assert_ne!(opaque.digest, first.digest);
    assert_eq!(principal(&[("Cookie", "a=1; sid=2")], "").unwrap().shown, "cookie sid");
    assert_eq!(principal(&[("X-Api-Key", "12345678")], ""), None, "a key of the app");
    assert_eq!(principal(&[("Proxy-Authorization", "Basic bWU6cHc=")], ""), None);
}

#[test]
fn the_policy_says_where_the_principal_is() {
    let policy = "[[api]]\nhosts = [\"*\"]\ncredentials = [\"X-Device\"]\n";
    let headers = [("Authorization", TOKEN), ("X-Device", "7")];
    assert_eq!(principal(&headers, policy).unwrap().shown, "X-Device");
    assert_eq!(principal(&headers[..1], policy).unwrap().shown, "subject of the token");
    let policy = "[[api]]\nhosts = [\"*\"]\nprincipal-claims = [\"iss\"]\n";
    let by_claim = principal(&[("Authorization", TOKEN)], policy).unwrap();
    assert_ne!(by_claim, principal(&[("Authorization", TOKEN)], "").unwrap());
}

#[test]
fn a_login_has_a_user_a_password_and_a_result() {
    let policy = Policy::default();
    let body = r#"{"user": "Me", "password": "hunter2"}"#;
    let attempt = |status| {
        let login = asked("POST", "http://a.test/login", &[JSON], body).answer(status, &[], "");
        let record = login.record();
        Call::of(&record, &policy).unwrap().login().cloned().unwrap()
    };
    assert_eq!(attempt(401).result, LoginResult::Refused);
    assert_eq!(attempt(200).result, LoginResult::Accepted);
    assert_eq!(attempt(503).result, LoginResult::Unknown);
    assert_eq!(attempt(401).user, Digest::text("me"));
    let record = asked("POST", "http://a.test/orders", &[JSON], r#"{"user": "me"}"#).record();
    assert_eq!(Call::of(&record, &policy).unwrap().login(), None);
}

#[test]
fn objects_and_marks_of_a_request() {
    let policy = Policy::default();
    let headers = [JSON, ("X-Nonce", "n1")];
    let body = r#"{"order": {"id": 9}, "user_id": "u"}"#;
    let record = asked("POST", "http://a.test/v1/orders/7?item_id=3", &headers, body).record();
    let call = Call::of(&record, &policy).unwrap();
    let ids: Vec<_> = call.ids().iter().map(|id| (id.slot.as_str(), id.value.as_str())).collect();
    let expected =
        [("/v1/orders/{}", "7"), ("item_id", "3"), ("$.order.id", "9"), ("$.user_id", "u")];
    assert_eq!(ids, expected);
    assert_eq!(call.route(), "POST a.test /v1/orders/{}");
    let marks: Vec<_> = call.marks().iter().map(|mark| (mark.kind, mark.value.as_str())).collect();
    assert_eq!(marks, [(marks::MarkKind::Nonce, "n1")]);
    assert!(call.outcome() == Outcome::Unanswered && !call.is_safe());
}

#[test]
fn sources_differ_in_what_both_tell() {
    let policy = Policy::default();
    let (one, other) = (
        asked("GET", "/", &[("User-Agent", "a")], "").of_tls_client(1).record(),
        asked("GET", "/", &[("User-Agent", "a")], "")
            .of_tls_client(2)
            .of_client("10.0.0.3")
            .record(),
    );
    let plain = asked("GET", "/", &[("User-Agent", "b")], "").record();
    let [one, other, plain] =
        [&one, &other, &plain].map(|record| Call::of(record, &policy).unwrap());
    use super::source::Difference::{Address, Ja4, UserAgent};
    assert_eq!(one.source().differences(&other.source()), [Address, Ja4]);
    assert_eq!(one.source().differences(&plain.source()), [UserAgent]);
    assert_ne!(one.source_key(), other.source_key());
}
