//! What of a request should be used once, or within a while: nonces, timestamps, signatures,
//! idempotency keys. A request with the same marks is the same request.

use dissect::http::values::Place;

use super::{Call, quote::normal_host};
use crate::digest::Key;
use crate::words::starts_with;

/// A header or field that makes a request fresh.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    /// What it is for.
    pub(crate) kind: MarkKind,
    /// Where it stood.
    pub(crate) place: MarkPlace,
    /// The header or field, in lower case.
    pub(crate) name: String,
    /// Its value as sent.
    pub(crate) value: String,
}

/// Where a mark stood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MarkPlace {
    /// In a form or the query: what is called a nonce there may be a token against forgery, that a
    /// page keeps.
    Form,
    /// In a header.
    Header,
    /// In a JSON document.
    Json,
}

/// What a mark is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum MarkKind {
    /// The server is to do it once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
    IdempotencyKey,
    /// A value that is used once.
    Nonce,
    /// A proof of possession (DPoP, RFC 9449).
    Proof,
    /// A signature or MAC over the request.
    Signature,
    /// When it was made.
    Timestamp,
}

/// Names of headers and fields, in lower case and without separators or a leading `x`.
const NAMES: &[(&str, MarkKind)] = &[
    ("amzdate", MarkKind::Timestamp),
    ("apinonce", MarkKind::Nonce),
    ("apisign", MarkKind::Signature),
    ("apisignature", MarkKind::Signature),
    ("apitimestamp", MarkKind::Timestamp),
    ("authnonce", MarkKind::Nonce),
    ("authtimestamp", MarkKind::Timestamp),
    ("dpop", MarkKind::Proof),
    ("hmac", MarkKind::Signature),
    ("hmacsignature", MarkKind::Signature),
    ("idempotencykey", MarkKind::IdempotencyKey),
    ("idempotencytoken", MarkKind::IdempotencyKey),
    ("nonce", MarkKind::Nonce),
    ("oauthnonce", MarkKind::Nonce),
    ("oauthsignature", MarkKind::Signature),
    ("oauthtimestamp", MarkKind::Timestamp),
    ("requestnonce", MarkKind::Nonce),
    ("requestsignature", MarkKind::Signature),
    ("requesttimestamp", MarkKind::Timestamp),
    ("sign", MarkKind::Signature),
    ("signature", MarkKind::Signature),
    ("timestamp", MarkKind::Timestamp),
    ("ts", MarkKind::Timestamp),
];

impl Mark {
    /// Stands for name and value at a host.
    pub(crate) fn key(&self, host: &str) -> Key {
        Key::of(&(normal_host(host), self.name.as_str(), self.value.as_str()))
    }
}

/// The marks of a call: those of headers, then of fields.
pub(super) fn of(call: &Call<'_>) -> Vec<Mark> {
    let headers = &call.request().headers.0;
    let in_headers = headers.iter();
    let in_headers = in_headers.map(|field| (MarkPlace::Header, &*field.name, &*field.value));
    // In a list they are of what is reported, not of the request.
    let fields = call.fields().iter().filter(|field| !field.path.contains('['));
    let in_fields = fields.map(|field| {
        let is_json = field.place == Place::Json;
        let place = if is_json { MarkPlace::Json } else { MarkPlace::Form };
        (place, field.name.as_str(), field.value.as_str())
    });
    let all = in_headers.chain(in_fields).filter(|(_, _, value)| !value.is_empty());
    let named = call.with_names(|names| {
        let marks = all.filter_map(|(place, name, value)| {
            let kind = by_policy(call, name).or_else(|| names.of(name).mark)?;
            Some(Mark { kind, place, name: name.to_ascii_lowercase(), value: value.to_owned() })
        });
        marks.collect::<Vec<_>>()
    });
    let parameters = headers.iter().filter(|field| {
        field.name.eq_ignore_ascii_case("signature-input")
            || (field.name.eq_ignore_ascii_case("authorization") && is_signed(&field.value))
    });
    let parameters = parameters.flat_map(|field| in_parameters(&field.name, &field.value));
    named.into_iter().chain(parameters).collect()
}

/// Whether it is an Authorization of OAuth 1, or of AWS Signature Version 4.
fn is_signed(authorization: &str) -> bool {
    let text = authorization.trim_start();
    starts_with(text, "oauth ") || starts_with(text, "aws4-")
}

/// Parameters of `Signature-Input` (RFC 9421 section 2.3) and of OAuth 1 (RFC 5849 section 3.5.1),
/// and the signature of AWS.
fn in_parameters(header: &str, value: &str) -> Vec<Mark> {
    let pairs = value.split([';', ',', ' ']).filter_map(|part| part.trim().split_once('='));
    let marks = pairs.filter_map(|(name, value)| {
        let kind = match name.to_ascii_lowercase().as_str() {
            "nonce" | "oauth_nonce" => MarkKind::Nonce,
            "created" | "oauth_timestamp" => MarkKind::Timestamp,
            "oauth_signature" | "signature" => MarkKind::Signature,
            _ => return None,
        };
        let value = value.trim_matches('"').to_owned();
        let name = format!("{} {name}", header.to_ascii_lowercase());
        Some(Mark { kind, place: MarkPlace::Header, name, value })
    });
    marks.filter(|mark| !mark.value.is_empty()).take(16).collect()
}

fn by_policy(call: &Call<'_>, name: &str) -> Option<MarkKind> {
    let api = call.api;
    [
        (&api.idempotency_keys, MarkKind::IdempotencyKey),
        (&api.nonces, MarkKind::Nonce),
        (&api.signatures, MarkKind::Signature),
        (&api.timestamps, MarkKind::Timestamp),
    ]
    .into_iter()
    .find(|(names, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    .map(|(_, kind)| kind)
}

pub(super) fn by_name(name: &str) -> Option<MarkKind> {
    let mut letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    if matches!(name.get(..2), Some("x-" | "X-")) {
        letters.next();
    }
    let lower = letters.map(|letter| letter.to_ascii_lowercase());
    let (first, length) = (lower.clone().next()?, lower.clone().count());
    // Each request has a dozen headers, hardly one of which is long and begins as one of these.
    let mut alike = NAMES
        .iter()
        .filter(|(known, _)| known.len() == length && known.as_bytes().first() == Some(&first));
    alike.find(|(known, _)| lower.clone().eq(known.bytes())).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_marks_inside() {
        let kinds = |header: &str, value: &str| {
            let marks = in_parameters(header, value);
            marks.into_iter().map(|mark| (mark.kind, mark.value)).collect::<Vec<_>>()
        };
        let oauth = r#"OAuth oauth_consumer_key="k", oauth_nonce="n1", oauth_timestamp="17""#;
        let expected = [(MarkKind::Nonce, "n1".into()), (MarkKind::Timestamp, "17".into())];
        assert_eq!(kinds("Authorization", oauth), expected);
        let aws = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=5d67";
        assert!(is_signed(aws) && !is_signed("Digest nonce=\"n3\", nc=00000001"));
        assert_eq!(kinds("Authorization", aws), [(MarkKind::Signature, "5d67".into())]);
        let input = r#"sig1=("@method");created=1618884473;nonce="n2";keyid="k""#;
        assert_eq!(kinds("Signature-Input", input).len(), 2);
    }

    #[test]
    fn names_tell_what_a_mark_is_for() {
        for (name, kind) in [
            ("X-Nonce", Some(MarkKind::Nonce)),
            ("oauth_nonce", Some(MarkKind::Nonce)),
            ("Idempotency-Key", Some(MarkKind::IdempotencyKey)),
            ("X-Timestamp", Some(MarkKind::Timestamp)),
            ("DPoP", Some(MarkKind::Proof)),
            ("X-Request-Id", None),
            ("design", None),
        ] {
            assert_eq!(by_name(name), kind, "{name}");
        }
    }
}
