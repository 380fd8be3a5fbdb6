//! The network below: what stations of one link tell each other about addresses and routers.

mod arp;
mod mac;

pub use arp::{ArpOperation, ArpPacket};
pub use mac::{LinkAddresses, MacAddress};

/// One message of the protocols that decide where a phone's packets go.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LanMessage {
    /// ARP (RFC 826).
    Arp(ArpPacket),
}
