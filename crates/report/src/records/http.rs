//! The `http` event: one request with its response. Secrets are written only on demand, and so are
//! bodies (see [`crate::redact`]).

use std::borrow::Cow;
use std::io;

use dissect::http::{Body, ClientIdentity, Coding, Credential, Headers, Incomplete, Scheme};
use dissect::{Exchange, Record, hex};
use serde::Serialize;

use super::head::write_event;
use super::session::ViaJson;
use super::{Bodies, EventType, Options};
use crate::redact::{self, Secrets};

#[derive(Serialize)]
struct Event<'a> {
    http: HttpJson<'a>,
}

/// EVE's keys, then ours.
#[derive(Serialize)]
struct HttpJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_port: Option<u16>,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_user_agent: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_refer: Option<Cow<'a, str>>,
    http_method: &'a str,
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    request_headers: Vec<FieldJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_headers: Option<Vec<FieldJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_request_body_printable: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_response_body_printable: Option<Cow<'a, str>>,
    request_length: u64,
    scheme: &'static str,
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    early_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<ClientJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<CredentialJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<BodyJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_body: Option<BodyJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    request_trailers: Vec<FieldJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    response_trailers: Vec<FieldJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    via: Vec<ViaJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    har_entry: Option<u64>,
    packets: PacketsJson,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    value: Cow<'a, str>,
}

/// Fingerprints of the client's libraries.
#[derive(Serialize)]
pub(crate) struct ClientJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    ja4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<String>,
}

impl From<ClientIdentity> for ClientJson {
    fn from(client: ClientIdentity) -> Self {
        let ClientIdentity { ja4, http2, tcp } = client;
        Self { ja4, http2, tcp }
    }
}

impl ClientJson {
    pub(crate) const fn is_known(&self) -> bool {
        self.ja4.is_some() || self.http2.is_some() || self.tcp.is_some()
    }
}

/// A credential by what tells it from others of the capture.
#[derive(Serialize)]
pub(crate) struct CredentialJson {
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    id: String,
}

impl From<&Credential> for CredentialJson {
    fn from(credential: &Credential) -> Self {
        let (field, id) = (credential.field.clone(), credential.id());
        Self { kind: credential.kind.word(), field, id }
    }
}

/// A body without its content.
#[derive(Serialize)]
struct BodyJson<'a> {
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<&'a str>,
    coding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl<'a> BodyJson<'a> {
    /// `None` where there is none.
    fn of(body: &Body, headers: &'a Headers, secrets: Secrets) -> Option<Self> {
        let content_type = headers.first("content-type");
        let media = content_type.and_then(|value| value.split(';').next());
        // A digest of all but a password would confirm a guess of it.
        let hides = |body: &Body| {
            let text = redact::body(content_type, &body.bytes, secrets);
            text.is_some_and(|text| text.contains(redact::REDACTED))
        };
        let digest = body.sha256().filter(|_| secrets == Secrets::Shown || !hides(body));
        (body.length > 0 || !body.bytes.is_empty()).then(|| Self {
            length: body.length,
            media: media.map(str::trim),
            coding: match body.coding {
                Coding::Identity => "identity",
                Coding::Decoded => "decoded",
                Coding::Left => "left",
            },
            sha256: digest.map(|digest| hex(digest)),
        })
    }
}

#[derive(Serialize)]
struct PacketsJson {
    request: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Vec<u64>>,
}

impl<'a> HttpJson<'a> {
    fn new(record: &Record, exchange: &'a Exchange, options: &Options) -> Self {
        let secrets = options.secrets;
        let request = &exchange.request;
        let response = exchange.response.as_ref();
        let said = |headers: &'a Headers, name: &str| {
            headers.first(name).map(|value| redact::field(name, value, secrets))
        };
        let printable = |body: &'a Body, headers: &'a Headers| {
            let wanted = options.bodies == Bodies::Included && !body.bytes.is_empty();
            let media = headers.first("content-type");
            wanted.then(|| redact::body(media, &body.bytes, secrets)).flatten()
        };
        let content_type = response.and_then(|response| response.headers.first("content-type"));
        let authority = request.authority().unwrap_or_default();
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let client = ClientJson::from(exchange.client());
        let told = exchange.connection.told.is_some() && record.packet.number == 0;
        Self {
            hostname: exchange.host().map(str::to_lowercase),
            http_port: port.and_then(|port| port.parse().ok()),
            url: redact::url(&request.target, secrets),
            http_user_agent: said(&request.headers, "user-agent"),
            // EVE leaves the parameters out.
            http_content_type: content_type.and_then(|value| value.split(';').next()),
            http_refer: said(&request.headers, "referer"),
            http_method: &request.method,
            protocol: request.version.word(),
            status: response.map(|response| response.status),
            redirect: response.and_then(|response| said(&response.headers, "location")),
            length: response.map(|response| response.body.length),
            request_headers: fields(&request.headers, secrets),
            response_headers: response.map(|response| fields(&response.headers, secrets)),
            http_request_body_printable: printable(&request.body, &request.headers),
            http_response_body_printable: response
                .and_then(|response| printable(&response.body, &response.headers)),
            request_length: request.body.length,
            scheme: match exchange.scheme() {
                Scheme::Http => "http",
                Scheme::Https => "https",
            },
            index: exchange.index,
            stream: exchange.stream,
            latency_ms: exchange.latency().map(milliseconds),
            early_data: request.early_data,
            client: client.is_known().then_some(client),
            credentials: exchange.credentials().iter().map(CredentialJson::from).collect(),
            request_body: BodyJson::of(&request.body, &request.headers, secrets),
            response_body: response
                .and_then(|response| BodyJson::of(&response.body, &response.headers, secrets)),
            request_trailers: fields(&request.trailers, secrets),
            response_trailers: response
                .map(|response| fields(&response.trailers, secrets))
                .unwrap_or_default(),
            via: exchange.preludes().iter().map(ViaJson::from).collect(),
            incomplete: exchange.incomplete.map(Incomplete::word),
            har_entry: told.then_some(record.order.packet),
            packets: PacketsJson {
                request: request.packets.numbers(),
                response: response.map(|response| response.packets.numbers()),
            },
        }
    }
}

/// With whole microseconds, so that a number does not look more exact than the capture is.
fn milliseconds(nanos: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "days are exact")]
    let microseconds = nanos.div_euclid(1000) as f64;
    microseconds / 1e3
}

fn fields(headers: &Headers, secrets: Secrets) -> Vec<FieldJson<'_>> {
    let json = |name, value| FieldJson { name, value: redact::field(name, value, secrets) };
    headers.0.iter().map(|field| json(field.name.as_str(), field.value.as_str())).collect()
}

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    exchange: &Exchange,
    options: &Options,
) -> io::Result<()> {
    let http = HttpJson::new(record, exchange, options);
    write_event(writer, record, EventType::Http, options, Event { http })
}
