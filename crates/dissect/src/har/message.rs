//! Headers and content as HAR tells them, for what they were on the wire.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::http::{Body, Coding, ContentHash, Header, Headers, HttpVersion, sha256};
use crate::limits::{HTTP_BODY_BYTES, HTTP_FIELDS, HTTP_HEAD_BYTES};

/// Base64 as lenient as exporters are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An entry as JSON. Text that is not UTF-8, and halves of surrogate pairs, are replaced: exporters
/// cut texts anywhere.
pub(super) fn parse(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).or_else(|first| {
        let mended = mend(&String::from_utf8_lossy(text));
        serde_json::from_str(&mended).map_err(|_| first.to_string())
    })
}

/// Replaces `\u` escapes that are half a surrogate pair.
fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        mended.push_str(before);
        let unit = |text: &str| {
            let digits = text.strip_prefix('u')?.get(..4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let (first, second) =
            (unit(after), after.get(5..).and_then(|more| unit(more.strip_prefix('\\')?)));
        let taken = match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 11,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str("\\ufffd");
                rest = after.get(5..).unwrap_or_default();
                continue;
            }
            // What is escaped, so that a backslash does not escape what is behind it.
            _ => after.chars().next().map_or(0, char::len_utf8),
        };
        mended.push('\\');
        mended.push_str(after.get(..taken).unwrap_or_default());
        rest = after.get(taken..).unwrap_or_default();
    }
    mended.push_str(rest);
    mended
}

/// A text; a number counts as one.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, also one that is written as a text.
pub(super) fn number(value: &Value, name: &str) -> Option<f64> {
    match value.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A size; -1 stands for one that is not known.
pub(super) fn size(value: &Value, name: &str) -> Option<u64> {
    let size = number(value, name).filter(|size| (0.0..1e15).contains(size))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    Some(size as u64)
}

/// `[{"name": …, "value": …}]`, and `{"name": "value"}` as some write it.
pub(super) fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match value {
        Some(Value::Array(list)) => {
            let pair = |pair: &Value| {
                Some((text(pair, "name")?, pair.get("value").map(word).unwrap_or_default()))
            };
            list.iter().filter_map(pair).collect()
        }
        Some(Value::Object(map)) => {
            map.iter().map(|(name, value)| (name.clone(), word(value))).collect()
        }
        _ => Vec::new(),
    }
}

/// As much of a text as a head may have.
pub(super) fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(HTTP_HEAD_BYTES)).unwrap_or(text)
}

/// Header fields and pseudo fields, which exporters mix.
pub(super) fn headers(message: &Value) -> (Headers, Vec<(String, String)>) {
    let (mut fields, mut pseudo) = (Vec::new(), Vec::new());
    for (name, value) in pairs(message.get("headers")) {
        if name.starts_with(':') {
            pseudo.push((name, value));
        } else if fields.len() < HTTP_FIELDS {
            let value = bounded(value.trim()).to_owned();
            fields.push(Header { name: bounded(&name).to_owned(), value });
        }
    }
    (Headers(fields), pseudo)
}

/// The version, however it is spelled: `HTTP/1.1`, `h2`, `HTTP/2.0`, `h3-29`, `http/2+quic/46`.
/// Without one, pseudo fields tell.
pub(super) fn version(message: &Value, has_pseudo: bool) -> HttpVersion {
    let said = text(message, "httpVersion").unwrap_or_default().to_ascii_lowercase();
    let said = said.trim();
    let number = said.strip_prefix("http/").or_else(|| said.strip_prefix('h')).unwrap_or(said);
    if said.contains("quic") || number.starts_with('3') {
        HttpVersion::Http3
    } else if number.starts_with('2') || (said != "http/1.1" && has_pseudo) {
        HttpVersion::Http2
    } else if number == "1.0" || number == "0.9" {
        HttpVersion::Http10
    } else {
        HttpVersion::Http11
    }
}

/// The content of a request.
pub(super) fn request_body(request: &Value, headers: &mut Headers) -> Body {
    let Some(post) = request.get("postData").filter(|post| post.is_object()) else {
        return Body { length: size(request, "bodySize").unwrap_or(0), ..Body::default() };
    };
    // What exporters write where nothing was sent.
    let unknown = ["", "application/octet-stream", "application/x-unknown", "x-unknown"];
    let media = text(post, "mimeType").filter(|media| !unknown.contains(&media.as_str()));
    if let (Some(media), None) = (&media, headers.first("content-type")) {
        headers.0.push(Header { name: "Content-Type".into(), value: media.clone() });
    }
    let written = post.get("text").and_then(Value::as_str).filter(|text| !text.is_empty());
    match written {
        Some(text) => {
            let encoding = post.get("encoding").or_else(|| post.get("_encoding"));
            body(headers, text, encoding, size(request, "bodySize"))
        }
        None => {
            let bytes = parameters(post, media.as_deref().unwrap_or_default()).into_bytes();
            let length = size(request, "bodySize").unwrap_or(bytes.len() as u64);
            Body { hash: ContentHash::default(), ..of_bytes(&bytes, length, Coding::Identity) }
        }
    }
}

/// The content of a response.
pub(super) fn response_body(response: &Value, headers: &Headers) -> Body {
    let sent = size(response, "bodySize");
    let Some(content) = response.get("content").filter(|content| content.is_object()) else {
        return Body { length: sent.unwrap_or(0), ..Body::default() };
    };
    match content.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(text) => body(headers, text, content.get("encoding"), sent),
        None => {
            let length = sent.or_else(|| size(content, "size")).unwrap_or(0);
            Body { length, ..Body::default() }
        }
    }
}

/// Content that is told without its coding.
fn body(headers: &Headers, text: &str, encoding: Option<&Value>, sent: Option<u64>) -> Body {
    let is_base64 = encoding
        .and_then(Value::as_str)
        .is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    let decoded = is_base64.then(|| decode(text)).flatten();
    let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
    let said = headers.first("content-encoding").unwrap_or("identity").trim();
    let coding = match said.eq_ignore_ascii_case("identity") || said.is_empty() {
        true => Coding::Identity,
        false => Coding::Decoded,
    };
    let length = sent.unwrap_or(bytes.len() as u64);
    of_bytes(bytes, length, coding)
}

/// Bytes without their coding. They have a digest if they are most likely all that was sent, as it
/// was sent.
fn of_bytes(bytes: &[u8], length: u64, coding: Coding) -> Body {
    let as_sent = coding == Coding::Identity && length == bytes.len() as u64 && length > 0;
    let kept = bytes.get(..HTTP_BODY_BYTES).unwrap_or(bytes);
    let hash = match as_sent {
        true if kept.len() == bytes.len() => ContentHash::of_kept(),
        true => sha256(bytes).into(),
        false => ContentHash::default(),
    };
    Body { bytes: kept.to_vec(), length, coding, hash }
}

/// Base64, of which some exporters break the lines.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().or_else(|| {
        let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(dense).ok()
    })
}

/// What the parameters of a form were sent as, where only they are told.
fn parameters(post: &Value, media: &str) -> String {
    let params = pairs(post.get("params"));
    let boundary = media.split_once("boundary=").map(|(_, rest)| rest.trim_matches('"'));
    if let (true, Some(boundary)) = (media.starts_with("multipart/"), boundary) {
        let part = |(name, value): &(String, String)| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        let parts: String = params.iter().map(part).collect();
        return if parts.is_empty() { parts } else { format!("{parts}--{boundary}--\r\n") };
    }
    let pairs: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

/// Percent-encoded, unless it is already (as exporters differ in that).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'%' | b'+' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
