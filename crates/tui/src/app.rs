//! The state: plain data, changed by news and commands, with no terminal and no thread in it.
//!
//! This is the hub: it says which part handles what. What is known is in `store`, what is listed in
//! `lists`; ways from one view to another and within them are in `navigation`, what is typed in
//! `typing`, what reaches beyond the state in `wishes`, small parts in `parts`; what a view looks like is
//! in `views`.

use std::collections::BTreeMap;

use detect::filter::Filter;
use dissect::Timestamp;
use ratatui::layout::Size;
use report::redact::Secrets;

use crate::command::Command;
use crate::effect::Effect;
use crate::key::Key;
use crate::keymap::{Context, Keymap, KeymapError};
use crate::lists::Lists;
use crate::options::Options;
use crate::parts::{Bytes, Message, Overlay, Paths, Question, Replay, TimeCursor};
use crate::phase::{Counts, Phase};
use crate::prompt::History;
use crate::screen::{Open, Target, View};
use crate::store::Store;
use crate::store::notes::Kind;
use crate::theme::Theme;
use crate::update::{Outcome, Update};

/// Most packets whose bytes are kept to be shown.
const MAX_PACKETS: usize = 512;

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
    /// Keys were given for what is encrypted.
    pub(crate) has_keys: bool,
    /// The user may have secrets shown.
    pub(crate) may_reveal: bool,
    /// Secrets in requests are shown.
    pub(crate) revealed: bool,
    /// Contents as they were sent, not as they are easiest to read.
    pub(crate) raw: bool,
    pub(crate) store: Store,
    pub(crate) lists: Lists,
    /// What lies below all pages.
    pub(crate) view: View,
    /// Open pages, the last one on top.
    pub(crate) pages: Vec<Open>,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) history: History,
    /// What was done last, until the next key.
    pub(crate) message: Option<Message>,
    /// Packets whose bytes were asked for.
    pub(crate) packets: BTreeMap<u64, Bytes>,
    /// Where the timeline's cursor is: the first part and how many, of those that are drawn.
    pub(crate) time: TimeCursor,
    pub(crate) replay: Option<Replay>,
    pub(crate) mouse: bool,
    /// What counts in the end: the filter from the command line, whatever was typed since.
    gate: Filter,
    /// What is being written into the policy: the finding's id, and whether all of its rule is meant.
    pub(crate) suppressing: Option<(String, bool)>,
    pub(crate) paths: Paths,
    pub(crate) size: Size,
    /// Lists are not up to date yet.
    pub(crate) behind: bool,
}

impl State {
    /// The state before any news. Fails if the key table is wrong.
    pub fn new(options: &Options) -> Result<Self, KeymapError> {
        let mut state = Self {
            keymap: Keymap::with(&options.keys)?,
            theme: Theme::new(options.color, options.background, options.contrast),
            live: options.live,
            input: String::new(),
            phase: Phase::Waiting,
            counts: Counts::default(),
            last: None,
            has_keys: options.has_keys,
            may_reveal: options.may_reveal,
            revealed: false,
            raw: false,
            store: Store::new(options.baseline.clone(), options.pins.clone()),
            lists: Lists::new(options.live),
            view: View::Findings,
            pages: Vec::new(),
            overlay: None,
            history: History::default(),
            message: None,
            packets: BTreeMap::new(),
            time: TimeCursor::default(),
            replay: options.pace.map(|speed| Replay { speed, paused: false }),
            mouse: options.mouse,
            // Whoever starts the UI has read it before.
            gate: Filter::parse(&options.filter).unwrap_or_default(),
            suppressing: None,
            paths: Paths {
                baseline: options.baseline_path.clone(),
                policy: options.policy_path.clone(),
            },
            size: Size::new(80, 24),
            behind: false,
        };
        state.filter_all(&options.filter);
        Ok(state)
    }

    /// Takes in news, and brings the lists up to date.
    pub fn update(&mut self, update: Update) {
        self.absorb(update);
        while self.catch_up() {}
    }

    /// Takes in news.
    pub(crate) fn absorb(&mut self, update: Update) {
        match update {
            Update::Answer(answer) => self.answer(answer),
            Update::Exchange { exchange, flow } => {
                self.store.exchange(exchange, flow);
                self.begin();
            }
            Update::Failed(reason) => self.end(Phase::Failed(reason)),
            Update::Finding(finding) => {
                self.store.finding(*finding);
                self.begin();
            }
            Update::Finished { packets, flows, sessions } => {
                self.counts = Counts { packets, flows: Some(flows), sessions, ..self.counts };
                if self.phase.is_open() {
                    self.end(Phase::Finished);
                }
            }
            Update::Input { name, bytes_total } => {
                self.input = name;
                self.counts.bytes_total = bytes_total;
            }
            Update::Lan(message) => self.store.lan(&message),
            Update::Many(updates) => updates.into_iter().for_each(|update| self.absorb(update)),
            Update::NotObservable(list) => self.store.not_observable(list),
            Update::Progress { packets, bytes_read, bytes_total, sessions, dropped, last } => {
                let bytes_total = bytes_total.or(self.counts.bytes_total);
                let counts = self.counts;
                self.counts =
                    Counts { packets, bytes_read, bytes_total, sessions, dropped, ..counts };
                self.store.notes.dropped(dropped);
                self.last = last.or(self.last);
                self.begin();
            }
            Update::Session { stage, session, flow, packet } => {
                self.store.session(stage, session, flow, packet);
                self.begin();
            }
            Update::Traffic { at, packets, bytes } => self.store.traffic(at, packets, bytes),
            Update::Weird { weird, packet, flow } => self.store.weird(&weird, packet, flow),
        }
        self.behind = true;
    }

    /// Brings the lists up to date, as far as one step goes; says whether there is more to do.
    pub(crate) fn catch_up(&mut self) -> bool {
        if self.behind {
            self.behind = self.lists.refresh(&mut self.store);
        }
        self.behind
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
        self.message = None;
        if let (Some(Overlay::Prompt(_)), Some(letter)) = (&self.overlay, key.letter()) {
            self.type_letter(letter);
            self.settle();
            return None;
        }
        let command = self.keymap.command(key, self.context())?;
        self.command(command)
    }

    /// Does what was asked, and says what is left to do outside.
    pub fn command(&mut self, command: Command) -> Option<Effect> {
        let effect = match command {
            Command::Accept => self.ask_accept(),
            Command::Confirm => self.confirm(),
            Command::Copy => self.copy(),
            Command::Faster => self.change_speed(true),
            Command::Open => self.open(),
            Command::Pause => self.pause(),
            Command::Quit if self.live && self.phase.is_open() => {
                self.overlay = Some(Overlay::Confirm(Question::Quit));
                None
            }
            Command::Next => self.turn(true),
            Command::Previous => self.turn(false),
            Command::Quit | Command::QuitNow => Some(Effect::Quit),
            Command::Redraw => Some(Effect::Redraw),
            Command::Slower => self.change_speed(false),
            Command::StepToFinding => self.step_to_finding(),
            Command::Suspend => Some(Effect::Suspend),
            Command::ToggleMouse => {
                self.mouse = !self.mouse;
                let key = self.keymap.key(Command::ToggleMouse, self.context_below());
                let text = match self.mouse {
                    true => format!("the mouse selects, opens and scrolls; {key} gives it back"),
                    false => String::from("the mouse is the terminal's again"),
                };
                self.message = Some(Message { text, failed: false });
                Some(Effect::Mouse(self.mouse))
            }
            other => {
                self.change(other);
                None
            }
        };
        self.behind = true;
        self.catch_up();
        self.settle();
        effect
    }

    /// Does what concerns nobody but the state.
    fn change(&mut self, command: Command) {
        match command {
            Command::Back => self.back(),
            Command::Diff => self.open_diff(),
            Command::Export => self.prompt_export(),
            Command::Filter => self.prompt_filter(),
            Command::Help => {
                self.overlay = match self.overlay {
                    Some(Overlay::Help { .. }) => None,
                    _ => Some(Overlay::Help { scroll: 0 }),
                };
            }
            Command::Move(motion) => self.step(motion),
            Command::NextLink => self.turn_link(true),
            Command::NextMatch => self.turn_match(true),
            Command::NextSection => self.section(true),
            Command::NextView => self.show(self.view.turned(true)),
            Command::OpenRequest => self.open_request(),
            Command::OtherSide => self.other_side(),
            Command::PreviousLink => self.turn_link(false),
            Command::PreviousMatch => self.turn_match(false),
            Command::PreviousSection => self.section(false),
            Command::PreviousView => self.show(self.view.turned(false)),
            Command::Problems => self.lists.toggle_problems(),
            Command::Prompt => self.prompt_command(),
            Command::Report => self.prompt_report(),
            Command::Reverse => self.sort(false),
            Command::Show(view) => self.show(view),
            Command::Sort => self.sort(true),
            Command::Step(side) if self.overlay.is_none() => self.step_time(side),
            Command::Stretch(side) => self.stretch_time(side),
            Command::Suppress => self.prompt_suppress(),
            Command::ToggleFollow => self.toggle_follow(),
            Command::ToggleMark => self.toggle_mark(),
            Command::ToggleRaw => self.raw = !self.raw,
            Command::ToggleSecrets => self.revealed = self.may_reveal && !self.revealed,
            other => self.edit(other),
        }
    }

    /// Whose keys are live.
    pub fn context(&self) -> Context {
        match &self.overlay {
            Some(Overlay::Confirm(_)) => Context::Confirm,
            Some(Overlay::Help { .. }) => Context::Help,
            Some(Overlay::Prompt(_)) => Context::Prompt,
            None => self.context_below(),
        }
    }

    /// Whose keys are live while nothing lies on top.
    pub(crate) fn context_below(&self) -> Context {
        match self.pages.last().map(|page| &page.target) {
            Some(Target::Finding(_)) => Context::Finding,
            Some(Target::Request(_) | Target::Diff(..)) => Context::Request,
            Some(_) => Context::Pages,
            None => match self.view {
                View::Clients => Context::Clients,
                View::Findings => Context::Findings,
                View::Hosts => Context::Hosts,
                View::Log => Context::Log,
                View::Requests => Context::Requests,
                View::Sessions => Context::Sessions,
                View::Timeline => Context::Timeline,
            },
        }
    }

    /// What the caller needs in the end.
    pub fn outcome(&self) -> Outcome {
        let findings = &self.store.findings;
        let worst = findings.worst_passing(&self.gate);
        Outcome { worst, findings: findings.len(), end: self.phase.end() }
    }

    /// More news may come.
    pub const fn is_open(&self) -> bool {
        self.phase.is_open()
    }

    /// Row of the selection in the list that is shown; `None` if there is nothing to select.
    pub fn selected_row(&self) -> Option<usize> {
        self.lists.selected_row(&self.store, self.view)
    }

    /// Rows of the list that is shown.
    pub fn rows(&self) -> usize {
        self.lists.of(self.view).map_or(0, |list| list.len())
    }

    /// Why reading failed, without the name of the input in front, which the header says.
    pub(crate) fn without_input<'a>(&self, reason: &'a str) -> &'a str {
        let rest = reason.strip_prefix(self.input.as_str());
        rest.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason)
    }

    /// Whether secrets in requests are shown.
    pub(crate) const fn secrets(&self) -> Secrets {
        if self.revealed { Secrets::Shown } else { Secrets::Redacted }
    }

    /// Says something in the status line, and keeps it in the log.
    pub(crate) fn say(&mut self, text: String, failed: bool) {
        self.store.notes.outcome(if failed { Kind::Failed } else { Kind::Done }, &text);
        self.message = Some(Message { text, failed });
    }

    /// Says why something cannot be done now.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), failed: true });
    }

    /// Keeps the bytes of packets; those that were not asked for last go first.
    pub(crate) fn keep_packets(&mut self, packets: impl IntoIterator<Item = (u64, Bytes)>) {
        for (number, bytes) in packets {
            if self.packets.len() >= MAX_PACKETS && !self.packets.contains_key(&number) {
                self.packets.clear();
            }
            self.packets.insert(number, bytes);
        }
    }

    fn begin(&mut self) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Reading;
        }
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.replay = None;
        if matches!(self.overlay, Some(Overlay::Confirm(Question::Quit))) {
            // There is nothing left to stop.
            self.overlay = None;
        }
    }
}
