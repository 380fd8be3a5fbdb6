//! The head that all events share, in EVE's key order.

use std::io;

use dissect::{Record, flow::Tunnel};
use serde::Serialize;

use super::{EventType, Options};
use crate::json::write_value;
use crate::time::eve;

/// One line: the head, then the event's own object under its own name.
#[derive(Serialize)]
pub(super) struct Event<'a, T: Serialize> {
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<u64>,
    pcap_cnt: u64,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pcap_filename: Option<&'a str>,
    #[serde(flatten)]
    parties: Option<Parties>,
    #[serde(flatten)]
    body: T,
}

/// Left out where there is no flow. A HAR file does not tell the client.
#[derive(Serialize)]
struct Parties {
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_port: Option<u16>,
    dest_ip: String,
    dest_port: u16,
    proto: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    community_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tunnel_type: Option<&'static str>,
}

impl Parties {
    fn of(record: &Record) -> Option<Self> {
        record.flow.as_ref().map(|flow| {
            let client = &flow.client;
            let is_known = !(client.address.is_unspecified() && client.port == 0);
            Self {
                src_ip: is_known.then(|| client.address.to_string()),
                src_port: is_known.then_some(client.port),
                dest_ip: flow.server.address.to_string(),
                dest_port: flow.server.port,
                proto: flow.transport.word(),
                community_id: is_known.then(|| flow.community_id()),
                tunnel_type: flow.tunnel.map(tunnel_word),
            }
        })
    }
}

/// Writes one line. The source is always the client, the destination the server.
pub(super) fn write_event<T: Serialize>(
    writer: &mut dyn io::Write,
    record: &Record,
    event: EventType,
    options: &Options,
    body: T,
) -> io::Result<()> {
    let line = Event {
        timestamp: eve(record.packet.timestamp),
        flow_id: record.flow.as_ref().map(|flow| flow.id.0),
        pcap_cnt: record.packet.number,
        event_type: event.word(),
        pcap_filename: options.input.as_deref(),
        parties: Parties::of(record),
        body,
    };
    write_value(writer, &line)?;
    writer.write_all(b"\n")
}

const fn tunnel_word(tunnel: Tunnel) -> &'static str {
    match tunnel {
        Tunnel::Gre => "gre",
        Tunnel::GtpU => "gtp-u",
        Tunnel::IpInIp => "ip-in-ip",
        Tunnel::Teredo => "teredo",
        Tunnel::Vxlan => "vxlan",
        _ => "other",
    }
}
