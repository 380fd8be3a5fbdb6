use dissect::ArpOperation::{Reply, Request};
use dissect::{ArpOperation, LinkAddresses, RecordOrder, Timestamp};

use super::*;
use crate::Known;
use crate::detectors::testing::{NOW, sightings};

const ROUTER: MacAddress = MacAddress([2, 1, 0, 0, 0, 1]);
const PHONE: MacAddress = MacAddress([2, 0x50, 0, 0, 0, 2]);
const OTHER: MacAddress = MacAddress([2, 0x66, 0, 0, 0, 0x66]);
const NOBODY: MacAddress = MacAddress([0; 6]);
const ALL: MacAddress = MacAddress([0xff; 6]);

/// At this many milliseconds, `sender` at 10.0.0.`address` speaks to `target` at 10.0.0.`to`.
type Line = (i64, ArpOperation, MacAddress, u8, MacAddress, u8);

fn raised(lines: &[Line]) -> Vec<Sighting> {
    let records: Vec<Record> = (1..)
        .zip(lines)
        .map(|(number, &(millis, operation, sender, address, target, to))| {
            let timestamp =
                Timestamp::from_nanos(millis.saturating_mul(1_000_000).saturating_add(NOW.nanos()));
            let at = |last| Ipv4Addr::new(10, 0, 0, last);
            Record {
                order: RecordOrder::default(),
                packet: PacketRef { number, timestamp },
                flow: None,
                fact: Fact::Lan(LanMessage::Arp(ArpPacket {
                    operation,
                    sender,
                    sender_address: if address == 0 { Ipv4Addr::UNSPECIFIED } else { at(address) },
                    target,
                    target_address: at(to),
                    frame: Some(LinkAddresses { source: sender, destination: None }),
                })),
            }
        })
        .collect();
    sightings(&mut ArpSpoofed::default(), &Known::default(), &records)
}

#[test]
fn unasked_replies_of_a_station_with_another_address_are_raised() {
    let mut lines = vec![(0, Request, OTHER, 66, NOBODY, 2)];
    lines.extend((1..6).map(|n| (n * 1010, Reply, OTHER, 1, PHONE, 2)));
    let sightings = raised(&lines);
    assert_eq!(sightings.len(), 3);
    assert_eq!(sightings[0].confidence, Confidence::Likely);
    assert_eq!(sightings[0].subject.client.unwrap().to_string(), "10.0.0.2");
    assert!(sightings[0].title.starts_with("02:66:00:00:00:66 claims 10.0.0.1 to 10.0.0.2"));
    let unasked = sightings[0].evidence.iter().find(|e| e.fact == "unasked-replies").unwrap();
    assert_eq!(
        (&unasked.packets[..], unasked.value.as_str()),
        (&[2, 3, 4][..], "3, one every 1.0 s")
    );
    assert!(sightings.iter().all(|sighting| sighting.key == sightings[0].key));
}

#[test]
fn with_the_true_holder_seen_it_is_certain() {
    let mut lines = vec![(0, Request, PHONE, 2, NOBODY, 1), (1, Reply, ROUTER, 1, PHONE, 2)];
    lines.extend((2..6).map(|n| (n * 2000, Reply, OTHER, 1, PHONE, 2)));
    let sightings = raised(&lines);
    assert_eq!(sightings[0].confidence, Confidence::Certain);
    assert!(sightings[0].title.ends_with("which 02:01:00:00:00:01 has"));
}

#[test]
fn the_holder_who_takes_it_back_is_not_blamed() {
    let mut lines = vec![
        (0, Request, OTHER, 66, NOBODY, 2),
        (1, Request, ROUTER, 3, NOBODY, 2),
        (2, Request, PHONE, 2, NOBODY, 66),
    ];
    lines.extend((1..6).map(|n| (n * 1000, Reply, OTHER, 1, PHONE, 2)));
    lines.extend((6..9).map(|n| (n * 1000, Reply, ROUTER, 1, PHONE, 2)));
    assert!(raised(&lines).iter().all(|sighting| sighting.key.contains("02:66")));
}

#[test]
fn an_address_is_taken_from_who_is_alive() {
    let lines = [
        (0, Reply, PHONE, 2, ROUTER, 1),
        (100, Reply, OTHER, 50, ROUTER, 1),
        (900, Reply, OTHER, 2, ROUTER, 1),
    ];
    assert_eq!(raised(&lines).len(), 1);
}

#[test]
fn two_that_alternate_are_raised_as_possible() {
    let lines: Vec<Line> = (0..6)
        .map(|n| (n * 5000, Request, if n % 2 == 0 { ROUTER } else { OTHER }, 1, NOBODY, 9))
        .collect();
    let sightings = raised(&lines);
    assert!(!sightings.is_empty());
    assert_eq!(sightings[0].confidence, Confidence::Possible);
}

#[test]
fn a_failover_by_announcement_is_quiet() {
    let lines = [
        (0, Request, ROUTER, 1, NOBODY, 1),
        (500, Request, OTHER, 3, NOBODY, 2),
        (60_000, Reply, OTHER, 1, ALL, 1),
        (60_200, Reply, OTHER, 1, ALL, 1),
        (60_400, Reply, OTHER, 1, ALL, 1),
        (60_600, Request, OTHER, 1, NOBODY, 2),
    ];
    assert!(raised(&lines).is_empty());
}

#[test]
fn virtual_routers_and_probes_are_quiet() {
    let vrrp = MacAddress([0, 0, 0x5e, 0, 1, 7]);
    let mut lines: Vec<Line> = (0..8)
        .map(|n| (n * 1000, Reply, if n % 2 == 0 { ROUTER } else { vrrp }, 1, PHONE, 2))
        .collect();
    lines.truncate(4);
    lines.extend((0..8).map(|n| (9000 + n * 1000, Request, OTHER, 0, NOBODY, 1)));
    assert!(raised(&lines).is_empty());
}

#[test]
fn proxy_arp_and_two_interfaces_of_one_host_are_quiet() {
    let mut lines: Vec<Line> = Vec::new();
    for n in 0..20 {
        lines.push((i64::from(n) * 1000, Request, PHONE, 2, NOBODY, 100 + n));
        lines.push((i64::from(n) * 1000 + 1, Reply, ROUTER, 100 + n, PHONE, 2));
    }
    for n in 0..20 {
        let address = 50 + (n % 2) as u8;
        lines.push((30_000 + n * 1000, Request, PHONE, 2, NOBODY, address));
        lines.push((30_001 + n * 1000, Reply, ROUTER, address, PHONE, 2));
        lines.push((30_002 + n * 1000, Reply, OTHER, address, PHONE, 2));
    }
    assert!(raised(&lines).is_empty());
}
