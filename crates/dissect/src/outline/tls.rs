//! TLS and DTLS records and the handshake messages that start in them (RFC 8446 sections 4 and 5,
//! RFC 5246, RFC 6347 section 4).

use super::part::Part;
use super::segment::announced;
use super::{Layer, Outline, bytes, named, text};
use crate::tls::registry::cipher_suite_name;
use crate::tls::{Alert, ClientHello, Offers, ServerHello, TlsVersion};

/// Content types.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// Records, and messages in a record, that are named.
const MAX_RECORDS: usize = 24;

/// Longest record of any version, its expansion included (RFC 5246 section 6.2.3).
const MAX_RECORD: usize = 16_384 + 2048;

/// Longest handshake message that is believed to be one.
const MAX_MESSAGE: usize = 128 * 1024;

/// Application protocols of an offer that are written.
const MAX_ALPN: usize = 8;

/// Lengths of what stands before contents.
#[derive(Clone, Copy)]
struct Framing {
    word: &'static str,
    record: usize,
    message: usize,
}

const TLS: Framing = Framing { word: "TLS", record: 5, message: 4 };
const DTLS: Framing = Framing { word: "DTLS", record: 13, message: 12 };

/// Records from the beginning of a segment's payload on; whether there are any.
pub(super) fn records(part: Part<'_>, found: &mut Outline) -> bool {
    let is_record = |part: Part<'_>| {
        part.u8(0).is_some_and(|kind| record_name(kind).is_some())
            && part.u8(1) == Some(3)
            && part.u8(2).is_some_and(|minor| minor <= 4)
            && part.u16(3).is_some_and(|length| usize::from(length) <= MAX_RECORD)
    };
    walk(TLS, part, is_record, found)
}

/// The same of DTLS in a datagram.
pub(super) fn datagram(part: Part<'_>, found: &mut Outline) -> bool {
    let is_record = |part: Part<'_>| {
        part.u8(0).is_some_and(|kind| record_name(kind).is_some())
            && part.u16(1).is_some_and(|version| TlsVersion(version).is_dtls())
            && part.u16(11).is_some_and(|length| usize::from(length) <= MAX_RECORD)
    };
    walk(DTLS, part, is_record, found)
}

fn walk(
    framing: Framing,
    part: Part<'_>,
    is_record: impl Fn(Part<'_>) -> bool,
    found: &mut Outline,
) -> bool {
    let mut rest = part;
    for _ in 0..MAX_RECORDS {
        if !is_record(rest) {
            break;
        }
        rest = record(framing, rest, found);
    }
    let any = rest.len() < part.len();
    if any {
        found.rest("More of the payload", rest, true);
    }
    any
}

/// One record; what is behind it.
fn record<'a>(framing: Framing, part: Part<'a>, found: &mut Outline) -> Part<'a> {
    let (head, behind) = part.split(framing.record);
    let at = framing.record.saturating_sub(2);
    let length = head.u16(at).map_or(0, usize::from);
    let (content, rest) = behind.split(length);
    let (whole, _) = part.split(framing.record.saturating_add(length));
    let kind = head.u8(0).unwrap_or(0);
    let name = record_name(kind).unwrap_or("unknown");
    let mut layer = Layer::new(format!("{} record", framing.word), whole);
    layer.say("type", Some(named(&kind, Some(name))), head.at(0..1));
    let version = head.u16(1).map(|version| {
        let name = Some(TlsVersion(version).to_string()).filter(|name| !name.starts_with("0x"));
        named(&format!("{version:#06x}"), name.as_deref())
    });
    layer.say("version", version, head.at(1..3));
    let epoch = (framing.record > TLS.record).then(|| head.u16(3)).flatten();
    layer.say("epoch", epoch, head.at(3..5));
    let place = head.at(at..framing.record);
    layer.say("length", Some(announced(length, content.len())), place);
    let is_plain = epoch.is_none_or(|epoch| epoch == 0);
    match (kind, content.bytes()) {
        (ALERT, [level, description]) if is_plain => {
            let alert = Alert { from_client: false, level: *level, description: *description };
            let word = match level {
                1 => Some("warning"),
                2 => Some("fatal"),
                _ => None,
            };
            layer.say("level", Some(named(&level, word)), content.at(0..1));
            layer.say("alert", Some(named(&description, alert.name())), content.at(1..2));
            found.add(layer);
        }
        (HANDSHAKE, _) if is_plain && are_messages(framing, content, length) => {
            found.add(layer);
            messages(framing, content, found);
        }
        (ALERT | HANDSHAKE, [_, ..]) => {
            let words = "encrypted, or the rest of a message";
            layer.say("content", Some(words), content.range());
            found.add(layer);
        }
        _ => found.add(layer),
    }
    rest
}

/// Whether the content of a record is a row of messages in the clear: the types are known, and all
/// but the last end within it. What is encrypted looks like that by chance only; HelloRequest, which
/// is four zeros, is one only if there is nothing else.
fn are_messages(framing: Framing, content: Part<'_>, length: usize) -> bool {
    let mut rest = content;
    for nth in 0..MAX_RECORDS {
        let (Some(kind), Some(body)) = (rest.u8(0), body_length(framing, rest)) else {
            return nth > 0 && rest.len() == 0;
        };
        let is_hello_request = kind == 0 && length == framing.message;
        if message_name(kind).is_none() || body > MAX_MESSAGE || (kind == 0 && !is_hello_request) {
            return false;
        }
        rest = rest.behind(framing.message.saturating_add(body));
        if rest.len() == 0 {
            return true;
        }
    }
    true
}

/// Bytes behind the header of a message; of DTLS those of the fragment.
fn body_length(framing: Framing, part: Part<'_>) -> Option<usize> {
    part.u24(framing.message.saturating_sub(3))
}

fn messages(framing: Framing, content: Part<'_>, found: &mut Outline) {
    let mut rest = content;
    for _ in 0..MAX_RECORDS {
        let (Some(kind), Some(length)) = (rest.u8(0), body_length(framing, rest)) else { break };
        let (whole, behind) = rest.split(framing.message.saturating_add(length));
        let (head, body) = whole.split(framing.message);
        let mut layer = Layer::new(message_name(kind).unwrap_or("Handshake message"), whole);
        layer.say("type", Some(kind), head.at(0..1));
        let place = framing.message.saturating_sub(3)..framing.message;
        layer.say("length", Some(announced(length, body.len())), head.at(place));
        if framing.message > TLS.message {
            layer.say("message", head.u16(4), head.at(4..6));
            let of = head.u24(1).zip(head.u24(6)).filter(|(all, _)| *all != length);
            let of = of.map(|(all, from)| format!("from byte {from} of {all}"));
            layer.say("fragment", of, head.at(6..9));
        } else if body.len() == length {
            match kind {
                1 => client_hello(&mut layer, body),
                2 => server_hello(&mut layer, body),
                _ => {}
            }
        }
        found.add(layer);
        rest = behind;
    }
}

fn client_hello(layer: &mut Layer, body: Part<'_>) {
    let Ok(hello) = ClientHello::parse(body.bytes(), &mut Offers::default()) else { return };
    let offer = &hello.offer;
    let version = TlsVersion(offer.highest_version());
    layer.say("up to", Some(version), body.range());
    let server = hello.sni.as_deref();
    let place = server.map_or_else(|| body.range(), |name| body.find(name.as_bytes()));
    layer.say("SNI", server.map(|name| text(name.as_bytes())), place);
    let protocols: Vec<String> = offer.alpn.iter().take(MAX_ALPN).map(|p| text(p)).collect();
    let place = offer.alpn.first().map_or_else(|| body.range(), |first| body.find(first));
    layer.say("ALPN", (!protocols.is_empty()).then(|| protocols.join(", ")), place);
    layer.say("suites", Some(offer.cipher_suites.len()), body.range());
    layer.say("extensions", Some(offer.extensions.len()), body.range());
}

fn server_hello(layer: &mut Layer, body: Part<'_>) {
    let Ok(hello) = ServerHello::parse(body.bytes()) else { return };
    layer.say("version", Some(hello.version()), body.range());
    let suite = hello.cipher_suite;
    let words = named(&format!("{suite:#06x}"), cipher_suite_name(suite));
    layer.say("suite", Some(words), body.find(&suite.to_be_bytes()));
    layer.say("ALPN", hello.alpn.as_deref().map(text), body.range());
    let retry = hello.is_retry_request().then_some("HelloRetryRequest");
    layer.say("is a", retry, body.at(2..34));
    layer.say("session id", Some(bytes(hello.session_id.len())), body.at(34..35));
}

/// Names of content types (RFC 8446 appendix B.1, RFC 6520).
const fn record_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        20 => "change_cipher_spec",
        ALERT => "alert",
        HANDSHAKE => "handshake",
        23 => "application_data, encrypted",
        24 => "heartbeat",
        _ => return None,
    })
}

/// Names of handshake messages (IANA).
const fn message_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        4 => "NewSessionTicket",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        21 => "CertificateURL",
        22 => "CertificateStatus",
        24 => "KeyUpdate",
        _ => return None,
    })
}
