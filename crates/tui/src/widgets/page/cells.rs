//! Rows of a page: texts beside each other, each broken to the width of its own column. The row is
//! as high as its highest cell.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;
use report::escape::escape_within;

use super::{MAX_CHARS, Notation, Page};
use crate::text::{split, width};

/// Where a cell's text may be broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Breaks {
    /// Anywhere: data.
    Anywhere,
    /// At spaces where there are any: words.
    AtSpaces,
}

/// One column of a row.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    /// Its width.
    pub(crate) columns: usize,
    /// What stands in it; each piece is cut where the values of a page are.
    pub(crate) pieces: Vec<(&'a str, Style)>,
    /// What a backslash means in it.
    pub(crate) notation: Notation,
    /// Where it may be broken.
    pub(crate) breaks: Breaks,
    /// It stands in each line of the row: a line from top to bottom.
    pub(crate) repeats: bool,
}

impl<'a> Cell<'a> {
    /// Words in one style.
    pub(crate) fn words(columns: usize, text: &'a str, style: Style) -> Self {
        let pieces = vec![(text, style)];
        Self { columns, pieces, notation: Notation::Text, breaks: Breaks::AtSpaces, repeats: false }
    }

    /// Data, broken anywhere.
    pub(crate) const fn data(
        columns: usize,
        pieces: Vec<(&'a str, Style)>,
        notation: Notation,
    ) -> Self {
        Self { columns, pieces, notation, breaks: Breaks::Anywhere, repeats: false }
    }

    /// A line from the top of the row to its bottom.
    pub(crate) fn rule(columns: usize, text: &'a str, style: Style) -> Self {
        Self { repeats: true, ..Self::words(columns, text, style) }
    }

    /// Empty columns.
    pub(crate) const fn gap(columns: usize) -> Self {
        Self::data(columns, Vec::new(), Notation::Text)
    }

    /// Its lines, each at most as wide as the column.
    fn lines(&self) -> Vec<Vec<Span<'static>>> {
        let mut text = String::new();
        let mut runs = Vec::with_capacity(self.pieces.len());
        for (piece, style) in &self.pieces {
            let start = text.len();
            match self.notation {
                Notation::Text => text.push_str(&escape_within(piece, MAX_CHARS)),
                Notation::Json => text.push_str(&self.notation.escape(shortened(piece))),
            }
            runs.push((start..text.len(), *style));
        }
        let lines = broken(&text, self.columns, self.breaks);
        lines.into_iter().map(|line| styled(&text, &line, &runs)).collect()
    }
}

/// The first characters, as many as a value of a page may have.
fn shortened(piece: &str) -> &str {
    let end = piece.char_indices().nth(MAX_CHARS).map(|(at, _)| at);
    end.and_then(|end| piece.get(..end)).unwrap_or(piece)
}

impl Page {
    /// A row of cells, from left to right; what is behind the edge of the page is left out.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) {
        let mut room = self.room();
        let mut columns = Vec::with_capacity(cells.len());
        for cell in cells {
            let cell = Cell { columns: cell.columns.min(room), ..cell.clone() };
            room = room.saturating_sub(cell.columns);
            if cell.columns > 0 {
                columns.push((cell.columns, cell.repeats, cell.lines()));
            }
        }
        let height = columns.iter().map(|(.., lines)| lines.len()).max().unwrap_or(0).max(1);
        for nth in 0..height {
            let mut spans = Vec::new();
            for (wide, repeats, lines) in &columns {
                let line = lines.get(if *repeats { 0 } else { nth });
                let line = line.map(Vec::as_slice).unwrap_or_default();
                let used: usize = line.iter().map(|span| width(&span.content)).sum();
                spans.extend_from_slice(line);
                spans.push(Span::raw(" ".repeat(wide.saturating_sub(used))));
            }
            self.push(spans);
        }
    }
}

/// Where the lines of a text begin and end.
fn broken(text: &str, columns: usize, breaks: Breaks) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (head, tail) = split(rest, columns.max(1));
        let mut length = head.len();
        if length == 0 {
            // A letter that is wider than the column.
            length = rest.chars().next().map_or(1, char::len_utf8);
        }
        if breaks == Breaks::AtSpaces && !tail.is_empty() && !tail.starts_with(' ') {
            length = head.rfind(' ').filter(|space| *space > 0).unwrap_or(length);
        }
        let end = at.saturating_add(length);
        lines.push(at..end);
        at = end;
        if breaks == Breaks::AtSpaces {
            let rest = text.get(at..).unwrap_or_default();
            let spaces = rest.len().saturating_sub(rest.trim_start_matches(' ').len());
            at = at.saturating_add(spaces);
        }
    }
    lines
}

/// A part of a text in the styles of the runs it lies in.
fn styled(text: &str, part: &Range<usize>, runs: &[(Range<usize>, Style)]) -> Vec<Span<'static>> {
    let of_part = runs.iter().filter_map(|(run, style)| {
        let shared = run.start.max(part.start)..run.end.min(part.end);
        let shown = text.get(shared).filter(|shown| !shown.is_empty())?;
        Some(Span::styled(shown.to_owned(), *style))
    });
    of_part.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::{page, text};
    use super::*;

    #[test]
    fn cells_hang_in_their_columns() {
        let mut page = page(26);
        let strong = page.theme().strong();
        let data = vec![("abc\\", Style::new()), ("defghij", strong)];
        page.row(&[
            Cell::words(8, "one two three", Style::new()),
            Cell::gap(2),
            Cell::data(5, data.clone(), Notation::Text),
            Cell::gap(2),
            Cell::data(50, data, Notation::Json),
        ]);
        assert_eq!(
            text(&page),
            [" one two   abc\\\\  abc\\defg", " three     defgh  hij", "           ij"]
        );
        assert_eq!(page.lines()[1].spans.iter().filter(|span| span.style == strong).count(), 2);
    }

    #[test]
    fn hostile_text_is_escaped_and_bounded() {
        let mut page = page(30);
        let long = "x".repeat(100_000);
        for notation in [Notation::Json, Notation::Text] {
            let cell =
                Cell::data(9, vec![("a\x1b[31m", Style::new()), (&long, Style::new())], notation);
            page.row(&[cell]);
        }
        page.row(&[Cell::words(1, "日本", Style::new()), Cell::words(4, "", Style::new())]);
        let text = text(&page);
        assert!(text[0].starts_with(" a\\x1b[31"), "{}", text[0]);
        assert!(text.len() < 500, "{}", text.len());
        assert_eq!(text[text.len() - 2..], [" 日", " 本"]);
        assert!(text.iter().all(|line| width(line) <= 11));
    }

    proptest::proptest! {
        #[test]
        fn lines_fit_and_lose_no_letter(text in "[ a-z日é]{0,60}", columns in 2_usize..20) {
            for breaks in [Breaks::Anywhere, Breaks::AtSpaces] {
                let lines = broken(&text, columns, breaks);
                let lines: Vec<&str> = lines.into_iter().map(|line| &text[line]).collect();
                proptest::prop_assert!(lines.iter().all(|line| width(line) <= columns));
                let letters = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
                proptest::prop_assert_eq!(letters(&lines.concat()), letters(&text));
            }
        }
    }
}
