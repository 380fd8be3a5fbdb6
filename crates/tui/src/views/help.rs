//! The help of a view: its keys, from the key table, and what the signs mean.

use detect::Severity;

use super::requests;
use crate::app::State;
use crate::keymap::Context;
use crate::theme::glyph;
use crate::widgets::page::Page;

/// The help of the view whose keys these are.
pub(crate) fn page(state: &State, context: Context, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    for section in [context, Context::Anywhere] {
        page.section(section.title(), "");
        for binding in state.keymap.live(context).filter(|b| b.context == section) {
            let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
            page.field(&keys.join(" "), binding.help);
        }
    }
    if matches!(context, Context::Requests | Context::Filter) {
        page.section("Signs", "");
        page.field(requests::INCOMPLETE, "not whole: the request says why");
        page.field(requests::EARLY, "sent as early data (0-RTT): whoever sees it can replay it");
        return page;
    }
    page.section("Severities", "");
    for severity in Severity::ALL {
        let style = state.theme.severity(severity);
        page.line(&[
            (glyph(severity), style),
            (&format!(" {:<11}", severity.word()), style),
            (meaning(severity), state.theme.text()),
        ]);
    }
    page
}

const fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "somebody is in the channel, and the app lets him",
        Severity::High => "somebody can read or change traffic",
        Severity::Medium => "should be mended",
        Severity::Low => "worth a look",
        Severity::Info => "good to know",
    }
}
