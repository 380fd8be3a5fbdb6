//! Pages: one thing in full. What can be opened from there is marked, and Enter opens it.

mod chains;
mod client;
mod diff;
mod finding;
mod host;
mod note;
mod packet;
mod request;
mod session;

use crate::app::State;
use crate::command::Command;
use crate::keymap::Context;
use crate::list::Table as _;
use crate::screen::Target;
use crate::widgets::page::Page;

/// The page of a target.
pub(crate) fn page(state: &State, target: &Target, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    let store = &state.store;
    let found = match target {
        Target::Chains { host, one, other } => {
            store.hosts.item(*host).map(|host| chains::page(&mut page, host, *one, *other))
        }
        Target::Client(id) => {
            store.clients.item(*id).map(|client| client::page(&mut page, state, *id, client))
        }
        Target::Diff(one, other) => {
            let told = |id: &u32| store.exchanges.item(*id);
            let pair = told(one).zip(told(other));
            pair.map(|(one, other)| diff::page(&mut page, state, one, other))
        }
        Target::Finding(entry) => store
            .findings
            .get(*entry)
            .map(|finding| finding::page(&mut page, state, *entry, finding)),
        Target::Host(id) => {
            store.hosts.item(*id).map(|host| host::page(&mut page, state, *id, host))
        }
        Target::Listed { .. } => None,
        Target::Note(id) => store.notes.item(*id).map(|note| note::page(&mut page, state, note)),
        Target::Packet { numbers, nth } => {
            numbers.get(*nth).map(|number| packet::page(&mut page, state, *number))
        }
        Target::Request(id) => {
            store.exchanges.item(*id).map(|told| request::page(&mut page, state, *id, told))
        }
        Target::Session(id) => {
            store.sessions.item(*id).map(|row| session::page(&mut page, state, row))
        }
        Target::SessionOf(entry) => {
            store.findings.get(*entry).map(|finding| session::of_finding(&mut page, state, finding))
        }
    };
    if found.is_none() {
        page.line(&[("No longer kept", state.theme.strong())]);
        page.paragraph("It had to make room for what came later.", state.theme.text());
    }
    page
}

/// What the way to a page calls it.
pub(crate) fn title(state: &State, target: &Target) -> String {
    let store = &state.store;
    let gone = || String::from("gone");
    match target {
        Target::Chains { .. } => String::from("chains side by side"),
        Target::Client(id) => store.clients.item(*id).map_or_else(gone, |client| {
            client.name().unwrap_or_else(|| client.address.to_string())
        }),
        Target::Diff(..) => String::from("side by side"),
        Target::Finding(entry) => {
            store.findings.get(*entry).map_or_else(gone, |finding| finding.subject.label())
        }
        Target::Host(id) => store.hosts.item(*id).map_or_else(gone, |host| host.name.to_string()),
        Target::Listed { view, .. } => view.title().to_owned(),
        Target::Note(_) => String::from("entry"),
        Target::Packet { numbers, nth } => {
            let number = numbers.get(*nth).copied().unwrap_or_default();
            match numbers.len() {
                1 => format!("packet {number}"),
                several => {
                    let key = |command| state.keymap.key(command, Context::Pages);
                    let (next, previous) = (key(Command::Next), key(Command::Previous));
                    let nth = nth.saturating_add(1);
                    format!("packet {number} ({nth} of {several}, {next}/{previous})")
                }
            }
        }
        Target::Request(_) => String::from("request"),
        Target::Session(_) | Target::SessionOf(_) => String::from("session"),
    }
}
