//! What detection is told from outside.

use std::path::PathBuf;

use super::source::KeyArgs;

#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Detection")]
pub(crate) struct DetectionArgs {
    #[command(flatten)]
    pub(crate) keys: KeyArgs,

    /// Trust these certificates too (PEM, may hold several); repeatable
    #[arg(long, value_name = "PEM", env = "INTERLOPER_TRUST_ROOT", hide_env_values = true)]
    pub(crate) trust_root: Vec<PathBuf>,

    /// Know these Certificate Transparency logs too (log_list.json, version 3)
    #[arg(long, value_name = "JSON", env = "INTERLOPER_CT_LOG_LIST", hide_env_values = true)]
    pub(crate) ct_log_list: Option<PathBuf>,

    /// Compare with what is normal: a file written by `interloper learn`
    #[arg(long, value_name = "FILE", env = "INTERLOPER_BASELINE", hide_env_values = true)]
    pub(crate) baseline: Option<PathBuf>,
    /// Hosts must present one of these keys: a network security configuration (Android), an
    /// Info.plist (iOS), source with OkHttp's CertificatePinner, or TOML; repeatable
    #[arg(long, value_name = "FILE", env = "INTERLOPER_PINS", hide_env_values = true)]
    pub(crate) pins: Vec<PathBuf>,
    /// Follow this policy (TOML): allowed CAs, severities, suppressions, hosts that matter
    #[arg(long, value_name = "FILE", env = "INTERLOPER_POLICY", hide_env_values = true)]
    pub(crate) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) threads: ThreadArgs,
}

/// How the work is spread.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct ThreadArgs {
    /// Busy threads; 0 is one for each core. The output is the same for any number
    #[arg(
        id = "threads",
        long = "threads",
        value_name = "N",
        env = "INTERLOPER_THREADS",
        hide_env_values = true
    )]
    #[arg(default_value_t = 0)]
    pub(crate) count: u16,
}
