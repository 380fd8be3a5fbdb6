//! Reads the bytes of a document, eight at a time where they are text.
//!
//! It takes and refuses what `serde_json` does, and asks it wherever a part of a document is told
//! otherwise than it is written: texts with escapes, numbers that are not plainly whole.

use std::fmt::Write;
use std::ops::Range;

use super::super::fields::{Entry, Fields};
use super::super::text::Span;
use super::super::way::Way;
use super::add_scalar;

/// As deep as `serde_json` goes.
const DEPTH: usize = 127;

/// Digits that a whole number of 64 bits always has room for: it is told as it is written.
const DIGITS: usize = 18;

/// Adds the fields of a document. Its bytes are added to the text, and behind them what is told
/// otherwise. `None` if it is none, or nests too deep; then some are added all the same.
pub(super) fn read(document: &[u8], fields: &mut Fields) -> Option<()> {
    /// Bytes of a field, as documents usually have them.
    const USUAL: usize = 16;
    let base = fields.text.len();
    fields.text.push_str(std::str::from_utf8(document).ok()?);
    fields.list.reserve(document.len() / USUAL);
    let (members, sorted) = (Vec::new(), Vec::new());
    let mut reader = Reader { bytes: document, at: 0, base, fields, members, sorted };
    reader.value(Way::START, DEPTH)?;
    (reader.peek().is_none() && reader.at == document.len()).then_some(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where it is.
    at: usize,
    /// Where the document begins in the text.
    base: usize,
    fields: &'a mut Fields,
    /// Those of the objects that are read, of the innermost last.
    members: Vec<Member>,
    /// Those that [`Self::sort`] moves.
    sorted: Vec<Entry>,
}

/// A member of an object: its key, of which the first bytes decide nearly always, and which fields
/// are in it.
#[derive(Clone, Copy)]
struct Member {
    begins: u64,
    key: Span,
    entries: Span,
}

impl Reader<'_> {
    /// The next byte that is no space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.at)? {
                byte if byte > b' ' => return Some(byte),
                b' ' | b'\n' | b'\r' | b'\t' => self.skip(1),
                byte => return Some(byte),
            }
        }
    }

    /// Skips this byte, and spaces before it; gives back whether it is there.
    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.skip(1);
        }
        is_there
    }

    /// Goes on; never further behind the end than one byte.
    const fn skip(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    /// What was read from there on, where it stands in the text.
    const fn since(&self, start: usize) -> Span {
        Span::new(self.base.saturating_add(start), self.base.saturating_add(self.at))
    }

    /// A value within which others may nest so deep. What is not told is only read.
    #[inline(always)]
    fn value(&mut self, way: Way, depth: usize) -> Option<()> {
        let value = match self.peek()? {
            b'"' => self.string()?,
            b'{' => return self.object(way, depth.checked_sub(1)?),
            b'[' => return self.array(way, depth.checked_sub(1)?),
            b'n' => return self.word(b"null").map(|_| ()),
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            _ => self.number()?,
        };
        add_scalar(way, value, self.fields);
        Some(())
    }

    /// Members are told by key, and of several with one key the last.
    fn object(&mut self, way: Way, depth: usize) -> Option<()> {
        self.skip(1);
        let within = self.fields.containers.enter(way);
        let first = self.members.len();
        let (mut before, mut is_sorted) = (0, true);
        if !self.take(b'}') {
            loop {
                (self.peek()? == b'"').then_some(())?;
                let key = self.string()?;
                let begins = first_bytes(key, &self.fields.text);
                is_sorted &= before < begins;
                before = begins;
                self.take(b':').then_some(())?;
                let start = self.fields.len();
                self.value(Way::member(within, key), depth)?;
                let entries = Span::new(start, self.fields.len());
                self.members.push(Member { begins, key, entries });
                if !self.take(b',') {
                    break;
                }
            }
            self.take(b'}').then_some(())?;
        }
        if !is_sorted {
            self.sort(first);
        }
        self.members.truncate(first);
        Some(())
    }

    /// Brings the members from this one on, and their fields, into the order of their keys.
    fn sort(&mut self, first: usize) {
        let Self { fields, members, sorted, .. } = self;
        let Fields { text, list, .. } = &mut **fields;
        let Some(members) = members.get_mut(first..) else { return };
        let start = members.first().map_or(0, |member| member.entries.range().start);
        // Stable, so that the last of several with one key stays the last.
        members.sort_by(|one, other| {
            let by_key = || one.key.of(text).cmp(other.key.of(text));
            one.begins.cmp(&other.begins).then_with(by_key)
        });
        sorted.clear();
        sorted.extend_from_slice(list.get(start..).unwrap_or_default());
        list.truncate(start);
        let mut members = members.iter().peekable();
        while let Some(member) = members.next() {
            let is_same = |next: &&Member| {
                next.begins == member.begins && next.key.of(text) == member.key.of(text)
            };
            if members.peek().is_none_or(|next| !is_same(next)) {
                let Range { start: from, end } = member.entries.range();
                let entries = sorted.get(from.wrapping_sub(start)..end.wrapping_sub(start));
                match entries.unwrap_or_default() {
                    // As nearly always.
                    [entry] => list.push(*entry),
                    entries => list.extend_from_slice(entries),
                }
            }
        }
    }

    fn array(&mut self, way: Way, depth: usize) -> Option<()> {
        self.skip(1);
        let within = self.fields.containers.enter(way);
        if self.take(b']') {
            return Some(());
        }
        for index in 0.. {
            self.value(way.item(within, index), depth)?;
            if !self.take(b',') {
                break;
            }
        }
        self.take(b']').then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<Span> {
        let start = self.at;
        self.bytes.get(start..)?.starts_with(word).then_some(())?;
        self.skip(word.len());
        Some(self.since(start))
    }

    /// A text, at whose first quote it is.
    #[inline(always)]
    fn string(&mut self) -> Option<Span> {
        let quote = self.at;
        self.skip(1);
        let start = self.at;
        self.skip(plain_length(self.bytes.get(start..)?));
        if *self.bytes.get(self.at)? == b'"' {
            let span = self.since(start);
            self.skip(1);
            return Some(span);
        }
        self.escaped(quote)
    }

    /// The same if there is an escape at least, where it is.
    fn escaped(&mut self, quote: usize) -> Option<Span> {
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.skip(2),
                _ => return None,
            }
            self.skip(plain_length(self.bytes.get(self.at..)?));
        }
        self.skip(1);
        let told: String = serde_json::from_slice(self.bytes.get(quote..self.at)?).ok()?;
        let text = &mut self.fields.text;
        let start = text.len();
        text.push_str(&told);
        Some(Span::new(start, text.len()))
    }

    fn number(&mut self) -> Option<Span> {
        let start = self.at;
        let number = self.bytes.get(start..)?;
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_whole = match digits {
            [b'1'..=b'9', ..] => length <= DIGITS,
            [b'0', ..] => length == 1 && digits.len() == number.len(),
            _ => false,
        };
        if is_whole && !matches!(digits.get(length), Some(b'.' | b'e' | b'E')) {
            self.skip(number.len().wrapping_sub(digits.len()).wrapping_add(length));
            return Some(self.since(start));
        }
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let number = number.get(..number.iter().take_while(is_part).count())?;
        self.skip(number.len());
        let told: serde_json::Number = serde_json::from_slice(number).ok()?;
        let text = &mut self.fields.text;
        let start = text.len();
        // Writing to a String cannot fail.
        let _ = write!(text, "{told}");
        Some(Span::new(start, text.len()))
    }
}

/// The first eight bytes of a part of a text as a number that is ordered as they are, a shorter one
/// filled up with zeros.
#[inline]
fn first_bytes(part: Span, text: &str) -> u64 {
    let (bytes, length) = (text.as_bytes(), part.length());
    match bytes.get(part.range().start..).and_then(<[u8]>::first_chunk) {
        Some(first) if length >= 8 => u64::from_be_bytes(*first),
        // What is behind it, shifted out.
        Some(first) => {
            let behind = 64_u32.saturating_sub(length.saturating_mul(8));
            let first = u64::from_be_bytes(*first).checked_shr(behind).unwrap_or(0);
            first.checked_shl(behind).unwrap_or(0)
        }
        None => {
            let mut first = [0; 8];
            let bytes = part.of(text).bytes();
            first.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            u64::from_be_bytes(first)
        }
    }
}

/// How many bytes stand before the first quote, backslash or control character.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // A quote differs from the space in one bit: with that turned, both it and the control
        // characters, and nothing else, are below `!`.
        let low = (word ^ (ONES << 1)).wrapping_sub(ONES.wrapping_mul(0x21));
        let backslash = (word ^ ONES.wrapping_mul(0x5c)).wrapping_sub(ONES);
        // Neither is anything beyond ASCII. The lowest mark is true: what one byte borrows of the
        // next is borrowed by a marked one.
        let marks = (low | backslash) & !word & HIGH;
        if marks != 0 {
            return length.wrapping_add((marks.trailing_zeros() / 8) as usize);
        }
        length = length.wrapping_add(8);
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    length.wrapping_add(rest.iter().position(ends).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_are_counted_as_one_by_one() {
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        for byte in 0..=u8::MAX {
            for other in [b'a', b' ', b'!', b'"', b'#', b'\\', b']', 0, 1, 0x1f, 0x7f, 0x80, 0xff] {
                for at in 0..20 {
                    let mut bytes = [b'a'; 20];
                    bytes[at] = byte;
                    bytes[(at + 1) % 20] = other;
                    let plainly = bytes.iter().position(ends).unwrap_or(bytes.len());
                    assert_eq!(plain_length(&bytes), plainly, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn first_bytes_are_ordered_as_texts() {
        let texts = ["", "\0", "a", "a\0", "aa", "abcdefg", "abcdefgh", "b", "\u{e9}"];
        for behind in ["", "ab", "abcdefgh"] {
            let first = |text: &str| {
                let whole = format!("x{text}{behind}");
                let mut filled = [0; 8];
                filled[..text.len()].copy_from_slice(text.as_bytes());
                let found = first_bytes(Span::new(1, 1 + text.len()), &whole);
                assert_eq!(found, u64::from_be_bytes(filled), "{text:?}");
                found
            };
            for (one, other) in texts.iter().zip(&texts[1..]) {
                assert!(first(one) <= first(other), "{one:?}");
            }
        }
        assert_eq!(first_bytes(Span::new(0, 9), "abcdefghi"), u64::from_be_bytes(*b"abcdefgh"));
    }
}
