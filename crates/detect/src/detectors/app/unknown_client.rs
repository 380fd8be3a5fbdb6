//! `app/unknown-client`: a client that is none of those that were learned for the host.

use dissect::{Fact, Record, Stage};

use super::known::{self, Standing};
use crate::baseline::{Baseline, host_key, offer};
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::detectors::draft::{Draft, alternatives, host};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "app/unknown-client",
    title: "A client that is none of the host's known apps",
    severity: Severity::Medium,
    surface: Surface::App,
    needs: &[Need::Handshake, Need::Baseline],
    references: &["OWASP API6:2023", "CWE-290", "MASVS-RESILIENCE-2"],
    explanation: "The baseline knows the apps of this host by the cipher suites of their TLS and by \
        how they set up HTTP/2, and this client has others: another program speaks to the API. It \
        needs no keys. Where the baseline's apps were not named when they were learned (learn --app), \
        nobody said that they are all there are; then it is only good to know.",
    evidence: "The client's JA4 and, where HTTP/2 can be read, its settings; the JA4s that the \
        baseline has for the host's apps.",
    false_positives: "A new version of the app or of the phone's system with another TLS library; a \
        phone of another maker; the app's own web view or download manager; partners and monitors \
        that may use the API.",
    fix: "Find out which program it is. If it belongs there, learn it, too (interloper learn --merge \
        --app). If not, make the API ask for a proof that the app is genuine: attestation bound to \
        the request, or mutual TLS.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE.and(Kinds::ENDED),
    build: || Box::new(UnknownClient),
};

/// Stateless: every session and every exchange is judged by itself.
struct UnknownClient;

impl Detector for UnknownClient {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let baseline = &scene.known.baseline;
        if baseline.apps.is_empty() {
            return;
        }
        if let Fact::Session(Stage::Ended, session) = &record.fact {
            let (Some(name), Some(hello)) = (host(session), &session.client_hello) else { return };
            let (name, Some(offer)) = (host_key(name), offer(session)) else { return };
            let standing = known::standing_of(baseline, &name, Some(&offer.ja4), None);
            let evidence =
                vec![Evidence { packets: hello.packets.numbers(), fact: "ja4", value: offer.ja4 }];
            if let Some((draft, severity)) = draft(baseline, &name, standing, evidence) {
                let mut sighting = draft.raise(&RULE, record, session);
                sighting.severity = severity;
                scene.sightings.push(sighting);
            }
        }
        // Who imitates the TLS of the app may still set up HTTP/2 in its own way.
        let Some(call) = scene.call else { return };
        let (Some(name), identity) = (call.host(), call.identity()) else { return };
        let (Some(ja4), Some(http2)) = (&identity.ja4, &identity.http2) else { return };
        if known::standing_of(baseline, name, Some(ja4), None) != Standing::Known {
            return;
        }
        let standing = known::standing_of(baseline, name, Some(ja4), Some(http2));
        let evidence = vec![call.asked("ja4", ja4), call.asked("http2", http2)];
        if let Some((draft, severity)) = draft(baseline, name, standing, evidence) {
            let mut sighting = draft.on(&RULE, call);
            sighting.severity = severity;
            scene.sightings.push(sighting);
        }
    }
}

fn draft(
    baseline: &Baseline,
    host: &str,
    standing: Standing,
    mut evidence: Vec<Evidence>,
) -> Option<(Draft, Severity)> {
    let severity = match standing {
        Standing::Unknown => RULE.severity,
        Standing::NotSeen => Severity::Info,
        Standing::Known | Standing::NothingKnown => return None,
    };
    let key: Vec<&str> = evidence.iter().map(|piece| piece.value.as_str()).collect();
    let key = key.join("\n");
    let mut names = Vec::new();
    for (name, app) in known::of_host(baseline, host).take(8) {
        names.push(name);
        let ja4s: Vec<&str> = app.ja4s.iter().take(8).map(String::as_str).collect();
        let value = format!("{name}: {}", ja4s.join(" "));
        evidence.push(Evidence { packets: Vec::new(), fact: "baseline", value });
    }
    let title = match standing {
        Standing::Unknown => {
            format!(
                "A client of {host} is not {}: its TLS or HTTP/2 is another's",
                names.join(", ")
            )
        }
        _ => format!("A client of {host} was not seen when the baseline was learned"),
    };
    let alternatives = alternatives(&[
        "another version of the app or of the phone's system",
        "another program that may use the API",
    ]);
    Some((Draft { key, confidence: Confidence::Likely, title, evidence, alternatives }, severity))
}

#[cfg(test)]
mod tests {
    use dissect::tls::{ClientHello, Offer};
    use dissect::{Carrier, PacketSpan, Seen, Session};
    use std::sync::Arc;

    use super::*;
    use crate::Known;
    use crate::baseline::App;
    use crate::detector::Sighting;
    use crate::detectors::testing::{record, session, sightings};

    fn of_suite(suite: u16) -> Session {
        let mut session = session(Carrier::Tcp, "api.shop.test");
        let offer = Offer { cipher_suites: vec![suite], ..Offer::default() };
        let hello = ClientHello {
            sni: Some("api.shop.test".into()),
            offer: offer.into(),
            ..ClientHello::default()
        };
        session.client_hello =
            Some(Seen { value: Arc::new(hello), packets: PacketSpan::default() });
        session
    }

    /// What is said of a client with this suite where the app with suite 1 was learned.
    fn raised(app: Option<&str>, suite: u16) -> Vec<Sighting> {
        let ja4 = offer(&of_suite(1)).unwrap().ja4;
        let name = app.unwrap_or(&ja4).to_owned();
        let learned = App {
            ja4s: [ja4].into(),
            hosts: ["api.shop.test".to_owned()].into(),
            ..App::default()
        };
        let mut known = Known::default();
        known.baseline.apps.insert(name, learned);
        sightings(&mut UnknownClient, &known, &[record(Stage::Ended, of_suite(suite))])
    }

    #[test]
    fn another_client_of_a_named_app_is_raised() {
        let found = raised(Some("shop"), 2);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Medium));
        assert!(found[0].title.contains("is not shop"), "{}", found[0].title);
    }

    #[test]
    fn without_a_name_it_is_good_to_know() {
        let found = raised(None, 2);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info));
    }

    #[test]
    fn a_known_client_and_an_unknown_host_are_not() {
        assert!(raised(Some("shop"), 1).is_empty());
        let known = Known::default();
        let records = [record(Stage::Ended, of_suite(2))];
        assert!(sightings(&mut UnknownClient, &known, &records).is_empty());
    }
}
