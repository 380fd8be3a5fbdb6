//! One request in full: what was asked, what was answered, and how it travelled.

use report::redact::Secrets;

use super::requests::url;
use crate::app::State;
use crate::command::Command;
use crate::exchanges::Told;
use crate::format;
use crate::keymap::Context;
use crate::widgets::body::Look;
use crate::widgets::connection::{self, latency, way, why};
use crate::widgets::message;
use crate::widgets::page::Page;

/// Most lines that the URL takes above everything.
const URL_LINES: usize = 3;

/// The request as a page.
pub(crate) fn page(state: &State, told: &Told, columns: usize) -> Page {
    let exchange = &*told.exchange;
    let mut page = Page::new(columns, state.theme);
    let look = Look { raw: state.requests.raw, secrets: state.secrets() };
    head(&mut page, state, told);
    message::request(&mut page, exchange, look);
    message::response(&mut page, exchange, look);
    connection::section(&mut page, exchange, told.flow.as_deref());
    page
}

/// What stands in the place of a request that had to make room for newer ones.
pub(crate) fn gone(state: &State, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    page.line(&[("No longer kept", state.theme.strong())]);
    page.paragraph("This request had to make room for newer ones.", state.theme.text());
    page
}

fn head(page: &mut Page, state: &State, told: &Told) {
    let theme = state.theme;
    let exchange = &*told.exchange;
    page.excerpt(&url(exchange, state), URL_LINES, theme.strong());
    let (status, style) = match &exchange.response {
        Some(response) => (message::status(response), theme.status(response.status)),
        None => (String::from("no response seen"), theme.dim()),
    };
    let mut rest = format!(" · {}", way(exchange));
    if let Some(latency) = latency(exchange) {
        rest = format!("{rest} · answered after {}", format::duration(latency));
    }
    page.line(&[(&status, style), (&rest, theme.dim())]);
    if let Some(incomplete) = exchange.incomplete {
        page.paragraph(&format!("Not whole: {}.", why(incomplete)), theme.warning());
    }
    if exchange.request.early_data {
        page.paragraph("Sent as early data: whoever sees it can replay it.", theme.warning());
    }
    let key = state.keymap.key(Command::ToggleSecrets, Context::Request);
    let (text, style) = match (state.secrets(), state.may_reveal) {
        (Secrets::Shown, _) => (format!("Secrets are shown; {key} hides them."), theme.warning()),
        (Secrets::Redacted, true) => {
            (format!("Secrets are hidden; {key} shows them."), theme.dim())
        }
        (Secrets::Redacted, false) => {
            let text = "Secrets are hidden; --show-secrets at the start lets them be shown.";
            (text.to_owned(), theme.dim())
        }
    };
    page.paragraph(&text, style);
}
