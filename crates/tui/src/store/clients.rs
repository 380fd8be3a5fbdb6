//! Apps and devices: who asked. A row is one way of saying hello (JA4) from one address: usually one
//! app on one phone, and named by what it calls itself or by the baseline.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use detect::filter::{Field, Fields};
use detect::{Finding, Severity};
use dissect::{Exchange, Timestamp};

use super::changes::Changes;
use super::findings::{Entry, Put};
use super::sessions::address_key;
use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::widgets::columns::Column;
use crate::widgets::line::Side;

/// Most rows.
const MAX_CLIENTS: usize = 100_000;

/// Most names of apps in a row.
const MAX_APPS: usize = 8;

/// Most hosts that are told apart in a row.
const MAX_HOSTS: usize = 256;

/// Most findings of a row that are named.
const MAX_FINDINGS: usize = 200;

/// Longest name of an app or a device that is kept, in bytes.
const MAX_NAME: usize = 120;

/// The rules that say that a client let somebody in.
const ACCEPTED: [&str; 2] = ["channel/interception-accepted", "channel/bad-certificate-accepted"];

/// The rule that says that a client did not.
const REFUSED: &str = "channel/certificate-refused";

/// One app on one device.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Where it called from.
    pub(crate) address: IpAddr,
    /// How it says hello.
    pub(crate) ja4: Option<Arc<str>>,
    /// What the baseline calls it.
    pub(crate) known: Option<String>,
    /// What it calls itself (User-Agent).
    pub(crate) apps: BTreeSet<String>,
    /// What it says that it runs on (User-Agent).
    pub(crate) platform: Option<String>,
    /// Hosts that it spoke to.
    pub(crate) hosts: BTreeSet<Id>,
    /// Sessions.
    pub(crate) sessions: u32,
    /// Requests.
    pub(crate) exchanges: u32,
    /// How often it let somebody in.
    pub(crate) accepted: u32,
    /// How often it did not.
    pub(crate) refused: u32,
    /// Its findings, in the order in which they came.
    pub(crate) findings: Vec<Entry>,
    /// How many there are.
    pub(crate) finding_count: u32,
    /// The worst of them.
    pub(crate) worst: Option<Severity>,
    /// When it was seen first.
    pub(crate) first: Timestamp,
    /// When it was seen last.
    pub(crate) last: Timestamp,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    rows: Vec<Client>,
    by_hello: HashMap<(IpAddr, Option<Arc<str>>), Id>,
    by_address: HashMap<IpAddr, Id>,
    /// Apps of the baseline, by fingerprint.
    known: BTreeMap<String, String>,
    /// Names that devices gave themselves when they joined the network.
    devices: HashMap<IpAddr, String>,
    /// An app got a name.
    named: bool,
    pub(crate) changes: Changes,
}

impl Clients {
    /// None yet; `known` are the apps of a baseline, by JA4.
    pub(crate) fn new(known: BTreeMap<String, String>) -> Self {
        Self { known, ..Self::default() }
    }

    /// The row of this client, which is there from now on; `None` if there are too many.
    pub(crate) fn id(
        &mut self,
        address: IpAddr,
        ja4: Option<&Arc<str>>,
        at: Timestamp,
    ) -> Option<Id> {
        if let Some(id) = self.by_hello.get(&(address, ja4.cloned())) {
            return Some(*id);
        }
        if self.rows.len() >= MAX_CLIENTS {
            return None;
        }
        let id = Id::try_from(self.rows.len()).ok()?;
        self.by_hello.insert((address, ja4.cloned()), id);
        self.by_address.entry(address).or_insert(id);
        self.rows.push(Client {
            address,
            ja4: ja4.cloned(),
            known: ja4.and_then(|ja4| self.known.get(&**ja4)).cloned(),
            apps: BTreeSet::new(),
            platform: None,
            hosts: BTreeSet::new(),
            sessions: 0,
            exchanges: 0,
            accepted: 0,
            refused: 0,
            findings: Vec::new(),
            finding_count: 0,
            worst: None,
            first: at,
            last: at,
        });
        Some(id)
    }

    /// A session of it has ended.
    pub(crate) fn session(&mut self, id: Id, host: Option<Id>, first: Timestamp, at: Timestamp) {
        let Some(client) = self.rows.get_mut(id as usize) else { return };
        client.meet(first, at);
        client.reach(host);
        client.sessions = client.sessions.saturating_add(1);
        self.changes.touch(id);
    }

    /// It sent a request.
    pub(crate) fn exchange(
        &mut self,
        id: Id,
        host: Option<Id>,
        exchange: &Exchange,
        at: Timestamp,
    ) {
        let Some(client) = self.rows.get_mut(id as usize) else { return };
        client.meet(at, at);
        client.reach(host);
        client.exchanges = client.exchanges.saturating_add(1);
        if let Some(agent) = exchange.request.headers.first("user-agent") {
            self.named |= client.call_itself(agent);
        }
        self.changes.touch(id);
    }

    /// A finding is about it.
    pub(crate) fn finding(&mut self, finding: &Finding, put: Put) {
        let Some(address) = finding.subject.client else { return };
        let ja4 = finding.session.as_ref().and_then(|session| session.ja4());
        let at = finding.first_seen.timestamp;
        // A finding about requests does not say which hello they came behind.
        let id = match (ja4, self.by_address.get(&address)) {
            (None, Some(id)) => Some(*id),
            _ => self.id(address, ja4, at),
        };
        let Some(client) = id.and_then(|id| self.rows.get_mut(id as usize)) else { return };
        client.meet(at, finding.last_seen.timestamp);
        client.worst = client.worst.max(Some(finding.severity));
        if put.is_new {
            client.finding_count = client.finding_count.saturating_add(1);
            if client.findings.len() < MAX_FINDINGS {
                client.findings.push(put.entry);
            }
        }
        let more = u32::try_from(put.more).unwrap_or(u32::MAX);
        if ACCEPTED.contains(&finding.rule.id) {
            client.accepted = client.accepted.saturating_add(more);
        } else if finding.rule.id == REFUSED {
            client.refused = client.refused.saturating_add(more);
        }
        if let Some(id) = id {
            self.changes.touch(id);
        }
    }

    /// A device joined the network under this name.
    pub(crate) fn device(&mut self, address: IpAddr, name: &str) {
        if self.devices.len() < MAX_CLIENTS {
            self.devices.insert(address, cut(name));
        }
    }

    /// What the device of this address is called, or says that it is.
    pub(crate) fn device_words(&self, client: &Client) -> String {
        let name = self.devices.get(&client.address).cloned();
        match (name, &client.platform) {
            (Some(name), Some(platform)) => format!("{name} ({platform})"),
            (Some(name), None) => name,
            (None, platform) => platform.clone().unwrap_or_default(),
        }
    }

    /// The row of an address with this hello; without a hello, the first of the address.
    pub(crate) fn row(&self, address: IpAddr, ja4: Option<&Arc<str>>) -> Option<&Client> {
        match (ja4, self.by_address.get(&address)) {
            (None, Some(id)) => self.item(*id),
            _ => self.item(*self.by_hello.get(&(address, ja4.cloned()))?),
        }
    }

    /// What the app of an address with this hello is called.
    pub(crate) fn app(&self, address: IpAddr, ja4: Option<&Arc<str>>) -> Option<String> {
        self.row(address, ja4)?.name()
    }

    /// Whether an app got a name since this was asked last: what filters say of apps may be another
    /// thing now.
    pub(crate) fn take_named(&mut self) -> bool {
        std::mem::take(&mut self.named)
    }
}

impl Client {
    fn meet(&mut self, first: Timestamp, last: Timestamp) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    fn reach(&mut self, host: Option<Id>) {
        if let Some(host) = host
            && self.hosts.len() < MAX_HOSTS
        {
            self.hosts.insert(host);
        }
    }

    /// Takes in a User-Agent: `ShopApp/3.2 (Android 14; Pixel 8) okhttp/4.12`. Says whether that gave
    /// the app a name.
    fn call_itself(&mut self, agent: &str) -> bool {
        let product = agent.split([' ', '(']).next().unwrap_or_default();
        let has_room = !product.is_empty() && self.apps.len() < MAX_APPS;
        let is_new = has_room && !self.apps.contains(product) && self.apps.insert(cut(product));
        if self.platform.is_none()
            && let Some((_, rest)) = agent.split_once('(')
            && let Some((comment, _)) = rest.split_once(')')
        {
            self.platform = Some(cut(comment));
        }
        is_new
    }

    /// The app's name, as far as one is known.
    pub(crate) fn name(&self) -> Option<String> {
        let apps = || self.apps.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.known.clone().or_else(|| (!self.apps.is_empty()).then(apps))
    }
}

/// The beginning of a name.
fn cut(name: &str) -> String {
    let end = name.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_NAME).last();
    match end {
        Some(end) if name.len() > MAX_NAME => name.get(..end).unwrap_or_default().to_owned(),
        _ => name.trim().to_owned(),
    }
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const CLIENT: usize = 0;
    pub(crate) const APP: usize = 1;
    pub(crate) const INTERCEPTOR: usize = 2;
    pub(crate) const DEVICE: usize = 3;
    pub(crate) const FINDINGS: usize = 4;
    pub(crate) const HOSTS: usize = 5;
    pub(crate) const SESSIONS: usize = 6;
    pub(crate) const REQUESTS: usize = 7;
    pub(crate) const LAST: usize = 8;
    pub(crate) const JA4: usize = 9;
}

impl Table for Clients {
    type Item = Client;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "client", least: 12, enough: 15, most: 24, rank: 2, side: Side::Left },
        Column { title: "app", least: 14, enough: 16, most: 40, rank: 0, side: Side::Left },
        Column { title: "interceptor", least: 12, enough: 18, most: 26, rank: 1, side: Side::Left },
        Column { title: "device", least: 10, enough: 14, most: 32, rank: 6, side: Side::Left },
        Column { title: "findings", least: 8, enough: 8, most: 8, rank: 3, side: Side::Right },
        Column { title: "hosts", least: 5, enough: 5, most: 6, rank: 5, side: Side::Right },
        Column { title: "sessions", least: 8, enough: 8, most: 8, rank: 4, side: Side::Right },
        Column { title: "requests", least: 8, enough: 8, most: 8, rank: 7, side: Side::Right },
        Column { title: "last UTC", least: 8, enough: 8, most: 19, rank: 8, side: Side::Left },
        Column { title: "JA4", least: 36, enough: 36, most: 36, rank: 9, side: Side::Left },
    ];

    fn end(&self) -> Id {
        Id::try_from(self.rows.len()).unwrap_or(Id::MAX)
    }

    fn item(&self, id: Id) -> Option<&Client> {
        self.rows.get(id as usize)
    }

    fn key(&self, client: &Client, column: usize) -> u64 {
        match column {
            column::APP => prefix(&client.name().unwrap_or_default()),
            // Whoever let somebody in comes first.
            column::INTERCEPTOR => {
                let refused = u64::from(client.refused);
                u64::MAX.wrapping_sub(u64::from(client.accepted).wrapping_shl(32) | refused)
            }
            column::DEVICE => prefix(&self.device_words(client)),
            column::FINDINGS => client.finding_count.into(),
            column::HOSTS => u64::try_from(client.hosts.len()).unwrap_or(u64::MAX),
            column::SESSIONS => client.sessions.into(),
            column::REQUESTS => client.exchanges.into(),
            column::LAST => time_key(client.last.nanos()),
            column::JA4 => prefix(client.ja4.as_deref().unwrap_or_default()),
            _ => address_key(client.address),
        }
    }

    fn has_ties(&self, _: usize) -> bool {
        true
    }

    fn tie(&self, one: &Client, other: &Client, _: usize) -> Ordering {
        (one.address, &one.ja4).cmp(&(other.address, &other.ja4))
    }

    fn passes(&self, client: &Client, sieve: &Sieve, _: &Clients) -> bool {
        let is_problem = client.worst >= Some(Severity::Medium);
        sieve.lets(client.first, client.last, is_problem) && sieve.filter.matches(client)
    }
}

impl Fields for Client {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::App => {
                self.known.iter().chain(&self.apps).chain(&self.platform).any(|name| see(name))
            }
            Field::Client => see(&self.address.to_string()),
            Field::Ja4 => self.ja4.as_deref().is_some_and(see),
            _ => false,
        }
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        see(self.address)
    }

    fn severity(&self) -> Option<Severity> {
        self.worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn an_app_is_an_address_and_a_hello() {
        let mut clients = Clients::new([("t13d".to_owned(), "shop".to_owned())].into());
        let at = Timestamp::default();
        let ja4: Arc<str> = "t13d".into();
        let one = clients.id(PHONE, Some(&ja4), at).unwrap();
        let other = clients.id(PHONE, None, at).unwrap();
        assert_ne!(one, other);
        assert_eq!(clients.id(PHONE, Some(&ja4), at), Some(one));
        assert_eq!(clients.item(one).unwrap().name().as_deref(), Some("shop"));
        assert_eq!(clients.item(other).unwrap().name(), None);
    }

    #[test]
    fn user_agents_name_app_and_platform() {
        for (agent, app, platform) in [
            (
                "ShopApp/3.2 (Android 14; Pixel 8) okhttp/4.12",
                "ShopApp/3.2",
                Some("Android 14; Pixel 8"),
            ),
            ("okhttp/4.12.0", "okhttp/4.12.0", None),
            ("curl/8.1 (", "curl/8.1", None),
        ] {
            let mut clients = Clients::default();
            let id = clients.id(PHONE, None, Timestamp::default()).unwrap();
            let client = clients.rows.get_mut(id as usize).unwrap();
            client.call_itself(agent);
            assert_eq!(client.name().as_deref(), Some(app));
            assert_eq!(client.platform.as_deref(), platform);
        }
    }
}
