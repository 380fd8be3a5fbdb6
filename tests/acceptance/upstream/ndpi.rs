//! nDPI's results, per flow: name, ALPN, version, fingerprints, and the leaf certificate.

use std::collections::BTreeMap;

use super::Builder;
use crate::normal;
use crate::shared::Shared;
use crate::tsv::Table;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// Vectors of all TLS and QUIC flows.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let table = Table::parse(&shared.text("ndpi/NDPI_FLOWS.tsv"));
    let mut by_flow: BTreeMap<(String, FlowKey), Vec<crate::tsv::Row<'_>>> = BTreeMap::new();
    for row in table.rows() {
        // nDPI also gives a "host name" to plain HTTP, DNS, SSDP and the like.
        let fingerprinted =
            ["ja3c", "ja3s", "ja4", "tls_version"].iter().any(|c| !row[c].is_empty());
        if !fingerprinted || row["tls_version"].starts_with("QUIC ver: Q0") {
            continue;
        }
        let (client, server) = ((row["client"], row["cport"]), (row["server"], row["sport"]));
        if let Some(key) = FlowKey::parse(row["l4"] == "UDP", client, server) {
            by_flow.entry((row["capture"].to_owned(), key)).or_default().push(row);
        }
    }
    let mut vectors = Vec::new();
    for ((capture, key), rows) in by_flow {
        let mut builder = Builder::new("ndpi", capture, Place::Flow(key));
        let mut add = |field: Field, column: &str, normal: &dyn Fn(&str) -> String| {
            let stated = rows.iter().map(|row| row[column]).filter(|cell| !cell.is_empty());
            let values: Vec<String> = stated.map(normal).collect();
            if !values.is_empty() {
                builder.all(field, values, Relation::Distinct);
            }
        };
        let as_is = |cell: &str| cell.to_owned();
        add(Field::Sni, "hostname_sni", &normal::host);
        add(Field::AlpnOffered, "alpn_adv", &|cell| cell.replace(';', ","));
        add(Field::AlpnChosen, "alpn_neg", &|cell| cell.replace(';', ","));
        // Without a ServerHello nDPI gives the version of the ClientHello's record.
        if rows.iter().all(|row| !row["ja3s"].is_empty()) {
            add(Field::Version, "tls_version", &normal::version);
        }
        add(Field::Ja3, "ja3c", &as_is);
        add(Field::Ja3s, "ja3s", &as_is);
        // nDPI never says that there is no server name, and takes the first two letters of an ALPN
        // protocol, where the specification wants the first and the last.
        add(Field::Ja4Lists, "ja4", &normal::ja4_lists);
        add(Field::Cipher, "cipher", &as_is);
        add(Field::Issuer, "issuer", &normal::name);
        add(Field::Subject, "subject", &normal::name);
        add(Field::NotBefore, "validity", &|cell| normal::moment(cell.get(..19).unwrap_or(cell)));
        add(Field::NotAfter, "validity", &|cell| normal::moment(cell.get(22..).unwrap_or(cell)));
        vectors.extend(builder.done());
    }
    vectors
}
