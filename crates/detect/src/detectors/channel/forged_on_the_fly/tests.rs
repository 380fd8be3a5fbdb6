//! Forgeries of all kinds, and the honest chains that come close.

use std::sync::Arc;

use dissect::x509::{Certificate, GeneralName, SignedCertificateTimestamp, ValidityTime};
use dissect::{Carrier, Fact, Record, Stage, Timestamp};

use super::super::case::tests::{self_signed, untrusted};
use super::marks::{Found, Mark};
use super::memory::Memory;
use super::*;
use crate::detectors::testing::{
    NOW, certificate, certified, certified_over, chain, days_from_now, sightings,
};
use crate::settings::Known;

fn seconds_ago(seconds: i64) -> ValidityTime {
    ValidityTime::from_secs(NOW.secs().saturating_sub(seconds))
}

/// A leaf of a private authority, some days old.
fn private(host: &str, issuer: &str) -> Certificate {
    let mut leaf = certificate(&format!("CN={host}"), issuer);
    leaf.not_before = seconds_ago(5 * 86_400 + 7_000);
    leaf.policies = vec!["1.2.3".into()];
    leaf
}

fn minted(host: &str, issuer: &str) -> Certificate {
    let not_before = seconds_ago(86_400);
    Certificate { not_before, policies: Vec::new(), ..private(host, issuer) }
}

/// What the rule says to leaves under their hosts, all in one capture.
fn judged(leaves: Vec<(&str, Certificate)>) -> Vec<Sighting> {
    let records: Vec<Record> =
        leaves.into_iter().map(|(host, leaf)| certified(host, chain(vec![leaf]))).collect();
    let mut detector = (REGISTRATION.build)();
    sightings(&mut *detector, &Known::default(), &records)
}

fn facts(sighting: &Sighting) -> Vec<&'static str> {
    let own = ["subject", "issuer", "sha256"];
    let facts = sighting.evidence.iter().map(|evidence| evidence.fact);
    facts.filter(|fact| !own.contains(fact)).collect()
}

#[test]
fn one_key_under_unrelated_hosts_is_enough() {
    let same = |host: &str| Certificate { spki_sha256: [7; 32], ..private(host, "CN=box") };
    let raised = judged(vec![
        ("api.shop.test", same("api.shop.test")),
        ("auth.bank.test", same("auth.bank.test")),
    ]);
    assert_eq!(raised.len(), 1, "the first host alone shows nothing");
    assert_eq!(
        raised[0].title,
        "auth.bank.test presents a certificate minted on the fly by CN=box"
    );
    assert_eq!(facts(&raised[0]), ["key-of-unrelated-hosts", "issuer-of-unrelated-hosts"]);
    assert!(raised[0].evidence[0].value.contains("shop.test, in packet 15"));
}

#[test]
fn three_weak_marks_of_different_groups_are_enough() {
    let raised = judged(vec![
        ("api.shop.test", minted("api.shop.test", "CN=box")),
        ("auth.bank.test", minted("auth.bank.test", "CN=box")),
    ]);
    // A leaf that was minted while its client waited counts twice.
    assert_eq!(raised.len(), 2);
    assert_eq!(facts(&raised[0]), ["minted-in-capture", "fresh-validity", "missing"]);
    assert_eq!(raised[0].confidence, Confidence::Likely);
    let mut odd = private("api.shop.test", "CN=box");
    odd.subject_key_id = Some(vec![1; 294]);
    odd.scts = vec![SignedCertificateTimestamp { log_id: [0; 32], timestamp: NOW }];
    odd.subject_alt_names = Some(vec![GeneralName::Ip("203.0.113.5".parse().unwrap())]);
    let raised = judged(vec![("api.shop.test", odd)]);
    assert_eq!(facts(&raised[0]), ["unknown-logs", "key-identifier", "subject-alternative-name"]);
}

#[test]
fn a_copy_of_the_genuine_certificate_is_told_by_its_serial_and_dates() {
    let genuine = private("api.shop.test", "CN=Genuine");
    let mut memory = Memory::default();
    let record = certified("api.shop.test", chain(vec![genuine.clone()]));
    memory.remember_genuine(&Case::of(&record).unwrap());
    let assessment = untrusted();
    let found = |leaf: Certificate| {
        let record = certified("api.shop.test", chain(vec![leaf]));
        let case = Case::of(&record).unwrap();
        let context = Context {
            assessment: &assessment,
            company: &memory::Company::default(),
            genuine: memory.genuine("API.shop.test"),
            borrowed_name: None,
            logs_known: true,
            begin: NOW,
        };
        marks::find(&case, &context).into_iter().map(|found| found.mark).collect::<Vec<_>>()
    };
    let forged =
        Certificate { issuer: crate::detectors::testing::name("CN=box"), ..genuine.clone() };
    assert_eq!(found(forged.clone()), [Mark::CopiedSerial, Mark::MirroredDates]);
    let mut added = forged.clone();
    added.serial[17] ^= 0x55;
    added.not_after = days_from_now(3);
    assert_eq!(found(added), [Mark::CopiedSerial]);
    let mut other = forged;
    other.serial[0] ^= 0x55;
    assert_eq!(found(other), [Mark::MirroredDates]);
    assert_eq!(found(genuine), []);
}

#[test]
fn only_the_heaviest_of_a_group_counts() {
    let found = |mark| Found { mark, value: String::new() };
    for (marks, expected) in [
        (vec![], 0),
        (vec![Mark::Fresh, Mark::Midnights], 1),
        (vec![Mark::Minted, Mark::Fresh], 2),
        (vec![Mark::Fresh, Mark::NothingPublic], 2),
        (vec![Mark::Fresh, Mark::NothingPublic, Mark::IssuerOfUnrelated], 3),
        (vec![Mark::SharedKey], 3),
        (vec![Mark::SharedKey, Mark::KeyOfUnrelated, Mark::Minted], 5),
        (vec![Mark::BorrowedName, Mark::IssuerOfUnrelated], 3),
        (vec![Mark::CopiedSerial, Mark::MirroredDates], 3),
    ] {
        let list = marks.iter().map(|&mark| found(mark)).collect::<Vec<_>>();
        assert_eq!(score(&list), expected, "{marks:?}");
    }
}

#[test]
fn private_authorities_are_not_raised() {
    // A company's domains under its authority, with keys of their own.
    let own =
        |host: &str| Certificate { policies: Vec::new(), ..private(host, "O=Acme, CN=Acme CA") };
    assert!(
        judged(vec![
            ("www.acme.test", own("www.acme.test")),
            ("cdn.acme-static.test", own("cdn.acme-static.test")),
            ("mail.acme.org", own("mail.acme.org")),
        ])
        .is_empty()
    );
    // Unrelated domains, and nothing public in the leaves: two weak marks.
    assert!(
        judged(vec![("a.shop.test", own("a.shop.test")), ("b.bank.test", own("b.bank.test")),])
            .is_empty()
    );
    // One key in one certificate for many domains, as CDNs have it.
    let shared = private("a.shop.test", "CN=box");
    assert!(judged(vec![("a.shop.test", shared.clone()), ("b.bank.test", shared)]).is_empty());
    // One key for devices without public names.
    let device = |host: &str| Certificate { spki_sha256: [7; 32], ..private(host, "CN=maker") };
    assert!(
        judged(vec![("nas.local", device("nas.local")), ("printer", device("printer"))]).is_empty()
    );
}

#[test]
fn self_signed_devices_and_dtls_are_not_judged() {
    let record = certified("router.test", chain(vec![minted("router.test", "CN=router.test")]));
    assert!(is_plainly_self_signed(&Case::of(&record).unwrap(), &self_signed()));
    let lent = certified("router.test", chain(vec![minted("router.test", "CN=box")]));
    assert!(!is_plainly_self_signed(&Case::of(&lent).unwrap(), &self_signed()));
    let dtls = certified_over(Carrier::Dtls, "a.test", chain(vec![minted("a.test", "CN=box")]));
    let mut detector = (REGISTRATION.build)();
    assert!(sightings(&mut *detector, &Known::default(), &[dtls]).is_empty());
}

#[test]
fn what_a_named_product_is_certain_of_is_left_to_its_rule() {
    let mut leaf = minted("api.shop.test", "CN=mitmproxy, O=mitmproxy");
    leaf.authority_key_id = Some(leaf.key_sha1.to_vec());
    leaf.extensions = crate::detectors::testing::extensions("2.5.29.37 2.5.29.17 2.5.29.35");
    let mut listed = leaf.clone();
    assert!(judged(vec![("api.shop.test", leaf)]).is_empty());
    listed.issuer = crate::detectors::testing::name("CN=another");
    assert_eq!(judged(vec![("api.shop.test", listed)]).len(), 1);
}

#[test]
fn a_leaf_minted_before_the_capture_is_merely_fresh() {
    let record = certified("api.shop.test", chain(vec![minted("api.shop.test", "CN=box")]));
    let Fact::Session(_, session) = &record.fact else { panic!("no session") };
    let mut session = dissect::Session::clone(session);
    session.client_hello = None;
    let record = Record { fact: Fact::Session(Stage::Certified, Arc::new(session)), ..record };
    let case = Case::of(&record).unwrap();
    let (assessment, company) = (untrusted(), memory::Company::default());
    let marks = |begin| {
        let context = Context {
            assessment: &assessment,
            company: &company,
            genuine: None,
            borrowed_name: None,
            logs_known: false,
            begin,
        };
        marks::find(&case, &context).into_iter().map(|found| found.mark).collect::<Vec<_>>()
    };
    assert!(marks(NOW).contains(&Mark::Minted));
    assert!(!marks(Timestamp::from_secs(NOW.secs() + 1)).contains(&Mark::Minted));
}
