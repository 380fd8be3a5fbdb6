//! The `http` event: one request with its response. Bodies are never written, secrets only on
//! demand (see [`crate::redact`]).

use std::borrow::Cow;
use std::io;

use dissect::http::{Headers, Incomplete};
use dissect::{Exchange, Record};
use serde::Serialize;

use super::head::write_event;
use super::session::ViaJson;
use super::{EventType, Options};
use crate::redact::{self, Secrets};

#[derive(Serialize)]
struct Body<'a> {
    http: HttpJson<'a>,
}

/// EVE's keys, then ours.
#[derive(Serialize)]
struct HttpJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_port: Option<u16>,
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
    request_length: u64,
    index: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    via: Vec<ViaJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'static str>,
    packets: PacketsJson,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct PacketsJson {
    request: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Vec<u64>>,
}

impl<'a> HttpJson<'a> {
    fn new(exchange: &'a Exchange, secrets: Secrets) -> Self {
        let request = &exchange.request;
        let response = exchange.response.as_ref();
        let said = |headers: &'a Headers, name: &str| {
            headers.first(name).map(|value| redact::field(name, value, secrets))
        };
        let content_type = response.and_then(|response| response.headers.first("content-type"));
        let authority = request.authority().unwrap_or_default();
        let port = authority.rsplit_once(':').map(|(_, port)| port);
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
            request_length: request.body.length,
            index: exchange.index,
            via: exchange.preludes().iter().map(ViaJson::from).collect(),
            incomplete: exchange.incomplete.map(Incomplete::word),
            packets: PacketsJson {
                request: request.packets.numbers(),
                response: response.map(|response| response.packets.numbers()),
            },
        }
    }
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
    let http = HttpJson::new(exchange, options.secrets);
    write_event(writer, record, EventType::Http, options, Body { http })
}
