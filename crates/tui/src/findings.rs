//! The findings as the list shows them: worst first, then by first packet, then by id.
//!
//! Findings are never removed, so an [`Entry`] stays good. News come in the order of packets:
//! within a severity a new finding almost always goes to the end, and 100,000 of them (the
//! ledger's limit) are sorted while they arrive.

use std::collections::HashMap;

use detect::{Finding, Severity};

/// Number of a finding in the order of arrival.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Entry(usize);

/// All findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    items: Vec<Finding>,
    by_id: HashMap<String, Entry>,
    /// One list for each of [`Severity::ALL`], in that order, each sorted.
    groups: [Vec<Entry>; Severity::ALL.len()],
}

impl Findings {
    /// Adds a finding, or replaces the one with the same id.
    pub(crate) fn put(&mut self, finding: Finding) {
        let entry = match self.by_id.get(&finding.id) {
            Some(&entry) => {
                let Some(item) = self.items.get_mut(entry.0) else { return };
                let former = std::mem::replace(item, finding);
                if self.get(entry).is_some_and(|finding| finding.rank() == former.rank()) {
                    return;
                }
                for group in &mut self.groups {
                    group.retain(|other| *other != entry);
                }
                entry
            }
            None => {
                let entry = Entry(self.items.len());
                self.by_id.insert(finding.id.clone(), entry);
                self.items.push(finding);
                entry
            }
        };
        self.sort_in(entry);
    }

    fn sort_in(&mut self, entry: Entry) {
        let Some(finding) = self.items.get(entry.0) else { return };
        let severities = Severity::ALL.iter().zip(&mut self.groups);
        for (_, group) in severities.filter(|(severity, _)| **severity == finding.severity) {
            let at = group.partition_point(|other| {
                self.items.get(other.0).is_some_and(|other| other.rank() < finding.rank())
            });
            group.insert(at, entry);
        }
    }

    /// How many.
    pub(crate) const fn len(&self) -> usize {
        self.items.len()
    }

    /// None yet.
    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many of each severity, worst first.
    pub(crate) fn by_severity(&self) -> impl Iterator<Item = (Severity, usize)> {
        Severity::ALL.into_iter().zip(self.groups.iter().map(Vec::len))
    }

    /// The worst severity there is.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.by_severity().find(|(_, count)| *count > 0).map(|(severity, _)| severity)
    }

    /// A finding.
    pub(crate) fn get(&self, entry: Entry) -> Option<&Finding> {
        self.items.get(entry.0)
    }

    /// What stands in this row of the list.
    pub(crate) fn at_row(&self, row: usize) -> Option<Entry> {
        let mut row = row;
        for group in &self.groups {
            match row.checked_sub(group.len()) {
                Some(rest) => row = rest,
                None => return group.get(row).copied(),
            }
        }
        None
    }

    /// The row in which a finding stands.
    pub(crate) fn row_of(&self, entry: Entry) -> Option<usize> {
        let finding = self.get(entry)?;
        let mut before = 0_usize;
        for (severity, group) in Severity::ALL.iter().zip(&self.groups) {
            if *severity == finding.severity {
                let at = group.partition_point(|other| {
                    self.get(*other).is_some_and(|other| other.rank() < finding.rank())
                });
                return Some(before.saturating_add(at));
            }
            before = before.saturating_add(group.len());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use detect::{Confidence, Need, Rule, Subject, Surface};
    use dissect::PacketRef;

    use super::*;

    static RULE: Rule = Rule {
        id: "channel/test",
        title: "",
        severity: Severity::Info,
        surface: Surface::Channel,
        needs: &[Need::Handshake],
        references: &[],
        explanation: "",
        evidence: "",
        false_positives: "",
        fix: "",
    };

    fn finding(id: &str, severity: Severity, packet: u64) -> Finding {
        let packet = PacketRef { number: packet, ..PacketRef::default() };
        Finding {
            id: id.to_owned(),
            rule: &RULE,
            severity,
            confidence: Confidence::Certain,
            title: String::new(),
            subject: Subject::default(),
            evidence: Vec::new(),
            captures: Vec::new(),
            alternatives: Vec::new(),
            first_seen: packet,
            last_seen: packet,
            count: 1,
            input: 0,
            session: None,
        }
    }

    fn ids(findings: &Findings) -> Vec<&str> {
        (0..findings.len())
            .map(|row| {
                let entry = findings.at_row(row).unwrap();
                assert_eq!(findings.row_of(entry), Some(row));
                findings.get(entry).unwrap().id.as_str()
            })
            .collect()
    }

    #[test]
    fn worst_first_then_by_packet_then_by_id() {
        let mut findings = Findings::default();
        assert_eq!((findings.worst(), findings.at_row(0)), (None, None));
        for (id, severity, packet) in [
            ("low-2", Severity::Low, 2),
            ("high-9", Severity::High, 9),
            ("high-3-b", Severity::High, 3),
            ("high-3-a", Severity::High, 3),
            ("low-1", Severity::Low, 1),
        ] {
            findings.put(finding(id, severity, packet));
        }
        assert_eq!(ids(&findings), ["high-3-a", "high-3-b", "high-9", "low-1", "low-2"]);
        assert_eq!(findings.worst(), Some(Severity::High));
        assert_eq!(findings.at_row(5), None);
    }

    #[test]
    fn the_same_id_is_replaced_and_moves_if_it_must() {
        let mut findings = Findings::default();
        findings.put(finding("a", Severity::Low, 1));
        findings.put(finding("b", Severity::Low, 2));
        let mut again = finding("a", Severity::Low, 1);
        again.count = 7;
        findings.put(again);
        assert_eq!(ids(&findings), ["a", "b"]);
        assert_eq!(findings.get(findings.at_row(0).unwrap()).unwrap().count, 7);
        findings.put(finding("b", Severity::Critical, 2));
        assert_eq!(ids(&findings), ["b", "a"]);
        assert_eq!(findings.len(), 2);
    }
}
