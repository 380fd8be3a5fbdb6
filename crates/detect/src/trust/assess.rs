//! The judgement itself: strict path building first, then what else could explain the chain.

use std::sync::Arc;

use dissect::Timestamp;
use dissect::x509::{Certificate, Chain, ChainEntry, SignatureCheck};

use super::assessment::{Assessment, PathStatus, UndecidedReason};
use super::memory::Memory;
use super::notes::Notes;
use super::path::Path;
use super::roots::Roots;
use super::signatures::Signatures;
use super::strict::{self, Verdict, verify};
use super::walk::{Dates, Found, walk};

/// Most certificates of one chain that are looked at, leaf included. Ten have been seen on the
/// web; what comes after these is ignored.
pub(super) const MAX_SENT: usize = 24;

/// An assessment, and the intermediates that it proved.
pub(super) struct Judgement {
    /// What is known about the chain.
    pub(super) assessment: Assessment,
    /// Certificates of a path that is trusted and valid, the leaf aside.
    pub(super) proven: Vec<Arc<Certificate>>,
}

/// Judges a chain against the roots that count at `at`.
pub(super) fn judge(
    chain: &Chain,
    at: Timestamp,
    roots: &Roots,
    memory: &Memory,
    signatures: &Signatures,
) -> Judgement {
    let leaf = match chain.entries.first() {
        Some(ChainEntry::Certificate(leaf)) => leaf,
        Some(ChainEntry::Malformed { error, .. }) => {
            return undecided(UndecidedReason::MalformedLeaf(error.clone()));
        }
        None => return undecided(UndecidedReason::EmptyChain),
    };
    let sent: Vec<_> = chain.certificates().skip(1).take(MAX_SENT.saturating_sub(1)).collect();
    let search = Search { chain, leaf, sent: &sent, roots, signatures, at };
    let (path, proven) = search.status(memory);
    let trusted = matches!(path, PathStatus::Trusted { .. });
    let leaf_self_signed =
        if trusted { SignatureCheck::Invalid } else { signatures.is_self_signed(leaf) };
    let chain_includes_root = sent.iter().any(|certificate| is_root(certificate, signatures));
    let top_issuer_not_sent = match &path {
        PathStatus::Untrusted { top_issuer } => {
            chain.certificates().all(|sent| sent.subject.to_string() != *top_issuer)
        }
        _ => false,
    };
    let assessment = Assessment {
        path,
        leaf_self_signed,
        chain_includes_root,
        top_issuer_not_sent,
        notes: Notes::default(),
    };
    Judgement { assessment, proven }
}

fn undecided(reason: UndecidedReason) -> Judgement {
    Judgement {
        assessment: Assessment {
            path: PathStatus::Undecided(reason),
            leaf_self_signed: SignatureCheck::Unsupported,
            chain_includes_root: false,
            top_issuer_not_sent: false,
            notes: Notes::default(),
        },
        proven: Vec::new(),
    }
}

/// A CA that names itself as issuer, and whose signature does not say otherwise.
fn is_root(certificate: &Certificate, signatures: &Signatures) -> bool {
    let may_issue = certificate.basic_constraints_ca == Some(true) || certificate.version < 3;
    may_issue
        && certificate.subject.der == certificate.issuer.der
        && signatures.is_self_signed(certificate) != SignatureCheck::Invalid
}

/// What a path is looked for.
struct Search<'a> {
    chain: &'a Chain,
    leaf: &'a Arc<Certificate>,
    sent: &'a [&'a Arc<Certificate>],
    roots: &'a Roots,
    signatures: &'a Signatures,
    at: Timestamp,
}

impl<'a> Search<'a> {
    fn status(&self, memory: &'a Memory) -> (PathStatus, Vec<Arc<Certificate>>) {
        let mut forbidden = false;
        match verify(self.leaf, self.sent, (self.roots, self.signatures), self.at, self.at.into()) {
            Verdict::Path(path) => return self.trusted(&path),
            Verdict::Forbidden => forbidden = true,
            Verdict::BudgetExceeded => {
                let reason = UndecidedReason::BudgetExceeded { limit: strict::MAX_SIGNATURES };
                return (PathStatus::Undecided(reason), Vec::new());
            }
            Verdict::Refused => {}
        }
        if !forbidden && let Found::Path(path) = self.walk(self.sent, Dates::Respected) {
            return self.trusted(&path);
        }
        let nothing = match self.walk(self.sent, Dates::Ignored) {
            Found::Path(path) if forbidden || self.is_forbidden(&path) => {
                let last = path.certificates.last().unwrap_or(&self.leaf);
                return (PathStatus::Untrusted { top_issuer: last.issuer.to_string() }, Vec::new());
            }
            Found::Path(path) => return self.trusted(&path),
            nothing => nothing,
        };
        let status = self.incomplete(memory).unwrap_or_else(|| self.without_path(nothing));
        (status, Vec::new())
    }

    fn walk(&self, pool: &[&'a Arc<Certificate>], dates: Dates) -> Found<'a> {
        walk(self.leaf, pool, (self.roots, self.signatures), self.at, dates)
    }

    /// A path was found; if it is valid, its intermediates are worth remembering.
    fn trusted(&self, path: &Path<'_>) -> (PathStatus, Vec<Arc<Certificate>>) {
        let proven = match path.is_valid_at(self.at) {
            true => path.certificates.iter().skip(1).map(|proven| Arc::clone(proven)).collect(),
            false => Vec::new(),
        };
        (path.status(self.at), proven)
    }

    /// Whether a path that has expired broke the rules of its CAs even while it was valid.
    fn is_forbidden(&self, path: &Path<'_>) -> bool {
        path.common_time().is_some_and(|time| {
            let verdict =
                verify(self.leaf, self.sent, (self.roots, self.signatures), self.at, time);
            matches!(verdict, Verdict::Forbidden)
        })
    }

    /// Whether certificates that were seen earlier fill the gap.
    fn incomplete(&self, memory: &'a Memory) -> Option<PathStatus> {
        let mut pool = self.sent.to_vec();
        for certificate in std::iter::once(&self.leaf).chain(self.sent) {
            pool.extend(memory.above(&certificate.issuer));
        }
        if pool.len() == self.sent.len() {
            return None;
        }
        let Found::Path(path) = self.walk(&pool, Dates::Ignored) else { return None };
        let was_sent = |certificate: &Certificate| {
            self.chain.certificates().any(|sent| sent.sha256 == certificate.sha256)
        };
        let missing = path.certificates.iter().find(|certificate| !was_sent(certificate))?;
        Some(PathStatus::Incomplete { missing: missing.subject.to_string() })
    }

    fn without_path(&self, nothing: Found<'_>) -> PathStatus {
        // What is signed with its own key has no issuer: nothing that could not be read or
        // computed would change that.
        let own = || PathStatus::Untrusted { top_issuer: self.leaf.issuer.to_string() };
        match nothing {
            Found::Undecided(reason) => PathStatus::Undecided(reason),
            _ if self.signatures.is_self_signed(self.leaf) == SignatureCheck::Valid => own(),
            Found::Nothing(top_issuer) => match self.malformed() {
                Some(position) => {
                    PathStatus::Undecided(UndecidedReason::MalformedIntermediate { position })
                }
                None => PathStatus::Untrusted { top_issuer },
            },
            Found::Path(_) => own(),
        }
    }

    /// Position of the first certificate that cannot be read.
    fn malformed(&self) -> Option<usize> {
        let mut entries = self.chain.entries.iter().take(MAX_SENT);
        entries.position(|entry| matches!(entry, ChainEntry::Malformed { .. }))
    }
}
