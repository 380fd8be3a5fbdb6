//! One app on one device: what it spoke to, and whom it let in.

use crate::app::State;
use crate::format;
use crate::list::{Id, Table as _};
use crate::screen::{Target, View};
use crate::store::clients::Client;
use crate::views::clients::interceptor;
use crate::views::findings::label;
use crate::views::hosts::{label as verdict_label, verdict_style};
use crate::widgets::page::Page;

/// Most hosts and findings that are listed.
const MAX_LISTED: usize = 50;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, _id: Id, client: &Client) {
    let theme = state.theme;
    let name = client.name().unwrap_or_else(|| String::from("an app that is not named"));
    page.paragraph(&name, theme.strong());
    let (text, style) = interceptor(state, client);
    page.styled_field("interceptor", &text, style);
    page.field("client", &client.address.to_string());
    let device = state.store.clients.device_words(client);
    page.field("device", if device.is_empty() { "says nothing of itself" } else { &device });
    let apps = client.apps.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    page.field("User-Agent", if apps.is_empty() { "not seen" } else { &apps });
    page.field("JA4", client.ja4.as_deref().unwrap_or("none"));
    let by_ja4 = client.ja4.as_deref().map(|ja4| format!(" ja4:{ja4}")).unwrap_or_default();
    let filter = format!("ip:{}{by_ja4}", client.address);
    page.link(Target::Listed { view: View::Sessions, filter });
    page.field("sessions", &format::count(client.sessions.into()));
    page.link(Target::Listed { view: View::Requests, filter: format!("ip:{}", client.address) });
    page.field("requests", &format::count(client.exchanges.into()));
    let (first, last) = (format::date_time(client.first), format::date_time(client.last));
    page.field("seen", &format!("{first} to {last} UTC"));
    page.section("Findings", "");
    let found = client.findings.iter();
    let mut found: Vec<_> =
        found.filter_map(|entry| Some((*entry, state.store.findings.get(*entry)?))).collect();
    found.sort_by(|(_, one), (_, other)| one.rank().cmp(&other.rank()));
    for (entry, finding) in found.into_iter().take(MAX_LISTED) {
        page.link(Target::Finding(entry));
        page.line(&[
            (&format!("{:<11} ", label(finding.severity)), theme.severity(finding.severity)),
            (&finding.title, theme.text()),
        ]);
    }
    if client.findings.is_empty() {
        page.paragraph("none", theme.dim());
    }
    page.section("Hosts", "");
    for id in client.hosts.iter().take(MAX_LISTED) {
        let Some(host) = state.store.hosts.item(*id) else { continue };
        page.link(Target::Host(*id));
        page.line(&[
            (
                &format!("{:<17} ", verdict_label(host.verdict())),
                verdict_style(state, host.verdict()),
            ),
            (&host.name, theme.text()),
        ]);
    }
}
