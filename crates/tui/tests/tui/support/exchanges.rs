//! Requests of several kinds: over TLS, in the clear, whole and not, with every kind of content.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use dissect::http::{
    Body, Coding, Connection, Header, Headers, Http2Setup, HttpVersion, Incomplete, PseudoFields,
    Request, Response,
};
use dissect::{Endpoint, Exchange, Flow, FlowId, Transport};
use tui::Update;

use super::{intercepted, packets};

/// What tells one exchange from another here.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeSketch<'a> {
    /// Method and target.
    pub start: (&'a str, &'a str),
    /// The host.
    pub host: &'a str,
    /// Fields of the request behind Host.
    pub asked: &'a [(&'a str, &'a str)],
    /// Content of the request.
    pub sent: &'a [u8],
    /// Status and type of the response; no response for 0.
    pub answer: (u16, &'a str),
    /// Its content.
    pub received: &'a [u8],
    /// The request's packet; the response is in the second one after it.
    pub packet: u64,
}

impl Default for ExchangeSketch<'_> {
    fn default() -> Self {
        Self {
            start: ("GET", "/v1/feed"),
            host: "api.shop.test",
            asked: &[],
            sent: b"",
            answer: (200, "application/json"),
            received: b"{}",
            packet: 10,
        }
    }
}

impl ExchangeSketch<'_> {
    /// The exchange, in the clear.
    pub fn exchange(&self) -> Exchange {
        let (method, target) = self.start;
        let mut fields = vec![("Host", self.host)];
        fields.extend(self.asked);
        let (status, media) = self.answer;
        let response = Response {
            packets: packets(self.packet.saturating_add(2), self.packet.saturating_add(3)),
            status,
            headers: headers(&[("Content-Type", media), ("Server", "nginx")]),
            body: body(self.received),
            ..Response::default()
        };
        Exchange {
            connection: Arc::default(),
            index: 0,
            stream: None,
            request: Request {
                packets: packets(self.packet, self.packet),
                method: method.into(),
                target: target.into(),
                version: HttpVersion::Http11,
                headers: headers(&fields),
                body: body(self.sent),
                ..Request::default()
            },
            response: (status > 0).then_some(response),
            incomplete: None,
        }
    }
}

/// Fields of these names and values.
pub fn headers(fields: &[(&str, &str)]) -> Headers {
    let field = |(name, value): &(&str, &str)| Header {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    Headers(fields.iter().map(field).collect())
}

/// A content that is all there.
pub fn body(bytes: &[u8]) -> Body {
    Body { bytes: bytes.to_vec(), length: bytes.len() as u64, ..Body::default() }
}

/// The same exchange inside TLS.
pub fn inside_tls(mut exchange: Exchange, host: &str) -> Exchange {
    let session = Some(Arc::new(intercepted(host)));
    exchange.connection = Arc::new(Connection { session, ..Connection::default() });
    exchange
}

/// The news of one exchange.
pub fn told(exchange: Exchange) -> Update {
    let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
    let server = Endpoint { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)), port: 443 };
    let flow = Flow {
        id: FlowId(12),
        client: Endpoint { address, port: 50_123 },
        server,
        transport: Transport::Tcp,
        tunnel: None,
    };
    Update::Exchange { exchange: Arc::new(exchange), flow: Some(Arc::new(flow)) }
}

/// A login in JSON with a token, answered in compressed JSON.
pub fn login() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("POST", "/v1/login?token=abc&lang=de"),
        asked: &[
            ("User-Agent", "ShopApp/5.2.1 okhttp/4.12.0"),
            ("Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
            ("Cookie", "sid=31415926; theme=dark"),
            ("Content-Type", "application/json"),
        ],
        sent: br#"{"user":"me","password":"hunter2","device":{"model":"Pixel 8","ids":[1,2]}}"#,
        received:
            br#"{"ok":true,"name":"M\u00fcller","items":[{"id":7,"price":9.5},{}],"next":null}"#,
        packet: 12,
        ..ExchangeSketch::default()
    };
    let mut exchange = inside_tls(sketch.exchange(), "api.shop.test");
    if let Some(response) = &mut exchange.response {
        response.headers.0.extend(headers(&[("Content-Encoding", "gzip")]).0);
        response.body = Body { length: 61, coding: Coding::Decoded, ..response.body.clone() };
    }
    exchange
}

/// gRPC over HTTP/2, with trailers, sent as early data.
pub fn grpc() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("POST", "/shop.v1.Cart/Add"),
        asked: &[("content-type", "application/grpc"), ("te", "trailers")],
        sent: &[0, 0, 0, 0, 5, 10, 3, b'a', b'b', b'c'],
        answer: (200, "application/grpc"),
        received: &[0, 0, 0, 0, 2, 8, 1],
        packet: 30,
        ..ExchangeSketch::default()
    };
    let mut exchange = inside_tls(sketch.exchange(), "api.shop.test");
    let http2 = Http2Setup {
        settings: vec![(4, 16_777_216)],
        window_update: 16_711_681,
        priorities: Vec::new(),
    };
    let connection = Connection { http2: Some(http2), ..Connection::clone(&exchange.connection) };
    exchange.connection = Arc::new(connection);
    exchange.stream = Some(3);
    exchange.index = 1;
    exchange.request.headers.0.remove(0);
    exchange.request.version = HttpVersion::Http2;
    exchange.request.early_data = true;
    exchange.request.pseudo = Some(PseudoFields {
        order: String::from("masp"),
        authority: Some(String::from("api.shop.test")),
        scheme: Some(String::from("https")),
        protocol: None,
    });
    if let Some(response) = &mut exchange.response {
        response.version = HttpVersion::Http2;
        response.trailers = headers(&[("grpc-status", "0"), ("grpc-message", "")]);
    }
    exchange
}

/// A form in the clear, without an answer, for bytes are missing.
pub fn form() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("POST", "/collect"),
        host: "metrics.tracker.example:8080",
        asked: &[("Content-Type", "application/x-www-form-urlencoded")],
        sent: b"event=app+start&os=Android%2014&city=M%C3%BCnchen",
        answer: (0, ""),
        packet: 40,
        ..ExchangeSketch::default()
    };
    Exchange { incomplete: Some(Incomplete::Gap), ..sketch.exchange() }
}

/// A picture with a long path.
pub fn picture() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("GET", "/images/catalogue/2026/08/summer-sale/1234567/front-large@2x.png?v=3"),
        host: "cdn.eu-central-1.static.shop-assets.example",
        answer: (304, "image/png"),
        received: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x01\0\x08\x06",
        packet: 50,
        ..ExchangeSketch::default()
    };
    inside_tls(sketch.exchange(), "cdn.eu-central-1.static.shop-assets.example")
}

/// A page that is not there.
pub fn missing() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("DELETE", "/v1/cart/7"),
        answer: (404, "text/html"),
        received: b"<html>\n\t<h1>Not found</h1>\n</html>\n",
        packet: 60,
        ..ExchangeSketch::default()
    };
    sketch.exchange()
}

/// An error of the server.
pub fn broken() -> Exchange {
    let sketch = ExchangeSketch {
        start: ("PUT", "/v1/profile"),
        answer: (503, "text/plain"),
        received: b"upstream is down",
        packet: 70,
        ..ExchangeSketch::default()
    };
    sketch.exchange()
}

/// All of them, as they come: not in wire order.
pub fn requests() -> Vec<Update> {
    [picture(), login(), form(), grpc(), broken(), missing()].map(told).into()
}
