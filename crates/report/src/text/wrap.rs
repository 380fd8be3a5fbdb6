//! Breaks text into lines of a given number of columns.
//!
//! Works on text that is already escaped. Units: terminal columns (Unicode Standard Annex 11), not
//! bytes or characters.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape::is_printable;

/// Lines of at most `width` columns, broken at spaces; a word that is longer is broken anywhere.
/// Never empty: no text is one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    let mut lines = Vec::new();
    if is_plain(text) {
        each_part(text, width.max(1), |line| lines.push(Cow::Borrowed(line)));
    } else {
        each_rebuilt(text, width.max(1), |line| lines.push(Cow::Owned(line.to_owned())));
    }
    lines
}

/// Shows the same lines one by one.
pub(crate) fn each_line(text: &str, width: usize, each: impl FnMut(&str)) {
    match is_plain(text) {
        true => each_part(text, width.max(1), each),
        false => each_rebuilt(text, width.max(1), each),
    }
}

/// Whether each byte takes one column and spaces stand alone between words, so that lines are parts of
/// the text: most texts are.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    // Of two characters that are shown, only two spaces have no other bit.
    let doubled = pairs.fold(0, |any, (one, other)| any | u8::from(one | other == b' '));
    is_printable(bytes) && doubled == 0 && !ends.contains(&Some(&b' '))
}

/// The lines of plain text.
fn each_part<'a>(text: &'a str, width: usize, mut each: impl FnMut(&'a str)) {
    let mut rest = text;
    while rest.len() > width {
        // A space right behind the line ends it as well.
        let end = rest.as_bytes().get(..=width).unwrap_or_default();
        let at = end.iter().rposition(|byte| *byte == b' ').unwrap_or(width);
        let (line, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        each(line);
        rest = behind.strip_prefix(' ').unwrap_or(behind);
    }
    if !rest.is_empty() || text.is_empty() {
        each(rest);
    }
}

/// The lines of any text, word by word.
fn each_rebuilt(text: &str, width: usize, mut each: impl FnMut(&str)) {
    let (mut line, mut used) = (String::new(), 0_usize);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(used > 0);
        if used.saturating_add(gap).saturating_add(word.width()) > width && used > 0 {
            each(&line);
            line.clear();
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used = used.saturating_add(1);
        }
        for character in word.chars() {
            let columns = character.width().unwrap_or(0);
            if used.saturating_add(columns) > width && used > 0 {
                each(&line);
                line.clear();
                used = 0;
            }
            line.push(character);
            used = used.saturating_add(columns);
        }
    }
    each(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_and_only_then_in_words() {
        for (text, width, lines) in [
            ("one two three", 7, vec!["one two", "three"]),
            ("one two three", 100, vec!["one two three"]),
            ("abcdefgh ij", 3, vec!["abc", "def", "gh", "ij"]),
            ("a  b", 10, vec!["a b"]),
            ("", 10, vec![""]),
            ("x", 0, vec!["x"]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text:?} in {width}");
        }
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrap("例例例", 4), ["例例", "例"]);
        assert_eq!(wrap("例", 1), ["例"]);
    }

    #[test]
    fn plain_text_is_broken_as_any_other() {
        let texts =
            ["", "a", "ab cd", "abcd ef", "abcdef gh i", "a b c d e f", "abc abc abc abcde"];
        for text in texts {
            for width in 1..20 {
                let mut lines = Vec::new();
                each_rebuilt(text, width, |line| lines.push(line.to_owned()));
                assert!(is_plain(text));
                assert_eq!(wrap(text, width), lines, "{text:?} in {width}");
            }
        }
        assert!(!["a  b", " a", "a ", "\u{fc}", "a\tb"].into_iter().any(is_plain));
    }
}
