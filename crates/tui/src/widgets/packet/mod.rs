//! One packet: what it proves, what its bytes say layer by layer, and the bytes themselves.
//!
//! A layer's name above has the style of its bytes below, and a `|` stands before the first byte of
//! each: they can be told apart without colours. Bytes that may hold secrets are hidden unless
//! secrets are shown, as in the contents of messages: nobody knows where in them secrets are.

mod dump;

use std::borrow::Cow;

use dissect::Packet;
use dissect::outline::{Layer, outline};
use ratatui::style::Style;
use report::redact::{self, Secrets};

use super::page::Page;
use crate::format;
use crate::theme::Theme;

/// Appends the packet. `note`: what it proves.
pub(crate) fn section(page: &mut Page, packet: &Packet<'_>, note: Option<&str>, secrets: Secrets) {
    let theme = *page.theme();
    let time = format!("{} UTC", format::precise(packet.timestamp));
    page.section(&format!("Packet {}", packet.number), &time);
    if let Some(note) = note {
        page.styled_field("proves", note, theme.strong());
    }
    page.field("link type", &packet.link_type.to_string());
    page.field("length", &length(packet));
    if packet.data.is_empty() {
        page.paragraph("None of its bytes were captured.", theme.dim());
        return;
    }
    let layers = outline(packet);
    for (nth, one) in layers.iter().enumerate() {
        layer(page, one, style(&theme, nth), secrets);
    }
    dump::section(page, packet.data, &layers, secrets);
}

/// `1,514 bytes, of which 96 were captured`.
fn length(packet: &Packet<'_>) -> String {
    let captured = u64::try_from(packet.data.len()).unwrap_or(u64::MAX);
    let sent = u64::from(packet.original_length);
    if sent > captured {
        let (sent, captured) = (format::counted(sent, "byte"), format::count(captured));
        return format!("{sent}, of which {captured} were captured");
    }
    format::counted(captured, "byte")
}

/// A layer's name, where it is, and its fields.
fn layer(page: &mut Page, layer: &Layer, style: Style, secrets: Secrets) {
    let dim = page.theme().dim();
    let strong = style.patch(page.theme().strong());
    page.line(&[(&layer.name, strong), ("  ", dim), (&place(layer), dim)]);
    page.gutter("  ");
    for field in &layer.fields {
        // The target of a request is the one field with text of its own that may hold secrets.
        let value = match field.label {
            "target" => redact::url(&field.value, secrets),
            _ => Cow::Borrowed(field.value.as_str()),
        };
        page.field(field.label, &value);
    }
    page.gutter("");
}

/// `bytes 14–33`, counted from 0 as in the dump.
fn place(layer: &Layer) -> String {
    let (start, end) = (layer.range.start, layer.range.end);
    match end.saturating_sub(start) {
        0 => format!("no bytes at {start}"),
        1 => format!("byte {start}"),
        _ => format!("bytes {start}–{}", end.saturating_sub(1)),
    }
}

/// The style of a layer: that of none of its neighbours.
fn style(theme: &Theme, nth: usize) -> Style {
    match nth.rem_euclid(3) {
        0 => theme.name(),
        1 => theme.text(),
        _ => theme.literal(),
    }
}

#[cfg(test)]
mod tests;
