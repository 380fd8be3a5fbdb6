//! The labelled lab captures: which rules must fire, and which must not.
//!
//! Mode `blind` of each `expected.json`: no key log, no baseline. Only rules that exist are asked
//! for: of a group of alternatives with at least one implemented rule, one of the implemented must
//! fire; groups without any are skipped and counted. `must_not` patterns may end in `*`. A `quiet`
//! case has no finding of medium or above.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::compare::Comparison;
use crate::runs::{Runs, for_each};
use crate::support;

/// What one case showed.
#[derive(Debug, Default)]
struct Outcome {
    compared: usize,
    skipped: usize,
    faults: Vec<String>,
}

/// Runs all cases.
pub(crate) fn check(runs: &Runs, comparison: &Comparison) -> Result<(), String> {
    let implemented = implemented()?;
    let cases = runs.shared.lab_cases();
    if cases.is_empty() {
        return Err(String::from("lab: no cases were found"));
    }
    let outcomes = for_each(&cases, |case| run_case(runs, case, &implemented));
    let sum = |count: fn(&Outcome) -> usize| outcomes.iter().map(count).sum::<usize>();
    let faults: Vec<&String> = outcomes.iter().flat_map(|outcome| &outcome.faults).collect();
    let compared = sum(|outcome| outcome.compared);
    comparison.count("lab", compared, compared.saturating_sub(faults.len()));
    comparison.skip("lab", sum(|outcome| outcome.skipped));
    if faults.is_empty() {
        return Ok(());
    }
    let lines: Vec<&str> = faults.iter().map(|fault| fault.as_str()).collect();
    Err(format!("lab: {} faults\n{}", lines.len(), lines.join("\n")))
}

/// The ids of the rules that exist.
pub(crate) fn implemented() -> Result<BTreeSet<String>, String> {
    let run = support::run(["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&run.stdout)
        .map_err(|error| format!("`interloper rules --format json` gives no JSON: {error}"))?;
    let list = rules.as_array().or_else(|| rules["rules"].as_array());
    let ids = list.into_iter().flatten().filter_map(|rule| rule["id"].as_str());
    let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() { Err(String::from("`interloper rules` lists no rules")) } else { Ok(ids) }
}

fn run_case(runs: &Runs, case: &std::path::Path, implemented: &BTreeSet<String>) -> Outcome {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut outcome = Outcome::default();
    let expected = std::fs::read_to_string(case.join("expected.json")).unwrap_or_default();
    let expected: Value = serde_json::from_str(&expected).unwrap_or_default();
    let blind = &expected["blind"];
    if !blind.is_object() {
        return outcome;
    }
    let trust = runs.shared.lab().join("trust");
    let run = support::output(
        support::interloper()
            .args(["scan", "--format", "json", "--trust-root"])
            .arg(trust.join("public-roots.pem"))
            .arg("--ct-log-list")
            .arg(trust.join("ct-logs.json"))
            .arg(case.join("phone.pcap")),
    );
    let Ok(document) = serde_json::from_slice::<Value>(&run.stdout) else {
        outcome.compared = 1;
        outcome.faults.push(format!("{name}: exit {:?}: {}", run.code, run.stderr.trim()));
        return outcome;
    };
    let findings: Vec<(&str, &str)> = document["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| Some((finding["rule"].as_str()?, finding["severity"].as_str()?)))
        .collect();
    judge(&name, blind, &findings, implemented, &mut outcome);
    outcome
}

fn judge(
    name: &str,
    blind: &Value,
    findings: &[(&str, &str)],
    implemented: &BTreeSet<String>,
    outcome: &mut Outcome,
) {
    let fired: BTreeSet<&str> = findings.iter().map(|(rule, _)| *rule).collect();
    let list = |value: &Value| -> Vec<String> {
        let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    };
    for group in blind["must"].as_array().into_iter().flatten() {
        let alternatives = list(group);
        if !alternatives.iter().any(|rule| implemented.contains(rule)) {
            outcome.skipped += 1;
            continue;
        }
        outcome.compared += 1;
        if !alternatives.iter().any(|rule| fired.contains(rule.as_str())) {
            outcome.faults.push(format!("{name}: none of {alternatives:?} fired, but {fired:?}"));
        }
    }
    for pattern in list(&blind["must_not"]) {
        outcome.compared += 1;
        if let Some(rule) = fired.iter().find(|rule| matches(&pattern, rule)) {
            outcome.faults.push(format!("{name}: {rule} fired, which {pattern} forbids"));
        }
    }
    if blind["quiet"] == true {
        outcome.compared += 1;
        let loud = |severity: &str| matches!(severity, "medium" | "high" | "critical");
        if let Some((rule, severity)) = findings.iter().find(|(_, severity)| loud(severity)) {
            outcome.faults.push(format!("{name}: must be quiet, but {rule} fired ({severity})"));
        }
    }
}

fn matches(pattern: &str, rule: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == rule, |start| rule.starts_with(start))
}
