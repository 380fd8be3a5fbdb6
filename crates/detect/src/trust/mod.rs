//! Trust roots, path building and what is known about chains.
//!
//! [`Trust::assess`] says whether a chain leads to a root that was trusted when it was captured.
//! `webpki` builds the path; where it refuses a chain for reasons that are not about trust, the
//! signatures alone are followed (`walk`). The clock is the packet's.
//!
//! Results are remembered per chain, for as long as no certificate of it begins or ceases to be
//! valid: thousands of connections with one chain cost a hash look-up each.

mod algorithms;
mod assess;
mod assessment;
mod ct_logs;
mod memory;
mod path;
mod roots;
mod strict;
mod walk;

use std::sync::{Arc, OnceLock};

use dissect::Timestamp;
use dissect::x509::{Chain, Name};
use hashbrown::{HashMap, HashSet};
use sha2::{Digest, Sha256};

pub use assessment::{Assessment, PathStatus, RootOrigin, UndecidedReason};

use memory::Memory;
use roots::Roots;

/// Most assessments that are remembered; a full memory starts afresh. More than a phone meets
/// in a day.
const MAX_ASSESSMENTS: usize = 16_384;
/// Nanoseconds of a day: the lists of roots are known by the day.
const DAY: i64 = 86_400_000_000_000;

/// Roots and CT logs, and a memory of the chains that were assessed.
#[derive(Debug, Default)]
pub struct Trust {
    user_roots: Vec<Vec<u8>>,
    user_logs: HashSet<[u8; 32]>,
    roots: OnceLock<Roots>,
    logs: OnceLock<HashSet<[u8; 32]>>,
    intermediates: Memory,
    assessments: HashMap<[u8; 32], Remembered>,
}

/// An assessment, and when it holds.
#[derive(Debug)]
struct Remembered {
    assessment: Arc<Assessment>,
    /// First and last nanosecond for which it holds.
    holds: (i64, i64),
    /// Number of intermediates that were known.
    intermediates: usize,
}

impl Trust {
    /// The built-in roots and logs, and those of the user: roots in DER, log ids as RFC 6962
    /// section 3.2 defines them. Cheap: nothing is parsed before it is needed.
    pub fn new(extra_roots: Vec<Vec<u8>>, extra_ct_log_ids: Vec<[u8; 32]>) -> Self {
        let user_logs = extra_ct_log_ids.into_iter().collect();
        Self { user_roots: extra_roots, user_logs, ..Self::default() }
    }

    /// Judges a chain against the roots that were trusted at `at`.
    pub fn assess(&mut self, chain: &Arc<Chain>, at: Timestamp) -> Arc<Assessment> {
        let fingerprint = chain.fingerprint();
        if let Some(known) = self.assessments.get(&fingerprint)
            && known.holds_at(at, self.intermediates.len())
        {
            return Arc::clone(&known.assessment);
        }
        let roots = self.roots.get_or_init(|| Roots::new(&self.user_roots));
        let judgement = assess::judge(chain, at, roots, &self.intermediates);
        for certificate in &judgement.proven {
            self.intermediates.remember(certificate);
        }
        let assessment = Arc::new(judgement.assessment);
        if self.assessments.len() >= MAX_ASSESSMENTS {
            self.assessments.clear();
        }
        let remembered = Remembered {
            assessment: Arc::clone(&assessment),
            holds: holds(chain, at),
            intermediates: self.intermediates.len(),
        };
        self.assessments.insert(fingerprint, remembered);
        assessment
    }

    /// Whether a CT log with this id is known. An unknown id proves nothing by itself: lists of
    /// logs age.
    pub fn ct_log_known(&self, id: &[u8; 32]) -> bool {
        self.user_logs.contains(id) || self.logs.get_or_init(ct_logs::built_in).contains(id)
    }

    /// The pins (SHA-256 of the SubjectPublicKeyInfo) of all roots with this subject, as
    /// [`PathStatus::Trusted`] names it.
    pub fn root_pins(&self, root: &str) -> Vec<[u8; 32]> {
        let roots = self.roots.get_or_init(|| Roots::new(&self.user_roots));
        roots.keys_of(root).map(|key| Sha256::digest(key).into()).collect()
    }

    /// Whether a root of Mozilla, Apple or Microsoft, of whatever time, bears this name as its subject.
    pub fn is_root_name(&self, name: &Name) -> bool {
        self.roots.get_or_init(|| Roots::new(&self.user_roots)).is_built_in_name(name)
    }
}

impl Remembered {
    /// Whether it still holds; a path that is missing may turn up with every new intermediate.
    fn holds_at(&self, at: Timestamp, intermediates: usize) -> bool {
        let (first, last) = self.holds;
        let lacking = !matches!(self.assessment.path, PathStatus::Trusted { .. });
        (first..=last).contains(&at.nanos()) && !(lacking && self.intermediates != intermediates)
    }
}

/// The time around `at` in which no day and no certificate begins or ends.
fn holds(chain: &Chain, at: Timestamp) -> (i64, i64) {
    let at = at.nanos();
    let mut first = at.div_euclid(DAY).saturating_mul(DAY);
    let mut last = first.saturating_add(DAY).saturating_sub(1);
    for certificate in chain.certificates() {
        let begins = certificate.not_before.saturating_timestamp().nanos();
        // notAfter includes its whole second.
        let ends = certificate.not_after.saturating_timestamp().nanos();
        let ends = ends.saturating_add(1_000_000_000);
        for boundary in [begins, ends] {
            if boundary <= at {
                first = first.max(boundary);
            } else {
                last = last.min(boundary.saturating_sub(1));
            }
        }
    }
    (first, last)
}
