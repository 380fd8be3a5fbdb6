//! From DER to [`Certificate`].

use super::certificate::{Certificate, CertificateError};

impl Certificate {
    /// Reads one certificate.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        Err(CertificateError::Asn1 { length: der.len() })
    }
}
