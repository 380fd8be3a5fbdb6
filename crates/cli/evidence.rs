//! `interloper evidence`: the packets of findings as a capture of their own, with comments.
//!
//! The capture is checked as `scan` does it, so that the ids are those that reports state, and then
//! read again for the packets.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;
use capture::{CaptureFile, Opened, Secrets, Source};
use detect::Finding;
use detect::filter::Filter;
use engine::Engine;

use crate::args::EvidenceArgs;
use crate::exit::Exit;
use crate::inputs::{self, Origin, Place};
use crate::output::Output;
use crate::quiet::Quiet;
use crate::slice::Slice;
use crate::{bounded_file, document, message, new_file, run};

/// The most findings that are listed where an id is unknown.
const MAX_LISTED: usize = 50;

/// The most bytes of secrets that are written: as many as our own reader keeps.
const MAX_SECRETS: u64 = capture::kept::MAX_KEPT as u64;

/// Runs it.
pub(crate) fn run(args: &EvidenceArgs) -> anyhow::Result<Exit> {
    check(&args.file)?;
    let paths = [args.file.clone()];
    let mut engine = Engine::new(run::settings(&args.detection, false)?);
    let options = inputs::file_options(&args.packets, false);
    let outcome = run::over(&mut engine, &paths, &options, &mut Quiet::new(|_| {}));
    let (all, _) = document::findings(&engine, &Filter::default());
    let Some(findings) = chosen(&all, args) else {
        return Ok(Exit::Failed);
    };
    let slice = Slice::gather(&CaptureFile::new(&args.file), findings.iter().copied())?;
    if let Some(lacks) = slice.lacks() {
        message::note(&lacks);
    }
    let secrets = if args.show_secrets { secrets(args)? } else { Vec::new() };
    write(args, &slice, &secrets, findings.first().map_or("", |finding| &finding.id))?;
    Ok(if outcome.trouble.is_forgiven(args.allow_truncated) { Exit::Clean } else { Exit::Failed })
}

/// Whether it is a capture file, which can be read again.
fn check(path: &Path) -> anyhow::Result<()> {
    if inputs::is_stdin(path) || path.is_dir() {
        anyhow::bail!("{}: evidence needs a capture file, which it reads twice", path.display());
    }
    let place = Place { path: path.to_owned(), origin: Origin::Named };
    if let Some(Opened::Har(_)) = inputs::open(&place, &capture::FileOptions::default())? {
        anyhow::bail!("{}: has no packets: it is JSON, perhaps a HAR file", path.display());
    }
    Ok(())
}

/// The findings that were asked for; if one is not there, says which are.
fn chosen<'a>(all: &[&'a Finding], args: &EvidenceArgs) -> Option<Vec<&'a Finding>> {
    let mut findings = Vec::new();
    for id in &args.findings {
        let Some(finding) = all.iter().find(|finding| finding.id == *id) else {
            list(all, id, args);
            return None;
        };
        findings.push(*finding);
    }
    Some(findings)
}

/// Says that there is no finding of this id, and which there are.
fn list(all: &[&Finding], id: &str, args: &EvidenceArgs) {
    let file = args.file.display();
    let rest = if all.is_empty() { "it has none" } else { "there are:" };
    message::note(&format!("{id}: is no finding of {file}; {rest}"));
    for finding in all.iter().take(MAX_LISTED) {
        message::note(&format!("{} {}: {}", finding.id, finding.rule.id, finding.title));
    }
    let more = all.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        message::note(&format!("and {more} more"));
    }
}

/// All secrets that decrypt the capture: its own, and those of key logs.
fn secrets(args: &EvidenceArgs) -> anyhow::Result<Vec<u8>> {
    let source = capture::open(&args.file, &capture::FileOptions::default())?;
    let own = source.secrets().iter().filter(|secrets| secrets.kind == Secrets::TLS_KEY_LOG);
    let mut pieces: Vec<Vec<u8>> = own.map(|secrets| secrets.data.clone()).collect();
    for path in &args.detection.keys.keylog {
        pieces.push(bounded_file::read(path, MAX_SECRETS)?);
    }
    let mut lines = Vec::new();
    for mut piece in pieces {
        lines.append(&mut piece);
        if lines.last().is_some_and(|last| *last != b'\n') {
            lines.push(b'\n');
        }
    }
    Ok(lines)
}

/// Writes to where it was asked for: a file, standard output, or on a terminal, which cannot show it,
/// a new file that is named after the finding.
fn write(args: &EvidenceArgs, slice: &Slice, secrets: &[u8], id: &str) -> anyhow::Result<()> {
    if args.output.is_none() && std::io::stdout().is_terminal() {
        let (file, path) = new_file::create(Path::new(&format!("interloper-{id}.pcapng")))?;
        let path = path.display().to_string();
        slice.write_file(file, secrets).with_context(|| path.clone())?;
        message::note(&format!("{path}: {} packets written", slice.len()));
        return Ok(());
    }
    let mut output = Output::open(args.output.as_deref(), std::slice::from_ref(&args.file))?;
    output.write(|mut writer| slice.write(&mut writer, secrets));
    output.finish().context("cannot write the packets")
}
