//! `interloper compare`: two captures of the same traffic, near the phone and at the edge; does every
//! handshake of the phone arrive?

use std::path::Path;

use anyhow::Context;
use capture::Opened;
use detect::VantagePoint;
use engine::Engine;

use crate::args::CompareArgs;
use crate::exit::{self, Exit};
use crate::format::Part;
use crate::inputs::{self, Origin, Place};
use crate::output::Output;
use crate::quiet::Quiet;
use crate::run;
use crate::{color, document, format};

/// Runs it.
pub(crate) fn run(args: &CompareArgs) -> anyhow::Result<Exit> {
    let paths = [args.phone.clone(), args.edge.clone()];
    let filter = args.filter.of_findings()?;
    let to_file = args.report.output.is_some();
    let written_as = args.report.format.unwrap_or_default();
    let options = inputs::file_options(&args.packets, written_as.names_digests());
    // Which capture is which depends on both being read.
    for path in &paths {
        check(path, &options)?;
    }
    let mut settings = run::settings(&args.detection, inputs::is_stream(&paths))?;
    settings.detect.held_sessions = run::held_sessions(&filter);
    settings.detect.known.vantage_points = vec![VantagePoint::Phone, VantagePoint::Edge];
    let mut engine = Engine::new(settings);
    let mut output = Output::open(args.report.output.as_deref(), &paths)?;
    let outcome = run::over(&mut engine, &paths, &options, &mut Quiet::new(|_| {}));
    let text = color::text_options(args.report.color.when, to_file);
    format::write(&mut output, &engine, &filter, &outcome.broken, written_as, text, Part::All);
    output.finish().context("cannot write the report")?;
    Ok(exit::decide(document::worst(&engine, &filter), outcome.trouble, &args.gate))
}

/// Whether it is one capture file that can be opened.
fn check(path: &Path, options: &capture::FileOptions) -> anyhow::Result<()> {
    if inputs::is_stdin(path) || path.is_dir() {
        anyhow::bail!("{}: compare needs two capture files", path.display());
    }
    let place = Place { path: path.to_owned(), origin: Origin::Named };
    let opened = inputs::open(&place, &capture::FileOptions { digest: false, ..options.clone() })?;
    if matches!(opened, Some(Opened::Har(_))) {
        // What is compared are handshakes.
        return Err(capture::Error::Har { name: path.display().to_string() }.into());
    }
    Ok(())
}
