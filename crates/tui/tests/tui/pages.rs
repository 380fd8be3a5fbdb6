//! Every page and everything that lies on top, as snapshots. What leads there is typed.

use insta::assert_snapshot;
use tui::outside::Speed;
use tui::{Answer, Ask, Background, Contrast, Options, Update};

use crate::support;
use crate::user::{TINY, USUAL, User, WIDE};

/// High enough for most pages in full.
const HIGH: (u16, u16) = (100, 76);

/// A page, and what is typed to get there.
type Case = (&'static str, (u16, u16), &'static str);

const PAGES: [Case; 22] = [
    ("finding", HIGH, "1 Enter"),
    ("finding_usual", USUAL, "1 Enter"),
    ("finding_refused", HIGH, "1 G Enter"),
    ("finding_at_its_last_link", USUAL, "1 Enter shift-tab G Tab"),
    ("session_of_a_finding", HIGH, "1 Enter Tab Tab Tab Enter"),
    ("host_with_two_chains", (100, 110), "2 Enter"),
    ("host_not_observable", HIGH, "2 j j Enter"),
    ("host_tiny", TINY, "2 Enter"),
    ("chains_side_by_side", HIGH, "2 Enter Tab Tab Tab Tab Tab Tab Enter"),
    ("session", HIGH, "3 j Enter"),
    ("session_refused", HIGH, "3 j j Enter"),
    ("session_over_quic", HIGH, "3 j j j j Enter"),
    ("session_without_answer", HIGH, "3 / 'down Enter Enter"),
    ("session_still_open", HIGH, "3 G Enter"),
    ("request", HIGH, "4 Enter"),
    ("two_requests", HIGH, "4 Space j Space d"),
    ("app", HIGH, "5 Enter"),
    ("app_without_a_name", HIGH, "5 G Enter"),
    ("weird", USUAL, "7 j Enter"),
    ("what_could_not_be_seen", USUAL, "7 Enter"),
    ("path_of_many_pages", USUAL, "2 Enter Tab Tab Enter"),
    ("path_of_many_pages_tiny", TINY, "2 Enter Tab Tab Enter"),
];

#[test]
fn pages() {
    for (name, size, keys) in PAGES {
        let mut user = User::before(size, &Options::default());
        user.hears(support::capture());
        user.types(keys);
        assert_snapshot!(name, user.screen());
    }
}

/// What lies on top of which view.
const OVERLAYS: [Case; 24] = [
    ("help_of_findings", (80, 60), "1 ?"),
    ("help_of_hosts", (80, 60), "2 ?"),
    ("help_of_sessions", (80, 60), "3 ?"),
    ("help_of_requests", (80, 60), "4 ?"),
    ("help_of_apps", (80, 60), "5 ?"),
    ("help_of_timeline", (80, 60), "6 ?"),
    ("help_of_log", (80, 60), "7 ?"),
    ("help_of_a_finding", (80, 60), "1 Enter ?"),
    ("help_of_a_host", (80, 60), "2 Enter ?"),
    ("help_of_a_request", (80, 60), "4 Enter ?"),
    ("filter_completed", USUAL, "3 / 'ho Tab"),
    ("filter_completed_again", USUAL, "3 / 'ho Tab Tab"),
    ("filter_longer_than_the_line", TINY, "3 / 'host:shop_ip:10.0.0.0/8_version:1.3 Home Right"),
    ("command_empty", USUAL, ":"),
    ("command_completed", USUAL, ": 're Tab"),
    ("command_theme_completed", USUAL, ": 'theme_ Tab Tab"),
    ("command_unknown", USUAL, ": 'dance Enter"),
    ("export_asked", USUAL, "1 e"),
    ("report_asked", USUAL, "1 w"),
    ("suppress_asked", USUAL, "1 x 'our_proxy"),
    ("suppress_refused", USUAL, "1 x Enter"),
    ("accept_asked", USUAL, "2 p"),
    ("accept_asked_tiny", TINY, "2 p"),
    ("copied", USUAL, "1 y"),
];

#[test]
fn overlays() {
    for (name, size, keys) in OVERLAYS {
        let mut user = User::before(size, &Options::default());
        user.hears(support::capture());
        user.types(keys);
        assert_snapshot!(name, user.screen());
    }
}

#[test]
fn packets_asked_here_and_missing() {
    let mut user = User::before(USUAL, &Options::default());
    user.hears(support::capture());
    assert!(matches!(user.asks(": 'packet_15 Enter"), Ask::Packets { .. }));
    assert_snapshot!("packet_asked", user.screen());
    user.hears([support::bytes_of(15)]);
    assert_snapshot!("packet_here", user.screen());
    user.asks(": 'packet_16 Enter");
    let missing = Some(String::from("shop-app.pcapng has changed since it was read"));
    user.hears([Update::Answer(Answer::Packets {
        packets: Vec::new(),
        numbers: vec![16],
        missing,
    })]);
    assert_snapshot!("packet_missing", user.screen());
}

#[test]
fn what_came_of_a_wish() {
    let mut user = User::with(support::capture());
    user.hears([Update::Answer(Answer::Done("2 findings, 14 packets in evidence.pcapng".into()))]);
    assert_snapshot!("message_done", user.screen());
    let why = "evidence.pcapng: permission denied (os error 13)";
    user.hears([Update::Answer(Answer::Failed(why.into()))]);
    assert_snapshot!("message_failed", user.screen());
    user.types("7");
    assert_snapshot!("messages_in_the_log", user.screen());
}

#[test]
fn a_live_capture_asks_before_it_is_left() {
    let mut user = User::before(USUAL, &Options { live: true, ..Options::default() });
    user.hears(support::content());
    assert!(user.types("q").is_empty());
    assert_snapshot!("quit_asked", user.screen());
}

#[test]
fn a_replay_and_lost_packets_are_in_the_header() {
    for (name, size, live, keys, dropped) in [
        ("replay", USUAL, false, "", 0),
        ("replay_paused", USUAL, false, "P", 0),
        ("replay_faster", USUAL, false, "+ + +", 0),
        ("replay_tiny", TINY, false, "P", 0),
        ("packets_lost", WIDE, true, "", 1234),
        ("packets_lost_usual", USUAL, true, "", 1234),
    ] {
        let pace = (!live).then_some(Speed::Tenths(10));
        let mut user = User::before(size, &Options { live, pace, ..Options::default() });
        user.hears(support::content());
        user.hears([support::progress(dropped)]);
        user.types(keys);
        assert_snapshot!(name, user.screen());
    }
}

#[test]
fn a_theme_changes_colours_and_no_letter() {
    let draw = |options: &Options, keys: &str| {
        let mut user = User::before(USUAL, options);
        user.hears(support::capture());
        user.types(keys);
        (user.screen(), user.buffer())
    };
    let usual = Options::default();
    let (letters, dark) = draw(&usual, "");
    for (options, name) in [
        (Options { background: Background::Light, ..usual.clone() }, "light"),
        (Options { contrast: Contrast::High, ..usual.clone() }, "high-contrast"),
        (
            Options { background: Background::Light, contrast: Contrast::High, ..usual.clone() },
            "high-contrast-light",
        ),
        (Options { color: false, ..usual.clone() }, "none"),
    ] {
        let (same_letters, buffer) = draw(&options, "");
        let (typed_letters, typed) = draw(&usual, &format!(": 'theme_{name} Enter"));
        assert_eq!((&same_letters, &typed_letters), (&letters, &letters));
        assert_eq!(buffer, typed, "{name}");
        assert_ne!(buffer, dark, "{name}");
    }
}

#[test]
fn what_is_no_longer_kept_says_so() {
    let mut user = User::with(support::capture());
    user.types("7 Enter");
    // The log keeps 50,000 entries.
    let weird = support::weird(dissect::WeirdKind::Gap, "", 1);
    user.hears([Update::Many(vec![weird; 50_001])]);
    assert_snapshot!("no_longer_kept", user.screen());
}
