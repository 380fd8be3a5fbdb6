//! The line under the tabs: what is not as one would expect it. A filter, a span of time, a failure,
//! what had to be let go; else a summary of the view.

use ratatui::text::Line;

use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::list::Cursor;
use crate::parts::Overlay;
use crate::phase::Phase;
use crate::screen::View;
use crate::theme::glyph;
use crate::widgets::line::Row;

/// The line.
pub(crate) fn line(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1);
    if let (Phase::Failed(reason), false) = (&state.phase, says_so_itself(state)) {
        row.add("Reading failed: ", theme.error());
        row.add(state.without_input(reason), theme.text()).gap(2);
    }
    narrowed(&mut row, state);
    if state.view == View::Requests && state.store.exchanges.dropped() > 0 {
        let dropped = format::count(state.store.exchanges.dropped());
        row.add(&format!("the oldest {dropped} dropped"), theme.warning()).gap(2);
    }
    if let Some(list) = state.lists.of(state.view) {
        let marks = list.marks().len();
        if marks > 0 {
            row.add(&format!("{marks} marked"), theme.accent()).gap(2);
        }
        if list.cursor == Cursor::Tail && state.phase.is_open() {
            row.add("following", theme.dim()).gap(2);
        }
    }
    if state.view == View::Findings {
        for (severity, count) in state.store.findings.by_severity().filter(|(_, count)| *count > 0)
        {
            let count = format::count(u64::try_from(count).unwrap_or(u64::MAX));
            let text = format!("{} {count} {}", glyph(severity), severity.word());
            row.add(&text, theme.severity(severity)).gap(2);
        }
    }
    row.finish()
}

/// Whether the view is empty and says why in the place of its rows.
fn says_so_itself(state: &State) -> bool {
    match state.lists.of(state.view) {
        Some(list) => list.len() == 0 && list.sieve.is_open(),
        None => state.store.timeline.is_empty(),
    }
}

/// What lets only some things be seen.
fn narrowed(row: &mut Row, state: &State) {
    let theme = &state.theme;
    let typed = state.lists.filter(state.view);
    let typing = matches!(state.overlay, Some(Overlay::Prompt(_)));
    if typed.is_on && !typing {
        let rows = state.lists.of(state.view).map_or(0, |list| list.len());
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        row.add("filter ", theme.dim()).add(&typed.text, theme.accent());
        row.gap(1).add(&format!("shows {}", format::count(rows)), theme.dim()).gap(2);
    }
    if state.behind {
        row.add("…", theme.dim()).gap(2);
    }
    if state.lists.only_problems() {
        let key = state.keymap.key(Command::Problems, state.context_below());
        row.add("problems only", theme.accent())
            .gap(1)
            .add(&format!("({key})"), theme.dim())
            .gap(2);
    }
    if let Some(span) = state.lists.span() {
        let (from, to) = (format::clock_millis(span.from), format::clock_millis(span.to));
        row.add(&format!("{from} to {to}"), theme.accent()).gap(2);
    }
}
