//! One line of the screen, put together from left to right; what does not fit is cut with `…`.
//!
//! This and [`super::page`] are the only makers of text on the screen, and both escape it.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use report::escape::escape_within;

use crate::text::{fit, fit_end, fit_middle, width};

/// Most characters of one piece of text that are looked at for one line: more than any screen is
/// wide. A name of 64 KiB must not cost 64 KiB at every drawing.
const MAX_CHARS: usize = 1024;

/// A line that grows to the right, up to a number of columns.
#[derive(Debug)]
pub(crate) struct Row {
    spans: Vec<Span<'static>>,
    room: usize,
}

impl Row {
    /// An empty line of this many columns.
    pub(crate) const fn new(columns: usize) -> Self {
        Self { spans: Vec::new(), room: columns }
    }

    /// Appends text, as much as there is room for.
    pub(crate) fn add(&mut self, text: &str, style: Style) -> &mut Self {
        let shown = escape_within(text, MAX_CHARS);
        let cut = fit(&shown, self.room);
        self.room = self.room.saturating_sub(width(&cut));
        self.spans.push(Span::styled(cut.into_owned(), style));
        self
    }

    /// Appends text in a cell of exactly this many columns, as far as there is room.
    pub(crate) fn cell(
        &mut self,
        text: &str,
        columns: usize,
        side: Side,
        style: Style,
    ) -> &mut Self {
        let columns = columns.min(self.room);
        let text = match side {
            Side::LeftKeepEnd => Cow::Borrowed(last_chars(text)),
            Side::LeftKeepEnds => both_ends(text),
            Side::Left | Side::Right => Cow::Borrowed(text),
        };
        let shown = escape_within(&text, MAX_CHARS);
        let cut = match side {
            Side::LeftKeepEnd => fit_end(&shown, columns),
            Side::LeftKeepEnds => fit_middle(&shown, columns),
            Side::Left | Side::Right => fit(&shown, columns),
        };
        let padding = columns.saturating_sub(width(&cut));
        let cell = match side {
            Side::Left | Side::LeftKeepEnd | Side::LeftKeepEnds => {
                format!("{cut}{}", " ".repeat(padding))
            }
            Side::Right => format!("{}{cut}", " ".repeat(padding)),
        };
        self.room = self.room.saturating_sub(columns);
        self.spans.push(Span::styled(cell, style));
        self
    }

    /// Appends empty columns.
    pub(crate) fn gap(&mut self, columns: usize) -> &mut Self {
        self.cell("", columns, Side::Left, Style::new())
    }

    /// Columns that are left.
    pub(crate) const fn room(&self) -> usize {
        self.room
    }

    /// The line.
    pub(crate) fn finish(self) -> Line<'static> {
        Line::from(self.spans)
    }
}

/// The first and the last characters, [`MAX_CHARS`] of them with a `…` between.
fn both_ends(text: &str) -> Cow<'_, str> {
    let half = MAX_CHARS.div_euclid(2);
    let head_end = text.char_indices().nth(half.saturating_sub(1)).map(|(at, _)| at);
    let tail_start = text.char_indices().rev().nth(half.saturating_sub(1)).map(|(at, _)| at);
    match (head_end, tail_start) {
        (Some(end), Some(start)) if end < start => {
            let head = text.get(..end).unwrap_or_default();
            let tail = text.get(start..).unwrap_or_default();
            Cow::Owned(format!("{head}…{tail}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The last [`MAX_CHARS`] characters.
fn last_chars(text: &str) -> &str {
    let nth = text.char_indices().rev().nth(MAX_CHARS.saturating_sub(1));
    nth.and_then(|(at, _)| text.get(at..)).unwrap_or(text)
}

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Host names and paths: what does not fit is cut off in front.
    LeftKeepEnd,
    /// Paths: what does not fit is cut out of the middle.
    LeftKeepEnds,
    /// Numbers.
    Right,
}

/// Draws a line at the nth line of an area; nothing if the area ends before.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, nth: usize, line: &Line<'_>) {
    let Ok(nth) = u16::try_from(nth) else { return };
    if nth < area.height && area.width > 0 {
        buffer.set_line(area.x, area.y.saturating_add(nth), line, area.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(row: Row) -> String {
        row.finish().spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn rows_never_outgrow_their_columns() {
        for columns in 0..20 {
            let mut row = Row::new(columns);
            row.add("host", Style::new()).gap(2).cell("日本", 3, Side::Right, Style::new());
            row.add("tail", Style::new());
            assert!(width(&text(row)) <= columns, "{columns}");
        }
    }

    #[test]
    fn cells_are_padded_and_escaped() {
        let mut row = Row::new(20);
        row.cell("7", 3, Side::Right, Style::new()).gap(1);
        row.cell("a\x1b", 8, Side::Left, Style::new()).add("|", Style::new());
        assert_eq!(text(row), "  7 a\\x1b   |");
    }

    #[test]
    fn paths_keep_both_ends_however_long() {
        for middle in [10, 1024, 1025, 40_000] {
            let path = format!("/first{}last.png", "x".repeat(middle));
            let mut row = Row::new(20);
            row.cell(&path, 15, Side::LeftKeepEnds, Style::new());
            assert_eq!(text(row), "/firstx…ast.png", "{middle}");
        }
    }

    #[test]
    fn host_names_keep_their_end_however_long() {
        for host in ["a.long.shop.test".to_owned(), "a.".repeat(40_000) + "shop.test"] {
            let mut row = Row::new(20);
            row.cell(&host, 10, Side::LeftKeepEnd, Style::new());
            assert_eq!(text(row), "…shop.test");
        }
    }
}
