//! `interloper scan`: reads captures to their end, then writes the report.

use anyhow::Context;
use engine::Engine;

use crate::args::ScanArgs;
use crate::exit::{self, Exit};
use crate::format::Part;
use crate::output::Output;
use crate::quiet::Quiet;
use crate::{color, document, format, inputs, run};

/// Runs it.
pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let filter = args.filter.of_findings()?;
    let mut settings = run::settings(&args.detection, inputs::is_stream(&paths))?;
    settings.detect.held_sessions = run::held_sessions(&filter);
    let mut engine = Engine::new(settings);
    let to_file = args.report.output.is_some();
    let mut output = Output::open(args.report.output.as_deref(), &paths)?;
    let written_as = args.report.format.unwrap_or_default();
    let options = inputs::file_options(&args.packets, written_as.names_digests());
    let outcome = run::over(&mut engine, &paths, &options, &mut Quiet::new(|_| {}));
    let text = color::text_options(args.report.color.when, to_file);
    format::write(&mut output, &engine, &filter, &outcome.broken, written_as, text, Part::All);
    output.finish().context("cannot write the report")?;
    let exit = exit::decide(document::worst(&engine, &filter), outcome.trouble, &args.gate);
    // The process ends here: taking apart what detectors remember, piece by piece, would be for nothing.
    std::mem::forget(engine);
    Ok(exit)
}
