//! One-way streams (RFC 9114 section 6.2): what they are for, and the frames of control streams.

use super::frame::{FrameReader, Hole, is_of_http2, kind};
use crate::limits::HTTP3_CONTROL_BYTES;
use crate::quic::varint::varint;
use crate::tls::reader::Reader;

/// Types of streams (RFC 9114 section 11.2.4, RFC 9204 section 4.2). Pushes and decoder streams are
/// not read, nor are those that nobody knows.
mod stream_type {
    pub(super) const CONTROL: u64 = 0x0;
    pub(super) const ENCODER: u64 = 0x2;
}

/// Longest stream type.
const TYPE_BYTES: usize = 8;

/// What a one-way stream is for.
#[derive(Debug)]
pub(super) enum OneWay {
    /// The settings, and who goes away.
    Control(Control),
    /// New entries of QPACK's table.
    Encoder,
    /// Nothing that is read.
    Other,
    /// Its type did not come so far.
    Unknown(StreamType),
}

/// The type of a stream as far as it came.
#[derive(Debug, Default)]
pub(super) struct StreamType {
    bytes: [u8; TYPE_BYTES],
    length: usize,
}

impl StreamType {
    /// Takes the type off the `rest`.
    pub(super) fn read(&mut self, rest: &mut &[u8]) -> Option<OneWay> {
        loop {
            let (byte, behind) = rest.split_first()?;
            *rest = behind;
            // Eight bytes always hold a whole type.
            *self.bytes.get_mut(self.length)? = *byte;
            self.length = self.length.saturating_add(1);
            let mut reader = Reader::new(self.bytes.get(..self.length)?);
            if let Some(kind) = varint(&mut reader) {
                return Some(match kind {
                    stream_type::CONTROL => OneWay::Control(Control::default()),
                    stream_type::ENCODER => OneWay::Encoder,
                    _ => OneWay::Other,
                });
            }
        }
    }
}

/// A control stream.
#[derive(Debug, Default)]
pub(super) struct Control {
    reader: FrameReader,
    /// The beginning of the frame's payload.
    payload: Vec<u8>,
    /// Its SETTINGS were seen.
    begun: bool,
}

/// What a side says on its control stream.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// Streams from this one on are not answered, or (the client) pushes.
    Goaway(u64),
    /// Identifier and value of each setting.
    Settings(Vec<(u64, u64)>),
}

impl Control {
    /// What it says next, taken off the `rest`.
    pub(super) fn next(&mut self, rest: &mut &[u8]) -> Result<Option<Said>, &'static str> {
        while let Some(piece) = self.reader.next(rest) {
            if piece.first {
                self.payload.clear();
                match piece.kind {
                    kind::SETTINGS if self.begun => return Err("settings twice"),
                    kind::SETTINGS => {}
                    _ if !self.begun => return Err("control stream without settings"),
                    kind::DATA | kind::HEADERS | kind::PUSH_PROMISE => {
                        return Err("frame on a stream of the wrong kind");
                    }
                    kind if is_of_http2(kind) => return Err("frame of HTTP/2"),
                    _ => {}
                }
            }
            if !matches!(piece.kind, kind::SETTINGS | kind::GOAWAY) {
                continue;
            }
            let room = HTTP3_CONTROL_BYTES.saturating_sub(self.payload.len());
            self.payload.extend(piece.payload.iter().take(room));
            if !piece.last {
                continue;
            }
            let mut reader = Reader::new(&self.payload);
            if piece.kind == kind::GOAWAY {
                return match varint(&mut reader) {
                    Some(id) => Ok(Some(Said::Goaway(id))),
                    None => Err("frame of wrong length"),
                };
            }
            self.begun = true;
            let whole = self.payload.len() < HTTP3_CONTROL_BYTES;
            let settings = settings(&mut reader);
            if whole && !reader.is_empty() {
                return Err("frame of wrong length");
            }
            return Ok(Some(Said::Settings(settings)));
        }
        Ok(None)
    }

    /// So many bytes are missing. Whether the settings may have been among them.
    pub(super) fn gap(&mut self, length: u64) -> bool {
        match self.reader.gap(length) {
            Hole::Within { kind, .. } if !matches!(kind, kind::SETTINGS | kind::GOAWAY) => false,
            _ => {
                self.reader.lose();
                !self.begun
            }
        }
    }
}

fn settings(reader: &mut Reader<'_>) -> Vec<(u64, u64)> {
    let mut settings = Vec::new();
    loop {
        let mut ahead = *reader;
        let (Some(id), Some(value)) = (varint(&mut ahead), varint(&mut ahead)) else {
            return settings;
        };
        *reader = ahead;
        settings.push((id, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8], size: usize) -> Result<Vec<Said>, &'static str> {
        let mut control = Control::default();
        let mut all = Vec::new();
        for mut rest in bytes.chunks(size) {
            while let Some(said) = control.next(&mut rest)? {
                all.push(said);
            }
        }
        Ok(all)
    }

    #[test]
    fn types_of_streams() {
        for (bytes, expected) in [
            (&[0x00][..], "Control"),
            (&[0x01], "Other"),
            (&[0x02], "Encoder"),
            (&[0x03], "Other"),
            (&[0x40, 0x02], "Encoder"),
            (&[0xc0, 0, 0, 0, 0, 0, 0, 0], "Control"),
            (&[0xff; 8], "Other"),
        ] {
            let mut stream_type = StreamType::default();
            for (at, byte) in bytes.iter().enumerate() {
                let read = stream_type.read(&mut &[*byte][..]).map(|read| format!("{read:?}"));
                assert_eq!(read.is_some(), at + 1 == bytes.len(), "{bytes:?}");
                assert!(read.is_none_or(|read| read.starts_with(expected)), "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_control_streams_say() {
        let settings = || Said::Settings(vec![(1, 16_383), (7, 100), (0x21, 0)]);
        let bytes = [
            // Settings, a reserved frame, MAX_PUSH_ID, GOAWAY, PRIORITY_UPDATE.
            &[4, 9, 1, 0x7f, 0xff, 7, 0x40, 100, 0x21, 0x40, 0][..],
            &[0x21, 2, 1, 2],
            &[0x0d, 1, 3],
            &[7, 1, 8],
            &[0x80, 0x0f, 0x07, 0x00, 4, 0, b'u', b'=', b'1'],
        ]
        .concat();
        for size in 1..bytes.len() {
            assert_eq!(said(&bytes, size), Ok(vec![settings(), Said::Goaway(8)]), "{size}");
        }
        assert_eq!(said(&[4, 0], 1), Ok(vec![Said::Settings(Vec::new())]));
        for (bytes, fault) in [
            (&[7, 1, 8][..], "control stream without settings"),
            (&[4, 0, 4, 0], "settings twice"),
            (&[4, 0, 0, 1, b'x'], "frame on a stream of the wrong kind"),
            (&[4, 0, 6, 0], "frame of HTTP/2"),
            (&[4, 1, 1], "frame of wrong length"),
            (&[4, 0, 7, 0], "frame of wrong length"),
        ] {
            assert_eq!(said(bytes, 1), Err(fault), "{bytes:?}");
        }
    }

    #[test]
    fn a_flood_of_settings_is_bounded() {
        let bytes = [&[4, 0x80, 0x10, 0, 0][..], &[0x21; 1 << 20]].concat();
        let said = said(&bytes, 100).unwrap();
        let [Said::Settings(settings)] = &said[..] else { panic!("{}", said.len()) };
        assert_eq!(settings.len(), HTTP3_CONTROL_BYTES / 2);
    }
}
