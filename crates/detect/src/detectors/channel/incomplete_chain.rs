//! `channel/incomplete-chain`: the server forgot to send an intermediate.
//!
//! Browsers fill the gap from their caches or fetch what is missing; Android, most HTTP libraries
//! and command line tools do not, and fail or, worse, are told not to check. The trust store says
//! whether the gap can be filled, or whether the leaf shows that its issuer is a public one. A
//! product that is recognised speaks instead: timestamps can be copied.

use dissect::Record;

use super::case::Case;
use super::known_interceptor;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};

pub(crate) static RULE: Rule = Rule {
    id: "channel/incomplete-chain",
    title: "Server does not send an intermediate certificate",
    severity: Severity::Low,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &[
        "CWE-295",
        "MASVS-NETWORK-1",
        "RFC 8446 section 4.4.2",
        "RFC 5280 section 4.2.2.1",
    ],
    explanation: "The chain that the server sent ends before it reaches a trusted root: a link in \
        between is missing. Browsers often know that link or fetch it; apps on Android, most HTTP \
        libraries and command line tools do not, so that the same server works in one place and \
        fails in another. Whoever then switches validation off to make it work opens the channel \
        to everybody.",
    evidence: "The name of the certificate that was not sent, how it is known (seen earlier in the \
        capture, or timestamps of known Certificate Transparency logs and the address where the \
        issuer can be fetched), and subject, issuer and fingerprint of the leaf.",
    false_positives: "A client that was meant to have the intermediate already. A public root that \
        is younger than this program's list. Where the missing link was not seen, a forger who \
        copied a genuine leaf's timestamps and addresses into his own looks the same.",
    fix: "On the server, send the whole chain: the file of the certification authority that is \
        called fullchain or bundle, without the root. In the app, do not work around it with a \
        trust manager that accepts everything.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(IncompleteChain) };

/// Stateless: the trust store remembers the intermediates.
struct IncompleteChain;

impl Detector for IncompleteChain {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        let logs =
            case.leaf.scts.iter().filter(|sct| scene.trust.ct_log_known(&sct.log_id)).count();
        scene.sightings.extend(judge(&case, &assessment, logs));
    }
}

/// `logs`: timestamps of known CT logs.
fn judge(case: &Case<'_>, assessment: &Assessment, logs: usize) -> Option<Sighting> {
    let PathStatus::Incomplete { missing } = &assessment.path else { return None };
    if known_interceptor::names_product(case, assessment) {
        return None;
    }
    let inferred = assessment.top_issuer_not_sent;
    let mut evidence = vec![case.evidence("not-sent", missing.clone())];
    let mut others = alternatives(&["a client that was given the intermediate beforehand"]);
    if inferred {
        evidence.push(case.evidence(
            "certificate-transparency",
            format!("{logs} timestamps of known logs in the leaf"),
        ));
        evidence.extend(
            case.leaf.ca_issuers.iter().take(1).map(|uri| case.evidence("issuer-at", uri.clone())),
        );
        others.push("a public root that is younger than this program's list".into());
        others.push("a forger who copied a genuine leaf's timestamps".into());
    }
    evidence.extend(case.identity());
    evidence.push(case.evidence("chain-length", case.chain.entries.len().to_string()));
    let draft = Draft {
        key: missing.clone(),
        confidence: if inferred { Confidence::Likely } else { Confidence::Certain },
        title: format!("{} does not send the certificate of its issuer {missing}", case.label()),
        evidence,
        alternatives: others,
    };
    Some(case.raise(&RULE, draft))
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{incomplete, self_signed, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain};
    use crate::trust::RootOrigin;

    fn sighting(issuer: &str, assessment: &Assessment) -> Option<Sighting> {
        let record = certified("api.shop.test", chain(vec![certificate("CN=a", issuer)]));
        judge(&Case::of(&record).unwrap(), assessment, 2)
    }

    #[test]
    fn a_link_that_was_seen_elsewhere_is_certain() {
        let raised = sighting("CN=R10", &incomplete()).unwrap();
        assert_eq!(raised.confidence, Confidence::Certain);
        assert_eq!(
            raised.title,
            "api.shop.test does not send the certificate of its issuer CN=R10"
        );
    }

    #[test]
    fn a_link_that_the_leaf_vouches_for_is_likely() {
        let inferred = Assessment { top_issuer_not_sent: true, ..incomplete() };
        let raised = sighting("CN=R10", &inferred).unwrap();
        assert_eq!(raised.confidence, Confidence::Likely);
        let facts: Vec<&str> = raised.evidence.iter().map(|evidence| evidence.fact).collect();
        assert_eq!(facts[..2], ["not-sent", "certificate-transparency"]);
        assert_eq!(raised.alternatives.len(), 3);
    }

    #[test]
    fn other_paths_are_not_raised() {
        for assessment in [untrusted(), self_signed(), trusted(RootOrigin::BuiltIn)] {
            assert!(sighting("CN=R10", &assessment).is_none());
        }
    }

    #[test]
    fn a_recognised_product_speaks_instead() {
        assert!(
            sighting("O=PortSwigger, OU=PortSwigger CA, CN=PortSwigger CA", &incomplete())
                .is_none()
        );
    }
}
