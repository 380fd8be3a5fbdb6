//! The list without a request in it: still loading, none there, none readable, or none that the
//! filter lets pass. Says which, and what would help.

use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::Context;
use crate::phase::Phase;
use crate::views::examined::{counts, not_observable, opening};
use crate::widgets::page::Page;

/// What the screen says while there is no request to list.
pub(crate) fn page(state: &State, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    let theme = state.theme;
    if state.requests.is_filtered() {
        page.line(&[("No request passes the filter", theme.strong())]);
        let kept = u64::try_from(state.requests.exchanges().len()).unwrap_or(u64::MAX);
        let key = |command| state.keymap.key(command, Context::Requests);
        let (off, change) = (key(Command::Back), key(Command::Filter));
        let kept = format::counted(kept, "request");
        let text = format!("{kept} without it. {off} takes it off, {change} changes it.");
        page.paragraph(&text, theme.text());
        return page;
    }
    match &state.phase {
        Phase::Failed(reason) => {
            page.line(&[("Reading failed", theme.error())]);
            page.paragraph(state.without_input(reason), theme.text());
            page.blank();
            page.paragraph("No request was read up to there.", theme.text());
            counts(&mut page, state);
            not_observable(&mut page, &state.not_observable);
        }
        Phase::Finished => finished(&mut page, state),
        Phase::Reading | Phase::Waiting => open(&mut page, state, columns),
    }
    page
}

fn finished(page: &mut Page, state: &State) {
    let theme = state.theme;
    if state.counts.packets == 0 {
        page.line(&[("No packets", theme.strong())]);
        page.paragraph("The input holds no packet, so there was nothing to read.", theme.text());
        return;
    }
    if state.counts.sessions == 0 {
        page.line(&[("No request", theme.strong())]);
        let text = "Nothing in the clear is HTTP, and there was no TLS or QUIC session. Start the \
                    capture before the app connects, and check that the phone's traffic passes \
                    through where you capture.";
        page.paragraph(text, theme.text());
        counts(page, state);
        return;
    }
    page.line(&[("No request could be read", theme.strong())]);
    let sessions = format::counted(state.counts.sessions, "TLS and QUIC session");
    if state.has_keys {
        let text = format!(
            "Nothing in the clear is HTTP, and nothing in {sessions} could be read with the keys \
             that were given."
        );
        page.paragraph(&text, theme.text());
        let remedy = "a key log must come from the program that made the session, and hold it \
                      from its start";
        page.hanging("  → ", remedy, theme.strong());
    } else {
        let text = format!(
            "Nothing in the clear is HTTP, and there is no key for what is inside {sessions}."
        );
        page.paragraph(&text, theme.text());
        let remedy = "start with --keylog FILE (the SSLKEYLOGFILE of the app), or capture with \
                      embedded secrets";
        page.hanging("  → ", remedy, theme.strong());
    }
    not_observable(page, &state.not_observable);
    counts(page, state);
}

fn open(page: &mut Page, state: &State, columns: usize) {
    opening(page, state, columns, ["No request so far", "Requests appear here as they come."]);
    if !state.has_keys && state.counts.sessions > 0 {
        page.blank();
        let remedy = "what is inside TLS needs keys: start with --keylog FILE";
        page.hanging("  → ", remedy, state.theme.dim());
    }
    not_observable(page, &state.not_observable);
}
