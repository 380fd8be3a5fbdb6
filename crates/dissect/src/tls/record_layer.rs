//! The record layer of one direction (RFC 8446 section 5.1): stream bytes in, messages out.
//!
//! Handshake messages may be split over records and records over segments; several of each may come
//! at once. Bodies of encrypted records are skipped, not copied, unless somebody has keys for them.

use super::reader::message_header;
use crate::limits::HANDSHAKE_BYTES;
use crate::packet::{PacketRef, PacketSpan};

/// Longest record body: 2^14 and 2,048 bytes of expansion (RFC 5246 section 6.2.3).
const MAX_RECORD: usize = (1 << 14) + 2048;
/// Shortest body with something in it: content and the shortest tag.
const MIN_SEALED: usize = 9;
/// Length of a record header.
const HEADER: usize = 5;

/// Content types (IANA TLS ContentType registry).
pub(crate) mod content {
    pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(crate) const ALERT: u8 = 21;
    pub(crate) const HANDSHAKE: u8 = 22;
    pub(crate) const APPLICATION_DATA: u8 = 23;
    pub(crate) const HEARTBEAT: u8 = 24;
}

/// What came out of the record layer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Item<'a> {
    /// A plaintext alert: level and description.
    Alert(u8, u8, PacketSpan),
    /// A ChangeCipherSpec.
    ChangeCipherSpec,
    /// An encrypted record of this content type and body length, and the packet of its header.
    Encrypted(u8, u16, PacketRef),
    /// A complete plaintext handshake message: type and body.
    Handshake(u8, &'a [u8], PacketSpan),
    /// So many bytes were passed over before a record began again.
    Lost(u64),
    /// The whole of an encrypted record: its header, its body, and its packets.
    Sealed([u8; HEADER], &'a [u8], PacketSpan),
    /// A handshake message of this type that is longer than is kept; its bytes are skipped.
    TooLong(u8),
    /// Bytes that are no record; reading goes on where a segment starts with one again.
    Malformed,
}

/// Reading state.
#[derive(Debug, Default)]
pub(crate) struct RecordReader {
    /// The next record's header, as far as it came.
    header: [u8; HEADER],
    /// So much of it.
    begun: u8,
    /// Body bytes of the current record still to come.
    remaining: usize,
    body: Body,
    /// Handshake bytes not yet consumed as messages.
    handshake: Vec<u8>,
    /// Bytes of an overlong handshake message still to be skipped.
    skip: usize,
    /// Packet of the first byte in `handshake`, or of the current alert.
    first: PacketRef,
    /// The peer switched to encryption: only lengths are readable from here.
    encrypted: bool,
    /// Somebody has keys for encrypted records: their bodies are wanted.
    collects: bool,
    /// Header, body so far and first packet of the encrypted record that is being collected.
    sealed: Sealed,
    lost: bool,
    /// Bytes passed over since.
    passed: u64,
}

/// An encrypted record that is being collected.
#[derive(Debug, Default)]
struct Sealed {
    head: [u8; HEADER],
    body: Vec<u8>,
    first: PacketRef,
}

/// What the current record's body is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Body {
    Alert,
    ChangeCipherSpec,
    Handshake,
    Sealed,
    #[default]
    Skipped,
}

/// Whether these bytes start with a record header (as far as there are enough of them).
pub(crate) fn looks_like_record(bytes: &[u8]) -> bool {
    let fits = |at: usize, test: fn(u8) -> bool| bytes.get(at).copied().is_none_or(test);
    fits(0, |kind| (content::CHANGE_CIPHER_SPEC..=content::HEARTBEAT).contains(&kind))
        && fits(1, |major| major == 3)
        && fits(2, |minor| minor <= 4)
        && fits(3, |high| usize::from(high) << 8 <= MAX_RECORD)
}

impl RecordReader {
    /// From here on handshake records are encrypted. Gives back whether that is new.
    pub(crate) const fn encrypt(&mut self) -> bool {
        !std::mem::replace(&mut self.encrypted, true)
    }

    /// Whether the bodies of encrypted records are wanted, from the next one on.
    pub(crate) const fn collect(&mut self, wanted: bool) {
        self.collects = wanted;
    }

    /// Reads the next bytes of the stream.
    pub(crate) fn data(
        &mut self,
        mut bytes: &[u8],
        at: PacketRef,
        out: &mut impl FnMut(&mut Self, Item<'_>),
    ) {
        if self.lost {
            let at = self.resume(bytes);
            let passed = at.unwrap_or(bytes.len());
            self.passed = self.passed.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
            let Some(at) = at else { return };
            bytes = bytes.get(at..).unwrap_or_default();
            self.lost = false;
            out(self, Item::Lost(self.passed));
            self.passed = 0;
        }
        while !bytes.is_empty() {
            if self.remaining == 0 {
                bytes = self.header(bytes, at, out);
                if self.lost {
                    return;
                }
                continue;
            }
            let part = bytes.get(..self.remaining).unwrap_or(bytes);
            bytes = bytes.get(part.len()..).unwrap_or_default();
            self.remaining = self.remaining.saturating_sub(part.len());
            self.body(part, at, out);
        }
    }

    /// Where a record begins in bytes behind a hole: at their start, as whoever writes a record
    /// begins a segment with it; or, where records are to be opened, wherever it looks like one with
    /// application data, which five bytes do by chance once in 2^25 places.
    fn resume(&self, bytes: &[u8]) -> Option<usize> {
        if bytes.len() >= HEADER && looks_like_record(bytes) {
            return Some(0);
        }
        let data = |header: &[u8]| match *header {
            [content::APPLICATION_DATA, 3, 1..=3, high, low] => {
                (MIN_SEALED..=MAX_RECORD).contains(&(usize::from(high) << 8 | usize::from(low)))
            }
            _ => false,
        };
        self.collects.then(|| bytes.windows(HEADER).position(data)).flatten()
    }

    /// So many bytes of the stream are missing.
    pub(crate) fn gap(&mut self, length: u32) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let skipped = matches!(self.body, Body::Sealed | Body::Skipped);
        if skipped && self.begun == 0 && length <= self.remaining {
            self.remaining = self.remaining.saturating_sub(length);
            self.body = Body::Skipped;
            return;
        }
        let Self { encrypted, collects, passed, .. } = *self;
        let body = u64::try_from(self.sealed.body.len()).unwrap_or(u64::MAX);
        let passed = passed.saturating_add(body);
        *self = Self { lost: true, encrypted, collects, passed, ..Self::default() };
    }

    fn header<'a>(
        &mut self,
        bytes: &'a [u8],
        at: PacketRef,
        out: &mut impl FnMut(&mut Self, Item<'_>),
    ) -> &'a [u8] {
        let (head, rest) = match bytes.split_first_chunk() {
            Some((head, rest)) if self.begun == 0 => (*head, rest),
            _ => match self.header_bytes(bytes) {
                (Some(head), rest) => (head, rest),
                (None, rest) => return rest,
            },
        };
        let [kind, _, _, high, low] = head;
        let length = usize::from(high) << 8 | usize::from(low);
        if !looks_like_record(&head) || length > MAX_RECORD {
            self.lost = true;
            out(self, Item::Malformed);
            return rest;
        }
        self.remaining = length;
        self.body = match kind {
            // In another handshake within the connection it is encrypted.
            content::CHANGE_CIPHER_SPEC if !(self.encrypted && self.collects) => {
                Body::ChangeCipherSpec
            }
            content::ALERT if length == 2 && !self.encrypted => Body::Alert,
            content::HANDSHAKE if !self.encrypted => Body::Handshake,
            _ if self.collects && length > 0 => {
                (self.sealed.head, self.sealed.first) = (head, at);
                self.sealed.body.clear();
                Body::Sealed
            }
            _ => {
                let length = u16::try_from(length).unwrap_or(u16::MAX);
                out(self, Item::Encrypted(kind, length, at));
                Body::Skipped
            }
        };
        if !matches!(self.body, Body::Handshake | Body::Sealed) {
            self.handshake.clear();
        }
        if self.handshake.is_empty() {
            self.first = at;
        }
        rest
    }

    /// Takes in bytes of a header that lies in several segments. Gives back the header, once it is
    /// whole, and the bytes behind it.
    fn header_bytes<'a>(&mut self, bytes: &'a [u8]) -> (Option<[u8; HEADER]>, &'a [u8]) {
        let begun = usize::from(self.begun);
        let room = self.header.get_mut(begun..).unwrap_or_default();
        let taken = room.len().min(bytes.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        let whole = taken == room.len();
        // A header has five bytes.
        self.begun = if whole { 0 } else { u8::try_from(begun.saturating_add(taken)).unwrap_or(0) };
        (whole.then_some(self.header), bytes.get(taken..).unwrap_or_default())
    }

    fn body(&mut self, part: &[u8], at: PacketRef, out: &mut impl FnMut(&mut Self, Item<'_>)) {
        match self.body {
            Body::Skipped => {}
            Body::ChangeCipherSpec => {
                if self.remaining == 0 {
                    out(self, Item::ChangeCipherSpec);
                }
            }
            Body::Alert => {
                self.handshake.extend_from_slice(part);
                if let (0, Some(&[level, description])) =
                    (self.remaining, self.handshake.first_chunk())
                {
                    self.handshake.clear();
                    let packets = PacketSpan { first: self.first, last: at };
                    out(self, Item::Alert(level, description, packets));
                }
            }
            Body::Handshake => self.handshake_bytes(part, PacketSpan::one(at), out),
            Body::Sealed => {
                // Most records that lie in one segment need no copy here.
                if self.remaining == 0 && self.sealed.body.is_empty() {
                    let packets = PacketSpan { first: self.sealed.first, last: at };
                    return out(self, Item::Sealed(self.sealed.head, part, packets));
                }
                if self.sealed.body.is_empty() {
                    // No more than some times what was sent: the length may be a lie.
                    let whole = part.len().saturating_add(self.remaining);
                    self.sealed.body.reserve_exact(whole.min(part.len().saturating_mul(4)));
                }
                self.sealed.body.extend_from_slice(part);
                if self.remaining == 0 {
                    let packets = PacketSpan { first: self.sealed.first, last: at };
                    // Taken out, so that the listener may change the reader; and not kept, for there
                    // may be thousands of connections that wait for nothing.
                    let body = std::mem::take(&mut self.sealed.body);
                    out(self, Item::Sealed(self.sealed.head, &body, packets));
                }
            }
        }
    }

    /// Takes in the next bytes of handshake messages; with keys, those of an opened record, which
    /// lay in these packets.
    pub(crate) fn handshake_bytes(
        &mut self,
        part: &[u8],
        packets: PacketSpan,
        out: &mut impl FnMut(&mut Self, Item<'_>),
    ) {
        let skipped = self.skip.min(part.len());
        self.skip = self.skip.saturating_sub(skipped);
        let part = part.get(skipped..).unwrap_or_default();
        // Most messages lie in one segment, and need no copy. What is held is taken out while
        // messages are given out, so that the listener may change the reader.
        let mut held = std::mem::take(&mut self.handshake);
        let mut rest = if held.is_empty() {
            self.first = packets.first;
            part
        } else {
            held.extend_from_slice(part);
            &held
        };
        while let Some((kind, length)) = message_header(rest) {
            let end = length.saturating_add(4);
            if let Some(body) = rest.get(4..end) {
                let packets = PacketSpan { first: self.first, last: packets.last };
                out(self, Item::Handshake(kind, body, packets));
                rest = rest.get(end..).unwrap_or_default();
                self.first = packets.first;
            } else if length > HANDSHAKE_BYTES {
                self.skip = end.saturating_sub(rest.len());
                rest = &[];
                out(self, Item::TooLong(kind));
            } else {
                break;
            }
        }
        if !rest.is_empty() && rest.len() == held.len() {
            self.handshake = held;
        } else if !rest.is_empty() {
            self.handshake = rest.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut RecordReader, pieces: &[&[u8]]) -> Vec<String> {
        let mut heard = Vec::new();
        for (number, piece) in (1..).zip(pieces) {
            let at = PacketRef { number, ..PacketRef::default() };
            reader.data(piece, at, &mut |reader, item| {
                if item == Item::ChangeCipherSpec {
                    let _ = reader.encrypt();
                }
                heard.push(match item {
                    Item::Handshake(kind, body, packets) => {
                        format!("handshake {kind} {body:?} {:?}", packets.numbers())
                    }
                    Item::Encrypted(kind, length, _) => format!("Encrypted({kind}, {length})"),
                    Item::Lost(_) => return,
                    other => format!("{other:?}"),
                });
            });
        }
        heard
    }

    const HANDSHAKE: &[u8] = &[22, 3, 1, 0, 6, 14, 0, 0, 2, 7, 8];

    #[test]
    fn one_byte_at_a_time_is_the_same_as_at_once() {
        let stream = [HANDSHAKE, &[20, 3, 3, 0, 1, 1], &[22, 3, 3, 0, 3, 1, 2, 3]].concat();
        let at_once = read(&mut RecordReader::default(), &[&stream]);
        assert_eq!(at_once, ["handshake 14 [7, 8] [1]", "ChangeCipherSpec", "Encrypted(22, 3)"]);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        let single = read(&mut RecordReader::default(), &bytes);
        assert_eq!(single[0], "handshake 14 [7, 8] [6, 11]");
        assert_eq!(single[1..], at_once[1..]);
    }

    #[test]
    fn a_message_over_two_records_and_two_messages_in_one() {
        let split = [&[22, 3, 3, 0, 3, 14, 0, 0][..], &[22, 3, 3, 0, 3, 2, 7, 8]].concat();
        assert_eq!(read(&mut RecordReader::default(), &[&split]), ["handshake 14 [7, 8] [1]"]);
        let double = [22, 3, 3, 0, 9, 14, 0, 0, 0, 13, 0, 0, 1, 5];
        assert_eq!(
            read(&mut RecordReader::default(), &[&double]),
            ["handshake 14 [] [1]", "handshake 13 [5] [1]"]
        );
    }

    #[test]
    fn what_is_no_record_is_left_until_one_starts_again() {
        let mut reader = RecordReader::default();
        let heard = read(&mut reader, &[b"GET / HTTP/1.1\r\n", b"more", HANDSHAKE]);
        assert_eq!(heard, ["Malformed", "handshake 14 [7, 8] [3]"]);
    }

    #[test]
    fn a_gap_inside_skipped_bytes_does_no_harm() {
        let mut reader = RecordReader::default();
        assert_eq!(read(&mut reader, &[&[23, 3, 3, 0, 9, 1, 2]]), ["Encrypted(23, 9)"]);
        reader.gap(7);
        assert_eq!(read(&mut reader, &[HANDSHAKE]), ["handshake 14 [7, 8] [1]"]);
        reader.gap(1);
        assert_eq!(read(&mut reader, &[b"xxx", HANDSHAKE]), ["handshake 14 [7, 8] [2]"]);
    }

    #[test]
    fn overlong_messages_are_skipped_without_being_kept() {
        let mut reader = RecordReader::default();
        let mut stream = vec![22, 3, 3, 0x40, 0, 11, 0x10, 0, 0];
        stream.resize(5 + 0x4000, 0);
        assert_eq!(read(&mut reader, &[&stream]), ["TooLong(11)"]);
        assert_eq!(reader.skip, 0x10_0000 + 4 - 0x4000);
        assert!(reader.handshake.is_empty());
    }
}
