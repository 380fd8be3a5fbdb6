//! `channel/icmp-redirect`: a phone was told to send to another first hop.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dissect::{DhcpKind, Fact, IcmpKind, IcmpMessage, LanMessage, MacAddress, Record, Redirect};

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
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
        traffic without touching ARP. Where nothing speaks against the sender the severity is \
        low, because the message may be a router's own.",
    evidence: "Who sent the redirect, the destination it is about, and the new first hop.",
    false_positives: "A network with a second router that was silent in the capture: the first \
        router then says, truthfully, that the second is nearer.",
    fix: "Find the station that is named as the new first hop. Networks should drop ICMP redirects \
        between clients; Linux and Android hosts ignore them with accept_redirects=0. The app must \
        stand it: TLS with full validation and pinned keys on Android and iOS, no clear text, HSTS \
        on the server.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::LAN, build: || Box::new(IcmpRedirect::default()) };

/// Routers, and stations, that are remembered.
const MAX_ROUTERS: usize = 1_024;
const MAX_STATIONS: usize = 4_096;

#[derive(Default)]
struct IcmpRedirect {
    /// What DHCP, router advertisements and redundancy protocols call a router.
    routers: BTreeSet<IpAddr>,
    /// Link addresses of stations, as first seen.
    stations: BTreeMap<IpAddr, MacAddress>,
}

impl Detector for IcmpRedirect {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Lan(message) = &record.fact else { return };
        match message {
            LanMessage::Arp(arp) => self.station(IpAddr::V4(arp.sender_address), arp.sender),
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
                IcmpKind::NeighbourAdvertisement { target, link: Some(link), .. } => {
                    self.station(IpAddr::V6(*target), *link);
                }
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

    fn station(&mut self, address: IpAddr, mac: MacAddress) {
        if self.stations.len() < MAX_STATIONS && !address.is_unspecified() {
            self.stations.entry(address).or_insert(mac);
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
        let frame = icmp.parties.frame.map(|frame| frame.source);
        let hop = redirect.link.or_else(|| self.stations.get(&redirect.gateway).copied());
        let own_frame = hop.is_some() && frame == hop;
        let known = self.stations.get(&sender).copied();
        let forged = frame.is_some() && known.is_some() && frame != known;
        let (confidence, severity) = if to_sender || stranger || own_frame || forged {
            (Confidence::Likely, RULE.severity)
        } else {
            (Confidence::Possible, Severity::Low)
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
        if let Some(known) = known.filter(|_| forged) {
            evidence.push(fact("sender-is-at", known.to_string()));
        }
        if let Some(hop) = hop {
            evidence.push(fact("new-first-hop-is-at", hop.to_string()));
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
        let mut sighting = draft.about(&RULE, subject, record.packet);
        sighting.severity = severity;
        Some(sighting)
    }
}

#[cfg(test)]
mod tests {
    use dissect::{ArpOperation, ArpPacket, LinkAddresses, Parties};

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
        assert_eq!(sightings[0].severity, Severity::Low);
        assert!(sightings[0].title.contains("by way of 10.0.0.66"));
    }

    #[test]
    fn who_names_himself_is_likely() {
        let sightings = raised(&[redirect("10.0.0.66", "10.0.0.66", "203.0.113.5")]);
        assert_eq!(sightings[0].confidence, Confidence::Likely);
    }

    #[test]
    fn a_frame_of_the_new_hop_in_the_routers_name_is_likely() {
        let mac = MacAddress([2, 0x66, 0, 0, 0, 0x66]);
        let arp = ArpPacket {
            operation: ArpOperation::Request,
            sender: mac,
            sender_address: "10.0.0.66".parse().unwrap(),
            target: MacAddress([0; 6]),
            target_address: "10.0.0.1".parse().unwrap(),
            frame: None,
        };
        let mut forged = redirect("10.0.0.1", "10.0.0.66", "203.0.113.5");
        if let Fact::Lan(LanMessage::Icmp(icmp)) = &mut forged.fact {
            icmp.parties.frame = Some(LinkAddresses { source: mac, destination: None });
        }
        let sightings = raised(&[lan(1, LanMessage::Arp(arp)), forged]);
        assert_eq!(sightings[0].confidence, Confidence::Likely);
        assert_eq!(sightings[0].severity, Severity::High);
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
