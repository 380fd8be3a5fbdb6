//! What is known about one chain at one time.
//!
//! The words of [`PathStatus`] are about paths only: whether the certificate covers the host that
//! was asked for, or is weak, is for detectors to say.

use dissect::x509::SignatureCheck;

use super::notes::Notes;

/// A chain, judged against the trust roots of its capture's time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assessment {
    /// Whether a path leads to a root.
    pub path: PathStatus,
    /// Whether the leaf is signed with its own key. Computed only when the path is not
    /// [`PathStatus::Trusted`]; `Invalid` otherwise.
    pub leaf_self_signed: SignatureCheck,
    /// A certificate that is signed with its own key and may sign others was sent, the leaf aside.
    pub chain_includes_root: bool,
    /// No path was found, and no certificate that was sent bears the name of the topmost issuer:
    /// either a private CA, or a public one whose intermediate was forgotten and has not been
    /// seen. Where the leaf says that it is the latter, the path is [`PathStatus::Incomplete`].
    pub top_issuer_not_sent: bool,
    /// What was worked out of the chain since.
    pub(crate) notes: Notes,
}

/// Whether a path leads from the leaf to a root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PathStatus {
    /// A path exists only with an intermediate that was not sent: it was seen earlier in this
    /// capture with a trusted path of its own; or, where `top_issuer_not_sent` is set, it was not
    /// seen, and the leaf says well enough that its issuer is public (timestamps of several known
    /// CT logs, where to fetch the issuer, a policy). The latter is no proof.
    Incomplete {
        /// Subject of the certificate that was not sent.
        missing: String,
    },
    /// A path leads to a root that was trusted when the chain was captured.
    Trusted {
        /// Subject of the root.
        root: String,
        /// Where the root comes from.
        origin: RootOrigin,
        /// `false` if the path exists only when validity periods are ignored: then the chain has
        /// expired (or is not yet valid), but its issuer is no stranger.
        valid_at_capture: bool,
        /// A signature on the path needs SHA-1, or an RSA key below 2048 bits.
        legacy_algorithm: bool,
    },
    /// It could not be decided.
    Undecided(UndecidedReason),
    /// No path leads to a root.
    Untrusted {
        /// Issuer of the last certificate that could be reached from the leaf.
        top_issuer: String,
    },
}

/// Where a root comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RootOrigin {
    /// Mozilla's list.
    BuiltIn,
    /// Apple's and Microsoft's own: their systems trust it for their own services, and it follows
    /// no rules for public authorities.
    Platform,
    /// `--trust-root`.
    User,
}

/// Why a path could not be decided.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UndecidedReason {
    /// More signatures would have to be checked than one chain is worth.
    #[error("more than {limit} signatures would have to be checked")]
    BudgetExceeded {
        /// The limit.
        limit: usize,
    },
    /// No certificate was sent.
    #[error("no certificate was sent")]
    EmptyChain,
    /// The leaf cannot be read.
    #[error("the leaf cannot be read: {0}")]
    MalformedLeaf(dissect::x509::CertificateError),
    /// A certificate that the leaf may depend on cannot be read.
    #[error("certificate {position} of the chain cannot be read")]
    MalformedIntermediate {
        /// 0-based position in the chain.
        position: usize,
    },
    /// A root bears the issuer's name, but its signature cannot be computed here.
    #[error("signature algorithm {oid} of the certificate for {subject} is not supported")]
    UnsupportedSignature {
        /// Dotted OID of the algorithm.
        oid: String,
        /// Subject of the certificate that bears the signature.
        subject: String,
    },
}
