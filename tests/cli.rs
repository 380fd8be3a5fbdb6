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

/// The binary, without the settings and the config file of whoever runs the tests.
fn interloper(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interloper"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("INTERLOPER_")) {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
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
    assert!(
        report.starts_with("api.shop.test is intercepted by mitmproxy, and 192.168.50.20"),
        "{report}"
    );
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
    for (fail_on, expected) in [("info", 1), ("high", 1), ("critical", 1), ("never", 0)] {
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
fn the_same_handshakes_on_both_sides_are_end_to_end() {
    let output = run(&["compare", CLEAN, CLEAN, "--trust-root", ROOT]);
    assert_eq!(code(&output), Some(0), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    assert!(report.starts_with("End to end: "), "{report}");
    assert!(report.contains("\nSessions of the phone\n  end to end "), "{report}");
}

#[test]
fn another_handshake_at_the_edge_is_not_end_to_end() {
    let arguments = ["compare", INTERCEPTED, CLEAN, "--format", "json", "--trust-root", ROOT];
    let output = run(&arguments);
    assert_eq!(code(&output), Some(1));
    let document = json(&output.stdout);
    let summary = &document["summary"]["compare"];
    assert!(summary["terminated"].as_u64() > Some(0) && summary["end_to_end"] == 0, "{summary}");
    let findings = document["findings"].as_array().unwrap();
    let finding = findings.iter().find(|f| f["rule"] == "channel/not-end-to-end").unwrap();
    assert_eq!((&finding["severity"], &finding["input"]), (&"critical".into(), &0.into()));
    let captures: Vec<&Value> =
        finding["evidence"].as_array().unwrap().iter().map(|fact| &fact["capture"]).collect();
    assert!(captures.contains(&&"phone".into()) && captures.contains(&&"edge".into()));
    let never = run(&[&arguments[..], &["--fail-on", "never"]].concat());
    assert_eq!(code(&never), Some(0));
}

#[test]
fn compare_needs_two_captures() {
    for arguments in
        [["compare", "captures", CLEAN], ["compare", CLEAN, "-"], ["compare", "no/such", CLEAN]]
    {
        let output = run(&arguments);
        assert_eq!((code(&output), text(&output.stdout).as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(text(&output.stderr).lines().count(), 1);
    }
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
fn pins_says_who_let_an_interceptor_in() {
    let audit = |case: &str| {
        let path = format!("captures/{case}/capture.pcapng");
        let output = run(&["pins", &path, "--trust-root", ROOT, "--format", "json"]);
        assert_eq!(code(&output), Some(0));
        let rows = json(&output.stdout)["rows"].as_array().unwrap().clone();
        let answers = rows.iter().map(|row| row["answer"].as_str().unwrap().to_owned());
        answers.collect::<std::collections::BTreeSet<String>>()
    };
    assert!(audit("mitmproxy-accepted-tls12").contains("accepted"));
    assert!(audit("mitmproxy-refused-tls12").contains("refused"));
    assert!(audit("mitmproxy-refused-pinned-tls12").contains("refused"));
    assert!(!audit("clean-tls12").contains("accepted"));
    let table = text(&run(&["pins", INTERCEPTED, "--trust-root", ROOT]).stdout);
    assert!(table.starts_with("CLIENT") && table.contains("issuer CN=mitmproxy"));
}

#[test]
fn exported_pins_fit_what_they_were_made_from_and_no_interceptor() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["android", "ios", "okhttp", "toml"] {
        let pins = folder.path().join(form);
        let pins = pins.to_str().unwrap();
        let output = run(&["pins", CLEAN, "--trust-root", ROOT, "--export", form, "-o", pins]);
        assert_eq!(code(&output), Some(0), "{form}");
        let raised = |capture: &str| {
            let options = ["--trust-root", ROOT, "--pins", pins, "--format", "json"];
            let output = run(&[&["scan", capture][..], &options].concat());
            text(&output.stdout).contains("\"channel/pin-mismatch\"")
        };
        assert!(!raised(CLEAN), "{form}");
        assert!(raised(INTERCEPTED), "{form}");
    }
}

#[test]
fn a_bad_file_of_pins_is_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let pins = folder.path().join("pins.toml");
    fs::write(&pins, "[[host]]\nname = 'a.test'\npins = ['x']\n").unwrap();
    let output = run(&["scan", CLEAN, "--pins", pins.to_str().unwrap()]);
    assert_eq!(code(&output), Some(2));
    assert!(text(&output.stderr).contains("pins.toml: host 'a.test': 'x' is no SHA-256"));
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

const ENCRYPTED: &str = "captures/mitmproxy-accepted-tls13/capture.pcapng";
const KEYS: &str = "captures/mitmproxy-accepted-tls13/keys.log";

/// The issuers in the records of a capture.
fn issuers(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (Some(0), String::new()));
    let lines = text(&output.stdout);
    let events = lines.lines().map(|line| json(line.as_bytes()));
    events.filter_map(|event| Some(event["tls"]["issuerdn"].as_str()?.to_owned())).collect()
}

#[test]
fn a_key_log_opens_the_handshake_of_tls13() {
    assert!(issuers(&mut interloper(&["records", ENCRYPTED, "--events", "tls"])).is_empty());
    let with_keys = ["records", ENCRYPTED, "--events", "tls", "--keylog", KEYS];
    let issuer = "CN=mitmproxy, O=mitmproxy";
    assert_eq!(issuers(&mut interloper(&with_keys)), [issuer]);
    let environment = [("INTERLOPER_KEYLOG", KEYS)];
    assert_eq!(issuers(interloper(&with_keys[..4]).envs(environment)), [issuer]);
    let output = run(&["scan", ENCRYPTED, "--keylog", KEYS, "--trust-root", ROOT]);
    assert!(text(&output.stdout).contains("mitmproxy"), "{output:?}");
}

#[test]
fn secrets_inside_a_capture_are_used_wherever_they_lie() {
    let log = fs::read(KEYS).unwrap();
    let padded = log.len().next_multiple_of(4);
    let length = u32::try_from(padded + 20).unwrap();
    let words = [10, length, 0x544c_534b, u32::try_from(log.len()).unwrap()];
    let head = words.map(u32::to_le_bytes).concat();
    let padding = vec![0; padded - log.len()];
    let block = [&head[..], &log, &padding, &length.to_le_bytes()].concat();
    let capture = fs::read(ENCRYPTED).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("behind.pcapng");
    fs::write(&path, [&capture[..], &block].concat()).unwrap();
    let arguments = ["records", path.to_str().unwrap(), "--events", "tls"];
    assert_eq!(issuers(&mut interloper(&arguments)).len(), 1, "behind the packets");
    let section = usize::try_from(u32::from_le_bytes(capture[4..8].try_into().unwrap())).unwrap();
    let before = [&capture[..section], &block, &capture[section..]].concat();
    for (bytes, found) in [(before, 1), ([&capture[..], &block].concat(), 0)] {
        let mut child = interloper(&["records", "-", "--events", "tls"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = text(&child.wait_with_output().unwrap().stdout);
        assert_eq!(output.matches("issuerdn").count(), found, "of a pipe, those before");
    }
}

#[test]
fn a_key_log_that_does_not_fit_is_said_and_one_that_is_missing_is_an_error() {
    let other = "captures/clean-http3/keys.log";
    let output = run(&["scan", ENCRYPTED, "--keylog", other, "--format", "json"]);
    let why = json(&output.stdout)["summary"]["not_observable"][0]["why"].clone();
    assert_eq!(why, "no-key");
    for arguments in [["scan", ENCRYPTED], ["records", ENCRYPTED]] {
        let output = run(&[&arguments[..], &["--keylog", "no/such/keys.log"]].concat());
        assert_eq!(code(&output), Some(2));
        assert!(text(&output.stderr).starts_with("interloper: no/such/keys.log: "));
    }
    let output = run(&["records", ENCRYPTED, "--keylog", "README.md", "--events", "tls"]);
    assert_eq!(code(&output), Some(0));
    assert!(text(&output.stderr).contains("README.md: holds no secret"), "{output:?}");
}

#[test]
fn key_material_is_never_written() {
    let log = fs::read_to_string(KEYS).unwrap();
    let secrets: Vec<&str> = log.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    assert!(!secrets.is_empty());
    for face in [&["records"][..], &["scan"], &["scan", "--format", "json"]] {
        let output = run(&[face, &[ENCRYPTED, "--keylog", KEYS]].concat());
        let written = [text(&output.stdout), text(&output.stderr)].concat().to_lowercase();
        assert!(!secrets.iter().any(|secret| written.contains(&secret.to_lowercase())));
    }
}
