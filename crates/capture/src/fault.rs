//! What is wrong inside a capture, and where: the part that broke, its byte offset in the
//! decompressed stream, and the number of the packet that could not be read.

use std::fmt;
use std::io;

use crate::compress::Compression;

/// Where reading stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// What was being read.
    pub part: Part,
    /// Byte offset at which that part begins, in the decompressed stream.
    pub offset: u64,
    /// Number of the packet that could not be read; all before it were.
    pub packet: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, offset, packet } = self;
        match part {
            Part::FileHeader => write!(f, "the file header at byte {offset}"),
            Part::Packet => write!(f, "packet {packet} at byte {offset}"),
            Part::PacketHeader => write!(f, "the header of packet {packet} at byte {offset}"),
            Part::BlockHeader => {
                write!(f, "the header of a block before packet {packet} at byte {offset}")
            }
            Part::Block(kind) => {
                write!(f, "block {kind:#010x} before packet {packet} at byte {offset}")
            }
        }
    }
}

/// A part of a capture file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// A pcapng block that is not a packet, by its type.
    Block(u32),
    /// The first bytes of a pcapng block, before it is known what it holds.
    BlockHeader,
    /// The header of a pcap file, or the first block of a pcapng file.
    FileHeader,
    /// A packet's bytes.
    Packet,
    /// The fields before a packet's bytes.
    PacketHeader,
}

/// What is wrong there. Each `Display` goes on after a [`Position`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A length that no capture has: corrupt, or made to exhaust memory.
    #[error("claims {length} bytes; the limit is {limit}")]
    AbsurdLength {
        /// The length as the file says it.
        length: u64,
        /// The most that is accepted there.
        limit: u64,
    },
    /// A pcapng block that contradicts itself.
    #[error("is malformed: {0}")]
    BadBlock(BadBlock),
    /// The input ends within this part.
    #[error("is cut off: {present} of {expected} bytes are there")]
    Cut {
        /// Bytes of it that are there: of a pcap packet its captured bytes, of a pcapng packet its
        /// whole block.
        present: u64,
        /// Bytes it should have.
        expected: u64,
    },
    /// The compressed data around the capture is corrupt or cut short.
    #[error("cannot be read: the {compression} data is broken ({source})")]
    Decompression {
        /// How the capture is compressed.
        compression: Compression,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The operating system failed to deliver the bytes.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// A pcap link type whose reserved bits are set (bits 16 to 25).
    #[error("has the link type {0:#010x}, whose reserved bits are set")]
    ReservedLinkType(u32),
    /// A packet of an interface that the section has not described.
    #[error("names interface {interface}, but its section describes only {known}")]
    UnknownInterface {
        /// Interface number in the packet's block.
        interface: u32,
        /// How many interfaces were described before it.
        known: usize,
    },
    /// A version of the format that this reader does not know.
    #[error("has {format} version {major}.{minor}, which is not supported")]
    UnsupportedVersion {
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
}

impl Fault {
    /// Whether the input simply ended too early, as when a capture was cut off or is still written.
    pub fn is_truncation(&self) -> bool {
        match self {
            Self::Cut { .. } => true,
            Self::Decompression { source, .. } => source.kind() == io::ErrorKind::UnexpectedEof,
            _ => false,
        }
    }
}

/// How a pcapng block contradicts itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadBlock {
    /// The data within is longer than the block.
    #[error("{inner} bytes of data in a block of {block} bytes")]
    DataBeyondBlock {
        /// Length of the data, as its field says.
        inner: u32,
        /// Length of the block.
        block: u32,
    },
    /// The lengths at the beginning and at the end of the block differ.
    #[error("its length is {first} at the beginning and {second} at the end")]
    LengthsDiffer {
        /// Length at the beginning.
        first: u32,
        /// Length at the end.
        second: u32,
    },
    /// Neither byte order gives the byte-order magic.
    #[error("byte-order magic {0:#010x}")]
    OrderMagic(u32),
    /// The block is too small for what every block of its type has.
    #[error("{length} bytes; such a block has at least {least}")]
    TooShort {
        /// Length of the block.
        length: u32,
        /// The least it must have.
        least: u32,
    },
    /// The section describes more interfaces than are kept.
    #[error("more than {limit} interfaces in one section")]
    TooManyInterfaces {
        /// The most that are kept.
        limit: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_names_part_offset_and_packet() {
        for (part, text) in [
            (Part::Packet, "packet 17 at byte 1234"),
            (Part::PacketHeader, "the header of packet 17 at byte 1234"),
            (Part::Block(10), "block 0x0000000a before packet 17 at byte 1234"),
            (Part::FileHeader, "the file header at byte 1234"),
        ] {
            assert_eq!(Position { part, offset: 1234, packet: 17 }.to_string(), text);
        }
    }

    #[test]
    fn only_an_early_end_is_a_truncation() {
        let decompression = |kind| Fault::Decompression {
            compression: Compression::Gzip,
            source: io::Error::from(kind),
        };
        assert!(Fault::Cut { present: 1, expected: 2 }.is_truncation());
        assert!(decompression(io::ErrorKind::UnexpectedEof).is_truncation());
        assert!(!decompression(io::ErrorKind::InvalidData).is_truncation());
        assert!(!Fault::AbsurdLength { length: 9, limit: 8 }.is_truncation());
    }
}
