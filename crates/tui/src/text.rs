//! Text measured in terminal columns: cutting and wrapping.
//!
//! Widths are those of Unicode Standard Annex 11: a CJK letter takes two columns, a combining
//! mark none. Expects escaped text (see [`report::escape`]).

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns`, ending in `…` if it was cut.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let (head, _) = split(text, room);
    Cow::Owned(format!("{head}…"))
}

/// `text` in at most `columns`, beginning with `…` if it was cut: for host names, whose right end
/// says whose they are.
pub(crate) fn fit_end(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let mut tail = text;
    while tail.width() > room || starts_with_mark(tail) {
        let first = tail.chars().next().map_or(0, char::len_utf8);
        tail = tail.get(first..).unwrap_or_default();
    }
    Cow::Owned(format!("…{tail}"))
}

/// `text` in at most `columns`, with `…` in its middle if it was cut: for paths, which say what is
/// asked for at both ends.
pub(crate) fn fit_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let (head, rest) = split(text, room.div_ceil(2));
    let tail = fit_end(rest, room.saturating_sub(head.width()).saturating_add(1));
    Cow::Owned(format!("{head}{tail}"))
}

/// A mark whose letter was cut off would sit on the `…`.
fn starts_with_mark(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.width() == Some(0))
}

/// Lines of at most `columns`, broken at spaces where there are any, else anywhere. A letter
/// wider than the line gets a line to itself. At least one line.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    // Only as much is measured as a line takes: a text is as long as its sender likes.
    loop {
        let (head, tail) = split(rest, columns);
        if tail.is_empty() {
            break;
        }
        let (line, next) = match (head.rfind(' '), tail.starts_with(' ')) {
            (_, true) => (head, tail),
            (Some(space), false) if space > 0 => rest.split_at(space),
            _ => (head, tail),
        };
        if line.is_empty() {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let (line, next) = rest.split_at(first.min(rest.len()));
            lines.push(line.to_owned());
            rest = next;
        } else {
            lines.push(line.trim_end().to_owned());
            rest = next.trim_start_matches(' ');
        }
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// The longest head of `text` that fits into `columns`, and the rest. Marks stay with their
/// letter.
pub(crate) fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0_usize;
    for (at, c) in text.char_indices() {
        used = used.saturating_add(c.width().unwrap_or(0));
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_cuts_by_columns_not_bytes() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(fit(text, columns), expected, "{text} in {columns}");
        }
    }

    #[test]
    fn fit_end_keeps_the_right_end() {
        let cases = [
            ("api.shop.test", 13, "api.shop.test"),
            ("api.shop.test", 10, "…shop.test"),
            ("日本語", 5, "…本語"),
            ("日本語", 4, "…語"),
            ("ae\u{301}bc", 3, "…bc"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(fit_end(text, columns), expected, "{text} in {columns}");
        }
    }

    #[test]
    fn fit_middle_keeps_both_ends() {
        let cases = [
            ("/v1/cart", 8, "/v1/cart"),
            ("/v1/users/1234/cart", 11, "/v1/u…/cart"),
            ("/v1/users/1234/cart", 10, "/v1/u…cart"),
            ("日本語日本語", 8, "日本…語"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
            ("abc", 2, "a…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(fit_middle(text, columns), expected, "{text} in {columns}");
            assert!(width(&fit_middle(text, columns)) <= columns);
        }
    }

    #[test]
    fn wrap_prefers_spaces() {
        let cases: [(&str, usize, &[&str]); 8] = [
            ("one two three", 7, &["one two", "three"]),
            ("one two three", 8, &["one two", "three"]),
            ("one  two", 3, &["one", "two"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("a bcdefgh", 4, &["a", "bcde", "fgh"]),
            ("", 5, &[""]),
            ("日本語", 1, &["日", "本", "語"]),
            ("日本語", 4, &["日本", "語"]),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(wrap(text, columns), expected, "{text:?} in {columns}");
        }
    }

    proptest::proptest! {
        #[test]
        fn wrapped_lines_fit_and_lose_no_letter(text in "[ a-z日é]{0,60}", columns in 2_usize..20) {
            let lines = wrap(&text, columns);
            proptest::prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let letters = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
            proptest::prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
