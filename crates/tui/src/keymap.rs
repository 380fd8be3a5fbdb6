//! The one key table: what each key does where, and how the help and the status line say it.
//!
//! Nothing else in this crate knows a key. A table that binds a key twice where both would be
//! live is refused at the start.

use crossterm::event::KeyCode;

use crate::command::Command;
use crate::key::Key;
use crate::motion::Motion;

/// Where a binding is live.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Context {
    /// In every view and in the help.
    Anywhere,
    /// While the question is asked whether to leave a running capture. Nothing else is live then.
    ConfirmQuit,
    /// In one finding's detail.
    Detail,
    /// While a filter is typed. Every letter is taken as such then.
    Filter,
    /// In the list of findings.
    Findings,
    /// While the help is shown.
    Help,
    /// In one request's detail.
    Request,
    /// In the list of requests.
    Requests,
}

impl Context {
    /// Whether the bindings of [`Context::Anywhere`] are live here too.
    pub const fn inherits(self) -> bool {
        !matches!(self, Self::Anywhere | Self::ConfirmQuit | Self::Filter)
    }

    /// What the help calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::ConfirmQuit => "Question",
            Self::Detail => "Finding",
            Self::Filter => "Filter",
            Self::Findings => "Findings",
            Self::Help => "Help",
            Self::Request => "Request",
            Self::Requests => "Requests",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Keys that all do the same; the first is the one to show.
    pub keys: &'static [Key],
    /// Where they do it.
    pub context: Context,
    /// What they do.
    pub command: Command,
    /// A line of the help.
    pub help: &'static str,
    /// A word or two for the status line; `None` leaves it to the help. Neighbours with the same
    /// hint share a place there: `j/k move`.
    pub hint: Option<&'static str>,
}

/// A key that is bound twice where both bindings would be live.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("key {key} is bound twice in {}", context.title())]
pub struct DuplicateKey {
    /// The key.
    pub key: Key,
    /// Where.
    pub context: Context,
}

/// Bindings, checked.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// Checks a table.
    pub fn new(bindings: &[Binding]) -> Result<Self, DuplicateKey> {
        for (position, binding) in bindings.iter().enumerate() {
            for &key in binding.keys {
                let within = binding.keys.iter().filter(|other| **other == key).count();
                let clash = bindings.iter().take(position).find(|earlier| {
                    overlap(earlier.context, binding.context) && earlier.keys.contains(&key)
                });
                if within > 1 || clash.is_some() {
                    return Err(DuplicateKey { key, context: binding.context });
                }
            }
        }
        Ok(Self { bindings: bindings.to_vec() })
    }

    /// What a key does in a context; `None` if it does nothing there.
    pub fn command(&self, key: Key, context: Context) -> Option<Command> {
        self.live(context)
            .find(|binding| binding.keys.contains(&key))
            .map(|binding| binding.command)
    }

    /// The key to show for a command in a context: for texts that name one.
    pub fn key(&self, command: Command, context: Context) -> String {
        let binding = self.live(context).find(|binding| binding.command == command);
        let key = binding.and_then(|binding| binding.keys.first());
        key.map(ToString::to_string).unwrap_or_default()
    }

    /// All bindings that are live in a context: its own first, then those of everywhere.
    pub fn live(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let own = self.bindings.iter().filter(move |binding| binding.context == context);
        let shared = self
            .bindings
            .iter()
            .filter(move |binding| context.inherits() && binding.context == Context::Anywhere);
        own.chain(shared)
    }
}

/// Whether a key press can meet bindings of both contexts.
fn overlap(a: Context, b: Context) -> bool {
    a == b || (a == Context::Anywhere && b.inherits()) || (b == Context::Anywhere && a.inherits())
}

const fn bind(
    context: Context,
    keys: &'static [Key],
    command: Command,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { keys, context, command, help, hint }
}

const fn named(code: KeyCode) -> Key {
    Key::named(code)
}

use Command as C;
use Context::{Anywhere, ConfirmQuit, Detail, Filter, Findings, Help, Request, Requests};

/// The table. Within a context, the status line and the help keep this order.
#[rustfmt::skip]
pub const DEFAULT: &[Binding] = &[
    bind(Findings, &[named(KeyCode::Enter), named(KeyCode::Right), Key::char('l')], C::Open,
        "open the finding: evidence, certificates, what to do", Some("open")),
    bind(Findings, &[named(KeyCode::Tab), named(KeyCode::BackTab)], C::OtherTab,
        "to the list of requests", Some("requests")),

    bind(Requests, &[named(KeyCode::Enter), named(KeyCode::Right), Key::char('l')], C::Open,
        "open the request: fields, contents, connection", Some("open")),
    bind(Requests, &[Key::char('/')], C::Filter,
        "filter: words, ~m method, ~d host, ~u path, ~c status, ~t type, ~e not whole, !not",
        Some("filter")),
    bind(Requests, &[Key::char('n')], C::NextMatch,
        "next request that the filter lets pass, also while it is off", None),
    bind(Requests, &[Key::char('N')], C::PreviousMatch, "the one before", None),
    bind(Requests, &[named(KeyCode::Esc)], C::Back, "take the filter off", None),
    bind(Requests, &[Key::char('f')], C::ToggleFollow, "follow what comes in, or stay",
        Some("follow")),
    bind(Requests, &[named(KeyCode::Tab), named(KeyCode::BackTab)], C::OtherTab,
        "to the list of findings", Some("findings")),

    bind(Request, &[named(KeyCode::Esc), named(KeyCode::Left), Key::char('h')], C::Back,
        "back to the list, or to the finding", Some("back")),
    bind(Request, &[named(KeyCode::Tab)], C::OtherSide, "from the request to the response, or back",
        Some("response")),
    bind(Request, &[Key::char('J')], C::Next, "next request", Some("request")),
    bind(Request, &[Key::char('K')], C::Previous, "request before", Some("request")),
    bind(Request, &[Key::char('p')], C::ToggleRaw,
        "contents as they were sent, or easy to read", Some("raw")),
    bind(Request, &[Key::char('R')], C::ToggleSecrets,
        "show or hide secrets; needs --show-secrets at the start", None),
    bind(Request, &[Key::char('}')], C::NextSection, "next section", None),
    bind(Request, &[Key::char('{')], C::PreviousSection, "section before", None),

    bind(Filter, &[named(KeyCode::Enter)], C::Confirm, "keep the filter", Some("keep")),
    bind(Filter, &[named(KeyCode::Esc)], C::Back, "take it off; / brings it back", Some("off")),
    bind(Filter, &[named(KeyCode::Backspace), Key::ctrl('h')], C::EraseLetter,
        "erase a letter", None),
    bind(Filter, &[Key::ctrl('w')], C::EraseWord, "erase a word", None),
    bind(Filter, &[Key::ctrl('u')], C::EraseLine, "erase all", Some("erase")),
    bind(Filter, &[named(KeyCode::Down)], C::Move(Motion::Down), "down", None),
    bind(Filter, &[named(KeyCode::Up)], C::Move(Motion::Up), "up", None),
    bind(Filter, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),

    bind(Detail, &[named(KeyCode::Esc), named(KeyCode::Left), Key::char('h')], C::Back,
        "back to the list", Some("back")),
    bind(Detail, &[Key::char('r')], C::OpenRequest,
        "the request that the evidence names; Esc comes back", None),
    bind(Detail, &[Key::char('J')], C::Next, "next finding", Some("finding")),
    bind(Detail, &[Key::char('K')], C::Previous, "finding before", Some("finding")),
    bind(Detail, &[Key::char('}')], C::NextSection, "next section", Some("section")),
    bind(Detail, &[Key::char('{')], C::PreviousSection, "section before", Some("section")),

    bind(Help, &[named(KeyCode::Esc)], C::Back, "back to where you were", Some("back")),

    bind(Anywhere, &[Key::char('j'), named(KeyCode::Down)], C::Move(Motion::Down),
        "down", Some("move")),
    bind(Anywhere, &[Key::char('k'), named(KeyCode::Up)], C::Move(Motion::Up), "up", Some("move")),
    bind(Anywhere, &[Key::ctrl('d')], C::Move(Motion::HalfPageDown), "half a page down", None),
    bind(Anywhere, &[Key::ctrl('u')], C::Move(Motion::HalfPageUp), "half a page up", None),
    bind(Anywhere, &[named(KeyCode::PageDown), Key::ctrl('f')], C::Move(Motion::PageDown),
        "a page down", None),
    bind(Anywhere, &[named(KeyCode::PageUp), Key::ctrl('b')], C::Move(Motion::PageUp),
        "a page up", None),
    bind(Anywhere, &[Key::char('g'), named(KeyCode::Home)], C::Move(Motion::Start),
        "to the start", None),
    bind(Anywhere, &[Key::char('G'), named(KeyCode::End)], C::Move(Motion::End),
        "to the end", None),
    bind(Anywhere, &[Key::char('1')], C::ShowFindings, "the list of findings", None),
    bind(Anywhere, &[Key::char('2')], C::ShowRequests, "the list of requests", None),
    bind(Anywhere, &[Key::char('?')], C::Help, "show or hide this help", Some("help")),
    bind(Anywhere, &[Key::ctrl('l')], C::Redraw, "draw the screen anew", None),
    bind(Anywhere, &[Key::ctrl('z')], C::Suspend, "to the shell; fg comes back", None),
    bind(Anywhere, &[Key::char('q')], C::Quit, "leave; asks while a live capture runs",
        Some("quit")),
    bind(Anywhere, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),

    bind(ConfirmQuit, &[Key::char('y'), Key::char('q'), named(KeyCode::Enter)], C::Confirm,
        "stop the capture and leave", Some("stop and leave")),
    bind(ConfirmQuit, &[Key::char('n'), named(KeyCode::Esc)], C::Back,
        "stay", Some("stay")),
    bind(ConfirmQuit, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),
];

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXTS: [Context; 7] = [ConfirmQuit, Detail, Filter, Findings, Help, Request, Requests];

    fn binding(context: Context, keys: &'static [Key]) -> Binding {
        bind(context, keys, Command::Back, "", None)
    }

    #[test]
    fn the_table_has_no_duplicates() {
        assert!(Keymap::new(DEFAULT).is_ok());
    }

    #[test]
    fn duplicates_are_refused_where_both_are_live() {
        const Q: &[Key] = &[Key::char('q')];
        const TWICE: &[Key] = &[Key::char('q'), Key::char('q')];
        const CTRL_Q: &[Key] = &[Key::ctrl('q')];
        let cases = [
            (vec![binding(Findings, Q), binding(Findings, Q)], Some(Findings)),
            (vec![binding(Anywhere, Q), binding(Detail, Q)], Some(Detail)),
            (vec![binding(Detail, Q), binding(Anywhere, Q)], Some(Anywhere)),
            (vec![binding(Findings, TWICE)], Some(Findings)),
            (vec![binding(Findings, Q), binding(Detail, Q)], None),
            (vec![binding(Anywhere, Q), binding(ConfirmQuit, Q)], None),
            (vec![binding(Findings, Q), binding(Findings, CTRL_Q)], None),
        ];
        for (table, expected) in cases {
            let refused = Keymap::new(&table).err().map(|duplicate| duplicate.context);
            assert_eq!(refused, expected, "{table:?}");
        }
    }

    #[test]
    fn the_status_line_has_at_most_seven_keys() {
        let keymap = Keymap::new(DEFAULT).unwrap();
        for context in CONTEXTS {
            let mut hints: Vec<&str> = keymap.live(context).filter_map(|b| b.hint).collect();
            hints.dedup();
            assert!((1..=7).contains(&hints.len()), "{hints:?} in {context:?}");
        }
    }

    #[test]
    fn one_can_leave_from_everywhere_and_escape_never_does() {
        let keymap = Keymap::new(DEFAULT).unwrap();
        for context in CONTEXTS {
            let command = |key| keymap.command(key, context);
            assert_eq!(command(Key::ctrl('c')), Some(Command::QuitNow));
            assert!(matches!(command(named(KeyCode::Esc)), None | Some(Command::Back)));
            if context != Filter {
                assert!(matches!(command(Key::char('q')), Some(Command::Quit | Command::Confirm)));
            }
            assert_eq!(command(Key::char('#')), None);
        }
    }
}
