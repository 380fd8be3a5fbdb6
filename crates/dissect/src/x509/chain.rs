//! The certificates of one Certificate message, in the order they were sent.

use std::sync::Arc;

use super::certificate::{Certificate, CertificateError};

/// One certificate of a chain: readable or not.
#[derive(Clone, Debug)]
pub enum ChainEntry {
    /// It parsed.
    Certificate(Arc<Certificate>),
    /// It did not; the bytes are kept.
    Malformed {
        /// As sent.
        der: Arc<[u8]>,
        /// Why it cannot be read.
        error: CertificateError,
    },
}

/// A chain as sent: leaf first, if the sender follows RFC 8446 section 4.4.2.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// In wire order.
    pub entries: Vec<ChainEntry>,
}

impl Chain {
    /// The first certificate, if it is readable.
    pub fn leaf(&self) -> Option<&Arc<Certificate>> {
        match self.entries.first() {
            Some(ChainEntry::Certificate(leaf)) => Some(leaf),
            _ => None,
        }
    }

    /// All readable certificates, in wire order.
    pub fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.entries.iter().filter_map(|entry| match entry {
            ChainEntry::Certificate(certificate) => Some(certificate),
            ChainEntry::Malformed { .. } => None,
        })
    }
}
