//! What a line that is typed can be completed with: above the status line, while one goes through.

use ratatui::text::Line;

use super::line::Row;
use crate::app::State;
use crate::parts::Overlay;
use crate::text::width;

/// Candidates before the chosen one that stay visible.
const BEFORE: usize = 2;

/// The line; `None` unless something is being completed.
pub(crate) fn line(state: &State, columns: usize) -> Option<Line<'static>> {
    let Some(Overlay::Prompt(prompt)) = &state.overlay else { return None };
    let theme = &state.theme;
    let (list, at) = prompt.candidates()?;
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1);
    let help = list.get(at).map(|candidate| candidate.help.as_str()).unwrap_or_default();
    let room = columns.saturating_sub(width(help).min(columns.div_ceil(2))).saturating_sub(4);
    let mut used = 0_usize;
    let from = at.saturating_sub(BEFORE);
    for (nth, candidate) in list.iter().enumerate().skip(from) {
        used = used.saturating_add(width(&candidate.word)).saturating_add(2);
        if used > room && nth > at {
            row.add("…", theme.dim()).gap(1);
            break;
        }
        let style = if nth == at { theme.selected() } else { theme.dim() };
        row.add(&candidate.word, style).gap(2);
    }
    row.add(help, theme.text());
    // What lies below must not shine through.
    let rest = row.room();
    row.gap(rest);
    Some(row.finish())
}
