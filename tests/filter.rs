//! `--filter` end to end: what is written and counted, what is refused and how, on the built
//! binary and on the repository's own captures.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

mod support;

use serde_json::Value;
use support::{interloper, output, run};

const CLEAR: &str = "captures/cleartext-api/capture.pcapng";
const INTERCEPTED: &str = "captures/mitmproxy-accepted-tls12/capture.pcapng";
const PHONE: &str = "captures/mitmproxy-two-vantage-points/capture.pcapng";
const EDGE: &str = "captures/mitmproxy-two-vantage-points/origin.pcapng";

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// The rules of a document's findings.
fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn what_does_not_pass_is_neither_written_nor_counted() {
    let all =
        ["channel/interception-accepted", "channel/known-interceptor", "channel/untrusted-issuer"];
    for (filter, passing, exit) in [
        ("", &all[..], 1),
        ("host:shop", &all, 1),
        ("sev:critical", &all[..1], 1),
        ("!sev:critical rule:known-interceptor", &all[1..2], 1),
        ("rule:known-interceptor | rule:untrusted-*", &all[1..], 1),
        ("ja4:t1 version:\"TLS 1.2\"", &all, 1),
        ("client:192.168.50.0/24 port:443", &all, 1),
        ("host:other.test", &[], 0),
        ("sev:<=medium", &[], 0),
    ] {
        let scanned = run(["scan", INTERCEPTED, "--format", "json", "--filter", filter]);
        assert_eq!(scanned.code, Some(exit), "{filter}: {}", scanned.stderr);
        let document = json(&scanned.stdout);
        assert_eq!(rules(&document), passing, "{filter}");
        let counts = document["summary"]["findings"].as_object().unwrap().values();
        let counted: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counted, u64::try_from(passing.len()).unwrap(), "{filter}");
        let filtered = document["summary"].get("filtered").and_then(Value::as_u64).unwrap_or(0);
        assert_eq!(counted + filtered, 3, "{filter}");
    }
}

#[test]
fn every_face_that_writes_findings_filters() {
    for (face, filter, passing) in [
        (&["scan", INTERCEPTED][..], "rule:known-interceptor", &["channel/known-interceptor"][..]),
        (&["watch", INTERCEPTED], "rule:known-interceptor", &["channel/known-interceptor"]),
        (&[INTERCEPTED], "rule:known-interceptor", &["channel/known-interceptor"]),
        (&["compare", PHONE, EDGE], "!rule:not-end-to-end", &[]),
    ] {
        let arguments = [face, &["--filter", filter, "--format", "jsonl"]].concat();
        let written = run(&arguments);
        let lines = written.text();
        let lines: Vec<Value> = lines.lines().map(|line| json(line.as_bytes())).collect();
        let findings = lines.iter().filter(|line| line["type"] == "finding");
        let rules: Vec<_> = findings.map(|finding| finding["rule"].as_str().unwrap()).collect();
        assert_eq!(rules, passing, "{arguments:?} {}", written.stderr);
        let summary = lines.last().unwrap();
        assert!(summary["filtered"].as_u64().unwrap() > 0, "{arguments:?}");
        assert_eq!(summary["findings"]["critical"], 0, "{arguments:?}");
        assert_eq!(written.code, Some(i32::from(!passing.is_empty())), "{arguments:?}");
    }
}

#[test]
fn people_are_told_that_something_was_left_out() {
    let text = run(["scan", INTERCEPTED, "--filter", "sev:info"]).text();
    assert!(text.starts_with("No finding passes the filter\n"), "{text}");
    assert!(text.contains("3 findings left out by the filter"), "{text}");
}

#[test]
fn records_are_filtered() {
    let all = run(["records", CLEAR]).text();
    for (filter, event, fewer) in [
        ("method:post", "http", true),
        ("status:2xx path:/v1/login", "http", true),
        ("!method:get !method:post", "flow", true),
        ("ip:0.0.0.0/0", "http", false),
        ("", "http", false),
    ] {
        let written = run(["records", CLEAR, "--filter", filter]);
        assert_eq!(written.code, Some(0), "{filter}: {}", written.stderr);
        let text = written.text();
        let lines: Vec<Value> = text.lines().map(|line| json(line.as_bytes())).collect();
        assert!(lines.iter().any(|line| line["event_type"] == event), "{filter}: {text}");
        assert_eq!(text.len() < all.len(), fewer, "{filter}");
    }
    let har = run(["records", CLEAR, "--har", "--filter", "method:post"]);
    let har = json(&har.stdout);
    let entries = har["log"]["entries"].as_array().unwrap();
    assert!(!entries.is_empty());
    assert!(entries.iter().all(|entry| entry["request"]["method"] == "POST"));
}

#[test]
fn a_wrong_filter_is_shown_where_it_is_wrong() {
    let wrong = "host:shop sev:grave";
    let marked = "\n  host:shop sev:grave\n                ^^^^^\n";
    for face in [&["scan", INTERCEPTED][..], &[INTERCEPTED], &["records", CLEAR], &["watch", "-"]] {
        let refused = run([face, &["--filter", wrong]].concat());
        assert_eq!((refused.code, refused.text().as_str()), (Some(2), ""), "{face:?}");
        assert!(refused.stderr.contains(marked), "{face:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("sev: wants info, low, medium, high, critical"));
    }
    let refused = output(interloper().args(["scan", INTERCEPTED]).env("INTERLOPER_FILTER", wrong));
    assert!(refused.code == Some(2) && refused.stderr.contains(marked), "{}", refused.stderr);
}

#[test]
fn what_would_leave_everything_out_is_refused() {
    for (arguments, has) in [
        (["scan", INTERCEPTED, "--filter", "path:/v1/"], "findings have client: host:"),
        (["records", CLEAR, "--filter", "sev:high"], "records have app: client: host:"),
    ] {
        let refused = run(arguments);
        assert_eq!((refused.code, refused.text().as_str()), (Some(2), ""), "{arguments:?}");
        assert!(refused.stderr.contains(has), "{arguments:?}: {}", refused.stderr);
    }
}

#[test]
fn packets_have_a_filter_of_their_own() {
    let documents = [
        output(interloper().args(["scan", INTERCEPTED, "--format", "json", "-f", "udp"])),
        output(interloper().args([
            "scan",
            INTERCEPTED,
            "--format",
            "json",
            "--capture-filter",
            "udp",
        ])),
        output(
            interloper()
                .args(["scan", INTERCEPTED, "--format", "json"])
                .env("INTERLOPER_CAPTURE_FILTER", "udp"),
        ),
    ];
    for document in documents {
        let document = json(&document.stdout);
        assert_eq!(
            (&document["summary"]["sessions"], rules(&document).len()),
            (&Value::from(0), 0)
        );
    }
}
