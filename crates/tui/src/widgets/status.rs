//! The last line: the keys that make sense now, from the key table; what was done last; the question
//! that waits for an answer; or what is typed.

use detect::filter::{Paint, paint};
use ratatui::style::Style;
use ratatui::text::Line;
use report::escape::escape_within;

use super::line::{Row, Side};
use crate::app::State;
use crate::command::Command;
use crate::format;
use crate::keymap::{Binding, Context};
use crate::lists::MAX_LETTERS;
use crate::parts::{Overlay, Question};
use crate::prompt::{Prompt, Purpose};
use crate::text::width;
use crate::theme::Theme;

/// Columns that what is typed always has.
const LEAST_TYPED: usize = 12;

/// One place in the line: `j/k move`.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Hint {
    keys: String,
    word: &'static str,
    /// It is the way in, out or to the help: it stays when others have to leave.
    stays: bool,
}

impl Hint {
    fn columns(&self) -> usize {
        width(&self.keys).saturating_add(width(self.word)).saturating_add(3)
    }
}

/// The status line of this width; `place` (such as `3/17`) stands at its right end if it fits. Of a
/// page it matters whether something can be opened from it (`leads_on`).
pub(crate) fn line(state: &State, place: &str, leads_on: bool, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let context = state.context();
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1);
    if let (Some(message), None) = (&state.message, &state.overlay) {
        let (sign, style) =
            if message.failed { ("✗ ", theme.error()) } else { ("✓ ", theme.good()) };
        row.add(sign, style).add(&message.text, theme.text());
        return row.finish();
    }
    let of_use = |binding: &&Binding| is_of_use(state, context, binding.command, leads_on);
    let mut hints = hints(state.keymap.live(context).filter(of_use));
    match &state.overlay {
        Some(Overlay::Confirm(question)) => {
            let room = row.room().saturating_sub(hints.iter().map(Hint::columns).sum());
            let said = ask(state, question);
            let question = said.iter().find(|words| width(words) < room).or(said.last());
            row.add(question.map_or("", String::as_str), theme.strong()).gap(2);
        }
        Some(Overlay::Prompt(prompt)) => {
            typed(&mut row, state, prompt, hints.iter().map(Hint::columns).sum());
        }
        Some(Overlay::Help { .. }) | None => {}
    }
    // Where one is matters more than how to move.
    drop_until_fit(&mut hints, row.room().saturating_sub(width(place)));
    for Hint { keys, word, .. } in &hints {
        row.add(keys, theme.accent()).gap(1).add(word, theme.dim()).gap(2);
    }
    if let Some(room) = row.room().checked_sub(width(place)) {
        row.gap(room).add(place, theme.dim());
    }
    row.finish()
}

/// A question, in full and shorter and shorter.
fn ask(state: &State, question: &Question) -> Vec<String> {
    match question {
        Question::Accept { about, sessions } => {
            let number = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
            let sessions = format::counted(number, "session");
            let file = &state.paths.baseline;
            vec![
                format!("Take {sessions} of {about} into {file} as normal?"),
                format!("Take {sessions} of {about} as normal?"),
                format!("{about} is normal?"),
            ]
        }
        Question::Quit => vec![
            String::from("The capture is still running. Stop it and leave?"),
            String::from("Stop and leave?"),
        ],
    }
}

/// What is typed, and what is to be said of it. The cursor stays visible.
fn typed(row: &mut Row, state: &State, prompt: &Prompt, hints: usize) {
    let theme = &state.theme;
    let suppress = format!("into {}, because: ", state.paths.policy);
    let (label, note, style) = match prompt.purpose {
        Purpose::Command => (":", String::new(), theme.dim()),
        Purpose::Export => ("packets to ", String::new(), theme.dim()),
        Purpose::Filter => match state.filter_error() {
            Some(error) => ("/", error.message, theme.error()),
            None => {
                use crate::list::Table as _;
                let passing = state.lists.of(state.view).map_or(0, |list| list.len());
                let passing = u64::try_from(passing).unwrap_or(u64::MAX);
                let store = &state.store;
                let all = match state.view {
                    crate::View::Clients => u64::from(store.clients.end()),
                    crate::View::Findings => u64::from(store.findings.end()),
                    crate::View::Hosts => u64::from(store.hosts.end()),
                    crate::View::Log => u64::from(store.notes.end()),
                    crate::View::Requests => {
                        u64::try_from(store.exchanges.len()).unwrap_or(u64::MAX)
                    }
                    crate::View::Sessions => u64::from(store.sessions.end()),
                    crate::View::Timeline => 0,
                };
                let dots = if state.behind { " …" } else { "" };
                let text = format!("{} of {}{dots}", format::count(passing), format::count(all));
                ("/", text, theme.dim())
            }
        },
        Purpose::Report => ("report to ", String::new(), theme.dim()),
        Purpose::Suppress => (suppress.as_str(), String::new(), theme.dim()),
    };
    row.add(label, theme.accent());
    let fixed = width(&note).saturating_add(hints).saturating_add(3);
    let room = row.room().saturating_sub(fixed).max(LEAST_TYPED);
    let (before, behind) = prompt.halves();
    let (before, behind) = (escape_within(before, MAX_LETTERS), escape_within(behind, MAX_LETTERS));
    if prompt.purpose == Purpose::Filter && width(&before).saturating_add(width(&behind)) < room {
        painted(row, theme, prompt);
    } else {
        let cell = width(&before).clamp(1, room);
        row.cell(prompt.halves().0, cell, Side::LeftKeepEnd, theme.strong());
        row.add("▏", theme.accent());
        let rest = room.saturating_sub(cell).min(width(&behind));
        row.cell(prompt.halves().1, rest, Side::Left, theme.strong());
    }
    row.gap(1).add(&note, style).gap(2);
}

/// A filter in the colours of its parts.
fn painted(row: &mut Row, theme: &Theme, prompt: &Prompt) {
    let text = prompt.text();
    let mut drawn = false;
    let mut piece = |row: &mut Row, from: usize, to: usize, style: Style| {
        // The cursor may stand within a piece.
        let cursor = prompt.cursor();
        if !drawn && (from..to).contains(&cursor) {
            drawn = true;
            row.add(text.get(from..cursor).unwrap_or_default(), style).add("▏", theme.accent());
            row.add(text.get(cursor..to).unwrap_or_default(), style);
        } else {
            row.add(text.get(from..to).unwrap_or_default(), style);
        }
    };
    let mut at = 0;
    for (range, part) in paint(text) {
        piece(row, at, range.start, theme.strong());
        let style = match part {
            Paint::Key => theme.accent(),
            Paint::Operator => theme.warning(),
            Paint::Regex => theme.name(),
            Paint::Value => theme.strong(),
            Paint::Wrong => theme.error(),
        };
        piece(row, range.start, range.end, style);
        at = range.end;
    }
    piece(row, at, text.len(), theme.strong());
    if !drawn {
        row.add("▏", theme.accent());
    }
}

/// Whether a command does anything while the list is empty, or the page leads nowhere.
fn is_of_use(state: &State, context: Context, command: Command, leads_on: bool) -> bool {
    if let (Some(Overlay::Prompt(prompt)), Command::Complete(_)) = (&state.overlay, command) {
        return matches!(prompt.purpose, Purpose::Command | Purpose::Filter);
    }
    if context == Context::Timeline && state.store.timeline.is_empty() {
        return !matches!(
            command,
            Command::Move(_) | Command::Open | Command::Step(_) | Command::Stretch(_)
        );
    }
    if !context.inherited().contains(&Context::Lists) {
        return leads_on || !matches!(command, Command::Open | Command::NextLink);
    }
    let list = state.lists.of(state.view);
    let listed = list.map_or(0, |list| list.len());
    let is_narrowed = list.is_some_and(|list| !list.sieve.is_open());
    match command {
        Command::Move(_)
        | Command::Open
        | Command::Export
        | Command::ToggleMark
        | Command::Diff => listed > 0,
        Command::Filter | Command::ToggleFollow => listed > 0 || is_narrowed,
        _ => true,
    }
}

/// Hints in the order of the table; neighbours with the same word share a place.
fn hints<'a>(bindings: impl Iterator<Item = &'a Binding>) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for binding in bindings {
        let (Some(word), Some(key)) = (binding.hint, binding.keys.first()) else { continue };
        match hints.last_mut().filter(|last| last.word == word) {
            Some(last) => last.keys = format!("{}/{key}", last.keys),
            None => {
                let stays = matches!(
                    binding.command,
                    Command::Back
                        | Command::Confirm
                        | Command::Help
                        | Command::Open
                        | Command::Quit
                );
                hints.push(Hint { keys: key.to_string(), word, stays });
            }
        }
    }
    hints
}

/// Takes out what may leave, from the right, until the rest fits.
fn drop_until_fit(hints: &mut Vec<Hint>, columns: usize) {
    while hints.iter().map(Hint::columns).sum::<usize>() > columns {
        let Some(at) = hints.iter().rposition(|hint| !hint.stays) else { return };
        hints.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::Keymap;

    fn words(context: Context, columns: usize) -> Vec<String> {
        let keymap = Keymap::usual().unwrap();
        let mut hints = hints(keymap.live(context));
        drop_until_fit(&mut hints, columns);
        hints.into_iter().map(|hint| format!("{} {}", hint.keys, hint.word)).collect()
    }

    #[test]
    fn hints_share_and_leave() {
        let all = ["Esc back", "Enter open", "Tab next", "j/k move", "? help", "q quit"];
        assert_eq!(words(Context::Pages, 100), all);
        assert_eq!(words(Context::Pages, 40), [all[0], all[1], all[4], all[5]]);
        assert_eq!(words(Context::Pages, 0), [all[0], all[1], all[4], all[5]]);
        let list =
            ["Enter open", "e export", "/ filter", "Tab views", "j/k move", "? help", "q quit"];
        assert_eq!(words(Context::Findings, 100), list);
    }
}
