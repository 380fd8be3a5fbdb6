//! How long an instruction of the encoder stream is (RFC 9204 section 4.3), before it is read.

use super::Fault;
use crate::http::field_code::{self, integer};
use crate::limits::QPACK_TABLE_BYTES;

/// How long the instruction is that these bytes begin with, or more than they are if that is not
/// known yet. Strings are not unpacked, so that pieces of any size cost little.
pub(super) fn extent(bytes: &[u8]) -> Result<usize, Fault> {
    let first = bytes.first().copied().unwrap_or_default();
    let length = match first.leading_zeros() {
        0 => number(bytes, 0, 6).map(|(_, end)| end),
        1 => text(bytes, 0, 5),
        _ => return Ok(number(bytes, 0, 5)?.1),
    };
    let end = text(bytes, length?, 7)?;
    if end > QPACK_TABLE_BYTES { Err(Fault::Literal) } else { Ok(end) }
}

/// The end of the string that begins here.
fn text(bytes: &[u8], at: usize, prefix_bits: u8) -> Result<usize, Fault> {
    let (length, start) = number(bytes, at, prefix_bits)?;
    Ok(start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)))
}

/// The integer that begins here, and its end. Where bytes are missing, it ends behind them.
fn number(bytes: &[u8], at: usize, prefix_bits: u8) -> Result<(u32, usize), Fault> {
    match integer(bytes.get(at..).unwrap_or_default(), prefix_bits) {
        Ok((value, length)) => Ok((value, at.saturating_add(length))),
        Err(field_code::Fault::Short) => Ok((0, at.max(bytes.len()).saturating_add(1))),
        Err(field_code::Fault::Bad) => Err(Fault::Literal),
    }
}
