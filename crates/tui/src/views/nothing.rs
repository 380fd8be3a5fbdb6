//! A list without a row in it: still loading, nothing there, nothing that passes, or failed. Never
//! blank, and says what would help.

use dissect::Reason;

use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::list::Listing;
use crate::parts::Overlay;
use crate::phase::Phase;
use crate::views::list::Look;
use crate::widgets::page::Page;

/// Columns of the progress bar.
const BAR: usize = 40;

/// What stands in the place of the rows.
pub(crate) fn page<T: Look>(state: &State, list: &Listing, table: &T, page: &mut Page) {
    let theme = state.theme;
    let kept = u64::from(table.end().saturating_sub(table.first()));
    if kept > 0 && state.behind {
        page.line(&[("Looking …", theme.strong())]);
        return;
    }
    if kept > 0 && !list.sieve.is_open() {
        page.line(&[("Nothing passes", theme.strong())]);
        let key = |command| state.keymap.key(command, state.context_below());
        let (off, change) = (key(Command::Back), key(Command::Filter));
        let all = key(Command::Problems);
        let mut parts = vec![format!("{} without narrowing.", format::counted(kept, "row"))];
        if matches!(state.overlay, Some(Overlay::Prompt(_))) {
            // What it says of itself stands in the line in which it is typed.
        } else if !list.sieve.filter.is_empty() {
            parts.push(format!("{off} takes the filter off, {change} changes it."));
        } else if list.sieve.span.is_some() {
            parts.push(format!("{off} shows all times."));
        }
        if state.lists.only_problems() {
            parts.push(format!("{all} shows what is no problem, too."));
        }
        page.paragraph(&parts.join(" "), theme.text());
        return;
    }
    match &state.phase {
        Phase::Failed(reason) => {
            failed(page, state, reason);
            super::not_observable(page, &state.store.not_observable);
        }
        Phase::Finished if holds_nothing(state) => no_packets(page, state),
        Phase::Finished => T::empty(state, page),
        Phase::Reading | Phase::Waiting => {
            opening(page, state);
            super::not_observable(page, &state.store.not_observable);
        }
    }
}

/// What a view says that has nothing to show when reading failed.
pub(crate) fn failed(page: &mut Page, state: &State, reason: &str) {
    let theme = state.theme;
    page.line(&[("Reading failed", theme.error())]);
    page.paragraph(state.without_input(reason), theme.text());
    page.blank();
    page.paragraph("Up to there was nothing that belongs here.", theme.text());
    counts(page, state);
}

/// Whether the input is read and was empty. A HAR file holds no packet, but requests.
pub(crate) fn holds_nothing(state: &State) -> bool {
    let told = state.store.not_observable.iter().any(|item| item.why == Reason::Har);
    state.counts.packets == 0 && state.store.exchanges.came() == 0 && !told
}

/// What all views say then.
pub(crate) fn no_packets(page: &mut Page, state: &State) {
    page.line(&[("No packets", state.theme.strong())]);
    let text = "The input holds no packet, so there was nothing to examine.";
    page.paragraph(text, state.theme.text());
}

/// Says that a HAR file does not tell what a view is about, if it is one.
pub(crate) fn is_told(page: &mut Page, state: &State, what: &str) -> bool {
    let is_har = state.counts.packets == 0 && state.store.exchanges.came() > 0;
    if is_har {
        page.line(&[("Not in a HAR file", state.theme.strong())]);
        let text = format!("It tells requests and their answers, and nothing of {what}.");
        page.paragraph(&text, state.theme.text());
        page.hanging("  → ", "capture packets", state.theme.strong());
    }
    is_har
}

/// What a view says while more may come: how far the reading is.
pub(crate) fn opening(page: &mut Page, state: &State) {
    let theme = state.theme;
    let title = match (state.live, &state.phase) {
        (true, Phase::Waiting) => "Waiting for packets",
        (true, _) => "Nothing so far",
        (false, _) => "Reading",
    };
    page.line(&[(title, theme.strong())]);
    progress(page, state);
    page.paragraph("It appears here as it comes.", theme.dim());
    if state.phase != Phase::Waiting {
        counts(page, state);
    }
}

/// How much of a file is read.
fn progress(page: &mut Page, state: &State) {
    let theme = state.theme;
    if let (false, Some(percent)) = (state.live, state.counts.percent()) {
        let bar = BAR.min(page.room().saturating_sub(7));
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
