//! Exit codes: 0 nothing at or above `--fail-on`, 1 findings at or above it, 2 the job could not be
//! done. A capture that is cut off was not done either, unless `--allow-truncated` lets it pass.

use std::process::ExitCode;

use detect::Severity;

use crate::args::GateArgs;

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// 0.
    Clean,
    /// 1.
    Found,
    /// 2.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}

/// The worst that happened to the inputs. Ordered.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Trouble {
    /// All were read to their end.
    #[default]
    None,
    /// One is cut off.
    CutOff,
    /// One could not be opened, or is damaged.
    Unreadable,
}

impl Trouble {
    /// What an error means.
    pub(crate) fn of(error: &engine::Error) -> Self {
        match error {
            error if error.is_truncation() => Self::CutOff,
            _ => Self::Unreadable,
        }
    }

    /// Whether the job counts as done.
    pub(crate) const fn is_forgiven(self, allow_truncated: bool) -> bool {
        match self {
            Self::None => true,
            Self::CutOff => allow_truncated,
            Self::Unreadable => false,
        }
    }
}

/// The exit of a run whose worst finding is `worst`.
pub(crate) fn decide(worst: Option<Severity>, trouble: Trouble, gate: &GateArgs) -> Exit {
    let found = match (worst, gate.fail_on.threshold()) {
        (Some(worst), Some(threshold)) => worst >= threshold,
        _ => false,
    };
    match (trouble.is_forgiven(gate.allow_truncated), found) {
        (false, _) => Exit::Failed,
        (true, true) => Exit::Found,
        (true, false) => Exit::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::FailOn;

    #[test]
    fn every_case_of_the_contract() {
        use Exit::{Clean, Failed, Found};
        use Trouble::{CutOff, None as Fine, Unreadable};
        let high = Some(Severity::High);
        for (worst, fail_on, trouble, allow_truncated, exit) in [
            (None, FailOn::Info, Fine, false, Clean),
            (high, FailOn::High, Fine, false, Found),
            (high, FailOn::Info, Fine, false, Found),
            (high, FailOn::Critical, Fine, false, Clean),
            (Some(Severity::Critical), FailOn::Never, Fine, false, Clean),
            (high, FailOn::High, CutOff, false, Failed),
            (high, FailOn::High, CutOff, true, Found),
            (None, FailOn::High, CutOff, false, Failed),
            (None, FailOn::High, CutOff, true, Clean),
            (high, FailOn::High, Unreadable, true, Failed),
            (None, FailOn::High, Unreadable, true, Failed),
        ] {
            let gate = GateArgs { fail_on, allow_truncated };
            assert_eq!(decide(worst, trouble, &gate), exit, "{worst:?} {gate:?} {trouble:?}");
        }
    }

    #[test]
    fn the_worst_trouble_counts() {
        assert!(Trouble::Unreadable > Trouble::CutOff && Trouble::CutOff > Trouble::None);
    }
}
