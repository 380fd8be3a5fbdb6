//! Heads of HTTP/1 messages: the start line, the fields, and how long the body is (RFC 9112).
//!
//! Start lines are read leniently (a target with a space is what was asked, whatever the standard
//! says); fields by `httparse`, which skips a line that is none.

use std::mem::MaybeUninit;

use memchr::{memchr, memchr_iter};

use crate::bytes::text;
use crate::http::{Header, Headers, HttpVersion};
use crate::limits::HTTP_FIELDS;

/// Methods by which a request is recognised before its line is complete.
const METHODS: [&[u8]; 9] = [
    b"GET ",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"DELETE ",
    b"PATCH ",
    b"OPTIONS ",
    b"TRACE ",
    b"CONNECT ",
];

/// Longest method: `UPDATEREDIRECTREF` of WebDAV has 17 letters.
const LONGEST_METHOD: usize = 24;

/// Fields that are read: those kept, and a few that say how long the body is.
const SLOTS: usize = HTTP_FIELDS + 4;

/// What every status line starts with.
const STATUS: &[u8] = b"HTTP/1.";

/// The start line and fields of a request.
pub(super) struct RequestHead {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: HttpVersion,
    pub(super) fields: Fields,
}

/// The start line and fields of a response.
pub(super) struct ResponseHead {
    pub(super) status: u16,
    pub(super) version: HttpVersion,
    pub(super) fields: Fields,
}

/// The fields of a head.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) headers: Headers,
    /// There were more than are kept.
    pub(super) dropped: bool,
}

/// How the end of a body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Framing {
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// So many bytes.
    Length(u64),
    /// Until the connection is closed.
    UntilClose,
}

/// Whether bytes are the start of something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Likeness {
    /// They are not.
    No,
    /// So far they could be.
    Perhaps,
    /// They are.
    Yes,
}

/// Whether these are the first bytes of a request.
pub(crate) fn like_request(bytes: &[u8]) -> Likeness {
    if METHODS.iter().any(|method| bytes.starts_with(method)) {
        return Likeness::Yes;
    }
    if METHODS.iter().any(|method| method.starts_with(bytes)) {
        return Likeness::Perhaps;
    }
    match first_line(bytes) {
        Some((line, _)) if request_line(line).is_some() => Likeness::Yes,
        _ => Likeness::No,
    }
}

/// Whether these are the first bytes of a response.
pub(crate) fn like_response(bytes: &[u8]) -> Likeness {
    match (bytes.starts_with(STATUS), STATUS.starts_with(bytes)) {
        (true, _) => Likeness::Yes,
        (_, true) => Likeness::Perhaps,
        _ => Likeness::No,
    }
}

/// Whether a head that has come so far can still become one of that side.
pub(super) fn is_plausible(of_client: bool, head: &[u8]) -> bool {
    if !of_client {
        return like_response(head) != Likeness::No;
    }
    match first_line(head) {
        Some((line, _)) => request_line(line).is_some(),
        None => {
            let method = head.split(|byte| *byte == b' ').next().unwrap_or_default();
            !method.is_empty() && method.len() <= LONGEST_METHOD && method.iter().all(is_token)
        }
    }
}

/// A method is a token (RFC 9110 section 9.1); registered ones are letters and hyphens.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The first line without its end, and what is behind it.
fn first_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'\n', bytes)?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), bytes.get(end.saturating_add(1)..)?))
}

/// Method, target and version.
fn request_line(line: &[u8]) -> Option<(&[u8], &[u8], HttpVersion)> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (method, rest) = line.split_at_checked(space)?;
    let good = !method.is_empty() && method.len() <= LONGEST_METHOD && method.iter().all(is_token);
    let rest = rest.trim_ascii();
    let at = rest.len().checked_sub(b" HTTP/1.1".len())?;
    let (target, version) = rest.split_at_checked(at)?;
    let version = version_of(version.strip_prefix(b" ")?)?;
    let target = target.trim_ascii();
    (good && !target.is_empty()).then_some((method, target, version))
}

/// A later minor version is read as the last one known (RFC 9110 section 2.5).
fn version_of(word: &[u8]) -> Option<HttpVersion> {
    match word.strip_prefix(STATUS)? {
        b"0" => Some(HttpVersion::Http10),
        [digit] if digit.is_ascii_digit() => Some(HttpVersion::Http11),
        _ => None,
    }
}

/// Reads the head of a request; `None` if it is none. A cut-off last line is left out.
pub(super) fn request(head: &[u8]) -> Option<RequestHead> {
    let (line, rest) = first_line(head)?;
    let (method, target, version) = request_line(line)?;
    let fields = fields(rest)?;
    Some(RequestHead { method: text(method), target: text(target), version, fields })
}

/// Reads the head of a response; `None` if it is none. A cut-off last line is left out.
pub(super) fn response(head: &[u8]) -> Option<ResponseHead> {
    let (line, rest) = first_line(head)?;
    let (version, after) = line.split_at_checked(b"HTTP/1.1".len())?;
    let version = version_of(version)?;
    let digits = after.strip_prefix(b" ")?.trim_ascii_start().first_chunk::<3>()?;
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    ((100..1000).contains(&status)).then_some(())?;
    Some(ResponseHead { status, version, fields: fields(rest)? })
}

/// The fields. `httparse` is lenient about those of responses only, so these are all shown to it
/// as a response's. Behind the last one that is kept, those that say how long the body is still
/// are.
pub(super) fn fields(lines: &[u8]) -> Option<Fields> {
    let mut head = Vec::with_capacity(lines.len().saturating_add(16));
    head.extend_from_slice(b"HTTP/1.1 200\r\n");
    let (mut kept, mut dropped) = (0_usize, false);
    // Lines that are kept and not copied yet begin here.
    let (mut from, mut start) = (0, 0);
    for end in memchr_iter(b'\n', lines).map(|end| end.saturating_add(1)) {
        let line = lines.get(start..end).unwrap_or_default();
        // A line of white space only goes on with the one before, and says nothing.
        let says = line.first().is_some_and(u8::is_ascii_graphic) || !line.trim_ascii().is_empty();
        let fits = kept < HTTP_FIELDS || (says && kept < SLOTS && is_about_body(line));
        if says && fits {
            kept = kept.saturating_add(1);
        } else {
            dropped |= says;
            head.extend_from_slice(lines.get(from..start).unwrap_or_default());
            from = end;
        }
        start = end;
    }
    head.extend_from_slice(lines.get(from..start).unwrap_or_default());
    head.extend_from_slice(b"\r\n");
    let mut config = httparse::ParserConfig::default();
    config.allow_spaces_after_header_name_in_responses(true);
    config.allow_obsolete_multiline_headers_in_responses(true);
    config.allow_space_before_first_header_name(true);
    config.ignore_invalid_headers_in_responses(true);
    let mut slots = [const { MaybeUninit::uninit() }; SLOTS];
    let mut response = httparse::Response::new(&mut []);
    config.parse_response_with_uninit_headers(&mut response, &head, &mut slots).ok()?;
    let fields = response
        .headers
        .iter()
        .map(|field| Header { name: field.name.to_owned(), value: unfolded(field.value) });
    Some(Fields { headers: Headers(fields.collect()), dropped })
}

/// Whether a line is a field that says how long the body is.
pub(super) fn is_about_body(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
    [&b"content-length"[..], b"transfer-encoding"].iter().any(|n| name.eq_ignore_ascii_case(n))
}

/// A value; line folds in it are spaces (RFC 9112 section 5.2).
fn unfolded(value: &[u8]) -> String {
    let value = value.trim_ascii();
    if memchr(b'\n', value).is_none() {
        return text(value);
    }
    let lines: Vec<&[u8]> = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    text(&lines.join(&b' '))
}

/// How long a request's body is; `None` if that cannot be told.
pub(super) fn request_framing(headers: &Headers) -> Option<Framing> {
    match (is_chunked(headers), content_length(headers)) {
        (Some(true), _) => Some(Framing::Chunked),
        (Some(false), _) | (None, Length::Bad) => None,
        (None, Length::None) => Some(Framing::Length(0)),
        (None, Length::Bytes(bytes)) => Some(Framing::Length(bytes)),
    }
}

/// The Content-Length that is none, if that is what the body's end would be found by.
pub(super) fn bad_length(headers: &Headers) -> Option<String> {
    let decides = is_chunked(headers) != Some(true);
    let bad = decides && matches!(content_length(headers), Length::Bad);
    bad.then(|| headers.all("content-length").collect::<Vec<_>>().join(", "))
}

/// How long the body of a response to this method is.
pub(super) fn response_framing(method: &str, head: &ResponseHead) -> Framing {
    if method == "HEAD" || matches!(head.status, 100..200 | 204 | 304) {
        return Framing::Length(0);
    }
    let headers = &head.fields.headers;
    match (is_chunked(headers), content_length(headers)) {
        (Some(true), _) => Framing::Chunked,
        (None, Length::Bytes(bytes)) => Framing::Length(bytes),
        _ => Framing::UntilClose,
    }
}

/// Whether the last transfer coding is chunked; `None` without any. `identity` was one once.
fn is_chunked(headers: &Headers) -> Option<bool> {
    let all: Vec<&str> = headers.all("transfer-encoding").collect();
    let last = all.last()?.rsplit(',').next()?.trim();
    (!last.eq_ignore_ascii_case("identity")).then(|| last.eq_ignore_ascii_case("chunked"))
}

enum Length {
    None,
    Bad,
    Bytes(u64),
}

/// Several lengths that are the same are one (RFC 9110 section 8.6).
fn content_length(headers: &Headers) -> Length {
    let mut found = Length::None;
    for value in headers.all("content-length").flat_map(|value| value.split(',')) {
        let digits = value.trim();
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        match (digits.parse::<u64>(), &found) {
            (Ok(bytes), Length::None) if all_digits => found = Length::Bytes(bytes),
            (Ok(bytes), Length::Bytes(before)) if bytes == *before => {}
            _ => return Length::Bad,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        for (line, parsed) in [
            ("GET / HTTP/1.1", Some(("GET", "/", HttpVersion::Http11))),
            ("POST  /a b  HTTP/1.0", Some(("POST", "/a b", HttpVersion::Http10))),
            ("M-SEARCH * HTTP/1.1", Some(("M-SEARCH", "*", HttpVersion::Http11))),
            ("OPTIONS * RTSP/1.0", None),
            ("GET /", None),
            ("HTTP/1.1 200 OK", None),
            ("GET  HTTP/1.1", None),
            ("PRI * HTTP/2.0", None),
        ] {
            let found = request(format!("{line}\r\n\r\n").as_bytes());
            let found = found.as_ref().map(|head| (&*head.method, &*head.target, head.version));
            assert_eq!(found, parsed, "{line}");
        }
    }

    #[test]
    fn fields_of_every_kind() {
        let lines = "Host: a.test\r\nX-Empty:\r\n \r\nX-Space : b\nno field\r\nX-Long: a\r\n\tb\r\n\
                     Host: \u{e9}\r\nCut: of";
        let head = request(format!("GET / HTTP/1.1\r\n{lines}").as_bytes()).unwrap();
        let fields: Vec<(&str, &str)> =
            head.fields.headers.0.iter().map(|field| (&*field.name, &*field.value)).collect();
        assert_eq!(fields[0], ("Host", "a.test"));
        assert_eq!(fields[1], ("X-Empty", ""));
        assert_eq!(fields[2], ("X-Space", "b"));
        assert_eq!(fields[3], ("X-Long", "a b"));
        assert_eq!(fields[4], ("Host", "\u{e9}"));
        assert_eq!(fields.len(), 5);
    }

    #[test]
    fn more_fields_than_are_kept() {
        let many = "a: b\r\n".repeat(HTTP_FIELDS + 9);
        let head = format!("HTTP/1.1 404\r\n{many}content-length: 7\r\n\r\n");
        let head = response(head.as_bytes()).unwrap();
        let headers = &head.fields.headers;
        assert_eq!((head.status, headers.0.len()), (404, HTTP_FIELDS + 1));
        assert_eq!(headers.first("content-length"), Some("7"));
        assert!(head.fields.dropped);
    }

    #[test]
    fn lengths_of_bodies() {
        let framing = |fields: &str| {
            let head = response(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n").as_bytes()).unwrap();
            (request_framing(&head.fields.headers), response_framing("GET", &head))
        };
        let length = |bytes| Framing::Length(bytes);
        for (fields, request, response) in [
            ("a: b", Some(length(0)), Framing::UntilClose),
            ("Content-Length: 7", Some(length(7)), length(7)),
            ("Content-Length: 7, 7\r\ncontent-length: 7", Some(length(7)), length(7)),
            ("Content-Length: 7\r\nContent-Length: 8", None, Framing::UntilClose),
            ("Content-Length: +7", None, Framing::UntilClose),
            ("Transfer-Encoding: gzip, Chunked", Some(Framing::Chunked), Framing::Chunked),
            ("Transfer-Encoding: gzip", None, Framing::UntilClose),
            ("Transfer-Encoding: identity\r\nContent-Length: 1", Some(length(1)), length(1)),
        ] {
            assert_eq!(framing(fields), (request, response), "{fields}");
        }
        for (method, status) in [("HEAD", 200), ("GET", 304), ("GET", 204), ("GET", 100)] {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 9\r\n\r\n");
            let head = super::response(head.as_bytes()).unwrap();
            assert_eq!(response_framing(method, &head), length(0));
        }
    }
}
