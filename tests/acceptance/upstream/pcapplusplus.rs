//! PcapPlusPlus's TLS fingerprinting example: JA3 and JA3S per flow.

use std::collections::BTreeMap;

use super::Builder;
use crate::shared::Shared;
use crate::tsv::Table;
use crate::vector::{Field, FlowKey, Place, Relation, Vector};

/// The capture that the example's test reads.
const CAPTURE: &str = "pcapplusplus/ExamplesTest/pcap_examples/tls2.pcap";

/// Vectors of `tls_fp_ch_sh.txt`.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let text = shared.text("pcapplusplus/ExamplesTest/expected_output/tls_fp_ch_sh.txt");
    let table = Table::parse(&text);
    let mut by_flow: BTreeMap<(FlowKey, bool), Vec<String>> = BTreeMap::new();
    for row in table.rows() {
        let source = (row["IP Source"], row["TCP Source Port"]);
        let destination = (row["IP Dest"], row["TCP Dest Port"]);
        let Some(key) = FlowKey::parse(false, source, destination) else { continue };
        let from_client = row["TLS Fingerprint type"] == "ClientHello";
        let value = match from_client {
            true => row["TLS Fingerprint (MD5)"].to_owned(),
            false => row["TLS Fingerprint"].replacen("772,", "771,", 1),
        };
        by_flow.entry((key, from_client)).or_default().push(value);
    }
    let mut vectors = Vec::new();
    for ((key, from_client), hashes) in by_flow {
        let mut builder = Builder::new("pcapplusplus", CAPTURE, Place::Flow(key));
        let field = if from_client { Field::Ja3 } else { Field::Ja3sText };
        builder.all(field, hashes, Relation::Distinct);
        vectors.extend(builder.done());
    }
    vectors
}
