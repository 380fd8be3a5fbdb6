//! For tests only: puts the protection on packets that `keys` takes off. Written apart
//! from it, from RFC 9001 section 5, so that a mistake in one does not hide one in the other.

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey, quic,
};
use ring::hkdf::{HKDF_SHA256, HKDF_SHA384, KeyType, Prk, Salt};

use super::keys::Role;
use super::version::{Label, parameters};
use crate::tls::protection::Suite;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand_label(secret: &Prk, label: &str, length: usize) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let header = [0, length as u8, label.len() as u8];
    let mut out = vec![0; length];
    let info = [&header[..], label.as_bytes(), &[0]];
    secret.expand(&info, Length(length)).unwrap().fill(&mut out).unwrap();
    out
}

/// An Initial packet without token, with a packet number of `number.len()` bytes and a two-byte
/// length.
pub(crate) fn initial(
    version: u32,
    key_id: &[u8],
    sender: Role,
    [destination, source]: [&[u8]; 2],
    number: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let parameters = parameters(version).unwrap();
    let initial = Salt::new(HKDF_SHA256, parameters.salt).extract(key_id);
    let side = if sender == Role::Client { "client in" } else { "server in" };
    let secret = Prk::new_less_safe(HKDF_SHA256, &expand_label(&initial, side, 32));
    let first = if parameters.label == Label::Quic { 0xc0 } else { 0xd0 };
    let mut head = head(first, version, [destination, source]);
    head.push(0);
    protect(version, &secret, head, number, payload)
}

/// A Handshake packet with a packet number of one byte.
pub(crate) fn handshake(version: u32, secret: &[u8], number: u8, payload: &[u8]) -> Vec<u8> {
    long(version, [0xe0, 0xf0], secret, number, payload)
}

/// A 0-RTT packet with a packet number of one byte.
pub(crate) fn zero_rtt(version: u32, secret: &[u8], number: u8, payload: &[u8]) -> Vec<u8> {
    long(version, [0xd0, 0xe0], secret, number, payload)
}

fn long(version: u32, first: [u8; 2], secret: &[u8], number: u8, payload: &[u8]) -> Vec<u8> {
    let secret = Prk::new_less_safe(HKDF_SHA256, secret);
    let [one, two] = first;
    let quic = parameters(version).unwrap().label == Label::Quic;
    let head = head(if quic { one } else { two }, version, [b"", b""]);
    protect(version, &secret, head, &[number], payload)
}

/// A long header up to its connection ids.
fn head(first: u8, version: u32, ids: [&[u8]; 2]) -> Vec<u8> {
    let mut head = vec![first];
    head.extend(version.to_be_bytes());
    for id in ids {
        head.push(id.len() as u8);
        head.extend(id);
    }
    head
}

/// Puts length, number and payload behind the header, and the protection on, with AES-128-GCM.
#[expect(clippy::arithmetic_side_effects, reason = "an overflow here fails the test")]
fn protect(
    version: u32,
    secret: &Prk,
    mut packet: Vec<u8>,
    number: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let prefix = match parameters(version).unwrap().label {
        Label::Quic => "quic",
        Label::QuicV2 => "quicv2",
    };
    let key = expand_label(secret, &format!("{prefix} key"), 16);
    let mut nonce = expand_label(secret, &format!("{prefix} iv"), 12);
    let mask_key = expand_label(secret, &format!("{prefix} hp"), 16);
    packet[0] |= number.len() as u8 - 1;
    let length = 0x4000 + u16::try_from(number.len() + payload.len() + 16).unwrap();
    packet.extend(length.to_be_bytes());
    let number_offset = packet.len();
    packet.extend(number);

    for (at, byte) in number.iter().rev().enumerate() {
        nonce[11 - at] ^= byte;
    }
    let mut sealed = payload.to_vec();
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap())
        .seal_in_place_append_tag(
            Nonce::try_assume_unique_for_key(&nonce).unwrap(),
            Aad::from(&packet),
            &mut sealed,
        )
        .unwrap();
    packet.extend(sealed);

    let mask = quic::HeaderProtectionKey::new(&quic::AES_128, &mask_key)
        .unwrap()
        .new_mask(&packet[number_offset + 4..number_offset + 20])
        .unwrap();
    packet[0] ^= mask[0] & 0x0f;
    for at in 0..number.len() {
        packet[number_offset + at] ^= mask[1 + at];
    }
    packet
}

/// What seals a 1-RTT packet.
#[derive(Clone, Copy)]
pub(crate) struct Sealer<'a> {
    pub(crate) version: u32,
    pub(crate) suite: Suite,
    pub(crate) secret: &'a [u8],
    /// Key updates before it.
    pub(crate) phase: usize,
}

/// A 1-RTT packet with a packet number of two bytes.
#[expect(clippy::arithmetic_side_effects, reason = "an overflow here fails the test")]
pub(crate) fn short(sealer: Sealer<'_>, id: &[u8], number: u64, payload: &[u8]) -> Vec<u8> {
    let Sealer { version, suite, secret, phase } = sealer;
    let (hash, aead, mask, key_length) = match suite {
        Suite::Aes128Gcm => (HKDF_SHA256, &AES_128_GCM, &quic::AES_128, 16),
        Suite::Aes256Gcm => (HKDF_SHA384, &AES_256_GCM, &quic::AES_256, 32),
        Suite::ChaCha20Poly1305 => (HKDF_SHA256, &CHACHA20_POLY1305, &quic::CHACHA20, 32),
        Suite::Aes128Ccm | Suite::Aes128Ccm8 => panic!("no packet is made with {suite:?}"),
    };
    let prefix = match parameters(version).unwrap().label {
        Label::Quic => "quic",
        Label::QuicV2 => "quicv2",
    };
    let first = Prk::new_less_safe(hash, secret);
    let mask_key = expand_label(&first, &format!("{prefix} hp"), key_length);
    let mut secret = secret.to_vec();
    for _ in 0..phase {
        let present = Prk::new_less_safe(hash, &secret);
        secret = expand_label(&present, &format!("{prefix} ku"), secret.len());
    }
    let secret = Prk::new_less_safe(hash, &secret);
    let key = expand_label(&secret, &format!("{prefix} key"), key_length);
    let mut nonce = expand_label(&secret, &format!("{prefix} iv"), 12);
    for (at, byte) in number.to_be_bytes().iter().rev().enumerate() {
        nonce[11 - at] ^= byte;
    }
    let mut packet = vec![0x41 | if phase % 2 == 1 { 4 } else { 0 }];
    packet.extend(id);
    let number_offset = packet.len();
    packet.extend((number as u16).to_be_bytes());
    // The sample must reach (RFC 9001 section 5.4.2).
    let mut sealed = payload.to_vec();
    sealed.resize(sealed.len().max(2), 0);
    LessSafeKey::new(UnboundKey::new(aead, &key).unwrap())
        .seal_in_place_append_tag(
            Nonce::try_assume_unique_for_key(&nonce).unwrap(),
            Aad::from(&packet),
            &mut sealed,
        )
        .unwrap();
    packet.extend(sealed);
    let sample = &packet[number_offset + 4..number_offset + 20];
    let mask = quic::HeaderProtectionKey::new(mask, &mask_key).unwrap().new_mask(sample).unwrap();
    packet[0] ^= mask[0] & 0x1f;
    packet[number_offset] ^= mask[1];
    packet[number_offset + 1] ^= mask[2];
    packet
}

/// A STREAM frame with offset and length.
pub(crate) fn stream(stream: u16, offset: u16, data: &[u8], fin: bool) -> Vec<u8> {
    let numbers = [stream, offset, data.len() as u16].map(|n| (0x4000 | n).to_be_bytes());
    [&[0x0e | u8::from(fin)], numbers.concat().as_slice(), data].concat()
}

/// A CRYPTO frame.
pub(crate) fn crypto(offset: u16, data: &[u8]) -> Vec<u8> {
    let [offset, length] = [offset, data.len() as u16].map(|value| (0x4000 | value).to_be_bytes());
    [&[6], &offset[..], &length, data].concat()
}
