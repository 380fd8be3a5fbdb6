//! The network below: what stations of one link tell each other about addresses and routers.

mod arp;
mod dhcp;
mod dhcpv6;
mod icmp;
mod mac;
mod redundancy;

use std::net::IpAddr;

pub use arp::{ArpOperation, ArpPacket};
pub use dhcp::{DhcpKind, DhcpMessage};
pub use dhcpv6::Dhcpv6Message;
pub use icmp::{IcmpKind, IcmpMessage, Prefix, Redirect, RouterAdvertisement, RouterPreference};
pub use mac::{LinkAddresses, MacAddress};
pub use redundancy::{Redundancy, RedundancyProtocol};

use crate::flow::Endpoint;

/// One message of the protocols that decide where a phone's packets go.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LanMessage {
    /// ARP (RFC 826).
    Arp(ArpPacket),
    /// DHCP for IPv4 (RFC 2131).
    Dhcp(Box<DhcpMessage>),
    /// DHCP for IPv6 (RFC 9915).
    Dhcpv6(Box<Dhcpv6Message>),
    /// A redirect, or neighbour discovery of IPv6.
    Icmp(Box<IcmpMessage>),
    /// One of several routers that stand in for each other.
    Redundancy(Box<Redundancy>),
}

/// Who sent a message to whom.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parties {
    /// The IP header's source.
    pub source: IpAddr,
    /// The IP header's destination.
    pub destination: IpAddr,
    /// Addresses of the frame's own header, if the link has such and no tunnel was between.
    pub frame: Option<LinkAddresses>,
}

/// Whether a datagram from this port can be one of this module's.
pub(crate) const fn has_port(source: u16) -> bool {
    matches!(source, 67 | 68 | 546 | 547 | 1985 | 2029 | 3222)
}

/// The message in a datagram between these endpoints, if it is one of this module's.
pub(crate) fn datagram(
    source: Endpoint,
    destination: Endpoint,
    frame: Option<LinkAddresses>,
    payload: &[u8],
) -> Option<LanMessage> {
    let parties = Parties { source: source.address, destination: destination.address, frame };
    match (source.port, destination.port) {
        (67 | 68, 67 | 68) => {
            DhcpMessage::parse(payload, parties).map(|message| LanMessage::Dhcp(Box::new(message)))
        }
        (546 | 547, 546 | 547) => Dhcpv6Message::parse(payload, parties)
            .map(|message| LanMessage::Dhcpv6(Box::new(message))),
        (1985, 1985) | (2029, 2029) => redundancy::hsrp(payload, parties),
        (3222, 3222) => redundancy::glbp(payload, parties),
        _ => None,
    }
}

/// The message in an IP payload that is neither TCP nor UDP, if it is one of this module's.
pub(crate) fn ip_payload(
    protocol: u8,
    hop_limit: u8,
    parties: Parties,
    payload: &[u8],
) -> Option<LanMessage> {
    match protocol {
        1 => icmp::v4(payload, parties, hop_limit),
        58 => icmp::v6(payload, parties, hop_limit),
        112 => redundancy::vrrp(payload, parties),
        _ => None,
    }
}
