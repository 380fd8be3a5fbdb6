//! One X.509 certificate.

use std::net::IpAddr;
use std::sync::Arc;

use super::name::Name;
use super::validity::ValidityTime;
use crate::packet::Timestamp;

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// As sent.
    pub der: Arc<[u8]>,
    /// SHA-256 of `der`.
    pub sha256: [u8; 32],
    /// SHA-1 of `der`: the fingerprint that Suricata's EVE and older tools print.
    pub sha1: [u8; 20],
    /// 1, 2 or 3.
    pub version: u32,
    /// Serial number: the INTEGER's content bytes, sign byte included.
    pub serial: Vec<u8>,
    /// Who issued it.
    pub issuer: Name,
    /// Whom it names.
    pub subject: Name,
    /// notBefore.
    pub not_before: ValidityTime,
    /// notAfter.
    pub not_after: ValidityTime,
    /// The public key.
    pub public_key: PublicKey,
    /// The SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo: the pin of RFC 7469 section 2.4.
    pub spki_sha256: [u8; 32],
    /// SHA-1 of the subjectPublicKey bit string: key identifier of RFC 5280 section 4.2.1.2 (1).
    pub key_sha1: [u8; 20],
    /// Dotted OID of the signature algorithm.
    pub signature_algorithm: String,
    /// Extensions in wire order.
    pub extensions: Vec<ExtensionEntry>,
    /// Subject alternative names in wire order; `None` if there is no such extension.
    pub subject_alt_names: Option<Vec<GeneralName>>,
    /// basicConstraints `cA`; `None` if there is no such extension.
    pub basic_constraints_ca: Option<bool>,
    /// keyUsage bits, bit 0 = digitalSignature as in RFC 5280 section 4.2.1.3; `None` if absent.
    pub key_usage: Option<u16>,
    /// Dotted OIDs of extendedKeyUsage; empty if absent.
    pub extended_key_usage: Vec<String>,
    /// Bytes of the subjectKeyIdentifier (the OCTET STRING's content).
    pub subject_key_id: Option<Vec<u8>>,
    /// keyIdentifier of the authorityKeyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Dotted OIDs of certificatePolicies.
    pub policies: Vec<String>,
    /// URIs of the CRL distribution points.
    pub crl_distribution_points: Vec<String>,
    /// URIs of authorityInfoAccess, OCSP and CA issuers alike.
    pub authority_info_access: Vec<String>,
    /// Those of them where the issuer's certificate lies (id-ad-caIssuers).
    pub ca_issuers: Vec<String>,
    /// Embedded signed certificate timestamps (RFC 6962 section 3.3).
    pub scts: Vec<SignedCertificateTimestamp>,
}

/// One extension: what it is and how long, in wire order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExtensionEntry {
    /// Dotted OID.
    pub oid: String,
    /// Marked critical.
    pub critical: bool,
    /// Length of the value in bytes.
    pub length: usize,
}

/// A subject alternative name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum GeneralName {
    /// dNSName, as sent.
    Dns(String),
    /// rfc822Name.
    Email(String),
    /// iPAddress of 4 or 16 bytes.
    Ip(IpAddr),
    /// Any other form: its context tag number.
    Other(u32),
    /// uniformResourceIdentifier.
    Uri(String),
}

/// A public key, as far as its strength goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PublicKey {
    /// DSA with a prime of this many bits.
    Dsa {
        /// Bits of the prime.
        bits: usize,
    },
    /// On a named curve.
    Ec {
        /// `P-192` to `P-521`, `secp256k1`, or the dotted OID; `explicit` when the
        /// parameters are spelled out instead of named (CVE-2020-0601).
        curve: String,
        /// Bits of the field; 0 where the curve is not known.
        bits: usize,
    },
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// Anything else: dotted OID.
    Other(String),
    /// RSA.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
}

/// A signed certificate timestamp: a log's promise to include the certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedCertificateTimestamp {
    /// SHA-256 of the log's key.
    pub log_id: [u8; 32],
    /// When the log saw the certificate.
    pub timestamp: Timestamp,
}

/// Result of checking one certificate's signature with one key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SignatureCheck {
    /// The key did not make it.
    Invalid,
    /// The algorithm (MD2, MD5, DSA, unknown curves …) cannot be computed here.
    Unsupported,
    /// The key made it.
    Valid,
}

/// Why bytes are not a certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// ASN.1 that does not parse as RFC 5280 Certificate.
    #[error("not an X.509 certificate: ASN.1 error in {length} bytes")]
    Asn1 {
        /// Number of bytes.
        length: usize,
    },
    /// Bytes behind the certificate.
    #[error("{trailing} bytes behind the certificate's end")]
    TrailingBytes {
        /// How many.
        trailing: usize,
    },
}
