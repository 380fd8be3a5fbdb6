//! Integers and strings of compressed header fields (RFC 7541 section 5), as HPACK and QPACK write
//! them.
//!
//! This is read here because no crate for HPACK can go on where a part of the stream was not captured;
//! besides, those there are panic on truncated input or build a hash table for each string.

use std::borrow::Cow;
use std::sync::Arc;

use super::huffman;

/// A name or value in a table of fields.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// It came over the wire.
    Own(Arc<[u8]>),
    /// The specification has it.
    Static(&'static [u8]),
}

impl Text {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Static(bytes) => bytes,
        }
    }
}

/// What these bytes begin with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// More bytes are needed.
    Short,
    /// No value of this form.
    Bad,
}

/// The integer behind the first bits of these bytes, its prefix having so many (1 to 8): its value
/// and its length. Values of more than 32 bits are bad, and so are needless bytes beyond 6.
pub(crate) fn integer(bytes: &[u8], prefix_bits: u8) -> Result<(u32, usize), Fault> {
    let (first, rest) = bytes.split_first().ok_or(Fault::Short)?;
    let mask = u8::MAX.checked_shr(8_u32.saturating_sub(prefix_bits.into())).unwrap_or(0);
    let prefix = first & mask;
    if prefix < mask {
        return Ok((prefix.into(), 1));
    }
    let mut value = u64::from(mask);
    for (length, (byte, shift)) in (2..).zip(rest.iter().zip([0_u32, 7, 14, 21, 28])) {
        value = value.saturating_add(u64::from(byte & 0x7f) << shift);
        if byte & 0x80 == 0 {
            return u32::try_from(value).map(|value| (value, length)).map_err(|_| Fault::Bad);
        }
    }
    Err(if rest.len() < 5 { Fault::Short } else { Fault::Bad })
}

/// The string at the start of these bytes, whose length has a prefix of so many bits behind the
/// bit that says whether it is Huffman coded: the string and how many bytes it takes.
pub(crate) fn string(bytes: &[u8], prefix_bits: u8) -> Result<(Cow<'_, [u8]>, usize), Fault> {
    let (length, start) = integer(bytes, prefix_bits)?;
    let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
    let end = end.ok_or(Fault::Bad)?;
    let coded = bytes.get(start..end).ok_or(Fault::Short)?;
    let huffman = 1_u8.checked_shl(prefix_bits.into()).unwrap_or(0);
    if bytes.first().is_none_or(|first| first & huffman == 0) {
        return Ok((coded.into(), end));
    }
    let mut decoded = Vec::new();
    huffman::decode(coded, &mut decoded).ok_or(Fault::Bad)?;
    Ok((decoded.into(), end))
}

#[cfg(test)]
mod tests {
    use httlib_huffman::encode;

    use super::*;

    #[test]
    fn integers() {
        // RFC 7541 appendix C.1, then the ends of the range.
        assert_eq!(integer(&[0x0a], 5), Ok((10, 1)));
        assert_eq!(integer(&[0xea], 5), Ok((10, 1)));
        assert_eq!(integer(&[0x1f, 0x9a, 0x0a], 5), Ok((1337, 3)));
        assert_eq!(integer(&[0x2a], 8), Ok((42, 1)));
        assert_eq!(integer(&[0xff, 0x80, 0xfe, 0xff, 0xff, 0x0f], 8), Ok((u32::MAX, 6)));
        assert_eq!(integer(&[0xff, 0x80, 0x80, 0x80, 0x80, 0x00], 7), Ok((127, 6)));
        for (bytes, fault) in [
            (&[][..], Fault::Short),
            (&[0x7f], Fault::Short),
            (&[0x7f, 0x80, 0x80, 0x80, 0x80], Fault::Short),
            (&[0x7f, 0x80, 0x80, 0x80, 0x80, 0x80], Fault::Bad),
            (&[0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f], Fault::Bad),
        ] {
            assert_eq!(integer(bytes, 7), Err(fault), "{bytes:?}");
        }
    }

    #[test]
    fn strings() {
        assert_eq!(string(b"\x0acustom-key!", 7), Ok((b"custom-key"[..].into(), 11)));
        let www = [0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(string(&www, 7), Ok((b"www.example.com"[..].into(), 13)));
        assert_eq!(string(&www[..12], 7), Err(Fault::Short));
        // A whole code of ones is the end of string symbol, which must not be there.
        assert_eq!(string(&[0x84, 0xff, 0xff, 0xff, 0xff], 7), Err(Fault::Bad));
        assert_eq!(string(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f], 7), Err(Fault::Bad));
    }

    #[test]
    fn every_byte_in_every_position() {
        for byte in 0..=u8::MAX {
            for before in ["", "0", "a!", "\u{7}?\0"] {
                let text = [before.as_bytes(), &[byte], before.as_bytes()].concat();
                let mut coded = Vec::new();
                encode(&text, &mut coded).unwrap();
                let bytes = [&[0x80 | u8::try_from(coded.len()).unwrap()], &coded[..]].concat();
                assert_eq!(string(&bytes, 7), Ok((text.into(), bytes.len())), "{byte} {before:?}");
            }
        }
    }

    #[test]
    fn any_bytes() {
        for seed in 0..5_000_u32 {
            let mut state = seed;
            let mut bytes = vec![0x80 | 0x20];
            bytes.extend((0..0x20).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8 | if seed % 2 == 0 { 0 } else { 0xf0 }
            }));
            if let Ok((text, length)) = string(&bytes, 7) {
                assert!(text.len() <= 52 && length == 33, "{seed}");
            }
        }
    }
}
