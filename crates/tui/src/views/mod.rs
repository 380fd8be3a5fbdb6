//! What fills the screen: one file for each view and page, put between header and status line here.
//!
//! Drawing is a pure function of the state and the area: the same state gives the same cells.

mod clients;
mod examined;
mod findings;
mod help;
mod hit;
mod hosts;
mod list;
mod log;
mod nothing;
mod pages;
mod parts;
mod requests;
mod sessions;
mod strip;
mod tabs;
mod text;
mod timeline;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::list::Table;
use crate::parts::Overlay;
use crate::screen::{Open, Target, View};
use crate::store::timeline::Bin;
use crate::store::{clients as c, exchanges, findings as f, hosts as h, notes, sessions as s};
use crate::widgets::columns::{MARK, widths};
use crate::widgets::line::draw as draw_line;
use crate::widgets::page::Page;
use crate::widgets::{candidates, header, status};

use self::parts::{Parts, area, body};

pub(crate) use self::examined::not_observable;
pub(crate) use self::hit::{Hit, hit};
pub(crate) use self::text::as_text;

/// Draws the state.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    render(frame.buffer_mut(), area, state);
}

fn render(buffer: &mut Buffer, area: Rect, state: &State) {
    let columns = usize::from(area.width);
    let body = body(area);
    let parts = Parts::of(area);
    if body.y > area.y {
        draw_line(buffer, area, 0, &header::line(state, columns));
    }
    // A view that is no list has its own use for Enter.
    let mut leads_on = true;
    let place = match shown_page(state, columns) {
        Some((page, open)) => {
            leads_on = !page.links().is_empty();
            if parts.heads > 0 {
                draw_line(buffer, body, parts.tabs, &tabs::path(state, columns));
            }
            draw_open(buffer, body, &parts, state, &page, &open);
            page_place(&page, open.scroll.min(last_line(&page, &parts)), &parts)
        }
        None => {
            if parts.heads > 0 {
                draw_line(buffer, body, parts.tabs, &tabs::line(state, columns));
            }
            if let Some(nth) = parts.strip {
                draw_line(buffer, body, nth, &strip::line(state, columns));
            }
            draw_view(buffer, body, &parts, state);
            place(state)
        }
    };
    if body.bottom() < area.bottom() {
        let last = usize::from(area.height.saturating_sub(1));
        draw_line(buffer, area, last, &status::line(state, &place, leads_on, columns));
        if let Some(line) = candidates::line(state, columns) {
            draw_line(buffer, area, last.saturating_sub(1), &line);
        }
    }
}

fn draw_view(buffer: &mut Buffer, body: Rect, parts: &Parts, state: &State) {
    let (lists, store) = (&state.lists, &state.store);
    match state.view {
        View::Clients => {
            list::render(buffer, body, parts, state, &lists.clients, &store.clients);
        }
        View::Findings => {
            list::render(buffer, body, parts, state, &lists.findings, &store.findings);
        }
        View::Hosts => list::render(buffer, body, parts, state, &lists.hosts, &store.hosts),
        View::Log => list::render(buffer, body, parts, state, &lists.log, &store.notes),
        View::Requests => {
            list::render(buffer, body, parts, state, &lists.requests, &store.exchanges);
        }
        View::Sessions => {
            list::render(buffer, body, parts, state, &lists.sessions, &store.sessions);
        }
        View::Timeline => timeline::render(buffer, body, parts, state),
    }
}

/// Draws an open page from its first visible line on, with marks at what can be opened.
fn draw_open(
    buffer: &mut Buffer,
    body: Rect,
    parts: &Parts,
    state: &State,
    page: &Page,
    open: &Open,
) {
    let scroll = open.scroll.min(last_line(page, parts));
    let lines = page.lines().iter().skip(scroll).take(parts.page_lines);
    for (nth, line) in lines.enumerate() {
        draw_line(buffer, body, parts.heads.saturating_add(nth), line);
    }
    if matches!(state.overlay, Some(Overlay::Help { .. })) {
        return;
    }
    let focus = focused(page, open, parts);
    for (place, (line, _)) in page.links().iter().enumerate() {
        let Some(nth) = line.checked_sub(scroll).filter(|nth| *nth < parts.page_lines) else {
            continue;
        };
        let (sign, style) = if focus == Some(place) {
            ("▸", state.theme.accent())
        } else {
            ("›", state.theme.dim())
        };
        let nth = u16::try_from(parts.heads.saturating_add(nth)).unwrap_or(u16::MAX);
        if nth < body.height && body.width > 0 {
            buffer.set_stringn(body.x, body.y.saturating_add(nth), sign, 1, style);
        }
    }
}

/// The link that Enter follows: the one that was gone to, while it can be seen; else the first one
/// that can.
fn focused(page: &Page, open: &Open, parts: &Parts) -> Option<usize> {
    let scroll = open.scroll.min(last_line(page, parts));
    let visible = scroll..scroll.saturating_add(parts.page_lines);
    let is_seen =
        |place: &usize| page.links().get(*place).is_some_and(|(line, _)| visible.contains(line));
    Some(open.link).filter(is_seen).or_else(|| (0..page.links().len()).find(is_seen))
}

/// The page that is on top, if there is one; the help is one, too.
fn shown_page(state: &State, columns: usize) -> Option<(Page, Open)> {
    if let Some(Overlay::Help { scroll }) = state.overlay {
        let page = help::page(state, state.context_below(), columns);
        // It has no target of its own, and nothing in it can be opened.
        return Some((page, Open { target: Target::Note(0), scroll, link: 0 }));
    }
    let open = state.pages.last()?;
    Some((pages::page(state, &open.target, columns), open.clone()))
}

fn last_line(page: &Page, parts: &Parts) -> usize {
    page.lines().len().saturating_sub(parts.page_lines)
}

/// `34 %`, `end`, once there is more than fits.
fn page_place(page: &Page, scroll: usize, parts: &Parts) -> String {
    let lines = page.lines().len();
    let bottom = scroll.saturating_add(parts.page_lines).min(lines);
    match (last_line(page, parts), bottom == lines) {
        (0, _) => String::new(),
        (_, true) => String::from("end"),
        (_, false) => {
            let percent = bottom.saturating_mul(100).checked_div(lines).unwrap_or(100);
            format!("{percent} %")
        }
    }
}

/// `3/17`: the selected one of how many.
fn place(state: &State) -> String {
    let rows = state.lists.of(state.view).map_or(0, |list| list.len());
    state.selected_row().map_or_else(String::new, |row| format!("{}/{rows}", row.saturating_add(1)))
}

fn with_page<R>(state: &State, with: impl FnOnce(&Page, &Open, &Parts) -> R) -> Option<R> {
    let (page, open) = shown_page(state, usize::from(state.size.width))?;
    Some(with(&page, &open, &Parts::of(area(state.size))))
}

/// Lines that a page step moves by, in whatever takes the keys.
pub(crate) fn page_height(state: &State) -> usize {
    let parts = Parts::of(area(state.size));
    let is_list = state.pages.is_empty() && !matches!(state.overlay, Some(Overlay::Help { .. }));
    if is_list { parts.row_count } else { parts.page_lines }
}

/// Rows of a list that are visible.
pub(crate) fn list_rows(state: &State) -> usize {
    Parts::of(area(state.size)).row_count
}

/// The furthest that the page on the screen can be scrolled; 0 where there is none.
pub(crate) fn last_scroll(state: &State) -> usize {
    with_page(state, |page, _, parts| last_line(page, parts)).unwrap_or(0)
}

/// The lines at which the sections of the page on the screen begin.
pub(crate) fn page_sections(state: &State) -> Vec<usize> {
    with_page(state, |page, _, _| page.sections().to_vec()).unwrap_or_default()
}

/// The lines of the page on the screen that lead somewhere.
pub(crate) fn link_lines(state: &State) -> Vec<usize> {
    let lines = |page: &Page| page.links().iter().map(|(line, _)| *line).collect();
    with_page(state, |page, _, _| lines(page)).unwrap_or_default()
}

/// Which of them Enter follows.
pub(crate) fn link_place(state: &State) -> Option<usize> {
    with_page(state, focused).flatten()
}

/// Where it leads to.
pub(crate) fn link(state: &State) -> Option<Target> {
    with_page(state, |page, open, parts| {
        let place = focused(page, open, parts)?;
        page.links().get(place).map(|(_, target)| target.clone())
    })
    .flatten()
}

/// The places of the columns that the view shows.
pub(crate) fn shown_columns(state: &State) -> Vec<usize> {
    shown_widths(state).into_iter().map(|(at, _)| at).collect()
}

/// The same, each with its width.
fn shown_widths(state: &State) -> Vec<(usize, usize)> {
    let room = usize::from(state.size.width).saturating_sub(MARK.saturating_add(1));
    let widths = match state.view {
        View::Clients => widths(c::Clients::COLUMNS, room),
        View::Findings => widths(f::Findings::COLUMNS, room),
        View::Hosts => widths(h::Hosts::COLUMNS, room),
        View::Log => widths(notes::Notes::COLUMNS, room),
        View::Requests => widths(exchanges::Exchanges::COLUMNS, room),
        View::Sessions => widths(s::Sessions::COLUMNS, room),
        View::Timeline => Vec::new(),
    };
    (0..).zip(widths).filter_map(|(at, width)| width.map(|width| (at, width))).collect()
}

/// The titles of all its columns.
pub(crate) fn column_titles(view: View) -> Vec<&'static str> {
    let columns = match view {
        View::Clients => c::Clients::COLUMNS,
        View::Findings => f::Findings::COLUMNS,
        View::Hosts => h::Hosts::COLUMNS,
        View::Log => notes::Notes::COLUMNS,
        View::Requests => exchanges::Exchanges::COLUMNS,
        View::Sessions => s::Sessions::COLUMNS,
        View::Timeline => &[],
    };
    columns.iter().map(|column| column.title).collect()
}

/// The parts of the time line, as many as there are columns for them.
pub(crate) fn time_parts(state: &State) -> Vec<(crate::list::Span, Bin)> {
    timeline::parts(state, usize::from(state.size.width))
}
