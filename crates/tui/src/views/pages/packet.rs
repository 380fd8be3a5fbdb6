//! One packet: its headers, and its bytes.

use dissect::Packet;

use crate::app::State;
use crate::parts::Bytes;
use crate::screen::Target;
use crate::widgets::packet;
use crate::widgets::page::Page;

/// Most pieces of evidence that are named.
const MAX_NAMED: usize = 4;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, number: u64) {
    let theme = state.theme;
    match state.packets.get(&number) {
        Some(Bytes::Here(bytes)) => {
            let shown = Packet {
                number,
                timestamp: bytes.timestamp,
                link_type: bytes.link_type,
                data: &bytes.bytes,
                original_length: bytes.original_length,
                interface: 0,
            };
            packet::section(page, &shown, note(state, number).as_deref(), state.secrets());
        }
        Some(Bytes::Missing(why)) => {
            page.line(&[("Its bytes are not to be had", theme.strong())]);
            page.paragraph(why, theme.text());
        }
        Some(Bytes::Asked) | None => page.line(&[("Reading it …", theme.strong())]),
    }
}

/// What the packet proves in the finding that one came from.
fn note(state: &State, number: u64) -> Option<String> {
    let entry = state.pages.iter().rev().find_map(|page| match page.target {
        Target::Finding(entry) | Target::SessionOf(entry) => Some(entry),
        _ => None,
    })?;
    let finding = state.store.findings.get(entry)?;
    let named = finding.evidence.iter().filter(|piece| piece.packets.contains(&number));
    let named: Vec<String> =
        named.take(MAX_NAMED).map(|piece| format!("{}: {}", piece.fact, piece.value)).collect();
    (!named.is_empty()).then(|| named.join("; "))
}
