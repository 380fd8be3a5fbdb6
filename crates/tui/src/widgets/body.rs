//! The content of a message, in the form in which it is easiest to read: JSON set out, forms as a
//! table, text as lines, bytes as a hex dump of the first of them. Secrets leave it first.

use std::borrow::Cow;

use dissect::http::values::multipart::{self, Part};
use dissect::http::values::pairs;
use dissect::http::{Body, Coding, Headers, grpc_messages};
use dissect::limits::HTTP_BODY_BYTES;
use ratatui::style::Style;
use report::redact::{self, Secrets};

use super::hex;
use super::json::{self, Kind};
use super::page::{Notation, Page};
use crate::format;
use crate::theme::Theme;

/// Most lines of a content that are set out, before they are broken at the edge of the page: 64 KiB
/// of JSON have some 3,000.
const MAX_LINES: usize = 4000;

/// Most lines of a hex dump: 4 KiB on a wide page, enough to know what it is.
const MAX_HEX_LINES: usize = 256;

/// Most fields of a form with files that are shown.
const MAX_PARTS: usize = 64;

/// Most messages of a gRPC call that are shown.
const MAX_MESSAGES: usize = 32;

/// How contents are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Look {
    /// As it was sent, not as it is easiest to read.
    pub(crate) raw: bool,
    /// Whether secrets are shown.
    pub(crate) secrets: Secrets,
}

/// Appends a content; nothing if there is none.
pub(crate) fn show(page: &mut Page, body: &Body, headers: &Headers, look: Look) {
    if body.length == 0 && body.bytes.is_empty() {
        return;
    }
    let media = headers.first("content-type");
    let dim = page.theme().dim();
    page.blank();
    page.paragraph(&summary(body, headers), dim);
    if body.coding == Coding::Left || is_binary(media) || has_controls(&body.bytes) {
        return dump(page, body, media, look);
    }
    let Some(text) = redact::body(media, &body.bytes, look.secrets) else {
        return dump(page, body, media, look);
    };
    match form_of(media, &text) {
        _ if look.raw || text == redact::REDACTED => plain(page, &text),
        Form::Fields => fields(page, &text),
        Form::Json => json(page, &text),
        Form::Parts => parts(page, headers, &text),
        Form::Text => plain(page, &text),
    }
}

/// `application/json, 1,234 bytes, gzip`, and how much of it is kept.
pub(super) fn summary(body: &Body, headers: &Headers) -> String {
    let mut parts = Vec::new();
    parts.extend(headers.first("content-type").map(str::to_owned));
    let coding = headers.first("content-encoding").unwrap_or("content coding");
    let sent = format::counted(body.length, "byte");
    let kept = u64::try_from(body.bytes.len()).unwrap_or(u64::MAX);
    let full = body.bytes.len() >= HTTP_BODY_BYTES;
    match body.coding {
        Coding::Identity => parts.push(sent),
        Coding::Decoded => {
            let plain = if full { String::from("more") } else { format::counted(kept, "byte") };
            parts.push(format!("{sent} in {coding}, {plain} without"));
        }
        Coding::Left => parts.push(format!("{sent}, still in {coding}")),
    }
    let cut = full && (body.coding == Coding::Decoded || body.length > kept);
    if cut {
        let kilobytes = HTTP_BODY_BYTES.div_euclid(1024);
        parts.push(format!("of which the first {kilobytes} KiB are kept"));
    }
    parts.join(", ")
}

/// Kinds of content that are no text and hold no secrets of their own.
pub(super) fn is_binary(media: Option<&str>) -> bool {
    let media = media.map(str::trim_start).unwrap_or_default();
    ["image/", "audio/", "video/", "font/"]
        .iter()
        .any(|kind| media.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)))
        && !media.contains("svg")
}

/// Bytes that no text has: what is valid UTF-8 all the same is so by chance.
pub(super) fn has_controls(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f))
}

/// A hex dump; of bytes that may hold secrets only where secrets are shown, for nobody knows where
/// in them they are.
fn dump(page: &mut Page, body: &Body, media: Option<&str>, look: Look) {
    let dim = page.theme().dim();
    if look.secrets == Secrets::Redacted && !is_binary(media) {
        let words = "No text, and it may hold secrets: it is shown where secrets are.";
        page.paragraph(words, dim);
        return;
    }
    if look.raw || !media.is_some_and(|media| media.starts_with("application/grpc")) {
        bytes(page, &body.bytes);
        return;
    }
    for (nth, message) in grpc_messages(&body.bytes).take(MAX_MESSAGES).enumerate() {
        let length = format::counted(message.length.into(), "byte");
        let compressed = if message.compressed { ", compressed" } else { "" };
        let number = nth.saturating_add(1);
        page.paragraph(&format!("message {number}, {length}{compressed}"), dim);
        bytes(page, message.bytes);
    }
}

fn bytes(page: &mut Page, bytes: &[u8]) {
    let (text, dim) = (page.theme().text(), page.theme().dim());
    let lines = hex::lines(bytes, page.room(), MAX_HEX_LINES);
    for line in &lines {
        page.broken(&[(line, text)], 0, Notation::Text);
    }
    if lines.len() == MAX_HEX_LINES {
        page.paragraph("The rest is not shown.", dim);
    }
}

/// What a text is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Fields,
    Json,
    Parts,
    Text,
}

/// By its type, then by its looks.
pub(super) fn form_of(media: Option<&str>, text: &str) -> Form {
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    let known = !matches!(media.as_str(), "" | "text/plain" | "application/octet-stream");
    match media.as_str() {
        "application/x-www-form-urlencoded" => Form::Fields,
        media if media.contains("json") => Form::Json,
        media if media.starts_with("multipart/") => Form::Parts,
        _ if !known && text.trim_start().starts_with(['{', '[']) => Form::Json,
        _ => Form::Text,
    }
}

fn plain(page: &mut Page, text: &str) {
    let style = page.theme().text();
    let mut lines = text.lines();
    for line in lines.by_ref().take(MAX_LINES) {
        let line = if line.contains('\t') {
            Cow::Owned(line.replace('\t', "    "))
        } else {
            Cow::Borrowed(line)
        };
        page.broken(&[(&line, style)], 0, Notation::Text);
    }
    rest(page, lines.next().is_none());
}

fn json(page: &mut Page, text: &str) {
    let theme = *page.theme();
    let (lines, whole) = json::lines(text, MAX_LINES);
    for line in &lines {
        let margin = " ".repeat(line.indent);
        let mut pieces = vec![(margin.as_str(), Style::new())];
        pieces.extend(line.pieces.iter().map(|(kind, piece)| (*piece, style(&theme, *kind))));
        page.broken(&pieces, line.indent.saturating_add(4), Notation::Json);
    }
    rest(page, whole);
}

fn fields(page: &mut Page, text: &str) {
    let pairs: Vec<(String, String)> = pairs(text.trim_end()).collect();
    page.fit_labels(pairs.iter().map(|(name, _)| name.as_str()));
    for (name, value) in &pairs {
        page.field(name, value);
    }
}

/// Fields of a form with files, each with its content.
fn parts(page: &mut Page, headers: &Headers, text: &str) {
    let parts = multipart::parts(headers, text.as_bytes());
    if parts.is_empty() {
        plain(page, text);
    }
    let shown = parts.iter().take(MAX_PARTS);
    page.fit_labels(shown.clone().filter_map(|part| part.name.as_deref()));
    for Part { name, filename, media_type, content } in shown {
        let name = name.as_deref().unwrap_or("part");
        let content = String::from_utf8_lossy(content);
        if filename.is_none() && media_type.is_none() {
            page.field(name, &content);
            continue;
        }
        let length = format::counted(u64::try_from(content.len()).unwrap_or(u64::MAX), "byte");
        let about = filename.iter().chain(media_type).map(String::as_str).chain([length.as_str()]);
        page.field(name, &about.collect::<Vec<_>>().join(", "));
        plain(page, &content);
    }
    let left = parts.len().saturating_sub(MAX_PARTS);
    if left > 0 {
        let left = format::counted(u64::try_from(left).unwrap_or(u64::MAX), "part");
        let dim = page.theme().dim();
        page.paragraph(&format!("{left} more"), dim);
    }
}

fn rest(page: &mut Page, whole: bool) {
    if !whole {
        let text =
            format!("Lines behind the first {} are not shown.", format::count(MAX_LINES as u64));
        let dim = page.theme().dim();
        page.paragraph(&text, dim);
    }
}

fn style(theme: &Theme, kind: Kind) -> Style {
    match kind {
        Kind::Literal => theme.literal(),
        Kind::Name => theme.name(),
        Kind::Punctuation => theme.dim(),
        Kind::Text => theme.text(),
    }
}

#[cfg(test)]
mod tests {
    use dissect::http::Header;

    use super::*;

    fn headers(coding: &str) -> Headers {
        let field = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        Headers(vec![field("content-type", "text/plain"), field("content-encoding", coding)])
    }

    #[test]
    fn the_summary_says_what_is_kept() {
        let full = HTTP_BODY_BYTES;
        for (length, kept, coding, expected) in [
            (1, 1, Coding::Identity, "text/plain, 1 byte"),
            (full as u64, full, Coding::Identity, "text/plain, 65,536 bytes"),
            (
                200_000,
                full,
                Coding::Identity,
                "text/plain, 200,000 bytes, of which the first 64 KiB are kept",
            ),
            (300, 1200, Coding::Decoded, "text/plain, 300 bytes in br, 1,200 bytes without"),
            (
                300,
                full,
                Coding::Decoded,
                "text/plain, 300 bytes in br, more without, of which the first 64 KiB are kept",
            ),
            (300, 300, Coding::Left, "text/plain, 300 bytes, still in br"),
        ] {
            let body = Body { bytes: vec![b'a'; kept], length, coding, ..Body::default() };
            assert_eq!(summary(&body, &headers("br")), expected);
        }
    }

    #[test]
    fn forms_by_type_then_by_looks() {
        for (media, text, form) in [
            (Some("application/json"), "x", Form::Json),
            (Some("application/problem+json; charset=utf-8"), "{}", Form::Json),
            (Some("Application/X-WWW-Form-URLencoded"), "a=b", Form::Fields),
            (Some("multipart/form-data; boundary=x"), "{}", Form::Parts),
            (Some("text/html"), "{}", Form::Text),
            (Some("text/plain"), " [1]", Form::Json),
            (None, "{}", Form::Json),
            (None, "hello", Form::Text),
        ] {
            assert_eq!(form_of(media, text), form, "{media:?} {text}");
        }
        assert!(is_binary(Some("Image/PNG")) && !is_binary(Some("image/svg+xml")));
        assert!(!is_binary(None));
    }
}
