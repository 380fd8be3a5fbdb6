//! Bytes as lower-case hex digits, as all outputs write hashes and keys, and back.

/// The digits.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What each byte is worth as a digit; [`NO_DIGIT`] if it is none.
const VALUES: [u8; 256] = values();

/// More than any digit is worth, in bits that no digit has.
const NO_DIGIT: u8 = 0xf0;

/// `0a1bff`.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    push_hex(&mut text, bytes);
    text
}

/// Appends the same.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    let mut piece = [0; 64];
    for bytes in bytes.chunks(piece.len() / 2) {
        let (pairs, _) = piece.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(bytes) {
            *pair = [digit(byte >> 4), digit(byte & 0xf)];
        }
        let digits = piece.get(..bytes.len().saturating_mul(2)).unwrap_or_default();
        text.push_str(std::str::from_utf8(digits).unwrap_or_default());
    }
}

/// Reads digits of either case into as many bytes as they are for. Gives back how many bytes that
/// are; `None` if these are no digits, or for more bytes than there is room for.
pub(crate) fn unhex(digits: &[u8], room: &mut [u8]) -> Option<usize> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let room = room.get_mut(..pairs.len()).filter(|_| rest.is_empty())?;
    let value = |digit: &u8| VALUES.get(usize::from(*digit)).copied().unwrap_or(NO_DIGIT);
    let mut wrong = 0;
    for (byte, [high, low]) in room.iter_mut().zip(pairs) {
        let (high, low) = (value(high), value(low));
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    (wrong & NO_DIGIT == 0).then_some(pairs.len())
}

/// A table, because a key log has hundreds of digits a line and a million of lines.
const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut rest: &mut [u8] = &mut values;
    let mut byte = 0_u8;
    while let Some((value, behind)) = rest.split_first_mut() {
        if let Some(digit) = (byte as char).to_digit(16) {
            *value = digit as u8;
        }
        byte = byte.wrapping_add(1);
        rest = behind;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_takes_two_digits() {
        assert_eq!(hex(&[0x0a, 0x1b, 0xff]), "0a1bff");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn digits_are_read_back() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let mut room = [0; 256];
        assert_eq!(unhex(hex(&all).as_bytes(), &mut room), Some(256));
        assert_eq!(room[..], all[..]);
        assert_eq!((unhex(b"aBFf", &mut room), &room[..2]), (Some(2), &[0xab, 0xff][..]));
        for (wrong, room) in [("a", 1), ("abcd", 1), ("0g", 1), ("/0", 1), ("\u{e9}", 1)] {
            assert_eq!(unhex(wrong.as_bytes(), &mut vec![0; room]), None, "{wrong}");
        }
        for byte in 0..=u8::MAX {
            let is_digit = byte.is_ascii_hexdigit();
            assert_eq!(unhex(&[b'0', byte], &mut room).is_some(), is_digit, "{byte}");
        }
    }
}
