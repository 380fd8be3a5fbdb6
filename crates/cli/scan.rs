//! `interloper scan`: reads captures to their end, then writes the report.

use std::ops::ControlFlow;

use anyhow::Context;
use engine::{Engine, Progress, Subscriber};

use crate::args::ScanArgs;
use crate::exit::{self, Exit};
use crate::format::Part;
use crate::inputs::Place;
use crate::output::Output;
use crate::progress::Bar;
use crate::run::{self, Face};
use crate::{color, document, format, inputs};

/// Runs it.
pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let mut engine = Engine::new(run::settings(&args.detection)?);
    let to_file = args.report.output.is_some();
    let mut output = Output::open(args.report.output.as_deref(), &paths)?;
    let written_as = args.report.format.unwrap_or_default();
    let options = inputs::file_options(&args.packets, written_as.names_digests());
    let outcome = run::over(&mut engine, &paths, &options, &mut Silent::default());
    let text = color::text_options(args.report.color.when, to_file);
    format::write(&mut output, &engine, &outcome.broken, written_as, text, Part::All);
    output.finish().context("cannot write the report")?;
    Ok(exit::decide(document::worst(&engine), outcome.trouble, &args.gate))
}

/// Nothing but a progress bar.
#[derive(Default)]
pub(crate) struct Silent {
    bar: Option<Bar>,
}

impl Subscriber for Silent {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        ControlFlow::Continue(())
    }
}

impl Face for Silent {
    fn begin(&mut self, place: &Place, _several: bool) {
        self.bar = Some(Bar::new(&place.path.display().to_string()));
    }

    fn end(&mut self) {
        if let Some(mut bar) = self.bar.take() {
            bar.clear();
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
