//! Parts of requests and responses in HAR's shapes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::http::{Body, Scheme, WebSocketKind, WebSocketMessage};
use dissect::{Exchange, Headers, Record};
use serde::Serialize;

use crate::redact::{self, REDACTED, Secrets};

/// Name and value.
#[derive(Serialize)]
pub(super) struct PairJson<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// A body, of a request or of a response.
#[derive(Default)]
pub(super) struct Content<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) encoding: Option<&'static str>,
    pub(super) comment: Option<&'static str>,
}

/// One of `_webSocketMessages`, as Chrome has them.
#[derive(Serialize)]
pub(super) struct MessageJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    time: f64,
    opcode: u8,
    data: Cow<'a, str>,
}

pub(super) fn headers(headers: &Headers, secrets: Secrets) -> Vec<PairJson<'_>> {
    let pair = |name, value| PairJson {
        name: Cow::Borrowed(name),
        value: redact::field(name, value, secrets),
    };
    headers.0.iter().map(|field| pair(field.name.as_str(), field.value.as_str())).collect()
}

/// The cookies of these fields; of `Set-Cookie` without attributes.
pub(super) fn cookies<'a>(
    headers: &'a Headers,
    field: &'static str,
    secrets: Secrets,
) -> Vec<PairJson<'a>> {
    // Behind the first `;` a Set-Cookie has attributes.
    let most = if field == "cookie" { usize::MAX } else { 1 };
    let pairs = headers.all(field).flat_map(move |value| value.split(';').take(most));
    let pair = |pair: &'a str| {
        let (name, value) = pair.trim().split_once('=')?;
        let value = match secrets {
            Secrets::Redacted => REDACTED,
            Secrets::Shown => value,
        };
        Some(PairJson { name: Cow::Borrowed(name), value: Cow::Borrowed(value) })
    };
    pairs.filter_map(pair).collect()
}

/// The parameters of the query.
pub(super) fn query(query: Option<&str>, secrets: Secrets) -> Vec<PairJson<'static>> {
    // Redacted as part of a URL, so that both say the same.
    let url = format!("?{}", query.unwrap_or_default());
    let url = redact::url(&url, secrets);
    let pairs = url.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        PairJson { name: Cow::Owned(name.to_owned()), value: Cow::Owned(value.to_owned()) }
    };
    pairs.map(pair).collect()
}

/// What of a body is written.
pub(super) fn content<'a>(body: &'a Body, headers: &'a Headers, secrets: Secrets) -> Content<'a> {
    let media = headers.first("content-type");
    let is_cut = body.bytes.len() >= dissect::limits::HTTP_BODY_BYTES;
    let comment = is_cut.then_some("the first bytes only");
    if body.bytes.is_empty() {
        return Content::default();
    }
    match (redact::body(media, &body.bytes, secrets), secrets) {
        (Some(text), _) => Content { text: Some(text), encoding: None, comment },
        (None, Secrets::Shown) => {
            let text = Some(Cow::Owned(STANDARD.encode(&body.bytes)));
            Content { text, encoding: Some("base64"), comment }
        }
        (None, Secrets::Redacted) => {
            Content { comment: Some("left out: it is no text"), ..Content::default() }
        }
    }
}

pub(super) fn message(message: &WebSocketMessage, secrets: Secrets) -> MessageJson<'_> {
    let data = match (message.kind, redact::body(None, &message.bytes, secrets)) {
        (WebSocketKind::Text | WebSocketKind::Close, Some(text)) => text,
        (WebSocketKind::Binary, _) if secrets == Secrets::Redacted => Cow::Borrowed(REDACTED),
        (_, None) if secrets == Secrets::Redacted => Cow::Borrowed(REDACTED),
        _ => Cow::Owned(STANDARD.encode(&message.bytes)),
    };
    let nanos = message.packets.last.timestamp.nanos();
    MessageJson {
        kind: if message.from_client { "send" } else { "receive" },
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are exact enough")]
        time: nanos.div_euclid(1000) as f64 / 1e6,
        opcode: match message.kind {
            WebSocketKind::Binary => 2,
            WebSocketKind::Close => 8,
            WebSocketKind::Text => 1,
        },
        data,
    }
}

/// Whether messages of a WebSocket may follow.
pub(super) fn is_websocket(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let asked =
        request.headers.first("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
            || request.pseudo.as_ref().is_some_and(|pseudo| {
                pseudo.protocol.as_deref().is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
            });
    // A HAR file may name messages without the handshake's fields.
    let agreed = exchange.response.as_ref().is_some_and(|response| response.status == 101);
    agreed || (asked && exchange.response.as_ref().is_some_and(|response| response.status == 200))
}

/// The URL: whoever reads it wants to know whom, not only what, was asked.
pub(super) fn url(record: &Record, exchange: &Exchange) -> String {
    let request = &exchange.request;
    if request.is_absolute_form() {
        return request.target.clone();
    }
    let scheme = match (exchange.scheme(), is_websocket(exchange)) {
        (Scheme::Http, false) => "http",
        (Scheme::Http, true) => "ws",
        (Scheme::Https, false) => "https",
        (Scheme::Https, true) => "wss",
    };
    let server = record.flow.as_ref().map(|flow| flow.server.to_string());
    let authority = request.authority().filter(|authority| !authority.is_empty());
    let authority = authority.map(str::to_owned).or(server).unwrap_or_default();
    match request.target.as_str() {
        _ if request.method == "CONNECT" && request.pseudo.is_none() => {
            format!("{scheme}://{authority}/")
        }
        // An unknown target is no path, not even the root; the entry says why.
        target if target.is_empty() || target.starts_with('/') => {
            format!("{scheme}://{authority}{target}")
        }
        target => format!("{scheme}://{authority}/{target}"),
    }
}
