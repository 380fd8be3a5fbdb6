//! Contents of the extensions (RFC 5280 section 4.2, RFC 6962 section 3.3).
//!
//! Every extension is listed, in wire order; one whose content is malformed is listed and
//! otherwise left out. If an extension occurs twice, which RFC 5280 forbids, the first counts, as
//! with OpenSSL.

use std::net::IpAddr;

use x509_parser::extensions::{
    DistributionPointName, GeneralName as ParsedName, ParsedExtension, X509Extension,
};
use x509_parser::prelude::FromDer;

use super::asn1::{Element, Elements, dotted, tag};
use super::certificate::{ExtensionEntry, GeneralName, SignedCertificateTimestamp};
use crate::packet::Timestamp;

/// Most extensions that are listed: certificates have about ten.
const MAX_EXTENSIONS: usize = 256;
/// Most subject alternative names that are kept: shared hosting goes to some hundreds, the largest
/// seen in public logs to about ten thousand.
const MAX_NAMES: usize = 16_384;

/// id-ad-caIssuers (RFC 5280 section 4.2.2.1).
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
/// id-ce-extKeyUsage.
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// id-ce-subjectAltName.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";

/// What the extensions of one certificate say.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) entries: Vec<ExtensionEntry>,
    pub(super) subject_alt_names: Option<Vec<GeneralName>>,
    pub(super) basic_constraints_ca: Option<bool>,
    pub(super) key_usage: Option<u16>,
    pub(super) extended_key_usage: Vec<String>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) policies: Vec<String>,
    pub(super) crl_distribution_points: Vec<String>,
    pub(super) authority_info_access: Vec<String>,
    pub(super) ca_issuers: Vec<String>,
    pub(super) scts: Vec<SignedCertificateTimestamp>,
}

impl Extensions {
    /// Reads `[3] EXPLICIT Extensions`.
    pub(super) fn of(tagged: Element<'_>) -> Self {
        let mut extensions = Self::default();
        let list = tagged.children().expect(tag::SEQUENCE);
        for element in list.iter().flat_map(Element::children).take(MAX_EXTENSIONS) {
            extensions.add(element);
        }
        extensions
    }

    fn add(&mut self, element: Element<'_>) {
        let mut fields = element.children();
        let Some(oid) = fields.expect(tag::OID).map(|oid| dotted(oid.content)) else { return };
        let critical = fields.expect(tag::BOOLEAN).is_some_and(|flag| flag.content != [0]);
        let value = fields.expect(tag::OCTET_STRING).map(|value| value.content).unwrap_or_default();
        let again = self.entries.iter().any(|entry| entry.oid == oid);
        match oid.as_str() {
            _ if again => {}
            EXTENDED_KEY_USAGE => self.extended_key_usage = purposes(value),
            SUBJECT_ALT_NAME => self.subject_alt_names = Some(general_names(value)),
            _ => {
                if let Ok((_, extension)) = X509Extension::from_der(element.raw) {
                    self.read(extension.parsed_extension());
                }
            }
        }
        self.entries.push(ExtensionEntry { oid, critical, length: value.len() });
    }

    fn read(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::AuthorityInfoAccess(access) => {
                let uris = access.accessdescs.iter().filter_map(|d| uri(&d.access_location));
                self.authority_info_access = uris.collect();
                let issuers = access.accessdescs.iter();
                let issuers = issuers.filter(|d| dotted(d.access_method.as_bytes()) == CA_ISSUERS);
                self.ca_issuers = issuers.filter_map(|d| uri(&d.access_location)).collect();
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                self.authority_key_id = identifier.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints_ca = Some(constraints.ca);
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points.points.iter().filter_map(|p| p.distribution_point.as_ref());
                for name in names {
                    if let DistributionPointName::FullName(names) = name {
                        self.crl_distribution_points.extend(names.iter().filter_map(uri));
                    }
                }
            }
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies.iter().map(|p| dotted(p.policy_id.as_bytes())).collect();
            }
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
            ParsedExtension::SCT(list) => {
                self.scts = list
                    .iter()
                    .map(|sct| SignedCertificateTimestamp {
                        log_id: *sct.id.key_id,
                        timestamp: milliseconds(sct.timestamp),
                    })
                    .collect();
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            _ => {}
        }
    }
}

/// The purposes in wire order.
fn purposes(value: &[u8]) -> Vec<String> {
    let sequence = Elements::of(value).expect(tag::SEQUENCE);
    let purposes = sequence.iter().flat_map(Element::children).take(MAX_EXTENSIONS);
    purposes.map(|oid| dotted(oid.content)).collect()
}

/// The names, read leniently: one that is no ASCII, or no address, does not hide the others.
fn general_names(value: &[u8]) -> Vec<GeneralName> {
    let sequence = Elements::of(value).expect(tag::SEQUENCE);
    let names = sequence.iter().flat_map(Element::children).take(MAX_NAMES);
    names
        .map(|name| match name.tag {
            1 => GeneralName::Email(text(name.content)),
            2 => GeneralName::Dns(text(name.content)),
            6 => GeneralName::Uri(text(name.content)),
            7 => address(name.content).map_or(GeneralName::Other(7), GeneralName::Ip),
            other => GeneralName::Other(other),
        })
        .collect()
}

fn address(content: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(content).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(content).map(IpAddr::from)).ok()
}

fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(content).into_owned()
}

fn uri(name: &ParsedName<'_>) -> Option<String> {
    match name {
        ParsedName::URI(uri) => Some(String::from(*uri)),
        _ => None,
    }
}

/// RFC 6962 section 3.2: milliseconds since the epoch.
fn milliseconds(timestamp: u64) -> Timestamp {
    let nanos = i64::try_from(timestamp).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    Timestamp::from_nanos(nanos)
}
