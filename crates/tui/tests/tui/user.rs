//! A user in front of the UI: what he types, and what he sees.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tui::{Ask, Effect, Mouse, MouseKind, Options, State, Update};

pub(crate) const WIDE: (u16, u16) = (120, 40);
pub(crate) const USUAL: (u16, u16) = (80, 24);
pub(crate) const TINY: (u16, u16) = (40, 10);

/// The UI on a terminal of some size.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) state: State,
    size: (u16, u16),
}

impl User {
    /// Before a terminal of this size.
    pub(crate) fn before(size: (u16, u16), options: &Options) -> Self {
        let mut state = State::new(options).unwrap();
        state.resize(Size::new(size.0, size.1));
        Self { state, size }
    }

    /// Before a terminal of the usual size, with this news.
    pub(crate) fn with(updates: Vec<Update>) -> Self {
        let mut user = Self::before(USUAL, &Options::default());
        user.hears(updates);
        user
    }

    /// News come.
    pub(crate) fn hears(&mut self, updates: impl IntoIterator<Item = Update>) {
        updates.into_iter().for_each(|update| self.state.update(update));
    }

    /// Presses keys, as a configuration spells them, with spaces between; `'text` is typed letter by
    /// letter, with `_` for spaces. Returns what is to be done outside.
    pub(crate) fn types(&mut self, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for word in keys.split_whitespace() {
            if let Some(text) = word.strip_prefix('\'') {
                for letter in text.chars() {
                    let letter = if letter == '_' { ' ' } else { letter };
                    effects.extend(self.state.press(tui::Key::char(letter)));
                }
            } else {
                effects.extend(self.state.press(word.parse().unwrap()));
            }
        }
        effects
    }

    /// The same, and the one wish that comes of it.
    pub(crate) fn asks(&mut self, keys: &str) -> Ask {
        let mut effects = self.types(keys);
        match (effects.pop(), effects.is_empty()) {
            (Some(Effect::Ask(ask)), true) => ask,
            other => panic!("{keys}: {other:?} on\n{}", self.screen()),
        }
    }

    /// Clicks at a cell.
    pub(crate) fn clicks(&mut self, column: usize, line: usize) -> Option<Effect> {
        let at = |cell: usize| u16::try_from(cell).unwrap();
        let (column, line) = (at(column), at(line));
        self.state.mouse(Mouse { column, line, kind: MouseKind::Click })
    }

    /// Turns the wheel.
    pub(crate) fn rolls(&mut self, kind: MouseKind) {
        assert!(self.state.mouse(Mouse { column: 5, line: 8, kind }).is_none());
    }

    /// The cells.
    pub(crate) fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| tui::draw(frame, &self.state)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| tui::draw(frame, &self.state)).unwrap();
        terminal.backend().to_string()
    }

    /// Its lines, without the spaces at their ends.
    pub(crate) fn lines(&self) -> Vec<String> {
        let screen = self.screen();
        screen.lines().map(|line| line.trim_matches('"').trim_end().to_owned()).collect()
    }

    /// The line with these words, and its number.
    pub(crate) fn line(&self, words: &str) -> (usize, String) {
        let found = self.lines().into_iter().enumerate().find(|(_, line)| line.contains(words));
        found.unwrap_or_else(|| panic!("no {words} on\n{}", self.screen()))
    }

    /// The selected row of a list.
    pub(crate) fn selected(&self) -> String {
        self.line("▌").1
    }

    /// The last line.
    pub(crate) fn status(&self) -> String {
        self.lines().pop().unwrap()
    }

    /// Whether these words are on the screen.
    pub(crate) fn sees(&self, words: &str) -> bool {
        self.screen().contains(words)
    }
}
