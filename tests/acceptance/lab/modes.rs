//! How a lab case is run in each mode.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shared::Shared;
use crate::support;

/// What interloper is given beside the phone's capture.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Mode {
    /// Nothing.
    Blind,
    /// The key log.
    Keys,
    /// A baseline learned from the clean sessions.
    Baseline,
    /// The origin's capture, and the key log.
    Compare,
    /// The origin's capture instead of the phone's, and the key log.
    Origin,
}

impl Mode {
    pub(super) const ALL: [Self; 5] =
        [Self::Blind, Self::Keys, Self::Baseline, Self::Compare, Self::Origin];

    /// Its key in `expected.json`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::Keys => "keys",
            Self::Baseline => "baseline",
            Self::Compare => "compare",
            Self::Origin => "origin",
        }
    }
}

/// The lab's folder and the baseline learned from its clean sessions.
#[derive(Debug)]
pub(super) struct Lab {
    folder: PathBuf,
    baseline: PathBuf,
}

impl Lab {
    /// Learns the baseline.
    pub(super) fn prepare(shared: &Shared) -> Result<Self, String> {
        let folder = shared.lab();
        let baseline = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lab-baseline.toml");
        let lab = Self { folder, baseline };
        let cases = shared.lab_cases();
        let clean = cases.iter().filter(|case| {
            case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("a-clean-"))
        });
        let mut command = support::interloper();
        command.arg("learn").args(clean.map(|case| case.join("phone.pcap")));
        command.arg("-o").arg(&lab.baseline);
        lab.trust(&mut command);
        let run = support::output(&mut command);
        if run.code == Some(0) {
            return Ok(lab);
        }
        Err(format!("lab: learn: exit {:?}: {}", run.code, run.stderr.trim()))
    }

    /// The command that runs a case.
    pub(super) fn command(&self, case: &Path, mode: Mode) -> Command {
        let (phone, origin) = (case.join("phone.pcap"), case.join("origin.pcap"));
        let mut command = support::interloper();
        match mode {
            Mode::Blind | Mode::Keys | Mode::Baseline => command.arg("scan").arg(phone),
            Mode::Compare => command.arg("compare").arg(phone).arg(origin),
            Mode::Origin => command.arg("scan").arg(origin),
        };
        match mode {
            Mode::Blind => &mut command,
            Mode::Baseline => command.arg("--baseline").arg(&self.baseline),
            Mode::Keys | Mode::Compare | Mode::Origin => {
                command.arg("--keylog").arg(case.join("keys.log"))
            }
        };
        self.trust(&mut command);
        command.args(["--format", "json"]);
        command
    }

    /// The lab has a public CA and CT logs of its own.
    fn trust(&self, command: &mut Command) {
        let trust = self.folder.join("trust");
        command.arg("--trust-root").arg(trust.join("public-roots.pem"));
        command.arg("--ct-log-list").arg(trust.join("ct-logs.json"));
    }
}
