//! What stands before a frame's payload (RFC 6455 section 5.2).

/// Longest header: two bytes, eight of the length, four of the mask.
pub(super) const HEADER_BYTES: usize = 14;

/// Longest payload of a control frame (section 5.5).
const CONTROL_BYTES: u64 = 125;

/// A frame without its payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Frame {
    /// Last frame of its message.
    pub(super) last: bool,
    /// The first of the reserved bits: of a message's first frame, permessage-deflate.
    pub(super) packed: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<[u8; 4]>,
    /// Bytes of the payload.
    pub(super) length: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Opcode {
    Binary,
    Close,
    Continuation,
    Ping,
    Pong,
    Text,
}

/// What the first bytes of a frame are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Header {
    /// A header of so many bytes.
    Frame(Frame, usize),
    /// No frame.
    Malformed,
    /// More of it must come.
    Short,
}

impl Opcode {
    const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Reads a header. `packs`: whether the first reserved bit has a meaning on this connection.
pub(super) fn header(bytes: &[u8], packs: bool) -> Header {
    read(bytes, packs).unwrap_or(Header::Short)
}

fn read(bytes: &[u8], packs: bool) -> Option<Header> {
    let [first, second] = *bytes.first_chunk()?;
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return Some(Header::Malformed),
    };
    let (last, packed) = (first & 0x80 != 0, first & 0x40 != 0);
    let rest = bytes.get(2..)?;
    let (length, extended) = match second & 0x7f {
        126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 2_usize),
        127 => (u64::from_be_bytes(*rest.first_chunk()?), 8),
        short => (u64::from(short), 0),
    };
    // The shortest form must be used, and the highest bit is none of the length.
    let too_long = match extended {
        0 => false,
        2 => length <= CONTROL_BYTES,
        _ => length <= u64::from(u16::MAX) || length > i64::MAX.unsigned_abs(),
    };
    let odd_control = opcode.is_control() && (!last || packed || length > CONTROL_BYTES);
    let odd_bits = first & 0x30 != 0 || packed && (!packs || opcode == Opcode::Continuation);
    if too_long || odd_control || odd_bits {
        return Some(Header::Malformed);
    }
    let mut size = extended.saturating_add(2);
    let mut mask = None;
    if second & 0x80 != 0 {
        mask = Some(*bytes.get(size..)?.first_chunk()?);
        size = size.saturating_add(4);
    }
    Some(Header::Frame(Frame { last, packed, opcode, mask, length }, size))
}

/// Whether all of the bytes are whole frames of that side: what begins behind a hole.
pub(super) fn are_whole(bytes: &[u8], from_client: bool, packs: bool) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Header::Frame(frame, size) = header(rest, packs) else { return false };
        let length = usize::try_from(frame.length).unwrap_or(usize::MAX);
        match rest.get(size.saturating_add(length)..) {
            Some(behind) if frame.mask.is_some() == from_client => rest = behind,
            _ => return false,
        }
    }
    !bytes.is_empty()
}

/// Puts the mask on, or takes it off; `passed` bytes of the payload came before (section 5.3).
pub(super) fn unmask(bytes: &mut [u8], mask: [u8; 4], passed: u64) {
    let start = usize::try_from(passed % 4).unwrap_or_default();
    let key = mask.iter().cycle().skip(start);
    bytes.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_kind() {
        let frame =
            |last, opcode, mask, length| Frame { last, packed: false, opcode, mask, length };
        let mask = Some([0x37, 0xfa, 0x21, 0x3d]);
        // RFC 6455 section 5.7.
        for (bytes, expected) in [
            (&[0x81, 5][..], Header::Frame(frame(true, Opcode::Text, None, 5), 2)),
            (
                &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f],
                Header::Frame(frame(true, Opcode::Text, mask, 5), 6),
            ),
            (&[0x01, 3, 0x48], Header::Frame(frame(false, Opcode::Text, None, 3), 2)),
            (&[0x80, 2], Header::Frame(frame(true, Opcode::Continuation, None, 2), 2)),
            (&[0x89, 5], Header::Frame(frame(true, Opcode::Ping, None, 5), 2)),
            (&[0x82, 0x7e, 1, 0], Header::Frame(frame(true, Opcode::Binary, None, 256), 4)),
            (
                &[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0],
                Header::Frame(frame(true, Opcode::Binary, None, 65_536), 10),
            ),
            (&[0x81], Header::Short),
            (&[0x81, 0x85, 1, 2, 3], Header::Short),
            (&[0x82, 0x7f, 0, 0, 0, 0], Header::Short),
            (&[0x83, 0], Header::Malformed),
            (&[0xc1, 0], Header::Malformed),
            (&[0x91, 0], Header::Malformed),
            (&[0x09, 0], Header::Malformed),
            (&[0x88, 0x7e, 0, 126], Header::Malformed),
            (&[0x82, 0x7e, 0, 125], Header::Malformed),
            (&[0x82, 0x7f, 0x80, 0, 0, 0, 0, 1, 0, 0], Header::Malformed),
        ] {
            assert_eq!(header(bytes, false), expected, "{bytes:x?}");
        }
        let packed = Frame { packed: true, ..frame(true, Opcode::Text, None, 1) };
        assert_eq!(header(&[0xc1, 1], true), Header::Frame(packed, 2));
    }

    #[test]
    fn masks() {
        let mut bytes = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        unmask(&mut bytes[..3], [0x37, 0xfa, 0x21, 0x3d], 0);
        unmask(&mut bytes[3..], [0x37, 0xfa, 0x21, 0x3d], 3);
        assert_eq!(&bytes, b"Hello");
    }

    #[test]
    fn whole_frames() {
        for (bytes, client, whole) in [
            (&[0x81, 1, b'a', 0x89, 0][..], false, true),
            (&[0x81, 1, b'a', 0x89, 0], true, false),
            (&[0x81, 2, b'a'], false, false),
            (&[], false, false),
        ] {
            assert_eq!(are_whole(bytes, client, false), whole, "{bytes:x?}");
        }
    }
}
