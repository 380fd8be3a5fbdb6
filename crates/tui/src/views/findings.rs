//! The findings: the verdict first, one line for each rule at each host, worst on top.

use std::borrow::Cow;

use detect::{Finding, Severity};
use dissect::Timestamp;

use super::examined;
use super::list::{Cell, Look, PREVIEW_LINES};
use crate::app::State;
use crate::format;
use crate::store::findings::{Findings, Group, column};
use crate::store::notes::not_observable_words;
use crate::theme::glyph;
use crate::widgets::page::Page;

/// Most apps that are named in a cell.
const MAX_NAMED: usize = 3;

impl Look for Findings {
    fn cell<'a>(&'a self, state: &'a State, group: &'a Group, at: usize, width: usize) -> Cell<'a> {
        let theme = &state.theme;
        match at {
            column::SEVERITY => (label(group.severity).into(), theme.severity(group.severity)),
            column::HOST => (Cow::Borrowed(&group.host), theme.text()),
            column::TITLE => {
                let title = self.worst_of(group).map_or("", |finding| without_host(finding));
                (Cow::Borrowed(title), theme.text())
            }
            column::COUNT => (format::short_count(group.count).into(), theme.text()),
            column::FIRST => (time(group.first, width).into(), theme.dim()),
            column::LAST => (time(group.last, width).into(), theme.dim()),
            column::APP => (apps(state, self, group).into(), theme.text()),
            _ => (Cow::Borrowed(group.rule.id), theme.dim()),
        }
    }

    fn preview(&self, state: &State, group: &Group, page: &mut Page) {
        let Some(finding) = self.worst_of(group) else { return };
        let findings = u64::try_from(group.members.len()).unwrap_or(u64::MAX);
        let several = if findings > 1 {
            format!(", {}", format::counted(findings, "finding"))
        } else {
            String::new()
        };
        let note = format!("{}, {}{several}", finding.rule.id, finding.confidence);
        page.section("Selected", &note);
        let most = state.store.not_observable.iter().max_by_key(|item| item.sessions);
        let lines = if most.is_some() { PREVIEW_LINES.saturating_sub(1) } else { PREVIEW_LINES };
        page.excerpt(&finding.title, lines, state.theme.text());
        if let Some(item) = most {
            let remedy = item.remedy.map(|remedy| format!(" → {remedy}")).unwrap_or_default();
            let text = format!("{}{remedy}", not_observable_words(item));
            let dim = state.theme.dim();
            page.line(&[("Not observable  ", dim), (&text, dim)]);
        }
    }

    fn empty(state: &State, page: &mut Page) {
        examined::nothing_found(page, state);
    }
}

/// Who is concerned, by name where one is known.
fn apps(state: &State, findings: &Findings, group: &Group) -> String {
    let mut names: Vec<String> = Vec::new();
    for (_, finding) in findings.members(group).take(64) {
        let Some(client) = finding.subject.client else { continue };
        let ja4 = finding.session.as_ref().and_then(|session| session.ja4());
        let name = state.store.clients.app(client, ja4).unwrap_or_else(|| client.to_string());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}

/// The title without the host it begins with, for the column beside says that already.
fn without_host(finding: &Finding) -> &str {
    let rest = finding.title.strip_prefix(finding.subject.label().as_str());
    rest.and_then(|rest| rest.strip_prefix(' ')).unwrap_or(&finding.title)
}

/// With the date where there is room for it.
pub(super) fn time(at: Timestamp, width: usize) -> String {
    if at == Timestamp::default() {
        return String::new();
    }
    let full = format::date_time(at);
    if width >= full.len() { full } else { format::clock(at) }
}

/// `✗ critical`.
pub(crate) fn label(severity: Severity) -> String {
    format!("{} {}", glyph(severity), severity.word())
}
