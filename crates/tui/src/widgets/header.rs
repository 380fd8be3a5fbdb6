//! The first line: product, input, and how far the reading is. Leaves out from the right what
//! does not fit; how the reading stands is the last to go. A path keeps its end, which names the file.

use ratatui::text::Line;

use super::line::{Row, Side};
use crate::app::State;
use crate::format;
use crate::phase::Phase;
use crate::text::width;

/// Columns of the input's name below which the counts make room for it.
const LEAST_NAME: usize = 16;

/// The header of this width.
pub(crate) fn line(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let product = "interloper";
    let (status, style) = match &state.phase {
        Phase::Failed(_) => (String::from("failed"), theme.error()),
        Phase::Finished => (String::from("done"), theme.text()),
        Phase::Reading | Phase::Waiting => (open(state), theme.accent()),
    };
    let mut right = vec![status];
    // A HAR file has neither packets nor sessions.
    let told = state.store.exchanges.came();
    let only_told = state.counts.packets == 0 && told > 0;
    let facts = [
        match only_told {
            true => format::counted(told, "exchange"),
            false => format::counted(state.counts.packets, "packet"),
        },
        match only_told {
            true => String::new(),
            false => format::counted(state.counts.sessions, "session"),
        },
        match state.counts.dropped {
            0 => String::new(),
            dropped => format!("{} lost", format::count(dropped)),
        },
        state
            .last
            .filter(|_| state.live || state.replay.is_some())
            .map(format::clock)
            .unwrap_or_default(),
    ];
    let fixed = width(product).saturating_add(LEAST_NAME).saturating_add(6);
    for fact in facts.into_iter().filter(|fact| !fact.is_empty()) {
        let needed: usize = right.iter().map(|part| width(part).saturating_add(2)).sum();
        if needed.saturating_add(width(&fact)).saturating_add(fixed) > columns {
            break;
        }
        right.push(fact);
    }
    let right_width: usize = right.iter().map(|part| width(part).saturating_add(2)).sum();
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1).add(product, theme.strong()).gap(2);
    let name = row.room().saturating_sub(right_width);
    row.cell(&state.input, name, Side::LeftKeepEnd, theme.text());
    for (nth, part) in right.iter().enumerate() {
        row.gap(2).add(part, if nth == 0 { style } else { theme.dim() });
    }
    row.finish()
}

/// What it says while more may come.
fn open(state: &State) -> String {
    if let Some(replay) = state.replay {
        return match replay.paused {
            true => format!("❚❚ paused, {}", replay.speed),
            false => format!("▶ {}", replay.speed),
        };
    }
    match (state.live, &state.phase, state.counts.percent()) {
        (true, Phase::Waiting, _) => String::from("● waiting"),
        (true, _, _) => String::from("● live"),
        (false, _, Some(percent)) => format!("loading {percent} %"),
        (false, _, None) => String::from("loading"),
    }
}
