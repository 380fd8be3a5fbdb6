//! Conversations cut out of captures, to be cloned.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use capture::{Block, FileOptions, Fill, Source};

use crate::edit::{self, Edit};

/// Bytes of an Ethernet header.
const ETHERNET: usize = 14;

/// What one side sends before the other one answers: a part of its TCP stream, or a datagram.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) from_client: bool,
    pub(crate) bytes: Vec<u8>,
    /// What is new in each clone.
    pub(crate) edits: Vec<Edit>,
}

/// What a conversation speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Speaks {
    Dns,
    Http,
    Quic,
    Tls,
}

/// A conversation without addresses, numbers and times.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) speaks: Speaks,
    pub(crate) over_tcp: bool,
    pub(crate) server_port: u16,
    pub(crate) turns: Vec<Turn>,
}

/// An address and a port.
type End = (Vec<u8>, u16);

/// A flow as it is put together: who began it, and the turns until now.
struct Flow {
    client: End,
    over_tcp: bool,
    server_port: u16,
    /// Next sequence number of client and server.
    next: [Option<u32>; 2],
    turns: Vec<Turn>,
    whole: bool,
}

/// All conversations of a capture that can be cloned, in the order in which they began.
pub(crate) fn of(capture: &Path) -> Result<Vec<Template>> {
    let mut source = capture::open(capture, &FileOptions::default())
        .with_context(|| format!("{}", capture.display()))?;
    let mut flows: Vec<Flow> = Vec::new();
    let mut by_ends: HashMap<(bool, [End; 2]), usize> = HashMap::new();
    let mut block = Block::default();
    loop {
        let filled = source.fill(&mut block)?;
        for packet in block.packets() {
            let Some(segment) = Segment::of(packet.data) else { continue };
            let mut ends = [segment.from.clone(), segment.to.clone()];
            ends.sort();
            let index = *by_ends.entry((segment.tcp.is_some(), ends)).or_insert_with(|| {
                flows.push(Flow {
                    client: segment.from.clone(),
                    over_tcp: segment.tcp.is_some(),
                    server_port: segment.to.1,
                    next: [None; 2],
                    turns: Vec::new(),
                    whole: true,
                });
                flows.len() - 1
            });
            flows[index].take(&segment);
        }
        if filled == Fill::End {
            break;
        }
    }
    let templates: Vec<Template> = flows.into_iter().filter_map(Flow::template).collect();
    ensure!(!templates.is_empty(), "{}: nothing to clone", capture.display());
    Ok(templates)
}

impl Flow {
    fn take(&mut self, segment: &Segment<'_>) {
        let from_client = segment.from == self.client;
        if let Some(tcp) = segment.tcp {
            let next = &mut self.next[usize::from(!from_client)];
            if tcp.syn {
                *next = Some(tcp.sequence.wrapping_add(1));
            }
            let Some(next) = next else {
                self.whole = false;
                return;
            };
            if segment.payload.is_empty() || tcp.sequence.wrapping_sub(*next) >= 1 << 31 {
                return; // nothing new
            }
            self.whole &= tcp.sequence == *next;
            *next = next.wrapping_add(segment.payload.len() as u32);
        }
        match self.turns.last_mut() {
            Some(turn) if self.over_tcp && turn.from_client == from_client => {
                turn.bytes.extend_from_slice(segment.payload);
            }
            _ => self.turns.push(Turn {
                from_client,
                bytes: segment.payload.to_vec(),
                edits: Vec::new(),
            }),
        }
    }

    fn template(self) -> Option<Template> {
        let first = &self.turns.first()?.bytes;
        let both = self.turns.iter().any(|turn| !turn.from_client);
        let speaks = match (self.over_tcp, self.server_port) {
            (true, _) if first.starts_with(&[0x16, 3]) => Speaks::Tls,
            (true, 80) if first.starts_with(b"GET ") || first.starts_with(b"POST ") => Speaks::Http,
            (false, 53) if self.turns.len() >= 2 => Speaks::Dns,
            (false, 443) if first.len() >= 1200 && first[0] >= 0xc0 => Speaks::Quic,
            _ => return None,
        };
        if !self.whole || !both {
            return None;
        }
        let mut turns = self.turns;
        edit::mark(speaks, &mut turns);
        Some(Template { speaks, over_tcp: self.over_tcp, server_port: self.server_port, turns })
    }
}

/// A packet as far as it is needed.
struct Segment<'a> {
    from: End,
    to: End,
    tcp: Option<Tcp>,
    payload: &'a [u8],
}

#[derive(Clone, Copy)]
struct Tcp {
    sequence: u32,
    syn: bool,
}

impl<'a> Segment<'a> {
    /// TCP or UDP in IPv4 or IPv6 in Ethernet; everything else is not cloned.
    fn of(frame: &'a [u8]) -> Option<Self> {
        let packet = frame.get(ETHERNET..)?;
        let (protocol, from, to, rest) = match frame[12..ETHERNET] {
            [0x08, 0x00] => {
                let header = usize::from(packet.first()? & 15) * 4;
                let total = usize::from(number(packet, 2)?);
                (packet[9], packet.get(12..16)?, packet.get(16..20)?, packet.get(header..total)?)
            }
            [0x86, 0xdd] => {
                let rest = packet.get(40..40 + usize::from(number(packet, 4)?))?;
                (packet[6], packet.get(8..24)?, packet.get(24..40)?, rest)
            }
            _ => return None,
        };
        let (tcp, payload) = match protocol {
            6 => {
                let sequence = u32::from_be_bytes(*rest.get(4..)?.first_chunk()?);
                let header = usize::from(*rest.get(12)? >> 4) * 4;
                (Some(Tcp { sequence, syn: rest[13] & 2 != 0 }), rest.get(header..)?)
            }
            17 => (None, rest.get(8..)?),
            _ => return None,
        };
        let (from_port, to_port) = (number(rest, 0)?, number(rest, 2)?);
        Some(Self { from: (from.to_vec(), from_port), to: (to.to_vec(), to_port), tcp, payload })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
