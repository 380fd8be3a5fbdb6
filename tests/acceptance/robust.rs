//! Every capture, also the malformed ones: no panic, and the same bytes out whenever and however
//! many threads; and captures that are cut off are reported as such.

use std::path::Path;

use crate::compare::Comparison;
use crate::runs::{Runs, for_each};
use crate::support::{self, Output};
use crate::tsv::Table;

/// How each capture is read; all must print the same. The first two are "twice".
const WAYS: [&[&str]; 4] =
    [&["--threads", "2"], &["--threads", "2"], &["--threads", "1"], &["--threads", "8"]];

/// What is larger than this is surely read on several threads.
const BIG: usize = 16 << 20;

/// Captures of at most this size are cut: a cut costs a process.
const SMALL: u64 = 6_000;

/// How many of the small captures are cut, evenly chosen.
const CUT_CAPTURES: usize = 40;

/// How many times each is cut, evenly over its length.
const CUTS: u64 = 12;

/// All captures, all ways, `records` and `scan`.
pub(crate) fn determinism(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    let captures = runs.shared.all();
    let faults: Vec<String> = for_each(&captures, |capture| {
        let path = runs.shared.path(capture);
        let commands: [&[&str]; 2] = [&["records"], &["scan", "--format", "json"]];
        commands.iter().filter_map(|command| same(command, &path, capture)).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    finish("robustness", captures.len() * 2, &faults, comparison)
}

/// All whole captures of the commonest kind in one file, since small inputs are read on one thread.
/// Its time jumps to and fro and its flows collide, which a real capture never does so much.
pub(crate) fn big_file(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    let index = Table::parse(&runs.shared.text("INDEX.tsv"));
    let mut bytes = Vec::new();
    for row in index.rows() {
        let alike = row["format"] == "pcap le us" && row["link_type"] == "Ethernet";
        let file = std::fs::read(runs.shared.path(row["file"])).unwrap_or_default();
        if alike && is_whole(&file) {
            let from = if bytes.is_empty() { 0 } else { PCAP_HEADER };
            bytes.extend(file.get(from..).unwrap_or_default());
        }
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("all.pcap");
    std::fs::write(&path, &bytes).map_err(|error| error.to_string())?;
    if bytes.len() < BIG {
        return Err(format!("big-file: only {} bytes, which one thread reads", bytes.len()));
    }
    let commands: [&[&str]; 2] = [&["records"], &["scan", "--format", "json"]];
    let faults = commands.map(|command| same(command, &path, "all.pcap"));
    let mut faults: Vec<String> = faults.into_iter().flatten().collect();
    let run = support::run([Path::new("scan"), Path::new("--fail-on=never"), &path]);
    if run.code != Some(0) {
        faults.push(format!("all.pcap was not read to its end: {}", run.stderr.trim()));
    }
    finish("big-file", commands.len(), &faults, comparison)
}

/// Length of a pcap file's header.
const PCAP_HEADER: usize = 24;

/// Whether the packets of a little-endian pcap file end where it ends, and none is absurdly long.
fn is_whole(file: &[u8]) -> bool {
    let mut at = PCAP_HEADER;
    while let Some(length) = file.get(at + 8..at + 12) {
        let length: [u8; 4] = length.try_into().expect("four bytes");
        match usize::try_from(u32::from_le_bytes(length)) {
            Ok(length) if length < 1 << 18 => at += 16 + length,
            _ => return false,
        }
    }
    at == file.len()
}

/// The first thing wrong with a capture's outputs.
fn same(command: &[&str], path: &Path, capture: &str) -> Option<String> {
    let mut first: Option<Output> = None;
    for way in WAYS {
        let run = support::output(support::interloper().args(command).args(way).arg(path));
        let name = command.first().copied().unwrap_or_default();
        if !run.orderly() {
            return Some(format!("{capture}: {name} {way:?}: exit {:?}: {}", run.code, run.stderr));
        }
        match &first {
            None => first = Some(run),
            Some(first) if first.stdout != run.stdout => {
                return Some(format!("{capture}: {name} {way:?}: other bytes than {:?}", WAYS[0]));
            }
            Some(first) if first.code != run.code => {
                return Some(format!("{capture}: {name} {way:?}: exit {:?}", run.code));
            }
            Some(_) => {}
        }
    }
    None
}

/// A sample of small captures, each cut at many offsets.
pub(crate) fn truncation(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    let small: Vec<String> = runs
        .shared
        .all()
        .into_iter()
        .filter(|capture| {
            let path = runs.shared.path(capture);
            let short = path.metadata().is_ok_and(|data| (100..=SMALL).contains(&data.len()));
            // A capture that is whole can be cut; one that is not is another test.
            short && support::run([Path::new("scan"), &path]).code.is_some_and(|code| code < 2)
        })
        .collect();
    let step = small.len().div_ceil(CUT_CAPTURES).max(1);
    let chosen: Vec<&String> = small.iter().step_by(step).collect();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let faults: Vec<String> = for_each(&chosen, |capture| {
        let bytes = std::fs::read(runs.shared.path(capture)).unwrap_or_default();
        let file = folder.path().join(capture.replace('/', "-"));
        let ends = (1..=CUTS).map(|cut| bytes.len() as u64 * cut / (CUTS + 1));
        let cuts = ends.filter_map(|end| usize::try_from(end).ok());
        cuts.filter_map(|end| cut(&file, bytes.get(..end)?, capture)).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    finish("truncation", chosen.len() * usize::try_from(CUTS).unwrap_or(0), &faults, comparison)
}

/// The fault of one cut capture. A cut at a packet's end cannot be seen, and is none.
fn cut(file: &Path, bytes: &[u8], capture: &str) -> Option<String> {
    std::fs::write(file, bytes).ok()?;
    let run = support::run([Path::new("scan"), Path::new("--fail-on=never"), file]);
    let at = bytes.len();
    if !run.orderly() {
        return Some(format!("{capture} cut at {at}: exit {:?}: {}", run.code, run.stderr));
    }
    let errors: Vec<&str> =
        run.stderr.lines().filter(|line| line.starts_with("interloper: ")).collect();
    match (run.code, errors.as_slice()) {
        (Some(0), []) => None,
        (Some(2), [line]) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            // The file header lies before the first packet; there is no number to name.
            let place = line.contains("packet ") || line.contains("file header");
            let complete = line.contains(&*name) && line.contains("byte ") && place;
            (!complete).then(|| format!("{capture} cut at {at}: file, byte or packet: {line}"))
        }
        _ => Some(format!("{capture} cut at {at}: exit {:?}, {errors:?}", run.code)),
    }
}

fn finish(
    source: &'static str,
    compared: usize,
    faults: &[String],
    comparison: &Comparison,
) -> Result<(), String> {
    comparison.count(source, compared, compared.saturating_sub(faults.len()));
    if compared == 0 {
        return Err(format!("{source}: no captures were found"));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = faults.iter().take(40).map(String::as_str).collect();
    Err(format!("{source}: {} faults\n{}", faults.len(), shown.join("\n")))
}
