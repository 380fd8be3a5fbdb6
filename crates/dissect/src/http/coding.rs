//! Content codings, taken off (RFC 9110 section 8.4, RFC 1950 to 1952, RFC 7932, RFC 8878).
//!
//! Only the beginning of the content is wanted, and only the beginning of what was sent is there:
//! a stream that is cut still gives what it holds. How much one unpacks to is bounded, and so is
//! the memory: the windows of deflate are 32 KiB, those of Brotli 16 MiB, those of Zstandard 8 MiB
//! (RFC 9659 section 3).

mod at_once;

use std::io::{self, Read, Write};

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Headers;
use crate::limits::{HTTP_CODED_BYTES, HTTP_CODINGS, HTTP_EXPANSION, HTTP_EXPANSION_BYTES};

/// Buffer between a decoder and what it unpacks to.
const BUFFER: usize = 4096;

/// Frames of Zstandard behind each other that are read: each costs, also an empty one.
const ZSTD_FRAMES: usize = 1024;

/// Largest window of Zstandard in a content coding (RFC 9659 section 3).
const ZSTD_WINDOW: u64 = 8 << 20;

/// First bytes of a frame of Zstandard (RFC 8878 section 3.1.1).
pub(super) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// An empty last block, and a checksum that nobody compares: ends a frame that was cut.
const ZSTD_END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// What was unpacked.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Unpacked {
    /// The first bytes.
    pub(super) bytes: Vec<u8>,
    /// It goes on far beyond: unpacking was given up.
    pub(super) expands: bool,
}

/// Names of the codings that were put on, in that order, `identity` left out. A transfer coding
/// other than `chunked` was put on last (RFC 9112 section 7).
pub(super) fn of(headers: &Headers) -> Vec<&str> {
    let values = headers.all("content-encoding").chain(headers.all("transfer-encoding"));
    let names = values.flat_map(|value| value.split(',')).map(str::trim);
    let codings = names.filter(|name| {
        !["", "identity", "chunked", "none"].iter().any(|no| name.eq_ignore_ascii_case(no))
    });
    codings.take(HTTP_CODINGS.saturating_add(1)).collect()
}

/// Takes all codings off; keeps `room` bytes of what they cover. `None`: one is unknown, or what
/// came is not that, or they are too many.
pub(super) fn unpack(codings: &[&str], packed: &[u8], room: usize) -> Option<Unpacked> {
    if codings.len() > HTTP_CODINGS {
        return None;
    }
    let mut expands = false;
    let mut bytes = None;
    for (at, coding) in codings.iter().enumerate().rev() {
        let room = if at == 0 { room } else { room.max(HTTP_CODED_BYTES) };
        let sink = unpack_one(coding, bytes.as_deref().unwrap_or(packed), room)?;
        expands |= sink.is_full();
        bytes = Some(sink.bytes);
    }
    bytes.map(|bytes| Unpacked { bytes, expands })
}

fn unpack_one(coding: &str, packed: &[u8], room: usize) -> Option<Sink> {
    let is = |name: &str| coding.eq_ignore_ascii_case(name);
    let sink = Sink::new(room, packed.len());
    if is("gzip") || is("x-gzip") {
        match at_once::gzip(packed, sink.room.min(sink.limit)) {
            Some(bytes) => Some(Sink { total: bytes.len(), bytes, ..sink }),
            None => drain(MultiGzDecoder::new(packed), sink),
        }
    } else if is("deflate") {
        // Meant is zlib, but many send bare deflate (RFC 9110 section 8.4.1.2).
        let zlib = looks_like_zlib(packed).then(|| drain(ZlibDecoder::new(packed), sink)).flatten();
        zlib.or_else(|| drain(DeflateDecoder::new(packed), Sink::new(room, packed.len())))
    } else if is("br") {
        let mut decoder = Decompressor::new(packed, BUFFER);
        let large = BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW;
        decoder.set_parameter(large, 0).then(|| drain(decoder, sink)).flatten()
    } else if is("zstd") {
        zstd(packed, sink)
    } else {
        None
    }
}

/// Method 8, and a checksum of the two bytes (RFC 1950 section 2.2).
fn looks_like_zlib(packed: &[u8]) -> bool {
    let header = packed.first_chunk().map(|header| u16::from_be_bytes(*header));
    header.is_some_and(|header| header & 0x0f00 == 0x0800 && header.is_multiple_of(31))
}

/// Reads what a decoder gives until it ends, breaks, or gives too much. `None`: it gave nothing
/// but an error.
fn drain(mut decoder: impl Read, mut sink: Sink) -> Option<Sink> {
    let mut buffer = [0; BUFFER];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return Some(sink),
            Ok(read) => {
                let fits = sink.write_all(buffer.get(..read)?).is_ok();
                if !fits {
                    return Some(sink);
                }
            }
            Err(_) => return (sink.total > 0).then_some(sink),
        }
    }
}

/// Frames, and what may be skipped between them (RFC 8878 section 3.1). Their decoder gives bytes
/// out only when they have left the window, so that a frame that breaks off has to be ended.
fn zstd(mut packed: &[u8], mut sink: Sink) -> Option<Sink> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW);
    let mut frames = 0_usize;
    while !packed.is_empty() && frames < ZSTD_FRAMES {
        frames = frames.saturating_add(1);
        if let Some(behind) = skippable(packed) {
            packed = behind;
            continue;
        }
        if decoder.init(&mut packed).is_err() {
            return (sink.total > 0).then_some(sink);
        }
        let mut good = true;
        while good && !decoder.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            good = decoder.decode_blocks(&mut packed, one).is_ok();
            if !good {
                decoder.decode_blocks(&ZSTD_END[..], BlockDecodingStrategy::All).ok();
            }
            if decoder.collect_to_writer(&mut sink).is_err() {
                return Some(sink);
            }
        }
        if !good {
            return (sink.total > 0).then_some(sink);
        }
    }
    Some(sink)
}

/// What is behind a skippable frame, if there is one (RFC 8878 section 3.1.2).
fn skippable(packed: &[u8]) -> Option<&[u8]> {
    let magic = u32::from_le_bytes(*packed.first_chunk()?);
    (magic & 0xffff_fff0 == 0x184d_2a50).then_some(())?;
    let length = u32::from_le_bytes(*packed.get(4..)?.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    Some(packed.get(end..).unwrap_or_default())
}

/// Keeps the first bytes and counts the others, up to a limit.
struct Sink {
    bytes: Vec<u8>,
    room: usize,
    total: usize,
    limit: usize,
}

impl Sink {
    fn new(room: usize, packed: usize) -> Self {
        let limit = packed.saturating_mul(HTTP_EXPANSION).max(HTTP_EXPANSION_BYTES);
        Self { bytes: Vec::new(), room, total: 0, limit }
    }

    const fn is_full(&self) -> bool {
        self.total > self.limit
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.room.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend(bytes.get(..room).unwrap_or_default());
        self.total = self.total.saturating_add(bytes.len());
        if self.is_full() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "coding_tests.rs"]
mod tests;
