use super::*;
use crate::Known;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};
use crate::finding::Confidence;
use dissect::http::Incomplete;

const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");
const NONCE: Pair = ("X-Nonce", "653b1ed3b5444b98");
const KEY: Pair = ("Idempotency-Key", "e26da4c2-0045-4fa0");
const BODY: &str = r#"{"amount": 10, "to": "DE02"}"#;

fn raised(exchanges: Vec<Exchange>) -> Vec<Sighting> {
    let records: Vec<_> = exchanges.into_iter().map(Exchange::record).collect();
    sightings(&mut RequestReplayed::default(), &Known::default(), &records)
}

/// A payment on this connection, at this second.
fn pay(headers: &[Pair], connection: u32, second: i64) -> Exchange {
    let request = asked("POST", "http://a.test/v1/transfer", headers, BODY);
    request.on_connection(connection).after(second).of_tls_client(1)
}

fn done(headers: &[Pair], connection: u32, second: i64) -> Exchange {
    pay(headers, connection, second).answer(200, &[], format!("done at {second}"))
}

#[test]
fn a_recording_that_is_sent_again() {
    let found = raised(vec![
        done(&[TOKEN, NONCE], 1, 0),
        done(&[TOKEN, NONCE], 2, 5),
        done(&[TOKEN, NONCE], 3, 9),
    ]);
    assert_eq!(found.len(), 2, "both are the same finding");
    assert_eq!((found[0].severity, found[0].confidence), (Severity::Critical, Confidence::Likely));
    assert_eq!(found[0].key, found[1].key);
    assert!(found[0].title.contains("did it again"), "{}", found[0].title);
    assert!(found.iter().flat_map(|one| &one.evidence).all(|one| !one.value.contains("653b")));
}

#[test]
fn by_another_client_it_is_certain() {
    let other = done(&[TOKEN, NONCE], 2, 60).of_client("10.0.0.9").of_tls_client(2);
    let found = raised(vec![done(&[TOKEN, NONCE], 1, 0), other]);
    assert_eq!(found[0].confidence, Confidence::Certain);
    let differs = found[0].evidence.iter().find(|one| one.fact == "differs").unwrap();
    assert_eq!(differs.value, "address, JA4");
}

#[test]
fn a_replay_that_is_refused_is_one() {
    let refused = pay(&[TOKEN, NONCE], 2, 5).answer(409, &[], "");
    let found = raised(vec![done(&[TOKEN, NONCE], 1, 0), refused]);
    assert_eq!((found.len(), found[0].severity), (1, Severity::High));
}

#[test]
fn without_a_nonce_another_client_is_possible() {
    let other = || done(&[TOKEN], 2, 60).of_client("10.0.0.9").of_tls_client(2);
    let found = raised(vec![done(&[TOKEN], 1, 0), other()]);
    assert_eq!((found.len(), found[0].confidence), (1, Confidence::Possible));
    assert!(raised(vec![done(&[], 1, 0), other()]).is_empty(), "nobody says who he is");
    assert!(raised(vec![done(&[TOKEN], 1, 0), done(&[TOKEN], 2, 60)]).is_empty(), "twice the same");
}

#[test]
fn retries_are_not() {
    for first in [
        pay(&[TOKEN, NONCE], 1, 0).cut(Incomplete::Closed),
        pay(&[TOKEN, NONCE], 1, 0).answer(503, &[], ""),
        pay(&[TOKEN, NONCE], 1, 0).answer(429, &[], ""),
        pay(&[TOKEN, NONCE], 1, 0).answer(401, &[], ""),
    ] {
        assert!(raised(vec![first, done(&[TOKEN, NONCE], 2, 5)]).is_empty());
    }
    let stored = pay(&[TOKEN, NONCE, KEY], 2, 5).answer(200, &[], "done at 0");
    assert!(raised(vec![done(&[TOKEN, NONCE, KEY], 1, 0), stored]).is_empty());
}

#[test]
fn legs_double_taps_and_polling_are_not() {
    let other: Pair = ("X-Nonce", "0000000000000002");
    assert!(raised(vec![done(&[TOKEN, NONCE], 1, 0), done(&[TOKEN, other], 2, 1)]).is_empty());
    // The other leg of a proxy, at the same time.
    let leg = done(&[TOKEN, NONCE], 2, 0).of_client("10.0.0.1").of_tls_client(2);
    assert!(raised(vec![leg, done(&[TOKEN, NONCE], 1, 0)]).is_empty());
    let poll = |connection, second| {
        let request = asked("GET", "http://a.test/feed", &[TOKEN], "").answer(200, &[], "");
        request.on_connection(connection).after(second)
    };
    assert!(raised(vec![poll(1, 0), poll(2, 60)]).is_empty());
}

#[test]
fn a_key_alone_is_told_by_what_the_server_does() {
    let key = || [TOKEN, KEY];
    let stored = pay(&key(), 2, 60).answer(200, &[], "done at 0");
    assert!(
        raised(vec![done(&key(), 1, 0), stored]).is_empty(),
        "a retry, answered from the store"
    );
    let busy = pay(&key(), 2, 60).answer(409, &[], "");
    assert!(raised(vec![done(&key(), 1, 0), busy]).is_empty());
    let found = raised(vec![done(&key(), 1, 0), done(&key(), 2, 60)]);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Critical));
    let other = pay(&key(), 2, 60).answer(200, &[], "done at 0");
    let other = other.of_client("10.0.0.9").of_tls_client(2);
    assert_eq!(raised(vec![done(&key(), 1, 0), other]).len(), 1, "another client never sent it");
}

#[test]
fn fallbacks_are_retries() {
    let died = || pay(&[TOKEN, NONCE], 1, 0).cut(Incomplete::Closed);
    let fallback = done(&[TOKEN, NONCE], 2, 1).of_tls_client(2);
    assert!(raised(vec![died(), fallback]).is_empty());
    let elsewhere = done(&[TOKEN, NONCE], 2, 1).of_tls_client(2).of_client("10.0.0.9");
    assert_eq!(raised(vec![died(), elsewhere]).len(), 1);
    // A second address of the same phone.
    let before = pay(&[TOKEN, NONCE], 1, 0).answer(503, &[], "").of_client("2001:db8::2");
    assert!(raised(vec![before, done(&[TOKEN, NONCE], 2, 1).of_tls_client(2)]).is_empty());
}

#[test]
fn both_legs_of_somebody_who_does_the_same_twice() {
    let inner = |connection, second| {
        done(&[TOKEN], connection, second).of_client("10.0.0.1").of_tls_client(2)
    };
    let all = vec![inner(11, 0), done(&[TOKEN], 1, 0), inner(12, 60), done(&[TOKEN], 2, 60)];
    assert!(raised(all).is_empty());
}

#[test]
fn signed_urls_are_fetched_again() {
    let url = "http://a.test/img/7.jpg?ts=1795474065&sign=0123456789abcdef";
    let get = |connection, second| {
        let request = asked("GET", url, &[TOKEN], "").answer(200, &[], "picture");
        request.on_connection(connection).after(second)
    };
    assert!(raised(vec![get(1, 0), get(2, 60), get(3, 90).of_tls_client(2)]).is_empty());
    assert_eq!(raised(vec![get(1, 0), get(2, 60).of_client("10.0.0.9")]).len(), 1);
}

#[test]
fn signatures_of_one_second_are_alike() {
    let signed = [TOKEN, ("X-Timestamp", "1795474065"), ("X-Signature", "0123456789abcdef")];
    assert!(raised(vec![done(&signed, 1, 0), done(&signed, 2, 1)]).is_empty());
    assert_eq!(raised(vec![done(&signed, 1, 0), done(&signed, 2, 5)]).len(), 1);
}
