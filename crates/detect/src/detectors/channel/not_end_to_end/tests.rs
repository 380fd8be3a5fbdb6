//! Two captures made by hand.

use dissect::Session;

use super::super::leg::tests::Made;
use super::*;
use crate::comparison::Comparison;
use crate::ledger::Ledger;
use crate::settings::Known;
use crate::trust::Trust;

/// What is raised and counted when these sessions are compared.
fn compared(phone: &[Made], edge: &[Made]) -> (Vec<Sighting>, Comparison) {
    compared_with(phone, edge, |session| session)
}

fn compared_with(
    phone: &[Made],
    edge: &[Made],
    change: fn(Session) -> Session,
) -> (Vec<Sighting>, Comparison) {
    let known =
        Known { vantage_points: vec![VantagePoint::Phone, VantagePoint::Edge], ..Known::default() };
    let (mut trust, mut sightings, mut comparison) = (Trust::default(), Vec::new(), None);
    let mut detector = NotEndToEnd::default();
    for (input, legs) in [phone, edge].into_iter().enumerate() {
        let mut scene = Scene {
            ledger: &Ledger::new(0),
            call: None,
            known: &known,
            input,
            trust: &mut trust,
            comparison: &mut comparison,
            sightings: &mut sightings,
        };
        for leg in legs {
            let session = if input == 1 { change(leg.session()) } else { leg.session() };
            detector.observe(&leg.record_of(Stage::Ended, session), &mut scene);
        }
        detector.end_of_input(&mut scene);
    }
    (sightings, comparison.unwrap())
}

const fn counts(end_to_end: u64, terminated: u64, not_covered: u64) -> Comparison {
    Comparison { end_to_end, terminated, not_covered }
}

fn phone(hello: u8, at: i64) -> Made {
    Made::new("10.0.0.2:40000", "203.0.113.5:443", hello, (at, at + 30))
}

/// As the edge sees it: from other addresses.
fn edge(hello: u8, at: i64) -> Made {
    Made::new("198.51.100.1:50000", "10.9.9.9:8443", hello, (at, at + 5))
}

#[test]
fn a_handshake_that_arrives_is_end_to_end_behind_nat() {
    let (raised, comparison) = compared(&[phone(1, 100)], &[edge(1, 110)]);
    assert!(raised.is_empty());
    assert_eq!(comparison, counts(1, 0, 0));
    // And with a clock that is an hour off.
    let late = edge(1, 3_600_110);
    assert_eq!(compared(&[phone(1, 100)], &[late]).1, counts(1, 0, 0));
}

#[test]
fn another_handshake_instead_is_raised() {
    let (raised, comparison) = compared(&[phone(1, 100)], &[edge(2, 110)]);
    assert_eq!(comparison, counts(0, 1, 0));
    assert_eq!(raised.len(), 1);
    let raised = &raised[0];
    assert_eq!(
        raised.title,
        "api.shop.test does not get the phone's TLS connection: it is ended in between, and \
         198.51.100.1 opens another"
    );
    assert_eq!((raised.confidence, raised.input), (Confidence::Certain, Some(0)));
    assert_eq!(raised.evidence.len(), raised.captures.len());
    let of = |vantage| {
        let placed = raised.evidence.iter().zip(&raised.captures);
        let here = placed.filter(move |(_, at)| **at == Some(vantage));
        here.map(|(evidence, _)| evidence.packets[0]).collect::<Vec<u64>>()
    };
    assert_eq!(of(VantagePoint::Phone), [100, 100, 100, 130]);
    assert_eq!(of(VantagePoint::Edge), [110, 110, 110, 115]);
}

#[test]
fn a_proxy_that_opens_its_connection_late_is_raised() {
    let (raised, comparison) =
        compared(&[phone(1, 100), phone(2, 200)], &[edge(3, 900), edge(4, 1500)]);
    assert_eq!((raised.len(), comparison), (2, counts(0, 2, 0)));
    assert_eq!(raised[0].confidence, Confidence::Likely);
}

#[test]
fn clocks_that_cannot_be_compared_leave_host_and_order() {
    let (raised, comparison) = compared(&[phone(1, 100)], &[edge(2, 9_000_000)]);
    assert_eq!(comparison, counts(0, 1, 0));
    assert!(
        raised[0].evidence.iter().any(|evidence| evidence.value.contains("cannot be compared"))
    );
}

#[test]
fn a_server_that_the_edge_does_not_show_is_not_covered() {
    let elsewhere = Made { host: "maps.test", server: "192.0.2.1:443", ..phone(2, 105) };
    let (raised, comparison) = compared(&[phone(1, 100), elsewhere], &[edge(1, 110)]);
    assert_eq!((raised.len(), comparison), (0, counts(1, 0, 1)));
    assert_eq!(compared(&[phone(1, 100)], &[]).1, counts(0, 0, 1));
}

#[test]
fn another_node_of_the_same_host_is_not_covered() {
    let other_node = Made { server: "203.0.113.99:443", ..phone(2, 120) };
    let (raised, comparison) = compared(&[phone(1, 100), other_node], &[edge(1, 110)]);
    assert_eq!((raised.len(), comparison), (0, counts(1, 0, 1)));
}

#[test]
fn clients_of_a_busy_edge_do_not_stand_for_the_phone() {
    let other_node = || Made { server: "203.0.113.99:443", ..phone(2, 120) };
    let others = |count: u8| (0..count).map(|n| edge(10 + n, 121 + i64::from(n)));
    let compared = |others: Vec<Made>| {
        let edge: Vec<Made> = [edge(1, 110)].into_iter().chain(others).collect();
        compared(&[phone(1, 100), other_node()], &edge).1
    };
    assert_eq!(compared(others(9).collect()), counts(1, 0, 1));
    assert_eq!(compared(others(1).collect()), counts(1, 1, 0));
}

#[test]
fn a_handshake_missing_among_others_of_its_server_is_raised() {
    let (raised, comparison) =
        compared(&[phone(1, 100), phone(2, 120)], &[edge(1, 110), edge(9, 900_000)]);
    assert_eq!((raised.len(), comparison), (1, counts(1, 1, 0)));
    assert!(raised[0].title.ends_with("it is ended in between"), "{}", raised[0].title);
}

#[test]
fn what_happens_after_the_edge_capture_or_without_an_answer_is_not_covered() {
    let late = phone(2, 60_000);
    assert_eq!(compared(&[phone(1, 100), late], &[edge(1, 110)]).1, counts(1, 0, 1));
    let unanswered = Made { answer: None, ..phone(2, 112) };
    assert_eq!(compared(&[phone(1, 100), unanswered], &[edge(1, 110)]).1, counts(1, 0, 1));
}

#[test]
fn a_copied_hello_with_another_answer_is_raised() {
    let copied = Made { answer: Some(7), ..edge(1, 110) };
    let (raised, comparison) = compared(&[phone(1, 100)], &[copied]);
    assert_eq!((raised.len(), comparison), (1, counts(0, 1, 0)));
    assert_eq!(raised[0].confidence, Confidence::Certain);
}

#[test]
fn a_hello_that_the_edge_capture_lost_is_told_by_its_answer() {
    let lost = |session| Session { client_hello: None, ..session };
    let (raised, comparison) = compared_with(&[phone(1, 100)], &[edge(1, 110)], lost);
    assert_eq!((raised.len(), comparison), (0, counts(1, 0, 0)));
}
