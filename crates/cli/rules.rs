//! `interloper rules`: the catalogue.

use report::catalogue;

use crate::args::{PlainFormat, RulesArgs};
use crate::color;
use crate::exit::Exit;
use crate::output::Output;

/// Runs it.
pub(crate) fn run(args: &RulesArgs) -> anyhow::Result<Exit> {
    let rules = catalogue::rules();
    let options = color::text_options(args.color.when, false);
    let mut output = Output::open(None, &[])?;
    output.write(|writer| match args.format {
        PlainFormat::Json => catalogue::write_table_json(writer, &rules),
        PlainFormat::Text => catalogue::write_table(writer, &rules, options),
    });
    output.finish()?;
    Ok(Exit::Clean)
}
