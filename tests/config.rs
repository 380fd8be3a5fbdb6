//! The config file end to end: where it is found, what it can say, what wins over it, and how
//! mistakes in it are told, on the built binary.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it fails"
)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use support::{Output, interloper, output, root};

const INTERCEPTED: &str = "captures/mitmproxy-accepted-tls12/capture.pcapng";

/// A home folder with a config file.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new(config: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        fs::write(home.file(), config).unwrap();
        home
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("interloper/config.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = interloper();
        command.env("XDG_CONFIG_HOME", self.folder.path()).current_dir(root());
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        output(&mut self.command(arguments))
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let home = Home::new("fail-on = 'never'\nformat = 'json'\n");
    let with = |value: &str, arguments: &[&str]| {
        output(home.command(arguments).env("INTERLOPER_FAIL_ON", value)).code
    };
    let scan = ["scan", INTERCEPTED];
    let written = home.run(&scan);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(written.text().starts_with("{\"schema\""));
    assert_eq!(with("high", &scan), Some(1));
    assert_eq!(with("high", &["scan", INTERCEPTED, "--fail-on", "never"]), Some(0));
    assert!(!home.run(&["scan", INTERCEPTED, "--format", "text"]).text().starts_with('{'));
    assert!(home.run(&[INTERCEPTED]).text().starts_with("{\"schema\""));
    for without in [["scan", "--no-config", INTERCEPTED], ["--no-config", "scan", INTERCEPTED]] {
        assert_eq!(home.run(&without).code, Some(1), "{without:?}");
    }
}

#[test]
fn every_command_hears_of_it() {
    let home = Home::new("trust-root = 'nowhere.pem'\nkeylog = ['no.keys']\n");
    let missing = home.file().with_file_name("nowhere.pem");
    for face in
        [&["scan", INTERCEPTED][..], &[INTERCEPTED], &["watch", "-"], &["pins", INTERCEPTED]]
    {
        let refused = home.run(face);
        assert_eq!(refused.code, Some(2), "{face:?}");
        assert!(refused.stderr.contains(missing.to_str().unwrap()), "{face:?} {}", refused.stderr);
    }
    let refused = home.run(&["records", INTERCEPTED]);
    assert!(refused.code == Some(2) && refused.stderr.contains("no.keys"), "{}", refused.stderr);
    for same_for_all in [&["rules"][..], &["explain", "weak-protocol"], &["man"]] {
        assert_eq!(home.run(same_for_all).code, Some(0), "{same_for_all:?}");
    }
}

#[test]
fn another_file_can_be_named_and_must_be_there() {
    let (home, other) = (Home::new("fail-on = 'never'"), Home::new("fail-on = 'low'"));
    let other_file = other.file();
    let named = other_file.to_str().unwrap();
    for arguments in [
        &["scan", INTERCEPTED, "--config", named][..],
        &["--config", named, "scan", INTERCEPTED],
        &["--config", named, INTERCEPTED],
    ] {
        assert_eq!(home.run(arguments).code, Some(1), "{arguments:?}");
    }
    let by_variable =
        |path: &str| output(home.command(&["scan", INTERCEPTED]).env("INTERLOPER_CONFIG", path));
    assert_eq!(by_variable(named).code, Some(1));
    let missing = by_variable("not/there.toml");
    assert!(missing.code == Some(2) && missing.stderr.contains("not/there.toml"));
    fs::remove_file(home.file()).unwrap();
    assert_eq!(home.run(&["scan", INTERCEPTED]).code, Some(1));
    let nowhere = output(home.command(&["scan", INTERCEPTED]).env("XDG_CONFIG_HOME", "/dev/null"));
    assert_eq!((nowhere.code, nowhere.stderr.as_str()), (Some(1), ""));
    let config = home.folder.path().join(".config/interloper");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "fail-on = 'never'").unwrap();
    let mut command = home.command(&["scan", INTERCEPTED]);
    command.env_remove("XDG_CONFIG_HOME").env("HOME", home.folder.path());
    assert_eq!(output(&mut command).code, Some(0));
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    for (text, message) in [
        ("color = 'never'\nbase-line = 'x'\n", "line 2: unknown field `base-line`"),
        (
            "\n\nfail-on = 'grave'\n",
            "line 3: fail-on wants info, low, medium, high, critical, never",
        ),
        ("[tui\n", "line 1: "),
    ] {
        let home = Home::new(text);
        let refused = home.run(&["scan", INTERCEPTED]);
        assert_eq!((refused.code, refused.text().as_str()), (Some(2), ""), "{text}");
        let expected = format!("interloper: {}: {message}", home.file().display());
        assert!(refused.stderr.starts_with(&expected), "{}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
        assert_eq!(home.run(&["man"]).code, Some(0));
    }
}

#[test]
fn every_setting_is_shown_with_where_it_comes_from() {
    let home = Home::new("threads = 2\npins = ['p']\ncolor = 'never'\n[tui]\ntheme = 'dark'\n");
    let mut command = home.command(&["config", "--color", "always"]);
    let shown = output(command.env("INTERLOPER_FAIL_ON", "low"));
    let text = shown.text();
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let pin = home.file().with_file_name("p");
    for (setting, origin) in [
        ("color = \"always\"", "--color"),
        ("fail-on = \"low\"", "INTERLOPER_FAIL_ON"),
        ("threads = 2", "file, line 1"),
        (&format!("pins = [\"{}\"]", pin.display()), "file, line 2"),
        ("format = \"text\"", "default"),
        ("# baseline =", "not set"),
        ("theme = \"dark\"", "file, line 5"),
    ] {
        let line = text.lines().find(|line| line.starts_with(setting)).expect(setting);
        assert!(line.ends_with(&format!(" # {origin}")), "{line}");
    }
    assert!(text.starts_with(&format!("# read from {}\n", home.file().display())), "{text}");
    // What is shown can be read again.
    let again = Home::new(&text);
    let shown = again.run(&["config"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.text().contains("color = \"always\""));
}
