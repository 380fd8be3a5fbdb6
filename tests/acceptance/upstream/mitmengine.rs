//! mitmengine's signatures of interception products: the ClientHello of the labelled product.
//!
//! A labelled capture repeats the same page load many times and holds other clients too, so one of
//! our ClientHellos must be one that the product's signatures list, order and all. Products without
//! a signature in the list cannot be compared.

use serde_json::Value;

use super::Builder;
use crate::shared::Shared;
use crate::vector::{Field, Place, Relation, Vector};

/// Vectors, and how many labelled captures cannot be compared.
pub(crate) fn vectors(shared: &Shared) -> (Vec<Vector>, usize) {
    let signatures = shared.text("mitmengine/fingerprints/mitm.txt");
    let mut vectors = Vec::new();
    let mut skipped = 0;
    for line in shared.text("mitmengine/fingerprint_metadata.jsonl").lines() {
        let label: Value = serde_json::from_str(line).expect("the metadata is JSON Lines");
        let product = label["mitm_fingerprint"]["name"].as_str();
        let (Some(product), Some(capture)) = (product, label["local_pcap"].as_str()) else {
            continue;
        };
        let known: Vec<String> = signatures
            .lines()
            .filter_map(|line| {
                let mut parts = line.split('|').skip(1);
                let (hello, name) = (parts.next()?, parts.next()?);
                (name.split(':').next() == Some(product)).then(|| ja3_text(hello)).flatten()
            })
            .collect();
        if known.is_empty() || !shared.path(capture).is_file() {
            skipped += 1;
            continue;
        }
        let mut builder = Builder::new("mitmengine", capture, Place::Capture);
        builder.all(Field::Ja3Text, known, Relation::AnyOf);
        vectors.extend(builder.done());
    }
    (vectors, skipped)
}

/// `303:c02b,c02f:0,b,a:17,18:0::` as the text of a JA3: `771,49195-49199,0-11-10,23-24,0`.
fn ja3_text(signature: &str) -> Option<String> {
    let parts: Vec<String> = signature
        .split(':')
        .take(5)
        .map(|list| {
            let numbers = list.split(',').filter(|hex| !hex.is_empty());
            let numbers: Result<Vec<String>, _> =
                numbers.map(|hex| u16::from_str_radix(hex, 16).map(|n| n.to_string())).collect();
            numbers.map(|numbers| numbers.join("-"))
        })
        .collect::<Result<_, _>>()
        .ok()?;
    (parts.len() == 5).then(|| parts.join(","))
}
