//! One entry of the log.

use crate::app::State;
use crate::format;
use crate::screen::{Target, View};
use crate::store::notes::{Kind, Note};
use crate::widgets::page::Page;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, note: &Note) {
    let theme = state.theme;
    page.paragraph(&note.what, theme.strong());
    page.paragraph(&note.detail, theme.text());
    page.blank();
    page.field("kind", note.kind.words());
    if let Some(at) = note.at {
        page.field("when", &format!("{} UTC", format::precise(at.timestamp)));
        page.maybe_link(State::packet(&[at.number], 0));
        page.field("packet", &at.number.to_string());
    }
    if let Some(flow) = &note.flow {
        let word = flow.transport.word();
        let session = state.store.sessions.of_flow(flow.id);
        page.maybe_link(session.map(Target::Session));
        page.field("flow", &format!("{word} {} → {}", flow.client, flow.server));
        page.field("community id", &flow.community_id());
    }
    let text = match note.kind {
        Kind::Done => "Something that was asked for here.",
        Kind::Dropped => {
            "Packets came faster than they could be taken. What was in them is missing below."
        }
        Kind::Failed => "It could not be done.",
        Kind::NotObservable => {
            "Nobody judges what he cannot see: this is neither good nor bad news. What would make \
             it visible stands behind the arrow."
        }
        Kind::Weird => {
            "A protocol anomaly: what a well-behaved peer or capture would not have produced. It \
             is a fact, not a finding: broken stacks, network cards and cut captures make such \
             every day."
        }
    };
    page.section("What it means", "");
    page.paragraph(text, theme.text());
    if note.kind == Kind::NotObservable {
        page.link(Target::Listed { view: View::Sessions, filter: String::new() });
        page.field(
            "sessions",
            "all sessions; where no issuer is seen, the certificate could not be read",
        );
    }
}
