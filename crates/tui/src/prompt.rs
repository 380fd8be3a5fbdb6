//! A line in which something is typed: a filter, a command, a reason, the name of a file.

/// What it is typed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// A command by name.
    Command,
    /// Where packets are to be written.
    Export,
    /// A filter of the list.
    Filter,
    /// Where a report is to be written.
    Report,
    /// Why something need not be said again.
    Suppress,
}

/// Most lines that are remembered of each purpose.
const MAX_HISTORY: usize = 100;

/// Something that the line may be completed with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Candidate {
    /// The whole line then.
    pub(crate) line: String,
    /// What is shown of it.
    pub(crate) word: String,
    /// What it means.
    pub(crate) help: String,
}

/// The line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Prompt {
    /// What it is for.
    pub(crate) purpose: Purpose,
    text: String,
    /// Byte of the text before which is typed.
    cursor: usize,
    /// What was typed before it was completed, while the candidates are gone through.
    completing: Option<(Vec<Candidate>, usize)>,
    /// How far back in the history.
    back: usize,
}

impl Prompt {
    /// A line that begins with a text.
    pub(crate) const fn new(purpose: Purpose, text: String) -> Self {
        let cursor = text.len();
        Self { purpose, text, cursor, completing: None, back: 0 }
    }

    /// What is typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and what behind it.
    pub(crate) fn halves(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Byte of the text before which is typed.
    pub(crate) const fn cursor(&self) -> usize {
        self.cursor
    }

    /// The candidates that are gone through, and which of them is in the line.
    pub(crate) fn candidates(&self) -> Option<(&[Candidate], usize)> {
        self.completing.as_ref().map(|(list, at)| (list.as_slice(), *at))
    }

    fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
    }

    /// Types a letter; no more than `most` in all.
    pub(crate) fn insert(&mut self, letter: char, most: usize) {
        self.completing = None;
        if self.text.chars().count() < most && self.text.is_char_boundary(self.cursor) {
            self.text.insert(self.cursor, letter);
            self.cursor = self.cursor.saturating_add(letter.len_utf8());
        }
    }

    /// Takes the letter before the cursor away.
    pub(crate) fn erase(&mut self) {
        self.erase_from(|before| before.char_indices().next_back().map_or(0, |(at, _)| at));
    }

    /// Takes the word before the cursor away.
    pub(crate) fn erase_word(&mut self) {
        self.erase_from(|before| {
            let kept = before.trim_end().rfind(char::is_whitespace);
            kept.map_or(0, |space| space.saturating_add(1))
        });
    }

    /// Takes all before the cursor away.
    pub(crate) fn erase_line(&mut self) {
        self.erase_from(|_| 0);
    }

    fn erase_from(&mut self, start: impl Fn(&str) -> usize) {
        self.completing = None;
        let (before, behind) = self.halves();
        let kept = before.get(..start(before)).unwrap_or_default();
        let (text, cursor) = (format!("{kept}{behind}"), kept.len());
        self.text = text;
        self.cursor = cursor;
    }

    /// Goes a letter to the left or to the right.
    pub(crate) fn step(&mut self, right: bool) {
        self.completing = None;
        let (before, behind) = self.halves();
        self.cursor = if right {
            self.cursor.saturating_add(behind.chars().next().map_or(0, char::len_utf8))
        } else {
            before.char_indices().next_back().map_or(0, |(at, _)| at)
        };
    }

    /// Goes to the start or to the end.
    pub(crate) const fn jump(&mut self, end: bool) {
        self.cursor = if end { self.text.len() } else { 0 };
    }

    /// Completes with the next candidate, or the one before; `fresh` are those that fit what is typed.
    pub(crate) fn complete(&mut self, forward: bool, fresh: impl FnOnce(&Self) -> Vec<Candidate>) {
        let (list, at) = match self.completing.take() {
            Some((list, at)) => {
                let step = if forward { 1 } else { list.len().saturating_sub(1) };
                let next = at.saturating_add(step).checked_rem(list.len()).unwrap_or_default();
                (list, next)
            }
            None => (fresh(self), 0),
        };
        if let Some(candidate) = list.get(at) {
            self.set(candidate.line.clone());
            self.completing = Some((list, at));
        }
    }

    /// Goes back to what was typed before, or on again.
    pub(crate) fn recall(&mut self, history: &History, older: bool) {
        self.completing = None;
        let back = if older { self.back.saturating_add(1) } else { self.back.saturating_sub(1) };
        match history.back(self.purpose, back) {
            Some(line) => {
                self.back = back;
                self.set(line.to_owned());
            }
            None if back == 0 => {
                self.back = 0;
                self.set(String::new());
            }
            None => {}
        }
    }
}

/// What was typed before.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    lines: Vec<(Purpose, String)>,
}

impl History {
    /// Remembers a line.
    pub(crate) fn keep(&mut self, purpose: Purpose, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.lines.retain(|(other, text)| *other != purpose || text != line);
        self.lines.push((purpose, line.to_owned()));
        if self.lines.len() > MAX_HISTORY {
            self.lines.remove(0);
        }
    }

    /// The line that was typed so many lines ago, from 1 on.
    fn back(&self, purpose: Purpose, lines: usize) -> Option<&str> {
        let mut those = self.lines.iter().rev().filter(|(other, _)| *other == purpose);
        those.nth(lines.checked_sub(1)?).map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Prompt {
        Prompt::new(Purpose::Filter, text.to_owned())
    }

    #[test]
    fn letters_go_where_the_cursor_is() {
        let mut line = prompt("host:é");
        line.step(false);
        line.insert('日', 99);
        assert_eq!((line.text(), line.halves()), ("host:日é", ("host:日", "é")));
        line.erase();
        line.jump(false);
        line.insert('!', 99);
        line.step(true);
        assert_eq!(line.halves(), ("!h", "ost:é"));
        line.insert('x', 7);
        assert_eq!(line.text(), "!host:é", "as many as there may be");
    }

    #[test]
    fn words_and_lines_are_erased_before_the_cursor() {
        for (text, word, line) in [("a b", "a ", ""), ("ab", "", ""), ("", "", ""), ("a  ", "", "")]
        {
            let mut prompt = prompt(text);
            prompt.erase_word();
            assert_eq!(prompt.text(), word, "{text:?}");
            prompt.erase_line();
            assert_eq!(prompt.text(), line, "{text:?}");
        }
    }

    #[test]
    fn candidates_are_gone_through_in_a_circle() {
        let list = |_: &Prompt| {
            ["one", "two"]
                .map(|word| Candidate { line: word.into(), word: word.into(), help: String::new() })
                .to_vec()
        };
        let mut line = prompt("o");
        for (forward, expected) in [(true, "one"), (true, "two"), (true, "one"), (false, "two")] {
            line.complete(forward, list);
            assert_eq!(line.text(), expected);
        }
        line.insert('!', 99);
        assert_eq!((line.text(), line.candidates()), ("two!", None));
        let mut none = prompt("x");
        none.complete(true, |_| Vec::new());
        assert_eq!(none.text(), "x");
    }

    #[test]
    fn the_history_is_that_of_the_purpose() {
        let mut history = History::default();
        for (purpose, line) in [
            (Purpose::Filter, "a"),
            (Purpose::Command, "sort"),
            (Purpose::Filter, "b"),
            (Purpose::Filter, "a"),
            (Purpose::Filter, " "),
        ] {
            history.keep(purpose, line);
        }
        let mut line = prompt("");
        for (older, expected) in
            [(true, "a"), (true, "b"), (true, "b"), (false, "a"), (false, ""), (true, "a")]
        {
            line.recall(&history, older);
            assert_eq!(line.text(), expected);
        }
    }
}
