//! The detection stage: feeds each record to every detector and keeps the ledger.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use dissect::{Fact, Observed, Reason, Record, Stage};

use crate::call::Call;
use crate::call::connections::Connections;
use crate::call::names::Names;
use crate::comparison::Comparison;
use crate::detector::{Detector, Kinds, Scene, Sighting};
use crate::detectors::DETECTORS;
use crate::har;
use crate::host_names::HostNames;
use crate::ledger::{Change, Ledger, MAX_FINDINGS, finding_id};
use crate::loopback;
use crate::policy::Decision;
use crate::settings::{Known, Settings};
use crate::trust::Trust;

/// All detectors, their shared state, and what they found.
pub struct Detection {
    detectors: Vec<Box<dyn Detector>>,
    /// Which detectors look at a kind of record, by its place.
    watchers: [Vec<usize>; Kinds::COUNT],
    known: Known,
    input: usize,
    /// Number of the HAR entry that is looked at.
    entry: Option<u64>,
    names: HostNames,
    connections: Connections,
    /// What names of fields say.
    words: RefCell<Names>,
    trust: Trust,
    ledger: Ledger,
    sightings: Vec<Sighting>,
    changes: Vec<Change>,
    suppressed: BTreeSet<String>,
    policy_notes: BTreeSet<String>,
    not_observable: BTreeMap<(&'static str, Reason), u64>,
    sessions: u64,
    comparison: Option<Comparison>,
    exchanges: u64,
}

/// Something that could not be seen, in how many sessions (of a HAR file: exchanges), and what would
/// help.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotObservable {
    /// `certificates`, `packets`, …
    pub what: &'static str,
    /// Why.
    pub why: Reason,
    /// How many sessions; of a HAR file, how many exchanges.
    pub sessions: u64,
    /// What would make it visible; `None` if nothing would.
    pub remedy: Option<&'static str>,
}

impl Detection {
    /// Every detector of the registry, without state.
    pub fn new(settings: Settings) -> Self {
        Self {
            detectors: DETECTORS.iter().map(|registration| (registration.build)()).collect(),
            watchers: std::array::from_fn(watchers_of),
            known: settings.known,
            input: 0,
            entry: None,
            names: HostNames::default(),
            connections: Connections::default(),
            words: RefCell::default(),
            trust: Trust::new(settings.extra_roots, settings.extra_ct_log_ids),
            ledger: Ledger::new(settings.held_sessions),
            sightings: Vec::new(),
            changes: Vec::new(),
            suppressed: BTreeSet::new(),
            policy_notes: BTreeSet::new(),
            not_observable: BTreeMap::new(),
            sessions: 0,
            comparison: None,
            exchanges: 0,
        }
    }

    /// The records that follow come from this input: evidence counts its packets.
    pub fn begin_input(&mut self, input: usize) {
        self.input = input;
        // Another capture may be of another network with the same private addresses.
        self.names = HostNames::default();
        self.ledger.begin_input(input);
    }

    /// The input is over; returns what that changed in the ledger.
    pub fn end_input(&mut self) -> &[Change] {
        self.ask(None);
        &self.changes
    }

    /// Shows one record to every detector; returns what it changed in the ledger.
    pub fn observe(&mut self, record: &Record) -> &[Change] {
        self.count(record);
        self.names.observe(record);
        self.entry = har::entry(record);
        self.ask(Some(record));
        self.entry = None;
        &self.changes
    }

    /// Asks those who watch its kind about a record, or all about the end of the input.
    fn ask(&mut self, record: Option<&Record>) {
        self.changes.clear();
        let call = record.and_then(|record| Call::of(record, &self.known.policy));
        let call = call.map(|call| call.among(&mut self.connections, &self.words));
        let mut scene = Scene {
            call: call.as_ref(),
            known: &self.known,
            input: self.input,
            trust: &mut self.trust,
            comparison: &mut self.comparison,
            ledger: &self.ledger,
            sightings: &mut self.sightings,
        };
        match record {
            Some(record) => {
                let watchers = self.watchers.get(Kinds::place(&record.fact));
                for at in watchers.into_iter().flatten() {
                    if let Some(detector) = self.detectors.get_mut(*at) {
                        detector.observe(record, &mut scene);
                    }
                }
            }
            None => self.detectors.iter_mut().for_each(|it| it.end_of_input(&mut scene)),
        }
        let policy = &self.known.policy;
        for mut sighting in self.sightings.drain(..) {
            name_host(&mut sighting, &self.names);
            if let Some(entry) = self.entry {
                har::name_entry(&mut sighting, entry);
            }
            loopback::mitigate(&mut sighting);
            if !policy.is_empty() {
                let id = finding_id(&sighting);
                let decision = policy.apply(&mut sighting, &id, &mut |note| {
                    self.policy_notes.insert(note);
                });
                if decision == Decision::Suppress {
                    if self.suppressed.len() < MAX_FINDINGS {
                        self.suppressed.insert(id);
                    }
                    continue;
                }
            }
            self.changes.push(self.ledger.add(sighting));
        }
    }

    /// The findings so far.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How many findings the policy's suppressions left out.
    pub fn suppressed(&self) -> u64 {
        u64::try_from(self.suppressed.len()).unwrap_or(u64::MAX)
    }

    /// What of the policy would have counted but has expired: permissions and suppressions.
    pub fn policy_notes(&self) -> impl Iterator<Item = &str> {
        self.policy_notes.iter().map(String::as_str)
    }

    /// Sessions that ended so far.
    pub const fn sessions(&self) -> u64 {
        self.sessions
    }

    /// What comparing two vantage points gave; `None` unless both were read to their end.
    pub const fn comparison(&self) -> Option<Comparison> {
        self.comparison
    }

    /// HTTP exchanges so far.
    pub const fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// What could not be seen, by what and why.
    pub fn not_observable(&self) -> Vec<NotObservable> {
        self.not_observable
            .iter()
            .map(|(&(what, why), &sessions)| NotObservable {
                what,
                why,
                sessions,
                remedy: remedy(why),
            })
            .collect()
    }

    fn count(&mut self, record: &Record) {
        if let Fact::Exchange(exchange) = &record.fact {
            self.exchanges = self.exchanges.saturating_add(1);
            if exchange.connection.told.is_some() {
                let exchanges = self.not_observable.entry(("packets", Reason::Har)).or_default();
                *exchanges = exchanges.saturating_add(1);
            }
        }
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        self.sessions = self.sessions.saturating_add(1);
        let certificates = match session.certificates {
            Observed::Seen(_) => None,
            Observed::NotObservable(why) => Some(("certificates", why)),
        };
        let contents = session.unread.map(|why| ("application-data", why));
        for missing in certificates.into_iter().chain(contents) {
            let sessions = self.not_observable.entry(missing).or_default();
            *sessions = sessions.saturating_add(1);
        }
    }
}

/// The detectors that look at records of the kind with this place.
fn watchers_of(place: usize) -> Vec<usize> {
    let watching = DETECTORS.iter().map(|registration| registration.watches.has(place));
    (0..).zip(watching).filter_map(|(at, watches)| watches.then_some(at)).collect()
}

/// Where nothing in the traffic named the host, the client's own question to DNS does.
fn name_host(sighting: &mut Sighting, names: &HostNames) {
    let subject = &mut sighting.subject;
    if let (None, Some(client), Some(server)) = (&subject.host, subject.client, subject.server) {
        let name = names.name(client, server.address, sighting.packet.timestamp);
        subject.host = name.map(str::to_owned);
    }
}

/// What would make it visible.
const fn remedy(why: Reason) -> Option<&'static str> {
    match why {
        Reason::NoKey => {
            Some("add the key log of the program that made the session, from its start")
        }
        Reason::Har => Some("capture packets"),
        Reason::Tls13Encrypted => Some("capture with a key log"),
        Reason::UndecryptableSuite => Some("let the server choose AES-GCM or ChaCha20-Poly1305"),
        Reason::Gap => Some("capture closer to the phone, with a larger buffer and snap length"),
        Reason::NotReached => Some("start the capture before the app connects"),
        Reason::Resumed => Some("start the app afresh, so that it makes a full handshake"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dissect::{
        DnsData, DnsMessage, DnsProtocol, DnsQuestion, DnsRecord, Endpoint, Flow, FlowId,
        PacketRef, RecordOrder, Transport,
    };

    use super::*;
    use crate::detectors::testing::sighting;

    fn end(address: &str, port: u16) -> Endpoint {
        Endpoint { address: address.parse().unwrap(), port }
    }

    /// An answer of DNS: `api.shop.test` is 203.0.113.5.
    fn looked_up() -> Record {
        let (name, at) = (String::from("api.shop.test"), PacketRef::default());
        let data = DnsData::Address("203.0.113.5".parse().unwrap());
        let message = DnsMessage {
            at,
            protocol: DnsProtocol::Dns,
            sender: None,
            id: 1,
            is_response: true,
            from_client: false,
            rcode: 0,
            is_truncated: false,
            questions: vec![DnsQuestion { name: name.clone(), kind: 1 }],
            answers: vec![DnsRecord { name, kind: 1, ttl: 60, data }],
        };
        let flow = Flow {
            id: FlowId(1),
            client: end("10.0.0.2", 40_000),
            server: end("10.0.0.1", 53),
            transport: Transport::Udp,
            tunnel: None,
        };
        let order = RecordOrder::default();
        Record { order, packet: at, flow: Some(Arc::new(flow)), fact: Fact::Dns(Arc::new(message)) }
    }

    #[test]
    fn a_sighting_without_a_host_gets_the_name_that_was_looked_up() {
        let mut names = HostNames::default();
        names.observe(&looked_up());
        for (client, host, expected) in [
            ("10.0.0.2", None, Some("api.shop.test")),
            ("10.0.0.2", Some("said.test"), Some("said.test")),
            ("10.0.0.3", None, None),
        ] {
            let rule = "channel/weak-protocol";
            let mut sighting = sighting(rule, (client, "203.0.113.5:443"), host);
            sighting.packet = PacketRef::default();
            name_host(&mut sighting, &names);
            assert_eq!(sighting.subject.host.as_deref(), expected);
        }
    }
}
