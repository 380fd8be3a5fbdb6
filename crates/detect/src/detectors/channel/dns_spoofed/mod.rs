//! `channel/dns-spoofed`: an answer of DNS that somebody on the way, not the resolver, gave.
//!
//! Two signs: a question that gets two answers which disagree, and a public name that turns out to
//! be a neighbour on the client's own link. Private addresses as such mean nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use dissect::{DhcpKind, DnsMessage, DnsProtocol, Fact, LanMessage, MacAddress, PacketRef, Record};

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::hostname::is_public;
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/dns-spoofed",
    title: "Answer of DNS forged on the way",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-345",
        "CWE-350",
        "MASVS-NETWORK-1",
        "ATT&CK T1557",
        "ATT&CK T1638",
        "RFC 3833",
    ],
    explanation: "A question of DNS was answered by somebody other than the resolver. Either two \
        answers came to one question and they name different addresses, or a public name was said \
        to be at a neighbour on the phone's own network. The app then connects to a machine of \
        whoever forged the answer, who can refuse, read or pass on what it sends unless TLS stops \
        him. With a single sign the severity is low: ad blockers do so too.",
    evidence: "The name, the answers with their packets, the link addresses that sent them, and \
        whose address on the link the answer is.",
    false_positives: "A home server or a company's service whose public name is answered with its \
        local address on purpose, an ad blocker that answers with an address of its own, a \
        captive portal, and a resolver that answers the same question again after its data changed.",
    fix: "Find the station with the forged address. Android: switch on private DNS (DNS over \
        TLS); iOS: install a profile with encrypted DNS. In the app, validate certificates in \
        full, pin the keys of hosts that matter and use no clear text. On the server, sign the \
        zone with DNSSEC and publish HSTS.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::DNS.and(Kinds::LAN),
    build: || Box::new(DnsSpoofed::default()),
};

/// Questions that wait for a second answer, and for how long: five seconds.
const MAX_QUESTIONS: usize = 4_096;
const RACE_NANOS: i64 = 5_000_000_000;

/// Stations of the link that are remembered.
const MAX_STATIONS: usize = 4_096;

/// Names that are remembered with their addresses.
const MAX_NAMES: usize = 16_384;

/// What bettercap says unless it is told otherwise.
const BETTERCAP_TTL: u32 = 1_024;

/// A question: client and port, server, id, name, kind.
type Question = (IpAddr, u16, IpAddr, u16, String, u16);

/// What became of a question.
struct Asked {
    /// When it was sent or answered first.
    at: PacketRef,
    /// How often it was sent.
    times: u32,
    answer: Option<Answer>,
}

/// The first answer.
struct Answer {
    at: PacketRef,
    sender: Option<MacAddress>,
    addresses: BTreeSet<IpAddr>,
}

#[derive(Default)]
struct DnsSpoofed {
    questions: BTreeMap<Question, Asked>,
    /// Stations of the link, and the packet that showed each.
    stations: BTreeMap<Ipv4Addr, (MacAddress, u64)>,
    routers: BTreeSet<Ipv4Addr>,
    /// Where names were before, by resolver, that were not at a neighbour's.
    elsewhere: BTreeMap<(IpAddr, String), (IpAddr, u64)>,
    /// The link address that a resolver's answers come from.
    resolvers: BTreeMap<IpAddr, MacAddress>,
    mask: Option<Ipv4Addr>,
}

impl Detector for DnsSpoofed {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        match &record.fact {
            Fact::Dns(message) => self.message(record, message, scene.sightings),
            Fact::Lan(LanMessage::Arp(arp)) => {
                let known = !arp.sender_address.is_unspecified() && !arp.sender.is_group();
                if known && self.stations.len() < MAX_STATIONS {
                    let station = (arp.sender, record.packet.number);
                    self.stations.entry(arp.sender_address).or_insert(station);
                }
            }
            Fact::Lan(LanMessage::Dhcp(dhcp)) if dhcp.kind == DhcpKind::Ack => {
                self.mask = dhcp.subnet_mask.or(self.mask);
                if self.stations.len() < MAX_STATIONS && !dhcp.assigned_address.is_unspecified() {
                    let station = (dhcp.client, record.packet.number);
                    self.stations.entry(dhcp.assigned_address).or_insert(station);
                }
                if self.routers.len() < MAX_STATIONS {
                    self.routers.extend(&dhcp.routers);
                }
            }
            _ => {}
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl DnsSpoofed {
    fn message(&mut self, record: &Record, message: &DnsMessage, sightings: &mut Vec<Sighting>) {
        let Some(flow) = &record.flow else { return };
        let ([question], DnsProtocol::Dns) = (&message.questions[..], message.protocol) else {
            return;
        };
        if !matches!(question.kind, 1 | 28) {
            return;
        }
        let (client, server) = (flow.client, flow.server);
        let (name, kind) = (question.name.clone(), question.kind);
        let key = (client.address, client.port, server.address, message.id, name, kind);
        if !message.is_response {
            if let Some(asked) = self.asked(&key, message.at) {
                asked.times = asked.times.saturating_add(1);
            }
            return;
        }
        let addresses: BTreeSet<IpAddr> = message.addresses().map(|a| a.to_canonical()).collect();
        let subject = Subject {
            client: Some(client.address),
            server: Some(server),
            host: Some(question.name.clone()),
            flow: record.flow.clone(),
        };
        let draft = match self.race(&key, message, &addresses) {
            Some(draft) => Some(draft),
            None => self.neighbour(&key, message, &addresses),
        };
        sightings.extend(draft.map(|draft| {
            let mut sighting = draft.about(&RULE, subject, record.packet);
            if sighting.confidence == Confidence::Possible {
                sighting.severity = Severity::Low;
            }
            sighting
        }));
        if let Some(mac) = message.sender
            && self.resolvers.len() < MAX_STATIONS
        {
            self.resolvers.entry(server.address).or_insert(mac);
        }
    }

    /// What is remembered of a question that was sent or answered at `at`.
    fn asked(&mut self, key: &Question, at: PacketRef) -> Option<&mut Asked> {
        let is_old = |asked: &Asked| at.timestamp.since(asked.at.timestamp) > RACE_NANOS;
        if self.questions.get(key).is_some_and(is_old) {
            self.questions.remove(key);
        }
        if self.questions.len() >= MAX_QUESTIONS {
            self.questions.retain(|_, asked| !is_old(asked));
        }
        if self.questions.len() >= MAX_QUESTIONS && !self.questions.contains_key(key) {
            return None;
        }
        Some(self.questions.entry(key.clone()).or_insert(Asked { at, times: 0, answer: None }))
    }

    /// Another answer to the same question that disagrees.
    fn race(
        &mut self,
        key: &Question,
        message: &DnsMessage,
        addresses: &BTreeSet<IpAddr>,
    ) -> Option<Draft> {
        let at = message.at;
        let asked = self.asked(key, at)?;
        let Some(before) = &asked.answer else {
            let (sender, addresses) = (message.sender, addresses.clone());
            asked.answer = Some(Answer { at, sender, addresses });
            return None;
        };
        let disagrees = !before.addresses.is_empty()
            && !addresses.is_empty()
            && before.addresses.is_disjoint(addresses);
        let other_sender = before.sender.is_some() && before.sender != message.sender;
        // Who asks twice is answered twice, and lists rotate: then only another sender tells.
        if !disagrees || (asked.times != 1 && !other_sender) {
            return None;
        }
        let fact =
            |fact, packet: PacketRef, value| Evidence { packets: vec![packet.number], fact, value };
        let mut evidence = vec![
            fact("first-answer", before.at, list(&before.addresses)),
            fact("second-answer", at, list(addresses)),
        ];
        if let (true, Some(first), Some(second)) = (other_sender, before.sender, message.sender) {
            evidence.push(fact("first-sender", before.at, first.to_string()));
            evidence.push(fact("second-sender", at, second.to_string()));
        }
        evidence.extend(hint(message));
        Some(Draft {
            key: String::from("race"),
            confidence: if other_sender { Confidence::Certain } else { Confidence::Likely },
            title: format!(
                "One question for {} got two answers that disagree: {} and then {}",
                key.4,
                list(&before.addresses),
                list(addresses)
            ),
            evidence,
            alternatives: alternatives(&[
                "a resolver that answers twice with addresses of different data centres",
            ]),
        })
    }

    /// A public name at a neighbour of the client.
    fn neighbour(
        &mut self,
        key: &Question,
        message: &DnsMessage,
        addresses: &BTreeSet<IpAddr>,
    ) -> Option<Draft> {
        let (IpAddr::V4(client), name) = (key.0, key.4.as_str()) else { return None };
        if !is_public(name) {
            return None;
        }
        let before = (key.2, key.4.clone());
        let neighbour = addresses.iter().find_map(|address| match address {
            IpAddr::V4(v4) if self.is_neighbour(*v4, client) => Some(*v4),
            _ => None,
        });
        let Some(neighbour) = neighbour else {
            if let Some(address) = addresses.first()
                && self.elsewhere.len() < MAX_NAMES
            {
                self.elsewhere.entry(before).or_insert((*address, message.at.number));
            }
            return None;
        };
        // Where the answer is the resolver or the router, it is a portal or a blocker.
        if IpAddr::V4(neighbour) == key.2 || self.routers.contains(&neighbour) {
            return None;
        }
        let station = self.stations.get(&neighbour);
        let usual = self.resolvers.get(&key.2);
        let from_other = message.sender.is_some_and(|mac| usual.is_some_and(|usual| *usual != mac));
        let from_itself = message.sender.is_some_and(|mac| station.is_some_and(|s| s.0 == mac));
        let moved = self.elsewhere.get(&before);
        let hints = hint(message);
        // A server of this network may have a public name: its place alone tells nothing.
        let signs = [from_other, from_itself, moved.is_some(), hints.is_some()];
        let confidence = match signs.into_iter().filter(|sign| *sign).count() {
            0 => return None,
            1 => Confidence::Possible,
            2 => Confidence::Likely,
            _ => Confidence::Certain,
        };
        let fact = |fact, packets: Vec<u64>, value| Evidence { packets, fact, value };
        let at = vec![message.at.number];
        let mut evidence = vec![fact("answer", at.clone(), neighbour.to_string())];
        if let Some((mac, packet)) = station {
            evidence.push(fact("neighbour", vec![*packet], format!("{neighbour} is at {mac}")));
        }
        if let Some(mac) = message.sender {
            evidence.push(fact("answered-by", at.clone(), mac.to_string()));
        }
        if let Some(usual) = usual.filter(|_| from_other) {
            evidence.push(fact("resolver-was", at, usual.to_string()));
        }
        if let Some((address, packet)) = moved {
            evidence.push(fact("answer-before", vec![*packet], address.to_string()));
        }
        evidence.extend(hints);
        Some(Draft {
            key: format!("neighbour {neighbour}"),
            confidence,
            title: format!("{name} is said to be at {neighbour}, a neighbour of {client}"),
            evidence,
            alternatives: alternatives(&[
                "a server of this network whose public name is answered with its local address",
                "an ad blocker, or a captive portal, that answers with an address of its own",
            ]),
        })
    }

    /// Whether the address is another station of the client's link.
    fn is_neighbour(&self, address: Ipv4Addr, client: Ipv4Addr) -> bool {
        address != client
            && !address.is_loopback()
            && !address.is_unspecified()
            && (address.is_private() || self.stations.contains_key(&address))
            && same_link(address, client, self.mask)
    }
}

fn same_link(address: Ipv4Addr, client: Ipv4Addr, mask: Option<Ipv4Addr>) -> bool {
    let mask = mask.map_or(0xffff_ff00, Ipv4Addr::to_bits);
    address.to_bits() & mask == client.to_bits() & mask
}

/// bettercap's time to live.
fn hint(message: &DnsMessage) -> Option<Evidence> {
    let record = message.answers.iter().find(|record| record.ttl == BETTERCAP_TTL)?;
    let value = format!("{} s, as bettercap answers", record.ttl);
    Some(Evidence { packets: vec![message.at.number], fact: "time-to-live", value })
}

fn list(addresses: &BTreeSet<IpAddr>) -> String {
    addresses.iter().take(4).map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
