//! Traffic and findings over time. A cursor chooses a span, and Enter shows only what happened then,
//! in all views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{RenderDirection, Sparkline, Widget as _};

use super::list::draw_page;
use super::nothing;
use super::parts::Parts;
use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::Context;
use crate::list::Span;
use crate::phase::Phase;
use crate::store::timeline::Bin;
use crate::theme::glyph;
use crate::widgets::line::{Row, draw};
use crate::widgets::page::Page;

/// Columns left and right of the charts.
const MARGIN: u16 = 1;

/// Lines under the charts that say what is chosen.
const BELOW: usize = 6;

/// Columns below which a span is said by its start and its length.
const NARROW: usize = 64;

/// The whole time in as many parts as there are columns.
pub(crate) fn parts(state: &State, columns: usize) -> Vec<(Span, Bin)> {
    let room = columns.saturating_sub(usize::from(MARGIN).saturating_mul(2));
    state.store.timeline.parts(room)
}

/// Draws it.
pub(crate) fn render(buffer: &mut Buffer, body: Rect, places: &Parts, state: &State) {
    let columns = usize::from(body.width);
    if state.store.timeline.is_empty() {
        let mut page = Page::new(columns, state.theme);
        match &state.phase {
            Phase::Finished if nothing::holds_nothing(state) => {
                nothing::no_packets(&mut page, state);
            }
            Phase::Finished => {
                page.line(&[("Nothing happened", state.theme.strong())]);
                page.paragraph("The input holds no packet with a time.", state.theme.text());
            }
            Phase::Failed(reason) => nothing::failed(&mut page, state, reason),
            Phase::Reading | Phase::Waiting => nothing::opening(&mut page, state),
        }
        draw_page(buffer, body, places.heads, &page);
        return;
    }
    let bins = parts(state, columns);
    let height = usize::from(body.height).saturating_sub(places.heads);
    // Three charts' titles, a ruler, a line of marks, and what is chosen.
    let charts = height.saturating_sub(BELOW).saturating_sub(4);
    let first = charts.div_ceil(2).max(1);
    let second = charts.saturating_sub(first);
    let mut nth = places.heads;
    let bytes: Vec<u64> = bins.iter().map(|(_, bin)| bin.bytes).collect();
    let packets: Vec<u64> = bins.iter().map(|(_, bin)| bin.packets).collect();
    for (name, values, lines, is_bytes) in
        [("bytes", &bytes, first, true), ("packets", &packets, second, false)]
    {
        if lines == 0 {
            continue;
        }
        let most = values.iter().copied().max().unwrap_or(0);
        let most = if is_bytes { format::size(most) } else { format::count(most) };
        let mut row = Row::new(columns.saturating_sub(1));
        row.gap(1).add(name, state.theme.strong()).gap(2);
        row.add(&format!("at most {most} in a column"), state.theme.dim());
        draw(buffer, body, nth, &row.finish());
        nth = nth.saturating_add(1);
        chart(buffer, body, nth, lines, values, state);
        nth = nth.saturating_add(lines);
    }
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1)
        .add("findings", state.theme.strong())
        .gap(2)
        .add("the worst in each column", state.theme.dim());
    draw(buffer, body, nth, &row.finish());
    marks(buffer, body, nth.saturating_add(1), &bins, state);
    cursor(buffer, body, nth.saturating_add(2), &bins, state);
    let mut page = Page::new(columns, state.theme);
    chosen(&mut page, state, &bins);
    draw_page(buffer, body, nth.saturating_add(3), &page);
}

fn line_of(body: Rect, nth: usize, lines: usize) -> Rect {
    let nth = u16::try_from(nth).unwrap_or(u16::MAX);
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let area = Rect {
        x: body.x.saturating_add(MARGIN),
        y: body.y.saturating_add(nth),
        width: body.width.saturating_sub(MARGIN.saturating_mul(2)),
        height: lines,
    };
    area.intersection(body)
}

fn chart(buffer: &mut Buffer, body: Rect, nth: usize, lines: usize, values: &[u64], state: &State) {
    let area = line_of(body, nth, lines);
    Sparkline::default()
        .data(values)
        .direction(RenderDirection::LeftToRight)
        .style(state.theme.accent())
        .render(area, buffer);
}

/// The signs of the findings.
fn marks(buffer: &mut Buffer, body: Rect, nth: usize, bins: &[(Span, Bin)], state: &State) {
    let area = line_of(body, nth, 1);
    if area.height == 0 {
        return;
    }
    for ((_, bin), x) in bins.iter().zip(area.x..area.right()) {
        if let Some(severity) = bin.worst() {
            buffer.set_string(x, area.y, glyph(severity), state.theme.severity(severity));
        }
    }
}

/// The chosen span, on a ruler.
fn cursor(buffer: &mut Buffer, body: Rect, nth: usize, bins: &[(Span, Bin)], state: &State) {
    let area = line_of(body, nth, 1);
    let Some((first, last)) = state.chosen_parts().filter(|_| area.height > 0) else { return };
    for (place, x) in (0..bins.len()).zip(area.x..area.right()) {
        let (sign, style) = if (first..=last).contains(&place) {
            ("█", state.theme.accent())
        } else {
            ("─", state.theme.dim())
        };
        buffer.set_string(x, area.y, sign, style);
    }
}

/// What happened in the chosen span.
fn chosen(page: &mut Page, state: &State, bins: &[(Span, Bin)]) {
    let theme = state.theme;
    let Some((first, last)) = state.chosen_parts() else { return };
    let Some(span) = state.chosen_span() else { return };
    let width = span.to.since(span.from);
    let key = |command| state.keymap.key(command, Context::Timeline);
    let is_on = state.lists.span().is_some();
    let note = match is_on {
        true => format!("{} shows all times again", key(Command::Back)),
        false => format!("{} shows only this, in all views", key(Command::Open)),
    };
    page.section(if is_on { "Only this" } else { "Chosen" }, &note);
    let from = format::date_time(span.from);
    let (clock, to) = (format::clock_millis(span.from), format::clock_millis(span.to));
    let day = from.get(..10).unwrap_or_default();
    let lasts = format::duration(width);
    let time = match page.room() < NARROW {
        true => format!("{clock} and {lasts}"),
        false => format!("{day} {clock} to {to} UTC, {lasts}"),
    };
    page.field("time", &time);
    let mut sum = Bin::default();
    for (_, bin) in bins.iter().take(last.saturating_add(1)).skip(first) {
        sum.packets = sum.packets.saturating_add(bin.packets);
        sum.bytes = sum.bytes.saturating_add(bin.bytes);
        for (count, more) in sum.findings.iter_mut().zip(bin.findings) {
            *count = count.saturating_add(more);
        }
    }
    let packets = format::counted(sum.packets, "packet");
    page.field("traffic", &format!("{packets}, {}", format::size(sum.bytes)));
    let counts =
        detect::Severity::ALL.into_iter().zip(sum.findings).filter(|(_, count)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(severity, count)| format!("{} {count} {severity}", glyph(severity))).collect();
    let found = if counts.is_empty() { String::from("none") } else { counts.join("  ") };
    let style = sum.worst().map_or(theme.text(), |worst| theme.severity(worst));
    page.styled_field("findings", &found, style);
}
