//! Tests: packets behind the handshake, sealed here, and what comes out of their streams.

use proptest::prelude::*;

use super::application::{Application, read_payloads};
use super::seal::{Sealer, short, stream, zero_rtt};
use super::streams::{StreamEvent, StreamEventKind};
use crate::limits::{QUIC_CONNECTION_BYTES, QUIC_STREAMS, QUIC_UNOPENED_PACKETS};
use crate::packet::PacketRef;
use crate::tls::KeyLog;
use crate::tls::protection::Suite;

const RANDOM: [u8; 32] = [5; 32];
const CLIENT: [u8; 32] = [1; 32];
const SERVER: [u8; 32] = [2; 32];
const EARLY: [u8; 32] = [3; 32];
const SERVER_ID: &[u8] = b"server";

/// An application of version 1 with AES-128-GCM, and what came out of it.
struct Play {
    application: Application,
    out: Vec<String>,
    numbers: [u64; 2],
}

impl Play {
    fn new() -> Self {
        Self::with([CLIENT, SERVER])
    }

    fn with([client, server]: [[u8; 32]; 2]) -> Self {
        let line = |label: &str, secret: &[u8]| {
            format!("{label} {} {}\n", crate::hex(&RANDOM), crate::hex(secret))
        };
        let log = [
            line("CLIENT_TRAFFIC_SECRET_0", &client),
            line("SERVER_TRAFFIC_SECRET_0", &server),
            line("CLIENT_EARLY_TRAFFIC_SECRET", &EARLY),
        ];
        let log = KeyLog::parse(log.concat().as_bytes());
        let mut application = Application::default();
        application.look_up(&log, &RANDOM, Suite::Aes128Gcm, 1);
        application.look_up_early(&log, &RANDOM, 1);
        application.add_id(SERVER_ID, true);
        application.add_id(b"", false);
        Self { application, out: Vec::new(), numbers: [0; 2] }
    }

    fn seal(from_client: bool, number: u64, payload: &[u8]) -> Vec<u8> {
        let (secret, id) = if from_client { (&CLIENT, SERVER_ID) } else { (&SERVER, &b""[..]) };
        short(Sealer { version: 1, suite: Suite::Aes128Gcm, secret, phase: 0 }, id, number, payload)
    }

    /// One packet with this number.
    fn numbered(&mut self, from_client: bool, number: u64, payload: &[u8]) -> bool {
        let packet = Self::seal(from_client, number, payload);
        let out = &mut self.out;
        let at = PacketRef { number: number.saturating_add(1), ..PacketRef::default() };
        self.application.short(from_client, &packet, at, &mut |event| note(out, &event))
    }

    /// The next packet.
    fn packet(&mut self, from_client: bool, payload: &[u8]) -> bool {
        let [client, server] = &mut self.numbers;
        let number = if from_client { client } else { server };
        let next = number.saturating_add(1);
        let number = std::mem::replace(number, next);
        self.numbered(from_client, number, payload)
    }

    /// What came out since the last call.
    fn out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.out)
    }
}

/// `>` client, `<` server; stream; bytes, `.` at the end; `-` and how many are missing; `!` reset,
/// `?` stop; `*` early data.
fn note(out: &mut Vec<String>, event: &StreamEvent<'_>) {
    let side = if event.from_client { '>' } else { '<' };
    let what = match event.kind {
        StreamEventKind::Data(bytes, fin, origin) => {
            let early = if origin.early_data { "*" } else { "" };
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8)]).into_owned();
            format!("{early}{text}{}", if fin { "." } else { "" })
        }
        StreamEventKind::Gap(length) => format!("-{length}"),
        StreamEventKind::Reset { stop } => if stop { "?" } else { "!" }.to_owned(),
    };
    out.push(format!("{side}{} {what}", event.stream));
}

#[test]
fn streams_of_both_sides() {
    let mut play = Play::new();
    assert!(play.packet(true, &[stream(0, 0, b"get", true), stream(2, 0, b"set", false)].concat()));
    assert!(play.packet(false, &[vec![1, 0x1e], stream(0, 0, b"ok", false)].concat()));
    play.packet(false, &stream(0, 2, b"", true));
    play.packet(false, &stream(0, 0, b"ok", false));
    play.packet(false, &stream(2, 0, b"a client's own", false));
    play.packet(true, &[5, 0, 0]);
    play.packet(true, &[4, 4, 0, 0]);
    play.packet(true, &stream(4, 0, b"reset", false));
    assert_eq!(play.out(), [">0 get.", ">2 set", "<0 ok", "<0 .", ">0 ?", ">4 !"]);
    assert_eq!(play.application.close(), None);
    play.packet(false, &[0x1c, 0x41, 0x30, 0, 0]);
    let close = play.application.close().unwrap();
    assert_eq!((close.from_client, close.alert_description()), (false, Some(0x30)));
}

#[test]
fn reordered_packets_and_a_whole_that_is_lost() {
    let mut play = Play::new();
    play.numbered(true, 2, &stream(0, 6, b"ghi", true));
    play.numbered(true, 1, &stream(0, 3, b"def", false));
    play.numbered(true, 0, &stream(0, 0, b"abc", false));
    assert_eq!(play.out(), [">0 abc", ">0 def", ">0 ghi."]);

    // Packet 4 is missing, and the server acknowledges it, over and over.
    play.numbered(true, 3, &stream(4, 0, b"abc", false));
    play.numbered(true, 5, &stream(4, 6, b"ghi", true));
    let acknowledgment = [2, 5, 0, 0, 5];
    let other = [2, 5, 0, 1, 0, 0, 2]; // 5, and 0 to 3
    for _ in 0..20 {
        play.packet(false, &other);
    }
    assert_eq!(play.out(), [">4 abc"], "it may still come again");
    for _ in 0..3 {
        play.packet(false, &acknowledgment);
    }
    assert_eq!(play.out(), [] as [&str; 0], "it may only be late");
    play.packet(false, &acknowledgment);
    assert_eq!(play.out(), [">4 -3", ">4 ghi."]);
}

#[test]
fn what_is_missing_at_the_end_is_told() {
    let mut play = Play::new();
    play.packet(false, &stream(1, 9, b"later", false));
    play.packet(false, &stream(3, 4, b"first", true));
    let out = &mut play.out;
    play.application.finish(&mut |event| note(out, &event));
    assert_eq!(play.out(), ["<3 -4", "<3 first.", "<1 -9", "<1 later"], "one-way streams first");
}

#[test]
fn early_data_is_marked() {
    let mut play = Play::new();
    let packet = zero_rtt(1, &EARLY, 0, &stream(0, 0, b"early", false));
    let number_offset = 9;
    let out = &mut play.out;
    let mut sink = |event: StreamEvent<'_>| note(out, &event);
    play.application.early(&packet, number_offset, PacketRef::default(), &mut sink);
    play.application.early(&packet[..20], number_offset, PacketRef::default(), &mut sink);
    play.numbered(true, 1, &stream(0, 0, b"early and", true));
    assert_eq!(play.out(), [">0 *early", ">0  and."]);
}

#[test]
fn connection_ids_that_are_given_out_later() {
    let mut play = Play::new();
    let announced = [&[0x18, 1, 0, 9][..], b"other-id-", &[0; 16]].concat();
    play.packet(false, &announced);
    play.packet(false, &announced);
    let known = [(SERVER_ID, true), (b"", false), (b"other-id-", true)];
    let ids = play.application.take_new_ids();
    assert_eq!(ids, known.map(|(id, of_server)| (id.to_vec(), of_server)));
    let sealer = Sealer { version: 1, suite: Suite::Aes128Gcm, secret: &CLIENT, phase: 0 };
    let packet = short(sealer, b"other-id-", 0, &stream(0, 0, b"moved", true));
    let out = &mut play.out;
    let at = PacketRef::default();
    assert!(play.application.short(true, &packet, at, &mut |event| note(out, &event)));
    assert_eq!(play.out(), [">0 moved."]);
}

#[test]
fn wrong_keys_and_garbage() {
    let mut play = Play::with([[8; 32], [9; 32]]);
    assert_eq!(play.application.locked(), None);
    for _ in 0..QUIC_UNOPENED_PACKETS {
        assert!(!play.application.is_hopeless());
        play.packet(false, &stream(0, 0, b"x", true));
    }
    assert!(play.application.is_hopeless() && !play.application.has_opened());
    assert_eq!((play.application.locked(), play.out().len()), (Some("server"), 0));

    let mut play = Play::new();
    play.packet(true, &stream(0, 0, b"x", true));
    let packet = Play::seal(true, 1, &stream(4, 0, b"x", true));
    for length in 0..packet.len() {
        let cut = &packet[..length];
        assert!(!play.application.short(true, cut, PacketRef::default(), &mut |_| panic!()));
    }
    assert_eq!(play.application.locked(), None, "what opened before is right");
}

proptest! {
    #[test]
    fn random_payloads_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(read_payloads(&bytes) <= 600);
    }

    /// STREAM frames of a few streams at a few places.
    #[test]
    fn random_streams_come_out_once(
        frames in prop::collection::vec((0..4_u8, 0..40_u8, 0..9_u8, any::<bool>()), 0..60),
    ) {
        let mut bytes = Vec::new();
        for (stream, offset, length, fin) in frames {
            let frame = [0x0e | u8::from(fin), stream << 2, offset, length];
            bytes.extend([0, length.saturating_add(4)]);
            bytes.extend(frame);
            bytes.extend(vec![b'x'; usize::from(length)]);
        }
        prop_assert!(read_payloads(&bytes) <= 4 * 48);
    }
}

#[test]
fn a_flood_of_streams_is_bounded() {
    let mut play = Play::new();
    for number in 0..100_000_u32 {
        let [a, b, c, d] = (0x8000_0000 | number << 2).to_be_bytes();
        play.numbered(true, u64::from(number), &[0x0a, a, b, c, d, 1, b'x']);
        assert!(play.application.open_streams() <= QUIC_STREAMS);
    }
    assert!(play.application.has_dropped());
    assert_eq!(play.out().len(), 100_000, "each gave what it had");
    // One-way streams find no place, and the old ones stay as they are.
    for number in 0..QUIC_STREAMS as u32 + 9 {
        let [a, b, c, d] = (0x8000_0002 | number << 2).to_be_bytes();
        play.numbered(true, 100_000 + u64::from(number), &[0x0a, a, b, c, d, 1, b'x']);
    }
    assert!(play.application.open_streams() <= QUIC_STREAMS);
}

#[test]
fn bytes_behind_holes_are_bounded() {
    let mut play = Play::new();
    let bytes = vec![b'x'; 1000];
    for number in 0..4000_u16 {
        // 100 streams with a hole each.
        let payload = stream(number % 100 * 4, 1 + number / 100 * 300, &bytes, false);
        play.packet(true, &payload);
        assert!(play.application.held() <= QUIC_CONNECTION_BYTES);
    }
    assert!(play.out().iter().any(|line| line.ends_with(" -1")));
    let mut play = Play::new();
    for number in 0..3000_u16 {
        play.packet(true, &stream(0, 1 + number * 2, b"x", false));
    }
    assert!(play.out().len() > 1000);
}
