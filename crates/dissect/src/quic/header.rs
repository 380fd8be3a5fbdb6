//! Long headers (RFC 9000 section 17.2, RFC 8999 section 5.1), and the packets of one datagram one
//! after the other (RFC 9000 section 12.2).

use super::varint::{varint, vector};
use super::version::{Label, is_plausible, parameters};
use crate::tls::reader::Reader;

/// Longest connection id of the versions that are read (RFC 9000 section 17.2).
pub(super) const MAX_CONNECTION_ID: usize = 20;

/// Smallest datagram of a client that wants an answer to an unknown version
/// (RFC 9000 section 14.1).
const MIN_INITIAL_DATAGRAM: usize = 1200;

/// One packet with a long header, as it lies in its datagram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct LongPacket<'a> {
    /// As on the wire; 0 for Version Negotiation.
    pub(super) version: u32,
    /// Destination connection id.
    pub(super) destination: &'a [u8],
    /// Source connection id.
    pub(super) source: &'a [u8],
    /// What kind of packet, with what only that kind has.
    pub(super) kind: PacketKind<'a>,
    /// What follows this packet in the datagram.
    pub(super) rest: &'a [u8],
}

/// The kinds of packets with a long header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PacketKind<'a> {
    /// Initial that reaches beyond the datagram: the capture has cut it.
    CutInitial,
    /// Handshake: the whole packet, and where in it the protected packet number begins. One that
    /// the capture has cut is empty.
    Handshake { packet: &'a [u8], number_offset: usize },
    /// Initial: the whole packet, and where in it the protected packet number begins.
    Initial { packet: &'a [u8], number_offset: usize },
    /// Retry: the whole packet, which reaches to the end of the datagram.
    Retry { packet: &'a [u8] },
    /// A version that is not read; its packets have no known length.
    UnknownVersion,
    /// Version Negotiation: the list of 32-bit versions (RFC 9000 section 17.2.1).
    VersionNegotiation { versions: &'a [u8] },
    /// 0-RTT, in the same way as a Handshake packet.
    ZeroRtt { packet: &'a [u8], number_offset: usize },
}

/// Why a packet's content cannot be read although its header can.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HeaderError {
    /// Not a long header: a short one, or no QUIC at all.
    NotLong,
    /// A long header whose connection ids reach beyond the datagram.
    Cut,
}

/// Reads the packet at the beginning of `datagram`.
pub(super) fn long_packet(datagram: &[u8]) -> Result<LongPacket<'_>, HeaderError> {
    let mut reader = Reader::new(datagram);
    let first = reader.u8().filter(|first| first & 0x80 != 0).ok_or(HeaderError::NotLong)?;
    let version = reader.u32().ok_or(HeaderError::Cut)?;
    let destination = reader.vector8().ok_or(HeaderError::Cut)?;
    let source = reader.vector8().ok_or(HeaderError::Cut)?;
    let long = |kind, rest| Ok(LongPacket { version, destination, source, kind, rest });
    if version == 0 {
        return long(PacketKind::VersionNegotiation { versions: reader.rest() }, &[]);
    }
    let Some(parameters) = parameters(version) else {
        return long(PacketKind::UnknownVersion, &[]);
    };
    if destination.len().max(source.len()) > MAX_CONNECTION_ID {
        return Err(HeaderError::NotLong);
    }
    // RFC 9369 section 3.2: version 2 counts the types from one higher.
    let kind = match parameters.label {
        Label::Quic => first >> 4 & 3,
        Label::QuicV2 => (first >> 4).wrapping_sub(1) & 3,
    };
    match kind {
        0 => match initial(datagram, reader) {
            Some((packet, number_offset, rest)) => {
                long(PacketKind::Initial { packet, number_offset }, rest)
            }
            None => long(PacketKind::CutInitial, &[]),
        },
        3 => long(PacketKind::Retry { packet: datagram }, &[]),
        other => {
            // A cut one is passed over like a whole one: nothing of it is read.
            let (packet, number_offset, rest) = numbered(datagram, reader).unwrap_or_default();
            let kind = match other {
                1 => PacketKind::ZeroRtt { packet, number_offset },
                _ => PacketKind::Handshake { packet, number_offset },
            };
            long(kind, rest)
        }
    }
}

/// Reads an Initial behind its connection ids; `None` if it reaches beyond the datagram.
fn initial<'a>(datagram: &'a [u8], mut reader: Reader<'_>) -> Option<(&'a [u8], usize, &'a [u8])> {
    vector(&mut reader)?; // the token
    numbered(datagram, reader)
}

/// Reads a packet with a length and a number, from its length on: the packet, where in it the
/// number begins, and what follows it in the datagram.
fn numbered<'a>(datagram: &'a [u8], mut reader: Reader<'_>) -> Option<(&'a [u8], usize, &'a [u8])> {
    let length = usize::try_from(varint(&mut reader)?).ok()?;
    let number_offset = datagram.len().checked_sub(reader.rest().len())?;
    let (packet, rest) = datagram.split_at_checked(number_offset.checked_add(length)?)?;
    Some((packet, number_offset, rest))
}

/// A long header in words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Glance<'a> {
    /// What kind of packet it is.
    pub(crate) kind: &'static str,
    /// As on the wire.
    pub(crate) version: u32,
    /// Destination connection id.
    pub(crate) destination: &'a [u8],
    /// Source connection id.
    pub(crate) source: &'a [u8],
    /// Bytes of the datagram that the packet takes.
    pub(crate) length: usize,
}

/// The packet with a long header at the beginning of `datagram`; `None` if it is of no version that
/// is read or seen in the wild.
pub(crate) fn glance(datagram: &[u8]) -> Option<Glance<'_>> {
    let packet = long_packet(datagram).ok()?;
    let has_fixed_bit = datagram.first().is_some_and(|first| first & 0x40 != 0);
    let kind = match packet.kind {
        PacketKind::VersionNegotiation { versions } => {
            (!versions.is_empty() && versions.len().is_multiple_of(4)).then_some(())?;
            "Version Negotiation"
        }
        _ if !has_fixed_bit => return None,
        PacketKind::UnknownVersion => {
            is_plausible(packet.version).then_some(())?;
            "packet of another version"
        }
        PacketKind::CutInitial | PacketKind::Initial { .. } => "Initial",
        PacketKind::Handshake { .. } => "Handshake",
        PacketKind::Retry { .. } => "Retry",
        PacketKind::ZeroRtt { .. } => "0-RTT",
    };
    let LongPacket { version, destination, source, rest, .. } = packet;
    let length = datagram.len().saturating_sub(rest.len());
    Some(Glance { kind, version, destination, source, length })
}

/// Whether a datagram can be the first of a QUIC connection: the version number if so.
///
/// True for an Initial packet of a version that is read, cut or whole, and for a long header of a
/// plausible other version in a datagram of at least 1200 bytes. Costs a few comparisons and
/// allocates nothing.
pub fn looks_like_initial(datagram: &[u8]) -> Option<u32> {
    let [first, a, b, c, d, ..] = *datagram else { return None };
    // Long header, and the fixed bit that tells QUIC from DTLS, STUN and RTP (RFC 9443).
    if first & 0xc0 != 0xc0 {
        return None;
    }
    let version = u32::from_be_bytes([a, b, c, d]);
    let Some(parameters) = parameters(version) else {
        let plausible = is_plausible(version) && datagram.len() >= MIN_INITIAL_DATAGRAM;
        return plausible.then_some(version);
    };
    let initial = match parameters.label {
        Label::Quic => 0xc0,
        Label::QuicV2 => 0xd0,
    };
    if first & 0xf0 != initial {
        return None;
    }
    // Not even a capture that cuts its packets lacks the two connection ids.
    long_packet(datagram).ok().map(|_| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long header with this first byte and version, connection ids `dd` and `51 51`.
    fn header(first: u8, version: u32, rest: &[u8]) -> Vec<u8> {
        [&[first], &version.to_be_bytes()[..], &[1, 0xdd, 2, 0x51, 0x51], rest].concat()
    }

    #[test]
    fn coalesced_packets() {
        // Initial with token `99` and two bytes, Handshake with one byte, then a short header.
        let handshake = header(0xe0, 1, &[1, 7]);
        let initial = header(0xc0, 1, &[1, 0x99, 2, 8, 9]);
        let datagram = [&initial[..], &handshake, &[0x40]].concat();
        let packet = long_packet(&datagram).unwrap();
        assert_eq!((packet.destination, packet.source), (&[0xdd][..], &[0x51, 0x51][..]));
        let number_offset = initial.len() - 2;
        assert_eq!(packet.kind, PacketKind::Initial { packet: &initial, number_offset });
        let packet = long_packet(packet.rest).unwrap();
        let number_offset = handshake.len() - 1;
        let whole = PacketKind::Handshake { packet: &handshake, number_offset };
        assert_eq!((packet.kind, packet.rest), (whole, &[0x40][..]));
        assert_eq!(long_packet(packet.rest), Err(HeaderError::NotLong));
    }

    #[test]
    fn version_2_numbers_its_types_anew() {
        let v2 = 0x6b33_43cf;
        let kind = |first, version, rest: &[u8]| {
            let bytes = header(first, version, rest);
            match long_packet(&bytes).unwrap().kind {
                PacketKind::CutInitial => "cut",
                PacketKind::Handshake { .. } => "handshake",
                PacketKind::Initial { .. } => "initial",
                PacketKind::Retry { .. } => "retry",
                PacketKind::UnknownVersion => "unknown",
                PacketKind::VersionNegotiation { .. } => "negotiation",
                PacketKind::ZeroRtt { .. } => "0-rtt",
            }
        };
        for (first, one, two) in [
            (0xc0, "initial", "retry"),
            (0xd0, "0-rtt", "initial"),
            (0xe0, "handshake", "0-rtt"),
            (0xf0, "retry", "handshake"),
        ] {
            assert_eq!((kind(first, 1, &[0, 0]), kind(first, v2, &[0, 0])), (one, two));
        }
        assert_eq!(kind(0x80, 0, &[0, 0, 0, 1]), "negotiation");
        assert_eq!(kind(0xc0, 0x1a2a_3a4a, &[]), "unknown");
    }

    #[test]
    fn lengths_beyond_the_datagram() {
        for bytes in [vec![0xc0, 0, 0], vec![0xc0, 0, 0, 0, 1, 9]] {
            assert_eq!(long_packet(&bytes), Err(HeaderError::Cut), "{bytes:02x?}");
        }
        for bytes in [
            header(0xc0, 1, &[0, 3, 8, 9]),
            header(0xc0, 1, &[5]),
            header(0xc0, 1, &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ] {
            let packet = long_packet(&bytes).unwrap();
            assert_eq!((packet.kind, packet.destination), (PacketKind::CutInitial, &[0xdd][..]));
        }
        let handshake = header(0xe0, 1, &[9]);
        let packet = long_packet(&handshake).unwrap();
        let cut = PacketKind::Handshake { packet: &[], number_offset: 0 };
        assert_eq!((packet.kind, packet.rest), (cut, &[][..]));
    }

    #[test]
    fn first_looks() {
        let long = vec![0; MIN_INITIAL_DATAGRAM];
        let yes = [
            header(0xc3, 1, &[0, 2, 8, 9]),
            header(0xc3, 1, &[0, 9, 8]),
            header(0xd3, 0x6b33_43cf, &[0, 2, 8, 9]),
            header(0xc3, 0x1a2a_3a4a, &long),
            header(0xc3, 0x5130_3436, &long),
        ];
        for datagram in yes {
            let version = u32::from_be_bytes(datagram[1..5].try_into().unwrap());
            assert_eq!(looks_like_initial(&datagram), Some(version));
        }
        let no = [
            header(0x83, 1, &[0, 2, 8, 9]),
            header(0xe3, 1, &[0, 2, 8, 9]),
            header(0xc3, 0x6b33_43cf, &[0, 2, 8, 9]),
            header(0xc3, 0x1a2a_3a4a, &[0, 2, 8, 9]),
            header(0xc3, 0xdead_beef, &long),
            [&[0xc3, 0, 0, 0, 1, 21][..], &[0; 50]].concat(),
            vec![0xc3, 0, 0, 0, 1, 8, 1],
            vec![0xc3, 0, 0],
            vec![],
        ];
        for datagram in no {
            assert_eq!(looks_like_initial(&datagram), None, "{datagram:02x?}");
        }
    }
}
