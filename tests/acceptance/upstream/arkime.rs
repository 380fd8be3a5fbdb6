//! Arkime's session documents: fingerprints, version, cipher and certificates per session.
//!
//! Arkime joins all handshakes of a five-tuple, so values are compared as sets. It lower-cases
//! common names; of certificates the serial number, validity and alternative names are compared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Builder;
use crate::normal;
use crate::shared::Shared;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// Vectors of all documents whose capture is here.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let mut vectors = Vec::new();
    for file in shared.files("arkime/expected") {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".test.json") else { continue };
        let Some(capture) = capture(shared, stem) else { continue };
        let document: Value = serde_json::from_str(&shared.text(format!("arkime/expected/{name}")))
            .expect("Arkime's results are JSON");
        let sessions = document["sessions3"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut certificates: BTreeMap<String, &Value> = BTreeMap::new();
        for body in sessions.iter().map(|session| &session["body"]) {
            vectors.extend(session(&capture, body));
            for certificate in body["cert"].as_array().map(Vec::as_slice).unwrap_or_default() {
                let hash = normal::hex(certificate["hash"].as_str().unwrap_or_default());
                certificates.insert(hash, certificate);
            }
        }
        for (hash, certificate) in certificates {
            vectors.extend(self::certificate(&capture, hash, certificate));
        }
    }
    vectors
}

/// The capture of a document: in Arkime's own folder, or the same file in another suite.
fn capture(shared: &Shared, stem: &str) -> Option<String> {
    let candidates = ["pcap", "pcapng"].map(|end| format!("arkime/pcap/{stem}.{end}"));
    let own = candidates.into_iter().find(|capture| shared.path(capture).is_file());
    own.or_else(|| {
        let index = crate::tsv::Table::parse(&shared.text("INDEX.tsv"));
        let expected = format!("arkime/expected/{stem}.test.json");
        index
            .rows()
            .find(|row| row["expected"].contains(&expected))
            .map(|row| row["file"].to_owned())
    })
}

fn session(capture: &str, body: &Value) -> Vec<Vector> {
    let end = |side: &str| {
        let port = body[side]["port"].as_u64()?.to_string();
        Some((body[side]["ip"].as_str()?.to_owned(), port))
    };
    let tls = &body["tls"];
    let (Some(client), Some(server), true) = (end("source"), end("destination"), tls.is_object())
    else {
        return Vec::new();
    };
    let udp = body["ipProtocol"].as_u64() == Some(17);
    let key = FlowKey::parse(udp, (&client.0, &client.1), (&server.0, &server.1));
    let Some(key) = key else { return Vec::new() };
    let mut builder = Builder::new("arkime", capture, Place::Flow(key));
    for (field, name, normal) in [
        (Field::Ja3, "ja3", str::to_owned as fn(&str) -> String),
        (Field::Ja3s, "ja3s", str::to_owned),
        (Field::Ja4, "ja4", str::to_owned),
        (Field::Cipher, "cipher", str::to_owned),
        (Field::Version, "version", normal::version),
    ] {
        if let Some(values) = tls[name].as_array() {
            let values = values.iter().filter_map(Value::as_str).map(normal).collect();
            builder.all(field, values, Relation::Distinct);
        }
    }
    builder.done()
}

fn certificate(capture: &str, hash: String, certificate: &Value) -> Vec<Vector> {
    let mut builder = Builder::new("arkime", capture, Place::Certificate(hash));
    let moment = |name: &str| {
        let milliseconds = certificate[name].as_i64();
        milliseconds.map(|ms| normal::moment_of_unix(ms.div_euclid(1000))).unwrap_or_default()
    };
    builder.one(Field::NotBefore, moment("notBefore"), Relation::Same);
    builder.one(Field::NotAfter, moment("notAfter"), Relation::Same);
    let serial = certificate["serial"].as_str().map(normal::serial).unwrap_or_default();
    builder.one(Field::Serial, serial, Relation::Same);
    if let Some(names) = certificate["alt"].as_array() {
        let names = names.iter().filter_map(Value::as_str).map(normal::alternative);
        builder.all(Field::San, names.collect(), Relation::Distinct);
    }
    builder.done()
}
