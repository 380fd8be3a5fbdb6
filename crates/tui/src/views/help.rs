//! The help of a view or a page: its keys, from the key table, and what the signs mean.

use detect::{Severity, Verdict};

use super::hosts::{label, meaning as verdict_meaning, verdict_style};
use super::requests;
use crate::app::State;
use crate::keymap::Context;
use crate::theme::glyph;
use crate::widgets::page::Page;

/// The help of the view whose keys these are.
pub(crate) fn page(state: &State, context: Context, columns: usize) -> Page {
    let mut page = Page::new(columns, state.theme);
    for section in std::iter::once(context).chain(context.inherited().iter().copied()) {
        let bindings = state.keymap.live(context).filter(|b| b.context == section);
        let mut bindings = bindings.filter(|binding| !binding.keys.is_empty()).peekable();
        if bindings.peek().is_none() {
            continue;
        }
        page.section(section.title(), "");
        for binding in bindings {
            let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
            page.field(&keys.join(" "), binding.help);
        }
    }
    signs(&mut page, state, context);
    filters(&mut page, context);
    page
}

fn signs(page: &mut Page, state: &State, context: Context) {
    let theme = state.theme;
    match context {
        Context::Requests | Context::Request => {
            page.section("Signs", "");
            page.field(requests::INCOMPLETE, "not whole: the request says why");
            page.field(
                requests::EARLY,
                "sent as early data (0-RTT): whoever sees it can replay it",
            );
        }
        Context::Hosts => {
            page.section("Channel", "");
            for verdict in Verdict::ALL {
                page.line(&[(&label(verdict), verdict_style(state, verdict))]);
                page.hanging("  ", verdict_meaning(verdict), theme.text());
            }
        }
        Context::Findings | Context::Finding => {
            page.section("Severities", "");
            for severity in Severity::ALL {
                let style = theme.severity(severity);
                page.line(&[
                    (glyph(severity), style),
                    (&format!(" {:<11}", severity.word()), style),
                    (meaning(severity), theme.text()),
                ]);
            }
        }
        _ => {}
    }
}

/// How a filter is written.
fn filters(page: &mut Page, context: Context) {
    if !context.inherited().contains(&Context::Lists) {
        return;
    }
    page.section("Filters", "all words must fit; the same as --filter");
    for (example, meaning) in [
        ("shop cart", "both words, anywhere"),
        (
            "host:shop",
            "in one field: host app rule surface ja4 ip port client status method path type version result",
        ),
        ("host:=a.test", "exactly this; host:*.test any that ends so"),
        ("sev:>=high", "this severity or worse; status:>=400, status:4xx"),
        ("path:/^.v1/", "a regular expression between slashes"),
        ("!ip:10.0.0.0/8", "not so"),
        ("a b|c", "a and b, or c; ( ) put together; \" \" hold words together"),
    ] {
        page.field(example, meaning);
    }
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
