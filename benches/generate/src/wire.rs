//! Frames of a pcap file: Ethernet, IPv4 or IPv6, TCP or UDP, with correct checksums, since some
//! programs look at them.

use std::io::{self, Write};

use crate::random::mix;

/// Payload of a full TCP segment.
pub(crate) const SEGMENT: usize = 1368;
/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 20;
/// Flows of one client before the next client begins.
const FLOWS_OF_CLIENT: u64 = 8;
/// Addresses of servers; those that still speak without TLS are few.
const SERVERS: u64 = 60_000;
const SERVERS_IN_THE_CLEAR: u64 = 100;

/// TCP flags.
pub(crate) mod flags {
    pub(crate) const FIN: u8 = 1;
    pub(crate) const SYN: u8 = 2;
    pub(crate) const RST: u8 = 4;
    pub(crate) const PSH: u8 = 8;
    pub(crate) const ACK: u8 = 16;
}

/// Both ends of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    v6: bool,
    client: [u8; 16],
    server: [u8; 16],
    client_port: u16,
    server_port: u16,
}

impl Ends {
    /// The ends of flow `number`; a third of all clients have IPv6.
    pub(crate) fn of(number: u64, server_port: u16) -> Self {
        let client = number / FLOWS_OF_CLIENT;
        let servers = if server_port == 80 { SERVERS_IN_THE_CLEAR } else { SERVERS };
        let server = (mix(number) % servers) as u32;
        let v6 = client % 3 == 2;
        let address = |v4: u32, half: u8| {
            let mut address = [0; 16];
            if v6 {
                address[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
                address[7] = half;
                address[12..].copy_from_slice(&v4.to_be_bytes());
            } else {
                address[..4].copy_from_slice(&v4.to_be_bytes());
            }
            address
        };
        Self {
            v6,
            client: address(0x0a00_0000 | (client as u32 & 0x00ff_ffff), 1),
            server: address(0xc612_0000 + server, 2),
            client_port: 32_768 + (number % 28_000) as u16,
            server_port,
        }
    }
}

/// The TCP header of a segment, as far as it differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tcp {
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) flags: u8,
}

/// Options of a SYN: maximum segment size, SACK, window scale.
const SYN_OPTIONS: [u8; 12] = [2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7];

/// Writes a pcap file.
pub(crate) struct Pcap<W> {
    out: W,
    buffer: Vec<u8>,
    /// Microseconds since 1970.
    now: u64,
    /// What is added for each packet, in nanoseconds, and what is left of it below a microsecond.
    step: u64,
    rest: u64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl<W: Write> Pcap<W> {
    /// Begins a file at `start` (seconds since 1970), with so many packets a second.
    pub(crate) fn new(out: W, start: u64, rate: u64) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER + 2 * SEGMENT);
        buffer.extend_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
        buffer.extend_from_slice(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        buffer.extend_from_slice(&0x0004_0000_u32.to_le_bytes());
        buffer.extend_from_slice(&1_u32.to_le_bytes());
        let step = 1_000_000_000 / rate.max(1);
        Self { out, buffer, now: start * 1_000_000, step, rest: 0, packets: 0, bytes: 24 }
    }

    /// A TCP segment.
    pub(crate) fn tcp(
        &mut self,
        ends: &Ends,
        from_client: bool,
        tcp: Tcp,
        payload: &[u8],
    ) -> io::Result<()> {
        let options: &[u8] = if tcp.flags & flags::SYN == 0 { &[] } else { &SYN_OPTIONS };
        let header = 20 + options.len();
        let at = self.begin(ends, from_client, 6, header + payload.len());
        self.buffer.extend_from_slice(&tcp.sequence.to_be_bytes());
        self.buffer.extend_from_slice(&tcp.acknowledged.to_be_bytes());
        self.buffer.extend_from_slice(&[
            (header as u8 / 4) << 4,
            tcp.flags,
            0x01,
            0xf5,
            0,
            0,
            0,
            0,
        ]);
        self.buffer.extend_from_slice(options);
        self.end(ends, 6, at, 16, payload)
    }

    /// A UDP datagram.
    pub(crate) fn udp(&mut self, ends: &Ends, from_client: bool, payload: &[u8]) -> io::Result<()> {
        let length = 8 + payload.len();
        let at = self.begin(ends, from_client, 17, length);
        self.buffer.extend_from_slice(&(length as u16).to_be_bytes());
        self.buffer.extend_from_slice(&[0, 0]);
        self.end(ends, 17, at, 6, payload)
    }

    /// Everything down to the ports; gives where they are.
    fn begin(&mut self, ends: &Ends, from_client: bool, protocol: u8, length: usize) -> usize {
        self.rest += self.step;
        self.now += self.rest / 1000;
        self.rest %= 1000;
        let frame = 14 + if ends.v6 { 40 } else { 20 } + length;
        self.packets += 1;
        self.bytes += 16 + frame as u64;
        let out = &mut self.buffer;
        out.extend_from_slice(&((self.now / 1_000_000) as u32).to_le_bytes());
        out.extend_from_slice(&((self.now % 1_000_000) as u32).to_le_bytes());
        out.extend_from_slice(&(frame as u32).to_le_bytes());
        out.extend_from_slice(&(frame as u32).to_le_bytes());
        let (to, from) = if from_client { (1, 2) } else { (2, 1) };
        out.extend_from_slice(&[2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from]);
        let hops = if from_client { 64 } else { 54 };
        let (source, target, source_port, target_port) = if from_client {
            (&ends.client, &ends.server, ends.client_port, ends.server_port)
        } else {
            (&ends.server, &ends.client, ends.server_port, ends.client_port)
        };
        if ends.v6 {
            out.extend_from_slice(&[0x86, 0xdd, 0x60, 0, 0, 0]);
            out.extend_from_slice(&(length as u16).to_be_bytes());
            out.extend_from_slice(&[protocol, hops]);
            out.extend_from_slice(source);
            out.extend_from_slice(target);
        } else {
            out.extend_from_slice(&[8, 0, 0x45, 0]);
            out.extend_from_slice(&(20 + length as u16).to_be_bytes());
            out.extend_from_slice(&[0, 0, 0x40, 0, hops, protocol, 0, 0]);
            out.extend_from_slice(&source[..4]);
            out.extend_from_slice(&target[..4]);
            let header = out.len() - 20;
            let sum = folded(sum(&out[header..]));
            out[header + 10..header + 12].copy_from_slice(&(!sum).to_be_bytes());
        }
        let at = out.len();
        out.extend_from_slice(&source_port.to_be_bytes());
        out.extend_from_slice(&target_port.to_be_bytes());
        at
    }

    /// The payload, and the checksum `check` bytes behind the ports, which are at `at`.
    fn end(
        &mut self,
        ends: &Ends,
        protocol: u8,
        at: usize,
        check: usize,
        payload: &[u8],
    ) -> io::Result<()> {
        self.buffer.extend_from_slice(payload);
        let length = self.buffer.len() - at;
        let pseudo = sum(&ends.client) + sum(&ends.server) + u64::from(protocol) + length as u64;
        let sum = folded(pseudo + sum(&self.buffer[at..]));
        // A UDP checksum of zero would say that there is none (RFC 768).
        let sum = if sum == 0xffff && protocol == 17 { 0xffff } else { !sum };
        self.buffer[at + check..at + check + 2].copy_from_slice(&sum.to_be_bytes());
        if self.buffer.len() >= BUFFER {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        self.out.flush()
    }
}

/// The sum of 16-bit words in network order (RFC 1071), not folded.
fn sum(bytes: &[u8]) -> u64 {
    let (words, odd) = bytes.as_chunks::<2>();
    let words: u64 = words.iter().map(|&word| u64::from(u16::from_be_bytes(word))).sum();
    words + odd.first().map_or(0, |&byte| u64::from(byte) << 8)
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
