//! Compressed captures: gzip (RFC 1952, any number of members) and Zstandard (RFC 8878); zlib
//! (RFC 1950) as mitmproxy's `.zhar` has it.
//!
//! Recognised by their magic numbers, never by a file's name. Data is decompressed as it is read;
//! memory is bounded by the decompressors' windows (gzip 32 KiB; Zstandard 128 MiB, the library's
//! own limit).

use std::fmt;
use std::io::{self, BufReader, Read};

use crate::input::{Disk, Input, Peek};

/// How many layers of compression are taken off: a compressed file that was compressed once more
/// happens, a deeper nest is made to waste time.
pub(crate) const MAX_LAYERS: usize = 2;

/// A compression format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// Zstandard.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    /// By magic number: gzip with its only method, deflate; a Zstandard frame or the skippable
    /// frame that some writers put first.
    pub(crate) fn recognise(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            // A 32 KiB window at the levels that programs use; the header is a multiple of 31.
            [0x78, 0x01 | 0x9c | 0xda, ..] => Some(Self::Zlib),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The layer that takes this compression off `inner`.
    pub(crate) fn layer(self, inner: Peek) -> io::Result<Box<dyn Input>> {
        Ok(match self {
            Self::Gzip => Box::new(Gzip(flate2::read::MultiGzDecoder::new(inner))),
            Self::Zlib => Box::new(Zlib(flate2::read::ZlibDecoder::new(inner))),
            Self::Zstd => Box::new(Zstd(zstd::Decoder::new(inner)?)),
        })
    }
}

struct Gzip(flate2::read::MultiGzDecoder<Peek>);

impl Read for Gzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Input for Gzip {
    fn disk(&self) -> &Disk {
        self.0.get_ref().disk()
    }

    fn disk_mut(&mut self) -> &mut Disk {
        self.0.get_mut().disk_mut()
    }
}

struct Zlib(flate2::read::ZlibDecoder<Peek>);

impl Read for Zlib {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Input for Zlib {
    fn disk(&self) -> &Disk {
        self.0.get_ref().disk()
    }

    fn disk_mut(&mut self) -> &mut Disk {
        self.0.get_mut().disk_mut()
    }
}

struct Zstd(zstd::Decoder<'static, BufReader<Peek>>);

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Input for Zstd {
    fn disk(&self) -> &Disk {
        self.0.get_ref().get_ref().disk()
    }

    fn disk_mut(&mut self) -> &mut Disk {
        self.0.get_mut().get_mut().disk_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_magic() {
        for (head, expected) in [
            (&[0x1f, 0x8b, 0x08, 0][..], Some(Compression::Gzip)),
            (&[0x28, 0xb5, 0x2f, 0xfd, 1], Some(Compression::Zstd)),
            (&[0x5a, 0x2a, 0x4d, 0x18], Some(Compression::Zstd)),
            (&[0x78, 0x9c], Some(Compression::Zlib)),
            (b"x^", None),
            (&[0x1f, 0x8b, 0x07, 0], None),
            (&[0x1f, 0x8b], None),
            (&[0xd4, 0xc3, 0xb2, 0xa1], None),
            (&[], None),
        ] {
            assert_eq!(Compression::recognise(head), expected, "{head:02x?}");
        }
    }
}
