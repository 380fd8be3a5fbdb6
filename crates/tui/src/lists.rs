//! The lists of the views, each with its order, filter, selection and marks.

use detect::filter::{Filter, FilterError};

use crate::list::{Cursor, Id, Listing, Order, Problems, Sieve, Span};
use crate::screen::View;
use crate::store::{Store, clients, exchanges, findings, hosts, notes, sessions};

/// Longest filter that can be typed, in characters.
pub(crate) const MAX_LETTERS: usize = 400;

/// Calls `$body` with the list of `$view` and the table behind it; `$else` for a view without one.
macro_rules! with_list {
    ($lists:expr, $store:expr, $view:expr, |$listing:ident, $table:ident| $body:expr, $else:expr) => {
        match $view {
            $crate::screen::View::Clients => {
                let ($listing, $table) = (&mut $lists.clients, &$store.clients);
                $body
            }
            $crate::screen::View::Findings => {
                let ($listing, $table) = (&mut $lists.findings, &$store.findings);
                $body
            }
            $crate::screen::View::Hosts => {
                let ($listing, $table) = (&mut $lists.hosts, &$store.hosts);
                $body
            }
            $crate::screen::View::Log => {
                let ($listing, $table) = (&mut $lists.log, &$store.notes);
                $body
            }
            $crate::screen::View::Requests => {
                let ($listing, $table) = (&mut $lists.requests, &$store.exchanges);
                $body
            }
            $crate::screen::View::Sessions => {
                let ($listing, $table) = (&mut $lists.sessions, &$store.sessions);
                $body
            }
            $crate::screen::View::Timeline => $else,
        }
    };
}

pub(crate) use with_list;

/// A filter as it was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    /// Kept when the filter is taken off, so that it can be put on again.
    pub(crate) text: String,
    /// It is on.
    pub(crate) is_on: bool,
}

/// All lists.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(crate) clients: Listing,
    pub(crate) findings: Listing,
    pub(crate) hosts: Listing,
    pub(crate) log: Listing,
    pub(crate) requests: Listing,
    pub(crate) sessions: Listing,
    filters: [Typed; View::ALL.len()],
    /// What the timeline's cursor lets pass, in all of them.
    span: Option<Span>,
    problems: Problems,
}

impl Lists {
    /// Empty ones. Live traffic is followed from the start, a file is read from its beginning.
    pub(crate) fn new(live: bool) -> Self {
        let follow = if live { Cursor::Tail } else { Cursor::First };
        let up = |column| Order { column, descending: false };
        Self {
            clients: Listing::new(up(clients::column::INTERCEPTOR), Cursor::First),
            findings: Listing::new(up(findings::column::SEVERITY), Cursor::First),
            hosts: Listing::new(up(hosts::column::VERDICT), Cursor::First),
            log: Listing::new(up(notes::column::KIND), Cursor::First),
            requests: Listing::new(up(exchanges::column::TIME), follow),
            sessions: Listing::new(up(sessions::column::TIME), follow),
            filters: Default::default(),
            span: None,
            problems: Problems::AndAll,
        }
    }

    /// Brings all lists up to date with what is known, as far as a step goes. Says whether there is
    /// more to do.
    pub(crate) fn refresh(&mut self, store: &mut Store) -> bool {
        let changes = [
            (View::Clients, store.clients.changes.drain()),
            (View::Findings, store.findings.changes.drain()),
            (View::Hosts, store.hosts.changes.drain()),
            (View::Log, store.notes.changes.drain()),
            (View::Requests, Vec::new()),
            (View::Sessions, store.sessions.changes.drain()),
        ];
        if store.clients.take_named() {
            // What filters say of apps may be another thing now.
            for list in [&mut self.findings, &mut self.requests, &mut self.sessions] {
                if !list.sieve.filter.is_empty() {
                    list.restart();
                }
            }
        }
        let (clients, mut more) = (&store.clients, false);
        for (view, changed) in changes {
            more |= with_list!(
                self,
                store,
                view,
                |list, table| list.refresh(table, clients, &changed),
                false
            );
        }
        more
    }

    /// A view's list.
    pub(crate) const fn of(&self, view: View) -> Option<&Listing> {
        match view {
            View::Clients => Some(&self.clients),
            View::Findings => Some(&self.findings),
            View::Hosts => Some(&self.hosts),
            View::Log => Some(&self.log),
            View::Requests => Some(&self.requests),
            View::Sessions => Some(&self.sessions),
            View::Timeline => None,
        }
    }

    /// The same, to change it.
    pub(crate) const fn of_mut(&mut self, view: View) -> Option<&mut Listing> {
        match view {
            View::Clients => Some(&mut self.clients),
            View::Findings => Some(&mut self.findings),
            View::Hosts => Some(&mut self.hosts),
            View::Log => Some(&mut self.log),
            View::Requests => Some(&mut self.requests),
            View::Sessions => Some(&mut self.sessions),
            View::Timeline => None,
        }
    }

    /// What is selected in a view's list.
    pub(crate) fn selected(&self, store: &Store, view: View) -> Option<Id> {
        match view {
            View::Clients => self.clients.selected(&store.clients),
            View::Findings => self.findings.selected(&store.findings),
            View::Hosts => self.hosts.selected(&store.hosts),
            View::Log => self.log.selected(&store.notes),
            View::Requests => self.requests.selected(&store.exchanges),
            View::Sessions => self.sessions.selected(&store.sessions),
            View::Timeline => None,
        }
    }

    /// The row of what is selected.
    pub(crate) fn selected_row(&self, store: &Store, view: View) -> Option<usize> {
        match view {
            View::Clients => self.clients.selected_row(&store.clients),
            View::Findings => self.findings.selected_row(&store.findings),
            View::Hosts => self.hosts.selected_row(&store.hosts),
            View::Log => self.log.selected_row(&store.notes),
            View::Requests => self.requests.selected_row(&store.exchanges),
            View::Sessions => self.sessions.selected_row(&store.sessions),
            View::Timeline => None,
        }
    }

    /// First row that is to be visible when so many are.
    pub(crate) fn offset(&self, store: &Store, view: View, page: usize) -> usize {
        match view {
            View::Clients => self.clients.offset(&store.clients, page),
            View::Findings => self.findings.offset(&store.findings, page),
            View::Hosts => self.hosts.offset(&store.hosts, page),
            View::Log => self.log.offset(&store.notes, page),
            View::Requests => self.requests.offset(&store.exchanges, page),
            View::Sessions => self.sessions.offset(&store.sessions, page),
            View::Timeline => 0,
        }
    }

    /// A view's filter, as it was typed.
    pub(crate) fn filter(&self, view: View) -> &Typed {
        const NONE: &Typed = &Typed { text: String::new(), is_on: false };
        self.filters.get(view.place()).unwrap_or(NONE)
    }

    /// Puts a filter on, as far as it can be read; else the former one stays on.
    pub(crate) fn type_filter(&mut self, view: View, text: &str) -> Result<(), FilterError> {
        let filter = Filter::parse(text);
        if let Some(typed) = self.filters.get_mut(view.place()) {
            text.clone_into(&mut typed.text);
            typed.is_on |= filter.is_ok();
            if filter.as_ref().is_ok_and(Filter::is_empty) {
                typed.is_on = false;
            }
        }
        let filter = filter?;
        self.sift(view, filter);
        Ok(())
    }

    /// Takes a view's filter off; its text stays. Says whether it was on.
    pub(crate) fn unfilter(&mut self, view: View) -> bool {
        let Some(typed) = self.filters.get_mut(view.place()) else { return false };
        let was_on = std::mem::take(&mut typed.is_on);
        self.sift(view, Filter::default());
        was_on
    }

    fn sift(&mut self, view: View, filter: Filter) {
        let (span, problems) = (self.span, self.problems);
        if let Some(list) = self.of_mut(view) {
            list.sift(Sieve { filter, span, problems });
        }
    }

    /// Whether only problems are shown.
    pub(crate) fn only_problems(&self) -> bool {
        self.problems == Problems::Only
    }

    /// Shows only problems, or all again.
    pub(crate) fn toggle_problems(&mut self) {
        self.problems = match self.problems {
            Problems::AndAll => Problems::Only,
            Problems::Only => Problems::AndAll,
        };
        self.sift_all();
    }

    /// The span of time that everything must fall into.
    pub(crate) const fn span(&self) -> Option<Span> {
        self.span
    }

    /// Shows only what happened in this span, or at any time.
    pub(crate) fn set_span(&mut self, span: Option<Span>) {
        self.span = span;
        self.sift_all();
    }

    fn sift_all(&mut self) {
        for view in View::ALL {
            let filter = self.of(view).map(|list| list.sieve.filter.clone());
            if let Some(filter) = filter {
                self.sift(view, filter);
            }
        }
    }
}
