//! Short texts that are made to be looked at once, without allocation.

use std::fmt::{self, Write};

/// Longest text: no address and no version is longer.
const LENGTH: usize = 64;

struct Short {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.saturating_add(text.len());
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// Shows a value as text. One that is too long is not shown.
pub(super) fn show(value: &dyn fmt::Display, see: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut short = Short { bytes: [0; LENGTH], length: 0 };
    if write!(short, "{value}").is_err() {
        return false;
    }
    let text = short.bytes.get(..short.length).and_then(|bytes| str::from_utf8(bytes).ok());
    text.is_some_and(see)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_they_are_written() {
        let address = "2001:db8:1111:2222:3333:4444:255.255.255.255";
        for (value, shown) in
            [(String::from(address), true), (String::new(), true), ("a".repeat(LENGTH + 1), false)]
        {
            assert_eq!(show(&value, &mut |text| text == value), shown, "{value}");
        }
    }
}
