//! Every view in every state as a snapshot: what the screen says, cell by cell.

use detect::NotObservable;
use dissect::Reason;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tui::{Command, Motion, Options, State, Update};

use crate::support;

const WIDE: (u16, u16) = (120, 40);
const USUAL: (u16, u16) = (80, 24);
const TINY: (u16, u16) = (40, 10);

/// The screen of this size after this news and these commands.
fn screen(
    (columns, lines): (u16, u16),
    live: bool,
    updates: Vec<Update>,
    commands: &[Command],
) -> String {
    let mut state = State::new(&Options { live, ..Options::default() }).unwrap();
    state.resize(Size::new(columns, lines));
    updates.into_iter().for_each(|update| state.update(update));
    for command in commands {
        state.command(*command);
    }
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| tui::draw(frame, &state)).unwrap();
    terminal.backend().to_string()
}

fn input() -> Update {
    Update::Input { name: String::from("shop-app.pcapng"), bytes_total: Some(4_000_000) }
}

fn progress(bytes_read: u64) -> Update {
    Update::Progress {
        packets: 1234,
        bytes_read,
        bytes_total: None,
        sessions: 9,
        dropped: 0,
        last: Some(support::packet(1234).timestamp),
    }
}

fn finished(packets: u64, sessions: u64) -> Update {
    Update::Finished { packets, flows: sessions.saturating_mul(2), sessions }
}

fn hidden() -> Update {
    let item =
        |why, sessions, remedy| NotObservable { what: "certificates", why, sessions, remedy };
    Update::NotObservable(vec![
        item(Reason::Gap, 1, Some("capture closer to the phone, with a larger buffer")),
        item(Reason::Tls13Encrypted, 4, Some("capture with a key log")),
        item(Reason::NoCertificateSuite, 2, None),
    ])
}

#[test]
fn before_any_news() {
    assert_snapshot!(screen(USUAL, false, vec![], &[]));
}

#[test]
fn loading() {
    assert_snapshot!(screen(USUAL, false, vec![input(), progress(1_720_000)], &[]));
}

#[test]
fn loading_tiny() {
    assert_snapshot!(screen(TINY, false, vec![input(), progress(1_720_000)], &[]));
}

#[test]
fn live_waiting() {
    assert_snapshot!(screen(USUAL, true, vec![], &[]));
}

#[test]
fn live_with_findings() {
    let mut updates = support::updates();
    updates.pop();
    assert_snapshot!(screen(USUAL, true, updates, &[]));
}

#[test]
fn live_question() {
    assert_snapshot!(screen(USUAL, true, support::updates()[..4].to_vec(), &[Command::Quit]));
}

#[test]
fn nothing_found() {
    assert_snapshot!(screen(USUAL, false, vec![input(), finished(2890, 17)], &[]));
}

#[test]
fn nothing_found_but_not_all_observable() {
    let updates = vec![input(), hidden(), finished(2890, 17)];
    assert_snapshot!(screen(USUAL, false, updates, &[]));
}

#[test]
fn no_session() {
    assert_snapshot!(screen(USUAL, false, vec![input(), finished(2890, 0)], &[]));
}

#[test]
fn no_packet() {
    assert_snapshot!(screen(USUAL, false, vec![input(), finished(0, 0)], &[]));
}

#[test]
fn nothing_found_in_a_har_file() {
    let told = Update::NotObservable(vec![detect::NotObservable {
        what: "packets",
        why: dissect::Reason::Har,
        sessions: 12,
        remedy: Some("capture packets"),
    }]);
    assert_snapshot!(screen(USUAL, false, vec![input(), told, finished(0, 0)], &[]));
}

#[test]
fn failed() {
    let reason = "shop-app.pcapng: truncated at byte 65536, after packet 812";
    let updates = vec![input(), progress(65_536), Update::Failed(reason.into())];
    assert_snapshot!(screen(USUAL, false, updates, &[]));
}

#[test]
fn failed_with_findings() {
    let mut updates = support::updates();
    let reason = "shop-app.pcapng: truncated at byte 65536, after packet 812";
    updates.insert(4, Update::Failed(reason.into()));
    assert_snapshot!(screen(USUAL, false, updates, &[]));
}

#[test]
fn findings_usual() {
    assert_snapshot!(screen(USUAL, false, support::updates(), &[]));
}

#[test]
fn findings_wide() {
    let down = Command::Move(Motion::Down);
    assert_snapshot!(screen(WIDE, false, support::updates(), &[down]));
}

#[test]
fn findings_tiny() {
    let down = Command::Move(Motion::Down);
    assert_snapshot!(screen(TINY, false, support::updates(), &[down, down]));
}

#[test]
fn detail_with_chain() {
    assert_snapshot!(screen((80, 90), false, support::updates(), &[Command::Open]));
}

#[test]
fn detail_usual() {
    assert_snapshot!(screen(USUAL, false, support::updates(), &[Command::Open]));
}

#[test]
fn detail_tiny_scrolled() {
    let commands = [Command::Open, Command::Move(Motion::End)];
    assert_snapshot!(screen(TINY, false, support::updates(), &commands));
}

#[test]
fn detail_refused_issuer_not_sent() {
    let commands = [Command::Move(Motion::End), Command::Open];
    assert_snapshot!(screen((100, 70), false, support::updates(), &commands));
}

#[test]
fn detail_without_session() {
    let commands = [Command::Open, Command::Next, Command::Next];
    assert_snapshot!(screen((80, 40), false, support::updates(), &commands));
}

#[test]
fn help_of_findings() {
    assert_snapshot!(screen(WIDE, false, support::updates(), &[Command::Help]));
}

#[test]
fn help_of_detail_tiny() {
    assert_snapshot!(screen(TINY, false, support::updates(), &[Command::Open, Command::Help]));
}
