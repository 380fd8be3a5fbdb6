//! Trust roots, path building and what is known about chains.

mod assessment;

use std::sync::Arc;

use dissect::Timestamp;
use dissect::x509::{Chain, Name, SignatureCheck};

pub use assessment::{Assessment, PathStatus, RootOrigin, UndecidedReason};

/// Roots and CT logs, and a memory of the chains that were assessed.
#[derive(Debug, Default)]
pub struct Trust {}

impl Trust {
    /// The built-in roots and logs, and those of the user: roots in DER, log ids as RFC 6962
    /// section 3.2 defines them. Cheap: nothing is parsed before it is needed.
    pub fn new(_extra_roots: Vec<Vec<u8>>, _extra_ct_log_ids: Vec<[u8; 32]>) -> Self {
        Self {}
    }

    /// Judges a chain against the roots that were trusted at `at`. Remembered per chain and day.
    pub fn assess(&mut self, _chain: &Arc<Chain>, _at: Timestamp) -> Arc<Assessment> {
        Arc::new(Assessment {
            path: PathStatus::Undecided(UndecidedReason::EmptyChain),
            leaf_self_signed: SignatureCheck::Unsupported,
            chain_includes_root: false,
        })
    }

    /// Whether a CT log with this id is known. An unknown id proves nothing by itself: lists of
    /// logs age.
    pub fn ct_log_known(&self, _id: &[u8; 32]) -> bool {
        false
    }

    /// Whether a built-in root, of whatever time, bears this name as its subject.
    pub fn is_root_name(&self, _name: &Name) -> bool {
        false
    }
}
