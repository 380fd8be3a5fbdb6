//! The ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4).

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
    /// 0 to 32 bytes.
    pub session_id: Vec<u8>,
    /// The chosen cipher suite.
    pub cipher_suite: u16,
    /// The chosen compression method.
    pub compression_method: u8,
    /// Extension types in wire order.
    pub extensions: Vec<u16>,
    /// Version of the supported_versions extension.
    pub selected_version: Option<u16>,
    /// Protocol of the ALPN extension.
    pub alpn: Option<Vec<u8>>,
    /// Group of the key_share extension.
    pub key_share_group: Option<u16>,
    /// The pre_shared_key extension is there: the session is resumed (TLS 1.3).
    pub psk_selected: bool,
}

impl ServerHello {
    /// The negotiated version.
    pub fn version(&self) -> TlsVersion {
        TlsVersion(self.selected_version.unwrap_or(self.legacy_version))
    }

    /// Whether this is a HelloRetryRequest.
    pub fn is_retry_request(&self) -> bool {
        self.random == HELLO_RETRY_RANDOM
    }
}
