//! `channel/answered-locally`: round trips and times to live say that a near box answers for far
//! servers.
//!
//! One server may be near, and a capture taken at a server has no distances at all. What nothing
//! else explains is several public servers in different networks that all open connections from the
//! same few hops away, within a millisecond, while their answers to the ClientHello take as long as
//! the way is. Judged at the end of the input, when all servers are known.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dissect::{Fact, Record, Stage};

use super::leg::Leg;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::when::millis;

pub(crate) static RULE: Rule = Rule {
    id: "channel/answered-locally",
    title: "A near box answers for far servers",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["CWE-300", "MASVS-NETWORK-1", "ATT&CK T1638", "ATT&CK T1557"],
    explanation: "Connections to public servers in several networks were all accepted within a \
        millisecond and with the same time to live, as a box in the same room does, yet the \
        answers to the ClientHello took many times longer. So something near accepts the \
        connections and only then asks the real servers: a transparent proxy. That alone does not \
        break TLS, but it is where TLS is broken if it is.",
    evidence: "For some of the servers: how long SYN to SYN-ACK and ClientHello to answer took, and \
        the time to live of the SYN-ACK.",
    false_positives: "A VPN or firewall app on the phone that captures through its own TCP stack, \
        an emulator's network, and the accelerators of satellite and some mobile networks: all of \
        them accept connections themselves and pass TLS on as it is.",
    fix: "Find out what stands in the way: the gateway, a VPN or firewall app, a proxy that the \
        network redirects to. Compare a capture from another network, and check the certificates \
        of the same hosts there.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::ENDED,
    build: || Box::new(AnsweredLocally::default()),
};

/// Servers that are remembered.
const MAX_SERVERS: usize = 4096;

/// A box in the same network accepts within this time.
const NEAR_NANOS: i64 = 1_000_000;

/// So many times longer than the opening the answer must take, and at least so long.
const RATIO: i64 = 20;
const FAR_NANOS: i64 = 15_000_000;

/// Networks in which such servers must be: one may have a node next door.
const MIN_NETWORKS: usize = 3;

/// Servers that are quoted.
const QUOTED: usize = 4;

/// Times to live that systems start with (RFC 1340 and what Linux, Windows and routers use).
const INITIAL_TTLS: [u8; 3] = [64, 128, 255];

/// What is known of the public servers.
#[derive(Default)]
struct AnsweredLocally {
    servers: BTreeMap<IpAddr, Server>,
}

/// All connections to one server.
struct Server {
    /// The first one.
    leg: Leg,
    /// Where its SYN-ACK is.
    accepted: u64,
    ttl: u8,
    /// The longest from SYN to SYN-ACK.
    slowest_opening: i64,
    /// The shortest from ClientHello to answer.
    fastest_answer: i64,
    /// All SYN-ACKs have the same time to live.
    steady: bool,
}

impl Detector for AnsweredLocally {
    fn observe(&mut self, record: &Record, _scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Ended, session) = &record.fact else { return };
        let (Some(syn), Some(accepted)) = (session.tcp.syn, session.tcp.syn_ack) else { return };
        let (Some(flow), Some(hello)) = (&record.flow, &session.client_hello) else { return };
        let Some(answered) = session.retry_request.as_ref().or(session.server_hello.as_ref())
        else {
            return;
        };
        let address = flow.server.address;
        if !is_public(address) {
            return;
        }
        let opening = accepted.at.timestamp.since(syn.at.timestamp);
        let asked = hello.packets.first.timestamp;
        let answer = answered.packets.last.timestamp.since(asked);
        if let Some(server) = self.servers.get_mut(&address) {
            server.slowest_opening = server.slowest_opening.max(opening);
            server.fastest_answer = server.fastest_answer.min(answer);
            server.steady &= server.ttl == accepted.ttl;
        } else if self.servers.len() < MAX_SERVERS
            && let Some(leg) = Leg::of(record, session)
        {
            let server = Server {
                leg: leg.bare(),
                accepted: accepted.at.number,
                ttl: accepted.ttl,
                slowest_opening: opening,
                fastest_answer: answer,
                steady: true,
            };
            self.servers.insert(address, server);
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        let servers: Vec<Server> = std::mem::take(&mut self.servers).into_values().collect();
        scene.sightings.extend(judge(&servers));
    }
}

fn judge(servers: &[Server]) -> Option<Sighting> {
    // By client, time to live: what answers for all is one box.
    let mut groups: BTreeMap<(IpAddr, u8), Vec<&Server>> = BTreeMap::new();
    for server in servers.iter().filter(|server| server.is_near()) {
        let client = server.leg.flow.client.address;
        groups.entry((client, server.ttl)).or_default().push(server);
    }
    let networks = |near: &[&Server]| {
        near.iter().map(|server| network(server.leg.flow.server.address)).collect::<BTreeSet<_>>()
    };
    let ((client, ttl), near) =
        groups.into_iter().max_by_key(|(key, near)| (networks(near).len(), *key))?;
    let count = networks(&near).len();
    // Servers that are as far as they should be: then distance is seen, and some may be near.
    let others = servers.iter().filter(|server| server.leg.flow.client.address == client);
    let far = others.filter(|server| !server.is_near()).count();
    if count < MIN_NETWORKS || far.saturating_mul(4) > near.len() {
        return None;
    }
    let mut evidence = Vec::new();
    for server in near.iter().take(QUOTED) {
        let mut packets = server.leg.hello_at.numbers();
        packets.push(server.accepted);
        packets.extend(server.leg.answer_at.iter().flat_map(|answer| answer.numbers()));
        packets.sort_unstable();
        packets.dedup();
        let value = format!(
            "{} accepts after {} and answers after {}",
            server.leg.subject().label(),
            millis(server.slowest_opening),
            millis(server.fastest_answer)
        );
        evidence.push(Evidence { packets, fact: "round-trips", value });
    }
    let packets = near.iter().take(QUOTED).map(|server| server.accepted).collect();
    evidence.push(Evidence { packets, fact: "time-to-live", value: ttl.to_string() });
    let first = near.iter().min_by_key(|server| server.leg.hello_at.first.number)?;
    let draft = Draft {
        key: String::new(),
        confidence: Confidence::Possible,
        title: format!(
            "{} and other public servers in {count} networks answer {client} from next door",
            first.leg.subject().label()
        ),
        evidence,
        alternatives: alternatives(&[
            "a VPN or firewall app, or an emulator, with a TCP stack of its own",
            "a network that accelerates TCP, such as a satellite link",
        ]),
    };
    Some(draft.about(&RULE, first.leg.subject(), first.leg.packet()))
}

impl Server {
    /// Accepts at once, and answers as if it were far.
    fn is_near(&self) -> bool {
        let initial =
            INITIAL_TTLS.iter().any(|ttl| self.ttl == *ttl || self.ttl == ttl.saturating_sub(1));
        initial
            && self.steady
            && (0..=NEAR_NANOS).contains(&self.slowest_opening)
            && self.fastest_answer >= FAR_NANOS
            && self.fastest_answer / RATIO >= self.slowest_opening
    }
}

/// The network of an address as far as distance goes: the first 16 bits, of IPv6 32.
fn network(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => address.to_bits() >> 16,
        IpAddr::V6(address) => u32::try_from(address.to_bits() >> 96).unwrap_or_default(),
    }
}

/// Whether an address is somewhere in the Internet (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && second & 0xc0 == 64;
    let benchmarks = first == 198 && second & 0xfe == 18;
    let protocols = first == 192 && second == 0 && third == 0;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || shared
        || benchmarks
        || protocols
        || first == 0
        || first >= 240)
}

/// 2000::/3 without documentation (RFC 3849).
const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may panic: that is how it fails")]
mod tests {
    use dissect::tcp::{MAX_OPTIONS, Opening};

    use super::super::leg::tests::{Made, packet};
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;

    /// A session that was accepted and answered after so many milliseconds, and the time to live
    /// of its SYN-ACK.
    fn session(server: &'static str, accepted: i64, answered: i64, ttl: u8) -> Record {
        let made = Made::new("192.168.1.2:40000", server, 1, (100, 100 + answered));
        let mut session = made.session();
        let opening = |at| Opening {
            at: packet(at),
            ttl,
            window: 0,
            mss: None,
            window_scale: None,
            options: [0; MAX_OPTIONS],
        };
        session.tcp.syn = Some(opening(50));
        session.tcp.syn_ack = Some(opening(50 + accepted));
        made.record_of(Stage::Ended, session)
    }

    const SERVERS: [&str; 4] = ["1.1.1.1:443", "8.8.8.8:443", "9.9.9.9:443", "5.5.5.5:443"];

    fn raised(servers: &[&'static str], accepted: i64, answered: i64, ttl: u8) -> usize {
        let records: Vec<Record> =
            servers.iter().map(|server| session(server, accepted, answered, ttl)).collect();
        sightings(&mut AnsweredLocally::default(), &Known::default(), &records).len()
    }

    #[test]
    fn one_box_for_several_networks_is_raised() {
        assert_eq!(raised(&SERVERS, 0, 60, 64), 1);
        assert_eq!(raised(&SERVERS[1..], 1, 60, 127), 1);
        let records = SERVERS.map(|server| session(server, 1, 60, 63));
        let raised = sightings(&mut AnsweredLocally::default(), &Known::default(), &records);
        assert_eq!(
            raised[0].evidence[0].value,
            "api.shop.test accepts after 1.000 ms and answers after 60.000 ms"
        );
        assert_eq!(raised[0].evidence[0].packets, [51, 100, 160]);
    }

    #[test]
    fn near_or_far_alone_is_not() {
        assert_eq!(raised(&SERVERS, 0, 1, 64), 0, "a capture at the servers");
        assert_eq!(raised(&SERVERS, 40, 60, 64), 0, "as far as they answer");
        assert_eq!(raised(&SERVERS, 0, 60, 51), 0, "many hops away");
    }

    #[test]
    fn few_networks_and_private_servers_are_not() {
        assert_eq!(raised(&SERVERS[..2], 0, 60, 64), 0);
        assert_eq!(raised(&["1.1.1.1:443", "1.1.2.2:443", "1.1.3.3:443"], 0, 60, 64), 0);
        let private = ["10.1.1.1:443", "172.16.1.1:443", "192.168.7.7:443", "100.64.1.1:443"];
        assert_eq!(raised(&private, 0, 60, 64), 0);
    }

    #[test]
    fn where_others_are_far_some_may_be_near() {
        let mut records = SERVERS.map(|server| session(server, 0, 60, 64)).to_vec();
        records.push(session("2.2.2.2:443", 30, 60, 52));
        let raised = |records: &[Record]| {
            sightings(&mut AnsweredLocally::default(), &Known::default(), records).len()
        };
        assert_eq!(raised(&records), 1);
        records.push(session("3.3.3.3:443", 30, 60, 52));
        assert_eq!(raised(&records), 0);
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("203.0.113.5", false),
            ("198.18.0.1", false),
            ("169.254.1.1", false),
            ("2606:4700::1111", true),
            ("2001:db8::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
