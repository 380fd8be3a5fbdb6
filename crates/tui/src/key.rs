//! One key press, in a form that can be compared, printed and put into a table.

use std::fmt;

use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key with its modifiers. Shift is part of the letter (`G`), not a modifier.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Key {
    /// A letter or sign without modifiers.
    pub const fn char(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), modifiers: KeyModifiers::NONE }
    }

    /// A lower-case letter with Ctrl.
    pub const fn ctrl(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), modifiers: KeyModifiers::CONTROL }
    }

    /// A named key.
    pub const fn named(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// The letter, if it is one without modifiers.
    pub(crate) const fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if self.modifiers.is_empty() => Some(letter),
            _ => None,
        }
    }

    /// What was pressed; `None` for the release of a key, which some terminals report too.
    pub fn pressed(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        Some(match event.code {
            KeyCode::Char(letter) if held.is_empty() => {
                // Terminals of the kitty protocol send `g` and Shift where others send `G`.
                let shift = event.modifiers.contains(KeyModifiers::SHIFT);
                Self::char(if shift { letter.to_ascii_uppercase() } else { letter })
            }
            KeyCode::Char(letter) => {
                Self { code: KeyCode::Char(letter.to_ascii_lowercase()), modifiers: held }
            }
            code => Self { code, modifiers: held },
        })
    }
}

/// Named keys as a configuration spells them, in lower case, beside what the help writes.
const NAMES: [(&str, KeyCode); 17] = [
    ("backspace", KeyCode::Backspace),
    ("backtab", KeyCode::BackTab),
    ("delete", KeyCode::Delete),
    ("down", KeyCode::Down),
    ("end", KeyCode::End),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("home", KeyCode::Home),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("pgdn", KeyCode::PageDown),
    ("pgup", KeyCode::PageUp),
    ("right", KeyCode::Right),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("tab", KeyCode::Tab),
    ("up", KeyCode::Up),
];

/// A text that names no key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "'{0}' is no key; there are letters, Ctrl-x, Alt-x, F1 to F12, Enter, Esc, Tab, Space, Up, …"
)]
pub struct UnknownKey(String);

impl FromStr for Key {
    type Err = UnknownKey;

    /// `g`, `G`, `ctrl-d`, `Alt-x`, `Enter`, `F5`, `Space`.
    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.to_owned());
        let (mut modifiers, mut rest) = (KeyModifiers::NONE, text);
        while let Some((head, tail)) = rest.split_once('-').filter(|(_, tail)| !tail.is_empty()) {
            modifiers |= match head.to_ascii_lowercase().as_str() {
                "alt" => KeyModifiers::ALT,
                "ctrl" => KeyModifiers::CONTROL,
                _ => break,
            };
            rest = tail;
        }
        let name = rest.to_ascii_lowercase();
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
        let function = || name.strip_prefix('f')?.parse().ok().filter(|nth| (1..=12).contains(nth));
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if modifiers.is_empty() => KeyCode::Char(letter),
            (Some(letter), None) => KeyCode::Char(letter.to_ascii_lowercase()),
            _ => named.or_else(|| function().map(KeyCode::F)).ok_or_else(unknown)?,
        };
        Ok(Self { code, modifiers })
    }
}

impl fmt::Display for Key {
    /// As the help writes it: `j`, `Ctrl-d`, `PgDn`, `↓`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::F(nth) => write!(f, "F{nth}"),
            KeyCode::Up => f.write_str("↑"),
            code => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_are_normalised() {
        let event = KeyEvent::new;
        let (none, shift) = (KeyModifiers::NONE, KeyModifiers::SHIFT);
        let cases = [
            (event(KeyCode::Char('G'), shift), "G"),
            (event(KeyCode::Char('g'), shift), "G"),
            (event(KeyCode::Char('g'), none), "g"),
            (event(KeyCode::Char('?'), shift), "?"),
            (event(KeyCode::Char('d'), KeyModifiers::CONTROL), "Ctrl-d"),
            (event(KeyCode::Char('D'), KeyModifiers::CONTROL | shift), "Ctrl-d"),
            (event(KeyCode::Down, none), "↓"),
            (event(KeyCode::Esc, none), "Esc"),
        ];
        for (event, expected) in cases {
            assert_eq!(Key::pressed(event).map(|key| key.to_string()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for (text, shown) in [
            ("g", "g"),
            ("G", "G"),
            ("-", "-"),
            ("ctrl-d", "Ctrl-d"),
            ("Ctrl-D", "Ctrl-d"),
            ("alt-ctrl-x", "Ctrl-Alt-x"),
            ("Enter", "Enter"),
            ("space", "Space"),
            ("shift-tab", "Shift-Tab"),
            ("F5", "F5"),
            ("pgdn", "PgDn"),
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "shift-x", "ctrl-", "F13", "enterr", "gg"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn releases_are_no_presses() {
        let release =
            KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(Key::pressed(release), None);
    }
}
