//! Ways through the views: in and out, from a finding to what proves it, up and down.

use std::sync::Arc;

use detect::Finding;
use dissect::PacketSpan;

use crate::app::State;
use crate::effect::Effect;
use crate::list::{Cursor, Id, Order, Table};
use crate::lists::with_list;
use crate::motion::Motion;
use crate::parts::Overlay;
use crate::screen::{Open, Target, View};
use crate::store::findings::Entry;
use crate::views;

/// Most packets of a finding's evidence that a request is looked for with.
const MAX_NAMED: usize = 64;

/// Most pages on top of each other; the lowest one goes.
const MAX_PAGES: usize = 64;

impl State {
    /// Closes what is on top; in a list, takes off what hides some of it.
    pub(crate) fn back(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Prompt(prompt)) => self.cancel(&prompt),
            Some(_) => {}
            None if self.pages.pop().is_some() => {}
            None if self.lists.filter(self.view).is_on => {
                // Rows are about to change: it holds on to the thing, not to the row.
                let view = self.view;
                with_list!(
                    self.lists,
                    self.store,
                    view,
                    |list, table| if matches!(list.cursor, Cursor::On(_)) {
                        list.hold(table);
                    },
                    ()
                );
                self.lists.unfilter(view);
            }
            None => self.lists.set_span(None),
        }
    }

    /// Shows a view.
    pub(crate) fn show(&mut self, view: View) {
        self.overlay = None;
        self.pages.clear();
        self.view = view;
    }

    /// Opens what is selected, or what the page points at.
    pub(crate) fn open(&mut self) -> Option<Effect> {
        if !self.pages.is_empty() {
            let target = views::link(self)?;
            return self.push(target);
        }
        let view = self.view;
        let held = with_list!(self.lists, self.store, view, |list, table| list.hold(table), None);
        let target = match view {
            View::Clients => Target::Client(held?),
            View::Findings => {
                let group = self.store.findings.item(held?)?;
                Target::Finding(*group.members.first()?)
            }
            View::Hosts => Target::Host(held?),
            View::Log => Target::Note(held?),
            View::Requests => Target::Request(held?),
            View::Sessions => Target::Session(held?),
            View::Timeline => {
                self.toggle_span();
                return None;
            }
        };
        self.push(target)
    }

    /// Opens a page.
    pub(crate) fn push(&mut self, target: Target) -> Option<Effect> {
        if let Target::Listed { view, filter } = target {
            self.show(view);
            // It was made here, so that it can be read.
            let _ = self.lists.type_filter(view, &filter);
            return None;
        }
        let effect = self.want_packets(&target);
        self.pages.push(Open::new(target));
        if self.pages.len() > MAX_PAGES {
            self.pages.remove(0);
        }
        effect
    }

    /// Puts another page in the place of the one on top.
    fn replace(&mut self, target: Target) -> Option<Effect> {
        self.pages.pop();
        self.push(target)
    }

    /// Opens the request that the finding on the screen names.
    pub(crate) fn open_request(&mut self) {
        let Some(Target::Finding(entry)) = self.pages.last().map(|page| &page.target) else {
            return;
        };
        let finding = self.store.findings.get(*entry);
        match finding.and_then(|finding| self.request_of(finding)) {
            Some(id) => self.pages.push(Open::new(Target::Request(id))),
            None => self.complain("the evidence names no request that is kept"),
        }
    }

    /// Opens two requests side by side: the marked ones, or the marked and the selected one.
    pub(crate) fn open_diff(&mut self) {
        let mut ids: Vec<Id> = self.lists.requests.marks().iter().copied().collect();
        let selected = self.lists.requests.selected(&self.store.exchanges);
        if ids.len() == 1 {
            ids.extend(selected.filter(|id| !ids.contains(id)));
        }
        match ids.as_slice() {
            [one, other] => self.pages.push(Open::new(Target::Diff(*one, *other))),
            _ => {
                let keys = &self.keymap;
                let key = keys.key(crate::Command::ToggleMark, self.context_below());
                self.complain(format!("mark two requests with {key} to compare them"));
            }
        }
    }

    /// Scrolls to the response, or from there to the request.
    pub(crate) fn other_side(&mut self) {
        let sections = views::page_sections(self);
        let [request, response, ..] = sections.as_slice() else { return };
        if let Some(page) = self.pages.last_mut() {
            page.scroll = if page.scroll < *response { *response } else { *request };
        }
    }

    /// Moves in whatever takes the keys.
    pub(crate) fn step(&mut self, motion: Motion) {
        let height = views::page_height(self);
        let last = views::last_scroll(self);
        match (&mut self.overlay, self.pages.last_mut()) {
            (Some(Overlay::Help { scroll }), _) => *scroll = motion.from(*scroll, last, height),
            (Some(_), _) => {}
            (None, Some(page)) => page.scroll = motion.from(page.scroll, last, height),
            (None, None) => {
                let view = self.view;
                with_list!(
                    self.lists,
                    self.store,
                    view,
                    |list, table| list.step(table, motion, height),
                    self.jump_time(motion)
                );
            }
        }
    }

    /// Opens the neighbour of what is shown.
    pub(crate) fn turn(&mut self, forward: bool) -> Option<Effect> {
        let target = self.pages.last()?.target.clone();
        let motion = if forward { Motion::Down } else { Motion::Up };
        let neighbour = match target {
            Target::Chains { host, one, other } => {
                let chains = self.store.hosts.item(host)?.chains.len();
                let step = if forward { 1 } else { chains.saturating_sub(1) };
                let next = other.saturating_add(step).checked_rem(chains)?;
                let next =
                    if next == one { next.saturating_add(step).checked_rem(chains)? } else { next };
                Target::Chains { host, one, other: next }
            }
            Target::Client(id) => Target::Client(self.neighbour(View::Clients, id, motion)?),
            Target::Finding(entry) => Target::Finding(self.next_finding(entry, forward)?),
            Target::Host(id) => Target::Host(self.neighbour(View::Hosts, id, motion)?),
            Target::Note(id) => Target::Note(self.neighbour(View::Log, id, motion)?),
            Target::Packet { numbers, nth } => {
                let nth = motion.from(nth, numbers.len().saturating_sub(1), 1);
                Target::Packet { numbers, nth }
            }
            Target::Request(id) => Target::Request(self.neighbour(View::Requests, id, motion)?),
            Target::Session(id) => Target::Session(self.neighbour(View::Sessions, id, motion)?),
            Target::Diff(..) | Target::Listed { .. } | Target::SessionOf(_) => return None,
        };
        self.replace(neighbour)
    }

    /// The neighbour of a thing in its list, which is selected from then on.
    fn neighbour(&mut self, view: View, id: Id, motion: Motion) -> Option<Id> {
        with_list!(
            self.lists,
            self.store,
            view,
            |list, table| {
                let row = list.row_of(table, id)?;
                let row = motion.from(row, list.len().saturating_sub(1), 1);
                let neighbour = list.at_row(row)?;
                list.cursor = Cursor::On(neighbour);
                (neighbour != id).then_some(neighbour)
            },
            None
        )
    }

    /// The next finding of the same group, or the first of the next one; or the other way.
    fn next_finding(&mut self, entry: Entry, forward: bool) -> Option<Entry> {
        let id = self.store.findings.group_of(entry)?;
        let group = self.store.findings.item(id)?;
        let place = group.members.iter().position(|member| *member == entry)?;
        let beside = if forward { place.checked_add(1) } else { place.checked_sub(1) };
        if let Some(member) = beside.and_then(|beside| group.members.get(beside)) {
            return Some(*member);
        }
        let motion = if forward { Motion::Down } else { Motion::Up };
        let next = self.neighbour(View::Findings, id, motion)?;
        let members = &self.store.findings.item(next)?.members;
        if forward { members.first().copied() } else { members.last().copied() }
    }

    /// Goes to the next place of the page that Enter opens, and shows it.
    pub(crate) fn turn_link(&mut self, forward: bool) {
        let lines = views::link_lines(self);
        let height = views::page_height(self);
        let now = views::link_place(self);
        let Some(page) = self.pages.last_mut() else { return };
        let next = match (now, forward) {
            // Around the end.
            (Some(now), true) => now.saturating_add(1).checked_rem(lines.len()).unwrap_or(0),
            (Some(now), false) => now.checked_sub(1).unwrap_or(lines.len().saturating_sub(1)),
            // The next one below what is visible, or the last one above.
            (None, true) => lines.partition_point(|line| *line < page.scroll),
            (None, false) => lines.partition_point(|line| *line < page.scroll).saturating_sub(1),
        };
        let next = next.min(lines.len().saturating_sub(1));
        let Some(&line) = lines.get(next) else { return };
        page.link = next;
        let lowest = line.saturating_add(2).saturating_sub(height.max(2));
        page.scroll = page.scroll.clamp(lowest.min(line), line);
    }

    /// Scrolls to the section behind or before the first visible line.
    pub(crate) fn section(&mut self, forward: bool) {
        let mut sections = views::page_sections(self).into_iter();
        let Some(page) = self.pages.last_mut() else { return };
        let scroll = page.scroll;
        let target = if forward {
            sections.find(|line| *line > scroll)
        } else {
            Some(sections.rev().find(|line| *line < scroll).unwrap_or(0))
        };
        if let Some(target) = target {
            page.scroll = target;
        }
    }

    /// Orders the list by the next column that is shown, or turns its order around.
    pub(crate) fn sort(&mut self, next: bool) {
        let shown = views::shown_columns(self);
        let Some(order) = self.lists.of(self.view).map(|list| list.order()) else { return };
        let order = if next {
            let later = shown.iter().find(|column| **column > order.column);
            let Some(&column) = later.or(shown.first()) else { return };
            Order { column, descending: false }
        } else {
            Order { descending: !order.descending, ..order }
        };
        self.order(order);
    }

    /// Orders the list of the view.
    pub(crate) fn order(&mut self, order: Order) {
        let view = self.view;
        with_list!(self.lists, self.store, view, |list, table| list.sort(table, order), ());
    }

    /// Follows what comes in, or stays.
    pub(crate) fn toggle_follow(&mut self) {
        let view = self.view;
        with_list!(self.lists, self.store, view, |list, table| list.toggle_follow(table), ());
    }

    /// Marks what is selected, or takes the mark away; and goes on to the next one.
    pub(crate) fn toggle_mark(&mut self) {
        let view = self.view;
        with_list!(
            self.lists,
            self.store,
            view,
            |list, table| {
                list.toggle_mark(table);
                list.step(table, Motion::Down, 1);
            },
            ()
        );
    }

    /// Selects the next thing that the typed filter lets pass, whether or not it is on. Goes on at
    /// the other end.
    pub(crate) fn turn_match(&mut self, forward: bool) {
        let view = self.view;
        let Ok(filter) = detect::filter::Filter::parse(&self.lists.filter(view).text) else {
            return;
        };
        if filter.is_empty() {
            return;
        }
        let clients = &self.store.clients;
        with_list!(
            self.lists,
            self.store,
            view,
            |list, table| {
                let Some(row) = list.selected_row(table) else { return };
                let sieve = crate::list::Sieve { filter, ..list.sieve.clone() };
                let rows = list.len();
                let passes = |row: &usize| {
                    let item = list.at_row(*row).and_then(|id| table.item(id));
                    item.is_some_and(|item| table.passes(item, &sieve, clients))
                };
                let found = if forward {
                    (row.saturating_add(1)..rows).chain(0..row).find(passes)
                } else {
                    (0..row).rev().chain((row.saturating_add(1)..rows).rev()).find(passes)
                };
                if let Some(row) = found {
                    list.select(row);
                }
            },
            ()
        );
    }

    /// Remembers where things are after the user moved them.
    pub(crate) fn settle(&mut self) {
        let last = views::last_scroll(self);
        match (&mut self.overlay, self.pages.last_mut()) {
            (Some(Overlay::Help { scroll }), _) => *scroll = (*scroll).min(last),
            (_, Some(page)) => page.scroll = page.scroll.min(last),
            _ => {
                let offset = self.list_offset();
                if let Some(list) = self.lists.of_mut(self.view) {
                    list.offset = offset;
                }
            }
        }
    }

    /// First row of the view's list that is to be visible. News move rows at any time, so this is
    /// asked for at every drawing.
    pub(crate) fn list_offset(&self) -> usize {
        self.lists.offset(&self.store, self.view, views::list_rows(self))
    }

    /// The request that a finding's evidence names: the first one on its flow with a packet of it.
    pub(crate) fn request_of(&self, finding: &Finding) -> Option<Id> {
        self.requests_of(finding).next()
    }

    /// All requests that a finding's evidence names.
    pub(crate) fn requests_of(&self, finding: &Finding) -> impl Iterator<Item = Id> {
        let named = finding.evidence.iter().flat_map(|piece| piece.packets.iter().copied());
        let named: Vec<u64> = named.take(MAX_NAMED).filter(|number| *number > 0).collect();
        let flow = finding.subject.flow.as_ref().map(|flow| flow.id);
        self.store.exchanges.iter().filter_map(move |(id, told)| {
            let within = |span: PacketSpan| {
                named.iter().any(|number| (span.first.number..=span.last.number).contains(number))
            };
            // A replay was on another flow than what it repeats.
            let own = match (flow, &told.flow) {
                (Some(one), Some(other)) => one == other.id,
                _ => true,
            };
            let request = told.exchange.request.packets;
            let response = told.exchange.response.as_ref().map(|response| response.packets);
            let named = within(request) || (own && response.is_some_and(within));
            named.then_some(id)
        })
    }

    /// The page of a packet, if one is named.
    pub(crate) fn packet(numbers: &[u64], nth: usize) -> Option<Target> {
        let numbers: Arc<[u64]> = numbers.iter().copied().filter(|number| *number > 0).collect();
        (!numbers.is_empty()).then_some(Target::Packet { numbers, nth })
    }
}
