//! A request or a response as it was on the wire: start line, fields in their order, content, and
//! the fields behind it. Secrets are left out by [`report::redact`].

use dissect::Exchange;
use dissect::http::{Header, Headers, PseudoFields, Request, Response};
use report::redact;

use super::body::{self, Look};
use super::page::{Notation, Page};
use crate::format;

/// Most fields that are listed. Servers refuse a hundred.
const MAX_FIELDS: usize = 200;

/// Most characters of a field that are shown; more is data, for an export.
const MAX_FIELD: usize = 4000;

/// Columns that the further lines of a field are indented by.
const INDENT: usize = 4;

/// The section of a request.
pub(crate) fn request(page: &mut Page, exchange: &Exchange, look: Look) {
    let request = &exchange.request;
    page.section("Request", &format::span(request.packets));
    if request.method.is_empty() {
        let dim = page.theme().dim();
        page.paragraph("Its head is not in the capture.", dim);
    } else {
        start(page, request, look);
    }
    if let Some(pseudo) = &request.pseudo {
        pseudo_fields(page, pseudo, look);
    }
    fields(page, &request.headers, look);
    body::show(page, &request.body, &request.headers, look);
    trailers(page, &request.trailers, look);
}

/// The section of a response, or why there is none.
pub(crate) fn response(page: &mut Page, exchange: &Exchange, look: Look) {
    let Some(response) = &exchange.response else {
        page.section("Response", "");
        let dim = page.theme().dim();
        page.paragraph("None was seen.", dim);
        return;
    };
    page.section("Response", &format::span(response.packets));
    let style = page.theme().status(response.status);
    let text = format!("{} {}", response.version, status(response));
    page.broken(&[(&text, style)], INDENT, Notation::Text);
    fields(page, &response.headers, look);
    body::show(page, &response.body, &response.headers, look);
    trailers(page, &response.trailers, look);
}

fn start(page: &mut Page, request: &Request, look: Look) {
    let target = redact::url(&request.target, look.secrets);
    let (strong, dim) = (page.theme().strong(), page.theme().dim());
    let target: String = target.chars().take(MAX_FIELD).collect();
    let (target, style) = match target.is_empty() {
        true => ("(target not in the capture)", dim),
        false => (target.as_str(), strong),
    };
    let pieces = [
        (request.method.as_str(), strong),
        (" ", strong),
        (target, style),
        (" ", dim),
        (request.version.word(), dim),
    ];
    page.broken(&pieces, INDENT, Notation::Text);
}

/// The pseudo fields that are not in the start line.
fn pseudo_fields(page: &mut Page, pseudo: &PseudoFields, look: Look) {
    let fields = [
        (":authority", &pseudo.authority),
        (":scheme", &pseudo.scheme),
        (":protocol", &pseudo.protocol),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            field(page, name, value, look);
        }
    }
}

fn fields(page: &mut Page, headers: &Headers, look: Look) {
    for Header { name, value } in headers.0.iter().take(MAX_FIELDS) {
        field(page, name, value, look);
    }
    let left = headers.0.len().saturating_sub(MAX_FIELDS);
    if left > 0 {
        let dim = page.theme().dim();
        let left = u64::try_from(left).unwrap_or(u64::MAX);
        page.paragraph(&format!("{} more", format::counted(left, "field")), dim);
    }
}

fn field(page: &mut Page, name: &str, value: &str, look: Look) {
    let theme = *page.theme();
    let value = redact::field(name, value, look.secrets);
    let shown: String = value.chars().take(MAX_FIELD).collect();
    let left = value.chars().count().saturating_sub(MAX_FIELD);
    let more = if left > 0 { format!("… ({left} more)") } else { String::new() };
    let name: String = name.chars().take(MAX_FIELD).collect();
    let style = if value.contains(redact::REDACTED) { theme.dim() } else { theme.text() };
    let pieces =
        [(name.as_str(), theme.name()), (": ", theme.dim()), (&shown, style), (&more, theme.dim())];
    page.broken(&pieces, INDENT, Notation::Text);
}

fn trailers(page: &mut Page, trailers: &Headers, look: Look) {
    if !trailers.0.is_empty() {
        page.blank();
        let dim = page.theme().dim();
        page.paragraph("Fields behind the content:", dim);
        fields(page, trailers, look);
    }
}

/// `404 Not Found`: with the name in the register of status codes (RFC 9110 section 15), for the
/// phrase of HTTP/1 says nothing and later versions have none.
pub(crate) fn status(response: &Response) -> String {
    let code = response.status;
    reason(code).map_or_else(|| code.to_string(), |reason| format!("{code} {reason}"))
}

const fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        100 => "Continue",
        101 => "Switching Protocols",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        425 => "Too Early",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}
