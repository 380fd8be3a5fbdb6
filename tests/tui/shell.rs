//! Manners towards the shell: the terminal is given back whatever ends the UI, and colours are asked
//! for.

use std::process::Command;

use crate::demo;
use crate::terminal::{Terminal, has};

#[test]
fn ctrl_z_goes_to_the_shell_and_fg_comes_back() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let before = terminal.settings("before.txt");
    terminal.command(&demo(""));
    terminal.wait_for(" done ");
    terminal.press(&["3"], "host (SNI)");
    for round in ["first.txt", "second.txt"] {
        terminal.keys(&["C-z"]);
        terminal.wait_for("Stopped");
        terminal.wait_for_shell();
        assert_eq!(terminal.settings(round), before, "the shell has its terminal");
        terminal.command("fg");
        terminal.wait_for_all(&["host (SNI)", " done "]);
        assert_eq!(terminal.about("alternate_on"), "1");
    }
    // Keys arrive as before.
    terminal.press(&["2"], "channel↑");
    terminal.keys(&["q"]);
    terminal.wait_for_shell();
}

#[test]
fn a_termination_gives_the_terminal_back() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let before = terminal.settings("before.txt");
    // Another process than the shell's own child, which would say that it was terminated.
    terminal.command(&format!("sh -c 'echo $$ >pid; exec {}'", demo("")));
    terminal.wait_for(" done ");
    terminal.keys(&["m"]);
    terminal.wait_until("the mouse is taken", |_| terminal.about("mouse_any_flag") == "1");
    let pid = terminal.wait_for_file("pid");
    let killed = Command::new("kill").args(["-TERM", pid.trim()]).status();
    assert!(killed.expect("kill runs").success());
    terminal.wait_for_shell();
    assert_eq!(terminal.settings("after.txt"), before);
}

#[test]
fn ctrl_c_leaves_at_once_and_the_exit_code_is_that_of_a_scan() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    for (capture, code) in [("demo", 1), ("clean-tls12", 0)] {
        let file = format!("captures/{capture}/capture.pcapng");
        let root = crate::ROOT;
        terminal.command(&format!("interloper {file} --trust-root {root}; echo left with $?"));
        terminal.wait_for(" done ");
        terminal.press(&["C-c"], &format!("left with {code}"));
        terminal.wait_for_shell();
    }
}

#[test]
fn a_wrong_filter_is_said_before_there_is_any_screen() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.record();
    terminal.command(&format!("{}; echo left with $?", demo("--filter 'host:api sev:>=hig'")));
    // It says where.
    terminal.wait_for_all(&["left with 2", "^^^^"]);
    terminal.wait_for_shell();
    let bytes = terminal.recorded();
    assert!(!has(&bytes, b"\x1b[?1049h"), "no other screen was entered");
}

/// The codes of select graphic rendition (ECMA-48 section 8.3.117) that set a colour.
fn colours(styled: &str) -> Vec<String> {
    let mut found = Vec::new();
    for sequence in styled.split("\x1b[").skip(1) {
        let Some((codes, _)) = sequence.split_once('m') else { continue };
        let mut numbers = codes.split([';', ':']).filter_map(|code| code.parse::<u16>().ok());
        // 39 and 49 take a colour away.
        if numbers.any(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107)) {
            found.push(codes.to_owned());
        }
    }
    found
}

#[test]
fn no_color_means_no_colour_on_any_screen() {
    for (no_color, coloured) in [(&[("NO_COLOR", "1")][..], false), (&[], true)] {
        let Some(terminal) = Terminal::open_with(100, 30, no_color) else { return };
        terminal.command(&demo(""));
        terminal.wait_for(" done ");
        for (key, words) in [
            ("Enter", "Look further"),
            ("?", "Everywhere"),
            ("2", "channel↑"),
            ("4", "method"),
            ("6", "only this"),
            ("1", "severity↑"),
        ] {
            terminal.press(&[key], words);
            let styled = terminal.styled();
            let colours = colours(&styled);
            assert_eq!(!colours.is_empty(), coloured, "{key}: {colours:?}\n{styled}");
        }
    }
}
