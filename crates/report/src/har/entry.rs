//! One entry. Names with an underscore are ours, and Chrome's where it has them.

use std::borrow::Cow;
use std::sync::Arc;

use dissect::http::{Credential, Incomplete, WebSocketMessage};
use dissect::{Exchange, Record, Request, Response, Timestamp};
use serde::Serialize;

use super::message::{self, Content, MessageJson, PairJson};
use crate::records::{ClientJson, CredentialJson};
use crate::redact::{self, Secrets};
use crate::time::rfc3339;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryJson<'a> {
    started_date_time: String,
    time: f64,
    request: RequestJson<'a>,
    response: ResponseJson<'a>,
    cache: Empty,
    timings: TimingsJson,
    #[serde(rename = "serverIPAddress", skip_serializing_if = "Option::is_none")]
    server_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(rename = "_clientAddress", skip_serializing_if = "Option::is_none")]
    client_address: Option<String>,
    #[serde(rename = "_packets")]
    packets: PacketsJson,
    #[serde(rename = "_incomplete", skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'static str>,
    #[serde(rename = "_client", skip_serializing_if = "Option::is_none")]
    client: Option<ClientJson>,
    #[serde(rename = "_credentials", skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<CredentialJson>,
    #[serde(rename = "_webSocketMessages", skip_serializing_if = "Vec::is_empty")]
    messages: Vec<MessageJson<'a>>,
}

/// `{}`: nobody knows what a cache held.
#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestJson<'a> {
    method: &'a str,
    url: String,
    http_version: &'static str,
    cookies: Vec<PairJson<'a>>,
    headers: Vec<PairJson<'a>>,
    query_string: Vec<PairJson<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostJson<'a>>,
    headers_size: i64,
    body_size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostJson<'a> {
    mime_type: &'a str,
    text: Cow<'a, str>,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseJson<'a> {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: Vec<PairJson<'a>>,
    headers: Vec<PairJson<'a>>,
    content: ContentJson<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: Cow<'a, str>,
    headers_size: i64,
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContentJson<'a> {
    size: u64,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

/// Milliseconds; -1 for what does not apply.
#[derive(Serialize)]
struct TimingsJson {
    blocked: i8,
    dns: i8,
    connect: i8,
    ssl: i8,
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize)]
struct PacketsJson {
    request: Vec<u64>,
    response: Vec<u64>,
}

impl<'a> EntryJson<'a> {
    pub(super) fn new(
        record: &Record,
        exchange: &'a Exchange,
        messages: &'a [Arc<WebSocketMessage>],
        secrets: Secrets,
    ) -> Self {
        let (request, response) = (&exchange.request, exchange.response.as_ref());
        let timings = timings(request, response);
        let flow = record.flow.as_ref();
        let client = ClientJson::from(exchange.client());
        Self {
            started_date_time: rfc3339(request.packets.first.timestamp),
            time: timings.send + timings.wait + timings.receive,
            request: RequestJson::new(record, exchange, secrets),
            response: response.map_or_else(
                || ResponseJson::none(exchange.incomplete),
                |response| ResponseJson::new(response, secrets),
            ),
            cache: Empty {},
            timings,
            server_address: flow.map(|flow| flow.server.address.to_string()),
            connection: flow.map(|flow| flow.id.0.to_string()),
            // Of a HAR file that is written anew, nobody may know it.
            client_address: flow
                .map(|flow| flow.client.address)
                .filter(|address| !address.is_unspecified())
                .map(|address| address.to_string()),
            packets: PacketsJson {
                request: request.packets.numbers(),
                response: response.map(|response| response.packets.numbers()).unwrap_or_default(),
            },
            incomplete: exchange.incomplete.map(Incomplete::word),
            client: client.is_known().then_some(client),
            credentials: exchange
                .credentials()
                .iter()
                .map(<CredentialJson as From<&Credential>>::from)
                .collect(),
            messages: messages.iter().map(|told| message::message(told, secrets)).collect(),
        }
    }
}

impl<'a> RequestJson<'a> {
    fn new(record: &Record, exchange: &'a Exchange, secrets: Secrets) -> Self {
        let request = &exchange.request;
        let mime_type = request.headers.first("content-type").unwrap_or_default();
        let Content { text, encoding, comment } =
            message::content(&request.body, &request.headers, secrets);
        let has_body = !request.body.bytes.is_empty();
        let post_data = has_body.then(|| PostJson {
            mime_type,
            text: text.unwrap_or_default(),
            encoding,
            comment,
        });
        Self {
            method: &request.method,
            url: redact::url(&message::url(record, exchange), secrets).into_owned(),
            http_version: request.version.word(),
            cookies: message::cookies(&request.headers, "cookie", secrets),
            headers: message::headers(&request.headers, secrets),
            query_string: message::query(request.query(), secrets),
            post_data,
            headers_size: -1,
            body_size: request.body.length,
        }
    }
}

impl<'a> ResponseJson<'a> {
    fn new(response: &'a Response, secrets: Secrets) -> Self {
        let headers = &response.headers;
        let Content { text, encoding, comment } =
            message::content(&response.body, headers, secrets);
        let location = headers.first("location").unwrap_or_default();
        Self {
            status: response.status,
            status_text: "",
            http_version: response.version.word(),
            cookies: message::cookies(headers, "set-cookie", secrets),
            headers: message::headers(headers, secrets),
            content: ContentJson {
                size: response.body.bytes.len() as u64,
                mime_type: headers.first("content-type").unwrap_or_default(),
                text,
                encoding,
                comment,
            },
            redirect_url: redact::url(location, secrets),
            headers_size: -1,
            body_size: i64::try_from(response.body.length).unwrap_or(i64::MAX),
            error: None,
        }
    }

    /// What stands for a response that was not seen: status 0, as everybody writes it.
    fn none(incomplete: Option<Incomplete>) -> Self {
        Self {
            status: 0,
            status_text: "",
            http_version: "",
            cookies: Vec::new(),
            headers: Vec::new(),
            content: ContentJson {
                size: 0,
                mime_type: "",
                text: None,
                encoding: None,
                comment: None,
            },
            redirect_url: Cow::Borrowed(""),
            headers_size: -1,
            body_size: -1,
            error: Some(incomplete.map_or("no response", Incomplete::word)),
        }
    }
}

fn timings(request: &Request, response: Option<&Response>) -> TimingsJson {
    let (asked, send) = between(request.packets.first.timestamp, request.packets.last.timestamp);
    let (first, wait) =
        response.map_or((asked, 0.0), |response| between(asked, response.packets.first.timestamp));
    let (_, receive) =
        response.map_or((first, 0.0), |response| between(first, response.packets.last.timestamp));
    TimingsJson { blocked: -1, dns: -1, connect: -1, ssl: -1, send, wait, receive }
}

/// The later of both, and the milliseconds that lie between; none where the clock runs backwards.
fn between(from: Timestamp, to: Timestamp) -> (Timestamp, f64) {
    let nanos = to.since(from).max(0);
    #[expect(clippy::cast_precision_loss, reason = "microseconds are exact enough")]
    let milliseconds = nanos.div_euclid(1000) as f64 / 1e3;
    (to.max(from), milliseconds)
}
