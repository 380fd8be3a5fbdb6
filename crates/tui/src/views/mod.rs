//! What fills the screen: one file for each view, put between header and status line here.
//!
//! Drawing is a pure function of the state and the area: the same state gives the same cells.

mod detail;
mod examined;
mod findings;
mod help;
mod no_requests;
mod request;
mod requests;
mod tabs;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::text::Line;

use crate::app::{Overlay, Screen, State};
use crate::widgets::line::draw as draw_line;
use crate::widgets::page::Page;
use crate::widgets::{header, status};

/// Lines below which there is no empty line under the header.
const ROOMY: u16 = 16;

/// Draws the state.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    render(frame.buffer_mut(), area, state);
}

fn render(buffer: &mut Buffer, area: Rect, state: &State) {
    let columns = usize::from(area.width);
    let body = body(area);
    if body.y > area.y {
        draw_line(buffer, area, 0, &header::line(state, columns));
    }
    let place = match shown(state, columns) {
        Shown::Findings => {
            findings::render(buffer, body, state);
            findings::place(state)
        }
        Shown::Requests => {
            requests::render(buffer, body, state);
            requests::place(state)
        }
        Shown::Page(page, scroll) => {
            let scroll = scroll.min(last_line(&page, body));
            let lines = page.lines().iter().skip(scroll).take(usize::from(body.height));
            lines.enumerate().for_each(|(nth, line)| draw_line(buffer, body, nth, line));
            page_place(&page, scroll, body)
        }
    };
    if body.bottom() < area.bottom() {
        let last = usize::from(area.height.saturating_sub(1));
        let line: Line<'_> = status::line(state, &place, columns);
        draw_line(buffer, area, last, &line);
    }
}

/// What stands between header and status line: a list, or a page and its first visible line.
enum Shown {
    Findings,
    Page(Page, usize),
    Requests,
}

fn shown(state: &State, columns: usize) -> Shown {
    match (state.overlay, state.screen) {
        (Some(Overlay::Help { scroll }), screen) => {
            Shown::Page(help::page(state, screen.context(), columns), scroll)
        }
        (_, Screen::Detail { entry, scroll }) => match state.findings.get(entry) {
            Some(finding) => Shown::Page(detail::page(state, finding, columns), scroll),
            None => Shown::Findings,
        },
        (_, Screen::Findings) => Shown::Findings,
        (_, Screen::Request { key, scroll, .. }) => match state.requests.exchanges().get(key) {
            Some(told) => Shown::Page(request::page(state, told, columns), scroll),
            None => Shown::Page(request::gone(state, columns), 0),
        },
        (_, Screen::Requests) => Shown::Requests,
    }
}

/// Between header and status line, which a terminal of two lines or one has no room for.
fn body(area: Rect) -> Rect {
    let top: u16 = match area.height {
        0..=2 => 0,
        3..ROOMY => 1,
        _ => 2,
    };
    let bottom = u16::from(area.height >= 2);
    Rect {
        y: area.y.saturating_add(top),
        height: area.height.saturating_sub(top).saturating_sub(bottom),
        ..area
    }
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

fn last_line(page: &Page, body: Rect) -> usize {
    page.lines().len().saturating_sub(usize::from(body.height))
}

/// `line 1–20 of 57`, once there is more than fits.
fn page_place(page: &Page, scroll: usize, body: Rect) -> String {
    let lines = page.lines().len();
    let bottom = scroll.saturating_add(usize::from(body.height)).min(lines);
    match (last_line(page, body), bottom == lines) {
        (0, _) => String::new(),
        (_, true) => String::from("end"),
        (_, false) => {
            let percent = bottom.saturating_mul(100).checked_div(lines).unwrap_or(100);
            format!("{percent} %")
        }
    }
}

/// Lines that a page step moves by, in whatever takes the keys.
pub(crate) fn page_height(state: &State) -> usize {
    match (state.overlay, state.screen) {
        (None, Screen::Findings) => findings_rows(state),
        (Some(Overlay::Filter), _) | (None, Screen::Requests) => requests_rows(state),
        _ => usize::from(body(area(state.size)).height),
    }
}

/// Rows of the list of findings that are visible.
pub(crate) fn findings_rows(state: &State) -> usize {
    findings::rows(state, body(area(state.size)))
}

/// Rows of the list of requests that are visible.
pub(crate) fn requests_rows(state: &State) -> usize {
    requests::rows(body(area(state.size)))
}

/// The furthest that the page on the screen can be scrolled; 0 where there is none.
pub(crate) fn last_scroll(state: &State) -> usize {
    match shown(state, usize::from(state.size.width)) {
        Shown::Findings | Shown::Requests => 0,
        Shown::Page(page, _) => last_line(&page, body(area(state.size))),
    }
}

/// The lines at which the sections of the page on the screen begin.
pub(crate) fn page_sections(state: &State) -> Vec<usize> {
    match shown(state, usize::from(state.size.width)) {
        Shown::Findings | Shown::Requests => Vec::new(),
        Shown::Page(page, _) => page.sections().to_vec(),
    }
}
