//! What is known so far, for all views: one module for each kind of thing. Facts and findings come
//! in; nothing is judged here beyond what `detect` says.
//!
//! Everything is bounded: findings by the ledger, exchanges, whole sessions and notes by bytes or
//! number, hosts and clients by number.

mod changes;
pub(crate) mod clients;
pub(crate) mod ended;
pub(crate) mod exchanges;
pub(crate) mod findings;
pub(crate) mod hosts;
pub(crate) mod notes;
pub(crate) mod sessions;
pub(crate) mod timeline;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use detect::baseline::Baseline;
use detect::pins::Pins;
use detect::{Finding, NotObservable};
use dissect::{
    DhcpMessage, Exchange, Flow, LanMessage, MacAddress, PacketRef, Session, Stage, Timestamp,
    Weird,
};

use self::clients::Clients;
use self::exchanges::Exchanges;
use self::findings::Findings;
use self::hosts::Hosts;
use self::notes::Notes;
use self::sessions::{News, Sessions};
use self::timeline::Timeline;
use crate::list::Id;

/// Most devices whose names are remembered until they have an address.
const MAX_DEVICES: usize = 10_000;

/// All that is known.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) findings: Findings,
    pub(crate) hosts: Hosts,
    pub(crate) sessions: Sessions,
    pub(crate) exchanges: Exchanges,
    pub(crate) clients: Clients,
    pub(crate) timeline: Timeline,
    pub(crate) notes: Notes,
    pub(crate) not_observable: Vec<NotObservable>,
    /// What is normal, if somebody said so.
    pub(crate) baseline: Baseline,
    /// Keys that hosts must present, if somebody said so.
    pub(crate) pins: Pins,
    joining: HashMap<MacAddress, String>,
}

impl Store {
    /// Nothing yet, beside what is normal.
    pub(crate) fn new(baseline: Baseline, pins: Pins) -> Self {
        let mut known = BTreeMap::new();
        for (name, app) in &baseline.apps {
            // An app without a name goes by its fingerprint, which says nothing new.
            for ja4 in app.ja4s.iter().filter(|ja4| *ja4 != name) {
                known.insert(ja4.clone(), name.clone());
            }
        }
        Self { clients: Clients::new(known), baseline, pins, ..Self::default() }
    }

    /// A finding is new, or was seen again.
    pub(crate) fn finding(&mut self, finding: Finding) {
        let label = finding.subject.label();
        let at = finding.first_seen.timestamp;
        let put = self.findings.put(finding);
        let Some(finding) = self.findings.get(put.entry) else { return };
        if let Some(host) = self.hosts.id(&label, at) {
            self.hosts.finding(host, finding, put.entry, put.is_new);
        }
        self.clients.finding(finding, put);
        if put.is_new {
            self.timeline.finding(at, finding.severity);
        }
    }

    /// A session has reached a stage.
    pub(crate) fn session(
        &mut self,
        stage: Stage,
        session: Arc<Session>,
        flow: Option<Arc<Flow>>,
        packet: PacketRef,
    ) {
        let server = || flow.as_ref().map(|flow| flow.server.to_string()).unwrap_or_default();
        let name = session.host().filter(|host| !host.is_empty());
        let name = name.map_or_else(server, |name| name.trim_end_matches('.').to_owned());
        let at = packet.timestamp;
        let host_id = self.hosts.id(&name, at);
        let host = host_id.and_then(|id| self.host_name(id)).unwrap_or_else(|| name.into());
        let client = flow.as_ref().map(|flow| flow.client.address);
        let client_id = client.and_then(|client| self.clients.id(client, session.ja4(), at));
        if stage == Stage::Ended {
            let hello = session.client_hello.as_ref().map(|hello| hello.packets.first);
            let first = hello.unwrap_or(packet);
            if let Some(host) = host_id {
                self.hosts.session(host, &session, first, at);
            }
            if let Some(client) = client_id {
                self.clients.session(client, host_id, first.timestamp, at);
            }
        }
        let news = News { stage, session, flow, packet, host, host_id, client_id };
        self.sessions.put(&news);
    }

    fn host_name(&self, id: Id) -> Option<Arc<str>> {
        use crate::list::Table as _;
        self.hosts.item(id).map(|host| Arc::clone(&host.name))
    }

    /// A request with its response.
    pub(crate) fn exchange(&mut self, exchange: Arc<Exchange>, flow: Option<Arc<Flow>>) {
        let at = exchange.request.packets.first.timestamp;
        let host = exchange.host().filter(|host| !host.is_empty());
        let host = host.and_then(|host| self.hosts.id(host, at));
        if let Some(host) = host {
            self.hosts.exchange(host, at);
        }
        // Who asked is not in a HAR file.
        let client = flow.as_ref().filter(|_| exchange.connection.told.is_none());
        let session = exchange.connection.session.as_ref();
        let ja4 = session.and_then(|session| session.ja4());
        if let Some(id) = client.and_then(|flow| self.clients.id(flow.client.address, ja4, at)) {
            self.clients.exchange(id, host, &exchange, at);
        }
        self.exchanges.put(exchange, flow);
    }

    /// An anomaly.
    pub(crate) fn weird(&mut self, weird: &Weird, at: PacketRef, flow: Option<Arc<Flow>>) {
        self.notes.weird(weird, at, flow);
    }

    /// A message about the link: a device may say its name.
    pub(crate) fn lan(&mut self, message: &LanMessage) {
        if let LanMessage::Dhcp(message) = message {
            self.dhcp(message);
        }
    }

    fn dhcp(&mut self, message: &DhcpMessage) {
        if let Some(name) = &message.hostname
            && self.joining.len() < MAX_DEVICES
        {
            self.joining.insert(message.client, name.clone());
        }
        let assigned = message.assigned_address;
        if let Some(name) = self.joining.get(&message.client)
            && !assigned.is_unspecified()
        {
            self.clients.device(assigned.into(), name);
        }
    }

    /// Packets of about this time.
    pub(crate) fn traffic(&mut self, at: Timestamp, packets: u64, bytes: u64) {
        self.timeline.traffic(at, packets, bytes);
    }

    /// All that could not be seen so far.
    pub(crate) fn not_observable(&mut self, list: Vec<NotObservable>) {
        self.notes.not_observable(&list);
        self.not_observable = list;
    }
}
