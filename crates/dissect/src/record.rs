//! What was on the wire: facts, never opinions.
//!
//! A record is emitted once its last byte was seen. Records of one capture are totally ordered by
//! [`RecordOrder`], whatever thread found them, so that outputs do not depend on the thread count.

use std::sync::Arc;

use crate::dns::DnsMessage;
use crate::flow::{Flow, FlowSummary};
use crate::http::{Exchange, WebSocketMessage};
use crate::lan::LanMessage;
use crate::packet::PacketRef;
use crate::session::Session;
use crate::weird::{Weird, WeirdKind};

/// One fact, with the packet that completed it and the flow it belongs to.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where this record stands among all records of the capture.
    pub order: RecordOrder,
    /// The packet on which it was emitted; at the end of the capture, the flow's last packet.
    pub packet: PacketRef,
    /// The flow; `None` for what belongs to no flow (a frame that could not be read).
    pub flow: Option<Arc<Flow>>,
    /// What was seen.
    pub fact: Fact,
}

/// Total order of records: by emitting packet, then by flow, then in order of emission.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct RecordOrder {
    /// Number of the packet that caused the emission; `u64::MAX` at the end of the capture.
    pub packet: u64,
    /// [`crate::flow::FlowId`] of the flow; 0 if there is none.
    pub flow: u64,
    /// Running number within the flow.
    pub sequence: u32,
}

/// The kinds of facts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fact {
    /// A DNS message.
    Dns(Arc<DnsMessage>),
    /// An HTTP request with its response.
    Exchange(Arc<Exchange>),
    /// A flow ended: closed, timed out, evicted, or the capture ended.
    Flow(Box<FlowSummary>),
    /// A message about addresses and routers of a link; only DHCP and what else is UDP has a flow.
    Lan(LanMessage),
    /// A TLS or QUIC session reached a stage. Each carries all that was known by then.
    Session(Stage, Arc<Session>),
    /// A message of a WebSocket connection.
    WebSocket(Arc<WebSocketMessage>),
    /// A protocol anomaly.
    Weird(Weird),
}

impl Fact {
    /// An anomaly, with values that explain it.
    pub(crate) fn weird(kind: WeirdKind, detail: impl Into<String>) -> Self {
        Self::Weird(Weird { kind, detail: detail.into() })
    }
}

/// How far a session had come when its record was emitted. A session passes each stage at most
/// once, in this order, and always passes `Ended`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// The ServerHello was seen: version and cipher suite are known.
    Negotiated,
    /// The server's certificate chain was seen.
    Certified,
    /// The session's flow ended, or the handshake is over and nothing more can be learned
    /// without keys. `Session::end` says which.
    Ended,
}
