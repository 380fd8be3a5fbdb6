//! Packets that were swapped or lost in the capture.

use super::*;
use crate::known::Known;
use crate::record::Fact;

/// `target → status[ reason]` of each exchange of these packets: from the client (`>`) or the
/// server, sequence number, acknowledgment, flags, text.
fn told(packets: &[(char, u32, u32, u8, &str)]) -> Vec<String> {
    let mut connection = Connection::new(Conversation::between(40_000, 80));
    let mut history = History::default();
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut around = Surroundings { facts: &mut facts, known: &mut known, keys: None, tcp: None };
    for (number, (side, sequence, acknowledgment, flags, text)) in (1..).zip(packets) {
        let segment = Segment {
            sequence: *sequence,
            acknowledgment: (flags & Segment::ACK != 0).then_some(*acknowledgment),
            flags: *flags,
            payload: text.as_bytes(),
            missing: 0,
            window: 65_535,
            options: &[],
        };
        let at = PacketRef { number, ..PacketRef::default() };
        connection.note(&segment, at, 64, *side == '>', true);
        connection.segment(&segment, at, *side == '>', true, &mut history, &mut around);
    }
    connection.finish(SessionEnd::Closed, true, &mut history, &mut around);
    let exchanges = facts.iter().filter_map(|fact| match fact {
        Fact::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    let told = exchanges.map(|exchange| {
        let status = exchange.response.as_ref().map_or(0, |response| response.status);
        let why = exchange.incomplete.map_or(String::new(), |why| format!(" {}", why.word()));
        format!("{} → {status}{why}", exchange.request.target)
    });
    told.collect()
}

#[test]
fn causes_come_before_effects() {
    const SYN: u8 = Segment::SYN;
    const ACK: u8 = Segment::ACK;
    const FIN: u8 = Segment::FIN | Segment::ACK;
    // 19 bytes each, and 27.
    const A: &str = "GET /a HTTP/1.1\r\n\r\n";
    const B: &str = "GET /b HTTP/1.1\r\n\r\n";
    const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
    const NO: &str = "HTTP/1.1 304 No Content\r\n\r\n";
    let (a, ok) = (A.len() as u32, OK.len() as u32);
    let whole = [
        ('>', 0, 0, SYN, ""),
        ('<', 0, 1, SYN | ACK, ""),
        ('>', 1, 1, ACK, A),
        ('<', 1, 1 + a, ACK, OK),
        ('>', 1 + a, 1 + ok, ACK, B),
        ('<', 1 + ok, 1 + 2 * a, ACK, NO),
        ('>', 1 + 2 * a, 1 + 2 * ok, FIN, ""),
        ('<', 1 + 2 * ok, 2 + 2 * a, FIN, ""),
    ];
    assert_eq!(told(&whole), ["/a → 204", "/b → 304"]);
    for swapped in 2..5 {
        let mut packets = whole;
        packets.swap(swapped, swapped + 1);
        assert_eq!(told(&packets), ["/a → 204", "/b → 304"], "{swapped}");
    }
    for (lost, expected) in [
        (2, vec!["/b → 304"]),
        (3, vec!["/a → 0 gap", "/b → 304"]),
        (4, vec!["/a → 204"]),
        (5, vec!["/a → 204", "/b → 0 gap"]),
    ] {
        let mut packets = whole.to_vec();
        packets.remove(lost);
        let told = told(&packets);
        assert!(told.iter().all(|one| expected.contains(&one.as_str()) || one.ends_with("gap")));
        assert_eq!(told.len(), expected.len(), "{lost}: {told:?}");
    }
}

#[test]
fn a_fin_tells_what_is_missing_before_it() {
    let get = "GET /a HTTP/1.0\r\n\r\n";
    let head = "HTTP/1.0 200 OK\r\n\r\n";
    let (asked, answered) = (1 + get.len() as u32, 1 + head.len() as u32);
    for (fin, expected) in [(answered, "/a → 200"), (answered + 30, "/a → 200 gap")] {
        let packets = [
            ('>', 0, 0, Segment::SYN, ""),
            ('<', 0, 1, Segment::SYN | Segment::ACK, ""),
            ('>', 1, 1, Segment::ACK, get),
            ('<', 1, asked, Segment::ACK, head),
            ('<', fin, asked, Segment::FIN | Segment::ACK, ""),
        ];
        assert_eq!(told(&packets), [expected]);
    }
}
