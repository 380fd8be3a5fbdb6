//! How results are written, and what makes the exit code.

use std::path::PathBuf;

use clap::ValueEnum;
use detect::Severity;

/// How findings are written.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// How to write [default: text]
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "INTERLOPER_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: Option<Format>,

    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) color: ColorArgs,
}

/// Whether results are in colour.
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ColorArgs {
    /// When to use colour
    #[arg(
        id = "color",
        long = "color",
        value_name = "WHEN",
        env = "INTERLOPER_COLOR",
        hide_env_values = true
    )]
    #[arg(default_value = "auto")]
    pub(crate) when: When,
}

/// What makes the exit code.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Exit code")]
pub(crate) struct GateArgs {
    /// Exit 1 if there is a finding of this severity or above
    #[arg(
        long,
        value_enum,
        value_name = "SEVERITY",
        env = "INTERLOPER_FAIL_ON",
        hide_env_values = true
    )]
    #[arg(default_value = "high")]
    pub(crate) fail_on: FailOn,

    /// Let a capture pass that is cut off: exit 0 or 1 as if it had ended there
    #[arg(long, env = "INTERLOPER_ALLOW_TRUNCATED", hide_env_values = true)]
    pub(crate) allow_truncated: bool,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// For people
    #[default]
    Text,
}

impl Format {
    /// Whether inputs are named with their SHA-256, which costs more than all other work on a
    /// large file.
    pub(crate) const fn names_digests(self) -> bool {
        match self {
            Self::Json | Self::Jsonl => true,
            Self::Text => false,
        }
    }
}

/// `--format` of what is no list of findings.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// JSON
    Json,
    /// For people
    Text,
}

/// `--export`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum PinForm {
    /// A network security configuration
    Android,
    /// NSPinnedDomains of an Info.plist
    Ios,
    /// Kotlin source with a CertificatePinner
    Okhttp,
    /// The form that --pins reads
    Toml,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Critical,
    /// Findings never change the exit code
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` if none does.
    pub(crate) const fn threshold(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

/// `--color`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum When {
    Always,
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Never,
}
