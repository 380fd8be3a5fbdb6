//! JA4 of a ClientHello (FoxIO, BSD-3; `technical_details/JA4.md` in
//! <https://github.com/FoxIO-LLC/ja4>).
//!
//! `a_b_c`: what is offered in short, a hash of the sorted cipher suites, a hash of the sorted
//! extensions (without server_name and ALPN) with the signature algorithms in wire order. GREASE
//! is left out of every list. A part that would hash nothing is twelve zeros.

use sha2::{Digest, Sha256};

use super::super::Offer;
use super::super::client_extension::kind::{ALPN, SERVER_NAME};
use super::super::registry::{TlsVersion, is_grease};
use crate::hex::{hex, push_hex};

/// What carries the ClientHello: the first letter of a JA4.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Ja4Carrier {
    /// `d`: DTLS.
    Dtls,
    /// `q`: QUIC.
    Quic,
    /// `t`: TLS over TCP.
    Tcp,
}

impl Ja4Carrier {
    const fn letter(self) -> char {
        match self {
            Self::Dtls => 'd',
            Self::Quic => 'q',
            Self::Tcp => 't',
        }
    }
}

/// The fingerprint, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`; `None` for a hello in SSL 2.0
/// framing, which no other tool fingerprints.
pub fn ja4(offer: &Offer, carrier: Ja4Carrier) -> Option<String> {
    let parts = Parts::new(offer, carrier)?;
    let ciphers = hash12(&parts.ciphers, &parts.ciphers);
    let extensions = hash12(&parts.extensions, &parts.extensions_and_algorithms());
    Some(format!("{}_{ciphers}_{extensions}", parts.a))
}

/// The same without hashing (`JA4_r`): the lists themselves.
pub fn ja4_raw(offer: &Offer, carrier: Ja4Carrier) -> Option<String> {
    let parts = Parts::new(offer, carrier)?;
    Some(format!("{}_{}_{}", parts.a, parts.ciphers, parts.extensions_and_algorithms()))
}

/// The fingerprint before hashing.
struct Parts {
    a: String,
    ciphers: String,
    extensions: String,
    algorithms: String,
}

impl Parts {
    fn new(offer: &Offer, carrier: Ja4Carrier) -> Option<Self> {
        if offer.ssl2_framing {
            return None;
        }
        let ciphers = sorted(without_grease(&offer.cipher_suites));
        let all_extensions = without_grease(&offer.extensions);
        let a = format!(
            "{}{}{}{:02}{:02}{}",
            carrier.letter(),
            version_code(offer.highest_version()),
            if all_extensions.contains(&SERVER_NAME) { 'd' } else { 'i' },
            ciphers.len().min(99),
            all_extensions.len().min(99),
            alpn_code(offer.alpn.first().map_or(&[], Vec::as_slice)),
        );
        let mut extensions = sorted(all_extensions);
        extensions.retain(|kind| !matches!(*kind, SERVER_NAME | ALPN));
        Some(Self {
            a,
            ciphers: joined(&ciphers),
            extensions: joined(&extensions),
            algorithms: joined(&without_grease(&offer.signature_algorithms)),
        })
    }

    /// `c` before hashing: no underscore without signature algorithms.
    fn extensions_and_algorithms(&self) -> String {
        if self.algorithms.is_empty() {
            return self.extensions.clone();
        }
        format!("{}_{}", self.extensions, self.algorithms)
    }
}

fn without_grease(values: &[u16]) -> Vec<u16> {
    values.iter().copied().filter(|value| !is_grease(*value)).collect()
}

fn sorted(mut values: Vec<u16>) -> Vec<u16> {
    values.sort_unstable();
    values
}

/// `002f,0035`.
fn joined(values: &[u16]) -> String {
    let mut text = String::with_capacity(values.len().saturating_mul(5));
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_hex(&mut text, &value.to_be_bytes());
    }
    text
}

/// First twelve digits of the SHA-256 of `text`; twelve zeros if `list` is empty.
fn hash12(list: &str, text: &str) -> String {
    if list.is_empty() {
        return "0".repeat(12);
    }
    let hash = Sha256::digest(text.as_bytes());
    hex(hash.first_chunk::<6>().map_or(&[][..], |beginning| beginning))
}

const fn version_code(version: u16) -> &'static str {
    match TlsVersion(version) {
        TlsVersion::SSL2 => "s2",
        TlsVersion::SSL3 => "s3",
        TlsVersion::TLS10 => "10",
        TlsVersion::TLS11 => "11",
        TlsVersion::TLS12 => "12",
        TlsVersion::TLS13 => "13",
        TlsVersion::DTLS10 => "d1",
        TlsVersion::DTLS12 => "d2",
        TlsVersion::DTLS13 => "d3",
        _ => "00",
    }
}

/// First and last character of the first protocol; of its hexadecimal form, if one of the two is
/// not an ASCII letter or digit; `00` if there is none.
fn alpn_code(protocol: &[u8]) -> String {
    let (Some(first), Some(last)) = (protocol.first(), protocol.last()) else {
        return "00".into();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)].iter().collect();
    }
    hex(&[first & 0xf0 | last & 0x0f])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hello of the specification's example.
    fn example() -> Offer {
        Offer {
            legacy_version: 0x0303,
            cipher_suites: vec![
                0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
            ],
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            supported_versions: vec![0xdada, 0x0304, 0x0303],
            signature_algorithms: vec![
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ],
            ..Offer::default()
        }
    }

    #[test]
    fn example_of_the_specification() {
        let offer = example();
        assert_eq!(ja4(&offer, Ja4Carrier::Tcp).unwrap(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert_eq!(
            ja4_raw(&offer, Ja4Carrier::Tcp).unwrap(),
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9\
             _0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01\
             _0403,0804,0401,0503,0805,0501,0806,0601"
        );
        assert!(ja4(&offer, Ja4Carrier::Quic).unwrap().starts_with("q13d1516h2_"));
    }

    /// The specification's second hash: the same list without signature algorithms.
    #[test]
    fn without_signature_algorithms() {
        let offer = Offer { signature_algorithms: vec![], ..example() };
        assert_eq!(ja4(&offer, Ja4Carrier::Tcp).unwrap(), "t13d1516h2_8daaf6152771_6d807ffa2a79");
        assert!(ja4_raw(&offer, Ja4Carrier::Tcp).unwrap().ends_with(",ff01"));
    }

    #[test]
    fn empty_lists_are_zeros() {
        let offer = Offer { legacy_version: 0x0300, ..Offer::default() };
        assert_eq!(ja4(&offer, Ja4Carrier::Tcp).unwrap(), "ts3i000000_000000000000_000000000000");
        let offer = Offer { cipher_suites: vec![0x0a0a], extensions: vec![0, 16], ..offer };
        assert_eq!(ja4(&offer, Ja4Carrier::Tcp).unwrap(), "ts3d000200_000000000000_000000000000");
    }

    #[test]
    fn counts_end_at_99_and_signalling_suites_count() {
        let many: Vec<u16> = (0..150).collect();
        let offer = Offer { cipher_suites: many.clone(), extensions: many, ..example() };
        assert!(ja4(&offer, Ja4Carrier::Tcp).unwrap().starts_with("t13d9999h2_"));
        let offer = Offer { cipher_suites: vec![0x00ff, 0x5600, 0xfe01], ..example() };
        assert!(ja4(&offer, Ja4Carrier::Tcp).unwrap().starts_with("t13d0316h2_"));
    }

    #[test]
    fn versions() {
        let cases: [(u16, &[u16], &str); 8] = [
            (0x0300, &[], "ts3"),
            (0x0301, &[], "t10"),
            (0x0302, &[], "t11"),
            (0x0303, &[], "t12"),
            (0x0303, &[0x0303, 0x0304], "t13"),
            (0x0303, &[0x7f1c, 0x0303], "t00"),
            (0xfefd, &[0xfefc, 0xfefd], "td3"),
            (0xfeff, &[], "td1"),
        ];
        for (legacy_version, versions, expected) in cases {
            let supported_versions = versions.to_vec();
            let offer = Offer { legacy_version, supported_versions, ..example() };
            let text = ja4(&offer, Ja4Carrier::Tcp).unwrap();
            assert!(text.starts_with(expected), "{text} is not {expected}…");
        }
        assert!(ja4(&example(), Ja4Carrier::Dtls).unwrap().starts_with("d13d"));
    }

    /// The specification's table, and its prose.
    #[test]
    fn alpn_codes() {
        let cases: [(&[u8], &str); 13] = [
            (b"h2", "h2"),
            (b"http/1.1", "h1"),
            (b"x", "xx"),
            (b"", "00"),
            (&[0xab], "ab"),
            (&[0x20], "20"),
            (&[0xab, 0xcd], "ad"),
            (&[0x20, 0x61], "21"),
            (&[0x30, 0xab], "3b"),
            (&[0x61, 0x20], "60"),
            (&[0x30, 0x31, 0xab, 0xcd], "3d"),
            (&[0x30, 0xab, 0xcd, 0x31], "01"),
            (b"3/", "3f"),
        ];
        for (protocol, expected) in cases {
            assert_eq!(alpn_code(protocol), expected, "{protocol:02x?}");
        }
    }

    #[test]
    fn ssl2_has_none() {
        let offer = Offer { ssl2_framing: true, ..example() };
        assert_eq!(ja4(&offer, Ja4Carrier::Tcp), None);
        assert_eq!(ja4_raw(&offer, Ja4Carrier::Tcp), None);
    }
}
