//! The shared folder's second opinion: tshark 4.0.17 and python-cryptography, per capture.
//!
//! `tls_by_capture.tsv` counts handshake messages, not sessions (a HelloRetryRequest makes two
//! ClientHellos), and lists at most the 40 most frequent values; so distinct values are compared,
//! and for a full list only that its values are among ours. Numbers of sessions are compared in
//! `tshark.rs`. Captures that it does not list have no TLS at all, which is compared too.

use std::collections::BTreeSet;

use super::Builder;
use crate::normal;
use crate::shared::Shared;
use crate::tsv::Table;
use crate::vector::{Field, Place, Relation, Vector};

/// A list this long may have been cut.
const LONGEST_LIST: usize = 40;

/// `certs_by_capture.tsv` lists no more alternative names of a certificate than this.
const LONGEST_SAN: usize = 8;

/// Vectors of `tls_by_capture.tsv`, and "no sessions" for all captures that it does not list.
pub(crate) fn sessions(shared: &Shared) -> Vec<Vector> {
    let table = Table::parse(&shared.text("REFERENCE/tls_by_capture.tsv"));
    let mut vectors = Vec::new();
    let mut listed = BTreeSet::new();
    for row in table.rows() {
        listed.insert(row["capture"].to_owned());
        let mut builder = Builder::new("reference", row["capture"], Place::Capture);
        for (field, column, normal) in [
            (Field::Sni, "sni", normal::host as fn(&str) -> String),
            (Field::Ja3, "ja3 (client)", str::to_owned),
            (Field::Ja3s, "ja3s (server)", str::to_owned),
            (Field::Alerts, "alerts", str::to_owned),
        ] {
            let values = counted(row[column], normal);
            let full = values.len() >= LONGEST_LIST;
            let relation = if full { Relation::Among } else { Relation::Distinct };
            builder.all(field, values, relation);
        }
        vectors.extend(builder.done());
    }
    for capture in shared.all().into_iter().filter(|capture| !listed.contains(capture)) {
        let mut builder = Builder::new("reference", capture, Place::Capture);
        builder.one(Field::Sessions, "0", Relation::Same);
        vectors.extend(builder.done());
    }
    vectors
}

/// The values of a cell such as `a.testx2 b.testx1`: each once.
fn counted(cell: &str, normal: fn(&str) -> String) -> Vec<String> {
    let values = cell.split(' ').filter(|word| !word.is_empty());
    values.map(|word| normal(word.rsplit_once('x').map_or(word, |(value, _)| value))).collect()
}

/// Vectors of `certs_by_capture.tsv`: which certificates there are, and what each says.
pub(crate) fn certificates(shared: &Shared) -> Vec<Vector> {
    let table = Table::parse(&shared.text("REFERENCE/certs_by_capture.tsv"));
    let mut vectors = Vec::new();
    let mut seen = BTreeSet::new();
    let mut of_capture: Vec<(String, Vec<String>)> = Vec::new();
    for row in table.rows() {
        let (capture, sha256) = (row["capture"], normal::hex(row["sha256"]));
        match of_capture.last_mut() {
            Some((last, hashes)) if last == capture => hashes.push(sha256.clone()),
            _ => of_capture.push((capture.to_owned(), vec![sha256.clone()])),
        }
        // Without a hash: what the second opinion could not decode at all.
        if sha256.is_empty() || !seen.insert((capture.to_owned(), sha256.clone())) {
            continue;
        }
        let place = Place::Certificate(sha256);
        let mut builder = Builder::new("reference", capture, place);
        for (field, value) in [
            (Field::Subject, normal::name(row["subject"])),
            (Field::Issuer, normal::name(row["issuer"])),
            (Field::NotBefore, normal::moment(row["not_before"])),
            (Field::NotAfter, normal::moment(row["not_after"])),
            (Field::Key, if row["key"] == "None" { String::new() } else { row["key"].to_owned() }),
        ] {
            builder.one(field, value, Relation::Same);
        }
        let names = row["san"].split(',').filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(normal::alternative).collect();
        let full = names.len() >= LONGEST_SAN;
        let relation = if full { Relation::Among } else { Relation::Distinct };
        builder.all(Field::San, names, relation);
        vectors.extend(builder.done());
    }
    for (capture, mut hashes) in of_capture {
        let all = hashes.len();
        hashes.retain(|hash| !hash.is_empty());
        let relation = if hashes.len() < all { Relation::Among } else { Relation::Distinct };
        let mut builder = Builder::new("reference", capture, Place::Capture);
        builder.all(Field::Certificates, hashes, relation);
        vectors.extend(builder.done());
    }
    vectors
}
