//! One finding in full, in the order in which one asks: what is it, how do you know, what does it
//! mean, could it be something else, what do I do; then the certificates and the handshake.

use detect::Finding;
use dissect::{PacketRef, PacketSpan};

use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::Context;
use crate::list::{Id, Table as _};
use crate::screen::{Target, View};
use crate::store::findings::Entry;
use crate::views::findings::label;
use crate::views::requests::url;
use crate::widgets::page::Page;
use crate::widgets::{chain, comparison, handshake};

/// Most pieces of evidence that are listed.
const MAX_EVIDENCE: usize = 50;

/// Most alternatives that are listed.
const MAX_ALTERNATIVES: usize = 20;

/// Rules whose findings are about two requests, or two legs of one.
const ABOUT_TWO: [&str; 3] =
    ["channel/freshness-reused", "channel/request-modified", "channel/request-replayed"];

/// Rules that say nothing where the authority is one's own.
const OF_TRUST: [&str; 5] = [
    "channel/forged-on-the-fly",
    "channel/interception-accepted",
    "channel/issuer-changed",
    "channel/self-signed-certificate",
    "channel/untrusted-issuer",
];

/// Most requests that are named.
const MAX_REQUESTS: usize = 8;

/// Most packets of one piece of evidence that are gone through.
const MAX_PACKETS: usize = 1000;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, entry: Entry, finding: &Finding) {
    let theme = state.theme;
    let requests: Vec<Id> = state.requests_of(finding).take(MAX_REQUESTS).collect();
    head(page, state, entry, finding);
    evidence(page, state, entry, finding, &requests);
    ways(page, state, entry, finding, &requests);
    beside(page, state, finding, &requests);
    page.section("What it means", "");
    page.paragraph(finding.rule.explanation, theme.text());
    page.section("What else it could be", "");
    for alternative in finding.alternatives.iter().take(MAX_ALTERNATIVES) {
        page.hanging("· ", alternative, theme.text());
    }
    page.paragraph(finding.rule.false_positives, theme.text());
    page.section("What to do", "");
    page.paragraph(finding.rule.fix, theme.text());
    keys(page, state, finding);
    match &finding.session {
        Some(session) => {
            if let Some(chain) = session.certificates.seen() {
                chain::section(page, "Certificate chain", chain);
                let known = state.store.baseline.hosts.get(&finding.subject.label());
                if let Some(known) = known {
                    comparison::against_baseline(page, chain, known);
                }
            }
            if let Some(chain) = &session.client_certificates {
                chain::section(page, "Client's certificate chain", chain);
            }
            handshake::section(page, session, finding.subject.flow.as_deref());
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
}

fn head(page: &mut Page, state: &State, entry: Entry, finding: &Finding) {
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
        let ja4 = finding.session.as_ref().and_then(|session| session.ja4());
        let app = state.store.clients.app(client, ja4);
        let app = app.map(|app| format!("  ·\u{a0}app {app}")).unwrap_or_default();
        page.field("client", &format!("{client}{app}"));
    }
    seen(page, finding);
    let group = state.store.findings.group_of(entry);
    if let Some(group) = group.and_then(|group| state.store.findings.item(group))
        && group.members.len() > 1
    {
        let place = group.members.iter().position(|member| *member == entry).unwrap_or_default();
        let (nth, all) = (place.saturating_add(1), group.members.len());
        let keys = &state.keymap;
        let (next, previous) = (
            keys.key(Command::Next, Context::Finding),
            keys.key(Command::Previous, Context::Finding),
        );
        let text =
            format!("{nth} of {all} of this rule at this host; {next} {previous} go through");
        page.field("alike", &text);
    }
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

fn evidence(page: &mut Page, state: &State, entry: Entry, finding: &Finding, requests: &[Id]) {
    page.section("Evidence", "packet numbers as Wireshark counts them");
    page.fit_labels(finding.evidence.iter().take(MAX_EVIDENCE).map(|piece| piece.fact));
    for piece in finding.evidence.iter().take(MAX_EVIDENCE) {
        let place = format::packets(&piece.packets);
        let separator = if place.is_empty() { "" } else { "  ·\u{a0}" };
        // The first number is not torn from its word at the end of a line.
        let place = place.replacen(' ', "\u{a0}", 1);
        page.maybe_link(proof(state, entry, finding, &piece.packets, requests));
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

/// What shows a piece of evidence best: the request that it is from, else the handshake that it is
/// from, else its packets.
fn proof(
    state: &State,
    entry: Entry,
    finding: &Finding,
    packets: &[u64],
    requests: &[Id],
) -> Option<Target> {
    let first = *packets.first()?;
    let within = |span: PacketSpan| (span.first.number..=span.last.number).contains(&first);
    let is_from = |id: &&Id| {
        state.store.exchanges.item(**id).is_some_and(|told| {
            let response = told.exchange.response.as_ref();
            within(told.exchange.request.packets)
                || response.is_some_and(|response| within(response.packets))
        })
    };
    if let Some(request) = requests.iter().find(is_from) {
        return Some(Target::Request(*request));
    }
    match finding.session {
        Some(_) => Some(Target::SessionOf(entry)),
        None => State::packet(packets.get(..MAX_PACKETS.min(packets.len()))?, 0),
    }
}

/// Where one can go on from here.
fn ways(page: &mut Page, state: &State, entry: Entry, finding: &Finding, requests: &[Id]) {
    page.section("Look further", "Enter opens what ▸ points at, Tab goes on");
    let store = &state.store;
    if let [one, other, ..] = requests {
        page.link(Target::Diff(*one, *other));
        page.field("requests", "the two requests side by side");
    }
    for id in requests.iter().copied() {
        let Some(told) = store.exchanges.item(id) else { continue };
        let place = format::span(told.exchange.request.packets).replace(' ', "\u{a0}");
        page.link(Target::Request(id));
        page.field("request", &format!("{}  ·\u{a0}{place}", url(&told.exchange, state)));
    }
    let mut numbers: Vec<u64> =
        finding.evidence.iter().flat_map(|piece| piece.packets.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(MAX_PACKETS);
    if let Some(target) = State::packet(&numbers, 0) {
        page.link(target);
        page.field("packets", &format!("{}, byte by byte", format::packets(&numbers)));
    }
    if finding.session.is_some() {
        page.link(Target::SessionOf(entry));
        page.field("handshake", "who sent what and when, and the certificate chain");
    }
    if let Some(id) = store.hosts.find(&finding.subject.label())
        && let Some(host) = store.hosts.item(id)
    {
        // The chain of this finding beside another one that the host presented.
        let own = finding.session.as_ref().and_then(|session| session.certificates.seen());
        let leaf = own.and_then(|seen| seen.value.leaf()).map(|leaf| leaf.sha256);
        let is_own = |chain: &crate::store::hosts::HostChain| {
            chain.seen.value.leaf().map(|leaf| leaf.sha256) == leaf
        };
        let one = host.chains.iter().position(is_own);
        if let Some(one) = one
            && let Some(other) = (0..host.chains.len()).find(|other| *other != one)
        {
            page.link(Target::Chains { host: id, one, other });
            page.field("chains", "this certificate beside another one of the same host");
        }
        page.link(Target::Host(id));
        page.field("host", "all that is known of it");
        let filter = format!("host:={}", host.name);
        page.link(Target::Listed { view: View::Sessions, filter });
        page.field("sessions", "all sessions with it");
    }
}

/// What was sent twice or changed on its way, side by side.
fn beside(page: &mut Page, state: &State, finding: &Finding, requests: &[Id]) {
    let [one, other, ..] = requests else { return };
    let told = |id: &Id| state.store.exchanges.item(*id);
    if let (true, Some(one), Some(other)) =
        (ABOUT_TWO.contains(&finding.rule.id), told(one), told(other))
    {
        super::diff::page(page, state, one, other);
    }
}

/// What can be done with it.
fn keys(page: &mut Page, state: &State, finding: &Finding) {
    if OF_TRUST.contains(&finding.rule.id) {
        let text = "Is it your own authority, of a company or a test lab? Start with --trust-root PEM, or \
                    allow it in a policy.";
        page.paragraph(text, page.theme().text());
    }
    let key = |command| state.keymap.key(command, Context::Finding);
    let text = format!(
        "{} writes the packets that prove it, {} takes the host's sessions as normal into the \
         baseline, {} leaves it out from now on, with a reason.",
        key(Command::Export),
        key(Command::Accept),
        key(Command::Suppress)
    );
    page.paragraph(&text, page.theme().dim());
}
