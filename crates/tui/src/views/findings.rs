//! The list of findings: the verdict first, one line each, worst on top; what is selected is
//! said in full below.

use detect::{Finding, Severity};
use dissect::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{examined, tabs};
use crate::app::State;
use crate::format;
use crate::phase::Phase;
use crate::theme::glyph;
use crate::widgets::columns::{Column, GAP, MARK, heads, widths};
use crate::widgets::line::{Row, Side, draw};
use crate::widgets::page::Page;

/// Lines of the body from which on the selected finding is said in full below the list.
const PREVIEW_FROM: u16 = 12;

/// Most lines of the full title.
const PREVIEW_LINES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Cell {
    Severity,
    Host,
    Title,
    Count,
    First,
    Last,
    Client,
}

/// The columns from left to right. What a title says in full, the other columns make scannable.
const COLUMNS: [(Cell, Column); 7] = [
    (Cell::Severity, Column { title: "severity", least: 10, enough: 10, most: 10, rank: 0 }),
    (Cell::Host, Column { title: "host", least: 14, enough: 14, most: 24, rank: 2 }),
    (Cell::Title, Column { title: "finding", least: 22, enough: 31, most: 60, rank: 1 }),
    (Cell::Count, Column { title: "count", least: 5, enough: 5, most: 6, rank: 3 }),
    (Cell::First, Column { title: "first UTC", least: 9, enough: 9, most: 19, rank: 4 }),
    (Cell::Last, Column { title: "last UTC", least: 8, enough: 8, most: 19, rank: 6 }),
    (Cell::Client, Column { title: "client", least: 15, enough: 15, most: 24, rank: 5 }),
];

/// Lines of the body, from top to bottom.
struct Parts {
    notice: Option<usize>,
    head: usize,
    rows: usize,
    row_count: usize,
    preview: Option<usize>,
}

fn parts(state: &State, body: Rect) -> Parts {
    let height = usize::from(body.height);
    let notice = matches!(state.phase, Phase::Failed(_)).then_some(1);
    let head: usize = if notice.is_some() { 2 } else { 1 };
    let rows = if height > head.saturating_add(1) { head.saturating_add(1) } else { 0 };
    // An empty line above, the section's title, the lines, an empty line below.
    let below = if body.height >= PREVIEW_FROM { PREVIEW_LINES.saturating_add(3) } else { 0 };
    let row_count = height.saturating_sub(rows).saturating_sub(below);
    let preview = (below > 0).then_some(rows.saturating_add(row_count).saturating_add(1));
    Parts { notice, head, rows, row_count, preview }
}

/// Findings that are visible at once.
pub(crate) fn rows(state: &State, body: Rect) -> usize {
    parts(state, body).row_count
}

/// `3/17`: the selected one of how many.
pub(crate) fn place(state: &State) -> String {
    state.selected_row().map_or_else(String::new, |row| {
        format!("{}/{}", row.saturating_add(1), state.findings.len())
    })
}

/// Draws the list, or what stands in its place while it is empty.
pub(crate) fn render(buffer: &mut Buffer, body: Rect, state: &State) {
    let columns = usize::from(body.width);
    if state.findings.is_empty() {
        draw(buffer, body, 0, &title(state, columns));
        draw_page(buffer, body, 2, &examined::page(state, columns));
        return;
    }
    let parts = parts(state, body);
    let widths = widths(&COLUMNS.map(|(_, column)| column), columns.saturating_sub(MARK + 1));
    if parts.rows > 0 {
        draw(buffer, body, 0, &title(state, columns));
        if let (Some(nth), Phase::Failed(reason)) = (parts.notice, &state.phase) {
            let mut row = Row::new(columns.saturating_sub(1));
            row.gap(1)
                .add("Reading failed: ", state.theme.error())
                .add(state.without_input(reason), state.theme.text());
            draw(buffer, body, nth, &row.finish());
        }
        draw(buffer, body, parts.head, &head(state, &widths, columns));
    }
    let selected = state.selected_row();
    let offset = state.list_offset();
    for nth in 0..parts.row_count {
        let row = offset.saturating_add(nth);
        let Some(entry) = state.findings.at_row(row) else { break };
        let Some(finding) = state.findings.get(entry) else { break };
        let line = finding_row(state, finding, selected == Some(row), &widths, columns);
        draw(buffer, body, parts.rows.saturating_add(nth), &line);
    }
    let said = below(buffer, body, state, &parts);
    if let (Some(nth), Some(finding)) = (parts.preview, state.selected()) {
        let page = preview(state, finding, said, columns);
        draw_page(buffer, body, nth, &page);
    }
}

/// Says what could not be seen, in the room that a short list leaves free. Says whether it did.
fn below(buffer: &mut Buffer, body: Rect, state: &State, parts: &Parts) -> bool {
    let mut page = Page::new(usize::from(body.width), state.theme);
    examined::not_observable(&mut page, &state.not_observable);
    let used = state.findings.len().saturating_add(1);
    let fits = used.saturating_add(page.lines().len()) <= parts.row_count;
    if fits {
        draw_page(buffer, body, parts.rows.saturating_add(used), &page);
    }
    fits
}

fn draw_page(buffer: &mut Buffer, body: Rect, nth: usize, page: &Page) {
    for (line, content) in page.lines().iter().enumerate() {
        draw(buffer, body, nth.saturating_add(line), content);
    }
}

/// The tabs, then `2 critical  1 info`.
fn title(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let mut row = tabs::begin(state, columns);
    row.gap(1);
    for (severity, count) in state.findings.by_severity().filter(|(_, count)| *count > 0) {
        let count = format::count(u64::try_from(count).unwrap_or(u64::MAX));
        let text = format!("{} {count} {}", glyph(severity), severity.word());
        row.gap(2).add(&text, theme.severity(severity));
    }
    row.finish()
}

fn head(state: &State, widths: &[Option<usize>], columns: usize) -> Line<'static> {
    let titles = COLUMNS.iter().map(|(cell, column)| (column.title, side(*cell)));
    heads(titles, widths, columns, state.theme.dim())
}

fn finding_row(
    state: &State,
    finding: &Finding,
    selected: bool,
    widths: &[Option<usize>],
    columns: usize,
) -> Line<'static> {
    let theme = &state.theme;
    let text = if selected { theme.selected() } else { theme.text() };
    let host_shown = COLUMNS
        .iter()
        .zip(widths)
        .any(|((cell, _), width)| matches!(cell, Cell::Host) && width.is_some());
    let mut row = Row::new(columns);
    row.cell(if selected { "▌" } else { "" }, MARK, Side::Left, theme.accent());
    for ((cell, _), width) in COLUMNS.iter().zip(widths) {
        let Some(width) = width else { continue };
        let style = match cell {
            Cell::Severity => theme.severity(finding.severity),
            _ => text,
        };
        let content = match cell {
            Cell::Title if host_shown => without_host(finding).to_owned(),
            cell => content(*cell, finding, *width),
        };
        row.cell(&content, *width, side(*cell), style).gap(GAP);
    }
    row.finish()
}

fn content(cell: Cell, finding: &Finding, width: usize) -> String {
    match cell {
        Cell::Severity => label(finding.severity),
        Cell::Host => finding.subject.label(),
        Cell::Title => finding.title.clone(),
        Cell::Count => format::short_count(finding.count),
        Cell::First => time(finding.first_seen.timestamp, width),
        Cell::Last => time(finding.last_seen.timestamp, width),
        Cell::Client => {
            finding.subject.client.map_or_else(String::new, |client| client.to_string())
        }
    }
}

/// The title without the host it begins with, for the column beside says that already.
fn without_host(finding: &Finding) -> &str {
    let rest = finding.title.strip_prefix(finding.subject.label().as_str());
    rest.and_then(|rest| rest.strip_prefix(' ')).unwrap_or(&finding.title)
}

/// With the date where there is room for it.
fn time(at: Timestamp, width: usize) -> String {
    let full = format::date_time(at);
    if width >= full.len() { full } else { format::clock(at) }
}

/// `✗ critical`.
pub(crate) fn label(severity: Severity) -> String {
    format!("{} {}", glyph(severity), severity.word())
}

const fn side(cell: Cell) -> Side {
    match cell {
        Cell::Count => Side::Right,
        Cell::Host => Side::LeftKeepEnd,
        _ => Side::Left,
    }
}

/// The selected finding in full; and the most of what could not be seen, unless that was `said`
/// elsewhere.
fn preview(state: &State, finding: &Finding, said: bool, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    let note = format!("{}, {}", finding.rule.id, finding.confidence);
    page.section("Selected", &note);
    let most = state.not_observable.iter().max_by_key(|item| item.sessions).filter(|_| !said);
    let lines = if most.is_some() { PREVIEW_LINES.saturating_sub(1) } else { PREVIEW_LINES };
    page.excerpt(&finding.title, lines, state.theme.text());
    if let Some(item) = most {
        let remedy = item.remedy.map(|remedy| format!(" → {remedy}")).unwrap_or_default();
        let text = format!("{}{remedy}", examined::sentence(item));
        page.line(&[("Not observable  ", state.theme.dim()), (&text, state.theme.dim())]);
    }
    page
}
