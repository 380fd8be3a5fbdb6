//! Variable-length integers: the two high bits say how many bytes, 1, 2, 4 or 8
//! (RFC 9000 section 16).

use crate::tls::reader::Reader;

/// The next integer; `None`, and nothing read, when the bytes do not reach.
pub(crate) fn varint(reader: &mut Reader<'_>) -> Option<u64> {
    let mut ahead = *reader;
    let first = ahead.u8()?;
    if first < 0x40 {
        *reader = ahead;
        return Some(u64::from(first));
    }
    let more = (1_usize << (first >> 6)).saturating_sub(1);
    let rest = ahead.bytes(more)?;
    *reader = ahead;
    Some(rest.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
}

/// The bytes behind a variable-length length.
pub(super) fn vector<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let mut ahead = *reader;
    let length = usize::try_from(varint(&mut ahead)?).ok()?;
    let taken = ahead.bytes(length)?;
    *reader = ahead;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of RFC 9000 appendix A.1.
    #[test]
    fn samples_of_the_rfc() {
        let cases: [(&[u8], u64); 5] = [
            (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c], 151_288_809_941_952_652),
            (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
            (&[0x7b, 0xbd], 15_293),
            (&[0x25], 37),
            (&[0x40, 0x25], 37),
        ];
        for (bytes, value) in cases {
            assert_eq!(varint(&mut Reader::new(bytes)), Some(value), "{bytes:02x?}");
        }
    }

    #[test]
    fn cut_integers_read_nothing() {
        for bytes in [&[][..], &[0x40], &[0x80, 0, 0], &[0xc0, 0, 0, 0, 0, 0, 0]] {
            let mut reader = Reader::new(bytes);
            assert_eq!(varint(&mut reader), None);
            assert_eq!(reader.rest(), bytes);
        }
        let mut reader = Reader::new(&[3, 1, 2]);
        assert_eq!(vector(&mut reader), None);
        assert_eq!(reader.rest(), [3, 1, 2]);
        assert_eq!(vector(&mut Reader::new(&[2, 1, 2])), Some(&[1, 2][..]));
    }
}
