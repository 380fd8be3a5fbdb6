//! Which certificates of a chain a client needs: the leaf and, from issuer to issuer, those that
//! lead from it towards a root.
//!
//! Servers send more than that: roots, cross-certificates for clients of another decade. What is
//! wrong with those harms nobody, as the expiry of the AddTrust root on 2020-05-30 showed: clients
//! that stopped at a root they knew went on, and a detector must do as they do.

use std::sync::Arc;

use dissect::x509::{Certificate, Chain, Name};

/// Most intermediates that are followed. Public paths have one or two, long private ones four or
/// five; more is a loop or an attempt to waste time.
const MAX_INTERMEDIATES: usize = 8;

/// The intermediates that were sent and are needed, in order from the leaf upwards: without the
/// leaf, without roots, and without anything above a name that is a known root's.
pub(crate) fn needed_intermediates(
    chain: &Chain,
    is_root_name: impl Fn(&Name) -> bool,
) -> Vec<Arc<Certificate>> {
    let Some(mut current) = chain.leaf() else { return Vec::new() };
    let mut needed: Vec<Arc<Certificate>> = Vec::new();
    while needed.len() < MAX_INTERMEDIATES && !is_root_name(&current.issuer) {
        let next = chain.certificates().find(|candidate| {
            candidate.subject.der == current.issuer.der
                && candidate.issuer.der != candidate.subject.der
                && candidate.sha256 != current.sha256
                && needed.iter().all(|seen| seen.sha256 != candidate.sha256)
        });
        let Some(next) = next else { break };
        needed.push(Arc::clone(next));
        current = next;
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{certificate, chain};

    fn subjects(needed: &[Arc<Certificate>]) -> Vec<String> {
        needed.iter().map(|certificate| certificate.subject.to_string()).collect()
    }

    /// The chain that many servers sent on 2020-05-30, the day AddTrust's root expired.
    fn addtrust() -> Chain {
        chain(vec![
            certificate("CN=api.shop.test", "CN=Sectigo"),
            certificate("CN=Sectigo", "CN=USERTrust"),
            certificate("CN=USERTrust", "CN=AddTrust"),
            certificate("CN=AddTrust", "CN=AddTrust"),
        ])
    }

    #[test]
    fn nothing_above_a_known_root_is_needed() {
        let needed =
            needed_intermediates(&addtrust(), |name| name.common_name() == Some("USERTrust"));
        assert_eq!(subjects(&needed), ["CN=Sectigo"]);
    }

    #[test]
    fn without_a_known_root_all_but_the_self_issued_are_needed() {
        let needed = needed_intermediates(&addtrust(), |_| false);
        assert_eq!(subjects(&needed), ["CN=Sectigo", "CN=USERTrust"]);
    }

    #[test]
    fn order_in_the_message_does_not_matter_and_strangers_are_left_out() {
        let shuffled = chain(vec![
            certificate("CN=api.shop.test", "CN=b"),
            certificate("CN=stranger", "CN=elsewhere"),
            certificate("CN=a", "CN=root"),
            certificate("CN=b", "CN=a"),
        ]);
        assert_eq!(subjects(&needed_intermediates(&shuffled, |_| false)), ["CN=b", "CN=a"]);
    }

    #[test]
    fn a_loop_ends() {
        let looped = chain(vec![
            certificate("CN=api.shop.test", "CN=a"),
            certificate("CN=a", "CN=b"),
            certificate("CN=b", "CN=a"),
        ]);
        assert_eq!(subjects(&needed_intermediates(&looped, |_| false)), ["CN=a", "CN=b"]);
        assert!(needed_intermediates(&Chain::default(), |_| false).is_empty());
    }
}
