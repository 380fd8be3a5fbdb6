//! The keys: which are live where, what the user has bound anew, and what is refused.
//!
//! Nothing but [`crate::bindings`] knows a key. A table that binds a key twice where both would be
//! live is refused at the start, whoever wrote it.

use std::borrow::Cow;

use crate::bindings::DEFAULT;
use crate::command::Command;
use crate::key::{Key, UnknownKey};

/// Where a binding is live.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Context {
    /// In every view, on every page and in the help.
    Anywhere,
    /// In apps and devices.
    Clients,
    /// While a question is asked. Nothing else is live then.
    Confirm,
    /// In the list of findings.
    Findings,
    /// On a finding's page.
    Finding,
    /// While the help is shown.
    Help,
    /// In the list of hosts.
    Hosts,
    /// In every view that is a list.
    Lists,
    /// In the log.
    Log,
    /// On every page.
    Pages,
    /// While something is typed. Every letter is taken as such then.
    Prompt,
    /// On a request's page, or that of two.
    Request,
    /// In the list of requests.
    Requests,
    /// In the list of sessions.
    Sessions,
    /// On the timeline.
    Timeline,
}

impl Context {
    /// The contexts whose bindings are live here too, narrowest first.
    pub const fn inherited(self) -> &'static [Self] {
        match self {
            Self::Clients
            | Self::Findings
            | Self::Hosts
            | Self::Log
            | Self::Requests
            | Self::Sessions => &[Self::Lists, Self::Anywhere],
            Self::Finding | Self::Request => &[Self::Pages, Self::Anywhere],
            Self::Help | Self::Lists | Self::Pages | Self::Timeline => &[Self::Anywhere],
            Self::Anywhere | Self::Confirm | Self::Prompt => &[],
        }
    }

    /// What the help calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::Clients => "Apps and devices",
            Self::Confirm => "Question",
            Self::Finding => "Finding",
            Self::Findings => "Findings",
            Self::Help => "Help",
            Self::Hosts => "Hosts",
            Self::Lists => "Lists",
            Self::Log => "Log",
            Self::Pages => "Pages",
            Self::Prompt => "Typing",
            Self::Request => "Request",
            Self::Requests => "Requests",
            Self::Sessions => "Sessions",
            Self::Timeline => "Timeline",
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What a configuration and the command line of the UI call it. Bindings of the same name in
    /// other contexts do the same there.
    pub name: &'static str,
    /// Keys that all do the same; the first is the one to show.
    pub keys: Cow<'static, [Key]>,
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

/// A binding of the user's: these keys instead of the usual ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rebinding {
    /// [`Binding::name`].
    pub name: String,
    /// Keys, as [`Key`] reads them. None at all takes the usual ones away.
    pub keys: Vec<String>,
}

/// Why keys cannot be bound like this.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeymapError {
    /// A key is bound twice where both bindings would be live.
    #[error("key {key} is bound twice in {}: {one} and {other}", context.title())]
    Duplicate {
        /// The key.
        key: Key,
        /// Where.
        context: Context,
        /// What it does by one binding.
        one: &'static str,
        /// What it does by the other.
        other: &'static str,
    },
    /// Nobody could leave.
    #[error("no key is left for {0}")]
    Needed(&'static str),
    /// A key that there is not.
    #[error("key of {name}: {error}")]
    UnknownKey {
        /// Of which command.
        name: String,
        /// Which.
        error: UnknownKey,
    },
    /// A command that there is not.
    #[error("'{name}' is no command; {}", near(name))]
    UnknownCommand {
        /// What was written.
        name: String,
    },
}

/// Commands that must have a key, wherever they are live.
const NEEDED: [&str; 2] = ["quit-now", "back"];

/// Bindings, checked.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The usual keys.
    pub fn usual() -> Result<Self, KeymapError> {
        Self::new(DEFAULT.to_vec())
    }

    /// The usual keys with what the user wants instead.
    pub fn with(rebindings: &[Rebinding]) -> Result<Self, KeymapError> {
        let mut bindings = DEFAULT.to_vec();
        for Rebinding { name, keys } in rebindings {
            let read = |key: &String| {
                let name = name.clone();
                key.parse().map_err(|error| KeymapError::UnknownKey { name, error })
            };
            let keys: Vec<Key> = keys.iter().map(read).collect::<Result<_, _>>()?;
            let mut found = false;
            for binding in bindings.iter_mut().filter(|binding| binding.name == name) {
                binding.keys = Cow::Owned(keys.clone());
                found = true;
            }
            if !found {
                return Err(KeymapError::UnknownCommand { name: name.clone() });
            }
        }
        for needed in NEEDED {
            let mut of_it = bindings.iter().filter(|binding| binding.name == needed);
            if of_it.any(|binding| binding.keys.is_empty()) {
                return Err(KeymapError::Needed(needed));
            }
        }
        Self::new(bindings)
    }

    /// Checks a table.
    pub fn new(bindings: Vec<Binding>) -> Result<Self, KeymapError> {
        for (position, binding) in bindings.iter().enumerate() {
            for (nth, &key) in binding.keys.iter().enumerate() {
                let within = binding.keys.iter().take(nth).any(|other| *other == key);
                let clash = bindings.iter().take(position).find(|earlier| {
                    overlap(earlier.context, binding.context) && earlier.keys.contains(&key)
                });
                if within || clash.is_some() {
                    let context = binding.context;
                    let other = clash.map_or(binding.name, |clash| clash.name);
                    let one = binding.name;
                    return Err(KeymapError::Duplicate { key, context, one, other });
                }
            }
        }
        Ok(Self { bindings })
    }

    /// All of them.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
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

    /// All bindings that are live in a context: its own first, then those of wider ones.
    pub fn live(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let contexts = std::iter::once(context).chain(context.inherited().iter().copied());
        contexts.flat_map(|context| {
            self.bindings.iter().filter(move |binding| binding.context == context)
        })
    }

    /// The command of this name that is live in a context.
    pub fn named(&self, name: &str, context: Context) -> Option<Command> {
        self.live(context).find(|binding| binding.name == name).map(|binding| binding.command)
    }
}

/// Whether a key press can meet bindings of both contexts.
fn overlap(a: Context, b: Context) -> bool {
    a == b || a.inherited().contains(&b) || b.inherited().contains(&a)
}

/// Names of commands that look like what was written.
fn near(name: &str) -> String {
    let start = name.get(..2).unwrap_or(name);
    let mut names: Vec<&str> = DEFAULT.iter().map(|binding| binding.name).collect();
    names.sort_unstable();
    names.dedup();
    let like: Vec<&str> = names.iter().copied().filter(|other| other.starts_with(start)).collect();
    if like.is_empty() {
        format!("there are {}", names.join(", "))
    } else {
        format!("there are {}", like.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;

    /// All in which somebody may be.
    const CONTEXTS: [Context; 13] = [
        Context::Clients,
        Context::Confirm,
        Context::Finding,
        Context::Findings,
        Context::Help,
        Context::Hosts,
        Context::Log,
        Context::Pages,
        Context::Prompt,
        Context::Request,
        Context::Requests,
        Context::Sessions,
        Context::Timeline,
    ];

    fn binding(context: Context, keys: &'static [Key]) -> Binding {
        let keys = Cow::Borrowed(keys);
        Binding { name: "x", keys, context, command: Command::Back, help: "", hint: None }
    }

    #[test]
    fn the_table_has_no_duplicates() {
        Keymap::usual().unwrap();
    }

    #[test]
    fn duplicates_are_refused_where_both_are_live() {
        const Q: &[Key] = &[Key::char('q')];
        const TWICE: &[Key] = &[Key::char('q'), Key::char('q')];
        const CTRL_Q: &[Key] = &[Key::ctrl('q')];
        use Context::{Anywhere, Confirm, Finding, Findings, Lists, Pages};
        let cases = [
            (vec![binding(Findings, Q), binding(Findings, Q)], Some(Findings)),
            (vec![binding(Anywhere, Q), binding(Finding, Q)], Some(Finding)),
            (vec![binding(Finding, Q), binding(Anywhere, Q)], Some(Anywhere)),
            (vec![binding(Findings, Q), binding(Lists, Q)], Some(Lists)),
            (vec![binding(Lists, Q), binding(Anywhere, Q)], Some(Anywhere)),
            (vec![binding(Findings, TWICE)], Some(Findings)),
            (vec![binding(Findings, Q), binding(Pages, Q)], None),
            (vec![binding(Findings, Q), binding(Finding, Q)], None),
            (vec![binding(Anywhere, Q), binding(Confirm, Q)], None),
            (vec![binding(Findings, Q), binding(Findings, CTRL_Q)], None),
        ];
        for (table, expected) in cases {
            let refused = match Keymap::new(table.clone()) {
                Err(KeymapError::Duplicate { context, .. }) => Some(context),
                _ => None,
            };
            assert_eq!(refused, expected, "{table:?}");
        }
    }

    #[test]
    fn the_user_binds_keys_anew() {
        let bind = |name: &str, keys: &[&str]| Rebinding {
            name: name.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let keymap =
            Keymap::with(&[bind("down", &["ctrl-n", "Down"]), bind("quit", &["Q"])]).unwrap();
        let command = |key| keymap.command(key, Context::Findings);
        assert_eq!(command(Key::ctrl('n')), command(Key::named(KeyCode::Down)));
        assert!(command(Key::ctrl('n')).is_some());
        assert_eq!(command(Key::char('j')), None);
        assert_eq!(command(Key::char('Q')), Some(Command::Quit));
        for (rebinding, words) in [
            (bind("down", &["k"]), "key k is bound twice in Everywhere"),
            (bind("dwn", &["x"]), "'dwn' is no command; there are"),
            (bind("down", &["ctrl-"]), "key of down: 'ctrl-' is no key"),
            (bind("quit-now", &[]), "no key is left for quit-now"),
        ] {
            let error = Keymap::with(&[rebinding]).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn the_status_line_has_at_most_seven_keys() {
        let keymap = Keymap::usual().unwrap();
        for context in CONTEXTS {
            let mut hints: Vec<&str> = keymap.live(context).filter_map(|b| b.hint).collect();
            hints.dedup();
            assert!((1..=7).contains(&hints.len()), "{hints:?} in {context:?}");
        }
    }

    #[test]
    fn one_can_leave_from_everywhere_and_escape_never_does() {
        let keymap = Keymap::usual().unwrap();
        for context in CONTEXTS {
            let command = |key| keymap.command(key, context);
            assert_eq!(command(Key::ctrl('c')), Some(Command::QuitNow));
            assert_eq!(command(Key::named(KeyCode::Esc)), Some(Command::Back), "{context:?}");
            if context != Context::Prompt {
                let q = command(Key::char('q'));
                assert!(matches!(q, Some(Command::Quit | Command::Confirm)), "{context:?}");
            }
        }
    }

    #[test]
    fn one_name_is_one_command() {
        for one in DEFAULT {
            for other in DEFAULT.iter().filter(|other| other.name == one.name) {
                let same = std::mem::discriminant(&one.command);
                assert_eq!(same, std::mem::discriminant(&other.command), "{}", one.name);
            }
        }
    }
}
