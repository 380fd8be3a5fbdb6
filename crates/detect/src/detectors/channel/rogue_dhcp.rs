//! `channel/rogue-dhcp`: a second server of DHCP tells phones another router or resolver.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use dissect::{DhcpKind, DhcpMessage, Fact, LanMessage, PacketRef, Record};

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/rogue-dhcp",
    title: "Second DHCP server names another router or resolver",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-940",
        "MASVS-NETWORK-1",
        "ATT&CK T1557.003",
        "ATT&CK T1638",
        "RFC 2131 section 7",
    ],
    explanation: "Two servers of DHCP answered on one network and told clients different routers or \
        DNS servers. Whoever answers first decides where a phone sends all its packets and whom it \
        asks for names, so that a server which names itself stands between the phone and \
        everything else.",
    evidence: "Both servers with their routers, DNS servers and proxy configuration, and the packets \
        of their answers.",
    false_positives: "A second access router plugged into the network by mistake, a virtual \
        machine's host or a phone's hotspot on the same link, and a move to a new server while the \
        old one still answers.",
    fix: "Find the second server by its link address and take it off the network; switch on DHCP \
        snooping. Android and iOS take whatever comes first, so that the app must stand it: TLS \
        with full validation, pinned keys, no clear text, HSTS on the server. Private DNS on \
        Android and encrypted DNS profiles on iOS keep names away from a foreign resolver.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::LAN, build: || Box::new(RogueDhcp::default()) };

/// Servers that are remembered.
const MAX_SERVERS: usize = 64;

/// Servers belong to one time if both spoke within half an hour: a lease is renewed that often.
const SAME_TIME_NANOS: i64 = 1_800_000_000_000;

/// What a server told last.
#[derive(Clone)]
struct Server {
    first: PacketRef,
    at: PacketRef,
    /// Who relays for it; servers behind different relays serve different networks.
    relay: Ipv4Addr,
    routers: Vec<Ipv4Addr>,
    dns_servers: Vec<Ipv4Addr>,
    mask: Option<Ipv4Addr>,
    assigned: Ipv4Addr,
    wpad: Option<String>,
    transaction: (dissect::MacAddress, u32),
}

#[derive(Default)]
struct RogueDhcp {
    servers: BTreeMap<IpAddr, Server>,
}

impl Detector for RogueDhcp {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Lan(LanMessage::Dhcp(dhcp)) = &record.fact else { return };
        let offers = matches!(dhcp.kind, DhcpKind::Offer | DhcpKind::Ack);
        // Without a router and a resolver it sends nobody anywhere: a boot server (PXE), or the
        // answer to INFORM.
        if !offers || !dhcp.is_reply || (dhcp.routers.is_empty() && dhcp.dns_servers.is_empty()) {
            return;
        }
        let id = dhcp.server.map_or(dhcp.parties.source, IpAddr::V4);
        let server = Server {
            first: self.servers.get(&id).map_or(record.packet, |known| known.first),
            at: record.packet,
            relay: dhcp.relay,
            routers: dhcp.routers.clone(),
            dns_servers: dhcp.dns_servers.clone(),
            mask: dhcp.subnet_mask,
            assigned: dhcp.assigned_address,
            wpad: dhcp.wpad.clone(),
            transaction: (dhcp.client, dhcp.id),
        };
        let rival =
            self.servers.iter().find(|(other, known)| **other != id && known.rivals(&server));
        if let Some((other, known)) = rival {
            scene.sightings.push(judge(dhcp, (id, &server), (*other, known)));
        }
        if self.servers.len() < MAX_SERVERS || self.servers.contains_key(&id) {
            self.servers.insert(id, server);
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl Server {
    /// Whether the other serves the same network at the same time and sends clients elsewhere.
    fn rivals(&self, other: &Self) -> bool {
        let same_client = self.transaction == other.transaction;
        // A phone that goes from one network to another hears two servers one after the other;
        // in one network the first is heard again.
        let heard_again = other.first.number < self.first.number;
        let same_network = same_client
            || (heard_again
                && self.relay == other.relay
                && network(self.assigned, self.mask) == network(other.assigned, other.mask));
        let elsewhere = (!self.routers.is_empty()
            && !other.routers.is_empty()
            && self.routers.iter().all(|router| !other.routers.contains(router)))
            || (!self.dns_servers.is_empty()
                && !other.dns_servers.is_empty()
                && self.dns_servers.iter().all(|dns| !other.dns_servers.contains(dns)));
        let same_time = other.at.timestamp.since(self.at.timestamp) <= SAME_TIME_NANOS;
        same_network && elsewhere && same_time
    }

    /// Whether a server makes itself the router or resolver, and the other server does not.
    fn names_itself(&self, id: IpAddr, other: &Self) -> bool {
        let IpAddr::V4(id) = id else { return false };
        (self.routers.contains(&id) && !other.routers.contains(&id))
            || (self.dns_servers.contains(&id) && !other.dns_servers.contains(&id))
    }
}

fn network(address: Ipv4Addr, mask: Option<Ipv4Addr>) -> u32 {
    address.to_bits() & mask.map_or(0xffff_ff00, Ipv4Addr::to_bits)
}

fn judge(dhcp: &DhcpMessage, new: (IpAddr, &Server), old: (IpAddr, &Server)) -> Sighting {
    // Whoever came first is not thereby the true one: the order of ids makes one finding of both.
    let (first, second) = if old.0 < new.0 { (old, new) } else { (new, old) };
    let mut evidence = Vec::new();
    for (id, server) in [old, new] {
        let mut fact = |fact, value| {
            evidence.push(Evidence { packets: vec![server.at.number], fact, value });
        };
        fact("server", id.to_string());
        fact("routers", list(&server.routers));
        fact("dns-servers", list(&server.dns_servers));
        if let Some(wpad) = &server.wpad {
            fact("proxy-configuration", wpad.clone());
        }
    }
    if let Some(frame) = dhcp.parties.frame {
        let value = frame.source.to_string();
        evidence.push(Evidence { packets: vec![new.1.at.number], fact: "frame-source", value });
    }
    let same_client = old.1.transaction == new.1.transaction;
    let blame = match (old.1.names_itself(old.0, new.1), new.1.names_itself(new.0, old.1)) {
        (false, true) => format!("; {} names itself", new.0),
        (true, false) => format!("; {} names itself", old.0),
        _ => String::new(),
    };
    let draft = Draft {
        key: format!("{} {}", first.0, second.0),
        confidence: if same_client { Confidence::Likely } else { Confidence::Possible },
        title: format!(
            "DHCP servers {} and {} send clients to different routers or resolvers{blame}",
            old.0, new.0
        ),
        evidence,
        alternatives: alternatives(&[
            "a second access router plugged into the network by mistake",
            "a move to a new server while the old one still answers",
        ]),
    };
    draft.about(&RULE, Subject::default(), new.1.at)
}

fn list(addresses: &[Ipv4Addr]) -> String {
    if addresses.is_empty() {
        return String::from("none");
    }
    addresses.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::lan::ack;
    use crate::detectors::testing::sightings;

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut RogueDhcp::default(), &Known::default(), records)
    }

    #[test]
    fn a_second_server_with_another_router_is_raised_once() {
        let sightings = raised(&[
            ack(1, "10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ack(2, "10.0.0.66", "10.0.0.66", "10.0.0.1"),
            ack(3, "10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ]);
        assert_eq!(sightings.len(), 2);
        assert_eq!(sightings[0].key, sightings[1].key);
        assert_eq!(sightings[0].confidence, Confidence::Likely);
        assert!(sightings[0].evidence.iter().any(|e| e.value == "10.0.0.66" && e.packets == [2]));
    }

    #[test]
    fn another_resolver_is_raised() {
        let sightings = raised(&[
            ack(1, "10.0.0.1", "10.0.0.1", "9.9.9.9"),
            ack(2, "10.0.0.66", "10.0.0.1", "10.0.0.66"),
        ]);
        assert!(sightings[0].title.ends_with("10.0.0.66 names itself"), "{}", sightings[0].title);
    }

    #[test]
    fn a_pair_that_says_the_same_is_quiet() {
        let pair =
            [ack(1, "10.0.0.3", "10.0.0.1", "9.9.9.9"), ack(2, "10.0.0.4", "10.0.0.1", "9.9.9.9")];
        assert!(raised(&pair).is_empty());
    }

    #[test]
    fn a_phone_that_moves_between_networks_is_quiet() {
        let mut moved = ack(2, "10.0.0.66", "10.0.0.66", "10.0.0.66");
        if let Fact::Lan(LanMessage::Dhcp(dhcp)) = &mut moved.fact {
            dhcp.id = 8;
        }
        let first = ack(1, "10.0.0.1", "10.0.0.1", "10.0.0.1");
        assert!(raised(&[first.clone(), moved.clone()]).is_empty());
        assert_eq!(raised(&[first.clone(), moved, first]).len(), 1);
    }

    #[test]
    fn one_server_that_changes_its_mind_is_quiet() {
        let one =
            [ack(1, "10.0.0.1", "10.0.0.1", "9.9.9.9"), ack(2, "10.0.0.1", "10.0.0.2", "1.1.1.1")];
        assert!(raised(&one).is_empty());
    }
}
