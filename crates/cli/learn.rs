//! `interloper learn`: reads clean captures and writes what is normal.
//!
//! Whether they are clean is not taken for granted: what detection finds of high severity or above
//! is said on stderr, and so is what was left out.

use std::path::{Path, PathBuf};

use anyhow::Context;
use detect::baseline::{Acceptance, Learner};
use detect::policy::Proposer;
use detect::{Severity, Trust};
use dissect::Record;
use engine::Engine;

use crate::args::LearnArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::quiet::Quiet;
use crate::{baseline_file, inputs, message, run};

/// Runs it.
pub(crate) fn run(args: &LearnArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let settings = run::settings(&args.detection, inputs::is_stream(&paths))?;
    let trust =
        Trust::new(settings.detect.extra_roots.clone(), settings.detect.extra_ct_log_ids.clone());
    let known = baseline_file::read(args.merge.as_deref())?;
    let acceptance = match args.accept_untrusted {
        true => Acceptance::Untrusted,
        false => Acceptance::TrustedOnly,
    };
    let mut engine = Engine::new(settings);
    let mut learner = Learner::new(known, trust, acceptance, args.app.clone());
    let options = inputs::file_options(&args.packets, false);
    let mut proposer = args.propose_policy.as_ref().map(|_| Proposer::default());
    let mut learn = |record: &Record| {
        learner.observe(record);
        if let Some(proposer) = &mut proposer {
            proposer.observe(record);
        }
    };
    let outcome = run::over(&mut engine, &paths, &options, &mut Quiet::new(&mut learn));
    warn(&engine, &learner);
    // Opened only now: the file may be the one that was continued.
    let mut output = Output::open(args.output.as_deref(), &paths)?;
    let text = learner.finish().to_text();
    output.write(|writer| writer.write_all(text.as_bytes()));
    output.finish().context("cannot write the baseline")?;
    if let (Some(path), Some(proposer)) = (&args.propose_policy, &proposer) {
        propose(path, proposer, &paths)?;
    }
    Ok(if outcome.trouble.is_forgiven(args.allow_truncated) { Exit::Clean } else { Exit::Failed })
}

/// Writes the draft of a policy.
fn propose(path: &Path, proposer: &Proposer, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let Some(text) = proposer.finish() else {
        message::note("no API was seen that a policy could say something of (--keylog)");
        return Ok(());
    };
    let mut output = Output::open(Some(path), inputs)?;
    output.write(|writer| writer.write_all(text.as_bytes()));
    output.finish().context("cannot write the policy")
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
