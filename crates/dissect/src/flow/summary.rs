//! What is left of a flow when it is over: counters.

use crate::packet::PacketRef;

/// Counters of one flow, both directions apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FlowSummary {
    /// Packets that the client sent.
    pub client_packets: u64,
    /// Packets that the server sent.
    pub server_packets: u64,
    /// Bytes of the frames that the client sent, as on the wire.
    pub client_bytes: u64,
    /// Bytes of the frames that the server sent, as on the wire.
    pub server_bytes: u64,
    /// First packet.
    pub first: PacketRef,
    /// Last packet.
    pub last: PacketRef,
    /// OR of all TCP flags that the client sent; 0 for UDP.
    pub client_tcp_flags: u8,
    /// OR of all TCP flags that the server sent; 0 for UDP.
    pub server_tcp_flags: u8,
    /// Why it ended.
    pub end: FlowEnd,
    /// Application protocol, if it was recognised: `tls`, `quic`, `dtls`, `http`, `dns`.
    pub application: Option<&'static str>,
}

/// Why a flow ended.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum FlowEnd {
    /// FIN from both sides, or a reset.
    Closed,
    /// The capture ended.
    #[default]
    EndOfCapture,
    /// The flow table was full and this one had been silent longest.
    Evicted,
    /// Silent for longer than its timeout.
    TimedOut,
}

impl FlowEnd {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::EndOfCapture => "end-of-capture",
            Self::Evicted => "evicted",
            Self::TimedOut => "timed-out",
        }
    }
}
