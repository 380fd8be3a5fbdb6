//! What was wrong with a chain that a client accepted: whose work it is, in one place, so that of
//! the two rules about it one speaks and the other is silent.
//!
//! What nobody trusted signed is an interception's when it bears an interceptor's marks, or speaks
//! for a name of the public network and was minted a short while ago. What is wrong in other ways,
//! what a private authority signed long before, and what a device presents for itself, is a bad
//! certificate: whoever wants to read along can present one as well, but nobody need have.

use dissect::Prelude;
use dissect::x509::ValidityTime;

use super::case::{Case, Signer, signer};
use super::known_interceptor;
use crate::detector::Scene;
use crate::hostname::{Coverage, coverage, is_public};
use crate::outcome::{self, Acceptance, Outcome};
use crate::trust::{Assessment, PathStatus};
use crate::when::{self, DAY};

/// Days after its notBefore in which a leaf counts as minted for the occasion: interceptors date
/// back by one, two, 20 or 30 days, so that clocks which are wrong do no harm.
const MINTED_DAYS: i64 = 31;

/// What was accepted although it should not have been.
pub(super) enum Flaw {
    /// Expired at this time.
    Expired(String),
    /// Bears the marks of this product.
    Interceptor(String),
    /// Does not cover the host.
    Name,
    /// Signed with its own key.
    SelfSigned,
    /// No path to a root that counts; the topmost issuer. `minted`: of late, for a public name.
    Stranger { top_issuer: String, minted: bool },
}

impl Flaw {
    /// Whether it is the work of somebody in the middle, as far as the chain tells.
    pub(super) const fn is_interception(&self) -> bool {
        matches!(self, Self::Interceptor(_) | Self::Stranger { minted: true, .. })
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
        PathStatus::Trusted { .. } => expired(case, assessment).or_else(|| other_name(case)),
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
            if is_tor(case) {
                return None;
            }
            let minted = is_minted(case) && case.host().is_some_and(is_public);
            Some(Flaw::Stranger { top_issuer: top_issuer.clone(), minted })
        }
    }
}

fn expired(case: &Case<'_>, assessment: &Assessment) -> Option<Flaw> {
    let PathStatus::Trusted { valid_at_capture: false, .. } = assessment.path else { return None };
    // Only the leaf's own date is beyond doubt: another path may be known to the client. What a
    // public authority will only sign in future tells of a capture whose clock is wrong.
    let seconds = case.at().nanos().div_euclid(1_000_000_000);
    let expired = seconds > case.leaf.not_after.secs();
    expired.then(|| Flaw::Expired(when::utc(case.leaf.not_after)))
}

/// Whether the leaf began to be valid a short while ago.
fn is_minted(case: &Case<'_>) -> bool {
    let age = ValidityTime::from(case.at()).seconds_since(case.leaf.not_before);
    (-DAY..=MINTED_DAYS.saturating_mul(DAY)).contains(&age)
}

/// Relays of Tor present random names to each other and prove who they are within the connection
/// (tor-spec, section 2): `www.….com` is asked for, and `www.….com` issued a leaf for `www.….net`.
fn is_tor(case: &Case<'_>) -> bool {
    let random = |name: Option<&str>, end: &str| {
        let middle = name.and_then(|name| name.strip_prefix("www.")?.strip_suffix(end));
        middle.is_some_and(|middle| {
            let base32 = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
            (4..=25).contains(&middle.len()) && middle.bytes().all(base32)
        })
    };
    let leaf = case.leaf;
    leaf.subject_alt_names.is_none()
        && leaf.subject.attributes.len() == 1
        && leaf.issuer.attributes.len() == 1
        && random(leaf.subject.common_name(), ".net")
        && random(leaf.issuer.common_name(), ".com")
}

fn other_name(case: &Case<'_>) -> Option<Flaw> {
    matches!(coverage(case.leaf, case.host()?), Coverage::NotCovered).then_some(Flaw::Name)
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
    fn a_fresh_stranger_for_a_public_name_is_an_interceptor() {
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
        let old = Certificate { not_before: days_from_now(-200), ..leaf() };
        assert!(!of("api.shop.test", old, &untrusted(), false).unwrap().is_interception());
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
        assert!(matches!(flaw, Flaw::Expired(_)));
        let flaw = of("other.test", leaf(), &trusted(RootOrigin::BuiltIn), false).unwrap();
        assert!(matches!(flaw, Flaw::Name));
        let own = certificate("CN=api.shop.test", "CN=api.shop.test");
        let flaw = of("api.shop.test", own, &self_signed(), false).unwrap();
        assert!(matches!(flaw, Flaw::SelfSigned) && !flaw.is_interception());
    }

    #[test]
    fn relays_of_tor_have_no_flaw() {
        let relay = |subject, issuer| Certificate {
            subject_alt_names: None,
            ..certificate(subject, issuer)
        };
        let flaw = |relay| of("www.ct7ctrgb6cr7.com", relay, &untrusted(), false);
        assert!(flaw(relay("CN=www.abc234.net", "CN=www.xkgk7fdx.com")).is_none());
        assert!(flaw(relay("CN=www.abc234.com", "CN=www.xkgk7fdx.com")).is_some());
        assert!(flaw(relay("CN=www.abc234.net", "CN=www.xkgk7fdx.com, O=x")).is_some());
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
