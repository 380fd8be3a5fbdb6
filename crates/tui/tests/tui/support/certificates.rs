//! Certificates that were never encoded: only what a face shows of them is true.

use std::sync::Arc;

use dissect::x509::{
    Attribute, Certificate, Chain, ChainEntry, ExtensionEntry, GeneralName, Name, PublicKey,
    ValidityTime,
};

use super::START;

/// What tells one certificate from another here.
#[derive(Clone, Copy, Debug)]
pub struct CertificateSketch<'a> {
    /// Common name of the subject.
    pub subject: &'a str,
    /// Common name of the issuer.
    pub issuer: &'a str,
    /// DNS names; none for a CA.
    pub names: &'a [&'a str],
    /// Days of validity.
    pub days: i64,
    /// Fills hashes and serial.
    pub seed: u8,
}

impl CertificateSketch<'_> {
    /// The certificate.
    pub fn certificate(&self) -> Certificate {
        let from = START.saturating_sub(86_400);
        let to = from.saturating_add(self.days.saturating_mul(86_400));
        let is_ca = self.names.is_empty();
        let names = self.names.iter().map(|name| GeneralName::Dns((*name).to_owned()));
        Certificate {
            der: Arc::from([self.seed; 4].as_slice()),
            sha256: [self.seed; 32],
            sha1: [self.seed; 20],
            version: 3,
            serial: vec![0, 0xa0, self.seed, 0x17],
            issuer: name(self.issuer),
            subject: name(self.subject),
            not_before: ValidityTime::from_secs(from),
            not_after: ValidityTime::from_secs(to),
            public_key: PublicKey::Rsa { bits: 2048 },
            spki: vec![self.seed],
            spki_sha256: [self.seed.wrapping_add(1); 32],
            key_sha1: [self.seed; 20],
            signature_algorithm: String::from("1.2.840.113549.1.1.11"),
            extensions: extensions(is_ca),
            subject_alt_names: (!is_ca).then(|| names.collect()),
            basic_constraints_ca: is_ca.then_some(true),
            key_usage: None,
            extended_key_usage: Vec::new(),
            subject_key_id: None,
            authority_key_id: None,
            policies: Vec::new(),
            crl_distribution_points: Vec::new(),
            authority_info_access: Vec::new(),
            ca_issuers: Vec::new(),
            scts: Vec::new(),
        }
    }
}

/// A chain of these, in this order.
pub fn chain(sketches: &[CertificateSketch<'_>]) -> Arc<Chain> {
    let entry =
        |sketch: &CertificateSketch<'_>| ChainEntry::Certificate(Arc::new(sketch.certificate()));
    Arc::new(Chain::new(sketches.iter().map(entry).collect()))
}

fn name(common_name: &str) -> Name {
    let attribute = |oid: &str, key: &str, value: &str| Attribute {
        oid: oid.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    };
    let attributes = vec![
        attribute("2.5.4.3", "CN", common_name),
        attribute("2.5.4.10", "O", common_name.split('.').next().unwrap_or_default()),
    ];
    Name { attributes, der: common_name.as_bytes().to_vec() }
}

fn extensions(is_ca: bool) -> Vec<ExtensionEntry> {
    let entry = |oid: &str, critical| ExtensionEntry { oid: oid.to_owned(), critical, length: 10 };
    if is_ca {
        vec![entry("2.5.29.19", true), entry("2.5.29.15", true), entry("1.2.3.4", false)]
    } else {
        vec![entry("2.5.29.37", false), entry("2.5.29.17", false)]
    }
}
