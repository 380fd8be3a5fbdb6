//! The views, the filter, the help and the window's size.

use crate::demo;
use crate::terminal::Terminal;

#[test]
fn every_view_is_a_number_away_and_none_is_blank() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    for (key, words) in [
        ("2", &["✗ intercepted", "api.shop.test", "⊘ refused", "pay.shop.test"][..]),
        ("3", &["TLS 1.2", "TLS 1.3", "refused, certifica", "completed"]),
        ("4", &["POST", "/v1/transfer", "201", "/v2/orders"]),
        ("5", &["ShopApp/3.2", "PayApp/2.1", "✗ accepted", "✓ refused"]),
        ("6", &["bytes", "packets", "findings", "only this"]),
        ("7", &["Nothing to report", "206 packets"]),
        ("1", &["✗ critical", "▲ high", "○ info"]),
    ] {
        terminal.keys(&[key]);
        terminal.wait_for_all(words);
    }
    // Round and round.
    for words in ["channel↑", "host (SNI)", "method", "interceptor"] {
        terminal.press(&["Tab"], words);
    }
}

#[test]
fn a_filter_shows_what_it_lets_pass_while_it_is_typed() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.command(&demo(""));
    let all = terminal.wait_for(" done ");
    let hosts = |screen: &str, host: &str| {
        let rows = screen.lines().filter(|line| line.contains("App/"));
        rows.filter(|line| line.contains(host)).count()
    };
    assert!(hosts(&all, "api.shop.test") > 2 && hosts(&all, "pay.shop.test") > 2, "{all}");

    // Before it stands, and without Enter.
    terminal.keys(&["/"]);
    terminal.text("host:pay");
    let only = terminal.wait_until("only pay.shop.test", |screen| {
        hosts(screen, "api.shop.test") == 0 && hosts(screen, "pay.shop.test") > 2
    });
    terminal.text(" sev:>=hig");
    let wrong = terminal.wait_until("what is wrong", |screen| screen.contains("sev: wants"));
    assert_ne!(only, wrong);
    terminal.text("h");
    terminal.press(&["Enter"], "1/3");
    terminal.back("1/10");
}

#[test]
fn help_is_about_where_one_is() {
    let Some(terminal) = Terminal::open(100, 60) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.keys(&["?"]);
    terminal.wait_for_all(&["Everywhere", "take its host's sessions into the baseline"]);
    // Esc leaves the help, and never the program.
    terminal.back("Selected");
    terminal.press(&["Enter"], "Look further");
    terminal.keys(&["?"]);
    terminal.wait_for_all(&["Everywhere", "the request that the evidence names"]);
    terminal.press(&["?"], "Look further");
}

#[test]
fn a_page_fits_every_size_of_the_window() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.press(&["Enter"], "Look further");
    for (columns, lines) in [(80, 24), (60, 12), (200, 50), (12, 4), (1, 1), (40, 8), (100, 30)] {
        let before = terminal.screen();
        terminal.resize(columns, lines);
        // The screen is as large as the window, and is drawn anew for it.
        terminal.wait_until(&format!("{columns} columns, {lines} lines"), |screen| {
            let width = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            screen != before && width <= usize::from(columns)
        });
    }
    // Still the same page.
    terminal.wait_for_all(&["1 Findings › api.shop.test", "Look further"]);
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
}
