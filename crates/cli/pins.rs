//! `interloper pins`: which app refuses an interceptor at which host, and pins for those that
//! should; and the files that `--pins` names.

use std::path::PathBuf;

use anyhow::Context;
use detect::pins::{Audit, HostPins, Pins};
use engine::Engine;
use report::pins::{self, Form};

use crate::args::{PinForm, PinsArgs, PlainFormat};
use crate::exit::Exit;
use crate::output::Output;
use crate::quiet::Quiet;
use crate::{bounded_file, inputs, message, run};

/// Largest file of pins that is read: source files are smaller.
const MAX_FILE: u64 = 16 << 20;

/// The pins of all these files.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Pins> {
    let mut pins = Pins::default();
    for path in paths {
        let name = || path.display().to_string();
        let content = bounded_file::read(path, MAX_FILE)?;
        pins.extend(detect::pins::read(&content).with_context(name)?);
    }
    Ok(pins)
}

/// Runs it.
pub(crate) fn run(args: &PinsArgs) -> anyhow::Result<Exit> {
    let paths = args.files.paths();
    let settings = run::settings(&args.detection, inputs::is_stream(&paths))?;
    let mut audit = Audit::new(settings.detect.extra_roots.clone());
    let mut engine = Engine::new(settings);
    let mut output = Output::open(args.output.as_deref(), &paths)?;
    let options = inputs::file_options(&args.packets, false);
    let outcome =
        run::over(&mut engine, &paths, &options, &mut Quiet::new(|record| audit.observe(record)));
    if audit.dropped() > 0 {
        let dropped = audit.dropped();
        message::note(&format!("the audit is full: {dropped} more sessions were not counted"));
    }
    match args.export {
        None => output.write(|writer| match args.format {
            PlainFormat::Json => pins::write_audit_json(writer, &audit.rows()),
            PlainFormat::Text => pins::write_audit(writer, &audit.rows()),
        }),
        Some(form) => {
            let hosts = audit.genuine();
            let form = Form::from(form);
            warn(&hosts, form);
            output.write(|writer| pins::write_pins(writer, &hosts, form));
        }
    }
    output.finish().context("cannot write pins")?;
    Ok(if outcome.trouble.is_forgiven(args.allow_truncated) { Exit::Clean } else { Exit::Failed })
}

/// Says where pins would be a trap.
fn warn(hosts: &[HostPins], form: Form) {
    if hosts.is_empty() {
        message::note(
            "no trusted chain was seen: capture TLS 1.2, or give a key log, and name private roots \
             with --trust-root",
        );
    }
    for host in hosts.iter().filter(|host| pins::written(host, form) < 2) {
        message::note(&format!(
            "{}: only one pin could be written; add a backup before an app depends on it",
            host.host
        ));
    }
}

impl From<PinForm> for Form {
    fn from(form: PinForm) -> Self {
        match form {
            PinForm::Android => Self::Android,
            PinForm::Ios => Self::Ios,
            PinForm::Okhttp => Self::OkHttp,
            PinForm::Toml => Self::Toml,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file_and_the_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[[host]]\nname = 'a.test'\npins = ['x']\n").unwrap();
        let error = format!("{:#}", read(&[file.path().to_owned()]).unwrap_err());
        assert!(error.starts_with(&file.path().display().to_string()), "{error}");
        assert!(error.contains("host 'a.test': 'x' is no SHA-256"), "{error}");
        assert!(read(&[PathBuf::from("no/such/file")]).is_err());
        assert!(read(&[]).unwrap().is_empty());
    }
}
