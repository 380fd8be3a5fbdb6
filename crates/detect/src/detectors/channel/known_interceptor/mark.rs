//! Marks of a leaf's construction: what a minting program leaves behind whatever its CA is called.

use dissect::hex;
use dissect::x509::{Certificate, GeneralName, PublicKey, SignatureCheck, ValidityTime};

use serde::Deserialize;

use super::super::case::Case;
use super::extension::{self, Extension};
use super::serial;
use crate::trust::{Assessment, PathStatus};
use crate::when::{self, DAY};

/// How long after minting a leaf still counts as fresh, in seconds: interceptors mint at the
/// first connection and keep the leaf for those that follow.
const FRESH: i64 = 3_600;

/// How far lengths of validity may be off, in seconds: some programs read the clock twice.
const CLOCK_READ_TWICE: u64 = 2;

/// One mark.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Mark {
    /// Minted just now, with a notBefore that lies this many days back.
    BackdatedBy { days: i64 },
    /// The chain holds the same certificate twice.
    CaSentTwice,
    /// A CRL distribution point whose file is `mitmproxy-` and a number.
    CrlToken,
    /// Exactly these extensions in this order, then at most these.
    ExtensionOrder { fixed: Vec<Extension>, optional: Vec<Extension> },
    /// The subject key identifier is the whole SubjectPublicKeyInfo instead of a hash.
    KeyIdIsWholeKey,
    /// notBefore and notAfter are midnights.
    Midnights,
    /// An RSA key of this many bits.
    RsaBits(usize),
    /// The serial number is the time of issue.
    SerialIsIssueTime,
    /// The serial number is the MD5 of the host's name.
    #[serde(rename = "serial-is-md5-of-name")]
    SerialIsMd5OfName,
    /// The serial number holds a random UUID.
    #[serde(rename = "serial-is-uuid4")]
    SerialIsUuid4,
    /// The server's address is among the alternative names.
    ServerAddressNamed,
    /// The leaf carries the key of the CA that signed it.
    SharesCaKey,
    /// The subject is the issuer's name with another common name.
    SubjectCopiedFromIssuer,
    /// The subject is one common name and nothing else.
    SubjectIsCommonName,
    /// The subject has this attribute.
    SubjectSays { key: String, value: String },
    /// Valid for this many days.
    ValidFor { days: i64 },
}

/// A mark that was found: what kind of fact, and its value.
pub(super) type Found = (&'static str, String);

impl Mark {
    /// The fact, if the leaf bears this mark.
    pub(super) fn find(&self, case: &Case<'_>, assessment: &Assessment) -> Option<Found> {
        let leaf = &**case.leaf;
        let found = |fact, value: Option<String>| value.map(|value| (fact, value));
        match self {
            Self::BackdatedBy { days } => found("not-before", backdated(case, *days)),
            Self::CaSentTwice => found("chain", sent_twice(case)),
            Self::CrlToken => found("crl-distribution-point", crl_token(leaf)),
            Self::ExtensionOrder { fixed, optional } => {
                let fits = extension::in_order(leaf, fixed, optional);
                found("extension-order", fits.then(|| extension::listed(leaf)))
            }
            Self::KeyIdIsWholeKey => found("subject-key-id", whole_key_id(leaf)),
            Self::Midnights => found("validity", midnights(leaf)),
            Self::RsaBits(bits) => {
                let fits = leaf.public_key == PublicKey::Rsa { bits: *bits };
                found("public-key", fits.then(|| format!("RSA, {bits} bits")))
            }
            Self::SerialIsIssueTime => found(
                "serial",
                serial::is_issue_time(leaf)
                    .then(|| format!("{}: the time of issue", hex(&leaf.serial))),
            ),
            Self::SerialIsMd5OfName => found(
                "serial",
                serial::md5_preimage(leaf, case.host(), assessment)
                    .map(|name| format!("{}: the MD5 of {name}", hex(&leaf.serial))),
            ),
            Self::SerialIsUuid4 => found(
                "serial",
                serial::is_uuid4(&leaf.serial)
                    .then(|| format!("{}: a random UUID behind an a", hex(&leaf.serial))),
            ),
            Self::ServerAddressNamed => found("subject-alternative-name", server_address(case)),
            Self::SharesCaKey => found("key", shared_key(leaf, assessment)),
            Self::SubjectCopiedFromIssuer => found("subject", copied_subject(leaf)),
            Self::SubjectIsCommonName => {
                let only = matches!(leaf.subject.attributes.as_slice(), [one] if one.key == "CN");
                found("subject", only.then(|| leaf.subject.to_string()))
            }
            Self::SubjectSays { key, value } => {
                let says =
                    leaf.subject.attributes.iter().any(|a| a.key == *key && a.value == *value);
                found("subject", says.then(|| leaf.subject.to_string()))
            }
            Self::ValidFor { days } => found("validity", valid_for(leaf, *days)),
        }
    }
}

fn backdated(case: &Case<'_>, days: i64) -> Option<String> {
    let age = ValidityTime::from(case.at()).seconds_since(case.leaf.not_before);
    let minted = age.saturating_sub(days.saturating_mul(DAY));
    // Clocks of two machines differ by a little.
    (-60..=FRESH).contains(&minted).then(|| {
        let hours = days.saturating_mul(24);
        let not_before = when::utc(case.leaf.not_before);
        let ago = when::stretch(minted);
        format!("{not_before}: dated back by {hours} hours, minted {ago} before it was sent")
    })
}

fn sent_twice(case: &Case<'_>) -> Option<String> {
    let certificates: Vec<_> = case.chain.certificates().collect();
    let twice = certificates.iter().enumerate().find(|(position, certificate)| {
        certificates.iter().take(*position).any(|earlier| earlier.sha256 == certificate.sha256)
    });
    twice.map(|(_, certificate)| format!("{} was sent twice", certificate.subject))
}

/// mitmproxy 12: the last part of the path is `mitmproxy-`, the CA's serial number in decimal
/// digits, and `.crl`.
fn crl_token(leaf: &Certificate) -> Option<String> {
    let is_token = |uri: &&String| {
        let file = uri.rsplit('/').next().unwrap_or_default();
        file.strip_prefix("mitmproxy-")
            .and_then(|rest| rest.strip_suffix(".crl"))
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    leaf.crl_distribution_points.iter().find(is_token).cloned()
}

fn whole_key_id(leaf: &Certificate) -> Option<String> {
    let id = leaf.subject_key_id.as_ref().filter(|id| !id.is_empty() && **id == leaf.spki)?;
    Some(format!("{} bytes: the whole public key instead of its hash", id.len()))
}

fn midnights(leaf: &Certificate) -> Option<String> {
    let both = [leaf.not_before, leaf.not_after].iter().all(|t| t.secs().rem_euclid(DAY) == 0);
    both.then(|| format!("{} to {}", when::utc(leaf.not_before), when::utc(leaf.not_after)))
}

pub(super) fn server_address(case: &Case<'_>) -> Option<String> {
    let server = case.record.flow.as_ref()?.server.address;
    let mut names = case.leaf.subject_alt_names.iter().flatten();
    // Whoever asks for an address gets a certificate for one.
    let asked_for = case.host().is_some_and(|host| host.parse() == Ok(server));
    let named = !asked_for && names.any(|name| *name == GeneralName::Ip(server));
    named.then(|| format!("{server}, the server's own address"))
}

/// The leaf verifies with its own key though somebody else issued it; or, where that cannot be
/// computed, the issuer's key identifier is that of the leaf's key.
fn shared_key(leaf: &Certificate, assessment: &Assessment) -> Option<String> {
    if !issued_by_another(leaf) {
        return None;
    }
    let key = || hex(&leaf.key_sha1);
    let by_identifier = || {
        let same = leaf.authority_key_id.as_deref() == Some(leaf.key_sha1.as_slice());
        same.then(|| format!("{} is both the issuer's key identifier and the leaf's own", key()))
    };
    match assessment.leaf_self_signed {
        SignatureCheck::Valid => Some(format!("{} signed the leaf and is the leaf's own", key())),
        SignatureCheck::Unsupported => by_identifier(),
        // Of a trusted leaf it is not asked who signed it.
        SignatureCheck::Invalid => match assessment.path {
            PathStatus::Trusted { .. } => by_identifier(),
            _ => None,
        },
    }
}

/// By the common names: self-signed certificates whose other attributes differ exist.
fn issued_by_another(leaf: &Certificate) -> bool {
    leaf.subject.common_name() != leaf.issuer.common_name()
}

fn copied_subject(leaf: &Certificate) -> Option<String> {
    let (subject, issuer) = (&leaf.subject.attributes, &leaf.issuer.attributes);
    let copied = issuer.len() > 1
        && subject.len() == issuer.len()
        && issued_by_another(leaf)
        && subject.iter().zip(issuer).all(|(ours, theirs)| {
            ours.key == theirs.key && (ours.key == "CN" || ours.value == theirs.value)
        });
    copied.then(|| format!("{}: the issuer's with another common name", leaf.subject))
}

fn valid_for(leaf: &Certificate, days: i64) -> Option<String> {
    let seconds = leaf.not_after.seconds_since(leaf.not_before);
    let fits = seconds.abs_diff(days.saturating_mul(DAY)) <= CLOCK_READ_TWICE;
    fits.then(|| format!("exactly {days} days from {}", when::utc(leaf.not_before)))
}
