//! `interloper watch`: live traffic; findings as they come, a summary at the end.
//!
//! It ends with Ctrl-C, SIGTERM, the COUNT of -c or the end of the stream.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use capture::{Filter, HarFile, LiveOptions, LiveSource, Opened, Source};
use detect::{Change, Finding};
use engine::{Engine, Progress, Shutdown, Subscriber};
use report::json::{InputIndex, write_finding_line};
use report::text::{self, Options};

use crate::args::{Format, LiveArgs, PacketArgs, WatchArgs};
use crate::exit::{self, Exit};
use crate::format::Part;
use crate::inputs::{self, Origin, Place};
use crate::output::Output;
use crate::run::{self, Outcome};
use crate::{color, document, format, message};

/// Runs it.
pub(crate) fn run(args: &WatchArgs) -> anyhow::Result<Exit> {
    let filter = args.filter.of_findings()?;
    let mut settings = run::settings(&args.detection, is_live(args.source.as_deref()))?;
    settings.detect.held_sessions = run::held_sessions(&filter);
    let mut engine = Engine::new(settings);
    let mut source = match open(&args.live, args.source.as_deref(), &args.packets)? {
        Input::Packets(source) => source,
        // It is over: there is nothing to watch.
        Input::Har(file) => return Err(capture::Error::Har { name: file.status().name }.into()),
    };
    let to_file = args.report.output.is_some();
    let inputs: Vec<_> = args.source.iter().cloned().collect();
    let mut face = Live {
        output: Output::open(args.report.output.as_deref(), &inputs)?,
        format: args.report.format.unwrap_or_default(),
        options: color::text_options(args.report.color.when, to_file),
        shutdown: engine::shutdown_on_signal()?,
        filter,
        written: HashSet::new(),
    };
    let mut outcome = Outcome::default();
    if let Err(error) = engine.run(&mut *source, &mut face) {
        outcome.add(&error, &engine);
    }
    for note in document::notes(&engine) {
        message::note(&note);
    }
    format::write(
        &mut face.output,
        &engine,
        &face.filter,
        &outcome.broken,
        face.format,
        face.options,
        Part::Closing,
    );
    face.output.finish().context("cannot write the report")?;
    Ok(exit::decide(document::worst(&engine, &face.filter), outcome.trouble, &args.gate))
}

/// What an engine is run on.
pub(crate) enum Input {
    /// Exchanges.
    Har(Box<HarFile>),
    /// Packets, from a file or live.
    Packets(Box<dyn Source>),
}

/// Whether packets may still come: an interface, or standard input.
pub(crate) fn is_live(stream: Option<&Path>) -> bool {
    stream.is_none_or(inputs::is_stdin)
}

/// The interface, or else the stream.
pub(crate) fn open(
    live: &LiveArgs,
    stream: Option<&Path>,
    packets: &PacketArgs,
) -> anyhow::Result<Input> {
    if let Some(path) = stream {
        let place = Place { path: path.to_owned(), origin: Origin::Named };
        let opened = inputs::open(&place, &inputs::file_options(packets, true))?;
        return match opened {
            Some(Opened::Har(file)) => Ok(Input::Har(file)),
            Some(Opened::Packets(source)) => Ok(Input::Packets(source)),
            None => anyhow::bail!("{}: is not a capture", path.display()),
        };
    }
    let Some(interface) = &live.interface else { anyhow::bail!("no interface given: -i IFACE") };
    let options = LiveOptions {
        // For the message that says which command gives the permission to capture.
        binary: std::env::current_exe().ok(),
        count: packets.count,
        filter: packets.capture_filter.clone().map(Filter::new),
        promiscuous: live.promiscuous,
        ..LiveOptions::default()
    };
    Ok(Input::Packets(Box::new(LiveSource::open(interface, &options)?)))
}

/// Writes findings as they come.
struct Live {
    output: Output,
    format: Format,
    options: Options,
    shutdown: Shutdown,
    filter: detect::filter::Filter,
    /// Places of the findings that were written, if there is a filter: one that did not pass at
    /// first may do so when it has become worse.
    written: HashSet<usize>,
}

impl Live {
    /// Whether a finding is to be written now.
    fn is_due(&mut self, finding: &Finding, change: Change) -> bool {
        match change {
            Change::Dropped => false,
            Change::New(_) if self.filter.is_empty() => true,
            Change::Again(_) if self.filter.is_empty() => false,
            Change::Again(place) | Change::New(place) => {
                self.filter.matches(finding) && self.written.insert(place)
            }
        }
    }
}

impl Subscriber for Live {
    fn finding(&mut self, finding: &Finding, change: Change) {
        if !self.is_due(finding, change) {
            return;
        }
        let options = self.options;
        match self.format {
            // One document, at the end.
            Format::Json => return,
            Format::Jsonl => {
                self.output.write(|writer| write_finding_line(writer, finding, InputIndex::Omitted))
            }
            Format::Text => {
                self.output.write(|writer| text::write_finding(writer, finding, &[], options));
            }
        }
        self.output.flush();
    }

    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        if self.shutdown.is_requested() || self.output.is_closed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
