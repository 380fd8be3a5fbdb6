//! What a cipher suite of TLS 1.2 and before says about records: cipher, MAC, and the hash that keys
//! are made with. How keys are agreed on does not matter to who has them.
//!
//! The table is IANA's, as `tls-parser` has it.

use tls_parser::{TlsCipherEnc, TlsCipherEncMode, TlsCipherMac, TlsCipherSuite, TlsPRF};

use super::aead::Aead;
use super::prf::Prf;
use super::registry::TlsVersion;

/// What hides the content of records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cipher {
    Aead(Aead),
    Block(Block),
    Null,
    Rc4,
}

/// A block cipher, in CBC mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Block {
    Aes128,
    Aes256,
    Camellia128,
    Camellia256,
    Des,
    TripleDes,
}

impl Block {
    /// Bytes of its key.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Camellia128 => 16,
            Self::Aes256 | Self::Camellia256 => 32,
            Self::Des => 8,
            Self::TripleDes => 24,
        }
    }

    /// Bytes of a block.
    pub(crate) const fn block_length(self) -> usize {
        match self {
            Self::Des | Self::TripleDes => 8,
            _ => 16,
        }
    }
}

/// The hash of the HMAC that protects records, where the cipher does not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MacHash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

impl MacHash {
    /// Bytes of a MAC, and of its key.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// How records are protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RecordSuite {
    pub(crate) cipher: Cipher,
    /// `None` where the cipher is an AEAD.
    pub(crate) mac: Option<MacHash>,
    pub(crate) prf: Prf,
}

impl RecordSuite {
    /// That of the suite with this number; `None` if it cannot be opened here, or if the version is
    /// none of TLS 1.0 to 1.2.
    pub(crate) fn of(cipher_suite: u16, version: TlsVersion) -> Option<Self> {
        let suite = TlsCipherSuite::from_id(cipher_suite)?;
        if !matches!(version, TlsVersion::TLS10 | TlsVersion::TLS11 | TlsVersion::TLS12)
            || suite.name.contains("_EXPORT")
        {
            return None;
        }
        let cipher = match (suite.enc, suite.enc_mode, suite.enc_size) {
            (TlsCipherEnc::Aes, TlsCipherEncMode::Cbc, 128) => Cipher::Block(Block::Aes128),
            (TlsCipherEnc::Aes, TlsCipherEncMode::Cbc, 256) => Cipher::Block(Block::Aes256),
            (TlsCipherEnc::Aes, TlsCipherEncMode::Ccm, size @ (128 | 256)) => {
                // The registry's table does not tell the length of the tag.
                let short = suite.name.contains("_CCM_8");
                Cipher::Aead(match (size, short) {
                    (128, false) => Aead::Aes128Ccm,
                    (128, true) => Aead::Aes128Ccm8,
                    (_, false) => Aead::Aes256Ccm,
                    (_, true) => Aead::Aes256Ccm8,
                })
            }
            (TlsCipherEnc::Aes, TlsCipherEncMode::Gcm, 128) => Cipher::Aead(Aead::Aes128Gcm),
            (TlsCipherEnc::Aes, TlsCipherEncMode::Gcm, 256) => Cipher::Aead(Aead::Aes256Gcm),
            (TlsCipherEnc::Camellia, TlsCipherEncMode::Cbc, 128) => {
                Cipher::Block(Block::Camellia128)
            }
            (TlsCipherEnc::Camellia, TlsCipherEncMode::Cbc, 256) => {
                Cipher::Block(Block::Camellia256)
            }
            (TlsCipherEnc::Chacha20_Poly1305, ..) => Cipher::Aead(Aead::ChaCha20Poly1305),
            (TlsCipherEnc::Des, TlsCipherEncMode::Cbc, 56) => Cipher::Block(Block::Des),
            (TlsCipherEnc::Null, ..) => Cipher::Null,
            (TlsCipherEnc::Rc4, _, 128) => Cipher::Rc4,
            (TlsCipherEnc::TripleDes, TlsCipherEncMode::Cbc, _) => Cipher::Block(Block::TripleDes),
            _ => return None,
        };
        let mac = match (suite.mac, cipher) {
            (TlsCipherMac::Aead, Cipher::Aead(_)) => None,
            (TlsCipherMac::HmacMd5, _) => Some(MacHash::Md5),
            (TlsCipherMac::HmacSha1, _) => Some(MacHash::Sha1),
            (TlsCipherMac::HmacSha256, _) => Some(MacHash::Sha256),
            (TlsCipherMac::HmacSha384, _) => Some(MacHash::Sha384),
            _ => return None,
        };
        let prf = match (version, suite.prf) {
            (TlsVersion::TLS12, TlsPRF::Sha384) => Prf::Sha384,
            (TlsVersion::TLS12, TlsPRF::Default | TlsPRF::Sha256) => Prf::Sha256,
            (TlsVersion::TLS12, _) => return None,
            // AEADs, and MACs with SHA-2, need TLS 1.2 (RFC 5246 appendix A.5, RFC 5288).
            _ if mac.is_some() => Prf::Md5AndSha1,
            _ => return None,
        };
        Some(Self { cipher, mac, prf })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites() {
        let block = |block, mac, prf| Some((Cipher::Block(block), Some(mac), prf));
        let aead = |aead, prf| Some((Cipher::Aead(aead), None, prf));
        let cases = [
            (0x0004, Some((Cipher::Rc4, Some(MacHash::Md5), Prf::Sha256))),
            (0x0002, Some((Cipher::Null, Some(MacHash::Sha1), Prf::Sha256))),
            (0x000a, block(Block::TripleDes, MacHash::Sha1, Prf::Sha256)),
            (0x002f, block(Block::Aes128, MacHash::Sha1, Prf::Sha256)),
            (0x003d, block(Block::Aes256, MacHash::Sha256, Prf::Sha256)),
            (0x0084, block(Block::Camellia256, MacHash::Sha1, Prf::Sha256)),
            (0xc024, block(Block::Aes256, MacHash::Sha384, Prf::Sha384)),
            (0x009c, aead(Aead::Aes128Gcm, Prf::Sha256)),
            (0xc030, aead(Aead::Aes256Gcm, Prf::Sha384)),
            (0xc09c, aead(Aead::Aes128Ccm, Prf::Sha256)),
            (0xc0af, aead(Aead::Aes256Ccm8, Prf::Sha256)),
            (0xcca8, aead(Aead::ChaCha20Poly1305, Prf::Sha256)),
            (0x0000, None),
            (0x0003, None),
            (0x0007, None),
            (0x0096, None),
            (0x0062, None),
            (0x0065, None),
            (0x00ff, None),
            (0xc050, None),
            (0x1306, None),
            (0x9999, None),
        ];
        for (number, expected) in cases {
            let found = RecordSuite::of(number, TlsVersion::TLS12);
            let found = found.map(|suite| (suite.cipher, suite.mac, suite.prf));
            assert_eq!(found, expected, "{number:#06x}");
        }
        let old = |number| RecordSuite::of(number, TlsVersion::TLS10).map(|suite| suite.prf);
        assert_eq!((old(0x002f), old(0x009c)), (Some(Prf::Md5AndSha1), None));
        assert_eq!(RecordSuite::of(0x002f, TlsVersion::SSL3), None);
        assert_eq!(RecordSuite::of(0x002f, TlsVersion::DTLS12), None);
    }
}
