//! What kind of key a SubjectPublicKeyInfo holds, and how strong it is (RFC 3279, 5480, 8410).

use super::asn1::{Element, Elements, bit_length, dotted, tag, whole_bytes};
use super::certificate::PublicKey;

/// Object identifiers of key types.
pub(super) mod oid {
    /// rsaEncryption, RFC 8017 appendix A.1.
    pub(crate) const RSA: &str = "1.2.840.113549.1.1.1";
    /// id-RSASSA-PSS, RFC 4055 section 3.1.
    pub(crate) const RSA_PSS: &str = "1.2.840.113549.1.1.10";
    /// rsa of X.509 (1988), section 8: still met in very old certificates.
    pub(crate) const RSA_X509: &str = "2.5.8.1.1";
    /// id-ecPublicKey, RFC 5480 section 2.1.1.
    pub(crate) const EC: &str = "1.2.840.10045.2.1";
    /// id-dsa, RFC 3279 section 2.3.2.
    pub(crate) const DSA: &str = "1.2.840.10040.4.1";
    /// id-Ed25519, RFC 8410 section 3.
    pub(crate) const ED25519: &str = "1.3.101.112";
    /// id-Ed448, RFC 8410 section 3.
    pub(crate) const ED448: &str = "1.3.101.113";
}

/// Named curves: OID, name, bits of the field (RFC 5480 section 2.1.1.1, RFC 5639, SEC 2).
const CURVES: [(&str, &str, usize); 9] = [
    ("1.2.840.10045.3.1.1", "P-192", 192),
    ("1.2.840.10045.3.1.7", "P-256", 256),
    ("1.3.132.0.10", "secp256k1", 256),
    ("1.3.132.0.33", "P-224", 224),
    ("1.3.132.0.34", "P-384", 384),
    ("1.3.132.0.35", "P-521", 521),
    ("1.3.36.3.3.2.8.1.1.7", "1.3.36.3.3.2.8.1.1.7", 256),
    ("1.3.36.3.3.2.8.1.1.11", "1.3.36.3.3.2.8.1.1.11", 384),
    ("1.3.36.3.3.2.8.1.1.13", "1.3.36.3.3.2.8.1.1.13", 512),
];

impl PublicKey {
    /// The kind of key in a SubjectPublicKeyInfo (DER); `None` if it is no SEQUENCE.
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        Elements::of(der).expect(tag::SEQUENCE).map(public_key)
    }
}

/// The kind of key; what cannot be read further is [`PublicKey::Other`].
pub(super) fn public_key(spki: Element<'_>) -> PublicKey {
    let mut parts = spki.children();
    let algorithm = parts.next().map(|algorithm| {
        let mut fields = algorithm.children();
        (fields.next().map(|oid| dotted(oid.content)).unwrap_or_default(), fields.next())
    });
    let (algorithm, parameters) = algorithm.unwrap_or_default();
    let key = parts.next().and_then(|bits| whole_bytes(bits.content)).unwrap_or_default();
    match algorithm.as_str() {
        oid::RSA | oid::RSA_PSS | oid::RSA_X509 => PublicKey::Rsa { bits: rsa_bits(key) },
        oid::EC => curve(parameters),
        oid::DSA => PublicKey::Dsa { bits: parameters.map_or(0, first_integer_bits) },
        oid::ED25519 => PublicKey::Ed25519,
        oid::ED448 => PublicKey::Ed448,
        _ => PublicKey::Other(algorithm),
    }
}

/// Bits of the modulus of an RSAPublicKey (RFC 8017 appendix A.1.1).
fn rsa_bits(key: &[u8]) -> usize {
    let sequence = Elements::of(key).expect(tag::SEQUENCE);
    sequence.map_or(0, first_integer_bits)
}

fn first_integer_bits(sequence: Element<'_>) -> usize {
    sequence.children().expect(tag::INTEGER).map_or(0, |integer| bit_length(integer.content))
}

/// ECParameters (RFC 3279 section 2.3.5): a named curve, or all its numbers.
fn curve(parameters: Option<Element<'_>>) -> PublicKey {
    match parameters {
        Some(named) if named.is(tag::OID) => {
            let oid = dotted(named.content);
            let known = CURVES.iter().find(|(known, ..)| *known == oid);
            let (name, bits) = known.map_or((oid.as_str(), 0), |&(_, name, bits)| (name, bits));
            PublicKey::Ec { curve: String::from(name), bits }
        }
        Some(explicit) if explicit.is(tag::SEQUENCE) => {
            // version, fieldID { fieldType, prime }, …
            let field = explicit.children().nth(1);
            let prime = field.and_then(|field| field.children().nth(1));
            let bits = prime.filter(|prime| prime.is(tag::INTEGER));
            let bits = bits.map_or(0, |prime| bit_length(prime.content));
            PublicKey::Ec { curve: String::from("explicit"), bits }
        }
        _ => PublicKey::Ec { curve: String::from("explicit"), bits: 0 },
    }
}
