//! Who talks to whom.

use std::net::IpAddr;

/// An address and a port.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Endpoint {
    /// IPv4 or IPv6.
    pub address: IpAddr,
    /// TCP or UDP port.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    /// `192.0.2.1:443`, `[2001:db8::1]:443`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::net::SocketAddr::new(self.address, self.port).fmt(f)
    }
}

/// Transport protocol of a flow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Transport {
    /// IP protocol 6.
    Tcp,
    /// IP protocol 17.
    Udp,
}

impl Transport {
    /// The IP protocol number.
    pub const fn protocol_number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }

    /// `TCP` or `UDP`, as EVE's `proto`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// The outermost tunnel that a flow's packets came in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Tunnel {
    /// RFC 2784, with PPTP's and ERSPAN's variants.
    Gre,
    /// 3GPP TS 29.281.
    GtpU,
    /// RFC 2003, RFC 4213, RFC 2473.
    IpInIp,
    /// RFC 4380.
    Teredo,
    /// RFC 7348, and Geneve (RFC 8926).
    Vxlan,
}

/// A flow's number: the packet number of its first packet. Unique within a capture, since a packet
/// belongs to one flow only (the innermost).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowId(pub u64);

/// A flow's identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// Who opened it: sender of the SYN, else of the ClientHello, else of the first packet.
    pub client: Endpoint,
    /// Who answered.
    pub server: Endpoint,
    /// TCP or UDP.
    pub transport: Transport,
    /// The outermost tunnel, if any.
    pub tunnel: Option<Tunnel>,
}

impl Flow {
    /// Community ID version 1, seed 0: `1:` and the Base64 of a SHA-1
    /// (<https://github.com/corelight/community-id-spec>).
    pub fn community_id(&self) -> String {
        super::community_id::community_id(self.client, self.server, self.transport)
    }
}
