//! Contents, trailers, anomalies, and what follows an upgrade.

use super::*;
use crate::http::{Coding, WebSocketMessage};
use crate::weird::WeirdKind;

/// All that is told of lines (`>` client, `<` server) of a connection that both sides close.
fn facts(lines: &[(char, &[u8])]) -> Vec<Fact> {
    let mut connection = HttpConnection::new(Connection::default(), 0);
    let mut facts = Vec::new();
    for (number, (side, bytes)) in (1..).zip(lines) {
        let at = PacketRef { number, timestamp: Timestamp::default() };
        match connection.data(*side == '>', bytes, at.into(), &mut facts) {
            Next::Same => {}
            Next::WebSocket(socket) => {
                socket.finish(SessionEnd::Closed, &mut facts);
                return facts;
            }
            other => panic!("{other:?}"),
        }
    }
    connection.finish(SessionEnd::Closed, true, &mut facts);
    facts
}

fn exchange(facts: &[Fact]) -> &Exchange {
    let found = facts.iter().find_map(|fact| match fact {
        Fact::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    found.unwrap()
}

fn weirds(facts: &[Fact]) -> Vec<(WeirdKind, &str)> {
    let found = facts.iter().filter_map(|fact| match fact {
        Fact::Weird(weird) => Some((weird.kind, &*weird.detail)),
        _ => None,
    });
    found.collect()
}

#[test]
fn contents_are_hashed_as_sent_and_unpacked() {
    let packed = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n2\r\n"[..],
        b"\x1f\x8b\r\n15\r\n\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\
          \x36\x05\x00\r\n2\r\n\x00\x00\r\n0\r\nServer-Timing: a\r\nx: y\r\n\r\n",
    ]
    .concat();
    let request = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    let facts = facts(&[('>', request), ('<', &packed)]);
    let exchange = exchange(&facts);
    let body = &exchange.request.body;
    assert_eq!(body.sha256().unwrap()[..4], [0xba, 0x78, 0x16, 0xbf]);
    let response = exchange.response.as_ref().unwrap();
    assert_eq!((&*response.body.bytes, response.body.coding), (&b"hello"[..], Coding::Decoded));
    assert_eq!(response.body.length, 25);
    assert!(response.body.is_whole());
    assert_eq!(response.trailers.first("server-timing"), Some("a"));
    assert_eq!((response.trailers.0.len(), response.headers.0.len()), (2, 2));
    assert!(weirds(&facts).is_empty());
}

#[test]
fn what_is_odd_is_told() {
    let get: (char, &[u8]) = ('>', b"GET / HTTP/1.1\r\n\r\n");
    let many = format!("HTTP/1.1 204 OK\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    for (lines, expected) in [
        (
            vec![get, ('<', b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\nabc")],
            (WeirdKind::HttpBodyCut, "2147483645 bytes of content-length"),
        ),
        (
            vec![get, ('<', b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nabc")],
            (WeirdKind::HttpBodyCut, "9223372036854775805 bytes of content-length"),
        ),
        (
            vec![get, ('<', b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")],
            (WeirdKind::HttpBodyCut, "2 bytes of a chunk"),
        ),
        (
            vec![('>', b"PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc")],
            (WeirdKind::HttpBodyCut, "2 bytes of content-length"),
        ),
        (
            vec![get, ('<', b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc")],
            (WeirdKind::HttpMalformed, "content-length: -5"),
        ),
        (
            vec![get, ('<', b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\na")],
            (WeirdKind::HttpMalformed, "content-length: 5, 6"),
        ),
        (
            vec![('>', b"PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc")],
            (WeirdKind::HttpMalformed, "content-length: 99999999999999999999"),
        ),
        (
            vec![get, ('<', many.as_bytes())],
            (WeirdKind::HttpFieldsDropped, "more than 256, or too long"),
        ),
    ] {
        let facts = facts(&lines);
        assert_eq!(weirds(&facts), [expected]);
        exchange(&facts);
    }
    let until_close = [get, ('<', b"HTTP/1.1 200 OK\r\n\r\nabc")];
    let facts = facts(&until_close);
    let body = &exchange(&facts).response.as_ref().unwrap().body;
    assert!(weirds(&facts).is_empty() && body.is_whole());
}

#[test]
fn a_cut_body_has_no_hash() {
    let lines: [(char, &[u8]); 2] = [
        ('>', b"GET / HTTP/1.1\r\n\r\n"),
        ('<', b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"),
    ];
    let facts = facts(&lines);
    let exchange = exchange(&facts);
    let body = &exchange.response.as_ref().unwrap().body;
    assert_eq!((body.sha256(), &*body.bytes), (None, &b"abc"[..]));
}

/// Bytes of the first frame in the segment of the answer.
#[test]
fn frames_follow_an_upgrade() {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello";
    let facts = facts(&[('>', b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), ('<', answer)]);
    assert_eq!(exchange(&facts).response.as_ref().unwrap().status, 101);
    let message: &WebSocketMessage = match facts.last() {
        Some(Fact::WebSocket(message)) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!((&*message.bytes, message.exchange, message.from_client), (&b"hello"[..], 0, false));
}
