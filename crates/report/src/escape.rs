//! Makes text that came off the wire safe to show: a certificate's common name may hold terminal
//! commands, a host name may hold characters that reverse or hide what stands beside it
//! (CVE-2021-42574).
//!
//! Contract: the result has no control character, no newline and no invisible or reordering
//! character, and different texts stay different (a backslash is doubled). `\x1b` stands for
//! characters below U+0100, `\u{202e}` for the others. References: ECMA-48 section 5 (C0, C1),
//! Unicode Technical Report 36 section 2.5 and Standard Annex 9 section 2 (bidirectional controls).

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Most characters of one wire text that are shown to people; the rest is counted. Long enough for
/// any distinguished name that is not an attack on the reader's screen.
pub const MAX_SHOWN: usize = 1000;

/// Most combining marks kept on one letter. Vietnamese and pointed Hebrew need two; stacks of
/// dozens paint over the lines above and below.
const MAX_MARKS: usize = 2;

/// Whether a character may not be shown as it is: it commands the terminal, reorders the line, or
/// cannot be seen. These are the general categories Cc, Cf, Zl and Zp, noncharacters, and letters
/// that are drawn as nothing (Unicode Character Database 16, `DerivedGeneralCategory.txt` and the
/// property `Default_Ignorable_Code_Point`).
pub const fn is_hidden(character: char) -> bool {
    let code = character as u32;
    matches!(code,
        0..=0x1f | 0x7f..=0x9f                          // C0, DEL, C1
        | 0x00ad                                        // soft hyphen
        | 0x034f                                        // combining grapheme joiner
        | 0x0600..=0x0605 | 0x061c | 0x06dd | 0x070f    // Arabic and Syriac format
        | 0x0890..=0x0891 | 0x08e2
        | 0x115f..=0x1160 | 0x3164 | 0xffa0             // Hangul fillers
        | 0x17b4..=0x17b5                               // Khmer inherent vowels
        | 0x180b..=0x180f                               // Mongolian selectors
        | 0x200b..=0x200f                               // zero width, left/right marks
        | 0x2028..=0x202e                               // separators, embeddings, overrides
        | 0x2060..=0x206f                               // joiners, isolates
        | 0x2800                                        // blank Braille pattern
        | 0xfdd0..=0xfdef                               // noncharacters
        | 0xfe00..=0xfe0f                               // variation selectors
        | 0xfeff                                        // byte order mark
        | 0xfff0..=0xfffb                               // unassigned, annotations
        | 0x110bd | 0x110cd | 0x13430..=0x1343f         // Kaithi, Egyptian format
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a         // shorthand, musical format
        | 0xe0000..=0xe0fff                             // tags, more selectors
    ) || code & 0xfffe == 0xfffe // the last two of each plane are noncharacters
}

/// The text with every hidden character and every backslash escaped, cut at [`MAX_SHOWN`].
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_within(text, MAX_SHOWN)
}

/// The same for the first `limit` characters; text that was cut ends in how many are missing.
pub fn escape_within(text: &str, limit: usize) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if text.len() <= limit && is_printable(bytes) && !bytes.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut characters = text.chars();
    let mut shown = String::with_capacity(text.len().min(limit));
    let mut marks = 0_usize;
    for character in characters.by_ref().take(limit) {
        let is_mark = character.width() == Some(0);
        marks = if is_mark { marks.saturating_add(1) } else { 0 };
        // A mark without a letter would sit on whatever stands before the text.
        let stray = marks > MAX_MARKS || (is_mark && shown.is_empty());
        push(&mut shown, character, stray);
    }
    let rest = characters.count();
    if rest > 0 {
        // Writing to a String cannot fail.
        let _ = write!(shown, "… ({rest} more)");
    }
    Cow::Owned(shown)
}

/// Whether all of it is ASCII that is shown as it is.
pub(crate) fn is_printable(bytes: &[u8]) -> bool {
    const WIDTH: u8 = b'~' - b' ';
    // Without a way out, so that many bytes are looked at at once.
    bytes.iter().fold(0, |other, byte| other | u8::from(byte.wrapping_sub(b' ') > WIDTH)) == 0
}

fn push(shown: &mut String, character: char, stray: bool) {
    if character == '\\' {
        shown.push_str("\\\\");
        return;
    }
    if !stray && !is_hidden(character) {
        shown.push(character);
        return;
    }
    let code = u32::from(character);
    let _ = if code < 0x100 {
        write!(shown, "\\x{code:02x}")
    } else {
        write!(shown, "\\u{{{code:x}}}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_made_visible() {
        for (text, shown) in [
            ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
            ("a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"),
            ("\u{9b}31m\u{7f}", "\\x9b31m\\x7f"),
            ("bank\u{202e}moc.live", "bank\\u{202e}moc.live"),
            ("pay\u{200b}pal\u{feff}", "pay\\u{200b}pal\\u{feff}"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\u{feff}\u{fdd0}\u{1ffff}", "\\u{feff}\\u{fdd0}\\u{1ffff}"),
            ("C:\\x1b", "C:\\\\x1b"),
        ] {
            assert_eq!(escape(text), shown);
            assert!(!escape(text).chars().any(is_hidden));
        }
    }

    #[test]
    fn harmless_text_is_left_alone() {
        for text in ["api.shop.test", "O=Müller & Söhne, CN=例え.jp", "עברית", "Việt", "", "…"]
        {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn long_text_is_cut_and_counted() {
        let long = "a".repeat(MAX_SHOWN + 5);
        assert_eq!(escape(&long), format!("{}… (5 more)", "a".repeat(MAX_SHOWN)));
        let exact = "ü".repeat(MAX_SHOWN);
        assert_eq!(escape(&exact), exact);
    }

    #[test]
    fn stacked_and_leading_marks_are_written_out() {
        for (text, shown) in [
            ("e\u{301}", "e\u{301}"),
            ("e\u{301}\u{302}\u{303}\u{304}", "e\u{301}\u{302}\\u{303}\\u{304}"),
            ("\u{301}e", "\\u{301}e"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn limits_count_characters() {
        for (text, limit, shown) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 4, "abcd… (2 more)"),
            ("日本語", 3, "日本語"),
            ("日本語", 2, "日本… (1 more)"),
        ] {
            assert_eq!(escape_within(text, limit), shown);
        }
    }
}
