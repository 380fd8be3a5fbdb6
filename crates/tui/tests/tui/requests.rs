//! The requests view in every state as a snapshot, and how it moves.

use std::sync::Arc;

use detect::NotObservable;
use dissect::http::{Body, Coding, Connection};
use dissect::{Exchange, Reason};
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tui::{Command, Key, Motion, Options, State, Update, View};

use crate::support::{self, ExchangeSketch, body, headers, told};

const VAST: (u16, u16) = (200, 50);
const WIDE: (u16, u16) = (120, 40);
const USUAL: (u16, u16) = (80, 24);
const TINY: (u16, u16) = (40, 10);

/// A state of this size that shows the requests after this news.
fn state((columns, lines): (u16, u16), options: &Options, updates: Vec<Update>) -> State {
    let mut state = State::new(options).unwrap();
    state.resize(Size::new(columns, lines));
    state.command(Command::Show(View::Requests));
    updates.into_iter().for_each(|update| state.update(update));
    state
}

fn drawn(state: &State, (columns, lines): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| tui::draw(frame, state)).unwrap();
    terminal.backend().to_string()
}

fn screen(size: (u16, u16), updates: Vec<Update>, commands: &[Command]) -> String {
    with(size, &Options::default(), updates, commands)
}

fn with(size: (u16, u16), options: &Options, updates: Vec<Update>, commands: &[Command]) -> String {
    let mut state = state(size, options, updates);
    for command in commands {
        state.command(*command);
    }
    drawn(&state, size)
}

fn press(state: &mut State, keys: &str) {
    for letter in keys.chars() {
        state.press(Key::char(letter));
    }
}

/// A run over a file with requests in it.
fn run() -> Vec<Update> {
    let mut updates = support::updates();
    let end = updates.pop().unwrap();
    updates.extend(support::requests());
    updates.push(end);
    updates
}

/// A run over a file with one request in it.
fn run_with(exchange: Exchange) -> Vec<Update> {
    let mut updates = support::updates();
    updates.truncate(2);
    updates.extend([told(exchange), finished(2890, 17)]);
    updates
}

fn finished(packets: u64, sessions: u64) -> Update {
    Update::Finished { packets, flows: sessions, sessions }
}

fn hidden(why: Reason) -> Update {
    let remedy = Some("capture with a key log");
    Update::NotObservable(vec![NotObservable { what: "certificates", why, sessions: 4, remedy }])
}

#[test]
fn list_usual() {
    assert_snapshot!(screen(USUAL, run(), &[Command::Move(Motion::Down)]));
}

#[test]
fn list_wide() {
    assert_snapshot!(screen(WIDE, run(), &[Command::Move(Motion::Down); 2]));
}

#[test]
fn list_vast() {
    assert_snapshot!(screen(VAST, run(), &[Command::Move(Motion::End)]));
}

#[test]
fn list_tiny() {
    assert_snapshot!(screen(TINY, run(), &[]));
}

#[test]
fn loading() {
    let updates = support::updates()[..2].to_vec();
    assert_snapshot!(screen(USUAL, updates, &[]));
}

#[test]
fn live_waiting() {
    let options = Options { live: true, ..Options::default() };
    assert_snapshot!(with(USUAL, &options, vec![], &[]));
}

#[test]
fn live_none_so_far() {
    let options = Options { live: true, ..Options::default() };
    assert_snapshot!(with(USUAL, &options, support::updates()[..2].to_vec(), &[]));
}

#[test]
fn live_following() {
    let options = Options { live: true, ..Options::default() };
    let mut updates = run();
    updates.pop();
    assert_snapshot!(with(USUAL, &options, updates, &[]));
}

#[test]
fn none_without_keys() {
    let updates = vec![hidden(Reason::Tls13Encrypted), finished(2890, 17)];
    assert_snapshot!(screen(USUAL, updates, &[]));
}

#[test]
fn none_with_the_wrong_keys() {
    let options = Options { has_keys: true, ..Options::default() };
    let updates = vec![hidden(Reason::NoKey), finished(2890, 17)];
    assert_snapshot!(with(USUAL, &options, updates, &[]));
}

#[test]
fn none_and_no_session() {
    assert_snapshot!(screen(USUAL, vec![finished(2890, 0)], &[]));
}

#[test]
fn no_packet() {
    assert_snapshot!(screen(USUAL, vec![finished(0, 0)], &[]));
}

#[test]
fn failed() {
    let updates = vec![Update::Failed(String::from("truncated at byte 65536"))];
    assert_snapshot!(screen(USUAL, updates, &[]));
}

#[test]
fn failed_with_requests() {
    let mut updates = run();
    updates.insert(2, Update::Failed(String::from("truncated at byte 65536")));
    assert_snapshot!(screen(USUAL, updates, &[]));
}

#[test]
fn typing_a_filter() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "/~d shop !40");
    assert_snapshot!(drawn(&state, USUAL));
}

#[test]
fn typing_a_filter_that_is_wrong() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "/shop ~z");
    assert_snapshot!(drawn(&state, USUAL));
}

#[test]
fn a_filter_is_on() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "/~m post");
    state.command(Command::Confirm);
    assert_snapshot!(drawn(&state, USUAL));
}

#[test]
fn nothing_passes_the_filter() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "/nowhere");
    state.command(Command::Confirm);
    assert_snapshot!(drawn(&state, USUAL));
}

#[test]
fn help_of_the_list() {
    assert_snapshot!(screen(WIDE, run(), &[Command::Help]));
}

#[test]
fn help_of_a_request() {
    assert_snapshot!(screen(WIDE, run(), &[Command::Open, Command::Help]));
}

#[test]
fn request_usual() {
    assert_snapshot!(screen(USUAL, run(), &[Command::Open]));
}

#[test]
fn request_whole() {
    assert_snapshot!(screen((100, 60), run(), &[Command::Open]));
}

#[test]
fn request_with_secrets_shown() {
    let options = Options { may_reveal: true, ..Options::default() };
    let commands = [Command::Open, Command::ToggleSecrets];
    assert_snapshot!(with((100, 70), &options, run(), &commands));
}

#[test]
fn request_raw() {
    let options = Options { may_reveal: true, ..Options::default() };
    let commands = [Command::Open, Command::ToggleSecrets, Command::ToggleRaw];
    assert_snapshot!(with((100, 50), &options, run(), &commands));
}

#[test]
fn request_tiny_at_its_response() {
    assert_snapshot!(screen(TINY, run(), &[Command::Open, Command::OtherSide]));
}

#[test]
fn request_in_http2_with_trailers_and_early_data() {
    let options = Options { may_reveal: true, ..Options::default() };
    let commands = [Command::Open, Command::ToggleSecrets];
    assert_snapshot!(with((100, 56), &options, run_with(support::grpc()), &commands));
}

#[test]
fn request_in_the_clear_with_a_gap() {
    let options = Options { may_reveal: true, ..Options::default() };
    let commands = [Command::Open, Command::ToggleSecrets];
    assert_snapshot!(with((80, 40), &options, run_with(support::form()), &commands));
}

#[test]
fn request_for_a_picture() {
    assert_snapshot!(screen((100, 45), run_with(support::picture()), &[Command::Open]));
}

#[test]
fn request_with_a_form_with_files() {
    let parts = "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\nMünchen\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"notes\"; filename=\"n.txt\"\r\n\
                 Content-Type: text/plain\r\n\r\none\r\ntwo\r\n--x--\r\n";
    let sketch = ExchangeSketch {
        start: ("POST", "/upload"),
        asked: &[("Content-Type", "multipart/form-data; boundary=x")],
        sent: parts.as_bytes(),
        ..ExchangeSketch::default()
    };
    assert_snapshot!(screen((80, 30), run_with(sketch.exchange()), &[Command::Open]));
}

#[test]
fn request_in_graphql() {
    let sketch = ExchangeSketch {
        start: ("POST", "/graphql"),
        asked: &[("Content-Type", "application/json")],
        sent: br#"{"query":"mutation SignIn { login(user: 1) { token } cart { id } }"}"#,
        received: br#"{"data":{"login":{"token":"abc"}}}"#,
        ..ExchangeSketch::default()
    };
    assert_snapshot!(screen((80, 40), run_with(sketch.exchange()), &[Command::Open]));
}

#[test]
fn request_whose_content_is_cut() {
    let mut exchange = support::missing();
    let response = exchange.response.as_mut().unwrap();
    let lines = "0123456789\n".repeat(6000);
    response.body = Body {
        bytes: lines.into_bytes().into_iter().take(65_536).collect(),
        length: 1_200_000,
        coding: Coding::Identity,
        ..Body::default()
    };
    let commands = [Command::Open, Command::OtherSide];
    assert_snapshot!(screen((80, 16), run_with(exchange), &commands));
}

#[test]
fn request_told_by_a_har_without_head() {
    let mut exchange = ExchangeSketch { answer: (0, ""), ..ExchangeSketch::default() }.exchange();
    exchange.request.method.clear();
    exchange.request.packets = dissect::PacketSpan::default();
    exchange.request.headers = headers(&[]);
    exchange.connection =
        Arc::new(Connection { told: Some(dissect::http::Scheme::Https), ..Connection::default() });
    assert_snapshot!(screen((80, 24), run_with(exchange), &[Command::Open]));
}

#[test]
fn finding_that_names_a_request() {
    let commands = [Command::Show(View::Findings), Command::Open];
    assert_snapshot!(screen((80, 30), run(), &commands));
}

#[test]
fn a_finding_leads_to_its_request_and_back() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "1");
    state.command(Command::Open);
    state.command(Command::Move(Motion::Down));
    let finding = drawn(&state, USUAL);
    state.command(Command::OpenRequest);
    assert!(drawn(&state, USUAL).contains("https://api.shop.test/v1/login?"));
    state.command(Command::Back);
    assert_eq!(drawn(&state, USUAL), finding);
}

#[test]
fn secrets_stay_hidden_unless_the_start_allowed_them() {
    let secrets = ["hunter2", "31415926", "c2ln", "token=abc"];
    for (may_reveal, shown) in [(false, false), (true, true)] {
        let options = Options { may_reveal, ..Options::default() };
        let size = (200, 120);
        let hidden = with(size, &options, run(), &[Command::Open]);
        let asked = with(size, &options, run(), &[Command::Open, Command::ToggleSecrets]);
        for secret in secrets {
            assert!(!hidden.contains(secret), "{secret}");
            assert_eq!(asked.contains(secret), shown, "{secret}");
        }
        let list = with(size, &options, run(), &[]);
        assert!(secrets.iter().all(|secret| !list.contains(secret)));
    }
}

#[test]
fn bytes_that_are_no_text_are_hidden_with_the_secrets() {
    let mut exchange = support::login();
    exchange.request.body = body(b"\xff\xfepassword=hunter2");
    let options = Options { may_reveal: true, ..Options::default() };
    let open = |commands: &[Command]| with(WIDE, &options, run_with(exchange.clone()), commands);
    assert!(!open(&[Command::Open]).contains("password="));
    assert!(open(&[Command::Open, Command::ToggleSecrets]).contains("password="));
}

#[test]
fn the_tail_is_followed_until_one_moves_away() {
    let options = Options { live: true, ..Options::default() };
    let mut state = state(USUAL, &options, vec![]);
    let more = |state: &mut State, packet: u64| {
        state.update(told(ExchangeSketch { packet, ..ExchangeSketch::default() }.exchange()));
    };
    let at = |state: &State| {
        let screen = drawn(state, USUAL);
        let line = screen.lines().last().unwrap().to_owned();
        line.split_whitespace().rev().find(|word| word.contains('/')).unwrap().to_owned()
    };
    (1..=30).for_each(|packet| more(&mut state, packet));
    assert_eq!(at(&state), "30/30");
    press(&mut state, "k");
    more(&mut state, 31);
    assert_eq!(at(&state), "29/31");
    more(&mut state, 3);
    assert_eq!(at(&state), "30/32", "on its request, not on its row");
    press(&mut state, "G");
    more(&mut state, 32);
    assert_eq!(at(&state), "33/33");
    press(&mut state, "f");
    more(&mut state, 33);
    assert_eq!(at(&state), "33/34");
    press(&mut state, "f");
    assert_eq!(at(&state), "34/34");
}

#[test]
fn a_filter_keeps_the_selection_and_its_matches_can_be_walked() {
    let mut state = state(USUAL, &Options::default(), run());
    let selected = |state: &State| {
        let screen = drawn(state, USUAL);
        let line = screen.lines().find(|line| line.contains('▌')).unwrap().to_owned();
        line.split_whitespace().nth(2).unwrap().to_owned()
    };
    press(&mut state, "jj");
    assert_eq!(selected(&state), "POST");
    press(&mut state, "/~m delete");
    assert_eq!(selected(&state), "DELETE");
    state.command(Command::Back);
    assert_eq!(state_place(&state), "3/6", "as it was before a letter was typed");
    press(&mut state, "/ ~z");
    state.command(Command::Confirm);
    assert_eq!(state.context(), tui::Context::Prompt, "what is wrong is not kept");
    state.command(Command::EraseWord);
    state.command(Command::Confirm);
    assert_eq!(selected(&state), "DELETE");
    state.command(Command::Back);
    assert_eq!(selected(&state), "DELETE", "taking it off does not move the selection");
    press(&mut state, "/");
    state.command(Command::EraseLine);
    press(&mut state, "post");
    state.command(Command::Back);
    let mut seen = Vec::new();
    for _ in 0..4 {
        press(&mut state, "n");
        seen.push(state_place(&state));
    }
    assert_eq!(seen, ["1/6", "2/6", "3/6", "1/6"]);
    press(&mut state, "N");
    assert_eq!(state_place(&state), "3/6");
}

fn state_place(state: &State) -> String {
    let screen = drawn(state, USUAL);
    let line = screen.lines().last().unwrap().trim_matches('"').trim_end().to_owned();
    line.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn neighbours_are_those_of_the_list() {
    let mut state = state(USUAL, &Options::default(), run());
    press(&mut state, "/post");
    state.command(Command::Confirm);
    state.command(Command::Open);
    let mut urls = Vec::new();
    for _ in 0..4 {
        let screen = drawn(&state, USUAL);
        let line = screen.lines().nth(3).unwrap().trim_matches('"').trim().to_owned();
        urls.push(line.split("//").nth(1).unwrap().to_owned());
        press(&mut state, "J");
    }
    let last = "metrics.tracker.example:8080/collect";
    let first = "api.shop.test/v1/login?token=[redacted]&lang=de";
    assert_eq!(urls, [first, "api.shop.test/shop.v1.Cart/Add", last, last]);
}

#[test]
fn many_requests_are_dropped_from_the_front_and_counted() {
    let mut state = state(WIDE, &Options::default(), vec![]);
    let exchange = Arc::new(ExchangeSketch::default().exchange());
    for _ in 0..100_007 {
        state.update(Update::Exchange { exchange: exchange.clone(), flow: None });
    }
    state.update(finished(9, 1));
    state.command(Command::Move(Motion::End));
    let screen = drawn(&state, WIDE);
    assert!(screen.contains("the oldest 7 dropped"), "{screen}");
    assert!(screen.contains("100000/100000"), "{screen}");
}
