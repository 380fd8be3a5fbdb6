//! Trust roots, path building and what is known about chains.

/// Roots and CT logs, and a memory of the chains that were assessed.
#[derive(Debug, Default)]
pub struct Trust {}

impl Trust {
    /// The built-in roots and logs, and those of the user.
    pub fn new(_extra_roots: Vec<Vec<u8>>, _extra_ct_log_ids: Vec<[u8; 32]>) -> Self {
        Self {}
    }
}
