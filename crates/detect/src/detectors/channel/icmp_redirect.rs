//! `channel/icmp-redirect`: a phone was told to send to another first hop.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dissect::{DhcpKind, Fact, IcmpKind, IcmpMessage, LanMessage, Record, Redirect};

use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/icmp-redirect",
    title: "Traffic redirected to another first hop",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-940",
        "MASVS-NETWORK-1",
        "ATT&CK T1557",
        "ATT&CK T1638",
        "RFC 1122 section 3.2.2.2",
        "RFC 4861 section 8",
    ],
    explanation: "An ICMP redirect told a client to send packets for a destination to a station \
        that is not known as a router. Whoever sends such messages brings himself between the \
        client and that destination: it is how an interceptor takes the outgoing half of the \
        traffic without touching ARP.",
    evidence: "Who sent the redirect, the destination it is about, and the new first hop.",
    false_positives: "A network with a second router that was silent in the capture: the first \
        router then says, truthfully, that the second is nearer.",
    fix: "Find the station that is named as the new first hop. Networks should drop ICMP redirects \
        between clients; Linux and Android hosts ignore them with accept_redirects=0. The app must \
        stand it: TLS with full validation and pinned keys on Android and iOS, no clear text, HSTS \
        on the server.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(IcmpRedirect::default()) };

/// Routers that are remembered.
const MAX_ROUTERS: usize = 1_024;

#[derive(Default)]
struct IcmpRedirect {
    /// What DHCP, router advertisements and redundancy protocols call a router.
    routers: BTreeSet<IpAddr>,
}

impl Detector for IcmpRedirect {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Lan(message) = &record.fact else { return };
        match message {
            LanMessage::Dhcp(dhcp) if matches!(dhcp.kind, DhcpKind::Ack | DhcpKind::Offer) => {
                for router in &dhcp.routers {
                    self.learn(IpAddr::V4(*router));
                }
            }
            LanMessage::Redundancy(redundancy) => {
                self.learn(redundancy.parties.source);
                for address in &redundancy.addresses {
                    self.learn(*address);
                }
            }
            LanMessage::Icmp(icmp) => match &icmp.kind {
                IcmpKind::RouterAdvertisement(_) => self.learn(icmp.parties.source),
                IcmpKind::Redirect(redirect) => {
                    scene.sightings.extend(self.judge(record, icmp, redirect));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl IcmpRedirect {
    fn learn(&mut self, router: IpAddr) {
        if self.routers.len() < MAX_ROUTERS && !router.is_unspecified() {
            self.routers.insert(router);
        }
    }

    fn judge(&self, record: &Record, icmp: &IcmpMessage, redirect: &Redirect) -> Option<Sighting> {
        let (sender, client) = (icmp.parties.source, icmp.parties.destination);
        // "It is your neighbour" is the common, harmless redirect; hosts ignore the nonsense of a
        // hop that is nobody or the client itself, and of IPv6 redirects from afar.
        let harmless = redirect.gateway == redirect.destination
            || redirect.gateway == client
            || redirect.gateway.is_unspecified()
            || redirect.gateway.is_multicast()
            || self.routers.contains(&redirect.gateway)
            || (sender.is_ipv6() && icmp.hop_limit != 255);
        if harmless {
            return None;
        }
        let to_sender = redirect.gateway == sender;
        let stranger = !self.routers.is_empty() && !self.routers.contains(&sender);
        let own_frame = redirect.link.is_some()
            && icmp.parties.frame.is_some_and(|frame| Some(frame.source) == redirect.link);
        let confidence = if to_sender || stranger || own_frame {
            Confidence::Likely
        } else {
            Confidence::Possible
        };
        let fact = |fact, value| Evidence { packets: vec![record.packet.number], fact, value };
        let mut evidence = vec![
            fact("sent-by", sender.to_string()),
            fact("destination", redirect.destination.to_string()),
            fact("new-first-hop", redirect.gateway.to_string()),
        ];
        if let Some(frame) = icmp.parties.frame {
            evidence.push(fact("frame-source", frame.source.to_string()));
        }
        for router in self.routers.iter().take(4) {
            evidence.push(fact("known-router", router.to_string()));
        }
        let draft = Draft {
            key: format!("{sender} {}", redirect.gateway),
            confidence,
            title: format!(
                "{sender} told {client} to send to {} by way of {}, which is not known as a router",
                redirect.destination, redirect.gateway
            ),
            evidence,
            alternatives: alternatives(&[
                "a second router of this network that said nothing else in the capture",
            ]),
        };
        let subject = Subject { client: Some(client), ..Subject::default() };
        Some(draft.about(&RULE, subject, record.packet))
    }
}

#[cfg(test)]
mod tests {
    use dissect::Parties;

    use super::*;
    use crate::Known;
    use crate::detectors::testing::lan::{ack, lan};
    use crate::detectors::testing::sightings;

    fn redirect(sender: &str, gateway: &str, destination: &str) -> Record {
        let parties = Parties {
            source: sender.parse().unwrap(),
            destination: "10.0.0.2".parse().unwrap(),
            frame: None,
        };
        let redirect = Redirect {
            gateway: gateway.parse().unwrap(),
            destination: destination.parse().unwrap(),
            link: None,
        };
        let icmp = IcmpMessage { parties, hop_limit: 64, kind: IcmpKind::Redirect(redirect) };
        lan(9, LanMessage::Icmp(Box::new(icmp)))
    }

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut IcmpRedirect::default(), &Known::default(), records)
    }

    #[test]
    fn a_hop_that_is_no_router_is_raised() {
        let server = ack(1, "10.0.0.1", "10.0.0.1", "10.0.0.1");
        let sightings = raised(&[server, redirect("10.0.0.1", "10.0.0.66", "203.0.113.5")]);
        assert_eq!(sightings.len(), 1);
        assert_eq!(sightings[0].confidence, Confidence::Possible);
        assert!(sightings[0].title.contains("by way of 10.0.0.66"));
    }

    #[test]
    fn who_names_himself_is_likely() {
        let sightings = raised(&[redirect("10.0.0.66", "10.0.0.66", "203.0.113.5")]);
        assert_eq!(sightings[0].confidence, Confidence::Likely);
    }

    #[test]
    fn another_known_router_is_quiet() {
        let servers = [
            ack(1, "10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ack(2, "10.0.0.1", "10.0.0.3", "10.0.0.1"),
            redirect("10.0.0.1", "10.0.0.3", "203.0.113.5"),
        ];
        assert!(raised(&servers).is_empty());
    }

    #[test]
    fn a_neighbour_is_quiet() {
        assert!(raised(&[redirect("10.0.0.1", "10.0.0.9", "10.0.0.9")]).is_empty());
        assert!(raised(&[redirect("10.0.0.1", "10.0.0.2", "203.0.113.5")]).is_empty());
    }
}
