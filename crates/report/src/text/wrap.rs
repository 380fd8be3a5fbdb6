//! Breaks text into lines of a given number of columns, and lays out `label  value` fields.
//!
//! Works on text that is already escaped. Units: terminal columns (Unicode Standard Annex 11), not
//! bytes or characters.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{MIN_WIDTH, Paint};

/// Columns of a field's label, the gap behind it included.
const LABEL: usize = 13;

/// Lines of at most `width` columns, broken at spaces; a word that is longer is broken anywhere.
/// Never empty: no text is one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used: usize = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(used > 0);
        if used.saturating_add(gap).saturating_add(word.width()) > width && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, ' ');
            used = used.saturating_add(1);
        }
        for character in word.chars() {
            let columns = character.width().unwrap_or(0);
            if used.saturating_add(columns) > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, character);
            used = used.saturating_add(columns);
        }
    }
    lines
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

/// Writes `label` and, in a column of its own, `value` over as many lines as it takes.
pub(crate) fn write_field(
    writer: &mut dyn io::Write,
    paint: Paint,
    indent: usize,
    width: usize,
    label: &str,
    value: &str,
) -> io::Result<()> {
    let room = width.max(MIN_WIDTH).saturating_sub(indent).saturating_sub(LABEL);
    let mut label = label;
    for line in wrap(value, room) {
        let padded = format!("{label:LABEL$}");
        writeln!(writer, "{:indent$}{}{line}", "", paint.dim(&padded))?;
        label = "";
    }
    Ok(())
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
    fn continuation_lines_stand_under_the_value() {
        let mut out = Vec::new();
        write_field(&mut out, Paint::default(), 2, 40, "fact", &"word ".repeat(8)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let pad = " ".repeat(15);
        assert_eq!(text, format!("  fact         word word word word word\n{pad}word word word\n"));
    }
}
