//! Intermediate certificates that were seen with a trusted path of their own.
//!
//! Servers forget to send them and browsers fill the gap from what other servers sent; so does
//! this, with what the capture has shown so far.

use std::sync::Arc;

use dissect::x509::{Certificate, Name};
use hashbrown::{HashMap, HashSet};

use super::roots::key;

/// Most certificates that are remembered. All intermediates of the public web are about 4,000.
const MAX_REMEMBERED: usize = 4096;
/// Most certificates of one name: cross-signing gives a few.
const MAX_PER_NAME: usize = 8;
/// Most names that are followed upwards from one chain.
const MAX_DEPTH: usize = 4;

/// The intermediates, by subject.
#[derive(Debug, Default)]
pub(super) struct Memory {
    by_name: HashMap<String, Vec<Arc<Certificate>>>,
    known: HashSet<[u8; 32]>,
}

impl Memory {
    /// How many certificates are remembered: grows with everything that is learned.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Remembers the certificate, which has a trusted path, if it may issue others.
    pub(super) fn remember(&mut self, certificate: &Arc<Certificate>) {
        let is_ca = certificate.basic_constraints_ca == Some(true);
        if !is_ca || self.known.len() >= MAX_REMEMBERED || self.known.contains(&certificate.sha256)
        {
            return;
        }
        let named = self.by_name.entry(key(&certificate.subject)).or_default();
        if named.len() < MAX_PER_NAME {
            named.push(Arc::clone(certificate));
            self.known.insert(certificate.sha256);
        }
    }

    /// The certificates that could be above one with this issuer.
    pub(super) fn above(&self, issuer: &Name) -> Vec<&Arc<Certificate>> {
        let mut found: Vec<&Arc<Certificate>> = Vec::new();
        let mut names = vec![key(issuer)];
        for _ in 0..MAX_DEPTH {
            let level: Vec<_> = names.iter().filter_map(|name| self.by_name.get(name)).collect();
            let level: Vec<_> = level.into_iter().flatten().collect();
            names = level.iter().map(|certificate| key(&certificate.issuer)).collect();
            for certificate in level {
                if found.iter().all(|known| known.sha256 != certificate.sha256) {
                    found.push(certificate);
                }
            }
        }
        found
    }
}
