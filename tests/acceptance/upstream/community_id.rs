//! Community IDs: the vectors of Zeek's package, and those in Arkime's session documents.
//!
//! Only TCP and UDP: ICMP, SCTP and ARP are no flows here.

use super::Builder;
use crate::shared::Shared;
use crate::vector::{Field, Place, Relation, Vector};

/// Vectors of both.
pub(crate) fn vectors(shared: &Shared) -> Vec<Vector> {
    let mut vectors = Vec::new();
    for protocol in ["ipv6", "tcp", "udp"] {
        let text = shared.text(format!("zeek-community-id/expected/{protocol}.pcap.out"));
        let ids =
            text.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, id)| id.to_owned());
        let capture = format!("zeek/Traces/communityid/{protocol}.pcap");
        let mut builder = Builder::new("community-id", capture, Place::Capture);
        builder.all(Field::CommunityId, ids.collect(), Relation::Among);
        vectors.extend(builder.done());
    }
    for file in shared.files("arkime/expected") {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let capture = format!("arkime/pcap/{}.pcap", name.trim_end_matches(".test.json"));
        if !shared.path(&capture).is_file() {
            continue;
        }
        let document: serde_json::Value =
            serde_json::from_str(&shared.text(format!("arkime/expected/{name}")))
                .expect("Arkime's results are JSON");
        let sessions = document["sessions3"].as_array().map(Vec::as_slice).unwrap_or_default();
        let flows = sessions.iter().map(|session| &session["body"]).filter(|body| {
            matches!(body["ipProtocol"].as_u64(), Some(6 | 17)) && body["source"]["port"] != 0
        });
        let ids = flows.filter_map(|body| body["network"]["community_id"].as_str());
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        if !ids.is_empty() {
            let mut builder = Builder::new("community-id", capture, Place::Capture);
            builder.all(Field::CommunityId, ids, Relation::Among);
            vectors.extend(builder.done());
        }
    }
    vectors
}
