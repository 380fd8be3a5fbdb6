//! `interloper completions SHELL`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::output::Output;

/// Runs it.
pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    // The generator panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "interloper", &mut script);
    let mut output = Output::open(None, &[])?;
    output.write(|writer| writer.write_all(&script));
    output.finish()?;
    Ok(Exit::Clean)
}
