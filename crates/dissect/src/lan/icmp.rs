//! ICMP messages that change where packets go: redirects (RFC 792, RFC 4861 section 4.5) and
//! neighbour discovery of IPv6 (RFC 4861; options of RFC 4191, RFC 8106 and RFC 8910).

use std::net::{IpAddr, Ipv6Addr};

use super::{LanMessage, MacAddress, Parties};
use crate::bytes::{ipv4_at, ipv6_at, u8_at, u16_at, u32_at};
use crate::limits::{NDP_LIST, NDP_OPTIONS};

/// One message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IcmpMessage {
    /// Who sent it to whom.
    pub parties: Parties,
    /// Hop limit, or time to live: 255 in genuine neighbour discovery.
    pub hop_limit: u8,
    /// What it says.
    pub kind: IcmpKind,
}

/// What a message says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IcmpKind {
    /// "I have this address."
    NeighbourAdvertisement {
        /// The address.
        target: Ipv6Addr,
        /// Its link address.
        link: Option<MacAddress>,
        /// R: the sender is a router.
        is_router: bool,
        /// S: somebody asked.
        is_solicited: bool,
        /// O: overwrite what you have.
        overrides: bool,
    },
    /// "Who has this address?"
    NeighbourSolicitation {
        /// The address.
        target: Ipv6Addr,
        /// Link address of who asks; `None` while he has no address yet (RFC 4862).
        link: Option<MacAddress>,
    },
    /// "There is a better first hop."
    Redirect(Redirect),
    /// "I am a router."
    RouterAdvertisement(RouterAdvertisement),
}

/// A better first hop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Redirect {
    /// Where packets are to go; the destination itself if it is a neighbour.
    pub gateway: IpAddr,
    /// Packets to this destination.
    pub destination: IpAddr,
    /// Link address of the new hop (IPv6 only).
    pub link: Option<MacAddress>,
}

/// What a router says of itself and of the link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RouterAdvertisement {
    /// Link address of the sender.
    pub link: Option<MacAddress>,
    /// Seconds as a default router; 0 is "none any more".
    pub lifetime: u16,
    /// How much it wants to be chosen (RFC 4191).
    pub preference: RouterPreference,
    /// M: addresses come from DHCPv6.
    pub managed: bool,
    /// O: other things come from DHCPv6.
    pub other: bool,
    /// Prefixes of the link, at most [`NDP_LIST`].
    pub prefixes: Vec<Prefix>,
    /// DNS servers (RDNSS), at most [`NDP_LIST`].
    pub dns_servers: Vec<Ipv6Addr>,
    /// Where the captive portal is (RFC 8910).
    pub captive_portal: Option<String>,
}

/// How much a router wants to be chosen.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RouterPreference {
    /// 01.
    High,
    /// 11.
    Low,
    /// 00, and the reserved 10.
    Medium,
}

impl RouterPreference {
    /// The word of the RFC in lower case.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Medium => "medium",
        }
    }
}

/// A prefix of the link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prefix {
    /// Its first address.
    pub address: Ipv6Addr,
    /// Its length in bits.
    pub length: u8,
    /// Seconds that it is valid.
    pub valid: u32,
}

fn message(parties: Parties, hop_limit: u8, kind: IcmpKind) -> LanMessage {
    LanMessage::Icmp(Box::new(IcmpMessage { parties, hop_limit, kind }))
}

/// A redirect of ICMPv4; it quotes the packet that took the longer way.
pub(super) fn v4(payload: &[u8], parties: Parties, hop_limit: u8) -> Option<LanMessage> {
    if u8_at(payload, 0)? != 5 || u8_at(payload, 1)? > 3 || u8_at(payload, 8)? >> 4 != 4 {
        return None;
    }
    let redirect = Redirect {
        gateway: IpAddr::V4(ipv4_at(payload, 4)?),
        destination: IpAddr::V4(ipv4_at(payload, 24)?),
        link: None,
    };
    Some(message(parties, hop_limit, IcmpKind::Redirect(redirect)))
}

/// Router and neighbour advertisements, neighbour solicitations and redirects of ICMPv6.
pub(super) fn v6(payload: &[u8], parties: Parties, hop_limit: u8) -> Option<LanMessage> {
    if u8_at(payload, 1)? != 0 {
        return None;
    }
    let link = |from: usize, wanted: u8| link_option(payload.get(from..)?, wanted);
    let kind = match u8_at(payload, 0)? {
        134 => IcmpKind::RouterAdvertisement(router(payload)?),
        135 => IcmpKind::NeighbourSolicitation { target: ipv6_at(payload, 8)?, link: link(24, 1) },
        136 => {
            let flags = u8_at(payload, 4)?;
            IcmpKind::NeighbourAdvertisement {
                target: ipv6_at(payload, 8)?,
                link: link(24, 2),
                is_router: flags & 0x80 != 0,
                is_solicited: flags & 0x40 != 0,
                overrides: flags & 0x20 != 0,
            }
        }
        137 => IcmpKind::Redirect(Redirect {
            gateway: IpAddr::V6(ipv6_at(payload, 8)?),
            destination: IpAddr::V6(ipv6_at(payload, 24)?),
            link: link(40, 2),
        }),
        _ => return None,
    };
    Some(message(parties, hop_limit, kind))
}

fn router(payload: &[u8]) -> Option<RouterAdvertisement> {
    let flags = u8_at(payload, 5)?;
    let mut router = RouterAdvertisement {
        link: None,
        lifetime: u16_at(payload, 6)?,
        preference: match flags >> 3 & 3 {
            1 => RouterPreference::High,
            3 => RouterPreference::Low,
            _ => RouterPreference::Medium,
        },
        managed: flags & 0x80 != 0,
        other: flags & 0x40 != 0,
        prefixes: Vec::new(),
        dns_servers: Vec::new(),
        captive_portal: None,
    };
    for (kind, option) in options(payload.get(16..).unwrap_or_default()) {
        match kind {
            1 => router.link = mac(option),
            3 if router.prefixes.len() < NDP_LIST => {
                if let (Some(length), Some(valid), Some(address)) =
                    (u8_at(option, 2), u32_at(option, 4), ipv6_at(option, 16))
                {
                    router.prefixes.push(Prefix { address, length, valid });
                }
            }
            25 => {
                let room = NDP_LIST.saturating_sub(router.dns_servers.len());
                let list = option.get(8..).unwrap_or_default();
                let addresses = list.chunks_exact(16).filter_map(|bytes| ipv6_at(bytes, 0));
                router.dns_servers.extend(addresses.take(room));
            }
            37 => {
                let uri = String::from_utf8_lossy(option.get(2..).unwrap_or_default());
                router.captive_portal = Some(uri.trim_end_matches('\0').to_owned());
            }
            _ => {}
        }
    }
    Some(router)
}

/// Options with their two bytes of type and length (in units of 8 bytes).
fn options(mut rest: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (kind, units) = (u8_at(rest, 0)?, usize::from(u8_at(rest, 1)?));
        if units == 0 {
            return None;
        }
        let (option, after) = rest.split_at_checked(units.saturating_mul(8))?;
        rest = after;
        Some((kind, option))
    })
    .take(NDP_OPTIONS)
}

fn link_option(rest: &[u8], wanted: u8) -> Option<MacAddress> {
    options(rest).find(|(kind, _)| *kind == wanted).and_then(|(_, option)| mac(option))
}

fn mac(option: &[u8]) -> Option<MacAddress> {
    option.get(2..)?.first_chunk().map(|bytes| MacAddress(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parties() -> Parties {
        let source = "fe80::1".parse().unwrap();
        Parties { source, destination: "ff02::1".parse().unwrap(), frame: None }
    }

    fn kind(message: Option<LanMessage>) -> IcmpKind {
        let Some(LanMessage::Icmp(icmp)) = message else { panic!("{message:?}") };
        icmp.kind
    }

    fn advertisement() -> Vec<u8> {
        let mut bytes = vec![134, 0, 0, 0, 64, 0x48, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([1, 1, 2, 0, 0, 0, 0, 1]);
        bytes.extend([3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend("2001:db8::".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend([25, 3, 0, 0, 0, 0, 0, 60]);
        bytes.extend("2001:db8::53".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend([37, 1, b'h', b't', b't', b'p', 0, 0]);
        bytes
    }

    #[test]
    fn a_router_advertisement_is_read() {
        let IcmpKind::RouterAdvertisement(router) = kind(v6(&advertisement(), parties(), 255))
        else {
            panic!("no router")
        };
        assert_eq!((router.lifetime, router.preference), (1800, RouterPreference::High));
        assert!(router.other && !router.managed);
        assert_eq!(router.link.unwrap().to_string(), "02:00:00:00:00:01");
        assert_eq!((router.prefixes.len(), router.prefixes[0].length), (1, 64));
        assert_eq!(router.prefixes[0].valid, 3600);
        assert_eq!(router.dns_servers.len(), 1);
        assert_eq!(router.captive_portal.as_deref(), Some("http"));
    }

    #[test]
    fn redirects_name_gateway_and_destination() {
        let mut bytes = vec![5, 1, 0, 0, 10, 0, 0, 66, 0x45];
        bytes.resize(24, 0);
        bytes.extend([203, 0, 113, 5]);
        let IcmpKind::Redirect(redirect) = kind(v4(&bytes, parties(), 64)) else { panic!() };
        assert_eq!(redirect.gateway.to_string(), "10.0.0.66");
        assert_eq!(redirect.destination.to_string(), "203.0.113.5");
        assert!(v4(&[3; 40], parties(), 64).is_none());
    }

    #[test]
    fn cut_messages_and_options_of_no_length_do_no_harm() {
        let whole = advertisement();
        for length in 0..whole.len() {
            v6(&whole[..length], parties(), 255);
            v4(&whole[..length], parties(), 255);
        }
        let mut endless = whole[..16].to_vec();
        endless.extend([0; 64]);
        let IcmpKind::RouterAdvertisement(router) = kind(v6(&endless, parties(), 255)) else {
            panic!("no router")
        };
        assert_eq!(router.link, None);
    }
}
