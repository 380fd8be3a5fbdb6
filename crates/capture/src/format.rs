//! Which capture format it is, by its first bytes, and what both formats' parsers have in common.
//!
//! A parser is handed the bytes read so far, notes where packets lie in them, and says how far it
//! came. It does no I/O and keeps no bytes, except what [`crate::kept`] keeps.

use dissect::LinkType;

use crate::block::PacketHead;
use crate::error::{Error, Head};
use crate::fault::{Fault, Part};
use crate::kept::{CustomBlock, Secrets};
use crate::pcap::{FILE_HEADER, Pcap};
use crate::pcapng::Pcapng;
use crate::pcapng::interface::Interface;

/// First bytes shown of something that is not a capture.
const SHOWN: usize = 8;

/// Fewer bytes than this are not even a magic number.
const MAGIC: usize = 4;

/// What a parser looks at.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The bytes of the block, as far as they are filled.
    pub(crate) bytes: &'a [u8],
    /// Where to go on in them.
    pub(crate) from: usize,
    /// Offset of `bytes` in the (decompressed) stream.
    pub(crate) base: u64,
    /// Packets before the first head of the block.
    pub(crate) packets: u64,
}

impl View<'_> {
    /// Stream offset of the byte at `at`.
    pub(crate) fn offset(&self, at: usize) -> u64 {
        self.base.saturating_add(at as u64)
    }
}

/// How far a parser came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Progress {
    /// First byte that is not done with.
    pub(crate) next: usize,
    /// How many bytes must be there from `next` on before it is worth looking again.
    pub(crate) wanted: usize,
}

/// Where and why a parser gave up.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) part: Part,
    pub(crate) offset: u64,
    pub(crate) fault: Fault,
}

/// A capture format with what its parser knows so far.
pub(crate) enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl Format {
    /// By the first bytes: the format, and how many of them are its file header.
    pub(crate) fn recognise(name: &str, head: &[u8]) -> Result<(Self, usize), Unrecognised> {
        if head.is_empty() {
            return Err(Unrecognised::Error(Error::Empty { name: name.to_owned() }));
        }
        if head.len() < MAGIC {
            let present = head.len() as u64;
            let fault = Fault::Cut { present, expected: FILE_HEADER as u64 };
            let broken = Broken { part: Part::FileHeader, offset: 0, fault };
            return Err(Unrecognised::Broken(broken));
        }
        if Pcapng::recognise(head) {
            return Ok((Self::Pcapng(Pcapng::default()), 0));
        }
        if let Some(pcap) = Pcap::recognise(head).map_err(Unrecognised::Broken)? {
            return Ok((Self::Pcap(pcap), FILE_HEADER));
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        Err(Unrecognised::Error(if text.starts_with(b"{") {
            Error::Har { name: name.to_owned() }
        } else {
            let shown = head.get(..SHOWN).unwrap_or(head);
            Error::NotCapture { name: name.to_owned(), head: Head(shown.to_vec()) }
        }))
    }

    /// Notes the packets in `view`. After an error `heads` has those before it.
    pub(crate) fn parse(
        &mut self,
        view: View<'_>,
        heads: &mut Vec<PacketHead>,
    ) -> Result<Progress, Broken> {
        match self {
            Self::Pcap(pcap) => pcap.parse(view, heads),
            Self::Pcapng(pcapng) => pcapng.parse(view, heads),
        }
    }

    /// What is cut off, if the input ends with `view`; `view.from` is where the parser stopped.
    pub(crate) fn cut(&self, view: View<'_>) -> Option<Broken> {
        match self {
            Self::Pcap(pcap) => pcap.cut(view),
            Self::Pcapng(pcapng) => pcapng.cut(view),
        }
    }

    /// Link types seen so far.
    pub(crate) fn link_types(&self) -> &[LinkType] {
        match self {
            Self::Pcap(pcap) => pcap.link_types(),
            Self::Pcapng(pcapng) => pcapng.link_types(),
        }
    }

    /// The pcapng parser, for what only such files have.
    fn pcapng(&self) -> Option<&Pcapng> {
        match self {
            Self::Pcap(_) => None,
            Self::Pcapng(pcapng) => Some(pcapng),
        }
    }

    /// Whether this is a pcapng file.
    pub(crate) fn is_pcapng(&self) -> bool {
        self.pcapng().is_some()
    }

    /// Decryption secrets so far.
    pub(crate) fn secrets(&self) -> &[Secrets] {
        self.pcapng().map(Pcapng::secrets).unwrap_or_default()
    }

    /// Custom blocks so far.
    pub(crate) fn custom_blocks(&self) -> &[CustomBlock] {
        self.pcapng().map(Pcapng::custom_blocks).unwrap_or_default()
    }

    /// Interfaces of the current section.
    pub(crate) fn interfaces(&self) -> &[Interface] {
        self.pcapng().map(Pcapng::interfaces).unwrap_or_default()
    }
}

/// Why the first bytes give no format.
#[derive(Debug)]
pub(crate) enum Unrecognised {
    /// It is a capture, but its header is broken.
    Broken(Broken),
    /// It is none.
    Error(Error),
}
