use dissect::Record;

use super::*;
use crate::Known;
use crate::detectors::channel::request_modified::RequestModified;
use crate::detectors::testing::{sightings, sightings_of_inputs};
use crate::detectors::testing_http::{Pair, asked};

const JSON: Pair = ("Content-Type", "application/json");
const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");
const NONCE: Pair = ("X-Nonce", "653b1ed3b5444b98");

fn pay(amount: u32, nonce: Pair, seconds: i64) -> Record {
    let body = format!(r#"{{"amount": {amount}, "to": "DE02"}}"#);
    let request = asked("POST", "http://a.test/pay", &[JSON, TOKEN, nonce], &body);
    request.answer(200, &[JSON], r#"{"ok": true}"#).after(seconds).record()
}

fn compared(phone: &[Record], edge: &[Record]) -> Vec<Sighting> {
    let known =
        Known { vantage_points: vec![VantagePoint::Phone, VantagePoint::Edge], ..Known::default() };
    sightings_of_inputs(&mut RequestModified::default(), &known, &[phone, edge])
}

#[test]
fn a_changed_amount_is_named() {
    let found = compared(&[pay(10, NONCE, 0)], &[pay(9_999, NONCE, 0)]);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Critical));
    let change = found[0].evidence.iter().find(|one| one.fact == "body-changed").unwrap();
    assert_eq!(change.value, "$.amount: 10 → 9999");
    assert_eq!(found[0].captures.len(), found[0].evidence.len());
    assert_eq!(found[0].input, Some(0));
}

#[test]
fn a_changed_response_is_named() {
    let answer = |price: &str| {
        let request = asked("GET", "http://a.test/price", &[TOKEN], "");
        request.answer(200, &[JSON], price).record()
    };
    let found = compared(&[answer(r#"{"price": 1}"#)], &[answer(r#"{"price": 5}"#)]);
    assert_eq!(found.len(), 1);
    assert!(found[0].title.starts_with("A response of a.test was changed"), "{}", found[0].title);
    let change = found[0].evidence.iter().find(|one| one.fact == "response-body-changed").unwrap();
    assert_eq!(change.value, "$.price: 5 → 1");
}

#[test]
fn what_is_the_same_or_has_no_partner_is_quiet() {
    assert!(compared(&[pay(10, NONCE, 0)], &[pay(10, NONCE, 0)]).is_empty());
    assert!(compared(&[pay(10, NONCE, 0)], &[]).is_empty());
    let other = asked("GET", "http://b.test/x", &[TOKEN], "").answer(200, &[], "").record();
    assert!(compared(&[pay(10, NONCE, 0)], &[other]).is_empty());
}

#[test]
fn polls_are_paired_by_time_or_not_at_all() {
    let poll = |answer: &str, seconds| {
        let request = asked("GET", "http://a.test/feed", &[TOKEN], "").after(seconds);
        request.answer(200, &[JSON], answer).record()
    };
    let feed = |from: i64| {
        (0..5).map(|at| poll(&format!("{{\"n\": {}}}", from + at), at)).collect::<Vec<_>>()
    };
    assert!(compared(&feed(0), &feed(0)).is_empty());
    // One that only the edge saw shifts the others.
    assert!(compared(&feed(1)[..3], &feed(0)).is_empty());
}

#[test]
fn two_payments_of_one_user_are_not_one() {
    let (one, other) = (("X-Nonce", "0000000000000001"), ("X-Nonce", "0000000000000002"));
    let phone = [pay(10, one, 0), pay(20, other, 1)];
    assert!(compared(&phone, &phone).is_empty());
    let found = compared(&phone, &[pay(10, one, 0), pay(21, other, 1)]);
    assert_eq!(found.len(), 1);
}

#[test]
fn both_legs_of_a_proxy_in_one_capture() {
    let leg = |client, connection, amount: u32| {
        let body = format!(r#"{{"amount": {amount}}}"#);
        let request = asked("POST", "http://a.test/pay", &[JSON, TOKEN, NONCE], &body);
        let request = request.of_client(client).on_connection(connection);
        request.answer(200, &[JSON], "{}").record()
    };
    let known = Known::default();
    let found = |records: &[Record]| sightings(&mut RequestModified::default(), &known, records);
    // The inner leg is over first.
    let changed = found(&[leg("10.0.0.1", 2, 9_999), leg("10.0.0.2", 1, 10)]);
    assert_eq!(changed.len(), 1);
    assert!(changed[0].evidence.iter().any(|one| one.value == "$.amount: 10 → 9999"));
    assert!(found(&[leg("10.0.0.1", 2, 10), leg("10.0.0.2", 1, 10)]).is_empty());
    // The same client asks twice.
    assert!(found(&[leg("10.0.0.2", 2, 10), leg("10.0.0.2", 1, 20)]).is_empty());
}
