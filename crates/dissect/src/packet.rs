//! One captured frame, borrowed from the block it was read into.
//!
//! `Packet` is what `capture` hands to `dissect`. It never owns bytes: a copy per packet would cost
//! more than everything else that is done with most packets.

use std::fmt;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, as the capture says it.
///
/// The packet's clock is the only clock of this program.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole seconds since the epoch; saturates at the ends of the range (years 1677 to 2262).
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds from `earlier` to `self`; negative if the capture's clock ran backwards.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What a frame starts with: a LINKTYPE_ value of <https://www.tcpdump.org/linktypes.html>.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: address family in the host's byte order, 4 bytes.
    pub const NULL: Self = Self(0);
    /// Ethernet II or 802.3.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without HDLC framing.
    pub const PPP: Self = Self(9);
    /// Raw IP as some BSDs number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// PPP in HDLC-like framing (RFC 1662).
    pub const PPP_HDLC: Self = Self(50);
    /// PPPoE session header, then PPP.
    pub const PPP_ETHER: Self = Self(51);
    /// Raw IPv4 or IPv6.
    pub const RAW: Self = Self(101);
    /// Cisco HDLC.
    pub const C_HDLC: Self = Self(104);
    /// 802.11 without a radio header.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: address family in network byte order, 4 bytes.
    pub const LOOP: Self = Self(108);
    /// Linux "any" interface, 16-byte header.
    pub const LINUX_SLL: Self = Self(113);
    /// 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// Per-Packet Information header.
    pub const PPI: Self = Self(192);
    /// Apple's PKTAP, as `rvi0` of an iPhone gives it.
    pub const PKTAP: Self = Self(258);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux "any" interface, 20-byte header.
    pub const LINUX_SLL2: Self = Self(276);
}

impl fmt::Display for LinkType {
    /// The name without `LINKTYPE_`, or the number where there is no name here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::NULL => "NULL",
            Self::ETHERNET => "ETHERNET",
            Self::PPP => "PPP",
            Self::PPP_HDLC => "PPP_HDLC",
            Self::PPP_ETHER => "PPP_ETHER",
            Self::RAW | Self::RAW_BSD | Self::RAW_OPENBSD => "RAW",
            Self::C_HDLC => "C_HDLC",
            Self::IEEE802_11 => "IEEE802_11",
            Self::LOOP => "LOOP",
            Self::LINUX_SLL => "LINUX_SLL",
            Self::IEEE802_11_RADIOTAP => "IEEE802_11_RADIOTAP",
            Self::PPI => "PPI",
            Self::PKTAP => "PKTAP",
            Self::IPV4 => "IPV4",
            Self::IPV6 => "IPV6",
            Self::LINUX_SLL2 => "LINUX_SLL2",
            Self(other) => return write!(f, "{other}"),
        };
        f.write_str(name)
    }
}

/// One captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// 1-based, counted over the whole capture as Wireshark's `frame.number`.
    pub number: u64,
    /// When it was captured.
    pub timestamp: Timestamp,
    /// What `data` starts with.
    pub link_type: LinkType,
    /// The captured bytes.
    pub data: &'a [u8],
    /// Length on the wire; more than `data.len()` if the snap length cut it.
    pub original_length: u32,
    /// Interface number within its section (pcapng); 0 in a pcap file.
    pub interface: u32,
}

impl Packet<'_> {
    /// Number and time, for records that outlive the bytes.
    pub const fn reference(&self) -> PacketRef {
        PacketRef { number: self.number, timestamp: self.timestamp }
    }
}

/// Number and time of a packet, without its bytes.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PacketRef {
    /// 1-based packet number.
    pub number: u64,
    /// When it was captured.
    pub timestamp: Timestamp,
}

/// The packets that carried one message: the first and the last of them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PacketSpan {
    /// Packet with the message's first byte.
    pub first: PacketRef,
    /// Packet that completed the message.
    pub last: PacketRef,
}

impl PacketSpan {
    /// A message that lies in one packet.
    pub const fn one(packet: PacketRef) -> Self {
        Self { first: packet, last: packet }
    }

    /// The packet numbers, without saying one twice; none where no packet is known (number 0: a HAR
    /// file tells times only).
    pub fn numbers(&self) -> Vec<u64> {
        if self.last.number == 0 {
            Vec::new()
        } else if self.first.number == self.last.number {
            vec![self.last.number]
        } else {
            vec![self.first.number, self.last.number]
        }
    }
}
