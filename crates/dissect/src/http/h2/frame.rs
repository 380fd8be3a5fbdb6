//! Frames (RFC 9113 sections 4.1 and 6).

use crate::bytes::{u8_at, u32_at};

/// Bytes of a frame's head.
pub(super) const HEAD_BYTES: usize = 9;

/// Longest frame that everybody reads, before SETTINGS say more (section 6.5.2).
pub(super) const FIRST_MAX_FRAME: u32 = 16_384;

/// Types of frames (section 11.2).
pub(super) mod kind {
    pub(in super::super) const DATA: u8 = 0;
    pub(in super::super) const HEADERS: u8 = 1;
    pub(in super::super) const PRIORITY: u8 = 2;
    pub(in super::super) const RST_STREAM: u8 = 3;
    pub(in super::super) const SETTINGS: u8 = 4;
    pub(in super::super) const PUSH_PROMISE: u8 = 5;
    pub(in super::super) const PING: u8 = 6;
    pub(in super::super) const GOAWAY: u8 = 7;
    pub(in super::super) const WINDOW_UPDATE: u8 = 8;
    pub(in super::super) const CONTINUATION: u8 = 9;
}

/// Flags of frames.
pub(super) mod flag {
    pub(in super::super) const ACK: u8 = 0x1;
    pub(in super::super) const END_STREAM: u8 = 0x1;
    pub(in super::super) const END_HEADERS: u8 = 0x4;
    pub(in super::super) const PADDED: u8 = 0x8;
    pub(in super::super) const PRIORITY: u8 = 0x20;
}

/// Settings (section 6.5.2).
pub(super) mod setting {
    pub(in super::super) const HEADER_TABLE_SIZE: u16 = 1;
    pub(in super::super) const MAX_FRAME_SIZE: u16 = 5;
}

/// A frame's head.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) length: u32,
    pub(super) kind: u8,
    pub(super) flags: u8,
    /// Without the reserved bit.
    pub(super) stream: u32,
    /// The reserved bit.
    pub(super) reserved: bool,
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let stream = u32_at(bytes, 5)?;
        Some(Self {
            length: u32_at(bytes, 0)? >> 8,
            kind: u8_at(bytes, 3)?,
            flags: u8_at(bytes, 4)?,
            stream: stream & 0x7fff_ffff,
            reserved: stream >> 31 != 0,
        })
    }

    pub(super) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Why no peer would go on behind it, if that is so.
    pub(super) const fn fault(&self, max_frame: u32) -> Option<&'static str> {
        if self.length > max_frame {
            return Some("frame too long");
        }
        let fits = match self.kind {
            kind::DATA | kind::HEADERS | kind::CONTINUATION | kind::PRIORITY => self.stream != 0,
            kind::PUSH_PROMISE => self.stream != 0 && self.length >= 4,
            kind::RST_STREAM => self.stream != 0 && self.length == 4,
            kind::SETTINGS if self.has(flag::ACK) => self.stream == 0 && self.length == 0,
            kind::SETTINGS => self.stream == 0 && self.length.is_multiple_of(6),
            kind::PING => self.stream == 0 && self.length == 8,
            kind::GOAWAY => self.stream == 0 && self.length >= 8,
            kind::WINDOW_UPDATE => self.length == 4,
            _ => true,
        };
        if fits { None } else { Some("frame of wrong length or stream") }
    }

    /// Whether bytes of unknown meaning that look like this are likely to be one. `last_stream`: the
    /// client's last one that was seen.
    fn is_likely(&self, from_client: bool, max_frame: u32, last_stream: u32) -> bool {
        let flags = match self.kind {
            kind::DATA => flag::END_STREAM | flag::PADDED,
            kind::HEADERS => flag::END_STREAM | flag::END_HEADERS | flag::PADDED | flag::PRIORITY,
            kind::SETTINGS | kind::PING => flag::ACK,
            kind::PUSH_PROMISE => flag::END_HEADERS | flag::PADDED,
            kind::CONTINUATION => flag::END_HEADERS,
            _ => 0,
        };
        self.kind <= kind::CONTINUATION
            && !self.reserved
            && self.flags & !flags == 0
            && self.fault(max_frame).is_none()
            && self.stream <= last_stream.saturating_add(STREAMS_AHEAD)
            && !(from_client && self.kind == kind::PUSH_PROMISE)
            // The client's streams are odd; those that a server pushes are hardly used.
            && (self.stream == 0 || self.stream % 2 == 1)
    }
}

/// How far behind a hole the streams may have gone on: a thousand requests.
const STREAMS_AHEAD: u32 = 2_000;

/// Whether these bytes, which begin a piece behind a hole, are likely to begin a frame: they look
/// like a frame, and so do those that follow it in the piece.
pub(super) fn starts_frame(
    bytes: &[u8],
    from_client: bool,
    max_frame: u32,
    last_stream: u32,
) -> bool {
    let mut rest = bytes;
    let mut found = false;
    while let Some(head) = Head::read(rest) {
        if !head.is_likely(from_client, max_frame, last_stream) {
            return false;
        }
        found = true;
        let length = usize::try_from(head.length).unwrap_or(usize::MAX);
        rest = rest.get(length.saturating_add(HEAD_BYTES)..).unwrap_or_default();
    }
    found
}

/// The content of a payload that may be padded (section 6.1).
pub(super) fn without_padding(head: Head, payload: &[u8]) -> Option<&[u8]> {
    if !head.has(flag::PADDED) {
        return Some(payload);
    }
    let (padding, rest) = payload.split_first()?;
    rest.get(..rest.len().checked_sub(usize::from(*padding))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let bytes = [0, 1, 2, 1, 0x25, 0x80, 0, 0, 3];
        let head = Head { length: 258, kind: 1, flags: 0x25, stream: 3, reserved: true };
        assert_eq!(Head::read(&bytes), Some(head));
        assert_eq!(Head::read(&bytes[..8]), None);
    }

    #[test]
    fn likely_starts() {
        let data = [&[0, 0, 2, 0, 1, 0, 0, 0, 5][..], b"hi"].concat();
        let update = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0];
        for (bytes, expected) in [
            (data.clone(), true),
            ([&data[..], &update].concat(), true),
            ([&data[..], &update[..5]].concat(), true),
            ([&data[..], b"<html> is not a frame"].concat(), false),
            (data[..8].to_vec(), false),
            (vec![0; 64], false),
            (b"HTTP/1.1 200 OK\r\n".to_vec(), false),
            ([&[0, 0, 2, 0, 1, 0, 1, 0, 5][..], b"hi"].concat(), false),
            ([&[0, 0, 2, 0, 2, 0, 0, 0, 5][..], b"hi"].concat(), false),
            ([&[0, 0x40, 1, 0, 1, 0, 0, 0, 5][..], b"hi"].concat(), false),
        ] {
            assert_eq!(starts_frame(&bytes, false, 16_384, 5), expected, "{bytes:?}");
        }
    }

    #[test]
    fn padding() {
        let padded = Head { flags: flag::PADDED, ..Head::default() };
        assert_eq!(without_padding(Head::default(), b"\x01ab"), Some(&b"\x01ab"[..]));
        assert_eq!(without_padding(padded, b"\x01ab"), Some(&b"a"[..]));
        assert_eq!(without_padding(padded, b"\x02ab"), Some(&b""[..]));
        assert_eq!(without_padding(padded, b"\x03ab"), None);
        assert_eq!(without_padding(padded, b""), None);
    }
}
