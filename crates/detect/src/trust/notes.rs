//! What detectors work out of a chain, once for all sessions that show it.
//!
//! An assessment stands for one chain, for a time in which none of its certificates begins or ceases
//! to be valid, and, unless it is trusted, for what is known of intermediates. What follows from
//! these, and neither from the host asked for nor from the time to the second, may be noted in it.

use std::sync::OnceLock;

/// The notes about one assessment; empty until somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// How a public authority's name is borrowed in the chain, if it is.
    pub(crate) borrowed_name: OnceLock<Option<String>>,
    /// Places, among the certificates that can be read, of the intermediates that are needed.
    pub(crate) needed: OnceLock<Vec<usize>>,
    /// The name of the leaf's own whose MD5 is its serial number.
    pub(crate) hashed_name: OnceLock<Option<String>>,
    /// Interception products whose CA bears a name of the chain, by their places in the data.
    pub(crate) products: OnceLock<Vec<usize>>,
    /// Whether there is nothing weak about the certificates.
    pub(crate) sound: OnceLock<bool>,
}

/// Another assessment has notes of its own.
impl Clone for Notes {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Notes follow from the rest and tell no assessments apart.
impl PartialEq for Notes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Notes {}
