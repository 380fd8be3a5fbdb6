//! Commands by name: those of the key table, and some with a word behind them.

use crate::app::State;
use crate::effect::Effect;
use crate::list::Order;
use crate::prompt::Candidate;
use crate::screen::Target;
use crate::theme::Theme;
use crate::views;

/// Commands that take something behind them: name, what, what for.
const WITH_ARGUMENT: [(&str, &str, &str); 9] = [
    ("export", "FILE", "write the packets of what is selected as pcapng"),
    ("filter", "EXPR", "filter this list"),
    ("pace", "1x|10x|max", "replay at this speed"),
    ("packet", "NUMBER", "show a packet"),
    ("report", "FILE", "write a report: .json, .jsonl, .txt"),
    ("sort", "COLUMN", "order the list; again turns it around"),
    ("suppress", "REASON", "leave such findings out from now on"),
    ("theme", "NAME", "dark, light, high-contrast, high-contrast-light, none"),
    ("unmark", "", "take all marks away"),
];

/// Does what a line says.
pub(crate) fn run(state: &mut State, line: &str) -> Option<Effect> {
    let line = line.trim();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    match (name, argument) {
        ("", _) => None,
        ("q" | "quit" | "q!", "") => Some(Effect::Quit),
        ("export", path) if !path.is_empty() => state.export(path),
        ("filter", text) => {
            if let Err(error) = state.lists.type_filter(state.view, text) {
                state.complain(error.to_string());
            }
            None
        }
        ("pace", word) => match word.parse() {
            Ok(speed) => state.set_speed(speed),
            Err(_) => refuse(state, "pace wants 1x, 10x, 0.5x or max"),
        },
        ("packet", number) => match number.parse::<u64>() {
            Ok(number) if number > 0 => {
                state.push(Target::Packet { numbers: [number].into(), nth: 0 })
            }
            _ => refuse(state, "packet wants the number of one, from 1 on"),
        },
        ("report", path) if !path.is_empty() => state.report(path),
        ("sort", word) => {
            sort(state, word);
            None
        }
        ("suppress", reason) if !reason.is_empty() => state.suppress(reason),
        ("theme", word) => match Theme::named(word) {
            Some(theme) => {
                state.theme = theme;
                None
            }
            None => {
                refuse(state, "there are dark, light, high-contrast, high-contrast-light, none")
            }
        },
        ("unmark", "") => {
            if let Some(list) = state.lists.of_mut(state.view) {
                list.unmark();
            }
            None
        }
        (name, "") => match state.keymap.named(name, state.context_below()) {
            Some(command) => state.command(command),
            None => refuse(state, &format!("no command '{name}' here; Tab lists them")),
        },
        (name, _) => refuse(state, &format!("'{name}' takes nothing behind it")),
    }
}

fn refuse(state: &mut State, why: &str) -> Option<Effect> {
    state.complain(why);
    None
}

fn sort(state: &mut State, word: &str) {
    let titles = views::column_titles(state.view);
    let wanted = word.to_ascii_lowercase();
    let column = titles.iter().position(|title| title.to_ascii_lowercase().starts_with(&wanted));
    let Some(order) = state.lists.of(state.view).map(|list| list.order()) else { return };
    match column.filter(|_| !wanted.is_empty()) {
        Some(column) => {
            let descending = order.column == column && !order.descending;
            state.order(Order { column, descending });
        }
        None => state.complain(format!("columns here: {}", titles.join(", "))),
    }
}

/// Commands that begin with what is typed; behind a name, what may follow.
pub(crate) fn candidates(state: &State, line: &str) -> Vec<Candidate> {
    if let Some(("sort", word)) = line.split_once(' ') {
        let titles = views::column_titles(state.view).into_iter();
        let fits = titles.filter(|title| title.to_ascii_lowercase().starts_with(word));
        return fits
            .map(|title| candidate(format!("sort {title}"), title.to_owned(), ""))
            .collect();
    }
    if let Some(("theme", word)) = line.split_once(' ') {
        let fits = Theme::NAMES.into_iter().filter(|name| name.starts_with(word));
        return fits.map(|name| candidate(format!("theme {name}"), name.to_owned(), "")).collect();
    }
    let mut found: Vec<Candidate> = WITH_ARGUMENT
        .iter()
        .filter(|(name, ..)| name.starts_with(line))
        .map(|(name, what, help)| candidate(format!("{name} "), format!("{name} {what}"), help))
        .collect();
    for binding in state.keymap.live(state.context_below()) {
        let known = found.iter().any(|other| other.word.split(' ').next() == Some(binding.name));
        if binding.name.starts_with(line) && !known {
            found.push(candidate(binding.name.to_owned(), binding.name.to_owned(), binding.help));
        }
    }
    found.sort_by(|one, other| one.word.cmp(&other.word));
    found
}

fn candidate(line: String, word: String, help: &str) -> Candidate {
    Candidate { line, word, help: help.to_owned() }
}
