//! The findings, joined to groups: what one rule says of one host is one row of the list.
//!
//! Findings are never removed, so an [`Entry`] stays good. Within a group the worst stands first,
//! then by packet.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use detect::filter::{Field, Fields, Filter};
use detect::{Finding, Rule, Severity};
use dissect::Timestamp;

use super::changes::Changes;
use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::store::clients::Clients;
use crate::widgets::columns::Column;
use crate::widgets::line::Side;

/// Number of a finding in the order of arrival.
pub(crate) type Entry = u32;

/// Most clients of a group that are told apart.
const MAX_CLIENTS: usize = 32;

/// Severities from which on something is a problem.
const PROBLEM: Severity = Severity::Medium;

/// What one rule says of one host.
#[derive(Debug)]
pub(crate) struct Group {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// The host, or the server where no name is known.
    pub(crate) host: Arc<str>,
    /// The findings, worst first.
    pub(crate) members: Vec<Entry>,
    /// That of the worst one.
    pub(crate) severity: Severity,
    /// How often they were seen, all together.
    pub(crate) count: u64,
    /// Who is concerned: apps by name where one is known, else addresses.
    pub(crate) clients: Vec<std::net::IpAddr>,
    /// More clients than are told apart.
    pub(crate) more_clients: bool,
    /// When it was seen first.
    pub(crate) first: Timestamp,
    /// The packet of that.
    pub(crate) first_packet: u64,
    /// When it was seen last.
    pub(crate) last: Timestamp,
}

/// All findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    items: Vec<Finding>,
    /// The group of each.
    group_of: Vec<Id>,
    by_id: HashMap<String, Entry>,
    groups: Vec<Group>,
    by_subject: HashMap<(&'static str, Arc<str>), Id>,
    by_severity: [usize; Severity::ALL.len()],
    /// What the user has suppressed since the start: it is counted, and no longer listed.
    suppressed: HashSet<Entry>,
    pub(crate) changes: Changes,
}

/// What a finding did to the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Put {
    /// The finding.
    pub(crate) entry: Entry,
    /// It was not there before.
    pub(crate) is_new: bool,
    /// How many sightings more than before.
    pub(crate) more: u64,
}

impl Findings {
    /// Adds a finding, or replaces the one with the same id.
    pub(crate) fn put(&mut self, finding: Finding) -> Put {
        if let Some(&entry) = self.by_id.get(&finding.id) {
            let before = self.get(entry).map_or(0, |finding| finding.count);
            let more = finding.count.saturating_sub(before);
            self.replace(entry, finding);
            return Put { entry, is_new: false, more };
        }
        let entry = Entry::try_from(self.items.len()).unwrap_or(Entry::MAX);
        self.by_id.insert(finding.id.clone(), entry);
        let group = self.group_for(&finding);
        self.count(finding.severity, true);
        self.group_of.push(group);
        self.items.push(finding);
        let more = self.get(entry).map_or(0, |finding| finding.count);
        self.join(entry, group);
        Put { entry, is_new: true, more }
    }

    fn group_for(&mut self, finding: &Finding) -> Id {
        let host: Arc<str> = finding.subject.label().into();
        let next = Id::try_from(self.groups.len()).unwrap_or(Id::MAX);
        let id = *self.by_subject.entry((finding.rule.id, Arc::clone(&host))).or_insert(next);
        if id == next {
            self.groups.push(Group {
                rule: finding.rule,
                host,
                members: Vec::new(),
                severity: finding.severity,
                count: 0,
                clients: Vec::new(),
                more_clients: false,
                first: finding.first_seen.timestamp,
                first_packet: finding.first_seen.number,
                last: finding.last_seen.timestamp,
            });
        }
        id
    }

    /// Takes a finding into its group.
    fn join(&mut self, entry: Entry, group: Id) {
        let Some(finding) = self.items.get(entry as usize) else { return };
        let Some(group_now) = self.groups.get_mut(group as usize) else { return };
        let items = &self.items;
        let at = group_now.members.partition_point(|other| {
            items.get(*other as usize).is_some_and(|other| other.rank() < finding.rank())
        });
        group_now.members.insert(at, entry);
        group_now.count = group_now.count.saturating_add(finding.count);
        group_now.take(finding);
        self.changes.touch(group);
    }

    fn replace(&mut self, entry: Entry, finding: Finding) {
        let Some(item) = self.items.get_mut(entry as usize) else { return };
        let former = std::mem::replace(item, finding);
        let Some(finding) = self.items.get(entry as usize) else { return };
        let (severity, same_rank) = (finding.severity, finding.rank() == former.rank());
        let Some(&group) = self.group_of.get(entry as usize) else { return };
        if severity != former.severity {
            self.count(former.severity, false);
            self.count(severity, true);
        }
        let Some(group_now) = self.groups.get_mut(group as usize) else { return };
        group_now.count = group_now.count.saturating_sub(former.count);
        if same_rank {
            if let Some(finding) = self.items.get(entry as usize) {
                group_now.count = group_now.count.saturating_add(finding.count);
                group_now.take(finding);
            }
            self.changes.touch(group);
        } else {
            group_now.members.retain(|member| *member != entry);
            self.join(entry, group);
        }
    }

    fn count(&mut self, severity: Severity, more: bool) {
        let places = Severity::ALL.iter().zip(&mut self.by_severity);
        for (_, count) in places.filter(|(place, _)| **place == severity) {
            *count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
        }
    }

    /// No longer lists a finding, or all of its rule at its host.
    pub(crate) fn suppress(&mut self, id: &str, whole_rule: bool) {
        let Some(&entry) = self.by_id.get(id) else { return };
        let Some(group) = self.group_of(entry) else { return };
        let members = self.item(group).map(|group| group.members.clone()).unwrap_or_default();
        self.suppressed.extend(members.into_iter().filter(|member| whole_rule || *member == entry));
        self.changes.touch(group);
    }

    /// The worst severity among those that pass a filter.
    pub(crate) fn worst_passing(&self, filter: &Filter) -> Option<Severity> {
        if filter.is_empty() {
            return self.worst();
        }
        let passing = self.items.iter().filter(|finding| filter.matches(*finding));
        passing.map(|finding| finding.severity).max()
    }

    /// How many.
    pub(crate) const fn len(&self) -> usize {
        self.items.len()
    }

    /// How many of each severity, worst first.
    pub(crate) fn by_severity(&self) -> impl Iterator<Item = (Severity, usize)> {
        Severity::ALL.into_iter().zip(self.by_severity)
    }

    /// The worst severity there is.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.by_severity().find(|(_, count)| *count > 0).map(|(severity, _)| severity)
    }

    /// A finding.
    pub(crate) fn get(&self, entry: Entry) -> Option<&Finding> {
        self.items.get(entry as usize)
    }

    /// The group of a finding.
    pub(crate) fn group_of(&self, entry: Entry) -> Option<Id> {
        self.group_of.get(entry as usize).copied()
    }

    /// The findings of a group, worst first.
    pub(crate) fn members(&self, group: &Group) -> impl Iterator<Item = (Entry, &Finding)> {
        group.members.iter().filter_map(|entry| Some((*entry, self.get(*entry)?)))
    }

    /// The worst finding of a group.
    pub(crate) fn worst_of(&self, group: &Group) -> Option<&Finding> {
        self.members(group).next().map(|(_, finding)| finding)
    }
}

impl Group {
    /// Takes in what a finding says of it.
    fn take(&mut self, finding: &Finding) {
        self.severity = self.severity.max(finding.severity);
        if finding.first_seen.timestamp < self.first {
            self.first = finding.first_seen.timestamp;
            self.first_packet = finding.first_seen.number;
        }
        self.last = self.last.max(finding.last_seen.timestamp);
        if let Some(client) = finding.subject.client
            && !self.clients.contains(&client)
        {
            if self.clients.len() < MAX_CLIENTS {
                self.clients.push(client);
            } else {
                self.more_clients = true;
            }
        }
    }
}

/// A finding, and who knows what the app is called that it is about.
struct Named<'a> {
    finding: &'a Finding,
    clients: &'a Clients,
}

impl Fields for Named<'_> {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        let finding = self.finding;
        match (field, finding.subject.client) {
            (Field::App, Some(address)) => {
                let ja4 = finding.session.as_ref().and_then(|session| session.ja4());
                self.clients.row(address, ja4).is_some_and(|client| client.texts(field, see))
            }
            _ => finding.texts(field, see),
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        self.finding.numbers(field, see)
    }

    fn addresses(&self, see: &mut dyn FnMut(std::net::IpAddr) -> bool) -> bool {
        self.finding.addresses(see)
    }

    fn severity(&self) -> Option<Severity> {
        Fields::severity(self.finding)
    }

    fn other_texts(&self, see: &mut dyn FnMut(&str) -> bool) -> bool {
        self.finding.other_texts(see)
    }
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const SEVERITY: usize = 0;
    pub(crate) const HOST: usize = 1;
    pub(crate) const TITLE: usize = 2;
    pub(crate) const COUNT: usize = 3;
    pub(crate) const FIRST: usize = 4;
    pub(crate) const LAST: usize = 5;
    pub(crate) const APP: usize = 6;
    pub(crate) const RULE: usize = 7;
}

impl Table for Findings {
    type Item = Group;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "severity", least: 10, enough: 10, most: 10, rank: 0, side: Side::Left },
        Column { title: "host", least: 14, enough: 18, most: 24, rank: 2, side: Side::LeftKeepEnd },
        Column { title: "finding", least: 22, enough: 36, most: 60, rank: 1, side: Side::Left },
        Column { title: "count", least: 5, enough: 5, most: 6, rank: 3, side: Side::Right },
        Column { title: "first UTC", least: 9, enough: 9, most: 19, rank: 5, side: Side::Left },
        Column { title: "last UTC", least: 8, enough: 8, most: 19, rank: 6, side: Side::Left },
        Column { title: "app", least: 12, enough: 15, most: 28, rank: 4, side: Side::Left },
        Column { title: "rule", least: 18, enough: 30, most: 36, rank: 7, side: Side::Left },
    ];

    fn end(&self) -> Id {
        Id::try_from(self.groups.len()).unwrap_or(Id::MAX)
    }

    fn item(&self, id: Id) -> Option<&Group> {
        self.groups.get(id as usize)
    }

    fn key(&self, group: &Group, column: usize) -> u64 {
        match column {
            // Worst first when it goes up: that is how one wants it.
            column::SEVERITY => {
                let rank = Severity::ALL.iter().position(|severity| *severity == group.severity);
                let rank = u64::try_from(rank.unwrap_or_default()).unwrap_or_default();
                rank.wrapping_shl(56) | (group.first_packet & (u64::MAX >> 8))
            }
            column::HOST => prefix(&group.host),
            column::TITLE | column::RULE => prefix(group.rule.id),
            column::COUNT => group.count,
            column::LAST => time_key(group.last.nanos()),
            column::APP => u64::try_from(group.clients.len()).unwrap_or(u64::MAX),
            _ => time_key(group.first.nanos()),
        }
    }

    fn has_ties(&self, _: usize) -> bool {
        true
    }

    fn tie(&self, one: &Group, other: &Group, column: usize) -> Ordering {
        match column {
            column::HOST => one.host.cmp(&other.host),
            column::TITLE | column::RULE => one.rule.id.cmp(other.rule.id),
            column::SEVERITY => match (self.worst_of(one), self.worst_of(other)) {
                (Some(one), Some(other)) => one.rank().cmp(&other.rank()),
                _ => Ordering::Equal,
            },
            _ => Ordering::Equal,
        }
    }

    fn passes(&self, group: &Group, sieve: &Sieve, clients: &Clients) -> bool {
        sieve.lets(group.first, group.last, group.severity >= PROBLEM)
            && self.any(group, &sieve.filter, clients)
    }
}

impl Findings {
    /// Whether one of the group passes.
    fn any(&self, group: &Group, filter: &Filter, clients: &Clients) -> bool {
        self.members(group).any(|(entry, finding)| {
            !self.suppressed.contains(&entry) && filter.matches(&Named { finding, clients })
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use detect::{Confidence, Need, Subject, Surface};
    use dissect::PacketRef;

    use super::*;
    use crate::list::{Cursor, Listing, Order};

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

    /// A finding about a host.
    pub(crate) fn finding(id: &str, host: &str, severity: Severity, packet: u64) -> Finding {
        let packet = PacketRef { number: packet, ..PacketRef::default() };
        Finding {
            id: id.to_owned(),
            rule: &RULE,
            severity,
            confidence: Confidence::Certain,
            title: String::new(),
            subject: Subject { host: Some(host.to_owned()), ..Subject::default() },
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

    /// Hosts in the order of the list, each with its findings.
    fn listed(findings: &mut Findings) -> Vec<(String, Vec<String>)> {
        let order = Order { column: column::SEVERITY, descending: false };
        let mut listing = Listing::new(order, Cursor::First);
        let changed = findings.changes.drain();
        listing.refresh(findings, &Clients::default(), &changed);
        (0..listing.len())
            .map(|row| {
                let group = findings.item(listing.at_row(row).unwrap()).unwrap();
                let members = findings.members(group).map(|(_, finding)| finding.id.clone());
                (group.host.to_string(), members.collect())
            })
            .collect()
    }

    fn rows(rows: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        rows.iter()
            .map(|(host, ids)| {
                ((*host).to_owned(), ids.iter().map(|id| (*id).to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn worst_first_then_by_packet_within_and_among_groups() {
        let mut findings = Findings::default();
        assert_eq!(findings.worst(), None);
        for (id, host, severity, packet) in [
            ("low-2", "b", Severity::Low, 2),
            ("high-9", "c", Severity::High, 9),
            ("high-3", "a", Severity::High, 3),
            ("low-1", "a", Severity::Low, 1),
            ("high-2", "a", Severity::High, 2),
        ] {
            assert!(findings.put(finding(id, host, severity, packet)).is_new);
        }
        let expected =
            rows(&[("a", &["high-2", "high-3", "low-1"]), ("c", &["high-9"]), ("b", &["low-2"])]);
        assert_eq!(listed(&mut findings), expected);
        assert_eq!((findings.worst(), findings.len()), (Some(Severity::High), 5));
    }

    #[test]
    fn what_is_suppressed_is_listed_no_longer() {
        let mut findings = Findings::default();
        for (id, host) in [("a", "h"), ("b", "h"), ("c", "i")] {
            findings.put(finding(id, host, Severity::Low, 1));
        }
        findings.suppress("a", false);
        let expected = rows(&[("h", &["a", "b"]), ("i", &["c"])]);
        assert_eq!(listed(&mut findings), expected, "another one of the row is left");
        findings.suppress("a", true);
        assert_eq!(listed(&mut findings), rows(&[("i", &["c"])]));
        assert_eq!(findings.len(), 3, "it was found all the same");
    }

    #[test]
    fn the_same_id_is_replaced_and_counted_once() {
        let mut findings = Findings::default();
        findings.put(finding("a", "h", Severity::Low, 1));
        findings.put(finding("b", "h", Severity::Low, 2));
        let mut again = finding("a", "h", Severity::Low, 1);
        again.count = 7;
        assert!(!findings.put(again).is_new);
        assert_eq!(findings.item(0).unwrap().count, 8);
        findings.put(finding("b", "h", Severity::Critical, 2));
        assert_eq!(listed(&mut findings), rows(&[("h", &["b", "a"])]));
        assert_eq!((findings.item(0).unwrap().count, findings.len()), (8, 2));
        let counts: Vec<usize> = findings.by_severity().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 0, 0, 1, 0]);
    }
}
