//! Makes text that came off the wire safe to show: a certificate's common name may hold terminal
//! commands, a host name may hold characters that reverse or hide what stands beside it.
//!
//! Contract: the result has no control character, no newline and no invisible or reordering
//! character, and different texts stay different (a backslash is doubled). `\x1b` stands for
//! characters below U+0100, `\u{202e}` for the others. References: ECMA-48 section 5 (C0, C1),
//! Unicode Technical Report 36 section 2.5 and Standard Annex 9 section 2 (bidirectional controls).

use std::borrow::Cow;
use std::fmt::Write as _;

/// Most characters of one wire text that are shown to people; the rest is counted. Long enough for
/// any distinguished name that is not an attack on the reader's screen.
pub const MAX_SHOWN: usize = 1000;

/// Whether a character may not be shown as it is: it commands the terminal, reorders the line, or
/// cannot be seen.
pub const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with every hidden character and every backslash escaped, cut at [`MAX_SHOWN`].
pub fn escape(text: &str) -> Cow<'_, str> {
    let short = text.len() <= MAX_SHOWN;
    if short && !text.chars().any(|character| character == '\\' || is_hidden(character)) {
        return Cow::Borrowed(text);
    }
    let mut characters = text.chars();
    let mut shown = String::with_capacity(text.len().min(MAX_SHOWN));
    for character in characters.by_ref().take(MAX_SHOWN) {
        push(&mut shown, character);
    }
    let rest = characters.count();
    if rest > 0 {
        // Writing to a String cannot fail.
        let _ = write!(shown, "… ({rest} more)");
    }
    Cow::Owned(shown)
}

fn push(shown: &mut String, character: char) {
    if character == '\\' {
        shown.push_str("\\\\");
        return;
    }
    if !is_hidden(character) {
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
            ("C:\\x1b", "C:\\\\x1b"),
        ] {
            assert_eq!(escape(text), shown);
            assert!(!escape(text).chars().any(is_hidden));
        }
    }

    #[test]
    fn harmless_text_is_left_alone() {
        for text in ["api.shop.test", "O=Müller & Söhne, CN=例え.jp", "", "…"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn long_text_is_cut_and_counted() {
        let long = "a".repeat(MAX_SHOWN + 5);
        assert_eq!(escape(&long), format!("{}… (5 more)", "a".repeat(MAX_SHOWN)));
        let exact = "ü".repeat(MAX_SHOWN);
        assert_eq!(escape(&exact), exact);
    }
}
