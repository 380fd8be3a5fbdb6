//! What was wrong with a chain that a client accepted: whose work it is, in one place, so that of
//! the two rules about it one speaks and the other is silent.
//!
//! What nobody trusted signed is an interception's when it speaks for a name of the public network,
//! or bears an interceptor's marks. What is wrong in other ways, and what a private device presents
//! for itself, is a bad certificate: whoever wants to read along can present it as well, but nobody
//! need have.

use dissect::Prelude;

use super::case::{Case, Signer, signer};
use super::known_interceptor;
use crate::detector::Scene;
use crate::hostname::{Coverage, coverage};
use crate::outcome::{self, Acceptance, Outcome};
use crate::trust::{Assessment, PathStatus};
use crate::when;

/// What was accepted although it should not have been.
pub(super) enum Flaw {
    /// Outside its validity at the time; which of the two ends.
    Dates(&'static str, String),
    /// Bears the marks of this product.
    Interceptor(&'static str),
    /// Does not cover the host.
    Name,
    /// Signed with its own key.
    SelfSigned,
    /// No path to a root that counts; the topmost issuer. `public`: it speaks for a public name.
    Stranger { top_issuer: String, public: bool },
}

impl Flaw {
    /// Whether it is the work of somebody in the middle, as far as the chain tells.
    pub(super) const fn is_interception(&self) -> bool {
        matches!(self, Self::Interceptor(_) | Self::Stranger { public: true, .. })
    }
}

/// The flaw of a chain, and where the client accepted it.
pub(super) fn judge(case: &Case<'_>, scene: &mut Scene<'_>) -> Option<(Flaw, Acceptance)> {
    let Outcome::Accepted(acceptance) = outcome::of(case.session) else { return None };
    if is_opportunistic(case) {
        return None;
    }
    let assessment = case.assess(scene);
    let known_log =
        |sct: &dissect::x509::SignedCertificateTimestamp| scene.trust.ct_log_known(&sct.log_id);
    let logged = case.leaf.scts.iter().any(known_log);
    Some((flaw(case, &assessment, logged)?, acceptance))
}

/// Mail servers take any certificate from each other: it is better than none, and nothing else was
/// promised (RFC 7435).
fn is_opportunistic(case: &Case<'_>) -> bool {
    let port = case.record.flow.as_ref().map(|flow| flow.server.port);
    let starttls = |prelude: &Prelude| matches!(prelude, Prelude::StartTls { protocol: "smtp" });
    port == Some(25) && case.session.preludes.iter().any(starttls)
}

/// What is wrong with a chain. `logged`: its leaf has a timestamp of a known CT log.
pub(super) fn flaw(case: &Case<'_>, assessment: &Assessment, logged: bool) -> Option<Flaw> {
    match &assessment.path {
        PathStatus::Trusted { .. } => {
            outside_its_dates(case, assessment).or_else(|| other_name(case))
        }
        PathStatus::Incomplete { .. } | PathStatus::Undecided(_) => None,
        PathStatus::Untrusted { top_issuer } => {
            if let Some(product) = known_interceptor::product_name(case, assessment) {
                return Some(Flaw::Interceptor(product));
            }
            if signer(case.leaf, assessment) != Signer::Another {
                return Some(Flaw::SelfSigned);
            }
            // A public authority logged it: a link was forgotten.
            if assessment.top_issuer_not_sent && logged {
                return None;
            }
            let public = case.host().is_some_and(is_public);
            Some(Flaw::Stranger { top_issuer: top_issuer.clone(), public })
        }
    }
}

fn outside_its_dates(case: &Case<'_>, assessment: &Assessment) -> Option<Flaw> {
    let PathStatus::Trusted { valid_at_capture: false, .. } = assessment.path else { return None };
    // Only the leaf's own dates are beyond doubt: another path may be known to the client.
    let seconds = case.at().nanos().div_euclid(1_000_000_000);
    if seconds > case.leaf.not_after.secs() {
        Some(Flaw::Dates("not-after", when::utc(case.leaf.not_after)))
    } else if seconds < case.leaf.not_before.secs() {
        Some(Flaw::Dates("not-before", when::utc(case.leaf.not_before)))
    } else {
        None
    }
}

fn other_name(case: &Case<'_>) -> Option<Flaw> {
    matches!(coverage(case.leaf, case.host()?), Coverage::NotCovered).then_some(Flaw::Name)
}

/// Whether a name is one of the public network: not an address, not a single word, and not below a
/// name that is reserved for networks of one's own (RFC 6762, RFC 8375 and what ICANN keeps free).
fn is_public(host: &str) -> bool {
    const OWN: [&str; 9] = [
        "corp",
        "home",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "private",
    ];
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.parse::<std::net::IpAddr>().is_ok() || host.ends_with(".home.arpa") {
        return false;
    }
    host.rsplit_once('.').is_some_and(|(_, last)| !OWN.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{incomplete, self_signed, trusted, untrusted};
    use super::*;
    use crate::detectors::testing::{accepted, certificate, chain, days_from_now};
    use crate::trust::RootOrigin;
    use dissect::x509::Certificate;

    fn of(host: &str, leaf: Certificate, assessment: &Assessment, logged: bool) -> Option<Flaw> {
        let record = accepted(host, chain(vec![leaf]));
        flaw(&Case::ended(&record).unwrap(), assessment, logged)
    }

    fn leaf() -> Certificate {
        certificate("CN=api.shop.test", "CN=ca")
    }

    #[test]
    fn a_stranger_for_a_public_name_is_an_interceptor() {
        for (host, expected) in [
            ("api.shop.test", true),
            ("api.shop.example.com.", true),
            ("printer.local", false),
            ("nas", false),
            ("192.0.2.1", false),
            ("x.home.arpa", false),
        ] {
            let flaw = of(host, leaf(), &untrusted(), false).unwrap();
            assert_eq!(flaw.is_interception(), expected, "{host}");
        }
    }

    #[test]
    fn what_is_bad_in_another_way_is_no_interception() {
        let old = Certificate { not_after: days_from_now(-1), ..leaf() };
        let path = PathStatus::Trusted {
            root: String::from("CN=root"),
            origin: RootOrigin::BuiltIn,
            valid_at_capture: false,
            legacy_algorithm: false,
        };
        let expired = Assessment { path, ..untrusted() };
        let flaw = of("api.shop.test", old, &expired, false).unwrap();
        assert!(matches!(flaw, Flaw::Dates("not-after", _)));
        let flaw = of("other.test", leaf(), &trusted(RootOrigin::BuiltIn), false).unwrap();
        assert!(matches!(flaw, Flaw::Name));
        let own = certificate("CN=api.shop.test", "CN=api.shop.test");
        let flaw = of("api.shop.test", own, &self_signed(), false).unwrap();
        assert!(matches!(flaw, Flaw::SelfSigned) && !flaw.is_interception());
    }

    #[test]
    fn what_is_trusted_incomplete_or_logged_has_no_flaw() {
        for origin in [RootOrigin::BuiltIn, RootOrigin::Platform, RootOrigin::User] {
            assert!(of("api.shop.test", leaf(), &trusted(origin), false).is_none());
        }
        assert!(of("api.shop.test", leaf(), &incomplete(), false).is_none());
        let cut = Assessment { top_issuer_not_sent: true, ..untrusted() };
        assert!(of("api.shop.test", leaf(), &cut, true).is_none());
        assert!(of("api.shop.test", leaf(), &cut, false).is_some());
    }
}
