//! A head on its way: its bytes until the empty line. Of one that is too long the first part is
//! kept, and the fields behind that say how long the body is, so that the next message is found.

use memchr::memchr;

use super::head;
use crate::limits::{HTTP_CHUNK_LINE, HTTP_HEAD_BYTES, HTTP_HEAD_SKIPPED};
use crate::origin::Origin;

/// Bytes of a line beyond the limit that are looked at: fields about the body are short.
const LINE_BYTES: usize = 256;

/// Gathers one head.
#[derive(Debug, Default)]
pub(super) struct Gatherer {
    /// Where its first byte was.
    pub(super) first: Origin,
    bytes: Vec<u8>,
    /// The start line was seen, and is one.
    started: bool,
    beyond: Option<Beyond>,
}

/// What is behind the kept part.
#[derive(Debug, Default)]
struct Beyond {
    /// The line under way, as far as it is looked at.
    line: Vec<u8>,
    passed: usize,
}

/// What came of some bytes.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Gathered {
    /// The head ended after so many of the bytes.
    Done(usize),
    /// All bytes belong to it, and more will come.
    More,
    /// It is none, or far too long.
    Unreadable,
}

impl Gatherer {
    /// Whether there is nothing of it yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether some of it is not kept.
    pub(super) const fn is_shortened(&self) -> bool {
        self.beyond.is_some()
    }

    /// What is there of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes in bytes of one side's head.
    pub(super) fn take(&mut self, of_client: bool, bytes: &[u8]) -> Gathered {
        if self.beyond.is_some() {
            return self.pass(bytes, 0);
        }
        let before = self.bytes.len();
        let room = HTTP_HEAD_BYTES.saturating_sub(before).min(bytes.len());
        self.bytes.extend(bytes.get(..room).unwrap_or_default());
        let end = head_end(&self.bytes, before);
        if let Some(end) = end {
            self.bytes.truncate(end);
        }
        if !self.started {
            if !head::is_plausible(of_client, &self.bytes) {
                return Gathered::Unreadable;
            }
            self.started = self.bytes.contains(&b'\n');
        }
        match end {
            Some(end) => Gathered::Done(end.saturating_sub(before)),
            None if room == bytes.len() => Gathered::More,
            None => {
                // What is kept ends with a line.
                let Some(line_end) = self.bytes.iter().rposition(|byte| *byte == b'\n') else {
                    return Gathered::Unreadable;
                };
                let line = self.bytes.split_off(line_end.saturating_add(1));
                let mut beyond = Beyond::default();
                beyond.line_part(&line);
                self.beyond = Some(beyond);
                self.pass(bytes, room)
            }
        }
    }

    /// Takes in bytes behind the kept part; the first `used` are in already.
    fn pass(&mut self, bytes: &[u8], mut used: usize) -> Gathered {
        let Some(beyond) = &mut self.beyond else { return Gathered::Unreadable };
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(rest.len(), |end| end.saturating_add(1));
            used = used.saturating_add(taken);
            beyond.line_part(rest.get(..taken).unwrap_or_default());
            if beyond.passed > HTTP_HEAD_SKIPPED {
                return Gathered::Unreadable;
            }
            if end.is_none() {
                return Gathered::More;
            }
            let line = std::mem::take(&mut beyond.line);
            if line.trim_ascii().is_empty() {
                return Gathered::Done(used);
            }
            let room = HTTP_HEAD_BYTES.saturating_add(HTTP_CHUNK_LINE);
            if line.ends_with(b"\n")
                && head::is_about_body(&line)
                && self.bytes.len().saturating_add(line.len()) <= room
            {
                self.bytes.extend(line);
            }
        }
        Gathered::More
    }
}

impl Beyond {
    fn line_part(&mut self, bytes: &[u8]) {
        self.passed = self.passed.saturating_add(bytes.len());
        let room = LINE_BYTES.saturating_sub(self.line.len()).min(bytes.len());
        self.line.extend(bytes.get(..room).unwrap_or_default());
    }
}

/// Length of a head, its empty line included. Only what came at `before` or later is new.
fn head_end(head: &[u8], before: usize) -> Option<usize> {
    let mut from = before.saturating_sub(3);
    loop {
        let rest = head.get(from..)?;
        let line_end = from.saturating_add(memchr(b'\n', rest)?);
        let behind = head.get(line_end.saturating_add(1)..)?;
        if behind.starts_with(b"\n") {
            return Some(line_end.saturating_add(2));
        }
        if behind.starts_with(b"\r\n") {
            return Some(line_end.saturating_add(3));
        }
        from = line_end.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a head in pieces of so many bytes.
    fn gathered(head: &[u8], size: usize) -> (Gatherer, Gathered) {
        let mut gatherer = Gatherer::default();
        let mut before = 0_usize;
        for piece in head.chunks(size) {
            match gatherer.take(true, piece) {
                Gathered::More => before = before.saturating_add(piece.len()),
                Gathered::Done(used) => {
                    return (gatherer, Gathered::Done(before.saturating_add(used)));
                }
                Gathered::Unreadable => return (gatherer, Gathered::Unreadable),
            }
        }
        (gatherer, Gathered::More)
    }

    #[test]
    fn long_heads_keep_what_is_said_about_the_body() {
        let many = "X-Some-Field: and its value\r\n".repeat(10_000);
        let head = format!("POST / HTTP/1.1\r\n{many}Content-Length: 7\r\n{many}\r\n");
        let whole = [head.as_bytes(), b"1234567"].concat();
        for size in [1_460, 7, usize::MAX] {
            let (gatherer, done) = gathered(&whole, size);
            assert_eq!(done, Gathered::Done(head.len()));
            assert!(gatherer.is_shortened());
            assert!(gatherer.bytes().len() < HTTP_HEAD_BYTES + 30);
            assert!(gatherer.bytes().ends_with(b"value\r\nContent-Length: 7\r\n"));
        }
        let endless = [b"GET / HTTP/1.1\r\nCookie: ".to_vec(), vec![b'c'; 2 << 20]].concat();
        assert_eq!(gathered(&endless, 1_460).1, Gathered::Unreadable);
        assert_eq!(gathered(&endless[..100_000], 1_460).1, Gathered::More);
        let target = [b"GET /".to_vec(), vec![b'c'; 1 << 20]].concat();
        assert_eq!(gathered(&target, 1_460).1, Gathered::Unreadable);
    }

    #[test]
    fn heads_end_with_an_empty_line() {
        for (head, length) in [
            ("GET / HTTP/1.1\r\n\r\n", Some(18)),
            ("GET / HTTP/1.1\n\nGET", Some(16)),
            ("GET / HTTP/1.1\r\na: b\n\r\n", Some(23)),
            ("GET / HTTP/1.1\r\na: b\r\n\r", None),
        ] {
            for size in 1..9 {
                let expected = length.map_or(Gathered::More, Gathered::Done);
                assert_eq!(gathered(head.as_bytes(), size).1, expected, "{head:?} {size}");
            }
        }
        assert_eq!(gathered(b"rubbish\r\n", 100).1, Gathered::Unreadable);
    }
}
