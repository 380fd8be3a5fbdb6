//! The command line: reads arguments, opens inputs, runs the engine, hands what it found to a face
//! and turns the result into an exit code. One file per subcommand.
//!
//! stdout carries results only; messages and the progress bar go to stderr, one line each. Exit
//! codes are those of [`exit`].

mod args;
mod background;
mod baseline_file;
mod bounded_file;
mod clerk;
mod color;
mod compare;
mod completions;
mod config;
mod document;
mod evidence;
mod exit;
mod explain;
mod format;
mod inputs;
mod key_feed;
mod key_files;
mod learn;
mod look;
mod man;
mod message;
mod new_file;
mod open;
mod output;
mod pins;
mod progress;
mod quiet;
mod records;
mod rules;
mod run;
mod scan;
mod slice;
mod trust_files;
mod tui;
mod watch;

use std::process::ExitCode;

use crate::args::Command;
use crate::config::Said;
use crate::exit::Exit;

/// Sessions, records and findings are many small pieces, made by one thread and dropped by another:
/// the system's allocator takes a fifth of a scan for them, this one half as much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let exit = config::said().and_then(|said| dispatch(&said)).unwrap_or_else(|error| {
        message::error(&error);
        Exit::Failed
    });
    exit.into()
}

fn dispatch(said: &Said) -> anyhow::Result<Exit> {
    match &said.cli.command {
        None => open::run(&said.cli.open),
        Some(Command::Compare(args)) => compare::run(args),
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Config(_)) => {
            let matches = said.matches.subcommand_matches("config").unwrap_or(&said.matches);
            config::show(matches, &said.config)
        }
        Some(Command::Evidence(args)) => evidence::run(args),
        Some(Command::Explain(args)) => explain::run(args),
        Some(Command::Learn(args)) => learn::run(args),
        Some(Command::Man) => man::run(),
        Some(Command::Pins(args)) => pins::run(args),
        Some(Command::Records(args)) => records::run(args),
        Some(Command::Rules(args)) => rules::run(args),
        Some(Command::Scan(args)) => scan::run(args),
        Some(Command::Tui(args)) => tui::run(args),
        Some(Command::Watch(args)) => watch::run(args),
    }
}
