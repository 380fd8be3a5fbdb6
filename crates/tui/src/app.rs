//! The state: plain data, changed by news and commands, with no terminal and no thread in it.
//!
//! This is the hub: it says which part handles what. What a view looks like is in `views`.

use detect::{Finding, NotObservable};
use dissect::Timestamp;
use ratatui::layout::Size;

use crate::command::Command;
use crate::effect::Effect;
use crate::findings::{Entry, Findings};
use crate::key::Key;
use crate::keymap::{Context, DEFAULT, DuplicateKey, Keymap};
use crate::motion::Motion;
use crate::options::Options;
use crate::phase::{Counts, Phase};
use crate::theme::Theme;
use crate::update::{Outcome, Update};
use crate::views;

/// All that the screen shows, and nothing else.
#[derive(Debug)]
pub struct State {
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    /// The input has no end by itself.
    pub(crate) live: bool,
    /// Name of the input; empty until it is known.
    pub(crate) input: String,
    pub(crate) phase: Phase,
    pub(crate) counts: Counts,
    /// Time of the last packet.
    pub(crate) last: Option<Timestamp>,
    pub(crate) findings: Findings,
    pub(crate) not_observable: Vec<NotObservable>,
    pub(crate) cursor: Cursor,
    /// First row of the list that is visible.
    pub(crate) offset: usize,
    pub(crate) screen: Screen,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) size: Size,
}

/// What is selected in the list of findings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cursor {
    /// The first row, whatever comes to stand there: until the user moves.
    #[default]
    First,
    /// This finding, wherever news push it.
    On(Entry),
}

/// What fills the screen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Screen {
    /// One finding.
    Detail {
        /// Which.
        entry: Entry,
        /// First line that is visible.
        scroll: usize,
    },
    /// The list of findings.
    Findings,
}

/// What lies on top of it and takes the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Overlay {
    /// The question whether to leave a running capture.
    ConfirmQuit,
    /// The keys of the screen below.
    Help {
        /// First line that is visible.
        scroll: usize,
    },
}

impl State {
    /// The state before any news. Fails if the key table is wrong.
    pub fn new(options: &Options) -> Result<Self, DuplicateKey> {
        Ok(Self {
            keymap: Keymap::new(DEFAULT)?,
            theme: Theme::new(options.color, options.background),
            live: options.live,
            input: String::new(),
            phase: Phase::Waiting,
            counts: Counts::default(),
            last: None,
            findings: Findings::default(),
            not_observable: Vec::new(),
            cursor: Cursor::First,
            offset: 0,
            screen: Screen::Findings,
            overlay: None,
            size: Size::new(80, 24),
        })
    }

    /// Takes in news.
    pub fn update(&mut self, update: Update) {
        match update {
            Update::Input { name, bytes_total } => {
                self.input = name;
                self.counts.bytes_total = bytes_total;
            }
            Update::Progress { packets, bytes_read, bytes_total, sessions, last } => {
                let bytes_total = bytes_total.or(self.counts.bytes_total);
                self.counts = Counts { packets, bytes_read, bytes_total, sessions, ..self.counts };
                self.last = last.or(self.last);
                self.begin();
            }
            Update::Finding(finding) => {
                self.findings.put(*finding);
                self.begin();
            }
            Update::NotObservable(list) => self.not_observable = list,
            Update::Finished { packets, flows, sessions } => {
                self.counts = Counts { packets, flows: Some(flows), sessions, ..self.counts };
                if self.phase.is_open() {
                    self.end(Phase::Finished);
                }
            }
            Update::Failed(reason) => self.end(Phase::Failed(reason)),
        }
    }

    /// The sender of news is gone. Unless it said that it was done, something went wrong.
    /// Says whether this changed anything.
    pub fn disconnected(&mut self) -> bool {
        let open = self.phase.is_open();
        if open {
            let reason = String::from("reading stopped before the end of the input");
            self.end(Phase::Failed(reason));
        }
        open
    }

    /// The terminal has this size.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.settle();
    }

    /// A key was pressed.
    pub fn press(&mut self, key: Key) -> Option<Effect> {
        let command = self.keymap.command(key, self.context())?;
        self.command(command)
    }

    /// Does what was asked, and says what is left to do outside.
    pub fn command(&mut self, command: Command) -> Option<Effect> {
        let effect = match command {
            Command::Back => {
                self.back();
                None
            }
            Command::Confirm | Command::QuitNow => Some(Effect::Quit),
            Command::Help => {
                self.overlay = match self.overlay {
                    Some(Overlay::Help { .. }) => None,
                    _ => Some(Overlay::Help { scroll: 0 }),
                };
                None
            }
            Command::Move(motion) => {
                self.step(motion);
                None
            }
            Command::NextFinding => self.turn(Motion::Down),
            Command::NextSection => self.section(Motion::Down),
            Command::Open => {
                self.open();
                None
            }
            Command::PreviousFinding => self.turn(Motion::Up),
            Command::PreviousSection => self.section(Motion::Up),
            Command::Quit if self.live && self.phase.is_open() => {
                self.overlay = Some(Overlay::ConfirmQuit);
                None
            }
            Command::Quit => Some(Effect::Quit),
            Command::Redraw => Some(Effect::Redraw),
            Command::Suspend => Some(Effect::Suspend),
        };
        self.settle();
        effect
    }

    /// Whose keys are live.
    pub fn context(&self) -> Context {
        match (self.overlay, self.screen) {
            (Some(Overlay::ConfirmQuit), _) => Context::ConfirmQuit,
            (Some(Overlay::Help { .. }), _) => Context::Help,
            (None, screen) => screen.context(),
        }
    }

    /// What the caller needs in the end.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            worst: self.findings.worst(),
            findings: self.findings.len(),
            end: self.phase.end(),
        }
    }

    /// More news may come.
    pub const fn is_open(&self) -> bool {
        self.phase.is_open()
    }

    /// Row of the selection; `None` if there is nothing to select.
    pub fn selected_row(&self) -> Option<usize> {
        match self.cursor {
            Cursor::First => (!self.findings.is_empty()).then_some(0),
            Cursor::On(entry) => self.findings.row_of(entry),
        }
    }

    /// Why reading failed, without the name of the input in front, which the header says.
    pub(crate) fn without_input<'a>(&self, reason: &'a str) -> &'a str {
        let rest = reason.strip_prefix(self.input.as_str());
        rest.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason)
    }

    pub(crate) fn selected(&self) -> Option<&Finding> {
        self.findings.get(self.findings.at_row(self.selected_row()?)?)
    }

    fn begin(&mut self) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Reading;
        }
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        if self.overlay == Some(Overlay::ConfirmQuit) {
            // There is nothing left to stop.
            self.overlay = None;
        }
    }

    fn back(&mut self) {
        match (self.overlay, self.screen) {
            (Some(_), _) => self.overlay = None,
            (None, Screen::Detail { .. }) => self.screen = Screen::Findings,
            (None, Screen::Findings) => {}
        }
    }

    fn open(&mut self) {
        let selected = self.selected_row().and_then(|row| self.findings.at_row(row));
        if let Some(entry) = selected {
            // What was looked at stays selected, even if something worse comes in meanwhile.
            self.cursor = Cursor::On(entry);
            self.screen = Screen::Detail { entry, scroll: 0 };
        }
    }

    /// Moves in whatever takes the keys.
    fn step(&mut self, motion: Motion) {
        let page = views::page_height(self);
        match (self.overlay, self.screen) {
            (Some(Overlay::ConfirmQuit), _) => {}
            (Some(Overlay::Help { scroll }), _) => {
                let scroll = motion.from(scroll, views::last_scroll(self), page);
                self.overlay = Some(Overlay::Help { scroll });
            }
            (None, Screen::Detail { entry, scroll }) => {
                let scroll = motion.from(scroll, views::last_scroll(self), page);
                self.screen = Screen::Detail { entry, scroll };
            }
            (None, Screen::Findings) => {
                let Some(row) = self.selected_row() else { return };
                let row = motion.from(row, self.findings.len().saturating_sub(1), page);
                self.cursor = self.findings.at_row(row).map_or(Cursor::First, Cursor::On);
            }
        }
    }

    /// Opens the neighbour of the finding that is shown.
    fn turn(&mut self, motion: Motion) -> Option<Effect> {
        let Screen::Detail { entry, .. } = self.screen else { return None };
        let last = self.findings.len().saturating_sub(1);
        let row = motion.from(self.findings.row_of(entry)?, last, 1);
        let neighbour = self.findings.at_row(row)?;
        if neighbour != entry {
            self.cursor = Cursor::On(neighbour);
            self.screen = Screen::Detail { entry: neighbour, scroll: 0 };
        }
        None
    }

    /// Scrolls to the section behind or before the first visible line.
    fn section(&mut self, motion: Motion) -> Option<Effect> {
        let Screen::Detail { entry, scroll } = self.screen else { return None };
        let sections = views::detail_sections(self);
        let target = match motion {
            Motion::Down => sections.into_iter().find(|line| *line > scroll)?,
            _ => sections.into_iter().rev().find(|line| *line < scroll).unwrap_or(0),
        };
        self.screen = Screen::Detail { entry, scroll: target };
        None
    }

    /// First row of the list that is to be visible: as near to where it was as lets the selection
    /// be seen. News move rows at any time, so this is asked for at every drawing.
    pub(crate) fn list_offset(&self) -> usize {
        let row = self.selected_row().unwrap_or(0);
        let page = views::findings_rows(self).max(1);
        let last = self.findings.len().saturating_sub(page);
        let lowest = row.saturating_sub(page.saturating_sub(1));
        self.offset.clamp(lowest, row.max(lowest)).min(last)
    }

    /// Remembers where things are after the user moved them.
    fn settle(&mut self) {
        let last = views::last_scroll(self);
        match (&mut self.overlay, &mut self.screen) {
            (Some(Overlay::Help { scroll }), _) | (None, Screen::Detail { scroll, .. }) => {
                *scroll = (*scroll).min(last);
            }
            _ => self.offset = self.list_offset(),
        }
    }
}

impl Screen {
    /// Whose keys are live while nothing lies on top.
    pub(crate) const fn context(self) -> Context {
        match self {
            Self::Detail { .. } => Context::Detail,
            Self::Findings => Context::Findings,
        }
    }
}
