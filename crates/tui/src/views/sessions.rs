//! The sessions: TLS and QUIC connections, one line each, in wire order.

use std::borrow::Cow;

use ratatui::style::Style;

use super::list::{Cell, Look};
use crate::app::State;
use crate::format;
use crate::store::ended::Ended;
use crate::store::sessions::{Row, Sessions, column};
use crate::views::nothing::{self, counts};
use crate::widgets::page::Page;

impl Look for Sessions {
    fn cell<'a>(&'a self, state: &'a State, row: &'a Row, at: usize, width: usize) -> Cell<'a> {
        let theme = &state.theme;
        let end =
            |end: Option<dissect::Endpoint>| end.map(|end| end.to_string()).unwrap_or_default();
        match at {
            column::TIME => {
                let digits = if width == 9 { 8 } else { width };
                let time = format::clock_millis(row.first.timestamp);
                (time.chars().take(digits).collect::<String>().into(), theme.dim())
            }
            column::HOST => (Cow::Borrowed(&row.host), theme.text()),
            column::VERSION => (row.version_words().into(), theme.text()),
            column::RESULT => (row.ended.words().into(), result_style(state, row.ended)),
            column::CLIENT => {
                let client = row.flow.as_ref().map(|flow| flow.client.address.to_string());
                (client.unwrap_or_default().into(), theme.dim())
            }
            column::JA4 => (Cow::Borrowed(row.ja4.as_deref().unwrap_or_default()), theme.dim()),
            column::CIPHER => (row.cipher_words().into(), theme.dim()),
            column::SERVER => (end(row.flow.as_ref().map(|flow| flow.server)).into(), theme.dim()),
            _ => match row.issuer.as_deref() {
                Some(issuer) => (Cow::Borrowed(issuer), theme.text()),
                None => (Cow::Borrowed("not seen"), theme.dim()),
            },
        }
    }

    fn preview(&self, state: &State, row: &Row, page: &mut Page) {
        let theme = state.theme;
        let from = format!("from packet {}", row.first.number);
        page.section("Selected", if row.first.number > 0 { &from } else { "" });
        let app = row
            .flow
            .as_ref()
            .and_then(|flow| state.store.clients.app(flow.client.address, row.ja4.as_ref()));
        let ends = row.flow.as_ref().map(|flow| format!("{} → {}", flow.client, flow.server));
        let parts = [Some(row.host.to_string()), ends, app.map(|app| format!("app {app}"))];
        page.excerpt(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "), 1, theme.text());
        let way = [row.version_words(), row.cipher_words()];
        let way: Vec<String> = way.into_iter().filter(|part| !part.is_empty()).collect();
        let result = row.ended.words();
        page.line(&[
            (&way.join(" "), theme.dim()),
            (if way.is_empty() { "" } else { " · " }, theme.dim()),
            (&result, result_style(state, row.ended)),
        ]);
        let ja4 = row.ja4.as_deref().map(|ja4| format!("JA4 {ja4}")).unwrap_or_default();
        page.line(&[(&ja4, theme.dim())]);
    }

    fn empty(state: &State, page: &mut Page) {
        let theme = state.theme;
        if nothing::is_told(page, state, "handshakes") {
            return;
        }
        page.line(&[("No TLS or QUIC session", theme.strong())]);
        let text = "No handshake was seen. Start the capture before the app connects, and check \
                    that the phone's traffic passes through where you capture.";
        page.paragraph(text, theme.text());
        counts(page, state);
    }
}

/// What a result is coloured with: a refusal is what one looks for.
pub(super) fn result_style(state: &State, ended: Ended) -> Style {
    match ended {
        Ended::Refused(_) => state.theme.good(),
        Ended::NoAnswer | Ended::NotCompleted | Ended::LeftBefore => state.theme.warning(),
        Ended::Completed | Ended::Open | Ended::Resumed | Ended::Unused => state.theme.text(),
    }
}
