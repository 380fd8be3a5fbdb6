//! `channel/replayed-handshake`: the same ClientHello again on another connection.
//!
//! The server's answer tells a replay from a copy: whoever passes a handshake on (NAT, a router that
//! is captured on both sides, a proxy that opens nothing) passes its one answer back, while a
//! server that is shown a handshake again answers it afresh.
//!
//! Early data needs no comparison of its own: its keys are derived from the ClientHello
//! (RFC 8446 section 7.1), so that nobody can send it again behind another one.

use std::hash::BuildHasher;
use std::sync::Arc;

use dissect::tls::HelloId;
use dissect::{Carrier, Fact, Flow, PacketSpan, Record, Session, Stage, Timestamp, hex};
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::leg;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
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
const MIN_DISTINCT: u32 = 12;

/// The first handshake of each ClientHello.
#[derive(Default)]
struct ReplayedHandshake {
    /// In the order in which they came; from [`MAX_HANDSHAKES`] on, as a ring.
    first: Vec<Handshake>,
    /// The place of the oldest, once the ring is full.
    oldest: usize,
    /// Places in `first`, by ClientHello.
    by_hello: HashTable<u32>,
    seed: RandomState,
}

/// What is kept of a handshake: there are many.
#[derive(Clone)]
struct Handshake {
    hello: HelloId,
    flow: Arc<Flow>,
    host: Option<Box<str>>,
    carrier: Carrier,
    hello_at: PacketSpan,
    /// Where the ServerHello is, and its random.
    answer: Option<(PacketSpan, [u8; 32])>,
    established: bool,
    early_data: bool,
}

impl Detector for ReplayedHandshake {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let Some(hello) = &session.client_hello else { return };
        if !is_random(&hello.value.random) {
            return;
        }
        let Some(seen) = Handshake::of(record, session) else { return };
        let Some(known) = self.known(seen.hello) else {
            self.remember(seen);
            return;
        };
        // Sessions come when they end: the one that came first may be the later one.
        if known.asked() <= seen.asked() {
            let sighting = judge(known, &seen, session);
            let session = || Some(Arc::clone(session));
            scene.sightings.extend(sighting.map(|it| Sighting { session: session(), ..it }));
        } else {
            scene.sightings.extend(judge(&seen, known, session));
            *known = seen;
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl ReplayedHandshake {
    /// The first handshake with this ClientHello.
    fn known(&mut self, hello: HelloId) -> Option<&mut Handshake> {
        let is_it = |at: &u32| place(&self.first, *at).is_some_and(|known| known.hello == hello);
        let at = self.by_hello.find(self.seed.hash_one(hello), is_it).copied()?;
        self.first.get_mut(usize::try_from(at).ok()?)
    }

    /// Takes in the first with its ClientHello.
    fn remember(&mut self, handshake: Handshake) {
        let hash = self.seed.hash_one(handshake.hello);
        let at = if self.first.len() < MAX_HANDSHAKES {
            self.first.push(handshake);
            self.first.len().saturating_sub(1)
        } else {
            let at = self.oldest;
            self.oldest = at.saturating_add(1) % MAX_HANDSHAKES;
            let Some(place) = self.first.get_mut(at) else { return };
            let forgotten = std::mem::replace(place, handshake);
            let is_it = |found: &u32| usize::try_from(*found) == Ok(at);
            if let Ok(entry) = self.by_hello.find_entry(self.seed.hash_one(forgotten.hello), is_it)
            {
                entry.remove();
            }
            at
        };
        let hash_of =
            |at: &u32| place(&self.first, *at).map_or(0, |it| self.seed.hash_one(it.hello));
        if let Ok(at) = u32::try_from(at) {
            self.by_hello.insert_unique(hash, at, hash_of);
        }
    }
}

fn place(first: &[Handshake], at: u32) -> Option<&Handshake> {
    first.get(usize::try_from(at).ok()?)
}

impl Handshake {
    fn of(record: &Record, session: &Session) -> Option<Self> {
        let hello = session.client_hello.as_ref()?;
        let answer = session.server_hello.as_ref();
        Some(Self {
            hello: hello.value.id,
            flow: record.flow.clone()?,
            host: leg::host(session).map(Box::from),
            carrier: session.carrier,
            hello_at: hello.packets,
            answer: answer.map(|hello| (hello.packets, hello.value.random)),
            established: session.established,
            early_data: session.early_data,
        })
    }

    /// When the ClientHello began.
    const fn asked(&self) -> Timestamp {
        self.hello_at.first.timestamp
    }

    /// Whom it is about.
    fn subject(&self) -> Subject {
        Subject {
            client: Some(self.flow.client.address),
            server: Some(self.flow.server),
            host: self.host.as_deref().map(str::to_owned),
            flow: Some(Arc::clone(&self.flow)),
        }
    }

    /// A fact of the ClientHello.
    fn evidence(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        Evidence { packets: self.hello_at.numbers(), fact, value: value.into() }
    }

    /// The random of the server's answer.
    fn answer(&self) -> Option<Evidence> {
        let (packets, random) = self.answer.as_ref()?;
        Some(Evidence { packets: packets.numbers(), fact: "server-random", value: hex(random) })
    }
}

/// Whether a generator of random numbers may have made it.
fn is_random(random: &[u8; 32]) -> bool {
    // A bit for each of the 256 bytes that there are.
    let mut seen = [0_u64; 4];
    for byte in random {
        if let Some(bits) = seen.get_mut(usize::from(byte >> 6)) {
            *bits |= 1 << (byte & 63);
        }
    }
    seen.iter().map(|bits| bits.count_ones()).fold(0, u32::saturating_add) >= MIN_DISTINCT
}

/// `session`: one of the two, with the ClientHello of both.
fn judge(first: &Handshake, again: &Handshake, session: &Session) -> Option<Sighting> {
    let same_host = || {
        let (host, other) = (first.host.as_deref()?, again.host.as_deref()?);
        Some(host.eq_ignore_ascii_case(other))
    };
    let same_server =
        first.flow.server.address == again.flow.server.address || same_host() == Some(true);
    let ((_, answer), (_, other_answer)) = (first.answer?, again.answer?);
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
        key: hex(session.client_hello_digest()?.get(..16).unwrap_or_default()),
        confidence: if early_data || from.0 != from.1 {
            Confidence::Certain
        } else {
            Confidence::Likely
        },
        title: format!("{by} to {}{what}", subject.label()),
        evidence: evidence(first, again, &session.client_hello.as_ref()?.value.random),
        alternatives: alternatives(&[
            "a tool that plays captures back, or a probe with a fixed ClientHello",
            "a client whose random numbers repeat",
        ]),
    };
    Some(draft.about(&RULE, subject, again.hello_at.last))
}

/// Whether the same client still makes the same attempt.
fn is_same_attempt(first: &Handshake, again: &Handshake) -> bool {
    (first.carrier != Carrier::Tcp || !again.early_data)
        && first.flow.client.address == again.flow.client.address
        && again.asked().since(first.asked()) <= SAME_ATTEMPT_NANOS
}

fn evidence(first: &Handshake, again: &Handshake, random: &[u8; 32]) -> Vec<Evidence> {
    let parties = |it: &Handshake| format!("{} to {}", it.flow.client, it.flow.server);
    let random = hex(random);
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
    fn memory_is_bounded_and_the_oldest_is_forgotten() {
        let mut detector = ReplayedHandshake::default();
        let made = original();
        let handshake = Handshake::of(&made.record(Stage::Ended), &made.session()).unwrap();
        let hello = |number: usize| HelloId::of(&[0; 32], &number.to_be_bytes());
        for number in 0..MAX_HANDSHAKES + 5 {
            detector.remember(Handshake { hello: hello(number), ..handshake.clone() });
        }
        assert_eq!(detector.first.len(), MAX_HANDSHAKES);
        assert_eq!(detector.by_hello.len(), MAX_HANDSHAKES);
        for number in [0, 4] {
            assert!(detector.known(hello(number)).is_none(), "{number}");
        }
        for number in [5, 6, 40_000, MAX_HANDSHAKES - 1, MAX_HANDSHAKES, MAX_HANDSHAKES + 4] {
            assert_eq!(detector.known(hello(number)).unwrap().hello, hello(number));
        }
    }

    #[test]
    fn what_no_generator_made_proves_nothing() {
        assert!(!is_random(&[0; 32]) && !is_random(&[0xaa; 32]));
        let random: Vec<u8> = (0..32).collect();
        assert!(is_random(random.first_chunk().unwrap()));
    }
}
