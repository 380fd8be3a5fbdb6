//! `channel/untrusted-issuer`: no way leads from the chain to a root that anybody trusts.
//!
//! A chain with a hole, or one that cannot be decided, is not raised here; neither is a leaf that
//! signed itself, which has a rule of its own.

use dissect::Record;

use super::case::Case;
use super::self_signed_certificate;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};

pub(crate) static RULE: Rule = Rule {
    id: "channel/untrusted-issuer",
    title: "No path to a trusted root",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "MASVS-NETWORK-1", "ATT&CK T1638", "RFC 5280 section 6.1"],
    explanation: "The certificates that the server sent lead to an authority that is neither among \
        the built-in public roots nor among those given with --trust-root. That is how every \
        interception looks whose authority was installed on the device, or is accepted by an app \
        that does not validate; it is also how a company's private authority looks.",
    evidence: "Subject and issuer of the leaf, the topmost issuer that the chain leads to, and the \
        number of certificates sent.",
    false_positives: "A private authority that the app or the organisation trusts on purpose: name \
        it with --trust-root. A platform's own \
        authority, such as Apple's for Apple's services. A public root that is younger than this \
        program. Chains that only \
        lack an intermediate are left to channel/incomplete-chain.",
    fix: "Find out who runs the issuer. If nobody you know does, treat what was sent in this \
        session as read by others: change the credentials, look for the proxy, VPN or profile on \
        the device. In the app, trust public or your own authorities only, and pin what matters.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(UntrustedIssuer) };

/// Stateless: every chain is judged by itself.
struct UntrustedIssuer;

impl Detector for UntrustedIssuer {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        scene.sightings.extend(judge(&case, &assessment));
    }
}

fn judge(case: &Case<'_>, assessment: &Assessment) -> Option<Sighting> {
    let PathStatus::Untrusted { top_issuer } = &assessment.path else { return None };
    if self_signed_certificate::finds(case, assessment).is_some() {
        return None;
    }
    let mut evidence = case.identity();
    evidence.push(case.evidence("top-issuer", top_issuer.clone()));
    evidence.push(case.evidence("chain-length", case.chain.entries.len().to_string()));
    let mut alternatives = alternatives(&[
        "a private authority that the app or the organisation trusts on purpose",
        "a corporate proxy whose CA is allowed by policy",
        "an authority that a platform's maker trusts for its own services, such as Apple's",
        "a public root that is younger than this program's list",
    ]);
    // Where the chain breaks off, a link that was forgotten looks like a stranger.
    let confidence = if assessment.top_issuer_not_sent {
        alternatives.push("a server that does not send an intermediate it should".into());
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    let authority = if top_issuer.is_empty() { "it has no name" } else { top_issuer };
    let draft = Draft {
        key: top_issuer.clone(),
        confidence,
        title: format!(
            "{} presents a certificate of an authority that is not trusted: {authority}",
            case.label()
        ),
        evidence,
        alternatives,
    };
    Some(case.raise(&RULE, draft))
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{incomplete, self_signed, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain, extensions};
    use crate::trust::RootOrigin;

    fn sighting(issuer: &str, assessment: &Assessment) -> Option<Sighting> {
        let record = certified("api.shop.test", chain(vec![certificate("CN=a", issuer)]));
        judge(&Case::of(&record).unwrap(), assessment)
    }

    #[test]
    fn a_chain_without_a_trusted_root_is_raised() {
        let raised = sighting("CN=Totally Unknown CA", &untrusted()).unwrap();
        assert_eq!(raised.key, "CN=ca");
        assert_eq!(
            raised.title,
            "api.shop.test presents a certificate of an authority that is not trusted: CN=ca"
        );
        assert!(raised.evidence.iter().all(|evidence| evidence.packets == [12, 15]));
    }

    #[test]
    fn a_chain_that_breaks_off_may_lack_a_link() {
        let confidence = |top_issuer_not_sent| {
            let assessment = Assessment { top_issuer_not_sent, ..untrusted() };
            let raised = sighting("CN=Totally Unknown CA", &assessment).unwrap();
            (raised.confidence, raised.alternatives.len())
        };
        assert_eq!(confidence(false), (Confidence::Certain, 4));
        assert_eq!(confidence(true), (Confidence::Likely, 5));
    }

    #[test]
    fn an_issuer_without_a_name_is_called_so() {
        let path = PathStatus::Untrusted { top_issuer: String::new() };
        let raised = sighting("", &Assessment { path, ..untrusted() }).unwrap();
        assert!(raised.title.ends_with("not trusted: it has no name"), "{}", raised.title);
    }

    /// Its leaves verify with their own key, and still somebody else issued them.
    #[test]
    fn an_interceptor_that_lends_its_key_is_raised() {
        let mut leaf = certificate("CN=api.shop.test", "CN=mitmproxy, O=mitmproxy");
        leaf.authority_key_id = Some(leaf.key_sha1.to_vec());
        leaf.extensions = extensions("2.5.29.37 2.5.29.17 2.5.29.35");
        let record = certified("api.shop.test", chain(vec![leaf]));
        assert!(judge(&Case::of(&record).unwrap(), &self_signed()).is_some());
    }

    #[test]
    fn what_is_trusted_or_undecided_is_not() {
        assert!(sighting("CN=ca", &trusted(RootOrigin::BuiltIn)).is_none());
        assert!(sighting("CN=ca", &trusted(RootOrigin::Platform)).is_none());
        assert!(sighting("CN=ca", &trusted(RootOrigin::User)).is_none());
        assert!(sighting("CN=R10", &incomplete()).is_none());
    }

    #[test]
    fn a_leaf_that_signed_itself_is_left_to_its_own_rule() {
        assert!(sighting("CN=a", &self_signed()).is_none());
        assert!(sighting("CN=other", &self_signed()).is_none());
    }
}
