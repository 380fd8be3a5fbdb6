//! Finds the entries of a HAR file without holding more of it than one of them.
//!
//! Only what is needed to find `log.entries` is understood: strings, names and nesting. Whether an
//! entry is JSON is for whoever reads it.

use super::{Error, Problem};
use crate::limits::{HAR_DEPTH, HAR_ENTRY_BYTES, HAR_ENTRY_VALUES};

/// Names longer than this are none of ours.
const NAME: usize = 16;

/// What came of some bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// An entry is complete: [`Scanner::entry`].
    Entry,
    /// All bytes are used up.
    Nothing,
    /// An entry is complete, but too long to be kept.
    TooLong,
}

/// What an object or list is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Entries,
    Entry,
    Log,
    Other,
    Root,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Level {
    role: Role,
    is_object: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Lexer {
    Escape,
    #[default]
    Plain,
    Text,
}

/// The state between two bytes.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    lexer: Lexer,
    stack: Vec<Level>,
    /// The last string outside entries, as far as it is kept: a name, if a list or object follows.
    name: Vec<u8>,
    offset: u64,
    entries: u64,
    seen_entries: bool,
    is_over: bool,
    entry: Vec<u8>,
    entry_offset: u64,
    in_entry: bool,
    is_too_long: bool,
    /// Values of the entry so far: parsed, each takes many times its byte or two.
    values: usize,
}

impl Scanner {
    /// Goes on until an entry is complete; takes what it used off `rest`.
    pub(super) fn next(&mut self, rest: &mut &[u8]) -> Result<Found, Error> {
        let bytes = *rest;
        let (mut at, mut kept) = (0_usize, 0_usize);
        while let Some(&byte) = bytes.get(at) {
            let step = match self.lexer {
                Lexer::Text => self.text(bytes.get(at..).unwrap_or_default()),
                Lexer::Escape => {
                    self.lexer = Lexer::Text;
                    1
                }
                Lexer::Plain => {
                    let was_entry = self.in_entry;
                    self.plain(byte)?;
                    if !was_entry && self.in_entry {
                        kept = at;
                        self.entry_offset = self.offset;
                    }
                    if was_entry && !self.in_entry {
                        self.keep(bytes.get(kept..=at).unwrap_or_default());
                        self.offset = self.offset.saturating_add(1);
                        *rest = bytes.get(at.saturating_add(1)..).unwrap_or_default();
                        let too_long = std::mem::take(&mut self.is_too_long);
                        return Ok(if too_long { Found::TooLong } else { Found::Entry });
                    }
                    1
                }
            };
            at = at.saturating_add(step);
            self.offset = self.offset.saturating_add(step as u64);
        }
        if self.in_entry {
            self.keep(bytes.get(kept..).unwrap_or_default());
        }
        *rest = &[];
        Ok(Found::Nothing)
    }

    /// The entry that is complete.
    pub(super) fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// Where it begins.
    pub(super) const fn entry_offset(&self) -> u64 {
        self.entry_offset
    }

    /// Complete entries so far.
    pub(super) const fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether the file may end here.
    pub(super) fn finish(&self) -> Result<(), Error> {
        match (self.is_over, self.seen_entries) {
            (true, true) => Ok(()),
            (true, false) => Err(self.error(Problem::NoEntries)),
            (false, _) => Err(self.error(Problem::Cut)),
        }
    }

    /// Bytes of a string: up to its end, or to a backslash.
    fn text(&mut self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let plain = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if !self.in_entry {
            let room = NAME.saturating_sub(self.name.len());
            self.name.extend(plain.get(..room.min(plain.len())).unwrap_or_default());
        }
        match end.and_then(|end| bytes.get(end)) {
            Some(b'"') => self.lexer = Lexer::Plain,
            Some(_) => self.lexer = Lexer::Escape,
            None => {}
        }
        plain.len().saturating_add(usize::from(end.is_some()))
    }

    /// A byte outside strings.
    fn plain(&mut self, byte: u8) -> Result<(), Error> {
        match byte {
            b'"' => {
                self.lexer = Lexer::Text;
                self.name.clear();
            }
            b'{' | b'[' => self.open(byte == b'{')?,
            b'}' | b']' => self.close(byte == b'}')?,
            b',' if self.in_entry => {
                self.values = self.values.saturating_add(1);
                self.is_too_long |= self.values > HAR_ENTRY_VALUES;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, is_object: bool) -> Result<(), Error> {
        if self.stack.len() >= HAR_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        let parent = self.stack.last().map(|level| level.role);
        let role = match (parent, self.name.as_slice(), is_object) {
            (None, _, true) if !self.is_over => Role::Root,
            (Some(Role::Root), b"log", true) => Role::Log,
            (Some(Role::Log), b"entries", false) => Role::Entries,
            (Some(Role::Entries), _, true) => Role::Entry,
            _ => Role::Other,
        };
        match role {
            Role::Entries => self.seen_entries = true,
            Role::Entry => {
                self.in_entry = true;
                self.values = 0;
                self.entry.clear();
            }
            _ => {}
        }
        self.stack.push(Level { role, is_object });
        Ok(())
    }

    fn close(&mut self, is_object: bool) -> Result<(), Error> {
        match self.stack.pop() {
            Some(level) if level.is_object == is_object => {
                if level.role == Role::Entry {
                    self.in_entry = false;
                    self.entries = self.entries.saturating_add(1);
                }
            }
            _ => {
                let what = "a bracket closes what none has opened";
                return Err(self.error(Problem::Malformed(what.into())));
            }
        }
        self.is_over |= self.stack.is_empty();
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.is_too_long || self.entry.len().saturating_add(bytes.len()) > HAR_ENTRY_BYTES {
            self.is_too_long = true;
            self.entry = Vec::new();
        } else {
            self.entry.extend_from_slice(bytes);
        }
    }

    fn error(&self, problem: Problem) -> Error {
        Error { entry: self.entries.saturating_add(1), offset: self.offset, problem }
    }
}
