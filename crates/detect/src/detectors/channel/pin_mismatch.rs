//! `channel/pin-mismatch`: a host that must present one of certain keys presents none of them.

use dissect::Record;
use dissect::hex;

use super::case::Case;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::pins::{self, Bearer, Pin};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::PathStatus;

pub(crate) static RULE: Rule = Rule {
    id: "channel/pin-mismatch",
    title: "None of the host's pinned keys was presented",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Certificates, Need::Baseline],
    references: &["CWE-295", "MASVS-NETWORK-2", "ATT&CK T1557", "RFC 7469 section 2.6"],
    explanation: "The pins given with --pins say which keys may stand in the chain of this host. \
        The chain that was presented holds none of them, and neither does the root that it leads \
        to. Somebody else answers in the place of the host, or its operator changed the keys \
        without changing the pins. Public trust does not matter here: an authority that is trusted \
        may have been deceived.",
    evidence: "The pins of the host, the pins of the certificates that were sent, and subject, \
        issuer and fingerprint of the leaf.",
    false_positives: "A key that was rotated without a backup pin; pins of another environment \
        (test instead of production); a host that several networks serve with different keys.",
    fix: "Ask the operator of the host whether the presented key is his. If it is, add its pin \
        and a backup pin to the app (pin-set of the network security configuration on Android, \
        NSPinnedDomains on iOS) before the old ones expire. If it is not, somebody intercepts: \
        treat what was sent as read by others, and find out whether the app refused the chain.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(PinMismatch) };

/// Most pins that evidence quotes.
const MAX_QUOTED: usize = 6;

/// Stateless: every chain is judged by itself.
struct PinMismatch;

impl Detector for PinMismatch {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        if let Some(pins) = mismatched(&case, scene) {
            let sighting = sighting(&case, &pins);
            scene.sightings.push(sighting);
        }
    }
}

/// Whether the host of a chain has pins, and the chain none of them.
pub(super) fn fires(case: &Case<'_>, scene: &mut Scene<'_>) -> bool {
    mismatched(case, scene).is_some()
}

/// The pins of the host, if the chain holds none of them.
fn mismatched(case: &Case<'_>, scene: &mut Scene<'_>) -> Option<Vec<Pin>> {
    let pins = scene.known.pins.for_host(case.host()?, case.at());
    if pins.is_empty() {
        return None;
    }
    let sent = case.chain.certificates().enumerate().map(|(position, certificate)| {
        let bearer = if position == 0 { Bearer::Leaf } else { Bearer::Authority };
        (bearer, certificate.spki_sha256)
    });
    let mut presented: Vec<_> = sent.collect();
    match &case.assess(scene).path {
        // The one that was not sent may be the pinned one.
        PathStatus::Incomplete { .. } => return None,
        PathStatus::Trusted { root, .. } => {
            let roots = scene.trust.root_pins(root);
            presented.extend(roots.into_iter().map(|key| (Bearer::Authority, key)));
        }
        PathStatus::Undecided(_) | PathStatus::Untrusted { .. } => {}
    }
    if pins::satisfied(&pins, &presented) {
        return None;
    }
    Some(pins)
}

fn sighting(case: &Case<'_>, pins: &[Pin]) -> Sighting {
    let pinned: Vec<String> = pins.iter().map(ToString::to_string).collect();
    let sent: Vec<String> =
        case.chain.certificates().map(|sent| Pin::of(sent).to_string()).collect();
    let mut evidence =
        vec![case.evidence("pinned", quoted(&pinned)), case.evidence("presented", quoted(&sent))];
    evidence.extend(case.identity());
    let draft = Draft {
        key: hex(&case.leaf.spki_sha256),
        confidence: Confidence::Certain,
        title: format!(
            "{} presents none of its pinned keys but a certificate of {}",
            case.label(),
            case.leaf.issuer
        ),
        evidence,
        alternatives: alternatives(&[
            "a key that the operator rotated without changing the pins",
            "pins of another environment of the same host",
        ]),
    };
    case.raise(&RULE, draft)
}

fn quoted(pins: &[String]) -> String {
    let shown: Vec<&str> = pins.iter().take(MAX_QUOTED).map(String::as_str).collect();
    let text = shown.join(" ");
    match pins.len().saturating_sub(MAX_QUOTED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain, days_from_now, sightings};
    use crate::pins::{HostPins, Pins, Scope};
    use crate::settings::Known;
    use dissect::x509::{Certificate, ValidityTime};

    fn known(keys: &[[u8; 32]], expires: Option<ValidityTime>) -> Known {
        let pins = keys.iter().map(|key| Pin { bearer: Bearer::Any, sha256: *key }).collect();
        let host = HostPins { host: "shop.test".into(), scope: Scope::Subdomains, expires, pins };
        Known { pins: Pins::from_hosts(vec![host]), ..Known::default() }
    }

    fn sent() -> Vec<Certificate> {
        vec![certificate("CN=api.shop.test", "CN=ca"), certificate("CN=ca", "CN=root")]
    }

    fn raised(known: &Known) -> Vec<Sighting> {
        sightings(&mut PinMismatch, known, &[certified("api.shop.test", chain(sent()))])
    }

    #[test]
    fn a_chain_without_a_pinned_key_is_raised() {
        let raised = raised(&known(&[[1; 32], [2; 32]], None));
        assert_eq!(
            raised[0].title,
            "api.shop.test presents none of its pinned keys but a certificate of CN=ca"
        );
    }

    #[test]
    fn pins_that_expire_later_count() {
        assert_eq!(raised(&known(&[[1; 32]], Some(days_from_now(1)))).len(), 1);
    }

    #[test]
    fn any_certificate_of_the_chain_may_be_the_pinned_one() {
        for certificate in sent() {
            assert!(raised(&known(&[[1; 32], certificate.spki_sha256], None)).is_empty());
        }
    }

    #[test]
    fn expired_pins_and_other_hosts_are_left_alone() {
        assert!(raised(&known(&[[1; 32]], Some(days_from_now(-1)))).is_empty());
        let known = known(&[[1; 32]], None);
        let records = [certified("api.bank.test", chain(sent()))];
        assert!(sightings(&mut PinMismatch, &known, &records).is_empty());
    }
}
