//! The table key of a flow: the five-tuple without direction, in a form that hashes fast.

use std::hash::BuildHasher;
use std::net::IpAddr;

use crate::dns::DnsProtocol;
use crate::flow::{Endpoint, Transport};

/// Both endpoints, the lower first: by address, then by port.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct FlowKey {
    low: u128,
    high: u128,
    low_port: u16,
    high_port: u16,
    /// IP protocol number, and 0x100 for IPv6 (an IPv4 address is a number below 2^32).
    kind: u16,
}

impl FlowKey {
    /// The key of a flow between these, the lower of which comes first.
    #[inline]
    pub(crate) fn new(
        (low, low_port): (u128, u16),
        (high, high_port): (u128, u16),
        transport: Transport,
        is_v6: bool,
    ) -> Self {
        let family = if is_v6 { 0x100 } else { 0 };
        let kind = family | u16::from(transport.protocol_number());
        Self { low, high, low_port, high_port, kind }
    }

    /// The lower and the higher endpoint.
    pub(crate) fn endpoints(&self) -> (Endpoint, Endpoint) {
        let v6 = self.kind & 0x100 != 0;
        let endpoint = |address: u128, port: u16| {
            let address = if v6 {
                IpAddr::V6(address.into())
            } else {
                IpAddr::V4(u32::try_from(address).unwrap_or(0).into())
            };
            Endpoint { address, port }
        };
        (endpoint(self.low, self.low_port), endpoint(self.high, self.high_port))
    }

    /// The transport protocol.
    pub(crate) const fn transport(&self) -> Transport {
        if self.kind & 0xff == 6 { Transport::Tcp } else { Transport::Udp }
    }

    /// A hash that is the same in every run, so that flows are spread over dissectors alike.
    ///
    /// All UDP flows of one server are together, whoever its clients are: a QUIC connection goes on
    /// when its client's address changes (RFC 9000 section 9), and is followed by one dissector.
    #[inline]
    pub(crate) fn fixed_hash(&self) -> u64 {
        let state = foldhash::fast::FixedState::with_seed(0x1f);
        match self.udp_server() {
            Some(server) => state.hash_one((server, self.kind)),
            None => state.hash_one(self),
        }
    }

    /// The endpoint with the lower port of a UDP flow, which is likely the server. DNS has no use
    /// for it, and one resolver more flows than one dissector should bear.
    fn udp_server(&self) -> Option<(u128, u16)> {
        let (low, high) = (self.low_port, self.high_port);
        if self.transport() != Transport::Udp
            || low == high
            || DnsProtocol::of_ports(low, high).is_some()
        {
            return None;
        }
        Some(if low < high { (self.low, low) } else { (self.high, high) })
    }
}
