//! QUIC that gets no answer, and then TCP: what the browser or app does when somebody drops its
//! UDP packets. Interceptors do, because few of them speak QUIC; so do many networks.
//!
//! Raised only for hosts that are known to answer over QUIC, from the baseline or from earlier in
//! the same capture.

use dissect::{Carrier, PacketRef, Record, Session};
use hashbrown::{HashMap, HashSet};

use super::{Downgrade, Place};
use crate::baseline::Host;
use crate::detectors::draft::subject;
use crate::digest::Key;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// Most hosts, and most hosts of clients, that are remembered in one input.
const MAX_HOSTS: usize = 16_384;
/// Nanoseconds after the QUIC attempt within which the same client's TCP session counts as what
/// it did instead: clients wait some hundred milliseconds, slow ones some seconds.
const INSTEAD: i64 = 30_000_000_000;
/// Clients start TCP together with QUIC, or a little before: nanoseconds.
const RACE: i64 = 1_000_000_000;

/// Who answered over QUIC, and who was asked over TCP when.
#[derive(Default)]
pub(super) struct Quic {
    answered: HashSet<Key>,
    /// By client and host.
    over_tcp: HashMap<Key, PacketRef>,
}

impl Quic {
    /// A ServerHello was seen.
    pub(super) fn negotiated(
        &mut self,
        record: &Record,
        session: &Session,
        place: Option<Place<'_>>,
    ) {
        let Some(place) = place else { return };
        match session.carrier {
            Carrier::Quic { .. } if self.answered.len() < MAX_HOSTS => {
                self.answered.insert(place.host());
            }
            Carrier::Tcp if self.over_tcp.len() < MAX_HOSTS => {
                self.over_tcp.insert(place.client_and_host(), record.packet);
            }
            _ => {}
        }
    }

    /// A session ended: over QUIC, and without an answer?
    pub(super) fn ended(
        &self,
        record: &Record,
        session: &Session,
        place: Option<Place<'_>>,
        known: Option<&Host>,
    ) -> Option<Downgrade> {
        let place = place?;
        if !matches!(session.carrier, Carrier::Quic { .. }) || session.server_hello.is_some() {
            return None;
        }
        let used_to_answer =
            known.is_some_and(|known| known.quic) || self.answered.contains(&place.host());
        let instead = self.over_tcp.get(&place.client_and_host())?;
        let asked = session.client_hello.as_ref()?;
        let waited = instead.timestamp.since(asked.packets.last.timestamp);
        if !used_to_answer || !(-RACE..=INSTEAD).contains(&waited) {
            return None;
        }
        let fact = |packets, fact, value: &str| Evidence { packets, fact, value: value.into() };
        Some(Downgrade {
            severity: Severity::Medium,
            confidence: Confidence::Possible,
            key: "quic",
            title: format!(
                "{} does not answer over QUIC any more, and the client uses TCP instead",
                subject(record, session).label()
            ),
            evidence: vec![
                fact(asked.packets.numbers(), "unanswered", "QUIC Initial"),
                fact(vec![instead.number], "instead", "TLS over TCP"),
            ],
            alternatives: &[
                "a network that blocks or throttles UDP, as many do",
                "answers that the capture lost",
            ],
        })
    }
}
