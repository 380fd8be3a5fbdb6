//! `channel/self-signed-certificate`: the leaf vouches for itself.
//!
//! Decided by verifying the signature with the certificate's own key, never by comparing names.
//! One kind of certificate passes that test and is nonetheless another story: some interceptors
//! give every leaf the key of their CA. Where such a product is recognised, its own rule and
//! `channel/untrusted-issuer` speak instead.

use dissect::Record;

use super::case::{Case, Signer, signer};
use super::known_interceptor;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};

pub(crate) static RULE: Rule = Rule {
    id: "channel/self-signed-certificate",
    title: "Certificate signed with its own key",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "MASVS-NETWORK-1", "ATT&CK T1638", "RFC 5280 section 6.1"],
    explanation: "The server's certificate is signed with the key it carries, so nobody but its \
        maker vouches for it, and anybody can make one for any host within a second. Unless the \
        client knows exactly this certificate beforehand (a pin), it cannot tell the server from \
        somebody in between. The test is the signature itself: a certificate that names another \
        issuer and is still signed with its own key is found, one that merely names itself as \
        issuer is not.",
    evidence: "Subject, issuer and fingerprint of the certificate, and the result of verifying its \
        signature with its own key.",
    false_positives: "Development servers, devices on the local network (routers, cameras, \
        printers), and services whose app pins this very certificate. WebRTC over DTLS, where \
        self-signed certificates are the rule, is not judged.",
    fix: "Use a certificate from an authority that the platform trusts. In an app that must accept \
        a self-signed one, pin its key (Android network security config, NSPinnedDomains) instead \
        of accepting every certificate.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::CERTIFIED,
    build: || Box::new(SelfSignedCertificate),
};

/// Stateless: every chain is judged by itself.
struct SelfSignedCertificate;

impl Detector for SelfSignedCertificate {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        scene.sightings.extend(judge(&case, &assessment));
    }
}

/// How sure it is that the leaf vouches for itself, and by what; `None` if it does not.
pub(super) fn finds(
    case: &Case<'_>,
    assessment: &Assessment,
) -> Option<(Confidence, &'static str)> {
    if matches!(assessment.path, PathStatus::Trusted { .. }) {
        return None;
    }
    let found = match signer(case.leaf, assessment) {
        Signer::Another => return None,
        Signer::Itself => (Confidence::Certain, "verifies with the certificate's own key"),
        Signer::ItselfByName => (
            Confidence::Likely,
            "cannot be verified here (algorithm not supported); it names itself as its issuer",
        ),
    };
    (!known_interceptor::signs_with_its_ca_key(case, assessment)).then_some(found)
}

fn judge(case: &Case<'_>, assessment: &Assessment) -> Option<Sighting> {
    let (confidence, check) = finds(case, assessment)?;
    let mut evidence = vec![
        case.evidence("signature", check),
        case.evidence("signature-algorithm", case.leaf.signature_algorithm.clone()),
    ];
    evidence.extend(case.identity());
    let draft = Draft {
        key: case.leaf_key(),
        confidence,
        title: format!("{} presents a certificate signed with its own key", case.label()),
        evidence,
        alternatives: alternatives(&[
            "a development server or a device on the local network",
            "a service whose app pins this certificate",
            "an interceptor that gives each host a self-signed certificate",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

#[cfg(test)]
mod tests {
    use dissect::x509::SignatureCheck;

    use super::super::case::tests::{self_signed, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain, extensions};
    use crate::trust::RootOrigin;

    fn confidence(subject: &str, issuer: &str, assessment: &Assessment) -> Option<Confidence> {
        let record = certified("api.shop.test", chain(vec![certificate(subject, issuer)]));
        judge(&Case::of(&record).unwrap(), assessment).map(|sighting| sighting.confidence)
    }

    #[test]
    fn a_signature_by_the_own_key_is_raised_whatever_the_names() {
        let certain = Some(Confidence::Certain);
        assert_eq!(confidence("CN=a", "CN=a", &self_signed()), certain);
        assert_eq!(confidence("O=x, CN=a", "L=y, O=x, CN=a", &self_signed()), certain);
        assert_eq!(confidence("CN=a", "CN=Some Trusted CA", &self_signed()), certain);
    }

    #[test]
    fn names_alone_count_only_where_the_signature_cannot_be_computed() {
        let check = |leaf_self_signed| Assessment { leaf_self_signed, ..untrusted() };
        let unsupported = check(SignatureCheck::Unsupported);
        assert_eq!(confidence("CN=a", "CN=a", &unsupported), Some(Confidence::Likely));
        assert_eq!(confidence("CN=a", "CN=b", &unsupported), None);
        assert_eq!(confidence("CN=a", "CN=a", &check(SignatureCheck::Invalid)), None);
    }

    #[test]
    fn a_trusted_leaf_is_not_raised() {
        for origin in [RootOrigin::BuiltIn, RootOrigin::User] {
            let trusted = Assessment { leaf_self_signed: SignatureCheck::Valid, ..trusted(origin) };
            assert_eq!(confidence("CN=a", "CN=a", &trusted), None);
        }
    }

    /// mitmproxy's leaves carry the key of its CA: signed with their own key, by somebody else.
    #[test]
    fn a_recognised_interceptor_is_not_raised_here() {
        let mut leaf = certificate("CN=api.shop.test", "CN=mitmproxy, O=mitmproxy");
        leaf.authority_key_id = Some(leaf.key_sha1.to_vec());
        leaf.extensions = extensions("2.5.29.37 2.5.29.17 2.5.29.35");
        let record = certified("api.shop.test", chain(vec![leaf]));
        assert!(judge(&Case::of(&record).unwrap(), &self_signed()).is_none());
    }
}
