//! Writes compact JSON in which nothing can command a terminal.
//!
//! RFC 8259 section 7 demands escapes only below U+0020, yet U+009B starts a terminal command and
//! U+202E reverses a line just as well. Any character may be written as `\u` and four hex digits
//! with the same meaning, so the characters of [`is_hidden`] always are: a parser sees no
//! difference.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::escape::is_hidden;

/// Writes one value in compact form, without a newline at the end.
pub fn write_value<T: Serialize>(writer: &mut dyn io::Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(writer, Visible))?;
    Ok(())
}

/// Compact, with hidden characters escaped.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some((at, hidden)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(hidden.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write_value(&mut out, &text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hidden_characters_are_escaped_and_come_back() {
        for (text, json) in [
            ("\u{9b}31m", r#""\u009b31m""#),
            ("a\u{202e}b\u{7f}", r#""a\u202eb\u007f""#),
            ("\x1b\n\"\\", r#""\u001b\n\"\\""#),
            ("\u{e0041}!", r#""\udb40\udc41!""#),
        ] {
            assert_eq!(written(text), json);
            assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
        }
    }

    #[test]
    fn visible_text_stays() {
        for text in ["api.shop.test", "Müller 例え", ""] {
            assert_eq!(written(text), format!("\"{text}\""));
        }
    }
}
