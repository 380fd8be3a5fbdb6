//! What somebody does who never saw it before, by what the screen says: who intercepts, which app let
//! him in, the forged certificate beside the genuine one, the packets for a colleague, and out.

use crate::terminal::Terminal;
use crate::{ROOT, demo, support};

#[test]
fn a_new_user_finds_who_intercepts_and_takes_the_packets_along() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let before = terminal.settings("before.txt");
    terminal.command(&demo(""));

    // The first screen answers the first question, and says how to go on.
    terminal.wait_for_all(&[" done ", "Enter open", "5 Apps"]);
    terminal.wait_for_line(&["critical", "api.shop.test", "is intercepted by mitmproxy"]);
    terminal.wait_for_line(&["Enter open", "e export", "? help", "q quit"]);

    // Which app let him in, and which did not.
    terminal.press(&["5"], "interceptor");
    terminal.wait_for_line(&["192.168.50.20", "ShopApp/3.2", "✗ accepted"]);
    terminal.wait_for_line(&["192.168.50.20", "PayApp/2.1", "✓ refused"]);

    // The certificates, by the way that the finding's page shows.
    terminal.press(&["1"], "critical");
    terminal.press(&["Enter"], "Look further");
    terminal.wait_for_line(&["chains", "this certificate beside another one of the same host"]);
    go_to(&terminal, "▸chains");
    terminal.press(&["Enter"], "Side by side");
    let genuine = "C=US, O=Lab Public Trust, CN=LP E1";
    terminal.wait_for_line(&["≠ issuer", "CN=mitmproxy, O=mitmproxy", genuine]);
    terminal.wait_for_line(&["= subject"]);
    terminal.back("Look further");
    terminal.back("Selected");

    // The packets, where it says.
    terminal.press(&["e"], "packets to");
    terminal.wait_for_line(&["packets to interloper-f-", ".pcapng", "Enter", "Esc"]);
    terminal.press(&["Enter"], " written");
    let said = terminal.wait_for_line(&["✓ interloper-f-", "packets written"]);

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
    terminal.press(&["Enter"], "side by side");
    terminal.wait_for_line(&["POST", "/v1/transfer"]);
}
