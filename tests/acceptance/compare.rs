//! Compares vectors with our records and keeps count.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::differences::{Differences, cells};
use crate::runs::Runs;
use crate::vector::{Place, Vector};

/// Numbers of one source.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    compared: usize,
    equal: usize,
    explained: usize,
    skipped: usize,
}

/// Compares, and gathers numbers over all suites for the table at the end.
#[derive(Debug)]
pub(crate) struct Comparison {
    differences: Differences,
    tallies: Mutex<BTreeMap<&'static str, Tally>>,
}

impl Comparison {
    /// Nothing was compared yet.
    pub(crate) fn new() -> Self {
        Self { differences: Differences::load(), tallies: Mutex::default() }
    }

    /// The table of explained differences.
    pub(crate) fn differences(&self) -> &Differences {
        &self.differences
    }

    /// Compares all vectors of one source. Unexplained differences, and explanations that were not
    /// needed, are the error; it is also written to a file from which rows can be copied.
    pub(crate) fn compare(
        &self,
        source: &'static str,
        runs: &Runs,
        vectors: &[Vector],
    ) -> Result<(), String> {
        if vectors.is_empty() {
            return Err(format!("{source}: no vectors were read: has the shared folder changed?"));
        }
        runs.read(vectors.iter().map(|vector| vector.capture.as_str()));
        let mut unexplained = Vec::new();
        let mut tally = Tally::default();
        for vector in vectors {
            tally.compared += 1;
            let ours = match runs.records(&vector.capture).as_ref() {
                Ok(ours) => ours.values(&vector.place, &vector.field),
                Err(error) => vec![error.clone()],
            };
            if vector.relation.holds(&vector.expected, &ours) {
                tally.equal += 1;
            } else if self.differences.explain(vector, &ours).is_some() {
                tally.explained += 1;
            } else {
                unexplained.push(cells(vector, &ours).join("\t"));
            }
        }
        self.add(source, tally);
        let asked = vectors
            .iter()
            .map(|vector| (vector.field.to_string(), matches!(vector.place, Place::Capture)));
        let mut stale = self.differences.unused(source, &asked.collect());
        verdict(source, &unexplained, &mut stale)
    }

    /// Adds numbers of a suite that compares in its own way.
    pub(crate) fn count(&self, source: &'static str, compared: usize, equal: usize) {
        self.add(source, Tally { compared, equal, ..Tally::default() });
    }

    /// Adds vectors that cannot be compared, since they are about something that is not here.
    pub(crate) fn skip(&self, source: &'static str, skipped: usize) {
        self.add(source, Tally { skipped, ..Tally::default() });
    }

    fn add(&self, source: &'static str, tally: Tally) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = tallies.entry(source).or_default();
        sum.compared += tally.compared;
        sum.equal += tally.equal;
        sum.explained += tally.explained;
        sum.skipped += tally.skipped;
    }

    /// The table at the end.
    pub(crate) fn table(&self) -> String {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = format!(
            "{:<24}{:>10}{:>10}{:>11}{:>8}{:>9}\n",
            "source", "compared", "equal", "explained", "failed", "skipped"
        );
        for (source, tally) in tallies.iter() {
            let failed = tally.compared - tally.equal - tally.explained;
            let Tally { compared, equal, explained, skipped } = tally;
            let _infallible = writeln!(
                table,
                "{source:<24}{compared:>10}{equal:>10}{explained:>11}{failed:>8}{skipped:>9}"
            );
        }
        table
    }
}

/// Most lines of a failure that are printed; the file has them all.
const SHOWN: usize = 40;

fn verdict(source: &str, unexplained: &[String], stale: &mut Vec<String>) -> Result<(), String> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("unexplained-{source}.tsv"));
    if unexplained.is_empty() && stale.is_empty() {
        // An old list of a run that failed would mislead; there may be none.
        let _absent = std::fs::remove_file(&file);
        return Ok(());
    }
    let written = std::fs::write(&file, unexplained.join("\n") + "\n");
    let mut message = format!("{source}: {} unexplained differences", unexplained.len());
    if written.is_ok() {
        let _infallible = write!(message, ", all in {}", file.display());
    }
    message.push_str("\n(source, capture, place, field, expected, ours)\n");
    for line in unexplained.iter().take(SHOWN) {
        let cut: String = line.chars().take(400).collect();
        message.push_str(&cut);
        message.push('\n');
    }
    if !stale.is_empty() {
        let _infallible = writeln!(message, "{} explanations are not needed:", stale.len());
        stale.truncate(SHOWN);
        message.push_str(&stale.join("\n"));
    }
    Err(message)
}
