//! One packet: its headers, and its bytes.

use crate::app::{Bytes, State};
use crate::format;
use crate::widgets::hex;
use crate::widgets::page::{Notation, Page};

/// Most lines of a hex dump.
const MAX_LINES: usize = 256;

/// Writes the page.
pub(super) fn page(page: &mut Page, state: &State, number: u64, _numbers: &[u64], _nth: usize) {
    let theme = state.theme;
    match state.packets.get(&number) {
        Some(Bytes::Here(packet)) => {
            let length = u64::from(packet.original_length);
            page.field("length", &format::counted(length, "byte"));
            for line in hex::lines(&packet.bytes, page.room(), MAX_LINES) {
                page.broken(&[(&line, theme.text())], 0, Notation::Text);
            }
        }
        Some(Bytes::Missing(why)) => {
            page.line(&[("Its bytes are not to be had", theme.strong())]);
            page.paragraph(why, theme.text());
        }
        Some(Bytes::Asked) | None => page.line(&[("Reading it …", theme.strong())]),
    }
}
