//! Certificates of a lab authority: a chain of its own for each connection.
//!
//! Ed25519, because its signatures are the same in every run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::random::mix;

/// The host in requests and certificates, with the digits of the clone's number.
pub(crate) const HOST: &[u8; 13] = b"h0000000.test";
/// Where the digits are.
pub(crate) const DIGITS: std::ops::Range<usize> = 1..8;

/// Bytes of a serial number, of an Ed25519 key and of its signature.
const SERIAL: usize = 16;
const KEY: usize = 32;
const SIGNATURE: usize = 64;

const ED25519: [u8; 7] = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
const COMMON_NAME: [u8; 5] = [6, 3, 0x55, 4, 3];

/// An authority, and a leaf of which only some bytes change.
pub(crate) struct Issuer {
    key: Ed25519KeyPair,
    root: Vec<u8>,
    intermediate: Vec<u8>,
    leaf: Vec<u8>,
    serial_at: usize,
    key_at: usize,
    hosts_at: Vec<usize>,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let root_key = key(1);
        let issuer_key = key(2);
        let root = certificate(&Wanted {
            serial: 1,
            issuer: (b"Bench Root", &root_key),
            subject: b"Bench Root",
            key: root_key.public_key().as_ref(),
            host: None,
        });
        let intermediate = certificate(&Wanted {
            serial: 2,
            issuer: (b"Bench Root", &root_key),
            subject: b"Bench CA 1",
            key: issuer_key.public_key().as_ref(),
            host: None,
        });
        let marker = [0xa5; KEY];
        let leaf = certificate(&Wanted {
            serial: 3,
            issuer: (b"Bench CA 1", &issuer_key),
            subject: HOST,
            key: &marker,
            host: Some(HOST),
        });
        let places = |word: &[u8]| -> Vec<usize> {
            let windows = leaf.windows(word.len()).enumerate();
            windows.filter(|(_, seen)| *seen == word).map(|(at, _)| at).collect()
        };
        let (serial_at, key_at) = (places(&serial(3))[0], places(&marker)[0]);
        let hosts_at = places(HOST);
        Self { key: issuer_key, root, intermediate, leaf, serial_at, key_at, hosts_at }
    }

    /// The root, to be trusted.
    pub(crate) fn root_pem(&self) -> String {
        let text = STANDARD.encode(&self.root);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// The body of a Certificate message (RFC 5246, 7.4.2), and where its leaf begins.
    pub(crate) fn message(&self) -> (Vec<u8>, usize) {
        let mut list = Vec::new();
        for certificate in [&self.leaf, &self.intermediate] {
            list.extend_from_slice(&(certificate.len() as u32).to_be_bytes()[1..]);
            list.extend_from_slice(certificate);
        }
        let mut body = (list.len() as u32).to_be_bytes()[1..].to_vec();
        body.extend_from_slice(&list);
        (body, 6)
    }

    /// Writes the leaf of clone `number` to where another leaf is.
    pub(crate) fn leaf(&self, number: u64, place: &mut [u8]) {
        let leaf = &mut place[..self.leaf.len()];
        leaf[self.serial_at..self.serial_at + SERIAL].copy_from_slice(&serial(number + 4));
        let mut seed = number;
        for part in leaf[self.key_at..self.key_at + KEY].chunks_mut(8) {
            seed = mix(seed);
            part.copy_from_slice(&seed.to_be_bytes());
        }
        let digits = format!("{:07}", number % 10_000_000);
        for &host in &self.hosts_at {
            leaf[host + DIGITS.start..host + DIGITS.end].copy_from_slice(digits.as_bytes());
        }
        let signed_end = leaf.len() - SIGNATURE - 3 - ED25519.len();
        let signature = self.key.sign(&leaf[4..signed_end]);
        let at = leaf.len() - SIGNATURE;
        leaf[at..].copy_from_slice(signature.as_ref());
    }
}

/// What a certificate says.
struct Wanted<'a> {
    serial: u64,
    issuer: (&'a [u8], &'a Ed25519KeyPair),
    subject: &'a [u8],
    key: &'a [u8],
    /// A server's; else an authority's.
    host: Option<&'a [u8]>,
}

fn certificate(wanted: &Wanted<'_>) -> Vec<u8> {
    let name = |name: &[u8]| {
        let value = [&COMMON_NAME[..], &tlv(0x0c, name)].concat();
        tlv(0x30, &tlv(0x31, &tlv(0x30, &value)))
    };
    let extension = |id: u8, critical: bool, value: &[u8]| {
        let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
        tlv(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &tlv(4, value)].concat())
    };
    let (ends, extensions) = match wanted.host {
        Some(host) => (
            b"270128000000Z",
            [
                extension(0x11, false, &tlv(0x30, &tlv(0x82, host))),
                extension(0x0f, true, &[3, 2, 7, 0x80]),
                extension(0x25, false, &tlv(0x30, &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1])),
            ]
            .concat(),
        ),
        None => (
            b"351101000000Z",
            [extension(0x13, true, &[0x30, 3, 1, 1, 0xff]), extension(0x0f, true, &[3, 2, 1, 6])]
                .concat(),
        ),
    };
    let validity = [tlv(0x17, b"261101000000Z"), tlv(0x17, ends)].concat();
    let key = [&ED25519[..], &tlv(3, &[&[0], wanted.key].concat())].concat();
    let signed = tlv(
        0x30,
        &[
            &[0xa0, 3, 2, 1, 2][..],
            &tlv(2, &serial(wanted.serial)),
            &ED25519,
            &name(wanted.issuer.0),
            &tlv(0x30, &validity),
            &name(wanted.subject),
            &tlv(0x30, &key),
            &tlv(0xa3, &tlv(0x30, &extensions)),
        ]
        .concat(),
    );
    let signature = wanted.issuer.1.sign(&signed);
    let signature = tlv(3, &[&[0], signature.as_ref()].concat());
    tlv(0x30, &[&signed[..], &ED25519, &signature].concat())
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn serial(number: u64) -> [u8; SERIAL] {
    let mut serial = [0; SERIAL];
    serial[..8].copy_from_slice(&mix(number).to_be_bytes());
    serial[8..].copy_from_slice(&mix(number ^ 1 << 40).to_be_bytes());
    serial[0] = 0x40 | (serial[0] & 0x3f);
    serial
}

/// An ASN.1 value with its tag and length.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head: &[u8] = match length {
        0..0x80 => &[tag, length as u8],
        0x80..0x100 => &[tag, 0x81, length as u8],
        _ => &[tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content].concat()
}
