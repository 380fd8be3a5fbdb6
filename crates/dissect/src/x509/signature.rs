//! Whether a key made a certificate's signature.
//!
//! What `ring` computes: RSA (PKCS #1 v1.5 with SHA-1 and SHA-2, PSS), ECDSA on P-256 and P-384,
//! Ed25519. SHA-1 and RSA keys of 1024 bits are weak, but a question of fact all the same: a
//! capture of 2009 has nothing else.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::asn1::{Element, Elements, bit_length, dotted, tag, whole_bytes};
use super::certificate::{Certificate, PublicKey, SignatureCheck};
use super::parse::Frame;
use super::public_key::{oid, public_key};

/// RSA moduli that `ring` takes, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;
/// Longest public exponent that `ring` takes, in bits.
const RSA_EXPONENT_BITS: usize = 33;
/// Shortest RSA modulus for which `ring` checks SHA-384 and PSS.
const RSA_STRONG_BITS: usize = 2048;

/// How the signature was made, as far as `ring` can compute it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scheme {
    Ecdsa(Hash),
    Ed25519,
    Pkcs1(Hash),
    Pss(Hash),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Certificate {
    /// Whether `issuer`'s key made this certificate's signature. Names are not compared.
    pub fn verify_signature(&self, issuer: &Self) -> SignatureCheck {
        self.verify_signature_with(&issuer.spki)
    }

    /// Whether the key of this SubjectPublicKeyInfo (DER) made the certificate's signature.
    pub fn verify_signature_with(&self, spki: &[u8]) -> SignatureCheck {
        let Ok(frame) = Frame::of(&self.der) else { return SignatureCheck::Unsupported };
        let Some(scheme) = scheme(frame.algorithm) else { return SignatureCheck::Unsupported };
        let Some(key) = Elements::of(spki).next() else { return SignatureCheck::Unsupported };
        let bits = key.children().nth(1).and_then(|bits| whole_bytes(bits.content));
        let Some(bits) = bits else { return SignatureCheck::Unsupported };
        let algorithm = match verification(scheme, key, bits) {
            Ok(algorithm) => algorithm,
            Err(check) => return check,
        };
        let Some(signature) = whole_bytes(frame.signature.content) else {
            return SignatureCheck::Invalid;
        };
        match UnparsedPublicKey::new(algorithm, bits).verify(frame.signed.raw, signature) {
            Ok(()) => SignatureCheck::Valid,
            Err(_) => SignatureCheck::Invalid,
        }
    }

    /// Whether the certificate is signed with its own key, whatever its names say.
    pub fn is_self_signed(&self) -> SignatureCheck {
        self.verify_signature(self)
    }
}

/// The scheme that an AlgorithmIdentifier names (RFC 4055, 5758, 8410).
fn scheme(algorithm: Element<'_>) -> Option<Scheme> {
    let mut fields = algorithm.children();
    let oid = dotted(fields.expect(tag::OID)?.content);
    Some(match oid.as_str() {
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Scheme::Pkcs1(Hash::Sha1),
        "1.2.840.113549.1.1.11" => Scheme::Pkcs1(Hash::Sha256),
        "1.2.840.113549.1.1.12" => Scheme::Pkcs1(Hash::Sha384),
        "1.2.840.113549.1.1.13" => Scheme::Pkcs1(Hash::Sha512),
        "1.2.840.10045.4.3.2" => Scheme::Ecdsa(Hash::Sha256),
        "1.2.840.10045.4.3.3" => Scheme::Ecdsa(Hash::Sha384),
        "1.2.840.10045.4.3.4" => Scheme::Ecdsa(Hash::Sha512),
        oid::RSA_PSS => Scheme::Pss(pss_hash(fields.expect(tag::SEQUENCE)?)?),
        oid::ED25519 => Scheme::Ed25519,
        _ => return None,
    })
}

/// The hash of RSASSA-PSS-params (RFC 4055 section 3.1), if mask generation uses it too and the
/// salt is as long as it is: all that is met, and all that `ring` computes.
fn pss_hash(parameters: Element<'_>) -> Option<Hash> {
    let mut fields = parameters.children();
    let hash = hash(fields.expect_context(0)?.children().next()?)?;
    let mask = fields.expect_context(1)?.children().next()?;
    let salt = fields.expect_context(2)?.children().expect(tag::INTEGER)?;
    let length: u8 = match hash {
        Hash::Sha1 => return None,
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    };
    let same_mask = self::hash(mask.children().nth(1)?)? == hash;
    (same_mask && salt.content == [length]).then_some(hash)
}

/// The hash that an AlgorithmIdentifier names.
fn hash(algorithm: Element<'_>) -> Option<Hash> {
    match dotted(algorithm.children().expect(tag::OID)?.content).as_str() {
        "1.3.14.3.2.26" => Some(Hash::Sha1),
        "2.16.840.1.101.3.4.2.1" => Some(Hash::Sha256),
        "2.16.840.1.101.3.4.2.2" => Some(Hash::Sha384),
        "2.16.840.1.101.3.4.2.3" => Some(Hash::Sha512),
        _ => None,
    }
}

/// What `ring` has for this scheme and key; `Invalid` if such a key makes no such signature.
fn verification(
    scheme: Scheme,
    spki: Element<'_>,
    key: &[u8],
) -> Result<&'static dyn VerificationAlgorithm, SignatureCheck> {
    use Hash::{Sha1, Sha256, Sha384, Sha512};
    match (scheme, public_key(spki)) {
        (Scheme::Pkcs1(_) | Scheme::Pss(_), PublicKey::Rsa { bits }) => {
            if !RSA_BITS.contains(&bits) || exponent_bits(key) > RSA_EXPONENT_BITS {
                return Err(SignatureCheck::Unsupported);
            }
            let strong = bits >= RSA_STRONG_BITS;
            match scheme {
                Scheme::Pkcs1(Sha1) => Ok(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
                Scheme::Pkcs1(Sha256) => {
                    Ok(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
                }
                Scheme::Pkcs1(Sha384) if strong => Ok(&signature::RSA_PKCS1_2048_8192_SHA384),
                Scheme::Pkcs1(Sha512) => {
                    Ok(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
                }
                Scheme::Pss(Sha256) if strong => Ok(&signature::RSA_PSS_2048_8192_SHA256),
                Scheme::Pss(Sha384) if strong => Ok(&signature::RSA_PSS_2048_8192_SHA384),
                Scheme::Pss(Sha512) if strong => Ok(&signature::RSA_PSS_2048_8192_SHA512),
                _ => Err(SignatureCheck::Unsupported),
            }
        }
        (Scheme::Ecdsa(hash), PublicKey::Ec { curve, .. }) => match (hash, curve.as_str()) {
            (Sha256, "P-256") => Ok(&signature::ECDSA_P256_SHA256_ASN1),
            (Sha384, "P-256") => Ok(&signature::ECDSA_P256_SHA384_ASN1),
            (Sha256, "P-384") => Ok(&signature::ECDSA_P384_SHA256_ASN1),
            (Sha384, "P-384") => Ok(&signature::ECDSA_P384_SHA384_ASN1),
            _ => Err(SignatureCheck::Unsupported),
        },
        (Scheme::Ed25519, PublicKey::Ed25519) => Ok(&signature::ED25519),
        _ => Err(SignatureCheck::Invalid),
    }
}

/// Bits of the public exponent of an RSAPublicKey.
fn exponent_bits(key: &[u8]) -> usize {
    let fields = Elements::of(key).expect(tag::SEQUENCE);
    let exponent = fields.and_then(|fields| fields.children().nth(1));
    exponent.map_or(0, |exponent| bit_length(exponent.content))
}
