//! Whole connections, in one piece and in many.

use proptest::prelude::*;

use super::*;
use crate::http::Incomplete;
use crate::limits::{HTTP_BODY_BYTES, HTTP_WAITING};
use crate::origin::Origin;

/// `method target → status length[ reason]` of each exchange.
fn told(exchanges: &[Exchange]) -> Vec<String> {
    let told = exchanges.iter().map(|exchange| {
        let request = &exchange.request;
        let answer = exchange.response.as_ref().map_or("none".into(), |response| {
            format!("{} {}", response.status, response.body.length)
        });
        let why = exchange.incomplete.map_or(String::new(), |why| format!(" {}", why.word()));
        format!("{} {}+{} → {answer}{why}", request.method, request.target, request.body.length)
    });
    told.collect()
}

/// What is told of lines (`>` client, `<` server).
fn play(lines: &[(char, &str)]) -> Vec<String> {
    told(&exchanges(lines.iter().map(|(side, text)| (*side == '>', text.as_bytes()))))
}

#[test]
fn one_after_the_other() {
    let lines = [
        ('>', "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"),
        ('<', "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
        ('>', "HEAD /b HTTP/1.1\r\n\r\n"),
        ('<', "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
        ('>', "\r\nPOST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ('<', "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Done\r\n\r\n"),
        ('>', "GET /d HTTP/1.0\n\n"),
        ('<', "HTTP/1.0 304 Same\r\nContent-Length: 9\r\n\r\n"),
        ('>', "GET /e HTTP/1.0\r\n\r\n"),
        ('<', "HTTP/1.0 200\r\n\r\nuntil"),
        ('<', " the end"),
    ];
    assert_eq!(
        play(&lines),
        [
            "GET /a+0 → 200 3",
            "HEAD /b+0 → 200 0",
            "POST /c+2 → 204 0",
            "GET /d+0 → 304 0",
            "GET /e+0 → 200 13",
        ]
    );
}

#[test]
fn several_under_way() {
    let lines = [
        (
            '>',
            "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nPUT /c HTTP/1.1\r\nContent-Length: 5\r\n\r\n12",
        ),
        (
            '<',
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        ),
        ('<', "HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n"),
        ('>', "345"),
    ];
    assert_eq!(play(&lines), ["GET /a+0 → 404 0", "GET /b+0 → 200 1", "PUT /c+5 → 413 0"]);
}

#[test]
fn what_is_not_whole() {
    for (lines, expected) in [
        (vec![('>', "GET /a HTTP/1.1\r\n\r\n")], vec!["GET /a+0 → none closed"]),
        (vec![('>', "GET /a HTTP/1.1\r\nHost: x\r\nUser-")], vec!["GET /a+0 → none closed"]),
        (
            vec![
                ('>', "GET /a HTTP/1.1\r\n\r\n"),
                ('<', "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            ],
            vec!["GET /a+0 → 200 3 closed"],
        ),
        (vec![('<', "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")], vec![]),
        (
            vec![
                ('<', "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
                ('>', "GET /a HTTP/1.1\r\n\r\n"),
                ('<', "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ],
            vec!["GET /a+0 → 200 0"],
        ),
        (
            vec![
                ('>', "GET /a HTTP/1.1\r\n\r\n"),
                ('<', "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"),
                ('<', "\r\nHTTP"),
                ('>', "GET /b HTTP/1.1\r\n\r\n"),
                ('<', "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ],
            vec!["GET /a+0 → 200 0 closed", "GET /b+0 → 200 0"],
        ),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        let found: Vec<String> =
            play(&lines).into_iter().map(|line| line.replace("unreadable", "closed")).collect();
        assert_eq!(found, expected, "{lines:?}");
    }
}

#[test]
fn upgrades_and_tunnels() {
    let upgrade = [
        ('>', "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
        ('<', "HTTP/1.1 101 Switching\r\n\r\n\u{1}\u{2}"),
        ('>', "GET /no HTTP/1.1\r\n\r\n"),
    ];
    assert_eq!(play(&upgrade), ["GET /ws+0 → 101 0"]);
    let connect = "CONNECT a.test:443 HTTP/1.1\r\n\r\n";
    let refused = [
        ('>', connect),
        ('<', "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno"),
        ('>', connect),
        ('<', "HTTP/1.1 200 Fine\r\n\r\nanything"),
    ];
    assert_eq!(play(&refused), ["CONNECT a.test:443+0 → 407 2", "CONNECT a.test:443+0 → 200 0"]);
    let eager =
        [('>', connect), ('>', "GET /x HTTP/1.1\r\n\r\n"), ('<', "HTTP/1.1 502 No\r\n\r\n")];
    assert_eq!(play(&eager), ["CONNECT a.test:443+0 → 502 0", "GET /x+0 → none closed"]);
}

/// Data and gaps (`n` bytes) of a connection that ends with the capture.
fn with_gaps(lines: &[(char, Result<&str, u32>)]) -> Vec<String> {
    let mut connection = HttpConnection::new(Connection::default(), 0);
    let mut facts = Vec::new();
    for (number, (side, what)) in (1..).zip(lines) {
        let at = PacketRef { number, timestamp: Timestamp::default() }.into();
        match what {
            Ok(text) => {
                connection.data(*side == '>', text.as_bytes(), at, &mut facts);
            }
            Err(length) => connection.gap(*side == '>', Some(*length), &mut facts),
        }
    }
    connection.finish(SessionEnd::EndOfCapture, false, &mut facts);
    let exchanges: Vec<Exchange> = facts
        .into_iter()
        .map(|fact| match fact {
            Fact::Exchange(exchange) => std::sync::Arc::unwrap_or_clone(exchange),
            other => panic!("{other:?}"),
        })
        .collect();
    told(&exchanges)
}

#[test]
fn holes_in_the_capture() {
    let (get, ok) = ("GET /a HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    let (again, fine) = ("GET /b HTTP/1.1\r\n\r\n", "HTTP/1.1 204 OK\r\n\r\n");
    for (lines, expected) in [
        // Within a known length: stepped over.
        (
            vec![('>', Ok(get)), ('<', Ok(ok)), ('<', Err(5)), ('>', Ok(again)), ('<', Ok(fine))],
            vec!["GET /a+0 → 200 0 gap", "GET /b+0 → 204 0"],
        ),
        // Beyond it: found again at the next status line.
        (
            vec![
                ('>', Ok(get)),
                ('<', Ok(ok)),
                ('<', Err(9)),
                ('<', Ok("rest")),
                ('>', Ok(again)),
                ('<', Ok(fine)),
            ],
            vec!["GET /a+0 → 200 0 gap", "GET /b+0 → 204 0"],
        ),
        // A whole response: the next one answers the next request.
        (
            vec![('>', Ok(get)), ('>', Ok(again)), ('<', Err(40)), ('<', Ok(fine))],
            vec!["GET /a+0 → none gap", "GET /b+0 → 204 0"],
        ),
        // Heads cut by a snap length.
        (
            vec![
                ('>', Ok("GET /a HTTP/1.1\r\nHost: x\r\nUs")),
                ('>', Err(100)),
                ('<', Ok("HTTP/1.1 200 OK\r\nServ")),
                ('<', Err(200)),
                ('>', Ok(again)),
                ('<', Ok(fine)),
            ],
            vec!["GET /a+0 → 200 0 gap", "GET /b+0 → 204 0"],
        ),
        // A lost request: its response is dropped.
        (
            vec![('>', Err(50)), ('<', Ok(fine)), ('>', Ok(again)), ('<', Ok(fine))],
            vec!["GET /b+0 → 204 0"],
        ),
        (
            vec![('>', Ok(get)), ('<', Ok("HTTP/1.1 200 OK\r\n\r\nab"))],
            vec!["GET /a+0 → 200 2 cut"],
        ),
    ] {
        assert_eq!(with_gaps(&lines), expected, "{lines:?}");
    }
}

/// A pair is told only where no other is possible.
#[test]
fn what_was_lost_shifts_no_pair() {
    const A: &str = "GET /a HTTP/1.1\r\n\r\n";
    const B: &str = "GET /b HTTP/1.1\r\n\r\n";
    const C: &str = "GET /c HTTP/1.1\r\n\r\n";
    let fine = "HTTP/1.1 204 OK\r\n\r\n";
    for (lines, expected) in [
        // The first response is among the lost; this one may be the second or the third.
        (
            vec![('>', Ok(A)), ('>', Ok(B)), ('>', Ok(C)), ('<', Err(40)), ('<', Ok(fine))],
            vec!["GET /a+0 → none gap", "GET /b+0 → none gap", "GET /c+0 → none gap"],
        ),
        // What was sent behind the hole is answered behind it.
        (
            vec![('>', Ok(A)), ('<', Err(40)), ('>', Ok(B)), ('<', Ok(fine))],
            vec!["GET /a+0 → none gap", "GET /b+0 → 204 0"],
        ),
        // A lost request whose response is not seen before the next request.
        (
            vec![('>', Err(18)), ('>', Ok(B)), ('<', Ok(fine)), ('>', Ok(C)), ('<', Ok(fine))],
            vec!["GET /b+0 → none gap", "GET /c+0 → 204 0"],
        ),
        // The response to a lost request, then the hole that it left.
        (
            vec![('<', Ok(fine)), ('>', Err(18)), ('>', Ok(B)), ('<', Ok(fine))],
            vec!["GET /b+0 → 204 0"],
        ),
        // Several at once: from then on nobody knows.
        (
            vec![
                ('>', Ok(A)),
                ('>', Ok(B)),
                ('<', Ok(fine)),
                ('<', Ok(fine)),
                ('>', Err(18)),
                ('>', Ok(C)),
                ('<', Ok(fine)),
                ('<', Ok(fine)),
            ],
            vec!["GET /a+0 → 204 0", "GET /b+0 → 204 0", "GET /c+0 → none gap"],
        ),
        // A body until the end of the connection with a hole in it.
        (
            vec![('>', Ok(A)), ('<', Ok("HTTP/1.1 200 OK\r\n\r\n")), ('<', Err(5))],
            vec!["GET /a+0 → 200 0 gap"],
        ),
    ] {
        assert_eq!(with_gaps(&lines), expected, "{lines:?}");
    }
}

/// `suricata-verify/tests/bug-2512`: the proxy's answer is missing, the tunnel's contents are not.
#[test]
fn a_tunnel_whose_opening_is_lost() {
    let mut connection = HttpConnection::new(Connection::default(), 0);
    let (mut facts, at) = (Vec::new(), Origin::default());
    connection.data(true, b"CONNECT a.test:443 HTTP/1.0\r\n\r\n", at, &mut facts);
    connection.data(true, b"\x16\x03\x01", at, &mut facts);
    connection.gap(false, Some(95), &mut facts);
    let next = connection.data(false, b"\x16\x03\x03", at, &mut facts);
    let Next::Tunnel(tunnel) = next else { panic!("{next:?}") };
    assert_eq!((tunnel.held.len(), tunnel.connection.preludes.len(), facts.len()), (2, 1, 0));
}

#[test]
fn only_the_clients_side() {
    let many = HTTP_WAITING + 9;
    let text = "GET /a HTTP/1.1\r\n\r\n".repeat(many);
    let found = exchanges([(true, text.as_bytes())]);
    assert_eq!(found.len(), many);
    assert_eq!(found[0].incomplete, Some(Incomplete::Cut));
    assert_eq!(found[many - 1].incomplete, Some(Incomplete::Closed));
    assert_eq!(found[many - 1].index as usize, many - 1);
}

#[test]
fn heads_without_an_end() {
    let long = format!("GET /a HTTP/1.1\r\nHost: x\r\nCookie: {}", "c".repeat(40_000));
    for (rest, why) in [(0, Incomplete::Closed), (2 << 20, Incomplete::Unreadable)] {
        let rest = "c".repeat(rest);
        let found = exchanges([(true, long.as_bytes()), (true, rest.as_bytes())]);
        assert_eq!(found[0].incomplete, Some(why));
        assert_eq!(found[0].request.headers.first("host"), Some("x"));
    }
}

/// A message's head fields and body in one of the framings.
fn framed(kind: usize, body: &[u8], of_response: bool) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    match kind {
        0 => [length, body.to_vec()].concat(),
        1 => {
            let mut text = b"Transfer-Encoding: chunked\r\n\r\n".to_vec();
            for chunk in body.chunks(7) {
                text.extend(format!("{:x};e=1\r\n", chunk.len()).into_bytes());
                text.extend(chunk);
                text.extend(b"\r\n");
            }
            text.extend(b"0\r\nDigest: x\r\n\r\n");
            text
        }
        _ if of_response => b"Content-Length: 0\r\n\r\n".to_vec(),
        _ => b"Accept: */*\r\n\r\n".to_vec(),
    }
}

proptest! {
    /// However bytes are cut to segments, they tell the same.
    #[test]
    fn any_segments_tell_the_same(
        messages in proptest::collection::vec(
            (0_usize..3, 0_usize..3, proptest::collection::vec(any::<u8>(), 0..60)), 1..5),
        cuts in proptest::collection::vec(1_usize..40, 1..40),
    ) {
        let mut whole: Vec<(bool, Vec<u8>)> = Vec::new();
        for (request, response, body) in &messages {
            let head = b"POST /a?b=c HTTP/1.1\r\nHost: a.test\r\n".to_vec();
            whole.push((true, [head, framed(*request, body, false)].concat()));
            let head = b"HTTP/1.1 200 OK\r\nServer: s\r\n".to_vec();
            whole.push((false, [head, framed(*response, body, true)].concat()));
        }
        let mut sizes = cuts.iter().cycle();
        let mut pieces: Vec<(bool, &[u8])> = Vec::new();
        for (side, bytes) in &whole {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
                pieces.push((*side, piece));
                rest = after;
            }
        }
        let strip = |mut exchange: Exchange| {
            exchange.request.packets = Default::default();
            if let Some(response) = &mut exchange.response { response.packets = Default::default(); }
            format!("{exchange:?}")
        };
        let told = |parts: Vec<(bool, &[u8])>| -> Vec<String> {
            exchanges(parts).into_iter().map(strip).collect()
        };
        let at_once = told(whole.iter().map(|(side, bytes)| (*side, bytes.as_slice())).collect());
        prop_assert_eq!(at_once.len(), messages.len());
        prop_assert_eq!(at_once, told(pieces));
    }

    /// Nothing panics, and what is kept is bounded.
    #[test]
    fn any_bytes(
        parts in proptest::collection::vec(
            (any::<bool>(), 0_usize..8, proptest::collection::vec(any::<u8>(), 0..200)), 0..20),
    ) {
        const STARTS: [&[u8]; 8] = [
            b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n\r\n",
            b"CONNECT a HTTP/1.1\r\n\r\n", b"", b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n",
        ];
        let parts: Vec<(bool, Vec<u8>)> =
            parts.into_iter().map(|(s, start, b)| (s, [STARTS[start], &b].concat())).collect();
        let found = exchanges(parts.iter().map(|(side, bytes)| (*side, bytes.as_slice())));
        prop_assert!(found.iter().all(|e| e.request.body.bytes.len() <= HTTP_BODY_BYTES));
    }
}
