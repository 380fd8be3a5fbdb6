//! Link addresses.

use std::fmt;

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
    /// The addresses of the frame's header: of Ethernet, 802.11's plain data frames are left out;
    /// of Linux SLL the sender's only. `None` where the link has none.
    pub fn link_addresses(&self) -> Option<LinkAddresses> {
        let mac = |at: usize| {
            let bytes = self.data.get(at..)?.first_chunk::<6>()?;
            Some(MacAddress(*bytes))
        };
        match self.link_type {
            crate::packet::LinkType::ETHERNET => {
                Some(LinkAddresses { source: mac(6)?, destination: mac(0) })
            }
            crate::packet::LinkType::LINUX_SLL => {
                (crate::bytes::u16_at(self.data, 4) == Some(6)).then_some(())?;
                Some(LinkAddresses { source: mac(6)?, destination: None })
            }
            crate::packet::LinkType::LINUX_SLL2 => {
                (crate::bytes::u8_at(self.data, 11) == Some(6)).then_some(())?;
                Some(LinkAddresses { source: mac(12)?, destination: None })
            }
            _ => None,
        }
    }
}
