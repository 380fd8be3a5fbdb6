//! Capture files and standard input as a source of packets.
//!
//! The file is read with plain `read` into one large buffer per block, and packets are slices of
//! that buffer: faster here than a memory map, and safe when a file shrinks while it is read. What
//! the end of a block cuts off is carried to the beginning of the next one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::block::Block;
use crate::compress::{Compression, MAX_LAYERS};
use crate::error::Error;
use crate::fault::{Fault, Part, Position};
use crate::filter::Filter;
use crate::format::{Broken, Format, Unrecognised, View};
use crate::har::HarFile;
use crate::input::{Disk, Input, Peek};
use crate::kept::{CustomBlock, Kept, Secrets};
use crate::pcapng::ahead::secrets_of;
use crate::pcapng::interface::Interface;
use crate::selection::{Quota, Selection};
use crate::source::{Fill, Source, Status};

/// Bytes of a block. Measured, reading is as fast with 64 KiB as with 4 MiB; this many hold
/// hundreds of packets of usual size, so that handing a block on costs next to nothing per packet, and
/// are still in the second-level cache when the worker comes to them.
pub const BLOCK_SIZE: usize = 1 << 18;

/// What is wanted of a file.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// Compute the SHA-256 of the bytes as they lie on disk.
    pub digest: bool,
    /// Only packets that match; they keep their numbers.
    pub filter: Option<Filter>,
    /// Stop after this many (matching) packets.
    pub count: Option<u64>,
}

/// An input that was opened.
pub enum Opened {
    /// JSON, most likely a HAR file.
    Har(Box<HarFile>),
    /// A capture.
    Packets(Box<FileSource>),
}

impl Opened {
    /// The capture; an error if it is none.
    fn packets(self) -> Result<FileSource, Error> {
        match self {
            Self::Har(file) => Err(Error::Har { name: file.status().name }),
            Self::Packets(source) => Ok(*source),
        }
    }
}

/// Opens a capture file, compressed or not.
pub fn open(path: &Path, options: &FileOptions) -> Result<FileSource, Error> {
    open_any(path, options)?.packets()
}

/// Opens a capture file or a HAR file, compressed or not.
pub fn open_any(path: &Path, options: &FileOptions) -> Result<Opened, Error> {
    let name = path.display().to_string();
    let failed = |source| Error::Io { name: path.display().to_string(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Error::Directory { name });
    }
    let (total, pace) = match metadata.is_file() {
        true => (Some(metadata.len()), Pace::WholeBlocks),
        false => (None, Pace::AsItComes),
    };
    let mut source = match FileSource::any(name, Box::new(file), options, total, pace)? {
        Opened::Packets(source) => source,
        har @ Opened::Har(_) => return Ok(har),
    };
    if total.is_some() && source.compression.is_none() && source.format.is_pcapng() {
        let again = File::open(path).map_err(failed)?;
        source.ahead = Some(secrets_of(again));
    }
    Ok(Opened::Packets(source))
}

/// Opens a capture file once more, up to packet number `last`: without its secrets and its digest,
/// which are known. What is no regular file gives its packets only once.
pub(crate) fn reopen(path: &Path, last: u64) -> Result<FileSource, Error> {
    let name = path.display().to_string();
    let failed = |source| Error::Io { name: path.display().to_string(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(Error::Directory { name });
    }
    if !metadata.is_file() {
        return Err(Error::Stream { name });
    }
    let file = Box::new(File::open(path).map_err(failed)?);
    let options = FileOptions { count: Some(last), ..FileOptions::default() };
    FileSource::any(name, file, &options, Some(metadata.len()), Pace::WholeBlocks)?.packets()
}

/// Opens standard input, named `-`.
pub fn open_stdin(options: &FileOptions) -> Result<FileSource, Error> {
    open_any_stdin(options)?.packets()
}

/// Opens standard input, named `-`, which may be a HAR file.
pub fn open_any_stdin(options: &FileOptions) -> Result<Opened, Error> {
    FileSource::any("-".into(), Box::new(io::stdin()), options, None, Pace::AsItComes)
}

/// Whether a block is filled before it is handed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// A pipe: what has come is handed on, for the next bytes may take a while.
    AsItComes,
    /// A file.
    WholeBlocks,
}

/// A capture file, or a stream of the same format.
pub struct FileSource {
    name: String,
    input: Box<dyn Input>,
    compression: Option<Compression>,
    format: Format,
    selection: Selection,
    pace: Pace,
    total: Option<u64>,
    /// The secrets of the whole file, where they could be looked for.
    ahead: Option<Kept<Secrets>>,
    /// Bytes that were read but belong to the next block.
    carry: Vec<u8>,
    /// Stream offset of the first of them.
    offset: u64,
    /// Packets of the file before the next block.
    packets: u64,
}

impl FileSource {
    /// Reads a capture from `reader`, handing packets on as they come.
    pub fn from_reader(
        name: &str,
        reader: impl Read + Send + 'static,
        options: &FileOptions,
    ) -> Result<Self, Error> {
        Self::any(name.to_owned(), Box::new(reader), options, None, Pace::AsItComes)?.packets()
    }

    fn any(
        name: String,
        reader: Box<dyn Read + Send>,
        options: &FileOptions,
        total: Option<u64>,
        pace: Pace,
    ) -> Result<Opened, Error> {
        let (mut input, compression) =
            decompressed(&name, Peek::new(Box::new(Disk::new(reader, options.digest))))?;
        let recognised = match Format::recognise(&name, input.head()) {
            Ok(recognised) => recognised,
            Err(Unrecognised::Error(Error::Har { name })) => {
                if options.filter.is_some() {
                    return Err(Error::HarFilter { name });
                }
                let har = HarFile::new(name, input, compression, total, options.count);
                return Ok(Opened::Har(Box::new(har)));
            }
            Err(unrecognised) => return Err(refusal(name, unrecognised, input, compression)),
        };
        let (format, header) = recognised;
        input.skip(header);
        let mut selection = Selection::new(options.filter.clone(), options.count);
        selection.prepare(format.link_types())?;
        let offset = header as u64;
        let (input, carry): (Box<dyn Input>, _) = (Box::new(input), Vec::new());
        Ok(Opened::Packets(Box::new(Self {
            name,
            input,
            compression,
            format,
            selection,
            pace,
            total,
            ahead: None,
            carry,
            offset,
            packets: 0,
        })))
    }

    /// Interfaces of the current pcapng section; none for a pcap file.
    pub fn interfaces(&self) -> &[Interface] {
        self.format.interfaces()
    }

    /// Reads and parses until `block` has a packet or the input ends.
    fn advance(&mut self, block: &mut Block) -> Result<Fill, Error> {
        let mut filled = self.carry.len();
        resize(&mut block.bytes, BLOCK_SIZE.max(filled.saturating_mul(2)));
        if let Some(start) = block.bytes.get_mut(..filled) {
            start.copy_from_slice(&self.carry);
        }
        let mut from = 0;
        loop {
            let room = block.bytes.get_mut(filled..).unwrap_or_default();
            let (read, stop) = top_up(&mut self.input, room, self.pace);
            filled = filled.saturating_add(read);
            let view = View {
                bytes: block.bytes.get(..filled).unwrap_or_default(),
                from,
                base: self.offset,
                packets: self.packets,
            };
            let parsed = self.format.parse(view, &mut block.heads);
            let progress = match parsed {
                Ok(progress) => progress,
                Err(broken) => return Err(self.broken(broken, block)),
            };
            from = progress.next;
            match stop {
                Some(Stop::End) => {
                    return match self.format.cut(View { from, ..view }) {
                        Some(broken) => Err(self.broken(broken, block)),
                        None => Ok(Fill::End),
                    };
                }
                Some(Stop::Failed(source)) => {
                    let fault = read_fault(self.compression, source);
                    let offset = view.offset(from);
                    let broken = Broken { part: Part::Packet, offset, fault };
                    return Err(self.broken(broken, block));
                }
                None if !block.heads.is_empty() => break,
                None => {}
            }
            // No packet yet: what is done with makes room, and only if that is not enough does the
            // block grow, with the bytes that are really there and never by what a length claims.
            block.bytes.copy_within(from..filled, 0);
            filled = filled.saturating_sub(from);
            self.offset = self.offset.saturating_add(from as u64);
            from = 0;
            if progress.wanted > block.bytes.len() && filled == block.bytes.len() {
                let double = block.bytes.len().saturating_mul(2);
                resize(&mut block.bytes, double);
            }
        }
        self.carry.clear();
        self.carry.extend_from_slice(block.bytes.get(from..filled).unwrap_or_default());
        self.offset = self.offset.saturating_add(from as u64);
        Ok(Fill::More)
    }

    fn broken(&self, broken: Broken, block: &Block) -> Error {
        let Broken { part, offset, fault } = broken;
        let packet = self.packets.saturating_add(block.heads.len() as u64).saturating_add(1);
        Error::Broken {
            name: self.name.clone(),
            position: Position { part, offset, packet },
            fault,
        }
    }
}

impl Source for FileSource {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, Error> {
        block.clear();
        block.first_number = self.packets.saturating_add(1);
        let outcome = match self.selection.quota() {
            Quota::Reached => Ok(Fill::End),
            Quota::Open => self.advance(block),
        };
        self.packets = self.packets.saturating_add(block.heads.len() as u64);
        // Enough packets before the place where the file breaks: nothing is missing.
        let outcome = match self.selection.apply(block) {
            Ok(Quota::Reached) => Ok(Fill::End),
            Ok(Quota::Open) => outcome,
            Err(error) => Err(error),
        };
        if self.total.is_some() && !matches!(outcome, Ok(Fill::More)) {
            self.input.disk_mut().drain();
        }
        outcome
    }

    fn status(&self) -> Status {
        let disk = self.input.disk();
        Status {
            name: self.name.clone(),
            bytes_read: disk.bytes_read(),
            bytes_total: self.total,
            link_types: self.format.link_types().to_vec(),
            dropped: 0,
            sha256: disk.sha256(),
        }
    }

    fn secrets(&self) -> &[Secrets] {
        self.ahead.as_ref().map_or_else(|| self.format.secrets(), Kept::items)
    }

    fn custom_blocks(&self) -> &[CustomBlock] {
        self.format.custom_blocks()
    }
}

/// Takes the layers of compression off; the last one is told.
fn decompressed(name: &str, disk: Peek) -> Result<(Peek, Option<Compression>), Error> {
    let mut input = disk;
    let mut outer = None;
    for _ in 0..=MAX_LAYERS {
        let Some(compression) = Compression::recognise(input.head()) else {
            return Ok((input, outer));
        };
        let layer = compression
            .layer(input)
            .map_err(|source| Error::Io { name: name.to_owned(), source })?;
        input = Peek::new(layer);
        outer = Some(compression);
    }
    Err(Error::TooManyLayers { name: name.to_owned(), limit: MAX_LAYERS })
}

/// Why an input with these first bytes is no capture. A read error comes before all judgement.
fn refusal(
    name: String,
    unrecognised: Unrecognised,
    mut input: Peek,
    compression: Option<Compression>,
) -> Error {
    let position = |part, offset| Position { part, offset, packet: 1 };
    match (input.take_failure(), unrecognised) {
        (Some(source), _) => match read_fault(compression, source) {
            Fault::Read(source) => Error::Io { name, source },
            fault => Error::Broken { name, position: position(Part::FileHeader, 0), fault },
        },
        (None, Unrecognised::Broken(Broken { part, offset, fault })) => {
            Error::Broken { name, position: position(part, offset), fault }
        }
        (None, Unrecognised::Error(error)) => error,
    }
}

/// Whose fault a read error is: the system's, if it has the system's number, else the
/// decompressor's.
pub(crate) fn read_fault(compression: Option<Compression>, source: io::Error) -> Fault {
    match compression {
        Some(compression) if source.raw_os_error().is_none() => {
            Fault::Decompression { compression, source }
        }
        _ => Fault::Read(source),
    }
}

/// Why no more bytes come.
enum Stop {
    End,
    Failed(io::Error),
}

/// Reads into `room`: until it is full, or as much as there is at once.
fn top_up(input: &mut impl Read, room: &mut [u8], pace: Pace) -> (usize, Option<Stop>) {
    let mut filled = 0_usize;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => return (filled, Some(Stop::End)),
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return (filled, Some(Stop::Failed(error))),
        }
        if pace == Pace::AsItComes {
            break;
        }
    }
    (filled, None)
}

/// Gives `bytes` this length. One that had to grow for a single packet gives its memory back.
fn resize(bytes: &mut Vec<u8>, length: usize) {
    if bytes.len() != length {
        bytes.resize(length, 0);
        bytes.shrink_to(length);
    }
}
