//! What somebody does who never saw it before, by what the screen says: who intercepts, which app let
//! him in, the forged certificate beside the genuine one, the packets for a colleague, and out.

use crate::terminal::Terminal;
use crate::{ROOT, demo, support};

/// The line of the screen that has all of these words.
fn line<'a>(screen: &'a str, words: &[&str]) -> &'a str {
    let has = |line: &&str| words.iter().all(|words| line.contains(words));
    screen.lines().find(has).unwrap_or_else(|| panic!("no line has {words:?}:\n{screen}"))
}

#[test]
fn a_new_user_finds_who_intercepts_and_takes_the_packets_along() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let before = terminal.settings("before.txt");
    terminal.command(&demo(""));

    // The first screen answers the first question, and says how to go on.
    let screen = terminal.wait_for_all(&[" done ", "Enter open", "5 Apps"]);
    line(&screen, &["critical", "api.shop.test", "is intercepted by mitmproxy"]);
    line(&screen, &["Enter open", "e export", "? help", "q quit"]);

    // Which app let him in, and which did not.
    let screen = terminal.press(&["5"], "interceptor");
    line(&screen, &["192.168.50.20", "ShopApp/3.2", "✗ accepted"]);
    line(&screen, &["192.168.50.20", "PayApp/2.1", "✓ refused"]);

    // The certificates, by the way that the finding's page shows.
    terminal.press(&["1"], "critical");
    let screen = terminal.press(&["Enter"], "Look further");
    line(&screen, &["chains", "this certificate beside another one of the same host"]);
    go_to(&terminal, "▸chains");
    let screen = terminal.press(&["Enter"], "Side by side");
    let issuers = line(&screen, &["≠ issuer"]);
    assert!(issuers.contains("CN=mitmproxy, O=mitmproxy"), "{screen}");
    assert!(issuers.contains("C=US, O=Lab Public Trust, CN=LP E1"), "{screen}");
    line(&screen, &["= subject"]);
    terminal.back("Look further");
    terminal.back("Selected");

    // The packets, where it says.
    let screen = terminal.press(&["e"], "packets to");
    line(&screen, &["packets to interloper-f-", ".pcapng", "Enter", "Esc"]);
    let screen = terminal.press(&["Enter"], " written");
    let said = line(&screen, &["✓ interloper-f-", "packets written"]);

    terminal.keys(&["q"]);
    let screen = terminal.wait_for_shell();
    assert!(!screen.contains("Findings"), "the UI's screen is gone:\n{screen}");
    assert_eq!(terminal.settings("after.txt"), before, "the terminal is set as it was");

    let words: Vec<&str> = said.split_whitespace().collect();
    let file = words[1].trim_end_matches(':');
    let packets: u64 = words[2].parse().unwrap_or_else(|_| panic!("no number of packets: {said}"));
    exported(&terminal, file, packets);
}

/// The exported file is a capture that proves the same finding.
fn exported(terminal: &Terminal, file: &str, packets: u64) {
    let path = terminal.file(file);
    let mut scan = support::interloper();
    scan.current_dir(support::root()).arg("scan").arg(path);
    let run = support::output(scan.args(["--trust-root", ROOT, "--format", "json"]));
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(document["summary"]["packets"], packets);
    assert!(packets > 10 && packets < 100, "the packets of one session: {packets}");
    let rules = document["findings"].as_array().into_iter().flatten().map(|one| &one["rule"]);
    let rules: Vec<_> = rules.collect();
    assert!(rules.iter().any(|rule| *rule == "channel/interception-accepted"), "{rules:?}");
}

/// Presses Tab until the screen has this line's beginning.
fn go_to(terminal: &Terminal, words: &str) {
    let mut screen = terminal.screen();
    for _ in 0..30 {
        if screen.contains(words) {
            return;
        }
        terminal.keys(&["Tab"]);
        screen = terminal.wait_until("another link after Tab", |now| now != screen);
    }
    panic!("Tab never came to {words}:\n{screen}");
}
#[test]
fn a_replay_opens_as_two_requests_side_by_side() {
    let Some(terminal) = Terminal::open(120, 40) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.keys(&["/"]);
    terminal.text("rule:replayed");
    terminal.press(&["Enter"], "1/1");
    terminal.press(&["Enter"], "Look further");
    go_to(&terminal, "▸requests");
    let screen = terminal.press(&["Enter"], "side by side");
    line(&screen, &["POST", "/v1/transfer"]);
}
