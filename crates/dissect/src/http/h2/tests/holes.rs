//! What is still told where bytes are missing.

use super::*;

fn gap(id: u64, path: &str, status: u16, length: u64) -> Told {
    (id, path.to_owned(), status, length, Some(Incomplete::Gap))
}

fn whole(id: u64, path: &str, status: u16, length: u64) -> Told {
    (id, path.to_owned(), status, length, None)
}

fn ok(stream: u32, flags: u8) -> Vec<u8> {
    headers(stream, flags, &[(":status", "200")])
}

#[test]
fn in_a_response() {
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), get(1, "/1"), get(3, "/3"), get(5, "/5")].concat()),
        (SERVER, [ok(1, 0), data(1, 0, b"half")].concat()),
        (SERVER, vec![]),
        // The middle of a frame, then the start of one.
        (SERVER, b"the rest of a lost frame, whatever it is".to_vec()),
        (SERVER, [data(1, END, b"end"), ok(3, 0)].concat()),
        (SERVER, data(3, END, b"three")),
        (CLIENT, get(7, "/7")),
        (SERVER, ok(7, END)),
    ]);
    assert_eq!(weirds, []);
    let expected =
        [gap(1, "/1", 200, 4), whole(3, "/3", 200, 5), whole(7, "/7", 200, 0), gap(5, "/5", 0, 0)];
    assert_eq!(told(&exchanges), expected);
}

#[test]
fn in_the_head_of_a_response() {
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), get(1, "/1"), get(3, "/3"), get(5, "/5")].concat()),
        (SERVER, vec![]),
        (SERVER, data(3, 0, b"three")),
        (SERVER, headers(1, END, &[("grpc-status", "0")])),
        (SERVER, headers(3, END, &[("grpc-status", "0")])),
        (SERVER, ok(5, END)),
    ]);
    assert_eq!(weirds, []);
    let expected = [gap(1, "/1", 0, 0), gap(3, "/3", 0, 0), whole(5, "/5", 200, 0)];
    assert_eq!(told(&exchanges), expected);
}

#[test]
fn in_a_request() {
    let post = [(":method", "POST"), (":path", "/up")];
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), headers(1, 0, &post), data(1, 0, b"abc")].concat()),
        (CLIENT, vec![]),
        (CLIENT, data(1, END, b"xyz")),
        (CLIENT, get(5, "/5")),
        (SERVER, [ok(1, END), ok(3, END), ok(5, END)].concat()),
    ]);
    assert_eq!(weirds, []);
    // Stream 3 was asked for in the hole: of what, nobody knows.
    assert_eq!(told(&exchanges), [gap(1, "/up", 200, 0), whole(5, "/5", 200, 0)]);
    assert_eq!(exchanges[0].request.body.bytes, b"abc");
}

#[test]
fn in_known_content() {
    let response = [ok(1, 0), data(1, END, b"0123456789")].concat();
    let (head, rest) = response.split_at(response.len() - 8);
    let requests = [preface(), get(1, "/1"), get(3, "/3")].concat();
    // Five bytes are missing, three follow.
    let (exchanges, weirds) = play_with(
        &[
            (CLIENT, requests.clone()),
            (SERVER, head.to_vec()),
            (SERVER, vec![]),
            (SERVER, [&rest[5..], &ok(3, END)].concat()),
        ],
        Some(5),
    );
    assert_eq!(weirds, []);
    assert_eq!(told(&exchanges), [gap(1, "/1", 200, 5), whole(3, "/3", 200, 0)]);
    let response = exchanges[0].response.as_ref().unwrap();
    assert_eq!((response.body.bytes.as_slice(), response.body.sha256()), (&b"01789"[..], None));
    // The hole ends where the frame does.
    let (exchanges, _) = play_with(
        &[
            (CLIENT, requests.clone()),
            (SERVER, head.to_vec()),
            (SERVER, vec![]),
            (SERVER, ok(3, END)),
        ],
        Some(8),
    );
    assert_eq!(told(&exchanges), [gap(1, "/1", 200, 2), whole(3, "/3", 200, 0)]);
    // It goes on beyond it.
    let (exchanges, _) = play_with(
        &[(CLIENT, requests), (SERVER, head.to_vec()), (SERVER, vec![]), (SERVER, ok(3, END))],
        Some(20),
    );
    assert_eq!(told(&exchanges), [gap(1, "/1", 200, 2), whole(3, "/3", 200, 0)]);
}

#[test]
fn in_header_blocks() {
    // :authority (static name 1) and :path (static name 4) are added to the table.
    let first = b"\x82\x41\x06a.test\x44\x02/1".to_vec();
    let again = |rest: &[u8]| [&[0x82, 0xbf][..], rest].concat();
    let request =
        |stream, block: &[u8]| frame(kind::HEADERS, END | flag::END_HEADERS, stream, block);
    let authorities = |exchanges: &[Exchange]| -> Vec<Option<String>> {
        exchanges.iter().map(|it| it.request.authority().map(str::to_owned)).collect()
    };
    let (exchanges, _) = play(&[
        (CLIENT, [preface(), request(1, &first)].concat()),
        (CLIENT, request(3, &again(b"\x04\x02/3"))),
        (CLIENT, vec![]),
        (CLIENT, request(7, &again(b"\x04\x02/7"))),
        // The same name again, and from then on by its index.
        (CLIENT, request(9, b"\x82\x41\x06b.test\x04\x02/9")),
        (CLIENT, request(11, b"\x82\xbe\x04\x03/11")),
        (SERVER, (0..6).flat_map(|it| ok(it * 2 + 1, END)).collect()),
    ]);
    let expected = [
        whole(1, "/1", 200, 0),
        whole(3, "/3", 200, 0),
        gap(7, "/7", 200, 0),
        whole(9, "/9", 200, 0),
        whole(11, "/11", 200, 0),
    ];
    assert_eq!(told(&exchanges), expected);
    let (a, b) = (Some("a.test".to_owned()), Some("b.test".to_owned()));
    assert_eq!(authorities(&exchanges), [a.clone(), a, None, b.clone(), b]);
}

/// What was asked is told only where it is known; a target may be missing, a method not.
#[test]
fn in_what_was_asked() {
    let request =
        |stream, block: &[u8]| frame(kind::HEADERS, END | flag::END_HEADERS, stream, block);
    // :method (static name 2) and :path are added to the table, and named by their index.
    let put = b"\x42\x03PUT\x44\x02/1";
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), request(1, put), request(3, b"\xbf\xbe")].concat()),
        (CLIENT, vec![]),
        (CLIENT, request(5, b"\xbf\x04\x02/5")),
        (CLIENT, request(7, b"\x82\xbe")),
        (CLIENT, get(9, "/9")),
        (SERVER, (0..5).flat_map(|it| ok(it * 2 + 1, END)).collect()),
    ]);
    let expected = [
        whole(1, "/1", 200, 0),
        whole(3, "/1", 200, 0),
        gap(7, "", 200, 0),
        whole(9, "/9", 200, 0),
    ];
    assert_eq!((told(&exchanges), weirds), (expected.to_vec(), vec![]));
    assert!(exchanges.iter().all(|it| !it.request.method.is_empty()));
}

#[test]
fn in_the_middle_of_a_block() {
    let split = block(&[(":method", "GET"), (":path", "/3")]);
    let (exchanges, weirds) = play(&[
        (CLIENT, [preface(), get(1, "/1")].concat()),
        (CLIENT, frame(kind::HEADERS, END, 3, &split[..9])),
        (CLIENT, vec![]),
        (CLIENT, frame(kind::CONTINUATION, flag::END_HEADERS, 3, &split[9..])),
        (CLIENT, get(5, "/5")),
        (SERVER, [ok(1, END), ok(3, END), ok(5, END)].concat()),
    ]);
    assert_eq!(weirds, []);
    assert_eq!(told(&exchanges), [whole(1, "/1", 200, 0), whole(5, "/5", 200, 0)]);
}

#[test]
fn responses_before_their_requests() {
    // Packets of the client came late in the capture.
    let (exchanges, weirds) = play(&[
        (CLIENT, preface()),
        (SERVER, [ok(1, 0), data(1, END, b"one"), ok(3, END)].concat()),
        (CLIENT, [get(1, "/1"), get(3, "/3")].concat()),
    ]);
    assert_eq!(weirds, []);
    assert_eq!(told(&exchanges), [whole(1, "/1", 200, 3), whole(3, "/3", 200, 0)]);
}

#[test]
fn wherever_the_hole_is() {
    let requests = [preface(), get(1, "/1"), get(3, "/3"), get(5, "/5")].concat();
    let responses =
        [ok(1, 0), data(1, END, b"one"), ok(3, 0), data(3, END, b"three"), ok(5, END)].concat();
    for from in 0..responses.len() {
        for length in [1, 2, 9, 20] {
            let end = (from + length).min(responses.len());
            let mut parts = vec![(CLIENT, requests.clone())];
            if from > 0 {
                parts.push((SERVER, responses[..from].to_vec()));
            }
            parts.push((SERVER, vec![]));
            if end < responses.len() {
                parts.push((SERVER, responses[end..].to_vec()));
            }
            let known = u32::try_from(end - from).unwrap();
            for hole in [None, Some(known)] {
                let (exchanges, weirds) = play_with(&parts, hole);
                assert_eq!((exchanges.len(), weirds.len()), (3, 0), "{from} {length}");
                for (id, _, status, length, incomplete) in told(&exchanges) {
                    // Whatever is told as whole is.
                    let expected = match id {
                        1 => (200, 3),
                        3 => (200, 5),
                        _ => (200, 0),
                    };
                    let is_whole = incomplete.is_none();
                    assert!(!is_whole || (status, length) == expected, "{from} {length} {id}");
                }
            }
        }
    }
}
