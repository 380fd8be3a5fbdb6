//! What was read before and comes again: thousands of connections bring the same bytes.

use crate::tls::Offers;
use crate::x509::CertificateCache;

/// What one dissector remembers across connections.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Certificates by their bytes.
    pub(crate) certificates: CertificateCache,
    /// What clients offer.
    pub(crate) offers: Offers,
}
