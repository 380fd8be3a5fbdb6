//! What was allowed when a certificate was issued.
//!
//! Public authorities follow the CA/Browser Forum's Baseline Requirements, which grew stricter
//! over the years. An old capture is judged by the rules of its time, so that it does not raise
//! what nobody could have done better; private chains follow no such rules and are judged by
//! today's.

use dissect::x509::{Certificate, ValidityTime};

use crate::trust::{Assessment, PathStatus, RootOrigin};

/// 2009-01-01: after the forged MD5 authority of December 2008 public authorities stopped.
const MD5_ENDED: ValidityTime = ValidityTime::from_secs(1_230_768_000);

/// 2014-01-01: Baseline Requirements, appendix A: no RSA key of less than 2048 bits any more.
const RSA_1024_ENDED: ValidityTime = ValidityTime::from_secs(1_388_534_400);

/// 2016-01-01: Baseline Requirements section 7.1.3: no signature with SHA-1 any more.
const SHA1_ENDED: ValidityTime = ValidityTime::from_secs(1_451_606_400);

/// 2017-04-19: Chrome 58 stopped looking at the common name.
const ALT_NAMES_NEEDED: ValidityTime = ValidityTime::from_secs(1_492_560_000);

/// Most days that a public leaf may be valid, from which date of issue on: Baseline Requirements
/// section 6.3.2, with ballots 193, SC31 (as browsers enforced it) and SC081v3.
const VALIDITY_LIMITS: [(ValidityTime, i64); 5] = [
    (ValidityTime::from_secs(1_519_862_400), 825), // 2018-03-01
    (ValidityTime::from_secs(1_598_918_400), 398), // 2020-09-01
    (ValidityTime::from_secs(1_773_532_800), 200), // 2026-03-15
    (ValidityTime::from_secs(1_805_068_800), 100), // 2027-03-15
    (ValidityTime::from_secs(1_868_227_200), 47),  // 2029-03-15
];

/// Whose rules a chain is judged by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Era {
    /// Nobody knows who issued it, or a platform's own authority did: by the rules of its time,
    /// but not by those for validity, which bind public authorities only.
    Issued,
    /// A private chain: by today's rules.
    Today,
    /// A public chain: by the rules of its time.
    WhenIssued,
}

impl Era {
    /// The rules for a chain of which this is known.
    pub(super) const fn of(assessment: &Assessment) -> Self {
        match assessment.path {
            PathStatus::Trusted { origin: RootOrigin::BuiltIn, .. } => Self::WhenIssued,
            PathStatus::Trusted { origin: RootOrigin::User, .. } | PathStatus::Untrusted { .. } => {
                Self::Today
            }
            PathStatus::Trusted { origin: RootOrigin::Platform, .. }
            | PathStatus::Incomplete { .. }
            | PathStatus::Undecided(_) => Self::Issued,
        }
    }

    /// MD5 in a signature was a weakness.
    pub(super) fn forbids_md5(self, certificate: &Certificate) -> bool {
        self.at_or_after(MD5_ENDED, certificate)
    }

    /// SHA-1 in a signature was a weakness.
    pub(super) fn forbids_sha1(self, certificate: &Certificate) -> bool {
        self.at_or_after(SHA1_ENDED, certificate)
    }

    /// Names had to be alternative names.
    pub(super) fn needs_alt_names(self, certificate: &Certificate) -> bool {
        self.at_or_after(ALT_NAMES_NEEDED, certificate)
    }

    /// Fewest bits of an RSA key.
    pub(super) fn least_rsa_bits(self, certificate: &Certificate) -> usize {
        if self.at_or_after(RSA_1024_ENDED, certificate) { 2048 } else { 1024 }
    }

    /// Most days that a leaf could be valid; `None` without a limit.
    pub(super) fn most_days(self, leaf: &Certificate) -> Option<i64> {
        if self != Self::WhenIssued {
            return None;
        }
        let limits = VALIDITY_LIMITS.iter().rev();
        limits.into_iter().find(|(from, _)| leaf.not_before >= *from).map(|(_, days)| *days)
    }

    fn at_or_after(self, date: ValidityTime, certificate: &Certificate) -> bool {
        self == Self::Today || certificate.not_before >= date
    }
}

/// How long a certificate is valid, in seconds.
pub(super) const fn lifetime(certificate: &Certificate) -> i64 {
    certificate.not_after.seconds_since(certificate.not_before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::certificate;

    fn issued(seconds: i64) -> Certificate {
        let not_before = ValidityTime::from_secs(seconds);
        Certificate { not_before, ..certificate("CN=a", "CN=b") }
    }

    #[test]
    fn limits_of_validity_follow_the_date_of_issue() {
        for (seconds, days) in [
            (1_519_862_399, None),
            (1_519_862_400, Some(825)),
            (1_598_918_399, Some(825)),
            (1_598_918_400, Some(398)),
            (1_773_532_800, Some(200)),
            (1_805_068_800, Some(100)),
            (1_868_227_200, Some(47)),
        ] {
            assert_eq!(Era::WhenIssued.most_days(&issued(seconds)), days, "{seconds}");
            assert_eq!(Era::Today.most_days(&issued(seconds)), None);
            assert_eq!(Era::Issued.most_days(&issued(seconds)), None);
        }
    }

    #[test]
    fn old_certificates_of_public_chains_are_judged_by_their_time() {
        let (old, new) = (issued(1_230_767_999), issued(1_500_000_000));
        for era in [Era::WhenIssued, Era::Issued] {
            assert!(
                !era.forbids_md5(&old) && !era.forbids_sha1(&old) && !era.needs_alt_names(&old)
            );
            assert!(era.forbids_md5(&new) && era.forbids_sha1(&new) && era.needs_alt_names(&new));
            assert_eq!((era.least_rsa_bits(&old), era.least_rsa_bits(&new)), (1024, 2048));
        }
        assert!(Era::Today.forbids_md5(&old) && Era::Today.forbids_sha1(&old));
        assert!(Era::Today.needs_alt_names(&old));
        assert_eq!(Era::Today.least_rsa_bits(&old), 2048);
    }
}
