//! Whether chains lead to a trusted root, on chains that `data/make-certs.sh` makes.

#![allow(clippy::arithmetic_side_effects, clippy::panic, clippy::unwrap_used)] // helpers are tests too

use std::sync::Arc;

use detect::{Assessment, PathStatus, RootOrigin, Trust, UndecidedReason};
use dissect::Timestamp;
use dissect::x509::{CertificateCache, CertificateError, Chain, Name, SignatureCheck};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// 2025-01-01: in the validity of most chains.
const CAPTURED: i64 = 1_735_689_600;
/// 2011-01-01: in the validity of the legacy chain.
const LONG_AGO: i64 = 1_293_840_000;

fn ders(name: &str) -> Vec<Vec<u8>> {
    let path = format!("{}/tests/data/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read(path).unwrap();
    CertificateDer::pem_slice_iter(&pem).map(|der| der.unwrap().to_vec()).collect()
}

fn chain_of(ders: &[Vec<u8>]) -> Arc<Chain> {
    let mut cache = CertificateCache::default();
    Arc::new(Chain::from_ders(ders.iter().map(Vec::as_slice), &mut cache))
}

fn trust() -> Trust {
    Trust::new(ders("root"), Vec::new())
}

fn assess(trust: &mut Trust, name: &str, at: i64) -> Arc<Assessment> {
    trust.assess(&chain_of(&ders(name)), Timestamp::from_secs(at))
}

fn status(name: &str) -> PathStatus {
    assess(&mut trust(), name, CAPTURED).path.clone()
}

fn trusted(valid_at_capture: bool) -> PathStatus {
    PathStatus::Trusted {
        root: String::from("CN=Test Root, O=interloper test"),
        origin: RootOrigin::User,
        valid_at_capture,
        legacy_algorithm: false,
    }
}

fn untrusted(common_name: &str) -> PathStatus {
    PathStatus::Untrusted { top_issuer: format!("CN={common_name}, O=interloper test") }
}

#[test]
fn a_path_to_a_root_of_the_user_is_trusted() {
    for name in ["trusted", "with-root", "unordered", "cross-signed", "root"] {
        assert_eq!(status(name), trusted(true), "{name}");
    }
}

#[test]
fn what_webpki_refuses_for_other_reasons_than_trust_is_trusted() {
    for name in ["ca-as-leaf", "no-basic-constraints", "odd-purpose", "unknown-critical"] {
        assert_eq!(status(name), trusted(true), "{name}");
    }
    let chain = chain_of(&ders("v1"));
    let begin = chain.leaf().unwrap().not_before.saturating_timestamp();
    assert_eq!(trust().assess(&chain, begin).path, trusted(true));
}

#[test]
fn dates_make_a_chain_expired_and_not_untrusted() {
    for name in ["expired", "expired-intermediate"] {
        assert_eq!(status(name), trusted(false), "{name}");
    }
    // 2024-01-15, when the leaf was good; and years before it was made.
    assert_eq!(assess(&mut trust(), "expired", 1_705_276_800).path, trusted(true));
    assert_eq!(assess(&mut trust(), "trusted", 0).path, trusted(false));
}

#[test]
fn a_path_to_nowhere_is_untrusted() {
    let cases = [
        ("unknown", "Evil Proxy CA"),
        ("unknown-with-root", "Evil Proxy CA"),
        ("cross-signed-untrusted", "Evil Proxy CA"),
        ("incomplete", "Test Issuing CA"),
        ("imposter", "Test Issuing CA"),
        ("self-signed", "api.shop.test"),
        ("self-signed-other-name", "Some Other Issuer"),
    ];
    for (name, top) in cases {
        assert_eq!(status(name), untrusted(top), "{name}");
    }
    let stranger = assess(&mut Trust::default(), "trusted", CAPTURED);
    assert_eq!(stranger.path, untrusted("Test Root"));
}

#[test]
fn what_a_ca_was_not_allowed_to_issue_is_untrusted() {
    for name in ["outside-constraints", "path-too-long", "leaf-as-issuer"] {
        assert!(matches!(status(name), PathStatus::Untrusted { .. }), "{name}");
    }
}

#[test]
fn self_signed_is_a_matter_of_keys_and_not_of_names() {
    let cases = [
        ("self-signed", SignatureCheck::Valid),
        ("self-signed-other-name", SignatureCheck::Valid),
        ("unknown", SignatureCheck::Invalid),
        ("imposter", SignatureCheck::Invalid),
        ("unsupported", SignatureCheck::Unsupported),
    ];
    for (name, expected) in cases {
        let assessment = assess(&mut trust(), name, CAPTURED);
        assert_eq!(assessment.leaf_self_signed, expected, "{name}");
    }
}

#[test]
fn a_root_in_the_chain_is_noticed() {
    let cases = [
        ("with-root", true),
        ("unordered", true),
        ("unknown-with-root", true),
        ("trusted", false),
        ("self-signed", false),
        ("cross-signed", false),
    ];
    for (name, expected) in cases {
        let assessment = assess(&mut trust(), name, CAPTURED);
        assert_eq!(assessment.chain_includes_root, expected, "{name}");
    }
}

#[test]
fn it_is_noticed_when_the_last_issuer_was_not_sent() {
    let cases = [
        ("unknown", true),
        ("incomplete", true),
        ("unknown-with-root", false),
        ("self-signed", false),
        ("trusted", false),
    ];
    for (name, expected) in cases {
        let assessment = assess(&mut trust(), name, CAPTURED);
        assert_eq!(assessment.top_issuer_not_sent, expected, "{name}");
    }
}

#[test]
fn a_missing_intermediate_is_taken_from_what_was_seen_before() {
    let mut trust = trust();
    assert_eq!(assess(&mut trust, "incomplete", CAPTURED).path, untrusted("Test Issuing CA"));
    assert_eq!(assess(&mut trust, "trusted", CAPTURED).path, trusted(true));
    let missing = String::from("CN=Test Issuing CA, O=interloper test");
    for name in ["second", "incomplete"] {
        let assessment = assess(&mut trust, name, CAPTURED);
        assert_eq!(assessment.path, PathStatus::Incomplete { missing: missing.clone() }, "{name}");
    }
    assert_eq!(assess(&mut trust, "unknown", CAPTURED).path, untrusted("Evil Proxy CA"));
}

#[test]
fn an_untrusted_intermediate_is_not_remembered() {
    let mut trust = trust();
    assess(&mut trust, "unknown-with-root", CAPTURED);
    assess(&mut trust, "expired-intermediate", CAPTURED);
    for name in ["unknown", "incomplete"] {
        let path = &assess(&mut trust, name, CAPTURED).path;
        assert!(matches!(path, PathStatus::Untrusted { .. }), "{name}: {path:?}");
    }
}

#[test]
fn old_algorithms_are_computed_and_noted() {
    let mut trust = Trust::new(ders("legacy-root"), Vec::new());
    let expected = |valid_at_capture| PathStatus::Trusted {
        root: String::from("CN=Weak Root, O=interloper test"),
        origin: RootOrigin::User,
        valid_at_capture,
        legacy_algorithm: true,
    };
    assert_eq!(assess(&mut trust, "legacy", LONG_AGO).path, expected(true));
    assert_eq!(assess(&mut trust, "legacy", CAPTURED).path, expected(false));
}

#[test]
fn what_cannot_be_computed_or_read_is_undecided() {
    let unsupported = UndecidedReason::UnsupportedSignature {
        oid: String::from("1.2.840.10045.4.3.4"),
        subject: String::from("CN=api.shop.test, O=interloper test"),
    };
    assert_eq!(status("unsupported"), PathStatus::Undecided(unsupported));

    let at = Timestamp::from_secs(CAPTURED);
    let empty = trust().assess(&chain_of(&[]), at);
    assert_eq!(empty.path, PathStatus::Undecided(UndecidedReason::EmptyChain));

    let malformed = trust().assess(&chain_of(&[vec![0x30]]), at);
    let error = CertificateError::Asn1 { length: 1 };
    assert_eq!(malformed.path, PathStatus::Undecided(UndecidedReason::MalformedLeaf(error)));

    let mut cut = ders("incomplete");
    cut.push(vec![0x30, 0x00]);
    let cut = trust().assess(&chain_of(&cut), at);
    let reason = UndecidedReason::MalformedIntermediate { position: 1 };
    assert_eq!(cut.path, PathStatus::Undecided(reason));

    let mut own = ders("self-signed");
    own.push(vec![0x30, 0x00]);
    assert_eq!(trust().assess(&chain_of(&own), at).path, untrusted("api.shop.test"));
}

#[test]
fn a_long_chain_is_judged_by_its_beginning() {
    let mut long = ders("trusted");
    let noise = ders("unknown-with-root");
    long.extend(std::iter::repeat_n(noise[1].clone(), 500));
    let at = Timestamp::from_secs(CAPTURED);
    assert_eq!(trust().assess(&chain_of(&long), at).path, trusted(true));
    long.swap(1, 400);
    assert_eq!(trust().assess(&chain_of(&long), at).path, untrusted("Test Issuing CA"));
}

#[test]
fn an_assessment_holds_until_something_begins_or_ends() {
    let mut trust = trust();
    let chain = chain_of(&ders("expired"));
    let end = chain.leaf().unwrap().not_after.secs();
    let mut at = |second: i64| trust.assess(&chain, Timestamp::from_secs(second));
    let (before, again, last) = (at(end - 10), at(end - 9), at(end));
    assert!(Arc::ptr_eq(&before, &again));
    assert_eq!(last.path, trusted(true));
    assert_eq!(at(end + 1).path, trusted(false));
    assert_eq!(at(end - 10).path, trusted(true));
}

#[test]
fn names_of_public_roots_are_known() {
    let trust = trust();
    let own = chain_of(&ders("root"));
    assert!(!trust.is_root_name(&own.leaf().unwrap().subject));
    assert!(!trust.is_root_name(&Name::default()));
    // C=US, O=Internet Security Research Group, CN=ISRG Root X1, as PrintableString.
    let der = [
        b"\x30\x4f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US\x31\x29\x30\x27\x06\x03\x55\x04\x0a\x13\x20"
            .as_slice(),
        b"Internet Security Research Group\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0cISRG Root X1",
    ];
    assert!(trust.is_root_name(&Name::from_der(&der.concat()).unwrap()));
}

#[test]
fn logs_of_the_user_are_known_too() {
    let trust = Trust::new(Vec::new(), vec![[7; 32]]);
    assert!(trust.ct_log_known(&[7; 32]));
    assert!(!trust.ct_log_known(&[8; 32]));
    assert!(!Trust::default().ct_log_known(&[7; 32]));
}
