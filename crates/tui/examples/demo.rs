//! The terminal UI with hand-made findings that come in one after the other.
//!
//! `cargo run -p tui --example demo [--light] [--no-color] [--live]`

use std::sync::mpsc::channel;
use std::time::Duration;

use tui::{Background, Options};

#[allow(dead_code, unreachable_pub, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/tui/support/mod.rs"]
mod support;

/// Long enough to see each state.
const PAUSE: Duration = Duration::from_millis(400);

fn main() -> Result<(), tui::Error> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    let live = given("--live");
    let options = Options {
        color: !given("--no-color"),
        background: if given("--light") { Background::Light } else { Background::Dark },
        live,
        stop: None,
        ..Options::default()
    };
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for update in support::updates() {
            std::thread::sleep(PAUSE);
            if live && matches!(update, tui::Update::Finished { .. }) {
                // A live capture goes on until somebody ends it.
                std::thread::park();
            }
            if sender.send(update).is_err() {
                return;
            }
        }
    });
    tui::run(receiver, std::sync::mpsc::channel().0, options)?;
    Ok(())
}
