//! DHCP for IPv4 (RFC 2131, options of RFC 2132), as far as it tells a phone where to send.

use std::net::Ipv4Addr;

use super::{MacAddress, Parties};
use crate::bytes::{ipv4_at, u8_at, u32_at};
use crate::limits::{DHCP_ADDRESSES, DHCP_OPTIONS, DHCP_TEXT_BYTES};

/// What a message does (option 53).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DhcpKind {
    /// 1: who has an address for me?
    Discover,
    /// 2: a server has.
    Offer,
    /// 3: the client takes it.
    Request,
    /// 4: the client found the address in use.
    Decline,
    /// 5: it is yours.
    Ack,
    /// 6: it is not.
    Nak,
    /// 7: the client gives it back.
    Release,
    /// 8: the client has an address and asks for the rest.
    Inform,
    /// Another number; 0 is BOOTP, which has no option 53.
    Other(u8),
}

impl DhcpKind {
    /// The word that Suricata and others use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Offer => "offer",
            Self::Request => "request",
            Self::Decline => "decline",
            Self::Ack => "ack",
            Self::Nak => "nak",
            Self::Release => "release",
            Self::Inform => "inform",
            Self::Other(_) => "unknown",
        }
    }
}

/// One message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DhcpMessage {
    /// Who sent it to whom.
    pub parties: Parties,
    /// Sent by a server (`op` 2, BOOTREPLY).
    pub is_reply: bool,
    /// What it does.
    pub kind: DhcpKind,
    /// Transaction id.
    pub id: u32,
    /// Link address of the client (`chaddr`).
    pub client: MacAddress,
    /// The client's own address (`ciaddr`); unspecified if it has none.
    pub client_address: Ipv4Addr,
    /// What the client gets (`yiaddr`); unspecified if nothing.
    pub assigned_address: Ipv4Addr,
    /// The next server of a boot (`siaddr`); unspecified if none.
    pub next_server: Ipv4Addr,
    /// The relay agent in between (`giaddr`); unspecified if none.
    pub relay: Ipv4Addr,
    /// Address that the client asks for (option 50).
    pub requested: Option<Ipv4Addr>,
    /// The server that speaks, or that the client chose (option 54).
    pub server: Option<Ipv4Addr>,
    /// Routers, the preferred one first (option 3).
    pub routers: Vec<Ipv4Addr>,
    /// DNS servers (option 6).
    pub dns_servers: Vec<Ipv4Addr>,
    /// Subnet mask (option 1).
    pub subnet_mask: Option<Ipv4Addr>,
    /// Lease time in seconds (option 51).
    pub lease_time: Option<u32>,
    /// The client's name (option 12).
    pub hostname: Option<String>,
    /// Where a proxy configuration lies (option 252, WPAD).
    pub wpad: Option<String>,
    /// Vendor class of the sender (option 60).
    pub vendor_class: Option<String>,
}

/// Bytes of the fixed part, before the magic cookie.
const FIXED: usize = 236;

const MAGIC: u32 = 0x6382_5363;

impl DhcpMessage {
    /// Reads a datagram; `None` if it is none of IEEE 802's, or cut before its options.
    pub(crate) fn parse(payload: &[u8], parties: Parties) -> Option<Self> {
        let operation = u8_at(payload, 0)?;
        let hardware_length = u8_at(payload, 2)?;
        if !matches!(operation, 1 | 2) || hardware_length != 6 || u32_at(payload, FIXED)? != MAGIC {
            return None;
        }
        let mut message = Self {
            parties,
            is_reply: operation == 2,
            kind: DhcpKind::Other(0),
            id: u32_at(payload, 4)?,
            client: MacAddress(*payload.get(28..)?.first_chunk()?),
            client_address: ipv4_at(payload, 12)?,
            assigned_address: ipv4_at(payload, 16)?,
            next_server: ipv4_at(payload, 20)?,
            relay: ipv4_at(payload, 24)?,
            requested: None,
            server: None,
            routers: Vec::new(),
            dns_servers: Vec::new(),
            subnet_mask: None,
            lease_time: None,
            hostname: None,
            wpad: None,
            vendor_class: None,
        };
        message.options(payload.get(FIXED.saturating_add(4)..).unwrap_or_default());
        Some(message)
    }

    /// Reads options until their end, or until they are cut.
    fn options(&mut self, mut rest: &[u8]) {
        for _ in 0..DHCP_OPTIONS {
            let Some((&code, after)) = rest.split_first() else { return };
            match code {
                0 => rest = after,
                255 => return,
                _ => {
                    let Some((&length, after)) = after.split_first() else { return };
                    let Some((value, after)) = after.split_at_checked(usize::from(length)) else {
                        return;
                    };
                    self.option(code, value);
                    rest = after;
                }
            }
        }
    }

    fn option(&mut self, code: u8, value: &[u8]) {
        match code {
            1 => self.subnet_mask = ipv4_at(value, 0),
            3 => extend(&mut self.routers, value),
            6 => extend(&mut self.dns_servers, value),
            12 => self.hostname = text(value),
            50 => self.requested = ipv4_at(value, 0),
            51 => self.lease_time = u32_at(value, 0),
            53 => self.kind = value.first().map_or(DhcpKind::Other(0), |kind| kind_of(*kind)),
            54 => self.server = ipv4_at(value, 0),
            60 => self.vendor_class = text(value),
            252 => self.wpad = text(value),
            _ => {}
        }
    }
}

/// Options that come twice are one list (RFC 3396).
fn extend(addresses: &mut Vec<Ipv4Addr>, value: &[u8]) {
    let room = DHCP_ADDRESSES.saturating_sub(addresses.len());
    addresses.extend(value.chunks_exact(4).filter_map(|bytes| ipv4_at(bytes, 0)).take(room));
}

/// Text as sent, without the zero that some clients end it with; what is not UTF-8 is replaced.
fn text(value: &[u8]) -> Option<String> {
    let value = value.get(..DHCP_TEXT_BYTES).unwrap_or(value);
    let text = String::from_utf8_lossy(value);
    let text = text.trim_end_matches(['\0', '\n']);
    (!text.is_empty()).then(|| text.to_owned())
}

const fn kind_of(number: u8) -> DhcpKind {
    match number {
        1 => DhcpKind::Discover,
        2 => DhcpKind::Offer,
        3 => DhcpKind::Request,
        4 => DhcpKind::Decline,
        5 => DhcpKind::Ack,
        6 => DhcpKind::Nak,
        7 => DhcpKind::Release,
        8 => DhcpKind::Inform,
        other => DhcpKind::Other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parties() -> Parties {
        let source = "10.0.0.1".parse().unwrap();
        Parties { source, destination: "255.255.255.255".parse().unwrap(), frame: None }
    }

    fn offer(options: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; FIXED];
        bytes[..8].copy_from_slice(&[2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78]);
        bytes[16..20].copy_from_slice(&[10, 0, 0, 77]);
        bytes[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
        bytes.extend(MAGIC.to_be_bytes());
        bytes.extend(options);
        bytes
    }

    #[test]
    fn what_a_phone_is_told_is_read() {
        let mut options = vec![53, 1, 2, 0, 54, 4, 10, 0, 0, 1, 1, 4, 255, 255, 255, 0];
        options.extend([3, 8, 10, 0, 0, 1, 10, 0, 0, 2, 6, 4, 9, 9, 9, 9, 51, 4, 0, 0, 14, 16]);
        options.extend([252, 12]);
        options.extend(b"http://w/p\n\0");
        options.push(255);
        let message = DhcpMessage::parse(&offer(&options), parties()).unwrap();
        assert!(message.is_reply);
        assert_eq!(message.kind, DhcpKind::Offer);
        assert_eq!(message.client.to_string(), "02:00:00:00:00:09");
        assert_eq!(message.assigned_address, Ipv4Addr::new(10, 0, 0, 77));
        assert_eq!(message.server, Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(message.routers.len(), 2);
        assert_eq!(message.dns_servers, [Ipv4Addr::new(9, 9, 9, 9)]);
        assert_eq!(message.lease_time, Some(3600));
        assert_eq!(message.wpad.as_deref(), Some("http://w/p"));
    }

    #[test]
    fn hostile_options_end_the_reading_and_nothing_else() {
        for options in [&[53][..], &[53, 9, 1], &[3, 255, 1, 2], &[53, 0], &[1, 2, 255, 255]] {
            let message = DhcpMessage::parse(&offer(options), parties()).unwrap();
            assert_eq!((message.kind, message.subnet_mask), (DhcpKind::Other(0), None));
        }
        let many: Vec<u8> = [3, 252].into_iter().chain([7; 252]).collect();
        let message = DhcpMessage::parse(&offer(&many.repeat(20)), parties()).unwrap();
        assert_eq!(message.routers.len(), DHCP_ADDRESSES);
        let whole = offer(&[255]);
        for length in 0..FIXED + 4 {
            assert!(DhcpMessage::parse(&whole[..length], parties()).is_none());
        }
    }
}
