//! JA4 of the reference implementation's snapshots: only the `ja4:` values, which are under BSD-3.
//!
//! A snapshot is a YAML list of streams; its lines are `key: value`.

use std::collections::BTreeMap;

use super::Builder;
use crate::shared::Shared;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// Vectors of all snapshots whose capture is here.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let mut vectors = Vec::new();
    for file in shared.files("ja4/expected/rust-snapshots") {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(capture) = name.strip_prefix("ja4__insta@").and_then(|n| n.strip_suffix(".snap"))
        else {
            continue;
        };
        let capture = format!("ja4/pcap/{capture}");
        if !shared.path(&capture).is_file() {
            continue;
        }
        let text = shared.text(format!("ja4/expected/rust-snapshots/{name}"));
        let mut by_flow: BTreeMap<FlowKey, (Vec<String>, Vec<String>)> = BTreeMap::new();
        for stream in streams(&text) {
            let cell = |name: &str| stream.get(name).copied().unwrap_or_default();
            let udp = cell("transport") == "udp";
            let (client, server) =
                ((cell("src"), cell("src_port")), (cell("dst"), cell("dst_port")));
            let (Some(key), Some(ja4)) = (FlowKey::parse(udp, client, server), stream.get("ja4"))
            else {
                continue;
            };
            let (fingerprints, names) = by_flow.entry(key).or_default();
            fingerprints.push((*ja4).to_owned());
            names.extend(stream.get("tls_server_name").map(|name| crate::normal::host(name)));
        }
        for (key, (fingerprints, names)) in by_flow {
            let mut builder = Builder::new("ja4", &capture, Place::Flow(key));
            builder.all(Field::Ja4, fingerprints, Relation::Distinct);
            builder.all(Field::Sni, names, Relation::Distinct);
            vectors.extend(builder.done());
        }
    }
    vectors
}

/// The streams of a snapshot: the keys of their first level, values without quotes.
fn streams(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut streams: Vec<BTreeMap<&str, &str>> = Vec::new();
    for line in text.lines() {
        let line = match line.strip_prefix("- ") {
            Some(first) => {
                streams.push(BTreeMap::new());
                first
            }
            None => line.strip_prefix("  ").unwrap_or_default(),
        };
        if line.starts_with(' ') {
            continue;
        }
        if let (Some(stream), Some((key, value))) = (streams.last_mut(), line.split_once(": ")) {
            stream.insert(key, value.trim_matches(['"', '\'']));
        }
    }
    streams
}
