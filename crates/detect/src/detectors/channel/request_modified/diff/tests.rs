use dissect::{Fact, Record};

use super::*;
use crate::detectors::testing_http::{Pair, asked};
use crate::policy::UNKNOWN;

const JSON: Pair = ("Content-Type", "application/json");

fn exchange(record: &Record) -> &dissect::Exchange {
    let Fact::Exchange(exchange) = &record.fact else { panic!("no exchange") };
    exchange
}

/// The texts of what differs in two requests, with their gravity.
fn requests(before: &Record, after: &Record) -> Vec<(String, Severity)> {
    let found = of_requests(&exchange(before).request, &exchange(after).request, &UNKNOWN);
    found.iter().map(|one| (format!("{} {}", one.part.fact(), one.text()), one.gravity)).collect()
}

fn responses(before: &Record, after: &Record) -> Vec<(String, Severity)> {
    let response = |record| exchange(record).response.as_ref().unwrap().clone();
    let found = of_responses(&response(before), &response(after), &UNKNOWN);
    found.iter().map(|one| (format!("{} {}", one.part.fact(), one.text()), one.gravity)).collect()
}

fn pay(url: &str, headers: &[Pair], body: &str) -> Record {
    asked("POST", url, headers, body).record()
}

#[test]
fn every_part_of_a_request() {
    let url = "http://a.test/pay?to=1";
    let before =
        pay(url, &[JSON, ("X-Device", "a"), ("Cookie", "sid=1; lang=de")], r#"{"amount": 10}"#);
    for (after, expected) in [
        (
            pay(
                url,
                &[JSON, ("X-Device", "a"), ("Cookie", "sid=1; lang=de")],
                r#"{"amount": 9999}"#,
            ),
            ("body-changed $.amount: 10 → 9999", Severity::Critical),
        ),
        (
            pay(
                "http://a.test/pay?to=2",
                &[JSON, ("X-Device", "a"), ("Cookie", "sid=1; lang=de")],
                r#"{"amount": 10}"#,
            ),
            ("query-changed to: 1 → 2", Severity::Critical),
        ),
        (
            pay(
                "http://a.test/gift?to=1",
                &[JSON, ("X-Device", "a"), ("Cookie", "sid=1; lang=de")],
                r#"{"amount": 10}"#,
            ),
            ("path-changed /pay → /gift", Severity::Critical),
        ),
        (
            pay(url, &[JSON, ("X-Device", "b"), ("Cookie", "sid=1; lang=de")], r#"{"amount": 10}"#),
            ("header-changed x-device: a → b", Severity::Medium),
        ),
        (
            pay(url, &[JSON, ("X-Device", "a"), ("Cookie", "lang=de; sid=2")], r#"{"amount": 10}"#),
            ("header-changed cookie sid: changed", Severity::High),
        ),
    ] {
        assert_eq!(requests(&before, &after), [(expected.0.to_owned(), expected.1)]);
    }
    let token = pay(url, &[JSON, ("Authorization", "Bearer 12345678")], "{}");
    let other = pay(url, &[JSON, ("Authorization", "Bearer 87654321")], "{}");
    let found = requests(&token, &other);
    assert_eq!(found, [("header-changed authorization: changed".to_owned(), Severity::Critical)]);
}

#[test]
fn what_the_way_does_is_no_difference() {
    let url = "http://a.test/pay";
    let before = pay(
        url,
        &[JSON, ("Accept-Encoding", "br"), ("Cookie", "a=1; b=2")],
        r#"{"a": 1, "b": 2.0}"#,
    );
    let after = asked(
        "POST",
        url,
        &[
            ("content-type", "application/json"),
            ("cookie", "b=2"),
            ("cookie", "a=1"),
            ("via", "1.1 proxy"),
            ("x-forwarded-for", "10.0.0.2"),
        ],
        r#"{"b":2,"a":1}"#,
    );
    assert_eq!(requests(&before, &after.over_http2(7, "mpas").record()), []);
}

#[test]
fn every_part_of_a_response() {
    let answer = |status, headers: &[Pair], body: &str| {
        asked("GET", "http://a.test/", &[], "").answer(status, headers, body).record()
    };
    let before = answer(200, &[JSON, ("X-Frame-Options", "DENY")], r#"{"price": 5}"#);
    for (after, expected) in [
        (
            answer(200, &[JSON, ("X-Frame-Options", "DENY")], r#"{"price": 1}"#),
            ("response-body-changed $.price: 5 → 1", Severity::Critical),
        ),
        (
            answer(403, &[JSON, ("X-Frame-Options", "DENY")], r#"{"price": 5}"#),
            ("status-changed 200 → 403", Severity::Critical),
        ),
        (
            answer(200, &[JSON], r#"{"price": 5}"#),
            ("response-header-changed x-frame-options: DENY removed", Severity::High),
        ),
    ] {
        assert_eq!(responses(&before, &after), [(expected.0.to_owned(), expected.1)]);
    }
    let cached = answer(304, &[], "");
    assert_eq!(responses(&before, &cached), []);
}
