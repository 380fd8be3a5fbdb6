//! The state: plain data, changed by news and commands, with no terminal and no thread in it.
//!
//! This is the hub: it says which part handles what. Ways from one view to another and within them
//! are in `navigation`; what a view looks like is in `views`.

use detect::{Finding, NotObservable};
use dissect::Timestamp;
use ratatui::layout::Size;
use report::redact::Secrets;

use crate::command::Command;
use crate::effect::Effect;
use crate::exchanges::Key as RequestKey;
use crate::findings::{Entry, Findings};
use crate::key::Key;
use crate::keymap::{Context, DEFAULT, DuplicateKey, Keymap};
use crate::motion::Motion;
use crate::options::Options;
use crate::phase::{Counts, Phase};
use crate::requests::Requests;
use crate::theme::Theme;
use crate::update::{Outcome, Update};

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
    pub(crate) requests: Requests,
    /// Keys were given for what is encrypted.
    pub(crate) has_keys: bool,
    /// The user may have secrets shown.
    pub(crate) may_reveal: bool,
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
    /// One request.
    Request {
        /// Which.
        key: RequestKey,
        /// First line that is visible.
        scroll: usize,
        /// The finding it was opened from, and how far that was scrolled; `None` for the list.
        from: Option<(Entry, usize)>,
    },
    /// The list of requests.
    Requests,
}

/// What lies on top of it and takes the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Overlay {
    /// The question whether to leave a running capture.
    ConfirmQuit,
    /// The line in which a filter is typed.
    Filter,
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
            requests: Requests::new(options.live),
            has_keys: options.has_keys,
            may_reveal: options.may_reveal,
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
            Update::Exchange { exchange, flow } => {
                self.requests.put(exchange, flow);
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
        if let (Some(Overlay::Filter), Some(letter)) = (self.overlay, key.letter()) {
            self.requests.type_letter(letter);
            self.settle();
            return None;
        }
        let command = self.keymap.command(key, self.context())?;
        self.command(command)
    }

    /// Does what was asked, and says what is left to do outside.
    pub fn command(&mut self, command: Command) -> Option<Effect> {
        let mut effect = None;
        match command {
            Command::Back => self.back(),
            Command::Confirm if self.overlay == Some(Overlay::Filter) => {
                // What cannot be read cannot be kept: the line stays, and says what is wrong.
                if self.requests.error().is_none() {
                    self.overlay = None;
                }
            }
            Command::Confirm | Command::QuitNow => effect = Some(Effect::Quit),
            Command::EraseLetter => self.requests.erase_letter(),
            Command::EraseLine => self.requests.erase_line(),
            Command::EraseWord => self.requests.erase_word(),
            Command::Filter => {
                self.overlay = Some(Overlay::Filter);
                self.requests.apply();
            }
            Command::Help => {
                self.overlay = match self.overlay {
                    Some(Overlay::Help { .. }) => None,
                    _ => Some(Overlay::Help { scroll: 0 }),
                };
            }
            Command::Move(motion) => self.step(motion),
            Command::Next => self.turn(Motion::Down),
            Command::NextMatch => self.requests.turn(true),
            Command::NextSection => self.section(Motion::Down),
            Command::Open => self.open(),
            Command::OpenRequest => self.open_request(),
            Command::OtherSide => self.other_side(),
            Command::OtherTab => self.show(match self.screen {
                Screen::Findings => Screen::Requests,
                _ => Screen::Findings,
            }),
            Command::Previous => self.turn(Motion::Up),
            Command::PreviousMatch => self.requests.turn(false),
            Command::PreviousSection => self.section(Motion::Up),
            Command::Quit if self.live && self.phase.is_open() => {
                self.overlay = Some(Overlay::ConfirmQuit);
            }
            Command::Quit => effect = Some(Effect::Quit),
            Command::Redraw => effect = Some(Effect::Redraw),
            Command::ShowFindings => self.show(Screen::Findings),
            Command::ShowRequests => self.show(Screen::Requests),
            Command::Suspend => effect = Some(Effect::Suspend),
            Command::ToggleFollow => self.requests.toggle_follow(),
            Command::ToggleRaw => self.requests.raw = !self.requests.raw,
            Command::ToggleSecrets => {
                self.requests.revealed = self.may_reveal && !self.requests.revealed;
            }
        }
        self.settle();
        effect
    }

    /// Whose keys are live.
    pub fn context(&self) -> Context {
        match (self.overlay, self.screen) {
            (Some(Overlay::ConfirmQuit), _) => Context::ConfirmQuit,
            (Some(Overlay::Filter), _) => Context::Filter,
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

    /// Whether secrets in requests are shown.
    pub(crate) const fn secrets(&self) -> Secrets {
        if self.requests.revealed { Secrets::Shown } else { Secrets::Redacted }
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
}

impl Screen {
    /// Whose keys are live while nothing lies on top.
    pub(crate) const fn context(self) -> Context {
        match self {
            Self::Detail { .. } => Context::Detail,
            Self::Findings => Context::Findings,
            Self::Request { .. } => Context::Request,
            Self::Requests => Context::Requests,
        }
    }
}
