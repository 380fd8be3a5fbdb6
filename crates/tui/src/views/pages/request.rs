//! One request in full: what was asked, what was answered, and how it travelled.

use report::redact::Secrets;

use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::Context;
use crate::list::Id;
use crate::screen::Target;
use crate::store::exchanges::Told;
use crate::views::requests::url;
use crate::widgets::body::Look;
use crate::widgets::connection::{self, latency, way, why};
use crate::widgets::message;
use crate::widgets::page::Page;

/// Most lines that the URL takes above everything.
const URL_LINES: usize = 3;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, id: Id, told: &Told) {
    let exchange = &*told.exchange;
    let look = Look { raw: state.raw, secrets: state.secrets() };
    head(page, state, told);
    message::request(page, exchange, look);
    message::response(page, exchange, look);
    connection::section(page, exchange, told.flow.as_deref());
    page.section("Look further", "");
    let span = exchange.request.packets;
    let response = exchange.response.as_ref().map(|response| response.packets);
    let mut numbers = span.numbers();
    numbers.extend(response.into_iter().flat_map(|span| span.numbers()));
    numbers.sort_unstable();
    numbers.dedup();
    if let Some(target) = State::packet(&numbers, 0) {
        page.link(target);
        page.field("packets", &format::packets(&numbers));
    }
    let session = told.flow.as_ref().and_then(|flow| state.store.sessions.of_flow(flow.id));
    if let Some(session) = session.filter(|_| exchange.connection.session.is_some()) {
        page.link(Target::Session(session));
        page.field("session", "the handshake that it came behind");
    }
    if let Some(host) = exchange.host().and_then(|host| state.store.hosts.find(host)) {
        page.link(Target::Host(host));
        page.field("host", "all that is known of it");
    }
    if let Some(other) = state.lists.requests.marks().iter().find(|other| **other != id) {
        page.link(Target::Diff(*other, id));
        page.field("compare", "the marked request beside this one");
    }
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
