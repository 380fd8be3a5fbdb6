//! The server's encrypted flight of TLS 1.3, read from the lengths of its records alone.
//!
//! A server that writes one record for each handshake message shows how long each message is, and
//! the fixed parts of the messages (RFC 8446 sections 4.3 and 4.4) tell what is in them: whether
//! an application protocol was chosen, how long the certificates are, what kind of key signed. One
//! that packs several messages into a record, or pads, shows a sum only. Nothing here is guessed:
//! what cannot be taken apart is [`FlightForm::Packed`].

#[cfg(test)]
mod tests;

use std::fmt;

use super::client_extension::kind;
use crate::ciphertext::Ciphertext;
use crate::session::Session;

/// What a record adds to the messages in it: the inner content type, and 16 bytes of tag, which
/// all suites of TLS 1.3 but CCM_8 have.
const RECORD: u16 = 17;
/// Header of a handshake message: type and 24-bit length.
const HEADER: u16 = 4;
/// EncryptedExtensions with an empty list: record, header, length of the list.
const EMPTY_EXTENSIONS: u16 = RECORD + HEADER + 2;
/// Type and length of an extension.
const EXTENSION: u16 = 4;
/// An empty extension that acknowledges: server_name (RFC 6066 section 3), early_data.
const ACKNOWLEDGEMENT: u16 = EXTENSION;
/// record_size_limit (RFC 8449): two bytes.
const RECORD_SIZE_LIMIT: u16 = EXTENSION + 2;
/// supported_groups with no group: the length of the list.
const NO_GROUPS: u16 = EXTENSION + 2;
/// Most groups that an EncryptedExtensions is believed to name.
const MOST_GROUPS: u16 = 40;
/// Certificate without an entry: record, header, request context, length of the list.
const EMPTY_CERTIFICATE: u16 = RECORD + HEADER + 4;
/// CertificateVerify without a signature: record, header, algorithm, length.
const EMPTY_VERIFY: u16 = RECORD + HEADER + 4;
/// The shortest Certificate that holds one: no certificate is below 200 bytes.
const SHORTEST_CERTIFICATE: u16 = EMPTY_CERTIFICATE + 200;
/// TLS_AES_256_GCM_SHA384, the one suite of TLS 1.3 with SHA-384.
const WITH_SHA384: u16 = 0x1302;
/// Records before the Finished: four messages, and a certificate that takes several.
const MOST_RECORDS: usize = 12;

/// The encrypted flight of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerFlight {
    /// Lengths of the records up to the Finished.
    pub records: Vec<u16>,
    /// What they are.
    pub form: FlightForm,
    /// Lengths of equal records right behind the Finished: session tickets most likely. A single
    /// one counts only if it came before anything that the client sent.
    pub tickets: Vec<u16>,
}

/// How the flight was packed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FlightForm {
    /// Several messages share a record: all that is known is the sum of the messages' lengths.
    Packed {
        /// Bytes of all messages, headers included.
        bytes: u32,
    },
    /// A resumed session: EncryptedExtensions and Finished.
    Resumed {
        /// Length of the record with EncryptedExtensions.
        encrypted_extensions: u16,
    },
    /// One record for each message.
    Separate(SeparateFlight),
}

/// One record for each message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SeparateFlight {
    /// Length of the record with EncryptedExtensions.
    pub encrypted_extensions: u16,
    /// Length of the record with CertificateRequest: the server wants a client certificate.
    pub certificate_request: Option<u16>,
    /// Bytes of the certificate entries: each certificate with five bytes of framing, and
    /// whatever is stapled to it. Of a compressed list the compressed bytes.
    pub certificate_bytes: u16,
    /// What signed.
    pub key: SigningKey,
}

/// What the length of a CertificateVerify says about the leaf's key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SigningKey {
    /// ECDSA with a curve of this many bits: 256, 384 or 521. DER makes it vary by a few bytes.
    Ecdsa(u16),
    /// Ed25519.
    Ed25519,
    /// RSA with a modulus of this many bits.
    Rsa(u16),
}

impl SigningKey {
    /// The key whose CertificateVerify makes a record of this length. `None` if no usual one does.
    pub const fn of_record(length: u16) -> Option<Self> {
        Some(match length.saturating_sub(EMPTY_VERIFY) {
            64 => Self::Ed25519,
            // Two integers of 32, 48 or 66 bytes, each with a leading zero or some bytes less.
            66..=72 => Self::Ecdsa(256),
            98..=104 => Self::Ecdsa(384),
            134..=139 => Self::Ecdsa(521),
            128 => Self::Rsa(1024),
            256 => Self::Rsa(2048),
            384 => Self::Rsa(3072),
            512 => Self::Rsa(4096),
            _ => return None,
        })
    }
}

impl fmt::Display for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(bits) => write!(f, "P-{bits}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
        }
    }
}

/// One way to explain the length of an EncryptedExtensions.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ExtensionsReading {
    /// Bytes of extensions other than ALPN and server_name: groups, early data, a record size.
    pub other: u16,
    /// Whether the server acknowledges the name.
    pub name_acknowledged: bool,
    /// The protocol that was chosen.
    pub alpn: Option<Vec<u8>>,
}

impl ServerFlight {
    /// The flight of a session. `None` unless TLS 1.3 over TCP was negotiated and the flight was
    /// seen up to a record that can be its Finished.
    pub fn of(session: &Session) -> Option<Self> {
        let hello = &session.server_hello.as_ref()?.value;
        if !hello.version().is_tls13() {
            return None;
        }
        let finished = if hello.cipher_suite == WITH_SHA384 { 69 } else { 53 };
        let whole = session.server_records_before_gap.unwrap_or(usize::MAX);
        let server = session.ciphertexts.iter().filter(from_server).take(whole);
        let server: Vec<&Ciphertext> = server.collect();
        // The client answers the server's Finished; only early data comes before it.
        let before = session.ciphertexts.iter().take_while(from_server).count();
        let before = if session.early_data { server.len() } else { before.min(server.len()) };
        let at = (1..before.min(MOST_RECORDS))
            .find(|&at| server.get(at).is_some_and(|record| record.length == finished));
        let Some(at) = at else { return packed_whole(session, &server) };
        let records = lengths(server.get(..=at).unwrap_or_default());
        let form = form(hello.psk_selected, &records);
        let behind = at.saturating_add(1);
        Some(Self { form, records, tickets: tickets(session, server.get(behind..)?) })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that filter wants")]
const fn from_server(record: &&Ciphertext) -> bool {
    !record.from_client
}

fn lengths(records: &[&Ciphertext]) -> Vec<u16> {
    records.iter().map(|record| record.length).collect()
}

/// All messages in one record: it comes before anything encrypted that the client sends.
fn packed_whole(session: &Session, server: &[&Ciphertext]) -> Option<ServerFlight> {
    let first = session.ciphertexts.first()?;
    let second = session.ciphertexts.get(1)?;
    let whole = !first.from_client
        && second.from_client
        && !session.early_data
        && session.server_records_before_gap.is_none();
    if !whole || first.length < SHORTEST_CERTIFICATE {
        return None;
    }
    let bytes = u32::from(first.length.saturating_sub(RECORD));
    let tickets = tickets(session, server.get(1..)?);
    Some(ServerFlight { records: vec![first.length], form: FlightForm::Packed { bytes }, tickets })
}

fn form(resumed: bool, records: &[u16]) -> FlightForm {
    let (separate, request) = match *records {
        [extensions, _] if resumed => {
            return FlightForm::Resumed { encrypted_extensions: extensions };
        }
        [extensions, certificate, verify, _] => ((extensions, certificate, verify), None),
        [extensions, request, certificate, verify, _] => {
            ((extensions, certificate, verify), Some(request))
        }
        _ => return packed(records),
    };
    let (encrypted_extensions, certificate, verify) = separate;
    match SigningKey::of_record(verify) {
        Some(key)
            if encrypted_extensions >= EMPTY_EXTENSIONS && certificate >= SHORTEST_CERTIFICATE =>
        {
            FlightForm::Separate(SeparateFlight {
                encrypted_extensions,
                certificate_request: request,
                certificate_bytes: certificate.saturating_sub(EMPTY_CERTIFICATE),
                key,
            })
        }
        _ => packed(records),
    }
}

fn packed(records: &[u16]) -> FlightForm {
    let bytes = records.iter().map(|length| u32::from(length.saturating_sub(RECORD))).sum();
    FlightForm::Packed { bytes }
}

fn tickets(session: &Session, behind: &[&Ciphertext]) -> Vec<u16> {
    let Some(first) = behind.first() else { return Vec::new() };
    let equal = behind.iter().take_while(|record| record.length == first.length).count();
    let unasked = session
        .ciphertexts
        .iter()
        .take_while(|record| !record.from_client)
        .any(|record| record.at == first.at && record.length == first.length);
    if equal < 2 && !unasked {
        return Vec::new();
    }
    vec![first.length; equal]
}

/// All ways to explain the length of the record with EncryptedExtensions to this client, the one
/// with the fewest bytes of other extensions first.
pub fn extensions_readings(length: u16, session: &Session) -> Vec<ExtensionsReading> {
    let Some(list) = length.checked_sub(EMPTY_EXTENSIONS) else { return Vec::new() };
    let Some(hello) = &session.client_hello else { return Vec::new() };
    let hello = &hello.value;
    let offers = |kind: u16| hello.offer.extensions.contains(&kind);
    let protocols = hello.offer.alpn.iter().map(Some).chain([None]);
    let mut readings = Vec::new();
    for protocol in protocols {
        // The list's length and the protocol's.
        let alpn = protocol.map_or(Some(0), |protocol| {
            u16::try_from(protocol.len()).ok()?.checked_add(EXTENSION + 3)
        });
        for name_acknowledged in [true, false] {
            let name = if name_acknowledged { ACKNOWLEDGEMENT } else { 0 };
            if name_acknowledged && hello.sni.is_none() {
                continue;
            }
            let known = alpn.and_then(|alpn| alpn.checked_add(name));
            let Some(other) = known.and_then(|known| list.checked_sub(known)) else { continue };
            if explains(other, offers) {
                let alpn = protocol.cloned();
                readings.push(ExtensionsReading { other, name_acknowledged, alpn });
            }
        }
    }
    readings.sort();
    readings.dedup();
    readings
}

/// Whether extensions that the client offered can take this many bytes.
fn explains(other: u16, offers: impl Fn(u16) -> bool) -> bool {
    let small = [(kind::EARLY_DATA, ACKNOWLEDGEMENT), (kind::RECORD_SIZE_LIMIT, RECORD_SIZE_LIMIT)];
    let mut sums = vec![0_u16];
    for (kind, length) in small {
        if offers(kind) {
            let more: Vec<u16> = sums.iter().map(|sum| sum.saturating_add(length)).collect();
            sums.extend(more);
        }
    }
    sums.into_iter().any(|sum| match other.checked_sub(sum) {
        Some(0) => true,
        Some(groups) => {
            let list = groups.saturating_sub(NO_GROUPS);
            list > 0 && list % 2 == 0 && list / 2 <= MOST_GROUPS
        }
        None => false,
    })
}
