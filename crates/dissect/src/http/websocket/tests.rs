//! Whole connections, in one piece and in many.

use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::limits::HTTP_BODY_BYTES;
use crate::weird::WeirdKind;

const MASK: [u8; 4] = [1, 2, 3, 4];

/// A frame: its first byte, its payload, masked where the client sends it.
fn frame(from_client: bool, first: u8, payload: &[u8]) -> Vec<u8> {
    let bit = if from_client { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(bit | short as u8),
        long @ 126..65_536 => {
            bytes.push(bit | 126);
            bytes.extend((long as u16).to_be_bytes());
        }
        longer => {
            bytes.push(bit | 127);
            bytes.extend((longer as u64).to_be_bytes());
        }
    }
    let mut payload = payload.to_vec();
    if from_client {
        bytes.extend(MASK);
        frame::unmask(&mut payload, MASK, 0);
    }
    bytes.extend(payload);
    bytes
}

/// `> kind text[ reason]` of each message.
fn told(messages: &[WebSocketMessage]) -> Vec<String> {
    let told = messages.iter().map(|message| {
        let side = if message.from_client { '>' } else { '<' };
        let text = match message.close_code() {
            Some(code) => format!("{code} {}", String::from_utf8_lossy(&message.bytes[2..])),
            None => String::from_utf8_lossy(&message.bytes).into_owned(),
        };
        let why = message.incomplete.map_or(String::new(), |why| format!(" {}", why.word()));
        format!("{side} {} {text}{why}", message.kind.word())
    });
    told.collect()
}

fn play(extensions: &str, parts: &[(bool, Vec<u8>)]) -> Vec<WebSocketMessage> {
    let found = messages(extensions, parts.iter().map(|(side, bytes)| (*side, &**bytes)));
    let one_by_one: Vec<(bool, &[u8])> =
        parts.iter().flat_map(|(side, bytes)| bytes.chunks(1).map(|byte| (*side, byte))).collect();
    let again = messages(extensions, one_by_one);
    assert_eq!(told(&found), told(&again));
    found
}

/// A message of permessage-deflate, packed in its sender's window.
fn packed(encoder: &mut flate2::Compress, plain: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(plain.len().saturating_add(100));
    encoder.compress_vec(plain, &mut bytes, flate2::FlushCompress::Sync).unwrap();
    bytes.truncate(bytes.len().saturating_sub(4));
    bytes
}

#[test]
fn messages_in_fragments_with_control_frames_between() {
    let parts = [
        (true, frame(true, 0x01, b"Hel")),
        (true, frame(true, 0x89, b"ping")),
        (false, frame(false, 0x8a, b"ping")),
        (true, frame(true, 0x80, b"lo")),
        (false, frame(false, 0x82, &[b'b'; 300])),
        (false, [frame(false, 0x81, b""), frame(false, 0x81, b"two")].concat()),
        (true, frame(true, 0x88, b"\x03\xe8bye")),
        (false, frame(false, 0x88, b"")),
    ];
    let found = play("", &parts);
    let binary = format!("< binary {}", "b".repeat(300));
    let expected =
        ["> text Hello", &binary, "< text ", "< text two", "> close 1000 bye", "< close "];
    assert_eq!(told(&found), expected);
    assert_eq!((found[0].packets.first.number, found[0].packets.last.number), (1, 4));
    assert_eq!((found[1].index, found[1].length), (1, 300));
}

#[test]
fn packed_messages_share_a_window() {
    let mut encoder = flate2::Compress::new(Default::default(), false);
    let words = b"the same words in every message".repeat(4);
    let first = packed(&mut encoder, &words);
    let second = packed(&mut encoder, &words);
    assert!(second.len() < first.len() / 2);
    let (a, b) = second.split_at(3);
    let parts = [
        (true, frame(true, 0xc1, &first)),
        (true, [frame(true, 0x41, a), frame(true, 0x80, b)].concat()),
        (true, frame(true, 0x81, b"plain")),
    ];
    let found = play("permessage-deflate", &parts);
    let text = format!("> text {}", String::from_utf8_lossy(&words));
    assert_eq!(told(&found), [&*text, &*text, "> text plain"]);
    assert_eq!(found[1].length, second.len() as u64);
    assert_eq!((found[1].coding, found[2].coding), (Coding::Decoded, Coding::Identity));
    // Not agreed on: nobody could read it.
    let found = messages("", parts.iter().map(|(side, bytes)| (*side, &**bytes)));
    assert_eq!(told(&found), ["> text plain"]);
}

#[test]
fn bombs_are_given_up() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let connection = Arc::new(Connection::default());
    let fields = [("Upgrade", "WebSocket"), ("Sec-WebSocket-Extensions", "permessage-deflate")];
    let fields = fields.map(|(name, value)| Header { name: name.into(), value: value.into() });
    let headers = Headers(fields.into());
    let mut socket = WebSocketConnection::after(&connection, 0, &headers).unwrap();
    let mut facts = Vec::new();
    for _ in 0..3 {
        let bytes = frame(false, 0xc2, &bomb);
        assert!(socket.data(false, &bytes, PacketSpan::default().into(), &mut facts));
    }
    let [Fact::Weird(weird), Fact::WebSocket(first), Fact::WebSocket(second), _] = &*facts else {
        panic!("{facts:?}")
    };
    assert_eq!(weird.kind, WeirdKind::HttpContentExpands);
    assert_eq!((first.coding, first.bytes.len()), (Coding::Decoded, HTTP_BODY_BYTES));
    assert_eq!((second.coding, second.length), (Coding::Left, bomb.len() as u64));
}

/// What is told of frames and holes of one direction.
fn with_gaps(extensions: &str, parts: &[Result<Vec<u8>, u32>]) -> Vec<String> {
    let connection = Arc::new(Connection::default());
    let fields = [("upgrade", "a, websocket"), ("sec-websocket-extensions", extensions)];
    let fields = fields.map(|(name, value)| Header { name: name.into(), value: value.into() });
    let mut socket = WebSocketConnection::after(&connection, 0, &Headers(fields.into())).unwrap();
    let mut facts = Vec::new();
    for part in parts {
        match part {
            Ok(bytes) => {
                socket.data(true, bytes, PacketSpan::default().into(), &mut facts);
            }
            Err(length) => socket.gap(true, Some(*length), &mut facts),
        }
    }
    socket.finish(SessionEnd::EndOfCapture, &mut facts);
    let found: Vec<WebSocketMessage> = facts
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::WebSocket(message) => Some(Arc::unwrap_or_clone(message)),
            _ => None,
        })
        .collect();
    told(&found)
}

#[test]
fn holes_in_the_capture() {
    let hello = frame(true, 0x81, b"hello");
    for (parts, expected) in [
        // Within a frame: stepped over.
        (
            vec![Ok(hello[..8].to_vec()), Err(2), Ok([&hello[10..], &hello].concat())],
            vec!["> text heo gap", "> text hello"],
        ),
        // Beyond it: found again at the next whole frames.
        (
            vec![
                Ok(hello[..8].to_vec()),
                Err(50),
                Ok(b"rest".to_vec()),
                Ok([&*hello, &*hello].concat()),
            ],
            vec!["> text he gap", "> text hello", "> text hello"],
        ),
        (vec![Err(9), Ok(frame(true, 0x80, b"end")), Ok(hello.clone())], vec!["> text hello"]),
        (vec![Ok(hello[..9].to_vec())], vec!["> text hel cut"]),
        (vec![Ok(vec![0x83, 0]), Ok(hello.clone())], vec!["> text hello"]),
        (vec![Ok(frame(true, 0x01, b"a")), Ok(hello.clone())], vec!["> text a unreadable"]),
    ] {
        assert_eq!(with_gaps("", &parts), expected, "{parts:x?}");
    }
    let packed = frame(true, 0xc1, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    let alone = "permessage-deflate; client_no_context_takeover";
    let parts = [Ok(packed.clone()), Err(10), Ok(packed.clone()), Ok(packed)];
    let found = with_gaps(alone, &parts);
    assert_eq!((&*found[0], found.len()), ("> text Hello", 3));
    assert_eq!(found[2], "> text Hello");
}

proptest! {
    /// Nothing panics, and what is kept is bounded.
    #[test]
    fn any_bytes(
        parts in proptest::collection::vec(
            (any::<bool>(), 0_usize..6, proptest::collection::vec(any::<u8>(), 0..200)), 0..20),
    ) {
        const STARTS: [&[u8]; 6] =
            [&[0x81], &[0xc1, 0x7e, 1, 0], &[0x80, 0x85], &[], &[0x88, 2], &[0x02, 0x7f]];
        let parts: Vec<(bool, Vec<u8>)> =
            parts.into_iter().map(|(s, start, b)| (s, [STARTS[start], &b].concat())).collect();
        let found =
            messages("permessage-deflate", parts.iter().map(|(side, bytes)| (*side, &**bytes)));
        prop_assert!(found.iter().all(|message| message.bytes.len() <= HTTP_BODY_BYTES));
    }
}
