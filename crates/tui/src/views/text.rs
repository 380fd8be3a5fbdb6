//! What is selected or shown, as text to be copied.

use super::pages;
use crate::app::State;
use crate::list::Table as _;
use crate::parts::Bytes;
use crate::screen::{Target, View};
use crate::views::requests::url;

/// The text; `None` if nothing is selected.
pub(crate) fn as_text(state: &State) -> Option<String> {
    let store = &state.store;
    if let Some(open) = state.pages.last() {
        return match &open.target {
            Target::Finding(entry) => store.findings.get(*entry).map(|finding| {
                format!(
                    "{} {} {} ({})",
                    finding.severity, finding.rule.id, finding.title, finding.id
                )
            }),
            Target::Request(id) => store.exchanges.item(*id).map(|told| request(state, told)),
            Target::Packet { numbers, nth } => match state.packets.get(numbers.get(*nth)?) {
                Some(Bytes::Here(packet)) => Some(dissect::hex(&packet.bytes)),
                _ => None,
            },
            target => Some(pages::title(state, target)),
        };
    }
    let id = state.lists.selected(store, state.view)?;
    match state.view {
        View::Clients => store.clients.item(id).map(|client| {
            let name = client.name().unwrap_or_default();
            format!("{} {name} {}", client.address, client.ja4.as_deref().unwrap_or_default())
        }),
        View::Findings => {
            let group = store.findings.item(id)?;
            store.findings.worst_of(group).map(|finding| {
                format!(
                    "{} {} {} ({})",
                    finding.severity, finding.rule.id, finding.title, finding.id
                )
            })
        }
        View::Hosts => store.hosts.item(id).map(|host| host.name.to_string()),
        View::Log => store.notes.item(id).map(|note| format!("{} {}", note.what, note.detail)),
        View::Requests => store.exchanges.item(id).map(|told| request(state, told)),
        View::Sessions => store.sessions.item(id).map(|row| {
            let flow = row.flow.as_ref().map(|flow| format!("{} → {}", flow.client, flow.server));
            format!(
                "{} {} {}",
                row.host,
                flow.unwrap_or_default(),
                row.ja4.as_deref().unwrap_or_default()
            )
        }),
        View::Timeline => None,
    }
}

/// Method and URL, as they are shown.
fn request(state: &State, told: &crate::store::exchanges::Told) -> String {
    url(&told.exchange, state).replace('\u{a0}', " ")
}
