//! How one gets from one thing to another: links, neighbours, the way back, the mouse.

use tui::{Ask, Effect, MouseKind, Options, Rebinding, State};

use crate::support;
use crate::user::{USUAL, User};

fn user() -> User {
    User::with(support::capture())
}

/// What the line with the way to the page says.
fn path(user: &User) -> String {
    user.lines().get(1).map(|line| line.trim().to_owned()).unwrap()
}

/// The line that Enter opens.
fn pointed(user: &User) -> String {
    user.lines().into_iter().find(|line| line.starts_with('▸')).unwrap_or_default()
}

/// Goes to the link with these words and opens it.
fn follow(user: &mut User, words: &str) -> Vec<Effect> {
    for _ in 0..40 {
        if pointed(user).contains(words) {
            return user.types("Enter");
        }
        user.types("Tab");
    }
    panic!("nothing leads to {words}:\n{}", user.screen());
}

#[test]
fn from_a_finding_to_its_packets_and_back() {
    let mut user = user();
    user.types("1 Enter");
    let mut asked = follow(&mut user, "byte by byte");
    let Some(Effect::Ask(Ask::Packets { numbers })) = asked.pop() else { panic!("{asked:?}") };
    assert_eq!(numbers, [12, 15]);
    assert_eq!(path(&user), "1 Findings › api.shop.test › packet 12 (1 of 2, J/K)");
    assert!(user.sees("Reading it …"));
    user.types("Esc");
    assert_eq!(path(&user), "1 Findings › api.shop.test");
    assert!(pointed(&user).contains("byte by byte"), "where one was");
    assert!(user.types("Enter").is_empty(), "asked once, for both of them");
    user.hears([support::bytes_of(12)]);
    assert!(!user.sees("Reading it …"));
    assert!(user.types("J").is_empty());
    assert!(user.sees("packet 15 (2 of 2, J/K)") && user.sees("Reading it …"));
    user.hears([support::bytes_of(15)]);
    assert!(!user.sees("Reading it …"));
    user.types("K Esc Esc");
    assert!(user.sees("1/4"));
}

#[test]
fn from_a_finding_to_the_handshake_and_its_packets() {
    let mut user = user();
    user.types("1 Enter");
    follow(&mut user, "handshake");
    assert_eq!(path(&user), "1 Findings › api.shop.test › session");
    assert!(user.sees("Ladder"));
    follow(&mut user, "ClientHello");
    assert!(path(&user).starts_with("1 Findings › api.shop.test › session › packet "));
    user.types("Esc Esc");
    assert_eq!(path(&user), "1 Findings › api.shop.test");
    assert!(pointed(&user).contains("handshake"), "where one was");
}

#[test]
fn from_a_host_to_the_forged_certificate_beside_the_genuine_one() {
    let mut user = user();
    user.types("1 Enter");
    follow(&mut user, "chains");
    assert_eq!(path(&user), "1 Findings › api.shop.test › chains side by side");
    for word in ["mitmproxy", "Example CA R3", "≠ issuer"] {
        assert!(user.sees(word), "{word}\n{}", user.screen());
    }
}

#[test]
fn all_sessions_of_a_host_are_a_filter_that_can_be_taken_off() {
    let mut user = user();
    user.types("2 Enter");
    follow(&mut user, "sessions");
    assert!(user.sees("host:=api.shop.test") && user.sees("1/3"), "{}", user.screen());
    user.types("Esc");
    assert!(user.sees("/10"));
}

#[test]
fn neighbours_go_through_a_group_and_on_to_the_next_one() {
    let mut updates = support::content();
    // Two more of the same rule at the same host, seen later.
    for packet in [500, 900] {
        let mut finding = support::all().swap_remove(1);
        finding.id = format!("f-{packet}");
        finding.first_seen = support::packet(packet);
        updates.push(tui::Update::Finding(Box::new(finding)));
    }
    let mut user = User::with(updates);
    user.types("1 Enter");
    let mut firsts = Vec::new();
    for _ in 0..6 {
        firsts.push(user.lines().get(3).cloned().unwrap());
        user.types("J");
    }
    let titles: Vec<&str> = firsts.iter().map(|line| line.trim()).collect();
    let critical = "✗ critical  A forged chain was accepted";
    assert_eq!(titles[..3], [critical; 3]);
    assert!(titles[3].starts_with("▲ high") && titles[4].starts_with("◆ medium"), "{titles:?}");
    assert!(titles[5].starts_with("○ info"));
    user.types("K K K");
    assert!(user.sees("packet 900"), "the last one of the group:\n{}", user.screen());
    user.types("Esc");
    assert!(user.selected().contains("critical"), "the list goes along");
}

#[test]
fn the_neighbours_of_two_chains_are_those_of_the_host() {
    let mut user = user();
    user.types("2 Enter");
    follow(&mut user, "compare");
    let before = user.screen();
    user.types("J K");
    assert_eq!(user.screen(), before, "there are but two");
}

fn mouse() -> User {
    let mut user = User::before(USUAL, &Options { mouse: true, ..Options::default() });
    user.hears(support::capture());
    user
}

#[test]
fn the_mouse_points_at_tabs_rows_heads_and_links() {
    let mut user = mouse();
    let column = |user: &User, line: usize, words: &str| {
        let text = user.lines().get(line).cloned().unwrap();
        text.chars().collect::<String>().find(words).map(|at| text[..at].chars().count()).unwrap()
    };
    let at = column(&user, 1, "Sessions");
    user.clicks(at, 1);
    assert!(user.sees("host (SNI)"));
    let (row, _) = user.line("down.example");
    user.clicks(20, row);
    assert!(user.selected().contains("down.example"));
    assert!(user.sees("8/10"), "a click selects");
    user.clicks(20, row);
    assert!(path(&user).starts_with("3 Sessions › "), "another one opens");
    let (link, _) = user.line("▸");
    user.clicks(5, link);
    assert_eq!(path(&user), "3 Sessions › session › down.example");
    user.types("Esc Esc");
    let (heads, _) = user.line("host (SNI)");
    let at = column(&user, heads, "host");
    user.clicks(at, heads);
    assert!(user.sees("host (SNI)↑"));
    user.clicks(at, heads);
    assert!(user.sees("host (SNI)↓"));
}

#[test]
fn the_wheel_rolls_and_does_nothing_while_the_mouse_is_the_terminals() {
    let mut user = mouse();
    user.types("3");
    user.rolls(MouseKind::ScrollDown);
    assert!(user.sees("4/10"));
    user.rolls(MouseKind::ScrollUp);
    assert!(user.sees("1/10"));
    let before = user.selected();
    assert!(matches!(user.types("m")[..], [Effect::Mouse(false)]));
    user.rolls(MouseKind::ScrollDown);
    assert!(user.clicks(5, 1).is_none());
    assert!(user.status().contains("the mouse is the terminal's again"), "{}", user.status());
    assert_eq!(user.selected(), before);
    assert!(matches!(user.types("m")[..], [Effect::Mouse(true)]));
    assert!(user.status().contains("m gives it back"), "{}", user.status());
}

#[test]
fn the_mouse_leaves_questions_and_lines_alone() {
    let mut user = mouse();
    user.types("2 p");
    let asked = user.screen();
    (0..24).for_each(|line| drop(user.clicks(20, line)));
    assert_eq!(user.screen(), asked);
    user.types("Esc /");
    let typed = user.screen();
    (0..24).for_each(|line| drop(user.clicks(20, line)));
    assert_eq!(user.screen(), typed);
}

#[test]
fn keys_are_bound_anew_and_said_so() {
    let bind = |name: &str, key: &str| Rebinding { name: name.into(), keys: vec![key.into()] };
    let keys = vec![bind("down", "ctrl-n"), bind("open", "o"), bind("other-side", "O")];
    let mut user = User::before(USUAL, &Options { keys, ..Options::default() });
    user.hears(support::capture());
    assert!(user.status().contains("o open") && user.status().contains("Ctrl-n/k move"));
    user.types("j");
    assert!(user.sees("1/4"));
    user.types("ctrl-n");
    assert!(user.sees("2/4"));
    user.types("o");
    assert!(path(&user).starts_with("1 Findings › api.shop.test"));
    let twice = Options { keys: vec![bind("down", "k")], ..Options::default() };
    assert!(State::new(&twice).is_err());
}
