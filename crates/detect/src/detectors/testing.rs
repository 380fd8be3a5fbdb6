//! Certificates and records made by hand, for the tests of detectors.
//!
//! A detector reads what a certificate says and never its encoding, so that fields alone are
//! enough; the encoding here is whatever tells certificates apart.

use std::sync::Arc;

use dissect::tls::{ClientHello, ServerHello};
use dissect::x509::{
    Attribute, Certificate, Chain, ChainEntry, ExtensionEntry, GeneralName, Name, PublicKey,
    ValidityTime,
};
use dissect::{
    Carrier, Ciphertext, Endpoint, Fact, Flow, FlowId, Observed, PacketRef, PacketSpan, Record,
    RecordOrder, Seen, Session, Stage, Timestamp, Transport,
};
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::detector::{Detector, Scene, Sighting};
use crate::ledger::Ledger;
use crate::settings::Known;
use crate::trust::Trust;

/// The time of every packet here: 2026-11-23T22:45:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_473_900);

/// That many days after [`NOW`]; before it if negative.
pub(crate) const fn days_from_now(days: i64) -> ValidityTime {
    ValidityTime::from_secs(NOW.secs().saturating_add(days.saturating_mul(86_400)))
}

/// A name from text: `CN=a, O=b`. A part without `=` belongs to the value before it, so that
/// values may have commas. No text, no attributes.
pub(crate) fn name(text: &str) -> Name {
    let mut attributes: Vec<Attribute> = Vec::new();
    for part in text.split(", ").filter(|part| !part.is_empty()) {
        match (part.split_once('='), attributes.last_mut()) {
            (Some((key, value)), _) => {
                attributes.push(Attribute { oid: key.into(), key: key.into(), value: value.into() })
            }
            (None, Some(last)) => last.value = format!("{}, {part}", last.value),
            (None, None) => panic!("{text:?} does not begin with an attribute"),
        }
    }
    Name { attributes, der: text.as_bytes().to_vec() }
}

/// A sound certificate of today: P-256, SHA-256, 90 days, its common name as its only
/// alternative name.
pub(crate) fn certificate(subject: &str, issuer: &str) -> Certificate {
    let (subject, issuer) = (name(subject), name(issuer));
    let text = format!("{subject} / {issuer}");
    let sha256: [u8; 32] = Sha256::digest(&text).into();
    let alt_name = subject.common_name().unwrap_or_default().to_owned();
    Certificate {
        der: Arc::from(text.as_bytes()),
        sha256,
        sha1: [0; 20],
        version: 3,
        serial: vec![0x21; 18],
        not_before: days_from_now(-10),
        not_after: days_from_now(80),
        public_key: PublicKey::Ec { curve: "P-256".into(), bits: 256 },
        spki: sha256.to_vec(),
        spki_sha256: sha256,
        key_sha1: [0x11; 20],
        signature_algorithm: "1.2.840.10045.4.3.2".into(),
        extensions: extensions("2.5.29.15! 2.5.29.37 2.5.29.19! 2.5.29.35 2.5.29.17"),
        subject_alt_names: Some(vec![GeneralName::Dns(alt_name)]),
        basic_constraints_ca: Some(false),
        key_usage: Some(1),
        extended_key_usage: vec!["1.3.6.1.5.5.7.3.1".into()],
        subject_key_id: None,
        authority_key_id: Some(vec![0x22; 20]),
        policies: Vec::new(),
        crl_distribution_points: Vec::new(),
        authority_info_access: Vec::new(),
        ca_issuers: Vec::new(),
        scts: Vec::new(),
        subject,
        issuer,
    }
}

/// Extensions from text: dotted OIDs, `!` behind the critical ones.
pub(crate) fn extensions(text: &str) -> Vec<ExtensionEntry> {
    text.split_whitespace()
        .map(|word| ExtensionEntry {
            oid: word.trim_end_matches('!').into(),
            critical: word.ends_with('!'),
            length: 20,
        })
        .collect()
}

/// A chain as sent.
pub(crate) fn chain(certificates: Vec<Certificate>) -> Chain {
    let entry = |certificate| ChainEntry::Certificate(Arc::new(certificate));
    Chain::new(certificates.into_iter().map(entry).collect())
}

/// The record of a TCP session whose certificates were just seen, in packets 12 to 15.
pub(crate) fn certified(host: &str, chain: Chain) -> Record {
    certified_over(Carrier::Tcp, host, chain)
}

/// The same over another carrier.
pub(crate) fn certified_over(carrier: Carrier, host: &str, chain: Chain) -> Record {
    let mut session = session(carrier, host);
    let packets = PacketSpan { first: packet(12), last: packet(15) };
    session.certificates = Observed::Seen(Seen { value: Arc::new(chain), packets });
    record(Stage::Certified, session)
}

/// The record of a TLS 1.2 session over TCP that is over, with this chain in packets 12 to 15,
/// changed by `change`.
pub(crate) fn ended(host: &str, chain: Chain, change: impl FnOnce(&mut Session)) -> Record {
    let mut session = session(Carrier::Tcp, host);
    let packets = PacketSpan { first: packet(12), last: packet(15) };
    session.certificates = Observed::Seen(Seen { value: Arc::new(chain), packets });
    session.resumed = Some(false);
    change(&mut session);
    record(Stage::Ended, session)
}

/// The same of a client that finished the handshake in packet 16 and sent data in packet 18.
pub(crate) fn accepted(host: &str, chain: Chain) -> Record {
    ended(host, chain, |session| {
        session.ciphertexts = vec![
            encrypted(16, true, 22, 40),
            encrypted(17, false, 22, 40),
            encrypted(18, true, 23, 300),
        ];
    })
}

/// An encrypted record, a millisecond for each packet after [`NOW`].
pub(crate) fn encrypted(at: u64, from_client: bool, kind: u8, length: u16) -> Ciphertext {
    Ciphertext { from_client, content_type: kind, length, at: later(at), inner_type: None }
}

/// A packet, a millisecond for each after [`NOW`].
pub(crate) fn later(number: u64) -> PacketRef {
    let nanos = i64::try_from(number).unwrap().saturating_mul(1_000_000);
    PacketRef { number, timestamp: Timestamp::from_nanos(NOW.nanos().saturating_add(nanos)) }
}

/// The record of a session whose ServerHello, in packet 9, was just seen.
pub(crate) fn negotiated(carrier: Carrier, hello: ServerHello) -> Record {
    let mut session = session(carrier, "api.shop.test");
    session.server_hello =
        Some(Seen { value: Arc::new(hello), packets: PacketSpan::one(packet(9)) });
    record(Stage::Negotiated, session)
}

/// A session of which only a ClientHello with this name, in packet 4, was seen.
pub(crate) fn session(carrier: Carrier, host: &str) -> Session {
    let mut session = Session::new(carrier);
    let hello = ClientHello { sni: Some(host.into()), ..ClientHello::default() };
    session.client_hello =
        Some(Seen { value: Arc::new(hello), packets: PacketSpan::one(packet(4)) });
    session
}

/// The record of a session at this stage.
pub(crate) fn record(stage: Stage, session: Session) -> Record {
    let flow = Flow {
        id: FlowId(1),
        client: Endpoint { address: "10.0.0.2".parse().unwrap(), port: 40_000 },
        server: Endpoint { address: "203.0.113.5".parse().unwrap(), port: 443 },
        transport: Transport::Tcp,
        tunnel: None,
    };
    Record {
        order: RecordOrder { packet: 15, flow: 1, sequence: 0 },
        packet: packet(15),
        flow: Some(Arc::new(flow)),
        fact: Fact::Session(stage, Arc::new(session)),
    }
}

const fn packet(number: u64) -> PacketRef {
    PacketRef { number, timestamp: NOW }
}

/// A bare sighting of the rule with this id, of a client (an address) and a server (address and
/// port).
pub(crate) fn sighting(rule: &str, ends: (&str, &str), host: Option<&str>) -> Sighting {
    let rules = crate::detectors::DETECTORS.iter().map(|registration| registration.rule);
    let rule = rules.into_iter().find(|known| known.id == rule).expect(rule);
    let server: std::net::SocketAddr = ends.1.parse().expect("an address and a port");
    Sighting {
        rule,
        key: String::new(),
        severity: rule.severity,
        confidence: crate::finding::Confidence::Likely,
        title: String::new(),
        subject: crate::finding::Subject {
            client: ends.0.parse().ok(),
            server: Some(Endpoint { address: server.ip(), port: server.port() }),
            host: host.map(str::to_owned),
            flow: None,
        },
        evidence: Vec::new(),
        alternatives: Vec::new(),
        packet: packet(15),
        input: None,
        captures: Vec::new(),
        session: None,
    }
}

/// All that a detector says to these records and to the end of the input.
pub(crate) fn sightings(
    detector: &mut dyn Detector,
    known: &Known,
    records: &[Record],
) -> Vec<Sighting> {
    sightings_of_inputs(detector, known, &[records])
}

/// The same for several inputs, each of which ends.
pub(crate) fn sightings_of_inputs(
    detector: &mut dyn Detector,
    known: &Known,
    inputs: &[&[Record]],
) -> Vec<Sighting> {
    let mut stage = Asked { known, trust: Trust::default(), sightings: Vec::new() };
    for (input, records) in inputs.iter().enumerate() {
        for record in *records {
            stage.ask(Some(record), input, |scene| detector.observe(record, scene));
        }
        stage.ask(None, input, |scene| detector.end_of_input(scene));
    }
    stage.sightings
}

/// What one detector was asked, and said.
struct Asked<'a> {
    known: &'a Known,
    trust: Trust,
    sightings: Vec<Sighting>,
}

impl Asked<'_> {
    fn ask(&mut self, record: Option<&Record>, input: usize, ask: impl FnOnce(&mut Scene<'_>)) {
        let mut comparison = None;
        let call = record.and_then(|record| Call::of(record, &self.known.policy));
        ask(&mut Scene {
            ledger: &Ledger::new(0),
            call: call.as_ref(),
            known: self.known,
            input,
            trust: &mut self.trust,
            comparison: &mut comparison,
            sightings: &mut self.sightings,
        });
    }
}

/// Messages about a link.
pub(crate) mod lan {
    use dissect::{DhcpKind, DhcpMessage, LanMessage, MacAddress, Parties};

    use super::*;

    /// The record of a message in this packet, a second after the one before.
    pub(crate) fn lan(number: u64, message: LanMessage) -> Record {
        let secs = i64::try_from(number).unwrap().saturating_add(NOW.secs());
        Record {
            order: RecordOrder { packet: number, flow: 0, sequence: 0 },
            packet: PacketRef { number, timestamp: Timestamp::from_secs(secs) },
            flow: None,
            fact: Fact::Lan(message),
        }
    }

    /// 10.0.0.2 is leased by this server, which names one router and one resolver.
    pub(crate) fn ack(number: u64, server: &str, router: &str, dns_server: &str) -> Record {
        let source = server.parse().unwrap();
        let nobody = std::net::Ipv4Addr::UNSPECIFIED;
        let message = DhcpMessage {
            parties: Parties { source, destination: "10.0.0.2".parse().unwrap(), frame: None },
            is_reply: true,
            kind: DhcpKind::Ack,
            id: 7,
            client: MacAddress([2, 0x50, 0, 0, 0, 2]),
            client_address: nobody,
            assigned_address: "10.0.0.2".parse().unwrap(),
            next_server: nobody,
            relay: nobody,
            requested: None,
            server: Some(server.parse().unwrap()),
            routers: vec![router.parse().unwrap()],
            dns_servers: vec![dns_server.parse().unwrap()],
            subnet_mask: Some("255.255.255.0".parse().unwrap()),
            lease_time: Some(3_600),
            hostname: None,
            wpad: None,
            vendor_class: None,
        };
        lan(number, LanMessage::Dhcp(Box::new(message)))
    }
}
