//! ARP over IPv4 (RFC 826, RFC 5227).

use std::net::Ipv4Addr;

use etherparse::ArpPacketSlice;

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

impl ArpPacket {
    /// Reads what follows the link header; `None` unless it maps IPv4 to addresses of IEEE 802.
    pub(crate) fn parse(bytes: &[u8], frame: Option<LinkAddresses>) -> Option<Self> {
        let arp = ArpPacketSlice::from_slice(bytes).ok()?;
        if arp.proto_addr_type() != etherparse::EtherType::IPV4 {
            return None;
        }
        let mac = |bytes: &[u8]| Some(MacAddress(<[u8; 6]>::try_from(bytes).ok()?));
        let ip = |bytes: &[u8]| Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?));
        Some(Self {
            operation: match arp.operation().0 {
                1 => ArpOperation::Request,
                2 => ArpOperation::Reply,
                other => ArpOperation::Other(other),
            },
            sender: mac(arp.sender_hw_addr())?,
            sender_address: ip(arp.sender_protocol_addr())?,
            target: mac(arp.target_hw_addr())?,
            target_address: ip(arp.target_protocol_addr())?,
            frame,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10.10.1.1 is at 02:66:00:00:01:66, told 10.10.1.2.
    const REPLY: [u8; 28] = [
        0, 1, 8, 0, 6, 4, 0, 2, 2, 0x66, 0, 0, 1, 0x66, 10, 10, 1, 1, 2, 0x50, 0, 0, 1, 2, 10, 10,
        1, 2,
    ];

    #[test]
    fn a_reply_is_read() {
        let arp = ArpPacket::parse(&REPLY, None).unwrap();
        assert_eq!(arp.operation, ArpOperation::Reply);
        assert_eq!(arp.sender.to_string(), "02:66:00:00:01:66");
        assert_eq!(arp.sender_address, Ipv4Addr::new(10, 10, 1, 1));
        assert_eq!(arp.target.to_string(), "02:50:00:00:01:02");
        assert_eq!(arp.target_address, Ipv4Addr::new(10, 10, 1, 2));
    }

    #[test]
    fn what_is_cut_or_of_other_kinds_is_not() {
        for length in 0..REPLY.len() {
            assert_eq!(ArpPacket::parse(&REPLY[..length], None), None, "{length}");
        }
        for (at, value) in [(2, 0x86), (4, 8), (5, 16)] {
            let mut other = REPLY;
            other[at] = value;
            assert_eq!(ArpPacket::parse(&other, None), None, "{at}");
        }
    }
}
