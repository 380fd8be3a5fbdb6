//! ARP over IPv4 (RFC 826, RFC 5227).

use std::net::Ipv4Addr;

use super::mac::{LinkAddresses, MacAddress};

/// What an ARP packet does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ArpOperation {
    /// 1: who has the target's address?
    Request,
    /// 2: the sender has it.
    Reply,
    /// Another number.
    Other(u16),
}

/// One ARP packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ArpPacket {
    /// What it does.
    pub operation: ArpOperation,
    /// Link address that the sender claims.
    pub sender: MacAddress,
    /// Network address that the sender claims; 0.0.0.0 in a probe (RFC 5227).
    pub sender_address: Ipv4Addr,
    /// Link address of the target; zero in a request.
    pub target: MacAddress,
    /// Network address of the target; the sender's own in an announcement.
    pub target_address: Ipv4Addr,
    /// Addresses of the frame's own header, if the link has such.
    pub frame: Option<LinkAddresses>,
}
