//! `channel/weak-certificate`: a certificate that can be forged, or that clients should not take.
//!
//! Judged are the leaf and the intermediates that a client needs (see [`crate::issuing`]); never
//! roots, whose signatures nobody checks. One finding lists all weaknesses of a chain.

mod era;
mod weakness;

use std::sync::Arc;

use dissect::Record;
use dissect::x509::Certificate;

use self::era::Era;
use self::weakness::Weakness;
use super::case::{Case, Signer, signer};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::Assessment;
use crate::when;

pub(crate) static RULE: Rule = Rule {
    id: "channel/weak-certificate",
    title: "Certificate with a weak key, signature or content",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &[
        "CWE-295",
        "CWE-326",
        "CWE-328",
        "MASVS-NETWORK-1",
        "RFC 9525 section 6.3",
        "CA/Browser Forum Baseline Requirements",
    ],
    explanation: "The leaf, or an intermediate that is needed to trust it, has an RSA key of less \
        than 2048 bits, a DSA key, an elliptic curve of less than 224 bits or one that is spelled \
        out instead of named, or a signature over MD2, MD4, MD5 or SHA-1; or the leaf has no \
        subject alternative name, is an authority's certificate, or comes from a public authority \
        and is valid for longer than these allowed themselves when it was issued (825 days from \
        March 2018, 398 from September 2020, 200 from March 2026, 100 from March 2027, 47 from \
        March 2029). Public chains are judged by what was allowed on their day of issue, private \
        ones by today's rules.",
    evidence: "Each weakness with the field it lies in; validity, subject, issuer and fingerprint \
        of the leaf.",
    false_positives: "Old devices and private authorities that were set up long ago. They are weak \
        all the same. Cheap interceptors mint such leaves, too: bettercap's have RSA keys of 1024 \
        bits.",
    fix: "Reissue with an RSA key of 2048 bits or more, or with P-256, signed over SHA-256, with \
        the hosts as subject alternative names and 90 days of validity.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(WeakCertificate) };

/// Stateless: every chain is judged by itself.
struct WeakCertificate;

impl Detector for WeakCertificate {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        if assessment.notes.sound.get() == Some(&true) {
            return;
        }
        let needed = scene.trust.needed(case.chain, &assessment);
        let sighting = judge(&case, &assessment, &needed);
        assessment.notes.sound.get_or_init(|| sighting.is_none());
        scene.sightings.extend(sighting);
    }
}

fn judge(
    case: &Case<'_>,
    assessment: &Assessment,
    needed: &[&Arc<Certificate>],
) -> Option<Sighting> {
    let era = Era::of(assessment);
    let self_signed = signer(case.leaf, assessment) != Signer::Another;
    let of_leaf = weakness::of_leaf(case.leaf, era, self_signed);
    let mut weak: Vec<(&Certificate, Weakness)> =
        of_leaf.into_iter().map(|weakness| (&**case.leaf, weakness)).collect();
    for intermediate in needed {
        let found = weakness::of_any(intermediate, era);
        weak.extend(found.into_iter().map(|weakness| (&***intermediate, weakness)));
    }
    if weak.is_empty() {
        return None;
    }
    let words: Vec<String> =
        weak.iter().map(|(certificate, weakness)| described(case, certificate, weakness)).collect();
    let mut evidence: Vec<_> = weak
        .iter()
        .zip(&words)
        .map(|((_, weakness), words)| case.evidence(weakness.fact(), words.clone()))
        .collect();
    evidence.push(case.evidence("not-before", when::utc(case.leaf.not_before)));
    evidence.push(case.evidence("not-after", when::utc(case.leaf.not_after)));
    evidence.extend(case.identity());
    let draft = Draft {
        key: case.leaf_key(),
        confidence: Confidence::Certain,
        title: format!("{} presents a weak certificate: {}", case.label(), words.join("; ")),
        evidence,
        alternatives: alternatives(&[
            "an old server or device that nobody renewed",
            "an interceptor that mints weak certificates",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

/// The weakness, and whose it is if it is not the leaf's.
fn described(case: &Case<'_>, certificate: &Certificate, weakness: &Weakness) -> String {
    if certificate.sha256 == case.leaf.sha256 {
        weakness.words()
    } else {
        format!("{} (intermediate {})", weakness.words(), certificate.subject)
    }
}

#[cfg(test)]
mod tests {
    use dissect::x509::PublicKey;

    use super::super::case::tests::{incomplete, self_signed, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain, days_from_now};
    use crate::issuing::needed_intermediates;
    use crate::trust::RootOrigin;

    const SHA1: &str = "1.2.840.113549.1.1.5";

    fn title(certificates: Vec<Certificate>, assessment: &Assessment) -> Option<String> {
        let record = certified("api.shop.test", chain(certificates));
        let case = Case::of(&record).unwrap();
        let needed = needed_intermediates(case.chain, |name| name.common_name() == Some("root"));
        let needed: Vec<_> = needed.iter().collect();
        judge(&case, assessment, &needed).map(|sighting| sighting.title)
    }

    #[test]
    fn all_weaknesses_are_one_finding() {
        let leaf = Certificate {
            public_key: PublicKey::Rsa { bits: 1024 },
            subject_alt_names: None,
            ..certificate("CN=api.shop.test", "CN=ca")
        };
        assert_eq!(
            title(vec![leaf], &untrusted()).unwrap(),
            "api.shop.test presents a weak certificate: RSA key of 1024 bits; no subject \
             alternative name"
        );
    }

    #[test]
    fn a_weak_intermediate_is_raised_by_name() {
        let leaf = certificate("CN=api.shop.test", "CN=ca");
        let intermediate =
            Certificate { signature_algorithm: SHA1.into(), ..certificate("CN=ca", "CN=root") };
        let title = title(vec![leaf, intermediate], &trusted(RootOrigin::User)).unwrap();
        assert!(title.ends_with("signed over SHA-1 (intermediate CN=ca)"), "{title}");
    }

    #[test]
    fn roots_and_certificates_without_need_are_not_judged() {
        let old = |subject: &str, issuer: &str| Certificate {
            signature_algorithm: SHA1.into(),
            public_key: PublicKey::Rsa { bits: 1024 },
            ..certificate(subject, issuer)
        };
        let own_root = vec![certificate("CN=a", "CN=ca"), old("CN=ca", "CN=ca")];
        assert_eq!(title(own_root, &untrusted()), None);
        let cross = vec![certificate("CN=a", "CN=root"), old("CN=root", "CN=older")];
        assert_eq!(title(cross, &trusted(RootOrigin::BuiltIn)), None);
    }

    #[test]
    fn sound_certificates_are_not_raised_on_any_path() {
        for assessment in [trusted(RootOrigin::BuiltIn), untrusted(), incomplete(), self_signed()] {
            assert_eq!(title(vec![certificate("CN=a", "CN=ca")], &assessment), None);
        }
    }

    #[test]
    fn only_public_leaves_have_a_longest_life() {
        let leaf = Certificate {
            not_after: days_from_now(800),
            ..certificate("CN=api.shop.test", "CN=ca")
        };
        let public = title(vec![leaf.clone()], &trusted(RootOrigin::BuiltIn)).unwrap();
        assert!(public.ends_with("valid for 810 days where 200 were allowed"), "{public}");
        assert_eq!(title(vec![leaf.clone()], &trusted(RootOrigin::User)), None);
        assert_eq!(title(vec![leaf.clone()], &trusted(RootOrigin::Platform)), None);
        assert_eq!(title(vec![leaf], &untrusted()), None);
    }
}
