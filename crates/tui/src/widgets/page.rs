//! A page of text: titles, paragraphs and labelled values, wrapped to a width.
//!
//! A page is made for a width and then scrolled as lines. Text is escaped on its way in, so that
//! whoever writes a page cannot forget it. Values of unbounded length are cut at [`MAX_CHARS`].

mod cells;

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use report::escape::escape_within;

use crate::screen::Target;
use crate::text::{fit, split, width, wrap};
use crate::theme::Theme;

pub(crate) use cells::Cell;

/// Most characters of one value that are shown: 25 lines of 80 columns. Beyond that it is data,
/// for an export and not for a screen.
const MAX_CHARS: usize = 2000;

/// Columns of the labels, where there is room for them.
const LABEL: usize = 13;

/// The same within a tree, where room is dear: 64 hex digits still fit into 80 columns.
const TREE_LABEL: usize = 11;

/// The widest column of labels, for evidence whose names are long.
const LONG_LABEL: usize = 26;

/// Columns of a page from which on long labels get a column of their own; below it the values need
/// the room.
const LONG_LABEL_FROM: usize = 100;

/// Empty columns left of everything.
const MARGIN: usize = 1;

/// Widest line of running text: longer ones are hard to read back from end to start.
const MEASURE: usize = 100;

/// What a backslash means in a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Notation {
    /// It begins an escape of JSON. It stays single: JSON knows no `\x1b` and no `\u{202e}`, so
    /// that nothing is mistaken for what is escaped here.
    Json,
    /// Nothing: it is doubled, as everywhere.
    Text,
}

impl Notation {
    fn escape(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Json if text.contains('\\') => {
                let parts: Vec<_> =
                    text.split('\\').map(|part| escape_within(part, usize::MAX)).collect();
                Cow::Owned(parts.join("\\"))
            }
            Self::Json | Self::Text => escape_within(text, usize::MAX),
        }
    }
}

/// Lines of a page, and where its sections begin.
#[derive(Debug)]
pub(crate) struct Page {
    theme: Theme,
    columns: usize,
    label: usize,
    gutter: String,
    lines: Vec<Line<'static>>,
    sections: Vec<usize>,
    /// What the next line leads to.
    leads_to: Option<Target>,
    links: Vec<(usize, Target)>,
}

impl Page {
    /// An empty page of this width.
    pub(crate) const fn new(columns: usize, theme: Theme) -> Self {
        Self {
            theme,
            columns,
            label: LABEL,
            gutter: String::new(),
            lines: Vec::new(),
            sections: Vec::new(),
            leads_to: None,
            links: Vec::new(),
        }
    }

    /// The next line leads to something that Enter opens.
    pub(crate) fn link(&mut self, target: Target) {
        self.leads_to = Some(target);
    }

    /// The same, if there is something.
    pub(crate) fn maybe_link(&mut self, target: Option<Target>) {
        self.leads_to = target;
    }

    /// The lines that lead somewhere, and where to.
    pub(crate) fn links(&self) -> &[(usize, Target)] {
        &self.links
    }

    /// What it is drawn with.
    pub(crate) const fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Stands left of each line from now on: the lines of a tree.
    pub(crate) fn gutter(&mut self, gutter: &str) {
        gutter.clone_into(&mut self.gutter);
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.push(Vec::new());
    }

    /// Begins a section: an empty line before it (unless it is the first), the title, and a note
    /// beside it.
    pub(crate) fn section(&mut self, title: &str, note: &str) {
        if !self.lines.is_empty() {
            self.blank();
        }
        self.label = LABEL;
        self.sections.push(self.lines.len());
        let room = self.room();
        let note = escape_within(note, MAX_CHARS);
        let note = fit(&note, room.saturating_sub(width(title)).saturating_sub(2)).into_owned();
        let spans = vec![
            Span::styled(fit(title, room).into_owned(), self.theme.accent()),
            Span::raw("  "),
            Span::styled(note, self.theme.dim()),
        ];
        self.push(spans);
    }

    /// One line of pieces; cut where the page ends.
    pub(crate) fn line(&mut self, pieces: &[(&str, Style)]) {
        let mut room = self.room();
        let mut spans = Vec::with_capacity(pieces.len());
        for (text, style) in pieces {
            let shown = escape_within(text, MAX_CHARS);
            let cut = fit(&shown, room).into_owned();
            room = room.saturating_sub(width(&cut));
            spans.push(Span::styled(cut, *style));
        }
        self.push(spans);
    }

    /// Styled pieces that go on in further lines, indented by this many columns, where the line is
    /// full: for data, which is broken anywhere.
    pub(crate) fn broken(&mut self, pieces: &[(&str, Style)], indent: usize, notation: Notation) {
        let columns = self.room().saturating_sub(MARGIN).max(1);
        let indent = indent.min(columns.div_ceil(2));
        let mut spans = Vec::new();
        let mut room = columns;
        for (text, style) in pieces {
            let shown = notation.escape(text);
            let mut rest: &str = &shown;
            while !rest.is_empty() {
                let (mut head, mut tail) = split(rest, room);
                if head.is_empty() && (spans.is_empty() || room == columns.saturating_sub(indent)) {
                    // A letter that is wider than the page.
                    let first = rest.chars().next().map_or(1, char::len_utf8);
                    (head, tail) = rest.split_at(first.min(rest.len()));
                }
                spans.push(Span::styled(head.to_owned(), *style));
                room = room.saturating_sub(width(head));
                rest = tail;
                if !rest.is_empty() {
                    self.push(std::mem::take(&mut spans));
                    spans.push(Span::raw(" ".repeat(indent)));
                    room = columns.saturating_sub(indent);
                }
            }
        }
        self.push(spans);
    }

    /// Running text.
    pub(crate) fn paragraph(&mut self, text: &str, style: Style) {
        self.hanging("", text, style);
    }

    /// The first lines of running text.
    pub(crate) fn excerpt(&mut self, text: &str, lines: usize, style: Style) {
        let columns = self.measure();
        let shown = escape_within(text, MAX_CHARS);
        let pieces = wrap(&shown, columns);
        let cut = pieces.len() > lines;
        for (nth, mut piece) in pieces.into_iter().take(lines).enumerate() {
            if cut && nth.saturating_add(1) == lines {
                piece = fit(&format!("{piece} …"), columns.max(1)).into_owned();
            }
            self.push(vec![Span::styled(piece, style)]);
        }
    }

    /// Running text behind a mark; its further lines stand under the first.
    pub(crate) fn hanging(&mut self, mark: &str, text: &str, style: Style) {
        let indent = width(mark);
        let columns = self.measure().saturating_sub(indent);
        let shown = escape_within(text, MAX_CHARS);
        for (nth, piece) in wrap(&shown, columns).into_iter().enumerate() {
            let head = if nth == 0 { mark.to_owned() } else { " ".repeat(indent) };
            self.push(vec![Span::styled(head, self.theme.dim()), Span::styled(piece, style)]);
        }
    }

    /// Makes the column of labels wide enough for these until the next section, where the page is
    /// wide enough for that.
    pub(crate) fn fit_labels<'a>(&mut self, labels: impl Iterator<Item = &'a str>) {
        if self.columns >= LONG_LABEL_FROM {
            let longest = labels.map(width).max().unwrap_or(0).saturating_add(1);
            self.label = longest.clamp(LABEL, LONG_LABEL);
        }
    }

    /// A label and its value; a label too long for its column gets a line to itself; further lines of the value stand under the first.
    pub(crate) fn field(&mut self, label: &str, value: &str) {
        self.styled_field(label, value, self.theme.text());
    }

    /// The same with a style for the value.
    pub(crate) fn styled_field(&mut self, label: &str, value: &str, style: Style) {
        let room = self.room();
        let wanted = if self.gutter.is_empty() { self.label } else { TREE_LABEL };
        let indent = wanted.min(room.div_ceil(3)).max(1);
        let label = escape_within(label, MAX_CHARS);
        let mut label = fit(&label, room).into_owned();
        if width(&label) >= indent {
            let label = std::mem::take(&mut label);
            self.push(vec![Span::styled(label, self.theme.dim())]);
        }
        let shown = escape_within(value, MAX_CHARS);
        for piece in wrap(&shown, room.saturating_sub(indent)) {
            let padding = " ".repeat(indent.saturating_sub(width(&label)));
            self.push(vec![
                Span::styled(std::mem::take(&mut label), self.theme.dim()),
                Span::raw(padding),
                Span::styled(piece, style),
            ]);
        }
    }

    /// Lines so far.
    pub(crate) fn lines(&self) -> &[Line<'static>] {
        &self.lines
    }

    /// The line each section begins at.
    pub(crate) fn sections(&self) -> &[usize] {
        &self.sections
    }

    /// Columns right of margin and gutter.
    pub(crate) fn room(&self) -> usize {
        self.columns.saturating_sub(MARGIN).saturating_sub(width(&self.gutter))
    }

    /// Columns of running text, which has a margin on its right too.
    fn measure(&self) -> usize {
        self.room().saturating_sub(MARGIN).min(MEASURE)
    }

    fn push(&mut self, spans: Vec<Span<'static>>) {
        if let Some(target) = self.leads_to.take() {
            self.links.push((self.lines.len(), target));
        }
        let mut line = vec![
            Span::raw(" ".repeat(MARGIN)),
            Span::styled(self.gutter.clone(), self.theme.dim()),
        ];
        line.extend(spans);
        self.lines.push(Line::from(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Background, Contrast};

    fn text(page: &Page) -> Vec<String> {
        let line = |line: &Line<'_>| line.spans.iter().map(|s| s.content.as_ref()).collect();
        page.lines()
            .iter()
            .map(|l| {
                let text: String = line(l);
                text.trim_end().to_owned()
            })
            .collect()
    }

    fn page(columns: usize) -> Page {
        Page::new(columns, Theme::new(false, Background::Dark, Contrast::Usual))
    }

    #[test]
    fn values_hang_under_their_first_line() {
        let mut page = page(29);
        page.section("Title", "note");
        page.field("label", "one two three four");
        page.gutter("│ ");
        page.hanging("- ", "five six seven eight nine", Style::new());
        assert_eq!(
            text(&page),
            [
                " Title  note",
                " label     one two three four",
                " │ - five six seven eight",
                " │   nine",
            ]
        );
    }

    #[test]
    fn long_labels_are_never_cut() {
        let rows = |columns: usize| {
            let mut page = page(columns);
            page.section("Evidence", "");
            page.fit_labels(["issuer", "extension-order"].into_iter());
            page.field("issuer", "CN=x");
            page.field("extension-order", "a, b");
            page.section("Next", "");
            page.field("rule", "r");
            text(&page)
        };
        let narrow = ["issuer       CN=x", "extension-order", "             a, b"];
        assert_eq!(rows(80)[1..4], narrow.map(|line| format!(" {line}")));
        let wide = ["issuer          CN=x", "extension-order a, b", "", "Next", "rule         r"];
        assert_eq!(rows(120)[1..], wide.map(|line| format!(" {line}").trim_end().to_owned()));
    }

    #[test]
    fn excerpts_say_that_they_are_cut() {
        let mut page = page(13);
        page.excerpt("one two three four five", 2, Style::new());
        page.excerpt("one two", 2, Style::new());
        page.excerpt("abcdefghijklmn", 1, Style::new());
        assert_eq!(text(&page), [" one two", " three four…", " one two", " abcdefghij…"]);
    }

    #[test]
    fn sections_are_where_they_say() {
        let mut page = page(40);
        page.section("A", "");
        page.paragraph("text", Style::new());
        page.section("B", "");
        assert_eq!(page.sections(), [0, 3]);
        assert_eq!(text(&page), [" A", " text", "", " B"]);
    }

    #[test]
    fn hostile_text_is_escaped_and_bounded() {
        let mut page = page(40);
        page.field("la\x07bel", "a\x1b[31m\u{202e}b");
        page.line(&[("c\rd", Style::new())]);
        page.paragraph(&"x".repeat(100_000), Style::new());
        let text = text(&page);
        assert_eq!(text[0], " la\\x07bel    a\\x1b[31m\\u{202e}b");
        assert_eq!(text[1], " c\\x0dd");
        assert!(text.len() < 60, "{} lines", text.len());
        assert!(text.iter().all(|line| width(line) <= 40));
    }
}
