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

    /// One of DTLS's versions, which count downwards from 0xfeff; also 0x0100, which OpenSSL sent
    /// before RFC 4347.
    pub const fn is_dtls(self) -> bool {
        matches!(self.0, 0x0100 | 0xfefc..=0xfeff)
    }

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

/// Name of a cipher suite in the IANA registry, or the one it was deployed under before or without
/// being registered. `None` for GREASE and for numbers nobody has named.
pub fn cipher_suite_name(suite: u16) -> Option<&'static str> {
    let registered = tls_parser::TlsCipherSuite::from_id(suite).map(|suite| suite.name);
    registered.or_else(|| unregistered_suite_name(suite))
}

/// Suites that `tls-parser` does not list: SSL 3.0's (RFC 6101 appendix A.6, Netscape's FIPS
/// suites), the ChaCha20 drafts that Google deployed, and GOST (RFC 9189, RFC 9367).
const fn unregistered_suite_name(suite: u16) -> Option<&'static str> {
    Some(match suite {
        0x001c => "SSL_FORTEZZA_KEA_WITH_NULL_SHA",
        0x001d => "SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA",
        0xc100 => "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC",
        0xc101 => "TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC",
        0xc102 => "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT",
        0xc103 => "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L",
        0xc104 => "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L",
        0xc105 => "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S",
        0xc106 => "TLS_GOSTR341112_256_WITH_MAGMA_MGM_S",
        0xcc13 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_DRAFT",
        0xcc14 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256_DRAFT",
        0xcc15 => "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256_DRAFT",
        0xfefe => "SSL_RSA_FIPS_WITH_DES_CBC_SHA",
        0xfeff => "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suite_names() {
        let cases = [
            (0x0005, Some("TLS_RSA_WITH_RC4_128_SHA")),
            (0x00ff, Some("TLS_EMPTY_RENEGOTIATION_INFO_SCSV")),
            (0x1301, Some("TLS_AES_128_GCM_SHA256")),
            (0x1305, Some("TLS_AES_128_CCM_8_SHA256")),
            (0x5600, Some("TLS_FALLBACK_SCSV")),
            (0xc02f, Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
            (0xcc13, Some("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_DRAFT")),
            (0xfeff, Some("SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA")),
            (0x0a0a, None),
            (0xfafa, None),
            (0x9999, None),
        ];
        for (suite, name) in cases {
            assert_eq!(cipher_suite_name(suite), name, "{suite:#06x}");
        }
    }

    #[test]
    fn grease_is_sixteen_values() {
        let values: Vec<u16> = (0..=u16::MAX).filter(|value| is_grease(*value)).collect();
        assert_eq!((values.len(), values[0], values[15]), (16, 0x0a0a, 0xfafa));
        assert!(!is_grease(0x0a1a) && !is_grease(0x0b0b));
    }

    #[test]
    fn versions() {
        for dtls in [TlsVersion::DTLS10, TlsVersion::DTLS12, TlsVersion::DTLS13] {
            assert!(dtls.is_dtls() && dtls.is_tls13() == (dtls == TlsVersion::DTLS13));
        }
        for tls in [TlsVersion::SSL2, TlsVersion::TLS12, TlsVersion::TLS13, TlsVersion(0x7f1c)] {
            assert!(!tls.is_dtls(), "{tls}");
        }
    }
}
