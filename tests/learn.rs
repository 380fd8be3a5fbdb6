//! `learn` and `--baseline` end to end: what a clean capture teaches, and what an intercepted one
//! then shows.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CLEAN: &str = "captures/clean-tls12/capture.pcapng";
const INTERCEPTED: &str = "captures/mitmproxy-accepted-tls12/capture.pcapng";
const ROOT: &str = "captures/lab/trust/public-root.pem";

/// The binary, without the settings and the config file of whoever runs the tests.
fn interloper(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interloper"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("INTERLOPER_")) {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.args(arguments).stdin(Stdio::null()).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A baseline of the clean capture, and its folder.
fn baseline() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.toml");
    let path_text = path.to_str().unwrap();
    let output = interloper(&["learn", CLEAN, "--trust-root", ROOT, "-o", path_text]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    (folder, path)
}

/// Rules that are raised when a capture is compared with the baseline.
fn rules(capture: &str, baseline: &str) -> Vec<String> {
    let format = ["--format", "json", "--fail-on", "never"];
    let arguments = [&["scan", capture, "--trust-root", ROOT, "--baseline", baseline], &format[..]];
    let output = interloper(&arguments.concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_learned_is_quiet_and_an_interception_is_not() {
    let (_folder, path) = baseline();
    let path = path.to_str().unwrap();
    let new =
        ["channel/downgraded", "channel/issuer-changed", "channel/server-fingerprint-changed"];
    let clean = rules(CLEAN, path);
    assert!(new.iter().all(|rule| !clean.contains(&(*rule).to_owned())), "{clean:?}");
    let intercepted = rules(INTERCEPTED, path);
    assert!(intercepted.contains(&new[1].to_owned()), "{intercepted:?}");
    assert!(intercepted.contains(&new[2].to_owned()), "{intercepted:?}");
}

#[test]
fn the_same_captures_give_the_same_bytes_and_merging_keeps_what_was_known() {
    let (_folder, path) = baseline();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("schema = \"interloper-baseline/1\""), "{text}");
    let merged = ["learn", CLEAN, "--trust-root", ROOT, "--merge", path.to_str().unwrap()];
    let output = interloper(&merged);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}

#[test]
fn an_intercepted_capture_teaches_nothing_and_says_so() {
    let output = interloper(&["learn", INTERCEPTED, "--trust-root", ROOT]);
    assert_eq!(output.status.code(), Some(0));
    let said = stderr(&output);
    assert!(said.contains("not learned from sessions"), "{said}");
    assert!(said.contains("the captures are not clean"), "{said}");
    assert!(!String::from_utf8(output.stdout).unwrap().contains("mitmproxy"));
    let accepted = ["learn", INTERCEPTED, "--trust-root", ROOT, "--accept-untrusted"];
    let text = String::from_utf8(interloper(&accepted).stdout).unwrap();
    assert!(text.contains("private_issuers") && text.contains("mitmproxy"), "{text}");
}

#[test]
fn a_baseline_that_is_none_is_one_line_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.toml");
    std::fs::write(&path, "schema = \"interloper-baseline/1\"\nhosst = 1\n").unwrap();
    for wrong in [path.to_str().unwrap(), "/does/not/exist.toml"] {
        let output = interloper(&["scan", CLEAN, "--baseline", wrong]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        let said = stderr(&output);
        assert!(said.lines().count() == 1 && said.contains(wrong), "{said}");
    }
}
