//! Ways through the views: in and out, from a finding to its request, up and down.

use detect::Finding;
use dissect::PacketSpan;

use crate::app::{Cursor, Overlay, Screen, State};
use crate::exchanges::Told;
use crate::motion::Motion;
use crate::views;

/// Most packets of a finding's evidence that a request is looked for with.
const MAX_NAMED: usize = 64;

impl State {
    /// Closes what is on top.
    pub(crate) fn back(&mut self) {
        match (self.overlay, self.screen) {
            (Some(Overlay::Filter), _) => {
                self.overlay = None;
                self.requests.cancel();
            }
            (Some(_), _) => self.overlay = None,
            (None, Screen::Detail { .. }) => self.screen = Screen::Findings,
            (None, Screen::Findings) => {}
            (None, Screen::Request { from: Some((entry, scroll)), .. }) => {
                self.screen = Screen::Detail { entry, scroll };
            }
            (None, Screen::Request { from: None, .. }) => self.screen = Screen::Requests,
            (None, Screen::Requests) => self.requests.unfilter(),
        }
    }

    /// Shows a list.
    pub(crate) fn show(&mut self, list: Screen) {
        self.overlay = None;
        self.screen = list;
    }

    /// Opens what is selected.
    pub(crate) fn open(&mut self) {
        if self.screen == Screen::Requests {
            if let Some(key) = self.requests.hold() {
                self.screen = Screen::Request { key, scroll: 0, from: None };
            }
            return;
        }
        let selected = self.selected_row().and_then(|row| self.findings.at_row(row));
        if let Some(entry) = selected {
            // What was looked at stays selected, even if something worse comes in meanwhile.
            self.cursor = Cursor::On(entry);
            self.screen = Screen::Detail { entry, scroll: 0 };
        }
    }

    /// Opens the request that the finding on the screen names.
    pub(crate) fn open_request(&mut self) {
        let Screen::Detail { entry, scroll } = self.screen else { return };
        let finding = self.findings.get(entry);
        if let Some(key) = finding.and_then(|finding| self.request_of(finding)).map(|t| t.key) {
            self.screen = Screen::Request { key, scroll: 0, from: Some((entry, scroll)) };
        }
    }

    /// Scrolls to the response, or from there to the request.
    pub(crate) fn other_side(&mut self) {
        let sections = views::page_sections(self);
        let (Screen::Request { scroll, .. }, [request, response, ..]) =
            (&mut self.screen, sections.as_slice())
        else {
            return;
        };
        *scroll = if *scroll < *response { *response } else { *request };
    }

    /// Moves in whatever takes the keys.
    pub(crate) fn step(&mut self, motion: Motion) {
        let page = views::page_height(self);
        match (self.overlay, self.screen) {
            (Some(Overlay::ConfirmQuit), _) => {}
            (Some(Overlay::Help { scroll }), _) => {
                let scroll = motion.from(scroll, views::last_scroll(self), page);
                self.overlay = Some(Overlay::Help { scroll });
            }
            (Some(Overlay::Filter), _) | (None, Screen::Requests) => {
                self.requests.step(motion, page);
            }
            (None, Screen::Detail { scroll, .. } | Screen::Request { scroll, .. }) => {
                let target = motion.from(scroll, views::last_scroll(self), page);
                self.scroll_to(target);
            }
            (None, Screen::Findings) => {
                let Some(row) = self.selected_row() else { return };
                let row = motion.from(row, self.findings.len().saturating_sub(1), page);
                self.cursor = self.findings.at_row(row).map_or(Cursor::First, Cursor::On);
            }
        }
    }

    /// Opens the neighbour of what is shown.
    pub(crate) fn turn(&mut self, motion: Motion) {
        match self.screen {
            Screen::Detail { entry, .. } => {
                let last = self.findings.len().saturating_sub(1);
                let row = self.findings.row_of(entry).map(|row| motion.from(row, last, 1));
                let neighbour = row.and_then(|row| self.findings.at_row(row));
                if let Some(neighbour) = neighbour.filter(|neighbour| *neighbour != entry) {
                    self.cursor = Cursor::On(neighbour);
                    self.screen = Screen::Detail { entry: neighbour, scroll: 0 };
                }
            }
            Screen::Request { key, from, .. } => {
                if let Some(neighbour) = self.requests.neighbour(key, motion) {
                    self.screen = Screen::Request { key: neighbour, scroll: 0, from };
                }
            }
            _ => {}
        }
    }

    /// Scrolls to the section behind or before the first visible line.
    pub(crate) fn section(&mut self, motion: Motion) {
        let (Screen::Detail { scroll, .. } | Screen::Request { scroll, .. }) = self.screen else {
            return;
        };
        let mut sections = views::page_sections(self).into_iter();
        let target = match motion {
            Motion::Down => sections.find(|line| *line > scroll),
            _ => Some(sections.rev().find(|line| *line < scroll).unwrap_or(0)),
        };
        if let Some(target) = target {
            self.scroll_to(target);
        }
    }

    const fn scroll_to(&mut self, line: usize) {
        if let Screen::Detail { scroll, .. } | Screen::Request { scroll, .. } = &mut self.screen {
            *scroll = line;
        }
    }

    /// First row of the list of findings that is to be visible. News move rows at any time, so
    /// this is asked for at every drawing.
    pub(crate) fn list_offset(&self) -> usize {
        offset(self.offset, self.selected_row(), self.findings.len(), views::findings_rows(self))
    }

    /// The same of the list of requests.
    pub(crate) fn requests_offset(&self) -> usize {
        let requests = &self.requests;
        let page = views::requests_rows(self);
        offset(requests.offset, requests.selected_row(), requests.len(), page)
    }

    /// Remembers where things are after the user moved them.
    pub(crate) fn settle(&mut self) {
        let last = views::last_scroll(self);
        match (&mut self.overlay, &mut self.screen) {
            (Some(Overlay::Help { scroll }), _)
            | (None, Screen::Detail { scroll, .. } | Screen::Request { scroll, .. }) => {
                *scroll = (*scroll).min(last);
            }
            _ => {
                self.offset = self.list_offset();
                self.requests.offset = self.requests_offset();
            }
        }
    }

    /// The request that a finding's evidence names: the first one on its flow with a packet of it.
    pub(crate) fn request_of(&self, finding: &Finding) -> Option<&Told> {
        let named = finding.evidence.iter().flat_map(|piece| piece.packets.iter().copied());
        let named: Vec<u64> = named.take(MAX_NAMED).filter(|number| *number > 0).collect();
        let within = |span: PacketSpan| {
            named.iter().any(|number| (span.first.number..=span.last.number).contains(number))
        };
        self.requests.exchanges().iter().find(|told| {
            let same_flow = match (&finding.subject.flow, &told.flow) {
                (Some(one), Some(other)) => one.id == other.id,
                _ => true,
            };
            let response = told.exchange.response.as_ref();
            same_flow
                && (within(told.exchange.request.packets)
                    || response.is_some_and(|response| within(response.packets)))
        })
    }
}

/// The first row of a list that is to be visible: as near to where it was as lets the selection be
/// seen.
fn offset(before: usize, selected: Option<usize>, rows: usize, page: usize) -> usize {
    let row = selected.unwrap_or(0);
    let page = page.max(1);
    let last = rows.saturating_sub(page);
    let lowest = row.saturating_sub(page.saturating_sub(1));
    before.clamp(lowest, row.max(lowest)).min(last)
}
