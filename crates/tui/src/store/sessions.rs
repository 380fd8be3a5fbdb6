//! The sessions: a short row of each, and the session itself while there is room.
//!
//! A row has what the list and the filter need, some 200 bytes. Whole sessions are kept up to
//! [`MAX_BYTES`]; beyond that those that came first are let go, and their rows stay.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use detect::filter::{Field, Fields, OfSession, RESULTS};
use dissect::tls::TlsVersion;
use dissect::tls::registry::cipher_suite_name;
use dissect::{Carrier, Flow, FlowId, PacketRef, Session, Stage};

use super::changes::Changes;
use super::ended::{Ended, ended};
use super::hosts::issuer;
use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::store::clients::Clients;
use crate::widgets::columns::Column;
use crate::widgets::line::Side;

/// Most bytes that whole sessions take, roughly.
pub(crate) const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Most leaves whose issuers are remembered.
const MAX_ISSUERS: usize = 100_000;

/// What a session takes beside its certificates and its hello.
const OVERHEAD: usize = 2048;

/// Most sessions that are open at the same time and still looked for when they go on.
const MAX_OPEN: usize = 100_000;

/// One session.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Between whom.
    pub(crate) flow: Option<Arc<Flow>>,
    /// All of it, while it is kept.
    pub(crate) session: Option<Arc<Session>>,
    /// The packet of its hello, or where it was told.
    pub(crate) first: PacketRef,
    /// Where it was told last.
    pub(crate) last: PacketRef,
    /// Who was asked for.
    pub(crate) host: Arc<str>,
    /// The host's row.
    pub(crate) host_id: Option<Id>,
    /// Who asked: the client's row.
    pub(crate) client_id: Option<Id>,
    /// Fingerprint of the client's hello.
    pub(crate) ja4: Option<Arc<str>>,
    /// What carries it.
    pub(crate) carrier: Carrier,
    /// What the server chose.
    pub(crate) version: Option<TlsVersion>,
    /// What the server chose.
    pub(crate) cipher_suite: Option<u16>,
    /// Who issued the server's certificate, by name; `None` if it could not be read.
    pub(crate) issuer: Option<Arc<str>>,
    /// What came of it.
    pub(crate) ended: Ended,
    /// The same in the words of filters: a bit for each of [`RESULTS`].
    results: u16,
}

/// What is said of a session that goes on or is new.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) stage: Stage,
    pub(crate) session: Arc<Session>,
    pub(crate) flow: Option<Arc<Flow>>,
    pub(crate) packet: PacketRef,
    pub(crate) host: Arc<str>,
    pub(crate) host_id: Option<Id>,
    pub(crate) client_id: Option<Id>,
}

/// All sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    rows: Vec<Row>,
    /// Sessions that may still be told of, by flow and depth within it.
    open: HashMap<(FlowId, usize), Id>,
    /// The latest session of each flow.
    by_flow: HashMap<FlowId, Id>,
    /// Whole ones, by age, each with its bytes.
    whole: VecDeque<(Id, usize)>,
    bytes: usize,
    limit: usize,
    /// Names of issuers, by the digests of leaves.
    issuers: HashMap<[u8; 32], Arc<str>>,
    pub(crate) changes: Changes,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            open: HashMap::new(),
            by_flow: HashMap::new(),
            whole: VecDeque::new(),
            bytes: 0,
            limit: MAX_BYTES,
            issuers: HashMap::new(),
            changes: Changes::default(),
        }
    }
}

impl Sessions {
    /// Takes in what is said of a session.
    pub(crate) fn put(&mut self, news: &News) -> Id {
        let place = news.flow.as_ref().map(|flow| (flow.id, news.session.preludes.len()));
        let known = place.and_then(|place| self.open.get(&place).copied());
        let row = row(news, self.issuer(&news.session));
        let id = match known {
            Some(id) => {
                if let Some(former) = self.rows.get_mut(id as usize) {
                    *former = Row { first: former.first, ..row };
                }
                self.changes.touch(id);
                id
            }
            None => {
                let id = Id::try_from(self.rows.len()).unwrap_or(Id::MAX);
                self.rows.push(row);
                if let Some((flow, _)) = place {
                    self.by_flow.insert(flow, id);
                }
                id
            }
        };
        match (place, news.stage) {
            (Some(place), Stage::Ended) => {
                self.open.remove(&place);
            }
            (Some(place), _) if self.open.len() < MAX_OPEN => {
                self.open.insert(place, id);
            }
            _ => {}
        }
        if news.stage == Stage::Ended {
            self.keep(id, weight(&news.session));
        }
        id
    }

    /// Who issued the leaf. Names are kept once for all sessions with the same leaf.
    fn issuer(&mut self, session: &Session) -> Option<Arc<str>> {
        let leaf = session.certificates.seen()?.value.leaf()?;
        if let Some(name) = self.issuers.get(&leaf.sha256) {
            return Some(Arc::clone(name));
        }
        let name: Arc<str> = issuer(leaf).into();
        if self.issuers.len() < MAX_ISSUERS {
            self.issuers.insert(leaf.sha256, Arc::clone(&name));
        }
        Some(name)
    }

    /// Counts a whole session, and lets go of the oldest ones if there are too many.
    fn keep(&mut self, id: Id, bytes: usize) {
        self.whole.push_back((id, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
        while self.bytes > self.limit {
            let Some((oldest, bytes)) = self.whole.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(bytes);
            if let Some(row) = self.rows.get_mut(oldest as usize) {
                row.session = None;
            }
        }
    }

    /// How many.
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The latest session of this flow.
    pub(crate) fn of_flow(&self, flow: FlowId) -> Option<Id> {
        self.by_flow.get(&flow).copied()
    }
}

fn row(news: &News, issuer: Option<Arc<str>>) -> Row {
    let session = &news.session;
    let hello = session.server_hello.as_ref().map(|hello| &hello.value);
    let first = session.client_hello.as_ref().map(|hello| hello.packets.first);
    Row {
        flow: news.flow.clone(),
        session: Some(Arc::clone(session)),
        first: first.filter(|first| first.number > 0).unwrap_or(news.packet),
        last: news.packet,
        host: Arc::clone(&news.host),
        host_id: news.host_id,
        client_id: news.client_id,
        ja4: session.ja4().cloned(),
        carrier: session.carrier,
        version: session.version(),
        cipher_suite: hello.map(|hello| hello.cipher_suite),
        issuer,
        ended: if news.stage == Stage::Ended { ended(session) } else { Ended::Open },
        results: results(session),
    }
}

/// What a filter is answered that asks how it ended.
fn results(session: &Session) -> u16 {
    let mut bits = 0;
    OfSession { session, flow: None }.texts(Field::Result, &mut |said| {
        for (place, word) in (0_u32..).zip(RESULTS) {
            bits |= u16::from(word == said).wrapping_shl(place);
        }
        false
    });
    bits
}

impl Row {
    /// `TLS 1.3`, `QUIC v1`; empty where no version was chosen.
    pub(crate) fn version_words(&self) -> String {
        match (self.carrier, self.version) {
            (Carrier::Quic { version: 1 }, _) => String::from("QUIC v1"),
            (Carrier::Quic { version: 0x6b33_43cf }, _) => String::from("QUIC v2"),
            (Carrier::Quic { .. }, _) => String::from("QUIC"),
            (_, Some(TlsVersion::TLS10)) => String::from("TLS 1.0"),
            (_, Some(version)) => version.to_string(),
            (_, None) => String::new(),
        }
    }

    const fn carrier_word(&self) -> &'static str {
        match self.carrier {
            Carrier::Dtls => "DTLS",
            Carrier::Quic { .. } => "QUIC",
            Carrier::Tcp => "TLS",
        }
    }

    /// The chosen cipher suite by name.
    pub(crate) fn cipher_words(&self) -> String {
        let name = |suite| cipher_suite_name(suite).map(str::to_owned);
        let suite = self.cipher_suite;
        suite.map_or_else(String::new, |it| name(it).unwrap_or_else(|| format!("{it:#06x}")))
    }

    fn is_problem(&self) -> bool {
        !matches!(self.ended, Ended::Completed | Ended::Open | Ended::Resumed)
    }
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const TIME: usize = 0;
    pub(crate) const HOST: usize = 1;
    pub(crate) const VERSION: usize = 2;
    pub(crate) const RESULT: usize = 3;
    pub(crate) const ISSUER: usize = 4;
    pub(crate) const CLIENT: usize = 5;
    pub(crate) const JA4: usize = 6;
    pub(crate) const CIPHER: usize = 7;
    pub(crate) const SERVER: usize = 8;
}

impl Table for Sessions {
    type Item = Row;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "UTC", least: 8, enough: 8, most: 12, rank: 3, side: Side::Left },
        Column { title: "host (SNI)", least: 16, enough: 20, most: 44, rank: 0, side: Side::LeftKeepEnd },
        Column { title: "version", least: 8, enough: 8, most: 8, rank: 2, side: Side::Left },
        Column { title: "result", least: 14, enough: 19, most: 32, rank: 1, side: Side::Left },
        Column { title: "issuer", least: 10, enough: 14, most: 32, rank: 4, side: Side::Left },
        Column { title: "client", least: 9, enough: 15, most: 24, rank: 5, side: Side::LeftKeepEnd },
        Column { title: "JA4", least: 36, enough: 36, most: 36, rank: 6, side: Side::Left },
        Column { title: "cipher suite", least: 22, enough: 28, most: 40, rank: 7, side: Side::LeftKeepEnd },
        Column { title: "server", least: 18, enough: 20, most: 28, rank: 8, side: Side::Left },
    ];

    fn end(&self) -> Id {
        Id::try_from(self.rows.len()).unwrap_or(Id::MAX)
    }

    fn item(&self, id: Id) -> Option<&Row> {
        self.rows.get(id as usize)
    }

    fn key(&self, row: &Row, column: usize) -> u64 {
        let number = |end: Option<dissect::Endpoint>| end.map_or(0, |end| address_key(end.address));
        match column {
            column::HOST => prefix(&row.host),
            column::VERSION => row.version.map_or(0, |version| version.0.into()),
            column::RESULT => row.ended.rank(),
            column::CLIENT => number(row.flow.as_ref().map(|flow| flow.client)),
            column::SERVER => number(row.flow.as_ref().map(|flow| flow.server)),
            column::JA4 => prefix(row.ja4.as_deref().unwrap_or_default()),
            column::CIPHER => row.cipher_suite.map_or(0, u64::from),
            column::ISSUER => prefix(row.issuer.as_deref().unwrap_or_default()),
            _ => match row.first.number {
                0 => time_key(row.first.timestamp.nanos()),
                number => number,
            },
        }
    }

    fn has_ties(&self, column: usize) -> bool {
        matches!(column, column::HOST | column::ISSUER | column::JA4)
    }

    fn tie(&self, one: &Row, other: &Row, column: usize) -> Ordering {
        match column {
            // Texts are shared: most are told to be the same without looking at them.
            column::HOST if Arc::ptr_eq(&one.host, &other.host) => Ordering::Equal,
            column::HOST => one.host.cmp(&other.host),
            column::ISSUER => one.issuer.cmp(&other.issuer),
            column::JA4 => match (&one.ja4, &other.ja4) {
                (Some(one), Some(other)) if Arc::ptr_eq(one, other) => Ordering::Equal,
                (one, other) => one.cmp(other),
            },
            _ => Ordering::Equal,
        }
    }

    fn passes(&self, row: &Row, sieve: &Sieve, clients: &Clients) -> bool {
        sieve.lets(row.first.timestamp, row.last.timestamp, row.is_problem())
            && sieve.filter.matches(&Named { row, clients })
    }
}

/// A session, and who knows what the app is called that opened it.
struct Named<'a> {
    row: &'a Row,
    clients: &'a Clients,
}

impl Fields for Named<'_> {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::App => {
                let client = self.row.client_id.and_then(|id| self.clients.item(id));
                client.is_some_and(|client| client.texts(field, see))
            }
            _ => self.row.texts(field, see),
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        self.row.numbers(field, see)
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        self.row.addresses(see)
    }

    fn other_texts(&self, see: &mut dyn FnMut(&str) -> bool) -> bool {
        self.row.other_texts(see)
    }
}

impl Fields for Row {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::Host => see(&self.host),
            Field::Ja4 => self.ja4.as_deref().is_some_and(see),
            Field::Client => {
                self.flow.as_ref().is_some_and(|flow| see(&flow.client.address.to_string()))
            }
            Field::Result => {
                let places = (0..).zip(RESULTS);
                let mut said = places.filter(|(place, _)| self.results >> place & 1 == 1);
                said.any(|(_, word)| see(word))
            }
            Field::Version => see(self.carrier_word()) || see(&self.version_words()),
            _ => false,
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        let ports = self.flow.as_ref().map(|flow| [flow.server.port, flow.client.port]);
        field == Field::Port && ports.is_some_and(|ports| ports.iter().any(|it| see((*it).into())))
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        let ends = self.flow.as_ref().map(|flow| [flow.client.address, flow.server.address]);
        ends.is_some_and(|ends| ends.into_iter().any(see))
    }

    fn other_texts(&self, see: &mut dyn FnMut(&str) -> bool) -> bool {
        let session = self.session.as_deref();
        see(&self.ended.words())
            || self.issuer.as_deref().is_some_and(&mut *see)
            || session.is_some_and(|session| OfSession { session, flow: None }.other_texts(see))
    }
}

/// An address as a number of the same order, as far as eight bytes tell.
pub(crate) fn address_key(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, ..] = address.octets();
            u64::from_be_bytes([a, b, c, d, e, f, g, h]) | (1 << 40)
        }
    }
}

/// Bytes that a session takes, roughly.
fn weight(session: &Session) -> usize {
    let hello = session.client_hello_bytes.as_ref().map_or(0, |bytes| bytes.len());
    let chains = [session.certificates.seen(), session.client_certificates.as_ref()];
    let entries = chains.into_iter().flatten().flat_map(|chain| &chain.value.entries);
    entries.fold(OVERHEAD.saturating_add(hello), |sum, entry| sum.saturating_add(entry.der().len()))
}

#[cfg(test)]
mod tests {
    use dissect::{Endpoint, Transport};

    use super::*;

    fn news(flow: u64, stage: Stage) -> News {
        let end = |port| Endpoint { address: IpAddr::from([192, 0, 2, 1]), port };
        let flow = Flow {
            id: FlowId(flow),
            client: end(40_000),
            server: end(443),
            transport: Transport::Tcp,
            tunnel: None,
        };
        News {
            stage,
            session: Arc::new(Session::new(Carrier::Tcp)),
            flow: Some(Arc::new(flow)),
            packet: PacketRef { number: flow_packet(stage), ..PacketRef::default() },
            host: "a.test".into(),
            host_id: None,
            client_id: None,
        }
    }

    fn flow_packet(stage: Stage) -> u64 {
        if stage == Stage::Ended { 9 } else { 4 }
    }

    #[test]
    fn a_session_that_goes_on_is_one_row() {
        let mut sessions = Sessions::default();
        let first = sessions.put(&news(1, Stage::Negotiated));
        let other = sessions.put(&news(2, Stage::Ended));
        assert_eq!(sessions.item(first).unwrap().ended, Ended::Open);
        assert_eq!(sessions.put(&news(1, Stage::Ended)), first);
        let row = sessions.item(first).unwrap();
        assert_eq!((row.first.number, row.last.number), (4, 9));
        assert_ne!(row.ended, Ended::Open);
        assert_eq!(sessions.changes.drain(), [first]);
        assert_ne!(
            sessions.put(&news(1, Stage::Negotiated)),
            first,
            "the five-tuple is used again"
        );
        assert_ne!(first, other);
    }

    #[test]
    fn rows_stay_when_sessions_go() {
        let mut sessions = Sessions { limit: OVERHEAD * 2, ..Sessions::default() };
        (0..3).for_each(|flow| {
            sessions.put(&news(flow, Stage::Ended));
        });
        let whole: Vec<bool> =
            (0..3).map(|id| sessions.item(id).unwrap().session.is_some()).collect();
        assert_eq!((whole, sessions.len()), (vec![false, true, true], 3));
    }
}
