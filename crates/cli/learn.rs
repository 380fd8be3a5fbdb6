//! `interloper learn`: reads clean captures and writes what is normal.
//!
//! Whether they are clean is not taken for granted: what detection finds of high severity or above
//! is said on stderr, and so is what was left out.

use std::ops::ControlFlow;

use anyhow::Context;
use detect::baseline::{Acceptance, Learner};
use detect::{Severity, Trust};
use dissect::Record;
use engine::{Engine, Progress, Subscriber};

use crate::args::LearnArgs;
use crate::exit::Exit;
use crate::inputs::{self, Place};
use crate::output::Output;
use crate::progress::Bar;
use crate::run::{self, Face};
use crate::{baseline_file, message};

/// Runs it.
pub(crate) fn run(args: &LearnArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let settings = run::settings(&args.detection)?;
    let trust =
        Trust::new(settings.detect.extra_roots.clone(), settings.detect.extra_ct_log_ids.clone());
    let known = baseline_file::read(args.merge.as_deref())?;
    let acceptance = match args.accept_untrusted {
        true => Acceptance::Untrusted,
        false => Acceptance::TrustedOnly,
    };
    let mut engine = Engine::new(settings);
    let learner = Learner::new(known, trust, acceptance, args.app.clone());
    let mut face = Student { learner, bar: None };
    let options = inputs::file_options(&args.packets, false);
    let outcome = run::over(&mut engine, &paths, &options, &mut face);
    warn(&engine, &face.learner);
    // Opened only now: the file may be the one that was continued.
    let mut output = Output::open(args.output.as_deref(), &paths)?;
    let text = face.learner.finish().to_text();
    output.write(|writer| writer.write_all(text.as_bytes()));
    output.finish().context("cannot write the baseline")?;
    Ok(if outcome.trouble.is_forgiven(args.allow_truncated) { Exit::Clean } else { Exit::Failed })
}

/// Says what speaks against the captures.
fn warn(engine: &Engine, learner: &Learner) {
    for (host, issuer) in learner.left_out() {
        message::note(&format!(
            "{host}: not learned from sessions with certificates of {issuer}, which is not trusted \
             (--trust-root, --accept-untrusted)"
        ));
    }
    for finding in engine.detection().ledger().sorted() {
        if finding.severity >= Severity::High {
            message::note(&format!(
                "the captures are not clean: {}: {}",
                finding.rule.id, finding.title
            ));
        }
    }
    if learner.is_full() {
        message::note("there is more than one baseline holds; learn one for each app");
    }
}

/// Shows every record to the learner.
struct Student {
    learner: Learner,
    bar: Option<Bar>,
}

impl Subscriber for Student {
    fn records(&mut self, records: &[Record]) {
        for record in records {
            self.learner.observe(record);
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        ControlFlow::Continue(())
    }
}

impl Face for Student {
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
