//! The shapes of the JSON: field order here is key order there. Public API: see
//! `schema/interloper-1.schema.json`.

use std::borrow::Cow;

use detect::{Comparison, Evidence, Finding, NotObservable, Severity, Subject, VantagePoint};
use serde::Serialize;

use crate::input::{Input, Summary};
use crate::time::rfc3339;

/// `"tool"`.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) const THIS: Self = Self { name: "interloper", version: crate::VERSION };
}

/// One of `"inputs"`. What is not known is null: the keys are always there.
#[derive(Serialize)]
pub(super) struct InputJson<'a> {
    path: &'a str,
    sha256: Option<String>,
    packets: u64,
    first: Option<String>,
    last: Option<String>,
    link_types: Vec<String>,
    truncated: bool,
}

impl<'a> From<&'a Input> for InputJson<'a> {
    fn from(input: &'a Input) -> Self {
        Self {
            path: &input.path,
            sha256: input.sha256.map(|digest| dissect::hex(&digest)),
            packets: input.packets,
            first: input.first.map(rfc3339),
            last: input.last.map(rfc3339),
            link_types: input.link_types.iter().map(ToString::to_string).collect(),
            truncated: input.truncated,
        }
    }
}

/// `"summary"`.
#[derive(Serialize)]
pub(super) struct SummaryJson {
    packets: u64,
    flows: u64,
    sessions: u64,
    exchanges: u64,
    findings: Counts,
    #[serde(skip_serializing_if = "is_none")]
    suppressed: u64,
    #[serde(skip_serializing_if = "is_none")]
    filtered: u64,
    not_observable: Vec<NotObservableJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compare: Option<CompareJson>,
}

impl SummaryJson {
    pub(super) fn new(summary: &Summary, findings: &[&Finding]) -> Self {
        Self {
            packets: summary.packets,
            flows: summary.flows,
            sessions: summary.sessions,
            exchanges: summary.exchanges,
            findings: Counts::of(findings),
            suppressed: summary.suppressed,
            filtered: summary.filtered,
            not_observable: summary.not_observable.iter().map(NotObservableJson::from).collect(),
            compare: summary.compare.map(CompareJson::from),
        }
    }
}

/// What became of the phone's sessions.
#[derive(Serialize)]
struct CompareJson {
    end_to_end: u64,
    terminated: u64,
    not_covered: u64,
}

impl From<Comparison> for CompareJson {
    fn from(comparison: Comparison) -> Self {
        let Comparison { end_to_end, terminated, not_covered } = comparison;
        Self { end_to_end, terminated, not_covered }
    }
}

/// Only a policy suppresses, and only a filter filters: without one the key is left out.
#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Number of findings of each severity.
#[derive(Serialize)]
struct Counts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl Counts {
    fn of(findings: &[&Finding]) -> Self {
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        Self {
            critical: count(Severity::Critical),
            high: count(Severity::High),
            medium: count(Severity::Medium),
            low: count(Severity::Low),
            info: count(Severity::Info),
        }
    }
}

#[derive(Serialize)]
struct NotObservableJson {
    what: &'static str,
    why: &'static str,
    sessions: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
}

impl From<&NotObservable> for NotObservableJson {
    fn from(missing: &NotObservable) -> Self {
        Self {
            what: missing.what,
            why: missing.why.word(),
            sessions: missing.sessions,
            remedy: missing.remedy,
        }
    }
}

/// One of `"findings"`.
#[derive(Serialize)]
pub(super) struct FindingJson<'a> {
    id: &'a str,
    rule: &'static str,
    surface: &'static str,
    severity: &'static str,
    confidence: &'static str,
    title: &'a str,
    subject: SubjectJson<'a>,
    evidence: Vec<EvidenceJson<'a>>,
    alternatives: &'a [Cow<'static, str>],
    references: &'static [&'static str],
    first_seen: String,
    last_seen: String,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<usize>,
}

impl<'a> FindingJson<'a> {
    /// `input` only where there are several inputs.
    pub(super) fn new(finding: &'a Finding, input: Option<usize>) -> Self {
        Self {
            id: &finding.id,
            rule: finding.rule.id,
            surface: finding.rule.surface.word(),
            severity: finding.severity.word(),
            confidence: finding.confidence.word(),
            title: &finding.title,
            subject: SubjectJson::from(&finding.subject),
            evidence: finding.placed_evidence().map(EvidenceJson::from).collect(),
            alternatives: &finding.alternatives,
            references: finding.rule.references,
            first_seen: rfc3339(finding.first_seen.timestamp),
            last_seen: rfc3339(finding.last_seen.timestamp),
            count: finding.count,
            input,
        }
    }
}

/// Parts that are not known are left out.
#[derive(Serialize)]
struct SubjectJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<String>,
}

impl<'a> From<&'a Subject> for SubjectJson<'a> {
    fn from(subject: &'a Subject) -> Self {
        Self {
            client: subject.client.map(|client| client.to_string()),
            server: subject.server.map(|server| server.to_string()),
            host: subject.host.as_deref(),
            flow: subject.flow.as_ref().map(|flow| flow.community_id()),
        }
    }
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    packets: &'a [u64],
    fact: &'static str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<&'static str>,
}

impl<'a> From<(&'a Evidence, Option<VantagePoint>)> for EvidenceJson<'a> {
    fn from((evidence, capture): (&'a Evidence, Option<VantagePoint>)) -> Self {
        Self {
            packets: &evidence.packets,
            fact: evidence.fact,
            value: &evidence.value,
            capture: capture.map(VantagePoint::word),
        }
    }
}
