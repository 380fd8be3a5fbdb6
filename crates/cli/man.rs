//! `interloper man`: the manual page, in roff.

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::Output;

/// Runs it.
pub(crate) fn run() -> anyhow::Result<Exit> {
    let page = clap_mangen::Man::new(Cli::command());
    let mut output = Output::open(None, &[])?;
    output.write(|mut writer| page.render(&mut writer));
    output.finish()?;
    Ok(Exit::Clean)
}
