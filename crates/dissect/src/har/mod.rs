//! HAR 1.2: exchanges that another program saw and wrote down as JSON
//! (<http://www.softwareishard.com/blog/har-12-spec/>).
//!
//! ```text
//! bytes ─▶ scanner.rs: where is an entry? ─▶ entry.rs: what does it say? ─▶ records
//!                                              message.rs, time.rs, url.rs
//! ```
//!
//! Browsers, proxies and libraries write it, each a little differently, so that nothing is demanded
//! of an entry but a request with a URL. What is told has no packets: their number is 0, their times
//! are the entry's. A record's order has the entry's number, from 1.
//!
//! An exchange says who told it ([`Connection::told`]). Where the server's address is told there is
//! a flow; the client's address is not, and is left unspecified (`0.0.0.0`, `::`).

mod entry;
mod message;
mod scanner;
#[cfg(test)]
mod tests;
mod time;
mod url;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::flow::Flow;
use crate::http::Connection;
use crate::packet::{PacketRef, Timestamp};
use crate::record::{Fact, Record, RecordOrder};
use crate::weird::{Weird, WeirdKind};

use scanner::{Found, Scanner};

/// Whether these first bytes are most likely those of a HAR file: an object whose first name is
/// `log`.
pub fn is_likely(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let inside = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| inside.starts_with(b"\"log\""))
}

/// Reads a HAR file piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    scanner: Scanner,
    most: Option<u64>,
    told: Told,
    left_out: u64,
}

/// What entries have in common.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Connections by what the file calls them.
    connections: BTreeMap<String, Line>,
    /// How many there are, also those that the file does not name.
    count: u64,
    /// Time of the last entry that had one.
    clock: Timestamp,
}

/// A connection that entries share.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) connection: Arc<Connection>,
    pub(crate) flow: Option<Arc<Flow>>,
    /// Exchanges on it so far.
    pub(crate) exchanges: u32,
}

/// Why reading ended early. `Display` goes on after the file's name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    /// Number of the entry that could not be read, from 1; all before it were.
    pub entry: u64,
    /// Byte offset in the (decompressed) file.
    pub offset: u64,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a HAR file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// It ends in its middle.
    Cut,
    /// It is no JSON.
    Malformed(String),
    /// It is JSON without a list of entries.
    NoEntries,
    /// Objects and lists are nested deeper than any exporter does.
    TooDeep,
}

impl Reader {
    /// A reader that stops after so many entries.
    pub fn new(most: Option<u64>) -> Self {
        Self { most, ..Self::default() }
    }

    /// Takes the next bytes of the file, and adds what their entries say to `records`.
    pub fn read(&mut self, bytes: &[u8], records: &mut Vec<Record>) -> Result<(), Error> {
        let mut rest = bytes;
        while !self.is_done() {
            match self.scanner.next(&mut rest)? {
                Found::Nothing => break,
                Found::TooLong => {
                    let weird = Weird {
                        kind: WeirdKind::HarEntryTooLong,
                        detail: format!("entry {}", self.scanner.entries()),
                    };
                    records.push(self.weird(weird));
                }
                Found::Entry => self.entry(records)?,
            }
        }
        Ok(())
    }

    /// No more bytes come.
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_done() { Ok(()) } else { self.scanner.finish() }
    }

    /// Whether as many entries were read as are wanted.
    pub fn is_done(&self) -> bool {
        self.most.is_some_and(|most| self.entries() >= most)
    }

    /// Entries so far.
    pub const fn entries(&self) -> u64 {
        self.scanner.entries()
    }

    /// Entries that were left out: answered by the browser's own cache, or no HTTP (`data:`,
    /// `file:`, …). None of them was on the wire.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Connections so far: those that the file names, and one for each entry that names none.
    pub const fn connections(&self) -> u64 {
        self.told.count
    }

    fn entry(&mut self, records: &mut Vec<Record>) -> Result<(), Error> {
        let number = self.scanner.entries();
        let text = self.scanner.entry();
        let value = message::parse(text).map_err(|reason| Error {
            entry: number,
            offset: self.scanner.entry_offset(),
            problem: Problem::Malformed(reason),
        })?;
        match entry::read(&value, number, &mut self.told) {
            entry::Outcome::Records(read) => records.extend(read),
            entry::Outcome::LeftOut => self.left_out = self.left_out.saturating_add(1),
            entry::Outcome::Unreadable(why) => {
                let detail = format!("entry {number}: {why}");
                let weird = Weird { kind: WeirdKind::HarEntryMalformed, detail };
                records.push(self.weird(weird));
            }
        }
        Ok(())
    }

    fn weird(&self, weird: Weird) -> Record {
        Record {
            order: RecordOrder { packet: self.scanner.entries(), flow: 0, sequence: 0 },
            packet: PacketRef { number: 0, timestamp: self.told.clock },
            flow: None,
            fact: Fact::Weird(weird),
        }
    }
}

impl Error {
    /// Whether the file simply ends too early.
    pub const fn is_truncation(&self) -> bool {
        matches!(self.problem, Problem::Cut)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, offset, problem } = self;
        match problem {
            Problem::Cut => write!(f, "entry {entry} is cut off at byte {offset}"),
            Problem::Malformed(what) => {
                write!(f, "entry {entry} at byte {offset} is no JSON: {what}")
            }
            Problem::NoEntries => {
                write!(f, "is JSON without log.entries: neither a HAR file nor a capture")
            }
            Problem::TooDeep => {
                write!(f, "entry {entry} at byte {offset} is nested too deeply")
            }
        }
    }
}

impl std::error::Error for Error {}

/// Both for fuzzing: all records of a file, and how reading ended.
pub fn records(bytes: &[u8]) -> (Vec<Record>, Result<(), Error>) {
    let (mut reader, mut records) = (Reader::default(), Vec::new());
    let result = reader.read(bytes, &mut records).and_then(|()| reader.finish());
    (records, result)
}
