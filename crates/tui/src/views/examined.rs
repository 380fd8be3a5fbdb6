//! The list without a finding in it: still loading, nothing found, or failed. Never blank, and
//! never "all is well" where nothing could be looked at.

use detect::NotObservable;
use dissect::Reason;

use crate::app::State;
use crate::format;
use crate::phase::Phase;
use crate::widgets::handshake::reason;
use crate::widgets::page::Page;

/// Columns of the progress bar.
const BAR: usize = 40;

/// What the screen says while there is no finding.
pub(crate) fn page(state: &State, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    match &state.phase {
        Phase::Failed(reason) => {
            page.line(&[("Reading failed", state.theme.error())]);
            page.paragraph(state.without_input(reason), state.theme.text());
            page.blank();
            page.paragraph("Nothing was found up to there.", state.theme.text());
            counts(&mut page, state);
            not_observable(&mut page, &state.not_observable);
        }
        Phase::Finished => finished(&mut page, state),
        Phase::Reading | Phase::Waiting => open(&mut page, state, columns),
    }
    page
}

fn finished(page: &mut Page, state: &State) {
    let counts_now = state.counts;
    let strong = state.theme.strong();
    let told: u64 = state
        .not_observable
        .iter()
        .filter(|item| item.why == Reason::Har)
        .map(|item| item.sessions)
        .fold(0, u64::saturating_add);
    if counts_now.packets == 0 && told > 0 {
        page.line(&[("Nothing found", strong)]);
        let exchanges = format::counted(told, "exchange");
        page.paragraph(&format!("No rule was broken in {exchanges}."), state.theme.text());
        not_observable(page, &state.not_observable);
        return;
    }
    if counts_now.packets == 0 {
        page.line(&[("No packets", strong)]);
        page.paragraph("The input holds no packet, so there was nothing to examine.", strong);
        return;
    }
    if counts_now.sessions == 0 {
        page.line(&[("No TLS or QUIC session", strong)]);
        let text = "Nothing could be judged. Start the capture before the app connects, and check \
                    that the phone's traffic passes through where you capture.";
        page.paragraph(text, state.theme.text());
        counts(page, state);
        return;
    }
    page.line(&[("Nothing found", strong)]);
    let hidden: u64 = state.not_observable.iter().map(|n| n.sessions).fold(0, u64::saturating_add);
    let text = if hidden == 0 {
        "No rule was broken in anything that was examined."
    } else {
        "No rule was broken in what could be seen. Not everything could:"
    };
    page.paragraph(text, state.theme.text());
    not_observable(page, &state.not_observable);
    counts(page, state);
}

fn open(page: &mut Page, state: &State, columns: usize) {
    opening(page, state, columns, ["Nothing found so far", "Findings appear here as they come."]);
    not_observable(page, &state.not_observable);
}

/// What a list without a row says while more may come: that there is `nothing` so far, how far the
/// reading is, and `what` will be here.
pub(crate) fn opening(
    page: &mut Page,
    state: &State,
    columns: usize,
    [nothing, what]: [&'static str; 2],
) {
    let theme = state.theme;
    let title = match (state.live, &state.phase) {
        (true, Phase::Waiting) => "Waiting for packets",
        (true, _) => nothing,
        (false, _) => "Reading",
    };
    page.line(&[(title, theme.strong())]);
    progress(page, state, columns);
    page.paragraph(what, theme.dim());
    if state.phase != Phase::Waiting {
        counts(page, state);
    }
}

/// How much of a file is read.
fn progress(page: &mut Page, state: &State, columns: usize) {
    let theme = state.theme;
    if let (false, Some(percent)) = (state.live, state.counts.percent()) {
        let bar = BAR.min(columns.saturating_sub(8));
        let full = bar.saturating_mul(usize::from(percent)).checked_div(100).unwrap_or(0);
        let rest = "─".repeat(bar.saturating_sub(full));
        let number = format!(" {percent} %");
        let done = "━".repeat(full);
        page.line(&[(&done, theme.accent()), (&rest, theme.dim()), (&number, theme.text())]);
    }
}

/// What was examined.
pub(crate) fn counts(page: &mut Page, state: &State) {
    let counts = state.counts;
    let mut parts = vec![format::counted(counts.packets, "packet")];
    parts.extend(counts.flows.map(|flows| format::counted(flows, "flow")));
    parts.push(format::counted(counts.sessions, "TLS and QUIC session"));
    page.section("Examined", "");
    page.paragraph(&parts.join(", "), state.theme.text());
}

/// What could not be seen, why, and what would help.
pub(crate) fn not_observable(page: &mut Page, list: &[NotObservable]) {
    if list.is_empty() {
        return;
    }
    page.section("Not observable", "");
    for item in list {
        page.hanging("· ", &sentence(item), page.theme().text());
        if let Some(remedy) = item.remedy {
            page.hanging("  → ", remedy, page.theme().strong());
        }
    }
}

/// `certificates in 4 sessions: TLS 1.3 encrypts them (tls13-encrypted)`.
pub(crate) fn sentence(item: &NotObservable) -> String {
    let noun = if item.why == Reason::Har { "exchange" } else { "session" };
    let sessions = format::counted(item.sessions, noun);
    format!("{} in {sessions}: {}", item.what, reason(item.why))
}
