//! One finding in full, in the order in which one asks: what is it, how do you know, what does it
//! mean, could it be something else, what do I do; then the certificates and the handshake.

use detect::Finding;
use dissect::PacketRef;

use super::findings::label;
use super::requests::url;
use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::Context;
use crate::widgets::page::Page;
use crate::widgets::{chain, handshake};

/// Most pieces of evidence that are listed.
const MAX_EVIDENCE: usize = 50;

/// Most alternatives that are listed.
const MAX_ALTERNATIVES: usize = 20;

/// The finding as a page.
pub(crate) fn page(state: &State, finding: &Finding, columns: usize) -> Page {
    let theme = &state.theme;
    let mut page = Page::new(columns, *theme);
    head(&mut page, finding);
    evidence(&mut page, finding);
    if let Some(told) = state.request_of(finding) {
        let place = format::span(told.exchange.request.packets).replace(' ', "\u{a0}");
        let url = url(&told.exchange, state);
        let key = state.keymap.key(Command::OpenRequest, Context::Detail);
        page.field("request", &format!("{url}  ·\u{a0}{place}, {key} opens it"));
    }
    page.section("What it means", "");
    page.paragraph(finding.rule.explanation, theme.text());
    page.section("What else it could be", "");
    for alternative in finding.alternatives.iter().take(MAX_ALTERNATIVES) {
        page.hanging("· ", alternative, theme.text());
    }
    page.paragraph(finding.rule.false_positives, theme.text());
    page.section("What to do", "");
    page.paragraph(finding.rule.fix, theme.text());
    match &finding.session {
        Some(session) => {
            if let Some(chain) = session.certificates.seen() {
                chain::section(&mut page, "Certificate chain", chain);
            }
            if let Some(chain) = &session.client_certificates {
                chain::section(&mut page, "Client's certificate chain", chain);
            }
            handshake::section(&mut page, session, finding.subject.flow.as_deref());
        }
        None => {
            page.section("Handshake", "");
            page.paragraph("No handshake is kept with this finding.", theme.dim());
        }
    }
    page.section("References", "");
    page.paragraph(&finding.rule.references.join(", "), theme.text());
    page.field("finding", &finding.id);
    if let Some(flow) = &finding.subject.flow {
        page.field("community id", &flow.community_id());
    }
    page
}

fn head(page: &mut Page, finding: &Finding) {
    let theme = *page.theme();
    let severity = theme.severity(finding.severity);
    page.line(&[
        (&label(finding.severity), severity),
        ("  ", theme.text()),
        (finding.rule.title, theme.dim()),
    ]);
    page.paragraph(&finding.title, theme.strong());
    page.blank();
    page.field("rule", finding.rule.id);
    page.field("confidence", finding.confidence.word());
    let subject = &finding.subject;
    page.field("host", subject.host.as_deref().unwrap_or("not known"));
    if let Some(server) = subject.server {
        page.field("server", &server.to_string());
    }
    if let Some(client) = subject.client {
        page.field("client", &client.to_string());
    }
    seen(page, finding);
}

/// When and how often.
fn seen(page: &mut Page, finding: &Finding) {
    let at = |packet: PacketRef| {
        format!("{} UTC, packet {}", format::precise(packet.timestamp), packet.number)
    };
    if finding.count == 1 {
        page.field("seen", &format!("once, {}", at(finding.first_seen)));
        return;
    }
    page.field("seen", &format!("{} times", format::count(finding.count)));
    page.field("first", &at(finding.first_seen));
    page.field("last", &at(finding.last_seen));
}

fn evidence(page: &mut Page, finding: &Finding) {
    page.section("Evidence", "packet numbers as Wireshark counts them");
    page.fit_labels(finding.evidence.iter().take(MAX_EVIDENCE).map(|piece| piece.fact));
    for piece in finding.evidence.iter().take(MAX_EVIDENCE) {
        let place = format::packets(&piece.packets);
        let separator = if place.is_empty() { "" } else { "  ·\u{a0}" };
        // The first number is not torn from its word at the end of a line.
        let place = place.replacen(' ', "\u{a0}", 1);
        page.field(piece.fact, &format!("{}{separator}{place}", piece.value));
    }
    let left = finding.evidence.len().saturating_sub(MAX_EVIDENCE);
    if left > 0 {
        page.field("", &format!("{left} more"));
    }
    if finding.evidence.is_empty() {
        page.paragraph("none quoted", page.theme().dim());
    }
}
