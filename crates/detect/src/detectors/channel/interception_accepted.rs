//! `channel/interception-accepted`: the client was shown a chain that nobody trusted signed, and
//! went on and sent its data.

use dissect::Record;

use super::acceptance::{self, Flaw};
use super::case::Case;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::outcome::Acceptance;
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/interception-accepted",
    title: "The app accepted an interceptor's certificate",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "MASVS-NETWORK-2", "ATT&CK T1638", "ATT&CK T1557"],
    explanation: "The client was shown a certificate that an interceptor made, or that an authority \
        signed a short while ago which is not trusted, for a name of the public network. It finished the handshake \
        all the same and sent application data. Whoever holds that certificate's key reads what the \
        app and its API say to each other, and can change it. Either his authority is trusted on \
        this device, or the app does not validate what it is shown; in both cases no pin stood in \
        the way.",
    evidence: "The product or the authority, subject and issuer of the leaf, the client's Finished \
        and its first record of application data.",
    false_positives: "Interception that somebody wants: a developer's own proxy, a company's \
        gateway, antivirus software on the device. A service with a private authority that its app \
        trusts on purpose: name the authority with --trust-root. Chains that only lack an \
        intermediate, and what a device of the local network presents for itself, are not raised.",
    fix: "Treat what was sent in this session as read by others and change the credentials. On \
        Android, do not trust user-installed authorities in the network security configuration, \
        pin the keys of the hosts that matter there, and remove TrustManagers and HostnameVerifiers \
        of the app's own. On iOS, pin with NSPinnedDomains and remove URLSession delegates that \
        accept any trust. On the server, bind tokens to the client's key (DPoP or mutual TLS), so \
        that what was read cannot be used.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::ENDED, build: || Box::new(InterceptionAccepted) };

/// Stateless: every session is judged by itself.
struct InterceptionAccepted;

impl Detector for InterceptionAccepted {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::ended(record) else { return };
        let Some((flaw, acceptance)) = acceptance::judge(&case, scene) else { return };
        scene.sightings.extend(sighting(&case, &flaw, acceptance));
    }
}

fn sighting(case: &Case<'_>, flaw: &Flaw, acceptance: Acceptance) -> Option<Sighting> {
    if !flaw.is_interception() {
        return None;
    }
    let host = case.label();
    let client = client(case);
    let (key, confidence, title, fact) = match flaw {
        Flaw::Interceptor(product) => (
            product.clone(),
            Confidence::Certain,
            format!("{host} is intercepted by {product}, and {client} accepted it"),
            case.evidence("interceptor", product.as_str()),
        ),
        Flaw::Stranger { top_issuer, .. } => {
            let authority = if top_issuer.is_empty() { "no name" } else { top_issuer };
            (
                top_issuer.clone(),
                Confidence::Likely,
                format!(
                    "{client} accepted a certificate of an untrusted authority for {host} and sent \
                     data: {authority}"
                ),
                case.evidence("top-issuer", top_issuer.clone()),
            )
        }
        Flaw::Expired(_) | Flaw::Name | Flaw::SelfSigned => return None,
    };
    let mut evidence = vec![fact];
    evidence.extend(case.identity());
    evidence.extend(proof(acceptance));
    let draft = Draft {
        key,
        confidence,
        title,
        evidence,
        alternatives: alternatives(&[
            "a developer or tester who looks at his own traffic",
            "a corporate proxy whose CA is allowed by policy",
            "a private authority that the app or the organisation trusts on purpose",
        ]),
    };
    Some(case.raise(&RULE, draft))
}

/// What a title calls the client.
pub(super) fn client(case: &Case<'_>) -> String {
    let flow = case.record.flow.as_ref();
    flow.map_or_else(|| String::from("the client"), |flow| flow.client.address.to_string())
}

/// The packets that show that the client accepted.
pub(super) fn proof(acceptance: Acceptance) -> [Evidence; 2] {
    [
        Evidence {
            packets: vec![acceptance.finished.number],
            fact: "finished",
            value: String::from("the client finished the handshake"),
        },
        Evidence {
            packets: vec![acceptance.data.number],
            fact: "application-data",
            value: String::from("the client's first record of application data"),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{
        accepted, certificate, certified, chain, extensions, sightings,
    };
    use crate::settings::Known;

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut InterceptionAccepted, &Known::default(), records)
    }

    #[test]
    fn an_interceptor_that_was_sent_data_is_raised() {
        let mut leaf = certificate("CN=api.shop.test", "CN=mitmproxy, O=mitmproxy");
        leaf.authority_key_id = Some(leaf.key_sha1.to_vec());
        leaf.extensions = extensions("2.5.29.37 2.5.29.17 2.5.29.35");
        let raised = raised(&[accepted("api.shop.test", chain(vec![leaf]))]);
        assert_eq!(raised.len(), 1);
        assert_eq!(
            raised[0].title,
            "api.shop.test is intercepted by mitmproxy, and 10.0.0.2 accepted it"
        );
        assert_eq!(raised[0].confidence, Confidence::Certain);
    }

    #[test]
    fn an_untrusted_authority_is_raised_with_less_confidence() {
        let raised = raised(&[accepted(
            "api.shop.test",
            chain(vec![certificate("CN=api.shop.test", "CN=ca")]),
        )]);
        assert_eq!(raised[0].confidence, Confidence::Likely);
        assert!(raised[0].title.ends_with("for api.shop.test and sent data: CN=ca"));
    }

    #[test]
    fn a_handshake_alone_is_not() {
        let sent = || chain(vec![certificate("CN=api.shop.test", "CN=ca")]);
        assert!(raised(&[certified("api.shop.test", sent())]).is_empty());
    }

    #[test]
    fn a_device_that_speaks_for_itself_is_not() {
        let sent = || chain(vec![certificate("CN=nas.local", "CN=ca")]);
        assert!(raised(&[accepted("nas.local", sent())]).is_empty());
    }
}
