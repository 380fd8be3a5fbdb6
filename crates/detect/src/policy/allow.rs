//! A CA that may issue certificates for other people's hosts: a company's proxy, a tester's own.
//!
//! Where its key is known, the signature decides, link by link from the leaf upwards: an allowed
//! CA's certificate that somebody put behind a chain of his own proves nothing. Where only its
//! name is given, the name decides, and names can be chosen freely.

use dissect::Timestamp;
use dissect::x509::{Certificate, Chain, SignatureCheck};

use super::Expiry;
use crate::pattern::Pattern;

/// Most links that are followed upwards.
const MAX_LINKS: usize = 8;

/// A CA that the policy allows.
#[derive(Clone, Debug)]
pub struct AllowedCa {
    /// What the user calls it.
    pub name: String,
    /// Why it is allowed.
    pub reason: String,
    pub(super) identity: Identity,
    /// Hosts for which it is; all, if empty.
    pub(super) hosts: Vec<Pattern>,
    pub(super) expires: Option<Expiry>,
}

/// How the CA is recognised.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    /// Its SubjectPublicKeyInfo, from its certificate.
    Key(Vec<u8>),
    /// SHA-256 of its certificate or of its SubjectPublicKeyInfo: it must be in the chain.
    Sha256([u8; 32]),
    /// Its distinguished name.
    Subject(Pattern),
}

impl AllowedCa {
    pub(super) fn counts_at(&self, at: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires.counts_at(at))
    }

    pub(super) fn is_for(&self, host: Option<&str>) -> bool {
        self.hosts.is_empty()
            || host.is_some_and(|host| self.hosts.iter().any(|pattern| pattern.fits(host)))
    }

    pub(super) fn expired(&self) -> String {
        let day = self.expires.map(|day| day.to_string()).unwrap_or_default();
        format!("policy: the permission of {} ({}) expired on {day}", self.name, self.reason)
    }

    /// Whether the CA issued the chain's leaf, itself or through intermediates that were sent.
    pub(super) fn issued(&self, chain: &Chain) -> bool {
        let Some(leaf) = chain.leaf() else { return false };
        let keys: Vec<&[u8]> = match &self.identity {
            Identity::Subject(subject) => {
                let above = chain.certificates().skip(1).flat_map(|c| [&c.subject, &c.issuer]);
                return std::iter::once(&leaf.issuer)
                    .chain(above)
                    .any(|name| subject.fits(&name.to_string()));
            }
            Identity::Key(key) => vec![key],
            Identity::Sha256(digest) => {
                // The leaf itself may carry the CA's key, as those of mitmproxy do.
                let is = |c: &&Certificate| c.sha256 == *digest || c.spki_sha256 == *digest;
                let sent = chain.certificates().map(|c| &**c).filter(is);
                sent.map(|certificate| certificate.spki.as_slice()).collect()
            }
        };
        if keys.is_empty() {
            return false;
        }
        let mut current: &Certificate = leaf;
        for _ in 0..MAX_LINKS {
            let signed = |key: &&[u8]| current.verify_signature_with(key) == SignatureCheck::Valid;
            if keys.iter().any(signed) {
                return true;
            }
            let next = chain.certificates().find(|candidate| {
                candidate.sha256 != current.sha256
                    && candidate.subject.der == current.issuer.der
                    && current.verify_signature(candidate) == SignatureCheck::Valid
            });
            let Some(next) = next else { return false };
            current = next;
        }
        false
    }
}
