//! What hostile peers send: more than anybody needs, and less than makes sense.

use super::*;
use crate::limits::{HTTP_FIELDS, HTTP_RESET_STREAMS, HTTP_STREAMS};
use crate::origin::Origin;

#[test]
fn floods() {
    // 100,000 streams at the same time.
    let requests: Vec<u8> = (0..100_000).flat_map(|it| get(it * 2 + 1, "/")).collect();
    let (exchanges, weirds) = play(&[(CLIENT, preface()), (CLIENT, requests)]);
    assert_eq!((exchanges.len(), weirds), (100_000, vec![WeirdKind::HttpStreamsDropped]));
    assert!(exchanges.iter().all(|it| it.incomplete == Some(Incomplete::Cut)));
    assert!(exchanges.iter().map(|it| it.index).eq(0..100_000) && HTTP_STREAMS < 100_000);
    // Rapid reset (CVE-2023-44487).
    let reset = |stream| frame(kind::RST_STREAM, 0, stream, &[0, 0, 0, 8]);
    let resets = (0..10_000).flat_map(|it| [get(it * 2 + 1, "/"), reset(it * 2 + 1)].concat());
    let mut connection = Http2Connection::new(Connection::default(), 0);
    let mut facts = Vec::new();
    let bytes = [preface(), resets.collect()].concat();
    assert!(connection.data(CLIENT, &bytes, Origin::default(), &mut facts));
    assert_eq!(facts.len(), 10_000 - HTTP_RESET_STREAMS);
    // CONTINUATION without end (CVE-2024-27316).
    let mut flood = [preface(), frame(kind::HEADERS, 0, 1, &[])].concat();
    for _ in 0..1_000 {
        flood.extend(frame(kind::CONTINUATION, 0, 1, &[0; 16_000]));
    }
    assert_eq!(play(&[(CLIENT, flood)]).1, [WeirdKind::HttpMalformed]);
    let empty = frame(kind::CONTINUATION, 0, 1, &[]).repeat(100_000);
    let (exchanges, weirds) =
        play(&[(CLIENT, [preface(), frame(kind::HEADERS, 0, 1, &[]), empty].concat())]);
    assert_eq!((exchanges.len(), weirds.len()), (0, 0));
    // SETTINGS and empty DATA.
    let settings = frame(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 0, 1]).repeat(100_000);
    let empty = data(1, 0, b"").repeat(100_000);
    let (exchanges, weirds) = play(&[(CLIENT, [preface(), settings, get(1, "/"), empty].concat())]);
    assert_eq!((exchanges.len(), weirds.len()), (1, 0));
}

#[test]
fn many_and_long_fields() {
    let mut many = block(&[(":method", "GET"), (":path", "/")]);
    many.extend(block(&[("name", "value")]).repeat(10_000));
    // One literal of 60,000 bytes that the table takes, told a thousand times.
    let mut long = block(&[(":method", "GET"), (":path", "/")]);
    long.splice(0..0, [0x3f, 0xe1, 0xff, 0x03]);
    long.extend([0x40, 1, b'n', 0x7f, 0xe1, 0xd3, 0x03]);
    long.extend(vec![b'v'; 0x7f + 0x61 + (0x53 << 7) + (3 << 14)]);
    long.extend([0xbe; 1_000]);
    let mut bytes = preface();
    for (stream, block) in [(1, many), (3, long)] {
        let mut pieces = block.chunks(16_384).peekable();
        let mut kind = kind::HEADERS;
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { WHOLE } else { 0 };
            bytes.extend(frame(kind, flags, stream, piece));
            kind = kind::CONTINUATION;
        }
    }
    let settings = frame(kind::SETTINGS, 0, 0, &[0, 1, 0, 1, 0, 0]);
    let (exchanges, weirds) = play(&[(SERVER, settings), (CLIENT, bytes)]);
    assert_eq!(weirds, [WeirdKind::HttpFieldsDropped]);
    let counts: Vec<_> = exchanges.iter().map(|it| it.request.headers.0.len()).collect();
    assert_eq!(counts, [HTTP_FIELDS, 1]);
}

#[test]
fn damaged_by_fixed_seeds() {
    for seed in 0..3_000_u32 {
        let mut state = seed;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(state >> 8).unwrap() % below
        };
        let mut pieces = Vec::new();
        for (from_client, mut bytes) in conversation() {
            for _ in 0..random(6) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            let size = 1 + random(60);
            for piece in bytes.chunks(size) {
                let lost = random(20) == 0;
                pieces.push((from_client, if lost { Vec::new() } else { piece.to_vec() }));
            }
        }
        let hole = [None, Some(u32::try_from(random(40)).unwrap())][random(2)];
        let (exchanges, weirds) = play_with(&pieces, hole);
        assert!(exchanges.len() <= 10 && weirds.len() <= 3, "{seed}");
    }
}
