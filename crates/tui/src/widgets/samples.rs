//! Facts made by hand for the tests of widgets, and how a page reads without colours.

use dissect::{PacketRef, PacketSpan, Timestamp};

use super::page::Page;
use crate::options::{Background, Contrast};
use crate::theme::Theme;

#[allow(unreachable_pub, reason = "the tests from outside have it too")]
#[path = "../../tests/tui/support/certificates.rs"]
pub(crate) mod certificates;

/// 2026-08-23 10:15:00 UTC.
pub(crate) const START: i64 = 1_787_480_100;

/// An empty page of this width, without colours.
pub(crate) fn page(columns: usize) -> Page {
    Page::new(columns, Theme::new(false, Background::Dark, Contrast::Usual))
}

/// The lines of a page as text.
pub(crate) fn text(page: &Page) -> Vec<String> {
    let lines = page.lines().iter();
    let line = |spans: &[ratatui::text::Span<'_>]| -> String {
        spans.iter().map(|span| span.content.as_ref()).collect()
    };
    lines.map(|l| line(&l.spans).trim_end().to_owned()).collect()
}

/// The same as one text, for snapshots.
pub(crate) fn shown(page: &Page) -> String {
    text(page).join("\n")
}

/// A packet that was captured as many milliseconds after the start as its number says.
pub(crate) fn packet(number: u64) -> PacketRef {
    let millis = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let nanos = Timestamp::from_secs(START).nanos().saturating_add(millis);
    PacketRef { number, timestamp: Timestamp::from_nanos(nanos) }
}

/// The packets of one message.
pub(crate) fn packets(first: u64, last: u64) -> PacketSpan {
    PacketSpan { first: packet(first), last: packet(last) }
}
