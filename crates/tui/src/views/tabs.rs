//! The line above both lists: which lists there are, how much is in each, and which is shown.

use ratatui::style::Modifier;

use crate::app::{Screen, State};
use crate::format;
use crate::widgets::line::Row;

/// Begins a line with the tabs; the caller puts behind them what he has to say.
pub(super) fn begin(state: &State, columns: usize) -> Row {
    let theme = &state.theme;
    let mut row = Row::new(columns.saturating_sub(1));
    let findings = u64::try_from(state.findings.len()).unwrap_or(u64::MAX);
    let tabs = [
        ("1 ", "Findings", findings, state.screen == Screen::Findings),
        ("2 ", "Requests", state.requests.exchanges().came(), state.screen == Screen::Requests),
    ];
    for (nth, (key, name, number, shown)) in tabs.into_iter().enumerate() {
        let style =
            if shown { theme.accent().add_modifier(Modifier::UNDERLINED) } else { theme.dim() };
        row.gap(if nth == 0 { 1 } else { 3 }).add(key, theme.dim()).add(name, style);
        row.add(&format!(" ({})", format::short_count(number)), theme.dim());
    }
    row
}
