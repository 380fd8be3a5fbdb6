//! What all end-to-end tests share: running the built binary and finding the repository's folders.
//!
//! Contract: nothing here judges; a process that dies of a signal is reported like an exit code.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longest time one run may take. The largest capture that tests read takes seconds; a run that
/// hangs must fail its test and not the whole evening.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run of the binary left behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output as it was.
    pub(crate) stdout: Vec<u8>,
    /// Standard error as text.
    pub(crate) stderr: String,
}

impl Output {
    /// Standard output as text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Whether it ended as every input must let it end: exit code 0, 1 or 2 and no panic.
    pub(crate) fn orderly(&self) -> bool {
        matches!(self.code, Some(0..=2)) && !self.stderr.contains("panicked")
    }
}

/// A command for the built binary. The caller's `INTERLOPER_*` settings, colours and a home folder
/// with a config file must not change what a test sees.
pub(crate) fn interloper() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interloper"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INTERLOPER_") {
            command.env_remove(&name);
        }
    }
    command.env("NO_COLOR", "1").env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs the binary with these arguments and no input.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    output(interloper().args(arguments))
}

/// Runs the binary with these arguments and these bytes on its standard input.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = interloper();
    command.args(arguments).stdin(Stdio::piped());
    let mut child = spawn(&mut command);
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        // A program that stops reading early (wrong magic) closes the pipe; that is its right.
        scope.spawn(move || stdin.write_all(input).unwrap_or_default());
        finish(child)
    })
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> Output {
    finish(spawn(command))
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

/// Waits for the end, or for [`PATIENCE`] and then ends it, which gives no exit code.
fn finish(mut child: Child) -> Output {
    let (sender, ended) = mpsc::channel();
    let mut stdout_pipe = child.stdout.take().expect("a pipe");
    let mut stderr_pipe = child.stderr.take().expect("a pipe");
    std::thread::scope(|scope| {
        let stdout = scope.spawn(move || {
            let mut bytes = Vec::new();
            stdout_pipe.read_to_end(&mut bytes).expect("a pipe can be read");
            // The receiver is gone only after the deadline, when nobody needs to know any more.
            sender.send(()).unwrap_or_default();
            bytes
        });
        let stderr = scope.spawn(move || {
            let mut bytes = Vec::new();
            stderr_pipe.read_to_end(&mut bytes).expect("a pipe can be read");
            bytes
        });
        if ended.recv_timeout(PATIENCE).is_err() {
            child.kill().expect("a child can be ended");
        }
        let status = child.wait().expect("the binary ends");
        Output {
            code: status.code(),
            stdout: stdout.join().expect("the reader ends"),
            stderr: String::from_utf8_lossy(&stderr.join().expect("the reader ends")).into_owned(),
        }
    })
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of `captures/` that are cases: those with an `expected.json`, sorted by name.
pub(crate) fn own_cases() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root().join("captures")) else { return Vec::new() };
    let mut cases: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    cases.sort();
    cases
}

/// What the labels of a case say must be.
pub(crate) fn expected(case: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(case.join("expected.json")).expect("a case has labels");
    serde_json::from_str(&text).expect("labels are JSON")
}

/// The root certificate of the lab's public CA, which the repository's own captures trust.
pub(crate) fn own_root() -> PathBuf {
    root().join("captures/lab/trust/public-root.pem")
}

/// Whether golden files are to be written rather than compared.
pub(crate) fn update_expected() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1")
}
