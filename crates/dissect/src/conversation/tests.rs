//! Tunnels through proxies, and what is in them.

use super::*;
use crate::known::Known;
use crate::packet::PacketRef;
use crate::record::Fact;
use crate::session::Prelude;

const HELLO: &[u8] = b"\x16\x03\x01\0\x2d\x01\0\0\x29\x03\x030123456789abcdef0123456789abcdef\
\0\0\x02\xc0\x2f\x01\0";
const SERVER_HELLO: &[u8] = b"\x16\x03\x03\0\x2a\x02\0\0\x26\x03\x03\
0123456789abcdef0123456789abcdef\0\xc0\x2f\0";
const CONNECT: &[u8] = b"CONNECT api.shop.test:443 HTTP/1.1\r\nHost: api.shop.test:443\r\n\r\n";
const GRANTED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const DENIED: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";

/// Plays lines (`>` client, `<` server), then closes. The last protocol recognised, the exchanges
/// (`method target → status`), and the preludes of the session.
fn play(lines: &[(char, &[u8])]) -> (Option<&'static str>, Vec<String>, Option<Vec<Prelude>>) {
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut around = Surroundings { facts: &mut facts, known: &mut known, tcp: None, keys: None };
    let (mut conversation, mut protocol) = (Conversation::default(), None);
    for (number, (side, bytes)) in (1..).zip(lines) {
        let at = PacketRef { number, ..PacketRef::default() }.into();
        match conversation.data(*side == '>', bytes, at, &mut around) {
            Outcome::Same => {}
            Outcome::Recognised(name) => protocol = Some(name),
            Outcome::Reversed(name) => protocol = name.or(protocol),
        }
    }
    conversation.finish(SessionEnd::Closed, &mut around);
    let (mut exchanges, mut preludes) = (Vec::new(), None);
    for fact in facts {
        match fact {
            Fact::Exchange(exchange) => {
                let status = exchange.response.as_ref().map_or(0, |response| response.status);
                let request = &exchange.request;
                let behind = exchange.preludes().len();
                exchanges.push(format!("{} {} {status} {behind}", request.method, request.target));
            }
            Fact::Session(_, session) => preludes = Some(session.preludes.clone()),
            _ => {}
        }
    }
    (protocol, exchanges, preludes)
}

/// The bytes of a hello that comes whole go past the probe.
#[test]
fn a_hello_at_once_is_the_same_as_in_pieces() {
    let client = [&[22, 3, 1, 0, 46, 1, 0, 0, 42, 3, 3][..], &[7; 32], &[0, 0, 2, 0x13, 1, 1, 0]];
    let server = [&[22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3][..], &[9; 32], &[0, 0x13, 1, 0]];
    let (client, server) = (client.concat(), server.concat());
    for sides in [['>', '<'], ['<', '>']] {
        for first in [&client, &server] {
            let second = if first == &client { &server } else { &client };
            let told = |cuts: &[usize]| {
                let mut conversation = Conversation::default();
                let (mut facts, mut known) = (Vec::new(), Known::default());
                let mut around =
                    Surroundings { facts: &mut facts, known: &mut known, tcp: None, keys: None };
                let mut reversed = false;
                let (at, mut start) = (PacketRef::default(), 0);
                for end in cuts.iter().copied().chain([first.len()]) {
                    let from_client = (sides[0] == '>') != reversed;
                    let piece = &first[start..end];
                    let outcome = conversation.data(from_client, piece, at.into(), &mut around);
                    reversed |= matches!(outcome, Outcome::Reversed(_));
                    start = end;
                }
                let from_client = (sides[1] == '>') != reversed;
                conversation.data(from_client, second, at.into(), &mut around);
                conversation.finish(SessionEnd::Closed, &mut around);
                (reversed, format!("{facts:?}"))
            };
            let at_once = told(&[]);
            assert!(at_once.1.contains("Ended") && at_once.1.contains("Negotiated"), "{at_once:?}");
            assert_eq!(told(&[3]), at_once);
            assert_eq!(told(&[1, 20]), at_once);
        }
    }
}

#[test]
fn tls_in_a_tunnel_is_a_session() {
    let prelude = Prelude::HttpConnect { target: "api.shop.test:443".into() };
    for lines in [
        vec![('>', CONNECT), ('<', GRANTED), ('>', HELLO)],
        vec![('>', &CONNECT[..20]), ('>', &CONNECT[20..]), ('<', GRANTED), ('>', HELLO)],
        vec![('>', CONNECT), ('>', HELLO), ('<', GRANTED)],
        vec![('>', CONNECT), ('>', HELLO)],
        vec![('>', CONNECT), ('<', SERVER_HELLO)],
    ] {
        let (protocol, exchanges, preludes) = play(&lines);
        assert!(protocol == Some("tls") || lines.len() == 2, "{lines:?}");
        assert_eq!(preludes, Some(vec![prelude.clone()]), "{lines:?}");
        assert_eq!(exchanges.len(), 1, "{lines:?}");
        assert!(exchanges[0].starts_with("CONNECT api.shop.test:443 "), "{exchanges:?}");
    }
}

#[test]
fn a_refusal_and_the_tunnel_after_it() {
    let lines = [('>', CONNECT), ('<', DENIED), ('>', CONNECT), ('<', GRANTED), ('>', HELLO)];
    let (protocol, exchanges, preludes) = play(&lines);
    assert_eq!(protocol, Some("tls"));
    assert_eq!(exchanges, ["CONNECT api.shop.test:443 407 0", "CONNECT api.shop.test:443 200 0"]);
    assert_eq!(preludes.map(|preludes| preludes.len()), Some(1));
}

#[test]
fn something_else_in_a_tunnel() {
    let get: &[u8] = b"GET /x HTTP/1.1\r\n\r\n";
    let ok: &[u8] = b"HTTP/1.1 204 Fine\r\n\r\n";
    let plain = play(&[('>', CONNECT), ('<', GRANTED), ('>', get), ('<', ok)]);
    let told = ["CONNECT api.shop.test:443 200 0".to_owned(), "GET /x 204 1".to_owned()];
    assert_eq!(plain, (Some("http"), told.to_vec(), None));
    let ssh =
        play(&[('>', CONNECT), ('<', GRANTED), ('<', b"SSH-2.0-x\r\n"), ('>', b"SSH-2.0\r\n")]);
    assert_eq!(ssh, (Some("http"), told[..1].to_vec(), None));
    let unused = play(&[('>', CONNECT), ('<', GRANTED)]);
    assert_eq!(unused, (Some("http"), told[..1].to_vec(), None));
}

#[test]
fn an_upgrade_to_http_2() {
    let get: &[u8] = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n\
Upgrade: h2c\r\nHTTP2-Settings: AAEAABAAAAIAAAAA\r\n\r\n";
    let switch: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
Upgrade: h2c\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let answer: &[u8] = b"\0\0\x01\x01\x05\0\0\0\x01\x88";
    let next: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x03\x01\x05\0\0\0\x03\x82\x84\x86";
    let lines = [('>', get), ('<', switch), ('<', answer), ('>', next)];
    assert_eq!(play(&lines), (Some("http"), vec!["GET /x 200 0".into(), "GET / 0 0".into()], None));
    // The server goes on as it was.
    let ok: &[u8] = b"HTTP/1.1 204 Fine\r\n\r\n";
    assert_eq!(play(&[('>', get), ('<', ok)]).1, ["GET /x 204 0"]);
}

#[test]
fn nested_tunnels_end_somewhere() {
    let mut lines = Vec::new();
    for _ in 0..40 {
        lines.extend([('>', CONNECT), ('<', GRANTED)]);
    }
    assert_eq!(play(&lines).1.len(), PRELUDES + 1);
}

#[test]
fn sides_taken_the_wrong_way_round() {
    let get: &[u8] = b"GET /x HTTP/1.1\r\n\r\n";
    let ok: &[u8] = b"HTTP/1.1 204 Fine\r\n\r\n";
    assert_eq!(play(&[('<', get), ('>', ok)]).1.len(), 1);
    // The capture began in a response: the next request is found.
    let middle: &[u8] = b"the rest of a page";
    assert_eq!(play(&[('<', middle), ('>', get), ('<', ok)]).1, ["GET /x 204 0"]);
}

#[test]
fn dns_over_tcp_and_what_hides_behind_its_port() {
    let query: &[u8] = b"\0\x1a\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03api\x04test\0\0\x01\0\x01";
    let (mut facts, mut known) = (Vec::new(), Known::default());
    let mut around = Surroundings { facts: &mut facts, known: &mut known, tcp: None, keys: None };
    let at = Origin::default();
    let mut dns = Conversation::between(4000, 53);
    assert_eq!(dns.data(true, query, at, &mut around), Outcome::Recognised("dns"));
    let mut tls = Conversation::between(4000, 53);
    assert_eq!(tls.data(true, HELLO, at, &mut around), Outcome::Recognised("tls"));
    assert_eq!(facts.len(), 1);
}
