//! Digests of the content (RFC 9530, RFC 3230, RFC 1864, AWS): whoever changes the content and not
//! the digest is seen without any key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::http::{Body, Headers};
use md5::Md5;
use sfv::{BareItem, Dictionary, ListEntry, Parser};
use sha1::Sha1;
use sha2::{Digest as _, Sha512};

use super::Proof;
use crate::call::Call;
use crate::finding::Confidence;

/// Algorithms that are checked, the best first; others are left alone (RFC 9530 section 5).
const ALGORITHMS: [&str; 4] = ["sha-512", "sha-256", "sha", "md5"];

/// The digests of both messages.
pub(super) fn of(call: &Call<'_>) -> Vec<Proof> {
    let request = call.request();
    let mut found = Vec::new();
    let proof = |by: &str, packets, is_response, fits, value| Proof {
        by: by.to_owned(),
        of: String::new(),
        fits,
        is_response,
        packets,
        value,
        untried: Confidence::Likely,
        alternatives: &[
            "a client or server that hashes something else than what it sends",
            "a gateway of the service that rewrites content, and not its digest",
        ],
    };
    for (by, fits, value) in of_message(&request.headers, &request.body) {
        found.push(proof(by, request.packets, false, fits, value));
    }
    if let Some((fits, value)) = amazon(&request.headers, &request.body) {
        found.push(proof("x-amz-content-sha256", request.packets, false, fits, value));
    }
    let response = call.response().filter(|said| {
        let has_content = !matches!(said.status, 100..=199 | 204 | 206 | 304);
        has_content && request.method != "HEAD" && request.method != "CONNECT"
    });
    if let Some(said) = response {
        for (by, fits, value) in of_message(&said.headers, &said.body) {
            found.push(proof(by, said.packets, true, fits, value));
        }
    }
    found
}

/// Name of the header, whether it fits, and what does not.
fn of_message(headers: &Headers, body: &Body) -> Vec<(&'static str, bool, String)> {
    // A part of it has a digest of its own or of the whole.
    if !body.is_whole() || headers.first("content-range").is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for name in ["content-digest", "digest", "content-md5"] {
        let mut all = headers.all(name).peekable();
        if all.peek().is_none() {
            continue;
        }
        let text = all.collect::<Vec<_>>().join(", ");
        let digests = match name {
            "content-digest" => structured(&text),
            "digest" => listed(&text),
            _ => STANDARD.decode(text.trim()).map(|md5| vec![("md5", md5)]).unwrap_or_default(),
        };
        // With several, one that fits is enough.
        let results: Vec<(&str, bool)> = digests
            .iter()
            .filter_map(|(algorithm, said)| Some((*algorithm, fits(algorithm, said, body)?)))
            .collect();
        let Some((algorithm, _)) = results.first() else { continue };
        let is_right = results.iter().any(|(_, fits)| *fits);
        // Codings are put on and taken off on the way; of what was taken off the whole is not kept.
        if !is_right && headers.first("content-encoding").is_some_and(|c| c != "identity") {
            continue;
        }
        found.push((name, is_right, mismatch(algorithm, body)));
    }
    found
}

fn mismatch(algorithm: &str, body: &Body) -> String {
    let sha256 = body.sha256().map(|digest| dissect::hex(digest.get(..6).unwrap_or_default()));
    format!(
        "the {algorithm} of the {} bytes that came is another (their SHA-256 begins {})",
        body.length,
        sha256.unwrap_or_default()
    )
}

/// RFC 9530 section 2: `sha-256=:…:, sha-512=:…:`.
fn structured(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let Ok(dictionary) = Parser::new(text).parse::<Dictionary>() else { return Vec::new() };
    let known = ALGORITHMS.into_iter().filter_map(|algorithm| {
        let ListEntry::Item(item) = dictionary.get(algorithm)? else { return None };
        let BareItem::ByteSequence(digest) = &item.bare_item else { return None };
        Some((algorithm, digest.clone()))
    });
    known.collect()
}

/// RFC 3230 section 4.3.2: `SHA-256=…,md5=…`.
fn listed(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let pairs = text.split(',').filter_map(|part| part.trim().split_once('='));
    let known = pairs.filter_map(|(name, value)| {
        let mut names = ALGORITHMS.into_iter();
        let algorithm = names.find(|known| known.eq_ignore_ascii_case(name.trim()))?;
        Some((algorithm, STANDARD.decode(value.trim()).ok()?))
    });
    known.collect()
}

/// Whether the digest is that of the body as sent; `None` if that cannot be said.
fn fits(algorithm: &str, said: &[u8], body: &Body) -> Option<bool> {
    let right = match algorithm {
        "sha-256" => body.sha256()?.to_vec(),
        "sha-512" => Sha512::digest(whole(body)?).to_vec(),
        "sha" => Sha1::digest(whole(body)?).to_vec(),
        "md5" => Md5::digest(whole(body)?).to_vec(),
        _ => return None,
    };
    // What has another size is no such digest.
    (right.len() == said.len()).then(|| right == said)
}

/// The bytes as sent, if all of them were kept.
pub(super) fn whole(body: &Body) -> Option<&[u8]> {
    if body.length == 0 { Some(&[]) } else { body.as_sent() }
}

/// AWS Signature Version 4: the payload's hash, unless it is not signed or comes in chunks.
fn amazon(headers: &Headers, body: &Body) -> Option<(bool, String)> {
    let said = headers.first("x-amz-content-sha256")?.trim();
    let is_digest = said.len() == 64 && said.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_chunked = headers.first("content-encoding").is_some_and(|c| c.contains("aws-chunked"));
    let right = body.sha256().filter(|_| is_digest && !is_chunked)?;
    Some((dissect::hex(right).eq_ignore_ascii_case(said), mismatch("sha-256", body)))
}
