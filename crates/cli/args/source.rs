//! Where packets come from, and which of them.

use std::path::PathBuf;

/// Capture files.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
#[group(id = "captures", multiple = true, required = false)]
pub(crate) struct FileArgs {
    /// Captures (pcap, pcapng) or HAR files, also .gz or .zst, directories of such, or `-` for
    /// standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The same as FILE
    #[arg(short, value_name = "FILE")]
    read: Vec<PathBuf>,
}

impl FileArgs {
    /// All of them, in the order of the command line: FILEs, then those of -r.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().chain(&self.read).cloned().collect()
    }
}

/// A live interface.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct LiveArgs {
    /// Capture on this interface; `any` is all of them
    #[arg(short, long, value_name = "IFACE")]
    pub(crate) interface: Option<String>,

    /// Capture packets for other hosts too
    #[arg(long, requires = "interface")]
    pub(crate) promiscuous: bool,
}

/// Which packets.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct PacketArgs {
    /// Only packets that match, in tcpdump's filter language
    #[arg(
        short = 'f',
        long,
        value_name = "EXPR",
        env = "INTERLOPER_CAPTURE_FILTER",
        hide_env_values = true
    )]
    pub(crate) capture_filter: Option<String>,

    /// Stop after this many packets (HAR: entries) of each input
    #[arg(short, long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,

    /// Accepted because tcpdump has it: addresses are never looked up
    #[arg(short)]
    n: bool,
}

/// Secrets for what is encrypted.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct KeyArgs {
    /// Decrypt TLS and QUIC with the secrets of this key log (SSLKEYLOGFILE); repeatable. Of a live
    /// capture or a stream, what is added to it later counts too
    #[arg(long, value_name = "FILE", env = "INTERLOPER_KEYLOG", hide_env_values = true)]
    pub(crate) keylog: Vec<PathBuf>,
}
