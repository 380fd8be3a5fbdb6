//! `channel/forged-on-the-fly`: the marks of a chain that an interceptor mints while the client
//! waits, for products that nobody listed.
//!
//! No single habit of a minting program is proof, and private authorities share some of them. So
//! marks are weighed (`marks`): one that honest authorities never bear is enough, weak ones count
//! once for each group of facts. `memory` holds what one chain alone cannot show: keys and issuers
//! under several hosts, and the genuine certificates that forgeries are copied from.

mod marks;
mod memory;
mod public_names;

#[cfg(test)]
mod tests;

use dissect::{Record, Timestamp};

use self::marks::{Context, Found, score};
use self::memory::Memory;
use super::case::{Case, Signer, signer};
use super::known_interceptor;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::{Assessment, PathStatus};

pub(crate) static RULE: Rule = Rule {
    id: "channel/forged-on-the-fly",
    title: "Certificate that looks minted by an interceptor",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-300", "CWE-295", "MASVS-NETWORK-2", "ATT&CK T1557", "RFC 5280 section 4.2"],
    explanation: "No path leads from this certificate to a trusted root, and it bears marks of \
        programs that mint a certificate for every host while the client waits: the key of the \
        authority in the leaf itself, one key or one private issuer for hosts that have nothing to \
        do with each other, a public authority's name over a foreign key, the serial number or the \
        dates of the genuine certificate, a beginning of validity that was counted back from this \
        very connection, and nothing of what public authorities must write into a certificate. One \
        mark that honest authorities never bear, or three weaker ones of different kinds, raise \
        the rule. Whoever minted the certificate reads and can change what is sent.",
    evidence: "Every mark that was found, each with the fact that shows it; subject, issuer and \
        fingerprint of the leaf.",
    false_positives: "A private authority whose servers share one key or serve unrelated domains, \
        above all with certificates that were issued just before the capture, as test set-ups do. \
        Self-signed certificates of devices, and products that channel/known-interceptor is \
        certain of, are not judged here.",
    fix: "Find out whose authority the issuer is. If it is yours, allow it by policy. If nobody \
        knows it, look on the device for a certificate that was installed, a profile, a VPN or a \
        proxy; change the credentials that were sent. In the app, do not trust user-installed \
        authorities (Android network security config; on iOS, pin with NSPinnedDomains).",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::CERTIFIED,
    build: || Box::new(ForgedOnTheFly::default()),
};

/// Score from which a sighting is certain: a mark that proves, and two more.
const CERTAIN: u32 = 5;

/// What was seen so far.
#[derive(Default)]
struct ForgedOnTheFly {
    memory: Memory,
    begin: Option<Timestamp>,
}

impl Detector for ForgedOnTheFly {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        self.begin.get_or_insert(record.packet.timestamp);
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        if matches!(assessment.path, PathStatus::Trusted { .. }) {
            self.memory.remember_genuine(&case);
            return;
        }
        if !is_without_path(&assessment) || is_plainly_self_signed(&case, &assessment) {
            return;
        }
        let domains = self.memory.remember(&case);
        if known_interceptor::is_certain(&case, &assessment) {
            return;
        }
        let company = self.memory.company(case.leaf, &domains);
        let genuine = case.host().and_then(|host| self.memory.genuine(host));
        let borrowed = || public_names::borrowed(&case, scene.trust);
        let names = assessment.notes.borrowed_name.get_or_init(borrowed).clone();
        let logs_known = case.leaf.scts.iter().any(|sct| scene.trust.ct_log_known(&sct.log_id));
        let context = Context {
            assessment: &assessment,
            company: &company,
            genuine,
            borrowed_name: names,
            logs_known,
            begin: self.begin.unwrap_or(case.at()),
        };
        let marks = marks::find(&case, &context);
        scene.sightings.extend(judge(&case, marks));
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        self.memory.forget_packets();
        self.begin = None;
    }
}

/// A link that is only said to be missing counts as no path: what says so can be copied.
fn is_without_path(assessment: &Assessment) -> bool {
    match assessment.path {
        PathStatus::Untrusted { .. } => true,
        PathStatus::Incomplete { .. } => assessment.top_issuer_not_sent,
        PathStatus::Trusted { .. } | PathStatus::Undecided(_) => false,
    }
}

/// Signed with its own key and issued by itself, as on routers, printers and cameras. A leaf that
/// names somebody else as its issuer is another matter.
fn is_plainly_self_signed(case: &Case<'_>, assessment: &Assessment) -> bool {
    signer(case.leaf, assessment) != Signer::Another
        && known_interceptor::shares_ca_key(case, assessment).is_none()
}

fn judge(case: &Case<'_>, marks: Vec<Found>) -> Option<Sighting> {
    let score = score(&marks);
    if score < marks::ENOUGH {
        return None;
    }
    let mut evidence: Vec<_> =
        marks.into_iter().map(|found| case.evidence(found.mark.fact(), found.value)).collect();
    evidence.extend(case.identity());
    let issuer = case.leaf.issuer.text();
    let blamed = if issuer.is_empty() { "an issuer without a name" } else { issuer.as_str() };
    let draft = Draft {
        key: issuer.clone(),
        confidence: if score >= CERTAIN { Confidence::Certain } else { Confidence::Likely },
        title: format!("{} presents a certificate minted on the fly by {blamed}", case.label()),
        evidence,
        alternatives: alternatives(&[
            "a corporate proxy whose CA is allowed by policy",
            "a private authority whose servers share a key or serve unrelated domains",
            "a test set-up whose certificates were issued just before the capture",
        ]),
    };
    Some(case.raise(&RULE, draft))
}
