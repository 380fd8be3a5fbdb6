//! What a policy does to sightings, and what is said of files that are none.

use std::sync::Arc;

use dissect::Fact;
use dissect::x509::{CertificateCache, Chain};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::*;
use crate::detectors::testing::{self, NOW, certified};

const ROOT: &str = include_str!("../../tests/data/root.pem");
const TRUSTED: &str = include_str!("../../tests/data/trusted.pem");

fn chain_of(pem: &str) -> Chain {
    let ders = CertificateDer::pem_slice_iter(pem.as_bytes());
    let ders: Vec<_> = ders.map(|der| der.unwrap().to_vec()).collect();
    Chain::from_ders(ders.iter().map(Vec::as_slice), &mut CertificateCache::default())
}

fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap()
}

fn sighting(rule: &str, chain: Chain) -> Sighting {
    let record = certified("api.shop.test", chain);
    let Fact::Session(_, session) = &record.fact else { panic!("no session") };
    let ends = ("10.0.0.2", "203.0.113.5:443");
    let mut sighting = testing::sighting(rule, ends, Some("api.shop.test"));
    sighting.session = Some(Arc::clone(session));
    sighting
}

/// Severity after the policy, `None` if suppressed, and the notes.
fn applied(text: &str, rule: &str) -> (Option<Severity>, Vec<String>) {
    let mut sighting = sighting(rule, chain_of(TRUSTED));
    let mut notes = Vec::new();
    let decision =
        policy(text).apply(&mut sighting, "f-0123456789abcdef", &mut |note| notes.push(note));
    ((decision == Decision::Keep).then_some(sighting.severity), notes)
}

fn allow(identity: &str, more: &str) -> String {
    format!("[[allow-ca]]\nname = \"Corp\"\nreason = \"our proxy\"\n{identity}\n{more}\n")
}

fn digest(of: impl Fn(&dissect::x509::Certificate) -> [u8; 32]) -> String {
    let chain = chain_of(ROOT);
    format!("sha256 = \"{}\"", dissect::hex(&of(chain.leaf().unwrap())))
}

fn pem() -> String {
    format!("certificate = '''\n{ROOT}'''")
}

#[test]
fn an_allowed_ca_is_good_to_know_and_no_more() {
    for identity in [pem(), "subject = \"*O=interloper test\"".into()] {
        for rule in ["channel/untrusted-issuer", "channel/known-interceptor"] {
            let (severity, _) = applied(&allow(&identity, ""), rule);
            assert_eq!(severity, Some(Severity::Info), "{identity} {rule}");
        }
        let (severity, _) = applied(&allow(&identity, ""), "channel/expired-certificate");
        assert_eq!(severity, Some(Severity::High));
    }
    let mut evident = sighting("channel/untrusted-issuer", chain_of(TRUSTED));
    policy(&allow(&pem(), "")).apply(&mut evident, "", &mut |_| {});
    assert_eq!(evident.evidence[0].value, "Corp: our proxy");
    assert_eq!(evident.evidence[0].packets, [12, 15]);
}

#[test]
fn a_digest_is_of_a_certificate_that_was_sent_and_signed() {
    let with_root = chain_of(&format!("{TRUSTED}{ROOT}"));
    let allowed = |text: &str, chain: &Chain| policy(text).allows(chain, None, NOW).is_some();
    for identity in [digest(|c| c.sha256), digest(|c| c.spki_sha256)] {
        assert!(allowed(&allow(&identity, ""), &with_root));
        assert!(!allowed(&allow(&identity, ""), &chain_of(TRUSTED)), "it was not sent");
    }
    // The allowed CA behind somebody else's chain.
    let foreign = include_str!("../../tests/data/self-signed.pem");
    let dressed_up = chain_of(&format!("{foreign}{ROOT}"));
    for identity in [digest(|c| c.sha256), pem()] {
        assert!(!allowed(&allow(&identity, ""), &dressed_up));
    }
}

#[test]
fn permission_is_for_hosts_and_has_an_end() {
    let rule = "channel/untrusted-issuer";
    let severity = |more: &str| applied(&allow(&pem(), more), rule).0;
    assert_eq!(severity("hosts = [\"*.bank.test\", \"*.shop.test\"]"), Some(Severity::Info));
    assert_eq!(severity("hosts = [\"*.bank.test\"]"), Some(Severity::High));
    assert_eq!(severity("expires = 2026-11-23"), Some(Severity::Info), "the day itself counts");
    let (severity, notes) = applied(&allow(&pem(), "expires = 2026-11-22"), rule);
    assert_eq!(severity, Some(Severity::High));
    assert_eq!(notes, ["policy: the permission of Corp (our proxy) expired on 2026-11-22"]);
}

#[test]
fn severities_and_hosts_change_how_grave_it_is() {
    let rule = "channel/weak-protocol";
    let host = |raise: u8| format!("[[host]]\nname = \"*.shop.test\"\nraise = {raise}\n");
    let low = "[severity]\n\"channel/weak-protocol\" = \"low\"\n";
    for (text, expected) in [
        (String::from(low), Severity::Low),
        (String::from("[severity]\nweak-protocol = \"critical\"\n"), Severity::Critical),
        (host(1), Severity::High),
        (host(4), Severity::Critical),
        (format!("{}{low}", host(1)), Severity::Medium),
        (format!("{}[severity]\nweak-protocol = \"info\"\n", host(2)), Severity::Info),
        (host(1).replace("shop", "bank"), Severity::Medium),
    ] {
        assert_eq!(applied(&text, rule).0, Some(expected), "{text}");
    }
}

#[test]
fn what_is_known_is_suppressed_until_its_day() {
    let suppress = |more: &str, expires: &str| {
        format!(
            "[[suppress]]\nrule = \"untrusted-issuer\"\nreason = \"T-1\"\nexpires = {expires}\n{more}"
        )
    };
    let fits =
        |more: &str| applied(&suppress(more, "2027-01-31"), "channel/untrusted-issuer").0.is_none();
    for more in [
        "",
        "host = \"*.shop.test\"",
        "client = \"10.0.0.*\"",
        "issuer = \"*interloper test\"",
        "finding = \"f-0123456789abcdef\"",
    ] {
        assert!(fits(more), "{more}");
    }
    for more in
        ["host = \"shop.test\"", "client = \"10.1.*\"", "issuer = \"CN=x\"", "finding = \"f-0\""]
    {
        assert!(!fits(more), "{more}");
    }
    assert!(applied(&suppress("", "2027-01-31"), "channel/weak-protocol").0.is_some());
    let (kept, notes) = applied(&suppress("", "2026-11-22"), "channel/untrusted-issuer");
    assert_eq!(kept, Some(Severity::High));
    assert_eq!(
        notes,
        ["policy: the suppression of channel/untrusted-issuer (T-1) expired on 2026-11-22"]
    );
}

#[test]
fn errors_name_line_and_trouble() {
    for (text, line, message) in [
        ("[[allow-ca]]\nname = \"a\"\n", 1, "missing field `reason`"),
        ("\n[[allow-ca]]\nname = \"a\"\nreason = \"b\"\n", 2, "one of sha256"),
        ("[[allow-ca]]\nname = \"a\"\nreason = \"b\"\nsha256 = \"0g\"\n", 4, "64 hex digits"),
        ("[[allow-ca]]\nname = \"a\"\nreason = \" \"\nsubject = \"x\"\n", 3, "reason is empty"),
        ("[[allow-ca]]\nname = \"a\"\nreason = \"b\"\ncertificate = \"x\"\n", 4, "certificate: "),
        ("[severity]\nweak-protocol = \"low\"\nno-such = \"low\"\n", 3, "'no-such' is no rule"),
        ("[severity]\nweak-protocol = \"grave\"\n", 2, "'grave' is no severity"),
        ("[[host]]\nname = \"a\"\nraise = 9\n", 3, "at most 4"),
        ("[[host]]\nname = \"a\"\nrise = 1\n", 3, "unknown field `rise`"),
        ("[allowed]\n", 1, "unknown field `allowed`"),
        ("[[suppress]]\nrule = \"weak-protocol\"\nreason = \"x\"\n", 1, "missing field `expires`"),
        (
            "[[suppress]]\nrule = \"weak-protocol\"\nreason = \"x\"\nexpires = 10:00:00\n",
            4,
            "wants a day",
        ),
        ("a = \n", 1, ""),
    ] {
        let error = Policy::parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.to_string().contains(message), "{text}: {error}");
    }
    assert!(Policy::parse("").unwrap().is_empty());
}

#[test]
fn the_example_in_the_documentation_is_read() {
    let example = include_str!("../../../../docs/policy.toml");
    let policy = Policy::parse(example).unwrap();
    let counts = (policy.allowed.len(), policy.severities.len(), policy.suppressions.len());
    assert_eq!((counts, policy.hosts.len()), ((2, 2, 1), 1));
}
