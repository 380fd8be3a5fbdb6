//! Bytes in, records out: a crate of its own so that no I/O, clock, thread, environment variable or
//! C library can leak into what reads hostile bytes.
//!
//! The promises: no panic on any input, memory bounded by the limits in [`limits`], the same
//! records for the same packets. Dissectors state facts; words such as "suspicious" belong to
//! `detect`.

mod bytes;
pub mod ciphertext;
mod conversation;
pub mod decode;
mod dissector;
pub mod dns;
pub mod flow;
pub mod har;
mod hex;
pub mod http;
mod known;
pub mod lan;
pub mod limits;
mod origin;
pub mod outline;
pub mod packet;
pub mod quic;
pub mod record;
pub mod seeded;
mod session;
pub mod tcp;
pub mod tls;
pub mod weird;
pub mod x509;

pub use ciphertext::Ciphertext;
pub use decode::{Addressed, Decoded, Decoder, Glimpse, Segment};
pub use dissector::{Dissector, OpenFlow};
pub use dns::{DnsData, DnsMessage, DnsProtocol, DnsQuestion, DnsRecord};
pub use flow::{Counted, Endpoint, Flow, FlowId, FlowSummary, Shunt, Transport};
pub use hex::hex;
pub use http::{Exchange, Header, Headers, HttpVersion, Request, Response};
pub use known::Known;
pub use lan::{
    ArpOperation, ArpPacket, DhcpKind, DhcpMessage, Dhcpv6Message, IcmpKind, IcmpMessage,
    LanMessage, LinkAddresses, MacAddress, Parties, Prefix, Redirect, Redundancy,
    RedundancyProtocol, RouterAdvertisement, RouterPreference,
};
pub use packet::{LinkType, Packet, PacketRef, PacketSpan, Timestamp};
pub use record::{Fact, Record, RecordOrder, Stage};
pub use session::{Carrier, Observed, Prelude, Reason, Seen, Session, SessionEnd};
pub use tcp::{Opening, Reset, TcpFacts};
pub use weird::{Weird, WeirdKind};
