//! Bytes as Wireshark and `hexdump -C` show them, each in the style of the layer that has it.

use dissect::outline::Layer;
use ratatui::style::Style;
use report::redact::Secrets;

use super::super::page::{Notation, Page};
use super::style;
use crate::format;
use crate::theme::Theme;

/// Most bytes that are shown: a packet of an Ethernet, all but its last ones.
const MAX_BYTES: usize = 1500;

/// Bytes on a line, and the columns that such a line takes.
const WIDTHS: [(usize, usize); 3] = [(16, 74), (8, 41), (4, 25)];

/// What is known of one byte.
#[derive(Clone, Copy)]
struct Shown {
    byte: u8,
    style: Style,
    /// The first byte of a layer.
    begins: bool,
    /// It may hold secrets, and they are not shown.
    is_hidden: bool,
}

/// A section with the first bytes.
pub(super) fn section(page: &mut Page, data: &[u8], layers: &[Layer], secrets: Secrets) {
    let theme = *page.theme();
    page.section("Bytes", "a | stands before the first byte of a layer");
    let shown = shown(&theme, data, layers, secrets);
    let room = page.room().saturating_sub(1);
    let fits = WIDTHS.into_iter().find(|(_, columns)| *columns <= room);
    let per_line = fits.map_or(4, |(bytes, _)| bytes);
    for (nth, bytes) in shown.chunks(per_line).enumerate() {
        let pieces = line(&theme, nth.saturating_mul(per_line), bytes, per_line);
        let pieces: Vec<_> = pieces.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        // No escapes here: all but printable ASCII is written as a dot.
        page.broken(&pieces, 0, Notation::Json);
    }
    let more = data.len().saturating_sub(MAX_BYTES);
    if more > 0 {
        let more = format::counted(u64::try_from(more).unwrap_or(u64::MAX), "byte");
        page.paragraph(&format!("{more} more are not shown."), theme.dim());
    }
    if shown.iter().any(|byte| byte.is_hidden) {
        let text = "Bytes written as ·· may hold secrets: they are shown where secrets are.";
        page.paragraph(text, theme.dim());
    }
}

/// The first bytes; each belongs to the last layer that has it.
fn shown(theme: &Theme, data: &[u8], layers: &[Layer], secrets: Secrets) -> Vec<Shown> {
    let data = data.get(..MAX_BYTES).unwrap_or(data);
    let plain =
        |byte: &u8| Shown { byte: *byte, style: theme.dim(), begins: false, is_hidden: false };
    let mut shown: Vec<Shown> = data.iter().map(plain).collect();
    for (nth, layer) in layers.iter().enumerate() {
        let end = layer.range.end.min(shown.len());
        let bytes = shown.get_mut(layer.range.start..end).unwrap_or_default();
        let is_hidden = layer.is_content && secrets == Secrets::Redacted;
        for byte in bytes.iter_mut() {
            let style = if is_hidden { theme.dim() } else { style(theme, nth) };
            *byte = Shown { byte: byte.byte, style, begins: false, is_hidden };
        }
        if let Some(first) = bytes.first_mut() {
            first.begins = true;
        }
    }
    shown
}

/// `000010  c6 33|01 bb …  .3..`, in pieces of one style.
fn line(theme: &Theme, offset: usize, bytes: &[Shown], per_line: usize) -> Vec<(String, Style)> {
    let mut pieces = vec![(format!("{offset:06x} "), theme.dim())];
    let middle = 8;
    let mut columns = 0_usize;
    for (nth, shown) in bytes.iter().enumerate() {
        let gap = if nth == middle { " " } else { "" };
        let mark = if shown.begins { "|" } else { " " };
        pieces.push((format!("{gap}{mark}"), theme.dim()));
        let digits =
            if shown.is_hidden { String::from("··") } else { format!("{:02x}", shown.byte) };
        pieces.push((digits, shown.style));
        columns = columns.saturating_add(3).saturating_add(gap.len());
    }
    let width = per_line.saturating_mul(3).saturating_add(usize::from(per_line > middle));
    let padding = " ".repeat(width.saturating_sub(columns).saturating_add(2));
    pieces.push((padding, theme.dim()));
    for shown in bytes {
        let letter = match shown.byte {
            _ if shown.is_hidden => '·',
            byte @ b' '..=b'~' => char::from(byte),
            _ => '.',
        };
        match pieces.last_mut() {
            Some((text, style)) if *style == shown.style => text.push(letter),
            _ => pieces.push((letter.to_string(), shown.style)),
        }
    }
    pieces
}
