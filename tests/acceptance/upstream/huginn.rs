//! huginn-net's golden JSON of TLS clients: name, JA4.

use serde_json::Value;

use super::Builder;
use crate::normal;
use crate::shared::Shared;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// Vectors of all goldens whose capture is here; its captures are those of the JA4 suite.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let mut vectors = Vec::new();
    for file in shared.files("huginn-net/expected/huginn-net-tls") {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let capture = format!("ja4/pcap/{}", name.trim_end_matches(".json"));
        if !shared.path(&capture).is_file() {
            continue;
        }
        let text = shared.text(format!("huginn-net/expected/huginn-net-tls/{name}"));
        let golden: Value = serde_json::from_str(&text).expect("huginn-net's results are JSON");
        let connections = golden["connections"].as_array().map(Vec::as_slice).unwrap_or_default();
        for connection in connections {
            let end = |side: &str| {
                let port = connection[side]["port"].as_u64()?.to_string();
                Some((connection[side]["ip"].as_str()?.to_owned(), port))
            };
            let (Some(client), Some(server)) = (end("source"), end("destination")) else {
                continue;
            };
            let key = FlowKey::parse(false, (&client.0, &client.1), (&server.0, &server.1));
            let Some(key) = key else { continue };
            let tls = &connection["tls"];
            let mut builder = Builder::new("huginn-net", &capture, Place::Flow(key));
            let ja4 = tls["ja4"]["full"].as_str().unwrap_or_default();
            builder.one(Field::Ja4, ja4, Relation::Distinct);
            let sni = normal::host(tls["sni"].as_str().unwrap_or_default());
            builder.one(Field::Sni, sni, Relation::Distinct);
            vectors.extend(builder.done());
        }
    }
    vectors
}
