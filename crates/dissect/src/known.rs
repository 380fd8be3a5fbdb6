//! What was read before and comes again: thousands of connections bring the same bytes.

use crate::tls::Offers;
use crate::x509::CertificateCache;

/// What dissectors remember across connections. Nothing depends on it but how fast they are, and
/// which values are one in memory that would else only be equal; so as many may share one as stand
/// on one thread.
#[derive(Debug, Default)]
pub struct Known {
    /// Certificates by their bytes.
    pub(crate) certificates: CertificateCache,
    /// What clients offer.
    pub(crate) offers: Offers,
    /// Room for one record of TLS while it is opened.
    pub(crate) scratch: Vec<u8>,
}
