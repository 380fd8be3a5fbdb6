//! Keys of Initial, Handshake and 0-RTT packets, and taking the protection off (RFC 9001 sections 5.1 to
//! 5.4, RFC 9369 section 3.3).
//!
//! Initial keys hide nothing: salt and connection id are on the wire. They only make sure that who
//! reads the packet knows the version. Handshake keys need a secret from a key log.

use std::ops::Range;

use ring::aead::quic;

use super::version::{Label, Parameters, parameters};
use crate::tls::protection::{LONGEST_KEY, SealingKeys, Suite};
use crate::tls::secret::{Hash, Keyed, Secret};

/// Who sent a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Client,
    Server,
}

/// The Initial keys of both directions.
#[derive(Debug)]
pub(super) struct InitialKeys {
    /// The version they are for.
    pub(super) version: u32,
    /// The client's destination connection id they were made from.
    pub(super) destination: Vec<u8>,
    client: DirectionKeys,
    server: DirectionKeys,
}

impl InitialKeys {
    /// Makes the keys; `None` for a version that is not read.
    pub(super) fn derive(version: u32, destination: &[u8]) -> Option<Self> {
        let parameters = parameters(version)?;
        let initial = Secret::extract(Hash::Sha256, parameters.salt, destination)?.keyed()?;
        let side =
            |label: &[u8]| DirectionKeys::of(parameters, Suite::Aes128Gcm, &initial.next(label)?);
        Some(Self {
            version,
            destination: destination.to_vec(),
            client: side(b"client in")?,
            server: side(b"server in")?,
        })
    }

    /// Opens an Initial packet that `sender` sent. Says where in `scratch`, which is overwritten, the
    /// plain payload is. `None` if the packet was not protected with these keys.
    pub(super) fn open(
        &mut self,
        sender: Role,
        packet: &[u8],
        number_offset: usize,
        scratch: &mut Vec<u8>,
    ) -> Option<Range<usize>> {
        let keys = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        keys.open(packet, number_offset, scratch)
    }
}

/// The keys of what one side sends.
pub(super) struct DirectionKeys {
    packet: SealingKeys,
    header: quic::HeaderProtectionKey,
    /// Packet number after the highest one seen.
    expected: u64,
}

impl std::fmt::Debug for DirectionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectionKeys").field("expected", &self.expected).finish_non_exhaustive()
    }
}

impl DirectionKeys {
    /// The keys of Handshake packets, from a secret of a key log; `None` for a version that is not
    /// read, and for a secret of another suite.
    pub(super) fn derive(version: u32, suite: Suite, secret: &[u8]) -> Option<Self> {
        Self::of(parameters(version)?, suite, &suite.secret(secret)?)
    }

    fn of(parameters: &Parameters, suite: Suite, secret: &Secret) -> Option<Self> {
        let secret = secret.keyed()?;
        Some(Self {
            packet: packet_keys(parameters.label, suite, &secret)?,
            header: header_key(parameters.label, suite, &secret)?,
            expected: 0,
        })
    }

    /// Opens a packet. Says where in `scratch`, which is overwritten, the plain payload is.
    pub(super) fn open(
        &mut self,
        packet: &[u8],
        number_offset: usize,
        scratch: &mut Vec<u8>,
    ) -> Option<Range<usize>> {
        self.open_numbered(packet, number_offset, scratch).map(|(_, payload)| payload)
    }

    /// The same, and says the packet's number.
    pub(super) fn open_numbered(
        &mut self,
        packet: &[u8],
        number_offset: usize,
        scratch: &mut Vec<u8>,
    ) -> Option<(u64, Range<usize>)> {
        let bare = unprotect(&self.header, packet, number_offset, self.expected, scratch)?;
        let (header, body) = scratch.split_at_mut_checked(bare.body_offset)?;
        let plain = self.packet.open(bare.number, header, body)?;
        self.expected = self.expected.max(bare.number.saturating_add(1));
        Some((bare.number, bare.body_offset..bare.body_offset.checked_add(plain)?))
    }
}

/// What payloads are sealed with (RFC 9001 section 5.1, RFC 9369 section 3.3.1).
pub(super) fn packet_keys(label: Label, suite: Suite, secret: &Keyed) -> Option<SealingKeys> {
    let labels: [&[u8]; 2] = match label {
        Label::Quic => [b"quic key", b"quic iv"],
        Label::QuicV2 => [b"quicv2 key", b"quicv2 iv"],
    };
    SealingKeys::derive(suite, secret, labels)
}

/// What headers are hidden with.
pub(super) fn header_key(
    label: Label,
    suite: Suite,
    secret: &Keyed,
) -> Option<quic::HeaderProtectionKey> {
    let hp: &[u8] = match label {
        Label::Quic => b"quic hp",
        Label::QuicV2 => b"quicv2 hp",
    };
    let mut key = [0; LONGEST_KEY];
    let key = key.get_mut(..suite.header().key_len())?;
    secret.expand(hp, key)?;
    quic::HeaderProtectionKey::new(suite.header(), key).ok()
}

/// A packet whose header is readable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unprotected {
    /// Its full number.
    pub(super) number: u64,
    /// Where its payload, still sealed, begins.
    pub(super) body_offset: usize,
}

/// Copies a packet to `scratch`, which is overwritten, and takes the protection off its header
/// (RFC 9001 section 5.4). `expected`: the packet number after the highest one seen.
pub(super) fn unprotect(
    key: &quic::HeaderProtectionKey,
    packet: &[u8],
    number_offset: usize,
    expected: u64,
    scratch: &mut Vec<u8>,
) -> Option<Unprotected> {
    // The sample begins where a four-byte packet number would end (RFC 9001 section 5.4.2).
    let sample = packet.get(number_offset.checked_add(4)?..)?.get(..16)?;
    let [first_mask, number_mask @ ..] = key.new_mask(sample).ok()?;
    scratch.clear();
    scratch.extend_from_slice(packet);
    let first = scratch.first_mut()?;
    // A short header hides its key phase too.
    *first ^= first_mask & if *first & 0x80 == 0 { 0x1f } else { 0x0f };
    let number_length = usize::from(*first & 3).checked_add(1)?;
    let body_offset = number_offset.checked_add(number_length)?;
    let mut truncated = 0_u64;
    for (byte, mask) in scratch.get_mut(number_offset..body_offset)?.iter_mut().zip(number_mask) {
        *byte ^= mask;
        truncated = truncated << 8 | u64::from(*byte);
    }
    Some(Unprotected { number: full_number(expected, truncated, number_length), body_offset })
}

/// The packet number nearest to the expected one that ends in these bytes
/// (RFC 9000 appendix A.3).
fn full_number(expected: u64, truncated: u64, bytes: usize) -> u64 {
    let window = 1_u64 << bytes.clamp(1, 4).saturating_mul(8);
    let half = window >> 1;
    let candidate = expected & !window.saturating_sub(1) | truncated;
    if candidate.saturating_add(half) <= expected && candidate < (1 << 62_u32) {
        candidate.saturating_add(window)
    } else if candidate > expected.saturating_add(half) && candidate >= window {
        candidate.saturating_sub(window)
    } else {
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two examples of RFC 9000 appendix A, and the edges.
    #[test]
    fn packet_numbers() {
        assert_eq!(full_number(0xa82f_30eb, 0x9b32, 2), 0xa82f_9b32);
        for (expected, truncated, bytes, full) in [
            (0, 0, 1, 0),
            (0, 0xff, 1, 0xff),
            (0x100, 0xff, 1, 0xff),
            (0xff, 0x01, 1, 0x101),
            (1, 0x1234_5678, 4, 0x1234_5678),
        ] {
            assert_eq!(full_number(expected, truncated, bytes), full, "{expected:#x}");
        }
    }

    #[test]
    fn unknown_versions_have_no_keys() {
        assert!(InitialKeys::derive(1, &[1, 2, 3]).is_some());
        assert!(InitialKeys::derive(0x6b33_43cf, &[]).is_some());
        assert!(InitialKeys::derive(0, &[1, 2, 3]).is_none());
        assert!(InitialKeys::derive(0x5130_3436, &[1, 2, 3]).is_none());
    }

    #[test]
    fn short_packets_do_not_open() {
        let mut keys = InitialKeys::derive(1, &[1, 2, 3]).unwrap();
        let mut scratch = Vec::new();
        for length in 0..60 {
            let packet = vec![0xc0; length];
            for offset in [0, 10, length, usize::MAX] {
                assert!(keys.open(Role::Client, &packet, offset, &mut scratch).is_none());
            }
        }
    }
}
