//! What the UI writes is what the other subcommands read.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::terminal::Terminal;
use crate::{DEMO, ROOT, demo, support};

/// Scans the demo with one more file.
fn scan(flag: &str, file: &Path) -> Value {
    let mut scan = support::interloper();
    scan.current_dir(support::root()).args(["scan", DEMO, "--trust-root", ROOT]);
    let run = support::output(scan.args(["--format", "json"]).arg(flag).arg(file));
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    serde_json::from_slice(&run.stdout).expect("JSON")
}

fn rules_of(document: &Value, host: &str) -> Vec<String> {
    let findings = document["findings"].as_array().expect("a list");
    let of_host = findings.iter().filter(|finding| finding["subject"]["host"] == host);
    of_host.filter_map(|finding| Some(finding["rule"].as_str()?.to_owned())).collect()
}

#[test]
fn what_is_suppressed_goes_to_the_policy_with_its_reason() {
    let Some(terminal) = Terminal::open(120, 30) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.press(&["x"], "because:");
    terminal.text("our own tester, ticket 7");
    let row = "mitmproxy, and 192.168.50.20 accepted";
    terminal.wait_for(row);
    terminal.press(&["Enter"], "is left out until");
    terminal.wait_until("a list without it", |screen| !screen.contains(row));
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
    let policy = terminal.file("interloper-policy.toml");
    let text = fs::read_to_string(&policy).expect("a policy");
    assert!(text.contains("reason = \"our own tester, ticket 7\""), "{text}");
    let document = scan("--policy", &policy);
    let rules = rules_of(&document, "api.shop.test");
    assert!(!rules.iter().any(|rule| rule == "channel/interception-accepted"), "{rules:?}");
    assert!(rules.iter().any(|rule| rule == "channel/known-interceptor"), "{rules:?}");
}

#[test]
fn what_is_accepted_goes_to_the_baseline() {
    let Some(terminal) = Terminal::open(120, 30) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.press(&["2"], "channel↑");
    terminal.press(&["j"], "2/2");
    terminal.press(&["p"], "sessions of pay.shop.test into");
    terminal.press(&["y"], "is known as normal");
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
    let baseline = terminal.file("interloper-baseline.toml");
    let text = fs::read_to_string(&baseline).expect("a baseline");
    assert!(text.contains("pay.shop.test") && !text.contains("api.shop.test\""), "{text}");
    scan("--baseline", &baseline);
}

#[test]
fn a_report_has_the_findings_of_the_list() {
    let Some(terminal) = Terminal::open(120, 30) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.press(&["w"], "report to");
    terminal.keys(&["C-u"]);
    terminal.text("all.json");
    terminal.press(&["Enter"], "findings written");
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
    let text = fs::read(terminal.file("all.json")).expect("a report");
    let document: Value = serde_json::from_slice(&text).expect("JSON");
    let ids = |document: &Value| -> Vec<Value> {
        let findings = document["findings"].as_array().into_iter().flatten();
        findings.map(|finding| finding["id"].clone()).collect()
    };
    let mut scan = support::interloper();
    scan.current_dir(support::root()).args(["scan", DEMO, "--trust-root", ROOT]);
    let run = support::output(scan.args(["--format", "json"]));
    let scanned: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(ids(&document), ids(&scanned));
    assert!(ids(&document).len() > 8);
}
