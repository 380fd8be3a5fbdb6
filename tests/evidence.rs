//! `evidence` end to end: from a finding's id to a capture that holds what proves it, and in which the
//! finding is found again.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Output, own_root, root, run, run_with_input};

const INTERCEPTED: &str = "captures/mitmproxy-accepted-tls12/capture.pcapng";
const SPOOFED: &str = "captures/bettercap-arp-spoofed/capture.pcapng";

/// The path of a file of the repository.
fn path(name: &str) -> String {
    root().join(name).to_str().unwrap().to_owned()
}

/// All findings of a capture.
fn findings(capture: &str) -> Vec<Value> {
    let trust = own_root();
    let arguments = ["--trust-root", trust.to_str().unwrap(), "--format", "json"];
    let output = run([&["scan", capture, "--fail-on", "never"], &arguments[..]].concat());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["findings"].as_array().unwrap().clone()
}

fn id(finding: &Value) -> &str {
    finding["id"].as_str().unwrap()
}

fn evidence(capture: &str, ids: &[&str], more: &[&str]) -> Output {
    let trust = own_root();
    let mut arguments = vec!["evidence", capture, "--trust-root", trust.to_str().unwrap()];
    for id in ids {
        arguments.extend(["--finding", id]);
    }
    run([&arguments, more].concat())
}

/// Packets of a file, as the tool counts them.
fn packets(capture: &Path) -> u64 {
    let output = run(["scan", capture.to_str().unwrap(), "--format", "json", "--fail-on", "never"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["summary"]["packets"].as_u64().unwrap()
}

#[test]
fn a_finding_is_found_again_in_its_own_packets() {
    let capture = path(INTERCEPTED);
    let folder = tempfile::tempdir().unwrap();
    let all = findings(&capture);
    assert!(!all.is_empty());
    for finding in &all {
        let slice = folder.path().join(format!("{}.pcapng", id(finding)));
        let slice_path = slice.to_str().unwrap();
        let output = evidence(&capture, &[id(finding)], &["-o", slice_path]);
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
        assert!(output.stdout.is_empty());
        let again = findings(slice_path);
        let rules: Vec<_> = again.iter().map(|finding| &finding["rule"]).collect();
        assert!(rules.contains(&&finding["rule"]), "{}: {rules:?}", finding["rule"]);
        let text = String::from_utf8_lossy(&std::fs::read(&slice).unwrap()).into_owned();
        let rule = finding["rule"].as_str().unwrap();
        assert!(text.contains(&format!("interloper: {rule} ")), "{rule}");
    }
}

#[test]
fn standard_output_has_the_same_bytes() {
    let capture = path(INTERCEPTED);
    let all = findings(&capture);
    let ids: Vec<_> = all.iter().map(id).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slice.pcapng");
    assert_eq!(evidence(&capture, &ids, &["-o", file.to_str().unwrap()]).code, Some(0));
    let bytes = std::fs::read(file).unwrap();
    for more in [&[][..], &["-o", "-"], &["--threads", "3"]] {
        assert!(evidence(&capture, &ids, more).stdout == bytes, "{more:?}");
    }
}

#[test]
fn packets_without_a_flow_come_alone() {
    let capture = path(SPOOFED);
    let all = findings(&capture);
    let spoofed = all.iter().find(|finding| finding["rule"] == "channel/arp-spoofed").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slice.pcapng");
    let output = evidence(&capture, &[id(spoofed)], &["-o", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(packets(&file) < packets(Path::new(&capture)));
}

#[test]
fn an_unknown_id_lists_those_that_there_are() {
    let capture = path(INTERCEPTED);
    let all = findings(&capture);
    let output = evidence(&capture, &[id(&all[0]), "f-0"], &[]);
    assert_eq!((output.code, output.stdout.len()), (Some(2), 0));
    assert!(output.stderr.contains("f-0: is no finding of "), "{}", output.stderr);
    assert!(all.iter().all(|finding| output.stderr.contains(id(finding))), "{}", output.stderr);
    let clean = evidence(&path("captures/clean-tls12/capture.pcapng"), &["f-0"], &[]);
    assert!(clean.stderr.contains("it has none"), "{}", clean.stderr);
}

#[test]
fn what_has_no_packets_or_gives_them_once_is_refused() {
    let har = evidence(&path("tests/data/shop.har"), &["f-0"], &[]);
    assert_eq!(har.code, Some(2));
    assert!(har.stderr.contains("has no packets"), "{}", har.stderr);
    let capture = std::fs::read(path(INTERCEPTED)).unwrap();
    let stdin = run_with_input(&["evidence", "-", "--finding", "f-0"], &capture);
    assert_eq!(stdin.code, Some(2));
    assert!(stdin.stderr.contains("reads twice"), "{}", stdin.stderr);
    for name in ["captures", "captures/none.pcap"] {
        assert_eq!(evidence(&path(name), &["f-0"], &[]).code, Some(2));
    }
    let over = evidence(&path(INTERCEPTED), &["f-0"], &["-o", &path(INTERCEPTED)]);
    assert_eq!(over.code, Some(2));
    assert_eq!(std::fs::read(path(INTERCEPTED)).unwrap(), capture, "it is still there");
}

#[test]
fn a_capture_that_is_cut_off_gives_what_it_has() {
    let whole = std::fs::read(path(INTERCEPTED)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcapng");
    std::fs::write(&cut, &whole[..whole.len() - 5]).unwrap();
    let all = findings(&path(INTERCEPTED));
    for (more, code) in [(&[][..], 2), (&["--allow-truncated"], 0)] {
        let output = evidence(cut.to_str().unwrap(), &[id(&all[0])], more);
        assert_eq!(output.code, Some(code), "{}", output.stderr);
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn secrets_come_only_when_they_are_asked_for() {
    let capture = path(INTERCEPTED);
    let log = path("captures/mitmproxy-accepted-tls12/keys.log");
    let all = findings(&capture);
    let slice = |more: &[&str]| {
        let output = evidence(&capture, &[id(&all[0])], more);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let lines = std::fs::read_to_string(&log).unwrap();
    let secret = lines.lines().find(|line| line.starts_with("CLIENT_RANDOM")).unwrap();
    assert!(!slice(&["--keylog", &log]).contains(secret));
    assert!(slice(&["--keylog", &log, "--show-secrets"]).contains(secret));
}

/// Wireshark's own reader, where it is installed, sees the comments.
#[test]
fn wireshark_reads_it() {
    let Ok(version) = Command::new("tshark").arg("--version").output() else { return };
    if !version.status.success() {
        return;
    }
    let capture = path(INTERCEPTED);
    let all = findings(&capture);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slice.pcapng");
    evidence(&capture, &[id(&all[0])], &["-o", file.to_str().unwrap()]);
    let fields = ["-T", "fields", "-e", "frame.comment", "-e", "tls.handshake.type"];
    let output = Command::new("tshark").arg("-r").arg(&file).args(fields).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("interloper: packet "), "{text}");
    assert!(text.contains("\t1\n"), "the ClientHello is dissected: {text}");
}
