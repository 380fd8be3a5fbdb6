//! One host: the channel to it, the chains that it presented, its findings.

use detect::pins::{self, Bearer};

use crate::app::State;
use crate::format;
use crate::list::Id;
use crate::screen::{Target, View};
use crate::store::hosts::{Host, HostChain};
use crate::views::findings::label as severity_label;
use crate::views::hosts::{label, meaning, verdict_style};
use crate::widgets::page::Page;
use crate::widgets::{chain, comparison};

/// Most findings that are listed.
const MAX_FINDINGS: usize = 50;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, id: Id, host: &Host) {
    let theme = state.theme;
    let verdict = host.verdict();
    page.line(&[
        (&label(verdict), verdict_style(state, verdict)),
        ("  ", theme.text()),
        (&host.name, theme.strong()),
    ]);
    page.paragraph(meaning(verdict), theme.text());
    page.blank();
    if host.chains.len() > 1 {
        let number = u64::try_from(host.chains.len()).unwrap_or(u64::MAX);
        page.link(Target::Chains { host: id, one: 0, other: 1 });
        page.field("chains", &format!("{} different ones, side by side", format::count(number)));
    }
    page.field("versions", &or_none(&host.versions_words()));
    let mut sessions = format::count(host.sessions.into());
    if host.hidden > 0 {
        let hidden = format::count(host.hidden.into());
        sessions.push_str(&format!(", {hidden} without a certificate that could be read"));
    }
    if host.refused > 0 {
        let refused = format::count(host.refused.into());
        sessions.push_str(&format!(", {refused} refused by the client"));
    }
    let filter = format!("host:={}", host.name);
    page.link(Target::Listed { view: View::Sessions, filter: filter.clone() });
    page.field("sessions", &sessions);
    page.link(Target::Listed { view: View::Requests, filter });
    page.field("requests", &format::count(host.exchanges.into()));
    if host.first != dissect::Timestamp::default() {
        let (first, last) = (format::date_time(host.first), format::date_time(host.last));
        page.field("seen", &format!("{first} to {last} UTC"));
    }
    findings(page, state, host);
    chains(page, state, id, host);
    if let Some(known) = state.store.baseline.hosts.get(&*host.name) {
        for shown in &host.chains {
            comparison::against_baseline(page, &shown.seen, known);
        }
    }
}

fn findings(page: &mut Page, state: &State, host: &Host) {
    let theme = state.theme;
    page.section("Findings", "");
    let mut entries: Vec<_> = host
        .findings
        .iter()
        .filter_map(|entry| Some((*entry, state.store.findings.get(*entry)?)))
        .collect();
    entries.sort_by(|(_, one), (_, other)| one.rank().cmp(&other.rank()));
    for (entry, finding) in entries.iter().take(MAX_FINDINGS) {
        page.link(Target::Finding(*entry));
        page.line(&[
            (
                &format!("{:<11} ", severity_label(finding.severity)),
                theme.severity(finding.severity),
            ),
            (&finding.title, theme.text()),
        ]);
    }
    let left = u64::from(host.finding_count)
        .saturating_sub(u64::try_from(entries.len().min(MAX_FINDINGS)).unwrap_or(u64::MAX));
    if left > 0 {
        page.paragraph(&format!("{} more", format::count(left)), theme.dim());
    }
    if entries.is_empty() {
        page.paragraph("none", theme.dim());
    }
}

fn chains(page: &mut Page, state: &State, id: Id, host: &Host) {
    if host.chains.is_empty() {
        page.section("Certificates", "");
        page.paragraph("None could be read.", state.theme.dim());
        return;
    }
    for (nth, shown) in host.chains.iter().enumerate() {
        let title = if host.chains.len() > 1 {
            format!("Chain {} of {}", nth.saturating_add(1), host.chains.len())
        } else {
            String::from("Certificate chain")
        };
        chain::section(page, &title, &shown.seen);
        page.field("presented", &presented(shown));
        pinned(page, state, host, shown);
        if let Some(other) = (0..host.chains.len()).find(|other| *other != nth) {
            page.link(Target::Chains { host: id, one: nth, other });
            page.field("compare", "this chain beside another one of the same host");
        }
    }
    if host.more_chains > 0 {
        let more = format::counted(host.more_chains.into(), "session");
        page.paragraph(&format!("{more} with other chains"), state.theme.dim());
    }
}

/// Whether a chain, as it was sent, has one of the keys that the host must present. A root that was
/// not sent may have it, too: what it means that none has is for findings to say.
fn pinned(page: &mut Page, state: &State, host: &Host, chain: &HostChain) {
    let pins = state.store.pins.for_host(&host.name, host.last);
    if pins.is_empty() {
        return;
    }
    let sent = chain.seen.value.certificates().enumerate().map(|(position, certificate)| {
        let bearer = if position == 0 { Bearer::Leaf } else { Bearer::Authority };
        (bearer, certificate.spki_sha256)
    });
    let number = format::counted(u64::try_from(pins.len()).unwrap_or(u64::MAX), "pinned key");
    if pins::satisfied(&pins, &sent.collect::<Vec<_>>()) {
        page.styled_field("pins", &format!("✓ one of {number} was sent"), state.theme.good());
    } else {
        page.styled_field("pins", &format!("≠ none of {number} was sent"), state.theme.warning());
    }
}

/// In how many sessions, and what clients made of it.
pub(super) fn presented(chain: &HostChain) -> String {
    let mut text = format!("in {}", format::counted(chain.sessions.into(), "session"));
    if chain.accepted > 0 {
        text.push_str(&format!(", accepted in {}", format::count(chain.accepted.into())));
    }
    if chain.refused > 0 {
        text.push_str(&format!(", refused in {}", format::count(chain.refused.into())));
    }
    text
}

fn or_none(text: &str) -> String {
    if text.is_empty() { String::from("none seen") } else { text.to_owned() }
}
