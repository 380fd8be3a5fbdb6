//! The first line: who is standing between the app and its API, as far as the capture tells.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use detect::Finding;
use dissect::Reason;

use crate::escape::escape;
use crate::input::{Document, Summary};

/// Rules whose title tells the most, best first: of findings of the same severity one that names
/// the interceptor says more than one that names a symptom.
const TELLING: [&str; 5] = [
    "channel/interception-accepted",
    "channel/known-interceptor",
    "channel/forged-on-the-fly",
    "channel/self-signed-certificate",
    "channel/untrusted-issuer",
];

/// One sentence, escaped: the most telling finding, or a calm statement of what was examined.
pub fn verdict(document: &Document<'_>) -> String {
    match most_telling(document.findings) {
        Some(finding) => {
            let title = escape(finding.title.trim_end_matches('.'));
            match other_hosts(finding, document.findings) {
                0 => title.into_owned(),
                1 => format!("{title}; 1 more host has the same finding"),
                more => format!("{title}; {more} more hosts have the same finding"),
            }
        }
        None => nothing_found(document.summary),
    }
}

/// The worst finding, and among those the one that says most.
pub(super) fn most_telling<'a>(findings: &[&'a Finding]) -> Option<&'a Finding> {
    let rank = |finding: &Finding| {
        TELLING.iter().position(|id| *id == finding.rule.id).unwrap_or(TELLING.len())
    };
    // `min_by_key` keeps the first of equals, which is the first in the capture.
    findings.iter().copied().min_by_key(|finding| {
        (Reverse(finding.severity), rank(finding), Reverse(finding.confidence))
    })
}

fn other_hosts(finding: &Finding, findings: &[&Finding]) -> usize {
    let own = finding.subject.label();
    let same_rule = findings.iter().filter(|other| other.rule.id == finding.rule.id);
    let hosts: BTreeSet<String> = same_rule.map(|other| other.subject.label()).collect();
    hosts.iter().filter(|host| **host != own).count()
}

fn nothing_found(summary: &Summary) -> String {
    if summary.filtered > 0 {
        return String::from("No finding passes the filter");
    }
    if let Some(comparison) = summary.compare {
        return super::comparison::calm(comparison);
    }
    if summary.sessions == 0 && summary.told() > 0 {
        let exchanges = super::report::counted(summary.told(), "exchange");
        return format!("Nothing found in {exchanges}; a HAR file shows no handshakes or packets");
    }
    if summary.sessions == 0 {
        return String::from("Nothing to judge: no TLS or QUIC session was seen");
    }
    let without = unseen_certificates(summary);
    if without >= summary.sessions {
        return String::from("Nothing found, but no server certificate could be seen");
    }
    let seen = summary.sessions.saturating_sub(without);
    let sessions = super::report::counted(summary.sessions, "session");
    if without == 0 {
        format!("Nothing found: no sign of interception in {sessions}")
    } else {
        format!(
            "Nothing found: no sign of interception in {sessions}, \
             of which {seen} showed the server's certificate"
        )
    }
}

/// Sessions whose certificate would have been worth seeing. A resumed session vouches with the
/// keys of an earlier one, yet that one may lie before the capture, so it counts too.
fn unseen_certificates(summary: &Summary) -> u64 {
    let missing = summary.not_observable.iter();
    missing
        .filter(|missing| missing.what == "certificates")
        .filter(|missing| missing.why != Reason::NoCertificateSuite)
        .fold(0, |sum, missing| sum.saturating_add(missing.sessions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn of(summary: &Summary, findings: &[&Finding]) -> String {
        verdict(&Document { inputs: &[], summary, findings })
    }

    #[test]
    fn the_interceptor_is_named_before_the_symptom() {
        let (who, what) = (samples::intercepted(), samples::weak());
        let text = of(&samples::summary(), &[&what, &who]);
        assert_eq!(text, "api.shop.test is intercepted by mitmproxy");
        assert_eq!(of(&samples::summary(), &[&what]), what.title);
    }

    #[test]
    fn other_hosts_are_counted_once() {
        let first = samples::intercepted();
        let mut second = samples::intercepted();
        second.subject.host = Some("cdn.shop.test".into());
        let text = of(&samples::summary(), &[&first, &second, &second]);
        assert!(text.ends_with("mitmproxy; 1 more host has the same finding"), "{text}");
    }

    #[test]
    fn nothing_found_says_how_much_that_is_worth() {
        let summary = |sessions, unseen| Summary {
            sessions,
            not_observable: samples::encrypted(unseen),
            ..Summary::default()
        };
        for (sessions, unseen, text) in [
            (0, 0, "Nothing to judge: no TLS or QUIC session was seen"),
            (4, 4, "Nothing found, but no server certificate could be seen"),
            (1, 0, "Nothing found: no sign of interception in 1 session"),
            (
                9,
                4,
                "Nothing found: no sign of interception in 9 sessions, of which 5 showed the \
                 server's certificate",
            ),
        ] {
            assert_eq!(of(&summary(sessions, unseen), &[]), text);
        }
    }

    #[test]
    fn wire_text_is_escaped() {
        let hostile = samples::hostile();
        let text = of(&samples::summary(), &[&hostile]);
        assert!(!text.chars().any(crate::escape::is_hidden), "{text:?}");
    }
}
