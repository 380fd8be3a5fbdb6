//! Writes pcapng: packets with comments, and the secrets that decrypt them.
//!
//! ```text
//! section header   who wrote it
//! [secrets]        lines of an SSLKEYLOGFILE
//! interface        link type, clock of nanoseconds       before the first packet that is of it
//! packet           interface, time, lengths, bytes, comments
//! ```
//!
//! Numbers from draft-ietf-opsawg-pcapng, section 4. Written in little-endian order on every
//! machine and with no time but that of the packets: the same packets give the same bytes. Packets
//! keep everything but the interface: one stands for all of a link type.

use std::io::{self, Write};

use dissect::{LinkType, Packet};

use crate::kept::Secrets;
use crate::pcapng::frame::{
    ENHANCED_PACKET, FRAME, INTERFACE, MAX_OPTIONS, ORDER_MAGIC, SECRETS, SECTION,
};

/// The most bytes of one comment: what lies behind is cut off.
pub const MAX_COMMENT: usize = 4096;

/// The most comments of one packet: all together, they are far less than readers take.
pub const MAX_COMMENTS: usize = 64;

const _: () = assert!(MAX_COMMENT * MAX_COMMENTS < MAX_OPTIONS as usize, "our reader takes them");

/// Option codes: end of options, comment, application, timestamp resolution.
const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_TSRESOL: u16 = 9;

/// Ten to the minus this many seconds is a tick.
const NANOSECONDS: u8 = 9;

/// Writes one section. [`Self::finish`] must be called: the writer may be buffered.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Link types of the interfaces that were described, in their order.
    interfaces: Vec<LinkType>,
    /// The block that is being made.
    body: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins; `application` says who writes, name and version.
    pub fn new(out: W, application: &str) -> io::Result<Self> {
        let mut writer = Self { out, interfaces: Vec::new(), body: Vec::new() };
        writer.body.extend(ORDER_MAGIC.to_le_bytes());
        writer.body.extend([1, 0, 0, 0]); // version 1.0
        writer.body.extend([0xff; 8]); // nobody knows how long the section will be
        writer.option(SHB_USERAPPL, within(application).as_bytes());
        writer.end_options();
        writer.block(SECTION)?;
        Ok(writer)
    }

    /// Secrets for what comes behind them: lines of an `SSLKEYLOGFILE`.
    pub fn secrets(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = u32::try_from(lines.len()).map_err(|_| too_long())?;
        self.body.extend(Secrets::TLS_KEY_LOG.to_le_bytes());
        self.body.extend(length.to_le_bytes());
        self.body.extend(lines);
        self.pad();
        self.block(SECRETS)
    }

    /// One packet; its number is the place at which it is written. A time before 1970 cannot be
    /// written and becomes 1970.
    pub fn packet<C: AsRef<str>>(
        &mut self,
        packet: &Packet<'_>,
        comments: impl IntoIterator<Item = C>,
    ) -> io::Result<()> {
        let interface = self.interface(packet.link_type)?;
        let captured = u32::try_from(packet.data.len()).map_err(|_| too_long())?;
        let ticks = u64::try_from(packet.timestamp.nanos()).unwrap_or(0);
        // Both halves fit: that is what they are.
        let (high, low) = ((ticks >> 32) as u32, (ticks & 0xffff_ffff) as u32);
        for field in [interface, high, low, captured, packet.original_length.max(captured)] {
            self.body.extend(field.to_le_bytes());
        }
        self.body.extend(packet.data);
        self.pad();
        let before = self.body.len();
        for comment in comments.into_iter().take(MAX_COMMENTS) {
            self.option(OPT_COMMENT, within(comment.as_ref()).as_bytes());
        }
        if self.body.len() > before {
            self.end_options();
        }
        self.block(ENHANCED_PACKET)
    }

    /// Hands on what is buffered, and gives back where it was written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    /// Index of the interface of a link type; one that is new is described first.
    fn interface(&mut self, link_type: LinkType) -> io::Result<u32> {
        let known = self.interfaces.iter().position(|known| *known == link_type);
        let index = match known {
            Some(index) => index,
            None => {
                self.body.extend(link_type.0.to_le_bytes());
                self.body.extend([0; 6]); // reserved, and no limit to a packet's length
                self.option(IF_TSRESOL, &[NANOSECONDS]);
                self.end_options();
                self.block(INTERFACE)?;
                self.interfaces.push(link_type);
                self.interfaces.len().saturating_sub(1)
            }
        };
        // There are 65,536 link types.
        Ok(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Adds an option; `value` is never longer than [`MAX_COMMENT`].
    fn option(&mut self, code: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.body.extend(code.to_le_bytes());
        self.body.extend(length.to_le_bytes());
        self.body.extend(value);
        self.pad();
    }

    fn end_options(&mut self) {
        self.body.extend(OPT_END.to_le_bytes());
        self.body.extend([0; 2]);
    }

    fn pad(&mut self) {
        self.body.resize(self.body.len().next_multiple_of(4), 0);
    }

    /// Writes the block that was made.
    fn block(&mut self, kind: u32) -> io::Result<()> {
        let body = u32::try_from(self.body.len()).ok();
        let length = body.and_then(|body| body.checked_add(FRAME)).ok_or_else(too_long)?;
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.body)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.body.clear();
        Ok(())
    }
}

/// The beginning of a text, whole characters only.
fn within(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_COMMENT)).unwrap_or_default()
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "is too long for a block of pcapng")
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]
mod tests {
    use std::io::Cursor;

    use dissect::Timestamp;

    use super::*;
    use crate::block::Block;
    use crate::file::{FileOptions, FileSource};
    use crate::source::{Fill, Source};

    const APPLICATION: &str = "interloper 0.1.0";

    /// Number, time, link type, bytes, original length.
    type Row<'a> = (i64, LinkType, &'a [u8], u32);

    fn packet<'a>((nanos, link_type, data, original_length): Row<'a>) -> Packet<'a> {
        let timestamp = Timestamp::from_nanos(nanos);
        Packet { number: 7, timestamp, link_type, data, original_length, interface: 3 }
    }

    fn written(rows: &[(Row<'_>, &[&str])], secrets: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), APPLICATION).unwrap();
        if !secrets.is_empty() {
            writer.secrets(secrets).unwrap();
        }
        for (row, comments) in rows {
            writer.packet(&packet(*row), *comments).unwrap();
        }
        writer.finish().unwrap()
    }

    /// What our own reader makes of it.
    fn source(bytes: &[u8]) -> (FileSource, Block) {
        let reader = Cursor::new(bytes.to_vec());
        let mut source = FileSource::from_reader("x", reader, &FileOptions::default()).unwrap();
        let mut all = Block::default();
        let filled = source.fill(&mut all).unwrap();
        let mut rest = Block::default();
        assert!(filled == Fill::End || source.fill(&mut rest).unwrap() == Fill::End);
        assert!(rest.heads.is_empty(), "a small file is one block");
        (source, all)
    }

    /// The comments that stand in the file, in their order.
    fn comments(bytes: &[u8]) -> Vec<String> {
        let word = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
        let short = |at: usize| u16::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let (mut at, mut found) = (0, Vec::new());
        while at < bytes.len() {
            let end = at + word(at + 4);
            assert_eq!(word(end - 4), end - at, "both lengths");
            assert_eq!(end % 4, 0);
            if word(at) == ENHANCED_PACKET as usize {
                let mut option = at + 28 + word(at + 20).next_multiple_of(4);
                while option < end - 4 && short(option) != OPT_END {
                    assert_eq!(short(option), OPT_COMMENT);
                    let length = usize::from(short(option + 2));
                    let text = bytes[option + 4..][..length].to_vec();
                    found.push(String::from_utf8(text).unwrap());
                    option += 4 + length.next_multiple_of(4);
                }
            }
            at = end;
        }
        found
    }

    #[test]
    fn packets_come_back_as_they_were() {
        let (ethernet, raw) = (LinkType::ETHERNET, LinkType::RAW);
        let now = 1_700_000_000_123_456_789;
        let rows: &[(Row<'_>, &[&str])] = &[
            ((now, ethernet, b"four", 4), &[]),
            ((now + 1, raw, b"three and more", 1500), &["cut, and of another kind"]),
            ((now, ethernet, b"", 60), &["", "zwölf", "四つ\n🦀"]),
            ((0, ethernet, b"12345", 5), &["a", "ab", "abc", "abcd"]),
            ((i64::MAX, LinkType(65_535), b"1234567", 7), &[]),
        ];
        let bytes = written(rows, b"");
        let (source, block) = source(&bytes);
        let read: Vec<_> = block
            .packets()
            .map(|p| (p.timestamp.nanos(), p.link_type, p.data, p.original_length))
            .collect();
        assert_eq!(read, rows.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        assert_eq!(source.status().link_types, [ethernet, raw, LinkType(65_535)]);
        assert_eq!(source.interfaces().len(), 3, "one for each link type");
        assert_eq!(
            comments(&bytes),
            rows.iter().flat_map(|(_, c)| *c).copied().collect::<Vec<_>>()
        );
        assert_eq!(written(rows, b""), bytes);
    }

    #[test]
    fn what_cannot_be_written_is_bent() {
        let bytes = written(&[((-5, LinkType::RAW, b"abc", 2), &[])], b"");
        let (_, block) = source(&bytes);
        assert_eq!(block.heads[0].timestamp, Timestamp::default());
        assert_eq!(block.heads[0].original, 3, "no packet has more bytes than it had");
    }

    #[test]
    fn secrets_stand_before_the_packets() {
        for lines in [&b"CLIENT_RANDOM 00 11\n"[..], b"12345", b"123456", b"1234567"] {
            let bytes = written(&[((1, LinkType::RAW, b"abc", 3), &[])], lines);
            let (source, block) = source(&bytes);
            let secrets = source.secrets();
            assert_eq!((secrets.len(), block.heads.len()), (1, 1));
            assert_eq!((&secrets[0].data[..], secrets[0].after_packet), (lines, 0));
            assert_eq!(secrets[0].kind, Secrets::TLS_KEY_LOG);
        }
        assert!(source(&written(&[], b"")).0.secrets().is_empty());
    }

    #[test]
    fn comments_are_bounded_and_end_with_a_whole_character() {
        let long = format!("x{}", "ü".repeat(MAX_COMMENT));
        let many = vec![long.as_str(); MAX_COMMENTS + 9];
        let bytes = written(&[((1, LinkType::RAW, b"abc", 3), &many)], b"");
        let comments = comments(&bytes);
        assert_eq!(comments.len(), MAX_COMMENTS);
        assert!(
            comments.iter().all(|text| text.len() == MAX_COMMENT - 1 && long.starts_with(text))
        );
        assert_eq!(source(&bytes).1.heads.len(), 1);
    }

    #[test]
    fn the_application_is_named() {
        let bytes = written(&[], b"");
        assert_eq!(&bytes[24..28], &[4, 0, 16, 0]);
        assert_eq!(&bytes[28..44], APPLICATION.as_bytes());
        assert_eq!(bytes.len(), 52);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        #[derive(Debug)]
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = Writer::new(Full, APPLICATION).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
