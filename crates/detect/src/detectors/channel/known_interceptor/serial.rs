//! Serial numbers by the way they were made.
//!
//! Public authorities draw them at random (Baseline Requirements section 7.1); interceptors often
//! make them from something that can be recomputed.

use dissect::x509::{Certificate, GeneralName};
use md5::{Digest, Md5};

use crate::trust::Assessment;
use crate::when::DAY;

/// Most days between the issue time that a serial number spells and notBefore: issuers date back.
const ISSUE_TIME_SLACK: i64 = 7;

/// mockttp's serial numbers: the hex digit `a` and the 32 of a random UUID (RFC 9562 section 5.4),
/// 17 bytes in all. The UUID's version and variant stand at fixed places.
pub(in crate::detectors::channel) fn is_uuid4(serial: &[u8]) -> bool {
    let [0x0a, uuid @ ..] = serial else { return false };
    let nibble = |at: usize| uuid.get(at).map(|byte| byte >> 4);
    uuid.len() == 16 && nibble(6) == Some(4) && matches!(nibble(8), Some(0x8..=0xb))
}

/// The name whose MD5 is the serial number, among the leaf's own names and the host asked for.
pub(in crate::detectors::channel) fn md5_preimage(
    leaf: &Certificate,
    host: Option<&str>,
    assessment: &Assessment,
) -> Option<String> {
    let serial = without_zeros(&leaf.serial);
    if serial.len() > Md5::output_size() {
        return None;
    }
    let is_hash_of = |name: &&str| without_zeros(&Md5::digest(name.as_bytes())) == serial;
    if let Some(host) = host.filter(is_hash_of) {
        return Some(host.to_owned());
    }
    let alt_names = leaf.subject_alt_names.iter().flatten().filter_map(|name| match name {
        GeneralName::Dns(name) => Some(name.as_str()),
        _ => None,
    });
    let own = || {
        let mut names =
            leaf.subject.common_name().into_iter().chain(alt_names.take(MAX_HASHED_NAMES));
        names.find(is_hash_of).map(str::to_owned)
    };
    assessment.notes.hashed_name.get_or_init(own).clone()
}

/// Most alternative names that are hashed. The products that do so put one name in a certificate;
/// a certificate with thousands shall not cost thousands of hashes.
const MAX_HASHED_NAMES: usize = 8;

/// Whether the serial number, of four bytes, is the time of issue in seconds since 1970.
pub(in crate::detectors::channel) fn is_issue_time(certificate: &Certificate) -> bool {
    let serial = without_zeros(&certificate.serial);
    let Ok(four) = <[u8; 4]>::try_from(serial) else { return false };
    let apart = i64::from(u32::from_be_bytes(four)).abs_diff(certificate.not_before.secs());
    apart <= ISSUE_TIME_SLACK.saturating_mul(DAY).unsigned_abs()
}

/// An INTEGER has a zero in front where its first bit would be taken for a sign.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use dissect::x509::ValidityTime;

    use super::super::super::case::tests::untrusted;
    use super::*;
    use crate::detectors::testing::certificate;

    fn bytes(hex: &str) -> Vec<u8> {
        let byte =
            |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        hex.as_bytes().chunks(2).map(byte).collect()
    }

    #[test]
    fn uuids_are_told_by_version_and_variant() {
        for (serial, expected) in [
            ("0ac0a35b3bf31047fb9c870ec9a7b36802", true),
            ("0a17ad44aed20f46df8b884be83884ea91", true),
            ("0ac7616617e7e486c9cecb83bf1ab663b0", false), // version is no 4
            ("0ac0a35b3bf31047fbcc870ec9a7b36802", false), // variant is c
            ("0bc0a35b3bf31047fb9c870ec9a7b36802", false),
            ("0ac0a35b3bf31047fb9c870ec9a7b368", false),
            ("", false),
        ] {
            assert_eq!(is_uuid4(&bytes(serial)), expected, "{serial}");
        }
    }

    #[test]
    fn md5_of_a_name_is_recomputed() {
        let mut leaf = certificate("C=CN, CN=api.shop.test", "CN=ca");
        leaf.serial = Md5::digest("api.shop.test").to_vec();
        assert_eq!(md5_preimage(&leaf, None, &untrusted()).as_deref(), Some("api.shop.test"));
        leaf.serial.insert(0, 0);
        assert_eq!(md5_preimage(&leaf, Some("x"), &untrusted()).as_deref(), Some("api.shop.test"));
        leaf.serial = Md5::digest("other.test").to_vec();
        assert_eq!(md5_preimage(&leaf, Some("api.shop.test"), &untrusted()), None);
        assert_eq!(
            md5_preimage(&leaf, Some("other.test"), &untrusted()).as_deref(),
            Some("other.test")
        );
        leaf.serial.pop();
        assert_eq!(md5_preimage(&leaf, Some("other.test"), &untrusted()), None);
    }

    #[test]
    fn an_issue_time_lies_near_not_before() {
        let mut leaf = certificate("CN=a", "CN=b");
        leaf.serial = bytes("62850ca0");
        leaf.not_before = ValidityTime::from_secs(0x6285_0ca0 - 2 * DAY);
        assert!(is_issue_time(&leaf));
        leaf.serial = bytes("0062850ca0");
        assert!(is_issue_time(&leaf));
        leaf.not_before = ValidityTime::from_secs(0x6285_0ca0 - 8 * DAY);
        assert!(!is_issue_time(&leaf));
        leaf.serial = bytes("0162850ca0");
        assert!(!is_issue_time(&leaf));
    }
}
