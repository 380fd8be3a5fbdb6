//! Flights of real servers, as lengths.

use std::sync::Arc;

use super::*;
use crate::packet::{PacketRef, PacketSpan, Timestamp};
use crate::session::{Carrier, Seen};
use crate::tls::{ClientHello, Offer, ServerHello};

/// A session with these records: positive from the server, negative from the client.
fn session(suite: u16, psk_selected: bool, records: &[i32]) -> Session {
    let mut session = Session::new(Carrier::Tcp);
    let packets = PacketSpan::one(PacketRef::default());
    let client = ClientHello {
        sni: Some("api.shop.test".into()),
        offer: Offer { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..Offer::default() }
            .into(),
        ..ClientHello::default()
    };
    session.client_hello = Some(Seen { value: Arc::new(client), packets });
    let server = ServerHello {
        legacy_version: 0x0303,
        selected_version: Some(0x0304),
        cipher_suite: suite,
        psk_selected,
        ..ServerHello::default()
    };
    session.server_hello = Some(Seen { value: Arc::new(server), packets });
    for (number, &length) in (1..).zip(records) {
        session.ciphertexts.push(Ciphertext {
            from_client: length < 0,
            content_type: 23,
            length: u16::try_from(length.unsigned_abs()).unwrap(),
            at: PacketRef { number, timestamp: Timestamp::from_secs(0) },
            inner_type: None,
        });
    }
    session
}

fn separate(suite: u16, records: &[i32]) -> SeparateFlight {
    match ServerFlight::of(&session(suite, false, records)).unwrap().form {
        FlightForm::Separate(separate) => separate,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_for_each_message_is_taken_apart() {
    let records = [36, 1685, 96, 53, -53, 290, 290, 57];
    let flight = separate(0x1301, &records);
    assert_eq!(flight.certificate_bytes, 1660);
    assert_eq!(flight.key.to_string(), "P-256");
    assert_eq!(flight.certificate_request, None);
    let whole = ServerFlight::of(&session(0x1301, false, &records)).unwrap();
    assert_eq!((whole.records.len(), whole.tickets), (4, vec![290, 290]));
}

#[test]
fn a_certificate_request_is_one_record_more() {
    let flight = separate(0x1302, &[36, 66, 961, 281, 69, -1200, -281, -69]);
    assert_eq!((flight.certificate_request, flight.key), (Some(66), SigningKey::Rsa(2048)));
}

#[test]
fn what_is_packed_gives_a_sum() {
    for (records, sum) in [
        (&[1500, -53][..], 1483),
        (&[1500, -53, 53, 53], 1483),
        (&[36, 1800, 53, -53], 19 + 1783 + 36),
    ] {
        let flight = ServerFlight::of(&session(0x1301, false, records)).unwrap();
        assert_eq!(flight.form, FlightForm::Packed { bytes: sum }, "{records:?}");
    }
}

#[test]
fn a_resumed_session_has_no_certificate() {
    let flight = ServerFlight::of(&session(0x1302, true, &[42, 69, -69, 306])).unwrap();
    assert_eq!(flight.form, FlightForm::Resumed { encrypted_extensions: 42 });
    assert!(flight.tickets.is_empty());
}

#[test]
fn a_flight_that_was_not_seen_to_its_end_is_none() {
    for records in [&[][..], &[36], &[36, 1685], &[36, 1685, 96], &[-24, 36]] {
        assert_eq!(ServerFlight::of(&session(0x1301, false, records)), None, "{records:?}");
    }
}

#[test]
fn what_comes_behind_a_gap_is_not_believed() {
    let mut session = session(0x1301, false, &[36, 1685, 96, 53, -53, 290, 57]);
    session.server_records_before_gap = Some(4);
    let flight = ServerFlight::of(&session).unwrap();
    assert!(matches!(flight.form, FlightForm::Separate(_)) && flight.tickets.is_empty());
    session.server_records_before_gap = Some(2);
    assert_eq!(ServerFlight::of(&session), None);
}

#[test]
fn signatures_tell_keys_apart() {
    for (length, name) in [
        (89, "Ed25519"),
        (94, "P-256"),
        (97, "P-256"),
        (128, "P-384"),
        (153, "RSA-1024"),
        (281, "RSA-2048"),
        (537, "RSA-4096"),
    ] {
        assert_eq!(SigningKey::of_record(length).unwrap().to_string(), name);
    }
    assert_eq!(SigningKey::of_record(53), None);
}

#[test]
fn encrypted_extensions_are_read() {
    let session = session(0x1301, false, &[]);
    let first = |length| {
        let readings = extensions_readings(length, &session);
        let reading = readings.first().unwrap();
        let alpn = reading.alpn.clone().map(|alpn| String::from_utf8(alpn).unwrap());
        (alpn, reading.name_acknowledged, reading.other)
    };
    assert_eq!(first(23), (None, false, 0));
    assert_eq!(first(27), (None, true, 0));
    assert_eq!(first(32), (Some("h2".into()), false, 0));
    assert_eq!(first(36), (Some("h2".into()), true, 0));
    assert_eq!(first(38), (Some("http/1.1".into()), false, 0));
    assert_eq!(first(42), (Some("http/1.1".into()), true, 0));
    assert!(extensions_readings(60, &session).iter().all(|reading| reading.other > 0));
    assert!(extensions_readings(22, &session).is_empty());
}
