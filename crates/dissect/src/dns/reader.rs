//! Reads DNS messages (RFC 1035 section 4). What stands before a fault is kept.
//!
//! A parser crate would do if one gave back what it read before an odd record; those known drop the
//! whole message, and half of what snap lengths cut is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{DnsData, DnsMessage, DnsProtocol, DnsQuestion, DnsRecord};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::limits::DNS_RECORDS;
use crate::packet::PacketRef;

/// Length of the header.
const HEADER: usize = 12;
/// A pointer to the name behind the header.
const FIRST_NAME: [u8; 2] = [0xc0, HEADER as u8];
/// Longest name on the wire, its length bytes included (RFC 1035 section 2.3.4).
const NAME_BYTES: usize = 255;

/// Types whose RDATA is looked into.
mod kind {
    pub(super) const A: u16 = 1;
    pub(super) const NS: u16 = 2;
    pub(super) const CNAME: u16 = 5;
    pub(super) const PTR: u16 = 12;
    pub(super) const AAAA: u16 = 28;
    pub(super) const DNAME: u16 = 39;
}

/// Opcodes of messages that ask and answer (RFC 1035, RFC 1996); updates use the sections for other
/// things.
const QUERY: u16 = 0;
const NOTIFY: u16 = 4;

/// Class IN; the top bit is multicast DNS's own (RFC 6762 sections 5.4 and 10.2).
const INTERNET: u16 = 1;

impl DnsMessage {
    /// Reads a message. `None` if it is none: too short for a header, not a query, a
    /// notification or the answer to one, or nothing in it can be read.
    pub fn read(
        message: &[u8],
        protocol: DnsProtocol,
        at: PacketRef,
        from_client: bool,
    ) -> Option<Self> {
        let flags = u16_at(message, 2)?;
        let (asked, answered) = (u16_at(message, 4)?, u16_at(message, 6)?);
        let opcode = (flags >> 11) & 0xf;
        (message.len() >= HEADER && matches!(opcode, QUERY | NOTIFY)).then_some(())?;
        let mut found = Self {
            at,
            protocol,
            sender: None,
            id: u16_at(message, 0)?,
            is_response: flags & 0x8000 != 0,
            from_client,
            rcode: u8::try_from(flags & 0xf).unwrap_or_default(),
            is_truncated: flags & 0x0200 != 0,
            questions: Vec::new(),
            answers: Vec::new(),
        };
        let whole = sections(message, asked, answered, &mut found).is_some();
        let empty = found.questions.is_empty() && found.answers.is_empty();
        (whole || !empty).then_some(found)
    }
}

/// Reads questions and answers as far as they can be read.
fn sections(message: &[u8], asked: u16, answered: u16, found: &mut DnsMessage) -> Option<()> {
    let mut at = HEADER;
    // A question takes 5 bytes at least, a record 11.
    let room = |count: u16, most: usize| usize::from(count).min(most).min(DNS_RECORDS);
    found.questions.reserve_exact(room(asked, message.len() / 5));
    found.answers.reserve_exact(room(answered, message.len() / 11));
    for _ in 0..asked {
        let (name, end) = name(message, at)?;
        let kind = u16_at(message, end)?;
        at = end.checked_add(4)?;
        message.get(..at)?;
        if found.questions.len() < DNS_RECORDS {
            found.questions.push(DnsQuestion { name, kind });
        }
    }
    for _ in 0..answered {
        if found.answers.len() >= DNS_RECORDS {
            break;
        }
        let (name, end) = owner(message, at, &found.questions)?;
        let kind = u16_at(message, end)?;
        let class = u16_at(message, end.checked_add(2)?)? & 0x7fff;
        let ttl = u32_at(message, end.checked_add(4)?)?;
        let length = usize::from(u16_at(message, end.checked_add(8)?)?);
        let start = end.checked_add(10)?;
        at = start.checked_add(length)?;
        let rdata = message.get(start..at)?;
        let data = match class {
            INTERNET => data(message, start, rdata, kind),
            _ => DnsData::Other(length),
        };
        found.answers.push(DnsRecord { name, kind, ttl, data });
    }
    Some(())
}

/// The name at `at`, which most answers take from the first question.
fn owner(message: &[u8], at: usize, questions: &[DnsQuestion]) -> Option<(String, usize)> {
    let end = at.checked_add(FIRST_NAME.len())?;
    match questions.first().filter(|_| message.get(at..end) == Some(&FIRST_NAME)) {
        Some(question) => Some((question.name.clone(), end)),
        None => name(message, at),
    }
}

/// What RDATA of class IN says.
fn data(message: &[u8], start: usize, rdata: &[u8], kind: u16) -> DnsData {
    let read = match kind {
        kind::A => <[u8; 4]>::try_from(rdata).ok().map(|a| IpAddr::V4(Ipv4Addr::from(a))),
        kind::AAAA => <[u8; 16]>::try_from(rdata).ok().map(|a| IpAddr::V6(Ipv6Addr::from(a))),
        kind::CNAME | kind::DNAME | kind::NS | kind::PTR => {
            let end = start.saturating_add(rdata.len());
            let named = name(message, start).filter(|(_, name_end)| *name_end <= end);
            return named.map_or(DnsData::Other(rdata.len()), |(name, _)| DnsData::Name(name));
        }
        _ => None,
    };
    read.map_or(DnsData::Other(rdata.len()), DnsData::Address)
}

/// The name at `at`, and where what follows it begins.
fn name(message: &[u8], at: usize) -> Option<(String, usize)> {
    let mut plain = PlainName::default();
    let end = labels(message, at, |label| plain.add(label))?;
    if let Some(text) = plain.text() {
        return Some((text, end));
    }
    let mut text = String::new();
    labels(message, at, |label| write_label(&mut text, label))?;
    Some((text, end))
}

/// Gives each label of the name at `at`, and where what follows it begins.
fn labels(message: &[u8], mut at: usize, mut take: impl FnMut(&[u8])) -> Option<usize> {
    let (mut end, mut length) = (None, 0_usize);
    // A pointer leads to a place before the part of the name that it ends, so that it cannot loop.
    let mut part_start = at;
    loop {
        let count = u8_at(message, at)?;
        let next = at.checked_add(1)?;
        match count {
            0 => return Some(end.unwrap_or(next)),
            1..=0x3f => {
                let label_end = next.checked_add(usize::from(count))?;
                length = length.checked_add(usize::from(count))?.checked_add(1)?;
                (length < NAME_BYTES).then_some(())?;
                take(message.get(next..label_end)?);
                at = label_end;
            }
            0xc0..=0xff => {
                let target = usize::from(u16_at(message, at)? & 0x3fff);
                end.get_or_insert(at.checked_add(2)?);
                (target < part_start).then_some(())?;
                part_start = target;
                at = target;
            }
            _ => return None,
        }
    }
}

/// A name whose letters all stand for themselves, as in nearly every one.
struct PlainName {
    /// Its text, each label with a dot before it.
    text: [u8; NAME_BYTES],
    length: usize,
    /// There are letters that are written as numbers.
    odd: bool,
}

impl Default for PlainName {
    fn default() -> Self {
        Self { text: [b'.'; NAME_BYTES], length: 0, odd: false }
    }
}

impl PlainName {
    fn add(&mut self, label: &[u8]) {
        let start = self.length.saturating_add(1);
        let room = self.text.get_mut(start..).unwrap_or_default();
        for (slot, byte) in room.iter_mut().zip(label) {
            *slot = byte.to_ascii_lowercase();
            self.odd |= !is_plain(*byte);
        }
        self.length = start.saturating_add(label.len());
    }

    fn text(&self) -> Option<String> {
        let text = self.text.get(1..self.length).unwrap_or_default();
        std::str::from_utf8(text).ok().filter(|_| !self.odd).map(str::to_owned)
    }
}

/// Whether a byte of a label stands for itself. A dot or a backslash is written as a number too: it
/// separates nothing.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && !matches!(byte, b'.' | b'\\')
}

/// Writes any label, behind a dot if it is not the first.
fn write_label(text: &mut String, label: &[u8]) {
    if !text.is_empty() {
        text.push('.');
    }
    for byte in label {
        match byte {
            plain if is_plain(*plain) => text.push(char::from(plain.to_ascii_lowercase())),
            _ => text.push_str(&format!("\\{byte:03}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &[u8]) -> Option<DnsMessage> {
        DnsMessage::read(message, DnsProtocol::Dns, PacketRef::default(), false)
    }

    /// An answer with one question; records as given.
    fn answer(count: u8, records: &[u8]) -> Vec<u8> {
        let header = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
        let question = b"\x03API\x04shop\x04test\0\0\x01\0\x01";
        [&header[..], question, records].concat()
    }

    const CNAME: &[u8] = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03cdn\xc0\x10";
    const A: &[u8] = b"\x03cdn\xc0\x10\0\x01\x80\x01\0\0\0\x3c\0\x04\xcb\0\x71\x05";

    #[test]
    fn an_answer_with_an_alias() {
        let found = read(&answer(2, &[CNAME, A].concat())).unwrap();
        assert_eq!((found.id, found.is_response, found.rcode), (0x1234, true, 0));
        assert_eq!(found.questions, [DnsQuestion { name: "api.shop.test".into(), kind: 1 }]);
        assert_eq!(found.answers[0].name, "api.shop.test");
        assert_eq!(found.answers[0].data, DnsData::Name("cdn.shop.test".into()));
        assert_eq!(found.answers[1].ttl, 60);
        let addresses: Vec<String> = found.addresses().map(|a| a.to_string()).collect();
        assert_eq!(addresses, ["203.0.113.5"]);
    }

    #[test]
    fn what_stands_before_a_fault_is_kept() {
        let whole = answer(2, &[CNAME, A].concat());
        for length in 0..whole.len() {
            let found = read(&whole[..length]);
            let counts = found.map(|m| (m.questions.len(), m.answers.len()));
            let expected = match length {
                0..31 => None,
                31..49 => Some((1, 0)),
                _ => Some((1, 1)),
            };
            assert_eq!(counts, expected, "{length}");
        }
    }

    #[test]
    fn pointers_that_lead_nowhere() {
        for record in [&b"\xc0\x1f"[..], b"\xc0\xff", b"\x01a\xc0\x1f", b"\x80", b"\x40"] {
            let record = [record, &[0, 1, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
            assert_eq!(read(&answer(1, &record)).unwrap().answers, [], "{record:?}");
        }
    }

    #[test]
    fn names_are_bounded_and_written_plainly() {
        let mut text = String::new();
        write_label(&mut text, b"A b.\\\xff-_");
        write_label(&mut text, b"Plain~!");
        assert_eq!(text, "a\\032b\\046\\092\\255-_.plain~!");
        let long = [b"\x3f".to_vec(), vec![b'a'; 63]].concat().repeat(4);
        assert_eq!(name(&[long, vec![0]].concat(), 0), None);
        assert_eq!(name(&[0], 0), Some((String::new(), 1)));
        let longest = [b"\x3f".to_vec(), vec![b'B'; 63]].concat().repeat(3);
        let longest = [longest, b"\x3c".to_vec(), vec![b'c'; 60], vec![0]].concat();
        let (text, end) = name(&longest, 0).unwrap();
        assert_eq!((text.len(), end), (252, 254));
    }

    #[test]
    fn what_is_no_query() {
        let mut update = answer(0, &[]);
        update[2] |= 5 << 3;
        assert_eq!(read(&update), None);
        assert_eq!(read(&[0xff; 40]), None);
        assert!(read(&[0, 1, 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0]).is_some());
    }
}
