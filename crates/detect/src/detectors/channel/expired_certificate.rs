//! `channel/expired-certificate`: the packet's clock says that a certificate the client needs is
//! not valid yet, or no more.
//!
//! Judged are the leaf, and intermediates only where the trust stage says that the path would hold
//! if it were not for the time. Certificates that were sent without need may be as old as they
//! like (see [`crate::issuing`]).

use std::sync::Arc;

use dissect::hex;
use dissect::x509::Certificate;
use dissect::{Record, Timestamp};

use super::case::{Case, publicly_trusted};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};
use crate::when;

pub(crate) static RULE: Rule = Rule {
    id: "channel/expired-certificate",
    title: "Certificate outside its validity when it was used",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-298", "MASVS-NETWORK-1", "RFC 5280 section 4.1.2.5"],
    explanation: "The server presented a certificate before its notBefore or after its notAfter. \
        A client that validates refuses it; one that goes on does not check, and would accept \
        an old certificate whose key leaked, or that was revoked and dropped from the revocation \
        lists when it expired. The time that counts is that of the packet, not today's.",
    evidence: "The certificate's notBefore or notAfter, the time of the packet that carried it, \
        and the distance between the two; subject, issuer and fingerprint of the certificate.",
    false_positives: "A capturing machine whose clock is wrong, or a capture whose timestamps were \
        rewritten. A test server that nobody renews. An expired root or cross-certificate that the \
        server sends without need does not raise this rule.",
    fix: "Renew the certificate, and automate renewal (ACME, RFC 8555) with an alarm well before \
        it expires. If the app went on all the same, remove the code that switches validation off.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(ExpiredCertificate) };

/// Stateless: every chain is judged by itself.
struct ExpiredCertificate;

impl Detector for ExpiredCertificate {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        let needed = || scene.trust.needed(case.chain, &assessment);
        scene.sightings.extend(judge(&case, &assessment, needed));
    }
}

/// How a certificate stands to the time at which it was used.
enum Validity {
    /// notAfter passed this many seconds ago.
    Expired(i64),
    /// notBefore is this many seconds ahead.
    NotYet(i64),
    /// Within.
    Within,
}

/// Both ends belong to the validity (RFC 5280 section 4.1.2.5), and they are whole seconds.
fn validity(certificate: &Certificate, at: Timestamp) -> Validity {
    let past_end = at.secs().saturating_sub(certificate.not_after.secs());
    let before_start = certificate.not_before.secs().saturating_sub(at.secs());
    if past_end > 0 {
        Validity::Expired(past_end)
    } else if before_start > 0 {
        Validity::NotYet(before_start)
    } else {
        Validity::Within
    }
}

fn judge<'c>(
    case: &Case<'_>,
    assessment: &Assessment,
    needed: impl FnOnce() -> Vec<&'c Arc<Certificate>>,
) -> Option<Sighting> {
    let time_alone_breaks_the_path =
        matches!(assessment.path, PathStatus::Trusted { valid_at_capture: false, .. });
    let intermediates = if time_alone_breaks_the_path { needed() } else { Vec::new() };
    std::iter::once((case.leaf, "a certificate"))
        .chain(intermediates.iter().map(|sent| (*sent, "an intermediate certificate")))
        .find_map(|(certificate, role)| blame(case, assessment, certificate, role))
}

/// The sighting for one certificate that is outside its validity.
fn blame(
    case: &Case<'_>,
    assessment: &Assessment,
    certificate: &Certificate,
    role: &str,
) -> Option<Sighting> {
    let (what, confidence, fact, limit) = match validity(certificate, case.at()) {
        Validity::Within => return None,
        Validity::Expired(seconds) => (
            format!("that expired {} before", when::stretch(seconds)),
            Confidence::Certain,
            "not-after",
            certificate.not_after,
        ),
        // Public authorities date back, never forward: if one signed this, the clock is wrong.
        Validity::NotYet(seconds) => (
            format!("that becomes valid only {} later", when::stretch(seconds)),
            if publicly_trusted(assessment) { Confidence::Possible } else { Confidence::Certain },
            "not-before",
            certificate.not_before,
        ),
    };
    let mut evidence = vec![case.evidence(fact, when::utc(limit)), case.seen_at()];
    evidence.extend(case.identity_of(certificate));
    let draft = Draft {
        key: hex(&certificate.sha256),
        confidence,
        title: format!("{} presents {role} {what}", case.label()),
        evidence,
        alternatives: alternatives(&[
            "a capturing machine whose clock is wrong, or a capture whose times were rewritten",
            "a server whose certificate nobody renewed",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

#[cfg(test)]
mod tests {
    use dissect::x509::ValidityTime;

    use super::super::case::tests::{trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{NOW, certificate, certified, chain, days_from_now};
    use crate::issuing::needed_intermediates;
    use crate::trust::RootOrigin;

    fn titles(certificates: Vec<Certificate>, assessment: &Assessment) -> Option<String> {
        let record = certified("api.shop.test", chain(certificates));
        let case = Case::of(&record).unwrap();
        let needed = needed_intermediates(case.chain, |name| name.common_name() == Some("root"));
        judge(&case, assessment, || needed.iter().collect()).map(|sighting| sighting.title)
    }

    fn valid(subject: &str, issuer: &str, from: i64, to: i64) -> Certificate {
        Certificate {
            not_before: days_from_now(from),
            not_after: days_from_now(to),
            ..certificate(subject, issuer)
        }
    }

    fn expired_path() -> Assessment {
        let PathStatus::Trusted { root, origin, legacy_algorithm, .. } =
            trusted(RootOrigin::BuiltIn).path
        else {
            panic!("trusted() is trusted")
        };
        let path = PathStatus::Trusted { root, origin, legacy_algorithm, valid_at_capture: false };
        Assessment { path, ..untrusted() }
    }

    #[test]
    fn a_leaf_outside_its_validity_is_raised_on_any_path() {
        let expired = vec![valid("CN=api.shop.test", "CN=ca", -120, -30)];
        let title = "api.shop.test presents a certificate that expired 30 days before";
        assert_eq!(titles(expired.clone(), &untrusted()).unwrap(), title);
        assert_eq!(titles(expired, &expired_path()).unwrap(), title);
        let early = vec![valid("CN=api.shop.test", "CN=ca", 3, 93)];
        let title = "api.shop.test presents a certificate that becomes valid only 3 days later";
        assert_eq!(titles(early, &untrusted()).unwrap(), title);
    }

    #[test]
    fn an_intermediate_is_raised_where_time_alone_breaks_the_path() {
        let sent =
            vec![valid("CN=api.shop.test", "CN=ca", -10, 80), valid("CN=ca", "CN=root", -900, -2)];
        let title = titles(sent.clone(), &expired_path()).unwrap();
        assert_eq!(
            title,
            "api.shop.test presents an intermediate certificate that expired 2 days before"
        );
        assert_eq!(titles(sent.clone(), &trusted(RootOrigin::BuiltIn)), None);
        assert_eq!(titles(sent, &untrusted()), None);
    }

    #[test]
    fn a_public_certificate_from_the_future_says_that_the_clock_is_wrong() {
        for (assessment, confidence) in
            [(expired_path(), Confidence::Possible), (untrusted(), Confidence::Certain)]
        {
            let sent = chain(vec![valid("CN=api.shop.test", "CN=ca", 53, 143)]);
            let record = certified("api.shop.test", sent);
            let raised = judge(&Case::of(&record).unwrap(), &assessment, Vec::new).unwrap();
            assert_eq!(raised.confidence, confidence);
        }
    }

    #[test]
    fn both_ends_of_the_validity_belong_to_it() {
        for (from, to) in [(-90, 0), (0, 90)] {
            let leaf = valid("CN=api.shop.test", "CN=ca", from, to);
            assert_eq!(titles(vec![leaf], &untrusted()), None);
        }
        let mut leaf = valid("CN=api.shop.test", "CN=ca", -90, 0);
        leaf.not_after = ValidityTime::from_secs(NOW.secs().saturating_sub(1));
        let title = titles(vec![leaf], &untrusted()).unwrap();
        assert!(title.ends_with("expired 1 second before"), "{title}");
    }

    /// 2020-05-30: the cross-certificate and the root above USERTrust expired, and were not needed.
    #[test]
    fn an_expired_certificate_that_is_not_needed_is_not_raised() {
        let sent = vec![
            valid("CN=api.shop.test", "CN=sectigo", -10, 80),
            valid("CN=sectigo", "CN=root", -900, 900),
            valid("CN=root", "CN=addtrust", -7000, -1),
            valid("CN=addtrust", "CN=addtrust", -7000, -1),
        ];
        assert_eq!(titles(sent.clone(), &trusted(RootOrigin::BuiltIn)), None);
        assert_eq!(titles(sent, &expired_path()), None);
    }
}
