//! Which packets a program needs to dissect some: those of their flows from the first one on.
//!
//! A single packet out of a connection tells Wireshark little: who opened it, what was negotiated
//! and where in the stream it stands is in the packets before it. So a slice of a capture has, with
//! each packet that it is about, its flow up to the last of these.
//!
//! Two walks over the packets: one finds whose flows they are, one collects. A five-tuple may be used
//! again: a SYN with another sequence number before the first packet that counts begins anew.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::ControlFlow;

use dissect::{Addressed, Decoded, Decoder, Endpoint, Packet, Segment, Transport};

use crate::again::{Again, MAX_PACKETS};
use crate::error::Error;

/// The most packets that are added of the beginning of one flow: handshakes and headers.
const MAX_FIRST: usize = 1_000;

/// The most packets that are added of a flow's end, before the last that counts.
const MAX_LAST: usize = 1_000;

/// The most flows that are added.
const MAX_FLOWS: usize = 1_000;

/// The packets of a slice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FlowPackets {
    /// Their numbers, at the most [`MAX_PACKETS`]; those that were asked for go before others.
    pub numbers: BTreeSet<u64>,
    /// How many packets of these flows are left out, because there are too many.
    pub left_out: u64,
}

/// `wanted` and the packets of their flows that come before them.
pub fn with_flows(place: &dyn Again, wanted: &BTreeSet<u64>) -> Result<FlowPackets, Error> {
    let mut numbers: BTreeSet<u64> = wanted.iter().copied().take(MAX_PACKETS).collect();
    let mut left_out = wanted.len().saturating_sub(numbers.len()) as u64;
    let mut flows = flows_of(place, &numbers)?;
    collect(place, &mut flows, &numbers)?;
    let mut added: Vec<u64> = Vec::new();
    for flow in flows.into_values() {
        left_out = left_out.saturating_add(flow.passed);
        added.extend(flow.first.into_iter().chain(flow.last));
    }
    added.sort_unstable();
    for number in added {
        if numbers.len() < MAX_PACKETS {
            numbers.insert(number);
        } else if !numbers.contains(&number) {
            left_out = left_out.saturating_add(1);
        }
    }
    Ok(FlowPackets { numbers, left_out })
}

/// Both ends, the lower first, and how they talk.
type Tuple = (Endpoint, Endpoint, Transport);

fn tuple(addressed: &Addressed) -> Tuple {
    let (source, destination) = (addressed.source(), addressed.destination());
    (source.min(destination), source.max(destination), addressed.transport())
}

/// What is collected of a flow.
#[derive(Debug, Default)]
struct Found {
    /// The last packet that counts.
    until: u64,
    /// One that counts has come.
    begun: bool,
    /// Sequence number of the last SYN.
    opened: Option<u32>,
    /// Numbers of the first packets.
    first: Vec<u64>,
    /// Numbers of the last ones.
    last: VecDeque<u64>,
    /// How many lie between them.
    passed: u64,
}

impl Found {
    fn add(&mut self, number: u64, counts: bool, opens: Option<u32>) {
        if opens.is_some() && opens != self.opened {
            self.opened = opens;
            if !self.begun {
                self.first.clear();
                self.last.clear();
                self.passed = 0;
            }
        }
        self.begun |= counts;
        if counts {
            return;
        }
        if self.first.len() < MAX_FIRST {
            self.first.push(number);
            return;
        }
        self.last.push_back(number);
        if self.last.len() > MAX_LAST {
            self.last.pop_front();
            self.passed = self.passed.saturating_add(1);
        }
    }
}

/// The flows of these packets, and how far each of them is wanted.
fn flows_of(place: &dyn Again, wanted: &BTreeSet<u64>) -> Result<HashMap<Tuple, Found>, Error> {
    let mut flows: HashMap<Tuple, Found> = HashMap::new();
    walk(place, wanted.last(), |packet, addressed, _| {
        let tuple = tuple(addressed);
        if wanted.contains(&packet.number)
            && (flows.len() < MAX_FLOWS || flows.contains_key(&tuple))
        {
            flows.entry(tuple).or_default().until = packet.number;
        }
    })?;
    Ok(flows)
}

/// Collects the packets of the flows.
fn collect(
    place: &dyn Again,
    flows: &mut HashMap<Tuple, Found>,
    wanted: &BTreeSet<u64>,
) -> Result<(), Error> {
    let last = flows.values().map(|flow| flow.until).max();
    walk(place, last.as_ref(), |packet, addressed, segment| {
        let Some(flow) = flows.get_mut(&tuple(addressed)) else { return };
        if packet.number <= flow.until {
            let opens = segment.filter(|s| s.has(Segment::SYN) && !s.has(Segment::ACK));
            let opens = opens.map(|segment| segment.sequence);
            flow.add(packet.number, wanted.contains(&packet.number), opens);
        }
    })
}

/// Shows the packets that belong to a flow, up to number `last`.
fn walk(
    place: &dyn Again,
    last: Option<&u64>,
    mut see: impl FnMut(&Packet<'_>, &Addressed, Option<&Segment<'_>>),
) -> Result<(), Error> {
    let Some(last) = last else { return Ok(()) };
    let mut decoder = Decoder::default();
    place.walk(*last, &mut |packet| {
        match decoder.decode(packet) {
            Decoded::Tcp(addressed, segment) => see(packet, &addressed, Some(&segment)),
            Decoded::Udp(addressed, _) => see(packet, &addressed, None),
            Decoded::Lan(_) | Decoded::Other | Decoded::Weird(_) => {}
        }
        ControlFlow::Continue(())
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use dissect::LinkType;

    use super::*;
    use crate::block::{Block, PacketHead};
    use crate::recent::Recent;

    /// A packet from one port of a host to one of another; the sequence number of a SYN.
    #[derive(Clone, Copy)]
    enum Made {
        Arp,
        Syn(u16, u16, u8),
        Tcp(u16, u16),
        Udp(u16, u16),
    }
    use Made::{Arp, Syn, Tcp, Udp};

    fn bytes(made: Made) -> Vec<u8> {
        let ip = |protocol, [from, to]: [u16; 2], rest: &[u8]| {
            // The lower port is at the first host, so that answers go back.
            let hosts = if from < to { [1, 2] } else { [2, 1] };
            let length = u8::try_from(24 + rest.len()).unwrap();
            let mut packet = vec![0x45, 0, 0, length, 0, 0, 0, 0, 64, protocol, 0, 0];
            packet.extend([10, 0, 0, hosts[0], 10, 0, 0, hosts[1]]);
            packet.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
            packet.extend(rest);
            packet
        };
        let tcp = |ports, flags, sequence| {
            ip(6, ports, &[0, 0, 0, sequence, 0, 0, 0, 0, 0x50, flags, 0, 9, 0, 0, 0, 0])
        };
        match made {
            Arp => vec![0xff],
            Syn(from, to, sequence) => tcp([from, to], 2, sequence),
            Tcp(from, to) => tcp([from, to], 0x10, 9),
            Udp(from, to) => ip(17, [from, to], &[0, 8, 0, 0]),
        }
    }

    fn slice(capture: impl IntoIterator<Item = Made>, wanted: &[u64]) -> FlowPackets {
        let mut block = Block { first_number: 1, ..Block::default() };
        for made in capture {
            let bytes = bytes(made);
            block.heads.push(PacketHead {
                offset: u32::try_from(block.bytes.len()).unwrap(),
                captured: u32::try_from(bytes.len()).unwrap(),
                original: 0,
                link_type: LinkType::RAW,
                interface: 0,
                timestamp: dissect::Timestamp::default(),
            });
            block.bytes.extend(bytes);
        }
        let mut recent = Recent::default();
        recent.push(&block);
        with_flows(&recent, &wanted.iter().copied().collect()).unwrap()
    }

    #[test]
    fn flows_come_with_their_packets() {
        let capture = [
            Syn(5, 443, 1), // 1
            Syn(6, 443, 1),
            Udp(5, 443), // 3: other transport
            Tcp(443, 5),
            Arp, // 5
            Tcp(6, 443),
            Tcp(5, 443), // 7
            Udp(443, 5),
        ];
        for (wanted, numbers) in [
            (&[4][..], &[1, 4][..]),
            (&[7], &[1, 4, 7]),
            (&[6, 7], &[1, 2, 4, 6, 7]),
            (&[8], &[3, 8]),
            (&[5], &[5]),
            (&[1, 99], &[1, 99]),
            (&[], &[]),
        ] {
            let expected = FlowPackets { numbers: numbers.iter().copied().collect(), left_out: 0 };
            assert_eq!(slice(capture, wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn an_earlier_connection_of_the_same_ports_does_not_come_with_it() {
        let capture = [
            Syn(5, 443, 1),
            Tcp(443, 5),
            Syn(5, 443, 7), // 3: another connection
            Syn(5, 443, 7), // 4: the same again
            Tcp(443, 5),
            Tcp(5, 443), // 6
            Syn(5, 443, 9),
            Tcp(5, 443), // 8
        ];
        let numbers = |wanted| slice(capture, wanted).numbers.into_iter().collect::<Vec<_>>();
        assert_eq!(numbers(&[6]), [3, 4, 5, 6]);
        assert_eq!(numbers(&[8]), [7, 8]);
        assert_eq!(numbers(&[6, 8]), [3, 4, 5, 6, 7, 8]);
        assert_eq!(numbers(&[2]), [1, 2]);
    }

    #[test]
    fn of_a_long_flow_beginning_and_end_are_kept() {
        let count = (MAX_FIRST + MAX_LAST + 500) as u64;
        let mut capture = vec![Syn(5, 443, 1)];
        capture.resize(count as usize, Tcp(5, 443));
        let slice = slice(capture, &[MAX_FIRST as u64 + 200, count]);
        let mut middle = 1_001..=1_199;
        assert!(middle.all(|number| !slice.numbers.contains(&number)));
        assert!([1, 1_000, 1_200, count - 1_000, count].iter().all(|n| slice.numbers.contains(n)));
        assert_eq!(slice.numbers.len() as u64 + slice.left_out, count);
    }

    #[test]
    fn what_was_asked_for_goes_before_the_rest() {
        // Each flow has a packet that is asked for behind one that is not.
        let half = 700;
        let capture = (0..half).flat_map(|port| {
            (0..15).map(move |_| Tcp(port, 443 + 10_000)).chain([Tcp(443 + 10_000, port)])
        });
        let wanted: Vec<u64> = (1..=u64::from(half)).map(|flow| flow * 16).collect();
        let slice = slice(capture, &wanted);
        assert_eq!(slice.numbers.len(), MAX_PACKETS);
        assert!(wanted.iter().all(|number| slice.numbers.contains(number)));
        assert_eq!(slice.left_out, 700 * 16 - 10_000);
    }
}
