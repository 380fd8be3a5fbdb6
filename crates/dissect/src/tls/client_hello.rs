//! The ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), also in its SSL 2.0 form
//! (RFC 5246 appendix E.2).

use super::registry::is_grease;

/// What a client offers. Lists are in wire order and hold GREASE values (RFC 8701) as sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientHello {
    /// `legacy_version`: 0x0303 for TLS 1.2 and 1.3.
    pub legacy_version: u16,
    /// 32 bytes; shorter challenges of SSL 2.0 hellos are padded with zeros in front.
    pub random: [u8; 32],
    /// 0 to 32 bytes.
    pub session_id: Vec<u8>,
    /// Cipher suites.
    pub cipher_suites: Vec<u16>,
    /// Compression methods.
    pub compression_methods: Vec<u8>,
    /// Extension types.
    pub extensions: Vec<u16>,
    /// host_name of the server_name extension (RFC 6066 section 3), as text; bytes that are not
    /// UTF-8 are replaced.
    pub sni: Option<String>,
    /// Protocols of the ALPN extension (RFC 7301).
    pub alpn: Vec<Vec<u8>>,
    /// Versions of the supported_versions extension; empty if it was not sent.
    pub supported_versions: Vec<u16>,
    /// Groups of the supported_groups extension.
    pub groups: Vec<u16>,
    /// Formats of the ec_point_formats extension.
    pub point_formats: Vec<u8>,
    /// Schemes of the signature_algorithms extension.
    pub signature_algorithms: Vec<u16>,
    /// Groups of the key_share extension.
    pub key_share_groups: Vec<u16>,
    /// Length of the session ticket offered in the session_ticket extension (RFC 5077); `None`
    /// if the extension is absent, `Some(0)` if it only asks for one.
    pub session_ticket: Option<usize>,
    /// Number of identities in the pre_shared_key extension.
    pub psk_identities: usize,
    /// The early_data extension is there.
    pub early_data: bool,
    /// The encrypted_client_hello extension (0xfe0d) is there: real or GREASE, which looks the same.
    pub encrypted_client_hello: bool,
    /// It came in an SSL 2.0 record.
    pub ssl2_framing: bool,
}

impl ClientHello {
    /// The highest version offered: of supported_versions without GREASE, else `legacy_version`.
    pub fn highest_version(&self) -> u16 {
        self.supported_versions
            .iter()
            .copied()
            .filter(|version| !is_grease(*version))
            .max()
            .unwrap_or(self.legacy_version)
    }
}
