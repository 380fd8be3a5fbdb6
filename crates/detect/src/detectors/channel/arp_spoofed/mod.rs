//! `channel/arp-spoofed`: somebody on the link says that another's address is his.
//!
//! ARP has no proof of anything, so that three habits of those who abuse it are looked for: replies
//! that nobody asked for at a steady beat, an address taken from a station that is still there, and
//! claims of two stations that alternate.

mod claims;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use dissect::{ArpPacket, DhcpKind, Fact, LanMessage, MacAddress, PacketRef, Record};

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};
use claims::{Claim, Claims};

pub(crate) static RULE: Rule = Rule {
    id: "channel/arp-spoofed",
    title: "Address of another station claimed by ARP",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-290",
        "CWE-300",
        "MASVS-NETWORK-1",
        "ATT&CK T1557.002",
        "ATT&CK T1638",
        "RFC 826",
        "RFC 5227",
    ],
    explanation: "A station of the local network told others that an address is at its own link \
        address, although another station has it. Whoever believes it sends its packets to the \
        wrong station, which can read them, change them, or pass them to an interceptor. Taking \
        the router's address so is how most interceptors get into a Wi-Fi network's traffic.",
    evidence: "The address, the link address that claims it and the one that has it, the packets of \
        replies that nobody asked for with their beat, and other addresses of the same station.",
    false_positives: "Two hosts that were given the same address by mistake, a cluster or a router \
        pair that moves an address with its own link addresses, network cards that are bonded, and \
        a test of the network.",
    fix: "Find the station with that link address. On the network, switch on dynamic ARP \
        inspection and client isolation. The phone itself cannot prevent it, so that the app must \
        stand it: TLS with full validation, pinned keys for hosts that matter, and no clear text \
        (Android network security configuration, App Transport Security on iOS, HSTS on the \
        server).",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::ALL, build: || Box::new(ArpSpoofed::default()) };

/// Unasked replies at a steady beat that are enough if anything else is odd about their sender.
const UNASKED: usize = 3;

/// The same where nothing else is known about it.
const UNASKED_ALONE: usize = 4;

/// Unasked replies for an address that another has taken, which may just mend it.
const MENDING: u32 = 8;

/// Changes of the claim from one station to another and back.
const TURNS: usize = 3;

/// So long is waited for more after an address was taken: ten seconds.
const PATIENCE_NANOS: i64 = 10_000_000_000;

/// Findings that are remembered.
const MAX_RAISED: usize = 1_024;

/// What a packet makes of its sender.
enum Judged {
    Nothing,
    /// The address was another's just now.
    Taken,
    Spoofed(Confidence),
}

#[derive(Default)]
struct ArpSpoofed {
    claims: Claims,
    /// Whom each finding names as its client, so that further victims do not make others.
    raised: BTreeMap<(Ipv4Addr, MacAddress), Option<IpAddr>>,
    /// Addresses that were taken just now: what follows within [`PATIENCE_NANOS`] is told with it.
    taken: BTreeMap<(Ipv4Addr, MacAddress), (ArpPacket, PacketRef)>,
}

impl Detector for ArpSpoofed {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        self.settle(Some(record.packet), scene);
        match &record.fact {
            Fact::Lan(LanMessage::Arp(arp)) => {
                if let Some(claim) = self.claims.take(arp, record.packet) {
                    let key = (arp.sender_address, arp.sender);
                    match self.judge(arp, claim, record.packet) {
                        Judged::Nothing => {}
                        Judged::Taken => {
                            if self.taken.len() < MAX_RAISED {
                                self.taken.entry(key).or_insert((*arp, record.packet));
                            }
                        }
                        Judged::Spoofed(confidence) => {
                            self.taken.remove(&key);
                            scene.sightings.extend(self.raise(arp, confidence, record.packet));
                        }
                    }
                }
            }
            Fact::Lan(LanMessage::Dhcp(dhcp)) if dhcp.kind == DhcpKind::Ack => {
                self.claims.lease(dhcp.assigned_address, dhcp.client);
                for router in &dhcp.routers {
                    self.claims.router(*router);
                }
            }
            Fact::Lan(LanMessage::Redundancy(redundancy)) => {
                for address in &redundancy.addresses {
                    if let IpAddr::V4(address) = address {
                        self.claims.moves(*address);
                    }
                }
            }
            Fact::Dns(message) => {
                let Some(flow) = &record.flow else { return };
                let from = if message.from_client { flow.client } else { flow.server };
                if let (Some(mac), IpAddr::V4(address)) = (message.sender, from.address)
                    && address.is_private()
                    && !flow.client.address.is_multicast()
                {
                    self.claims.spoke(address, mac, record.packet);
                }
            }
            _ => {}
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        self.settle(None, scene);
        *self = Self::default();
    }
}

impl ArpSpoofed {
    /// Raises what was taken and has waited long enough; all of it at the end.
    fn settle(&mut self, now: Option<PacketRef>, scene: &mut Scene<'_>) {
        if self.taken.is_empty() {
            return;
        }
        let is_due = |at: &PacketRef| {
            now.is_none_or(|now| now.timestamp.since(at.timestamp) > PATIENCE_NANOS)
        };
        let due: Vec<_> = self.taken.extract_if(.., |_, (_, at)| is_due(at)).collect();
        for (_, (arp, at)) in due {
            scene.sightings.extend(self.raise(&arp, Confidence::Likely, at));
        }
    }

    /// What a packet makes of its sender.
    fn judge(&self, arp: &ArpPacket, claim: Claim, at: PacketRef) -> Judged {
        let Some(address) = self.claims.known(arp.sender_address) else { return Judged::Nothing };
        let rival = address
            .rival(arp.sender, at)
            .filter(|(mac, _)| !self.claims.are_one_host(*mac, arp.sender));
        let others = self.claims.others(arp.sender, arp.sender_address);
        let Some(claimant) = address.claimant(arp.sender) else { return Judged::Nothing };
        // Who stops spoofing mends what he did: arpspoof says three times where the address was.
        let is_mended = address.claimants.iter().any(|other| {
            other.mac != arp.sender && self.raised.contains_key(&(arp.sender_address, other.mac))
        });
        if is_mended && claimant.unasked_count < MENDING {
            return Judged::Nothing;
        }
        let beat = claimant.beat(UNASKED);
        let forged_frame = arp.frame.is_some_and(|frame| frame.source != arp.sender);
        let odd = rival.is_some() || !others.is_empty() || forged_frame;
        let came_later = |mac| {
            let other = address.claimant(mac);
            other.is_none_or(|other| other.first.number < claimant.first.number)
        };
        let is_taken = rival.is_some_and(|(mac, _)| came_later(mac));
        if claim.is_unasked && beat.is_some() && rival.is_some() {
            Judged::Spoofed(Confidence::Certain)
        } else if claim.is_unasked
            && ((beat.is_some() && odd) || claimant.beat(UNASKED_ALONE).is_some())
        {
            Judged::Spoofed(Confidence::Likely)
        } else if claim.is_unasked && !others.is_empty() && is_taken {
            Judged::Taken
        } else if claim.is_turn && address.turns.len() >= TURNS && is_taken {
            let unasked = claimant.unasked_count > 0;
            Judged::Spoofed(if unasked { Confidence::Likely } else { Confidence::Possible })
        } else {
            Judged::Nothing
        }
    }

    fn raise(
        &mut self,
        arp: &ArpPacket,
        confidence: Confidence,
        at: PacketRef,
    ) -> Option<Sighting> {
        let address = self.claims.known(arp.sender_address)?;
        let rival = address.rival(arp.sender, at);
        let others = self.claims.others(arp.sender, arp.sender_address);
        let claimant = address.claimant(arp.sender)?;
        let beat = claimant.beat(UNASKED);
        let forged_frame = arp.frame.is_some_and(|frame| frame.source != arp.sender);
        let fact = |fact, packets, value: String| Evidence { packets, fact, value };
        let mut evidence = vec![
            fact("address", vec![claimant.first.number], arp.sender_address.to_string()),
            fact("claimed-by", vec![claimant.first.number], arp.sender.to_string()),
        ];
        if let Some((mac, packet)) = rival {
            evidence.push(fact("held-by", vec![packet.number], mac.to_string()));
        }
        if claimant.unasked_count > 0 {
            let packets = claimant.unasked.iter().map(|packet| packet.number).collect();
            let every = beat.map(|beat| format!(", one every {}", seconds(beat)));
            let value = format!("{}{}", claimant.unasked_count, every.unwrap_or_default());
            evidence.push(fact("unasked-replies", packets, value));
        }
        if address.turns.len() >= TURNS {
            let value = format!("{} times", address.turns.len());
            evidence.push(fact("claim-alternates", address.turns.clone(), value));
        }
        for (other, packet) in others.iter().take(4) {
            evidence.push(fact("also-claims", vec![*packet], other.to_string()));
        }
        if let Some(frame) = arp.frame.filter(|_| forged_frame) {
            evidence.push(fact("frame-source", vec![at.number], frame.source.to_string()));
        }
        let key = (arp.sender_address, arp.sender);
        if self.raised.len() >= MAX_RAISED && !self.raised.contains_key(&key) {
            return None;
        }
        let victim = claimant.victim.map(IpAddr::V4);
        let client = *self.raised.entry(key).or_insert(victim);
        let whose = match rival {
            Some((mac, _)) => format!(", which {mac} has"),
            None => String::new(),
        };
        let router =
            if self.claims.is_router(arp.sender_address) { "the router's address " } else { "" };
        let told = client.map(|client| format!(" to {client}")).unwrap_or_default();
        let draft = Draft {
            key: format!("{} {}", arp.sender_address, arp.sender),
            confidence,
            title: format!("{} claims {router}{}{told}{whose}", arp.sender, arp.sender_address),
            evidence,
            alternatives: alternatives(&[
                "two hosts that were given the same address",
                "a router pair or cluster that moves an address between link addresses of its own",
            ]),
        };
        Some(draft.about(&RULE, Subject { client, ..Subject::default() }, at))
    }
}

/// `1.0 s`.
fn seconds(nanos: i64) -> String {
    let tenths = nanos.saturating_add(50_000_000).saturating_div(100_000_000);
    format!("{}.{} s", tenths.saturating_div(10), tenths.checked_rem(10).unwrap_or(0))
}

#[cfg(test)]
mod tests;
