//! What is asked and answered in DNS (RFC 1035), also as multicast DNS (RFC 6762) and LLMNR
//! (RFC 4795), which look the same.

mod reader;
mod stream;

use std::net::IpAddr;

use crate::lan::MacAddress;
use crate::packet::PacketRef;
pub(crate) use stream::DnsStream;

/// One message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsMessage {
    /// Where it was read.
    pub at: PacketRef,
    /// Which protocol of the family.
    pub protocol: DnsProtocol,
    /// Link address of the frame's sender, where the link has such addresses. `None` over TCP and
    /// inside tunnels.
    pub sender: Option<MacAddress>,
    /// Transaction id.
    pub id: u16,
    /// QR: an answer, not a question.
    pub is_response: bool,
    /// The flow's client sent it. An answer usually comes from the server.
    pub from_client: bool,
    /// RCODE; 0 is success, 3 is "no such name".
    pub rcode: u8,
    /// TC: the answer was cut, and TCP has the whole one.
    pub is_truncated: bool,
    /// Questions, at most [`DNS_RECORDS`](crate::limits::DNS_RECORDS).
    pub questions: Vec<DnsQuestion>,
    /// Records of the answer section, at most [`DNS_RECORDS`](crate::limits::DNS_RECORDS).
    pub answers: Vec<DnsRecord>,
}

/// Which protocol of the family.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DnsProtocol {
    /// Unicast DNS, port 53.
    Dns,
    /// Link-local multicast name resolution, port 5355.
    Llmnr,
    /// Multicast DNS, port 5353.
    Mdns,
}

impl DnsProtocol {
    /// The protocol of a flow between these UDP ports, if one of them is its.
    pub(crate) const fn of_ports(a: u16, b: u16) -> Option<Self> {
        match (a, b) {
            (53, _) | (_, 53) => Some(Self::Dns),
            (5353, _) | (_, 5353) => Some(Self::Mdns),
            (5355, _) | (_, 5355) => Some(Self::Llmnr),
            _ => None,
        }
    }

    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Llmnr => "llmnr",
            Self::Mdns => "mdns",
        }
    }
}

/// A question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsQuestion {
    /// The name in lower case, without the final dot; bytes that are not printable ASCII are
    /// written as `\\ddd` (RFC 4343).
    pub name: String,
    /// QTYPE: 1 A, 28 AAAA, 65 HTTPS, …
    pub kind: u16,
}

/// A resource record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsRecord {
    /// Owner, written as in [`DnsQuestion::name`].
    pub name: String,
    /// TYPE.
    pub kind: u16,
    /// Time to live in seconds.
    pub ttl: u32,
    /// RDATA.
    pub data: DnsData,
}

/// What a record says.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DnsData {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME, NS, PTR or DNAME.
    Name(String),
    /// Anything else: so many bytes.
    Other(usize),
}

impl DnsMessage {
    /// The addresses among the answers.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answers.iter().filter_map(|record| match record.data {
            DnsData::Address(address) => Some(address),
            DnsData::Name(_) | DnsData::Other(_) => None,
        })
    }
}
