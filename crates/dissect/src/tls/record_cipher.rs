//! Opens records of TLS 1.0 to 1.2 with the keys of one direction (RFC 5246 section 6.2.3, RFC 2246
//! section 6.2.3, RFC 7366).
//!
//! Whatever does not fit, padding or MAC, is one and the same: a record that does not open.

use std::fmt;

use rc4::{KeyInit, Rc4, StreamCipher as _};

use super::aead::{Aead, AeadKey};
use super::reader::Reader;
use super::record_block::{BlockCipher, BlockKey, Chain};
use super::record_mac::{MacKey, pseudo_header};
use super::record_suite::{Cipher, MacHash, RecordSuite};
use super::registry::TlsVersion;

/// Bytes of a nonce that TLS 1.2 sends with each record of AES-GCM and AES-CCM (RFC 5288 section 3).
const EXPLICIT_NONCE: usize = 8;

/// What both sides have agreed on, but for the master secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) version: TlsVersion,
    pub(crate) suite: RecordSuite,
    pub(crate) client_random: [u8; 32],
    pub(crate) server_random: [u8; 32],
    /// MACs are over what is encrypted (RFC 7366).
    pub(crate) encrypt_then_mac: bool,
}

/// The cipher of one direction.
pub(crate) struct RecordCipher {
    version: TlsVersion,
    kind: Kind,
}

enum Kind {
    Aead {
        key: AeadKey,
        tag_length: usize,
        iv: [u8; 12],
        /// Bytes of the nonce that come with the record.
        explicit: usize,
    },
    Block(BlockCipher),
    Stream {
        /// `None` where nothing is hidden.
        rc4: Option<Box<Rc4>>,
        mac: MacKey,
    },
}

impl fmt::Debug for RecordCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordCipher").finish_non_exhaustive()
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Its number, and the length of its content in the buffer.
    Opened { number: u64, end: usize },
    /// It cannot be opened, whatever its number: what came before it is missing.
    Unreadable,
    /// None of the numbers fits.
    Wrong,
}

impl RecordCipher {
    /// Makes the keys of one direction from a master secret (RFC 5246 section 6.3).
    pub(crate) fn derive(master: &[u8], agreed: &Agreed, from_client: bool) -> Option<Self> {
        let RecordSuite { cipher, mac, prf } = agreed.suite;
        let mac_length = mac.map_or(0, MacHash::length);
        let (key_length, iv_length) = match cipher {
            Cipher::Aead(aead @ Aead::ChaCha20Poly1305) => (aead.key_length(), 12),
            Cipher::Aead(aead) => (aead.key_length(), 4),
            Cipher::Block(block) => (block.key_length(), block.block_length()),
            Cipher::Null => (0, 0),
            Cipher::Rc4 => (16, 0),
        };
        let length = mac_length.saturating_add(key_length).saturating_add(iv_length);
        let seeds = [&agreed.server_random[..], &agreed.client_random];
        let block = prf.expand(master, b"key expansion", seeds, length.saturating_mul(2))?;
        let mut reader = Reader::new(&block);
        let mut pair = |length| {
            let (client, server) = (reader.bytes(length)?, reader.bytes(length)?);
            Some(if from_client { client } else { server })
        };
        let (mac_key, key, iv) = (pair(mac_length)?, pair(key_length)?, pair(iv_length)?);
        let mac = || MacKey::new(mac?, mac_key);
        let kind = match cipher {
            Cipher::Aead(aead) => {
                let explicit = if iv_length == 4 { EXPLICIT_NONCE } else { 0 };
                let iv = padded(iv)?;
                let key = AeadKey::new(aead, key)?;
                Kind::Aead { key, tag_length: aead.tag_length(), iv, explicit }
            }
            Cipher::Block(block) => Kind::Block(BlockCipher {
                key: BlockKey::new(block, key)?,
                mac: mac()?,
                encrypt_then_mac: agreed.encrypt_then_mac,
                chain: match agreed.version {
                    TlsVersion::TLS10 => Chain::Block(padded(iv)?),
                    _ => Chain::Explicit,
                },
            }),
            Cipher::Null => Kind::Stream { rc4: None, mac: mac()? },
            Cipher::Rc4 => {
                let rc4 = Some(Box::new(Rc4::new_from_slice(key).ok()?));
                Kind::Stream { rc4, mac: mac()? }
            }
        };
        Some(Self { version: agreed.version, kind })
    }

    /// The nonce that this record carries, which most count up from record to record.
    pub(crate) fn explicit_nonce(&self, body: &[u8]) -> Option<u64> {
        match &self.kind {
            Kind::Aead { explicit: EXPLICIT_NONCE, .. } => {
                body.first_chunk().copied().map(u64::from_be_bytes)
            }
            _ => None,
        }
    }

    /// Records are missing. Gives back whether later ones can be opened.
    pub(crate) const fn lose(&mut self) -> bool {
        match &mut self.kind {
            Kind::Aead { .. } => true,
            Kind::Block(block) => {
                block.lose();
                true
            }
            // How far RC4's stream of keys has gone on nobody knows.
            Kind::Stream { rc4, .. } => rc4.is_none(),
        }
    }

    /// Opens a record: its content type and its body, copied to `buffer` and opened there. Of the
    /// numbers the first that fits is the right one.
    pub(crate) fn open(
        &mut self,
        numbers: impl Iterator<Item = u64>,
        kind: u8,
        body: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Outcome {
        let version = self.version;
        match &mut self.kind {
            Kind::Aead { key, tag_length, iv, explicit } => {
                let Some((nonce, sealed)) = body.split_at_checked(*explicit) else {
                    return Outcome::Wrong;
                };
                for number in numbers {
                    buffer.clear();
                    buffer.extend_from_slice(sealed);
                    let Some(length) = buffer.len().checked_sub(*tag_length) else { break };
                    let aad = pseudo_header(number, kind, version, length);
                    let nonce =
                        if nonce.is_empty() { mixed(*iv, number) } else { ending(*iv, nonce) };
                    if let Some(end) = key.open(nonce, &aad, buffer) {
                        return Outcome::Opened { number, end };
                    }
                }
                Outcome::Wrong
            }
            Kind::Block(block) => block.open(numbers, kind, version, body, buffer),
            Kind::Stream { rc4, mac } => {
                buffer.clear();
                buffer.extend_from_slice(body);
                if let Some(rc4) = rc4 {
                    rc4.apply_keystream(buffer);
                }
                let found = body.len().checked_sub(mac.length()).and_then(|end| {
                    let (content, tag) = buffer.split_at_checked(end)?;
                    let number = mac.find(numbers, kind, version, content, tag)?;
                    Some(Outcome::Opened { number, end })
                });
                found.unwrap_or(Outcome::Wrong)
            }
        }
    }

    /// For tests: seals what [`Self::open`] opens.
    #[cfg(test)]
    pub(crate) fn seal(&mut self, number: u64, kind: u8, content: &[u8]) -> Vec<u8> {
        let version = self.version;
        match &mut self.kind {
            Kind::Aead { key, iv, explicit, .. } => {
                let mut body = content.to_vec();
                let aad = pseudo_header(number, kind, version, content.len());
                // As OpenSSL does it, the nonces begin somewhere.
                let nonce = (number + 0x1234_5678_9abc).to_be_bytes();
                let nonce = &nonce[..*explicit];
                let whole = if nonce.is_empty() { mixed(*iv, number) } else { ending(*iv, nonce) };
                key.seal(whole, &aad, &mut body);
                [nonce, &body].concat()
            }
            Kind::Block(block) => block.seal(number, kind, version, content),
            Kind::Stream { rc4, mac } => {
                let mut body = [content, &mac.of(number, kind, version, content)].concat();
                if let Some(rc4) = rc4 {
                    rc4.apply_keystream(&mut body);
                }
                body
            }
        }
    }
}

/// These bytes, and zeros behind them.
fn padded<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut array = [0; N];
    array.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(array)
}

/// The nonce of a record where both sides count (RFC 7905 section 2, RFC 8446 section 5.3).
pub(super) fn mixed(mut iv: [u8; 12], number: u64) -> [u8; 12] {
    for (byte, digit) in iv.iter_mut().rev().zip(number.to_be_bytes().iter().rev()) {
        *byte ^= *digit;
    }
    iv
}

/// The nonce of a record that brings the end of it.
fn ending(mut iv: [u8; 12], explicit: &[u8]) -> [u8; 12] {
    iv.iter_mut().rev().zip(explicit.iter().rev()).for_each(|(byte, other)| *byte = *other);
    iv
}
