//! Development on one machine: a server that speaks to itself over the loopback interface under a
//! name of its own.
//!
//! What is wrong with such a server's certificate, version or plain HTTP threatens nobody: the
//! finding stays, but as information. What points to somebody in between (an interceptor's marks, a
//! replay) stays as grave as it is: proxies are run on the same machine, too.

use crate::detector::Sighting;
use crate::hostname::is_public;
use crate::rule::Severity;

/// Rules about how a server is set up.
const ABOUT_SET_UP: [&str; 11] = [
    "channel/bad-certificate-accepted",
    "channel/cleartext-api",
    "channel/expired-certificate",
    "channel/hostname-mismatch",
    "channel/incomplete-chain",
    "channel/issuer-changed",
    "channel/self-signed-certificate",
    "channel/untrusted-issuer",
    "channel/weak-certificate",
    "channel/weak-protocol",
    "credentials/sent-in-cleartext",
];

/// Makes a sighting informational if it is about development on one machine.
pub(crate) fn mitigate(sighting: &mut Sighting) {
    let subject = &sighting.subject;
    let ends = [subject.client, subject.server.map(|server| server.address)];
    let on_loopback = ends.iter().all(|end| end.is_some_and(|address| address.is_loopback()));
    let own_name = || subject.host.as_deref().is_none_or(|host| !is_public(host));
    if on_loopback && ABOUT_SET_UP.contains(&sighting.rule.id) && own_name() {
        sighting.severity = Severity::Info;
        sighting.alternatives.insert(0, "development on this machine".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::DETECTORS;
    use crate::detectors::testing::sighting;

    fn severity(rule: &str, client: &str, server: &str, host: Option<&str>) -> Severity {
        let mut sighting = sighting(rule, (client, server), host);
        mitigate(&mut sighting);
        sighting.severity
    }

    #[test]
    fn a_server_of_ones_own_is_information() {
        let own = "channel/self-signed-certificate";
        assert_eq!(severity(own, "127.0.0.1", "127.0.0.1:443", None), Severity::Info);
        assert_eq!(severity(own, "::1", "[::1]:443", Some("localhost")), Severity::Info);
        let own = "credentials/sent-in-cleartext";
        assert_eq!(
            severity(own, "127.0.0.1", "127.0.0.53:443", Some("127.0.0.53")),
            Severity::Info
        );
    }

    #[test]
    fn others_and_proxies_on_the_same_machine_are_not() {
        let own = "channel/self-signed-certificate";
        assert_eq!(severity(own, "127.0.0.1", "192.0.2.1:443", None), Severity::High);
        assert_eq!(severity(own, "10.0.0.2", "10.0.0.3:443", None), Severity::High);
        assert_eq!(
            severity(own, "127.0.0.1", "127.0.0.1:443", Some("api.shop.test")),
            Severity::High
        );
        let product = "channel/known-interceptor";
        assert_eq!(severity(product, "127.0.0.1", "127.0.0.1:443", None), Severity::High);
    }

    #[test]
    fn every_rule_named_here_exists() {
        for id in ABOUT_SET_UP {
            assert!(DETECTORS.iter().any(|registration| registration.rule.id == id), "{id}");
        }
    }
}
