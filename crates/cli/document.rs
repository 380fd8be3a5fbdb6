//! From the engine's numbers to a report.

use detect::filter::Filter;
use detect::{Finding, Severity};
use engine::{Engine, InputStats};
use report::{Input, Summary};

/// What the report says of each input; those at `broken` were not read to their end.
pub(crate) fn inputs(engine: &Engine, broken: &[usize]) -> Vec<Input> {
    let numbered = engine.inputs().iter().enumerate();
    numbered.map(|(index, stats)| input(stats, broken.contains(&index))).collect()
}

fn input(stats: &InputStats, truncated: bool) -> Input {
    Input {
        path: stats.status.name.clone(),
        sha256: stats.status.sha256,
        packets: stats.packets,
        first: stats.first,
        last: stats.last,
        link_types: stats.status.link_types.clone(),
        truncated,
    }
}

/// What was examined, over all inputs; `filtered` findings were left out.
pub(crate) fn summary(engine: &Engine, filtered: u64) -> Summary {
    let sum = |number: fn(&InputStats) -> u64| {
        engine.inputs().iter().map(number).fold(0, u64::saturating_add)
    };
    Summary {
        packets: sum(|stats| stats.packets),
        flows: sum(|stats| stats.flows),
        sessions: sum(|stats| stats.sessions),
        exchanges: engine.detection().exchanges(),
        suppressed: engine.detection().suppressed(),
        filtered,
        not_observable: engine.detection().not_observable(),
        compare: engine.detection().comparison(),
    }
}

/// The findings that pass, in output order, and how many do not.
pub(crate) fn findings<'a>(engine: &'a Engine, filter: &Filter) -> (Vec<&'a Finding>, u64) {
    let mut findings = engine.detection().ledger().sorted();
    let all = findings.len();
    findings.retain(|finding| filter.matches(*finding));
    let filtered = all.saturating_sub(findings.len());
    (findings, u64::try_from(filtered).unwrap_or(u64::MAX))
}

/// The worst severity among the findings that pass.
pub(crate) fn worst(engine: &Engine, filter: &Filter) -> Option<Severity> {
    let findings = engine.detection().ledger().findings();
    findings.filter(|finding| filter.matches(*finding)).map(|finding| finding.severity).max()
}

/// What people should know of a run although it is no finding.
pub(crate) fn notes(engine: &Engine) -> Vec<String> {
    let mut notes = Vec::new();
    for stats in engine.inputs() {
        let (name, packets) = (&stats.status.name, stats.packets);
        if packets > 0 && stats.undissected >= packets {
            let link_types: Vec<String> =
                stats.status.link_types.iter().map(ToString::to_string).collect();
            let link_types = link_types.join(", ");
            notes.push(format!(
                "{name}: none of {packets} packets could be dissected (link type {link_types})"
            ));
        }
        if stats.left_out > 0 {
            let left_out = stats.left_out;
            notes.push(format!(
                "{name}: {left_out} entries were left out: a cache answered them, or they are no HTTP"
            ));
        }
        if stats.status.dropped > 0 {
            let dropped = stats.status.dropped;
            notes.push(format!("{name}: {dropped} packets were dropped before they could be read"));
        }
    }
    notes.extend(engine.detection().policy_notes().map(str::to_owned));
    let dropped = engine.detection().ledger().dropped();
    if dropped > 0 {
        notes.push(format!("the list of findings is full: {dropped} more were not kept"));
    }
    notes
}
