//! `interloper records`: the facts as JSON Lines, or exchanges as a HAR document, while the captures
//! are read.

use std::ops::ControlFlow;

use anyhow::Context;
use detect::filter::{Filter, OfRecord};
use dissect::Record;
use engine::{Engine, Progress, Settings, Subscriber};
use report::har::HarWriter;
use report::records::{Bodies, CertificateBytes, EventType, Options, write_record};
use report::redact::Secrets;

use crate::args::RecordsArgs;
use crate::exit::Exit;
use crate::inputs::{self, Place};
use crate::key_files;
use crate::output::Output;
use crate::progress::Bar;
use crate::run::{self, Face};

/// Runs it.
pub(crate) fn run(args: &RecordsArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let filter = args.filter.of_records()?;
    let (keys, key_feed) = key_files::open(&args.keys, inputs::is_stream(&paths))?;
    let settings = Settings {
        threads: usize::from(args.threads.count),
        keys,
        key_feed,
        ..Settings::default()
    };
    let mut engine = Engine::new(settings);
    let output = Output::open(args.output.as_deref(), &paths)?;
    let mut lines = Lines { filter, output, options: options(args), har: None, bar: None };
    if args.har {
        lines.begin_har();
    }
    let options = inputs::file_options(&args.packets, false);
    let outcome = run::over(&mut engine, &paths, &options, &mut lines);
    lines.end_har();
    lines.output.finish().context("cannot write records")?;
    Ok(if outcome.trouble.is_forgiven(args.allow_truncated) { Exit::Clean } else { Exit::Failed })
}

fn options(args: &RecordsArgs) -> Options {
    let wanted = |event: &EventType| {
        args.events.is_empty() || args.events.iter().any(|word| word == event.word())
    };
    Options {
        events: EventType::ALL.into_iter().filter(wanted).collect(),
        certificates: match args.certificates {
            true => CertificateBytes::Included,
            false => CertificateBytes::Omitted,
        },
        bodies: if args.bodies { Bodies::Included } else { Bodies::Omitted },
        secrets: if args.show_secrets { Secrets::Shown } else { Secrets::Redacted },
        input: None,
    }
}

/// Writes each record as it comes.
struct Lines {
    filter: Filter,
    output: Output,
    options: Options,
    har: Option<HarWriter>,
    bar: Option<Bar>,
}

impl Lines {
    fn begin_har(&mut self) {
        let (har, secrets) = (&mut self.har, self.options.secrets);
        self.output.write(|writer| {
            *har = Some(HarWriter::begin(writer, secrets)?);
            Ok(())
        });
    }

    fn end_har(&mut self) {
        if let Some(har) = self.har.take() {
            self.output.write(|writer| har.end(writer));
        }
    }
}

impl Subscriber for Lines {
    fn records(&mut self, records: &[Record]) {
        let filter = &self.filter;
        for record in records.iter().filter(|record| filter.matches(&OfRecord(record))) {
            let (options, har) = (&self.options, &mut self.har);
            self.output.write(|writer| match har {
                Some(har) => har.record(writer, record),
                None => write_record(writer, record, options),
            });
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        match self.output.is_closed() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

impl Face for Lines {
    fn begin(&mut self, place: &Place, several: bool) {
        let name = place.path.display().to_string();
        self.bar = Some(Bar::new(&name));
        self.options.input = several.then_some(name);
    }

    fn end(&mut self) {
        if let Some(mut bar) = self.bar.take() {
            bar.clear();
        }
        if let Some(har) = &mut self.har {
            self.output.write(|writer| har.end_input(writer));
        }
    }

    fn is_done(&self) -> bool {
        self.output.is_closed()
    }
}
