//! `channel/dns-spoofed`: an answer of DNS that somebody on the way, not the resolver, gave.
//!
//! Two signs: a question that gets two answers which disagree, and a public name that turns out to
//! be a neighbour on the client's own link. Private addresses as such mean nothing.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use dissect::{
    DhcpKind, DnsMessage, DnsProtocol, Fact, LanMessage, MacAddress, PacketRef, Record, Timestamp,
};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Key;
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

/// What was asked, by whom and of whom.
struct Question<'a> {
    client: IpAddr,
    resolver: IpAddr,
    name: &'a str,
    /// Stands for all of it, with port, transaction id and kind.
    key: Key,
}

/// What became of a question.
struct Asked {
    /// When it was sent or answered first.
    at: PacketRef,
    /// How often it was sent.
    times: u32,
    /// The first answer.
    answer: Option<Arc<DnsMessage>>,
}

#[derive(Default)]
struct DnsSpoofed {
    questions: HashMap<Key, Asked>,
    /// Since when each of them waits.
    ages: BTreeSet<(Timestamp, Key)>,
    /// Stations of the link, and the packet that showed each.
    stations: HashMap<Ipv4Addr, (MacAddress, u64)>,
    routers: BTreeSet<Ipv4Addr>,
    /// Where names were before, by resolver and name, that were not at a neighbour's.
    elsewhere: HashMap<Key, (IpAddr, u64)>,
    /// The link address that a resolver's answers come from.
    resolvers: HashMap<IpAddr, MacAddress>,
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
    fn message(
        &mut self,
        record: &Record,
        message: &Arc<DnsMessage>,
        sightings: &mut Vec<Sighting>,
    ) {
        let Some(flow) = &record.flow else { return };
        let ([question], DnsProtocol::Dns) = (&message.questions[..], message.protocol) else {
            return;
        };
        if !matches!(question.kind, 1 | 28) {
            return;
        }
        let (client, server, name) = (flow.client, flow.server, &*question.name);
        let ends = (client.address, client.port, server.address);
        let key = Key::of(&(ends, message.id, name, question.kind));
        let question = Question { client: client.address, resolver: server.address, name, key };
        if !message.is_response {
            if let Some(asked) = self.asked(key, message.at) {
                asked.times = asked.times.saturating_add(1);
            }
            return;
        }
        let draft = match self.race(&question, message) {
            Some(draft) => Some(draft),
            None => self.neighbour(&question, message),
        };
        sightings.extend(draft.map(|draft| {
            let subject = Subject {
                client: Some(client.address),
                server: Some(server),
                host: Some(name.to_owned()),
                flow: record.flow.clone(),
            };
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
    fn asked(&mut self, key: Key, at: PacketRef) -> Option<&mut Asked> {
        let is_old = |since: Timestamp| at.timestamp.since(since) > RACE_NANOS;
        if self.questions.len() >= MAX_QUESTIONS {
            while let Some((since, oldest)) = self.ages.pop_first() {
                if !is_old(since) {
                    self.ages.insert((since, oldest));
                    break;
                }
                self.questions.remove(&oldest);
            }
        }
        let is_full = self.questions.len() >= MAX_QUESTIONS;
        let asked = match self.questions.entry(key) {
            Entry::Occupied(asked) => asked.into_mut(),
            Entry::Vacant(_) if is_full => return None,
            Entry::Vacant(free) => {
                self.ages.insert((at.timestamp, key));
                free.insert(Asked { at, times: 0, answer: None })
            }
        };
        if is_old(asked.at.timestamp) {
            // The same again is another question by now.
            self.ages.remove(&(asked.at.timestamp, key));
            self.ages.insert((at.timestamp, key));
            *asked = Asked { at, times: 0, answer: None };
        }
        Some(asked)
    }

    /// Another answer to the same question that disagrees.
    fn race(&mut self, question: &Question<'_>, message: &Arc<DnsMessage>) -> Option<Draft> {
        let at = message.at;
        let asked = self.asked(question.key, at)?;
        let Some(before) = &asked.answer else {
            asked.answer = Some(Arc::clone(message));
            return None;
        };
        let (first, second) = (addresses(before), addresses(message));
        let disagrees = !first.is_empty() && !second.is_empty() && first.is_disjoint(&second);
        let other_sender = before.sender.is_some() && before.sender != message.sender;
        // Who asks twice is answered twice, and lists rotate: then only another sender tells.
        if !disagrees || (asked.times != 1 && !other_sender) {
            return None;
        }
        let fact =
            |fact, packet: PacketRef, value| Evidence { packets: vec![packet.number], fact, value };
        let mut evidence = vec![
            fact("first-answer", before.at, list(&first)),
            fact("second-answer", at, list(&second)),
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
                question.name,
                list(&first),
                list(&second)
            ),
            evidence,
            alternatives: alternatives(&[
                "a resolver that answers twice with addresses of different data centres",
            ]),
        })
    }

    /// A public name at a neighbour of the client.
    fn neighbour(&mut self, question: &Question<'_>, message: &DnsMessage) -> Option<Draft> {
        let Question { client: IpAddr::V4(client), resolver, name, .. } = *question else {
            return None;
        };
        let before = Key::of(&(resolver, name));
        // Of several the first, whatever the order in which they stand.
        let lowest = message.addresses().map(|address| address.to_canonical()).min()?;
        let neighbours = message.addresses().filter_map(|address| match address.to_canonical() {
            IpAddr::V4(v4) if self.is_neighbour(v4, client) => Some(v4),
            _ => None,
        });
        let Some(neighbour) = neighbours.min() else {
            if self.elsewhere.len() < MAX_NAMES
                && let Entry::Vacant(free) = self.elsewhere.entry(before)
                && is_public(name)
            {
                free.insert((lowest, message.at.number));
            }
            return None;
        };
        if !is_public(name) {
            return None;
        }
        // Where the answer is the resolver or the router, it is a portal or a blocker.
        if IpAddr::V4(neighbour) == resolver || self.routers.contains(&neighbour) {
            return None;
        }
        let station = self.stations.get(&neighbour);
        let usual = self.resolvers.get(&resolver);
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

/// The addresses that an answer gives.
fn addresses(message: &DnsMessage) -> BTreeSet<IpAddr> {
    message.addresses().map(|address| address.to_canonical()).collect()
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
