//! Zeek's baselines: `ssl.log`, `x509.log`, `quic.log`, `http.log` and `dns.log` of its own tests.
//!
//! `ZEEK_TESTS.tsv` says which capture a test reads. Some tests read several captures and append
//! their logs to one file; a row then belongs to the capture of that test in which its flow is. Rows
//! whose capture is not here are counted as skipped.

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use crate::normal;
use crate::runs::Runs;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// One row of a log: cells by column name, `-` left out.
type Row = BTreeMap<String, String>;

/// Vectors, and how many rows belong to captures that are not here.
pub(crate) fn vectors(runs: &Runs) -> (Vec<Vector>, usize) {
    let mut vectors = Vec::new();
    let mut skipped = 0;
    for (folder, captures) in tests(runs) {
        runs.read(captures.iter().map(String::as_str));
        for file in runs.shared.files(&folder) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(kind) = ["ssl", "x509", "quic", "http", "dns"]
                .into_iter()
                .find(|kind| name.starts_with(kind))
            else {
                continue;
            };
            if !name.ends_with(".log") {
                continue;
            }
            let log = runs.shared.text(format!("{folder}/{name}"));
            let rows = rows(&log);
            // With one capture and one log there is no choice; a flow we miss must be a failure.
            let only = captures
                .first()
                .filter(|_| captures.len() == 1 && log.matches("#fields").count() == 1);
            match kind {
                "dns" | "http" => vectors.extend(messages(kind, &captures, &rows)),
                "x509" => vectors.extend(certificates(&captures, &rows)),
                _ => skipped += sessions(runs, kind, (&captures, only), &rows, &mut vectors),
            }
        }
    }
    (vectors, skipped)
}

/// Captures by folder of expected logs.
fn tests(runs: &Runs) -> BTreeMap<String, Vec<String>> {
    let table = crate::tsv::Table::parse(&runs.shared.text("zeek/ZEEK_TESTS.tsv"));
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in table.rows() {
        for folder in row["baseline dirs"].split(" ; ") {
            tests.entry(folder.to_owned()).or_default().push(row["trace"].to_owned());
        }
    }
    tests
}

/// Rows of a log, also of several logs in one file.
fn rows(log: &str) -> Vec<Row> {
    let mut columns: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for line in log.lines() {
        if let Some(names) = line.strip_prefix("#fields\t") {
            columns = names.split('\t').collect();
        } else if !line.starts_with('#') && !columns.is_empty() {
            let cells = columns.iter().zip(line.split('\t'));
            let stated = cells.filter(|(_, cell)| *cell != "-" && *cell != "(empty)");
            rows.push(stated.map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect());
        }
    }
    rows
}

/// Rows of `ssl.log` or `quic.log`, gathered by capture and flow: a test may log a flow twice.
fn sessions(
    runs: &Runs,
    kind: &str,
    (captures, only): (&[String], Option<&String>),
    rows: &[Row],
    vectors: &mut Vec<Vector>,
) -> usize {
    let mut skipped = 0;
    let mut by_flow: BTreeMap<(String, FlowKey), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let capture = key(row, false).and_then(|_| {
            let here = captures.iter().find(|capture| {
                let records = runs.records(capture);
                let ours = records.as_ref().as_ref().ok();
                ours.is_some_and(|ours| {
                    [false, true]
                        .iter()
                        .any(|udp| key(row, *udp).is_some_and(|k| ours.has_flow(&k)))
                })
            });
            here.or(only)
        });
        match capture {
            Some(capture) => {
                let records = runs.records(capture);
                let udp = records
                    .as_ref()
                    .as_ref()
                    .is_ok_and(|ours| key(row, true).is_some_and(|key| ours.has_flow(&key)));
                if let Some(key) = key(row, udp) {
                    by_flow.entry((capture.clone(), key)).or_default().push(row);
                }
            }
            None => skipped += 1,
        }
    }
    for ((capture, key), rows) in by_flow {
        let mut builder = Builder::new("zeek", capture, Place::Flow(key));
        let values = |name: &str, normal: &dyn Fn(&str) -> String| -> Vec<String> {
            rows.iter().filter_map(|row| row.get(name)).map(|value| normal(value)).collect()
        };
        let as_is = |value: &str| value.to_owned();
        if kind == "quic" {
            builder.all(Field::QuicVersion, values("version", &quic_version), Relation::Distinct);
            builder.all(Field::Sni, values("server_name", &normal::host), Relation::Distinct);
        } else {
            // Several tests that log the same capture give the same session several times.
            builder.all(Field::Version, values("version", &normal::version), Relation::Distinct);
            builder.all(Field::Cipher, values("cipher", &as_is), Relation::Distinct);
            // Below TLS 1.3 Zeek reads the curve of the key exchange, of which we make no record.
            if rows.iter().all(|row| row.get("version").is_some_and(|v| v.starts_with("TLSv13"))) {
                builder.all(Field::Curve, values("curve", &str::to_lowercase), Relation::Distinct);
            }
            builder.all(Field::Sni, values("server_name", &normal::host), Relation::Distinct);
            builder.all(Field::Established, values("established", &as_is), Relation::Distinct);
            builder.all(Field::Resumed, values("resumed", &as_is), Relation::Distinct);
            builder.all(Field::Chain, values("cert_chain_fps", &as_is), Relation::Distinct);
            if rows.iter().any(|row| row.contains_key("subject")) {
                builder.all(Field::Subject, values("subject", &normal::name), Relation::Distinct);
                builder.all(Field::Issuer, values("issuer", &normal::name), Relation::Distinct);
            }
        }
        vectors.extend(builder.done());
    }
    skipped
}

fn key(row: &Row, udp: bool) -> Option<FlowKey> {
    let cell = |name: &str| row.get(name).map(String::as_str);
    FlowKey::parse(
        udp,
        (cell("id.orig_h")?, cell("id.orig_p")?),
        (cell("id.resp_h")?, cell("id.resp_p")?),
    )
}

/// Zeek writes `1`, `quicv2`, `draft-29`; EVE `1`, `2`, `draft-29`.
fn quic_version(text: &str) -> String {
    text.strip_prefix("quicv").unwrap_or(text).to_owned()
}

/// Rows of `x509.log`. They bear no flow, but a fingerprint.
fn certificates(captures: &[String], rows: &[Row]) -> Vec<Vector> {
    // A log of several captures cannot be split, and one of them alone would miss certificates.
    let [capture] = captures else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut vectors = Vec::new();
    for row in rows {
        let cell = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
        let fingerprint = normal::hex(cell("fingerprint"));
        if fingerprint.len() != 64 || !seen.insert(fingerprint.clone()) {
            continue;
        }
        let mut builder = Builder::new("zeek", capture, Place::Certificate(fingerprint));
        builder.one(Field::Subject, normal::name(cell("certificate.subject")), Relation::Same);
        builder.one(Field::Issuer, normal::name(cell("certificate.issuer")), Relation::Same);
        builder.one(Field::Serial, normal::serial(cell("certificate.serial")), Relation::Same);
        for (field, column) in [
            (Field::NotBefore, "certificate.not_valid_before"),
            (Field::NotAfter, "certificate.not_valid_after"),
        ] {
            let seconds = cell(column).split('.').next().and_then(|text| text.parse().ok());
            builder.one(
                field,
                seconds.map(normal::moment_of_unix).unwrap_or_default(),
                Relation::Same,
            );
        }
        let sans = ["san.dns", "san.uri", "san.email", "san.ip"].map(cell);
        let names = sans.iter().flat_map(|list| list.split(','));
        let names = names.filter(|name| !name.is_empty()).map(normal::alternative);
        builder.all(Field::San, names.collect(), Relation::Distinct);
        let bits = cell("certificate.key_length");
        builder.one(
            Field::Key,
            match cell("certificate.key_type") {
                "rsa" => format!("RSA{bits}"),
                "ecdsa" => format!("EC{bits}"),
                "dsa" => format!("DSA{bits}"),
                _ => String::new(),
            },
            Relation::Same,
        );
        vectors.extend(builder.done());
    }
    vectors
}

/// Rows of `http.log` and `dns.log`. Tests log what they are about, so what is logged must be among
/// ours. Of several captures nothing says which one a row belongs to.
fn messages(kind: &str, captures: &[String], rows: &[Row]) -> Vec<Vector> {
    let [capture] = captures else { return Vec::new() };
    let mut vectors = Vec::new();
    for row in rows {
        let cell = |name: &str| row.get(name).map(String::as_str);
        let mut builder = Builder::new("zeek", capture, Place::Capture);
        let stated = match kind {
            // Without a status the row is of a connection that never came to a response.
            "http" => cell("method").zip(cell("uri")).map(|(method, uri)| {
                let status = cell("status_code").filter(|status| *status != "0");
                (Field::Exchanges, normal::exchange(method, uri, status.unwrap_or("null")))
            }),
            _ => cell("trans_id")
                .zip(cell("query"))
                .map(|(id, name)| (Field::Questions, format!("{id} {}", name.to_lowercase()))),
        };
        if let Some((field, value)) = stated {
            builder.one(field, value, Relation::Among);
        }
        vectors.extend(builder.done());
    }
    vectors
}
