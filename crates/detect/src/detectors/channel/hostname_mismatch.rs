//! `channel/hostname-mismatch`: the certificate is for other hosts than the one asked for.
//!
//! Whether its issuer is trusted does not matter here: a sound certificate for another host is
//! what an attacker can buy.

use dissect::Record;

use super::case::Case;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::hostname::{Coverage, coverage, presented_names};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/hostname-mismatch",
    title: "Certificate does not cover the host asked for",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-297", "MASVS-NETWORK-1", "RFC 9525 section 6"],
    explanation: "The client asked for one host and got a certificate for others. A client that \
        checks names refuses it. One that does not can be intercepted by anybody who owns any \
        certificate from any trusted authority, which costs nothing. Names are compared as RFC \
        9525 says: the subjectAltName entries only, case does not matter, a wildcard is the whole \
        left-most label and stands for exactly one label, and addresses match addresses. So \
        *.badssl.com does not cover wrong.host.badssl.com. A certificate without any such entry is \
        compared by its common name, as clients once did.",
    evidence: "The host asked for (server_name extension, or the target of CONNECT or SOCKS) and \
        the names that the certificate presents.",
    false_positives: "A server that shares its address with many and answers unknown names with \
        its default certificate; a captive portal; a client that connects by address and sends a \
        name of its own making. Hosts that are not written in ASCII are not compared.",
    fix: "Serve a certificate that lists the host. If the app went on all the same, remove its \
        own HostnameVerifier, TrustManager or URLSession delegate and let the platform compare.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(HostnameMismatch) };

/// Most names that evidence lists: certificates of large networks have hundreds.
const MAX_NAMES: usize = 20;

/// Stateless: every chain is judged by itself.
struct HostnameMismatch;

impl Detector for HostnameMismatch {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        if let Some(case) = Case::of(record) {
            scene.sightings.extend(judge(&case));
        }
    }
}

fn judge(case: &Case<'_>) -> Option<Sighting> {
    let host = case.host()?;
    match coverage(case.leaf, host) {
        Coverage::Covered | Coverage::Incomparable => return None,
        Coverage::NotCovered => {}
    }
    let names = presented_names(case.leaf);
    let mut evidence =
        vec![case.evidence("host", host), case.evidence("certificate-names", listed(&names))];
    evidence.extend(case.identity());
    let draft = Draft {
        key: case.leaf_key(),
        confidence: Confidence::Certain,
        title: match names.first() {
            Some(first) => format!("{host} presents a certificate for {first}, not for itself"),
            None => format!("{host} presents a certificate that names no host"),
        },
        evidence,
        alternatives: alternatives(&[
            "a server that answers for a name it was not configured for",
            "a captive portal that answers for every host",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

/// The names with commas between, and how many were left out.
fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    let text = shown.join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 if names.is_empty() => String::from("none"),
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use dissect::x509::GeneralName;

    use super::*;
    use crate::detectors::testing::{certificate, certified, chain};

    fn title(host: &str, names: &[&str]) -> Option<String> {
        let mut leaf = certificate("CN=first.test", "CN=ca");
        let dns = |name: &&str| GeneralName::Dns(String::from(*name));
        leaf.subject_alt_names = Some(names.iter().map(dns).collect());
        let record = certified(host, chain(vec![leaf]));
        judge(&Case::of(&record).unwrap()).map(|sighting| sighting.title)
    }

    #[test]
    fn a_certificate_for_other_hosts_is_raised() {
        assert_eq!(
            title("wrong.host.badssl.com", &["*.badssl.com", "badssl.com"]).unwrap(),
            "wrong.host.badssl.com presents a certificate for *.badssl.com, not for itself"
        );
        assert!(title("192.0.2.1", &["192.0.2.1"]).is_some(), "an address in a dNSName");
    }

    #[test]
    fn a_certificate_that_covers_the_host_is_not() {
        assert_eq!(title("api.shop.test", &["www.shop.test", "API.shop.test"]), None);
        assert_eq!(title("api.shop.test.", &["*.shop.test"]), None);
    }

    #[test]
    fn without_a_comparable_host_nothing_is_raised() {
        assert_eq!(title("", &["api.shop.test"]), None);
        assert_eq!(title("b\u{fc}cher.test", &["api.shop.test"]), None);
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (0..23).map(|number| format!("h{number}.test")).collect();
        assert!(listed(&names).ends_with("h19.test and 3 more"));
        assert_eq!(listed(&names[..2]), "h0.test, h1.test");
        assert_eq!(listed(&[]), "none");
    }
}
