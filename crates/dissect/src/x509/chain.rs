//! The certificates of one Certificate message, in the order they were sent.

use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::cache::CertificateCache;
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

impl ChainEntry {
    /// The bytes as sent.
    pub fn der(&self) -> &Arc<[u8]> {
        match self {
            Self::Certificate(certificate) => &certificate.der,
            Self::Malformed { der, .. } => der,
        }
    }
}

/// A chain as sent: leaf first, if the sender follows RFC 8446 section 4.4.2.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// In wire order.
    pub entries: Vec<ChainEntry>,
    fingerprint: OnceLock<[u8; 32]>,
}

impl Chain {
    /// A chain of these entries, in wire order.
    pub const fn new(entries: Vec<ChainEntry>) -> Self {
        Self { entries, fingerprint: OnceLock::new() }
    }

    /// A chain of these certificates, in wire order; what was parsed before is taken from `cache`.
    pub fn from_ders<'a>(
        ders: impl IntoIterator<Item = &'a [u8]>,
        cache: &mut CertificateCache,
    ) -> Self {
        Self::new(ders.into_iter().map(|der| cache.entry(der)).collect())
    }

    /// Identity of the chain: SHA-256 over the SHA-256 of each certificate as sent.
    pub fn fingerprint(&self) -> [u8; 32] {
        *self.fingerprint.get_or_init(|| {
            let mut hash = Sha256::new();
            for entry in &self.entries {
                match entry {
                    ChainEntry::Certificate(certificate) => hash.update(certificate.sha256),
                    ChainEntry::Malformed { der, .. } => hash.update(Sha256::digest(der)),
                }
            }
            hash.finalize().into()
        })
    }

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
