//! Records as JSON Lines in the words of Suricata's EVE, so that others' results can be compared
//! with ours (<https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>).
//!
//! One line per event: `tls` or `quic` when a session ended, one `x509` for each certificate of
//! its chains, `http` for a request with its response, `dns` for a message, `flow` when a flow
//! ended, `weird` for an anomaly; `websocket` for a message of a WebSocket; `arp`, `dhcp`, `icmp` and `redundancy` for each message about
//! addresses and routers of the link. EVE's names and shapes where EVE has them; what it lacks
//! (`cipher`, `via`, `alerts`, `packets`, `not_observable`, …) stands
//! beside them. Public API: see `schema/records-1.schema.json`.

mod certificate;
mod dns;
mod flow;
mod head;
mod hello;
mod http;
mod lan;
mod session;
mod text;
mod websocket;
mod weird;

use std::io;

use dissect::{Fact, Record, Stage};

use crate::redact::Secrets;

pub(crate) use http::{ClientJson, CredentialJson};

/// The kinds of lines, alphabetical.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum EventType {
    /// An ARP packet.
    Arp,
    /// A DHCP message, of IPv4 or IPv6.
    Dhcp,
    /// A DNS message.
    Dns,
    /// Counters of a flow.
    Flow,
    /// An HTTP request with its response.
    Http,
    /// A redirect or a message of neighbour discovery.
    Icmp,
    /// A QUIC session.
    Quic,
    /// A router that stands in for others: VRRP, CARP, HSRP, GLBP.
    Redundancy,
    /// A TLS or DTLS session.
    Tls,
    /// A message of a WebSocket connection.
    WebSocket,
    /// An anomaly.
    Weird,
    /// One certificate of a chain.
    X509,
}

impl EventType {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Arp,
        Self::Dhcp,
        Self::Dns,
        Self::Flow,
        Self::Http,
        Self::Icmp,
        Self::Quic,
        Self::Redundancy,
        Self::Tls,
        Self::WebSocket,
        Self::Weird,
        Self::X509,
    ];

    /// The value of `event_type`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arp => "arp",
            Self::Dhcp => "dhcp",
            Self::Dns => "dns",
            Self::Flow => "flow",
            Self::Http => "http",
            Self::Icmp => "icmp",
            Self::Quic => "quic",
            Self::Redundancy => "redundancy",
            Self::Tls => "tls",
            Self::WebSocket => "websocket",
            Self::Weird => "weird",
            Self::X509 => "x509",
        }
    }
}

/// Whether whole certificates are written (Base64 of the DER), which makes lines long.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CertificateBytes {
    /// `certificate` and `chain` are there.
    Included,
    /// They are not.
    #[default]
    Omitted,
}

/// Whether the text of HTTP bodies is written, as far as it was kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Bodies {
    /// `http_request_body_printable` and `http_response_body_printable` are there, without secrets
    /// unless those are wanted.
    Included,
    /// They are not.
    #[default]
    Omitted,
}

/// What is written.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only these kinds.
    pub events: Vec<EventType>,
    /// Whether whole certificates are written.
    pub certificates: CertificateBytes,
    /// Whether the text of HTTP bodies is written.
    pub bodies: Bodies,
    /// Whether secrets are written.
    pub secrets: Secrets,
    /// Name of the input, for `pcap_filename`; `None` leaves the key out.
    pub input: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            events: EventType::ALL.to_vec(),
            certificates: CertificateBytes::Omitted,
            bodies: Bodies::Omitted,
            secrets: Secrets::Redacted,
            input: None,
        }
    }
}

impl Options {
    fn wants(&self, event: EventType) -> bool {
        self.events.contains(&event)
    }
}

/// Writes the lines of one record: none for a session that is not over, several for one with a
/// chain.
pub fn write_record(
    writer: &mut dyn io::Write,
    record: &Record,
    options: &Options,
) -> io::Result<()> {
    match &record.fact {
        Fact::Dns(message) if options.wants(EventType::Dns) => {
            dns::write(writer, record, message, options)
        }
        Fact::Exchange(exchange) if options.wants(EventType::Http) => {
            http::write(writer, record, exchange, options)
        }
        Fact::Flow(summary) if options.wants(EventType::Flow) => {
            flow::write(writer, record, summary, options)
        }
        Fact::Lan(message) => lan::write(writer, record, message, options),
        Fact::Session(Stage::Ended, session) => {
            session::write(writer, record, session, options)?;
            if options.wants(EventType::X509) {
                certificate::write_chains(writer, record, session, options)?;
            }
            Ok(())
        }
        Fact::WebSocket(message) if options.wants(EventType::WebSocket) => {
            websocket::write(writer, record, message, options)
        }
        Fact::Weird(weird) if options.wants(EventType::Weird) => {
            weird::write(writer, record, weird, options)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
