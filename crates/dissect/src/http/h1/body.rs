//! Bodies of HTTP/1 messages: where they end, and their bytes without the chunks' framing
//! (RFC 9112 sections 6 and 7).

use super::head::{self, Fields, Framing};
use crate::http::content::Collector;
use crate::limits::{HTTP_CHUNK_LINE, HTTP_HEAD_BYTES};

/// Reads one body.
#[derive(Debug)]
pub(super) struct BodyReader {
    state: State,
    /// The line of the framing under way.
    line: Vec<u8>,
    /// Whole lines behind the last chunk.
    trailer: Vec<u8>,
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
        Self { state, line: Vec::new(), trailer: Vec::new() }
    }

    /// Whether closing the connection ends it as it should.
    pub(super) const fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// The fields behind the last chunk.
    pub(super) fn trailers(&self) -> Fields {
        if self.trailer.is_empty() {
            return Fields::default();
        }
        head::fields(&self.trailer).unwrap_or_default()
    }

    /// What is still to come of it, in words.
    pub(super) fn missing(&self) -> String {
        match self.state {
            State::UntilClose => String::new(),
            State::Length(left) => format!("{left} bytes of content-length"),
            State::Chunk(left) => format!("{left} bytes of a chunk"),
            State::ChunkEnd | State::ChunkSize | State::Trailer => "the last chunk".into(),
        }
    }

    /// Takes bytes in; those of the content go to `content`, if anybody wants them.
    pub(super) fn take(&mut self, bytes: &[u8], mut content: Option<&mut Collector>) -> Progress {
        let mut add = |bytes: &[u8]| {
            if let Some(content) = &mut content {
                content.take(bytes);
            }
        };
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
                    add(rest);
                    rest.len()
                }
                State::Length(left) | State::Chunk(left) => {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    add(rest.get(..now).unwrap_or_default());
                    self.pass(left, now as u64);
                    now
                }
                State::ChunkSize | State::ChunkEnd | State::Trailer => {
                    let (taken, whole) = line_part(rest);
                    self.line.extend(rest.get(..taken).unwrap_or_default());
                    if self.line.len() > self.longest_line() {
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

    const fn longest_line(&self) -> usize {
        match self.state {
            State::Trailer => HTTP_HEAD_BYTES,
            _ => HTTP_CHUNK_LINE,
        }
    }

    /// A line of the framing is complete: whether it was the last; `None` if it is no such line.
    fn line_read(&mut self) -> Option<bool> {
        let whole = std::mem::take(&mut self.line);
        let line = whole.trim_ascii();
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
                if line.is_empty() {
                    return Some(true);
                }
                self.trailer.extend(whole);
                (self.trailer.len() <= HTTP_HEAD_BYTES).then_some(())?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    /// What is read of these bytes, given one at a time and all at once, and the trailers.
    fn read(framing: Framing, bytes: &[u8]) -> (Progress, Vec<u8>, Headers) {
        let finish = |content: Collector, reader: &BodyReader| {
            let body = content.finish(&Headers::default(), true, &mut Vec::new());
            (body, reader.trailers().headers)
        };
        let (mut reader, mut content) = (BodyReader::new(framing), Collector::default());
        let whole = reader.take(bytes, Some(&mut content));
        let at_once = finish(content, &reader);
        let (mut reader, mut content) = (BodyReader::new(framing), Collector::default());
        let mut last = Progress::More;
        for (at, byte) in bytes.iter().enumerate() {
            last = match reader.take(&[*byte], Some(&mut content)) {
                Progress::Done(used) => Progress::Done(at.saturating_add(used)),
                other => other,
            };
            if last != Progress::More {
                break;
            }
        }
        assert_eq!((whole, &at_once), (last, &finish(content, &reader)));
        (last, at_once.0.bytes, at_once.1)
    }

    #[test]
    fn chunks_with_extensions_and_trailers() {
        let bytes = b"4;a=\"b\"\r\nWiki\r\n3 \npe\n\n0\r\nDigest: x\r\nA:b\r\n\r\nHTTP";
        let end = bytes.len() - 4;
        let (progress, body, trailers) = read(Framing::Chunked, bytes);
        assert_eq!((progress, &*body), (Progress::Done(end), &b"Wikipe\n"[..]));
        let trailers: Vec<_> =
            trailers.0.iter().map(|field| (&*field.name, &*field.value)).collect();
        assert_eq!(trailers, [("Digest", "x"), ("A", "b")]);
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
    fn gaps_within_a_known_length_are_stepped_over() {
        let mut reader = BodyReader::new(Framing::Length(10));
        reader.take(b"abc", None);
        assert!(
            reader.gap(Some(5)) && !reader.gap(Some(3)) && reader.gap(Some(2)) && reader.is_done()
        );
        let mut chunked = BodyReader::new(Framing::Chunked);
        assert!(!chunked.gap(Some(1)));
        chunked.take(b"5\r\n", None);
        assert!(chunked.gap(Some(5)) && !chunked.gap(Some(1)));
        assert_eq!(chunked.take(b"\r\n0\r\n\r\n", None), Progress::Done(7));
    }
}
