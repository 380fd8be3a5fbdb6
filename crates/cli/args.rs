//! What can be said on the command line. Doc comments here are the help texts.
//!
//! A flag wins over its environment variable, that over the config file, that over the default.
//! `-c -f -i -n -r` keep tcpdump's meaning.

mod config_file;
mod detection;
mod evidence;
mod filter;
mod source;
mod writing;

use clap::{Parser, Subcommand};

use crate::config::TuiConfig;

pub(crate) use config_file::{ConfigArgs, ConfigFileArgs};
pub(crate) use detection::{DetectionArgs, ThreadArgs};
pub(crate) use evidence::EvidenceArgs;
pub(crate) use filter::FilterArgs;
pub(crate) use source::{FileArgs, KeyArgs, LiveArgs, PacketArgs};
pub(crate) use writing::{
    ColorArgs, FailOn, Format, GateArgs, PinForm, PlainFormat, ReportArgs, When,
};

/// Who is standing between the app and its API?
///
/// Reads mobile traffic, from a capture file or a live interface, and says whether somebody sits in
/// the channel. Exit codes: 0 nothing at or above --fail-on, 1 findings at or above it, 2 the job
/// could not be done.
#[derive(Debug, Parser)]
#[command(name = "interloper", version, args_conflicts_with_subcommands = true)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) config: ConfigFileArgs,

    #[command(flatten)]
    pub(crate) open: OpenArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check captures without a terminal, and end at the end of the input
    Scan(ScanArgs),
    /// Check live traffic without a terminal; findings as they come
    Watch(WatchArgs),
    /// Compare two captures of the same traffic: does every handshake of the phone arrive?
    Compare(CompareArgs),
    /// Look at a capture or at live traffic in the terminal
    Tui(TuiArgs),
    /// Learn from clean captures what is normal, and write it as a baseline
    Learn(LearnArgs),
    /// Audit of apps: at which host was an interceptor's certificate refused or accepted
    Pins(PinsArgs),
    /// Print the facts: sessions, certificates, exchanges, flows and anomalies as JSON Lines
    Records(RecordsArgs),
    /// Write the packets of findings as pcapng, with comments, for Wireshark
    Evidence(EvidenceArgs),
    /// Print the settings that a config file can have, and where each comes from
    Config(ConfigArgs),
    /// List all rules
    Rules(RulesArgs),
    /// Explain one rule: meaning, evidence, false positives, what to do
    Explain(ExplainArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Without a subcommand: the terminal UI if stdout is a terminal and nothing says how to write,
/// else the same as `scan` or, with -i, `watch`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("interface", |interface| interface.conflicts_with("captures")))]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// How to write if nothing on the command line says so.
    #[arg(skip)]
    pub(crate) usual_format: Option<Format>,
    /// How the terminal UI looks.
    #[arg(skip)]
    pub(crate) config: TuiConfig,
}

#[derive(clap::Args, Clone, Debug)]
#[command(mut_group("captures", |captures| captures.required(true)))]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct CompareArgs {
    /// The capture near the phone: on it, or at its access point
    #[arg(value_name = "PHONE", help_heading = "Input")]
    pub(crate) phone: std::path::PathBuf,
    /// The capture at the edge: at the server, or at what answers for it
    #[arg(value_name = "EDGE", help_heading = "Input")]
    pub(crate) edge: std::path::PathBuf,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct WatchArgs {
    /// A stream of packets instead of an interface: `-` for standard input, or a named pipe
    #[arg(value_name = "SOURCE", required_unless_present = "interface")]
    #[arg(conflicts_with = "interface")]
    pub(crate) source: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct TuiArgs {
    /// A capture file or HAR file; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["interface", "read"])]
    #[arg(conflicts_with_all = ["interface", "read"])]
    pub(crate) file: Option<std::path::PathBuf>,
    /// The same as FILE
    #[arg(short, value_name = "FILE", conflicts_with = "interface")]
    pub(crate) read: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// Replay the capture at the pace at which it was captured, or at another: 0.5x, 10x, max. P
    /// pauses, + and - change it; gaps of more than 5 seconds are shortened
    #[arg(long, value_name = "SPEED", conflicts_with = "interface")]
    #[arg(help_heading = "Input")]
    pub(crate) pace: Option<tui::outside::Speed>,
    /// Let credentials, cookies and keys of HTTP be shown: R shows and hides them
    #[arg(long, help_heading = "Output")]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) color: ColorArgs,
    /// How it looks.
    #[arg(skip)]
    pub(crate) config: TuiConfig,
}

#[derive(clap::Args, Debug)]
#[command(mut_group("captures", |captures| captures.required(true)))]
pub(crate) struct LearnArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    /// Write the baseline to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
    /// Continue this baseline: what it knows is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) merge: Option<std::path::PathBuf>,
    /// Write to this file what a policy could say of the APIs: a draft to read and correct
    #[arg(long, value_name = "FILE")]
    pub(crate) propose_policy: Option<std::path::PathBuf>,
    /// Name of the app that made the traffic; without it, clients go by their JA4
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// Learn from sessions, too, whose certificates lead to no trusted root
    #[arg(long)]
    pub(crate) accept_untrusted: bool,
    /// Let a capture pass that is cut off: exit 0 all the same
    #[arg(long, env = "INTERLOPER_ALLOW_TRUNCATED", hide_env_values = true)]
    pub(crate) allow_truncated: bool,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
}

#[derive(clap::Args, Debug)]
#[command(mut_group("captures", |captures| captures.required(true)))]
pub(crate) struct PinsArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    /// How to write the audit
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PlainFormat,
    /// Write pins instead: the keys of the trusted chains that were seen, as apps want them
    #[arg(long, value_enum, value_name = "FORM", conflicts_with = "format")]
    pub(crate) export: Option<PinForm>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
    /// Let a capture pass that is cut off: exit 0 all the same
    #[arg(long, env = "INTERLOPER_ALLOW_TRUNCATED", hide_env_values = true)]
    pub(crate) allow_truncated: bool,
}

#[derive(clap::Args, Debug)]
#[command(mut_group("captures", |captures| captures.required(true)))]
pub(crate) struct RecordsArgs {
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Only these kinds of records, separated by commas
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = event_types())]
    pub(crate) events: Vec<String>,
    /// Write whole certificates too (DER in Base64)
    #[arg(long)]
    pub(crate) certificates: bool,
    /// Write the text of HTTP bodies too (the first 64 KiB, decompressed)
    #[arg(long)]
    pub(crate) bodies: bool,
    /// Write the HTTP exchanges as one HAR 1.2 document instead of lines
    #[arg(long, conflicts_with_all = ["bodies", "certificates", "events"])]
    pub(crate) har: bool,
    /// Write credentials, cookies and keys of HTTP as they were on the wire
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
    /// Let a capture pass that is cut off: exit 0 all the same
    #[arg(long, env = "INTERLOPER_ALLOW_TRUNCATED", hide_env_values = true)]
    pub(crate) allow_truncated: bool,
    #[command(flatten)]
    pub(crate) threads: ThreadArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct RulesArgs {
    /// How to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PlainFormat,
    #[command(flatten)]
    pub(crate) color: ColorArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Id of the rule, with or without its surface: `channel/weak-protocol`, `weak-protocol`
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// How to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PlainFormat,
    #[command(flatten)]
    pub(crate) color: ColorArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// The words of `event_type`.
fn event_types() -> clap::builder::PossibleValuesParser {
    ::report::records::EventType::ALL.map(::report::records::EventType::word).into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_understood() {
        for line in [
            "interloper a.pcap",
            "interloper -i wlan0 -f tcp -c 5 -n",
            "interloper -r a.pcap",
            "interloper scan a.pcap b.pcap - --format json -o out.json --fail-on never",
            "interloper a.pcap --keylog keys.log",
            "interloper records a.pcap --keylog one.log --keylog two.log",
            "interloper scan -r a.pcap --trust-root a.pem --trust-root b.pem",
            "interloper compare phone.pcap edge.pcap --format json --fail-on never -o out.json",
            "interloper scan a.pcap --filter host:shop|sev:>=high --capture-filter tcp",
            "interloper records a.pcap --filter status:4xx -f tcp",
            "interloper watch -i any",
            "interloper watch -",
            "interloper tui a.pcap",
            "interloper tui -r a.pcap",
            "interloper tui a.pcap --pace 10x",
            "interloper scan a.pcap --baseline baseline.toml",
            "interloper learn a.pcap b.pcap -o baseline.toml --merge old.toml --app shop",
            "interloper records a.pcap --events tls,x509 --certificates",
            "interloper pins a.pcap --format json -o out.json --pins p.xml --pins q.toml",
            "interloper pins a.pcap --export okhttp",
            "interloper records a.pcap --events http,dns --show-secrets",
            "interloper records a.pcap --events http --bodies",
            "interloper records a.pcap --har --show-secrets -o a.har",
            "interloper evidence a.pcap --finding f-1 --finding f-2 -o slice.pcapng",
            "interloper evidence a.pcap --finding f-1 --keylog k --show-secrets",
            "interloper rules --format json",
            "interloper scan a.pcap --config c.toml",
            "interloper --no-config a.pcap",
            "interloper config --fail-on low",
            "interloper explain weak-protocol",
            "interloper completions zsh",
            "interloper man",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_not() {
        for line in [
            "interloper",
            "interloper scan",
            "interloper compare phone.pcap",
            "interloper compare a.pcap b.pcap c.pcap",
            "interloper watch",
            "interloper watch - -i any",
            "interloper tui",
            "interloper tui -i any --pace 1x",
            "interloper tui a.pcap --pace quick",
            "interloper a.pcap -i any",
            "interloper scan a.pcap --fail-on grave",
            "interloper scan -f tcp",
            "interloper scan a.pcap --filter sev:grave",
            "interloper learn a.pcap --filter host:a",
            "interloper learn",
            "interloper records",
            "interloper scan a.pcap --format sarif",
            "interloper records a.pcap --events smtp",
            "interloper records a.pcap --har --events http",
            "interloper completions tcsh-of-old",
            "interloper pins",
            "interloper pins a.pcap --export paper",
            "interloper pins a.pcap --export toml --format json",
            "interloper evidence a.pcap",
            "interloper evidence --finding f-1",
            "interloper evidence a.pcap b.pcap --finding f-1",
            "interloper explain",
        ] {
            let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
