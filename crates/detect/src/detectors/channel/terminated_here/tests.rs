//! Handshakes within handshakes, made by hand.

use dissect::Ciphertext;

use super::super::leg::tests::{Made, packet};
use super::*;
use crate::Known;
use crate::detectors::testing::sightings;

fn raised(legs: &[&Made]) -> Vec<Sighting> {
    let mut records: Vec<Record> = legs.iter().map(|leg| leg.record(Stage::Negotiated)).collect();
    records.sort_by_key(|record| record.packet.timestamp);
    sightings(&mut TerminatedHere::default(), &Known::default(), &records)
}

const SERVER: &str = "203.0.113.5:443";

fn outer(hello: u8, at: i64) -> Made {
    Made::new("10.0.0.2:40000", SERVER, hello, (at, at + 30))
}

fn inner(hello: u8, at: i64) -> Made {
    Made::new("198.51.100.1:50000", SERVER, hello, (at + 5, at + 20))
}

#[test]
fn a_gateway_that_shakes_hands_within_handshakes_is_raised() {
    let raised = raised(&[&outer(1, 10), &inner(2, 10), &outer(3, 100), &inner(4, 100)]);
    assert_eq!(raised.len(), 2);
    assert_eq!(
        raised[0].title,
        "198.51.100.1 ends the TLS connection of 10.0.0.2 to api.shop.test and opens its own"
    );
    assert!(raised.iter().all(|sighting| sighting.confidence == Confidence::Likely));
    let nested = raised[0].evidence.last().unwrap();
    assert_eq!(
        nested.value,
        "5.000 ms to 20.000 ms after the outer ClientHello, which was answered after 30.000 ms"
    );
}

#[test]
fn one_pair_is_possible_and_two_clients_of_one_host_are_not() {
    let once = raised(&[&outer(1, 10), &inner(2, 10)]);
    assert_eq!((once.len(), once[0].confidence), (1, Confidence::Possible));
    // The other one does more than that.
    assert!(raised(&[&outer(1, 10), &inner(2, 10), &inner(3, 500)]).is_empty());
    let later = Made { times: (20, 45), ..inner(2, 0) };
    assert!(raised(&[&outer(1, 10), &later]).is_empty(), "answered after the outer one");
}

#[test]
fn a_proxy_that_was_asked_is_certain() {
    let to_proxy = Made { server: "10.0.0.1:8080", ..outer(1, 10) };
    let from_proxy = Made { client: "10.0.0.1:50000", ..inner(2, 10) };
    let proxy = raised(&[&to_proxy, &from_proxy]);
    assert_eq!((proxy.len(), proxy[0].confidence), (1, Confidence::Certain));
    // And on the same machine.
    let to_self = Made { client: "127.0.0.1:4", server: "127.0.0.1:8080", ..outer(1, 10) };
    let from_self = Made { client: "10.0.0.2:50000", ..inner(2, 10) };
    assert_eq!(raised(&[&to_self, &from_self]).len(), 1);
}

#[test]
fn a_handshake_that_is_only_passed_on_is_not() {
    let beyond = Made { hello: 1, ..inner(1, 10) };
    assert!(raised(&[&outer(1, 10), &beyond]).is_empty());
    // Two at once through NAT: neither lies in the other.
    let (first, second) = (outer(1, 10), Made { times: (12, 25), ..outer(2, 10) });
    let nat = |made: &Made| Made { client: "198.51.100.1:6", ..made.clone() };
    assert!(raised(&[&first, &nat(&first), &second, &nat(&second)]).is_empty());
}

/// An outer leg whose request comes 50 ms and whose reply 150 ms behind its ClientHello; and
/// `early`, a record of the server soon after the request.
fn exchange(hello: u8, at: i64, early: u16) -> Record {
    let made = outer(hello, at);
    let mut session = made.session();
    for (from_client, after, length) in [(true, 50, 200), (false, 52, early), (false, 150, 900)] {
        session.ciphertexts.push(Ciphertext {
            from_client,
            content_type: 23,
            length,
            at: packet(at + after),
            inner_type: None,
        });
    }
    made.record_of(Stage::Negotiated, session)
}

fn raised_late(early: u16, inner: &[i64]) -> usize {
    let mut records = vec![exchange(1, 100, early), exchange(3, 600, early)];
    for (hello, at) in (10..).zip(inner) {
        let late = Made { times: (*at, at + 10), ..inner_at(hello) };
        records.push(late.record(Stage::Negotiated));
    }
    records.sort_by_key(|record| record.packet.timestamp);
    sightings(&mut TerminatedHere::default(), &Known::default(), &records).len()
}

fn inner_at(hello: u8) -> Made {
    inner(hello, 0)
}

#[test]
fn a_proxy_that_waits_for_requests_is_raised_when_it_does_so_twice() {
    assert_eq!(raised_late(250, &[180, 680]), 2);
    assert_eq!(raised_late(250, &[180]), 0);
}

#[test]
fn other_clients_during_an_exchange_are_not() {
    assert_eq!(raised_late(773, &[180, 680]), 0, "the reply was there already");
    assert_eq!(raised_late(250, &[180, 190]), 0, "both within one exchange");
    assert_eq!(raised_late(250, &[300, 680]), 0, "behind the reply");
}

#[test]
fn several_connections_of_one_client_are_not() {
    let own = Made { client: "10.0.0.2:40001", ..inner(2, 10) };
    assert!(raised(&[&outer(1, 10), &own]).is_empty());
}

#[test]
fn another_host_is_not() {
    let other = Made { host: "cdn.shop.test", ..inner(2, 10) };
    assert!(raised(&[&outer(1, 10), &other]).is_empty());
}

/// What is found by blocks and chains is what looking at every handshake finds.
#[test]
fn nothing_that_fits_is_overlooked() {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let clients = ["10.0.0.2:1", "10.0.0.3:2", "198.51.100.1:3", "203.0.113.5:4"];
    let servers = [SERVER, "203.0.113.5:8443", "10.0.0.3:443", "127.0.0.1:8080"];
    let (mut recent, mut all) = (Recent::default(), std::collections::VecDeque::new());
    let (mut found, mut copied) = (0, 0);
    for number in 0..2_000_i64 {
        // Mostly one client and server for a while, as in life.
        let pick = |draw: &mut dyn FnMut(u64) -> u64| {
            let usual = (number / 100) % 4;
            let place = if draw(4) > 0 { usual } else { i64::try_from(draw(4)).unwrap() };
            usize::try_from(place).unwrap()
        };
        let asked = number * 5 + i64::try_from(draw(20)).unwrap();
        let answered = asked + 1 + i64::try_from(draw(60)).unwrap();
        let made = Made {
            host: ["api.shop.test", "cdn.shop.test", ""][usize::try_from(draw(3)).unwrap()],
            ..Made::new(
                clients[pick(&mut draw)],
                servers[pick(&mut draw)],
                u8::try_from(draw(200)).unwrap(),
                (asked, answered),
            )
        };
        let mut session = made.session();
        let record = made.record_of(Stage::Negotiated, session.clone());
        let leg = Leg::of(&record, &session).unwrap();
        let at = leg.answered().unwrap();
        if all.len() > 150 {
            recent.pop();
            all.pop_front();
        }
        recent.push(leg.clone(), at);
        all.push_back(leg);
        if draw(3) == 0 {
            // A reply is long; what comes before one may be a ticket.
            let (early, length) = (20 + i64::try_from(draw(90)).unwrap(), [100, 900]);
            let length = length[usize::try_from(draw(2)).unwrap()];
            for (from_client, after, length) in
                [(true, 20, 100), (true, 30, 100), (false, early, length), (false, 200, 900)]
            {
                session.ciphertexts.push(Ciphertext {
                    from_client,
                    content_type: 23,
                    length,
                    at: packet(answered + after),
                    inner_type: None,
                });
            }
            let last = all.back_mut().unwrap();
            last.go_on(&session);
            recent.change((last.flow.id, last.hello_id), |leg| leg.go_on(&session));
        }
        let inner = &all[usize::try_from(draw(40)).unwrap().min(all.len() - 1)];
        let is_copied = |leg: &Leg| {
            all.iter().any(|other| other.flow.id != leg.flow.id && other.hello_id == leg.hello_id)
        };
        assert_eq!(recent.is_copied(inner), is_copied(inner));
        copied += usize::from(is_copied(inner));
        let fits =
            |outer: &&Leg| nesting(outer, inner).is_some() && relation(outer, inner).is_some();
        let expected: Vec<FlowId> = all.iter().filter(fits).map(|leg| leg.flow.id).collect();
        let around = recent.around(inner, inner.answered().unwrap());
        let legs: Vec<FlowId> = around.filter(fits).map(|leg| leg.flow.id).collect();
        assert_eq!(legs, expected, "{number}");
        found += expected.len();
    }
    assert!(found > 100 && copied > 100, "{found} {copied}");
    assert_eq!(recent.len(), all.len());
}
