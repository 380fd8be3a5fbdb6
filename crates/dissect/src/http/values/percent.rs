//! Queries and forms (WHATWG URL, `application/x-www-form-urlencoded`), percent-decoded.

use crate::limits::{HTTP_MESSAGE_FIELDS, HTTP_VALUE_BYTES};

/// Names and values of a query or form, percent-decoded.
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split(['&', ';']).filter(|pair| !pair.is_empty()).take(HTTP_MESSAGE_FIELDS).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

/// `+` and `%XX` taken off.
pub(super) fn decoded(text: &str) -> String {
    let is_plain = !text.bytes().any(|byte| matches!(byte, b'+' | b'%'));
    if is_plain && text.len() <= HTTP_VALUE_BYTES {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len().min(HTTP_VALUE_BYTES));
    let mut rest = text.bytes().take(HTTP_VALUE_BYTES);
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(nibble), ahead.next().and_then(nibble)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        rest = ahead;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs() {
        for (text, plain) in
            [("a+b", "a b"), ("%41%zz%", "A%zz%"), ("%ff", "\u{fffd}"), ("%C3%A9", "\u{e9}")]
        {
            assert_eq!(decoded(text), plain);
        }
        assert_eq!(decoded(&"a".repeat(1 << 20)).len(), HTTP_VALUE_BYTES);
        assert_eq!(pairs(&"a&".repeat(1 << 20)).count(), HTTP_MESSAGE_FIELDS);
    }
}
