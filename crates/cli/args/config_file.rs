//! Which config file is read, and `interloper config`.

use std::path::PathBuf;

use super::{ColorArgs, DetectionArgs, Format, GateArgs};

/// The config file.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ConfigFileArgs {
    /// Read this config file instead of the usual one; `interloper config` says which that is
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "INTERLOPER_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,

    /// Read no config file
    #[arg(long, global = true)]
    pub(crate) no_config: bool,
}

/// The flags are those of other subcommands: what they would come to.
#[derive(clap::Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    detection: DetectionArgs,
    /// How findings are written [default: text]
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "INTERLOPER_FORMAT",
        hide_env_values = true
    )]
    format: Option<Format>,
    #[command(flatten)]
    color: ColorArgs,
    #[command(flatten)]
    gate: GateArgs,
}
