//! The Huffman code of compressed header fields (RFC 7541 appendix B).
//!
//! It is a canonical code: codes of one length follow each other, and so do their lengths. So the
//! lengths of the codes are all that has to be written down, and a code is found by the first one
//! of its length.

/// Length in bits of the code of each byte; the last one is that of the end of a string.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// Longest code.
const LONGEST: usize = 30;

/// Codes of up to so many bits are found at once: letters, digits, and what else is common.
const SHORT: u32 = 8;

/// What the next bits are.
#[derive(Clone, Copy)]
struct Symbol {
    byte: u8,
    /// Of its code.
    length: u8,
}

/// Codes of one length.
#[derive(Clone, Copy)]
struct Row {
    /// The first one, its first bit at the top.
    first: u32,
    /// Position of its symbol among all of them in the order of their codes.
    at: usize,
}

/// The tables, made of [`LENGTHS`].
struct Code {
    /// All symbols in the order of their codes, but for the end of a string, which is the last.
    symbols: [u8; 256],
    /// Codes of each length.
    rows: [Row; LONGEST + 1],
    /// By the next [`SHORT`] bits; of length 0 where they begin a longer code.
    short: [Symbol; 1 << SHORT],
}

static CODE: Code = Code::new();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "at compile time")]
impl Code {
    const fn new() -> Self {
        let mut code = Self {
            symbols: [0; 256],
            rows: [Row { first: u32::MAX, at: 256 }; LONGEST + 1],
            short: [Symbol { byte: 0, length: 0 }; 1 << SHORT],
        };
        let (mut length, mut next, mut at) = (1, 0_u64, 0);
        while length <= LONGEST {
            let shift = 32 - length;
            code.rows[length] = Row { first: (next << shift) as u32, at };
            let mut byte = 0;
            while byte < 256 {
                if LENGTHS[byte] as usize == length {
                    code.symbols[at] = byte as u8;
                    code.fill(next, byte as u8, length as u32);
                    at += 1;
                    next += 1;
                }
                byte += 1;
            }
            next <<= 1;
            length += 1;
        }
        code
    }

    /// All bits that begin with this code.
    const fn fill(&mut self, code: u64, byte: u8, length: u32) {
        if length > SHORT {
            return;
        }
        let free = SHORT - length;
        let mut rest = 0;
        while rest < 1 << free {
            self.short[((code << free) | rest) as usize] = Symbol { byte, length: length as u8 };
            rest += 1;
        }
    }
}

impl Code {
    /// The symbol that these bits begin with, the first one at the top; `None` if it is the end of a
    /// string.
    fn symbol(&self, bits: u32) -> Option<Symbol> {
        let short = usize::try_from(bits >> (32 - SHORT)).ok()?;
        let symbol = *self.short.get(short)?;
        if symbol.length > 0 {
            return Some(symbol);
        }
        let length = self.rows.iter().rposition(|row| row.first <= bits)?;
        let (row, length) = (self.rows.get(length)?, u32::try_from(length).ok()?);
        let behind = bits.checked_sub(row.first)?.checked_shr(32_u32.checked_sub(length)?)?;
        let at = row.at.checked_add(usize::try_from(behind).ok()?)?;
        Some(Symbol { byte: *self.symbols.get(at)?, length: u8::try_from(length).ok()? })
    }
}

/// Adds what these bytes mean to `plain`; `None` if they mean nothing. What comes out is at most 8/5
/// of what goes in.
pub(super) fn decode(coded: &[u8], plain: &mut Vec<u8>) -> Option<()> {
    plain.reserve(coded.len().saturating_add(coded.len() / 2));
    let mut coded = coded.iter();
    // The next bits, the first one at the top, and how many they are.
    let (mut bits, mut count) = (0_u64, 0_u32);
    loop {
        while count <= 56
            && let Some(byte) = coded.next()
        {
            bits |= u64::from(*byte) << 56_u32.wrapping_sub(count);
            count = count.wrapping_add(8);
        }
        let symbol = CODE.symbol(u32::try_from(bits >> 32).ok()?);
        match symbol {
            Some(Symbol { byte, length }) if u32::from(length) <= count => {
                plain.push(byte);
                bits <<= length;
                count = count.wrapping_sub(length.into());
            }
            None if count >= 30 => return None,
            // Less than a byte of ones (RFC 7541 section 5.2); zeros before them are let pass.
            _ => {
                let padding = bits.checked_shr(64_u32.wrapping_sub(count)).unwrap_or(0);
                return (count < 8 && padding & padding.wrapping_add(1) == 0).then_some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use httlib_huffman::{DecoderSpeed, encode};

    use super::*;

    /// What another decoder says.
    fn other(coded: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        httlib_huffman::decode(coded, &mut plain, DecoderSpeed::FourBits).ok()?;
        Some(plain)
    }

    fn decoded(coded: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        decode(coded, &mut plain)?;
        Some(plain)
    }

    #[test]
    fn every_pair_of_bytes() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let (plain, mut coded) = (vec![first, second, first], Vec::new());
                encode(&plain, &mut coded).unwrap();
                assert_eq!(decoded(&coded), Some(plain));
            }
        }
    }

    #[test]
    fn any_bytes_are_what_another_decoder_says() {
        for short in 0..=u16::MAX {
            let coded = short.to_be_bytes();
            assert_eq!(decoded(&coded), other(&coded), "{coded:02x?}");
        }
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        for round in 0..60_000 {
            let ones = [0, 0x80, 0xc0, 0xf0, 0xff][round % 5];
            let coded: Vec<u8> = (0..round % 11).map(|_| next() | ones & next()).collect();
            assert_eq!(decoded(&coded), other(&coded), "{coded:02x?}");
        }
    }
}
