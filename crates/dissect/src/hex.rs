//! Bytes as lower-case hex digits, as all outputs write hashes and keys.

use std::fmt::Write;

/// `0a1bff`.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_takes_two_digits() {
        assert_eq!(hex(&[0x0a, 0x1b, 0xff]), "0a1bff");
        assert_eq!(hex(&[]), "");
    }
}
