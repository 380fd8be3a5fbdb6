//! Same input, same bytes out: the repository's own captures, twice, and with 1, 2 and 8 threads.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so and stops")]

mod support;

use std::path::PathBuf;

/// The outputs that are compared.
const OUTPUTS: [&[&str]; 4] = [
    &["records"],
    &["scan", "--format", "json"],
    &["scan", "--format", "jsonl"],
    &["scan", "--format", "text"],
];

fn captures() -> Vec<PathBuf> {
    support::own_cases().iter().map(|case| case.join("capture.pcapng")).collect()
}

/// Runs one output over these captures.
fn run(output: &[&str], threads: &str, captures: &[PathBuf]) -> support::Output {
    let mut command = support::interloper();
    command.args(output).args(["--threads", threads]).args(captures);
    support::output(&mut command)
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for capture in captures() {
        for output in OUTPUTS {
            let first = run(output, "1", std::slice::from_ref(&capture));
            assert!(first.orderly(), "{capture:?} {output:?}: {}", first.stderr);
            assert!(!first.stdout.is_empty(), "{capture:?} {output:?} prints something");
            for threads in ["1", "2", "8"] {
                let again = run(output, threads, std::slice::from_ref(&capture));
                assert!(
                    again.stdout == first.stdout && again.code == first.code,
                    "{capture:?} {output:?}: other bytes with {threads} threads"
                );
            }
        }
    }
}

#[test]
fn all_captures_in_one_run_give_the_same_bytes() {
    let captures = captures();
    for output in OUTPUTS {
        let first = run(output, "1", &captures);
        assert!(first.orderly(), "{output:?}: {}", first.stderr);
        for threads in ["1", "2", "8"] {
            let again = run(output, threads, &captures);
            assert!(again.stdout == first.stdout, "{output:?}: other bytes, {threads} threads");
        }
    }
}

/// Small inputs are read on one thread whatever is asked for; sections of pcapng may follow each
/// other in one file, so the captures end to end, and again, make a large one.
#[test]
fn a_large_capture_gives_the_same_bytes() {
    const LARGE: usize = 12 << 20;
    let parts: Vec<Vec<u8>> =
        captures().iter().map(|path| std::fs::read(path).expect("a capture")).collect();
    let mut bytes = Vec::new();
    while bytes.len() < LARGE {
        let before = bytes.len();
        parts.iter().for_each(|part| bytes.extend(part));
        assert!(bytes.len() > before, "there are captures");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("large.pcapng");
    std::fs::write(&path, bytes).expect("a file can be written");
    for output in [OUTPUTS[0], OUTPUTS[1]] {
        let first = run(output, "1", std::slice::from_ref(&path));
        assert!(first.orderly(), "{output:?}: {}", first.stderr);
        for threads in ["2", "3", "8"] {
            let again = run(output, threads, std::slice::from_ref(&path));
            assert!(again.stdout == first.stdout, "{output:?}: other bytes, {threads} threads");
        }
    }
}

#[test]
fn the_order_of_the_inputs_is_the_order_of_the_records() {
    let captures = captures();
    let (Some(first), Some(last)) = (captures.first(), captures.last()) else {
        panic!("there are no captures");
    };
    let there = run(OUTPUTS[0], "2", &[first.clone(), last.clone()]);
    let back = run(OUTPUTS[0], "2", &[last.clone(), first.clone()]);
    assert!(there.stdout != back.stdout, "two captures that differ give records that differ");
    let mut lines: [Vec<String>; 2] =
        [there, back].map(|run| run.text().lines().map(without_input).collect());
    lines.iter_mut().for_each(|lines| lines.sort());
    assert_eq!(lines[0], lines[1], "the same records, whatever the order of the inputs");
}

/// Flow numbers go on from input to input, so they depend on the order; all else does not.
fn without_input(line: &str) -> String {
    let mut record: serde_json::Value = serde_json::from_str(line).expect("JSON Lines");
    if let Some(record) = record.as_object_mut() {
        record.remove("flow_id");
    }
    record.to_string()
}
