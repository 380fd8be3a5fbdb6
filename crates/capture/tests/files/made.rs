//! Makes captures, and reads them into something that can be compared.

use std::io::{self, Read};

use capture::{Block, Error, FileOptions, FileSource, Fill, Source};

/// Byte order of what is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Big,
    Little,
}

pub(crate) const ORDERS: [Order; 2] = [Order::Big, Order::Little];

impl Order {
    pub(crate) fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    pub(crate) fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    /// Several 32-bit integers.
    pub(crate) fn words(self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| self.u32(*value)).collect()
    }
}

/// The header of a pcap file.
pub(crate) fn pcap_header(order: Order, magic: u32, version: (u16, u16), link: u32) -> Vec<u8> {
    let mut bytes = order.u32(magic).to_vec();
    bytes.extend(order.u16(version.0));
    bytes.extend(order.u16(version.1));
    bytes.extend(order.words(&[0, 0, 65_535, link]));
    bytes
}

/// A pcap file of Ethernet packets with these bytes, one second apart.
pub(crate) fn pcap(order: Order, packets: &[&[u8]]) -> Vec<u8> {
    let mut bytes = pcap_header(order, 0xa1b2_c3d4, (2, 4), 1);
    for (second, data) in (1..).zip(packets) {
        let length = data.len() as u32;
        bytes.extend(order.words(&[second, 5, length, length + 10]));
        bytes.extend_from_slice(data);
    }
    bytes
}

/// A pcapng block with the body padded.
pub(crate) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut padded = body.to_vec();
    padded.resize(body.len().next_multiple_of(4), 0);
    let length = padded.len() as u32 + 12;
    [&order.words(&[kind, length])[..], &padded, &order.u32(length)].concat()
}

/// A section header.
pub(crate) fn section(order: Order) -> Vec<u8> {
    let body = [&order.u32(0x1a2b_3c4d)[..], &order.u16(1), &order.u16(0), &[0xff; 8]].concat();
    block(order, 0x0a0d_0d0a, &body)
}

/// An interface description; `options` as they are in the file.
pub(crate) fn interface(order: Order, link: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
    let body = [&order.u16(link)[..], &[0, 0], &order.u32(snap_length), options].concat();
    block(order, 1, &body)
}

/// An enhanced packet, 10 bytes longer on the wire.
pub(crate) fn enhanced(order: Order, interface: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let (high, low) = ((ticks >> 32) as u32, ticks as u32);
    let fields = order.words(&[interface, high, low, length, length + 10]);
    block(order, 6, &[&fields[..], data].concat())
}

/// One packet as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Got {
    pub(crate) number: u64,
    pub(crate) nanos: i64,
    pub(crate) link: u16,
    pub(crate) interface: u32,
    pub(crate) original: u32,
    pub(crate) data: Vec<u8>,
}

/// A capture as it was read: its packets, and the error that ended it.
pub(crate) struct Reading {
    pub(crate) packets: Vec<Got>,
    pub(crate) error: Option<Error>,
    pub(crate) source: FileSource,
}

impl Reading {
    pub(crate) fn error(&self) -> String {
        self.error.as_ref().map(Error::to_string).unwrap_or_default()
    }

    pub(crate) fn data(&self) -> Vec<&[u8]> {
        self.packets.iter().map(|packet| packet.data.as_slice()).collect()
    }
}

/// Reads all of a source.
pub(crate) fn drain(mut source: FileSource) -> Reading {
    let mut block = Block::default();
    let mut packets = Vec::new();
    loop {
        let filled = source.fill(&mut block);
        packets.extend(block.packets().map(|packet| Got {
            number: packet.number,
            nanos: packet.timestamp.nanos(),
            link: packet.link_type.0,
            interface: packet.interface,
            original: packet.original_length,
            data: packet.data.to_vec(),
        }));
        match filled {
            Ok(Fill::More) => {}
            Ok(Fill::End) => return Reading { packets, error: None, source },
            Err(error) => return Reading { packets, error: Some(error), source },
        }
    }
}

/// Reads bytes as the capture `x`, with these options.
pub(crate) fn read_with(bytes: &[u8], options: &FileOptions) -> Result<Reading, Error> {
    let bytes = io::Cursor::new(bytes.to_vec());
    FileSource::from_reader("x", bytes, options).map(drain)
}

/// Reads bytes as the capture `x`, which must have a good beginning.
pub(crate) fn read(bytes: &[u8]) -> Reading {
    read_with(bytes, &FileOptions::default()).unwrap()
}

/// Gives its bytes in pieces of this size at the most.
pub(crate) struct Pieces(pub(crate) io::Cursor<Vec<u8>>, pub(crate) usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.1);
        self.0.read(&mut buffer[..length])
    }
}
