//! The labelled lab captures: which rules must fire, and which must not, in every mode.
//!
//! `blind` has no key log and no baseline; `keys` has the lab's key log; `baseline` has what `learn`
//! makes of the clean sessions; `compare` has the origin's capture beside the phone's; `origin` is
//! the origin's alone. Of a group of alternatives with at least one implemented rule, one of the
//! implemented must fire; groups without any are counted as skipped. `must_not` patterns may end in
//! `*`. A `quiet` case has no finding of medium or above.

mod expected;
mod modes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::compare::Comparison;
use crate::runs::{Runs, for_each};
use crate::support;
use expected::Expected;
use modes::{Lab, Mode};

/// What one case showed in one mode.
#[derive(Debug)]
struct Outcome {
    group: char,
    mode: Mode,
    found: usize,
    missed: usize,
    quiet: usize,
    loud: usize,
    skipped: usize,
    faults: Vec<String>,
}

/// Runs all cases in all the modes that their labels speak of.
pub(crate) fn check(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    let implemented = implemented()?;
    let lab = Lab::prepare(&runs.shared)?;
    let cases = runs.shared.lab_cases();
    let labels: Vec<(PathBuf, Mode)> = cases
        .iter()
        .flat_map(|case| Mode::ALL.map(|mode| (case.clone(), mode)))
        .filter(|(case, mode)| Expected::read(case, *mode).is_some())
        .collect();
    if labels.is_empty() {
        return Err(String::from("lab: no cases were found"));
    }
    let outcomes = for_each(&labels, |(case, mode)| run_case(&lab, case, *mode, &implemented));
    let sum = |count: fn(&Outcome) -> usize| outcomes.iter().map(count).sum::<usize>();
    let right = sum(|outcome| outcome.found + outcome.quiet);
    let wrong = sum(|outcome| outcome.missed + outcome.loud);
    comparison.count("lab", right + wrong, right);
    comparison.skip("lab", sum(|outcome| outcome.skipped));
    println!("{}", table(&outcomes));
    let faults: Vec<&str> =
        outcomes.iter().flat_map(|outcome| &outcome.faults).map(String::as_str).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("lab: {} faults\n{}", faults.len(), faults.join("\n")))
}

/// By group and mode: rules found of those that must fire, and silences kept.
fn table(outcomes: &[Outcome]) -> String {
    let mut rows: BTreeMap<(char, Mode), [usize; 5]> = BTreeMap::new();
    for outcome in outcomes {
        let row = rows.entry((outcome.group, outcome.mode)).or_default();
        let Outcome { found, missed, quiet, loud, .. } = outcome;
        for (sum, count) in row.iter_mut().zip([1, *found, *missed, *quiet, *loud]) {
            *sum += count;
        }
    }
    let mut table = String::from("| group | mode | cases | found | missed | quiet | loud |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for ((group, mode), [cases, found, missed, quiet, loud]) in rows {
        let mode = mode.word();
        let _infallible = writeln!(
            table,
            "| {group} | {mode} | {cases} | {found} | {missed} | {quiet} | {loud} |"
        );
    }
    table
}

/// The ids of the rules that exist.
fn implemented() -> Result<BTreeSet<String>, String> {
    let run = support::run(["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&run.stdout)
        .map_err(|error| format!("`interloper rules --format json` gives no JSON: {error}"))?;
    let list = rules.as_array().or_else(|| rules["rules"].as_array());
    let ids = list.into_iter().flatten().filter_map(|rule| rule["id"].as_str());
    let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() { Err(String::from("`interloper rules` lists no rules")) } else { Ok(ids) }
}

fn run_case(lab: &Lab, case: &Path, mode: Mode, implemented: &BTreeSet<String>) -> Outcome {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let place = format!("{name} [{}]", mode.word());
    let mut outcome = Outcome {
        group: name.chars().next().unwrap_or('?'),
        mode,
        found: 0,
        missed: 0,
        quiet: 0,
        loud: 0,
        skipped: 0,
        faults: Vec::new(),
    };
    let Some(expected) = Expected::read(case, mode) else { return outcome };
    let run = support::output(&mut lab.command(case, mode));
    match serde_json::from_slice::<Value>(&run.stdout) {
        Ok(document) => expected.judge(&place, &document, implemented, &mut outcome),
        Err(_) => {
            outcome.missed = 1;
            outcome.faults.push(format!("{place}: exit {:?}: {}", run.code, run.stderr.trim()));
        }
    }
    outcome
}
