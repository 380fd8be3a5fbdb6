//! What clients did with which hosts, as far as it helps to tell a refusal from a whim.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dissect::{Record, Session};
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
    host: String,
}

impl Place {
    /// Of a session's record.
    pub(super) fn of(record: &Record, session: &Session) -> Option<Self> {
        let flow = record.flow.as_ref()?;
        let host = draft::host(session).map(str::to_owned);
        let host = host.unwrap_or_else(|| flow.server.to_string());
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
    silent: Silent,
}

impl Conduct {
    /// Whether the client left without a word, was never served, and never left before.
    const fn is_doubtful(&self) -> bool {
        !self.accepted && !self.fickle && self.silent.times > 0
    }
}

/// How often a client left without a word.
#[derive(Default)]
pub(super) struct Silent {
    /// How often.
    pub(super) times: u64,
    /// How often is enough.
    needed: u64,
    /// What would be raised.
    pub(super) sightings: Vec<Sighting>,
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
            conduct.silent.sightings.clear();
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

    /// The client left without a word; that often is enough to raise it.
    pub(super) fn left(&mut self, place: Place, needed: u64, sighting: Sighting) {
        let Some(conduct) = self.conduct(place) else { return };
        let silent = &mut conduct.silent;
        silent.needed = if silent.times == 0 { needed } else { silent.needed.min(needed) };
        silent.times = silent.times.saturating_add(1);
        if !conduct.accepted && silent.sightings.len() < MAX_HELD {
            silent.sightings.push(sighting);
        }
    }

    /// Those who left often enough and were never served.
    pub(super) fn convincing(&self) -> impl Iterator<Item = (&Place, &Silent)> {
        let mut of_client: BTreeMap<IpAddr, u64> = BTreeMap::new();
        for (place, conduct) in self.places.iter().filter(|(_, conduct)| conduct.is_doubtful()) {
            let times = of_client.entry(place.client).or_default();
            *times = times.saturating_add(conduct.silent.times);
        }
        let all = self.places.iter();
        all.filter(move |(place, conduct)| {
            let times = of_client.get(&place.client).copied().unwrap_or_default();
            conduct.is_doubtful() && times >= conduct.silent.needed
        })
        .map(|(place, conduct)| (place, &conduct.silent))
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
        let first = Place { client: place.client, host: String::new() };
        let of_client = self.places.range(first..).take_while(|(at, _)| at.client == place.client);
        let served = of_client.filter(|(at, conduct)| *at != place && conduct.accepted);
        let hosts: Vec<&str> = served.map(|(at, _)| at.host.as_str()).collect();
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
