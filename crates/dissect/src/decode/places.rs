//! Where the packet inside begins, behind headers that nobody sets out field by field.

use etherparse::IpNumber;

use super::link::{self, Link};
use super::{IpPayload, Layer, tunnel};
use crate::flow::Tunnel;
use crate::packet::LinkType;

/// A packet inside, and at which byte it begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inner {
    /// ARP.
    Arp(usize),
    /// IP.
    Ip(usize),
}

impl Inner {
    /// The byte.
    pub(crate) const fn at(self) -> usize {
        match self {
            Self::Arp(at) | Self::Ip(at) => at,
        }
    }
}

/// Behind the link header of a frame.
pub(crate) fn behind_link(link_type: LinkType, data: &[u8]) -> Option<Inner> {
    inner(data, &link::open(link_type, data))
}

/// Behind what an EtherType announces.
pub(crate) fn behind_ether_type(kind: u16, data: &[u8]) -> Option<Inner> {
    inner(data, &link::ether_type(Some(kind), Some(data)))
}

/// Behind the header of a tunnel: what an IP packet of this protocol carries.
pub(crate) fn behind_tunnel(protocol: u8, bytes: &[u8]) -> Option<(Tunnel, Inner)> {
    let nobody = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    let payload = IpPayload {
        source: nobody,
        destination: nobody,
        protocol: IpNumber(protocol),
        bytes,
        missing: 0,
        ttl: 0,
    };
    let (tunnel, layer) = tunnel::inside(&payload)?;
    let inner = match layer {
        Layer::Ip(inside) => Some(Inner::Ip(bytes.len().checked_sub(inside.len())?)),
        Layer::Link(link) => inner(bytes, &link),
        Layer::Payload(_) => None,
    };
    Some((tunnel, inner?))
}

/// What is inside always reaches to the end of what it is in.
fn inner(data: &[u8], link: &Link<'_>) -> Option<Inner> {
    match link {
        Link::Arp(inside) => data.len().checked_sub(inside.len()).map(Inner::Arp),
        Link::Ip(inside) => data.len().checked_sub(inside.len()).map(Inner::Ip),
        Link::Other | Link::Weird(_) => None,
    }
}
