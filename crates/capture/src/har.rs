//! A HAR file as a stream of bytes: it has no packets, so it is no [`Source`](crate::Source), but it
//! is opened, decompressed, counted and hashed like a capture.

use std::io::Read;

use crate::compress::Compression;
use crate::error::Error;
use crate::fault::Fault;
use crate::file::read_fault;
use crate::input::{Input, Peek};
use crate::source::Status;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 18;

/// JSON that is perhaps a HAR file.
pub struct HarFile {
    name: String,
    input: Peek,
    compression: Option<Compression>,
    total: Option<u64>,
    count: Option<u64>,
    piece: Vec<u8>,
}

impl HarFile {
    pub(crate) fn new(
        name: String,
        input: Peek,
        compression: Option<Compression>,
        total: Option<u64>,
        count: Option<u64>,
    ) -> Self {
        Self { name, input, compression, total, count, piece: Vec::new() }
    }

    /// Its first bytes, decompressed.
    pub fn head(&self) -> &[u8] {
        self.input.head()
    }

    /// How many entries are wanted: a HAR file's entry is what a packet is to a capture.
    pub const fn count(&self) -> Option<u64> {
        self.count
    }

    /// The next bytes; none at the end.
    pub fn read(&mut self) -> Result<&[u8], Error> {
        self.piece.resize(PIECE, 0);
        loop {
            match self.input.read(&mut self.piece) {
                Ok(read) => return Ok(self.piece.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let name = self.name.clone();
                    return Err(match read_fault(self.compression, source) {
                        Fault::Read(source) => Error::Io { name, source },
                        fault => Error::HarUnreadable { name, fault },
                    });
                }
            }
        }
    }

    /// Reads what is left for the digest, if one is wanted: it is over the whole file.
    pub fn drain(&mut self) {
        if self.total.is_some() {
            self.input.disk_mut().drain();
        }
    }

    /// What is known about it so far.
    pub fn status(&self) -> Status {
        let disk = self.input.disk();
        Status {
            name: self.name.clone(),
            bytes_read: disk.bytes_read(),
            bytes_total: self.total,
            sha256: disk.sha256(),
            ..Status::default()
        }
    }
}
