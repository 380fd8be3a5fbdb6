//! HTTP message signatures (RFC 9421) of requests, with keys of the policy.

use dissect::http::Scheme;
use dissect::http::values;
use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, ListEntry, Parser};

use super::Proof;
use super::keyed::proof;
use crate::call::Call;
use crate::call::quote::shortened;
use crate::policy::keys::{Algorithm, Purpose};

/// Most signatures of a request that are looked at.
const MAX_SIGNATURES: usize = 4;

/// The signatures that a key is meant for.
pub(super) fn of(call: &Call<'_>) -> Vec<Proof> {
    let combined = |name: &str| {
        let all: Vec<&str> = call.request().headers.all(name).collect();
        Parser::new(&all.join(", ")).parse::<Dictionary>().ok()
    };
    let Some((inputs, signatures)) = combined("signature-input").zip(combined("signature")) else {
        return Vec::new();
    };
    let all = inputs.iter().take(MAX_SIGNATURES).filter_map(|(label, input)| {
        let ListEntry::InnerList(input) = input else { return None };
        let ListEntry::Item(signature) = signatures.get(label.as_str())? else { return None };
        let BareItem::ByteSequence(signature) = &signature.bare_item else { return None };
        let (fits, keyid) = verify(call, input, signature)?;
        let value = format!("the signature {} over {}", shortened(label.as_str()), covered(input));
        Some(proof(call, "signature".into(), &keyid, fits, value))
    });
    all.collect()
}

/// Whether a key that is meant for it made it, and the key's name.
fn verify(call: &Call<'_>, input: &InnerList, signature: &[u8]) -> Option<(bool, String)> {
    let keyid = parameter(input, "keyid").unwrap_or_default();
    let named = match parameter(input, "alg") {
        Some(name) => Some(Algorithm::of_message(&name)?),
        None => None,
    };
    let base = base(call, input)?;
    let meant = call.api.keys.iter().filter(|key| {
        key.purpose == Purpose::Message && key.id.as_ref().is_none_or(|own| *own == keyid)
    });
    let results = meant.filter_map(|key| {
        let algorithm = key.algorithm()?;
        let is_its = named.is_none_or(|named| named == algorithm);
        is_its.then(|| key.verifies(algorithm, base.as_bytes(), signature)).flatten()
    });
    Some((results.reduce(|one, other| one || other)?, keyid))
}

fn parameter(input: &InnerList, name: &str) -> Option<String> {
    match input.params.get(name)? {
        BareItem::String(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

/// The names of what is signed.
fn covered(input: &InnerList) -> String {
    let names: Vec<String> = input.items.iter().filter_map(name).collect();
    shortened(&names.join(", "))
}

fn name(item: &Item) -> Option<String> {
    match &item.bare_item {
        BareItem::String(name) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

/// The signature base (section 2.5); `None` if something of it is not known here.
fn base(call: &Call<'_>, input: &InnerList) -> Option<String> {
    let mut base = String::new();
    for item in &input.items {
        let identifier = item.serialize();
        base.push_str(&format!("{identifier}: {}\n", component(call, item)?));
    }
    let parameters = vec![ListEntry::InnerList(input.clone())].serialize()?;
    base.push_str(&format!("\"@signature-params\": {parameters}"));
    Some(base)
}

/// The value of a component (sections 2.1 and 2.2).
fn component(call: &Call<'_>, item: &Item) -> Option<String> {
    let request = call.request();
    let name = name(item)?;
    let query = || request.query().map_or_else(|| "?".to_owned(), |query| format!("?{query}"));
    let target = || {
        let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", request.path())
    };
    let is_https = call.exchange.scheme() == Scheme::Https;
    let scheme = if is_https { "https" } else { "http" };
    let authority = || {
        let authority = request.authority()?.to_ascii_lowercase();
        let default = if is_https { ":443" } else { ":80" };
        Some(authority.strip_suffix(default).map(str::to_owned).unwrap_or(authority))
    };
    if name == "@query-param" {
        let BareItem::String(wanted) = item.params.get("name")? else { return None };
        let mut pairs = values::pairs(request.query()?);
        let (_, value) = pairs.find(|(name, _)| name.as_ref() as &str == wanted.as_str())?;
        return Some(encoded(&value));
    }
    // Structured, binary and those of another message: they are rare.
    if !item.params.is_empty() {
        return None;
    }
    match name.as_str() {
        "@method" => Some(request.method.clone()),
        "@authority" => authority(),
        "@scheme" => Some(scheme.to_owned()),
        "@path" => Some(request.path().to_owned()),
        "@query" => Some(query()),
        "@request-target" => Some(target()),
        "@target-uri" => Some(format!("{scheme}://{}{}", authority()?, target())),
        name if name.starts_with('@') => None,
        name => {
            let all: Vec<&str> = request.headers.all(name).map(str::trim).collect();
            // HTTP/2 has no Host field.
            let missing = || (name == "host").then(authority).flatten();
            if all.is_empty() { missing() } else { Some(all.join(", ")) }
        }
    }
}

/// Percent-encoded as forms do, with `%20` (section 2.2.8).
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        match keep(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
