//! Suricata's own checks on `tls` and `quic` events: how many events have these values.
//!
//! Ours are compared as they are printed, since `interloper records` promises EVE's words. Left out:
//! tests that simulate memory limits, application errors or drops by rule (they test Suricata's
//! policies), checks for other Suricata versions than 8.0.4, values that name Suricata or the
//! packet it logs at, and Google QUIC, which is no TLS.

use serde_json::{Map, Value};

use super::Builder;
use crate::shared::Shared;
use crate::vector::{Field, Place, Relation, Vector};

/// The release whose output is compared.
const RELEASE: (u64, u64, u64) = (8, 0, 4);

/// Vectors, and how many checks on `tls` or `quic` events were left out.
pub(crate) fn vectors(shared: &Shared) -> (Vec<Vector>, usize) {
    let mut vectors = Vec::new();
    let mut skipped = 0;
    for line in shared.text("suricata-verify/SURICATA_CHECKS.jsonl").lines() {
        let test: Value = serde_json::from_str(line).expect("SURICATA_CHECKS.jsonl is JSON Lines");
        let capture = test["capture"].as_str().unwrap_or_default();
        for check in test["checks"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let Some(matches) = check["match"].as_object() else { continue };
            if !matches!(matches.get("event_type").and_then(Value::as_str), Some("tls" | "quic")) {
                continue;
            }
            let wanted = comparable(&test, check, matches);
            let (Some(wanted), Some(count)) = (wanted, check["count"].as_u64()) else {
                skipped += 1;
                continue;
            };
            let mut builder = Builder::new("suricata", capture, Place::Capture);
            builder.one(Field::Events(wanted), count.to_string(), Relation::Same);
            vectors.extend(builder.done());
        }
    }
    (vectors, skipped)
}

/// The values to look for, if this check can be compared.
fn comparable(
    test: &Value,
    check: &Value,
    matches: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let name = test["test"].as_str()?;
    let arguments = test["args"].to_string();
    let simulated = ["simulate-packet", "simulate-applayer"].iter().any(|s| arguments.contains(s));
    let by_rule = ["firewall", "drop", "exception-policy"].iter().any(|word| name.contains(word));
    if simulated || by_rule || !applies(&test["requires"]) || !applies(&check["requires"]) {
        return None;
    }
    let google_quic = matches.keys().any(|key| key.starts_with("quic.cyu"));
    let foreign = matches.keys().any(|key| key.starts_with("ether.") || key.ends_with("has-key"));
    if google_quic || foreign {
        return None;
    }
    let wanted = in_our_words(matches);
    // Only "some event at this packet" is left of some checks; that says nothing.
    let says_something = wanted.len() > 1 || wanted.len() == matches.len();
    says_something.then_some(wanted)
}

/// A check in the words of our records. EVE lists a QUIC ClientHello's extensions one by one with
/// their values; ours has its name and ALPN protocols as a `tls` event has them.
fn in_our_words(matches: &Map<String, Value>) -> Map<String, Value> {
    let mut wanted = Map::new();
    for (key, value) in matches {
        let Some(extension) = key.strip_prefix("quic.extensions[") else {
            if key != "pcap_cnt" {
                wanted.insert(key.clone(), value.clone());
            }
            continue;
        };
        let Some((index, "values[0]")) = extension.split_once("].") else { continue };
        match matches.get(&format!("quic.extensions[{index}].name")).and_then(Value::as_str) {
            Some("server_name") => wanted.insert(String::from("quic.sni"), value.clone()),
            Some("alpn") => wanted.insert(String::from("quic.client_alpns[0]"), value.clone()),
            _ => None,
        };
    }
    wanted
}

/// Whether a requirement holds for [`RELEASE`].
fn applies(requires: &Value) -> bool {
    let version = |name: &str| {
        let value = requires.get(name)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let mut part = || parts.next().unwrap_or(0);
        Some((part(), part(), part()))
    };
    version("min-version").is_none_or(|least| RELEASE >= least)
        && version("lt-version").is_none_or(|limit| RELEASE < limit)
}
