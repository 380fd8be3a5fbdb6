//! What `expected.json` says of one case in one mode, and whether a document is as it says.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::Outcome;
use super::modes::Mode;

/// The labels of one case in one mode.
#[derive(Debug)]
pub(super) struct Expected {
    must: Vec<Vec<String>>,
    must_not: Vec<String>,
    quiet: bool,
    /// The product whose name a `known-interceptor` finding must bear.
    interceptor: Option<String>,
}

impl Expected {
    /// `None` if the labels do not speak of this mode.
    pub(super) fn read(case: &Path, mode: Mode) -> Option<Self> {
        let text = std::fs::read_to_string(case.join("expected.json")).ok()?;
        let labels: Value = serde_json::from_str(&text).ok()?;
        let of_mode = labels.get(mode.word()).filter(|value| value.is_object())?;
        let groups = of_mode["must"].as_array().into_iter().flatten();
        Some(Self {
            must: groups.map(words).collect(),
            must_not: words(&of_mode["must_not"]),
            quiet: of_mode["quiet"] == true,
            interceptor: labels["interceptor"].as_str().map(str::to_owned),
        })
    }

    pub(super) fn judge(
        &self,
        place: &str,
        document: &Value,
        implemented: &BTreeSet<String>,
        outcome: &mut Outcome,
    ) {
        let findings = document["findings"].as_array().map_or(&[][..], Vec::as_slice);
        let text =
            |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let fired: BTreeSet<String> =
            findings.iter().map(|finding| text(finding, "rule")).collect();
        for alternatives in &self.must {
            if !alternatives.iter().any(|rule| implemented.contains(rule)) {
                outcome.skipped += 1;
            } else if alternatives.iter().any(|rule| fired.contains(rule)) {
                outcome.found += 1;
            } else {
                outcome.missed += 1;
                outcome.faults.push(format!("{place}: none of {alternatives:?}, but {fired:?}"));
            }
        }
        for pattern in &self.must_not {
            match fired.iter().find(|rule| matches(pattern, rule)) {
                None => outcome.quiet += 1,
                Some(rule) => {
                    outcome.loud += 1;
                    outcome.faults.push(format!("{place}: {rule}, which {pattern} forbids"));
                }
            }
        }
        if self.quiet {
            let loud = |finding: &&Value| {
                matches!(text(finding, "severity").as_str(), "medium" | "high" | "critical")
            };
            match findings.iter().find(loud) {
                None => outcome.quiet += 1,
                Some(finding) => {
                    outcome.loud += 1;
                    let title = text(finding, "title");
                    outcome.faults.push(format!("{place}: must be quiet, but: {title}"));
                }
            }
        }
        if let Some(interceptor) = &self.interceptor {
            let named = |finding: &Value| {
                let title = text(finding, "title").to_lowercase().replace(' ', "");
                text(finding, "rule") != "channel/known-interceptor" || title.contains(interceptor)
            };
            if !findings.iter().all(named) {
                outcome.missed += 1;
                outcome.faults.push(format!("{place}: a finding does not name {interceptor}"));
            }
        }
    }
}

fn words(value: &Value) -> Vec<String> {
    let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

fn matches(pattern: &str, rule: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == rule, |start| rule.starts_with(start))
}
