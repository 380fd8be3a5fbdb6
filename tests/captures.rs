//! The repository's own captures: every case says which rules must fire and what was on the wire.
//!
//! `expected.json` of a case is written by hand or by the lab: `blind` has the groups of rules of
//! which one must fire, the rules that must not, and whether nothing of medium or above may be
//! raised; `sessions` has the facts. `scan.json` beside it is the golden document, which
//! `UPDATE_EXPECT=1` writes anew.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so and stops"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

/// What a case's folder says must be.
fn expected(case: &Path) -> Value {
    let text = std::fs::read_to_string(case.join("expected.json")).expect("a case has labels");
    serde_json::from_str(&text).expect("labels are JSON")
}

fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Scans a case from within the repository's root, so that paths in the document are the same
/// everywhere.
fn scan(case: &Path) -> support::Output {
    let capture = format!("captures/{}/capture.pcapng", name(case));
    let mut command = support::interloper();
    command.current_dir(support::root());
    command.args(["scan", "--format", "json", "--trust-root"]);
    command.arg("captures/lab/trust/public-root.pem").arg(capture);
    support::output(&mut command)
}

fn findings(document: &Value) -> Vec<(String, String)> {
    let findings = document["findings"].as_array().expect("a list of findings");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["severity"]))).collect()
}

fn words(value: &Value) -> Vec<String> {
    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

#[test]
fn there_are_cases_of_interception_and_clean_ones() {
    let cases = support::own_cases();
    let quiet = |case: &&std::path::PathBuf| expected(case)["blind"]["quiet"] == true;
    assert!(cases.iter().filter(quiet).count() >= 2, "clean cases: {cases:?}");
    assert!(cases.iter().filter(|case| !quiet(case)).count() >= 6, "other cases: {cases:?}");
    assert!(support::own_root().is_file(), "the lab's public root is there");
}

#[test]
fn every_case_raises_what_its_labels_say_and_nothing_they_forbid() {
    for case in support::own_cases() {
        let (name, labels) = (name(&case), expected(&case));
        let run = scan(&case);
        let document: Value = serde_json::from_slice(&run.stdout)
            .unwrap_or_else(|error| panic!("{name}: {error}: {}", run.stderr));
        let findings = findings(&document);
        let fired: BTreeSet<&str> = findings.iter().map(|(rule, _)| rule.as_str()).collect();
        let blind = &labels["blind"];
        for group in blind["must"].as_array().into_iter().flatten() {
            let group = words(group);
            let any = group.iter().any(|rule| fired.contains(rule.as_str()));
            assert!(any, "{name}: none of {group:?} among {fired:?}");
        }
        for rule in words(&blind["must_not"]) {
            assert!(!fired.contains(rule.as_str()), "{name}: {rule} must not fire");
        }
        let loud = |severity: &str| matches!(severity, "medium" | "high" | "critical");
        if blind["quiet"] == true {
            let loud: Vec<_> = findings.iter().filter(|(_, severity)| loud(severity)).collect();
            assert!(loud.is_empty(), "{name} must be quiet: {loud:?}");
        }
        let high =
            findings.iter().any(|(_, severity)| severity == "high" || severity == "critical");
        assert_eq!(run.code, Some(i32::from(high)), "{name}: exit code, {}", run.stderr);
    }
}

#[test]
fn every_session_has_the_facts_of_its_labels() {
    for case in support::own_cases() {
        let name = name(&case);
        let run = support::run([Path::new("records"), &case.join("capture.pcapng")]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        let events: Vec<Value> = run
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).expect("records are JSON Lines"))
            .collect();
        let sessions = events
            .iter()
            .filter(|event| event["event_type"] == "tls" || event["event_type"] == "quic");
        let mut ours: Vec<String> = sessions.map(facts).collect();
        let labels = expected(&case);
        let mut wanted: Vec<String> =
            labels["sessions"].as_array().into_iter().flatten().map(wanted).collect();
        ours.sort();
        wanted.sort();
        assert_eq!(ours, wanted, "{name}");
    }
}

/// What the labels say of a session, in one line.
fn wanted(session: &Value) -> String {
    // Certificates of TLS 1.3 are in the labels only under `certificates_with_keys`, or, where the
    // label's maker gave none, as numbers of a list without subjects.
    let leaf = &session["certificates"][0];
    json!([
        session["client"],
        session["server"],
        session["sni"],
        session["version"],
        session["cipher"],
        session["alpn"],
        leaf["subject"],
        leaf["issuer"],
    ])
    .to_string()
}

/// The same of ours.
fn facts(event: &Value) -> String {
    let kind = event["event_type"].as_str().unwrap_or_default();
    let body = &event[kind];
    let end = |side: &str| {
        let address = event[format!("{side}_ip")].as_str().unwrap_or_default();
        format!("{address}:{}", event[format!("{side}_port")])
    };
    let version = match body["server_handshake"]["version"].as_str() {
        Some("TLSv1") => Value::from("TLS 1.0"),
        version => version.map_or(Value::Null, Value::from),
    };
    let cipher = body["server_handshake"]["cipher"].as_u64();
    json!([
        end("src"),
        end("dest"),
        body["sni"],
        version,
        cipher.map(|cipher| format!("{cipher:#06x}")),
        body["server_alpns"][0],
        body["subject"],
        body["issuerdn"],
    ])
    .to_string()
}

#[test]
fn every_case_gives_its_golden_document() {
    let mut changed = Vec::new();
    for case in support::own_cases() {
        let run = scan(&case);
        let document: Value = serde_json::from_slice(&run.stdout).expect("a JSON document");
        let ours = format!("{:#}\n", without_version(document));
        let golden = case.join("scan.json");
        if support::update_expected() {
            std::fs::write(&golden, ours).expect("the golden document can be written");
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != ours {
            changed.push(name(&case));
        }
    }
    assert!(
        changed.is_empty(),
        "other documents than captures/*/scan.json: {changed:?}. If that is what you meant: \
         UPDATE_EXPECT=1 cargo test --test captures, and read the difference"
    );
}

/// A release must not change all golden documents.
fn without_version(mut document: Value) -> Value {
    document["tool"]["version"] = Value::from("VERSION");
    document
}
