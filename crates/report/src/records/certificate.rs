//! The `x509` event: one certificate of a chain, as sent.

use std::io;
use std::sync::Arc;

use dissect::x509::{Certificate, Chain, ChainEntry, ExtensionEntry, GeneralName, PublicKey};
use dissect::{PacketRef, Record, Seen, Session};
use serde::Serialize;

use super::head::write_event;
use super::text;
use super::{CertificateBytes, EventType, Options};
use crate::time::{eve, seconds};

#[derive(Serialize)]
struct Body<'a> {
    x509: X509Json<'a>,
}

#[derive(Serialize)]
struct X509Json<'a> {
    sent_by: &'static str,
    position: usize,
    chain_length: usize,
    #[serde(flatten)]
    content: ContentJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ContentJson<'a> {
    Malformed { error: String, length: usize },
    Readable(Box<ReadableJson<'a>>),
}

#[derive(Serialize)]
struct ReadableJson<'a> {
    version: u32,
    subject: String,
    issuer: String,
    serial: String,
    notbefore: String,
    notafter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    san: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<bool>,
    key: KeyJson<'a>,
    signature_algorithm: &'a str,
    extensions: Vec<ExtensionJson<'a>>,
    sha256: String,
    sha1: String,
    pin_sha256: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scts: Vec<SctJson>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    algorithm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<usize>,
}

#[derive(Serialize)]
struct ExtensionJson<'a> {
    oid: &'a str,
    critical: bool,
    length: usize,
}

#[derive(Serialize)]
struct SctJson {
    log_id: String,
    timestamp: String,
}

/// Writes one line per certificate: the server's chain, then the client's.
pub(super) fn write_chains(
    writer: &mut dyn io::Write,
    record: &Record,
    session: &Session,
    options: &Options,
) -> io::Result<()> {
    let server = session.certificates.seen().map(|chain| ("server", chain));
    let client = session.client_certificates.as_ref().map(|chain| ("client", chain));
    for (sent_by, chain) in server.into_iter().chain(client) {
        write_chain(writer, record, sent_by, chain, options)?;
    }
    Ok(())
}

fn write_chain(
    writer: &mut dyn io::Write,
    record: &Record,
    sent_by: &'static str,
    chain: &Seen<Arc<Chain>>,
    options: &Options,
) -> io::Result<()> {
    // The line stands for the packet that completed the chain, not for the session's end.
    let packet: PacketRef = chain.packets.last;
    let record = Record { packet, ..record.clone() };
    for (position, entry) in chain.value.entries.iter().enumerate() {
        let included = options.certificates == CertificateBytes::Included;
        let x509 = X509Json {
            sent_by,
            position,
            chain_length: chain.value.entries.len(),
            content: ContentJson::from(entry),
            certificate: included.then(|| text::base64(der(entry))),
        };
        write_event(writer, &record, EventType::X509, options, Body { x509 })?;
    }
    Ok(())
}

fn der(entry: &ChainEntry) -> &[u8] {
    match entry {
        ChainEntry::Certificate(certificate) => &certificate.der,
        ChainEntry::Malformed { der, .. } => der,
    }
}

impl<'a> From<&'a ChainEntry> for ContentJson<'a> {
    fn from(entry: &'a ChainEntry) -> Self {
        match entry {
            ChainEntry::Certificate(certificate) => {
                Self::Readable(Box::new(ReadableJson::from(&**certificate)))
            }
            ChainEntry::Malformed { der, error } => {
                Self::Malformed { error: error.to_string(), length: der.len() }
            }
        }
    }
}

impl<'a> From<&'a Certificate> for ReadableJson<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        let names = certificate.subject_alt_names.as_ref();
        Self {
            version: certificate.version,
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            serial: text::serial(&certificate.serial),
            notbefore: seconds(certificate.not_before),
            notafter: seconds(certificate.not_after),
            san: names.map(|names| names.iter().map(name).collect()),
            ca: certificate.basic_constraints_ca,
            key: KeyJson::from(&certificate.public_key),
            signature_algorithm: &certificate.signature_algorithm,
            extensions: certificate.extensions.iter().map(ExtensionJson::from).collect(),
            sha256: dissect::hex(&certificate.sha256),
            sha1: dissect::hex(&certificate.sha1),
            pin_sha256: text::base64(&certificate.spki_sha256),
            scts: certificate
                .scts
                .iter()
                .map(|sct| SctJson {
                    log_id: text::base64(&sct.log_id),
                    timestamp: eve(sct.timestamp),
                })
                .collect(),
        }
    }
}

impl<'a> From<&'a PublicKey> for KeyJson<'a> {
    fn from(key: &'a PublicKey) -> Self {
        let plain = |algorithm, bits| Self { algorithm, curve: None, bits };
        match key {
            PublicKey::Dsa { bits } => plain("DSA", Some(*bits)),
            PublicKey::Ec { curve, bits } => {
                let bits = (*bits > 0).then_some(*bits);
                Self { algorithm: "EC", curve: Some(curve), bits }
            }
            PublicKey::Ed25519 => plain("Ed25519", None),
            PublicKey::Ed448 => plain("Ed448", None),
            PublicKey::Other(oid) => plain(oid, None),
            PublicKey::Rsa { bits } => plain("RSA", Some(*bits)),
        }
    }
}

impl<'a> From<&'a ExtensionEntry> for ExtensionJson<'a> {
    fn from(entry: &'a ExtensionEntry) -> Self {
        Self { oid: &entry.oid, critical: entry.critical, length: entry.length }
    }
}

/// `DNS:…`, `IP:…` as OpenSSL writes them.
fn name(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(name) => format!("DNS:{name}"),
        GeneralName::Email(address) => format!("email:{address}"),
        GeneralName::Ip(address) => format!("IP:{address}"),
        GeneralName::Other(tag) => format!("other:{tag}"),
        GeneralName::Uri(uri) => format!("URI:{uri}"),
    }
}
