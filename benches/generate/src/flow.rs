//! One clone on its way: which packet comes next.

use std::io::{self, Write};

use crate::random::mix;
use crate::script::{Script, Tail};
use crate::wire::{Ends, Pcap, SEGMENT, Tcp, flags};

/// Segments of one record of bulk data.
const RECORD_SEGMENTS: usize = 12;
/// Payload of a QUIC datagram of bulk data.
const DATAGRAM: usize = 1230;

/// Bulk data: one TLS record in whole segments, which looks encrypted and is sent again and again.
pub(crate) struct Bulk {
    record: Vec<u8>,
}

impl Bulk {
    pub(crate) fn new() -> Self {
        let length = RECORD_SEGMENTS * SEGMENT;
        let mut record = vec![0x17, 3, 3];
        record.extend_from_slice(&(length as u16 - 5).to_be_bytes());
        let mut seed = 1;
        while record.len() < length {
            seed = mix(seed);
            record.extend_from_slice(&seed.to_be_bytes());
        }
        Self { record }
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum State {
    Syn,
    SynAcknowledged,
    Acknowledged,
    Turns,
    Bulk(u64),
    Close(u8),
}

/// A clone of a conversation.
pub(crate) struct Flow<'a> {
    script: &'a Script,
    number: u64,
    ends: Ends,
    state: State,
    turn: usize,
    /// The turn that is being sent, and how much of it was.
    bytes: Vec<u8>,
    sent: usize,
    from_client: bool,
    /// Next sequence number of client and server.
    next: [u32; 2],
    /// Segments since the receiver acknowledged.
    open_segments: u8,
}

impl<'a> Flow<'a> {
    /// Clone `number`, before its first packet.
    pub(crate) fn new(script: &'a Script, number: u64) -> Self {
        let template = &script.template;
        let sequences = mix(number ^ 0x5e9);
        Self {
            script,
            number,
            ends: Ends::of(number, template.server_port),
            state: if template.over_tcp { State::Syn } else { State::Turns },
            turn: 0,
            bytes: Vec::new(),
            sent: 0,
            from_client: true,
            next: [sequences as u32, (sequences >> 32) as u32],
            open_segments: 0,
        }
    }

    /// Writes one packet; whether there is another one.
    pub(crate) fn step<W: Write>(&mut self, pcap: &mut Pcap<W>, bulk: &Bulk) -> io::Result<bool> {
        let tcp = self.script.template.over_tcp;
        match self.state {
            State::Syn => {
                self.segment(pcap, true, flags::SYN, &[])?;
                self.next[0] = self.next[0].wrapping_add(1);
                self.state = State::SynAcknowledged;
            }
            State::SynAcknowledged => {
                self.segment(pcap, false, flags::SYN | flags::ACK, &[])?;
                self.next[1] = self.next[1].wrapping_add(1);
                self.state = State::Acknowledged;
            }
            State::Acknowledged => {
                self.segment(pcap, true, flags::ACK, &[])?;
                self.state = State::Turns;
            }
            State::Turns | State::Bulk(_) if self.open_segments >= 2 => {
                self.segment(pcap, !self.from_client, flags::ACK, &[])?;
                self.open_segments = 0;
            }
            State::Turns => {
                if self.sent == self.bytes.len() && !self.prepare() {
                    self.state = State::Bulk(self.script.packets(self.number));
                    return self.step(pcap, bulk);
                }
                self.data(pcap, tcp)?;
            }
            State::Bulk(0) if !tcp => return Ok(false),
            State::Bulk(0) => {
                self.state = State::Close(0);
                return self.step(pcap, bulk);
            }
            State::Bulk(left) => {
                self.more(pcap, bulk, left)?;
                self.state = State::Bulk(left - 1);
            }
            State::Close(_) if self.script.is_reset => {
                self.segment(pcap, true, flags::RST | flags::ACK, &[])?;
                return Ok(false);
            }
            State::Close(step) => {
                let last = step == 2;
                let flag = if last { flags::ACK } else { flags::FIN | flags::ACK };
                let from_client = step != 1;
                self.segment(pcap, from_client, flag, &[])?;
                let next = &mut self.next[usize::from(!from_client)];
                *next = next.wrapping_add(u32::from(!last));
                self.state = State::Close(step + 1);
                return Ok(!last);
            }
        }
        Ok(true)
    }

    /// Makes the next turn ready; whether there is one.
    fn prepare(&mut self) -> bool {
        let template = &self.script.template;
        let count = template.turns.len();
        let (round, turn) = (self.turn / count, self.turn % count);
        self.bytes.clear();
        self.sent = 0;
        self.from_client = if round < self.script.rounds {
            let turn = &template.turns[turn];
            self.bytes.extend_from_slice(&turn.bytes);
            let number = self.number * self.script.rounds as u64 + round as u64;
            for edit in &turn.edits {
                edit.apply(&mut self.bytes, number, turn.from_client);
            }
            turn.from_client
        } else if let Tail::Exchanges(sealed) = &self.script.tail {
            let index = self.turn - count * self.script.rounds;
            match sealed.turn(self.number, index, &mut self.bytes) {
                Some(from_client) => from_client,
                None => return false,
            }
        } else {
            return false;
        };
        if let Some((issuer, at)) = &self.script.leaf
            && self.turn == 1
        {
            issuer.leaf(self.number, &mut self.bytes[*at..]);
        }
        self.turn += 1;
        true
    }

    /// The next segment of the turn, or all of the datagram.
    fn data<W: Write>(&mut self, pcap: &mut Pcap<W>, tcp: bool) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if tcp {
            let end = bytes.len().min(self.sent + SEGMENT);
            let push = if end == bytes.len() { flags::PSH } else { 0 };
            self.segment(pcap, self.from_client, flags::ACK | push, &bytes[self.sent..end])?;
            self.sent = end;
            // What is answered is acknowledged with the answer.
            self.open_segments = if push != 0 { 0 } else { self.open_segments + 1 };
        } else {
            pcap.udp(&self.ends, self.from_client, &bytes)?;
            self.sent = bytes.len();
        }
        self.bytes = bytes;
        Ok(())
    }

    /// A packet of bulk data from the server; `left` are to come, this one included.
    fn more<W: Write>(&mut self, pcap: &mut Pcap<W>, bulk: &Bulk, left: u64) -> io::Result<()> {
        self.from_client = false;
        if let Tail::Datagrams { to_client } = &self.script.tail {
            let at = (left as usize % RECORD_SEGMENTS) * SEGMENT;
            let mut bytes = [0; DATAGRAM];
            bytes.copy_from_slice(&bulk.record[at..at + DATAGRAM]);
            bytes[0] = 0x40 | (bytes[0] & 0x3f);
            bytes[1..=to_client.len()].copy_from_slice(to_client);
            return pcap.udp(&self.ends, false, &bytes);
        }
        let index = (self.script.packets(self.number) - left) as usize % RECORD_SEGMENTS;
        self.open_segments += 1;
        let segment = &bulk.record[index * SEGMENT..(index + 1) * SEGMENT];
        self.segment(pcap, false, flags::ACK, segment)
    }

    fn segment<W: Write>(
        &mut self,
        pcap: &mut Pcap<W>,
        from_client: bool,
        flags: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        let (own, other) = (usize::from(!from_client), usize::from(from_client));
        let acknowledged = if flags & crate::wire::flags::ACK == 0 { 0 } else { self.next[other] };
        let tcp = Tcp { sequence: self.next[own], acknowledged, flags };
        self.next[own] = self.next[own].wrapping_add(payload.len() as u32);
        pcap.tcp(&self.ends, from_client, tcp, payload)
    }
}
