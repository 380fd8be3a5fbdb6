//! A handshake as one leg of the way between app and service: who, when, and what tells it from all
//! others. What the rules compare that see more than one leg.

use std::sync::Arc;

use dissect::tls::{ClientHello, HelloId};
use dissect::{Carrier, Flow, PacketRef, PacketSpan, Prelude, Record, Session, Timestamp, hex};

use crate::detectors::draft;
use crate::finding::{Evidence, Subject};

/// Longest name of a host (RFC 1035 section 2.3.4); what is longer names none.
const MAX_HOST: usize = 255;

/// Content type of application data, and of everything encrypted in TLS 1.3.
const APPLICATION_DATA: u8 = 23;

/// One handshake as it passed a point of the way.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    /// Its flow.
    pub(super) flow: Arc<Flow>,
    /// What carries it.
    pub(super) carrier: Carrier,
    /// It goes through a proxy that the client was told to use.
    pub(super) by_proxy: bool,
    /// When it was opened: the SYN, or the ClientHello where there is none.
    pub(super) opened: Timestamp,
    /// The ClientHello's random.
    pub(super) random: [u8; 32],
    /// Which ClientHello it is.
    pub(super) hello_id: HelloId,
    /// What the client asked for, and as whom.
    asking: Asking,
    /// Where the ClientHello is.
    pub(super) hello_at: PacketSpan,
    /// The server's first answer: HelloRetryRequest or ServerHello.
    pub(super) answer_at: Option<PacketSpan>,
    /// Where the ServerHello is.
    server_hello_at: Option<PacketSpan>,
    /// Random of the ServerHello.
    pub(super) server_random: Option<[u8; 32]>,
    /// SHA-256 of the server's certificate, where it could be seen.
    pub(super) leaf: Option<[u8; 32]>,
    /// The client's first application data.
    pub(super) request: Option<Timestamp>,
    /// Encrypted records of the server, if there is a request: when, and how long.
    pub(super) replies: Vec<(Timestamp, u16)>,
}

/// What the client asked for, and as whom.
#[derive(Clone, Debug)]
enum Asking {
    /// The ClientHello says it; and the host that a proxy was asked for.
    Hello { hello: Arc<ClientHello>, target: Option<Box<str>> },
    /// The ClientHello was forgotten: the host, and the client's fingerprint.
    Kept { host: Option<Box<str>>, ja4: Option<Box<str>> },
}

impl Leg {
    /// The leg of a session; `None` where no ClientHello was seen.
    pub(super) fn of(record: &Record, session: &Session) -> Option<Self> {
        let hello = session.client_hello.as_ref()?;
        let syn = session.tcp.syn.map(|syn| syn.at.timestamp);
        // The ClientHello is shared, and holds the name already where it has one.
        let target = session.host().filter(|_| hello.value.sni.is_none());
        let target = target.filter(|host| host.len() <= MAX_HOST).map(Box::from);
        let mut leg = Self {
            flow: record.flow.clone()?,
            carrier: session.carrier,
            by_proxy: session.preludes.iter().any(asks_a_proxy),
            opened: syn.unwrap_or(hello.packets.first.timestamp),
            random: hello.value.random,
            hello_id: hello.value.id,
            asking: Asking::Hello { hello: Arc::clone(&hello.value), target },
            hello_at: hello.packets,
            answer_at: None,
            server_hello_at: None,
            server_random: None,
            leaf: None,
            request: None,
            replies: Vec::new(),
        };
        leg.go_on(session);
        Some(leg)
    }

    /// Takes in what a later record of the same session shows.
    pub(super) fn go_on(&mut self, session: &Session) {
        let server_hello = session.server_hello.as_ref();
        let answer = session.retry_request.as_ref().or(server_hello);
        let leaf = session.certificates.seen().and_then(|seen| seen.value.leaf());
        self.answer_at = answer.map(|hello| hello.packets);
        self.server_hello_at = server_hello.map(|hello| hello.packets);
        self.server_random = server_hello.map(|hello| hello.value.random);
        self.leaf = leaf.map(|leaf| leaf.sha256);
        self.request = request(session);
        self.replies.clear();
        if self.request.is_some() {
            self.replies.reserve(session.ciphertexts.len());
            self.replies.extend(replies(session));
        }
    }

    /// Keeps the fingerprint instead of the ClientHello: for those who hold many legs, since a
    /// ClientHello may be long.
    pub(super) fn without_hello(mut self) -> Self {
        let ja4 = self.ja4().map(String::into_boxed_str);
        self.asking = Asking::Kept { host: self.host().map(Box::from), ja4 };
        self
    }

    /// Forgets what only a fingerprint or the timing of records needs.
    pub(super) fn bare(mut self) -> Self {
        self.asking = Asking::Kept { host: self.host().map(Box::from), ja4: None };
        self.replies = Vec::new();
        self
    }

    /// The host asked for.
    pub(super) fn host(&self) -> Option<&str> {
        let host = match &self.asking {
            Asking::Hello { hello, target } => hello.sni.as_deref().or(target.as_deref()),
            Asking::Kept { host, .. } => host.as_deref(),
        };
        host.filter(|host| (1..=MAX_HOST).contains(&host.len()))
    }

    /// Whether both ask for the same host. `None` if one does not say.
    pub(super) fn same_host(&self, other: &Self) -> Option<bool> {
        Some(self.host()?.eq_ignore_ascii_case(other.host()?))
    }

    /// Whether it leads to the machine that it comes from.
    pub(super) fn is_local(&self) -> bool {
        let entry = self.flow.server.address;
        entry.is_loopback() || entry == self.flow.client.address
    }

    /// When the ClientHello began.
    pub(super) const fn asked(&self) -> Timestamp {
        self.hello_at.first.timestamp
    }

    /// When the server answered first.
    pub(super) fn answered(&self) -> Option<Timestamp> {
        self.answer_at.map(|packets| packets.last.timestamp)
    }

    /// Whom it is about.
    pub(super) fn subject(&self) -> Subject {
        Subject {
            client: Some(self.flow.client.address),
            server: Some(self.flow.server),
            host: self.host().map(str::to_owned),
            flow: Some(Arc::clone(&self.flow)),
        }
    }

    /// The packet on which findings about it are raised.
    pub(super) const fn packet(&self) -> PacketRef {
        self.hello_at.last
    }

    /// The client's fingerprint.
    pub(super) fn ja4(&self) -> Option<String> {
        match &self.asking {
            Asking::Hello { hello, .. } => {
                hello.offer.ja4(self.carrier.ja4()).map(|ja4| ja4.to_string())
            }
            Asking::Kept { ja4, .. } => ja4.as_deref().map(str::to_owned),
        }
    }

    /// A fact of the ClientHello.
    pub(super) fn evidence(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        Evidence { packets: self.hello_at.numbers(), fact, value: value.into() }
    }

    /// The random of the server's answer.
    pub(super) fn answer(&self) -> Option<Evidence> {
        let packets = self.server_hello_at?.numbers();
        let value = hex(&self.server_random?);
        Some(Evidence { packets, fact: "server-random", value })
    }

    /// Between whom it is, the ClientHello's random and its fingerprint.
    pub(super) fn identity(&self, between: &'static str) -> Vec<Evidence> {
        let parties = format!("{} to {}", self.flow.client, self.flow.server);
        let mut evidence = vec![
            self.evidence(between, parties),
            self.evidence("client-random", hex(&self.random)),
        ];
        evidence.extend(self.ja4().map(|ja4| self.evidence("ja4", ja4)));
        evidence
    }
}

/// The host that a session asks for, as sent, if it may be one.
pub(super) fn host(session: &Session) -> Option<&str> {
    draft::host(session).filter(|host| host.len() <= MAX_HOST)
}

/// Whether what came before the handshake was a request to a proxy.
const fn asks_a_proxy(prelude: &Prelude) -> bool {
    matches!(prelude, Prelude::HttpConnect { .. } | Prelude::Socks { .. })
}

/// The client's first application data. In TLS 1.3 its first encrypted record behind the
/// ServerHello holds the Finished.
fn request(session: &Session) -> Option<Timestamp> {
    let answered = session.server_hello.as_ref()?.packets.last.timestamp;
    let tls13 = session.version().is_some_and(dissect::tls::TlsVersion::is_tls13);
    session
        .ciphertexts
        .iter()
        .filter(|record| record.from_client && record.content_type == APPLICATION_DATA)
        .filter(|record| record.at.timestamp >= answered)
        .nth(usize::from(tls13))
        .map(|record| record.at.timestamp)
}

fn replies(session: &Session) -> impl Iterator<Item = (Timestamp, u16)> {
    let records = session.ciphertexts.iter();
    records.filter(|record| !record.from_client).map(|record| (record.at.timestamp, record.length))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may panic: that is how it fails")]
pub(super) mod tests {
    use dissect::tls::{Offer, ServerHello};
    use dissect::{Endpoint, Fact, FlowId, RecordOrder, Seen, Stage, Transport};

    use super::*;
    use crate::detectors::testing::NOW;

    /// A handshake made by hand: its times are milliseconds after [`NOW`], its packets are
    /// numbered by them.
    #[derive(Clone)]
    pub(in crate::detectors::channel) struct Made {
        pub(in crate::detectors::channel) client: &'static str,
        pub(in crate::detectors::channel) server: &'static str,
        pub(in crate::detectors::channel) host: &'static str,
        /// Tells ClientHellos apart.
        pub(in crate::detectors::channel) hello: u8,
        /// Tells ServerHellos apart; `None` if none came.
        pub(in crate::detectors::channel) answer: Option<u8>,
        /// ClientHello, and ServerHello.
        pub(in crate::detectors::channel) times: (i64, i64),
        pub(in crate::detectors::channel) early_data: bool,
        pub(in crate::detectors::channel) established: bool,
    }

    impl Made {
        pub(in crate::detectors::channel) fn new(
            client: &'static str,
            server: &'static str,
            hello: u8,
            times: (i64, i64),
        ) -> Self {
            Self {
                client,
                server,
                host: "api.shop.test",
                hello,
                answer: Some(hello),
                times,
                early_data: false,
                established: true,
            }
        }

        pub(in crate::detectors::channel) fn session(&self) -> Session {
            let mut session = Session::new(Carrier::Tcp);
            let hello = ClientHello {
                random: random(self.hello),
                id: HelloId::of(&random(self.hello), &[self.hello]),
                sni: (!self.host.is_empty()).then(|| self.host.into()),
                offer: Offer {
                    cipher_suites: vec![0x1301, u16::from(self.hello)],
                    early_data: self.early_data,
                    ..Offer::default()
                }
                .into(),
                ..ClientHello::default()
            };
            let at = PacketSpan::one(packet(self.times.0));
            session.client_hello = Some(Seen { value: Arc::new(hello), packets: at });
            session.client_hello_bytes = Some([self.hello].as_slice().into());
            session.server_hello = self.answer.map(|answer| {
                let hello = ServerHello { random: random(answer), ..ServerHello::default() };
                let at = PacketSpan::one(packet(self.times.1));
                Seen { value: Arc::new(hello), packets: at }
            });
            session.established = self.established;
            session.early_data = self.early_data;
            session
        }

        pub(in crate::detectors::channel) fn record(&self, stage: Stage) -> Record {
            self.record_of(stage, self.session())
        }

        pub(in crate::detectors::channel) fn record_of(
            &self,
            stage: Stage,
            session: Session,
        ) -> Record {
            let at = u64::try_from(self.times.0).unwrap();
            let client = endpoint(self.client);
            let id = at * 100_000 + u64::from(client.port);
            let flow = Flow {
                id: FlowId(id),
                client,
                server: endpoint(self.server),
                transport: Transport::Tcp,
                tunnel: None,
            };
            Record {
                order: RecordOrder { packet: at, flow: id, sequence: 0 },
                packet: packet(self.times.1),
                flow: Some(Arc::new(flow)),
                fact: Fact::Session(stage, Arc::new(session)),
            }
        }
    }

    pub(in crate::detectors::channel) fn packet(millis: i64) -> PacketRef {
        let nanos = NOW.nanos() + millis * 1_000_000;
        PacketRef {
            number: u64::try_from(millis).unwrap(),
            timestamp: Timestamp::from_nanos(nanos),
        }
    }

    fn random(seed: u8) -> [u8; 32] {
        let mut random = [0; 32];
        for (at, byte) in (0..).zip(&mut random) {
            *byte = seed.wrapping_add(at * 7);
        }
        random
    }

    fn endpoint(text: &str) -> Endpoint {
        let address: std::net::SocketAddr = text.parse().unwrap();
        Endpoint { address: address.ip(), port: address.port() }
    }

    #[test]
    fn a_leg_is_read_from_its_session() {
        let made = Made::new("10.0.0.2:40000", "203.0.113.5:443", 1, (1, 9));
        let leg = Leg::of(&made.record(Stage::Ended), &made.session()).unwrap();
        assert_eq!((leg.host(), leg.by_proxy), (Some("api.shop.test"), false));
        assert_eq!(leg.answered().unwrap().since(leg.asked()), 8_000_000);
        assert_eq!(leg.opened, leg.asked(), "no SYN was seen");
        assert!(leg.server_random.is_some() && leg.request.is_none() && leg.leaf.is_none());
        let texts: Vec<String> =
            leg.identity("leg").into_iter().map(|evidence| evidence.value).collect();
        assert_eq!(texts[0], "10.0.0.2:40000 to 203.0.113.5:443");
        assert!(texts[1].starts_with("01080f"), "{}", texts[1]);
        assert!(texts[2].starts_with('t'), "{}", texts[2]);
    }

    #[test]
    fn hosts_are_compared_without_case_and_only_where_both_are_named() {
        let leg = |host| {
            let made = Made { host, ..Made::new("10.0.0.2:1", "10.0.0.3:443", 1, (1, 9)) };
            Leg::of(&made.record(Stage::Ended), &made.session()).unwrap()
        };
        assert_eq!(leg("a.test").same_host(&leg("A.test")), Some(true));
        assert_eq!(leg("a.test").same_host(&leg("b.test")), Some(false));
        assert_eq!(leg("a.test").same_host(&leg("")), None);
    }
}
