//! `channel/issuer-changed`: a host presents a certificate of somebody who does not issue for it.
//!
//! With a baseline the issuers are known. Without one, the same host must have shown two faces in
//! one capture: one of an authority that is trusted, one of an authority that nobody trusts.

use std::collections::BTreeMap;
use std::sync::Arc;

use dissect::Record;

use super::case::Case;
use crate::baseline::{Host, host_key, pin};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};

pub(crate) static RULE: Rule = Rule {
    id: "channel/issuer-changed",
    title: "The host presents a certificate of another issuer",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "CWE-300", "MASVS-NETWORK-1", "ATT&CK T1638"],
    explanation: "Operators seldom change the authority that issues their certificates, and never \
        from a public one to one that nobody trusts. The issuer of this host's certificate is not \
        one that the baseline knows, or the same host presented a trusted certificate in the same \
        capture as well. Whoever stands between client and host cannot use the host's certificate \
        and has to present one of his own: this is how it shows.",
    evidence: "The issuer that was presented, and the issuers that are known from the baseline or \
        were presented earlier, with the packets in which they stand.",
    false_positives: "Hosts that several servers answer for, one of them with a private authority, \
        as in a test environment. If the new issuer is publicly trusted the severity is only \
        informational, for then the operator, or its CDN, has most likely changed the authority; \
        another issuing certificate of the same organisation is not raised at all.",
    fix: "Compare with the certificate that the host presents on another network, and ask its \
        operator. If the change was meant, learn again with --merge. Otherwise look for a proxy, \
        a VPN or an installed authority on the Android or iOS device, and treat what was sent in \
        this session as read by others. In the app, pin the keys of the authorities you use.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::CERTIFIED,
    build: || Box::new(IssuerChanged::default()),
};

/// Most hosts whose issuers are remembered; what comes after is compared with the baseline only.
const MAX_HOSTS: usize = 16_384;

/// What hosts presented in this input.
#[derive(Default)]
struct IssuerChanged {
    hosts: BTreeMap<String, Faces>,
}

/// The first trusted and the first untrusted issuer of a host, as evidence.
#[derive(Default)]
struct Faces {
    trusted: Option<Evidence>,
    untrusted: Option<Evidence>,
}

impl Detector for IssuerChanged {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let Some(name) = case.host().map(host_key) else { return };
        let assessment = case.assess(scene);
        let known = scene.known.baseline.host(&name);
        let known =
            known.filter(|host| !host.issuers.is_empty() || !host.private_issuers.is_empty());
        let sighting = match known {
            Some(known) => against_baseline(&case, &assessment, known),
            None => self.against_earlier(&case, &assessment, name),
        };
        scene.sightings.extend(sighting);
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        self.hosts.clear();
    }
}

impl IssuerChanged {
    fn against_earlier(
        &mut self,
        case: &Case<'_>,
        assessment: &Arc<Assessment>,
        name: String,
    ) -> Option<Sighting> {
        let is_trusted = match assessment.path {
            PathStatus::Trusted { .. } => true,
            PathStatus::Untrusted { .. } => false,
            // A hole in the chain says nothing of its issuer.
            PathStatus::Incomplete { .. } | PathStatus::Undecided(_) => return None,
        };
        if !self.hosts.contains_key(&name) && self.hosts.len() >= MAX_HOSTS {
            return None;
        }
        let faces = self.hosts.entry(name).or_default();
        let issuer = case.evidence("issuer", case.leaf.issuer.text());
        let (mine, other) = match is_trusted {
            true => (&mut faces.trusted, &faces.untrusted),
            false => (&mut faces.untrusted, &faces.trusted),
        };
        mine.get_or_insert_with(|| issuer.clone());
        let earlier = other.clone()?;
        let untrusted = if is_trusted { &earlier.value } else { &issuer.value };
        let trusted = if is_trusted { &issuer.value } else { &earlier.value };
        let title = format!(
            "{} presents certificates of {}, which is trusted, and of {}, which is not",
            case.label(),
            name_or(trusted),
            name_or(untrusted),
        );
        let key = untrusted.clone();
        let mut evidence = case.identity();
        evidence.push(Evidence { fact: "other-issuer", ..earlier });
        let draft = Draft {
            key,
            confidence: Confidence::Likely,
            title,
            evidence,
            alternatives: alternatives(&[
                "several servers for one name, one of them with a private authority",
                "a corporate proxy whose CA is allowed by policy, which the client used at times",
            ]),
        };
        Some(case.raise(&RULE, draft))
    }
}

fn against_baseline(case: &Case<'_>, assessment: &Assessment, known: &Host) -> Option<Sighting> {
    let issuer = case.leaf.issuer.text();
    if known.private_issuers.contains(&issuer) || known.leaf_pins.contains(&pin(case.leaf)) {
        return None;
    }
    let is_named = known.issuers.contains(&issuer);
    let (severity, confidence, word) = match &assessment.path {
        PathStatus::Trusted { .. } | PathStatus::Incomplete { .. } => {
            if is_named || is_of_known_organization(case, known) {
                return None;
            }
            (Severity::Info, Confidence::Possible, "which is trusted, but new for it")
        }
        PathStatus::Undecided(_) if is_named => return None,
        PathStatus::Undecided(_) => {
            (Severity::Low, Confidence::Possible, "which is new for it and cannot be verified")
        }
        // A name that is known, and a path that breaks off: most likely a link was forgotten.
        PathStatus::Untrusted { .. } if is_named && assessment.top_issuer_not_sent => return None,
        PathStatus::Untrusted { .. } if is_named => {
            (RULE.severity, Confidence::Likely, "but another key signed it than that issuer's")
        }
        PathStatus::Untrusted { .. } if assessment.top_issuer_not_sent => {
            (RULE.severity, Confidence::Likely, "which is neither known for it nor trusted")
        }
        PathStatus::Untrusted { .. } => {
            (RULE.severity, Confidence::Certain, "which is neither known for it nor trusted")
        }
    };
    let mut evidence = case.identity();
    let issuers = known.issuers.union(&known.private_issuers);
    evidence.extend(issuers.map(|known| case.evidence("known-issuer", known.clone())));
    let draft = Draft {
        key: issuer.clone(),
        confidence,
        title: format!("{} presents a certificate of {}, {word}", case.label(), name_or(&issuer)),
        evidence,
        alternatives: alternatives(&[
            "the host's operator, or its CDN, changed the authority since the baseline was learned",
            "a corporate proxy whose CA is allowed by policy",
        ]),
    };
    let mut sighting = case.raise(&RULE, draft);
    sighting.severity = severity;
    Some(sighting)
}

/// Whether the issuer's organisation issues for the host already: authorities have many issuing
/// certificates and change between them.
fn is_of_known_organization(case: &Case<'_>, known: &Host) -> bool {
    let Some(organization) = case.leaf.issuer.organization() else { return false };
    let attribute = format!("O={organization}");
    known.issuers.iter().any(|issuer| issuer.contains(&attribute))
}

fn name_or(issuer: &str) -> &str {
    if issuer.is_empty() { "somebody without a name" } else { issuer }
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{incomplete, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain};
    use crate::trust::RootOrigin;

    const GENUINE: &str = "C=US, O=LabTrust, CN=E5";

    fn host() -> Host {
        Host { issuers: [GENUINE.to_owned()].into(), ..Host::default() }
    }

    fn compared(issuer: &str, assessment: &Assessment, known: &Host) -> Option<Sighting> {
        let record = certified("api.shop.test", chain(vec![certificate("CN=api", issuer)]));
        against_baseline(&Case::of(&record).unwrap(), assessment, known)
    }

    fn earlier(faces: &[(&str, Assessment)]) -> Vec<Sighting> {
        let mut detector = IssuerChanged::default();
        let mut sightings = Vec::new();
        for (issuer, assessment) in faces {
            let record = certified("api.shop.test", chain(vec![certificate("CN=api", issuer)]));
            let case = Case::of(&record).unwrap();
            let assessment = Arc::new(assessment.clone());
            sightings.extend(detector.against_earlier(&case, &assessment, "api".into()));
        }
        sightings
    }

    #[test]
    fn a_stranger_is_raised() {
        let raised = compared("CN=mitmproxy, O=mitmproxy", &untrusted(), &host()).unwrap();
        assert_eq!((raised.severity, raised.confidence), (Severity::High, Confidence::Certain));
        assert_eq!(
            raised.title,
            "api.shop.test presents a certificate of CN=mitmproxy, O=mitmproxy, which is neither \
             known for it nor trusted"
        );
    }

    #[test]
    fn a_known_name_on_a_strange_key_is_raised() {
        let raised = compared(GENUINE, &untrusted(), &host()).unwrap();
        assert_eq!((raised.severity, raised.confidence), (Severity::High, Confidence::Likely));
    }

    #[test]
    fn a_new_trusted_authority_is_only_told() {
        let built_in = trusted(RootOrigin::BuiltIn);
        let raised = compared("C=BE, O=OtherSign, CN=G4", &built_in, &host()).unwrap();
        assert_eq!(raised.severity, Severity::Info);
        assert!(compared("C=US, O=LabTrust, CN=R10", &built_in, &host()).is_none());
    }

    #[test]
    fn known_issuers_and_keys_are_quiet() {
        assert!(compared(GENUINE, &trusted(RootOrigin::User), &host()).is_none());
        assert!(compared(GENUINE, &incomplete(), &host()).is_none());
        let private = Host { private_issuers: ["CN=dev".to_owned()].into(), ..Host::default() };
        assert!(compared("CN=dev", &untrusted(), &private).is_none());
        let key = pin(&certificate("CN=api", "CN=other"));
        let pinned = Host { leaf_pins: [key].into(), ..host() };
        assert!(compared("CN=other", &untrusted(), &pinned).is_none());
    }

    #[test]
    fn two_faces_in_one_capture_are_raised() {
        for faces in [
            [(GENUINE, trusted(RootOrigin::User)), ("CN=mitmproxy", untrusted())],
            [("CN=mitmproxy", untrusted()), (GENUINE, trusted(RootOrigin::BuiltIn))],
        ] {
            let raised = earlier(&faces);
            assert_eq!(raised.len(), 1);
            assert_eq!(raised[0].key, "CN=mitmproxy");
            assert_eq!(raised[0].evidence.last().unwrap().packets, [12, 15]);
        }
    }

    #[test]
    fn two_trusted_or_two_untrusted_issuers_are_not() {
        let trusted = || trusted(RootOrigin::BuiltIn);
        assert!(earlier(&[(GENUINE, trusted()), ("CN=R10", trusted())]).is_empty());
        assert!(earlier(&[("CN=a", untrusted()), ("CN=b", untrusted())]).is_empty());
        assert!(earlier(&[(GENUINE, trusted()), ("CN=b", incomplete())]).is_empty());
    }
}
