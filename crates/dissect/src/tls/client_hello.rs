//! The ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), also in its DTLS form
//! (RFC 6347 section 4.2.1) and in its SSL 2.0 form (RFC 5246 appendix E.2).
//!
//! Reading is as lenient as Wireshark's: whatever comes before the extensions must be there, the
//! rest is read as far as it reaches, and `truncated` says whether that was all of it.

use smallvec::SmallVec;

use super::client_extension::{host_name, identities, kind};
use super::hello::{Extent, HelloError, cut_short, walk_extensions};
use super::offer::{Offer, SharedOffer};
use super::offers::Offers;
use super::reader::Reader;
use crate::seeded;

/// One client's first message: what is its own, and what it offers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientHello {
    /// 32 bytes; shorter challenges of SSL 2.0 hellos are padded with zeros in front.
    pub random: [u8; 32],
    /// 0 to 32 bytes; as many as were sent if it breaks that rule.
    pub session_id: SmallVec<[u8; 32]>,
    /// What is offered: shared with all hellos that offer the same.
    pub offer: SharedOffer,
    /// host_name of the server_name extension (RFC 6066 section 3), as text; bytes that are not
    /// UTF-8 are replaced.
    pub sni: Option<String>,
    /// Length of the session ticket offered in the session_ticket extension (RFC 5077); `None`
    /// if the extension is absent, `Some(0)` if it only asks for one.
    pub session_ticket: Option<usize>,
    /// Number of identities in the pre_shared_key extension.
    pub psk_identities: usize,
    /// The bytes end inside the extensions; what came before the cut was read.
    pub truncated: bool,
    /// Which message it is.
    pub id: HelloId,
}

/// What tells a ClientHello from all others, and is the same wherever it passes by: the beginning
/// of its random, and a hash of the message as it was read, key shares and all. The hash is seeded
/// per process, so that nobody can make another message with the same one; it must not get into
/// outputs.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct HelloId(u64, u64);

impl HelloId {
    /// The identity of a message.
    pub fn of(random: &[u8; 32], message: &[u8]) -> Self {
        let beginning = random.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        Self(beginning, seeded::hash(message))
    }

    /// All but surely different for different messages.
    pub const fn hash(self) -> u64 {
        self.1
    }
}

impl ClientHello {
    /// Reads the body of a TLS handshake message of type 1, without its four-byte header. An offer
    /// that was seen before is taken from `offers`.
    pub fn parse(body: &[u8], offers: &mut Offers) -> Result<Self, HelloError> {
        Self::read(body, offers, |_| Ok(()))
    }

    /// Reads the body of a DTLS handshake message of type 1, put together from its fragments and
    /// without their twelve-byte headers. It has a cookie behind the session id.
    pub fn parse_dtls(body: &[u8], offers: &mut Offers) -> Result<Self, HelloError> {
        Self::read(body, offers, |reader| {
            reader.vector8().map(|_| ()).ok_or_else(|| cut_short("cookie", reader))
        })
    }

    /// Reads a whole SSL 2.0 record, beginning with its two-byte header.
    pub fn parse_ssl2(record: &[u8]) -> Result<Self, HelloError> {
        let mut reader = Reader::new(record);
        let header = reader.u16().ok_or_else(|| cut_short("record header", &reader))?;
        if header & 0x8000 == 0 {
            let [first_byte, _] = header.to_be_bytes();
            return Err(HelloError::NotSsl2 { first_byte });
        }
        let body = reader.bytes(usize::from(header & 0x7fff));
        let mut reader = body.map_or(reader, Reader::new);
        let message_type = reader.u8().ok_or_else(|| cut_short("msg_type", &reader))?;
        if message_type != 1 {
            return Err(HelloError::NotAClientHello { message_type });
        }
        let version = reader.u16().ok_or_else(|| cut_short("version", &reader))?;
        let specs = reader.u16().ok_or_else(|| cut_short("cipher_spec_length", &reader))?;
        let id = reader.u16().ok_or_else(|| cut_short("session_id_length", &reader))?;
        let challenge = reader.u16().ok_or_else(|| cut_short("challenge_length", &reader))?;
        let mut take = |field, length: u16| {
            reader.bytes(usize::from(length)).ok_or_else(|| cut_short(field, &reader))
        };
        let specs = take("cipher_specs", specs)?;
        let session_id = take("session_id", id)?;
        let challenge = take("challenge", challenge)?;
        let offer = Offer {
            legacy_version: version,
            cipher_suites: tls_suites(specs),
            ssl2_framing: true,
            ..Offer::default()
        };
        let random = padded(challenge);
        Ok(Self {
            random,
            session_id: SmallVec::from_slice(session_id),
            offer: offer.into(),
            id: HelloId::of(&random, record),
            ..Self::default()
        })
    }

    /// All forms but SSL 2.0 differ in what is behind the session id.
    fn read(
        body: &[u8],
        offers: &mut Offers,
        behind_id: impl FnOnce(&mut Reader<'_>) -> Result<(), HelloError>,
    ) -> Result<Self, HelloError> {
        let mut reader = Reader::new(body);
        let version = reader.u16().ok_or_else(|| cut_short("legacy_version", &reader))?;
        let random = reader.array().ok_or_else(|| cut_short("random", &reader))?;
        let id = reader.vector8().ok_or_else(|| cut_short("legacy_session_id", &reader))?;
        behind_id(&mut reader)?;
        let suites = reader.vector16().ok_or_else(|| cut_short("cipher_suites", &reader))?;
        let methods =
            reader.vector8().ok_or_else(|| cut_short("legacy_compression_methods", &reader))?;
        offers.begin(version, suites, methods);
        let mut own = Own::default();
        let extent = walk_extensions(reader, |kind, content| {
            offers.extension(kind, content);
            own.extension(kind, content);
        });
        Ok(Self {
            random,
            session_id: SmallVec::from_slice(id),
            offer: offers.offer(),
            sni: own.sni.and_then(host_name),
            session_ticket: own.ticket.map(<[u8]>::len),
            psk_identities: own.keys.map(identities).unwrap_or_default(),
            truncated: extent == Extent::Cut,
            id: HelloId::of(&random, body),
        })
    }
}

/// The contents of extensions that are a connection's own. Of a repeated one the first counts.
#[derive(Default)]
struct Own<'a> {
    sni: Option<&'a [u8]>,
    ticket: Option<&'a [u8]>,
    keys: Option<&'a [u8]>,
}

impl<'a> Own<'a> {
    fn extension(&mut self, kind: u16, content: &'a [u8]) {
        let slot = match kind {
            kind::SERVER_NAME => &mut self.sni,
            kind::SESSION_TICKET => &mut self.ticket,
            kind::PRE_SHARED_KEY => &mut self.keys,
            _ => return,
        };
        slot.get_or_insert(content);
    }
}

/// The last 32 bytes of a challenge, with zeros in front of a shorter one.
fn padded(challenge: &[u8]) -> [u8; 32] {
    let mut random = [0; 32];
    for (to, from) in random.iter_mut().rev().zip(challenge.iter().rev()) {
        *to = *from;
    }
    random
}

/// The three-byte cipher specs that begin with a zero are TLS suites; the others exist in
/// SSL 2.0 only.
fn tls_suites(specs: &[u8]) -> Vec<u16> {
    let mut reader = Reader::new(specs);
    let mut suites = Vec::new();
    while let Some(spec) = reader.u24() {
        if let Ok(suite) = u16::try_from(spec) {
            suites.push(suite);
        }
    }
    suites
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &[u8]) -> Result<ClientHello, HelloError> {
        ClientHello::parse(body, &mut Offers::default())
    }

    /// Version, random 7…, session id aa, [cookie], suites 0a0a 1301, compression 0, extensions.
    fn body(version: [u8; 2], cookie: &[u8], extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_vec();
        body.extend([7; 32]);
        body.extend([1, 0xaa]);
        body.extend(cookie);
        body.extend([0, 4, 0x0a, 0x0a, 0x13, 0x01, 1, 0]);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        body
    }

    #[test]
    fn tls() {
        let extensions =
            b"\x00\x00\x00\x0b\x00\x09\x00\x00\x06a.test\x00\x2a\x00\x00\xfe\x0d\x00\x00";
        let hello = parse(&body([3, 3], &[], extensions)).unwrap();
        assert_eq!((hello.offer.legacy_version, hello.random), (0x0303, [7; 32]));
        assert_eq!(hello.session_id.as_slice(), [0xaa]);
        assert_eq!(hello.offer.cipher_suites, [0x0a0a, 0x1301]);
        assert_eq!(hello.offer.compression_methods, [0]);
        assert_eq!(hello.offer.extensions, [0, 42, 0xfe0d]);
        assert_eq!(hello.sni.as_deref(), Some("a.test"));
        assert!(hello.offer.early_data && hello.offer.encrypted_client_hello);
        assert!(!hello.truncated && !hello.offer.ssl2_framing);
    }

    #[test]
    fn the_id_tells_hellos_apart() {
        let id = |extensions: &[u8]| parse(&body([3, 3], &[], extensions)).unwrap().id;
        let share = |key: u8| id(&[0, 51, 0, 7, 0, 5, 0, 29, 0, 1, key]);
        assert_eq!(share(1), share(1));
        assert_ne!(share(1), share(2));
        assert_ne!(share(1), HelloId::default());
    }

    #[test]
    fn an_odd_extension_does_not_lose_the_next_one() {
        let extensions = [0, 51, 0, 1, 0xff, 0, 43, 0, 3, 2, 3, 4];
        let hello = parse(&body([3, 3], &[], &extensions)).unwrap();
        assert_eq!(hello.offer.extensions, [51, 43]);
        assert!(hello.offer.key_share_groups.is_empty());
        assert_eq!(hello.offer.supported_versions, [0x0304]);
    }

    #[test]
    fn of_a_repeated_extension_the_first_counts() {
        let extensions = [0, 43, 0, 3, 2, 3, 4, 0, 43, 0, 3, 2, 3, 3];
        let hello = parse(&body([3, 3], &[], &extensions)).unwrap();
        assert_eq!(
            (hello.offer.extensions.len(), hello.offer.supported_versions.clone()),
            (2, vec![0x0304])
        );
    }

    #[test]
    fn dtls_has_a_cookie() {
        let bytes = body([0xfe, 0xfd], &[2, 0xcc, 0xcc], &[]);
        let hello = ClientHello::parse_dtls(&bytes, &mut Offers::default()).unwrap();
        assert_eq!(hello.offer.cipher_suites, [0x0a0a, 0x1301]);
        assert_ne!(parse(&bytes).ok(), Some(hello));
        assert!(ClientHello::parse_dtls(&bytes[..36], &mut Offers::default()).is_err());
    }

    #[test]
    fn ssl2() {
        let record = [
            0x80, 0x1c, 1, 3, 1, 0, 9, 0, 0, 0, 10, 0x01, 0x00, 0x80, 0x00, 0x00, 0x0a, 0x00, 0x00,
            0x05, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        ];
        let hello = ClientHello::parse_ssl2(&record).unwrap();
        assert_eq!((hello.offer.legacy_version, hello.offer.highest_version()), (0x0301, 0x0301));
        assert_eq!(hello.offer.cipher_suites, [0x000a, 0x0005]);
        assert_eq!(hello.random[..22], [0; 22]);
        assert_eq!(hello.random[22..], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(hello.offer.ssl2_framing);
        for length in 0..record.len() {
            assert!(ClientHello::parse_ssl2(&record[..length]).is_err(), "{length} bytes");
        }
        let not_ssl2 = ClientHello::parse_ssl2(&[0x16, 3]);
        assert_eq!(not_ssl2, Err(HelloError::NotSsl2 { first_byte: 0x16 }));
        let server_hello = ClientHello::parse_ssl2(&[0x80, 3, 4, 0, 2]);
        assert_eq!(server_hello, Err(HelloError::NotAClientHello { message_type: 4 }));
    }

    #[test]
    fn cuts() {
        let whole = body([3, 3], &[], &[0, 43, 0, 3, 2, 3, 4]);
        let fixed = 2 + 32 + 2 + 6 + 2;
        for length in 0..fixed {
            assert!(parse(&whole[..length]).is_err(), "{length} bytes");
        }
        let without_extensions = parse(&whole[..fixed]).unwrap();
        assert!(!without_extensions.truncated && without_extensions.offer.extensions.is_empty());
        for length in fixed + 1..whole.len() {
            assert!(parse(&whole[..length]).unwrap().truncated, "{length} bytes");
        }
    }
}
