//! The order of a certificate's extensions: who minted it writes them in the order of his code.

use dissect::x509::Certificate;
use serde::Deserialize;

/// An extension of RFC 5280 section 4.2 or RFC 6962 section 3.3.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) enum Extension {
    #[serde(rename = "authorityKeyIdentifier")]
    AuthorityKeyId,
    #[serde(rename = "basicConstraints")]
    BasicConstraints,
    #[serde(rename = "certificatePolicies")]
    CertificatePolicies,
    #[serde(rename = "cRLDistributionPoints")]
    CrlDistributionPoints,
    #[serde(rename = "extKeyUsage")]
    ExtendedKeyUsage,
    #[serde(rename = "keyUsage")]
    KeyUsage,
    #[serde(rename = "signedCertificateTimestamps")]
    Scts,
    #[serde(rename = "subjectAltName")]
    SubjectAltName,
    #[serde(rename = "subjectKeyIdentifier")]
    SubjectKeyId,
}

impl Extension {
    const ALL: [Self; 9] = [
        Self::AuthorityKeyId,
        Self::BasicConstraints,
        Self::CertificatePolicies,
        Self::CrlDistributionPoints,
        Self::ExtendedKeyUsage,
        Self::KeyUsage,
        Self::Scts,
        Self::SubjectAltName,
        Self::SubjectKeyId,
    ];

    const fn oid(self) -> &'static str {
        match self {
            Self::AuthorityKeyId => "2.5.29.35",
            Self::BasicConstraints => "2.5.29.19",
            Self::CertificatePolicies => "2.5.29.32",
            Self::CrlDistributionPoints => "2.5.29.31",
            Self::ExtendedKeyUsage => "2.5.29.37",
            Self::KeyUsage => "2.5.29.15",
            Self::Scts => "1.3.6.1.4.1.11129.2.4.2",
            Self::SubjectAltName => "2.5.29.17",
            Self::SubjectKeyId => "2.5.29.14",
        }
    }

    /// The name in RFC 5280.
    const fn name(self) -> &'static str {
        match self {
            Self::AuthorityKeyId => "authorityKeyIdentifier",
            Self::BasicConstraints => "basicConstraints",
            Self::CertificatePolicies => "certificatePolicies",
            Self::CrlDistributionPoints => "cRLDistributionPoints",
            Self::ExtendedKeyUsage => "extKeyUsage",
            Self::KeyUsage => "keyUsage",
            Self::Scts => "signedCertificateTimestamps",
            Self::SubjectAltName => "subjectAltName",
            Self::SubjectKeyId => "subjectKeyIdentifier",
        }
    }
}

/// Whether the extensions are exactly `fixed`, in this order, followed by nothing but some of
/// `optional`, in this order.
pub(super) fn in_order(
    certificate: &Certificate,
    fixed: &[Extension],
    optional: &[Extension],
) -> bool {
    let mut oids = certificate.extensions.iter().map(|entry| entry.oid.as_str());
    if !fixed.iter().all(|extension| oids.next() == Some(extension.oid())) {
        return false;
    }
    let mut left = optional.iter();
    oids.all(|oid| left.any(|extension| extension.oid() == oid))
}

/// The extensions as people read them: in order, `!` behind the critical ones.
pub(super) fn listed(certificate: &Certificate) -> String {
    let words: Vec<String> = certificate
        .extensions
        .iter()
        .map(|entry| {
            let known = Extension::ALL.into_iter().find(|known| known.oid() == entry.oid);
            let name = known.map_or(entry.oid.as_str(), |known| known.name());
            format!("{name}{}", if entry.critical { "!" } else { "" })
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::Extension::{AuthorityKeyId, CrlDistributionPoints, ExtendedKeyUsage, Scts};
    use super::*;
    use crate::detectors::testing::{certificate, extensions};

    fn with(text: &str) -> Certificate {
        Certificate { extensions: extensions(text), ..certificate("CN=a", "CN=b") }
    }

    #[test]
    fn order_and_number_count() {
        let fixed = [ExtendedKeyUsage, AuthorityKeyId];
        let optional = [CrlDistributionPoints, Scts];
        for (text, expected) in [
            ("2.5.29.37 2.5.29.35", true),
            ("2.5.29.37! 2.5.29.35 2.5.29.31", true),
            ("2.5.29.37 2.5.29.35 1.3.6.1.4.1.11129.2.4.2", true),
            ("2.5.29.37 2.5.29.35 2.5.29.31 1.3.6.1.4.1.11129.2.4.2", true),
            ("2.5.29.37 2.5.29.35 1.3.6.1.4.1.11129.2.4.2 2.5.29.31", false),
            ("2.5.29.35 2.5.29.37", false),
            ("2.5.29.37", false),
            ("2.5.29.37 2.5.29.35 2.5.29.19", false),
            ("", false),
        ] {
            assert_eq!(in_order(&with(text), &fixed, &optional), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_readable() {
        assert_eq!(
            listed(&with("2.5.29.19! 2.5.29.17 1.2.3")),
            "basicConstraints!, subjectAltName, 1.2.3"
        );
        assert_eq!(listed(&with("")), "");
    }
}
