//! The ways in which a certificate can be weak.

use dissect::x509::{Certificate, PublicKey};

use super::era::{Era, lifetime};
use crate::when::DAY;

/// Fewest bits of an elliptic curve: 112 bits of security, as RSA with 2048 (NIST SP 800-57,
/// part 1, table 2).
const LEAST_CURVE_BITS: usize = 224;

/// A hash function that collisions were found for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BrokenHash {
    /// RFC 1319.
    Md2,
    /// RFC 1320.
    Md4,
    /// RFC 1321; forged authority in 2008.
    Md5,
    /// FIPS 180; chosen-prefix collisions in 2020.
    Sha1,
}

/// Signature algorithms with such a hash. RSASSA-PSS names its hash in parameters and is missing.
const BROKEN_SIGNATURES: &[(&str, BrokenHash)] = &[
    ("1.2.840.10040.4.3", BrokenHash::Sha1),    // dsa-with-sha1
    ("1.2.840.10045.4.1", BrokenHash::Sha1),    // ecdsa-with-SHA1
    ("1.2.840.113549.1.1.2", BrokenHash::Md2),  // md2WithRSAEncryption
    ("1.2.840.113549.1.1.3", BrokenHash::Md4),  // md4WithRSAEncryption
    ("1.2.840.113549.1.1.4", BrokenHash::Md5),  // md5WithRSAEncryption
    ("1.2.840.113549.1.1.5", BrokenHash::Sha1), // sha1WithRSAEncryption
    ("1.3.14.3.2.3", BrokenHash::Md5),          // md5WithRSA of the OIW
    ("1.3.14.3.2.27", BrokenHash::Sha1),        // dsaWithSHA1 of the OIW
    ("1.3.14.3.2.29", BrokenHash::Sha1),        // sha1WithRSASignature of the OIW
];

/// What is weak about one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Weakness {
    /// The certificate of an authority serves as a server's.
    AuthorityAsLeaf,
    /// The key is a DSA key of this many bits.
    Dsa(usize),
    /// The key's curve is spelled out instead of named (CVE-2020-0601).
    ExplicitCurve,
    /// Valid for so many days where so many were allowed.
    LivesTooLong { days: i64, allowed: i64 },
    /// It names no host where clients look for one.
    NoAltNames,
    /// Too few bits, on this curve.
    SmallCurve { curve: String, bits: usize },
    /// An RSA key of this many bits.
    SmallRsa(usize),
    /// Signed over a broken hash.
    WeakSignature(BrokenHash),
}

impl Weakness {
    /// What kind of fact it is, in evidence.
    pub(super) const fn fact(&self) -> &'static str {
        match self {
            Self::AuthorityAsLeaf => "basic-constraints",
            Self::Dsa(_) | Self::ExplicitCurve | Self::SmallCurve { .. } | Self::SmallRsa(_) => {
                "public-key"
            }
            Self::LivesTooLong { .. } => "validity",
            Self::NoAltNames => "subject-alternative-names",
            Self::WeakSignature(_) => "signature-algorithm",
        }
    }

    /// The weakness in a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::AuthorityAsLeaf => String::from("an authority's certificate used by a server"),
            Self::Dsa(bits) => format!("DSA key of {bits} bits"),
            Self::ExplicitCurve => String::from("elliptic curve spelled out instead of named"),
            Self::LivesTooLong { days, allowed } => {
                format!("valid for {days} days where {allowed} were allowed")
            }
            Self::NoAltNames => String::from("no subject alternative name"),
            Self::SmallCurve { curve, bits } => format!("key on {curve}, {bits} bits"),
            Self::SmallRsa(bits) => format!("RSA key of {bits} bits"),
            Self::WeakSignature(hash) => {
                let name = match hash {
                    BrokenHash::Md2 => "MD2",
                    BrokenHash::Md4 => "MD4",
                    BrokenHash::Md5 => "MD5",
                    BrokenHash::Sha1 => "SHA-1",
                };
                format!("signed over {name}")
            }
        }
    }
}

/// What is weak about any certificate that a client relies on.
pub(super) fn of_any(certificate: &Certificate, era: Era) -> Vec<Weakness> {
    weak_key(certificate, era).into_iter().chain(weak_signature(certificate, era)).collect()
}

/// What is weak about a certificate as a server's own. That a self-signed one calls itself an
/// authority is the habit of the tools that make them, and says nothing.
pub(super) fn of_leaf(leaf: &Certificate, era: Era, self_signed: bool) -> Vec<Weakness> {
    let mut weaknesses = of_any(leaf, era);
    if leaf.subject_alt_names.is_none() && era.needs_alt_names(leaf) {
        weaknesses.push(Weakness::NoAltNames);
    }
    if leaf.basic_constraints_ca == Some(true) && !self_signed {
        weaknesses.push(Weakness::AuthorityAsLeaf);
    }
    weaknesses.extend(too_long(leaf, era));
    weaknesses
}

fn weak_key(certificate: &Certificate, era: Era) -> Option<Weakness> {
    match &certificate.public_key {
        PublicKey::Dsa { bits } => Some(Weakness::Dsa(*bits)),
        PublicKey::Ec { curve, .. } if curve == "explicit" => Some(Weakness::ExplicitCurve),
        // No bits means a curve that is not known here: nothing can be said about it.
        PublicKey::Ec { curve, bits } if (1..LEAST_CURVE_BITS).contains(bits) => {
            Some(Weakness::SmallCurve { curve: curve.clone(), bits: *bits })
        }
        PublicKey::Rsa { bits } if *bits < era.least_rsa_bits(certificate) => {
            Some(Weakness::SmallRsa(*bits))
        }
        _ => None,
    }
}

fn weak_signature(certificate: &Certificate, era: Era) -> Option<Weakness> {
    let (_, hash) =
        BROKEN_SIGNATURES.iter().find(|(oid, _)| *oid == certificate.signature_algorithm)?;
    let weak = match hash {
        BrokenHash::Md2 | BrokenHash::Md4 => true,
        BrokenHash::Md5 => era.forbids_md5(certificate),
        BrokenHash::Sha1 => era.forbids_sha1(certificate),
    };
    weak.then_some(Weakness::WeakSignature(*hash))
}

/// The last second of the validity counts as browsers count it: a limit is exceeded by more than
/// whole days between the two dates.
fn too_long(leaf: &Certificate, era: Era) -> Option<Weakness> {
    let allowed = era.most_days(leaf)?;
    let seconds = lifetime(leaf);
    if seconds <= allowed.saturating_mul(DAY) {
        return None;
    }
    // Rounded up: a second more than 398 days is not 398 days.
    let days = seconds.saturating_add(DAY.saturating_sub(1)).div_euclid(DAY);
    Some(Weakness::LivesTooLong { days, allowed })
}

#[cfg(test)]
mod tests {
    use dissect::x509::ValidityTime;

    use super::*;
    use crate::detectors::testing::{certificate, days_from_now};

    fn sound() -> Certificate {
        certificate("CN=api.shop.test", "CN=ca")
    }

    fn with_key(public_key: PublicKey) -> Certificate {
        Certificate { public_key, ..sound() }
    }

    #[test]
    fn keys_are_judged_by_their_strength() {
        let ec = |curve: &str, bits| PublicKey::Ec { curve: curve.into(), bits };
        let small = |curve: &str, bits| Some(Weakness::SmallCurve { curve: curve.into(), bits });
        let cases = [
            (PublicKey::Rsa { bits: 1024 }, Some(Weakness::SmallRsa(1024))),
            (PublicKey::Rsa { bits: 2047 }, Some(Weakness::SmallRsa(2047))),
            (PublicKey::Rsa { bits: 2048 }, None),
            (PublicKey::Dsa { bits: 2048 }, Some(Weakness::Dsa(2048))),
            (ec("P-192", 192), small("P-192", 192)),
            (ec("secp224r1", 224), None),
            (ec("P-256", 256), None),
            (ec("1.3.36.3.3.2.8.1.1.7", 0), None),
            (ec("explicit", 256), Some(Weakness::ExplicitCurve)),
            (PublicKey::Ed25519, None),
        ];
        for (key, expected) in cases {
            let certificate = with_key(key);
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(of_any(&certificate, Era::Today), expected, "{:?}", certificate.public_key);
        }
    }

    #[test]
    fn signatures_are_judged_by_their_hash_and_date() {
        let signed = |oid: &str, not_before| {
            let signature_algorithm = oid.into();
            of_any(&Certificate { signature_algorithm, not_before, ..sound() }, Era::WhenIssued)
        };
        let (y2015, y2017) =
            (ValidityTime::from_secs(1_440_000_000), ValidityTime::from_secs(1_490_000_000));
        let sha1 = "1.2.840.113549.1.1.5";
        assert_eq!(signed(sha1, y2017), [Weakness::WeakSignature(BrokenHash::Sha1)]);
        assert_eq!(signed(sha1, y2015), []);
        assert_eq!(
            signed("1.2.840.113549.1.1.4", y2015),
            [Weakness::WeakSignature(BrokenHash::Md5)]
        );
        assert_eq!(signed("1.2.840.113549.1.1.11", y2017), []);
        assert_eq!(
            signed("1.2.840.113549.1.1.2", ValidityTime::from_secs(0)),
            [Weakness::WeakSignature(BrokenHash::Md2)]
        );
    }

    #[test]
    fn a_leaf_needs_alternative_names_and_must_not_be_an_authority() {
        let nameless = Certificate { subject_alt_names: None, ..sound() };
        assert_eq!(of_leaf(&nameless, Era::Today, false), [Weakness::NoAltNames]);
        let authority = Certificate { basic_constraints_ca: Some(true), ..sound() };
        assert_eq!(of_leaf(&authority, Era::Today, false), [Weakness::AuthorityAsLeaf]);
        assert_eq!(of_leaf(&authority, Era::Today, true), []);
        assert_eq!(of_leaf(&sound(), Era::WhenIssued, false), []);
    }

    /// 2026-11-23 lies in the time of 200 days.
    #[test]
    fn a_public_leaf_must_not_live_too_long() {
        let living = |seconds: i64| Certificate {
            not_before: days_from_now(0),
            not_after: ValidityTime::from_secs(days_from_now(200).secs().saturating_add(seconds)),
            ..sound()
        };
        for seconds in [-1, 0] {
            assert_eq!(of_leaf(&living(seconds), Era::WhenIssued, false), []);
        }
        assert_eq!(
            of_leaf(&living(1), Era::WhenIssued, false),
            [Weakness::LivesTooLong { days: 201, allowed: 200 }]
        );
        assert_eq!(of_leaf(&living(900 * DAY), Era::Today, false), []);
    }
}
