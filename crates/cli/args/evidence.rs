//! `interloper evidence`.

use std::path::PathBuf;

use super::{DetectionArgs, PacketArgs};

#[derive(clap::Args, Debug)]
pub(crate) struct EvidenceArgs {
    /// The capture file (pcap, pcapng, also .gz or .zst)
    #[arg(value_name = "FILE", help_heading = "Input")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) packets: PacketArgs,
    #[command(flatten)]
    pub(crate) detection: DetectionArgs,
    /// Id of a finding, as reports state it; repeatable
    #[arg(long = "finding", value_name = "ID", required = true)]
    pub(crate) findings: Vec<String>,
    /// Write to this file; `-` is standard output [default: standard output, on a terminal
    /// interloper-ID.pcapng]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the secrets of key logs and of the capture too, so that Wireshark decrypts the packets.
    /// With or without, packets are as they were on the wire
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Let a capture pass that is cut off: exit 0 all the same
    #[arg(long, env = "INTERLOPER_ALLOW_TRUNCATED", hide_env_values = true)]
    pub(crate) allow_truncated: bool,
}
