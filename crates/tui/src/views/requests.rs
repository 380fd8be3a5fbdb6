//! The list of requests: one line each, in wire order; what is selected is said in full below.
//!
//! Only the rows that are visible are looked at, so that 100,000 cost no more than twenty.

use dissect::{Exchange, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use report::redact;

use super::{no_requests, tabs};
use crate::app::{Overlay, State};
use crate::exchanges::Told;
use crate::format;
use crate::phase::Phase;
use crate::widgets::columns::{Column, GAP, MARK, heads, widths};
use crate::widgets::connection::{latency, way, why};
use crate::widgets::line::{Row, Side, draw};
use crate::widgets::message;
use crate::widgets::page::Page;

/// Lines of the body from which on the selected request is said in full below the list.
const PREVIEW_FROM: u16 = 12;

/// Lines of the preview behind its title.
const PREVIEW_LINES: usize = 3;

/// The first row of the list: under the tabs and the column heads.
const HEAD: usize = 2;

/// Behind the status of an exchange that is not whole.
pub(crate) const INCOMPLETE: &str = "!";

/// Behind the status of a request that was sent as early data.
pub(crate) const EARLY: &str = "↻";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cell {
    Client,
    Host,
    Ja4,
    Latency,
    Method,
    Path,
    Size,
    Status,
    Time,
    Type,
    Version,
}

/// The columns from left to right.
const COLUMNS: [(Cell, Column); 11] = [
    (Cell::Time, Column { title: "UTC", least: 8, enough: 8, most: 12, rank: 4 }),
    (Cell::Method, Column { title: "method", least: 6, enough: 6, most: 7, rank: 1 }),
    (Cell::Host, Column { title: "host", least: 13, enough: 16, most: 22, rank: 3 }),
    (Cell::Path, Column { title: "path", least: 15, enough: 24, most: 90, rank: 0 }),
    (Cell::Status, Column { title: "status", least: 6, enough: 6, most: 6, rank: 2 }),
    (Cell::Type, Column { title: "type", least: 6, enough: 6, most: 12, rank: 6 }),
    (Cell::Size, Column { title: "size", least: 7, enough: 7, most: 7, rank: 5 }),
    (Cell::Latency, Column { title: "took", least: 6, enough: 6, most: 7, rank: 7 }),
    (Cell::Version, Column { title: "protocol", least: 8, enough: 8, most: 8, rank: 8 }),
    (Cell::Client, Column { title: "client", least: 15, enough: 15, most: 24, rank: 9 }),
    (Cell::Ja4, Column { title: "JA4", least: 36, enough: 36, most: 36, rank: 10 }),
];

/// Rows that are visible at once.
pub(crate) fn rows(body: Rect) -> usize {
    let below = if body.height >= PREVIEW_FROM { PREVIEW_LINES.saturating_add(3) } else { 0 };
    usize::from(body.height).saturating_sub(HEAD).saturating_sub(below)
}

/// `3/17`: the selected one of how many.
pub(crate) fn place(state: &State) -> String {
    state.requests.selected_row().map_or_else(String::new, |row| {
        format!("{}/{}", row.saturating_add(1), state.requests.len())
    })
}

/// Draws the list, or what stands in its place while it is empty.
pub(crate) fn render(buffer: &mut Buffer, body: Rect, state: &State) {
    let columns = usize::from(body.width);
    draw(buffer, body, 0, &title(state, columns));
    if state.requests.len() == 0 {
        let page = no_requests::page(state, columns);
        for (nth, line) in page.lines().iter().enumerate() {
            draw(buffer, body, nth.saturating_add(HEAD), line);
        }
        return;
    }
    let widths = widths(&COLUMNS.map(|(_, column)| column), columns.saturating_sub(MARK + 1));
    draw(buffer, body, 1, &head(state, &widths, columns));
    let selected = state.requests.selected_row();
    let offset = state.requests_offset();
    let visible = rows(body);
    for nth in 0..visible {
        let row = offset.saturating_add(nth);
        let Some(told) = state.requests.at_row(row) else { break };
        let line = request_row(state, told, selected == Some(row), &widths, columns);
        draw(buffer, body, nth.saturating_add(HEAD), &line);
    }
    if body.height >= PREVIEW_FROM
        && let Some(told) = state.requests.selected()
    {
        let page = preview(state, told, columns);
        for (nth, line) in page.lines().iter().enumerate() {
            let nth = nth.saturating_add(HEAD).saturating_add(visible).saturating_add(1);
            draw(buffer, body, nth, line);
        }
    }
}

/// The tabs, then what is not as one would expect it: a filter, what was let go, a failure.
fn title(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let requests = &state.requests;
    let mut row = tabs::begin(state, columns);
    if requests.is_filtered() && state.overlay != Some(Overlay::Filter) {
        let matching = u64::try_from(requests.len()).unwrap_or(u64::MAX);
        row.gap(3).add("filter ", theme.dim()).add(requests.text(), theme.accent());
        row.gap(1).add(&format!("shows {}", format::count(matching)), theme.dim());
    }
    let dropped = requests.exchanges().dropped();
    if dropped > 0 {
        let text = format!("the oldest {} dropped", format::count(dropped));
        row.gap(3).add(&text, theme.warning());
    }
    if requests.follows() && state.phase.is_open() {
        row.gap(3).add("following", theme.dim());
    }
    if let Phase::Failed(reason) = &state.phase
        && requests.len() > 0
    {
        row.gap(3).add("Reading failed: ", theme.error());
        row.add(state.without_input(reason), theme.text());
    }
    row.finish()
}

fn head(state: &State, widths: &[Option<usize>], columns: usize) -> Line<'static> {
    let titles = COLUMNS.iter().map(|(cell, column)| (column.title, side(*cell)));
    heads(titles, widths, columns, state.theme.dim())
}

fn request_row(
    state: &State,
    told: &Told,
    selected: bool,
    widths: &[Option<usize>],
    columns: usize,
) -> Line<'static> {
    let theme = &state.theme;
    let exchange = &*told.exchange;
    let text = if selected { theme.selected() } else { theme.text() };
    let mut row = Row::new(columns);
    row.cell(if selected { "▌" } else { "" }, MARK, Side::Left, theme.accent());
    for ((cell, _), width) in COLUMNS.iter().zip(widths) {
        let Some(width) = *width else { continue };
        match cell {
            Cell::Status => status_cell(&mut row, state, exchange, width),
            Cell::Version => {
                let style = if exchange.scheme() == dissect::http::Scheme::Http {
                    theme.warning()
                } else {
                    theme.dim()
                };
                row.cell(&version(exchange), width, Side::Left, style);
            }
            _ => {
                let style = if is_aside(*cell) && !selected { theme.dim() } else { text };
                row.cell(&content(state, *cell, told, width), width, side(*cell), style);
            }
        }
        row.gap(GAP);
    }
    row.finish()
}

/// `200`, in the colour of its class, and signs for what one should not overlook.
fn status_cell(row: &mut Row, state: &State, exchange: &Exchange, width: usize) {
    let theme = &state.theme;
    let (text, style) = match &exchange.response {
        Some(response) => (response.status.to_string(), theme.status(response.status)),
        None => (String::from("none"), theme.dim()),
    };
    let mut marks = String::new();
    if exchange.incomplete.is_some() {
        marks.push_str(INCOMPLETE);
    }
    if exchange.request.early_data {
        marks.push_str(EARLY);
    }
    row.cell(&text, 4, Side::Left, style);
    row.cell(&marks, width.saturating_sub(4), Side::Left, theme.warning());
}

fn content(state: &State, cell: Cell, told: &Told, width: usize) -> String {
    let exchange = &*told.exchange;
    let request = &exchange.request;
    match cell {
        Cell::Client => {
            // Who asked is not in a HAR file.
            let flow = told.flow.as_ref().filter(|_| exchange.connection.told.is_none());
            flow.map_or_else(String::new, |flow| flow.client.address.to_string())
        }
        Cell::Host => exchange.host().unwrap_or_default().to_owned(),
        Cell::Ja4 => exchange.client().ja4.unwrap_or_default(),
        Cell::Latency => latency(exchange).map(format::duration).unwrap_or_default(),
        Cell::Method => request.method.clone(),
        Cell::Path => {
            let path = path(exchange);
            redact::url(&path, state.secrets()).into_owned()
        }
        Cell::Size => exchange
            .response
            .as_ref()
            .map_or_else(String::new, |response| format::size(response.body.length)),
        Cell::Time => {
            let at = request.packets.first.timestamp;
            // As many digits as there is room for, but not a bare point.
            let digits = if width == 9 { 8 } else { width };
            if at == Timestamp::default() {
                return String::new();
            }
            format::clock_millis(at).chars().take(digits).collect()
        }
        Cell::Type => kind(exchange),
        Cell::Status | Cell::Version => String::new(),
    }
}

/// Path and query; of a CONNECT the authority.
fn path(exchange: &Exchange) -> String {
    let request = &exchange.request;
    match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path().to_owned(),
    }
}

/// The type of the content in a word: `json` of `application/vnd.api+json; charset=utf-8`.
fn kind(exchange: &Exchange) -> String {
    let response = exchange.response.as_ref();
    let media = response.and_then(|response| response.headers.first("content-type"));
    let media = media.and_then(|media| media.split(';').next()).unwrap_or_default().trim();
    let kind = media.rsplit_once('/').map_or(media, |(_, kind)| kind);
    let kind = kind.rsplit_once('+').map_or(kind, |(_, suffix)| suffix);
    let kind = kind.to_ascii_lowercase();
    match kind.strip_prefix("x-").unwrap_or(&kind) {
        "javascript" => String::from("js"),
        "octet-stream" => String::from("bytes"),
        "plain" => String::from("text"),
        "google-protobuf" => String::from("protobuf"),
        "www-form-urlencoded" => String::from("form"),
        kind => kind.to_owned(),
    }
}

/// `https h2`, `http h1`.
fn version(exchange: &Exchange) -> String {
    use dissect::http::{HttpVersion, Scheme};
    let version = match exchange.request.version {
        HttpVersion::Http10 | HttpVersion::Http11 => "h1",
        HttpVersion::Http2 => "h2",
        HttpVersion::Http3 => "h3",
    };
    let scheme = match exchange.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    format!("{scheme:<5} {version}")
}

/// What the eye passes over.
const fn is_aside(cell: Cell) -> bool {
    matches!(cell, Cell::Client | Cell::Ja4 | Cell::Latency | Cell::Size | Cell::Time | Cell::Type)
}

const fn side(cell: Cell) -> Side {
    match cell {
        Cell::Latency | Cell::Size => Side::Right,
        Cell::Host => Side::LeftKeepEnd,
        Cell::Path => Side::LeftKeepEnds,
        _ => Side::Left,
    }
}

/// The selected request in full.
fn preview(state: &State, told: &Told, columns: usize) -> Page {
    let theme = state.theme;
    let exchange = &*told.exchange;
    let mut page = Page::new(columns, theme);
    let packets = format::span(exchange.request.packets);
    page.section("Selected", &packets);
    page.excerpt(&url(exchange, state), 2, theme.text());
    let dim = theme.dim();
    let mut parts: Vec<(String, Style)> = Vec::new();
    match &exchange.response {
        Some(response) => parts.push((message::status(response), theme.status(response.status))),
        None => parts.push((String::from("no response seen"), dim)),
    }
    parts.push((way(exchange), dim));
    if let Some(latency) = latency(exchange) {
        parts.push((format!("answered after {}", format::duration(latency)), dim));
    }
    let mut pieces: Vec<(&str, Style)> = Vec::new();
    for (nth, (text, style)) in parts.iter().enumerate() {
        if nth > 0 {
            pieces.push((" · ", dim));
        }
        pieces.push((text, *style));
    }
    page.line(&pieces);
    let incomplete =
        exchange.incomplete.map(|incomplete| format!("Not whole: {}.", why(incomplete)));
    let early = exchange.request.early_data.then(|| String::from("Early data: can be replayed."));
    let warnings: Vec<String> = incomplete.into_iter().chain(early).collect();
    page.line(&[(&warnings.join(" "), theme.warning())]);
    page
}

/// `POST https://api.shop.test/v1/cart`.
pub(super) fn url(exchange: &Exchange, state: &State) -> String {
    let request = &exchange.request;
    let scheme = match exchange.scheme() {
        dissect::http::Scheme::Http => "http",
        dissect::http::Scheme::Https => "https",
    };
    let text = match request.authority() {
        _ if request.is_absolute_form() || request.method == "CONNECT" => request.target.clone(),
        Some(authority) => format!("{scheme}://{authority}{}", path(exchange)),
        None => path(exchange),
    };
    let url = redact::url(&text, state.secrets());
    // The method is not torn from its URL at the end of a line.
    if request.method.is_empty() {
        url.into_owned()
    } else {
        format!("{}\u{a0}{url}", request.method)
    }
}
