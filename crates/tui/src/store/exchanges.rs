//! The exchanges that are kept: a bounded number with bounded bytes.
//!
//! When there are too many, those that came first go, and are counted. An id stays good for as long
//! as its exchange is kept. The list's usual order is that of the wire, by the packet of the
//! request; an exchange is told when it is whole, which is another order.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use detect::filter::OfExchange;
use dissect::http::{Body, Headers};
use dissect::{Exchange, Flow, Timestamp};

use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::store::clients::Clients;
use crate::widgets::columns::Column;
use crate::widgets::connection::latency;
use crate::widgets::line::Side;

/// Most exchanges that are kept: days of a phone's traffic.
pub(crate) const MAX_EXCHANGES: usize = 100_000;

/// Most bytes that the kept ones take, roughly: four thousand requests whose bodies are as long as
/// is kept of a body, or all 100,000 if they are of the usual two kilobytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024 * 1024;

/// What an exchange takes beside its texts and bodies.
const OVERHEAD: usize = 640;

/// What a header field takes beside its text.
const FIELD_OVERHEAD: usize = 48;

/// What the session takes that is told with a connection's first exchange: hellos, certificates.
const CONNECTION: usize = 4096;

/// An exchange and the flow it was on.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) flow: Option<Arc<Flow>>,
    bytes: usize,
}

impl Told {
    /// When it was asked.
    pub(crate) fn asked(&self) -> Timestamp {
        self.exchange.request.packets.first.timestamp
    }

    /// When the last of it was seen.
    pub(crate) fn over(&self) -> Timestamp {
        let response = self.exchange.response.as_ref();
        let last = response.map_or(self.exchange.request.packets, |response| response.packets);
        last.last.timestamp.max(self.asked())
    }

    /// Somebody should look at it.
    pub(crate) fn is_problem(&self) -> bool {
        let response = self.exchange.response.as_ref();
        self.exchange.incomplete.is_some() || response.is_none_or(|it| it.status >= 400)
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) exchanges: usize,
    pub(crate) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { exchanges: MAX_EXCHANGES, bytes: MAX_BYTES }
    }
}

/// The kept exchanges.
#[derive(Debug, Default)]
pub(crate) struct Exchanges {
    limits: Limits,
    first: Id,
    list: VecDeque<Told>,
    bytes: usize,
}

impl Exchanges {
    /// Empty, with other limits than the usual ones.
    #[cfg(test)]
    pub(crate) fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes one in, and lets go of the oldest ones if there are too many then.
    pub(crate) fn put(&mut self, exchange: Arc<Exchange>, flow: Option<Arc<Flow>>) -> Id {
        let id = self.end();
        let bytes = weight(&exchange);
        self.bytes = self.bytes.saturating_add(bytes);
        self.list.push_back(Told { exchange, flow, bytes });
        while self.list.len() > self.limits.exchanges || self.bytes > self.limits.bytes {
            let Some(oldest) = self.list.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.bytes);
            self.first = self.first.saturating_add(1);
        }
        id
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many came.
    pub(crate) fn came(&self) -> u64 {
        u64::from(self.end())
    }

    /// How many were let go.
    pub(crate) const fn dropped(&self) -> u64 {
        self.first as u64
    }

    /// All of them with their ids, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id, &Told)> {
        (self.first..).zip(&self.list)
    }
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const TIME: usize = 0;
    pub(crate) const METHOD: usize = 1;
    pub(crate) const HOST: usize = 2;
    pub(crate) const PATH: usize = 3;
    pub(crate) const STATUS: usize = 4;
    pub(crate) const TYPE: usize = 5;
    pub(crate) const SIZE: usize = 6;
    pub(crate) const LATENCY: usize = 7;
    pub(crate) const VERSION: usize = 8;
    pub(crate) const CLIENT: usize = 9;
    pub(crate) const JA4: usize = 10;
}

impl Table for Exchanges {
    type Item = Told;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "UTC", least: 8, enough: 8, most: 12, rank: 4, side: Side::Left },
        Column { title: "method", least: 6, enough: 6, most: 7, rank: 1, side: Side::Left },
        Column { title: "host", least: 13, enough: 16, most: 22, rank: 3, side: Side::LeftKeepEnd },
        Column { title: "path", least: 15, enough: 24, most: 90, rank: 0, side: Side::LeftKeepEnds },
        Column { title: "status", least: 6, enough: 6, most: 6, rank: 2, side: Side::Left },
        Column { title: "type", least: 6, enough: 6, most: 12, rank: 6, side: Side::Left },
        Column { title: "size", least: 7, enough: 7, most: 7, rank: 5, side: Side::Right },
        Column { title: "took", least: 6, enough: 6, most: 7, rank: 7, side: Side::Right },
        Column { title: "protocol", least: 8, enough: 8, most: 8, rank: 8, side: Side::Left },
        Column { title: "client", least: 15, enough: 15, most: 24, rank: 9, side: Side::Left },
        Column { title: "JA4", least: 36, enough: 36, most: 36, rank: 10, side: Side::Left },
    ];

    fn first(&self) -> Id {
        self.first
    }

    fn end(&self) -> Id {
        self.first.saturating_add(Id::try_from(self.list.len()).unwrap_or(Id::MAX))
    }

    fn item(&self, id: Id) -> Option<&Told> {
        self.list.get(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    fn key(&self, told: &Told, column: usize) -> u64 {
        let exchange = &*told.exchange;
        let response = exchange.response.as_ref();
        match column {
            column::METHOD => prefix(&exchange.request.method),
            column::HOST => prefix(exchange.host().unwrap_or_default()),
            column::PATH => prefix(exchange.request.path()),
            column::STATUS => response.map_or(0, |response| u64::from(response.status)),
            column::TYPE => {
                let media = response.and_then(|it| it.headers.first("content-type"));
                prefix(media.unwrap_or_default())
            }
            column::SIZE => response.map_or(0, |response| response.body.length),
            column::LATENCY => latency(exchange).map_or(0, time_key),
            column::VERSION => exchange.request.version as u64,
            column::CLIENT => {
                told.flow.as_ref().map_or(0, |flow| prefix(&flow.client.address.to_string()))
            }
            column::JA4 => prefix(&exchange.client().ja4.unwrap_or_default()),
            // A HAR file has times only.
            _ => match exchange.request.packets.first.number {
                0 => time_key(told.asked().nanos()),
                number => number,
            },
        }
    }

    fn has_ties(&self, column: usize) -> bool {
        matches!(column, column::HOST | column::PATH)
    }

    fn tie(&self, one: &Told, other: &Told, column: usize) -> Ordering {
        let (one, other) = (&one.exchange, &other.exchange);
        match column {
            column::HOST => one.host().cmp(&other.host()),
            column::PATH => one.request.target.cmp(&other.request.target),
            _ => Ordering::Equal,
        }
    }

    fn passes(&self, told: &Told, sieve: &Sieve, _: &Clients) -> bool {
        let thing = OfExchange { exchange: &told.exchange, flow: told.flow.as_deref() };
        sieve.lets(told.asked(), told.over(), told.is_problem()) && sieve.filter.matches(&thing)
    }
}

/// Bytes that an exchange takes, roughly.
fn weight(exchange: &Exchange) -> usize {
    let fields = |headers: &Headers| {
        let texts = headers.0.iter().map(|f| f.name.len().saturating_add(f.value.len()));
        texts.fold(0, |sum: usize, text| sum.saturating_add(text).saturating_add(FIELD_OVERHEAD))
    };
    let body = |body: &Body| body.bytes.capacity();
    let request = &exchange.request;
    let mut parts = vec![
        OVERHEAD,
        request.method.len(),
        request.target.len(),
        fields(&request.headers),
        fields(&request.trailers),
        body(&request.body),
    ];
    if let Some(response) = &exchange.response {
        parts.push(fields(&response.headers));
        parts.push(fields(&response.trailers));
        parts.push(body(&response.body));
    }
    if exchange.index == 0 && exchange.connection.session.is_some() {
        parts.push(CONNECTION);
    }
    parts.into_iter().fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use dissect::http::Request;
    use dissect::{PacketRef, PacketSpan};

    use super::*;
    use crate::list::{Cursor, Listing, Order};

    fn exchange(packet: u64, body: usize) -> Arc<Exchange> {
        let at = PacketRef { number: packet, ..PacketRef::default() };
        let request = Request {
            packets: PacketSpan { first: at, last: at },
            body: Body { bytes: vec![0; body], ..Body::default() },
            ..Request::default()
        };
        Arc::new(Exchange {
            connection: Arc::default(),
            index: 1,
            stream: None,
            request,
            response: None,
            incomplete: None,
        })
    }

    fn packets(exchanges: &Exchanges) -> Vec<u64> {
        let order = Order { column: column::TIME, descending: false };
        let mut listing = Listing::new(order, Cursor::First);
        listing.refresh(exchanges, &Clients::default(), &[]);
        (0..listing.len())
            .filter_map(|row| exchanges.item(listing.at_row(row)?))
            .map(|told| told.exchange.request.packets.first.number)
            .collect()
    }

    #[test]
    fn wire_order_whatever_the_order_of_arrival() {
        let mut exchanges = Exchanges::default();
        for packet in [5, 2, 9, 5] {
            exchanges.put(exchange(packet, 0), None);
        }
        assert_eq!(packets(&exchanges), [2, 5, 5, 9]);
        assert_eq!((exchanges.came(), exchanges.dropped()), (4, 0));
    }

    #[test]
    fn the_oldest_go_and_are_counted() {
        let mut exchanges = Exchanges::with_limits(Limits { exchanges: 2, bytes: usize::MAX });
        let first = exchanges.put(exchange(1, 0), None);
        exchanges.put(exchange(3, 0), None);
        let last = exchanges.put(exchange(2, 0), None);
        assert_eq!((packets(&exchanges), exchanges.dropped()), (vec![2, 3], 1));
        assert!(exchanges.item(first).is_none() && exchanges.item(last).is_some());
    }

    #[test]
    fn bytes_are_bounded() {
        let mut exchanges = Exchanges::with_limits(Limits { exchanges: 100, bytes: 100_000 });
        for packet in 1..=50 {
            exchanges.put(exchange(packet, 30_000), None);
        }
        assert_eq!(packets(&exchanges), [48, 49, 50]);
        exchanges.put(exchange(51, 200_000), None);
        assert_eq!(exchanges.len(), 0, "one alone can be too much");
        assert_eq!(exchanges.bytes, 0);
    }
}
