//! One leaf for each product as it mints them, and the honest ones that come close.

use dissect::x509::{Certificate, GeneralName, PublicKey};
use md5::{Digest, Md5};

use super::super::case::tests::{incomplete, self_signed, trusted, untrusted};
use super::*;
use crate::detectors::testing::{NOW, certificate, certified, chain, days_from_now, extensions};
use crate::finding::Confidence;
use crate::trust::RootOrigin;

const HOST: &str = "api.shop.test";
const MITMPROXY: &str = "2.5.29.37 2.5.29.17 2.5.29.35";
const MOCKTTP: &str = "2.5.29.19! 2.5.29.15! 2.5.29.37 2.5.29.17 2.5.29.32 2.5.29.35";
const SQUID: &str = "2.5.29.17 2.5.29.15! 2.5.29.37 2.5.29.19! 2.5.29.35";
const SSLSPLIT: &str = "2.5.29.14 2.5.29.35 2.5.29.19! 2.5.29.15 2.5.29.37 2.5.29.17";

fn leaf(issuer: &str) -> Certificate {
    certificate("CN=api.shop.test", issuer)
}

fn with_extensions(text: &str, leaf: Certificate) -> Certificate {
    Certificate { extensions: extensions(text), ..leaf }
}

fn uuid_serial(leaf: Certificate) -> Certificate {
    let mut serial = vec![0x0a; 17];
    serial[7] = 0x47;
    serial[9] = 0x9c;
    Certificate { serial, ..leaf }
}

fn dated(from: i64, to: i64, leaf: Certificate) -> Certificate {
    Certificate { not_before: days_from_now(from), not_after: days_from_now(to), ..leaf }
}

fn sighting(certificates: Vec<Certificate>, assessment: &Assessment) -> Option<Sighting> {
    let record = certified(HOST, chain(certificates));
    // An assessment is that of one chain.
    judge(&Case::of(&record).unwrap(), &assessment.clone())
}

/// Name in the title, and confidence.
fn verdict(leaf: Certificate, assessment: &Assessment) -> Option<(String, Confidence)> {
    let sighting = sighting(vec![leaf], assessment)?;
    let name = sighting.title.strip_prefix("api.shop.test is intercepted by ").unwrap().to_owned();
    Some((name, sighting.confidence))
}

fn assert_named(leaf: Certificate, assessment: &Assessment, name: &str, confidence: Confidence) {
    assert_eq!(verdict(leaf, assessment), Some((String::from(name), confidence)));
}

#[test]
fn name_and_construction_make_certain() {
    let keyed = self_signed();
    let cases = [
        (with_extensions(MITMPROXY, leaf("CN=mitmproxy, O=mitmproxy")), &keyed, "mitmproxy"),
        (with_extensions(MITMPROXY, leaf("CN=PCAPdroid CA, O=PCAPdroid")), &keyed, "PCAPdroid"),
        (
            uuid_serial(with_extensions(
                MOCKTTP,
                leaf("C=XX, O=HTTP Toolkit CA, CN=HTTP Toolkit CA"),
            )),
            &untrusted(),
            "HTTP Toolkit",
        ),
        (
            uuid_serial(with_extensions(
                MOCKTTP,
                leaf("C=XX, O=Mockttp, CN=Mockttp Testing CA - DO NOT TRUST - TESTING ONLY"),
            )),
            &untrusted(),
            "mockttp, HTTP Toolkit's engine",
        ),
        (
            Certificate {
                public_key: PublicKey::Rsa { bits: 1024 },
                ..leaf(
                    "C=US, L=Scottsdale, O=GoDaddy.com, Inc., \
                     OU=https://certs.godaddy.com/repository/, \
                     CN=Go Daddy Secure Certificate Authority - G2",
                )
            },
            &untrusted(),
            "bettercap",
        ),
        (
            dated(-1, 364, with_extensions(SSLSPLIT, leaf("O=sslsplit, CN=sslsplit root CA"))),
            &untrusted(),
            "sslsplit",
        ),
        (
            Certificate {
                serial: Md5::digest(HOST).to_vec(),
                ..leaf("C=CN, O=AnyProxy, CN=Anyproxy SSL Proxying")
            },
            &untrusted(),
            "AnyProxy",
        ),
        (
            with_extensions("2.5.29.17", leaf("CN=whistle.1700000000000123, OU=wproxy.org")),
            &keyed,
            "whistle",
        ),
        (
            dated(
                0,
                365,
                leaf(
                    "O=DO_NOT_TRUST, OU=Created by http://www.fiddler2.com, CN=DO_NOT_TRUST_FiddlerRoot",
                ),
            ),
            &untrusted(),
            "Fiddler Classic",
        ),
    ];
    for (mut leaf, assessment, name) in cases {
        if name == "Fiddler Classic" {
            leaf.not_before = dissect::x509::ValidityTime::from_secs(1_795_392_000);
            leaf.not_after = dissect::x509::ValidityTime::from_secs(1_826_928_000);
        }
        assert_named(leaf, assessment, name, Confidence::Certain);
    }
}

#[test]
fn construction_alone_names_under_any_ca() {
    let likely = Confidence::Likely;
    let other = "O=Example, CN=Example Root";
    let keyed = self_signed();
    assert_named(with_extensions(MITMPROXY, leaf(other)), &keyed, "mitmproxy", likely);
    assert_named(with_extensions(SQUID, leaf(other)), &keyed, "squid", likely);
    assert_named(with_extensions("2.5.29.17", leaf(other)), &keyed, "whistle", likely);
    let mockttp = uuid_serial(with_extensions(MOCKTTP, leaf(other)));
    assert_named(mockttp, &untrusted(), "mockttp, HTTP Toolkit's engine", likely);
    let sslsplit = dated(-1, 364, with_extensions(SSLSPLIT, leaf(other)));
    assert_named(sslsplit, &untrusted(), "sslsplit", likely);
    let zap = Certificate { subject_key_id: Some(leaf(other).spki), ..leaf(other) };
    assert_named(zap, &untrusted(), "ZAP", likely);
    let goproxy = dated(-30, 365, certificate("O=Example, CN=api.shop.test", other));
    assert_named(goproxy, &untrusted(), "goproxy", likely);
    let token = String::from("http://c.pki.test/mitmproxy-675374162217567627.crl");
    let token = Certificate { crl_distribution_points: vec![token], ..leaf(other) };
    assert_named(token, &untrusted(), "mitmproxy", likely);
}

#[test]
fn a_name_alone_is_likely() {
    for (issuer, name) in [
        ("C=NZ, O=XK72 Ltd, CN=Charles Proxy CA (4 Jun 2026, mac)", "Charles"),
        ("O=PortSwigger, OU=PortSwigger CA, CN=PortSwigger CA", "Burp Suite"),
        ("O=Proxyman LLC, CN=Proxyman CA (4 Jun 2025, mac, AA94759F)", "Proxyman"),
        ("O=Progress Telerik Fiddler, CN=Fiddler Root Certificate Authority", "Fiddler Everywhere"),
        ("C=SK, O=ESET, spol. s r. o., CN=ESET SSL Filter CA", "ESET"),
        ("O=Zscaler Inc., CN=Zscaler Intermediate Root CA (zscaler.net) (t)", "Zscaler"),
        ("O=Fortinet, OU=Certificate Authority, CN=FG100", "Fortinet FortiGate"),
        ("O=Cisco, CN=Cisco Umbrella Secondary SubCA fra-SG", "Cisco Umbrella"),
        ("CN=mitmproxy, O=mitmproxy", "mitmproxy"),
    ] {
        assert_named(leaf(issuer), &untrusted(), name, Confidence::Likely);
        assert_named(leaf(issuer), &incomplete(), name, Confidence::Likely);
    }
}

#[test]
fn a_name_higher_up_in_the_chain_counts() {
    let sent =
        vec![leaf("CN=box 7"), certificate("CN=box 7", "O=Zscaler Inc., CN=Zscaler Root CA")];
    let sighting = sighting(sent, &untrusted()).unwrap();
    assert_eq!(sighting.title, "api.shop.test is intercepted by Zscaler");
    assert!(sighting.alternatives.iter().any(|text| text.contains("allowed by policy")));
}

/// The CA calls itself Burp's, the leaf is mitmproxy's: construction is harder to imitate.
#[test]
fn construction_outweighs_an_imitated_name() {
    let burp = "O=PortSwigger, OU=PortSwigger CA, CN=PortSwigger CA";
    let sighting = sighting(vec![with_extensions(MITMPROXY, leaf(burp))], &self_signed()).unwrap();
    assert_eq!(
        sighting.title,
        "api.shop.test is intercepted by mitmproxy under the name of Burp Suite"
    );
    assert_eq!(sighting.confidence, Confidence::Likely);
    assert!(sighting.alternatives.iter().any(|text| text.starts_with("Burp Suite, whose name")));
}

#[test]
fn a_shared_key_without_further_marks_is_a_family() {
    let (name, confidence) = verdict(leaf("CN=Example Root"), &self_signed()).unwrap();
    assert_eq!((name.as_str(), confidence), (FAMILY, Confidence::Likely));
}

#[test]
fn evidence_quotes_the_marks_and_the_leaf() {
    let mut mitm = with_extensions(MITMPROXY, leaf("CN=mitmproxy, O=mitmproxy"));
    mitm.not_before = dissect::x509::ValidityTime::from_secs(NOW.secs() - 2 * 86_400 - 5);
    let address = GeneralName::Ip("203.0.113.5".parse().unwrap());
    mitm.subject_alt_names = Some(vec![GeneralName::Dns(HOST.into()), address]);
    let sighting = sighting(vec![mitm], &self_signed()).unwrap();
    let facts: Vec<&str> = sighting.evidence.iter().map(|evidence| evidence.fact).collect();
    assert_eq!(
        facts,
        [
            "ca-name",
            "key",
            "extension-order",
            "subject-alternative-name",
            "not-before",
            "subject",
            "issuer",
            "sha256",
            "serial",
            "not-after"
        ]
    );
    assert_eq!(sighting.evidence[2].value, "extKeyUsage, subjectAltName, authorityKeyIdentifier");
    assert!(sighting.evidence.iter().all(|evidence| evidence.packets == [12, 15]));
}

#[test]
fn honest_chains_are_not_raised() {
    let plain = || leaf("C=US, O=LabTrust, CN=E5");
    assert_eq!(verdict(plain(), &untrusted()), None);
    assert_eq!(verdict(leaf("O=Unknown, CN=Totally Unknown CA"), &incomplete()), None);
    // A self-signed certificate whose issuer has one attribute more.
    let odd = certificate("O=x, CN=api.shop.test", "L=y, O=x, CN=api.shop.test");
    assert_eq!(verdict(odd, &self_signed()), None);
    // An issuer's key identifier that is the leaf's own by mistake: the signature is another's.
    let mistaken = Certificate { authority_key_id: Some(plain().key_sha1.to_vec()), ..plain() };
    assert_eq!(verdict(with_extensions(MITMPROXY, mistaken), &untrusted()), None);
    // OpenSSL's usual extensions, a year, but not minted within the hour.
    let private = dated(-40, 325, with_extensions(SSLSPLIT, plain()));
    assert_eq!(verdict(private, &untrusted()), None);
    // GoDaddy's genuine authority.
    let godaddy = "C=US, ST=Arizona, L=Scottsdale, O=GoDaddy.com, Inc., \
                   OU=http://certs.godaddy.com/repository/, \
                   CN=Go Daddy Secure Certificate Authority - G2";
    assert_eq!(verdict(leaf(godaddy), &incomplete()), None);
}

#[test]
fn a_built_in_root_silences_the_rule_and_a_users_does_not() {
    let mut mitm = with_extensions(MITMPROXY, leaf("CN=mitmproxy, O=mitmproxy"));
    assert_named(mitm.clone(), &trusted(RootOrigin::User), "mitmproxy", Confidence::Likely);
    mitm.authority_key_id = Some(mitm.key_sha1.to_vec());
    assert_named(mitm.clone(), &trusted(RootOrigin::User), "mitmproxy", Confidence::Certain);
    for origin in [RootOrigin::BuiltIn, RootOrigin::Platform] {
        assert_eq!(verdict(mitm.clone(), &trusted(origin)), None);
    }
}

/// Every product by the names that its CA bears or bore, and names that come close.
#[test]
fn every_product_is_named_and_near_misses_are_not() {
    const NAMES: [(&str, &[&str], &[&str]); 27] = [
        (
            "AdGuard",
            &["CN=Adguard Personal CA", "CN=AdGuard Personal CA 2, O=x"],
            &["CN=My Adguard"],
        ),
        (
            "AnyProxy",
            &[
                "C=CN, O=AnyProxy, CN=Anyproxy SSL Proxying",
                "C=CN, O=EasyCert, OU=EasyCert SSL, CN=a",
            ],
            &["O=Other, CN=AnyProxy", "O=EasyCert, CN=a"],
        ),
        (
            "Avast, AVG or Norton Web Shield",
            &[
                "O=Avast Web/Mail Shield, CN=Avast Web/Mail Shield Root",
                "CN=AVG Web/Mail Shield Root",
                "CN=Norton Web/Mail Shield Root",
            ],
            &["CN=Web/Mail Shield Root Store"],
        ),
        (
            "bettercap",
            &[
                "C=US, L=Scottsdale, O=GoDaddy.com, Inc., OU=https://certs.godaddy.com/repository/, \
               CN=Go Daddy Secure Certificate Authority - G2",
            ],
            &["C=US, ST=Arizona, L=Scottsdale, O=GoDaddy.com, Inc., \
               OU=http://certs.godaddy.com/repository/, CN=Go Daddy Secure Certificate Authority - G2"],
        ),
        (
            "Bitdefender",
            &["CN=Bitdefender Personal CA.Net-Defender"],
            &["O=Bitdefender, CN=Web CA"],
        ),
        (
            "Burp Suite",
            &["C=PortSwigger, ST=PortSwigger, L=PortSwigger, O=PortSwigger, OU=PortSwigger CA, \
               CN=PortSwigger CA"],
            &["O=PortSwigger Ltd, CN=PortSwigger CA", "CN=PortSwigger CA"],
        ),
        (
            "Charles",
            &[
                "C=NZ, ST=Auckland, L=Auckland, O=XK72 Ltd, OU=https://charlesproxy.com/ssl, \
                 CN=Charles Proxy CA (4 Jun 2026, mac)",
                "OU=http://charlesproxy.com/ssl, O=XK72 Ltd, \
                 CN=Charles Proxy Custom Root Certificate (built on mac, 1 Jan 2015)",
            ],
            &["O=Charles Schwab, CN=Charles Proxy CA", "O=XK72 Ltd, CN=www.charlesproxy.com"],
        ),
        (
            "Cisco Umbrella",
            &[
                "O=Cisco, CN=Cisco Umbrella Secondary SubCA fra-SG",
                "O=Cisco, CN=Cisco Umbrella Root CA",
            ],
            &["O=Cisco, CN=Cisco Root CA 2048", "O=Example, CN=Cisco Umbrella"],
        ),
        (
            "ESET",
            &["C=SK, O=ESET, spol. s r. o., CN=ESET SSL Filter CA"],
            &["O=ESET, CN=ESET Root"],
        ),
        (
            "Fiddler Classic",
            &[
                "O=DO_NOT_TRUST, OU=Created by http://www.fiddler2.com, CN=DO_NOT_TRUST_FiddlerRoot",
                "O=DO_NOT_TRUST_BC, OU=Created by http://www.fiddler2.com, CN=DO_NOT_TRUST_FiddlerRoot",
            ],
            &["O=DO_NOT_TRUST, CN=DO_NOT_TRUST_FiddlerRoot"],
        ),
        (
            "Fiddler Everywhere",
            &["OU=Created by http://www.fiddler2.com, O=Progress Telerik Fiddler, \
               CN=Fiddler Root Certificate Authority"],
            &["O=Example, CN=Fiddler Root Certificate Authority"],
        ),
        (
            "Fortinet FortiGate",
            &[
                "C=US, ST=California, L=Sunnyvale, O=Fortinet, OU=Certificate Authority, CN=FG100",
                "O=Fortinet, CN=fortinet-subca2001",
            ],
            &["O=Fortinet, OU=FortiGate, CN=device", "O=Other, OU=Certificate Authority"],
        ),
        (
            "goproxy",
            &["C=IL, ST=Center, L=Lod, O=GoProxy, OU=GoProxy, CN=goproxy.github.io"],
            &["CN=goproxy.github.io", "O=GoProxy, CN=other"],
        ),
        (
            "HTTP Toolkit",
            &["C=XX, O=HTTP Toolkit CA, CN=HTTP Toolkit CA", "C=XX, O=Mockttp, CN=HTTP Toolkit CA"],
            &["O=Example, CN=HTTP Toolkit CA"],
        ),
        (
            "http-mitm-proxy",
            &[
                "C=Internet, ST=Internet, L=Internet, O=Node MITM Proxy CA, OU=CA, CN=NodeMITMProxyCA",
            ],
            &["CN=NodeMITMProxyCA"],
        ),
        (
            "Kaspersky",
            &["O=AO Kaspersky Lab, CN=Kaspersky Anti-Virus Personal Root Certificate"],
            &["O=AO Kaspersky Lab, CN=www.kaspersky.com"],
        ),
        ("mitmproxy", &["CN=mitmproxy, O=mitmproxy"], &["CN=mitmproxy", "O=mitmproxy, CN=a"]),
        (
            "mockttp, HTTP Toolkit's engine",
            &["C=XX, O=Mockttp, CN=Mockttp Testing CA - DO NOT TRUST - TESTING ONLY"],
            &["O=Example, CN=Mockttp Testing CA"],
        ),
        ("PCAPdroid", &["CN=PCAPdroid CA, O=PCAPdroid"], &["CN=PCAPdroid"]),
        ("PolarProxy", &["CN=PolarProxy Root CA, O=x", "O=PolarProxy, CN=a"], &["CN=Polar CA"]),
        ("ProxyPin", &["CN=ProxyPin CA (2023)"], &["CN=ProxyPinCA"]),
        (
            "Proxyman",
            &[
                "C=US, O=Proxyman LLC, CN=Proxyman CA (4 Jun 2025, mac, AA94759F)",
                "C=SG, L=Singapore, O=Proxyman Inc, OU=https://proxyman.io, CN=mac",
            ],
            &["O=Example, CN=Proxyman CA"],
        ),
        ("Reqable", &["CN=Reqable CA"], &["O=Reqable"]),
        ("sslsplit", &["O=sslsplit, CN=sslsplit root CA"], &["CN=sslsplit"]),
        ("whistle", &["OU=wproxy.org, CN=whistle.1700000000000123"], &["CN=whistle.example"]),
        (
            "ZAP",
            &[
                "O=ZAP Root CA, L=87b77fe834b0a301, C=xx, CN=Zed Attack Proxy Root CA",
                "OU=ZAP Root CA, CN=OWASP Zed Attack Proxy Root CA",
            ],
            &["O=ZAP, CN=ZAP"],
        ),
        (
            "Zscaler",
            &[
                "O=Zscaler Inc., OU=Zscaler Inc., CN=Zscaler Root CA",
                "O=Zscaler Inc., CN=Zscaler Intermediate Root CA (zscaler.net) (t)",
            ],
            &["O=Example, CN=Zscaler Root CA"],
        ),
    ];
    for (product, names, near) in NAMES {
        for name in names {
            assert_named(leaf(name), &untrusted(), product, Confidence::Likely);
        }
        for name in near {
            assert_eq!(verdict(leaf(name), &untrusted()), None, "{product}: {name}");
        }
    }
    for product in super::product::products() {
        let tried = NAMES.iter().any(|(name, ..)| *name == product.name);
        assert!(tried || product.ca_names.is_empty(), "{} has no test", product.name);
    }
}

/// mitmproxy's window has been 367, 201 and 199 days long; nobody knows what it will be.
#[test]
fn the_length_of_validity_does_not_matter_to_mitmproxy() {
    for days in [199, 201, 367, 1, 47, 3_650] {
        let named = with_extensions(MITMPROXY, leaf("CN=mitmproxy, O=mitmproxy"));
        let named = dated(-2, days - 2, named);
        assert_named(named, &self_signed(), "mitmproxy", Confidence::Certain);
    }
}

#[test]
fn a_ca_whose_key_is_public_is_critical() {
    let goproxy = leaf("C=IL, ST=Center, L=Lod, O=GoProxy, OU=GoProxy, CN=goproxy.github.io");
    let raised = sighting(vec![goproxy], &untrusted()).unwrap();
    assert_eq!(raised.severity, Severity::Critical);
    assert!(raised.evidence.iter().any(|evidence| evidence.fact == "note"));
    // The same program with a CA of one's own.
    let own = dated(-30, 365, certificate("O=Example, CN=api.shop.test", "O=Example, CN=Root"));
    let raised = sighting(vec![own], &untrusted()).unwrap();
    assert_eq!(raised.severity, Severity::High);
}
