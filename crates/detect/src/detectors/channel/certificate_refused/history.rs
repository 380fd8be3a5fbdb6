//! What clients did with which hosts, as far as it helps to tell a refusal from a whim.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dissect::{PacketRef, Record, Session};
use hashbrown::HashSet;

use crate::detector::Sighting;
use crate::detectors::draft;
use crate::digest::Key;
use crate::finding::Evidence;

/// Most pairs of client and host that are remembered; what comes after is judged by itself.
const MAX_PLACES: usize = 16_384;

/// Most sightings that are held back of one client and host.
const MAX_HELD: usize = 16;

/// Most hosts that are named as accepted meanwhile.
const MAX_HOSTS: usize = 5;

/// A client, and the host it asked for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    client: IpAddr,
    host: Box<str>,
}

impl Place {
    /// Of a session's record.
    pub(super) fn of(record: &Record, session: &Session) -> Option<Self> {
        let flow = record.flow.as_ref()?;
        let host = draft::host(session).map(Box::from);
        let host = host.unwrap_or_else(|| flow.server.to_string().into());
        Some(Self { client: flow.client.address, host })
    }

    /// What stands for it in a table.
    fn key(record: &Record, session: &Session) -> Option<Key> {
        let flow = record.flow.as_ref()?;
        // Without a host the server is its name.
        let host = draft::host(session);
        let server = host.is_none().then_some((flow.server.address, flow.server.port));
        Some(Key::of(&(flow.client.address, host, server)))
    }
}

/// What one client did with one host.
#[derive(Default)]
struct Conduct {
    accepted: bool,
    fickle: bool,
    refused: u64,
    /// Few clients leave without a word.
    silent: Option<Box<Silent>>,
}

impl Conduct {
    /// How the client left without a word, if it was never served, and never left before.
    fn doubtful(&self) -> Option<&Silent> {
        self.silent.as_deref().filter(|_| !self.accepted && !self.fickle)
    }
}

/// How often a client left without a word.
#[derive(Default)]
pub(super) struct Silent {
    /// How often.
    pub(super) times: u64,
    /// How often is enough.
    needed: u64,
    /// What would be raised, each for all times that differ in nothing but the packet.
    held: Vec<Held>,
}

/// What would be raised, and the packets on which it would be raised again.
struct Held {
    sighting: Sighting,
    again: Vec<PacketRef>,
}

impl Silent {
    /// What would be raised.
    pub(super) fn sightings(&self) -> impl Iterator<Item = Sighting> {
        self.held.iter().flat_map(|Held { sighting, again }| {
            let again = again.iter().map(|at| Sighting { packet: *at, ..sighting.clone() });
            std::iter::once(sighting.clone()).chain(again)
        })
    }

    /// Holds another back; `key` is its [`Sighting::key`].
    fn hold(&mut self, key: &str, packet: PacketRef, sighting: impl FnOnce() -> Sighting) {
        let held = self.held.iter().map(|held| held.again.len().saturating_add(1));
        if held.fold(0, usize::saturating_add) >= MAX_HELD {
            return;
        }
        match self.held.iter_mut().find(|held| held.sighting.key == key) {
            Some(held) => held.again.push(packet),
            None => self.held.push(Held { sighting: sighting(), again: Vec::new() }),
        }
    }
}

/// What clients did.
#[derive(Default)]
pub(super) struct History {
    places: BTreeMap<Place, Conduct>,
    /// Places at which the client was served: that it was so again changes nothing.
    served: HashSet<Key>,
}

impl History {
    fn conduct(&mut self, place: Place) -> Option<&mut Conduct> {
        let full = self.places.len() >= MAX_PLACES && !self.places.contains_key(&place);
        (!full).then(|| self.places.entry(place).or_default())
    }

    /// The client sent data to the host.
    pub(super) fn accepted(&mut self, record: &Record, session: &Session) {
        let Some(key) = Place::key(record, session).filter(|key| !self.served.contains(key)) else {
            return;
        };
        if let Some(conduct) = Place::of(record, session).and_then(|place| self.conduct(place)) {
            conduct.accepted = true;
            // Whoever is served has refused nothing.
            conduct.silent = None;
            self.served.insert(key);
        }
    }

    /// The client left before it was shown anything: it does so for reasons of its own.
    pub(super) fn fickle(&mut self, place: Place) {
        if let Some(conduct) = self.conduct(place) {
            conduct.fickle = true;
        }
    }

    /// The client said no; how often it did by now.
    pub(super) fn refused(&mut self, place: &Place) -> u64 {
        let Some(conduct) = self.conduct(place.clone()) else { return 1 };
        conduct.refused = conduct.refused.saturating_add(1);
        conduct.refused
    }

    /// The client left without a word at this packet; `needed` times are enough to raise it.
    pub(super) fn left(
        &mut self,
        place: Place,
        needed: u64,
        (key, packet): (&str, PacketRef),
        sighting: impl FnOnce() -> Sighting,
    ) {
        let Some(conduct) = self.conduct(place).filter(|conduct| !conduct.accepted) else { return };
        let silent = conduct.silent.get_or_insert_default();
        silent.needed = if silent.times == 0 { needed } else { silent.needed.min(needed) };
        silent.times = silent.times.saturating_add(1);
        silent.hold(key, packet, sighting);
    }

    /// Those who left often enough and were never served.
    pub(super) fn convincing(&self) -> impl Iterator<Item = (&Place, &Silent)> {
        let mut of_client: BTreeMap<IpAddr, u64> = BTreeMap::new();
        let doubtful =
            || self.places.iter().filter_map(|(place, conduct)| Some((place, conduct.doubtful()?)));
        for (place, silent) in doubtful() {
            let times = of_client.entry(place.client).or_default();
            *times = times.saturating_add(silent.times);
        }
        doubtful().filter(move |(place, silent)| {
            of_client.get(&place.client).copied().unwrap_or_default() >= silent.needed
        })
    }

    /// How often the host was refused, and which other hosts the client accepted meanwhile.
    pub(super) fn evidence(&self, place: &Place, times: u64, packets: &[u64]) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let mut say = |fact, value| {
            evidence.push(Evidence { packets: packets.to_vec(), fact, value });
        };
        if times > 1 {
            say("attempts", format!("{times} times for {}, never accepted", place.host));
        }
        let first = Place { client: place.client, host: Box::default() };
        let of_client = self.places.range(first..).take_while(|(at, _)| at.client == place.client);
        let served = of_client.filter(|(at, conduct)| *at != place && conduct.accepted);
        let hosts: Vec<&str> = served.map(|(at, _)| &*at.host).collect();
        if !hosts.is_empty() {
            let named: Vec<&str> = hosts.iter().copied().take(MAX_HOSTS).collect();
            let more = match hosts.len().saturating_sub(named.len()) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            say("accepted-meanwhile", format!("{}{more}: others pass", named.join(", ")));
        }
        evidence
    }
}
