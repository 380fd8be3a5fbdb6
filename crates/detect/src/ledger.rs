//! Joins sightings of the same thing to one finding with a count.

use dissect::hex;
use hashbrown::HashMap;
use sha2::{Digest, Sha256};

use crate::detector::Sighting;
use crate::finding::Finding;
use crate::held::Held;

/// Most findings that are kept; what comes after only counts in [`Ledger::dropped`].
pub const MAX_FINDINGS: usize = 100_000;

/// All findings so far.
#[derive(Debug, Default)]
pub struct Ledger {
    findings: Vec<Finding>,
    by_id: HashMap<String, usize>,
    dropped: u64,
    held: Held,
    input: usize,
}

/// What a sighting did to the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// A new finding, at this index of [`Ledger::findings`].
    New(usize),
    /// Another sighting of the finding at this index.
    Again(usize),
    /// The ledger is full.
    Dropped,
}

impl Ledger {
    /// The sightings that follow come from this input.
    pub const fn begin_input(&mut self, input: usize) {
        self.input = input;
    }

    /// Adds a sighting.
    pub fn add(&mut self, mut sighting: Sighting) -> Change {
        let id = finding_id(&sighting);
        if let Some(&index) = self.by_id.get(&id) {
            if let Some(finding) = self.findings.get_mut(index) {
                finding.count = finding.count.saturating_add(1);
                // By time: packet numbers start again with every input.
                if sighting.packet.timestamp >= finding.last_seen.timestamp {
                    finding.last_seen = sighting.packet;
                }
                finding.confidence = finding.confidence.max(sighting.confidence);
                finding.severity = finding.severity.max(sighting.severity);
            }
            return Change::Again(index);
        }
        if self.findings.len() >= MAX_FINDINGS {
            self.dropped = self.dropped.saturating_add(1);
            return Change::Dropped;
        }
        let index = self.findings.len();
        sighting.session = sighting.session.take().and_then(|session| self.held.hold(session));
        self.by_id.insert(id.clone(), index);
        let input = sighting.input.unwrap_or(self.input);
        self.findings.push(finding(id, input, sighting));
        Change::New(index)
    }

    /// All findings, in order of their first sighting.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The finding that a change was about.
    pub fn changed(&self, change: Change) -> Option<&Finding> {
        match change {
            Change::New(index) | Change::Again(index) => self.findings.get(index),
            Change::Dropped => None,
        }
    }

    /// Sightings that found the ledger full.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// All findings as outputs list them: by [`Finding::rank`].
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut sorted: Vec<&Finding> = self.findings.iter().collect();
        sorted.sort_by(|a, b| a.rank().cmp(&b.rank()));
        sorted
    }
}

fn finding(id: String, input: usize, sighting: Sighting) -> Finding {
    Finding {
        id,
        rule: sighting.rule,
        severity: sighting.severity,
        confidence: sighting.confidence,
        title: sighting.title,
        subject: sighting.subject,
        evidence: sighting.evidence,
        captures: sighting.captures,
        alternatives: sighting.alternatives,
        first_seen: sighting.packet,
        last_seen: sighting.packet,
        count: 1,
        input,
        session: sighting.session,
    }
}

/// `f-` and 16 hex digits of SHA-256 over rule, client, host (or server) and key.
pub(crate) fn finding_id(sighting: &Sighting) -> String {
    let subject = &sighting.subject;
    let client = subject.client.map(|client| client.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [sighting.rule.id, &client, &subject.label(), &sighting.key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    format!("f-{}", hex(digest.get(..8).unwrap_or_default()))
}
