//! What a million principals cost: each logs in, lists its orders, looks at two, and pays, with a
//! token, a nonce and an address of its own. Prints time and peak memory, and fails above 1 GiB.
//!
//! ```text
//! cargo bench -p detect --bench principals [-- NUMBER]
//! ```

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of its own, over numbers of its own"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use detect::{Detection, Settings};
use dissect::http::{Body, Connection};
use dissect::tls::{ClientHello, Offer};
use dissect::{
    Carrier, Endpoint, Exchange, Fact, Flow, FlowId, Header, Headers, PacketRef, PacketSpan,
    Record, RecordOrder, Request, Response, Seen, Session, Timestamp, Transport,
};

/// Peak memory that is allowed, in MiB.
const LIMIT: u64 = 1_024;
/// Nanoseconds between two requests: a million principals take about three hours.
const PACE: i64 = 2_000_000;

fn main() {
    // `cargo bench` adds flags of its own.
    let number = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let principals: u64 = number.unwrap_or(1_000_000);
    let mut detection = Detection::new(Settings::default());
    detection.begin_input(0);
    let session = Arc::new(session());
    let begun = Instant::now();
    let (mut requests, mut changes) = (0_u64, 0_usize);
    for principal in 0..principals {
        for record in calls(principal, &session, &mut requests) {
            changes += detection.observe(&record).len();
        }
    }
    detection.end_input();
    let seconds = begun.elapsed().as_secs_f64();
    let peak = peak_mib();
    #[expect(clippy::cast_precision_loss, reason = "it is printed with one digit")]
    let micros = seconds * 1e6 / requests as f64;
    println!("{principals} principals, {requests} requests, {changes} sightings");
    println!("{seconds:.1} s, {micros:.1} µs a request, {peak} MiB at most");
    assert!(principals < 1_000_000 || peak <= LIMIT, "more than {LIMIT} MiB");
}

/// What one user's app asks for, and is answered.
fn calls(principal: u64, session: &Arc<Session>, requests: &mut u64) -> Vec<Record> {
    let token = format!("Bearer {:032x}", u128::from(principal) << 64 | 0xfeed);
    let (first, second) = (principal * 3 + 1, principal * 3 + 2);
    let login = format!(r#"{{"user":"user{principal}","password":"pw{principal}"}}"#);
    let granted = format!(r#"{{"token":"{principal:032x}","user_id":{principal}}}"#);
    let list = format!(r#"{{"orders":[{{"id":{first},"owner":{principal}}},{{"id":{second}}}]}}"#);
    let order = |id: u64| format!(r#"{{"id":{id},"owner":{principal},"total":12}}"#);
    let payment = format!(r#"{{"order_id":{first},"amount":{principal}}}"#);
    let steps = [
        ("POST", String::from("/v2/login"), login, granted),
        ("GET", String::from("/v1/orders"), String::new(), list),
        ("GET", format!("/v1/orders/{first}"), String::new(), order(first)),
        ("GET", format!("/v1/orders/{second}"), String::new(), order(second)),
        ("POST", String::from("/v1/payments"), payment, String::from(r#"{"state":"done"}"#)),
    ];
    let connection =
        Arc::new(Connection { session: Some(Arc::clone(session)), ..Connection::default() });
    let flow = flow(principal);
    let mut records = Vec::new();
    for (index, (method, target, asked, answered)) in (0..).zip(steps) {
        *requests += 1;
        let number = *requests * 2;
        // In the order of OkHttp: the app's own, then its.
        let mut headers = vec![field("User-Agent", "ShopApp/5 okhttp/4.12.0")];
        if index > 0 {
            headers.push(field("Authorization", &token));
        }
        if method == "POST" {
            headers.push(field("Content-Type", "application/json"));
            headers.push(field("X-Nonce", &format!("{number:016x}")));
        }
        headers.push(field("Host", "api.shop.test"));
        headers.push(field("Connection", "Keep-Alive"));
        headers.push(field("Accept-Encoding", "gzip"));
        let request = Request {
            packets: span(number),
            method: method.into(),
            target,
            headers: Headers(headers),
            body: body(asked),
            ..Request::default()
        };
        let response = Response {
            packets: span(number + 1),
            status: 200,
            headers: Headers(vec![field("Content-Type", "application/json")]),
            body: body(answered),
            ..Response::default()
        };
        let exchange = Exchange {
            connection: Arc::clone(&connection),
            index,
            stream: None,
            request,
            response: Some(response),
            incomplete: None,
        };
        records.push(Record {
            order: RecordOrder { packet: number + 1, flow: 1, sequence: 0 },
            packet: span(number + 1).last,
            flow: Some(Arc::clone(&flow)),
            fact: Fact::Exchange(Arc::new(exchange)),
        });
    }
    records
}

/// The app's TLS, the same on every phone.
fn session() -> Session {
    let offer = Offer {
        cipher_suites: (0x1301..0x1311).collect(),
        extensions: (0..14).collect(),
        signature_algorithms: (0x0401..0x0409).collect(),
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        ..Offer::default()
    };
    let hello = ClientHello {
        sni: Some("api.shop.test".into()),
        offer: offer.into(),
        ..ClientHello::default()
    };
    let mut session = Session::new(Carrier::Tcp);
    session.client_hello = Some(Seen { value: Arc::new(hello), packets: span(1) });
    session
}

fn flow(principal: u64) -> Arc<Flow> {
    let host = u32::try_from(principal).unwrap().wrapping_add(0x0a00_0001);
    Arc::new(Flow {
        id: FlowId(principal),
        client: Endpoint { address: IpAddr::V4(Ipv4Addr::from(host)), port: 40_000 },
        server: Endpoint { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)), port: 443 },
        transport: Transport::Tcp,
        tunnel: None,
    })
}

fn field(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn span(number: u64) -> PacketSpan {
    let nanos = i64::try_from(number).unwrap() * PACE / 2;
    PacketSpan::one(PacketRef {
        number,
        timestamp: Timestamp::from_nanos(1_795_473_900_000_000_000 + nanos),
    })
}

fn body(text: String) -> Body {
    let length = text.len() as u64;
    Body { bytes: text.into_bytes(), length, ..Body::default() }
}

/// Peak resident memory of this process (Linux), else 0.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}
