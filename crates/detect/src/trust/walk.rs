//! Path building that asks for signatures and nothing else.
//!
//! `webpki` refuses chains for reasons that are not about trust: X.509 version 1, a CA certificate
//! used as leaf, an unknown critical extension, an odd purpose, a sloppy encoding. Such a chain is
//! walked here: every link is a name that fits and a signature that verifies. Name constraints and
//! path lengths are not looked at; where `webpki` can read the chain, it has.

use std::sync::Arc;

use dissect::Timestamp;
use dissect::x509::{Certificate, SignatureCheck};

use super::assessment::UndecidedReason;
use super::path::{Path, is_valid_at};
use super::roots::{Root, Roots, key};
use super::signatures::Signatures;

/// Most signatures that one walk checks. An honest chain needs three or four; cross-signing
/// doubles that.
const MAX_SIGNATURES: usize = 32;
/// Most certificates on a path, leaf included; the web has at most five.
const MAX_LENGTH: usize = 8;

/// Which certificates may be on a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dates {
    /// All.
    Ignored,
    /// Only those within their validity at capture time.
    Respected,
}

/// How a walk ended.
pub(super) enum Found<'a> {
    /// At a root.
    Path(Path<'a>),
    /// A path may exist, but could not be checked.
    Undecided(UndecidedReason),
    /// Nowhere; issuer of the last certificate that was reached.
    Nothing(String),
}

/// A walk in progress.
struct Walk<'a, 'p> {
    pool: &'p [&'a Arc<Certificate>],
    roots: &'a Roots,
    signatures: &'a Signatures,
    at: Timestamp,
    dates: Dates,
    checked: usize,
    path: Vec<&'a Arc<Certificate>>,
    longest: Vec<&'a Arc<Certificate>>,
    undecided: Option<UndecidedReason>,
}

/// Walks from the leaf through `pool` to a root that counts at `at`.
pub(super) fn walk<'a>(
    leaf: &'a Arc<Certificate>,
    pool: &[&'a Arc<Certificate>],
    (roots, signatures): (&'a Roots, &'a Signatures),
    at: Timestamp,
    dates: Dates,
) -> Found<'a> {
    let mut walk = Walk {
        pool,
        roots,
        signatures,
        at,
        dates,
        checked: 0,
        path: Vec::new(),
        longest: Vec::new(),
        undecided: None,
    };
    let root = if walk.may_use(leaf) { walk.step(leaf) } else { None };
    match (root, walk.undecided) {
        (Some(root), _) => Found::Path(Path { certificates: walk.path, root }),
        (None, Some(reason)) => Found::Undecided(reason),
        (None, None) => {
            let top = walk.longest.last().copied().unwrap_or(leaf);
            Found::Nothing(top.issuer.to_string())
        }
    }
}

impl<'a> Walk<'a, '_> {
    fn may_use(&self, certificate: &Certificate) -> bool {
        self.dates == Dates::Ignored || is_valid_at(certificate, self.at)
    }

    /// Puts `certificate` on the path and goes on from there; takes it off again in vain.
    fn step(&mut self, certificate: &'a Arc<Certificate>) -> Option<&'a Root> {
        if self.path.len() >= MAX_LENGTH {
            return None;
        }
        self.path.push(certificate);
        if self.path.len() > self.longest.len() {
            self.longest.clone_from(&self.path);
        }
        let root = self.root_of(certificate).or_else(|| self.through_pool(certificate));
        if root.is_none() {
            self.path.pop();
        }
        root
    }

    /// The root that is this certificate, or signed it.
    fn root_of(&mut self, certificate: &'a Arc<Certificate>) -> Option<&'a Root> {
        let mut own = self.roots.named(&certificate.subject, self.at);
        if let Some(root) = own.find(|root| root.is(certificate)) {
            return Some(root);
        }
        let roots: Vec<&Root> = self.roots.named(&certificate.issuer, self.at).collect();
        roots.into_iter().find(|root| match self.check(certificate, &root.key) {
            SignatureCheck::Valid => true,
            SignatureCheck::Invalid => false,
            SignatureCheck::Unsupported => {
                self.note_unsupported(certificate);
                false
            }
        })
    }

    fn through_pool(&mut self, certificate: &'a Arc<Certificate>) -> Option<&'a Root> {
        let issuer = key(&certificate.issuer);
        for &candidate in self.pool {
            let again = self.path.iter().any(|used| used.sha256 == candidate.sha256);
            let is_ca = candidate.basic_constraints_ca == Some(true);
            if again || !is_ca || !self.may_use(candidate) || key(&candidate.subject) != issuer {
                continue;
            }
            match self.check(certificate, &candidate.spki) {
                SignatureCheck::Invalid => {}
                SignatureCheck::Unsupported => {
                    // A root above it leaves the question open; without one it does not matter.
                    let longest = self.longest.clone();
                    if self.step(candidate).is_some() {
                        let depth =
                            self.path.iter().position(|used| used.sha256 == candidate.sha256);
                        self.path.truncate(depth.unwrap_or(0));
                        self.note_unsupported(certificate);
                    }
                    self.longest = longest;
                }
                SignatureCheck::Valid => {
                    let root = self.step(candidate);
                    if root.is_some() {
                        return root;
                    }
                }
            }
        }
        None
    }

    fn check(&mut self, certificate: &Certificate, spki: &[u8]) -> SignatureCheck {
        if self.checked >= MAX_SIGNATURES {
            self.undecided = Some(UndecidedReason::BudgetExceeded { limit: MAX_SIGNATURES });
            return SignatureCheck::Invalid;
        }
        self.checked = self.checked.saturating_add(1);
        self.signatures.check(certificate, spki)
    }

    fn note_unsupported(&mut self, certificate: &Certificate) {
        self.undecided.get_or_insert_with(|| UndecidedReason::UnsupportedSignature {
            oid: certificate.signature_algorithm.clone(),
            subject: certificate.subject.to_string(),
        });
    }
}
