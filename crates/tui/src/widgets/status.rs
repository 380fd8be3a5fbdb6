//! The last line: the keys that make sense now, from the key table; or the question that waits
//! for an answer.

use ratatui::text::Line;

use report::escape::escape_within;

use super::line::{Row, Side};
use crate::app::State;
use crate::command::Command;
use crate::filter::MAX_LETTERS;
use crate::format;
use crate::keymap::{Binding, Context};
use crate::text::width;

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

/// The status line of this width; `place` (such as `3/17`) stands at its right end if it fits.
pub(crate) fn line(state: &State, place: &str, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let context = state.context();
    let mut row = Row::new(columns.saturating_sub(1));
    row.gap(1);
    let of_use = |binding: &&Binding| is_of_use(state, context, binding.command);
    let mut hints = hints(state.keymap.live(context).filter(of_use));
    if context == Context::ConfirmQuit {
        let room = row.room().saturating_sub(hints.iter().map(Hint::columns).sum());
        let question = "The capture is still running.";
        let question = if width(question) < room { question } else { "Running." };
        row.add(question, theme.strong()).gap(2);
    }
    if context == Context::Filter {
        filter(&mut row, state, hints.iter().map(Hint::columns).sum());
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

/// What is typed, how many pass, and what is wrong with it. Its end stays visible.
fn filter(row: &mut Row, state: &State, hints: usize) {
    let theme = &state.theme;
    let requests = &state.requests;
    let (note, style) = match requests.error() {
        Some(error) => (error.to_string(), theme.error()),
        None => {
            let passing = u64::try_from(requests.len()).unwrap_or(u64::MAX);
            let all = u64::try_from(requests.exchanges().len()).unwrap_or(u64::MAX);
            (format!("{} of {}", format::count(passing), format::count(all)), theme.dim())
        }
    };
    let typed = escape_within(requests.text(), MAX_LETTERS);
    let fixed = width(&note).saturating_add(hints).saturating_add(6);
    let room = row.room().saturating_sub(fixed).max(LEAST_TYPED);
    let cell = width(&typed).clamp(1, room);
    row.add("/", theme.accent());
    row.cell(requests.text(), cell, Side::LeftKeepEnd, theme.strong());
    row.add("▏", theme.accent()).gap(1).add(&note, style).gap(2);
}

/// Whether a command does anything while the list is empty, if it is.
fn is_of_use(state: &State, context: Context, command: Command) -> bool {
    let requests = &state.requests;
    let (listed, kept) = match context {
        Context::Findings => (state.findings.len(), state.findings.len()),
        Context::Requests => (requests.len(), requests.exchanges().len()),
        _ => return true,
    };
    match command {
        Command::Move(_) | Command::Open => listed > 0,
        Command::Filter | Command::ToggleFollow => kept > 0,
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
    use crate::keymap::{DEFAULT, Keymap};

    fn words(context: Context, columns: usize) -> Vec<String> {
        let keymap = Keymap::new(DEFAULT).unwrap();
        let mut hints = hints(keymap.live(context));
        drop_until_fit(&mut hints, columns);
        hints.into_iter().map(|hint| format!("{} {}", hint.keys, hint.word)).collect()
    }

    #[test]
    fn hints_share_and_leave() {
        let all = ["Esc back", "J/K finding", "}/{ section", "j/k move", "? help", "q quit"];
        assert_eq!(words(Context::Detail, 100), all);
        assert_eq!(words(Context::Detail, 45), [all[0], all[1], all[4], all[5]]);
        assert_eq!(words(Context::Detail, 0), [all[0], all[4], all[5]]);
        let list = ["Enter open", "Tab requests", "j/k move", "? help", "q quit"];
        assert_eq!(words(Context::Findings, 100), list);
    }
}
