//! The `arp`, `dhcp`, `icmp` and `redundancy` events: the network below. `arp` and `dhcp` in EVE's
//! words; the others have no model there.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use dissect::{
    ArpOperation, ArpPacket, DhcpMessage, Dhcpv6Message, IcmpKind, IcmpMessage, LanMessage,
    LinkAddresses, MacAddress, Parties, Record, Redundancy, hex,
};
use serde::Serialize;

use super::head::write_event;
use super::{EventType, Options};

pub(super) fn write(
    writer: &mut dyn io::Write,
    record: &Record,
    message: &LanMessage,
    options: &Options,
) -> io::Result<()> {
    let (event, body) = match message {
        LanMessage::Arp(arp) => (EventType::Arp, Body::Arp(arp_json(arp))),
        LanMessage::Dhcp(dhcp) => (EventType::Dhcp, Body::Dhcp(Box::new(dhcp_json(dhcp)))),
        LanMessage::Dhcpv6(dhcp) => (EventType::Dhcp, Body::Dhcp(Box::new(dhcpv6_json(dhcp)))),
        LanMessage::Icmp(icmp) => (EventType::Icmp, Body::Icmp(Box::new(icmp_json(icmp)))),
        LanMessage::Redundancy(redundancy) => {
            (EventType::Redundancy, Body::Redundancy(redundancy_json(redundancy)))
        }
        _ => return Ok(()),
    };
    if !options.events.contains(&event) {
        return Ok(());
    }
    write_event(writer, record, event, options, body)
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Arp(ArpJson),
    Dhcp(Box<DhcpJson>),
    Icmp(Box<IcmpJson>),
    Redundancy(RedundancyJson),
}

/// Addresses of the frame's header.
#[derive(Default, Serialize)]
struct Ether {
    #[serde(skip_serializing_if = "Option::is_none")]
    ether_src: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ether_dest: Option<String>,
}

impl Ether {
    fn of(frame: Option<LinkAddresses>) -> Self {
        Self {
            ether_src: frame.map(|frame| frame.source.to_string()),
            ether_dest: frame.and_then(|frame| frame.destination).map(|mac| mac.to_string()),
        }
    }
}

/// Who sent it to whom: the head's addresses are those of a flow's client and server.
#[derive(Serialize)]
struct Sent {
    from_ip: String,
    to_ip: String,
    #[serde(flatten)]
    ether: Ether,
}

impl Sent {
    fn of(parties: &Parties) -> Self {
        Self {
            from_ip: parties.source.to_string(),
            to_ip: parties.destination.to_string(),
            ether: Ether::of(parties.frame),
        }
    }
}

#[derive(Serialize)]
struct ArpJson {
    hw_type: &'static str,
    proto_type: &'static str,
    opcode: &'static str,
    src_mac: String,
    src_ip: String,
    dest_mac: String,
    dest_ip: String,
    #[serde(flatten)]
    ether: Ether,
}

fn arp_json(arp: &ArpPacket) -> ArpJson {
    ArpJson {
        hw_type: "ethernet",
        proto_type: "ipv4",
        opcode: match arp.operation {
            ArpOperation::Request => "request",
            ArpOperation::Reply => "reply",
            ArpOperation::Other(_) => "unknown",
        },
        src_mac: arp.sender.to_string(),
        src_ip: arp.sender_address.to_string(),
        dest_mac: arp.target.to_string(),
        dest_ip: arp.target_address.to_string(),
        ether: Ether::of(arp.frame),
    }
}

#[derive(Serialize)]
struct DhcpJson {
    version: u8,
    #[serde(rename = "type")]
    direction: &'static str,
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_server_ip: Option<String>,
    dhcp_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet_mask: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_servers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wpad: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_class_identifier: Option<String>,
    #[serde(flatten)]
    sent: Sent,
}

const fn direction(from_server: bool) -> &'static str {
    if from_server { "reply" } else { "request" }
}

fn strings<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}

fn dhcp_json(dhcp: &DhcpMessage) -> DhcpJson {
    let set = |address: Ipv4Addr| (!address.is_unspecified()).then(|| address.to_string());
    let optional = |address: Option<Ipv4Addr>| address.map(|address| address.to_string());
    DhcpJson {
        version: 4,
        direction: direction(dhcp.is_reply),
        id: dhcp.id,
        client_mac: Some(dhcp.client.to_string()),
        assigned_ip: set(dhcp.assigned_address),
        client_ip: set(dhcp.client_address),
        relay_ip: set(dhcp.relay),
        next_server_ip: set(dhcp.next_server),
        dhcp_type: dhcp.kind.word(),
        server_id: optional(dhcp.server),
        client_id: None,
        requested_ip: optional(dhcp.requested),
        lease_time: dhcp.lease_time,
        subnet_mask: optional(dhcp.subnet_mask),
        routers: strings(&dhcp.routers),
        dns_servers: strings(&dhcp.dns_servers),
        hostname: dhcp.hostname.clone(),
        wpad: dhcp.wpad.clone(),
        vendor_class_identifier: dhcp.vendor_class.clone(),
        sent: Sent::of(&dhcp.parties),
    }
}

fn dhcpv6_json(dhcp: &Dhcpv6Message) -> DhcpJson {
    DhcpJson {
        version: 6,
        direction: direction(dhcp.is_from_server()),
        id: dhcp.id,
        client_mac: None,
        assigned_ip: None,
        client_ip: None,
        relay_ip: None,
        next_server_ip: None,
        dhcp_type: dhcp.word(),
        server_id: dhcp.server.as_deref().map(hex),
        client_id: dhcp.client.as_deref().map(hex),
        requested_ip: None,
        lease_time: None,
        subnet_mask: None,
        routers: Vec::new(),
        dns_servers: strings(&dhcp.dns_servers),
        hostname: None,
        wpad: None,
        vendor_class_identifier: None,
        sent: Sent::of(&dhcp.parties),
    }
}

/// What the message has and others have not is left out.
#[derive(Default, Serialize)]
struct IcmpJson {
    version: u8,
    kind: &'static str,
    hop_limit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    router: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    solicited: Option<bool>,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overrides: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preference: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prefixes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_servers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captive_portal: Option<String>,
    #[serde(flatten)]
    sent: Option<Sent>,
}

fn icmp_json(icmp: &IcmpMessage) -> IcmpJson {
    let mac = |link: Option<MacAddress>| link.map(|mac| mac.to_string());
    let base = IcmpJson {
        version: if icmp.parties.source.is_ipv4() { 4 } else { 6 },
        hop_limit: icmp.hop_limit,
        sent: Some(Sent::of(&icmp.parties)),
        ..IcmpJson::default()
    };
    match &icmp.kind {
        IcmpKind::NeighbourAdvertisement { target, link, is_router, is_solicited, overrides } => {
            IcmpJson {
                kind: "neighbour-advertisement",
                target_ip: Some(target.to_string()),
                link_mac: mac(*link),
                router: Some(*is_router),
                solicited: Some(*is_solicited),
                overrides: Some(*overrides),
                ..base
            }
        }
        IcmpKind::NeighbourSolicitation { target, link } => IcmpJson {
            kind: "neighbour-solicitation",
            target_ip: Some(target.to_string()),
            link_mac: mac(*link),
            ..base
        },
        IcmpKind::Redirect(redirect) => IcmpJson {
            kind: "redirect",
            target_ip: Some(redirect.destination.to_string()),
            gateway_ip: Some(redirect.gateway.to_string()),
            link_mac: mac(redirect.link),
            ..base
        },
        IcmpKind::RouterAdvertisement(router) => IcmpJson {
            kind: "router-advertisement",
            link_mac: mac(router.link),
            lifetime: Some(router.lifetime),
            preference: Some(router.preference.word()),
            managed: Some(router.managed),
            other: Some(router.other),
            prefixes: router
                .prefixes
                .iter()
                .map(|prefix| format!("{}/{}", prefix.address, prefix.length))
                .collect(),
            dns_servers: strings(&router.dns_servers),
            captive_portal: router.captive_portal.clone(),
            ..base
        },
        _ => base,
    }
}

#[derive(Serialize)]
struct RedundancyJson {
    protocol: &'static str,
    version: u8,
    group: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    virtual_ips: Vec<String>,
    #[serde(flatten)]
    sent: Sent,
}

fn redundancy_json(redundancy: &Redundancy) -> RedundancyJson {
    RedundancyJson {
        protocol: redundancy.protocol.word(),
        version: redundancy.version,
        group: redundancy.group,
        priority: redundancy.priority,
        virtual_ips: redundancy.addresses.iter().map(IpAddr::to_string).collect(),
        sent: Sent::of(&redundancy.parties),
    }
}

#[cfg(test)]
mod tests {
    use dissect::{
        DhcpKind, Fact, IcmpKind, Prefix, RecordOrder, RedundancyProtocol, RouterAdvertisement,
        RouterPreference,
    };

    use super::*;
    use crate::samples;

    fn line(message: LanMessage) -> serde_json::Value {
        let record = Record {
            order: RecordOrder::default(),
            packet: samples::packet(9),
            flow: None,
            fact: Fact::Lan(message),
        };
        let mut out = Vec::new();
        super::super::write_record(&mut out, &record, &Options::default()).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(crate::schema::errors(crate::schema::RECORDS, &line), Vec::<String>::new());
        line
    }

    fn parties(source: &str) -> Parties {
        let source = source.parse().unwrap();
        let mac = MacAddress([2, 0, 0, 0, 0, 1]);
        let frame = Some(LinkAddresses { source: mac, destination: None });
        Parties { source, destination: source, frame }
    }

    #[test]
    fn an_arp_reply_in_the_words_of_eve() {
        let line = line(LanMessage::Arp(ArpPacket {
            operation: ArpOperation::Reply,
            sender: MacAddress([2, 0x66, 0, 0, 1, 0x66]),
            sender_address: Ipv4Addr::new(10, 10, 1, 1),
            target: MacAddress([2, 0x50, 0, 0, 1, 2]),
            target_address: Ipv4Addr::new(10, 10, 1, 2),
            frame: None,
        }));
        assert_eq!(line["event_type"], "arp");
        assert_eq!(line["arp"]["opcode"], "reply");
        assert_eq!(line["arp"]["src_mac"], "02:66:00:00:01:66");
    }

    #[test]
    fn dhcp_of_both_kinds() {
        let server = Ipv4Addr::new(10, 0, 0, 1);
        let line_v4 = line(LanMessage::Dhcp(Box::new(DhcpMessage {
            parties: parties("10.0.0.1"),
            is_reply: true,
            kind: DhcpKind::Ack,
            id: 7,
            client: MacAddress([2, 0x50, 0, 0, 0, 2]),
            client_address: Ipv4Addr::UNSPECIFIED,
            assigned_address: Ipv4Addr::new(10, 0, 0, 2),
            next_server: Ipv4Addr::UNSPECIFIED,
            relay: Ipv4Addr::UNSPECIFIED,
            requested: None,
            server: Some(server),
            routers: vec![server],
            dns_servers: vec![server],
            subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
            lease_time: Some(3_600),
            hostname: Some("phone\u{1b}".into()),
            wpad: Some("http://w/p".into()),
            vendor_class: None,
        })));
        assert_eq!(line_v4["dhcp"]["dhcp_type"], "ack");
        assert_eq!(line_v4["dhcp"]["assigned_ip"], "10.0.0.2");
        assert_eq!(line_v4["dhcp"]["routers"][0], "10.0.0.1");
        assert!(line_v4["dhcp"].get("relay_ip").is_none());
        let line_v6 = line(LanMessage::Dhcpv6(Box::new(Dhcpv6Message {
            parties: parties("fe80::1"),
            kind: 7,
            id: 7,
            client: None,
            server: Some(vec![0, 3]),
            dns_servers: vec!["2001:db8::53".parse().unwrap()],
        })));
        assert_eq!(line_v6["dhcp"]["server_id"], "0003");
    }

    #[test]
    fn routers_of_both_kinds() {
        let prefix = Prefix { address: "2001:db8::".parse().unwrap(), length: 64, valid: 3_600 };
        let router = RouterAdvertisement {
            link: None,
            lifetime: 1_800,
            preference: RouterPreference::High,
            managed: false,
            other: true,
            prefixes: vec![prefix],
            dns_servers: Vec::new(),
            captive_portal: None,
        };
        let kind = IcmpKind::RouterAdvertisement(router);
        let icmp = IcmpMessage { parties: parties("fe80::1"), hop_limit: 255, kind };
        let line_icmp = line(LanMessage::Icmp(Box::new(icmp)));
        assert_eq!(line_icmp["icmp"]["prefixes"][0], "2001:db8::/64");
        let redundancy = line(LanMessage::Redundancy(Box::new(Redundancy {
            parties: parties("10.0.0.2"),
            protocol: RedundancyProtocol::Vrrp,
            version: 3,
            group: 7,
            priority: Some(100),
            addresses: vec!["10.0.0.1".parse().unwrap()],
        })));
        assert_eq!(redundancy["redundancy"]["virtual_ips"][0], "10.0.0.1");
    }
}
