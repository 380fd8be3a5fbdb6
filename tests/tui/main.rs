//! The terminal UI end to end: the built binary in a real terminal, which is tmux. Keys are typed and
//! the screen is read back; what is waited for is words on the screen, with a deadline, and never time.
//!
//! tmux is installed with apt-get where that is possible (root, Debian or Ubuntu). Who has it not and
//! cannot get it does not fail: each test says so and ends.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on says so and stops"
)]

mod files;
mod inputs;
#[allow(dead_code, reason = "each test binary uses its own part of this module")]
#[path = "../support/packets.rs"]
mod packets;
mod shell;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod views;
mod walk;

/// The capture that everybody begins with.
const DEMO: &str = "captures/demo/capture.pcapng";

/// The root that its origin's certificates lead to.
const ROOT: &str = "captures/lab/trust/public-root.pem";

/// The command that opens the demo, as its README says it.
fn demo(more: &str) -> String {
    format!("interloper {DEMO} --trust-root {ROOT} {more}")
}
