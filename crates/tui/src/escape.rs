//! Makes text that came off the wire safe to look at.
//!
//! A host name, a certificate's subject or a header is chosen by whoever sits in the channel. It
//! must not move the cursor, set the terminal's title, hide letters or turn the line around
//! (CVE-2021-42574). Everything that is drawn and is not a literal of this program passes through
//! [`visible`]; the contract is that no character it returns is a control, a format or an
//! invisible one, and that what was replaced can be told from what was sent.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Most combining marks kept on one letter. Vietnamese and pointed Hebrew need two; stacks of
/// dozens paint over the lines above and below.
const MAX_MARKS: usize = 2;

/// The first `limit` characters of `text`, with everything that is not plainly visible written
/// as an escape: `\n`, `\r`, `\t`, `\\`, else `\u{202e}`. Text that was cut ends in how many
/// characters are missing.
pub fn visible(text: &str, limit: usize) -> Cow<'_, str> {
    let plain = |c: char| (' '..='~').contains(&c) && c != '\\';
    if text.len() <= limit && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(limit));
    let mut marks = 0_usize;
    let mut rest = text.chars();
    for c in rest.by_ref().take(limit) {
        marks = if c.width() == Some(0) { marks.saturating_add(1) } else { 0 };
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if is_hidden(c) || marks > MAX_MARKS || (marks > 0 && out.is_empty()) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    let missing = rest.count();
    if missing > 0 {
        let _ = write!(out, "… ({missing} more characters)");
    }
    Cow::Owned(out)
}

/// Characters that act on their neighbours or on the terminal instead of being seen: the general
/// categories Cc, Cf, Zl and Zp, noncharacters, and letters that are drawn as nothing.
/// From the Unicode Character Database, version 16, DerivedGeneralCategory.txt and the property
/// Default_Ignorable_Code_Point.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00ad                                          // soft hyphen
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
            | 0xfe00..=0xfe0f                               // variation selectors
            | 0xfeff                                        // byte order mark
            | 0xfff0..=0xfffb                               // unassigned, annotations
            | 0x110bd | 0x110cd | 0x13430..=0x1343f         // Kaithi, Egyptian format
            | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a         // shorthand, musical format
            | 0xe0000..=0xe0fff)                            // tags, more selectors
        || u32::from(c) & 0xfffe == 0xfffe // noncharacters
        || (0xfdd0..=0xfdef).contains(&u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible() {
        let cases = [
            ("\x1b[2Jx", "\\u{1b}[2Jx"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}moc.b", "a\\u{202e}moc.b"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("\u{e0041}", "\\u{e0041}"),
            ("line\r\nnext\tcell", "line\\r\\nnext\\tcell"),
            ("\\u{1b}", "\\\\u{1b}"),
            ("\u{7f}\0", "\\u{7f}\\u{0}"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["api.shop.test", "Größe", "日本語", "עברית", "Việt", "a b ~"] {
            assert_eq!(visible(text, 100), text);
        }
    }

    #[test]
    fn stacked_and_leading_marks_are_written_out() {
        assert_eq!(visible("e\u{301}", 9), "e\u{301}");
        let stacked = visible("e\u{301}\u{302}\u{303}\u{304}", 9).into_owned();
        assert_eq!(stacked, "e\u{301}\u{302}\\u{303}\\u{304}");
        assert_eq!(visible("\u{301}e", 9), "\\u{301}e");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert_eq!(visible("abcdef", 4), "abcd… (2 more characters)");
        assert_eq!(visible("日本語", 2), "日本… (1 more characters)");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "\\PC*|.*", limit in 0_usize..64) {
            proptest::prop_assert!(!visible(&text, limit).chars().any(is_hidden));
        }
    }
}
