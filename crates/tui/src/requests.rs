//! The state of the requests view: what is kept of the traffic, which of it passes the filter, and
//! where the selection is.

use std::collections::VecDeque;
use std::sync::Arc;

use dissect::{Exchange, Flow};

use crate::exchanges::{Exchanges, Key, Told};
use crate::filter::{Filter, FilterError, MAX_LETTERS};
use crate::motion::Motion;

/// What is selected in the list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cursor {
    /// The first row, until the user moves.
    #[default]
    First,
    /// This exchange, or the nearest one that is left.
    On(Key),
    /// The last row, whatever comes to stand there.
    Tail,
}

/// The requests view's part of the state.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    exchanges: Exchanges,
    /// As typed; kept when the filter is taken off, so that it can be put on again.
    text: String,
    /// The last text that could be read.
    filter: Filter,
    /// What passes; `None` while the filter is off.
    passed: Option<VecDeque<Key>>,
    pub(crate) cursor: Cursor,
    /// First row of the list that is visible.
    pub(crate) offset: usize,
    /// Bodies and headers as they were sent, not as they are easiest to read.
    pub(crate) raw: bool,
    /// Secrets are shown.
    pub(crate) revealed: bool,
}

impl Requests {
    /// None yet. Live traffic is followed from the start, a file is read from its beginning.
    pub(crate) fn new(live: bool) -> Self {
        let cursor = if live { Cursor::Tail } else { Cursor::First };
        Self { cursor, ..Self::default() }
    }

    /// Takes an exchange in.
    pub(crate) fn put(&mut self, exchange: Arc<Exchange>, flow: Option<Arc<Flow>>) {
        let passes = self.passed.is_some() && self.filter.matches(&exchange);
        let key = self.exchanges.put(exchange, flow);
        let Some(passed) = &mut self.passed else { return };
        if let (true, Some(key)) = (passes, key) {
            let at = passed.partition_point(|other| *other < key);
            passed.insert(at, key);
        }
        let oldest = self.exchanges.oldest();
        while passed.front().is_some_and(|first| oldest.is_none_or(|oldest| *first < oldest)) {
            passed.pop_front();
        }
    }

    /// All that is kept.
    pub(crate) const fn exchanges(&self) -> &Exchanges {
        &self.exchanges
    }

    /// Rows of the list.
    pub(crate) fn len(&self) -> usize {
        self.passed.as_ref().map_or_else(|| self.exchanges.len(), VecDeque::len)
    }

    /// Whether the filter is on.
    pub(crate) const fn is_filtered(&self) -> bool {
        self.passed.is_some()
    }

    /// The filter as typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it.
    pub(crate) fn error(&self) -> Option<FilterError> {
        Filter::parse(&self.text).err()
    }

    /// What stands in this row.
    pub(crate) fn at_row(&self, row: usize) -> Option<&Told> {
        match &self.passed {
            Some(passed) => self.exchanges.get(*passed.get(row)?),
            None => self.exchanges.at_row(row),
        }
    }

    /// The row of the first exchange that is not before this one.
    pub(crate) fn row_from(&self, key: Key) -> usize {
        match &self.passed {
            Some(passed) => passed.partition_point(|other| *other < key),
            None => self.exchanges.row_from(key),
        }
    }

    /// Row of the selection; `None` if there is nothing to select.
    pub(crate) fn selected_row(&self) -> Option<usize> {
        let last = self.len().checked_sub(1)?;
        Some(match self.cursor {
            Cursor::First => 0,
            Cursor::On(key) => self.row_from(key).min(last),
            Cursor::Tail => last,
        })
    }

    /// What is selected.
    pub(crate) fn selected(&self) -> Option<&Told> {
        self.at_row(self.selected_row()?)
    }

    /// Holds on to what is selected, whatever comes, and says what it is.
    pub(crate) fn hold(&mut self) -> Option<Key> {
        let key = self.selected()?.key;
        self.cursor = Cursor::On(key);
        Some(key)
    }

    /// Selects the neighbour of an exchange, and says which that is.
    pub(crate) fn neighbour(&mut self, key: Key, motion: Motion) -> Option<Key> {
        let row = motion.from(self.row_from(key), self.len().checked_sub(1)?, 1);
        let neighbour = self.at_row(row)?.key;
        self.cursor = Cursor::On(neighbour);
        (neighbour != key).then_some(neighbour)
    }

    /// Moves the selection. Whoever goes to the end, or on from there, follows it.
    pub(crate) fn step(&mut self, motion: Motion, page: usize) {
        let Some(row) = self.selected_row() else { return };
        let last = self.len().saturating_sub(1);
        let onward =
            matches!(motion, Motion::Down | Motion::End | Motion::HalfPageDown | Motion::PageDown);
        let target = motion.from(row, last, page);
        if onward && target == last && (row == last || motion == Motion::End) {
            self.cursor = Cursor::Tail;
        } else {
            self.select(target);
        }
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.cursor = self.at_row(row).map_or(Cursor::First, |told| Cursor::On(told.key));
    }

    /// Whether the list follows what comes in.
    pub(crate) fn follows(&self) -> bool {
        self.cursor == Cursor::Tail
    }

    /// Follows what comes in, or stays where it is.
    pub(crate) fn toggle_follow(&mut self) {
        match (self.cursor, self.selected_row()) {
            (Cursor::Tail, Some(row)) => self.select(row),
            (Cursor::Tail, None) => self.cursor = Cursor::First,
            _ => self.cursor = Cursor::Tail,
        }
    }

    /// Selects the next exchange that the filter lets pass, or the one before, whether or not the
    /// filter is on. Goes on at the other end.
    pub(crate) fn turn(&mut self, forward: bool) {
        let (Some(row), false) = (self.selected_row(), self.filter.is_empty()) else { return };
        let rows = self.len();
        let passes =
            |row: &usize| self.at_row(*row).is_some_and(|told| self.filter.matches(&told.exchange));
        let found = if forward {
            (row.saturating_add(1)..rows).chain(0..row).find(passes)
        } else {
            (0..row).rev().chain((row.saturating_add(1)..rows).rev()).find(passes)
        };
        if let Some(row) = found {
            self.select(row);
        }
    }

    /// Takes the letter into the filter.
    pub(crate) fn type_letter(&mut self, letter: char) {
        if self.text.chars().count() < MAX_LETTERS {
            self.text.push(letter);
            self.apply();
        }
    }

    /// Takes the last letter of the filter away.
    pub(crate) fn erase_letter(&mut self) {
        self.text.pop();
        self.apply();
    }

    /// Takes the last word of the filter away.
    pub(crate) fn erase_word(&mut self) {
        let kept = self.text.trim_end().rfind(char::is_whitespace);
        self.text.truncate(kept.map_or(0, |space| space.saturating_add(1)));
        self.apply();
    }

    /// Takes all of the filter away.
    pub(crate) fn erase_line(&mut self) {
        self.text.clear();
        self.apply();
    }

    /// Puts the filter on, as far as its text can be read. What was selected stays so, or what
    /// comes after it.
    pub(crate) fn apply(&mut self) {
        let Ok(filter) = Filter::parse(&self.text) else { return };
        self.filter = filter;
        self.passed = (!self.filter.is_empty()).then(|| {
            let passing = self.exchanges.iter().filter(|told| self.filter.matches(&told.exchange));
            passing.map(|told| told.key).collect()
        });
    }

    /// Takes the filter off; its text stays, and so does the selection.
    pub(crate) fn unfilter(&mut self) {
        self.keep_place();
        self.passed = None;
    }

    /// Takes the filter off while it is typed: what was selected before is selected again.
    pub(crate) fn cancel(&mut self) {
        self.passed = None;
    }

    /// Rows are about to change: holds on to the exchange, not to the row.
    fn keep_place(&mut self) {
        if let (Cursor::On(_), Some(told)) = (self.cursor, self.selected()) {
            self.cursor = Cursor::On(told.key);
        }
    }
}
