//! Tests: a QUIC connection whose client gets another address, through a whole dissector.

use std::sync::Arc;

use crate::Dissector;
use crate::conversation::quic_tests::{ALL, datagrams, log, one_rtt};
use crate::decode::{Decoded, Decoder};
use crate::known::Known;
use crate::limits::UDP_TIMEOUT_SECS;
use crate::packet::{LinkType, Packet, Timestamp};
use crate::quic::seal::stream;
use crate::record::{Fact, Record};

/// A client's address and port; the server is 10.0.0.1, port 443.
type Client = (u8, u16);

struct Play {
    decoder: Decoder,
    dissector: Dissector,
    records: Vec<Record>,
    known: Known,
    number: u64,
    second: i64,
    hashes: Vec<u64>,
}

impl Play {
    fn new(with_keys: bool) -> Self {
        let mut dissector = Dissector::default();
        if with_keys {
            dissector.set_keys(Arc::new(log(0, &ALL)));
        }
        let (decoder, records, hashes) = (Decoder::default(), Vec::new(), Vec::new());
        let known = Known::default();
        let mut play = Self { decoder, dissector, known, records, number: 0, second: 0, hashes };
        for (from_client, payload) in datagrams() {
            play.datagram((2, 40_000), from_client, &payload);
        }
        play
    }

    fn datagram(&mut self, (host, port): Client, from_client: bool, payload: &[u8]) {
        let client = ([10, 0, 0, host], port);
        let server = ([10, 0, 0, 1], 443);
        let (source, destination) = if from_client { (client, server) } else { (server, client) };
        let length = u16::try_from(payload.len()).unwrap().saturating_add(8);
        let data = [
            &[0x45, 0][..],
            &length.saturating_add(20).to_be_bytes(),
            &[0, 0, 0, 0, 64, 17, 0, 0],
            &source.0,
            &destination.0,
            &source.1.to_be_bytes(),
            &destination.1.to_be_bytes(),
            &length.to_be_bytes(),
            &[0, 0],
            payload,
        ]
        .concat();
        self.number = self.number.saturating_add(1);
        self.second = self.second.saturating_add(1);
        let packet = Packet {
            number: self.number,
            timestamp: Timestamp::from_secs(self.second),
            link_type: LinkType::RAW,
            data: &data,
            original_length: 0,
            interface: 0,
        };
        let known = &mut self.known;
        self.dissector.advance(packet.timestamp, packet.number, known, &mut self.records);
        let decoded = self.decoder.decode(&packet);
        let Decoded::Udp(addressed, _) = &decoded else { panic!("{decoded:?}") };
        self.hashes.push(addressed.hash());
        self.dissector.packet(&packet, &decoded, known, &mut self.records);
    }

    /// The flows at the end: client, application, packets of both sides, first packet.
    fn flows(mut self) -> Vec<(String, Option<&'static str>, [u64; 2], u64)> {
        self.dissector.finish(&mut self.known, &mut self.records);
        let flow = |record: &Record| match &record.fact {
            Fact::Flow(summary) => Some((
                record.flow.as_ref()?.client.to_string(),
                summary.application,
                [summary.client_packets, summary.server_packets],
                summary.first.number,
            )),
            _ => None,
        };
        self.records.iter().filter_map(flow).collect()
    }
}

#[test]
fn a_connection_goes_on_under_another_address() {
    let mut play = Play::new(true);
    let moved = (9, 50_000);
    play.datagram(moved, true, &one_rtt(true, 1, &stream(4, 0, b"x", true)));
    play.datagram(moved, false, &one_rtt(false, 2, &stream(4, 0, b"y", true)));
    // The first address is silent for longer than a flow lives; the connection is not.
    play.second = play.second.saturating_add(UDP_TIMEOUT_SECS - 5);
    play.datagram(moved, true, &one_rtt(true, 2, &stream(8, 0, b"x", true)));
    play.second = play.second.saturating_add(20);
    play.datagram((10, 40_000), true, &one_rtt(true, 3, &stream(12, 0, b"x", true)));
    assert!(play.hashes.windows(2).all(|pair| pair[0] == pair[1]), "one shard has them all");
    assert_eq!(
        play.flows(),
        [
            ("10.0.0.2:40000".to_owned(), Some("quic"), [3, 2], 1),
            ("10.0.0.9:50000".to_owned(), Some("quic"), [2, 1], 6),
            ("10.0.0.10:40000".to_owned(), Some("quic"), [1, 0], 9),
        ]
    );
}

#[test]
fn only_what_opens_moves_a_connection() {
    let mut play = Play::new(true);
    let mut forged = one_rtt(true, 1, &stream(4, 0, b"x", true));
    *forged.last_mut().unwrap() ^= 1;
    play.datagram((9, 50_000), true, &forged);
    play.datagram((10, 50_000), true, b"\x40serve");
    let applications = |play: Play| play.flows().into_iter().map(|flow| flow.1).collect::<Vec<_>>();
    assert_eq!(applications(play), [Some("quic"), None, None]);

    let mut play = Play::new(false);
    play.datagram((9, 50_000), true, &one_rtt(true, 1, &stream(4, 0, b"x", true)));
    assert_eq!(applications(play), [Some("quic"), None], "there are no keys");
}
