//! Parsed certificates by their bytes: thousands of connections bring the same chain.
//!
//! Failed parses are kept too. At most [`MAX_CERTIFICATES`] and [`MAX_BYTES`] are held; a full
//! cache starts afresh, so that a capture with a forged certificate per connection costs no more
//! memory than an honest one.

use std::sync::Arc;

use hashbrown::HashMap;

use super::certificate::Certificate;
use super::chain::ChainEntry;

/// Most certificates that are held: some times the number a phone meets in a day.
pub const MAX_CERTIFICATES: usize = 16_384;
/// Most bytes of DER that are held; a usual certificate has one to two thousand.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Certificates that were parsed already.
#[derive(Debug, Default)]
pub struct CertificateCache {
    entries: HashMap<Arc<[u8]>, ChainEntry, foldhash::fast::RandomState>,
    bytes: usize,
}

impl CertificateCache {
    /// The certificate with these bytes, parsed now or before.
    pub fn entry(&mut self, der: &[u8]) -> ChainEntry {
        if let Some(entry) = self.entries.get(der) {
            return entry.clone();
        }
        let entry = match Certificate::parse(der) {
            Ok(certificate) => ChainEntry::Certificate(Arc::new(certificate)),
            Err(error) => ChainEntry::Malformed { der: Arc::from(der), error },
        };
        self.remember(&entry);
        entry
    }

    /// Number of certificates held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn remember(&mut self, entry: &ChainEntry) {
        let der = entry.der();
        let bytes = self.bytes.saturating_add(der.len());
        if self.entries.len() >= MAX_CERTIFICATES || bytes > MAX_BYTES {
            self.entries.clear();
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(der.len());
        self.entries.insert(Arc::clone(der), entry.clone());
    }
}
