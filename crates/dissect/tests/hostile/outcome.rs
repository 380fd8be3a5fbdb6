//! What a dissector makes of frames, and what holds of it whatever the frames were.

use std::collections::BTreeMap;
use std::sync::Arc;

use dissect::limits::FLOW_WEIRDS;
use dissect::x509::Chain;
use dissect::{Decoder, Dissector, Fact, Known, Record, Seen, Session, Stage};

use crate::captures::{Frame, packets};

/// All records of one dissector.
pub(crate) fn dissected(frames: &[Frame]) -> Vec<Record> {
    let (mut decoder, mut dissector) = (Decoder::default(), Dissector::default());
    let (mut known, mut records) = (Known::default(), Vec::new());
    for packet in packets(frames) {
        dissector.advance(packet.timestamp, packet.number, &mut known, &mut records);
        let decoded = decoder.decode(&packet);
        dissector.packet(&packet, &decoded, &mut known, &mut records);
    }
    dissector.finish(&mut known, &mut records);
    records
}

/// Each flow ends once, has a bounded number of weirds and at most one session, whose stages come
/// in order; no two records have the same place.
pub(crate) fn check(records: &[Record], frames: usize) {
    let mut flows: BTreeMap<u64, (usize, u8, Vec<Stage>)> = BTreeMap::new();
    for record in records {
        let flow = flows.entry(record.order.flow).or_default();
        assert_eq!(flow.0, 0, "a flow spoke after its end: {record:?}");
        match &record.fact {
            Fact::Flow(_) => flow.0 += 1,
            Fact::Weird(_) => flow.1 += 1,
            Fact::Session(stage, _) => flow.2.push(*stage),
            _ => {}
        }
    }
    assert!(flows.len() <= frames);
    for (flow, (ends, weirds, stages)) in flows {
        assert_eq!(ends, 1, "flow {flow}");
        assert!(weirds <= FLOW_WEIRDS, "flow {flow}: {weirds} weirds");
        assert!(stages.is_sorted_by(|a, b| a < b), "flow {flow}: {stages:?}");
        assert!(stages.last().is_none_or(|last| *last == Stage::Ended), "flow {flow}: {stages:?}");
    }
    let mut orders: Vec<_> = records.iter().map(|record| record.order).collect();
    orders.sort_unstable();
    assert!(orders.is_sorted_by(|a, b| a < b), "two records in one place");
}

/// What the sessions said, without the packets they said it in; sorted.
pub(crate) fn facts(records: &[Record]) -> Vec<String> {
    let mut facts: Vec<String> = records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::Session(Stage::Ended, session) => Some(told(session)),
            _ => None,
        })
        .collect();
    facts.sort_unstable();
    facts
}

fn told(session: &Session) -> String {
    let chain = |chain: &Seen<Arc<Chain>>| chain.value.fingerprint();
    format!(
        "{:?}",
        (
            (session.carrier, &session.preludes, session.end, session.established),
            session.client_hello.as_ref().map(|hello| &hello.value),
            session.retry_request.as_ref().map(|hello| &hello.value),
            session.server_hello.as_ref().map(|hello| &hello.value),
            session.certificates.seen().map(chain),
            session.client_certificates.as_ref().map(chain),
            session.alerts.iter().map(|alert| alert.value).collect::<Vec<_>>(),
            (session.certificate_requested, session.resumed, session.early_data),
            (session.client_application_records, session.server_application_records),
        )
    )
}
