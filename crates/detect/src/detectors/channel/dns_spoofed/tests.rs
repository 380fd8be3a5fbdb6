use std::sync::Arc;

use dissect::{
    ArpOperation, ArpPacket, DnsData, DnsQuestion, DnsRecord, Endpoint, Flow, FlowId, RecordOrder,
    Timestamp, Transport,
};

use super::*;
use crate::Known;
use crate::detectors::testing::{NOW, sightings};

const ROUTER: MacAddress = MacAddress([2, 1, 0, 0, 0, 1]);
const OTHER: MacAddress = MacAddress([2, 0x66, 0, 0, 0, 0x66]);

fn at(number: u64) -> PacketRef {
    let nanos = i64::try_from(number).unwrap().saturating_mul(10_000_000);
    PacketRef { number, timestamp: Timestamp::from_nanos(nanos.saturating_add(NOW.nanos())) }
}

fn record(number: u64, fact: Fact) -> Record {
    let flow = Flow {
        id: FlowId(1),
        client: Endpoint { address: "10.0.0.2".parse().unwrap(), port: 40_000 },
        server: Endpoint { address: "10.0.0.1".parse().unwrap(), port: 53 },
        transport: Transport::Udp,
        tunnel: None,
    };
    let order = RecordOrder::default();
    Record { order, packet: at(number), flow: Some(Arc::new(flow)), fact }
}

fn message(
    number: u64,
    id: u16,
    name: &str,
    sender: MacAddress,
    answers: &[(&str, u32)],
) -> Record {
    let answer = |(address, ttl): &(&str, u32)| DnsRecord {
        name: name.into(),
        kind: 1,
        ttl: *ttl,
        data: DnsData::Address(address.parse().unwrap()),
    };
    let message = DnsMessage {
        at: at(number),
        protocol: DnsProtocol::Dns,
        sender: Some(sender),
        id,
        is_response: !answers.is_empty(),
        from_client: answers.is_empty(),
        rcode: 0,
        is_truncated: false,
        questions: vec![DnsQuestion { name: name.into(), kind: 1 }],
        answers: answers.iter().map(answer).collect(),
    };
    record(number, Fact::Dns(Arc::new(message)))
}

fn station(number: u64, address: &str, mac: MacAddress) -> Record {
    let arp = ArpPacket {
        operation: ArpOperation::Request,
        sender: mac,
        sender_address: address.parse().unwrap(),
        target: MacAddress([0; 6]),
        target_address: "10.0.0.9".parse().unwrap(),
        frame: None,
    };
    record(number, Fact::Lan(LanMessage::Arp(arp)))
}

fn raised(records: &[Record]) -> Vec<Sighting> {
    sightings(&mut DnsSpoofed::default(), &Known::default(), records)
}

#[test]
fn two_answers_that_disagree_are_raised() {
    let name = "api.shop.test";
    for (second, confidence) in [(OTHER, Confidence::Certain), (ROUTER, Confidence::Likely)] {
        let sightings = raised(&[
            message(1, 7, name, ROUTER, &[]),
            message(2, 7, name, ROUTER, &[("203.0.113.5", 60)]),
            message(3, 7, name, second, &[("198.51.100.9", 60)]),
        ]);
        assert_eq!(sightings.len(), 1);
        assert_eq!(sightings[0].confidence, confidence);
        assert_eq!(sightings[0].subject.host.as_deref(), Some(name));
        assert_eq!(sightings[0].evidence[1].packets, [3]);
    }
}

#[test]
fn a_public_name_at_a_neighbour_who_answers_himself_is_raised() {
    let name = "api.shop.test";
    let sightings = raised(&[
        message(1, 7, name, ROUTER, &[("203.0.113.5", 60)]),
        station(2, "10.0.0.66", OTHER),
        message(3, 8, name, OTHER, &[("10.0.0.66", 1024)]),
    ]);
    assert_eq!(sightings.len(), 1);
    assert_eq!(sightings[0].confidence, Confidence::Certain);
    assert_eq!(
        sightings[0].title,
        "api.shop.test is said to be at 10.0.0.66, a neighbour of 10.0.0.2"
    );
    let mid_attack =
        raised(&[station(2, "10.0.0.66", OTHER), message(3, 8, name, OTHER, &[("10.0.0.66", 60)])]);
    assert_eq!(mid_attack[0].confidence, Confidence::Possible);
    assert_eq!(mid_attack[0].severity, Severity::Low);
}

#[test]
fn the_same_answer_twice_and_answers_to_two_questions_are_quiet() {
    let name = "cdn.shop.test";
    assert!(
        raised(&[
            message(1, 7, name, ROUTER, &[]),
            message(2, 7, name, ROUTER, &[("203.0.113.5", 60)]),
            message(3, 7, name, ROUTER, &[("203.0.113.5", 60)]),
            message(4, 8, name, ROUTER, &[]),
            message(5, 8, name, ROUTER, &[("203.0.113.6", 60)]),
        ])
        .is_empty()
    );
    let asked_twice = [
        message(1, 7, name, ROUTER, &[]),
        message(2, 7, name, ROUTER, &[]),
        message(3, 7, name, ROUTER, &[("203.0.113.5", 60)]),
        message(4, 7, name, ROUTER, &[("203.0.113.6", 60)]),
    ];
    assert!(raised(&asked_twice).is_empty());
}

#[test]
fn servers_of_the_network_portals_and_local_names_are_quiet() {
    let quiet = [
        station(1, "10.0.0.66", OTHER),
        message(2, 1, "files.company.test", ROUTER, &[("10.0.0.66", 60)]),
        message(3, 2, "a.example", ROUTER, &[("10.0.0.1", 60)]),
        message(4, 3, "b.example", ROUTER, &[("10.0.0.1", 60)]),
        message(5, 4, "printer.lan", OTHER, &[("10.0.0.66", 60)]),
        message(6, 5, "printer", OTHER, &[("10.0.0.66", 60)]),
        message(7, 6, "c.example", ROUTER, &[("10.20.0.10", 60)]),
        message(8, 7, "hub.example", ROUTER, &[("192.168.7.7", 60)]),
    ];
    assert!(raised(&quiet).is_empty());
}
