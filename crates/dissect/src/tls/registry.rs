//! Numbers of the IANA TLS registries and their names.

use std::fmt;

/// A protocol version as on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TlsVersion(pub u16);

impl TlsVersion {
    /// SSL 2.0.
    pub const SSL2: Self = Self(0x0002);
    /// SSL 3.0 (RFC 6101).
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS13: Self = Self(0x0304);
    /// DTLS 1.0 (RFC 4347).
    pub const DTLS10: Self = Self(0xfeff);
    /// DTLS 1.2 (RFC 6347).
    pub const DTLS12: Self = Self(0xfefd);
    /// DTLS 1.3 (RFC 9147).
    pub const DTLS13: Self = Self(0xfefc);

    /// TLS 1.3, one of its drafts (0x7f00 and up, and Facebook's 0xfb17, 0xfb1a), or DTLS 1.3.
    pub const fn is_tls13(self) -> bool {
        matches!(self.0, 0x0304 | 0xfefc | 0xfb17 | 0xfb1a) || self.0 >> 8 == 0x7f
    }
}

impl fmt::Display for TlsVersion {
    /// As Suricata's EVE writes it: `TLS 1.2`, `TLSv1` for 1.0, `TLS 1.3 draft-28`, `SSLv3`;
    /// EVE knows neither DTLS (`DTLS 1.0` here) nor unassigned numbers (`0x1234` here).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::SSL2 => "SSLv2",
            Self::SSL3 => "SSLv3",
            Self::TLS10 => "TLSv1",
            Self::TLS11 => "TLS 1.1",
            Self::TLS12 => "TLS 1.2",
            Self::TLS13 => "TLS 1.3",
            Self::DTLS10 => "DTLS 1.0",
            Self::DTLS12 => "DTLS 1.2",
            Self::DTLS13 => "DTLS 1.3",
            Self(0xfb17) => "TLS 1.3 draft-23-fb",
            Self(0xfb1a) => "TLS 1.3 draft-26-fb",
            Self(draft) if draft >> 8 == 0x7f => {
                return write!(f, "TLS 1.3 draft-{}", draft & 0x00ff);
            }
            Self(other) => return write!(f, "{other:#06x}"),
        };
        f.write_str(name)
    }
}

/// A GREASE value (RFC 8701): 0x0a0a, 0x1a1a … 0xfafa.
pub const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0x00ff
}

/// Name of a cipher suite in the IANA registry; `None` if it has none there.
pub fn cipher_suite_name(suite: u16) -> Option<&'static str> {
    tls_parser::TlsCipherSuite::from_id(suite).map(|suite| suite.name)
}
