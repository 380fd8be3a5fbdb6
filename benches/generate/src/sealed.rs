//! Exchanges of HTTP in TLS 1.3, encrypted here, and their key log.
//!
//! A clone keeps the recorded handshake, with the secrets of that handshake, under a random of its
//! own; its application data are this program's, with secrets of this program.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA384, KeyType, Prk};

use crate::random::mix;
use crate::template::{Template, Turn};

/// Exchanges of a connection.
const EXCHANGES: usize = 4;
/// Items of an order: about 1,200 bytes of JSON.
const ITEMS: u64 = 12;
/// TLS_AES_256_GCM_SHA384, which all recorded handshakes have, and its secrets' length.
const CIPHER: [u8; 2] = [0x13, 0x02];
const SECRET: usize = 48;
/// Where a hello's random is.
const RANDOM: std::ops::Range<usize> = 11..43;

/// Secrets of handshakes by their client's random, in hex.
pub(crate) struct Secrets(HashMap<String, HashMap<String, String>>);

/// How to go on behind a recorded handshake.
#[derive(Clone)]
pub(crate) struct Sealed {
    hello: Turn,
    handshake: [String; 2],
    is_http2: bool,
}

impl Secrets {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let mut secrets: HashMap<String, HashMap<String, String>> = HashMap::new();
        for line in text.lines() {
            let [label, random, secret] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
            let of = secrets.entry(random.to_owned()).or_default();
            of.insert(label.to_owned(), secret.to_owned());
        }
        Ok(Self(secrets))
    }

    /// The handshake alone, and what goes on behind it; `None` if its secrets are not known.
    pub(crate) fn seal(
        &self,
        mut template: Template,
        is_http2: bool,
    ) -> Option<(Template, Sealed)> {
        let hello = template.turns[0].clone();
        let of = self.0.get(&hex(hello.bytes.get(RANDOM)?))?;
        let handshake = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"];
        let handshake = [of.get(handshake[0])?.clone(), of.get(handshake[1])?.clone()];
        let answer = &template.turns[1].bytes;
        let session_id = usize::from(*answer.get(RANDOM.end)?);
        if answer.get(RANDOM.end + 1 + session_id..)?.get(..2)? != CIPHER {
            return None;
        }
        template.turns.truncate(3);
        let finished = &mut template.turns[2].bytes;
        let mut end = 0;
        loop {
            let head: [u8; 5] = *finished.get(end..)?.first_chunk()?;
            end += 5 + usize::from(u16::from_be_bytes([head[3], head[4]]));
            if head[0] == 23 {
                break;
            }
        }
        finished.truncate(end);
        Some((template, Sealed { hello, handshake, is_http2 }))
    }
}

impl Sealed {
    pub(crate) const fn exchanges(&self) -> u64 {
        EXCHANGES as u64
    }

    /// Writes the key log of clone `number`.
    pub(crate) fn log(&self, number: u64, out: &mut dyn Write) -> io::Result<()> {
        let mut hello = self.hello.bytes.clone();
        for edit in &self.hello.edits {
            edit.apply(&mut hello, number, true);
        }
        let random = hex(&hello[RANDOM]);
        for (side, from_client) in [("CLIENT", true), ("SERVER", false)] {
            let handshake = &self.handshake[usize::from(!from_client)];
            writeln!(out, "{side}_HANDSHAKE_TRAFFIC_SECRET {random} {handshake}")?;
            let own = hex(&secret(number, from_client));
            writeln!(out, "{side}_TRAFFIC_SECRET_0 {random} {own}")?;
        }
        Ok(())
    }

    /// Appends a turn, a record; says whether it is the client's. `None` behind the last one.
    pub(crate) fn turn(&self, number: u64, index: usize, out: &mut Vec<u8>) -> Option<bool> {
        let (exchange, from_client) = (index / 2, index.is_multiple_of(2));
        if exchange >= EXCHANGES {
            return None;
        }
        let text = match (self.is_http2, from_client) {
            (false, true) => http1_request(number, exchange),
            (false, false) => http1_response(number, exchange),
            (true, true) => http2_request(number, exchange),
            (true, false) => http2_response(number, exchange),
        };
        record(&secret(number, from_client), exchange as u64, text, out);
        Some(from_client)
    }
}

fn secret(number: u64, from_client: bool) -> [u8; SECRET] {
    let mut secret = [0; SECRET];
    let mut seed = number ^ (u64::from(from_client) << 62);
    for part in secret.chunks_mut(8) {
        seed = mix(seed);
        part.copy_from_slice(&seed.to_be_bytes());
    }
    secret
}

/// A record of application data (RFC 8446, 5.2), with keys of RFC 8446, 7.3.
fn record(secret: &[u8], sequence: u64, mut text: Vec<u8>, out: &mut Vec<u8>) {
    let prk = Prk::new_less_safe(HKDF_SHA384, secret);
    let key = UnboundKey::new(&AES_256_GCM, &expand::<32>(&prk, b"key")).unwrap();
    let mut nonce = expand::<12>(&prk, b"iv");
    for (byte, count) in nonce[4..].iter_mut().zip(sequence.to_be_bytes()) {
        *byte ^= count;
    }
    text.push(23);
    let length = (text.len() + AES_256_GCM.tag_len()) as u16;
    let mut head = [23, 3, 3, 0, 0];
    head[3..].copy_from_slice(&length.to_be_bytes());
    let nonce = Nonce::assume_unique_for_key(nonce);
    LessSafeKey::new(key).seal_in_place_append_tag(nonce, Aad::from(head), &mut text).unwrap();
    out.extend_from_slice(&head);
    out.extend_from_slice(&text);
}

/// HKDF-Expand-Label (RFC 8446, 7.1) with an empty context.
fn expand<const LENGTH: usize>(prk: &Prk, label: &[u8]) -> [u8; LENGTH] {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let label_length = [6 + label.len() as u8];
    let info = [&[0, LENGTH as u8], &label_length[..], b"tls13 ", label, &[0]];
    let mut key = [0; LENGTH];
    prk.expand(&info, Length(LENGTH)).unwrap().fill(&mut key).unwrap();
    key
}

/// Who asks: all connections of a client show one token.
fn token(number: u64) -> String {
    let client = number / 8;
    format!("{:016x}{:016x}", mix(client ^ 1 << 50), mix(client ^ 1 << 51))
}

fn order(number: u64, exchange: usize) -> u64 {
    mix(number ^ ((exchange as u64) << 52)) % 1_000_000_000
}

const APP: &str = "ShopApp/4.2.0 (Android 15)";
const HOST: &str = "api.shop.test";
const DATE: &str = "Tue, 24 Nov 2026 04:00:00 GMT";

fn http1_request(number: u64, exchange: usize) -> Vec<u8> {
    let (order, token) = (order(number, exchange), token(number));
    format!(
        "GET /v1/orders/{order} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {APP}\r\n\
         Authorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
    )
    .into_bytes()
}

fn http1_response(number: u64, exchange: usize) -> Vec<u8> {
    let body = body(number, exchange);
    format!(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: {DATE}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: keep-alive\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn body(number: u64, exchange: usize) -> String {
    let order = order(number, exchange);
    let mut body = format!("{{\"order\":{order},\"items\":[");
    for item in 0..ITEMS {
        let of = mix(order ^ (item << 40));
        let comma = if item == 0 { "" } else { "," };
        let (price, count) = (of % 100_000, 1 + of % 3);
        let _ = write!(
            body,
            "{comma}{{\"sku\":\"{of:016x}\",\"title\":\"An article of the shop that is number \
             {item}\",\"price\":{price},\"count\":{count}}}"
        );
    }
    body.push_str("]}");
    body
}

/// Odd numbers, one after the other.
const fn stream(exchange: usize) -> u32 {
    exchange as u32 * 2 + 1
}

fn http2_request(number: u64, exchange: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // :method GET, :scheme https, :path as a literal that is not indexed (RFC 7541, appendix A).
    let mut fields = vec![0x82, 0x87];
    literal(&mut fields, 0x04, &format!("/v1/orders/{}", order(number, exchange)));
    match exchange {
        0 => {
            out.extend_from_slice(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            frame(&mut out, 4, 0, 0, &[]);
            literal(&mut fields, 0x41, HOST);
            literal(&mut fields, 0x7a, APP);
            literal(&mut fields, 0x57, &format!("Bearer {}", token(number)));
            literal(&mut fields, 0x53, "application/json");
        }
        1 => {
            frame(&mut out, 4, 1, 0, &[]);
            fields.extend_from_slice(&[0xc1, 0xc0, 0xbf, 0xbe]);
        }
        _ => fields.extend_from_slice(&[0xc1, 0xc0, 0xbf, 0xbe]),
    }
    frame(&mut out, 1, 5, stream(exchange), &fields);
    out
}

fn http2_response(number: u64, exchange: usize) -> Vec<u8> {
    let body = body(number, exchange);
    let mut out = Vec::new();
    let mut fields = vec![0x88];
    if exchange == 0 {
        frame(&mut out, 4, 0, 0, &[]);
        frame(&mut out, 4, 1, 0, &[]);
        literal(&mut fields, 0x76, "nginx");
        literal(&mut fields, 0x61, DATE);
        literal(&mut fields, 0x5f, "application/json");
    } else {
        fields.extend_from_slice(&[0xc0, 0xbf, 0xbe]);
    }
    // content-length, not indexed.
    fields.push(0x0f);
    literal(&mut fields, 0x0d, &body.len().to_string());
    frame(&mut out, 1, 4, stream(exchange), &fields);
    frame(&mut out, 0, 1, stream(exchange), body.as_bytes());
    out
}

/// A literal field whose name has an index, which is in `head`.
fn literal(fields: &mut Vec<u8>, head: u8, value: &str) {
    fields.push(head);
    fields.push(value.len() as u8);
    fields.extend_from_slice(value.as_bytes());
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
