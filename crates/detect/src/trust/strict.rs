//! Path building by `webpki`: RFC 5280 section 6 with name constraints, path lengths and purposes.

use std::sync::Arc;
use std::time::Duration;

use dissect::Timestamp;
use dissect::x509::{Certificate, ValidityTime};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath};

use super::algorithms::ALGORITHMS;
use super::path::Path;
use super::roots::{Root, Roots};
use super::signatures::Signatures;

/// Most signatures that `webpki` checks for one chain.
pub(super) const MAX_SIGNATURES: usize = 100;

/// What `webpki` says about a chain.
pub(super) enum Verdict<'a> {
    /// The path that it found.
    Path(Path<'a>),
    /// A path exists, but a CA on it was not allowed to issue this: its name constraints, its path
    /// length, or it is no CA at all.
    Forbidden,
    /// Too many paths to try.
    BudgetExceeded,
    /// Anything else: no path, or a certificate that `webpki` does not take although others do.
    Refused,
}

/// Looks for a path at `time` to a root that counts at `at`.
pub(super) fn verify<'a>(
    leaf: &'a Arc<Certificate>,
    pool: &[&'a Arc<Certificate>],
    (roots, signatures): (&'a Roots, &Signatures),
    at: Timestamp,
    time: ValidityTime,
) -> Verdict<'a> {
    let issuers = std::iter::once(&leaf).chain(pool).map(|certificate| &certificate.issuer);
    let candidates: Vec<&Root> = issuers.flat_map(|name| roots.named(name, at)).collect();
    let anchors: Vec<TrustAnchor<'_>> = candidates.iter().filter_map(|r| r.anchor()).collect();
    let intermediates: Vec<CertificateDer<'_>> =
        pool.iter().map(|certificate| CertificateDer::from(&*certificate.der)).collect();
    let leaf_der = CertificateDer::from(&*leaf.der);
    let Ok(end_entity) = EndEntityCert::try_from(&leaf_der) else { return Verdict::Refused };
    let seconds = u64::try_from(time.secs()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let usage = KeyUsage::server_auth();
    let remembered = ALGORITHMS.map(|algorithm| signatures.remember(algorithm));
    let algorithms = remembered.each_ref().map(|it| it as &dyn SignatureVerificationAlgorithm);
    let verified =
        end_entity.verify_for_usage(&algorithms, &anchors, &intermediates, time, usage, None, None);
    match verified {
        Ok(verified) => path(leaf, pool, &candidates, &verified),
        Err(
            Error::NameConstraintViolation
            | Error::PathLenConstraintViolated
            | Error::EndEntityUsedAsCa,
        ) => Verdict::Forbidden,
        Err(
            Error::MaximumSignatureChecksExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumNameConstraintComparisonsExceeded,
        ) => Verdict::BudgetExceeded,
        Err(_) => Verdict::Refused,
    }
}

/// The path in our own types.
fn path<'a>(
    leaf: &'a Arc<Certificate>,
    pool: &[&'a Arc<Certificate>],
    candidates: &[&'a Root],
    verified: &VerifiedPath<'_>,
) -> Verdict<'a> {
    let mut certificates = vec![leaf];
    for intermediate in verified.intermediate_certificates() {
        let der = intermediate.der();
        certificates.extend(pool.iter().find(|certificate| *certificate.der == *der));
    }
    let anchor = verified.anchor();
    let root = candidates.iter().find(|root| root.anchor().as_ref() == Some(anchor));
    root.map_or(Verdict::Refused, |root| Verdict::Path(Path { certificates, root }))
}
