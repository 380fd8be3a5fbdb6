//! Who claims which address of a link: what the detector remembers of ARP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use dissect::{ArpOperation, ArpPacket, MacAddress, PacketRef};

/// Addresses that are remembered, and link addresses; a /20 fits. What comes after is not seen.
const MAX_ADDRESSES: usize = 4_096;

/// Link addresses that are remembered of one address.
const MAX_CLAIMANTS: usize = 4;

/// Addresses that are remembered of one link address.
const MAX_OWN: usize = 8;

/// Packets that are quoted of one kind.
const MAX_QUOTED: usize = 8;

/// A reply answers a request that is no older.
const ANSWER_NANOS: i64 = 3_000_000_000;

/// Claims of two stations alternate if they follow each other within this time: half a minute.
const TURN_NANOS: i64 = 30_000_000_000;

/// A station that spoke within this time is alive: two minutes.
pub(super) const ALIVE_NANOS: i64 = 120_000_000_000;

/// A steady beat is between these: bettercap sends every second, arpspoof every two, ettercap
/// every ten.
const BEAT_NANOS: std::ops::RangeInclusive<i64> = 200_000_000..=15_000_000_000;

/// One link address that claims an address.
#[derive(Clone, Debug)]
pub(super) struct Claimant {
    pub(super) mac: MacAddress,
    pub(super) first: PacketRef,
    pub(super) last: PacketRef,
    /// Replies to one station that had not asked: when, at most [`MAX_QUOTED`] of the last.
    pub(super) unasked: Vec<PacketRef>,
    /// How many of them.
    pub(super) unasked_count: u32,
    /// To whom they go.
    pub(super) victim: Option<Ipv4Addr>,
    /// The last request that it answered.
    answered: u64,
}

/// What is known about one address.
#[derive(Debug, Default)]
pub(super) struct Address {
    pub(super) claimants: Vec<Claimant>,
    /// Who sent IP packets from it, and when last.
    pub(super) speaker: Option<(MacAddress, PacketRef)>,
    /// Who asked for it last, at most [`MAX_QUOTED`].
    requests: Vec<(MacAddress, PacketRef)>,
    last: Option<(MacAddress, PacketRef)>,
    /// Packets at which the claim went from one station to another and both were awake.
    pub(super) turns: Vec<u64>,
}

/// What one ARP packet turned out to be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Claim {
    /// A reply to one station that had not asked.
    pub(super) is_unasked: bool,
    /// The claim went from another station to this one, and both are awake.
    pub(super) is_turn: bool,
}

/// All claims of a link.
#[derive(Debug, Default)]
pub(super) struct Claims {
    addresses: BTreeMap<Ipv4Addr, Address>,
    /// Where each station was seen, with the packet.
    own: BTreeMap<MacAddress, BTreeMap<Ipv4Addr, u64>>,
    /// Addresses that routers move on purpose.
    moving: BTreeSet<Ipv4Addr>,
    /// Routers that DHCP named.
    routers: BTreeSet<Ipv4Addr>,
}

impl Claims {
    /// Takes in a packet; `None` if it claims nothing that can be judged.
    pub(super) fn take(&mut self, arp: &ArpPacket, at: PacketRef) -> Option<Claim> {
        let (mac, address) = (arp.sender, arp.sender_address);
        if arp.operation == ArpOperation::Request && arp.target_address != address {
            self.address(arp.target_address)?.asked(arp.sender, at);
        }
        let is_station = !mac.is_group() && mac != MacAddress([0; 6]);
        let is_host = !address.is_unspecified() && !address.is_multicast();
        if !is_station || !is_host || address.is_broadcast() {
            return None;
        }
        if mac.is_virtual_router() || self.moving.contains(&address) {
            return None;
        }
        if self.own.len() < MAX_ADDRESSES || self.own.contains_key(&mac) {
            let own = self.own.entry(mac).or_default();
            if own.len() < MAX_OWN {
                own.entry(address).or_insert(at.number);
            }
        }
        let known = self.address(address)?;
        known.claim(arp, at)
    }

    /// Somebody sent an IP packet from this address.
    pub(super) fn spoke(&mut self, address: Ipv4Addr, mac: MacAddress, at: PacketRef) {
        if let Some(known) = self.address(address) {
            known.speaker = Some((mac, at));
        }
    }

    /// DHCP gave this address to a station: whoever had it before has it no more.
    pub(super) fn lease(&mut self, address: Ipv4Addr, mac: MacAddress) {
        if let Some(known) = self.addresses.get_mut(&address) {
            known.claimants.retain(|claimant| claimant.mac == mac);
            known.speaker = None;
            known.turns.clear();
            known.last = None;
        }
    }

    /// Routers move this address from one to the other.
    pub(super) fn moves(&mut self, address: Ipv4Addr) {
        if self.moving.len() < MAX_ADDRESSES {
            self.moving.insert(address);
        }
    }

    /// DHCP names this router.
    pub(super) fn router(&mut self, address: Ipv4Addr) {
        if self.routers.len() < MAX_ADDRESSES {
            self.routers.insert(address);
        }
    }

    pub(super) fn is_router(&self, address: Ipv4Addr) -> bool {
        self.routers.contains(&address)
    }

    pub(super) fn known(&self, address: Ipv4Addr) -> Option<&Address> {
        self.addresses.get(&address)
    }

    /// Other addresses at which a station was seen, with the packets.
    pub(super) fn others(&self, mac: MacAddress, but: Ipv4Addr) -> Vec<(Ipv4Addr, u64)> {
        let own = self.own.get(&mac).into_iter().flatten();
        own.filter(|(address, _)| **address != but).map(|(a, packet)| (*a, *packet)).collect()
    }

    /// Whether two stations share several addresses: two interfaces of one host answer for each
    /// other (Linux does so unless it is told not to).
    pub(super) fn are_one_host(&self, a: MacAddress, b: MacAddress) -> bool {
        let own = |mac| self.own.get(&mac);
        let (Some(a), Some(b)) = (own(a), own(b)) else { return false };
        a.keys().filter(|address| b.contains_key(address)).count() >= 2
    }

    fn address(&mut self, address: Ipv4Addr) -> Option<&mut Address> {
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&address) {
            return None;
        }
        Some(self.addresses.entry(address).or_default())
    }
}

impl Address {
    fn asked(&mut self, mac: MacAddress, at: PacketRef) {
        self.requests.retain(|(other, _)| *other != mac);
        if self.requests.len() >= MAX_QUOTED {
            self.requests.remove(0);
        }
        self.requests.push((mac, at));
    }

    fn claim(&mut self, arp: &ArpPacket, at: PacketRef) -> Option<Claim> {
        let mac = arp.sender;
        let request = self
            .requests
            .iter()
            .find(|(asker, asked)| {
                *asker == arp.target && at.timestamp.since(asked.timestamp) <= ANSWER_NANOS
            })
            .map(|(_, asked)| *asked);
        let before = self.last.replace((mac, at));
        let index = match self.claimants.iter().position(|claimant| claimant.mac == mac) {
            Some(index) => index,
            None if self.claimants.len() >= MAX_CLAIMANTS => return None,
            None => {
                self.claimants.push(Claimant {
                    mac,
                    first: at,
                    last: at,
                    unasked: Vec::new(),
                    unasked_count: 0,
                    victim: None,
                    answered: 0,
                });
                self.claimants.len().saturating_sub(1)
            }
        };
        let claimant = self.claimants.get_mut(index)?;
        claimant.last = at;
        let answers = match request {
            Some(request) if arp.operation == ArpOperation::Reply => {
                let fresh = claimant.answered != request.number;
                claimant.answered = request.number;
                fresh
            }
            _ => false,
        };
        let to_one = !arp.target.is_group()
            && arp.target != MacAddress([0; 6])
            && arp.target != mac
            && arp.target_address != arp.sender_address;
        let is_unasked = arp.operation == ArpOperation::Reply && to_one && !answers;
        if is_unasked {
            let victim = *claimant.victim.get_or_insert(arp.target_address);
            claimant.unasked_count = claimant.unasked_count.saturating_add(1);
            if victim == arp.target_address {
                if claimant.unasked.len() >= MAX_QUOTED {
                    claimant.unasked.remove(0);
                }
                claimant.unasked.push(at);
            }
        }
        let is_turn = before.is_some_and(|(other, then)| {
            other != mac && !answers && at.timestamp.since(then.timestamp) <= TURN_NANOS
        });
        match before {
            Some((other, _)) if other != mac && !is_turn && !answers => self.turns.clear(),
            _ if is_turn && self.turns.len() < MAX_QUOTED => self.turns.push(at.number),
            _ => {}
        }
        Some(Claim { is_unasked, is_turn })
    }

    /// The claimant with this link address.
    pub(super) fn claimant(&self, mac: MacAddress) -> Option<&Claimant> {
        self.claimants.iter().find(|claimant| claimant.mac == mac)
    }

    /// Who else has the address and was heard lately: the link address and the packet.
    pub(super) fn rival(&self, mac: MacAddress, at: PacketRef) -> Option<(MacAddress, PacketRef)> {
        let claimed = self.claimants.iter().map(|claimant| (claimant.mac, claimant.last));
        claimed
            .chain(self.speaker)
            .filter(|(other, _)| *other != mac && !other.is_virtual_router())
            .filter(|(_, last)| at.timestamp.since(last.timestamp) <= ALIVE_NANOS)
            .max_by_key(|(_, last)| last.number)
    }
}

impl Claimant {
    /// The mean interval in nanoseconds, if the last `count` unasked replies came at a steady beat.
    pub(super) fn beat(&self, count: usize) -> Option<i64> {
        let start = self.unasked.len().checked_sub(count)?;
        let last = self.unasked.get(start..)?;
        let intervals = || {
            last.windows(2).filter_map(|pair| match pair {
                [a, b] => Some(b.timestamp.since(a.timestamp)),
                _ => None,
            })
        };
        let (shortest, longest) = (intervals().min()?, intervals().max()?);
        let steady =
            longest.saturating_sub(shortest) <= shortest.saturating_div(2).max(200_000_000);
        let in_range = BEAT_NANOS.contains(&shortest) && BEAT_NANOS.contains(&longest);
        let total = last.last()?.timestamp.since(last.first()?.timestamp);
        let mean = total.checked_div(i64::try_from(count.checked_sub(1)?).ok()?)?;
        (steady && in_range).then_some(mean)
    }
}
