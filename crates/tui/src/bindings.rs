//! The one key table: what each key does where, and how the help and the status line say it.

use std::borrow::Cow;

use crossterm::event::KeyCode;

use crate::command::{Command, Side};
use crate::key::Key;
use crate::keymap::{Binding, Context};
use crate::motion::Motion;
use crate::screen::View;

const fn bind(
    name: &'static str,
    context: Context,
    keys: &'static [Key],
    command: Command,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { name, keys: Cow::Borrowed(keys), context, command, help, hint }
}

const fn named(code: KeyCode) -> Key {
    Key::named(code)
}

use Command as C;
use Context::{
    Anywhere, Clients, Confirm, Finding, Findings, Help, Hosts, Lists, Log, Pages, Prompt, Request,
    Requests, Sessions, Timeline,
};

const ENTER: &[Key] = &[named(KeyCode::Enter), named(KeyCode::Right), Key::char('l')];
const ESC: &[Key] = &[named(KeyCode::Esc), named(KeyCode::Left), Key::char('h')];
const ONLY_ESC: &[Key] = &[named(KeyCode::Esc)];

/// The table. Within a context, the status line and the help keep this order.
#[rustfmt::skip]
pub const DEFAULT: &[Binding] = &[
    bind("open", Findings, ENTER, C::Open,
        "open the finding: evidence, certificates, what to do", Some("open")),
    bind("open", Hosts, ENTER, C::Open,
        "open the host: its chains side by side, its findings", Some("open")),
    bind("open", Sessions, ENTER, C::Open,
        "open the session: handshake, certificates", Some("open")),
    bind("open", Requests, ENTER, C::Open,
        "open the request: fields, contents, connection", Some("open")),
    bind("open", Clients, ENTER, C::Open,
        "open the app: its hosts and findings, whom it let in", Some("open")),
    bind("open", Log, ENTER, C::Open, "open the entry", Some("open")),

    bind("mark", Requests, &[Key::char(' ')], C::ToggleMark,
        "mark, to compare two", Some("compare")),
    bind("diff", Requests, &[Key::char('d')], C::Diff,
        "the two marked ones side by side; or the marked and the selected one", Some("compare")),
    bind("toggle-secrets", Requests, &[Key::char('R')], C::ToggleSecrets,
        "show or hide secrets; needs --show-secrets at the start", None),
    bind("mark", Findings, &[Key::char(' ')], C::ToggleMark,
        "mark, for export and report", None),

    bind("export", Findings, &[Key::char('e')], C::Export,
        "write the packets that prove it (or the marked ones) as pcapng", Some("export")),
    bind("suppress", Findings, &[Key::char('x')], C::Suppress,
        "leave it out from now on, with a reason: into the policy", None),
    bind("accept", Findings, &[Key::char('p')], C::Accept,
        "take its host's sessions into the baseline as normal", None),
    bind("accept", Hosts, &[Key::char('p')], C::Accept,
        "take the host's sessions into the baseline as normal", None),
    bind("accept", Sessions, &[Key::char('p')], C::Accept,
        "take the session into the baseline as normal", None),

    bind("filter", Lists, &[Key::char('/')], C::Filter,
        "filter: host: rule: sev:>=high ip: status: path:/regex/ !not a|b", Some("filter")),
    bind("next-match", Lists, &[Key::char('n')], C::NextMatch,
        "next one that the filter lets pass, also while it is off", None),
    bind("previous-match", Lists, &[Key::char('N')], C::PreviousMatch, "the one before", None),
    bind("sort", Lists, &[Key::char('s')], C::Sort, "order by the next column", None),
    bind("reverse", Lists, &[Key::char('S')], C::Reverse, "turn the order around", None),
    bind("follow", Lists, &[Key::char('f')], C::ToggleFollow,
        "follow what comes in, or stay", None),
    bind("back", Lists, ONLY_ESC, C::Back, "take filter and span of time off", None),

    bind("left", Timeline, &[Key::char('h'), named(KeyCode::Left)], C::Step(Side::Left),
        "earlier", Some("time")),
    bind("right", Timeline, &[Key::char('l'), named(KeyCode::Right)], C::Step(Side::Right),
        "later", Some("time")),
    bind("shorter", Timeline, &[Key::char('H')], C::Stretch(Side::Left),
        "make the span shorter", Some("span")),
    bind("longer", Timeline, &[Key::char('L')], C::Stretch(Side::Right),
        "make the span longer", Some("span")),
    bind("open", Timeline, &[named(KeyCode::Enter), Key::char(' ')], C::Open,
        "show only what happened then, in all views", Some("only this")),
    bind("back", Timeline, ONLY_ESC, C::Back, "show all times again", None),

    bind("back", Pages, ESC, C::Back, "back to where you were", Some("back")),
    bind("open", Pages, &[named(KeyCode::Enter), named(KeyCode::Right), Key::char('l')], C::Open,
        "open what ▸ points at", Some("open")),
    bind("next-link", Pages, &[named(KeyCode::Tab)], C::NextLink,
        "to the next thing that can be opened", Some("next")),
    bind("previous-link", Pages, &[named(KeyCode::BackTab)], C::PreviousLink,
        "to the one before", None),
    bind("next", Pages, &[Key::char('J')], C::Next, "the next one of the list", None),
    bind("previous", Pages, &[Key::char('K')], C::Previous, "the one before", None),
    bind("next-section", Pages, &[Key::char('}')], C::NextSection, "next section", None),
    bind("previous-section", Pages, &[Key::char('{')], C::PreviousSection, "section before", None),

    bind("open-request", Finding, &[Key::char('r')], C::OpenRequest,
        "the request that the evidence names", None),
    bind("export", Finding, &[Key::char('e')], C::Export,
        "write the packets that prove it as pcapng", Some("export")),
    bind("suppress", Finding, &[Key::char('x')], C::Suppress,
        "leave it out from now on, with a reason: into the policy", None),
    bind("accept", Pages, &[Key::char('p')], C::Accept,
        "take the sessions of this host into the baseline as normal", None),

    bind("other-side", Request, &[Key::char('o')], C::OtherSide,
        "from the request to the response, or back", None),
    bind("toggle-raw", Request, &[Key::char('v')], C::ToggleRaw,
        "contents as they were sent, or easy to read", Some("raw")),
    bind("toggle-secrets", Request, &[Key::char('R')], C::ToggleSecrets,
        "show or hide secrets; needs --show-secrets at the start", None),

    bind("confirm", Prompt, &[named(KeyCode::Enter)], C::Confirm, "it stands", Some("ok")),
    bind("back", Prompt, ONLY_ESC, C::Back, "never mind", Some("cancel")),
    bind("complete", Prompt, &[named(KeyCode::Tab)], C::Complete(Side::Right),
        "complete", Some("complete")),
    bind("complete-back", Prompt, &[named(KeyCode::BackTab)], C::Complete(Side::Left),
        "the candidate before", None),
    bind("erase-letter", Prompt, &[named(KeyCode::Backspace), Key::ctrl('h')], C::EraseLetter,
        "erase a letter", None),
    bind("erase-word", Prompt, &[Key::ctrl('w')], C::EraseWord, "erase a word", None),
    bind("erase-line", Prompt, &[Key::ctrl('u')], C::EraseLine, "erase all", None),
    bind("letter-left", Prompt, &[named(KeyCode::Left)], C::Step(Side::Left), "a letter left", None),
    bind("letter-right", Prompt, &[named(KeyCode::Right)], C::Step(Side::Right),
        "a letter right", None),
    bind("line-start", Prompt, &[named(KeyCode::Home), Key::ctrl('a')], C::Jump(Side::Left),
        "to the start", None),
    bind("line-end", Prompt, &[named(KeyCode::End), Key::ctrl('e')], C::Jump(Side::Right),
        "to the end", None),
    bind("older", Prompt, &[named(KeyCode::Up), Key::ctrl('p')], C::Recall(Side::Left),
        "what was typed before", None),
    bind("newer", Prompt, &[named(KeyCode::Down), Key::ctrl('n')], C::Recall(Side::Right),
        "and on again", None),
    bind("quit-now", Prompt, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),

    bind("back", Help, ONLY_ESC, C::Back, "back to where you were", Some("back")),

    bind("down", Anywhere, &[Key::char('j'), named(KeyCode::Down)], C::Move(Motion::Down),
        "down", Some("move")),
    bind("up", Anywhere, &[Key::char('k'), named(KeyCode::Up)], C::Move(Motion::Up),
        "up", Some("move")),
    bind("half-page-down", Anywhere, &[Key::ctrl('d')], C::Move(Motion::HalfPageDown),
        "half a page down", None),
    bind("half-page-up", Anywhere, &[Key::ctrl('u')], C::Move(Motion::HalfPageUp),
        "half a page up", None),
    bind("page-down", Anywhere, &[named(KeyCode::PageDown), Key::ctrl('f')],
        C::Move(Motion::PageDown), "a page down", None),
    bind("page-up", Anywhere, &[named(KeyCode::PageUp), Key::ctrl('b')], C::Move(Motion::PageUp),
        "a page up", None),
    bind("start", Anywhere, &[Key::char('g'), named(KeyCode::Home)], C::Move(Motion::Start),
        "to the start", None),
    bind("end", Anywhere, &[Key::char('G'), named(KeyCode::End)], C::Move(Motion::End),
        "to the end", None),
    bind("findings", Anywhere, &[Key::char('1')], C::Show(View::Findings),
        "findings: what is wrong", None),
    bind("hosts", Anywhere, &[Key::char('2')], C::Show(View::Hosts),
        "hosts: is the channel end to end?", None),
    bind("sessions", Anywhere, &[Key::char('3')], C::Show(View::Sessions),
        "TLS and QUIC sessions", None),
    bind("requests", Anywhere, &[Key::char('4')], C::Show(View::Requests), "requests", None),
    bind("apps", Anywhere, &[Key::char('5')], C::Show(View::Clients), "apps and devices", None),
    bind("timeline", Anywhere, &[Key::char('6')], C::Show(View::Timeline),
        "traffic and findings over time", None),
    bind("log", Anywhere, &[Key::char('7')], C::Show(View::Log),
        "anomalies, what could not be seen", None),
    bind("next-view", Lists, &[named(KeyCode::Tab), Key::char(']')], C::NextView,
        "the next view", Some("views")),
    bind("previous-view", Lists, &[named(KeyCode::BackTab), Key::char('[')], C::PreviousView,
        "the view before", None),
    bind("next-view", Timeline, &[named(KeyCode::Tab), Key::char(']')], C::NextView,
        "the next view", Some("views")),
    bind("previous-view", Timeline, &[named(KeyCode::BackTab), Key::char('[')], C::PreviousView,
        "the view before", None),
    bind("problems", Anywhere, &[Key::char('!')], C::Problems, "problems only, or all", None),
    bind("copy", Anywhere, &[Key::char('y'), Key::char('c')], C::Copy,
        "copy what is selected", None),
    bind("report", Anywhere, &[Key::char('w')], C::Report,
        "write a report: .json, .jsonl, .txt", None),
    bind("prompt", Anywhere, &[Key::char(':')], C::Prompt, "a command by name", None),
    bind("pause", Anywhere, &[Key::char('P')], C::Pause, "a replay: pause, go on", None),
    bind("step", Anywhere, &[Key::char('>')], C::StepToFinding,
        "a replay: on to the next finding", None),
    bind("faster", Anywhere, &[Key::char('+')], C::Faster, "a replay: faster", None),
    bind("slower", Anywhere, &[Key::char('-')], C::Slower, "a replay: slower", None),
    bind("mouse", Anywhere, &[Key::char('m')], C::ToggleMouse,
        "let the mouse select and scroll, or leave it to the terminal", None),
    bind("help", Anywhere, &[Key::char('?')], C::Help, "show or hide this help", Some("help")),
    bind("redraw", Anywhere, &[Key::ctrl('l')], C::Redraw, "draw the screen anew", None),
    bind("suspend", Anywhere, &[Key::ctrl('z')], C::Suspend, "to the shell; fg comes back", None),
    bind("quit", Anywhere, &[Key::char('q')], C::Quit,
        "leave; asks while a live capture runs", Some("quit")),
    bind("quit-now", Anywhere, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),

    bind("confirm", Confirm, &[Key::char('y'), Key::char('q'), named(KeyCode::Enter)], C::Confirm,
        "yes", Some("yes")),
    bind("back", Confirm, &[named(KeyCode::Esc), Key::char('n')], C::Back, "no", Some("no")),
    bind("quit-now", Confirm, &[Key::ctrl('c')], C::QuitNow, "leave at once", None),
];
