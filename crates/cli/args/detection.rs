//! What detection is told from outside.

use std::path::PathBuf;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DetectionArgs {
    /// Trust these certificates too (PEM, may hold several); repeatable
    #[arg(long, value_name = "PEM", env = "INTERLOPER_TRUST_ROOT")]
    pub(crate) trust_root: Vec<PathBuf>,

    /// Know these Certificate Transparency logs too (log_list.json, version 3)
    #[arg(long, value_name = "JSON", env = "INTERLOPER_CT_LOG_LIST")]
    pub(crate) ct_log_list: Option<PathBuf>,

    /// Worker threads; 0 is one for each core. The output is the same for any number
    #[arg(long, value_name = "N", env = "INTERLOPER_THREADS", default_value_t = 0)]
    pub(crate) threads: u16,
}
