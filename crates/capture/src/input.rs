//! The bytes of a capture as they lie on disk, counted and hashed on the way in.
//!
//! [`Disk`] is the innermost layer; decompressors lie around it ([`crate::compress`]). Every layer
//! is an [`Input`], so that the counters can be reached without a lock. [`Peek`] lets the first
//! bytes be looked at before it is known who reads them.

use std::io::{self, Read};

use ring::digest::{Context, SHA256};

/// Bytes looked at to tell formats apart: a whole pcap file header (24), and of a pcapng file the
/// first block up to its versions (16).
pub(crate) const PEEKED: usize = 24;

/// Bytes read at a time when the rest of a file is read only for its digest.
const DRAIN: usize = 1 << 16;

/// A layer of the input.
pub(crate) trait Input: Read + Send {
    /// The innermost layer.
    fn disk(&self) -> &Disk;

    /// The innermost layer, to read past what the other layers wanted.
    fn disk_mut(&mut self) -> &mut Disk;
}

/// The file or stream itself.
pub(crate) struct Disk {
    reader: Box<dyn Read + Send>,
    bytes: u64,
    digest: Option<Context>,
    end: End,
}

/// Whether the last byte has been read.
#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    Ahead,
    Reached,
}

impl Disk {
    /// `digest`: whether [`Disk::sha256`] will be asked for.
    pub(crate) fn new(reader: Box<dyn Read + Send>, digest: bool) -> Self {
        let digest = digest.then(|| Context::new(&SHA256));
        Self { reader, bytes: 0, digest, end: End::Ahead }
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Reads what is left, if a digest is wanted: it is over the whole file, read or not.
    pub(crate) fn drain(&mut self) {
        if self.digest.is_none() || self.end == End::Reached {
            return;
        }
        let mut buffer = vec![0; DRAIN];
        // A read error leaves `end` ahead: then there is no digest, which is the truth.
        while matches!(self.read(&mut buffer), Ok(1..)) {}
    }

    /// SHA-256 of all bytes, if it was asked for and the end was reached.
    pub(crate) fn sha256(&self) -> Option<[u8; 32]> {
        let digest = self.digest.as_ref().filter(|_| self.end == End::Reached)?;
        digest.clone().finish().as_ref().try_into().ok()
    }
}

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if read == 0 && !buffer.is_empty() {
            self.end = End::Reached;
        }
        self.bytes = self.bytes.saturating_add(read as u64);
        if let Some(digest) = &mut self.digest {
            digest.update(buffer.get(..read).unwrap_or_default());
        }
        Ok(read)
    }
}

impl Input for Disk {
    fn disk(&self) -> &Disk {
        self
    }

    fn disk_mut(&mut self) -> &mut Disk {
        self
    }
}

/// An input whose first bytes have been looked at, and will be read again.
pub(crate) struct Peek {
    inner: Box<dyn Input>,
    head: [u8; PEEKED],
    length: usize,
    read: usize,
    failure: Option<io::Error>,
}

impl Peek {
    /// Looks at the first [`PEEKED`] bytes, or as many as there are. An error is kept until what
    /// came before it has been read.
    pub(crate) fn new(mut inner: Box<dyn Input>) -> Self {
        let mut head = [0; PEEKED];
        let mut length = 0_usize;
        let mut failure = None;
        while let Some(room) = head.get_mut(length..).filter(|room| !room.is_empty()) {
            match inner.read(room) {
                Ok(0) => break,
                Ok(read) => length = length.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        Self { inner, head, length, read: 0, failure }
    }

    /// The first bytes.
    pub(crate) fn head(&self) -> &[u8] {
        self.head.get(..self.length).unwrap_or_default()
    }

    /// Reads past the first `count` of the bytes that were looked at.
    pub(crate) fn skip(&mut self, count: usize) {
        self.read = self.read.max(count.min(self.length));
    }

    /// The error that ended the first bytes, if one did.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

impl Read for Peek {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.head.get(self.read..self.length).unwrap_or_default();
        if rest.is_empty() {
            return match self.failure.take() {
                Some(error) => Err(error),
                None => self.inner.read(buffer),
            };
        }
        let read = rest.read(buffer)?;
        self.read = self.read.saturating_add(read);
        Ok(read)
    }
}

impl Input for Peek {
    fn disk(&self) -> &Disk {
        self.inner.disk()
    }

    fn disk_mut(&mut self) -> &mut Disk {
        self.inner.disk_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(bytes: &'static [u8], digest: bool) -> Disk {
        Disk::new(Box::new(bytes), digest)
    }

    #[test]
    fn peeked_bytes_are_read_again() {
        let text: &[u8] = b"0123456789012345678901234567890";
        for length in [0, 3, PEEKED, text.len()] {
            let bytes = &text[..length];
            let mut peek = Peek::new(Box::new(disk(bytes, false)));
            assert_eq!(peek.head(), &bytes[..length.min(PEEKED)]);
            let mut all = Vec::new();
            peek.read_to_end(&mut all).unwrap();
            assert_eq!(all, bytes);
            assert_eq!(peek.disk().bytes_read(), length as u64);
        }
    }

    #[test]
    fn skipped_bytes_are_not_read_again() {
        let mut peek = Peek::new(Box::new(disk(b"abcdef", false)));
        peek.skip(4);
        let mut all = Vec::new();
        peek.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"ef");
    }

    #[test]
    fn the_digest_needs_to_be_wanted_and_the_end_to_be_reached() {
        // FIPS 180-2, appendix B.1
        let abc = [0xba, 0x78, 0x16, 0xbf];
        let mut wanted = disk(b"abc", true);
        assert_eq!(wanted.sha256(), None);
        assert_eq!(wanted.read(&mut [0; 2]).unwrap(), 2);
        assert_eq!(wanted.sha256(), None);
        wanted.drain();
        assert_eq!(wanted.sha256().unwrap()[..4], abc);
        let mut unwanted = disk(b"abc", false);
        unwanted.drain();
        assert_eq!((unwanted.sha256(), unwanted.bytes_read()), (None, 0));
    }
}
