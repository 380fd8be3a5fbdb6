//! Link addresses.

use std::fmt;

use crate::bytes::{u8_at, u16_at, u16_le_at, u32_le_at};
use crate::packet::LinkType;

/// An address of IEEE 802 (48 bits).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// Whether it stands for several stations.
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for MacAddress {
    /// `00:11:22:aa:bb:cc`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// Who sent a frame to whom on its link.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LinkAddresses {
    /// The sender.
    pub source: MacAddress,
    /// The receiver; `None` where the link header does not say (Linux SLL).
    pub destination: Option<MacAddress>,
}

impl crate::packet::Packet<'_> {
    /// The addresses of the frame's header: of Ethernet and of 802.11's data frames both; of Linux
    /// SLL the sender's only. `None` where the link has none.
    pub fn link_addresses(&self) -> Option<LinkAddresses> {
        let mac = |at: usize| mac_at(self.data, at);
        match self.link_type {
            LinkType::ETHERNET => Some(LinkAddresses { source: mac(6)?, destination: mac(0) }),
            LinkType::LINUX_SLL => {
                (u16_at(self.data, 4) == Some(6)).then_some(())?;
                Some(LinkAddresses { source: mac(6)?, destination: None })
            }
            LinkType::LINUX_SLL2 => {
                (u8_at(self.data, 11) == Some(6)).then_some(())?;
                Some(LinkAddresses { source: mac(12)?, destination: None })
            }
            LinkType::IEEE802_11 => wlan(self.data),
            LinkType::IEEE802_11_RADIOTAP => {
                let length = u16_le_at(self.data, 2)?;
                wlan(self.data.get(usize::from(length)..)?)
            }
            LinkType::PKTAP if u32_le_at(self.data, 8) == Some(1) => {
                let start = usize::try_from(u32_le_at(self.data, 0)?).ok()?;
                let frame = self.data.get(start..)?;
                Some(LinkAddresses { source: mac_at(frame, 6)?, destination: mac_at(frame, 0) })
            }
            _ => None,
        }
    }
}

fn mac_at(data: &[u8], at: usize) -> Option<MacAddress> {
    data.get(at..)?.first_chunk().map(|bytes| MacAddress(*bytes))
}

/// Sender and receiver of an 802.11 data frame: which of its addresses they are depends on whether
/// it comes from, or goes to, the distribution system (IEEE 802.11 table 9-30).
fn wlan(data: &[u8]) -> Option<LinkAddresses> {
    let control = u16_le_at(data, 0).filter(|control| control & 0x000c == 0x0008)?;
    let (source, destination) = match control & 0x0300 {
        0x0000 => (10, 4),
        0x0100 => (10, 16),
        0x0200 => (16, 4),
        _ => (24, 16),
    };
    Some(LinkAddresses { source: mac_at(data, source)?, destination: mac_at(data, destination) })
}
