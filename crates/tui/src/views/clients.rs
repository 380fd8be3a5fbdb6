//! Apps and devices: who asked, and whether he let somebody in.

use std::borrow::Cow;

use ratatui::style::Style;

use super::findings::time;
use super::list::{Cell, Look};
use crate::app::State;
use crate::format;
use crate::store::clients::{Client, Clients, column};
use crate::text;
use crate::views::nothing::{self, counts};
use crate::widgets::page::Page;

impl Look for Clients {
    fn cell<'a>(
        &'a self,
        state: &'a State,
        client: &'a Client,
        at: usize,
        width: usize,
    ) -> Cell<'a> {
        let theme = &state.theme;
        let number = |number: u64| {
            Cow::Owned(match number {
                0 => String::new(),
                number => format::short_count(number),
            })
        };
        match at {
            column::CLIENT => (client.address.to_string().into(), theme.text()),
            column::APP => match client.name() {
                Some(name) => (name.into(), theme.text()),
                None => (Cow::Borrowed("not named"), theme.dim()),
            },
            column::INTERCEPTOR => {
                let (text, style) = interceptor(state, client);
                let all = client.accepted.saturating_add(client.refused);
                let short = [text, format!("✗ accepted {} of {all}", client.accepted)];
                let fits = short.into_iter().find(|text| text::width(text) <= width);
                (fits.unwrap_or_else(|| String::from("✗ accepted")).into(), style)
            }
            column::DEVICE => (self.device_words(client).into(), theme.dim()),
            column::FINDINGS => {
                let style = client.worst.map_or(theme.text(), |worst| theme.severity(worst));
                (number(client.finding_count.into()), style)
            }
            column::HOSTS => {
                (number(u64::try_from(client.hosts.len()).unwrap_or(u64::MAX)), theme.text())
            }
            column::SESSIONS => (number(client.sessions.into()), theme.text()),
            column::REQUESTS => (number(client.exchanges.into()), theme.text()),
            column::LAST => (time(client.last, width).into(), theme.dim()),
            _ => (Cow::Borrowed(client.ja4.as_deref().unwrap_or_default()), theme.dim()),
        }
    }

    fn preview(&self, state: &State, client: &Client, page: &mut Page) {
        let theme = state.theme;
        page.section("Selected", &client.address.to_string());
        let name = client.name().unwrap_or_else(|| String::from("an app that is not named"));
        let device = self.device_words(client);
        let on = if device.is_empty() { String::new() } else { format!(" on {device}") };
        page.excerpt(&format!("{name}{on}"), 1, theme.text());
        let (text, style) = interceptor(state, client);
        page.line(&[("interceptor  ", theme.dim()), (&text, style)]);
        let ja4 = client.ja4.as_deref().map(|ja4| format!("JA4 {ja4}")).unwrap_or_default();
        page.line(&[(&ja4, theme.dim())]);
    }

    fn empty(state: &State, page: &mut Page) {
        if nothing::is_told(page, state, "who asked") {
            return;
        }
        page.line(&[("No app", state.theme.strong())]);
        let text = "Nobody asked for anything: no TLS or QUIC session and no HTTP request with a \
                    client was seen.";
        page.paragraph(text, state.theme.text());
        counts(page, state);
    }
}

/// Whether it let an interceptor in, in words.
pub(super) fn interceptor(state: &State, client: &Client) -> (String, Style) {
    use detect::Severity;
    let theme = &state.theme;
    match (client.accepted, client.refused) {
        (0, 0) => (String::from("not tested"), theme.dim()),
        (0, refused) => (format!("✓ refused {refused}×"), theme.good()),
        (accepted, 0) => (format!("✗ accepted {accepted}×"), theme.severity(Severity::Critical)),
        (accepted, refused) => {
            let text = format!("✗ accepted {accepted}×, refused {refused}×");
            (text, theme.severity(Severity::Critical))
        }
    }
}
