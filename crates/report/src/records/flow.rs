//! The `flow` event: counters of both directions.

use std::io;

use dissect::flow::FlowEnd;
use dissect::{FlowSummary, Record, Transport};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};
use crate::time::eve;

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    app_proto: Option<&'static str>,
    flow: FlowJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<TcpJson>,
}

#[derive(Serialize)]
struct FlowJson {
    pkts_toserver: u64,
    pkts_toclient: u64,
    bytes_toserver: u64,
    bytes_toclient: u64,
    start: String,
    end: String,
    age: i64,
    state: &'static str,
    reason: &'static str,
}

/// ORs of all flags, in hex: both directions, to the server, to the client.
#[derive(Serialize)]
struct TcpJson {
    tcp_flags: String,
    tcp_flags_ts: String,
    tcp_flags_tc: String,
}

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    summary: &FlowSummary,
    options: &Options,
) -> io::Result<()> {
    let (first, last) = (summary.first.timestamp, summary.last.timestamp);
    let flow = FlowJson {
        pkts_toserver: summary.client_packets,
        pkts_toclient: summary.server_packets,
        bytes_toserver: summary.client_bytes,
        bytes_toclient: summary.server_bytes,
        start: eve(first),
        end: eve(last),
        // Between the clock's seconds, as EVE has it, not a duration rounded.
        age: last.secs().saturating_sub(first.secs()),
        state: state(summary),
        reason: reason(summary.end),
    };
    let tcp = record.flow.as_ref().is_some_and(|flow| flow.transport == Transport::Tcp);
    let tcp = tcp.then(|| TcpJson {
        tcp_flags: format!("{:02x}", summary.client_tcp_flags | summary.server_tcp_flags),
        tcp_flags_ts: format!("{:02x}", summary.client_tcp_flags),
        tcp_flags_tc: format!("{:02x}", summary.server_tcp_flags),
    });
    let app_proto = summary.application;
    write_event(writer, record, EventType::Flow, options, Body { app_proto, flow, tcp })
}

/// EVE's states: `new` until both sides were heard.
const fn state(summary: &FlowSummary) -> &'static str {
    match (summary.end, summary.client_packets, summary.server_packets) {
        (FlowEnd::Closed, _, _) => "closed",
        (_, 0, _) | (_, _, 0) => "new",
        _ => "established",
    }
}

/// EVE's reasons. EVE keeps closed flows until a time-out or the end, here they end at once.
const fn reason(end: FlowEnd) -> &'static str {
    match end {
        FlowEnd::Closed => "closed",
        FlowEnd::EndOfCapture => "shutdown",
        FlowEnd::Evicted => "forced",
        FlowEnd::TimedOut => "timeout",
    }
}
