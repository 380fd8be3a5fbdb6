//! DHCP for IPv6 (RFC 9915; DNS servers in RFC 3646): who serves, and which resolvers it names.

use std::net::Ipv6Addr;

use super::Parties;
use crate::bytes::{ipv6_at, u8_at, u16_at};
use crate::limits::{DHCP_ADDRESSES, DHCP_OPTIONS};

/// One message between client and server; what relays wrap up is left alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dhcpv6Message {
    /// Who sent it to whom.
    pub parties: Parties,
    /// Message type: 1 SOLICIT, 2 ADVERTISE, 3 REQUEST, 7 REPLY, …
    pub kind: u8,
    /// Transaction id (24 bits).
    pub id: u32,
    /// DUID of the client (option 1), at most 130 bytes.
    pub client: Option<Vec<u8>>,
    /// DUID of the server (option 2), at most 130 bytes.
    pub server: Option<Vec<u8>>,
    /// DNS servers (option 23).
    pub dns_servers: Vec<Ipv6Addr>,
}

/// Longest DUID (RFC 9915 section 11.1), with its type.
const DUID_BYTES: usize = 130;

impl Dhcpv6Message {
    /// ADVERTISE, REPLY or RECONFIGURE.
    pub const fn is_from_server(&self) -> bool {
        matches!(self.kind, 2 | 7 | 10)
    }

    /// The type's name in the words of the RFC, in lower case.
    pub const fn word(&self) -> &'static str {
        match self.kind {
            1 => "solicit",
            2 => "advertise",
            3 => "request",
            4 => "confirm",
            5 => "renew",
            6 => "rebind",
            7 => "reply",
            8 => "release",
            9 => "decline",
            10 => "reconfigure",
            11 => "information-request",
            _ => "unknown",
        }
    }

    /// Reads a datagram; `None` if it is a relay's or too short.
    pub(crate) fn parse(payload: &[u8], parties: Parties) -> Option<Self> {
        let kind = u8_at(payload, 0).filter(|kind| (1..=11).contains(kind))?;
        let id = crate::bytes::u32_at(payload, 0)? & 0x00ff_ffff;
        let mut message =
            Self { parties, kind, id, client: None, server: None, dns_servers: Vec::new() };
        let mut rest = payload.get(4..)?;
        for _ in 0..DHCP_OPTIONS {
            let (Some(code), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) else { break };
            let after = rest.get(4..).unwrap_or_default();
            let Some((value, after)) = after.split_at_checked(usize::from(length)) else { break };
            let duid = || Some(value.get(..DUID_BYTES).unwrap_or(value).to_vec());
            match code {
                1 => message.client = duid(),
                2 => message.server = duid(),
                23 => {
                    let room = DHCP_ADDRESSES.saturating_sub(message.dns_servers.len());
                    let addresses = value.chunks_exact(16).filter_map(|bytes| ipv6_at(bytes, 0));
                    message.dns_servers.extend(addresses.take(room));
                }
                _ => {}
            }
            rest = after;
        }
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_and_resolvers_are_read() {
        let address = "fe80::1".parse().unwrap();
        let parties = Parties { source: address, destination: address, frame: None };
        let mut bytes = vec![7, 1, 2, 3, 0, 2, 0, 4, 0, 3, 0, 1, 0, 23, 0, 16];
        bytes.extend("2001:db8::53".parse::<Ipv6Addr>().unwrap().octets());
        let message = Dhcpv6Message::parse(&bytes, parties).unwrap();
        assert!(message.is_from_server());
        assert_eq!(message.id, 0x0001_0203);
        assert_eq!(message.server, Some(vec![0, 3, 0, 1]));
        assert_eq!(message.dns_servers.len(), 1);
        assert!(Dhcpv6Message::parse(&[12, 0, 0, 0], parties).is_none());
        for length in 0..bytes.len() {
            Dhcpv6Message::parse(&bytes[..length], parties);
        }
    }
}
