//! Messages that end as their heads announced, whatever the frames say.

use super::*;

/// One request, and these frames of the server; then the connection ends.
fn answered(frames: &[Vec<u8>]) -> (Vec<Exchange>, Vec<WeirdKind>) {
    let asked = [preface(), get(1, "/a")].concat();
    play(&[(CLIENT, asked), (SERVER, frames.concat())])
}

fn head(length: &str) -> Vec<u8> {
    headers(1, 0, &[(":status", "200"), ("content-length", length)])
}

#[test]
fn all_bytes_of_the_content_length_are_a_whole_message() {
    let reset = frame(kind::RST_STREAM, 0, 1, &[0; 4]);
    for rest in [vec![], vec![reset]] {
        let frames = [vec![head("5"), data(1, 0, b"he"), data(1, 0, b"llo")], rest].concat();
        let (exchanges, weirds) = answered(&frames);
        assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 5, None)]);
        assert!(exchanges[0].response.as_ref().unwrap().body.is_whole());
        assert_eq!(weirds, []);
    }
}

#[test]
fn fewer_bytes_are_not() {
    let (exchanges, weirds) = answered(&[head("5"), data(1, 0, b"he")]);
    assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 2, Some(Incomplete::Cut))]);
    assert_eq!(weirds, []);
    let (exchanges, weirds) = answered(&[head("5"), data(1, END, b"he")]);
    assert_eq!(told(&exchanges), [(1, "/a".to_owned(), 200, 2, None)]);
    assert_eq!(weirds, [WeirdKind::HttpBodyCut]);
}

#[test]
fn what_has_no_content_needs_no_end() {
    let (exchanges, weirds) = answered(&[headers(1, 0, &[(":status", "204")])]);
    assert_eq!((told(&exchanges)[0].4, weirds.len()), (None, 0));
    let (exchanges, _) = answered(&[headers(1, 0, &[(":status", "200")])]);
    assert_eq!(told(&exchanges)[0].4, Some(Incomplete::Cut));
}

/// HEAD has the length of what GET would bring; and only digits are a length.
#[test]
fn lengths_that_announce_nothing() {
    let asked = headers(1, END, &[(":method", "HEAD"), (":path", "/a")]);
    let (exchanges, weirds) = play(&[(CLIENT, [preface(), asked].concat()), (SERVER, head("5"))]);
    assert_eq!((told(&exchanges)[0].4, weirds), (None, vec![]));
    let (exchanges, weirds) = answered(&[head("+2"), data(1, 0, b"he")]);
    assert_eq!((told(&exchanges)[0].4, weirds), (Some(Incomplete::Cut), vec![]));
}

/// The server has all of a request that never ended.
#[test]
fn requests_end_by_their_length_too() {
    let post = [(":method", "POST"), (":path", "/p"), ("content-length", "3")];
    let asked = [preface(), headers(1, 0, &post), data(1, 0, b"abc")].concat();
    let ok = headers(1, END, &[(":status", "200")]);
    let goaway = frame(kind::GOAWAY, 0, 0, &[0; 8]);
    let (exchanges, weirds) = play(&[(CLIENT, asked), (SERVER, [ok, goaway].concat())]);
    assert_eq!((told(&exchanges)[0].4, weirds), (None, vec![]));
    assert!(exchanges[0].request.body.is_whole());
}

/// The content of a request that asked for HTTP/2 in HTTP/1 came there.
#[test]
fn the_request_of_an_upgrade_is_no_shorter() {
    let headers_of = Headers(vec![crate::http::Header {
        name: "content-length".to_owned(),
        value: "3".to_owned(),
    }]);
    let request = crate::http::Request {
        method: "POST".to_owned(),
        target: "/up".to_owned(),
        headers: headers_of,
        ..crate::http::Request::default()
    };
    let exchange = Exchange {
        connection: Arc::new(Connection::default()),
        index: 0,
        stream: None,
        request,
        response: None,
        incomplete: None,
    };
    let mut connection = Http2Connection::upgraded(Connection::default(), 1, exchange, &[]);
    let mut facts = Vec::new();
    let ok = headers(1, END, &[(":status", "200")]);
    connection.data(SERVER, &ok, PacketRef::default().into(), &mut facts);
    let [Fact::Exchange(exchange)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(exchange.incomplete, None);
}

#[test]
fn a_path_longer_than_is_kept_is_not_read() {
    let length = crate::limits::HTTP_FIELDS_BYTES + 1;
    // The length of a literal value: 127, and the rest in groups of seven bits.
    let mut rest = length - 127;
    let mut block = b"\x82\x04\x7f".to_vec();
    while rest >= 128 {
        block.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    block.push(rest as u8);
    block.extend(vec![b'x'; length]);
    let parts: Vec<_> = block.chunks(16_000).collect();
    let last = parts.len() - 1;
    let mut asked = preface();
    for (at, part) in parts.iter().enumerate() {
        let kind = if at == 0 { kind::HEADERS } else { kind::CONTINUATION };
        let end = if at == last { flag::END_HEADERS } else { 0 };
        let stream_end = if at == 0 { END } else { 0 };
        asked.extend(frame(kind, end | stream_end, 1, part));
    }
    let (exchanges, weirds) =
        play(&[(CLIENT, asked), (SERVER, headers(1, END, &[(":status", "414")]))]);
    assert_eq!(told(&exchanges), [(1, String::new(), 414, 0, Some(Incomplete::Unreadable))]);
    assert_eq!(weirds, [WeirdKind::HttpFieldsDropped]);
}
