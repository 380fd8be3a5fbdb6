//! Parsed certificates by their bytes, and chains by their certificates: thousands of connections
//! bring the same chain, which costs each one hash over its bytes and a comparison.
//!
//! Failed parses are kept too. At most [`MAX_CERTIFICATES`] and [`MAX_BYTES`] are held; a full
//! cache starts afresh, so that a capture with a forged certificate per connection costs no more
//! memory than an honest one.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{HashMap, HashTable};

use super::certificate::Certificate;
use super::chain::{Chain, ChainEntry};

/// Most certificates that are held: some times the number a phone meets in a day.
pub const MAX_CERTIFICATES: usize = 16_384;
/// Most bytes of DER that are held; a usual certificate has one to two thousand.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Most chains that are held; they go with their certificates. A phone meets a few hundred servers.
pub const MAX_CHAINS: usize = 4_096;

/// Certificates that were parsed already.
#[derive(Debug, Default)]
pub struct CertificateCache {
    entries: HashMap<Arc<[u8]>, ChainEntry, foldhash::fast::RandomState>,
    bytes: usize,
    chains: HashTable<(u64, Arc<Chain>)>,
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

    /// The chain of these certificates: the same one for the same bytes, as long as it is held.
    pub fn chain(&mut self, ders: &[&[u8]]) -> Arc<Chain> {
        let hash = self.entries.hasher().hash_one(ders);
        let is_it = |chain: &Chain| {
            let held = chain.entries.iter().map(|entry| &**entry.der());
            held.eq(ders.iter().copied())
        };
        if let Some((_, chain)) = self.chains.find(hash, |(_, chain)| is_it(chain)) {
            return Arc::clone(chain);
        }
        let chain = Arc::new(Chain::from_ders(ders.iter().copied(), self));
        if self.chains.len() >= MAX_CHAINS {
            self.chains.clear();
        }
        self.chains.insert_unique(hash, (hash, Arc::clone(&chain)), |(hash, _)| *hash);
        chain
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
            self.chains.clear();
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(der.len());
        self.entries.insert(Arc::clone(der), entry.clone());
    }
}
