//! The exchanges that are kept: in wire order, a bounded number with bounded bytes.
//!
//! An exchange is told when it is whole, which is not the order in which requests were sent, so
//! each is put where its request's first packet belongs: almost always near the end. When there
//! are too many, the oldest go, and are counted. A [`Key`] stays good for as long as its exchange
//! is kept, and finds the nearest one afterwards.

use std::collections::VecDeque;
use std::sync::Arc;

use dissect::http::{Body, Headers};
use dissect::{Exchange, Flow};

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

/// Where an exchange stands on the wire: by its request's first packet; of equals (a HAR file has
/// no packets, one packet may hold two requests) by time, then in the order in which they came.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key {
    packet: u64,
    nanos: i64,
    nth: u64,
}

/// An exchange and the flow it was on.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) key: Key,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) flow: Option<Arc<Flow>>,
    bytes: usize,
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
    list: VecDeque<Told>,
    bytes: usize,
    came: u64,
}

impl Exchanges {
    /// Empty, with other limits than the usual ones.
    #[cfg(test)]
    pub(crate) fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes one in, and lets go of the oldest ones if there are too many then. Returns its key,
    /// unless it was let go itself.
    pub(crate) fn put(&mut self, exchange: Arc<Exchange>, flow: Option<Arc<Flow>>) -> Option<Key> {
        let first = exchange.request.packets.first;
        let key = Key { packet: first.number, nanos: first.timestamp.nanos(), nth: self.came };
        self.came = self.came.saturating_add(1);
        let bytes = weight(&exchange);
        self.bytes = self.bytes.saturating_add(bytes);
        let row = self.row_from(key);
        self.list.insert(row, Told { key, exchange, flow, bytes });
        while self.list.len() > self.limits.exchanges || self.bytes > self.limits.bytes {
            let Some(oldest) = self.list.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.bytes);
        }
        self.oldest().filter(|oldest| *oldest <= key).map(|_| key)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// How many came.
    pub(crate) const fn came(&self) -> u64 {
        self.came
    }

    /// How many were let go.
    pub(crate) fn dropped(&self) -> u64 {
        self.came.saturating_sub(u64::try_from(self.list.len()).unwrap_or(u64::MAX))
    }

    /// The key of the oldest one.
    pub(crate) fn oldest(&self) -> Option<Key> {
        self.list.front().map(|told| told.key)
    }

    /// What stands in this row.
    pub(crate) fn at_row(&self, row: usize) -> Option<&Told> {
        self.list.get(row)
    }

    /// The row of the first exchange that is not before this key.
    pub(crate) fn row_from(&self, key: Key) -> usize {
        self.list.partition_point(|told| told.key < key)
    }

    /// The exchange of this key, if it is still kept.
    pub(crate) fn get(&self, key: Key) -> Option<&Told> {
        self.list.get(self.row_from(key)).filter(|told| told.key == key)
    }

    /// All of them, in wire order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Told> {
        self.list.iter()
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
        exchanges.iter().map(|told| told.exchange.request.packets.first.number).collect()
    }

    #[test]
    fn wire_order_whatever_the_order_of_arrival() {
        let mut exchanges = Exchanges::default();
        let keys: Vec<Key> = [5, 2, 9, 5]
            .iter()
            .map(|packet| exchanges.put(exchange(*packet, 0), None).unwrap())
            .collect();
        assert_eq!(packets(&exchanges), [2, 5, 5, 9]);
        assert_eq!(
            keys.iter().map(|key| exchanges.row_from(*key)).collect::<Vec<_>>(),
            [1, 0, 3, 2]
        );
        assert_eq!((exchanges.came(), exchanges.dropped()), (4, 0));
    }

    #[test]
    fn the_oldest_go_and_are_counted() {
        let mut exchanges = Exchanges::with_limits(Limits { exchanges: 2, bytes: usize::MAX });
        let first = exchanges.put(exchange(1, 0), None).unwrap();
        exchanges.put(exchange(2, 0), None);
        exchanges.put(exchange(3, 0), None);
        assert_eq!((packets(&exchanges), exchanges.dropped()), (vec![2, 3], 1));
        assert!(exchanges.get(first).is_none());
        assert_eq!(exchanges.row_from(first), 0, "the nearest that is left");
        assert_eq!(exchanges.put(exchange(1, 0), None), None, "older than all that is kept");
        assert_eq!((packets(&exchanges), exchanges.dropped()), (vec![2, 3], 2));
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
