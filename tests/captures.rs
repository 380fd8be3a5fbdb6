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

use support::expected;

fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a scan is given beside the capture, by its key in `expected.json`.
const MODES: [&str; 6] = ["blind", "keys", "baseline", "pins", "compare", "har"];

/// A command in the repository's root, so that paths in the document are the same everywhere.
fn command(words: &[&str]) -> std::process::Command {
    let mut command = support::interloper();
    command.current_dir(support::root()).args(words);
    command.args(["--trust-root", "captures/lab/trust/public-root.pem"]);
    command.args(["--ct-log-list", "captures/lab/trust/ct-logs.json"]);
    command
}

/// Runs a case in a mode.
fn run(case: &Path, labels: &Value, mode: &str) -> support::Output {
    let capture = |name: &str| format!("captures/{name}/capture.pcapng");
    let captures =
        |names: &Value| words(names).iter().map(|name| capture(name)).collect::<Vec<_>>();
    let own = capture(&name(case));
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let made = scratch.path().join("made.toml");
    let mut command = match mode {
        "compare" => {
            let origin = own.replace("capture.pcapng", "origin.pcapng");
            let mut command = command(&["compare"]);
            command.arg(own).arg(origin);
            command
        }
        "har" => {
            let mut command = command(&["scan"]);
            command.arg(own.replace("capture.pcapng", "exchanges.har"));
            command
        }
        _ => {
            let mut command = command(&["scan"]);
            command.arg(own);
            command
        }
    };
    match mode {
        "keys" => {
            command.arg("--keylog").arg(case.join("keys.log"));
        }
        "baseline" => {
            let mut learn = command_of("learn", &captures(&labels["learned_from"]));
            if let Some(app) = labels["learned_as"].as_str() {
                learn.args(["--app", app]);
            }
            if labels["with_keys"] == true {
                for name in words(&labels["learned_from"]) {
                    learn.args(["--keylog", &format!("captures/{name}/keys.log")]);
                }
                command.arg("--keylog").arg(case.join("keys.log"));
            }
            make(learn, &made);
            command.arg("--baseline").arg(&made);
        }
        "compare" if labels["with_keys"] == true => {
            command.arg("--keylog").arg(case.join("keys.log"));
        }
        "pins" => {
            let mut export = command_of("pins", &captures(&labels["pinned_by"]));
            export.args(["--export", "toml"]);
            make(export, &made);
            command.arg("--pins").arg(&made);
        }
        _ => {}
    }
    support::output(command.args(["--format", "json"]))
}

fn command_of(word: &str, captures: &[String]) -> std::process::Command {
    let mut command = command(&[word]);
    command.args(captures);
    command
}

/// Runs a command that writes a file.
fn make(mut command: std::process::Command, file: &Path) {
    let run = support::output(command.arg("-o").arg(file));
    assert_eq!(run.code, Some(0), "{command:?}: {}", run.stderr);
}

/// Scans a case without keys or anything else that is known.
fn scan(case: &Path) -> support::Output {
    run(case, &Value::Null, "blind")
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
        let labels = expected(&case);
        for mode in MODES.into_iter().filter(|mode| labels[mode].is_object()) {
            judge(&case, &labels[mode], mode);
        }
    }
}

fn judge(case: &Path, labels: &Value, mode: &str) {
    let name = format!("{} [{mode}]", name(case));
    let run = run(case, labels, mode);
    let document: Value = serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", run.stderr));
    let findings = findings(&document);
    let fired: BTreeSet<&str> = findings.iter().map(|(rule, _)| rule.as_str()).collect();
    for group in labels["must"].as_array().into_iter().flatten() {
        let group = words(group);
        let any = group.iter().any(|rule| fired.contains(rule.as_str()));
        assert!(any, "{name}: none of {group:?} among {fired:?}");
    }
    for rule in words(&labels["must_not"]) {
        assert!(!fired.contains(rule.as_str()), "{name}: {rule} must not fire");
    }
    let loud = |severity: &str| matches!(severity, "medium" | "high" | "critical");
    if labels["quiet"] == true {
        let loud: Vec<_> = findings.iter().filter(|(_, severity)| loud(severity)).collect();
        assert!(loud.is_empty(), "{name} must be quiet: {loud:?}");
    }
    let high = findings.iter().any(|(_, severity)| severity == "high" || severity == "critical");
    assert_eq!(run.code, Some(i32::from(high)), "{name}: exit code, {}", run.stderr);
}

/// A rule that no case raises has never been seen to work on real packets.
#[test]
fn every_rule_has_a_case() {
    let rules = support::run(["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&rules.stdout).expect("a JSON document");
    let raised: BTreeSet<String> = support::own_cases()
        .iter()
        .flat_map(|case| {
            let labels = expected(case);
            MODES.map(|mode| labels[mode]["must"].clone())
        })
        .flat_map(|groups| groups.as_array().cloned().unwrap_or_default())
        .flat_map(|group| words(&group))
        .collect();
    let list = rules.as_array().or_else(|| rules["rules"].as_array()).expect("a list of rules");
    let ids = list.iter().map(|rule| rule["id"].as_str().unwrap_or_default());
    let without: Vec<&str> =
        ids.filter(|id| !raised.contains(*id) && !WITHOUT_CASE.contains(id)).collect();
    assert!(without.is_empty(), "no case in captures/ raises {without:?}");
}

/// Rules that the lab cannot raise, and why.
const WITHOUT_CASE: [&str; 1] = [
    // Distance needs delays, and the lab's kernel has no netem.
    "channel/answered-locally",
];

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
