//! `channel/rogue-router`: a station says it is the IPv6 router, or that it has the router's
//! address.
//!
//! Routers that were there from the start, and pairs that advertise the same, are a network's own
//! affair; looked for is who comes later and says something else, or speaks for another.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use dissect::{
    Fact, IcmpKind, IcmpMessage, LanMessage, MacAddress, PacketRef, Record, RouterAdvertisement,
    RouterPreference,
};

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/rogue-router",
    title: "Station poses as the IPv6 router",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-290",
        "CWE-940",
        "MASVS-NETWORK-1",
        "ATT&CK T1557",
        "ATT&CK T1638",
        "RFC 4861 section 11",
        "RFC 6104",
        "RFC 6105",
    ],
    explanation: "A station advertised itself as a router of IPv6 beside the one that was there, \
        told hosts to drop the true router, or said that the true router's address is at its own \
        link address. Phones prefer IPv6, so that whoever does this gets their traffic, and with \
        a DNS server in the advertisement their names too, even on a network that has IPv4 only.",
    evidence: "The address and link address of both, prefixes, DNS servers, preference and lifetime \
        of the advertisement, and the packets.",
    false_positives: "A router that was put in beside the old one, a computer that shares its \
        connection, and a router whose network card was replaced.",
    fix: "Find the station with that link address; switch on RA guard and neighbour discovery \
        inspection. Android and iOS take any advertisement, so that the app must stand it: TLS \
        with full validation, pinned keys, no clear text, HSTS on the server.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::LAN, build: || Box::new(RogueRouter::default()) };

/// Routers that are remembered.
const MAX_ROUTERS: usize = 64;

/// Whoever was there within this time of the first packet was there from the start: a minute.
const START_NANOS: i64 = 60_000_000_000;

/// A router that advertised within this time is alive: the default lifetime, half an hour.
const ALIVE_NANOS: i64 = 1_800_000_000_000;

/// A router that is known.
struct Router {
    mac: Option<MacAddress>,
    first: PacketRef,
    last: PacketRef,
    prefixes: Vec<(Ipv6Addr, u8)>,
    dns_servers: Vec<Ipv6Addr>,
}

#[derive(Default)]
struct RogueRouter {
    start: Option<PacketRef>,
    routers: BTreeMap<Ipv6Addr, Router>,
}

impl Detector for RogueRouter {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        self.start.get_or_insert(record.packet);
        let Fact::Lan(LanMessage::Icmp(icmp)) = &record.fact else { return };
        // Whatever crossed a router is ignored by hosts (RFC 4861 section 6.1.2).
        if icmp.hop_limit != 255 {
            return;
        }
        match &icmp.kind {
            IcmpKind::RouterAdvertisement(router) => {
                scene.sightings.extend(self.advertised(record.packet, icmp, router));
            }
            IcmpKind::NeighbourAdvertisement { target, link, overrides: true, .. } => {
                scene.sightings.extend(self.claimed(record.packet, icmp, *target, *link));
            }
            _ => {}
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl RogueRouter {
    fn advertised(
        &mut self,
        at: PacketRef,
        icmp: &IcmpMessage,
        router: &RouterAdvertisement,
    ) -> Option<Sighting> {
        let IpAddr::V6(source) = icmp.parties.source else { return None };
        let mac = icmp.parties.frame.map(|frame| frame.source).or(router.link);
        let prefixes: Vec<_> = router.prefixes.iter().map(|p| (p.address, p.length)).collect();
        if let Some(known) = self.routers.get_mut(&source) {
            if moved(known.mac, mac) {
                // fe80::1 is many a router's address: other prefixes are another network, to which
                // the client went.
                let is_elsewhere = !prefixes.is_empty()
                    && prefixes.iter().all(|prefix| !known.prefixes.contains(prefix));
                if router.lifetime > 0 && is_elsewhere {
                    *known = Router {
                        mac,
                        prefixes,
                        first: at,
                        last: at,
                        dns_servers: router.dns_servers.clone(),
                    };
                    return None;
                }
                return Some(self.spoken_for(at, source, mac, router.lifetime == 0));
            }
            known.last = at;
            return None;
        }
        if router.lifetime == 0 && router.dns_servers.is_empty() {
            return None;
        }
        let judged = self.stranger(at, source, mac, router, &prefixes);
        if self.routers.len() < MAX_ROUTERS {
            let dns_servers = router.dns_servers.clone();
            self.routers.insert(source, Router { mac, first: at, last: at, prefixes, dns_servers });
        }
        judged
    }

    /// A router that nobody saw before, while another is alive.
    fn stranger(
        &self,
        at: PacketRef,
        source: Ipv6Addr,
        mac: Option<MacAddress>,
        router: &RouterAdvertisement,
        prefixes: &[(Ipv6Addr, u8)],
    ) -> Option<Sighting> {
        let start = self.start?;
        if mac.is_some_and(MacAddress::is_virtual_router) {
            return None;
        }
        let (other, known) = self.routers.iter().find(|(_, known)| {
            at.timestamp.since(known.last.timestamp) <= ALIVE_NANOS
                && !known.mac.is_some_and(MacAddress::is_virtual_router)
        })?;
        let new_dns = !router.dns_servers.is_empty()
            && router.dns_servers.iter().all(|server| !known.dns_servers.contains(server));
        let new_prefixes =
            !prefixes.is_empty() && prefixes.iter().all(|prefix| !known.prefixes.contains(prefix));
        let preferred = router.preference == RouterPreference::High;
        let signs = [new_dns, new_prefixes, preferred].into_iter().filter(|sign| *sign).count();
        // Several routers that were there from the start are the network's own affair, unless one
        // of them pushes itself before the others.
        let from_start = at.timestamp.since(start.timestamp) <= START_NANOS;
        if signs == 0 || (from_start && !(preferred && signs >= 2)) {
            return None;
        }
        let fact = |fact, value| Evidence { packets: vec![at.number], fact, value };
        let mut evidence = vec![
            fact("router", named(source, mac)),
            fact("preference", router.preference.word().to_owned()),
            fact("lifetime", format!("{} s", router.lifetime)),
        ];
        for (prefix, length) in prefixes {
            evidence.push(fact("prefix", format!("{prefix}/{length}")));
        }
        for server in &router.dns_servers {
            evidence.push(fact("dns-server", server.to_string()));
        }
        evidence.push(Evidence {
            packets: vec![known.first.number],
            fact: "known-router",
            value: named(*other, known.mac),
        });
        let draft = Draft {
            key: format!("{source} beside {other}"),
            confidence: if signs >= 2 { Confidence::Likely } else { Confidence::Possible },
            title: format!(
                "{} advertises itself as a router beside {other} and says something else",
                named(source, mac)
            ),
            evidence,
            alternatives: alternatives(&[
                "a router that was put in beside the old one",
                "a computer that shares its connection",
            ]),
        };
        Some(draft.about(&RULE, Subject::default(), at))
    }

    /// A neighbour advertisement for a router's address.
    fn claimed(
        &self,
        at: PacketRef,
        icmp: &IcmpMessage,
        target: Ipv6Addr,
        link: Option<MacAddress>,
    ) -> Option<Sighting> {
        let known = self.routers.get(&target)?;
        let mac = link.or(icmp.parties.frame.map(|frame| frame.source));
        moved(known.mac, mac).then(|| self.spoken_for(at, target, mac, false))
    }

    /// Somebody else speaks with a router's address.
    fn spoken_for(
        &self,
        at: PacketRef,
        address: Ipv6Addr,
        mac: Option<MacAddress>,
        ends_it: bool,
    ) -> Sighting {
        let mut evidence = vec![Evidence {
            packets: vec![at.number],
            fact: "claimed-by",
            value: mac.map(|mac| mac.to_string()).unwrap_or_default(),
        }];
        if let Some(known) = self.routers.get(&address) {
            evidence.push(Evidence {
                packets: vec![known.first.number],
                fact: "router",
                value: named(address, known.mac),
            });
        }
        if ends_it {
            let value = String::from("0 s: hosts drop the router");
            evidence.push(Evidence { packets: vec![at.number], fact: "lifetime", value });
        }
        let who = mac.map_or_else(|| String::from("Another station"), |mac| mac.to_string());
        let does = if ends_it { "tells hosts to drop" } else { "claims the address of" };
        let draft = Draft {
            key: format!("{address} {who}"),
            confidence: Confidence::Likely,
            title: format!("{who} {does} the router {address}"),
            evidence,
            alternatives: alternatives(&[
                "the router's network card was replaced, or a standby router took over",
            ]),
        };
        draft.about(&RULE, Subject::default(), at)
    }
}

/// Whether an address went to another link address, and neither is a virtual router's.
fn moved(known: Option<MacAddress>, now: Option<MacAddress>) -> bool {
    match (known, now) {
        (Some(known), Some(now)) => {
            known != now && !known.is_virtual_router() && !now.is_virtual_router()
        }
        _ => false,
    }
}

fn named(address: Ipv6Addr, mac: Option<MacAddress>) -> String {
    mac.map_or_else(|| address.to_string(), |mac| format!("{address} ({mac})"))
}

#[cfg(test)]
mod tests {
    use dissect::{LinkAddresses, Parties, Prefix};

    use super::*;
    use crate::Known;
    use crate::detectors::testing::lan::lan;
    use crate::detectors::testing::sightings;

    const ROUTER: MacAddress = MacAddress([2, 1, 0, 0, 0, 1]);
    const OTHER: MacAddress = MacAddress([2, 0x66, 0, 0, 0, 0x66]);

    fn icmp(number: u64, source: &str, mac: MacAddress, kind: IcmpKind) -> Record {
        let parties = Parties {
            source: source.parse().unwrap(),
            destination: "ff02::1".parse().unwrap(),
            frame: Some(LinkAddresses { source: mac, destination: None }),
        };
        lan(number, LanMessage::Icmp(Box::new(IcmpMessage { parties, hop_limit: 255, kind })))
    }

    fn router(number: u64, source: &str, mac: MacAddress, prefix: &str, lifetime: u16) -> Record {
        let router = RouterAdvertisement {
            link: Some(mac),
            lifetime,
            preference: RouterPreference::Medium,
            managed: false,
            other: false,
            prefixes: vec![Prefix { address: prefix.parse().unwrap(), length: 64, valid: 3_600 }],
            dns_servers: Vec::new(),
            captive_portal: None,
        };
        icmp(number, source, mac, IcmpKind::RouterAdvertisement(router))
    }

    fn neighbour(number: u64, mac: MacAddress, overrides: bool) -> Record {
        let kind = IcmpKind::NeighbourAdvertisement {
            target: "fe80::1".parse().unwrap(),
            link: Some(mac),
            is_router: true,
            is_solicited: false,
            overrides,
        };
        icmp(number, "fe80::1", mac, kind)
    }

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut RogueRouter::default(), &Known::default(), records)
    }

    #[test]
    fn who_comes_later_with_another_prefix_is_raised() {
        let sightings = raised(&[
            router(1, "fe80::1", ROUTER, "2001:db8::", 1800),
            router(100, "fe80::66", OTHER, "2001:db8:66::", 1800),
        ]);
        assert_eq!(sightings.len(), 1);
        assert_eq!(sightings[0].confidence, Confidence::Possible);
        assert!(sightings[0].title.starts_with("fe80::66 (02:66:00:00:00:66) advertises"));
    }

    #[test]
    fn who_speaks_for_the_router_is_raised() {
        let known = || router(1, "fe80::1", ROUTER, "2001:db8::", 1800);
        let dropped = raised(&[known(), router(5, "fe80::1", OTHER, "2001:db8::", 0)]);
        assert!(dropped[0].title.contains("tells hosts to drop the router fe80::1"));
        let claimed = raised(&[known(), neighbour(5, OTHER, true)]);
        assert_eq!(claimed[0].title, "02:66:00:00:00:66 claims the address of the router fe80::1");
        assert_eq!(claimed[0].evidence[1].packets, [1]);
    }

    #[test]
    fn routers_that_were_there_and_pairs_are_quiet() {
        let mut records = vec![
            router(1, "fe80::1", ROUTER, "2001:db8::", 1800),
            router(2, "fe80::2", OTHER, "2001:db8:2::", 1800),
            router(3, "fe80::1", ROUTER, "2001:db8::", 1800),
        ];
        assert!(raised(&records).is_empty());
        records = vec![
            router(1, "fe80::1", ROUTER, "2001:db8::", 1800),
            router(100, "fe80::2", OTHER, "2001:db8::", 1800),
        ];
        assert!(raised(&records).is_empty());
    }

    #[test]
    fn virtual_routers_and_the_router_itself_are_quiet() {
        let vrrp = MacAddress([0, 0, 0x5e, 0, 2, 7]);
        let records = [
            router(1, "fe80::1", ROUTER, "2001:db8::", 1800),
            neighbour(2, ROUTER, true),
            neighbour(3, OTHER, false),
            router(4, "fe80::1", vrrp, "2001:db8::", 1800),
            router(5, "fe80::1", ROUTER, "2001:db8::", 0),
        ];
        assert!(raised(&records).is_empty());
    }
}
