//! Names of the object identifiers that certificates are full of, for reading only.
//!
//! Extensions: RFC 5280 section 4.2, RFC 6962, RFC 7633, RFC 6960. Signature algorithms: RFC 3279,
//! RFC 4055, RFC 5758, RFC 8410. Names as OpenSSL prints them. An identifier that is not listed is
//! shown as it is.

/// The name, or the dotted identifier itself.
pub(crate) fn name(oid: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name)
}

const NAMES: [(&str, &str); 34] = [
    ("1.2.840.10040.4.3", "dsa-with-SHA1"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "rsassaPss"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.3.101.112", "ED25519"),
    ("1.3.101.113", "ED448"),
    ("1.3.6.1.4.1.11129.2.4.2", "ctPrecertScts"),
    ("1.3.6.1.4.1.11129.2.4.3", "ctPrecertPoison"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("1.3.6.1.5.5.7.1.24", "tlsFeature"),
    ("2.16.840.1.113730.1.1", "nsCertType"),
    ("2.16.840.1.113730.1.13", "nsComment"),
    ("2.5.29.9", "subjectDirectoryAttributes"),
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.30", "nameConstraints"),
    ("2.5.29.31", "crlDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.33", "policyMappings"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.36", "policyConstraints"),
    ("2.5.29.37", "extendedKeyUsage"),
    ("2.5.29.54", "inhibitAnyPolicy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ones_have_names_and_others_stay() {
        assert_eq!(name("2.5.29.17"), "subjectAltName");
        assert_eq!(name("1.2.840.113549.1.1.11"), "sha256WithRSAEncryption");
        assert_eq!(name("2.5.29.170"), "2.5.29.170");
        assert_eq!(name(""), "");
    }

    #[test]
    fn each_stands_there_once() {
        for (at, (oid, name)) in NAMES.iter().enumerate() {
            assert!(!NAMES.iter().skip(at + 1).any(|other| other.0 == *oid || other.1 == *name));
        }
    }
}
