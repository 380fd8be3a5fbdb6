//! How much of what was on the wire findings may hold on to.
//!
//! A finding keeps its session if a face is to show the handshake. A session keeps its chains,
//! and a hostile capture has a new chain, as long as a handshake message may be, for every finding.
//! Findings beyond the budget are kept without their sessions.

use std::sync::Arc;

use dissect::Session;
use dissect::tls::Offer;

/// Bytes of sessions that findings hold, counted as on the wire: parsed, they take some times as
/// much. Twenty thousand sessions with chains of usual length fit.
pub const MAX_HELD_SESSIONS: usize = 128 * 1024 * 1024;

/// What a session counts for beside its chains and its ClientHello: the lengths of its first
/// encrypted records, and the rest.
const SESSION: usize = 3 * 1024;

/// What is held so far.
#[derive(Debug)]
pub(crate) struct Held {
    /// How much may be held.
    budget: usize,
    bytes: usize,
    /// The last one: findings of one record share their session.
    last: Option<Arc<Session>>,
}

impl Held {
    /// Nothing is held so far, and no more than `budget` will be, in bytes as [`MAX_HELD_SESSIONS`] counts them.
    pub(crate) const fn up_to(budget: usize) -> Self {
        Self { budget, bytes: 0, last: None }
    }

    /// The session, if there is room for it.
    pub(crate) fn hold(&mut self, session: Arc<Session>) -> Option<Arc<Session>> {
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &session)) {
            return Some(session);
        }
        let bytes = self.bytes.saturating_add(size(&session));
        if bytes > self.budget {
            return None;
        }
        self.bytes = bytes;
        self.last = Some(Arc::clone(&session));
        Some(session)
    }
}

/// What a session counts for.
fn size(session: &Session) -> usize {
    let chains = [session.certificates.seen(), session.client_certificates.as_ref()];
    let entries = chains.into_iter().flatten().flat_map(|chain| &chain.value.entries);
    let offer = session.client_hello.as_ref().map_or(0, |hello| offer_size(&hello.value.offer));
    let hello = session.client_hello_bytes.as_ref().map_or(0, |bytes| bytes.len());
    let beside = SESSION.saturating_add(offer).saturating_add(hello);
    entries.fold(beside, |sum, entry| sum.saturating_add(entry.der().len()))
}

/// Bytes of those lists of an offer that may be long.
fn offer_size(offer: &Offer) -> usize {
    let numbers = [
        &offer.cipher_suites,
        &offer.extensions,
        &offer.groups,
        &offer.signature_algorithms,
        &offer.key_share_groups,
    ];
    let numbers = numbers.iter().fold(0_usize, |sum, list| sum.saturating_add(list.len()));
    // A protocol's name is an allocation of its own.
    let names = offer.alpn.iter().map(|name| name.len().saturating_add(32));
    names.fold(numbers.saturating_mul(2), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissect::tls::ClientHello;
    use dissect::x509::{CertificateCache, Chain};
    use dissect::{Carrier, Observed, PacketSpan, Seen};

    /// A session with one certificate of this many bytes.
    fn session(length: usize) -> Arc<Session> {
        let der = vec![0; length];
        let chain = Chain::from_ders([&der[..]], &mut CertificateCache::default());
        let mut session = Session::new(Carrier::Tcp);
        let packets = PacketSpan::default();
        session.certificates = Observed::Seen(Seen { value: Arc::new(chain), packets });
        Arc::new(session)
    }

    #[test]
    fn sessions_are_held_until_the_budget_is_spent() {
        let mut held = Held::up_to(MAX_HELD_SESSIONS);
        let quarter = session(MAX_HELD_SESSIONS / 4);
        for fits in [true, true, true, false, false] {
            let another = Arc::new(Session::clone(&quarter));
            assert_eq!(held.hold(another).is_some(), fits);
        }
        assert!(held.hold(session(10)).is_some(), "a small one still fits");
    }

    #[test]
    fn findings_of_one_record_count_once() {
        let mut held = Held::up_to(MAX_HELD_SESSIONS);
        let half = session(MAX_HELD_SESSIONS / 2);
        for _ in 0..5 {
            assert!(held.hold(Arc::clone(&half)).is_some());
        }
        assert!(held.hold(session(MAX_HELD_SESSIONS / 2)).is_none());
    }

    #[test]
    fn a_hello_with_long_lists_counts_for_more() {
        let with = |offer: Offer| {
            let mut session = Session::clone(&session(10));
            let packets = PacketSpan::default();
            let hello = ClientHello { offer: offer.into(), ..ClientHello::default() };
            session.client_hello = Some(Seen { value: Arc::new(hello), packets });
            size(&session)
        };
        let plain = with(Offer::default());
        assert_eq!(plain, SESSION + 10);
        let long = Offer { cipher_suites: vec![1; 500], ..Offer::default() };
        assert_eq!(with(long), plain + 1000);
        let names = Offer { alpn: vec![vec![b'a']; 100], ..Offer::default() };
        assert_eq!(with(names), plain + 3300);
        let mut session = Session::clone(&session(10));
        session.client_hello_bytes = Some([0; 700].as_slice().into());
        assert_eq!(size(&session), plain + 700);
    }
}
