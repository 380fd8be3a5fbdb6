//! Who sends to whom, in the form in which flows are looked up.

use std::net::IpAddr;

use crate::flow::key::FlowKey;
use crate::flow::{Endpoint, Transport, Tunnel};

/// Who sent a packet to whom, and in which tunnel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Addressed {
    pub(crate) key: FlowKey,
    /// The lower endpoint of `key` is the sender.
    pub(crate) from_low: bool,
    /// The outermost tunnel.
    pub tunnel: Option<Tunnel>,
    /// Time to live (hop limit) of the innermost IP header as it was captured.
    pub ttl: u8,
}

/// The addresses of one IP header, as numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Addresses {
    pub(crate) source: u128,
    pub(crate) destination: u128,
    pub(crate) is_v6: bool,
}

impl Addresses {
    /// Those of a header of one family.
    pub(super) fn of(source: IpAddr, destination: IpAddr) -> Self {
        let number = |address| match address {
            IpAddr::V4(v4) => u128::from(u32::from(v4)),
            IpAddr::V6(v6) => u128::from(v6),
        };
        Self { source: number(source), destination: number(destination), is_v6: source.is_ipv6() }
    }

    /// With ports.
    #[inline]
    pub(super) fn with(
        self,
        (from, to): (u16, u16),
        transport: Transport,
        tunnel: Option<Tunnel>,
        ttl: u8,
    ) -> Addressed {
        let (source, destination) = ((self.source, from), (self.destination, to));
        let from_low = source <= destination;
        let (low, high) = if from_low { (source, destination) } else { (destination, source) };
        let key = FlowKey::new(low, high, transport, self.is_v6);
        Addressed { key, from_low, tunnel, ttl }
    }
}

impl Addressed {
    /// The sender.
    pub fn source(&self) -> Endpoint {
        let (low, high) = self.key.endpoints();
        if self.from_low { low } else { high }
    }

    /// The receiver.
    pub fn destination(&self) -> Endpoint {
        let (low, high) = self.key.endpoints();
        if self.from_low { high } else { low }
    }

    /// TCP or UDP.
    pub const fn transport(&self) -> Transport {
        self.key.transport()
    }

    /// A hash of the flow: the same for both directions, in every run and on every machine, and for
    /// all UDP flows of one server.
    #[inline]
    pub fn hash(&self) -> u64 {
        self.key.fixed_hash()
    }
}
