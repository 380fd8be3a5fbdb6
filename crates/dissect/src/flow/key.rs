//! The table key of a flow: the five-tuple without direction, in a form that hashes fast.

use std::hash::BuildHasher;
use std::net::IpAddr;

use crate::decode::Addressed;
use crate::flow::{Endpoint, Transport};

/// Both endpoints, the lower first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct FlowKey {
    low: (u128, u16),
    high: (u128, u16),
    /// IP protocol number, and 0x100 for IPv6 (an IPv4 address is a number below 2^32).
    kind: u16,
}

impl FlowKey {
    /// The key, and whether the sender is the lower endpoint.
    pub(crate) fn of(addressed: &Addressed) -> (Self, bool) {
        let source = number(addressed.source);
        let destination = number(addressed.destination);
        let family = if addressed.source.address.is_ipv6() { 0x100 } else { 0 };
        let kind = family | u16::from(addressed.transport.protocol_number());
        if source <= destination {
            (Self { low: source, high: destination, kind }, true)
        } else {
            (Self { low: destination, high: source, kind }, false)
        }
    }

    /// The lower and the higher endpoint.
    pub(crate) fn endpoints(&self) -> (Endpoint, Endpoint) {
        let v6 = self.kind & 0x100 != 0;
        let endpoint = |(address, port): (u128, u16)| {
            let address = if v6 {
                IpAddr::V6(address.into())
            } else {
                IpAddr::V4(u32::try_from(address).unwrap_or(0).into())
            };
            Endpoint { address, port }
        };
        (endpoint(self.low), endpoint(self.high))
    }

    /// The transport protocol.
    pub(crate) const fn transport(&self) -> Transport {
        if self.kind & 0xff == 6 { Transport::Tcp } else { Transport::Udp }
    }

    /// A hash that is the same in every run, so that flows are spread over dissectors alike.
    pub(crate) fn fixed_hash(&self) -> u64 {
        foldhash::fast::FixedState::with_seed(0x1f).hash_one(self)
    }
}

fn number(endpoint: Endpoint) -> (u128, u16) {
    let address = match endpoint.address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    };
    (address, endpoint.port)
}
