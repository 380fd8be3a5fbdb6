//! DTLS 1.0, 1.2 and 1.3: records in datagrams, and handshake messages put together from their
//! fragments (RFC 4347, RFC 6347 section 4, RFC 9147 section 4).
//!
//! What is encrypted (any epoch but 0) is only counted. Retransmitted messages are given once.

use std::collections::{BTreeMap, VecDeque};

use super::pieces::{MAX_BYTES, Pieces};
use super::reader::Reader;
use super::registry::TlsVersion;

/// Messages of one direction that may be incomplete at a time. The longest flight has seven.
pub const MAX_OPEN_MESSAGES: usize = 16;

/// Numbers of complete messages remembered per direction, to know retransmissions by.
pub const MAX_REMEMBERED: usize = 64;

/// Records, and fragments in a record, read from one datagram. A 1500-byte datagram has room for
/// about sixty empty records.
const MAX_PER_DATAGRAM: usize = 128;

/// Length of a record header with epoch and sequence number.
const RECORD_HEADER: usize = 13;

/// Handshake type of a HelloVerifyRequest, which says nothing but "ask again".
const HELLO_VERIFY_REQUEST: u8 = 3;

/// What a datagram held, in wire order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DtlsItem {
    /// A plaintext alert.
    Alert {
        /// 1 warning, 2 fatal.
        level: u8,
        /// AlertDescription.
        description: u8,
    },
    /// ChangeCipherSpec: what follows is encrypted.
    ChangeCipherSpec,
    /// An encrypted record.
    Encrypted,
    /// A handshake message that is now complete. HelloVerifyRequest is left out.
    Handshake {
        /// HandshakeType; a ClientHello (1) is for `ClientHello::parse_dtls`.
        message_type: u8,
        /// The body without its twelve-byte header.
        body: Vec<u8>,
    },
}

/// The handshake of one flow.
#[derive(Debug, Default)]
pub struct DtlsHandshake {
    client: Direction,
    server: Direction,
}

impl DtlsHandshake {
    /// A flow of which nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one UDP payload. Bytes that are not DTLS end the reading of their datagram.
    pub fn datagram(&mut self, from_client: bool, payload: &[u8]) -> Vec<DtlsItem> {
        let direction = if from_client { &mut self.client } else { &mut self.server };
        let mut items = Vec::new();
        let mut reader = Reader::new(payload);
        for _ in 0..MAX_PER_DATAGRAM {
            match record(&mut reader) {
                Some(Record::Ciphertext) => items.push(DtlsItem::Encrypted),
                Some(Record::Opaque) => {
                    items.push(DtlsItem::Encrypted);
                    break;
                }
                Some(Record::Plaintext { content_type, content }) => {
                    direction.plaintext(content_type, content, &mut items);
                }
                None => break,
            }
        }
        items
    }
}

/// Whether a datagram begins a DTLS handshake: a plaintext handshake record with the beginning of
/// a ClientHello, or of a message of the server if the capture begins with one.
pub fn looks_like_dtls(datagram: &[u8]) -> bool {
    let Some(Record::Plaintext { content_type: 22, content }) = record(&mut Reader::new(datagram))
    else {
        return false;
    };
    let Some(fragment) = fragment(&mut Reader::new(content)) else { return false };
    matches!(fragment.message_type, 1..=3)
}

/// One record.
enum Record<'a> {
    /// Encrypted, with a known length.
    Ciphertext,
    /// Encrypted, and where it ends depends on a connection id: DTLS 1.3's unified header and
    /// `tls12_cid` (RFC 9146).
    Opaque,
    /// Epoch 0.
    Plaintext { content_type: u8, content: &'a [u8] },
}

/// Reads one record; `None` if the bytes are none.
fn record<'a>(reader: &mut Reader<'a>) -> Option<Record<'a>> {
    let mut header = Reader::new(reader.rest().get(..RECORD_HEADER).unwrap_or(reader.rest()));
    let content_type = header.u8()?;
    if content_type & 0xe0 == 0x20 {
        return Some(Record::Opaque);
    }
    let version = TlsVersion(header.u16()?);
    let epoch = header.u16()?;
    if !version.is_dtls() || !matches!(content_type, 20..=26) {
        return None;
    }
    if content_type == 25 {
        return Some(Record::Opaque);
    }
    header.bytes(6)?; // the sequence number
    let length = usize::from(header.u16()?);
    reader.bytes(RECORD_HEADER)?;
    let content = reader.bytes(length)?;
    if epoch > 0 {
        return Some(Record::Ciphertext);
    }
    Some(Record::Plaintext { content_type, content })
}

/// A piece of a handshake message.
struct Fragment<'a> {
    message_type: u8,
    /// Length of the whole message.
    length: usize,
    /// Which message.
    sequence: u16,
    offset: u32,
    data: &'a [u8],
}

/// Reads one fragment; `None` if it does not fit into its record or its message.
fn fragment<'a>(reader: &mut Reader<'a>) -> Option<Fragment<'a>> {
    let message_type = reader.u8()?;
    let length = usize::try_from(reader.u24()?).ok()?;
    let sequence = reader.u16()?;
    let offset = reader.u24()?;
    let fragment_length = usize::try_from(reader.u24()?).ok()?;
    let data = reader.bytes(fragment_length)?;
    let end = usize::try_from(offset).ok()?.checked_add(fragment_length)?;
    (end <= length).then_some(Fragment { message_type, length, sequence, offset, data })
}

/// What one side sent.
#[derive(Debug, Default)]
struct Direction {
    /// Incomplete messages by their number.
    open: BTreeMap<u16, Message>,
    /// Numbers of complete messages, oldest first.
    complete: VecDeque<u16>,
}

/// A message of which fragments came.
#[derive(Debug)]
struct Message {
    message_type: u8,
    length: usize,
    pieces: Pieces,
}

impl Direction {
    /// Reads the content of a plaintext record.
    fn plaintext(&mut self, content_type: u8, content: &[u8], items: &mut Vec<DtlsItem>) {
        match (content_type, content) {
            (20, _) => items.push(DtlsItem::ChangeCipherSpec),
            (21, [level, description]) => {
                items.push(DtlsItem::Alert { level: *level, description: *description });
            }
            (22, _) => {
                let mut reader = Reader::new(content);
                for _ in 0..MAX_PER_DATAGRAM {
                    let Some(fragment) = fragment(&mut reader) else { return };
                    items.extend(self.fragment(&fragment));
                }
            }
            _ => {}
        }
    }

    /// Adds a fragment. The message, if it is complete now.
    fn fragment(&mut self, fragment: &Fragment<'_>) -> Option<DtlsItem> {
        if fragment.length > MAX_BYTES || self.complete.contains(&fragment.sequence) {
            return None;
        }
        if !self.open.contains_key(&fragment.sequence) && self.open.len() >= MAX_OPEN_MESSAGES {
            self.open.pop_first();
        }
        let message = self.open.entry(fragment.sequence).or_insert_with(|| Message {
            message_type: fragment.message_type,
            length: fragment.length,
            pieces: Pieces::default(),
        });
        if (message.message_type, message.length) != (fragment.message_type, fragment.length) {
            return None;
        }
        message.pieces.add(u64::from(fragment.offset), fragment.data);
        if message.pieces.bytes().len() < message.length {
            return None;
        }
        let message = self.open.remove(&fragment.sequence)?;
        if self.complete.len() >= MAX_REMEMBERED {
            self.complete.pop_front();
        }
        self.complete.push_back(fragment.sequence);
        let message_type = message.message_type;
        (message_type != HELLO_VERIFY_REQUEST)
            .then(|| DtlsItem::Handshake { message_type, body: message.pieces.into_bytes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of this type and epoch.
    fn record(content_type: u8, epoch: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let header = [content_type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, length[0], length[1]];
        [&header, content].concat()
    }

    /// The bytes `from..to` of a message.
    fn piece(message_type: u8, sequence: u8, body: &[u8], from: usize, to: usize) -> Vec<u8> {
        let small = |value: usize| [0, 0, u8::try_from(value).unwrap()];
        let header = [&[message_type][..], &small(body.len()), &[0, sequence], &small(from)];
        record(
            22,
            0,
            &[header.concat(), small(body[from..to].len()).to_vec(), body[from..to].to_vec()]
                .concat(),
        )
    }

    fn whole(message_type: u8, body: &[u8]) -> DtlsItem {
        DtlsItem::Handshake { message_type, body: body.to_vec() }
    }

    #[test]
    fn one_message_in_one_datagram() {
        let mut dtls = DtlsHandshake::new();
        let datagram = piece(1, 0, b"hello", 0, 5);
        assert!(looks_like_dtls(&datagram));
        assert_eq!(dtls.datagram(true, &datagram), [whole(1, b"hello")]);
        assert_eq!(dtls.datagram(true, &datagram), [], "a retransmission");
        assert_eq!(dtls.datagram(false, &datagram), [whole(1, b"hello")], "another direction");
    }

    #[test]
    fn fragments_in_any_order() {
        let mut dtls = DtlsHandshake::new();
        let body = b"certificate";
        assert_eq!(dtls.datagram(false, &piece(11, 1, body, 6, 11)), []);
        assert_eq!(dtls.datagram(false, &piece(2, 0, b"sh", 0, 2)), [whole(2, b"sh")]);
        assert_eq!(dtls.datagram(false, &piece(11, 1, body, 6, 11)), []);
        assert_eq!(dtls.datagram(false, &piece(11, 1, body, 0, 8)), [whole(11, body)]);
        assert_eq!(dtls.datagram(false, &piece(14, 2, b"", 0, 0)), [whole(14, b"")]);
    }

    #[test]
    fn a_flight_with_everything() {
        let mut dtls = DtlsHandshake::new();
        let datagram = [
            piece(3, 0, b"cookie", 0, 6),
            piece(16, 2, b"key", 0, 3),
            record(20, 0, &[1]),
            record(22, 1, b"finished"),
            record(21, 0, &[2, 48]),
            vec![0x2f, 1, 2, 3],
        ];
        let expected = [
            whole(16, b"key"),
            DtlsItem::ChangeCipherSpec,
            DtlsItem::Encrypted,
            DtlsItem::Alert { level: 2, description: 48 },
            DtlsItem::Encrypted,
        ];
        assert_eq!(dtls.datagram(true, &datagram.concat()), expected);
    }

    #[test]
    fn what_is_not_dtls() {
        let good = piece(1, 0, b"hello", 0, 5);
        for length in 0..good.len() {
            assert!(!looks_like_dtls(&good[..length]), "{length} bytes");
            assert_eq!(DtlsHandshake::new().datagram(true, &good[..length]), []);
        }
        assert!(!looks_like_dtls(&record(21, 0, &[2, 48])));
        assert!(!looks_like_dtls(&piece(11, 0, b"certificate", 0, 11)));
        assert!(!looks_like_dtls(b"\x16\x03\x03\0\0\0\0\0\0\0\0\0\0"));
        let beyond = record(22, 0, &[1, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 2, 9, 9]);
        assert_eq!(DtlsHandshake::new().datagram(true, &beyond), []);
    }

    #[test]
    fn contradicting_fragments_and_limits() {
        let mut dtls = DtlsHandshake::new();
        assert_eq!(dtls.datagram(true, &piece(1, 0, b"hello", 0, 3)), []);
        assert_eq!(dtls.datagram(true, &piece(1, 0, b"hallo!", 3, 6)), [], "another length");
        assert_eq!(dtls.datagram(true, &piece(2, 0, b"hello", 3, 5)), [], "another type");
        assert_eq!(dtls.datagram(true, &piece(1, 0, b"hello", 3, 5)), [whole(1, b"hello")]);
        for sequence in 0..=u8::MAX {
            dtls.datagram(false, &piece(11, sequence, b"two", 0, 1));
        }
        assert_eq!(dtls.server.open.len(), MAX_OPEN_MESSAGES);
        for sequence in 0..=u8::MAX {
            dtls.datagram(false, &piece(14, sequence, b"", 0, 0));
        }
        assert_eq!(dtls.server.complete.len(), MAX_REMEMBERED);
    }
}
