//! A whole run, with something for every view: sessions that went well and not, a host with two
//! chains, apps that name themselves, anomalies, traffic.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use detect::NotObservable;
use dissect::lan::{DhcpKind, DhcpMessage, Parties};
use dissect::tls::{Alert, ClientHello, Offer, ServerHello};
use dissect::{
    Carrier, Ciphertext, Endpoint, Flow, FlowId, LanMessage, MacAddress, Observed, Reason, Seen,
    Session, SessionEnd, Stage, Timestamp, Transport, Weird, WeirdKind,
};
use tui::outside::PacketBytes;
use tui::{Answer, Update};

use super::{CertificateSketch, all, chain, packet, packets, requests};

/// The phone of most sessions.
pub const PHONE: [u8; 4] = [10, 0, 0, 2];
/// Another one.
pub const TABLET: [u8; 4] = [10, 0, 0, 17];

/// What came of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// Data went both ways.
    Used,
    /// The client sent an alert with this description.
    Alert(u8),
    /// Nobody answered the hello.
    NoAnswer,
    /// An earlier session was taken up.
    Resumed,
    /// The handshake was completed, and no more.
    Unused,
}

/// What tells one session from another here.
#[derive(Clone, Copy, Debug)]
pub struct SessionSketch<'a> {
    /// The name that is asked for; none for an empty one.
    pub host: &'a str,
    /// What carries it.
    pub carrier: Carrier,
    /// The chosen version, as on the wire.
    pub version: u16,
    /// Certificates that can be read.
    pub chain: &'a [CertificateSketch<'a>],
    /// What came of it.
    pub ending: Ending,
    /// Who asks.
    pub client: [u8; 4],
    /// How many cipher suites he offers beyond three: what tells his fingerprint from others.
    pub more_suites: u16,
    /// The packet of the hello; the server's is the third one after it.
    pub packet: u64,
}

impl Default for SessionSketch<'_> {
    fn default() -> Self {
        Self {
            host: "api.shop.test",
            carrier: Carrier::Tcp,
            version: 0x0303,
            chain: &[],
            ending: Ending::Used,
            client: PHONE,
            more_suites: 0,
            packet: 9,
        }
    }
}

impl SessionSketch<'_> {
    /// The session.
    pub fn session(&self) -> Session {
        let at = |more: u64| {
            let number = self.packet.saturating_add(more);
            packets(number, number)
        };
        // As the sessions of the findings offer it, and more for other apps.
        let mut cipher_suites = vec![0x1301, 0x1302, 0xc02f];
        cipher_suites.extend(0xc030..0xc030_u16.saturating_add(self.more_suites));
        let offer = Offer {
            legacy_version: 0x0303,
            cipher_suites,
            supported_versions: vec![0x0304, 0x0303],
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            ..Offer::default()
        };
        let sni = Some(self.host.to_owned()).filter(|host| !host.is_empty());
        let hello = ClientHello { sni, offer: offer.into(), ..ClientHello::default() };
        let mut session = Session::new(self.carrier);
        session.client_hello = Some(Seen { value: Arc::new(hello), packets: at(0) });
        if self.ending == Ending::NoAnswer {
            session.end = SessionEnd::TimedOut;
            return session;
        }
        let is_13 = self.version == 0x0304;
        let server = ServerHello {
            legacy_version: self.version.min(0x0303),
            selected_version: is_13.then_some(self.version),
            cipher_suite: if is_13 { 0x1301 } else { 0xc02f },
            ..ServerHello::default()
        };
        session.server_hello = Some(Seen { value: Arc::new(server), packets: at(3) });
        session.certificates = if !self.chain.is_empty() {
            Observed::Seen(Seen { value: chain(self.chain), packets: at(3) })
        } else if self.ending == Ending::Resumed {
            Observed::NotObservable(Reason::Resumed)
        } else {
            let why = if is_13 { Reason::Tls13Encrypted } else { Reason::NotReached };
            Observed::NotObservable(why)
        };
        session.resumed = Some(self.ending == Ending::Resumed);
        session.end = SessionEnd::Closed;
        match self.ending {
            Ending::Alert(description) => {
                let alert = Alert { from_client: true, level: 2, description };
                session.alerts.push(Seen { value: alert, packets: at(5) });
                session.end = SessionEnd::Reset { by_client: true };
            }
            Ending::Unused => session.established = true,
            _ => {
                session.established = true;
                session.client_application_records = 3;
                session.server_application_records = 120;
                let record = |content_type, length, more: u64| Ciphertext {
                    from_client: true,
                    content_type,
                    length,
                    at: packet(self.packet.saturating_add(more)),
                    inner_type: None,
                };
                // The Finished, and data behind it.
                let finished = if is_13 { 23 } else { 22 };
                session.ciphertexts = vec![record(finished, 53, 4), record(23, 400, 5)];
            }
        }
        session
    }

    /// Between whom.
    pub fn flow(&self) -> Arc<Flow> {
        let port = 50_000_u16.saturating_add(u16::try_from(self.packet).unwrap_or(9_999));
        let end = |address: [u8; 4], port| Endpoint { address: IpAddr::from(address), port };
        Arc::new(Flow {
            id: FlowId(self.packet),
            client: end(self.client, port),
            server: end([203, 0, 113, 5], 443),
            transport: match self.carrier {
                Carrier::Tcp => Transport::Tcp,
                _ => Transport::Udp,
            },
            tunnel: None,
        })
    }

    /// The news that it has reached a stage.
    pub fn told(&self, stage: Stage) -> Update {
        let more = if stage == Stage::Ended { 8 } else { 3 };
        let mut session = self.session();
        if stage != Stage::Ended {
            session.established = false;
            session.client_application_records = 0;
            session.server_application_records = 0;
            session.ciphertexts.clear();
            session.end = SessionEnd::EndOfCapture;
        }
        Update::Session {
            stage,
            session: Arc::new(session),
            flow: Some(self.flow()),
            packet: packet(self.packet.saturating_add(more)),
        }
    }
}

const fn sketch<'a>(
    subject: &'a str,
    issuer: &'a str,
    names: &'a [&'a str],
    days: i64,
    seed: u8,
) -> CertificateSketch<'a> {
    CertificateSketch { subject, issuer, names, days, seed }
}

/// The forged chain of the host with two.
pub const FORGED: [CertificateSketch<'static>; 2] = [
    sketch("api.shop.test", "mitmproxy", &["api.shop.test"], 365, 7),
    sketch("mitmproxy", "mitmproxy", &[], 3650, 9),
];

/// Its genuine chain.
pub const GENUINE: [CertificateSketch<'static>; 2] = [
    sketch("*.shop.test", "Example CA R3", &["*.shop.test", "shop.test"], 90, 21),
    sketch("Example CA R3", "Example Root X1", &[], 1825, 22),
];

const TRACKER: [CertificateSketch<'static>; 1] =
    [sketch("metrics.tracker.example", "Example CA", &["metrics.tracker.example"], 90, 3)];

const LONG: &str = "cdn.eu-central-1.static.shop-assets.example";

/// The sessions, with how far they came.
pub fn sessions() -> Vec<(SessionSketch<'static>, Stage)> {
    let usual = SessionSketch::default();
    let quic = Carrier::Quic { version: 1 };
    vec![
        (
            SessionSketch { chain: &GENUINE, client: TABLET, more_suites: 4, packet: 2, ..usual },
            Stage::Ended,
        ),
        (SessionSketch { chain: &FORGED, packet: 12, ..usual }, Stage::Ended),
        (
            SessionSketch {
                host: "metrics.tracker.example",
                chain: &TRACKER,
                ending: Ending::Alert(48),
                packet: 40,
                ..usual
            },
            Stage::Ended,
        ),
        (SessionSketch { host: LONG, version: 0x0304, packet: 50, ..usual }, Stage::Ended),
        (
            SessionSketch { host: LONG, version: 0x0304, carrier: quic, packet: 60, ..usual },
            Stage::Ended,
        ),
        (
            SessionSketch {
                host: "legacy.shop.test",
                version: 0x0301,
                client: TABLET,
                more_suites: 4,
                packet: 77,
                ..usual
            },
            Stage::Ended,
        ),
        (SessionSketch { ending: Ending::Resumed, packet: 90, ..usual }, Stage::Ended),
        (
            SessionSketch { host: "down.example", ending: Ending::NoAnswer, packet: 110, ..usual },
            Stage::Ended,
        ),
        (
            SessionSketch {
                host: "",
                chain: &TRACKER,
                ending: Ending::Unused,
                packet: 130,
                ..usual
            },
            Stage::Ended,
        ),
        (SessionSketch { host: "push.example", packet: 150, ..usual }, Stage::Negotiated),
    ]
}

/// A device gives its name and is given an address.
pub fn device(name: &str, address: [u8; 4]) -> Update {
    let address = Ipv4Addr::from(address);
    let parties = Parties {
        source: Ipv4Addr::new(10, 0, 0, 1).into(),
        destination: Ipv4Addr::BROADCAST.into(),
        frame: None,
    };
    Update::Lan(Box::new(LanMessage::Dhcp(Box::new(DhcpMessage {
        parties,
        is_reply: true,
        kind: DhcpKind::Ack,
        id: 7,
        client: MacAddress([2, 0, 0, 0, 0, 1]),
        client_address: Ipv4Addr::UNSPECIFIED,
        assigned_address: address,
        next_server: Ipv4Addr::UNSPECIFIED,
        relay: Ipv4Addr::UNSPECIFIED,
        requested: None,
        server: None,
        routers: Vec::new(),
        dns_servers: Vec::new(),
        subnet_mask: None,
        lease_time: None,
        hostname: Some(name.to_owned()),
        wpad: None,
        vendor_class: None,
    }))))
}

/// An anomaly.
pub fn weird(kind: WeirdKind, detail: &str, number: u64) -> Update {
    let flow = SessionSketch { packet: 12, ..SessionSketch::default() }.flow();
    let weird = Weird { kind, detail: detail.to_owned() };
    Update::Weird { weird, packet: packet(number), flow: Some(flow) }
}

/// Traffic for eight seconds, with a burst in it.
pub fn traffic() -> Vec<Update> {
    let at = |nth: u64| {
        let nanos = i64::try_from(nth.saturating_mul(100_000_000)).unwrap_or(0);
        Timestamp::from_nanos(packet(0).timestamp.nanos().saturating_add(nanos))
    };
    let told = |nth: u64| {
        let packets = match nth {
            20..30 => 90,
            nth => nth.saturating_mul(7) % 11,
        };
        Update::Traffic { at: at(nth), packets, bytes: packets.saturating_mul(700) }
    };
    (0..80).map(told).collect()
}

/// What comes first.
pub fn input() -> Update {
    Update::Input { name: String::from("shop-app.pcapng"), bytes_total: Some(4_000_000) }
}

/// How far it is.
pub fn progress(dropped: u64) -> Update {
    Update::Progress {
        packets: 1234,
        bytes_read: 1_720_000,
        bytes_total: None,
        sessions: 9,
        dropped,
        last: Some(packet(1234).timestamp),
    }
}

/// The end.
pub fn finished(packets: u64, sessions: u64) -> Update {
    Update::Finished { packets, flows: sessions.saturating_mul(2), sessions }
}

/// All of it but its end.
pub fn content() -> Vec<Update> {
    let mut updates = vec![input(), progress(0)];
    updates.extend(traffic());
    updates.push(device("Pixel-8", PHONE));
    updates.extend(sessions().into_iter().map(|(sketch, stage)| sketch.told(stage)));
    updates.extend(requests());
    updates.extend(all().into_iter().map(|finding| Update::Finding(Box::new(finding))));
    updates.push(weird(WeirdKind::Gap, "1448 bytes from the server are missing", 31));
    updates.push(weird(WeirdKind::StreamOverlapDiffers, "", 64));
    updates.push(weird(
        WeirdKind::PacketMalformed,
        "IPv4 header says 1500 bytes, the frame has 60: the rest was not captured or never sent",
        65,
    ));
    updates.push(Update::NotObservable(vec![NotObservable {
        what: "certificates",
        why: Reason::Tls13Encrypted,
        sessions: 4,
        remedy: Some("capture with a key log"),
    }]));
    updates
}

/// All of it.
pub fn capture() -> Vec<Update> {
    let mut updates = content();
    updates.push(finished(2890, 17));
    updates
}

/// The answer with the bytes of a packet: an Ethernet frame with TCP in IPv4.
pub fn bytes_of(number: u64) -> Update {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 92, 0, 1, 0x40, 0];
    bytes.extend([64, 6, 0, 0, 10, 0, 0, 2, 203, 0, 113, 5, 0xc3, 0xcb, 1, 0xbb]);
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 9, 0x50, 0x18, 1, 0xf6, 0, 0, 0, 0]);
    bytes.extend(b"\x17\x03\x03\x00\x2fapplication data, as it was sent, and then some");
    let packet = PacketBytes {
        number,
        timestamp: packet(number).timestamp,
        link_type: dissect::LinkType::ETHERNET,
        original_length: 1514,
        bytes: bytes.into(),
    };
    Update::Answer(Answer::Packets { packets: vec![packet], numbers: vec![number], missing: None })
}
