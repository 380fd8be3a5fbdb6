//! Bodies of HTTP/1 messages: where they end, and their bytes without the chunks' framing
//! (RFC 9112 sections 6 and 7). What is beyond the kept bytes is only counted.

use super::head::Framing;
use crate::http::Body;
use crate::limits::{HTTP_BODY_BYTES, HTTP_CHUNK_LINE, HTTP_HEAD_BYTES};

/// Reads one body.
#[derive(Debug)]
pub(super) struct BodyReader {
    state: State,
    /// A chunk's size line, or the length of a trailer's line, as far as it came.
    line: Vec<u8>,
    trailer_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line end behind a chunk's bytes.
    ChunkEnd,
    /// The line before them.
    ChunkSize,
    /// So many bytes of a body of known length.
    Length(u64),
    /// Fields behind the last chunk.
    Trailer,
    UntilClose,
}

/// What came of some bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// The framing is broken.
    Broken,
    /// The body ended after so many of the bytes.
    Done(usize),
    /// All bytes belong to it, and more will come.
    More,
}

impl BodyReader {
    pub(super) const fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Chunked => State::ChunkSize,
            Framing::Length(bytes) => State::Length(bytes),
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, line: Vec::new(), trailer_bytes: 0 }
    }

    /// Whether closing the connection ends it as it should.
    pub(super) const fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// Takes bytes in. `keep`: whether the first ones are kept.
    pub(super) fn take(&mut self, bytes: &[u8], keep: bool, body: &mut Body) -> Progress {
        let mut used = 0_usize;
        loop {
            if matches!(self.state, State::Length(0)) {
                return Progress::Done(used);
            }
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.is_empty() {
                return Progress::More;
            }
            let taken = match self.state {
                State::UntilClose => {
                    add(body, rest, keep);
                    rest.len()
                }
                State::Length(left) | State::Chunk(left) => {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    add(body, rest.get(..now).unwrap_or_default(), keep);
                    self.pass(left, now as u64);
                    now
                }
                State::ChunkSize | State::ChunkEnd | State::Trailer => {
                    let (taken, whole) = line_part(rest);
                    self.line.extend(rest.get(..taken).unwrap_or_default());
                    if self.line.len() > HTTP_CHUNK_LINE {
                        return Progress::Broken;
                    }
                    if whole {
                        match self.line_read() {
                            Some(true) => return Progress::Done(used.saturating_add(taken)),
                            Some(false) => {}
                            None => return Progress::Broken,
                        }
                    }
                    taken
                }
            };
            used = used.saturating_add(taken);
        }
    }

    /// So many bytes never came. Gives back whether it is still known where the body ends.
    pub(super) fn gap(&mut self, length: Option<u32>) -> bool {
        match (self.state, length.map(u64::from)) {
            (State::UntilClose, _) => true,
            (State::Length(left) | State::Chunk(left), Some(length)) if left >= length => {
                self.pass(left, length);
                true
            }
            _ => false,
        }
    }

    /// Whether nothing is left to come.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, State::Length(0))
    }

    /// Bytes of a known number are behind.
    fn pass(&mut self, left: u64, now: u64) {
        let left = left.saturating_sub(now);
        self.state = match self.state {
            State::Chunk(_) if left == 0 => State::ChunkEnd,
            State::Chunk(_) => State::Chunk(left),
            _ => State::Length(left),
        };
    }

    /// A line of the framing is complete: whether it was the last; `None` if it is no such line.
    fn line_read(&mut self) -> Option<bool> {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii();
        match self.state {
            State::ChunkEnd => {
                line.is_empty().then_some(())?;
                self.state = State::ChunkSize;
            }
            State::ChunkSize => {
                let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
                (!size.is_empty() && size.iter().all(u8::is_ascii_hexdigit)).then_some(())?;
                let size = u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
                self.state = if size == 0 { State::Trailer } else { State::Chunk(size) };
            }
            _ => {
                self.trailer_bytes = self.trailer_bytes.saturating_add(line.len());
                (self.trailer_bytes <= HTTP_HEAD_BYTES).then_some(())?;
                return Some(line.is_empty());
            }
        }
        Some(false)
    }
}

/// How many bytes belong to the line, and whether it ends with them.
fn line_part(bytes: &[u8]) -> (usize, bool) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (end.saturating_add(1), true),
        None => (bytes.len(), false),
    }
}

fn add(body: &mut Body, bytes: &[u8], keep: bool) {
    body.length = body.length.saturating_add(bytes.len() as u64);
    let room = if keep { HTTP_BODY_BYTES.saturating_sub(body.bytes.len()) } else { 0 };
    body.bytes.extend(bytes.get(..room.min(bytes.len())).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of these bytes, given one at a time and all at once.
    fn read(framing: Framing, bytes: &[u8]) -> (Progress, Vec<u8>, u64) {
        let mut at_once = Body::default();
        let whole = BodyReader::new(framing).take(bytes, true, &mut at_once);
        let (mut reader, mut body) = (BodyReader::new(framing), Body::default());
        let mut last = Progress::More;
        for (at, byte) in bytes.iter().enumerate() {
            last = match reader.take(&[*byte], true, &mut body) {
                Progress::Done(used) => Progress::Done(at.saturating_add(used)),
                other => other,
            };
            if last != Progress::More {
                break;
            }
        }
        assert_eq!((whole, &at_once), (last, &body));
        (last, body.bytes, body.length)
    }

    #[test]
    fn chunks_with_extensions_and_trailers() {
        let bytes = b"4;a=\"b\"\r\nWiki\r\n3 \npe\n\n0\r\nDigest: x\r\n\r\nHTTP";
        let end = bytes.len() - 4;
        let (progress, body, length) = read(Framing::Chunked, bytes);
        assert_eq!((progress, &*body, length), (Progress::Done(end), &b"Wikipe\n"[..], 7));
    }

    #[test]
    fn broken_chunks() {
        for bytes in [&b"x\r\n"[..], b"\r\n", b"1\r\nab\r\n", b"fffffffffffffffff\r\n", b"-1\r\n"] {
            assert_eq!(read(Framing::Chunked, bytes).0, Progress::Broken, "{bytes:?}");
        }
        let long = [b"1;".to_vec(), vec![b'a'; HTTP_CHUNK_LINE]].concat();
        assert_eq!(read(Framing::Chunked, &long).0, Progress::Broken);
        let trailers = [b"0\r\n".to_vec(), b"a: b\r\n".repeat(HTTP_HEAD_BYTES / 3)].concat();
        assert_eq!(read(Framing::Chunked, &trailers).0, Progress::Broken);
    }

    #[test]
    fn what_is_beyond_the_limit_is_counted() {
        let bytes = vec![b'a'; HTTP_BODY_BYTES + 5];
        let (progress, body, length) = read(Framing::UntilClose, &bytes);
        assert_eq!((progress, body.len()), (Progress::More, HTTP_BODY_BYTES));
        assert_eq!(length, bytes.len() as u64);
    }

    #[test]
    fn gaps_within_a_known_length_are_stepped_over() {
        let mut body = Body::default();
        let mut reader = BodyReader::new(Framing::Length(10));
        reader.take(b"abc", true, &mut body);
        assert!(
            reader.gap(Some(5)) && !reader.gap(Some(3)) && reader.gap(Some(2)) && reader.is_done()
        );
        let mut chunked = BodyReader::new(Framing::Chunked);
        assert!(!chunked.gap(Some(1)));
        chunked.take(b"5\r\n", true, &mut body);
        assert!(chunked.gap(Some(5)) && !chunked.gap(Some(1)));
        assert_eq!(chunked.take(b"\r\n0\r\n\r\n", true, &mut body), Progress::Done(7));
    }
}
