//! What a leaf says of its issuer when the issuer is not there to be asked.
//!
//! Since 2018 public authorities get timestamps of at least two CT logs into every leaf, say where
//! their own certificate lies, and name a policy (Baseline Requirements section 7.1.2.7). All of
//! it together tells a public leaf from a private one. None of it is proof: the timestamps'
//! signatures cover the issuer's key, which is what is missing, so that copied ones look the same.

use dissect::x509::Certificate;

use crate::when::DAY;

/// Fewest known CT logs. Interceptors embed timestamps of logs that nobody knows.
const MIN_LOGS: usize = 2;
/// Most days between notBefore and a timestamp: the log sees a certificate before it is issued,
/// and authorities date back a little. A forger's own dates do not fit timestamps that he copied.
const MAX_DAYS: i64 = 45;

/// Whether the leaf says in every way a public one does that its issuer is a public authority.
pub(super) fn is_vouched_for(leaf: &Certificate, log_known: impl Fn(&[u8; 32]) -> bool) -> bool {
    let fetchable = leaf.ca_issuers.iter().any(|uri| uri.starts_with("http"));
    if !fetchable || leaf.policies.is_empty() {
        return false;
    }
    // Its own key is not its issuer's.
    if leaf.authority_key_id.as_deref() == Some(leaf.key_sha1.as_slice()) {
        return false;
    }
    let begins = leaf.not_before.secs();
    let dates = begins.saturating_sub(DAY)..=begins.saturating_add(MAX_DAYS.saturating_mul(DAY));
    let mut logs: Vec<&[u8; 32]> = Vec::new();
    for sct in leaf.scts.iter().filter(|sct| dates.contains(&sct.timestamp.secs())) {
        if !logs.contains(&&sct.log_id) && log_known(&sct.log_id) {
            logs.push(&sct.log_id);
        }
    }
    logs.len() >= MIN_LOGS
}

#[cfg(test)]
mod tests {
    use dissect::Timestamp;
    use dissect::x509::SignedCertificateTimestamp;

    use super::*;
    use crate::detectors::testing::certificate;

    fn public(ids: &[u8], days: i64) -> Certificate {
        let leaf = certificate("CN=api.shop.test", "CN=R10");
        let at =
            Timestamp::from_secs(leaf.not_before.secs().saturating_add(days.saturating_mul(DAY)));
        let scts =
            ids.iter().map(|id| SignedCertificateTimestamp { log_id: [*id; 32], timestamp: at });
        Certificate {
            scts: scts.collect(),
            ca_issuers: vec!["http://ca.test/r10.der".into()],
            policies: vec!["2.23.140.1.2.1".into()],
            ..leaf
        }
    }

    #[test]
    fn two_known_logs_a_policy_and_an_address_vouch() {
        let vouched = |leaf: &Certificate| is_vouched_for(leaf, |id| id[0] < 10);
        assert!(vouched(&public(&[1, 2], 0)));
        assert!(vouched(&public(&[1, 99, 2], 40)));
        for (leaf, why) in [
            (public(&[1], 0), "one log"),
            (public(&[1, 1], 0), "the same log twice"),
            (public(&[98, 99], 0), "unknown logs"),
            (public(&[1, 2], 60), "timestamps of another certificate"),
            (public(&[1, 2], -3), "timestamps before the certificate"),
            (Certificate { ca_issuers: Vec::new(), ..public(&[1, 2], 0) }, "no address"),
            (Certificate { policies: Vec::new(), ..public(&[1, 2], 0) }, "no policy"),
            (
                Certificate { authority_key_id: Some(vec![0x11; 20]), ..public(&[1, 2], 0) },
                "its own key as its issuer's",
            ),
        ] {
            assert!(!vouched(&leaf), "{why}");
        }
    }
}
