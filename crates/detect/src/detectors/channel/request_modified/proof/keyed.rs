//! What is signed with a key that the policy gives. Only what a key is meant for is judged, and
//! until something fits it is possible that the key is wrong.

use sha2::{Digest as _, Sha256};

use super::Proof;
use super::digests::whole;
use super::{amazon, message};
use crate::call::Call;
use crate::call::quote::shortened;
use crate::finding::Confidence;
use crate::policy::keys::{HeaderMac, Key, Purpose, verify_jwt};

/// What else a mismatch could be.
const WRONG_KEY: &[&str] =
    &["the key or the message in the policy is not the one that the app signs with"];

/// All that the keys of the host are for.
pub(super) fn of(call: &Call<'_>) -> Vec<Proof> {
    let keys = &call.api.keys;
    if keys.is_empty() {
        return Vec::new();
    }
    let mut found = tokens(call);
    found.extend(message::of(call));
    found.extend(amazon::of(call));
    for key in keys {
        if let Purpose::Header(mac) = &key.purpose {
            found.extend(header(call, key, mac));
        }
    }
    found
}

/// A proof of the request.
pub(super) fn proof(call: &Call<'_>, by: String, of: &str, fits: bool, value: String) -> Proof {
    Proof {
        by,
        of: of.to_owned(),
        fits,
        is_response: false,
        packets: call.request().packets,
        value,
        untried: Confidence::Possible,
        alternatives: WRONG_KEY,
    }
}

/// JSON Web Tokens. One that is not signed has nothing that could fit.
fn tokens(call: &Call<'_>) -> Vec<Proof> {
    let tokens = call.tokens().iter().filter(|token| !token.jwt.is_unsigned());
    let proofs = tokens.filter_map(|token| {
        let fits = verify_jwt(&call.api.keys, &token.jwt)?;
        let issuer = token.jwt.text("iss").unwrap_or_default();
        let value = format!(
            "the signature ({}) of the token in {} is not of the key in the policy",
            shortened(token.jwt.algorithm()),
            shortened(&token.place)
        );
        Some(proof(call, "token".into(), issuer, fits, value))
    });
    proofs.collect()
}

/// A MAC of the app's own making.
fn header(call: &Call<'_>, key: &Key, mac: &HeaderMac) -> Option<Proof> {
    let value = call.header(&mac.header)?.trim();
    // `sha256=…`, as webhooks write it.
    let bytes = mac.encoding.decode(value).or_else(|| {
        let (_, value) = value.split_once('=')?;
        mac.encoding.decode(value)
    });
    // A HAR file may leave a body out.
    let is_missing = call.request().body.length == 0
        && call.header("content-length").is_some_and(|length| length.trim() != "0");
    let message = content(call, &mac.message).filter(|_| !is_missing)?;
    let algorithm = key.algorithm()?;
    let fits = bytes.is_some_and(|bytes| key.verifies(algorithm, &message, &bytes) == Some(true));
    let name = mac.header.to_ascii_lowercase();
    let value = format!("the MAC of {} is another", shortened(&mac.message.replace('\n', "\\n")));
    Some(proof(call, name, key.id.as_deref().unwrap_or_default(), fits, value))
}

/// The template with what the request says; `None` if it lacks something of it, or the body is not
/// known as a whole.
fn content(call: &Call<'_>, template: &str) -> Option<Vec<u8>> {
    let request = call.request();
    let mut message = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        message.extend_from_slice(before.as_bytes());
        let Some((name, after)) = after.split_once('}') else {
            message.push(b'{');
            rest = after;
            continue;
        };
        rest = after;
        let query = request.query();
        match name {
            "body" => message.extend_from_slice(whole(&request.body)?),
            "body-sha256" => {
                let digest = match request.body.length {
                    0 => Some(Sha256::digest(b"").into()),
                    _ => request.body.sha256().copied(),
                };
                message.extend_from_slice(dissect::hex(&digest?).as_bytes());
            }
            "host" => message.extend_from_slice(request.authority()?.as_bytes()),
            "method" => message.extend_from_slice(request.method.as_bytes()),
            "path" => message.extend_from_slice(request.path().as_bytes()),
            "query" => message.extend_from_slice(query.unwrap_or_default().as_bytes()),
            "target" => {
                message.extend_from_slice(request.path().as_bytes());
                if let Some(query) = query {
                    message.push(b'?');
                    message.extend_from_slice(query.as_bytes());
                }
            }
            name => {
                let value = call.header(name.strip_prefix("header:")?)?;
                message.extend_from_slice(value.trim().as_bytes());
            }
        }
    }
    message.extend_from_slice(rest.as_bytes());
    Some(message)
}
