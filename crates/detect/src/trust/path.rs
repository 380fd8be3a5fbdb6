//! A path from a leaf to a root, and what there is to say about it.

use std::sync::Arc;

use dissect::Timestamp;
use dissect::x509::{Certificate, PublicKey, ValidityTime};

use super::assessment::PathStatus;
use super::roots::Root;

/// RSA keys below this are of another time (NIST SP 800-131A: not after 2013).
const RSA_STRONG_BITS: usize = 2048;

/// RSA or ECDSA with SHA-1, under all identifiers that were in use.
const SHA1_SIGNATURES: [&str; 4] =
    ["1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

/// Certificates whose signatures were checked, each by the next, the last by the root.
#[derive(Clone, Debug)]
pub(super) struct Path<'a> {
    /// Leaf first.
    pub(super) certificates: Vec<&'a Arc<Certificate>>,
    /// Where it ends.
    pub(super) root: &'a Root,
}

impl Path<'_> {
    /// The status that this path gives the chain.
    pub(super) fn status(&self, at: Timestamp) -> PathStatus {
        PathStatus::Trusted {
            root: self.root.name(),
            origin: self.root.origin,
            valid_at_capture: self.is_valid_at(at),
            legacy_algorithm: self.is_legacy(),
        }
    }

    /// Whether all certificates are within their validity.
    pub(super) fn is_valid_at(&self, at: Timestamp) -> bool {
        self.certificates.iter().all(|certificate| is_valid_at(certificate, at))
    }

    /// A time at which all certificates were within their validity, if there ever was one.
    pub(super) fn common_time(&self) -> Option<ValidityTime> {
        let begin = self.certificates.iter().map(|certificate| certificate.not_before).max()?;
        let end = self.certificates.iter().map(|certificate| certificate.not_after).min()?;
        (begin <= end).then_some(begin)
    }

    fn is_legacy(&self) -> bool {
        let sha1 = |certificate: &&Arc<Certificate>| {
            SHA1_SIGNATURES.contains(&certificate.signature_algorithm.as_str())
        };
        let issuers = self.certificates.iter().skip(1).map(|issuer| &issuer.public_key);
        self.certificates.iter().any(sha1)
            || issuers.into_iter().any(is_short)
            || self.root.public_key().as_ref().is_some_and(is_short)
    }
}

const fn is_short(key: &PublicKey) -> bool {
    matches!(key, PublicKey::Rsa { bits } if *bits < RSA_STRONG_BITS)
}

/// Whether the certificate is within its validity, both ends included (RFC 5280 section 4.1.2.5);
/// fractions of a second do not count.
pub(super) fn is_valid_at(certificate: &Certificate, at: Timestamp) -> bool {
    certificate.not_before.cmp_timestamp(at).is_le()
        && certificate.not_after.cmp_timestamp(at).is_ge()
}
