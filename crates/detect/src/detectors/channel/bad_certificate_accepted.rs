//! `channel/bad-certificate-accepted`: the client was shown a certificate that it should have
//! refused (expired, for another host, signed with its own key, by a stranger) and went on.
//!
//! Weak keys and signatures are left to `channel/weak-certificate`: what clients accept of those
//! is a matter of their age.

use dissect::Record;

use super::acceptance::{self, Flaw};
use super::case::Case;
use super::interception_accepted::{client, proof};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::outcome::Acceptance;
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/bad-certificate-accepted",
    title: "The app accepted a certificate that it should have refused",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "CWE-297", "CWE-298", "MASVS-NETWORK-1", "RFC 9525"],
    explanation: "The client was shown a certificate that has expired, names \
        another host, is signed with its own key, or comes from an authority that nobody trusts. It \
        finished the handshake all the same and sent application data. An app that accepts such a \
        certificate does not validate, or a part of the validation was switched off: it will accept \
        the certificate of anybody who gets between it and its API.",
    evidence: "What is wrong, subject and issuer of the leaf, the client's Finished and its first \
        record of application data.",
    false_positives: "An app that pins exactly this certificate and so needs no authority for it. A \
        user who agreed to an exception. A device of the local network whose certificate was learned \
        at the first use, such as a remote desktop. A client whose clock is wrong.",
    fix: "Serve a certificate that is valid for the host. Then find out why the app went on: on \
        Android, remove TrustManagers and HostnameVerifiers of the app's own and debug overrides in \
        the network security configuration; on iOS, remove URLSession delegates that accept any \
        trust and exceptions in NSAppTransportSecurity. Test with a wrong certificate in every \
        release.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::ENDED, build: || Box::new(BadCertificateAccepted) };

/// Stateless: every session is judged by itself.
struct BadCertificateAccepted;

impl Detector for BadCertificateAccepted {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::ended(record) else { return };
        let Some((flaw, acceptance)) = acceptance::judge(&case, scene) else { return };
        scene.sightings.extend(sighting(&case, &flaw, acceptance));
    }
}

fn sighting(case: &Case<'_>, flaw: &Flaw, acceptance: Acceptance) -> Option<Sighting> {
    if flaw.is_interception() {
        return None;
    }
    let (what, fact) = match flaw {
        Flaw::Expired(date) => {
            (format!("that expired on {date}"), case.evidence("not-after", date.clone()))
        }
        Flaw::Name => (
            format!("of {}", case.leaf.subject),
            case.evidence("host", case.host().unwrap_or_default()),
        ),
        Flaw::SelfSigned => (
            String::from("signed with its own key"),
            case.evidence("signature", "with the certificate's own key"),
        ),
        Flaw::Stranger { top_issuer, .. } => (
            String::from("of an untrusted authority"),
            case.evidence("top-issuer", top_issuer.clone()),
        ),
        Flaw::Interceptor(_) => return None,
    };
    let mut evidence = vec![fact];
    evidence.extend(case.identity());
    evidence.push(case.seen_at());
    evidence.extend(proof(acceptance));
    let host = case.label();
    let client = client(case);
    let draft = Draft {
        key: case.leaf_key(),
        confidence: Confidence::Certain,
        title: format!("{client} accepted a certificate {what} for {host} and sent data"),
        evidence,
        alternatives: alternatives(&[
            "an app that pins this certificate and so needs no authority for it",
            "a user who agreed to an exception",
            "a device of the local network whose certificate was learned at the first use",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{self_signed, trusted};
    use super::*;
    use crate::detectors::testing::{accepted, certificate, chain, sightings};
    use crate::settings::Known;
    use crate::trust::{Assessment, RootOrigin};
    use dissect::PacketRef;

    fn title(host: &str, issuer: &str, assessment: &Assessment) -> Option<String> {
        let leaf = certificate("CN=api.shop.test", issuer);
        let record = accepted(host, chain(vec![leaf]));
        let case = Case::ended(&record).unwrap();
        let flaw = acceptance::flaw(&case, assessment, false)?;
        let at = PacketRef::default();
        sighting(&case, &flaw, Acceptance { finished: at, data: at }).map(|raised| raised.title)
    }

    #[test]
    fn another_hosts_certificate_is_raised() {
        assert_eq!(
            title("auth.bank.test", "CN=ca", &trusted(RootOrigin::BuiltIn)).unwrap(),
            "10.0.0.2 accepted a certificate of CN=api.shop.test for auth.bank.test and sent data"
        );
    }

    #[test]
    fn a_self_signed_one_is_raised() {
        let title = title("api.shop.test", "CN=api.shop.test", &self_signed()).unwrap();
        assert!(title.contains("signed with its own key for api.shop.test"), "{title}");
    }

    #[test]
    fn a_good_one_is_not() {
        assert!(title("api.shop.test", "CN=ca", &trusted(RootOrigin::BuiltIn)).is_none());
    }

    /// One session, one of the two rules.
    #[test]
    fn an_interception_is_left_to_its_own_rule() {
        let leaf = certificate("CN=api.shop.test", "CN=ca");
        let records = [accepted("api.shop.test", chain(vec![leaf]))];
        assert!(sightings(&mut BadCertificateAccepted, &Known::default(), &records).is_empty());
    }
}
