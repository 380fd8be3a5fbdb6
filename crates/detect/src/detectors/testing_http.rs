//! Exchanges and DNS messages made by hand, for the tests of detectors.

use std::sync::Arc;

use dissect::dns::{DnsData, DnsMessage, DnsProtocol, DnsQuestion, DnsRecord};
use dissect::http::{Body, Connection, Http2Setup, Incomplete, PseudoFields, Scheme, decoded};
use dissect::tls::{ClientHello, Offer};
use dissect::{
    Carrier, Endpoint, Exchange, Fact, Flow, FlowId, Header, Headers, HttpVersion, PacketRef,
    PacketSpan, Prelude, Record, RecordOrder, Request, Response, Seen, Timestamp, Transport,
};

use super::testing::NOW;

/// Name and value of a header.
pub(crate) type Pair = (&'static str, &'static str);

/// What is changed before it becomes a record.
pub(crate) struct Draft {
    exchange: Exchange,
    client: &'static str,
    server: (&'static str, u16),
    seconds: i64,
    /// Numbers of the packets with the request and the response.
    packets: (u64, u64),
    /// Number of the connection.
    connection: u32,
}

/// A plain exchange of 10.0.0.2 with 203.0.113.5:80: the request, in packet 4, of this URL in
/// origin form, with `Host` first; not answered yet.
pub(crate) fn asked(method: &str, url: &str, headers: &[Pair], body: &str) -> Draft {
    let (authority, target) = match url.strip_prefix("http://") {
        Some(rest) => match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        },
        None => ("", url),
    };
    let mut fields = Vec::new();
    if !authority.is_empty() {
        fields.push(Header { name: "Host".into(), value: authority.into() });
    }
    fields.extend(all(headers));
    let request = Request {
        packets: PacketSpan::one(packet(4, 0)),
        method: method.into(),
        target: target.into(),
        version: HttpVersion::Http11,
        headers: Headers(fields),
        body: content(body.as_bytes()),
        ..Request::default()
    };
    let exchange = Exchange {
        connection: Arc::default(),
        index: 0,
        stream: None,
        request,
        response: None,
        incomplete: None,
    };
    Draft {
        exchange,
        client: "10.0.0.2",
        server: ("203.0.113.5", 80),
        seconds: 0,
        packets: (4, 6),
        connection: 1,
    }
}

#[allow(dead_code, reason = "detectors to come are tested with it")]
impl Draft {
    fn connection(&mut self) -> &mut Connection {
        Arc::make_mut(&mut self.exchange.connection)
    }

    /// Answered, in packet 6.
    pub(crate) fn answer(mut self, status: u16, headers: &[Pair], body: impl AsRef<[u8]>) -> Self {
        self.exchange.response = Some(Response {
            packets: PacketSpan::one(packet(6, 0)),
            status,
            version: HttpVersion::Http11,
            headers: Headers(all(headers).collect()),
            body: content(body.as_ref()),
            ..Response::default()
        });
        self
    }

    /// With this request target as it stands.
    pub(crate) fn target(mut self, target: &str) -> Self {
        self.exchange.request.target = target.into();
        self
    }

    /// Inside TLS, read with keys.
    pub(crate) fn decrypted(mut self) -> Self {
        self.connection().told = Some(Scheme::Https);
        self
    }

    /// Behind a request to a proxy.
    pub(crate) fn behind(mut self, prelude: Prelude) -> Self {
        self.connection().preludes.push(prelude);
        self
    }

    /// Of another client.
    pub(crate) const fn of_client(mut self, client: &'static str) -> Self {
        self.client = client;
        self
    }

    /// With another server.
    pub(crate) const fn with_server(mut self, address: &'static str, port: u16) -> Self {
        self.server = (address, port);
        self
    }

    /// That many seconds after [`NOW`].
    pub(crate) const fn after(mut self, seconds: i64) -> Self {
        self.seconds = seconds;
        self
    }

    /// With the request and the response in these packets.
    pub(crate) const fn in_packets(mut self, request: u64, response: u64) -> Self {
        self.packets = (request, response);
        self
    }

    /// On another connection than 1.
    pub(crate) const fn on_connection(mut self, number: u32) -> Self {
        self.connection = number;
        self
    }

    /// Of a client whose ClientHello offers this cipher suite, so that others have another JA4.
    pub(crate) fn of_tls_client(mut self, suite: u16) -> Self {
        let mut session = super::testing::session(Carrier::Tcp, "api.shop.test");
        let hello = ClientHello {
            offer: Offer { cipher_suites: vec![suite], ..Offer::default() }.into(),
            ..ClientHello::default()
        };
        let packets = PacketSpan::one(packet(1, 0));
        session.client_hello = Some(Seen { value: Arc::new(hello), packets });
        self.connection().session = Some(Arc::new(session));
        self
    }

    /// Over HTTP/2, set up with this window and with pseudo fields in this order (`masp`).
    pub(crate) fn over_http2(mut self, window: u32, order: &str) -> Self {
        let settings = vec![(4, window)];
        self.connection().http2 =
            Some(Http2Setup { settings, window_update: window, priorities: Vec::new() });
        let authority = self.exchange.request.authority().map(str::to_owned);
        let scheme = Some(String::from("https"));
        let pseudo = PseudoFields { order: order.into(), authority, scheme, protocol: None };
        self.exchange.request.pseudo = Some(pseudo);
        self.exchange.request.version = HttpVersion::Http2;
        self
    }

    /// Not whole, for this reason.
    pub(crate) const fn cut(mut self, why: Incomplete) -> Self {
        self.exchange.incomplete = Some(why);
        self
    }

    /// The record.
    pub(crate) fn record(mut self) -> Record {
        let asked = packet(self.packets.0, self.seconds);
        let answered = packet(self.packets.1, self.seconds);
        self.exchange.request.packets = PacketSpan::one(asked);
        if let Some(response) = &mut self.exchange.response {
            response.packets = PacketSpan::one(answered);
        }
        let fact = Fact::Exchange(Arc::new(self.exchange));
        record((self.client, self.connection), self.server, answered, fact)
    }
}

/// A DNS answer that 10.0.0.2 got; a question without answer if there is no data.
pub(crate) fn dns(name: &str, kind: u16, ttl: u32, data: Option<DnsData>) -> Record {
    let at = packet(2, 0);
    let answer = |data| DnsRecord { name: name.into(), kind, ttl, data };
    let message = DnsMessage {
        at,
        protocol: DnsProtocol::Dns,
        sender: None,
        id: 7,
        is_response: data.is_some(),
        from_client: data.is_none(),
        rcode: 0,
        is_truncated: false,
        questions: vec![DnsQuestion { name: name.into(), kind }],
        answers: data.map(answer).into_iter().collect(),
    };
    record(("10.0.0.2", 1), ("10.0.0.1", 53), at, Fact::Dns(Arc::new(message)))
}

fn record(
    (client, connection): (&str, u32),
    server: (&str, u16),
    at: PacketRef,
    fact: Fact,
) -> Record {
    let port = 39_999_u16.saturating_add(u16::try_from(connection).unwrap());
    let flow = Flow {
        id: FlowId(u64::from(connection)),
        client: Endpoint { address: client.parse().unwrap(), port },
        server: Endpoint { address: server.0.parse().unwrap(), port: server.1 },
        transport: Transport::Tcp,
        tunnel: None,
    };
    let order = RecordOrder { packet: at.number, flow: 1, sequence: 0 };
    Record { order, packet: at, flow: Some(Arc::new(flow)), fact }
}

fn packet(number: u64, seconds: i64) -> PacketRef {
    PacketRef { number, timestamp: Timestamp::from_secs(NOW.secs().saturating_add(seconds)) }
}

fn content(bytes: &[u8]) -> Body {
    decoded(&Headers::default(), [bytes]).0
}

fn all(headers: &[Pair]) -> impl Iterator<Item = Header> {
    headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() })
}
