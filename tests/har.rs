//! HAR files end to end, in and out, on the built binary.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const SHOP: &str = "tests/data/shop.har";
const CLEARTEXT: &str = "captures/cleartext-api/capture.pcapng";

fn command(arguments: &[&str]) -> Command {
    let mut command = support::interloper();
    command.args(arguments).current_dir(support::root());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Rule and title of each finding.
fn findings(document: &Value) -> Vec<String> {
    let line = |finding: &Value| format!("{} {}", finding["rule"], finding["title"]);
    document["findings"].as_array().unwrap().iter().map(line).collect()
}

fn written(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn plain_exchanges_are_found_and_what_is_missing_is_said() {
    let output = run(&["scan", SHOP]);
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stdout);
    for said in [
        "high in 2 exchanges of tests/data/shop.har",
        "A password was sent to auth.bank.test over plain HTTP",
        "har-entry: 2",
        "packets, handshakes and certificates of 2 exchanges: a HAR file does not hold them",
        "Remedy: capture packets.",
    ] {
        assert!(report.contains(said), "{said}\n{report}");
    }
    assert!(!report.contains("hunter2") && !report.contains("(packet"), "{report}");
}

#[test]
fn the_document_names_file_exchanges_and_no_packets() {
    let output = run(&["scan", SHOP, "--format", "json", "--fail-on", "never"]);
    assert_eq!(output.status.code(), Some(0));
    let document = document(&output);
    let (input, summary) = (&document["inputs"][0], &document["summary"]);
    assert_eq!((&input["packets"], input["sha256"].as_str().unwrap().len()), (&0.into(), 64));
    assert_eq!(input["first"], "2024-05-01T12:00:00.031000Z");
    assert_eq!((&summary["exchanges"], &summary["sessions"]), (&2.into(), &0.into()));
    let missing = &summary["not_observable"][0];
    assert_eq!((&missing["what"], &missing["why"]), (&"packets".into(), &"har".into()));
    let finding = &document["findings"][0];
    assert!(finding["subject"].get("client").is_none());
    assert_eq!(finding["subject"]["server"], "203.0.113.6:80");
    assert_eq!(finding["evidence"][0]["packets"], Value::Array(Vec::new()));
}

#[test]
fn a_pipe_and_a_directory_are_read_like_a_file() {
    let named = findings(&document(&run(&["scan", SHOP, "--format", "json"])));
    assert!(!named.is_empty());
    let mut piped = command(&["scan", "-", "--format", "json"]);
    piped.stdin(fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOP)).unwrap());
    assert_eq!(findings(&document(&piped.output().unwrap())), named);
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "a.har", fs::read(SHOP).unwrap());
    written(folder.path(), "package.json", "{\"name\": \"x\"}");
    let output = run(&["scan", &folder.path().display().to_string(), "--format", "json"]);
    assert_eq!(findings(&document(&output)), named);
    assert_eq!((text(&output.stderr), output.status.code()), (String::new(), Some(1)));
}

#[test]
fn a_cut_file_reports_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(SHOP).unwrap();
    let path = written(folder.path(), "cut.har", &whole[..whole.len() - 60]);
    let length = whole.len() - 60;
    let output = run(&["scan", &path, "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let message = format!("interloper: {path}: entry 2 is cut off at byte {length}\n");
    assert_eq!(text(&output.stderr), message);
    let document = document(&output);
    assert_eq!(document["summary"]["exchanges"], 1);
    assert_eq!(document["inputs"][0]["truncated"], true);
    assert_eq!(run(&["scan", &path, "--allow-truncated"]).status.code(), Some(0));
    let text = text(&run(&["scan", &path]).stdout);
    assert!(text.starts_with("Nothing found in 1 exchange; a HAR file shows no"), "{text}");
}

#[test]
fn what_is_no_har_file_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (content, arguments, message) in [
        (
            "{\"a\": 1}",
            &["scan"][..],
            "is JSON without log.entries: neither a HAR file nor a capture",
        ),
        ("{\"log\": {\"entries\": [{\"a\" 1}]}}", &["scan"], "entry 1 at byte 21 is no JSON"),
        ("{\"log\": {}}", &["scan", "-f", "tcp"], "a filter selects packets, and it has none"),
        ("{\"log\": {}}", &["compare", CLEARTEXT], "packets are wanted here"),
        ("{\"log\": {}}", &["watch"], "packets are wanted here"),
    ] {
        let path = written(folder.path(), "x.har", content);
        let output = run(&[arguments, &[&path]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with(&format!("interloper: {path}: ")) && said.contains(message),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_count_chooses_entries() {
    let output = run(&["scan", SHOP, "-c", "1", "--format", "json"]);
    assert_eq!(document(&output)["summary"]["exchanges"], 1);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn records_of_a_har_file_hold_no_secrets() {
    let lines = text(&run(&["records", SHOP, "--bodies"]).stdout);
    assert!(!lines.contains("hunter2") && !lines.contains("c2lnbmF0"), "{lines}");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let first = &lines[0]["http"];
    assert_eq!((&first["har_entry"], &first["latency_ms"]), (&1.into(), &28.0.into()));
    assert_eq!((&first["scheme"], &first["protocol"]), (&"https".into(), &"HTTP/2".into()));
    assert_eq!(first["credentials"][0]["kind"], "bearer");
    let body = &lines[1]["http"]["http_request_body_printable"];
    assert_eq!(body, r#"{"user":"me","password":"[redacted]"}"#);
}

/// Rules that need exchanges and nothing else, so that a HAR file is enough for them.
fn rules_of_exchanges() -> Vec<String> {
    let rules = run(&["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&rules.stdout).unwrap();
    let alone = |rule: &&Value| rule["needs"] == serde_json::json!(["exchanges"]);
    let ids = rules.as_array().unwrap().iter().filter(alone);
    ids.map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
}

/// Rule and host of each finding of those rules. Titles may name a client's address, which a HAR
/// file does not know.
fn of_rules(rules: &[String], arguments: &[&str]) -> Vec<(String, String)> {
    let common = ["--format", "json", "--fail-on", "never"];
    let document = document(&run(&[&["scan"], arguments, &common].concat()));
    let told = |finding: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&finding["rule"]), text(&finding["subject"]["host"]))
    };
    let mut found: Vec<_> = document["findings"].as_array().unwrap().iter().map(told).collect();
    found.retain(|(rule, _)| rules.contains(rule));
    found.sort();
    found
}

#[test]
fn a_capture_and_its_har_file_give_the_same_findings() {
    let rules = rules_of_exchanges();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.har").display().to_string();
    let mut seen: Vec<String> = Vec::new();
    for case in fs::read_dir(support::root().join("captures")).unwrap() {
        let case = case.unwrap().path();
        let capture = case.join("capture.pcapng").display().to_string();
        if !Path::new(&capture).exists() {
            continue;
        }
        let keys = case.join("keys.log").display().to_string();
        let mut given = vec![capture.as_str()];
        if Path::new(&keys).exists() {
            given.extend(["--keylog", &keys]);
        }
        let written =
            [&["records"], &given[..], &["--har", "--show-secrets", "-o", &path]].concat();
        let output = run(&written);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        let packets = of_rules(&rules, &given);
        assert_eq!(packets, of_rules(&rules, &[&path]), "{capture}");
        seen.extend(packets.into_iter().map(|(rule, _)| rule));
    }
    let missing: Vec<_> = rules.iter().filter(|rule| !seen.contains(rule)).collect();
    assert!(missing.is_empty(), "no capture shows {missing:?}");
}

#[test]
fn a_har_file_that_is_written_holds_no_secrets() {
    let redacted = text(&run(&["records", SHOP, "--har"]).stdout);
    let har: Value = serde_json::from_str(&redacted).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    assert!(!redacted.contains("hunter2") && !redacted.contains("0123456789abcdef"), "{redacted}");
}
