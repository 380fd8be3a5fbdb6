//! Proofs of possession that do not fit the request (DPoP, RFC 9449 section 4.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dissect::http::Scheme;
use sha2::{Digest as _, Sha256};

use super::Reuse;
use crate::call::Call;
use crate::call::quote::{normal_host, shortened, url_host, url_path};
use crate::call::tokens::Token;
use crate::detector::Sighting;
use crate::finding::Confidence;

/// What of the call's proof does not fit.
pub(super) fn sightings(call: &Call<'_>) -> Option<Sighting> {
    let is_proof = |token: &&Token| token.place == "dpop" && token.jwt.media_type() == "dpop+jwt";
    let proof = call.tokens().iter().find(is_proof)?;
    let mut misfits = Vec::new();
    let method = proof.jwt.text("htm");
    if let Some(method) = method.filter(|method| *method != call.request().method) {
        let asked = &call.request().method;
        misfits.push(("htm", format!("{} for {}", shortened(method), shortened(asked))));
    }
    if let Some(url) = proof.jwt.text("htu").filter(|url| !is_of(url, call)) {
        let asked = format!("{}{}", call.label(), call.path());
        misfits.push(("htu", format!("{} for {}", shortened(url), shortened(&asked))));
    }
    let hash = proof.jwt.text("ath").filter(|_| shows_token(call));
    if hash.is_some_and(|hash| hash != token_hash(call)) {
        misfits.push(("ath", String::from("the hash of another token")));
    }
    let (first, _) = misfits.first()?;
    let reuse = Reuse {
        key: format!("dpop\n{first}"),
        confidence: Confidence::Likely,
        what: format!("A DPoP proof was made for another request ({first})"),
        evidence: misfits.iter().map(|(fact, value)| call.asked(fact, value)).collect(),
    };
    Some(reuse.raise(call))
}

/// Whether the URL is the one that was asked for, without query and fragment. Ports, and which of two
/// names a gateway has, are its own business.
fn is_of(url: &str, call: &Call<'_>) -> bool {
    let same_host = url_host(url)
        .zip(call.exchange.host().map(normal_host))
        .is_none_or(|((_, host), asked)| host == asked);
    // Behind a gateway, where there is no TLS any more, hosts have other names.
    let is_behind = call.exchange.scheme() == Scheme::Http;
    let (named, asked) = (trimmed(url_path(url)), trimmed(call.path()));
    (same_host || is_behind) && (named == asked || is_mapped(named, asked))
}

fn trimmed(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// Whether one is the other below a prefix: gateways take prefixes off, and put them before.
fn is_mapped(one: &str, other: &str) -> bool {
    let below = |long: &str, short: &str| !short.is_empty() && long.ends_with(short);
    below(one, other) || below(other, one)
}

fn token<'a>(call: &Call<'a>) -> Option<&'a str> {
    let (scheme, token) = call.header("authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("dpop").then(|| token.trim())
}

fn shows_token(call: &Call<'_>) -> bool {
    token(call).is_some()
}

fn token_hash(call: &Call<'_>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token(call).unwrap_or_default()))
}
