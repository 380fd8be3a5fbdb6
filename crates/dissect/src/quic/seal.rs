//! For tests only: puts the protection on packets that `keys` takes off. Written apart
//! from it, from RFC 9001 section 5, so that a mistake in one does not hide one in the other.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey, quic};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

use super::keys::Role;
use super::version::{Label, parameters};

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
pub(super) fn initial(
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
pub(super) fn handshake(version: u32, secret: &[u8], number: u8, payload: &[u8]) -> Vec<u8> {
    let secret = Prk::new_less_safe(HKDF_SHA256, secret);
    let quic = parameters(version).unwrap().label == Label::Quic;
    let head = head(if quic { 0xe0 } else { 0xf0 }, version, [b"", b""]);
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

/// A CRYPTO frame.
pub(super) fn crypto(offset: u16, data: &[u8]) -> Vec<u8> {
    let [offset, length] = [offset, data.len() as u16].map(|value| (0x4000 | value).to_be_bytes());
    [&[6], &offset[..], &length, data].concat()
}
