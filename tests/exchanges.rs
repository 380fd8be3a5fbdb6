//! What is read inside the channel of the repository's own captures is what the origin served and
//! what tshark reads with the same keys.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so and stops"
)]

mod support;

use std::path::Path;

use serde_json::{Value, json};

use support::expected;

/// The `http` events of a capture, read with its own key log if it has one.
fn exchanges(case: &Path) -> Vec<Value> {
    let mut command = support::interloper();
    command.arg("records").arg(case.join("capture.pcapng"));
    command.args(["--events", "http", "--show-secrets"]);
    let keys = case.join("keys.log");
    if keys.exists() {
        command.arg("--keylog").arg(keys);
    }
    let run = support::output(&mut command);
    assert_eq!(run.code, Some(0), "{}: {}", case.display(), run.stderr);
    let text = run.text();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON Lines")).collect()
}

#[test]
fn what_the_origin_served_is_what_is_read() {
    let cases = support::own_cases();
    let served = cases.iter().filter(|case| expected(case)["exchanges"].is_array());
    let served: Vec<_> = served.collect();
    assert!(served.len() >= 4, "cases whose origin noted what it served: {served:?}");
    for case in served {
        let mut ours: Vec<String> = exchanges(case).iter().map(facts).collect();
        let labels = expected(case);
        let list = labels["exchanges"].as_array().into_iter().flatten();
        let mut wanted: Vec<String> = list.map(Value::to_string).collect();
        ours.sort();
        wanted.sort();
        assert_eq!(ours, wanted, "{}", case.display());
    }
}

/// An event in the words of the labels.
fn facts(event: &Value) -> String {
    let http = &event["http"];
    let body = |side: &str| {
        let body = &http[side];
        json!({"length": body["length"].as_u64().unwrap_or(0), "sha256": body["sha256"]})
    };
    json!({
        "method": http["http_method"],
        "host": http["hostname"],
        "url": http["url"],
        "status": http["status"],
        "request": body("request_body"),
        "response": body("response_body"),
    })
    .to_string()
}

#[test]
fn as_many_requests_are_read_as_tshark_opens() {
    let mut compared = 0;
    for case in support::own_cases() {
        let labels = expected(&case);
        let sessions = labels["sessions"].as_array().into_iter().flatten();
        let counts: Vec<u64> = sessions
            .filter(|session| session["transport"] == "tcp")
            .filter_map(|session| session["requests_with_keys"].as_u64())
            .collect();
        if counts.is_empty() {
            continue;
        }
        let ours = exchanges(&case);
        let inside = ours.iter().filter(|event| event["http"]["scheme"] == "https").count();
        assert_eq!(inside as u64, counts.iter().sum::<u64>(), "{}", case.display());
        compared += 1;
    }
    assert!(compared >= 10, "{compared} cases with requests that keys open");
}
