//! What the calls of one connection have in common, which is worked out once: the client's
//! fingerprints; and who asks, as long as they show the same.
//!
//! What is remembered of a connection is valid as long as it is the same one in memory. Calls of
//! several connections take turns, of more than there are places too seldom to matter.

use std::sync::{Arc, OnceLock, Weak};

use dissect::Exchange;
use dissect::http::{ClientIdentity, Connection, Credential};

use super::Call;
use super::principal::Principal;
use super::tokens::{Token, may_be_token};
use super::viewer::Viewer;
use crate::digest::Key;

/// Connections that are remembered.
const PLACES: usize = 512;
/// Bytes of headers by which who asks is remembered: apps show no more.
const MAX_SHOWN: usize = 4_096;

/// What is known of the last connections.
#[derive(Default)]
pub(crate) struct Connections {
    places: Vec<Option<Place>>,
}

/// One connection, which is not kept alive by this.
struct Place {
    connection: Weak<Connection>,
    /// Order of the pseudo fields: it is part of the fingerprint, and each request's own.
    order: Option<String>,
    client: Arc<Client>,
    /// What the last call showed, and who it was.
    asker: Option<(Key, Arc<Asker>)>,
}

/// What a call has in common with others.
#[derive(Clone, Default)]
pub(super) struct Shared {
    pub(super) client: Arc<Client>,
    pub(super) asker: Arc<Asker>,
}

/// The client of a connection, as far as somebody asked.
#[derive(Default)]
pub(super) struct Client {
    pub(super) identity: OnceLock<ClientIdentity>,
    pub(super) key: OnceLock<Key>,
}

/// Who asks, as far as somebody asked for it.
#[derive(Default)]
pub(super) struct Asker {
    pub(super) credentials: OnceLock<Vec<Credential>>,
    pub(super) principal: OnceLock<Option<Principal>>,
    pub(super) tokens: OnceLock<Vec<Token>>,
    pub(super) viewer: OnceLock<Viewer>,
}

impl Connections {
    /// What a call has in common with those of its connection.
    pub(super) fn of(&mut self, call: &Call<'_>) -> Shared {
        self.places.resize_with(PLACES, Option::default);
        let connection = &call.exchange.connection;
        let Some(place) = self.places.get_mut(place_of(connection)) else {
            return Shared::default();
        };
        let place = match place {
            Some(known) if known.is_of(call.exchange) => known,
            other => other.insert(Place::new(call.exchange)),
        };
        let client = Arc::clone(&place.client);
        let Some(shown) = shown(call) else { return Shared { client, asker: Arc::default() } };
        let asker = match &place.asker {
            Some((known, asker)) if *known == shown => Arc::clone(asker),
            _ => Arc::clone(&place.asker.insert((shown, Arc::default())).1),
        };
        Shared { client, asker }
    }
}

impl Place {
    fn new(exchange: &Exchange) -> Self {
        Self {
            connection: Arc::downgrade(&exchange.connection),
            order: order(exchange).map(str::to_owned),
            client: Arc::default(),
            asker: None,
        }
    }

    fn is_of(&self, exchange: &Exchange) -> bool {
        // While there is a reference to it, even a weak one, no other one gets its place in memory.
        std::ptr::eq(self.connection.as_ptr(), Arc::as_ptr(&exchange.connection))
            && self.order.as_deref() == order(exchange)
    }
}

/// The place of a connection. Those of one kind of memory lie at even distances: all bits of an address
/// must tell.
fn place_of(connection: &Arc<Connection>) -> usize {
    let address = u64::try_from(Arc::as_ptr(connection).addr()).unwrap_or_default();
    let mixed = address.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_shr(32);
    usize::try_from(mixed).unwrap_or_default() % PLACES
}

fn order(exchange: &Exchange) -> Option<&str> {
    exchange.request.pseudo.as_ref().map(|pseudo| pseudo.order.as_str())
}

/// Stands for all of a call by which it shows who asks, beside its connection: the query, and headers
/// that hold credentials or tokens. `None` where there is more: a policy names other places, fields
/// hold tokens, or it is longer than is worth remembering.
fn shown(call: &Call<'_>) -> Option<Key> {
    if !call.api.credentials.is_empty()
        || call.fields().iter().any(|field| may_be_token(&field.value))
    {
        return None;
    }
    let headers = &call.request().headers.0;
    call.with_names(|names| {
        let telling = headers
            .iter()
            .filter(|header| names.of(&header.name).is_credential || may_hold_token(&header.value));
        // One credential is usual.
        let telling: smallvec::SmallVec<[_; 2]> =
            telling.map(|header| (header.name.as_str(), header.value.as_str())).collect();
        let length = telling.iter().map(|(_, value)| value.len()).fold(0, usize::saturating_add);
        let api = std::ptr::from_ref(call.api).addr();
        (length <= MAX_SHOWN).then(|| Key::of(&(api, call.request().query(), &*telling)))
    })
}

/// Whether there is a token in it, or else `ey` in one of its words.
fn may_hold_token(value: &str) -> bool {
    let value = value.as_bytes();
    let behind_e = |at: usize| at.checked_sub(1).and_then(|at| value.get(at)) == Some(&b'e');
    memchr::memchr_iter(b'y', value).any(behind_e)
}

#[cfg(test)]
mod tests {
    use dissect::{Fact, Record};

    use super::*;
    use crate::detectors::testing_http::{Pair, asked};
    use crate::policy::Policy;

    const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");

    /// The exchange of a record, to be changed.
    fn exchange(record: &mut Record) -> &mut Exchange {
        match &mut record.fact {
            Fact::Exchange(exchange) => Arc::make_mut(exchange),
            _ => panic!("no exchange"),
        }
    }

    #[test]
    fn calls_of_one_connection_share_a_client() {
        let (policy, mut connections) = (Policy::default(), Connections::default());
        let one = asked("GET", "http://a.test/", &[], "").record();
        let (mut other, mut in_other_order) = (one.clone(), one.clone());
        let connection = &mut exchange(&mut other).connection;
        *connection = Arc::new(Connection::clone(connection));
        exchange(&mut in_other_order).request.pseudo = Some(dissect::http::PseudoFields::default());
        let mut client =
            |record: &Record| connections.of(&Call::of(record, &policy).unwrap()).client;
        let known = client(&one);
        assert!(Arc::ptr_eq(&known, &client(&one.clone())));
        assert!(!Arc::ptr_eq(&known, &client(&other)));
        let known = client(&one);
        assert!(!Arc::ptr_eq(&known, &client(&in_other_order)));
    }

    #[test]
    fn calls_that_show_the_same_are_the_same_ones() {
        let policy = Policy::default();
        let connection = Arc::new(Connection::default());
        let record = |url: &str, headers: &[Pair], body: &str| {
            let mut record = asked("POST", url, headers, body).record();
            exchange(&mut record).connection = Arc::clone(&connection);
            record
        };
        let json = ("Content-Type", "application/json");
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxNyJ9.";
        let all = [
            record("http://a.test/x", &[TOKEN], ""),
            record("http://a.test/y", &[("X-Request-Id", "7"), TOKEN], ""),
            record("http://a.test/x", &[("Authorization", "Bearer fedcba9876543210")], ""),
            record("http://a.test/x", &[TOKEN, ("Cookie", "sid=0123456789abcdef")], ""),
            record("http://a.test/x", &[TOKEN, ("X-Whatever", jwt)], ""),
            record("http://a.test/x?api_key=0123456789abcdef", &[TOKEN], ""),
            record("http://a.test/x", &[TOKEN, json], &format!(r#"{{"token": "{jwt}"}}"#)),
            record("http://a.test/x", &[TOKEN, json], r#"{"token": "none"}"#),
        ];
        let names = std::cell::RefCell::default();
        let mut connections = Connections::default();
        for first in &all {
            for second in [first, &all[0], first] {
                let (alone, known) = (
                    Call::of(second, &policy).unwrap(),
                    Call::of(second, &policy).unwrap().among(&mut connections, &names),
                );
                assert_eq!(alone.credentials(), known.credentials());
                assert_eq!(alone.principal(), known.principal());
                assert_eq!(alone.viewer().key, known.viewer().key);
                assert_eq!(alone.viewer().names, known.viewer().names);
                let tokens = |call: &Call<'_>| -> Vec<String> {
                    call.tokens().iter().map(|token| token.place.clone()).collect()
                };
                assert_eq!(tokens(&alone), tokens(&known));
            }
        }
        let mut asker = |record: &Record| connections.of(&Call::of(record, &policy).unwrap()).asker;
        let first = asker(&all[0]);
        assert!(Arc::ptr_eq(&first, &asker(&all[1])) && Arc::ptr_eq(&first, &asker(&all[7])));
        assert!(!Arc::ptr_eq(&first, &asker(&all[2])));
    }
}
