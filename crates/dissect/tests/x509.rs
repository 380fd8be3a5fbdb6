//! What certificates say, on certificates that `data/make-certs.sh` makes.

#![allow(clippy::arithmetic_side_effects, clippy::panic, clippy::unwrap_used)] // helpers are tests too

use std::sync::Arc;

use dissect::Timestamp;
use dissect::x509::{
    Certificate, CertificateCache, CertificateError, Chain, ChainEntry, GeneralName, PublicKey,
    SignatureCheck, ValidityTime,
};
use proptest::prelude::{any, proptest};

/// 2024-01-01T00:00:00Z, when all certificates begin.
const BEGIN: i64 = 1_704_067_200;

fn der(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}.der", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::parse(&der(name)).unwrap()
}

fn ec(curve: &str, bits: usize) -> PublicKey {
    PublicKey::Ec { curve: String::from(curve), bits }
}

#[test]
fn every_field_is_read() {
    let full = certificate("full");
    assert_eq!(full.version, 3);
    assert_eq!(full.serial, [1]);
    assert_eq!(
        full.subject.to_string(),
        "CN=shop.test, O=\u{dc}bung, GmbH, OU=a, OU=b, C=DE, ST=Bayern, L=M\u{fc}nchen, \
         emailAddress=a@b.test, DC=test, serialNumber=7, street=Weg 1, postalCode=80331, UID=u1"
    );
    assert_eq!(full.issuer, full.subject);
    assert_eq!(full.not_before, ValidityTime::from_secs(BEGIN));
    assert_eq!(full.not_after, ValidityTime::from_secs(2_019_686_400));
    assert_eq!(full.signature_algorithm, "1.2.840.10045.4.3.2");
    assert_eq!(full.basic_constraints_ca, Some(true));
    // digitalSignature (0), keyCertSign (5), decipherOnly (8).
    assert_eq!(full.key_usage, Some(1 | 1 << 5 | 1 << 8));
    let purposes = ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "1.2.3.4"];
    assert_eq!(full.extended_key_usage, purposes);
    assert_eq!(full.subject_key_id.as_deref(), Some([1, 2, 3, 4, 5].as_slice()));
    assert_eq!(full.authority_key_id, None);
    assert_eq!(full.policies, ["2.23.140.1.2.1", "1.3.6.1.4.1.44947.1.1.1"]);
    assert_eq!(full.crl_distribution_points, ["http://crl.test/1.crl"]);
    assert_eq!(full.authority_info_access, ["http://ocsp.test", "http://ca.test/i.der"]);
    assert_eq!(full.ca_issuers, ["http://ca.test/i.der"]);
    let names = [
        GeneralName::Dns(String::from("*.shop.test")),
        GeneralName::Ip([203, 0, 113, 5].into()),
        GeneralName::Ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into()),
        GeneralName::Email(String::from("a@b.test")),
        GeneralName::Uri(String::from("https://c.test/")),
        GeneralName::Other(8),
    ];
    assert_eq!(full.subject_alt_names.as_deref(), Some(names.as_slice()));
    let [sct] = full.scts.as_slice() else { panic!("{:?}", full.scts) };
    assert_eq!(sct.log_id[..4], [0xa4, 0xb9, 0x09, 0x90]);
    assert_eq!(sct.timestamp, Timestamp::from_nanos(0x190_0000_0000 * 1_000_000));
}

#[test]
fn extensions_are_listed_in_wire_order_even_if_malformed() {
    let malformed = certificate("malformed");
    let listed: Vec<_> =
        malformed.extensions.iter().map(|e| (e.oid.as_str(), e.critical, e.length)).collect();
    let expected = [
        ("2.5.29.14", false, 4),
        ("2.5.29.19", true, 2),
        ("2.5.29.17", false, 2),
        ("2.5.29.32", false, 3),
        ("2.5.29.15", false, 4),
    ];
    assert_eq!(listed, expected);
    assert_eq!(malformed.basic_constraints_ca, None);
    assert_eq!(malformed.subject_alt_names, Some(Vec::new()));
    assert!(malformed.policies.is_empty());
    assert_eq!(malformed.subject_key_id, Some(vec![1, 2]));
    assert_eq!(malformed.key_usage, Some(1));
}

#[test]
fn keys_of_every_kind_are_told_apart() {
    let cases = [
        ("dsa", PublicKey::Dsa { bits: 1024 }),
        ("ed25519", PublicKey::Ed25519),
        ("ed448", PublicKey::Ed448),
        ("explicit", ec("explicit", 384)),
        ("full", ec("P-256", 256)),
        ("p384-sha256", ec("P-384", 384)),
        ("p521", ec("P-521", 521)),
        ("pss", PublicKey::Rsa { bits: 2048 }),
        ("rsa512", PublicKey::Rsa { bits: 512 }),
        ("secp256k1", ec("secp256k1", 256)),
    ];
    for (name, expected) in cases {
        let certificate = certificate(name);
        assert_eq!(certificate.public_key, expected, "{name}");
        assert_eq!(PublicKey::from_spki(&certificate.spki), Some(expected), "{name}");
    }
    assert_eq!(PublicKey::from_spki(&[0x02, 0x00]), None);
}

#[test]
fn self_signed_is_decided_with_the_key() {
    let valid = [
        "ed25519",
        "full",
        "malformed",
        "p256-sha384",
        "p384-sha256",
        "pss",
        "rsa1024-sha1",
        "rsa2048",
        "v1",
    ];
    let unsupported = ["dsa", "ed448", "explicit", "md5", "p521", "pss-odd-salt", "rsa512"];
    for name in valid {
        assert_eq!(certificate(name).is_self_signed(), SignatureCheck::Valid, "{name}");
        let mut changed = der(name);
        *changed.last_mut().unwrap() ^= 1;
        let changed = Certificate::parse(&changed).unwrap();
        assert_eq!(changed.is_self_signed(), SignatureCheck::Invalid, "{name}");
    }
    for name in unsupported {
        assert_eq!(certificate(name).is_self_signed(), SignatureCheck::Unsupported, "{name}");
    }
}

#[test]
fn the_key_of_another_made_no_signature() {
    let full = certificate("full");
    for other in ["rsa2048", "ed25519", "v1"] {
        let check = full.verify_signature(&certificate(other));
        assert_eq!(check, SignatureCheck::Invalid, "{other}");
    }
    // Made with the same key.
    assert_eq!(full.verify_signature(&certificate("malformed")), SignatureCheck::Valid);
    assert_eq!(full.verify_signature_with(&[]), SignatureCheck::Unsupported);
}

#[test]
fn odd_frames_are_read() {
    let v1 = certificate("v1");
    assert_eq!((v1.version, v1.extensions.len()), (1, 0));
    // 99991231235959Z: no well-defined expiration.
    assert_eq!(certificate("late").not_after.secs(), 253_402_300_799);
    let long = certificate("serial");
    assert_eq!(long.serial.len(), 18);
    assert_eq!(long.serial[..3], [0x00, 0x8f, 0x01]);

    // The sign byte turned: a negative number.
    let mut negative = der("serial");
    let at = negative.windows(3).position(|bytes| bytes == [0x00, 0x8f, 0x01]).unwrap();
    negative[at] = 0xff;
    assert_eq!(Certificate::parse(&negative).unwrap().serial[..2], [0xff, 0x8f]);
}

#[test]
fn what_is_no_certificate_says_why() {
    let full = der("full");
    let trailing = [full.as_slice(), &[0, 0]].concat();
    let cut = &full[..full.len() - 1];
    let cases: [(&[u8], CertificateError); 4] = [
        (&[], CertificateError::Asn1 { length: 0 }),
        (&[0x30, 0x00], CertificateError::Asn1 { length: 2 }),
        (cut, CertificateError::Asn1 { length: cut.len() }),
        (&trailing, CertificateError::TrailingBytes { trailing: 2 }),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Certificate::parse(bytes).err(), Some(expected));
    }
}

#[test]
fn a_cache_parses_the_same_bytes_once() {
    let mut cache = CertificateCache::default();
    let (full, v1) = (der("full"), der("v1"));
    let ders = [full.as_slice(), &[0x30], &v1];
    let first = Chain::from_ders(ders, &mut cache);
    let again = Chain::from_ders(ders, &mut cache);
    let turned = Chain::from_ders([v1.as_slice(), &full], &mut cache);
    assert_eq!(cache.len(), 3);
    assert!(Arc::ptr_eq(first.leaf().unwrap(), again.leaf().unwrap()));
    assert!(matches!(first.entries[1], ChainEntry::Malformed { .. }));
    assert_eq!(first.certificates().count(), 2);
    assert_eq!(first.fingerprint(), again.fingerprint());
    assert_ne!(first.fingerprint(), turned.fingerprint());
    assert_ne!(first.fingerprint(), Chain::default().fingerprint());
}

#[test]
fn the_same_certificates_are_the_same_chain() {
    let mut cache = CertificateCache::default();
    let (full, v1) = (der("full"), der("v1"));
    let ders = [full.as_slice(), &[0x30], &v1];
    let first = cache.chain(&ders);
    assert!(Arc::ptr_eq(&first, &cache.chain(&ders)));
    assert_eq!(first.fingerprint(), Chain::from_ders(ders, &mut cache).fingerprint());
    for other in [&ders[..2], &ders[1..], &[&v1, &[0x30], &full], &[]] {
        let other = cache.chain(other);
        assert_ne!(first.fingerprint(), other.fingerprint());
    }
    for number in 0..=dissect::x509::cache::MAX_CHAINS {
        let held = cache.chain(&[&number.to_be_bytes()]);
        assert!(Arc::ptr_eq(&held, &cache.chain(&[&number.to_be_bytes()])));
    }
    assert!(!Arc::ptr_eq(&first, &cache.chain(&ders)), "a full table starts afresh");
}

#[test]
fn a_full_cache_starts_afresh() {
    let mut cache = CertificateCache::default();
    for number in 0..=dissect::x509::cache::MAX_CERTIFICATES {
        cache.entry(&number.to_be_bytes());
    }
    assert_eq!(cache.len(), 1);
    let large = vec![0; dissect::x509::cache::MAX_BYTES / 2 + 1];
    cache.entry(&large);
    assert_eq!(cache.len(), 2);
    cache.entry(&large[1..]);
    assert_eq!(cache.len(), 1);
}

proptest! {
    #[test]
    fn damaged_certificates_do_no_harm(
        name in proptest::sample::select(vec!["full", "malformed", "pss", "explicit", "dsa"]),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = der(name);
        for (index, value) in damage {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(certificate) = Certificate::parse(&bytes) {
            assert_eq!(&*certificate.der, bytes.as_slice());
            certificate.is_self_signed();
        }
    }

    #[test]
    fn noise_is_no_certificate(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        assert!(Certificate::parse(&bytes).is_err());
    }
}
