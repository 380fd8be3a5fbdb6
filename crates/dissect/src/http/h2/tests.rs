//! Frames as data: what connections, whole ones and broken ones, come to.

mod ends;
mod floods;
mod holes;

use super::frame::{flag, kind};
use super::*;
use crate::http::{Headers, HttpVersion, Incomplete};
use crate::weird::WeirdKind;

pub(super) const CLIENT: bool = true;
pub(super) const SERVER: bool = false;
pub(super) const END: u8 = flag::END_STREAM;
const WHOLE: u8 = flag::END_HEADERS;

/// A frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block of literals.
pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127);
            block.push(text.len() as u8);
            block.extend(text.bytes());
        }
    }
    block
}

pub(super) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(kind::HEADERS, flags | WHOLE, stream, &block(fields))
}

pub(super) fn get(stream: u32, path: &str) -> Vec<u8> {
    let fields =
        [(":method", "GET"), (":authority", "h.test"), (":scheme", "https"), (":path", path)];
    headers(stream, END, &fields)
}

pub(super) fn data(stream: u32, flags: u8, content: &[u8]) -> Vec<u8> {
    frame(kind::DATA, flags, stream, content)
}

pub(super) fn preface() -> Vec<u8> {
    [PREFACE, &frame(kind::SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])].concat()
}

/// Plays pieces; an empty one is a hole.
pub(super) fn play(parts: &[(bool, Vec<u8>)]) -> (Vec<Exchange>, Vec<WeirdKind>) {
    play_with(parts, None)
}

/// The same, with holes of a known length.
pub(super) fn play_with(
    parts: &[(bool, Vec<u8>)],
    hole: Option<u32>,
) -> (Vec<Exchange>, Vec<WeirdKind>) {
    let mut connection = Http2Connection::new(Connection::default(), 0);
    let mut facts = Vec::new();
    for (number, (from_client, bytes)) in (1..).zip(parts) {
        let at = PacketRef { number, timestamp: Timestamp::default() };
        if bytes.is_empty() {
            connection.gap(*from_client, hole, &mut facts);
        } else if !connection.data(*from_client, bytes, at.into(), &mut facts) {
            break;
        }
    }
    connection.finish(SessionEnd::EndOfCapture, &mut facts);
    let (mut exchanges, mut weirds) = (Vec::new(), Vec::new());
    for fact in facts {
        match fact {
            Fact::Exchange(exchange) => exchanges.push(Arc::unwrap_or_clone(exchange)),
            Fact::Weird(weird) => weirds.push(weird.kind),
            _ => unreachable!(),
        }
    }
    (exchanges, weirds)
}

/// Stream, target, status, response's length and what is missing, of each exchange.
pub(super) type Told = (u64, String, u16, u64, Option<Incomplete>);

pub(super) fn told(exchanges: &[Exchange]) -> Vec<Told> {
    let told = |it: &Exchange| {
        let response = it.response.as_ref();
        let length = response.map_or(0, |it| it.body.length);
        let status = response.map_or(0, |it| it.status);
        (it.stream.unwrap(), it.request.target.clone(), status, length, it.incomplete)
    };
    exchanges.iter().map(told).collect()
}

fn pairs(headers: &Headers) -> Vec<(&str, &str)> {
    headers.0.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect()
}

/// What a browser sends, and a server that answers out of order.
fn conversation() -> Vec<(bool, Vec<u8>)> {
    let mut settings = vec![0, 1, 0, 1, 0, 0];
    settings.extend([0, 4, 0, 0x60, 0, 0]);
    let first = [
        PREFACE,
        &frame(kind::SETTINGS, 0, 0, &settings),
        &frame(kind::WINDOW_UPDATE, 0, 0, &15_663_105_u32.to_be_bytes()),
        &frame(kind::PRIORITY, 0, 3, &[0x80, 0, 0, 0, 200]),
        &get(1, "/a?b=c"),
    ]
    .concat();
    let mut post = block(&[(":method", "POST"), (":scheme", "https"), (":path", "/p")]);
    post.extend(block(&[(":authority", "h.test"), ("cookie", "a=1"), ("cookie", "b=2")]));
    // Padding, priority, and the rest of the block in two more frames.
    let padded = [&[3, 0, 0, 0, 0, 9][..], &post[..20], &[0; 3]].concat();
    let flags = flag::PADDED | flag::PRIORITY;
    let request = [
        frame(kind::HEADERS, flags, 5, &padded),
        frame(kind::CONTINUATION, 0, 5, &post[20..40]),
        frame(kind::CONTINUATION, WHOLE, 5, &post[40..]),
        data(5, 0, b"hel"),
        frame(0x77, 0xff, 99, b"a type that nobody knows"),
        data(5, flag::PADDED, b"\x02lo\0\0"),
        frame(kind::PING, 0, 0, &[0; 8]),
        headers(5, END, &[("x-sum", "1")]),
    ]
    .concat();
    let promise = [&[0, 0, 0, 2][..], &block(&[(":method", "GET"), (":path", "/pushed")])].concat();
    let answers = [
        frame(kind::SETTINGS, 0, 0, &[]),
        frame(kind::SETTINGS, flag::ACK, 0, &[]),
        frame(kind::PUSH_PROMISE, WHOLE, 1, &promise),
        headers(5, 0, &[(":status", "103"), ("link", "</x>")]),
        headers(5, 0, &[(":status", "201"), ("x", "y")]),
        headers(2, 0, &[(":status", "200")]),
        data(2, END, b"pushed"),
        headers(1, 0, &[(":status", "200")]),
        data(5, 0, b"created"),
        data(1, 0, b"one"),
        headers(5, END, &[("grpc-status", "0")]),
        data(1, 0, b", two"),
        data(1, END, b""),
    ]
    .concat();
    vec![(CLIENT, first), (CLIENT, request), (SERVER, answers)]
}

#[test]
fn a_whole_conversation() {
    let (exchanges, weirds) = play(&conversation());
    assert_eq!(weirds, []);
    let expected = [(5, "/p".to_owned(), 201, 7, None), (1, "/a?b=c".to_owned(), 200, 8, None)];
    assert_eq!(told(&exchanges), expected);
    let [post, get] = &exchanges[..] else { panic!() };
    assert_eq!((post.index, get.index), (1, 0));
    assert_eq!(post.request.version, HttpVersion::Http2);
    assert_eq!(post.request.authority(), Some("h.test"));
    let pseudo = post.request.pseudo.as_ref().unwrap();
    assert_eq!((pseudo.order.as_str(), pseudo.scheme.as_deref()), ("mspa", Some("https")));
    // Crumbs of cookies stay what they are.
    assert_eq!(pairs(&post.request.headers), [("cookie", "a=1"), ("cookie", "b=2")]);
    assert_eq!(post.request.body.bytes, b"hello");
    let sha256 = crate::hex::hex(post.request.body.sha256().unwrap());
    assert_eq!(sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(pairs(&post.request.trailers), [("x-sum", "1")]);
    let response = post.response.as_ref().unwrap();
    assert_eq!(pairs(&response.headers), [("x", "y")]);
    assert_eq!(pairs(&response.trailers), [("grpc-status", "0")]);
    assert_eq!(response.body.bytes, b"created");
    assert_eq!((post.request.packets.numbers(), response.packets.numbers()), (vec![2], vec![3]));
    assert_eq!(get.request.query(), Some("b=c"));
    let fingerprint = "1:65536;4:6291456|15663105|3:1:0:201|m,a,s,p";
    assert_eq!(get.http2_fingerprint().as_deref(), Some(fingerprint));
}

#[test]
fn however_it_is_cut() {
    let whole = play(&conversation()).0;
    for size in 1..40 {
        let mut pieces = Vec::new();
        for (from_client, bytes) in conversation() {
            pieces.extend(bytes.chunks(size).map(|piece| (from_client, piece.to_vec())));
        }
        let (exchanges, weirds) = play(&pieces);
        assert_eq!((told(&exchanges), weirds), (told(&whole), vec![]), "{size}");
        for (one, other) in exchanges.iter().zip(&whole) {
            assert_eq!(one.request.headers, other.request.headers);
            assert_eq!(one.request.body.bytes, other.request.body.bytes);
        }
    }
}

#[test]
fn where_a_message_lies() {
    let post = [(":method", "POST"), (":path", "/")];
    let (exchanges, _) = play(&[
        (CLIENT, preface()),
        (CLIENT, headers(1, 0, &post)[..5].to_vec()),
        (CLIENT, headers(1, 0, &post)[5..].to_vec()),
        (CLIENT, get(3, "/other")),
        (CLIENT, data(1, 0, b"x")),
        (CLIENT, data(1, END, b"")),
        (SERVER, headers(1, 0, &[(":status", "200")])),
        (SERVER, headers(3, END, &[(":status", "200")])),
        (SERVER, data(1, END, b"y")),
    ]);
    let numbers = |it: &Exchange| {
        let response = it.response.as_ref().unwrap();
        (it.request.packets.numbers(), response.packets.numbers())
    };
    let numbers: Vec<_> = exchanges.iter().map(numbers).collect();
    assert_eq!(numbers, [(vec![4], vec![8]), (vec![2, 6], vec![7, 9])]);
}

#[test]
fn streams_that_are_not_whole() {
    let reset = |stream| frame(kind::RST_STREAM, 0, stream, &[0, 0, 0, 8]);
    let answer = |stream| headers(stream, 0, &[(":status", "200")]);
    let goaway = frame(kind::GOAWAY, 0, 0, &[0, 0, 0, 7, 0, 0, 0, 0]);
    let late = data(1, END, b"late");
    let open = [preface(), get(1, "/1"), get(3, "/3"), get(5, "/5"), get(7, "/7"), get(9, "/9")];
    let (exchanges, weirds) = play(&[
        (CLIENT, open.concat()),
        (SERVER, [answer(1), answer(3), answer(7)].concat()),
        (CLIENT, [reset(1), reset(3)].concat()),
        // What was under way when the client reset it.
        (SERVER, late),
        (SERVER, goaway),
        // A response without a status.
        (SERVER, headers(5, END, &[("x", "y")])),
    ]);
    let closed = Some(Incomplete::Closed);
    let expected = [
        (1, "/1", 200, 4, None),
        (9, "/9", 0, 0, closed),
        (5, "/5", 0, 0, Some(Incomplete::Unreadable)),
        (3, "/3", 200, 0, closed),
        (7, "/7", 200, 0, Some(Incomplete::Cut)),
    ];
    let expected = expected.map(|(id, path, status, length, incomplete)| {
        (id, path.to_owned(), status, length, incomplete)
    });
    assert_eq!((told(&exchanges).as_slice(), weirds), (&expected[..], vec![]));
}

#[test]
fn tunnels() {
    let plain = [(":method", "CONNECT"), (":authority", "x.test:443")];
    let extended = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":path", "/chat"),
        (":authority", "h"),
    ];
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), headers(1, 0, &plain), headers(3, 0, &extended)].concat()),
        (SERVER, [headers(1, 0, &[(":status", "200")]), data(1, 0, b"opaque")].concat()),
        (SERVER, headers(3, 0, &[(":status", "200")])),
        (CLIENT, [data(3, 0, b"frames"), data(1, END, b"")].concat()),
    ]);
    let expected = [(1, "x.test:443".into(), 200, 0, None), (3, "/chat".into(), 200, 0, None)];
    assert_eq!((told(&exchanges).as_slice(), weirds), (&expected[..], vec![]));
    assert_eq!(exchanges[0].request.authority(), Some("x.test:443"));
    let pseudo = exchanges[1].request.pseudo.as_ref().unwrap();
    assert_eq!(pseudo.protocol.as_deref(), Some("websocket"));
}

#[test]
fn calls_of_grpc() {
    let request = [
        (":method", "POST"),
        (":path", "/helloworld.Greeter/SayHello"),
        ("content-type", "application/grpc+proto"),
    ];
    let (exchanges, _) = play(&[
        (CLIENT, [preface(), headers(1, 0, &request), data(1, END, b"\0\0\0\0\x01x")].concat()),
        (SERVER, headers(1, 0, &[(":status", "200")])),
        (SERVER, headers(1, END, &[("grpc-status", "5")])),
        (CLIENT, get(3, "/no/call")),
    ]);
    let call = exchanges[0].grpc().unwrap();
    assert_eq!(
        (call.service, call.method, call.status),
        ("helloworld.Greeter", "SayHello", Some(5))
    );
    let messages: Vec<_> = crate::http::grpc_messages(&exchanges[0].request.body.bytes).collect();
    assert_eq!((messages.len(), messages[0].bytes), (1, &b"x"[..]));
    assert_eq!(exchanges[1].grpc(), None);
}

#[test]
fn malformed_connections_are_left() {
    let table = frame(kind::HEADERS, WHOLE, 3, &[0xff, 0xff, 0xff]);
    for (name, side, bytes) in [
        ("index", CLIENT, table),
        ("frame length", SERVER, vec![0, 0x40, 1, 0, 0, 0, 0, 0, 1]),
        ("settings length", SERVER, frame(kind::SETTINGS, 0, 0, &[1])),
        ("settings stream", SERVER, frame(kind::SETTINGS, 0, 1, &[])),
        ("ping", CLIENT, frame(kind::PING, 0, 0, &[1])),
        ("padding", CLIENT, data(3, flag::PADDED, &[1])),
        ("no padding", CLIENT, data(3, flag::PADDED, &[])),
        ("padded headers", CLIENT, frame(kind::HEADERS, flag::PADDED, 3, &[1])),
        ("continuation", CLIENT, frame(kind::CONTINUATION, 0, 1, &[])),
        (
            "interrupted",
            CLIENT,
            [frame(kind::HEADERS, 0, 3, &[]), frame(kind::PING, 0, 0, &[0; 8])].concat(),
        ),
        ("even", CLIENT, get(2, "/")),
        ("push", CLIENT, frame(kind::PUSH_PROMISE, WHOLE, 1, &[0, 0, 0, 2])),
        ("stream 0", CLIENT, get(0, "/")),
        ("http/1", SERVER, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ] {
        let (exchanges, weirds) = play(&[
            (CLIENT, [preface(), get(1, "/")].concat()),
            (side, bytes),
            (CLIENT, get(5, "/")),
        ]);
        assert_eq!(weirds, [WeirdKind::HttpMalformed], "{name}");
        let expected = [(1, "/".to_owned(), 0, 0, Some(Incomplete::Unreadable))];
        assert_eq!(told(&exchanges), expected, "{name}");
    }
    assert_eq!(play(&[(CLIENT, b"PRI * HTTP/2.1".to_vec())]).1, [WeirdKind::HttpMalformed]);
}

#[test]
fn the_table_follows_settings() {
    // The server allows 16 KiB: only then may the client's table be as large.
    let size = [&[0x3f, 0xe1, 0x7f][..], &block(&[(":method", "GET"), (":path", "/")])].concat();
    let request = frame(kind::HEADERS, END | WHOLE, 1, &size);
    let settings = frame(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 0x40, 0]);
    let parts = [(CLIENT, preface()), (SERVER, settings), (CLIENT, request)];
    let (exchanges, weirds) = play(&parts);
    assert_eq!((exchanges.len(), weirds), (1, vec![]));
    let (exchanges, weirds) = play(&[parts[0].clone(), parts[2].clone()]);
    assert_eq!((exchanges.len(), weirds), (0, vec![WeirdKind::HttpMalformed]));
}
