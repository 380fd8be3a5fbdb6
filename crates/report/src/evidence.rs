//! What a slice of a capture says of findings: which packets prove them, and a comment on each.
//!
//! ```text
//! interloper: packet 12 of the capture
//! interloper: channel/known-interceptor: api.shop.test is intercepted by mitmproxy
//! interloper: channel/known-interceptor issuer: CN=mitmproxy, O=mitmproxy
//! ```
//!
//! A comment quotes what reports quote, where secrets are left out already; like in reports, text that
//! came off the wire is escaped. It is deterministic: the same findings give the same comments.

use std::collections::{BTreeMap, BTreeSet};

use detect::Finding;

use crate::escape::escape_within;

/// What every comment begins with, so that it can be told from those of other tools.
pub const PREFIX: &str = "interloper: ";

/// The most packets that have comments; of more, those with the lowest numbers.
pub const MAX_PACKETS: usize = 10_000;

/// The most comments of one packet.
pub const MAX_COMMENTS: usize = 32;

/// The most characters of a quoted text.
const MAX_QUOTED: usize = 1_000;

/// The packets that prove findings, and what is to be said of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    comments: BTreeMap<u64, Vec<String>>,
}

impl Plan {
    /// Of these findings, which are all of one capture.
    pub fn new<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut plan = Self::default();
        for finding in findings {
            let rule = finding.rule.id;
            let title = escape_within(&finding.title, MAX_QUOTED);
            plan.add(finding.first_seen.number, format!("{PREFIX}{rule}: {title}"));
            for evidence in &finding.evidence {
                let value = escape_within(&evidence.value, MAX_QUOTED);
                let comment = format!("{PREFIX}{rule} {}: {value}", evidence.fact);
                for number in &evidence.packets {
                    plan.add(*number, comment.clone());
                }
            }
        }
        plan
    }

    /// Numbers of the packets, ascending.
    pub fn numbers(&self) -> BTreeSet<u64> {
        self.comments.keys().copied().collect()
    }

    /// What is to be said of a packet; nothing of one that proves nothing.
    pub fn comments(&self, number: u64) -> &[String] {
        self.comments.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Whether there is no packet: findings of a HAR file have none.
    pub fn is_empty(&self) -> bool {
        self.comments.is_empty()
    }

    fn add(&mut self, number: u64, comment: String) {
        // HAR files count no packets.
        if number == 0 {
            return;
        }
        let comments = self.comments.entry(number).or_insert_with(|| {
            // In a slice, packets have other numbers.
            vec![format!("{PREFIX}packet {number} of the capture")]
        });
        if comments.len() < MAX_COMMENTS && !comments.contains(&comment) {
            comments.push(comment);
        }
        if self.comments.len() > MAX_PACKETS {
            self.comments.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn each_packet_says_what_it_proves() {
        let finding = samples::intercepted();
        let plan = Plan::new([&finding, &finding]);
        let lines: Vec<_> = plan.numbers().into_iter().flat_map(|n| plan.comments(n)).collect();
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        insta::assert_snapshot!(text);
        assert!(plan.comments(1).is_empty());
    }

    #[test]
    fn hostile_names_do_not_reach_another_tool() {
        let plan = Plan::new([&samples::hostile()]);
        let numbers = plan.numbers();
        let all = || numbers.iter().flat_map(|number| plan.comments(*number));
        assert!(all().count() > numbers.len());
        assert!(all().all(|text| !text.chars().any(crate::escape::is_hidden)), "{plan:?}");
    }

    #[test]
    fn what_has_no_packet_has_no_comment() {
        let mut finding = samples::intercepted();
        finding.first_seen.number = 0;
        finding.evidence.iter_mut().for_each(|evidence| evidence.packets = vec![0]);
        assert!(Plan::new([&finding]).is_empty());
        finding.evidence.clear();
        assert!(Plan::new([&finding]).is_empty());
        assert!(Plan::new([]).is_empty());
    }

    #[test]
    fn there_are_limits() {
        let mut finding = samples::intercepted();
        let mut piece = finding.evidence.remove(0);
        piece.packets = (1..=u64::try_from(MAX_PACKETS).unwrap()).rev().chain([20_000]).collect();
        finding.evidence = vec![piece.clone()];
        piece.packets = vec![5];
        for number in 0..MAX_COMMENTS {
            piece.value = format!("{number} {}", "x".repeat(MAX_QUOTED));
            finding.evidence.push(piece.clone());
        }
        let plan = Plan::new([&finding]);
        assert_eq!(plan.numbers(), (1..=u64::try_from(MAX_PACKETS).unwrap()).collect());
        assert_eq!(plan.comments(5).len(), MAX_COMMENTS);
        assert!(plan.comments(5).iter().all(|text| text.len() < MAX_QUOTED + 100));
    }
}
