//! Packets once more: whoever was told a packet's number can have its bytes.
//!
//! A capture file is read again from its beginning, which for a gigabyte takes a fraction of a
//! second and no memory, where an index would need memory for all files and all packets. What
//! cannot be read again (interfaces, pipes) keeps its last packets in a [`Recent`](crate::Recent).
//!
//! Contract: packets have the numbers that they had the first time. A filter leaves gaps between
//! numbers and does not change them, so no filter is applied here.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dissect::{LinkType, Packet, Timestamp};

use crate::block::Block;
use crate::error::Error;
use crate::file;
use crate::source::{Fill, Source};

/// The most packets that are given at once: more than anybody looks at, or sends to a colleague.
pub const MAX_PACKETS: usize = 10_000;

/// The most bytes of packets that are given at once.
pub const MAX_BYTES: usize = 64 << 20;

/// A packet with bytes of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnedPacket {
    /// 1-based, counted over the whole capture.
    pub number: u64,
    /// When it was captured.
    pub timestamp: Timestamp,
    /// What `data` starts with.
    pub link_type: LinkType,
    /// Length on the wire; more than `data.len()` if the snap length cut it.
    pub original_length: u32,
    /// The captured bytes.
    pub data: Arc<[u8]>,
}

impl From<&Packet<'_>> for OwnedPacket {
    fn from(packet: &Packet<'_>) -> Self {
        Self {
            number: packet.number,
            timestamp: packet.timestamp,
            link_type: packet.link_type,
            original_length: packet.original_length,
            data: packet.data.into(),
        }
    }
}

impl OwnedPacket {
    /// The same, borrowed; which interface it came by is not kept.
    pub fn packet(&self) -> Packet<'_> {
        Packet {
            number: self.number,
            timestamp: self.timestamp,
            link_type: self.link_type,
            data: &self.data,
            original_length: self.original_length,
            interface: 0,
        }
    }
}

/// Where packets can be had again.
pub trait Again {
    /// Shows the packets that are to be had, in the order of their numbers, to `see`: up to number
    /// `last`, or until it breaks off. Where a capture is broken is its end.
    fn walk(
        &self,
        last: u64,
        see: &mut dyn FnMut(&Packet<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;
}

/// The packets of these numbers, in their order, as far as they are to be had. [`MAX_PACKETS`] and
/// [`MAX_BYTES`] bound what is given; the lowest numbers are.
pub fn packets(
    place: &dyn Again,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<Vec<OwnedPacket>, Error> {
    let mut wanted: BTreeSet<u64> = numbers.into_iter().collect();
    while wanted.len() > MAX_PACKETS {
        wanted.pop_last();
    }
    let Some(last) = wanted.last().copied() else { return Ok(Vec::new()) };
    let mut wanted = wanted.into_iter().peekable();
    let mut given = Vec::new();
    let mut room = MAX_BYTES;
    place.walk(last, &mut |packet| {
        while wanted.next_if(|number| *number < packet.number).is_some() {}
        if wanted.next_if_eq(&packet.number).is_some() {
            let Some(left) = room.checked_sub(packet.data.len()) else {
                return ControlFlow::Break(());
            };
            room = left;
            given.push(OwnedPacket::from(packet));
        }
        ControlFlow::Continue(())
    })?;
    Ok(given)
}

/// A capture file: pcap or pcapng, compressed or not.
#[derive(Clone, Debug)]
pub struct CaptureFile(PathBuf);

impl CaptureFile {
    /// The file at `path`.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Again for CaptureFile {
    fn walk(
        &self,
        last: u64,
        see: &mut dyn FnMut(&Packet<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut source = file::reopen(&self.0, last)?;
        let mut block = Block::default();
        loop {
            let filled = source.fill(&mut block);
            if block.packets().any(|packet| see(&packet).is_break()) {
                return Ok(());
            }
            match filled {
                Ok(Fill::More) => {}
                Ok(Fill::End) | Err(Error::Broken { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use std::io::Write;

    use super::*;

    /// A pcap file of `count` packets; that at `number` has `number % 256` in each of its bytes, as
    /// many as `number`.
    fn pcap(count: u8) -> Vec<u8> {
        let mut file =
            b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0".to_vec();
        for number in 1..=count {
            let length = u32::from(number);
            let head = [length, 0, length, length + 1].map(u32::to_le_bytes).concat();
            file.extend(head);
            file.resize(file.len() + usize::from(number), number);
        }
        file
    }

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn numbers(file: &Path, wanted: &[u64]) -> Vec<u64> {
        let given = packets(&CaptureFile::new(file), wanted.iter().copied()).unwrap();
        for packet in &given {
            let expected = vec![packet.number as u8; packet.number as usize];
            assert_eq!(*packet.data, *expected);
            assert_eq!(u64::from(packet.original_length), packet.number + 1);
            assert_eq!(packet.timestamp.secs(), packet.number as i64);
            assert_eq!(packet.packet().link_type, LinkType::ETHERNET);
        }
        given.iter().map(|packet| packet.number).collect()
    }

    #[test]
    fn the_packets_that_were_asked_for() {
        let plain = pcap(9);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&plain).unwrap();
        let zst = zstd::encode_all(&plain[..], 1).unwrap();
        for bytes in [plain, gz.finish().unwrap(), zst] {
            let file = written(&bytes);
            for (wanted, given) in [
                (&[3][..], &[3][..]),
                (&[9, 1, 4, 4], &[1, 4, 9]),
                (&[0, 9, 10], &[9]),
                (&[10], &[]),
                (&[], &[]),
            ] {
                assert_eq!(numbers(file.path(), wanted), given, "{wanted:?}");
            }
        }
    }

    #[test]
    fn a_broken_capture_gives_what_comes_before() {
        let whole = pcap(9);
        let file = written(&whole[..whole.len() - 1]);
        assert_eq!(numbers(file.path(), &[1, 8, 9]), [1, 8]);
    }

    #[test]
    fn reading_stops_at_the_last_one() {
        let mut seen = 0;
        CaptureFile::new(written(&pcap(9)).path())
            .walk(4, &mut |packet| {
                seen = packet.number;
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(seen, 4);
    }

    #[test]
    fn what_is_no_capture_file_is_an_error() {
        let wanted = || [1].into_iter();
        for bytes in [&b""[..], b"{\"log\": {", b"neither of them"] {
            assert!(packets(&CaptureFile::new(written(bytes).path()), wanted()).is_err());
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(packets(&CaptureFile::new(folder.path()), wanted()).is_err());
        assert!(packets(&CaptureFile::new(&folder.path().join("none")), wanted()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let error = packets(&CaptureFile::new(Path::new("/dev/null")), [1]).unwrap_err();
        assert!(matches!(error, Error::Stream { .. }), "{error}");
    }

    #[test]
    fn there_is_a_limit() {
        struct Endless(usize);
        impl Again for Endless {
            fn walk(
                &self,
                last: u64,
                see: &mut dyn FnMut(&Packet<'_>) -> ControlFlow<()>,
            ) -> Result<(), Error> {
                let data = vec![0; self.0];
                let packet = OwnedPacket {
                    number: 0,
                    timestamp: Timestamp::default(),
                    link_type: LinkType::RAW,
                    original_length: 0,
                    data: data.into(),
                };
                let mut packet = packet.packet();
                for number in 1..=last {
                    packet.number = number;
                    if see(&packet).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
        let all = || 1..=u64::try_from(MAX_PACKETS).unwrap() + 5;
        assert_eq!(packets(&Endless(1), all()).unwrap().len(), MAX_PACKETS);
        assert_eq!(packets(&Endless(MAX_BYTES / 4), all()).unwrap().len(), 4);
    }
}
