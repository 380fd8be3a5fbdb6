//! The ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4, RFC 5246 section
//! 7.4.1.3), also as the drafts of TLS 1.3 before draft 22 had it: without session id and
//! compression method.
//!
//! Whatever comes before the extensions must be there, the rest is read as far as it reaches.

use smallvec::SmallVec;

use super::client_extension::{kind, protocols};
use super::hello::{Extent, HelloError, cut_short, walk_extensions};
use super::reader::Reader;
use super::registry::TlsVersion;

/// Random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
pub const HELLO_RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What the server chose.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServerHello {
    /// `legacy_version`.
    pub legacy_version: u16,
    /// 32 bytes.
    pub random: [u8; 32],
    /// 0 to 32 bytes; as many as were sent if it breaks that rule.
    pub session_id: SmallVec<[u8; 32]>,
    /// The chosen cipher suite.
    pub cipher_suite: u16,
    /// The chosen compression method.
    pub compression_method: u8,
    /// Extension types in wire order.
    pub extensions: SmallVec<[u16; 8]>,
    /// Version of the supported_versions extension.
    pub selected_version: Option<u16>,
    /// Protocol of the ALPN extension.
    pub alpn: Option<Vec<u8>>,
    /// Group of the key_share extension.
    pub key_share_group: Option<u16>,
    /// The pre_shared_key extension is there: the session is resumed (TLS 1.3).
    pub psk_selected: bool,
    /// The encrypt_then_mac extension is there (RFC 7366).
    pub encrypt_then_mac: bool,
    /// The bytes end inside the extensions; what came before the cut was read.
    pub truncated: bool,
}

impl ServerHello {
    /// Reads the body of a handshake message of type 2, without its header (of four bytes in TLS,
    /// of twelve in DTLS).
    pub fn parse(body: &[u8]) -> Result<Self, HelloError> {
        let mut reader = Reader::new(body);
        let legacy_version = reader.u16().ok_or_else(|| cut_short("legacy_version", &reader))?;
        let random = reader.array().ok_or_else(|| cut_short("random", &reader))?;
        let mut hello = Self { legacy_version, random, ..Self::default() };
        let early_draft = matches!(legacy_version, 0x7f00..=0x7f15);
        if !early_draft {
            let id =
                reader.vector8().ok_or_else(|| cut_short("legacy_session_id_echo", &reader))?;
            hello.session_id = SmallVec::from_slice(id);
        }
        hello.cipher_suite = reader.u16().ok_or_else(|| cut_short("cipher_suite", &reader))?;
        if !early_draft {
            let method = reader.u8();
            hello.compression_method =
                method.ok_or_else(|| cut_short("legacy_compression_method", &reader))?;
        }
        let extent = walk_extensions(reader, |kind, content| {
            // RFC 8446 section 4.2 allows a type once; of a repeated one the first counts.
            let repeated = hello.extensions.contains(&kind);
            hello.extensions.push(kind);
            if !repeated {
                hello.read_extension(kind, content);
            }
        });
        hello.truncated = extent == Extent::Cut;
        Ok(hello)
    }

    /// Reads one extension into the fields.
    fn read_extension(&mut self, kind: u16, content: &[u8]) {
        let mut reader = Reader::new(content);
        match kind {
            kind::ALPN => self.alpn = protocols(content).next().map(<[u8]>::to_vec),
            kind::SUPPORTED_VERSIONS => self.selected_version = reader.u16(),
            // In a HelloRetryRequest the group is all of it, else the key follows.
            kind::KEY_SHARE | kind::KEY_SHARE_DRAFT => self.key_share_group = reader.u16(),
            kind::ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
            kind::PRE_SHARED_KEY => self.psk_selected = true,
            _ => {}
        }
    }

    /// The negotiated version.
    pub fn version(&self) -> TlsVersion {
        TlsVersion(self.selected_version.unwrap_or(self.legacy_version))
    }

    /// Whether this is a HelloRetryRequest.
    pub fn is_retry_request(&self) -> bool {
        self.random == HELLO_RETRY_RANDOM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TLS 1.2 or later ServerHello with these extensions, lengths filled in.
    fn body(random: [u8; 32], extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend(random);
        body.extend([1, 0xaa, 0x13, 0x01, 0]);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        body
    }

    #[test]
    fn tls13_with_key_share_and_psk() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 5, 0, 29, 0, 1, 9, 0, 41, 0, 2, 0, 0];
        let hello = ServerHello::parse(&body([7; 32], &extensions)).unwrap();
        assert_eq!(hello.version(), TlsVersion::TLS13);
        assert_eq!((hello.legacy_version, hello.cipher_suite), (0x0303, 0x1301));
        assert_eq!(hello.session_id.as_slice(), [0xaa]);
        assert_eq!(hello.extensions.as_slice(), [43, 51, 41]);
        assert_eq!(hello.key_share_group, Some(29));
        assert!(hello.psk_selected && !hello.truncated && !hello.is_retry_request());
    }

    #[test]
    fn tls12_with_alpn() {
        let hello = ServerHello::parse(&body([7; 32], b"\x00\x10\x00\x05\x00\x03\x02h2")).unwrap();
        assert_eq!((hello.version(), hello.alpn.as_deref()), (TlsVersion::TLS12, Some(&b"h2"[..])));
        assert_eq!((hello.psk_selected, hello.key_share_group), (false, None));
    }

    #[test]
    fn ssl3_has_no_extensions() {
        let mut bytes = vec![3, 0];
        bytes.extend([1; 32]);
        bytes.extend([0, 0, 4, 0]);
        let hello = ServerHello::parse(&bytes).unwrap();
        assert_eq!((hello.version(), hello.cipher_suite), (TlsVersion::SSL3, 4));
        assert!(hello.extensions.is_empty() && !hello.truncated);
    }

    #[test]
    fn early_drafts_have_no_session_id() {
        let mut bytes = vec![0x7f, 0x12];
        bytes.extend([1; 32]);
        bytes.extend([0x13, 0x02, 0, 6, 0, 40, 0, 2, 0, 23]);
        let hello = ServerHello::parse(&bytes).unwrap();
        assert_eq!((hello.cipher_suite, hello.key_share_group), (0x1302, Some(23)));
        assert!(hello.version().is_tls13());
    }

    #[test]
    fn retry_request_is_known_by_its_random() {
        let retry = ServerHello::parse(&body(HELLO_RETRY_RANDOM, &[0, 51, 0, 2, 0, 24])).unwrap();
        assert!(retry.is_retry_request());
        assert_eq!(retry.key_share_group, Some(24));
    }

    #[test]
    fn cuts() {
        let whole = body([7; 32], &[0, 43, 0, 2, 3, 4]);
        let fixed = 2 + 32 + 2 + 2 + 1;
        for length in 0..fixed {
            assert!(ServerHello::parse(&whole[..length]).is_err(), "{length} bytes");
        }
        for length in fixed + 1..whole.len() {
            let hello = ServerHello::parse(&whole[..length]).unwrap();
            assert!(hello.truncated, "{length} bytes");
        }
        let error = ServerHello::parse(&whole[..20]).unwrap_err();
        assert_eq!(error, HelloError::CutShort { field: "random", available: 18 });
    }
}
