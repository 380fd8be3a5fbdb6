//! From DER to [`Certificate`] (RFC 5280 section 4.1).
//!
//! The frame is walked here, element by element, so that one odd part (a negative serial number,
//! a malformed extension, spelled-out curve parameters) does not hide the rest; OpenSSL and
//! Wireshark show such certificates too. Dates and the contents of extensions are read by
//! `x509-parser`.

use std::sync::Arc;

use sha1::{Digest, Sha1};
use sha2::Sha256;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::asn1::{Element, Elements, dotted, tag, whole_bytes};
use super::certificate::{Certificate, CertificateError};
use super::extension::Extensions;
use super::name::Name;
use super::public_key::public_key;
use super::validity::ValidityTime;

/// The three parts of a certificate (RFC 5280 section 4.1.1).
pub(super) struct Frame<'a> {
    /// tbsCertificate: what is signed.
    pub(super) signed: Element<'a>,
    /// signatureAlgorithm.
    pub(super) algorithm: Element<'a>,
    /// signatureValue, a BIT STRING.
    pub(super) signature: Element<'a>,
}

impl<'a> Frame<'a> {
    /// Splits a certificate.
    pub(super) fn of(der: &'a [u8]) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Asn1 { length: der.len() };
        let mut outer = Elements::of(der);
        let certificate = outer.expect(tag::SEQUENCE).ok_or_else(|| malformed.clone())?;
        if !outer.rest().is_empty() {
            return Err(CertificateError::TrailingBytes { trailing: outer.rest().len() });
        }
        let mut parts = certificate.children();
        let signed = parts.expect(tag::SEQUENCE);
        let algorithm = parts.expect(tag::SEQUENCE);
        let signature = parts.expect(tag::BIT_STRING);
        match (signed, algorithm, signature) {
            (Some(signed), Some(algorithm), Some(signature)) => {
                Ok(Self { signed, algorithm, signature })
            }
            _ => Err(malformed),
        }
    }
}

/// The parts of tbsCertificate (RFC 5280 section 4.1.2).
struct Body<'a> {
    version: u32,
    serial: Element<'a>,
    issuer: Element<'a>,
    validity: (ValidityTime, ValidityTime),
    subject: Element<'a>,
    key: Element<'a>,
    extensions: Option<Element<'a>>,
}

impl<'a> Body<'a> {
    fn of(signed: Element<'a>) -> Option<Self> {
        let mut parts = signed.children();
        let version = parts.expect_context(0);
        let serial = parts.expect(tag::INTEGER)?;
        let _algorithm = parts.expect(tag::SEQUENCE)?;
        let issuer = parts.expect(tag::SEQUENCE)?;
        let validity = parts.expect(tag::SEQUENCE)?;
        let subject = parts.expect(tag::SEQUENCE)?;
        let key = parts.expect(tag::SEQUENCE)?;
        let mut dates = validity.children();
        let validity = (date(dates.next()?)?, date(dates.next()?)?);
        let extensions = parts.find(|part| part.is_context(3));
        Some(Self { version: number(version), serial, issuer, validity, subject, key, extensions })
    }
}

impl Certificate {
    /// Reads one certificate.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let frame = Frame::of(der)?;
        let malformed = CertificateError::Asn1 { length: der.len() };
        let body = Body::of(frame.signed).ok_or(malformed)?;
        let extensions = body.extensions.map(Extensions::of).unwrap_or_default();
        let key = body.key.children().nth(1).and_then(|bits| whole_bytes(bits.content));
        let algorithm = frame.algorithm.children().next();
        Ok(Self {
            der: Arc::from(der),
            sha256: Sha256::digest(der).into(),
            sha1: Sha1::digest(der).into(),
            version: body.version,
            serial: body.serial.content.to_vec(),
            issuer: Name::parse(body.issuer),
            subject: Name::parse(body.subject),
            not_before: body.validity.0,
            not_after: body.validity.1,
            public_key: public_key(body.key),
            spki: body.key.raw.to_vec(),
            spki_sha256: Sha256::digest(body.key.raw).into(),
            key_sha1: Sha1::digest(key.unwrap_or_default()).into(),
            signature_algorithm: algorithm.map(|oid| dotted(oid.content)).unwrap_or_default(),
            extensions: extensions.entries,
            subject_alt_names: extensions.subject_alt_names,
            basic_constraints_ca: extensions.basic_constraints_ca,
            key_usage: extensions.key_usage,
            extended_key_usage: extensions.extended_key_usage,
            subject_key_id: extensions.subject_key_id,
            authority_key_id: extensions.authority_key_id,
            policies: extensions.policies,
            crl_distribution_points: extensions.crl_distribution_points,
            authority_info_access: extensions.authority_info_access,
            ca_issuers: extensions.ca_issuers,
            scts: extensions.scts,
        })
    }
}

/// The version that `[0] EXPLICIT INTEGER` names: 1 if it is absent, as its DEFAULT says.
fn number(version: Option<Element<'_>>) -> u32 {
    let value = version.and_then(|version| version.children().next());
    let last = value.and_then(|value| value.content.last().copied()).unwrap_or(0);
    u32::from(last).saturating_add(1)
}

/// UTCTime or GeneralizedTime.
fn date(element: Element<'_>) -> Option<ValidityTime> {
    let (_, time) = ASN1Time::from_der(element.raw).ok()?;
    Some(ValidityTime::from_secs(time.timestamp()))
}
