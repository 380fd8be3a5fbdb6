//! Public authorities' names on keys that are not theirs.
//!
//! Of roots the keys are known: the name is checked against every key that a root of this name
//! ever had. Of intermediates only those seen in the capture with a path are; of the others it is
//! known that they are never signed with their own key.

use std::sync::Arc;

use dissect::x509::{Certificate, Name};

use super::super::case::Case;
use crate::issuing::needed_intermediates;
use crate::trust::Trust;

/// Organisation and common name of intermediates that issue most of the web's certificates; a
/// common name that ends with `*` stands for all that begin so.
const INTERMEDIATES: [(&str, &str); 24] = [
    ("Amazon", "Amazon RSA 2048 M*"),
    ("Amazon", "Amazon ECDSA 256 M*"),
    ("Cloudflare, Inc.", "Cloudflare Inc ECC CA-3"),
    ("Cloudflare, Inc.", "Cloudflare Inc RSA CA-2"),
    ("DigiCert Inc", "DigiCert Global G2 TLS RSA SHA256 2020 CA1"),
    ("DigiCert Inc", "DigiCert Global G3 TLS ECC SHA384 2020 CA1"),
    ("DigiCert Inc", "DigiCert SHA2 Secure Server CA"),
    ("DigiCert Inc", "DigiCert SHA2 Extended Validation Server CA"),
    ("DigiCert Inc", "DigiCert TLS RSA SHA256 2020 CA1"),
    ("DigiCert Inc", "GeoTrust *"),
    ("DigiCert Inc", "RapidSSL *"),
    ("DigiCert Inc", "Thawte TLS *"),
    ("GlobalSign nv-sa", "GlobalSign *"),
    ("GoDaddy.com, Inc.", "Go Daddy Secure Certificate Authority - G2"),
    ("Google Trust Services", "WE*"),
    ("Google Trust Services", "WR*"),
    ("Google Trust Services LLC", "GTS CA *"),
    ("Let's Encrypt", "E*"),
    ("Let's Encrypt", "Let's Encrypt Authority X*"),
    ("Let's Encrypt", "R*"),
    ("Microsoft Corporation", "Microsoft Azure RSA TLS Issuing CA *"),
    ("Microsoft Corporation", "Microsoft RSA TLS CA *"),
    ("Sectigo Limited", "Sectigo RSA * Secure Server CA"),
    ("ZeroSSL", "ZeroSSL *"),
];

/// What name is borrowed in the chain, and how that shows.
pub(super) fn borrowed(case: &Case<'_>, trust: &Trust) -> Option<String> {
    let above = needed_intermediates(case.chain, |_| false);
    let needed = || std::iter::once(case.leaf).chain(&above);
    let root = |certificate: &&Arc<Certificate>| trust.falsely_names_root(certificate);
    if let Some(found) = needed().find(root) {
        return Some(format!("{} is a root whose key did not sign this", found.issuer));
    }
    let seen = |certificate: &&Arc<Certificate>| trust.falsely_names_intermediate(certificate);
    if let Some(found) = needed().find(seen) {
        let name = &found.issuer;
        return Some(format!("{name} was seen with another key, which did not sign this"));
    }
    let signed_itself = |certificate: &&Arc<Certificate>| {
        is_well_known(&certificate.subject) && trust.is_self_signed(certificate)
    };
    let mut sent = case.chain.certificates().skip(1);
    let found = sent.find(signed_itself)?;
    Some(format!("{} is no root, and here it is signed with its own key", found.subject))
}

fn is_well_known(name: &Name) -> bool {
    let (Some(o), Some(cn)) = (name.organization(), name.common_name()) else { return false };
    let (o, cn) = (letters(o), letters(cn));
    INTERMEDIATES.iter().any(|(known_o, known_cn)| letters(known_o) == o && matches(known_cn, &cn))
}

/// Whether a common name, reduced to its letters, fits one with at most one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => letters(pattern) == name,
        Some((front, back)) => name
            .strip_prefix(letters(front).as_str())
            .is_some_and(|rest| rest.ends_with(letters(back).as_str())),
    }
}

/// Letters and digits in lower case: a name that nearly is another's differs in the rest.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::name;

    #[test]
    fn well_known_names_are_known_when_nearly_written() {
        for (text, expected) in [
            ("C=US, O=Let's Encrypt, CN=R11", true),
            ("C=US, O=Lets Encrypt, CN=R11", true),
            ("C=US, O=GoDaddy.com Inc, CN=Go Daddy Secure Certificate Authority G2", true),
            ("C=GB, O=Sectigo Limited, CN=Sectigo RSA Domain Validation Secure Server CA", true),
            ("C=US, O=LabTrust, CN=R10", false),
            ("O=Example, CN=Example Root CA", false),
            ("CN=R11", false),
        ] {
            assert_eq!(is_well_known(&name(text)), expected, "{text}");
        }
    }
}
