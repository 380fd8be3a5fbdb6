//! Routers that stand in for each other: VRRP (RFC 9568), CARP, HSRP (RFC 2281), GLBP. They move an
//! address from one machine to another on purpose.

use std::net::IpAddr;

use super::{LanMessage, MacAddress, Parties};
use crate::bytes::{ipv4_at, ipv6_at, u8_at, u16_at};
use crate::limits::REDUNDANT_ADDRESSES;

/// Which protocol.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RedundancyProtocol {
    /// Common Address Redundancy Protocol of the BSDs.
    Carp,
    /// Cisco's Gateway Load Balancing Protocol.
    Glbp,
    /// Cisco's Hot Standby Router Protocol.
    Hsrp,
    /// Virtual Router Redundancy Protocol.
    Vrrp,
}

impl RedundancyProtocol {
    /// Its name in lower case.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Carp => "carp",
            Self::Glbp => "glbp",
            Self::Hsrp => "hsrp",
            Self::Vrrp => "vrrp",
        }
    }
}

/// One advertisement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redundancy {
    /// Who sent it to whom.
    pub parties: Parties,
    /// Which protocol.
    pub protocol: RedundancyProtocol,
    /// Version of the protocol as sent.
    pub version: u8,
    /// Virtual router id or group.
    pub group: u16,
    /// Priority of the sender; `None` where it is not read.
    pub priority: Option<u8>,
    /// Addresses that move, as far as the message says them.
    pub addresses: Vec<IpAddr>,
}

impl MacAddress {
    /// Whether it is a virtual router's: VRRP and CARP (RFC 9568 section 7.3), HSRP 1 and 2, GLBP.
    pub const fn is_virtual_router(self) -> bool {
        matches!(
            self.0,
            [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _]
                | [0x00, 0x00, 0x0c, 0x07, 0xac, _]
                | [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _]
                | [0x00, 0x05, 0x73, 0xa0, ..]
                | [0x00, 0x07, 0xb4, ..]
        )
    }
}

fn message(redundancy: Redundancy) -> LanMessage {
    LanMessage::Redundancy(Box::new(redundancy))
}

/// VRRP 2 and 3, and CARP, which has the same protocol number: its authentication length stands
/// where VRRP has the count of addresses, and its packets have a fixed length.
pub(super) fn vrrp(payload: &[u8], parties: Parties) -> Option<LanMessage> {
    let first = u8_at(payload, 0)?;
    let (version, kind, count) = (first >> 4, first & 0x0f, u8_at(payload, 3)?);
    if !matches!(version, 2 | 3) || kind != 1 || payload.len() < 8 {
        return None;
    }
    let is_carp = version == 2 && payload.len() == 36 && count == 7;
    let mut addresses = Vec::new();
    if !is_carp {
        let v6 = parties.source.is_ipv6();
        for index in 0..usize::from(count).min(REDUNDANT_ADDRESSES) {
            let at = |size: usize| index.saturating_mul(size).saturating_add(8);
            let address = if v6 {
                ipv6_at(payload, at(16)).map(IpAddr::V6)
            } else {
                ipv4_at(payload, at(4)).map(IpAddr::V4)
            };
            addresses.extend(address);
        }
    }
    Some(message(Redundancy {
        parties,
        protocol: if is_carp { RedundancyProtocol::Carp } else { RedundancyProtocol::Vrrp },
        version,
        group: u16::from(u8_at(payload, 1)?),
        priority: (!is_carp).then(|| u8_at(payload, 2)).flatten(),
        addresses,
    }))
}

/// HSRP 1, and 2 with its group state in the first type-length-value.
pub(super) fn hsrp(payload: &[u8], parties: Parties) -> Option<LanMessage> {
    let (version, group, priority, address) = match (u8_at(payload, 0)?, u8_at(payload, 1)?) {
        (0, 0..=3) => (
            1,
            u16::from(u8_at(payload, 6)?),
            u8_at(payload, 5),
            ipv4_at(payload, 16).map(IpAddr::V4),
        ),
        (1, 40..) => {
            let address = match u8_at(payload, 5)? {
                6 => ipv6_at(payload, 26).map(IpAddr::V6),
                _ => ipv4_at(payload, 26).map(IpAddr::V4),
            };
            (2, u16_at(payload, 6)?, None, address)
        }
        _ => return None,
    };
    let addresses = address.filter(|address| !address.is_unspecified()).into_iter().collect();
    let protocol = RedundancyProtocol::Hsrp;
    Some(message(Redundancy { parties, protocol, version, group, priority, addresses }))
}

/// GLBP's header; Cisco never published the rest.
pub(super) fn glbp(payload: &[u8], parties: Parties) -> Option<LanMessage> {
    let version = u8_at(payload, 0).filter(|version| *version == 1)?;
    Some(message(Redundancy {
        parties,
        protocol: RedundancyProtocol::Glbp,
        version,
        group: u16_at(payload, 2)?,
        priority: None,
        addresses: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parties() -> Parties {
        let source = "10.0.0.2".parse().unwrap();
        Parties { source, destination: "224.0.0.18".parse().unwrap(), frame: None }
    }

    fn read(message: Option<LanMessage>) -> Redundancy {
        let Some(LanMessage::Redundancy(redundancy)) = message else { panic!("{message:?}") };
        *redundancy
    }

    #[test]
    fn groups_and_addresses_are_read() {
        let vrrp = read(vrrp(&[0x21, 7, 100, 1, 0, 1, 0, 0, 10, 0, 0, 1], parties()));
        assert_eq!((vrrp.protocol, vrrp.group), (RedundancyProtocol::Vrrp, 7));
        assert_eq!(vrrp.addresses, ["10.0.0.1".parse::<IpAddr>().unwrap()]);
        let mut carp = [0; 36];
        carp[..4].copy_from_slice(&[0x21, 5, 0, 7]);
        assert_eq!(read(super::vrrp(&carp, parties())).protocol, RedundancyProtocol::Carp);
        let hello = [0, 0, 16, 3, 10, 120, 1, 0, 99, 105, 115, 99, 111, 0, 0, 0, 10, 0, 0, 254];
        let hsrp = read(hsrp(&hello, parties()));
        assert_eq!((hsrp.group, hsrp.priority), (1, Some(120)));
        assert_eq!(hsrp.addresses, ["10.0.0.254".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn virtual_link_addresses_are_known() {
        for mac in [
            [0, 0, 0x5e, 0, 1, 7],
            [0, 0, 0x5e, 0, 2, 7],
            [0, 0, 0x0c, 7, 0xac, 1],
            [0, 0, 0x0c, 0x9f, 0xf0, 1],
            [0, 5, 0x73, 0xa0, 0, 1],
            [0, 7, 0xb4, 0, 1, 1],
        ] {
            assert!(MacAddress(mac).is_virtual_router());
        }
        assert!(!MacAddress([2, 0x66, 0, 0, 1, 0x66]).is_virtual_router());
    }
}
