//! The hosts: is the channel to each end to end?

use std::borrow::Cow;

use detect::Verdict;
use ratatui::style::Style;

use super::findings::time;
use super::list::{Cell, Look};
use crate::app::State;
use crate::format;
use crate::store::hosts::{Host, Hosts, column};
use crate::views::nothing::counts;
use crate::widgets::page::Page;

impl Look for Hosts {
    fn cell<'a>(&'a self, state: &'a State, host: &'a Host, at: usize, width: usize) -> Cell<'a> {
        let theme = &state.theme;
        let number = |number: u32| {
            Cow::Owned(match number {
                0 => String::new(),
                number => format::short_count(number.into()),
            })
        };
        match at {
            column::VERDICT => (label(host.verdict()).into(), verdict_style(state, host.verdict())),
            column::HOST => (Cow::Borrowed(&host.name), theme.text()),
            column::ISSUER if host.issuers.is_empty() && host.sessions > 0 => {
                (Cow::Borrowed("not observable"), theme.dim())
            }
            column::ISSUER => (host.issuers_words().into(), theme.text()),
            column::CHAINS => {
                let chains = u32::try_from(host.chains.len()).unwrap_or(u32::MAX);
                let style = if chains > 1 { theme.warning() } else { theme.text() };
                (number(chains), style)
            }
            column::VERSIONS => (host.versions_words().into(), theme.dim()),
            column::SESSIONS => (number(host.sessions), theme.text()),
            column::REQUESTS => (number(host.exchanges), theme.text()),
            column::FINDINGS => {
                let style = host.worst.map_or(theme.text(), |worst| theme.severity(worst));
                (number(host.finding_count), style)
            }
            _ => (time(host.last, width).into(), theme.dim()),
        }
    }

    fn preview(&self, state: &State, host: &Host, page: &mut Page) {
        let theme = state.theme;
        page.section("Selected", &host.name);
        page.excerpt(meaning(host.verdict()), 1, theme.text());
        let mut parts = vec![format::counted(host.sessions.into(), "session")];
        if host.hidden > 0 {
            let hidden = format::count(host.hidden.into());
            parts.push(format!("{hidden} without a certificate that could be read"));
        }
        if host.refused > 0 {
            parts.push(format!("{} refused by the client", format::count(host.refused.into())));
        }
        if host.exchanges > 0 {
            parts.push(format::counted(host.exchanges.into(), "request"));
        }
        page.excerpt(&parts.join(", "), 1, theme.dim());
        if host.chains.len() > 1 {
            let chains = format::count(u64::try_from(host.chains.len()).unwrap_or(u64::MAX));
            let text = format!("It presented {chains} different chains: open it to compare them.");
            page.excerpt(&text, 1, theme.warning());
        }
    }

    fn empty(state: &State, page: &mut Page) {
        page.line(&[("No host", state.theme.strong())]);
        let text = "No TLS or QUIC session and no HTTP request was seen. Start the capture before \
                    the app connects, and check that the phone's traffic passes through where you \
                    capture.";
        page.paragraph(text, state.theme.text());
        counts(page, state);
    }
}

/// `✗ intercepted`: sign and words.
pub(super) fn label(verdict: Verdict) -> String {
    let sign = match verdict {
        Verdict::EndToEnd => "✓",
        Verdict::InDoubt => "▲",
        Verdict::Intercepted => "✗",
        Verdict::NotObservable => "?",
        Verdict::Refused => "⊘",
    };
    format!("{sign} {}", verdict.words())
}

pub(super) fn verdict_style(state: &State, verdict: Verdict) -> Style {
    use detect::Severity;
    let theme = &state.theme;
    match verdict {
        Verdict::EndToEnd => theme.good(),
        Verdict::InDoubt => theme.severity(Severity::Medium),
        Verdict::Intercepted => theme.severity(Severity::Critical),
        Verdict::NotObservable => theme.dim(),
        Verdict::Refused => theme.severity(Severity::High),
    }
}

/// What a verdict means.
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::EndToEnd => "Certificates were looked at, and nothing is wrong with them.",
        Verdict::InDoubt => {
            "Something is wrong with what answered; whether anybody trusted it is not clear."
        }
        Verdict::Intercepted => "Somebody sits in the channel, and a client let him in.",
        Verdict::NotObservable => "No certificate could be read, and nothing else says anything.",
        Verdict::Refused => "Somebody tried: a client refused the certificate, and nobody took it.",
    }
}
