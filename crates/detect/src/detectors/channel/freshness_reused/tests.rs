#![allow(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dissect::Record;
use dissect::http::Incomplete;

use super::*;
use crate::Known;
use crate::detectors::testing::{NOW, sightings};
use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};
use crate::policy::Policy;

const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");
const NONCE: Pair = ("X-Nonce", "653b1ed3b5444b98");
const KEY: Pair = ("Idempotency-Key", "e26da4c2-0045-4fa0");

fn raised(exchanges: Vec<Exchange>) -> Vec<String> {
    let records: Vec<_> = exchanges.into_iter().map(Exchange::record).collect();
    titles(&Known::default(), &records)
}

fn titles(known: &Known, records: &[Record]) -> Vec<String> {
    let found = sightings(&mut FreshnessReused::default(), known, records);
    assert!(found.iter().flat_map(|one| &one.evidence).all(|one| !one.value.contains("653b1ed3")));
    found.into_iter().map(|sighting| sighting.title).collect()
}

fn pay(headers: &[Pair], body: &str, second: i64) -> Exchange {
    let connection = u32::try_from(second).unwrap() + 1;
    let request = asked("POST", "http://a.test/pay", headers, body).on_connection(connection);
    request.in_packets(4 + u64::from(connection), 90).after(second).answer(200, &[], "")
}

#[test]
fn a_nonce_under_another_request() {
    let found = raised(vec![pay(&[TOKEN, NONCE], "a", 0), pay(&[TOKEN, NONCE], "b", 5)]);
    assert_eq!(
        found,
        ["The nonce x-nonce was used again under another request, in a request to a.test"]
    );
    // The same request is another rule's; so are the legs of a proxy.
    assert!(raised(vec![pay(&[TOKEN, NONCE], "a", 0), pay(&[TOKEN, NONCE], "a", 5)]).is_empty());
    let leg = pay(&[TOKEN, NONCE], "b", 0).on_connection(9);
    assert!(raised(vec![pay(&[TOKEN, NONCE], "a", 0), leg]).is_empty());
    let other: Pair = ("X-Nonce", "0000000000000002");
    assert!(raised(vec![pay(&[TOKEN, NONCE], "a", 0), pay(&[TOKEN, other], "b", 5)]).is_empty());
}

#[test]
fn the_same_request_on_one_connection() {
    let again = |second| pay(&[TOKEN, NONCE], "a", second).on_connection(1);
    assert_eq!(raised(vec![again(0), again(5)]).len(), 1);
    let refused = again(0).answer(503, &[], "");
    assert!(raised(vec![refused, again(5)]).is_empty());
}

#[test]
fn an_idempotency_key_with_other_content() {
    let found = raised(vec![pay(&[TOKEN, KEY], "a", 0), pay(&[TOKEN, KEY], "b", 5)]);
    assert!(found[0].starts_with("The idempotency key"), "{found:?}");
    assert!(raised(vec![pay(&[TOKEN, KEY], "a", 0), pay(&[TOKEN, KEY], "a", 5)]).is_empty());
    let other: Pair = ("Authorization", "Bearer fedcba9876543210");
    assert!(raised(vec![pay(&[TOKEN, KEY], "a", 0), pay(&[other, KEY], "b", 5)]).is_empty());
    let died = pay(&[TOKEN, KEY], "a", 0).cut(Incomplete::Closed).answer(500, &[], "");
    assert!(raised(vec![died, pay(&[TOKEN, KEY], "b", 5)]).is_empty());
}

/// A proof of possession with these claims.
fn proof(claims: &str) -> &'static str {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let text = format!("{}.{}.AAAA", part(r#"{"alg":"ES256","typ":"dpop+jwt"}"#), part(claims));
    Box::leak(text.into_boxed_str())
}

#[test]
fn proofs_fit_their_requests() {
    let with = |claims: &str| {
        let headers = [("Authorization", "DPoP 0123456789abcdef"), ("DPoP", proof(claims))];
        raised(vec![asked("POST", "http://a.test/pay?x=1", &headers, "").answer(200, &[], "")])
    };
    assert!(with(r#"{"jti":"1","htm":"POST","htu":"https://a.test/pay"}"#).is_empty());
    for (claims, part) in [
        (r#"{"jti":"1","htm":"GET","htu":"https://a.test/pay"}"#, "htm"),
        (r#"{"jti":"1","htm":"POST","htu":"https://a.test/orders"}"#, "htu"),
        (r#"{"jti":"1","htm":"POST","htu":"https://a.test/pay","ath":"AAAA"}"#, "ath"),
    ] {
        let found = with(claims);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
    }
}

#[test]
fn what_has_expired_and_is_accepted() {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = |exp: i64| -> &'static str {
        let claims = part(&format!("{{\"exp\":{exp}}}"));
        let text = format!("Bearer {}.{claims}.AAAA", part(r#"{"alg":"RS256"}"#));
        Box::leak(text.into_boxed_str())
    };
    let with = |exp, status| {
        let headers = [("Authorization", token(exp))];
        raised(vec![asked("GET", "http://a.test/me", &headers, "").answer(status, &[], "")])
    };
    assert_eq!(with(NOW.secs() - 3_600, 200).len(), 1);
    assert!(with(NOW.secs() - 3_600, 401).is_empty() && with(NOW.secs() + 60, 200).is_empty());
    let signed = [("Signature-Input", "sig=();created=1;expires=2"), ("Signature", "sig=:AA:")];
    assert_eq!(
        raised(vec![asked("GET", "http://a.test/me", &signed, "").answer(200, &[], "")]).len(),
        1
    );
}

#[test]
fn time_stamps_out_of_the_window() {
    let stamp = |seconds: i64| -> &'static str { Box::leak(seconds.to_string().into_boxed_str()) };
    let call = |age: i64, second: i64| {
        let at = NOW.secs() + second - age;
        pay(&[("X-Timestamp", stamp(at)), ("X-Signature", stamp(at))], "a", second)
    };
    let mut known = Known::default();
    let records =
        |calls: Vec<Exchange>| calls.into_iter().map(Exchange::record).collect::<Vec<_>>();
    // Without a policy a client's clock may be wrong.
    assert!(titles(&known, &records(vec![call(7_200, 0), call(7_200, 9)])).is_empty());
    assert_eq!(titles(&known, &records(vec![call(1, 0), call(7_200, 9)])).len(), 1);
    known.policy = Policy::parse("[[api]]\nhosts = [\"*\"]\nwindow = \"5m\"").unwrap();
    assert_eq!(titles(&known, &records(vec![call(400, 0)])).len(), 1);
    assert!(titles(&known, &records(vec![call(200, 0)])).is_empty());
}

#[test]
fn a_nonce_that_is_kept_is_none() {
    let call = |path: &str, headers: &[Pair], second: i64| {
        let url = format!("http://a.test{path}");
        asked("POST", &url, headers, "{}").after(second).answer(200, &[], "")
    };
    let kept = [TOKEN, NONCE];
    assert!(
        raised(vec![call("/a", &kept, 0), call("/b", &kept, 5), call("/c", &kept, 9)]).is_empty()
    );
    let new = [TOKEN, ("X-Nonce", "0000000000000002")];
    assert_eq!(
        raised(vec![call("/a", &kept, 0), call("/b", &new, 5), call("/c", &kept, 9)]).len(),
        1
    );
    let other = call("/b", &kept, 5).of_client("10.0.0.9");
    assert_eq!(raised(vec![call("/a", &kept, 0), other]).len(), 1);
}

#[test]
fn proofs_behind_gateways_and_tokens_that_are_renewed() {
    let with = |url: &str, claims: &str| {
        let headers = [("Authorization", "DPoP 0123456789abcdef"), ("DPoP", proof(claims))];
        asked("POST", url, &headers, "").answer(200, &[], "")
    };
    let claims = r#"{"jti":"1","htm":"POST","htu":"https://a.test/api/pay"}"#;
    assert!(raised(vec![with("http://pay.internal/pay", claims)]).is_empty());
    assert_eq!(raised(vec![with("http://b.test/api/pay", claims).decrypted()]).len(), 1);
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = part(&format!("{{\"exp\":{}}}", NOW.secs() - 3_600));
    let token = format!("Bearer {}.{claims}.AAAA", part(r#"{"alg":"RS256"}"#));
    let token: &'static str = Box::leak(token.into_boxed_str());
    let renew = asked("POST", "http://a.test/v1/token/refresh", &[("Authorization", token)], "");
    assert!(raised(vec![renew.answer(200, &[], "")]).is_empty());
}

#[test]
fn times_of_what_a_document_tells_are_no_time_stamps() {
    let body = |age: i64, second: i64| {
        let told = format!("{{\"timestamp\": {}}}", NOW.secs() + second - age);
        let headers = [("Content-Type", "application/json"), ("X-Signature", "0123456789abcdef")];
        pay(&headers, &told, second).record()
    };
    assert!(titles(&Known::default(), &[body(1, 0), body(7_200, 9)]).is_empty());
}
