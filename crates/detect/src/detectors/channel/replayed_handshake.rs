//! `channel/replayed-handshake`: the same ClientHello again on another connection.
//!
//! The server's answer tells a replay from a copy: whoever passes a handshake on (NAT, a router that
//! is captured on both sides, a proxy that opens nothing) passes its one answer back, while a
//! server that is shown a handshake again answers it afresh.
//!
//! Early data needs no comparison of its own: its keys are derived from the ClientHello
//! (RFC 8446 section 7.1), so that nobody can send it again behind another one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use dissect::{Carrier, Fact, Record, Session, Stage, hex};

use super::leg::Leg;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/replayed-handshake",
    title: "A recorded handshake was sent again",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["CWE-294", "MASVS-NETWORK-1", "ATT&CK T1638", "RFC 8446 section 8", "RFC 8470"],
    explanation: "A ClientHello that was seen before came again, byte by byte, on another \
        connection to the same server, and the server answered it with a ServerHello of its own. \
        A client makes a new random and new key shares for every handshake, so somebody recorded \
        this one and plays it back. Without early data that leads nowhere, for the recorded keys \
        are not known to whoever replays. With early data (0-RTT) the server may have carried out \
        the request in it a second time.",
    evidence: "The random of both ClientHellos and the packets they are in, the randoms of both \
        answers, and whether early data was offered.",
    false_positives: "Tools that play captures back to test a server, and probes that send a fixed \
        ClientHello. A client whose random numbers repeat, for example a virtual machine that was \
        started twice from one snapshot. Copies of one handshake, seen on both sides of a router, \
        are told from replays by their common answer and not raised.",
    fix: "On the server, accept early data only for requests that may be repeated, keep a record \
        of ClientHellos or single-use tickets (RFC 8446 section 8), and answer 425 Too Early where \
        it matters (RFC 8470). In the app, send nothing as early data that changes anything. Find \
        out who is able to record the traffic of this client.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::ENDED,
    build: || Box::new(ReplayedHandshake::default()),
};

/// Handshakes that are remembered; beyond, the oldest are forgotten.
const MAX_HANDSHAKES: usize = 65_536;

/// Within this time the same client may have its reasons. Some interceptors ask the server ahead
/// with the client's own ClientHello, to see its certificate. Over UDP a client may go on with the
/// same handshake from another port, after NAT forgot it or on another path (RFC 9000 section 9),
/// until it gives up.
const SAME_ATTEMPT_NANOS: i64 = 10_000_000_000;

/// Different bytes that a random must have: what has fewer was made by no generator, and proves
/// nothing when it comes again.
const MIN_DISTINCT: usize = 12;

/// What is remembered of a ClientHello is enough of its digest.
type Key = [u8; 16];

/// The first handshake of each ClientHello.
#[derive(Default)]
struct ReplayedHandshake {
    first: BTreeMap<Key, Leg>,
    order: VecDeque<Key>,
}

impl Detector for ReplayedHandshake {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let Some(leg) = Leg::of(record, session) else { return };
        if !is_random(&leg.random) {
            return;
        }
        let Some(key) = leg.digest.first_chunk().copied() else { return };
        let Some(known) = self.first.get(&key) else {
            self.remember(key, leg);
            return;
        };
        // Sessions come when they end: the one that came first may be the later one.
        if known.asked() <= leg.asked() {
            scene.sightings.extend(judge(known, &leg, Some(session)));
        } else {
            scene.sightings.extend(judge(&leg, known, None));
            self.first.insert(key, leg.bare());
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl ReplayedHandshake {
    fn remember(&mut self, key: Key, leg: Leg) {
        if self.order.len() >= MAX_HANDSHAKES
            && let Some(oldest) = self.order.pop_front()
        {
            self.first.remove(&oldest);
        }
        self.order.push_back(key);
        self.first.insert(key, leg.bare());
    }
}

/// Whether a generator of random numbers may have made it.
fn is_random(random: &[u8; 32]) -> bool {
    let mut bytes = *random;
    bytes.sort_unstable();
    bytes.chunk_by(|a, b| a == b).count() >= MIN_DISTINCT
}

fn judge(first: &Leg, again: &Leg, session: Option<&Arc<Session>>) -> Option<Sighting> {
    let same_server = first.flow.server.address == again.flow.server.address
        || first.same_host(again) == Some(true);
    let (answer, other_answer) = (first.server_random?, again.server_random?);
    // The server itself passes it on to where it goes.
    let passed_on = again.flow.client.address == first.flow.server.address;
    if !same_server || answer == other_answer || passed_on || is_same_attempt(first, again) {
        return None;
    }
    let early_data = again.early_data;
    // Whoever finishes twice has the keys: a client that repeats itself.
    if first.established && again.established && !early_data {
        return None;
    }
    let subject = again.subject();
    let from = (first.flow.client.address, again.flow.client.address);
    let by = if from.0 == from.1 {
        format!("{} sent a recorded handshake again", from.1)
    } else {
        format!("{} sent the recorded handshake of {}", from.1, from.0)
    };
    let what = if early_data { ", with its early data" } else { "" };
    let draft = Draft {
        key: hex(again.digest.get(..16).unwrap_or_default()),
        confidence: if early_data || from.0 != from.1 {
            Confidence::Certain
        } else {
            Confidence::Likely
        },
        title: format!("{by} to {}{what}", subject.label()),
        evidence: evidence(first, again),
        alternatives: alternatives(&[
            "a tool that plays captures back, or a probe with a fixed ClientHello",
            "a client whose random numbers repeat",
        ]),
    };
    let mut sighting = draft.about(&RULE, subject, again.packet());
    sighting.session = session.cloned();
    Some(sighting)
}

/// Whether the same client still makes the same attempt.
fn is_same_attempt(first: &Leg, again: &Leg) -> bool {
    (first.carrier != Carrier::Tcp || !again.early_data)
        && first.flow.client.address == again.flow.client.address
        && again.asked().since(first.asked()) <= SAME_ATTEMPT_NANOS
}

fn evidence(first: &Leg, again: &Leg) -> Vec<Evidence> {
    let parties = |leg: &Leg| format!("{} to {}", leg.flow.client, leg.flow.server);
    let random = hex(&again.random);
    let mut evidence = vec![
        first.evidence("first-sent", parties(first)),
        first.evidence("client-random", random.clone()),
    ];
    evidence.extend(first.answer());
    evidence.push(again.evidence("sent-again", parties(again)));
    evidence.push(again.evidence("client-random", random));
    evidence.extend(again.answer());
    let early_data = if again.early_data { "offered" } else { "not offered" };
    evidence.push(again.evidence("early-data", early_data));
    evidence
}

#[cfg(test)]
mod tests {
    use super::super::leg::tests::Made;
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;

    fn raised(legs: &[Made]) -> Vec<Sighting> {
        let records: Vec<Record> = legs.iter().map(|leg| leg.record(Stage::Ended)).collect();
        sightings(&mut ReplayedHandshake::default(), &Known::default(), &records)
    }

    fn original() -> Made {
        Made::new("10.0.0.2:40000", "203.0.113.5:443", 1, (1, 9))
    }

    /// The same hello from another host seven seconds later.
    fn replay() -> Made {
        let made = Made::new("10.0.0.3:50000", "203.0.113.5:443", 1, (7001, 7009));
        Made { answer: Some(2), established: false, ..made }
    }

    #[test]
    fn the_same_hello_with_another_answer_is_raised() {
        let early = Made { early_data: true, ..replay() };
        let raised = raised(&[original(), early]);
        assert_eq!(raised.len(), 1);
        assert_eq!(
            raised[0].title,
            "10.0.0.3 sent the recorded handshake of 10.0.0.2 to api.shop.test, with its early data"
        );
        assert_eq!(raised[0].confidence, Confidence::Certain);
        assert_eq!(raised[0].evidence[0].packets, [1]);
        assert_eq!(raised[0].evidence[3].packets, [7001]);
    }

    #[test]
    fn the_order_in_which_sessions_end_does_not_matter() {
        let raised = raised(&[replay(), original()]);
        assert_eq!(raised.len(), 1);
        assert_eq!(raised[0].subject.client.unwrap().to_string(), "10.0.0.3");
        assert!(raised[0].session.is_none());
    }

    #[test]
    fn the_same_client_again_is_less_sure() {
        let again = |times| Made { client: "10.0.0.2:40001", times, ..replay() };
        let raised = |times| raised(&[original(), again(times)]);
        assert!(raised((50, 60)).is_empty(), "somebody asks ahead");
        let raised = raised((20_000, 20_010));
        assert_eq!(raised[0].confidence, Confidence::Likely);
        assert_eq!(raised[0].title, "10.0.0.2 sent a recorded handshake again to api.shop.test");
    }

    #[test]
    fn a_copy_of_one_handshake_is_not() {
        let beyond_nat = Made { answer: Some(1), ..replay() };
        assert!(raised(&[original(), beyond_nat]).is_empty());
        let unanswered = Made { answer: None, ..replay() };
        assert!(raised(&[original(), unanswered]).is_empty());
    }

    #[test]
    fn another_hello_or_another_server_is_not() {
        assert!(raised(&[original(), Made { hello: 2, ..replay() }]).is_empty());
        let elsewhere = Made { server: "198.51.100.1:443", host: "other.test", ..replay() };
        assert!(raised(&[original(), elsewhere]).is_empty());
    }

    #[test]
    fn who_has_the_keys_does_not_replay() {
        let twin = Made { established: true, ..replay() };
        assert!(raised(&[original(), twin]).is_empty());
    }

    #[test]
    fn the_same_client_goes_on_over_udp() {
        let quic = |made: Made| {
            let mut session = made.session();
            session.carrier = Carrier::Quic { version: 1 };
            made.record_of(Stage::Ended, session)
        };
        let again = |times| Made { client: "10.0.0.2:40001", times, ..replay() };
        let raised = |times| {
            let records = [quic(original()), quic(again(times))];
            sightings(&mut ReplayedHandshake::default(), &Known::default(), &records).len()
        };
        assert_eq!(raised((900, 950)), 0);
        assert_eq!(raised((20_000, 20_010)), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut detector = ReplayedHandshake::default();
        let made = original();
        let leg = Leg::of(&made.record(Stage::Ended), &made.session()).unwrap();
        for number in 0..MAX_HANDSHAKES + 5 {
            let mut key = [0; 16];
            key[..8].copy_from_slice(&number.to_be_bytes());
            detector.remember(key, leg.clone());
        }
        assert_eq!((detector.first.len(), detector.order.len()), (MAX_HANDSHAKES, MAX_HANDSHAKES));
    }

    #[test]
    fn what_no_generator_made_proves_nothing() {
        assert!(!is_random(&[0; 32]) && !is_random(&[0xaa; 32]));
        let mut random = [0; 32];
        for (at, byte) in (0..).zip(&mut random) {
            *byte = at;
        }
        assert!(is_random(&random));
    }
}
