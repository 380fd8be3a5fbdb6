//! Joins sightings of the same thing to one finding with a count.

use std::net::IpAddr;

use dissect::hex;
use hashbrown::HashMap;
use sha2::{Digest, Sha256};

use crate::detector::Sighting;
use crate::digest::Key;
use crate::finding::Finding;
use crate::held::Held;
use crate::rule::Rule;

/// Most findings that are kept; what comes after only counts in [`Ledger::dropped`].
pub const MAX_FINDINGS: usize = 100_000;

/// Findings that are kept in one piece: the list grows without being copied.
const CHUNK: usize = 256;

/// All findings so far.
#[derive(Debug)]
pub struct Ledger {
    /// [`CHUNK`] in each but the last.
    chunks: Vec<Vec<Finding>>,
    /// Of what their ids are made.
    by_key: HashMap<Key, usize>,
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
    /// A ledger without findings, which may hold sessions of up to `held_sessions` bytes.
    pub fn new(held_sessions: usize) -> Self {
        Self {
            chunks: Vec::new(),
            by_key: HashMap::new(),
            dropped: 0,
            held: Held::up_to(held_sessions),
            input: 0,
        }
    }

    /// The sightings that follow come from this input.
    pub const fn begin_input(&mut self, input: usize) {
        self.input = input;
    }

    /// Adds a sighting.
    pub fn add(&mut self, mut sighting: Sighting) -> Change {
        let key = key(&sighting);
        if let Some(&index) = self.by_key.get(&key) {
            if let Some(finding) = self.at_mut(index) {
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
        if self.by_key.len() >= MAX_FINDINGS {
            self.dropped = self.dropped.saturating_add(1);
            return Change::Dropped;
        }
        let index = self.by_key.len();
        // What is kept for long takes no more room than it needs.
        sighting.evidence.shrink_to_fit();
        sighting.session = sighting.session.take().and_then(|session| self.held.hold(session));
        self.by_key.insert(key, index);
        let input = sighting.input.unwrap_or(self.input);
        self.push(finding(finding_id(&sighting), input, sighting));
        Change::New(index)
    }

    /// Whether there is a finding of this rule, client, host and key: of another sighting only its time
    /// and how sure it is count, and its texts need not be written.
    pub(crate) fn knows(
        &self,
        rule: &Rule,
        client: Option<IpAddr>,
        host: Option<&str>,
        key: &str,
    ) -> bool {
        // Without a host or a client it may still be about another by the time that it is added.
        let host = host.filter(|_| client.is_some_and(|client| !client.is_unspecified()));
        host.is_some_and(|host| self.by_key.contains_key(&key_of(rule, client, host, key)))
    }

    /// All findings, in order of their first sighting.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.chunks.iter().flatten()
    }

    /// The finding that a change was about.
    pub fn changed(&self, change: Change) -> Option<&Finding> {
        match change {
            Change::New(index) | Change::Again(index) => {
                self.chunks.get(index / CHUNK)?.get(index % CHUNK)
            }
            Change::Dropped => None,
        }
    }

    /// Sightings that found the ledger full.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// All findings as outputs list them: by [`Finding::rank`].
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut sorted: Vec<&Finding> = self.findings().collect();
        sorted.sort_by(|a, b| a.rank().cmp(&b.rank()));
        sorted
    }

    fn at_mut(&mut self, index: usize) -> Option<&mut Finding> {
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }

    fn push(&mut self, finding: Finding) {
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(finding),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(finding);
                self.chunks.push(chunk);
            }
        }
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

/// What sightings of one finding have in common: that of which [`finding_id`] is made. Most sightings
/// of a large capture are of findings that are known, and need no id to be counted.
fn key(sighting: &Sighting) -> Key {
    let endpoint;
    // As `Subject::label`, without a copy of the name.
    let label = match &sighting.subject.host {
        Some(host) => host.as_str(),
        None => {
            endpoint = sighting.subject.label();
            endpoint.as_str()
        }
    };
    key_of(sighting.rule, sighting.subject.client, label, &sighting.key)
}

fn key_of(rule: &Rule, client: Option<IpAddr>, label: &str, key: &str) -> Key {
    Key::of(&(rule.id, client, label, key))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::sighting;
    use crate::finding::Subject;

    #[test]
    fn sightings_with_one_id_are_one_finding() {
        let ends = ("10.0.0.2", "203.0.113.5:443");
        let about = |rule, ends, host| sighting(rule, ends, host);
        let weak = "channel/weak-protocol";
        let mut other_key = about(weak, ends, None);
        other_key.key = String::from("another");
        let all = [
            about(weak, ends, None),
            about(weak, ends, Some("a.test")),
            // The same label as that of the first.
            about(weak, ("10.0.0.2", "203.0.113.9:443"), Some("203.0.113.5:443")),
            about(weak, ("10.0.0.3", "203.0.113.5:443"), None),
            about(weak, ("10.0.0.2", "203.0.113.5:8443"), None),
            about("channel/weak-certificate", ends, None),
            other_key,
        ];
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            assert_eq!(key(one) == key(other), finding_id(one) == finding_id(other));
        }
        let mut ledger = Ledger::new(0);
        for sighting in all.iter().chain(&all) {
            let Subject { client, host, .. } = &sighting.subject;
            let knows = |ledger: &Ledger| {
                ledger.knows(sighting.rule, *client, host.as_deref(), &sighting.key)
            };
            let was_known = knows(&ledger);
            let change = ledger.add(sighting.clone());
            assert!(!was_known || matches!(change, Change::Again(_)));
            assert_eq!(knows(&ledger), host.is_some());
        }
        assert_eq!(ledger.findings().count(), all.len() - 1);
        assert_eq!(ledger.findings().map(|finding| finding.count).sum::<u64>(), 14);
    }
}
