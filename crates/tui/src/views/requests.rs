//! The requests: one line each, in wire order.

use std::borrow::Cow;

use dissect::Exchange;
use ratatui::style::Style;
use report::redact;

use super::list::{Cell, Look};
use crate::app::State;
use crate::format;
use crate::store::exchanges::{Exchanges, Told, column};
use crate::views::nothing::counts;
use crate::widgets::connection::{latency, way, why};
use crate::widgets::message;
use crate::widgets::page::Page;

/// Behind the status of an exchange that is not whole.
pub(crate) const INCOMPLETE: &str = "!";

/// Behind the status of a request that was sent as early data.
pub(crate) const EARLY: &str = "↻";

impl Look for Exchanges {
    fn cell<'a>(&'a self, state: &'a State, told: &'a Told, at: usize, width: usize) -> Cell<'a> {
        let (theme, exchange) = (&state.theme, &*told.exchange);
        let request = &exchange.request;
        match at {
            column::TIME => (time(told, width).into(), theme.dim()),
            column::METHOD => (Cow::Borrowed(&request.method), theme.text()),
            column::HOST => (Cow::Borrowed(exchange.host().unwrap_or_default()), theme.text()),
            column::PATH => {
                let path = path(exchange);
                (redact::url(&path, state.secrets()).into_owned().into(), theme.text())
            }
            column::STATUS => status_cell(state, exchange),
            column::TYPE => (kind(exchange).into(), theme.dim()),
            column::SIZE => {
                let size = exchange.response.as_ref().map(|it| format::size(it.body.length));
                (size.unwrap_or_default().into(), theme.dim())
            }
            column::LATENCY => {
                (latency(exchange).map(format::duration).unwrap_or_default().into(), theme.dim())
            }
            column::VERSION => {
                let is_plain = exchange.scheme() == dissect::http::Scheme::Http;
                let style = if is_plain { theme.warning() } else { theme.dim() };
                (version(exchange).into(), style)
            }
            column::CLIENT => {
                // Who asked is not in a HAR file.
                let flow = told.flow.as_ref().filter(|_| exchange.connection.told.is_none());
                let client = flow.map(|flow| flow.client.address.to_string());
                (client.unwrap_or_default().into(), theme.dim())
            }
            _ => (exchange.client().ja4.unwrap_or_default().into(), theme.dim()),
        }
    }

    fn preview(&self, state: &State, told: &Told, page: &mut Page) {
        let theme = state.theme;
        let exchange = &*told.exchange;
        page.section("Selected", &format::span(exchange.request.packets));
        page.excerpt(&url(exchange, state), 1, theme.text());
        let dim = theme.dim();
        let mut parts: Vec<(String, Style)> = Vec::new();
        match &exchange.response {
            Some(response) => {
                parts.push((message::status(response), theme.status(response.status)));
            }
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
        let early =
            exchange.request.early_data.then(|| String::from("Early data: can be replayed."));
        let warnings: Vec<String> = incomplete.into_iter().chain(early).collect();
        page.line(&[(&warnings.join(" "), theme.warning())]);
    }

    fn empty(state: &State, page: &mut Page) {
        let theme = state.theme;
        if state.counts.sessions == 0 {
            page.line(&[("No request", theme.strong())]);
            let text = "Nothing in the clear is HTTP, and there was no TLS or QUIC session. Start \
                        the capture before the app connects, and check that the phone's traffic \
                        passes through where you capture.";
            page.paragraph(text, theme.text());
            counts(page, state);
            return;
        }
        page.line(&[("No request could be read", theme.strong())]);
        let sessions = format::counted(state.counts.sessions, "TLS and QUIC session");
        let (text, remedy) = if state.has_keys {
            (
                format!(
                    "Nothing in the clear is HTTP, and nothing in {sessions} could be read with \
                     the keys that were given."
                ),
                "a key log must come from the program that made the session, and hold it from \
                 its start",
            )
        } else {
            (
                format!(
                    "Nothing in the clear is HTTP, and there is no key for what is inside \
                     {sessions}."
                ),
                "start with --keylog FILE (the SSLKEYLOGFILE of the app), or capture with \
                 embedded secrets",
            )
        };
        page.paragraph(&text, theme.text());
        page.hanging("  → ", remedy, theme.strong());
        super::not_observable(page, &state.store.not_observable);
        counts(page, state);
    }
}

fn time(told: &Told, width: usize) -> String {
    let at = told.asked();
    if at == dissect::Timestamp::default() {
        return String::new();
    }
    // As many digits as there is room for, but not a bare point.
    let digits = if width == 9 { 8 } else { width };
    format::clock_millis(at).chars().take(digits).collect()
}

/// `200`, in the colour of its class, and signs for what one should not overlook.
fn status_cell<'a>(state: &State, exchange: &Exchange) -> Cell<'a> {
    let theme = &state.theme;
    let (text, style) = match &exchange.response {
        Some(response) => (response.status.to_string(), theme.status(response.status)),
        None => (String::from("none"), theme.dim()),
    };
    let incomplete = if exchange.incomplete.is_some() { INCOMPLETE } else { "" };
    let early = if exchange.request.early_data { EARLY } else { "" };
    let style = if incomplete.is_empty() && early.is_empty() { style } else { theme.warning() };
    (format!("{text:<4}{incomplete}{early}").into(), style)
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
