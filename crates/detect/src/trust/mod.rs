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
mod notes;
mod path;
mod public;
mod roots;
mod signatures;
mod strict;
mod walk;

use std::sync::{Arc, OnceLock};

use dissect::Timestamp;
use dissect::x509::{Certificate, Chain, ChainEntry, Name, SignatureCheck};
use hashbrown::{HashMap, HashSet};
use sha2::{Digest, Sha256};

pub use assessment::{Assessment, PathStatus, RootOrigin, UndecidedReason};

use memory::Memory;
use roots::Roots;
use signatures::Signatures;

use crate::digest::Key;
use crate::issuing::needed_intermediates;

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
    signatures: Signatures,
    assessments: HashMap<Key, Remembered>,
    /// What was asked last: many ask about the same session.
    last: Option<(Arc<Chain>, Timestamp, Arc<Assessment>)>,
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
        if let Some((last, then, assessment)) = &self.last
            && Arc::ptr_eq(last, chain)
            && *then == at
        {
            return Arc::clone(assessment);
        }
        let assessment = self.assess_another(chain, at);
        self.last = Some((Arc::clone(chain), at, Arc::clone(&assessment)));
        assessment
    }

    fn assess_another(&mut self, chain: &Chain, at: Timestamp) -> Arc<Assessment> {
        let key = key(chain);
        if let Some(known) = self.assessments.get(&key)
            && known.holds_at(at, self.intermediates.len())
        {
            return Arc::clone(&known.assessment);
        }
        let roots = self.roots.get_or_init(|| Roots::new(&self.user_roots));
        let judgement = assess::judge(chain, at, roots, &self.intermediates, &self.signatures);
        for certificate in &judgement.proven {
            self.intermediates.remember(certificate);
        }
        let mut assessment = judgement.assessment;
        if let Some(missing) = self.missing_link(chain, &assessment) {
            assessment.path = PathStatus::Incomplete { missing };
        }
        let assessment = Arc::new(assessment);
        if self.assessments.len() >= MAX_ASSESSMENTS {
            self.assessments.clear();
        }
        let remembered = Remembered {
            assessment: Arc::clone(&assessment),
            holds: holds(chain, at),
            intermediates: self.intermediates.len(),
        };
        self.assessments.insert(key, remembered);
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

    /// The issuer that was not sent, if the leaf says well enough that it is a public one.
    fn missing_link(&self, chain: &Chain, assessment: &Assessment) -> Option<String> {
        let PathStatus::Untrusted { top_issuer } = &assessment.path else { return None };
        let own = assessment.leaf_self_signed == SignatureCheck::Valid;
        if own || !assessment.top_issuer_not_sent {
            return None;
        }
        let leaf = chain.leaf()?;
        let roots = self.roots.get_or_init(|| Roots::new(&self.user_roots));
        // Who bears a root's name and has no path to it is no forgotten link.
        let takes_a_roots_name = chain.certificates().any(|sent| roots.is_name(&sent.issuer));
        let public = public::is_vouched_for(leaf, |id| self.ct_log_known(id));
        (public && !takes_a_roots_name).then(|| top_issuer.clone())
    }

    /// Whether the certificate names a root as its issuer, and none of the keys that roots of this
    /// name ever had made its signature.
    pub fn falsely_names_root(&self, certificate: &Certificate) -> bool {
        let roots = self.roots.get_or_init(|| Roots::new(&self.user_roots));
        roots.falsely_named_by(certificate, &self.signatures)
    }

    /// Whether an intermediate of this name was seen with a trusted path, and none of those made
    /// the certificate's signature.
    pub fn falsely_names_intermediate(&self, certificate: &Certificate) -> bool {
        let same_name = roots::key(&certificate.issuer);
        let named = self.intermediates.above(&certificate.issuer);
        let mut named =
            named.iter().filter(|seen| roots::key(&seen.subject) == same_name).peekable();
        named.peek().is_some()
            && named.all(|seen| {
                self.signatures.check(certificate, &seen.spki) == SignatureCheck::Invalid
            })
    }

    /// The intermediates that were sent and are needed, as [`needed_intermediates`] has them.
    pub(crate) fn needed<'c>(
        &self,
        chain: &'c Chain,
        assessment: &Assessment,
    ) -> Vec<&'c Arc<Certificate>> {
        let places = assessment.notes.needed.get_or_init(|| {
            let needed = needed_intermediates(chain, |name| self.is_root_name(name));
            let place = |one| chain.certificates().position(|sent| Arc::ptr_eq(sent, one));
            needed.iter().filter_map(place).collect()
        });
        places.iter().filter_map(|place| chain.certificates().nth(*place)).collect()
    }

    /// Whether the certificate is signed with its own key, whatever its names say.
    pub(crate) fn is_self_signed(&self, certificate: &Certificate) -> bool {
        self.signatures.is_self_signed(certificate) == SignatureCheck::Valid
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

/// What stands for a chain as it was sent.
fn key(chain: &Chain) -> Key {
    let parts = chain.entries.iter().map(|entry| match entry {
        ChainEntry::Certificate(certificate) => (&certificate.sha256[..], true),
        ChainEntry::Malformed { der, .. } => (&der[..], false),
    });
    parts.fold(Key::default(), |key, part| Key::of(&(key, part)))
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
