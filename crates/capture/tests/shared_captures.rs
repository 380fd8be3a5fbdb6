//! Every public capture is read, and has as many packets as others count in it.
//!
//! Part of the acceptance run: does nothing unless `INTERLOPER_ACCEPTANCE` is 1. The captures lie
//! in the folder that `INTERLOPER_SHARED` names, or else in `shared` beside the repository.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that fails may panic, and one that is not run says so"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use capture::{Block, Error, FileOptions, Fill, Source, open};

/// Files that are refused, or whose packets others count differently, and why.
const DIFFERENT: [(&str, &str); 5] = [
    ("libpcap/linktype-reserved-field-not-zero.pcap", "reserved bits are set"),
    ("libpcap/pcap-invalid-version-1.pcap", "version 1.4, which is not supported"),
    ("libpcap/pcapng-invalid-vers-1.pcapng", "version 0.1, which is not supported"),
    ("pcapplusplus/ExamplesTest/pcap_examples/solaris.snoop", "is not a pcap or pcapng capture"),
    ("pcapraven/pcaps/malformed/zero_length.pcap", "is empty"),
];

fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    env::var_os("INTERLOPER_SHARED").map_or(beside, PathBuf::from)
}

/// What was read of a file.
#[derive(Default)]
struct Counted {
    packets: u64,
    secrets: usize,
    error: Option<Error>,
}

fn count(path: &Path) -> Counted {
    let mut source = match open(path, &FileOptions::default()) {
        Ok(source) => source,
        Err(error) => return Counted { error: Some(error), ..Counted::default() },
    };
    let (mut packets, mut block) = (0, Block::default());
    loop {
        let filled = source.fill(&mut block);
        packets += block.packets().count() as u64;
        match filled {
            Ok(Fill::More) => {}
            Ok(Fill::End) => {
                return Counted { packets, secrets: source.secrets().len(), error: None };
            }
            Err(error) => {
                return Counted { packets, secrets: source.secrets().len(), error: Some(error) };
            }
        }
    }
}

/// Number of Decryption Secrets Blocks in the index's words, such as `pcapng le if=1 dsb=2`.
fn decryption_secrets(format: &str) -> usize {
    let number = format.split(' ').find_map(|word| word.strip_prefix("dsb="));
    number.map_or(0, |number| number.parse().unwrap())
}

#[test]
fn as_many_packets_as_others_count() {
    if env::var("INTERLOPER_ACCEPTANCE").as_deref() != Ok("1") {
        eprintln!("not run: set INTERLOPER_ACCEPTANCE=1 to read the shared captures");
        return;
    }
    let captures = shared().join("captures");
    let index = fs::read_to_string(captures.join("INDEX.tsv"))
        .unwrap_or_else(|error| panic!("{}: {error}; set INTERLOPER_SHARED", captures.display()));
    let different = BTreeMap::from(DIFFERENT);
    let (mut files, mut wrong) = (0, Vec::new());
    for line in index.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let [_, file, _, _, _, _, format, packets, _, _, _, contains, ..] = columns[..] else {
            panic!("INDEX.tsv: {line}");
        };
        files += 1;
        let Counted { packets: counted, secrets, error } = count(&captures.join(file));
        let text = error.as_ref().map(Error::to_string).unwrap_or_default();
        if let Some(expected) = different.get(file) {
            if !text.contains(expected) {
                wrong.push(format!("{file}: not refused as expected, but: {text}"));
            }
            continue;
        }
        // The index does not tell an early end from garbage at the end.
        let broken = contains.contains("cut short");
        if packets.parse().unwrap_or(0) != counted {
            wrong.push(format!("{file}: {packets} packets, we read {counted} {text}"));
        } else if secrets != decryption_secrets(format) {
            wrong.push(format!("{file}: {format}, we read {secrets} secrets"));
        } else if broken != matches!(error, Some(Error::Broken { .. })) {
            wrong.push(format!("{file}: broken at its end: {broken}, but: {text}"));
        }
    }
    assert!(files > 100, "INDEX.tsv names only {files} captures");
    assert!(wrong.is_empty(), "{} of {files} differ:\n{}", wrong.len(), wrong.join("\n"));
}
