//! One session: who sent what and when, and the certificates.

use detect::Finding;
use dissect::{Flow, Session};

use crate::app::State;
use crate::screen::Target;
use crate::store::sessions::Row;
use crate::views::sessions::result_style;
use crate::widgets::page::Page;
use crate::widgets::{chain, comparison, handshake, ladder};

/// Writes the page of a row.
pub(super) fn page(page: &mut Page, state: &State, row: &Row) {
    let theme = state.theme;
    let result = row.ended.words();
    page.line(&[
        (&result, result_style(state, row.ended)),
        ("  ", theme.text()),
        (&row.host, theme.strong()),
    ]);
    page.maybe_link(row.host_id.map(Target::Host));
    page.field("host", &row.host);
    if let Some(flow) = &row.flow {
        page.maybe_link(row.client_id.map(Target::Client));
        let app = state.store.clients.app(flow.client.address, row.ja4.as_ref());
        let app = app.map(|app| format!("  ·\u{a0}app {app}")).unwrap_or_default();
        page.field("client", &format!("{}{app}", flow.client));
        page.field("server", &flow.server.to_string());
    }
    match &row.session {
        Some(session) => {
            body(page, session, row.flow.as_deref());
            let known = state.store.baseline.hosts.get(&*row.host);
            if let (Some(chain), Some(known)) = (session.certificates.seen(), known) {
                comparison::against_baseline(page, chain, known);
            }
        }
        None => {
            page.field("version", &row.version_words());
            page.field("cipher suite", &row.cipher_words());
            page.field("JA4", row.ja4.as_deref().unwrap_or("none"));
            page.blank();
            let text = "Its handshake is no longer kept: it had to make room for later ones.";
            page.paragraph(text, theme.dim());
        }
    }
}

/// Writes the page of the session that a finding keeps.
pub(super) fn of_finding(page: &mut Page, state: &State, finding: &Finding) {
    let theme = state.theme;
    page.paragraph(&finding.title, theme.strong());
    match &finding.session {
        Some(session) => body(page, session, finding.subject.flow.as_deref()),
        None => page.paragraph("No handshake is kept with this finding.", theme.dim()),
    }
}

fn body(page: &mut Page, session: &Session, flow: Option<&Flow>) {
    ladder::section(page, session, flow);
    if let Some(seen) = session.certificates.seen() {
        chain::section(page, "Certificate chain", seen);
    }
    if let Some(seen) = &session.client_certificates {
        chain::section(page, "Client's certificate chain", seen);
    }
    handshake::section(page, session, flow);
}
