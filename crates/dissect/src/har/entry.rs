//! One entry: an exchange, and the messages of a WebSocket that followed it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde_json::Value;

use super::message::{self, number, text};
use super::{Line, Told, time, url};
use crate::flow::{Endpoint, Flow, FlowId, Transport};
use crate::http::{
    ClientIdentity, Coding, Connection, Exchange, Headers, HttpVersion, Incomplete, PseudoFields,
    Request, Response, WebSocketKind, WebSocketMessage,
};
use crate::limits::{HAR_CONNECTIONS, HAR_MESSAGES, HTTP_BODY_BYTES};
use crate::packet::{PacketRef, PacketSpan, Timestamp};
use crate::record::{Fact, Record, RecordOrder};

/// Longest fingerprint that is taken over.
const FINGERPRINT: usize = 1_024;

/// What an entry gave.
pub(super) enum Outcome {
    /// It was never on the wire.
    LeftOut,
    /// The exchange, then messages.
    Records(Vec<Record>),
    /// Nothing, for this reason.
    Unreadable(&'static str),
}

/// When what happened.
struct Times {
    request: PacketSpan,
    response: PacketSpan,
}

/// Reads entry `number`.
pub(super) fn read(entry: &Value, number: u64, told: &mut Told) -> Outcome {
    let Some(asked) = entry.get("request").filter(|request| request.is_object()) else {
        return Outcome::Unreadable("no request");
    };
    let Some(address) = text(asked, "url") else { return Outcome::Unreadable("no URL") };
    let address = message::bounded(&address);
    let method = message::bounded(&text(asked, "method").unwrap_or_default()).to_owned();
    // Chrome says so of what its memory or disk cache answered.
    if text(entry, "_fromCache").is_some_and(|cache| !cache.is_empty()) {
        return Outcome::LeftOut;
    }
    let is_connect = method.eq_ignore_ascii_case("connect");
    let url = match url::parse(address) {
        Some(url) => url,
        // `host:443`, as the request line of CONNECT has it.
        None if is_connect && !address.contains("://") => {
            let url = url::parse(&format!("http://{address}"));
            let Some(url) = url else { return Outcome::Unreadable("a URL of no kind") };
            url
        }
        None => return Outcome::LeftOut,
    };
    let times = times(entry, told);
    let (mut headers, pseudo) = message::headers(asked);
    add_cookies(&mut headers, asked);
    let body = message::request_body(asked, &mut headers);
    let target = if is_connect { tunnel(&url) } else { url.target.clone() };
    let request = Request {
        packets: times.request,
        version: message::version(asked, !pseudo.is_empty()),
        method,
        target,
        pseudo: (!is_connect)
            .then(|| pseudo_fields(&pseudo, &headers, &url.authority, entry))
            .flatten(),
        headers,
        body,
        ..Request::default()
    };
    let response = entry
        .get("response")
        .and_then(|response| answer(response, times.response, request.version));
    let line = line(entry, &url, number, told);
    let incomplete = response.is_none().then_some(Incomplete::Closed);
    let last = response.as_ref().map_or(request.packets.last, |response| response.packets.last);
    let exchange = Exchange {
        connection: Arc::clone(&line.connection),
        index: line.exchanges,
        stream: None,
        request,
        response,
        incomplete,
    };
    let mut sequence = 0_u32;
    let mut record = |at: PacketRef, fact| {
        let flow = line.flow.as_ref().map_or(0, |flow| flow.id.0);
        let order = RecordOrder { packet: number, flow, sequence };
        sequence = sequence.saturating_add(1);
        Record { order, packet: at, flow: line.flow.clone(), fact }
    };
    let mut records = vec![record(last, Fact::Exchange(Arc::new(exchange)))];
    for message in messages(entry, &line, last.timestamp) {
        let at = message.packets.last;
        records.push(record(at, Fact::WebSocket(Arc::new(message))));
    }
    Outcome::Records(records)
}

/// `host:port`.
fn tunnel(url: &url::Url) -> String {
    let (authority, port) = (&url.authority, url.port);
    // 0 is no port: it tells whether one is written.
    match url::port(authority, 0) {
        0 => format!("{authority}:{port}"),
        _ => authority.clone(),
    }
}

/// The pseudo fields; without a Host field, what the URL says is the authority. Their order is told by
/// the client's fingerprint only: exporters sort them.
fn pseudo_fields(
    pseudo: &[(String, String)],
    headers: &Headers,
    authority: &str,
    entry: &Value,
) -> Option<PseudoFields> {
    let said = |wanted: &str| {
        pseudo.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    if pseudo.is_empty() && headers.first("host").is_some() {
        return None;
    }
    Some(PseudoFields {
        order: told_client(entry)
            .and_then(|client| client.http2)
            .as_deref()
            .map(order)
            .unwrap_or_default(),
        authority: said(":authority").or_else(|| Some(authority.to_owned())),
        scheme: said(":scheme"),
        protocol: said(":protocol"),
    })
}

/// Cookies that stand in their own list only.
fn add_cookies(headers: &mut Headers, request: &Value) {
    if headers.first("cookie").is_some() {
        return;
    }
    let cookies = message::pairs(request.get("cookies"));
    if !cookies.is_empty() {
        let pairs: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let field = crate::http::Header { name: "Cookie".into(), value: pairs.join("; ") };
        headers.0.push(field);
    }
}

/// The response; `None` if there was none: exporters give it the status 0 or -1.
fn answer(response: &Value, packets: PacketSpan, asked: HttpVersion) -> Option<Response> {
    let status = number(response, "status").filter(|status| (100.0..=999.0).contains(status))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let status = status as u16;
    let (headers, pseudo) = message::headers(response);
    let said = text(response, "httpVersion").is_some_and(|version| !version.trim().is_empty());
    let version = if said { message::version(response, !pseudo.is_empty()) } else { asked };
    let body = message::response_body(response, &headers);
    Some(Response { packets, status, version, headers, body, ..Response::default() })
}

/// Reckoned from the end, for exporters do not agree on what comes before `send`.
fn times(entry: &Value, told: &mut Told) -> Times {
    let started = text(entry, "startedDateTime").and_then(|text| time::timestamp(&text));
    let started = started.unwrap_or(told.clock);
    told.clock = started;
    let timings = entry.get("timings");
    let part = |name| timings.and_then(|timings| number(timings, name)).filter(|part| *part > 0.0);
    let names = ["blocked", "dns", "connect", "send", "wait", "receive"];
    let all: f64 = names.into_iter().filter_map(part).sum();
    let total = number(entry, "time").filter(|total| *total > 0.0).unwrap_or(all);
    let at = |milliseconds: f64| PacketRef {
        number: 0,
        timestamp: time::after(started, milliseconds.max(0.0)),
    };
    let end = total.max(0.0);
    let first = end - part("receive").unwrap_or(0.0);
    let asked = first - part("wait").unwrap_or(0.0);
    let begun = asked - part("send").unwrap_or(0.0);
    Times {
        request: PacketSpan { first: at(begun), last: at(asked) },
        response: PacketSpan { first: at(first), last: at(end) },
    }
}

/// The connection of an entry, counted up.
fn line(entry: &Value, url: &url::Url, number: u64, told: &mut Told) -> Line {
    let address = text(entry, "serverIPAddress").and_then(|address| {
        // With a zone, or in brackets, as some write it.
        let bare = address.trim().trim_matches(['[', ']']);
        bare.split('%').next().and_then(|bare| bare.parse::<IpAddr>().ok())
    });
    let named = text(entry, "connection").filter(|name| {
        // Firefox gives the server's port, which names no connection.
        !name.is_empty() && name.len() <= 64 && *name != url.port.to_string() && name != "0"
    });
    let place = address.map(|address| address.to_string()).unwrap_or_default();
    let client = text(entry, "_clientAddress").and_then(|address| address.parse::<IpAddr>().ok());
    let client_place = client.map(|address| address.to_string()).unwrap_or_default();
    let key = named.map(|name| format!("{name} {place} {client_place} {}", url.authority));
    if let Some(line) = key.as_ref().and_then(|key| told.connections.get_mut(key)) {
        let current = line.clone();
        line.exchanges = line.exchanges.saturating_add(1);
        return current;
    }
    told.count = told.count.saturating_add(1);
    let flow = address.map(|address| {
        let unknown: IpAddr = match address {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        Arc::new(Flow {
            id: FlowId(number),
            client: Endpoint { address: client.unwrap_or(unknown), port: 0 },
            server: Endpoint { address, port: url.port },
            transport: Transport::Tcp,
            tunnel: None,
        })
    });
    let connection = Arc::new(Connection {
        told: Some(url.scheme),
        told_client: told_client(entry),
        ..Connection::default()
    });
    let line = Line { connection, flow, exchanges: 0 };
    if let Some(key) = key
        && told.connections.len() < HAR_CONNECTIONS
    {
        told.connections.insert(key, Line { exchanges: 1, ..line.clone() });
    }
    line
}

/// The order of pseudo fields of a fingerprint: its last part, without commas.
fn order(http2: &str) -> String {
    let last = http2.rsplit('|').next().unwrap_or_default();
    last.chars().filter(char::is_ascii_lowercase).take(8).collect()
}

/// `_client`: fingerprints, where the file was made of packets (`interloper records --har`).
fn told_client(entry: &Value) -> Option<ClientIdentity> {
    let client = entry.get("_client").filter(|client| client.is_object())?;
    let part = |name| text(client, name).filter(|text| text.len() <= FINGERPRINT);
    Some(ClientIdentity { ja4: part("ja4"), http2: part("http2"), tcp: part("tcp") })
}

/// `_webSocketMessages`: Chrome's, which others took over.
fn messages(entry: &Value, line: &Line, after: Timestamp) -> Vec<WebSocketMessage> {
    let list = entry.get("_webSocketMessages").and_then(Value::as_array);
    let read = |(index, message): (usize, &Value)| {
        let data = text(message, "data").unwrap_or_default();
        let kind = match number(message, "opcode") {
            Some(2.0) => WebSocketKind::Binary,
            Some(8.0) => WebSocketKind::Close,
            Some(9.0 | 10.0) => return None,
            _ => WebSocketKind::Text,
        };
        let mut bytes = match kind {
            WebSocketKind::Binary => message::decode(&data).unwrap_or_else(|| data.into_bytes()),
            WebSocketKind::Close | WebSocketKind::Text => data.into_bytes(),
        };
        let length = bytes.len() as u64;
        bytes.truncate(HTTP_BODY_BYTES);
        let timestamp = number(message, "time").and_then(time::from_secs).unwrap_or(after);
        Some(WebSocketMessage {
            connection: Arc::clone(&line.connection),
            exchange: line.exchanges,
            index: u32::try_from(index).unwrap_or(u32::MAX),
            from_client: text(message, "type").is_some_and(|kind| kind != "receive"),
            kind,
            packets: PacketSpan::one(PacketRef { number: 0, timestamp }),
            bytes,
            length,
            coding: Coding::Identity,
            incomplete: None,
        })
    };
    list.into_iter().flatten().take(HAR_MESSAGES).enumerate().filter_map(read).collect()
}
