//! Which config file is read.

use std::path::PathBuf;

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
