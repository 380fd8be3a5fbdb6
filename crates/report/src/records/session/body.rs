//! The object of a session: EVE's keys first, in EVE's order, then ours.

use dissect::tls::fingerprint;
use dissect::x509::{Certificate, Chain, ChainEntry};
use dissect::{Carrier, Observed, Session};
use serde::Serialize;

use super::super::hello::{ClientJson, ServerJson};
use super::super::text;
use super::super::{CertificateBytes, Options};
use super::parts::{AlertJson, Ja3Json, NotObservableJson, PacketsJson, ViaJson, end_word};
use crate::time::seconds;

/// Keys of what was not seen are left out.
#[derive(Serialize)]
pub(super) struct SessionJson<'a> {
    #[serde(flatten)]
    leaf: Option<LeafJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sni: Option<&'a str>,
    version: String,
    #[serde(flatten)]
    validity: Option<ValidityJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ja3: Option<Ja3Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ja3s: Option<Ja3Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ja4: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    client_alpns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    server_alpns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_resumed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_handshake: Option<ClientJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_handshake: Option<ServerJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<String>,
    established: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    certificate_requested: bool,
    application_records_toserver: u32,
    application_records_toclient: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alerts: Vec<AlertJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    via: Vec<ViaJson<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    retry_request: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_observable: Vec<NotObservableJson>,
    packets: PacketsJson,
    end: &'static str,
}

/// What EVE says of the leaf, before `sni` …
#[derive(Serialize)]
struct LeafJson {
    subject: String,
    issuerdn: String,
    serial: String,
    fingerprint: String,
}

impl From<&Certificate> for LeafJson {
    fn from(leaf: &Certificate) -> Self {
        Self {
            subject: leaf.subject.to_string(),
            issuerdn: leaf.issuer.to_string(),
            serial: text::serial(&leaf.serial),
            fingerprint: text::colons(&leaf.sha1),
        }
    }
}

/// … and behind `version`.
#[derive(Serialize)]
struct ValidityJson {
    notbefore: String,
    notafter: String,
}

impl From<&Certificate> for ValidityJson {
    fn from(leaf: &Certificate) -> Self {
        Self { notbefore: seconds(leaf.not_before), notafter: seconds(leaf.not_after) }
    }
}

impl<'a> SessionJson<'a> {
    pub(super) fn new(session: &'a Session, options: &Options) -> Self {
        let client = session.client_hello.as_ref().map(|hello| &*hello.value);
        let server = session.server_hello.as_ref().map(|hello| &*hello.value);
        let encrypted = session.encrypted_extensions.as_ref().map(|seen| &*seen.value);
        let chain = session.certificates.seen().map(|chain| &*chain.value);
        let leaf = chain.and_then(Chain::leaf).map(|leaf| &**leaf);
        let bytes = chain.filter(|_| options.certificates == CertificateBytes::Included);
        let bytes: Option<Vec<String>> = bytes.map(chain_base64);
        Self {
            leaf: leaf.map(LeafJson::from),
            sni: session.sni(),
            version: version(session),
            validity: leaf.map(ValidityJson::from),
            ja3: client.and_then(|hello| hello.offer.ja3()).map(Ja3Json::from),
            ja3s: server.map(|hello| Ja3Json::from(&fingerprint::ja3s(hello))),
            ja4: session.ja4().map(|ja4| &**ja4),
            client_alpns: client
                .map(|hello| hello.offer.alpn.iter().map(|name| text::alpn(name)).collect())
                .unwrap_or_default(),
            server_alpns: session.alpn().map(text::alpn).into_iter().collect(),
            session_resumed: session.resumed,
            certificate: bytes.as_ref().and_then(|chain| chain.first().cloned()),
            chain: bytes,
            client_handshake: client.map(|hello| ClientJson::from(&*hello.offer)),
            server_handshake: server.map(|hello| ServerJson::new(hello, encrypted)),
            cipher: server.map(|hello| text::cipher(hello.cipher_suite)),
            curve: server.and_then(|hello| hello.key_share_group).map(text::group),
            established: session.established,
            certificate_requested: session.certificate_requested,
            application_records_toserver: session.client_application_records,
            application_records_toclient: session.server_application_records,
            alerts: session.alerts.iter().map(AlertJson::from).collect(),
            via: session.preludes.iter().map(ViaJson::from).collect(),
            retry_request: session.retry_request.is_some(),
            not_observable: not_observable(session),
            packets: PacketsJson::from(session),
            end: end_word(session.end),
        }
    }
}

fn not_observable(session: &Session) -> Vec<NotObservableJson> {
    let certificates = match session.certificates {
        Observed::Seen(_) => None,
        Observed::NotObservable(why) => Some(NotObservableJson::certificates(why)),
    };
    let contents = session.unread.map(NotObservableJson::application_data);
    certificates.into_iter().chain(contents).collect()
}

fn chain_base64(chain: &Chain) -> Vec<String> {
    let entries = chain.entries.iter();
    entries
        .map(|entry| match entry {
            ChainEntry::Certificate(certificate) => text::base64(&certificate.der),
            ChainEntry::Malformed { der, .. } => text::base64(der),
        })
        .collect()
}

/// Of QUIC its own version (that of TLS is always 1.3), else what the ServerHello chose. Without
/// one EVE says `UNDETERMINED`.
fn version(session: &Session) -> String {
    match (session.carrier, session.version()) {
        (Carrier::Quic { version }, _) => text::quic_version(version),
        (_, Some(version)) => version.to_string(),
        (_, None) => String::from("UNDETERMINED"),
    }
}
