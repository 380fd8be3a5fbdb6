//! Input that cannot be read: one line that names the file and the place, exit code 2, no panic, and
//! all that was read before.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so and stops"
)]

#[path = "support/packets.rs"]
mod packets;
mod support;

use std::path::{Path, PathBuf};

use packets::{packets, pcap, pcapng, with_word};
use support::Output;

/// Link type of Ethernet, in both formats.
const ETHERNET: u16 = 1;

/// A folder of its own for each test, gone at its end.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file can be written");
    path
}

fn scan(path: &Path) -> Output {
    support::run([Path::new("scan"), path])
}

/// The one line of an error; anything else on stderr, or another exit code, fails.
fn error_line(run: &Output, context: &str) -> String {
    assert_eq!(run.code, Some(2), "{context}: exit code; {}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let [line] = lines.as_slice() else { panic!("{context}: not one line: {:?}", run.stderr) };
    assert!(line.starts_with("interloper: "), "{context}: {line}");
    (*line).to_owned()
}

/// Both formats, with a name for messages.
fn files() -> [(&'static str, Vec<u8>); 2] {
    [("a.pcap", pcap(u32::from(ETHERNET), &packets())), ("a.pcapng", pcapng(ETHERNET, &packets()))]
}

#[test]
fn whole_files_are_read_without_a_word() {
    let folder = folder();
    for (name, bytes) in files() {
        let path = write(&folder, name, &bytes);
        let run = scan(&path);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{name}");
        let records = support::run([Path::new("records"), &path]);
        let flows = records.text().lines().filter(|l| l.contains(r#""event_type":"flow""#)).count();
        assert_eq!(flows, 1, "{name}: {}", records.text());
    }
}

#[test]
fn every_cut_names_file_byte_and_packet() {
    let folder = folder();
    for (name, bytes) in files() {
        let whole_ends = ends_of_packets(name, &bytes);
        for end in 0..bytes.len() {
            let path = write(&folder, name, &bytes[..end]);
            let run = scan(&path);
            let context = format!("{name} cut at {end}");
            assert!(run.orderly(), "{context}: {run:?}");
            if whole_ends.contains(&end) {
                assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{context}");
                continue;
            }
            let line = error_line(&run, &context);
            assert!(line.contains(name), "{context} names the file: {line}");
            if end >= 4 {
                assert!(line.contains("byte "), "{context} names the byte: {line}");
                let place = line.contains("packet ") || line.contains("file header");
                assert!(place, "{context} names the packet: {line}");
            }
        }
    }
}

/// Where a file can end without harm: behind its headers and behind each packet.
fn ends_of_packets(name: &str, bytes: &[u8]) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), if name == "a.pcap" { 24 } else { 0 });
    if name == "a.pcap" {
        ends.push(at);
    }
    while at < bytes.len() {
        let (length_at, head) = if name == "a.pcap" { (at + 8, 16) } else { (at + 4, 0) };
        let word: [u8; 4] = bytes[length_at..length_at + 4].try_into().expect("four bytes");
        at += usize::try_from(u32::from_le_bytes(word)).expect("small") + head;
        ends.push(at);
    }
    ends
}

#[test]
fn what_comes_before_the_cut_is_reported() {
    let folder = folder();
    for (name, bytes) in files() {
        let path = write(&folder, name, &bytes[..bytes.len() - 1]);
        let records = support::run([Path::new("records"), &path]);
        assert_eq!(records.code, Some(2), "{name}");
        assert!(records.text().contains(r#""pkts_toserver":1"#), "{name}: {}", records.text());
        let run = support::run([Path::new("scan"), Path::new("--format=json"), &path]);
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).expect("a document");
        assert_eq!(document["inputs"][0]["truncated"], true, "{name}");
        assert_eq!(document["summary"]["packets"], 1, "{name}");
    }
}

#[test]
fn a_cut_file_may_be_allowed() {
    let folder = folder();
    let bytes = pcap(u32::from(ETHERNET), &packets());
    let path = write(&folder, "cut.pcap", &bytes[..bytes.len() - 1]);
    let run = support::run([Path::new("scan"), Path::new("--allow-truncated"), &path]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let nonsense = write(&folder, "nonsense", b"this is no capture at all, just text");
    let run = support::run([Path::new("scan"), Path::new("--allow-truncated"), &nonsense]);
    assert_eq!(run.code, Some(2), "what is no capture cannot be allowed: {}", run.stderr);
}

#[test]
fn absurd_values_are_refused_with_their_place() {
    let folder = folder();
    let (pcap, pcapng) = (pcap(1, &packets()), pcapng(ETHERNET, &packets()));
    for (name, bytes) in [
        ("packet-of-4-gigabytes.pcap", with_word(pcap.clone(), 24 + 8, u32::MAX)),
        ("packet-of-1-gigabyte.pcap", with_word(pcap, 24 + 8, 1 << 30)),
        ("block-of-4-gigabytes.pcapng", with_word(pcapng.clone(), 28 + 4, 0xffff_fffc)),
        ("block-of-3-bytes.pcapng", with_word(pcapng.clone(), 28 + 4, 3)),
        ("packet-longer-than-its-block.pcapng", with_word(pcapng.clone(), 48 + 20, 60_000)),
        ("packet-of-no-interface.pcapng", with_word(pcapng, 48 + 8, 7)),
    ] {
        let run = scan(&write(&folder, name, &bytes));
        let line = error_line(&run, name);
        assert!(line.contains(name) && line.contains("byte "), "{line}");
    }
}

#[test]
fn what_is_no_capture_is_said_to_be_none() {
    let folder = folder();
    let long = vec![0x55_u8; 70_000];
    for (name, bytes) in [
        ("empty", b"".as_slice()),
        ("one-byte", b"\n"),
        ("text", b"GET / HTTP/1.1\r\nHost: api.shop.test\r\n\r\n"),
        ("long", long.as_slice()),
        ("gzip-of-nothing", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("broken-gzip", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff]),
        ("broken-zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff]),
    ] {
        let run = scan(&write(&folder, name, bytes));
        assert!(error_line(&run, name).contains(name), "{name}");
        let run = support::run_with_input(&["scan", "-"], bytes);
        error_line(&run, &format!("{name} on standard input"));
    }
}

#[test]
fn files_that_are_not_there_or_not_readable() {
    let folder = folder();
    let missing = folder.path().join("missing.pcap");
    assert!(error_line(&scan(&missing), "missing").contains("missing.pcap"));

    let run = scan(folder.path());
    error_line(&run, "a folder without captures");

    let secret = write(&folder, "secret.pcap", &pcap(1, &packets()));
    forbid(&secret);
    // The superuser may read everything; then there is nothing to see.
    if std::fs::File::open(&secret).is_err() {
        assert!(error_line(&scan(&secret), "no permission").contains("secret.pcap"));
    }
}

#[cfg(unix)]
fn forbid(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(path, nobody).expect("permissions can be set");
}

#[cfg(not(unix))]
fn forbid(_path: &Path) {}

#[test]
fn an_unknown_link_type_is_said_and_is_no_failure() {
    let folder = folder();
    for link_type in [147_u16, 65_535] {
        let files = [pcap(u32::from(link_type), &packets()), pcapng(link_type, &packets())];
        for bytes in files {
            let path = write(&folder, "odd", &bytes);
            let run = scan(&path);
            assert!(run.orderly(), "{link_type}: {run:?}");
            let records = support::run([Path::new("records"), &path]);
            let said = records.text().contains("link-type-unknown")
                || records.stderr.contains("link type")
                || run.stderr.contains("link type");
            assert!(said, "{link_type}: {} {}", records.text(), records.stderr);
        }
    }
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let folder = folder();
    let bad = write(&folder, "bad", b"nothing");
    let good = write(&folder, "good.pcap", &pcap(1, &packets()));
    let run = support::run([Path::new("records"), &bad, &good]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.text().contains(r#""event_type":"flow""#), "{}", run.text());
    assert!(run.stderr.contains("bad"), "{}", run.stderr);
}

#[test]
fn spoilt_bytes_never_end_in_a_panic() {
    let folder = folder();
    for (name, bytes) in files() {
        for offset in 0..bytes.len() {
            for value in [0x00, 0xff] {
                let mut spoilt = bytes.clone();
                spoilt[offset] = value;
                let run = scan(&write(&folder, name, &spoilt));
                assert!(run.orderly(), "{name} with {value:#04x} at {offset}: {run:?}");
            }
        }
    }
}
