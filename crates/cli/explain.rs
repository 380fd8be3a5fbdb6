//! `interloper explain RULE`: one page of the catalogue.

use detect::Rule;
use report::catalogue;

use crate::args::{ExplainArgs, PlainFormat};
use crate::color;
use crate::exit::Exit;
use crate::output::Output;

/// Runs it.
pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let rules = catalogue::rules();
    let Some(rule) = catalogue::find(&rules, &args.rule) else {
        anyhow::bail!(unknown(&rules, &args.rule));
    };
    let options = color::text_options(args.color.when, false);
    let mut output = Output::open(None, &[])?;
    output.write(|writer| match args.format {
        PlainFormat::Json => catalogue::write_page_json(writer, rule),
        PlainFormat::Text => catalogue::write_page(writer, rule, options),
    });
    output.finish()?;
    Ok(Exit::Clean)
}

/// Says what was meant, perhaps.
fn unknown(rules: &[&Rule], id: &str) -> String {
    let similar = catalogue::similar(rules, id);
    if similar.is_empty() {
        format!("no rule is called '{id}'; 'interloper rules' lists them")
    } else {
        format!("no rule is called '{id}'; perhaps {}?", similar.join(" or "))
    }
}
