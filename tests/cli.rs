//! The command line end to end: formats, exit codes, broken input and broken pipes, on the built
//! binary and on the repository's own captures.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary, without the settings of whoever runs the tests.
fn interloper(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interloper"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("INTERLOPER_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null()).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Output {
    interloper(arguments).output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

const CLEAN: &str = "captures/clean-tls12/capture.pcapng";
const INTERCEPTED: &str = "captures/mitmproxy-accepted-tls12/capture.pcapng";
const ROOT: &str = "captures/lab/trust/public-root.pem";

/// A capture that ends in the middle of a packet, and its folder.
fn cut() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pcapng");
    fs::write(&path, &fs::read(INTERCEPTED).unwrap()[..3000]).unwrap();
    (folder, path)
}

#[test]
fn an_interception_is_the_first_line_and_the_exit_code() {
    let output = run(&["scan", INTERCEPTED, "--trust-root", ROOT]);
    assert_eq!(code(&output), Some(1));
    let report = text(&output.stdout);
    assert!(report.starts_with("api.shop.test is intercepted by mitmproxy\n"), "{report}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_clean_capture_is_calm() {
    let output = run(&["scan", CLEAN, "--trust-root", ROOT]);
    assert_eq!(code(&output), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).starts_with("Nothing found: "));
}

#[test]
fn fail_on_moves_the_threshold_and_nothing_else() {
    let run = |fail_on| run(&["scan", INTERCEPTED, "--fail-on", fail_on]);
    for (fail_on, expected) in [("info", 1), ("high", 1), ("critical", 0), ("never", 0)] {
        assert_eq!(code(&run(fail_on)), Some(expected), "{fail_on}");
        assert_eq!(run(fail_on).stdout, run("high").stdout);
    }
}

#[test]
fn without_a_subcommand_and_a_terminal_it_scans() {
    for arguments in [vec![INTERCEPTED], vec!["-r", INTERCEPTED, "-n"]] {
        assert_eq!(run(&arguments).stdout, run(&["scan", INTERCEPTED]).stdout);
    }
    assert_eq!(code(&run(&[])), Some(2));
}

#[test]
fn the_document_counts_what_it_lists() {
    let output = run(&["scan", INTERCEPTED, CLEAN, "--format", "json", "--trust-root", ROOT]);
    let document = json(&output.stdout);
    assert_eq!(document["schema"], "interloper/1");
    assert_eq!(document["inputs"].as_array().map(Vec::len), Some(2));
    let findings = document["findings"].as_array().unwrap();
    let counts = document["summary"]["findings"].as_object().unwrap();
    let counted: u64 = counts.values().filter_map(Value::as_u64).sum();
    assert_eq!(counted, findings.len() as u64);
    assert!(findings.iter().any(|finding| finding["rule"] == "channel/known-interceptor"));
    assert!(findings.iter().all(|finding| finding["input"] == 0));
}

#[test]
fn json_lines_end_with_the_summary() {
    let output = run(&["scan", INTERCEPTED, "--format", "jsonl"]);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|l| json(l.as_bytes())).collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(kinds.len(), lines.len());
    assert_eq!(kinds[kinds.len() - 2..], ["input", "summary"]);
    assert!(kinds[..kinds.len() - 2].iter().all(|kind| *kind == "finding"));
}

#[test]
fn the_environment_stands_in_for_flags() {
    let with = |name: &str, value: &str, arguments: &[&str]| {
        interloper(arguments).env(name, value).output().unwrap()
    };
    let scan = ["scan", INTERCEPTED];
    assert_eq!(code(&with("INTERLOPER_FAIL_ON", "never", &scan)), Some(0));
    assert_eq!(json(&with("INTERLOPER_FORMAT", "json", &scan).stdout)["schema"], "interloper/1");
    let flag_wins = ["scan", INTERCEPTED, "--fail-on", "high"];
    assert_eq!(code(&with("INTERLOPER_FAIL_ON", "never", &flag_wins)), Some(1));
    assert_eq!(code(&with("INTERLOPER_THREADS", "many", &scan)), Some(2));
}

#[test]
fn a_policy_allows_suppresses_and_is_read_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let policy = path.to_str().unwrap();
    let scan = |text: &str| {
        fs::write(&path, text).unwrap();
        run(&["scan", INTERCEPTED, "--trust-root", ROOT, "--policy", policy, "--format", "json"])
    };
    let allowed = scan("[[allow-ca]]\nname='a'\nsubject='CN=mitmproxy, O=*'\nreason='ours'\n");
    assert_eq!(code(&allowed), Some(0));
    let document = json(&allowed.stdout);
    assert_eq!(document["summary"]["findings"]["high"], 0);
    assert!(document["summary"]["findings"]["info"].as_u64().unwrap() > 0);
    let suppress = "[[suppress]]\nrule='untrusted-issuer'\nreason='known'\nexpires=";
    let suppressed = scan(&format!("{suppress}2099-12-31\n"));
    assert!(json(&suppressed.stdout)["summary"]["suppressed"].as_u64().unwrap() > 0);
    assert!(!text(&suppressed.stdout).contains("channel/untrusted-issuer"));
    let expired = scan(&format!("{suppress}2000-01-01\n"));
    assert!(json(&expired.stdout)["summary"].get("suppressed").is_none());
    assert!(text(&expired.stderr).contains("expired on 2000-01-01"));
    let broken = scan("\n[[supress]]\n");
    assert_eq!(code(&broken), Some(2));
    let expected = format!("interloper: {policy}: line 2: unknown field `supress`");
    assert!(text(&broken.stderr).starts_with(&expected), "{}", text(&broken.stderr));
}

#[test]
fn colour_only_when_asked_for() {
    let colour = |flags: &[&str]| {
        let arguments = [&["scan", INTERCEPTED], flags].concat();
        text(&run(&arguments).stdout).contains('\x1b')
    };
    assert!(colour(&["--color", "always"]));
    assert!(!colour(&[]) && !colour(&["--color", "never"]));
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    for arguments in [&["scan", "captures", "--format", "json"][..], &["records", "captures"]] {
        let run = |threads| run(&[arguments, &["--threads", threads]].concat()).stdout;
        let one = run("1");
        assert!(!one.is_empty());
        for threads in ["1", "2", "8"] {
            assert!(run(threads) == one, "{arguments:?} differs with {threads} threads");
        }
    }
}

#[test]
fn a_cut_capture_reports_what_was_read() {
    let (_folder, path) = cut();
    let path = path.to_str().unwrap();
    for (flags, expected) in [
        (&[][..], 2),
        (&["--allow-truncated"][..], 1),
        (&["--allow-truncated", "--fail-on", "critical"][..], 0),
        (&["--fail-on", "never"][..], 2),
    ] {
        let output = run(&[&["scan", path], flags].concat());
        assert_eq!(code(&output), Some(expected), "{flags:?}");
        assert!(text(&output.stdout).starts_with("api.shop.test is intercepted by mitmproxy"));
        let message = text(&output.stderr);
        assert_eq!(message.lines().count(), 1, "{message}");
        for part in [path, "packet 14", "byte 2972"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_one_line_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let nothing = folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    for path in [
        file("empty.pcap", b""),
        file("text.pcap", b"this is not a capture, whatever its name says"),
        folder.path().join("missing.pcap").to_str().unwrap().to_owned(),
        nothing.to_str().unwrap().to_owned(),
    ] {
        for command in ["scan", "records"] {
            let output = run(&[command, &path, "--allow-truncated"]);
            assert_eq!(code(&output), Some(2), "{command} {path}");
            let message = text(&output.stderr);
            assert!(message.starts_with("interloper: ") && message.contains(&path), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
            assert_eq!(text(&output.stdout), "", "{command} {path}");
        }
    }
}

#[test]
fn one_bad_input_does_not_hide_the_others() {
    let output = run(&["scan", "no/such/file", INTERCEPTED, "--fail-on", "never"]);
    assert_eq!(code(&output), Some(2));
    assert!(text(&output.stdout).starts_with("api.shop.test is intercepted by mitmproxy"));
}

#[test]
fn a_filter_and_a_count_choose_packets() {
    let packets = |flags: &[&str]| {
        let output = run(&[&["scan", INTERCEPTED, "--format", "json"], flags].concat());
        json(&output.stdout)["summary"]["packets"].as_u64().unwrap()
    };
    let all = packets(&[]);
    let udp = packets(&["-f", "udp"]);
    assert!(udp < all && udp + packets(&["-f", "not udp"]) == all);
    assert_eq!(packets(&["-c", "5"]), 5);
    let output = run(&["scan", INTERCEPTED, "-f", "no such filter"]);
    assert_eq!(code(&output), Some(2));
    assert!(text(&output.stderr).contains("no such filter"));
}

#[test]
fn standard_input_is_a_capture_too() {
    for command in ["scan", "watch"] {
        let mut child = interloper(&[command, "-", "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&fs::read(INTERCEPTED).unwrap()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), Some(1), "{command}");
        let document = json(&output.stdout);
        assert_eq!(document["inputs"][0]["path"], "-");
        let file = json(&run(&["scan", INTERCEPTED, "--format", "json"]).stdout);
        assert_eq!(document["findings"], file["findings"], "{command}");
    }
}

#[test]
fn records_are_lines_with_the_head_of_eve() {
    let output = run(&["records", INTERCEPTED, "--events", "tls,x509"]);
    assert_eq!(code(&output), Some(0));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|l| json(l.as_bytes())).collect();
    for line in &lines {
        for key in ["timestamp", "flow_id", "pcap_cnt", "src_ip", "dest_port", "community_id"] {
            assert!(!line[key].is_null(), "{key} in {line}");
        }
        let event = line["event_type"].as_str().unwrap();
        assert!(["tls", "x509"].contains(&event) && line[event].is_object());
    }
    let tls = lines.iter().find(|line| line["event_type"] == "tls").unwrap();
    assert_eq!(tls["tls"]["issuerdn"], "CN=mitmproxy, O=mitmproxy");
}

#[test]
fn an_output_file_holds_the_results_and_no_input_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let path = report.to_str().unwrap();
    let output = run(&["scan", INTERCEPTED, "--format", "json", "-o", path]);
    assert_eq!((code(&output), output.stdout.len()), (Some(1), 0));
    assert_eq!(json(&fs::read(&report).unwrap())["schema"], "interloper/1");

    let (_folder, capture) = cut();
    let before = fs::read(&capture).unwrap();
    let capture_path = capture.to_str().unwrap();
    assert_eq!(code(&run(&["scan", capture_path, "-o", capture_path])), Some(2));
    assert_eq!(fs::read(&capture).unwrap(), before);
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let mut child = interloper(&["records", "captures"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"timestamp\""));
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn every_rule_has_a_page() {
    let rules = json(&run(&["rules", "--format", "json"]).stdout);
    let rules = rules.as_array().unwrap();
    assert!(!rules.is_empty());
    let table = text(&run(&["rules"]).stdout);
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(table.contains(id));
        let page = run(&["explain", id]);
        assert!(code(&page) == Some(0) && text(&page.stdout).starts_with(id));
    }
    let unknown = run(&["explain", "channel/weak"]);
    assert_eq!(code(&unknown), Some(2));
    assert!(text(&unknown.stderr).contains("channel/weak-protocol"));
}

#[test]
fn completions_and_manual_page_are_written() {
    assert!(text(&run(&["completions", "bash"]).stdout).contains("_interloper"));
    assert!(text(&run(&["man"]).stdout).contains(".TH interloper"));
    assert_eq!(code(&run(&["completions", "none"])), Some(2));
}
