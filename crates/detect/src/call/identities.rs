//! Fingerprints of clients: all calls of a connection have the same, which is worked out once.
//!
//! What is remembered of a connection is valid as long as it is the same one in memory. Calls of
//! several connections take turns, of more than there are places too seldom to matter.

use std::sync::{Arc, OnceLock, Weak};

use dissect::Exchange;
use dissect::http::{ClientIdentity, Connection};

/// Connections that are remembered.
const PLACES: usize = 256;

/// What is known of the last connections.
#[derive(Default)]
pub(crate) struct Identities {
    places: Vec<Place>,
}

/// One connection, which is not kept alive by this.
#[derive(Default)]
struct Place {
    connection: Weak<Connection>,
    /// Order of the pseudo fields: it is part of the fingerprint, and each request's own.
    order: Option<String>,
    identity: Arc<OnceLock<ClientIdentity>>,
}

impl Identities {
    /// Where the identity of an exchange's client is, or will be once somebody asks.
    pub(crate) fn of(&mut self, exchange: &Exchange) -> Arc<OnceLock<ClientIdentity>> {
        self.places.resize_with(PLACES, Place::default);
        let connection = &exchange.connection;
        // Of an address the lowest bits tell nothing.
        let at = Arc::as_ptr(connection).addr().checked_div(64).unwrap_or(0) % PLACES;
        let Some(place) = self.places.get_mut(at) else { return Arc::default() };
        let order = exchange.request.pseudo.as_ref().map(|pseudo| pseudo.order.as_str());
        // While there is a reference to it, even a weak one, no other one gets its place in memory.
        let is_known = std::ptr::eq(place.connection.as_ptr(), Arc::as_ptr(connection))
            && place.order.as_deref() == order;
        if !is_known {
            *place = Place {
                connection: Arc::downgrade(connection),
                order: order.map(str::to_owned),
                identity: Arc::default(),
            };
        }
        Arc::clone(&place.identity)
    }
}

#[cfg(test)]
mod tests {
    use dissect::Fact;

    use super::*;
    use crate::detectors::testing_http::{Draft, asked};

    #[test]
    fn exchanges_of_one_connection_share_an_identity() {
        let exchange = |draft: Draft| match draft.record().fact {
            Fact::Exchange(exchange) => Exchange::clone(&exchange),
            _ => panic!("no exchange"),
        };
        let one = exchange(asked("GET", "http://a.test/", &[], ""));
        let (same, mut other) = (one.clone(), one.clone());
        other.connection = Arc::new(Connection::clone(&one.connection));
        let mut in_other_order = one.clone();
        in_other_order.request.pseudo = Some(dissect::http::PseudoFields::default());
        let mut identities = Identities::default();
        let known = identities.of(&one);
        assert!(Arc::ptr_eq(&known, &identities.of(&same)));
        assert!(!Arc::ptr_eq(&known, &identities.of(&other)));
        let known = identities.of(&one);
        assert!(!Arc::ptr_eq(&known, &identities.of(&in_other_order)));
    }
}
