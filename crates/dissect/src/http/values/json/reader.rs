//! Reads the bytes of a document into a [`Tape`], eight bytes at a time where they are text.
//!
//! It takes and refuses what `serde_json` does, and asks it wherever a part of a document is more
//! than its own bytes: texts with escapes, numbers that are not plainly whole.

use std::fmt::Write;

use super::super::fields::Span;
use super::tape::{Tape, Token};

/// As deep as `serde_json` goes.
const DEPTH: usize = 127;

/// Digits that a whole number of 64 bits always has room for: it is told as it is written.
const DIGITS: usize = 18;

/// Adds a document to `text`: first its bytes, then what of it is told otherwise than it is written.
/// `None` if it is none, or nests too deep.
pub(super) fn read(document: &[u8], text: &mut String) -> Option<Tape> {
    let base = text.len();
    text.push_str(std::str::from_utf8(document).ok()?);
    let tape = Tape::for_bytes(document.len());
    let mut reader = Reader { bytes: document, at: 0, base, text, tape };
    reader.value(DEPTH)?;
    reader.space();
    (reader.at == document.len()).then_some(reader.tape)
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where it is.
    at: usize,
    /// Where the document begins in the text.
    base: usize,
    text: &'a mut String,
    tape: Tape,
}

impl Reader<'_> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        if byte > b' ' {
            return Some(byte);
        }
        self.space();
        self.bytes.get(self.at).copied()
    }

    /// The same; it is behind it then.
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.skip(1);
        Some(byte)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.skip(1);
        }
    }

    const fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// What was read since then, where it stands in the text.
    fn since(&self, start: usize) -> Span {
        Span::new(self.base.saturating_add(start), self.base.saturating_add(self.at))
    }

    /// A value within which others may nest so deep.
    fn value(&mut self, depth: usize) -> Option<()> {
        let byte = self.peek()?;
        let start = self.at;
        let token = match byte {
            b'"' => Token::Scalar(self.string()?),
            b'{' => return self.members(depth.checked_sub(1)?),
            b'[' => return self.items(depth.checked_sub(1)?),
            b'n' => self.word("null").map(|()| Token::Null)?,
            b't' => self.word("true").map(|()| Token::Scalar(self.since(start)))?,
            b'f' => self.word("false").map(|()| Token::Scalar(self.since(start)))?,
            _ => Token::Scalar(self.number()?),
        };
        self.tape.push(token);
        Some(())
    }

    fn members(&mut self, depth: usize) -> Option<()> {
        let start = self.tape.push(Token::Object(0));
        self.skip(1);
        if self.peek()? == b'}' {
            self.skip(1);
        } else {
            loop {
                (self.peek()? == b'"').then_some(())?;
                let key = Token::Key(self.string()?);
                self.tape.push(key);
                (self.next()? == b':').then_some(())?;
                self.value(depth)?;
                match self.next()? {
                    b',' => {}
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.tape.end(start);
        Some(())
    }

    fn items(&mut self, depth: usize) -> Option<()> {
        let start = self.tape.push(Token::Array(0));
        self.skip(1);
        if self.peek()? == b']' {
            self.skip(1);
        } else {
            loop {
                self.value(depth)?;
                match self.next()? {
                    b',' => {}
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.tape.end(start);
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word.as_bytes()).then_some(())?;
        self.skip(word.len());
        Some(())
    }

    /// A text, at whose first quote it is.
    fn string(&mut self) -> Option<Span> {
        let quote = self.at;
        self.skip(1);
        let start = self.at;
        let mut plain = true;
        loop {
            self.skip(plain_length(self.bytes.get(self.at..)?));
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    plain = false;
                    self.skip(2);
                }
                _ => return None,
            }
        }
        let span = self.since(start);
        self.skip(1);
        if plain {
            return Some(span);
        }
        let told: String = serde_json::from_slice(self.bytes.get(quote..self.at)?).ok()?;
        let start = self.text.len();
        self.text.push_str(&told);
        Some(Span::new(start, self.text.len()))
    }

    fn number(&mut self) -> Option<Span> {
        let start = self.at;
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let number = self.bytes.get(self.at..)?;
        let number = number.get(..number.iter().take_while(is_part).count())?;
        self.skip(number.len());
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        let is_whole = match digits {
            [b'1'..=b'9', more @ ..] => more.len() < DIGITS && more.iter().all(u8::is_ascii_digit),
            _ => number == b"0",
        };
        if is_whole {
            return Some(self.since(start));
        }
        let number: serde_json::Number = serde_json::from_slice(number).ok()?;
        let start = self.text.len();
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
        Some(Span::new(start, self.text.len()))
    }
}

/// How many bytes stand before the first quote, backslash or control character.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The lowest mark is a true one: what is borrowed comes from a byte that is marked itself.
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // A quote differs from the space in one bit: with that turned, both it and the control
        // characters, and nothing else, are below `!`.
        let low = (word ^ (ONES << 1)).wrapping_sub(ONES.wrapping_mul(0x21));
        let backslash = (word ^ ONES.wrapping_mul(0x5c)).wrapping_sub(ONES);
        let marks = (low | (backslash & !(word ^ ONES.wrapping_mul(0x5c)))) & !word & HIGH;
        if marks != 0 {
            let before = usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default();
            return length.saturating_add(before);
        }
        length = length.saturating_add(8);
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    length.saturating_add(rest.iter().position(ends).unwrap_or(rest.len()))
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
}
