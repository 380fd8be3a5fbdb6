//! What is typed: filters with a live preview, commands by name, names of files, reasons.

use detect::filter::{FilterError, complete};

use crate::app::State;
use crate::command::{Command, Side};
use crate::command_line;
use crate::effect::Effect;
use crate::lists::MAX_LETTERS;
use crate::parts::{Overlay, Question};
use crate::prompt::{Candidate, Prompt, Purpose};
use crate::screen::View;

/// Most candidates that are gone through.
const MAX_CANDIDATES: usize = 64;

impl State {
    /// Types a filter for the list of the view; the last one is there again.
    pub(crate) fn prompt_filter(&mut self) {
        let text = self.lists.filter(self.view).text.clone();
        self.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Filter, text)));
        self.preview();
    }

    /// Types a command.
    pub(crate) fn prompt_command(&mut self) {
        self.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Command, String::new())));
    }

    /// Puts a filter on in all views, as far as it can be read.
    pub(crate) fn filter_all(&mut self, text: &str) {
        if !text.trim().is_empty() {
            for view in View::ALL {
                // Whoever starts the UI has read it before.
                let _ = self.lists.type_filter(view, text);
            }
        }
    }

    /// What is wrong with the filter that is typed.
    pub(crate) fn filter_error(&self) -> Option<FilterError> {
        match &self.overlay {
            Some(Overlay::Prompt(prompt)) if prompt.purpose == Purpose::Filter => {
                detect::filter::Filter::parse(prompt.text()).err()
            }
            _ => None,
        }
    }

    /// Takes a letter in.
    pub(crate) fn type_letter(&mut self, letter: char) {
        if let Some(Overlay::Prompt(prompt)) = &mut self.overlay {
            prompt.insert(letter, MAX_LETTERS);
        }
        self.preview();
    }

    /// Changes what is typed.
    pub(crate) fn edit(&mut self, command: Command) {
        if let Command::Complete(side) = command {
            return self.complete(side == Side::Right);
        }
        let Some(Overlay::Prompt(prompt)) = &mut self.overlay else { return };
        match command {
            Command::EraseLetter => prompt.erase(),
            Command::EraseLine => prompt.erase_line(),
            Command::EraseWord => prompt.erase_word(),
            Command::Jump(side) => prompt.jump(side == Side::Right),
            Command::Recall(side) => prompt.recall(&self.history, side == Side::Left),
            Command::Step(side) => prompt.step(side == Side::Right),
            _ => return,
        }
        self.preview();
    }

    fn complete(&mut self, forward: bool) {
        let Some(Overlay::Prompt(prompt)) = &self.overlay else { return };
        let mut prompt = prompt.clone();
        prompt.complete(forward, |prompt| self.candidates(prompt));
        self.overlay = Some(Overlay::Prompt(prompt));
        self.preview();
    }

    /// What would fit behind what is typed.
    pub(crate) fn candidates(&self, prompt: &Prompt) -> Vec<Candidate> {
        match prompt.purpose {
            Purpose::Command => command_line::candidates(self, prompt.text()),
            Purpose::Filter => {
                let text = prompt.text();
                let found = complete(text, prompt.cursor()).into_iter().take(MAX_CANDIDATES);
                let line = |completion: detect::filter::Completion| {
                    let before = text.get(..completion.replace.start)?;
                    let behind = text.get(completion.replace.end..)?;
                    Some(Candidate {
                        line: format!("{before}{}{behind}", completion.with),
                        word: completion.with,
                        help: completion.help.to_owned(),
                    })
                };
                found.filter_map(line).collect()
            }
            Purpose::Export | Purpose::Report | Purpose::Suppress => Vec::new(),
        }
    }

    /// Shows what passes the filter as far as it is typed.
    fn preview(&mut self) {
        let Some(Overlay::Prompt(prompt)) = &self.overlay else { return };
        if prompt.purpose == Purpose::Filter {
            // What cannot be read is said in the line; the last one that could stays on.
            let _ = self.lists.type_filter(self.view, prompt.text());
            self.behind = true;
            self.catch_up();
        }
    }

    /// The line is given up: a filter is taken off, its text stays.
    pub(crate) fn cancel(&mut self, prompt: &Prompt) {
        if prompt.purpose == Purpose::Filter {
            self.lists.unfilter(self.view);
        }
    }

    /// Yes to the question; what is typed stands.
    pub(crate) fn confirm(&mut self) -> Option<Effect> {
        // What cannot be read cannot be kept: the line stays, and says what is wrong.
        if self.filter_error().is_some() {
            return None;
        }
        match self.overlay.take()? {
            Overlay::Confirm(Question::Accept { about, sessions }) => self.accept(about, sessions),
            Overlay::Confirm(Question::Quit) => Some(Effect::Quit),
            Overlay::Help { .. } => None,
            Overlay::Prompt(prompt) => {
                let text = prompt.text().to_owned();
                self.history.keep(prompt.purpose, &text);
                match prompt.purpose {
                    Purpose::Command => command_line::run(self, &text),
                    Purpose::Export => self.export(&text),
                    Purpose::Filter => None,
                    Purpose::Report => self.report(&text),
                    Purpose::Suppress => self.suppress(&text),
                }
            }
        }
    }
}
