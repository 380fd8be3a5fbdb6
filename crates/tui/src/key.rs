//! One key press, in a form that can be compared, printed and put into a table.

use std::fmt;

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
    fn releases_are_no_presses() {
        let release =
            KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(Key::pressed(release), None);
    }
}
