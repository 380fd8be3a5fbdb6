//! What was examined when nothing was found: never "all is well" where nothing could be looked at.

use detect::NotObservable;
use dissect::Reason;

use crate::app::State;
use crate::format;
use crate::store::notes::not_observable_words;
use crate::views::nothing::counts;
use crate::widgets::page::Page;

/// What the list of findings says at the end if there are none.
pub(crate) fn nothing_found(page: &mut Page, state: &State) {
    let counts_now = state.counts;
    let not_seen = &state.store.not_observable;
    let strong = state.theme.strong();
    let told = not_seen
        .iter()
        .filter(|item| item.why == Reason::Har)
        .map(|item| item.sessions)
        .fold(0, u64::saturating_add);
    if counts_now.packets == 0 && told > 0 {
        page.line(&[("Nothing found", strong)]);
        let exchanges = format::counted(told, "exchange");
        page.paragraph(&format!("No rule was broken in {exchanges}."), state.theme.text());
        not_observable(page, not_seen);
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
    let hidden: u64 = not_seen.iter().map(|n| n.sessions).fold(0, u64::saturating_add);
    let text = if hidden == 0 {
        "No rule was broken in anything that was examined."
    } else {
        "No rule was broken in what could be seen. Not everything could:"
    };
    page.paragraph(text, state.theme.text());
    not_observable(page, not_seen);
    counts(page, state);
}

/// What could not be seen, why, and what would help.
pub(crate) fn not_observable(page: &mut Page, list: &[NotObservable]) {
    if list.is_empty() {
        return;
    }
    page.section("Not observable", "");
    for item in list {
        page.hanging("· ", &not_observable_words(item), page.theme().text());
        if let Some(remedy) = item.remedy {
            page.hanging("  → ", remedy, page.theme().strong());
        }
    }
}
